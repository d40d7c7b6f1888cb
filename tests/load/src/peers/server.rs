//! A server under test: started on its core with a configuration of its own, ended with the value.
use crate::affinity;
use serde::Serialize;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a server may take to listen.
const START_TIMEOUT: Duration = Duration::from_secs(30);
/// The API key that both servers are given.
pub(super) const KEY: &str = "benchkey";
/// Its secret: it is good for servers that this program starts on the loopback address only.
pub(super) const SECRET: &str = "bench-secret-of-at-least-32-characters";

/// Which server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// livekit-server.
    Livekit,
    /// Viaduct.
    Viaduct,
}

impl Kind {
    /// Its name, for people.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Livekit => "livekit-server",
            Kind::Viaduct => "viaduct",
        }
    }
}

/// Why a server could not be started.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The program.
    #[error("{program}: {source}")]
    Start {
        /// Which.
        program: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It does not answer.
    #[error("{0} did not listen within {START_TIMEOUT:?}; see {1}")]
    Silent(&'static str, PathBuf),
    /// Its folder cannot be written.
    #[error("{path}: {source}")]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// A running server.
pub(super) struct Server {
    child: Child,
    port: u16,
}

impl Server {
    /// Starts `program` on `core`; its files go to `folder`, its ports are `port` and the three after it.
    pub(super) fn start(
        kind: Kind,
        program: &Path,
        folder: &Path,
        port: u16,
        core: Option<usize>,
    ) -> Result<Self, ServerError> {
        let folder = folder.join(kind.name());
        let in_folder = |source| ServerError::Folder { path: folder.clone(), source };
        std::fs::create_dir_all(&folder).map_err(in_folder)?;
        let config = folder.join("config.yaml");
        std::fs::write(&config, configuration(kind, port)).map_err(in_folder)?;
        let log_path = folder.join("log");
        let log = std::fs::File::create(&log_path).map_err(in_folder)?;
        let mut command = Command::new(program);
        command.arg("--config").arg(&config).stdin(Stdio::null());
        if kind == Kind::Viaduct {
            command.arg("--data-dir").arg(folder.join("data"));
        }
        command.stdout(log.try_clone().map_err(in_folder)?).stderr(log);
        let started = affinity::spawn_on(core, command);
        let child = started.map_err(|source| ServerError::Start { program: program.to_owned(), source })?;
        let mut server = Self { child, port };
        if server.listens() { Ok(server) } else { Err(ServerError::Silent(kind.name(), log_path)) }
    }

    fn listens(&mut self) -> bool {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let until = Instant::now() + START_TIMEOUT;
        while Instant::now() < until {
            if matches!(self.child.try_wait(), Ok(Some(_)) | Err(_)) {
                return false;
            }
            if TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_ok() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        false
    }

    /// Its process.
    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Where it is.
    pub(super) fn url(&self) -> String {
        format!("ws://127.0.0.1:{}", self.port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It holds nothing that would be missed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The same settings for both, in the form that both read: one UDP port, loopback addresses, no congestion control.
fn configuration(kind: Kind, port: u16) -> String {
    let (tcp, udp, tls) = (port + 1, port + 2, port + 3);
    let own = match kind {
        Kind::Livekit => "logging:\n  level: warn\n".to_owned(),
        Kind::Viaduct => format!("tls_port: {tls}\nopenvidu:\n  secret: {SECRET}\n"),
    };
    let workers = match kind {
        Kind::Livekit => "",
        Kind::Viaduct => "  workers: 1\n",
    };
    format!(
        "port: {port}\nbind_addresses: [127.0.0.1]\nrtc:\n  tcp_port: {tcp}\n  udp_port: {udp}\n  \
         use_external_ip: false\n  enable_loopback_candidate: true\n  node_ip: 127.0.0.1\n{workers}\
         keys:\n  {KEY}: {SECRET}\n{own}"
    )
}
