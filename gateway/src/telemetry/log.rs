//! The server's log: lines on standard error, as configured.
use super::masking::{Mask, MaskedStderr};
use crate::config::{Config, LogFormat, Secret};
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// What other crates say of themselves below this is of no use to operators.
const QUIETER: &str = "actix_server=warn,sea_orm_migration=warn,sqlx=warn,opentelemetry=warn";

/// Starts the log on standard error, as configured; `RUST_LOG` goes before the configured level.
pub fn start(config: &Config) {
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(format!("{},{QUIETER}", config.log_level)));
    let mask = Mask::new(config.log.secrets.iter().map(Secret::expose), config.log.mask_ips);
    let is_terminal = std::io::stderr().is_terminal();
    let json = match config.log.format {
        LogFormat::Auto => !is_terminal,
        LogFormat::Text => false,
        LogFormat::Json => true,
    };
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(MaskedStderr(mask));
    // The innermost span alone: it says all, and a request's is never within a client's.
    let started =
        if json { log.json().with_span_list(false).try_init() } else { log.with_ansi(is_terminal).try_init() };
    if let Err(error) = started {
        eprintln!("viaduct: the log cannot be started: {error}");
    }
}
