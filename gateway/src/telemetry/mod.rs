//! What the server says of itself: its log, counts, and its figures for Prometheus (who may read them is
//! `http::metrics`'s affair).
mod figures;
mod refusals;

pub use figures::{Figures, write};
pub use refusals::Refusals;

use crate::config::Config;
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// Starts the log on standard error, as configured; `RUST_LOG` goes before the configured level.
pub fn start(config: &Config) {
    let quieter = "actix_server=warn,sea_orm_migration=warn,sqlx=warn";
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(format!("{},{quieter}", config.log_level)));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started =
        if config.log_json { log.json().try_init() } else { log.with_ansi(std::io::stderr().is_terminal()).try_init() };
    if let Err(error) = started {
        eprintln!("viaduct: the log cannot be started: {error}");
    }
}
