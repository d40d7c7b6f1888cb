//! A PostgreSQL server of the tests' own: a cluster in a folder of its own, over a Unix socket there, gone with the test.
//!
//! Where PostgreSQL is not installed this says so aloud, and what needs it is left out.
use crate::kit::PATIENCE;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

/// Runs the server until its standard input ends, which it does with the test's process, however that ends.
const GUARD: &str = r#"
"$1"/postgres -D "$2" -p "$4" -k "$2" -c listen_addresses="$3" -c logging_collector=off >>"$2/log" 2>&1 &
echo $! >"$2/guarded.pid"
cat >/dev/null
"$1"/pg_ctl -D "$2" stop -m immediate >/dev/null 2>&1
rm -rf "$2"
"#;

/// PostgreSQL's own port: over a Unix socket it is a part of a file's name.
const PORT: u16 = 5432;

/// A server with its cluster.
pub struct Postgres {
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
    guard: Child,
}

impl Postgres {
    /// A server that the tests of this process share; a database in it of the test's own. `None`: not installed.
    pub fn shared() -> Option<String> {
        static SHARED: OnceLock<Option<Postgres>> = OnceLock::new();
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let server = SHARED.get_or_init(Self::start).as_ref()?;
        Some(server.database(&format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed))))
    }

    /// A server of one's own, over a Unix socket. `None`: not installed.
    pub fn start() -> Option<Self> {
        Self::start_with(PORT, |_| "")
    }

    /// A server of one's own that listens where `prepare` says, once that has made its folder ready. `None`: not installed.
    pub fn start_with(port: u16, prepare: impl FnOnce(&Path) -> &'static str) -> Option<Self> {
        let Some(programs) = programs() else {
            eprintln!("LEFT OUT: PostgreSQL is not installed (Debian: postgresql); what needs it was not tested");
            return None;
        };
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("viaduct-postgres-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        if is_root() {
            done(Command::new("chown").args(["postgres:", &folder.to_string_lossy()]));
        }
        let initdb = programs.join("initdb");
        let options = ["-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync", "-D"];
        done(unprivileged(&initdb.to_string_lossy()).args(options).arg(&folder));
        let addresses = prepare(&folder);
        if is_root() {
            done(Command::new("chown").args(["-R", "postgres:", &folder.to_string_lossy()]));
        }
        let guard = unprivileged("sh")
            .args(["-c", GUARD, "guard"])
            .args([&programs, &folder])
            .args([addresses, &port.to_string()])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let server = Self { programs, folder, port, guard };
        server.until_it_answers();
        Some(server)
    }

    /// Makes a database; gives its URL over the Unix socket.
    pub fn database(&self, name: &str) -> String {
        self.make(name);
        format!("postgres:///{name}?host={}&user=postgres", self.folder.display())
    }

    /// Makes a database.
    pub fn make(&self, name: &str) {
        self.psql(&format!("CREATE DATABASE {name}"));
    }

    /// Stops it as a crash does.
    pub fn stop(&self) {
        done(self.control("stop").args(["-m", "immediate", "-w"]));
    }

    /// Starts it again.
    pub fn start_again(&self) {
        let options = format!("-k {} -c listen_addresses=", self.folder.display());
        let log = self.folder.join("log");
        done(self.control("start").args(["-w", "-o", &options, "-l"]).arg(log));
        self.until_it_answers();
    }

    /// Holds it up, or lets it go on: it is there, but does not answer.
    pub fn freeze(&self, is_frozen: bool) {
        let pid = std::fs::read_to_string(self.folder.join("postmaster.pid")).unwrap();
        let pid = pid.lines().next().unwrap().to_owned();
        let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap();
        let signal = if is_frozen { "-STOP" } else { "-CONT" };
        let mut kill = Command::new("kill");
        kill.arg(signal).arg(&pid).args(children.split_whitespace());
        // A child may have ended meanwhile.
        let _ = kill.stderr(Stdio::null()).status();
    }

    fn control(&self, action: &str) -> Command {
        let mut command = unprivileged(&self.programs.join("pg_ctl").to_string_lossy());
        command.arg(action).arg("-D").arg(&self.folder);
        command
    }

    fn until_it_answers(&self) {
        let until = Instant::now() + PATIENCE;
        while !self.query("SELECT 1").output().unwrap().status.success() {
            assert!(Instant::now() < until, "{}", std::fs::read_to_string(self.folder.join("log")).unwrap_or_default());
            std::thread::yield_now();
        }
    }

    fn psql(&self, statement: &str) {
        done(&mut self.query(statement));
    }

    fn query(&self, statement: &str) -> Command {
        let mut command = Command::new(self.programs.join("psql"));
        command.args([
            "-X",
            "-q",
            "-U",
            "postgres",
            "-d",
            "postgres",
            "-c",
            statement,
            "-p",
            &self.port.to_string(),
            "-h",
        ]);
        command.arg(&self.folder);
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
    }
}

fn done(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A program that must not run as root.
fn unprivileged(program: &str) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", program]);
    command.current_dir("/");
    command
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output().unwrap();
    output.stdout.trim_ascii() == b"0"
}

/// Where initdb and its sisters are: Debian keeps them off the PATH.
fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut debian: Vec<PathBuf> = debian.map(|entry| entry.path().join("bin")).collect();
    debian.sort();
    let has_all =
        |folder: &Path| ["initdb", "postgres", "pg_ctl", "psql"].iter().all(|name| folder.join(name).exists());
    std::env::split_paths(&path).chain(debian.into_iter().rev()).find(|folder| has_all(folder))
}
