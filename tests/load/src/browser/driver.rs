//! The program that works the pages, as a process: orders go to its standard input, what it says comes from its standard
//! output. It closes its browser and ends when its input ends; if it does not, it alone is killed, and Chromium ends with it.
use super::PagesPlan;
use super::board::{Board, PageNews};
use super::lines::{Order, Ready};
use crate::media::Snapshot;
use crate::signal::Entrance;
use std::collections::BTreeMap;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::Instant;

/// How long the bundling of the page and the start of the browser may take.
const START_TIMEOUT: Duration = Duration::from_secs(90);
/// How long a look at all pages may take; what was known before has to do where it takes longer.
const LOOK_TIMEOUT: Duration = Duration::from_secs(3);
/// How long the program may take to end; it limits itself to a little less.
const END_TIMEOUT: Duration = Duration::from_secs(10);
const END_LOOK_INTERVAL: Duration = Duration::from_millis(50);

/// Why there are no pages.
#[derive(Debug, thiserror::Error)]
pub enum DriverError {
    /// The folder is not what it should be.
    #[error("{0} is missing: give the project's tests/browser with --folder, and run `npm ci` there once")]
    Folder(PathBuf),
    /// The program.
    #[error("{program}: {source}")]
    Start {
        /// Which.
        program: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It ended instead of saying that it is ready.
    #[error("the browser did not start; what was wrong is said above")]
    Ended,
    /// It said nothing.
    #[error("the browser was not ready within {START_TIMEOUT:?}")]
    Late,
}

/// The running program.
pub struct Driver {
    child: Mutex<Child>,
    pid: u32,
    orders: Mutex<Option<mpsc::Sender<Order>>>,
    board: Arc<Mutex<Board>>,
    /// News of pages that are open and have not begun to join.
    prepared: Mutex<BTreeMap<usize, UnboundedReceiver<PageNews>>>,
    pub(super) plan: PagesPlan,
    ready: Ready,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Driver {
    /// Starts it for SDKs of the protocol, and waits for its browser.
    pub async fn start(plan: &PagesPlan, entrance: &Entrance) -> Result<Self, DriverError> {
        let script = plan.folder.join("load.mjs");
        for needed in [&script, &plan.folder.join("node_modules")] {
            if !needed.exists() {
                return Err(DriverError::Folder(needed.clone()));
            }
        }
        let world = match entrance {
            Entrance::LiveKit { .. } => "livekit",
            Entrance::V2 { .. } => "v2",
        };
        let mut command = Command::new(&plan.node);
        command.arg(&script).arg(world).stdin(Stdio::piped()).stdout(Stdio::piped());
        let failed = |source| DriverError::Start { program: plan.node.clone(), source };
        let mut child = command.spawn().map_err(failed)?;
        let board = Arc::new(Mutex::new(Board::default()));
        let ready = lock(&board).await_ready();
        let (orders, to_write) = mpsc::channel();
        let streams = child.stdin.take().zip(child.stdout.take());
        let mut driver = Self {
            pid: child.id(),
            child: Mutex::new(child),
            orders: Mutex::new(Some(orders)),
            board: Arc::clone(&board),
            prepared: Mutex::default(),
            plan: plan.clone(),
            ready: Ready { browser: String::new(), sdk: String::new() },
        };
        let (input, output) = streams.ok_or(DriverError::Ended)?;
        thread("load-orders", move || write(&to_write, input)).map_err(failed)?;
        thread("load-lines", move || read(&board, output)).map_err(failed)?;
        let ready = tokio::time::timeout(START_TIMEOUT, ready).await.map_err(|_| DriverError::Late)?;
        driver.ready = ready.map_err(|_| DriverError::Ended)?;
        Ok(driver)
    }

    /// What it drives.
    pub const fn ready(&self) -> &Ready {
        &self.ready
    }

    /// Its process.
    pub const fn pid(&self) -> u32 {
        self.pid
    }

    /// What becomes of a participant from now on.
    pub(super) fn begin(&self, participant: usize) -> UnboundedReceiver<PageNews> {
        lock(&self.board).begin(participant)
    }

    /// Keeps the news of a page for the attempt that will use it.
    pub(super) fn keep(&self, participant: usize, news: UnboundedReceiver<PageNews>) {
        lock(&self.prepared).insert(participant, news);
    }

    /// The news of a page that is open; `None` where it is not.
    pub(super) fn kept(&self, participant: usize) -> Option<UnboundedReceiver<PageNews>> {
        lock(&self.prepared).remove(&participant)
    }

    /// Has something done; nothing, where the program has ended, which attempts learn by their news.
    pub(super) fn order(&self, order: Order) {
        if let Some(orders) = lock(&self.orders).as_ref() {
            let _ = orders.send(order);
        }
    }

    /// Closes a participant's page.
    pub fn close(&self, participant: usize) {
        self.order(Order::Leave { participant });
    }

    /// Looks at all pages; their figures.
    pub async fn snapshot(&self) -> Snapshot {
        let (number, looked) = lock(&self.board).begin_look();
        self.order(Order::Look { number });
        let _ = tokio::time::timeout(LOOK_TIMEOUT, looked).await;
        lock(&self.board).snapshot()
    }

    /// Lets it end: by the end of its input, and by force if it does not obey.
    pub async fn end(&self) {
        lock(&self.orders).take();
        let until = Instant::now() + END_TIMEOUT;
        while Instant::now() < until {
            if !matches!(lock(&self.child).try_wait(), Ok(None)) {
                return;
            }
            tokio::time::sleep(END_LOOK_INTERVAL).await;
        }
        self.kill();
    }

    fn kill(&self) {
        let mut child = lock(&self.child);
        if matches!(child.try_wait(), Ok(None)) {
            // Killed is what it is to be; that it has just ended by itself does as well.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.kill();
    }
}

fn thread(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    std::thread::Builder::new().name(name.to_owned()).spawn(work).map(drop)
}

/// Ends with the last order, or when nobody reads; the program's input ends with it.
fn write(orders: &mpsc::Receiver<Order>, mut input: ChildStdin) {
    for order in orders {
        let Ok(mut line) = serde_json::to_vec(&order) else { continue };
        line.push(b'\n');
        if input.write_all(&line).is_err() {
            return;
        }
    }
}

fn read(board: &Mutex<Board>, output: ChildStdout) {
    for line in BufReader::new(output).lines() {
        let Ok(line) = line else { break };
        if let Err(trouble) = lock(board).take(&line) {
            eprintln!("the browser's program: {trouble}");
        }
    }
    lock(board).end();
}
