//! The server's log: lines on standard error, as configured.
use super::masking::{Mask, MaskedStderr};
use super::room_filter::RoomFilter;
use super::room_levels::room_levels;
use crate::config::{Config, LogFormat, Secret};
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// What other crates say of themselves below this is of no use to operators.
const QUIETER: &str = "actix_server=warn,sea_orm_migration=warn,sqlx=warn,opentelemetry=warn";

/// Starts the log on standard error, as configured; `RUST_LOG` goes before the configured level, a room's own level before
/// either.
pub fn start(config: &Config) {
    let own =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(format!("{},{QUIETER}", config.log_level)));
    let filter = RoomFilter::new(own, room_levels());
    let mask = Mask::new(config.log.secrets.iter().map(Secret::expose), config.log.mask_ips);
    let is_terminal = std::io::stderr().is_terminal();
    let json = match config.log.format {
        LogFormat::Auto => !is_terminal,
        LogFormat::Text => false,
        LogFormat::Json => true,
    };
    let lines = tracing_subscriber::fmt::layer().with_writer(MaskedStderr(mask));
    let log = tracing_subscriber::registry();
    let started = if json {
        // The innermost span alone: it says all, and a request's is never within a client's.
        log.with(lines.json().with_span_list(false)).with(filter).try_init()
    } else {
        log.with(lines.with_ansi(is_terminal)).with(filter).try_init()
    };
    if let Err(error) = started {
        eprintln!("viaduct: the log cannot be started: {error}");
    }
}
