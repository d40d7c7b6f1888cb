//! The program `viaduct`: reads the configuration, starts the server, waits for the signal to stop.
use clap::Parser;
use gateway::app::Running;
use gateway::config::{Args, Config};
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let mut config = Config::dev();
    Args::parse().apply(&mut config);
    gateway::telemetry::start(config.dev);
    let running = match Running::start(config).await {
        Ok(running) => running,
        Err(error) => {
            eprintln!("viaduct: {error}");
            return ExitCode::FAILURE;
        }
    };
    print!("{}", gateway::greeting::text(&running));
    gateway::signals::stop_wanted().await;
    running.stop().await;
    ExitCode::SUCCESS
}
