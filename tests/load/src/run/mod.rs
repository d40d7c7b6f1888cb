//! A run: lets participants in at the agreed rate, measures, and ends when it is done or when somebody failed too often.
//! What a measurement is stands in `measure`.
mod measure;

use crate::crew::{Crew, CrewError};
use crate::media::EngineError;
use crate::plan::{Course, Plan};
use crate::process;
use crate::progress::{Progress, Verdict};
use crate::results::{Findings, Measurement, Results};
use crate::signal::Ticket;
use measure::{measure, sample};
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs, UdpSocket};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Wait before a failed participant tries again.
const RETRY_AFTER: Duration = Duration::from_millis(500);
/// How long leaving may take.
const FAREWELL: Duration = Duration::from_secs(5);

/// Why a run could not be made.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The URL names no host that can be found.
    #[error("{url}: {source}")]
    Server {
        /// The URL.
        url: String,
        /// Why.
        source: io::Error,
    },
    /// Nobody can take part.
    #[error(transparent)]
    Crew(#[from] CrewError),
    /// The engine.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The server's process cannot be looked at.
    #[error("process {pid}: {source}")]
    Process {
        /// Which.
        pid: u32,
        /// Why.
        source: io::Error,
    },
}

struct Stage {
    plan: Plan,
    crew: Crew,
    started: Instant,
    progress: Mutex<Progress>,
    /// Somebody failed too often.
    over: watch::Sender<bool>,
    stop: watch::Sender<bool>,
}

impl Stage {
    fn at_ms(&self) -> u64 {
        self.started.elapsed().as_millis() as u64
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes a run.
pub async fn run(plan: Plan) -> Result<Results, RunError> {
    let found = addresses(&plan.url).map_err(|source| RunError::Server { url: plan.url.clone(), source })?;
    let (crew, thread) = Crew::call(&plan, found).await?;
    let idle_bytes = plan.server_pid.map(|pid| look(pid, process::resident_bytes(pid))).transpose()?;
    let stage = Arc::new(Stage {
        plan,
        crew,
        started: Instant::now(),
        progress: Mutex::default(),
        over: watch::Sender::new(false),
        stop: watch::Sender::new(false),
    });
    let sampler = tokio::spawn(sample(Arc::clone(&stage)));
    let mut tasks = JoinSet::new();
    let measured = measure_all(&stage, &mut tasks).await;
    let last = stage.crew.snapshot().await?;
    stage.stop.send_replace(true);
    let _ = tokio::time::timeout(FAREWELL, async { while tasks.join_next().await.is_some() {} }).await;
    tasks.shutdown().await;
    let samples = sampler.await.unwrap_or_default();
    stage.crew.dismiss().await;
    let (measurements, ending) = measured?;
    let findings = Findings { measurements, samples, last, idle_bytes, ending };
    let results = Results::new(&stage.plan, stage.crew.browser(), &stage.progress(), findings);
    drop(stage);
    let _ = tokio::task::spawn_blocking(|| thread.map(JoinHandle::join)).await;
    Ok(results)
}

fn look<T>(pid: u32, result: io::Result<T>) -> Result<T, RunError> {
    result.map_err(|source| RunError::Process { pid, source })
}

/// Goes through the levels; gives what was measured and how it ended.
async fn measure_all(stage: &Arc<Stage>, tasks: &mut JoinSet<()>) -> Result<(Vec<Measurement>, String), RunError> {
    let mut measurements = Vec::new();
    let mut joined = 0;
    let mut over = stage.over.subscribe();
    for level in stage.plan.levels() {
        let step = async {
            join(stage, tasks, joined, level).await;
            wait_until_up(stage, level).await;
            tokio::time::sleep(stage.plan.warmup).await;
            measure(stage, level).await
        };
        let measurement = tokio::select! {
            measurement = step => measurement?,
            () = told(&mut over) => return Ok((measurements, ended_by(stage))),
        };
        joined = level;
        let loss = measurement.loss;
        if !stage.plan.quiet {
            eprintln!("{}", measurement.line());
        }
        measurements.push(measurement);
        if matches!(stage.plan.course, Course::Ramp { .. }) && loss > stage.plan.loss_max {
            let ending = format!("{:.1} % of packets were lost with {level} participants", loss * 100.0);
            return Ok((measurements, ending));
        }
    }
    Ok((measurements, "done".to_owned()))
}

fn ended_by(stage: &Stage) -> String {
    let progress = stage.progress();
    let who = progress.ended_by().unwrap_or_default();
    let reason = progress.changes().iter().rev().find(|change| change.participant == who && change.reason.is_some());
    let reason = reason.and_then(|change| change.reason.clone()).unwrap_or_default();
    format!("participant {who} failed too often, the last time because: {reason}")
}

async fn join(stage: &Arc<Stage>, tasks: &mut JoinSet<()>, from: usize, to: usize) {
    let pause = Duration::from_secs_f64(1.0 / stage.plan.rate.max(0.01));
    let mut due = tokio::time::Instant::now();
    for number in from..to {
        tokio::time::sleep_until(due).await;
        due += pause;
        tasks.spawn(live(Arc::clone(stage), number));
    }
}

/// Waits until everybody is up; those that never are will end the run by themselves.
async fn wait_until_up(stage: &Stage, level: usize) {
    while stage.progress().count().up < level {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// One participant, attempt after attempt.
async fn live(stage: Arc<Stage>, number: usize) {
    let plan = &stage.plan;
    let ticket = Ticket {
        url: plan.url.clone(),
        entrance: plan.entrance.clone(),
        room: plan.room_of(number),
        identity: format!("load-{number}"),
        seat: number,
        simulcast: plan.pattern.simulcast,
        patience: plan.patience,
        part: plan.part(number),
    };
    let mut stop = stage.stop.subscribe();
    loop {
        let prepared = tokio::select! {
            prepared = stage.crew.prepare(number) => prepared,
            () = told(&mut stop) => break,
        };
        stage.progress().begin(number, stage.at_ms());
        let attempt = async {
            prepared?;
            let up = || stage.progress().come_up(number, stage.at_ms());
            stage.crew.attend(&ticket, stage.stop.subscribe(), up).await
        };
        let Err(error) = attempt.await else { break };
        let verdict = stage.progress().fail(number, error.to_string(), stage.at_ms());
        if !plan.quiet {
            eprintln!("participant {number} failed: {error}");
        }
        stage.crew.close(number);
        if verdict == Verdict::EndRun {
            stage.over.send_replace(true);
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(RETRY_AFTER) => {}
            () = told(&mut stop) => return,
        }
    }
    stage.crew.close(number);
}

/// Waits for the word, or for nobody being there to give it.
pub(crate) async fn told(word: &mut watch::Receiver<bool>) {
    // What it gives holds a lock: dropped here.
    let _ = word.wait_for(|said| *said).await;
}

/// Our address towards the server, and the server's.
fn addresses(url: &str) -> io::Result<(IpAddr, IpAddr)> {
    let bare = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = bare.split('/').next().unwrap_or(bare);
    let with_port = if host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok()) {
        host.to_owned()
    } else {
        format!("{host}:80")
    };
    let found: Vec<SocketAddr> = with_port.to_socket_addrs()?.collect();
    let server = found.iter().find(|address| address.is_ipv4()).or(found.first());
    let server = server.ok_or_else(|| io::Error::other("the host has no address"))?;
    let any = if server.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    let probe = UdpSocket::bind(any)?;
    probe.connect(server)?;
    Ok((probe.local_addr()?.ip(), server.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_towards_a_loopback_server_is_loopback() {
        for url in ["ws://127.0.0.1:7880", "http://127.0.0.1", "127.0.0.1:1/path"] {
            let (own, server) = addresses(url).unwrap();
            assert!(own.is_loopback() && server.is_loopback(), "{url}");
        }
        assert!(addresses("ws://").is_err());
    }
}
