//! What the server says of itself: its log.
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// Starts the log on standard error: lines for people on a terminal and in development mode, else JSON.
/// `RUST_LOG` chooses what is logged.
pub fn start(dev: bool) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let terminal = std::io::stderr().is_terminal();
    let started = if dev || terminal { log.with_ansi(terminal).try_init() } else { log.json().try_init() };
    if let Err(error) = started {
        eprintln!("viaduct: the log cannot be started: {error}");
    }
}
