//! The program `viaduct`: reads the configuration, starts the server, waits for the signal to stop.
use gateway::app::Running;
use gateway::commands;
use gateway::config::{self, Invocation, Loaded, Task};
use std::process::ExitCode;

/// Exit status for a configuration that cannot be used (`EX_CONFIG` of sysexits.h).
const CONFIG_UNUSABLE: u8 = 78;
/// Exit status for what this server does not have (`EX_UNAVAILABLE`).
const UNAVAILABLE: u8 = 69;

fn main() -> ExitCode {
    let invocation = match config::read_arguments(std::env::args_os()) {
        Ok(invocation) => invocation,
        // Help and version come this way too, with status 0.
        Err(error) => error.exit(),
    };
    match invocation.task {
        Task::ExampleConfig => {
            print!("{}", config::example());
            return ExitCode::SUCCESS;
        }
        Task::DocumentConfig => {
            print!("{}", config::document());
            return ExitCode::SUCCESS;
        }
        Task::MigrateCheck => return check(&invocation),
        Task::GenerateKeys => {
            print!("{}", commands::generated_keys());
            return ExitCode::SUCCESS;
        }
        Task::ListNodes => {
            eprintln!("viaduct: this server is one node: there is no cluster whose nodes could be listed");
            return ExitCode::from(UNAVAILABLE);
        }
        Task::Serve | Task::ShowConfig { .. } | Task::Ports | Task::CreateJoinToken { .. } | Task::Database(_) => {}
    }
    match config::load(&invocation, &std::env::vars().collect()) {
        Ok(loaded) => run(&invocation, loaded),
        Err(error) => {
            eprintln!("viaduct: {error}");
            ExitCode::from(CONFIG_UNUSABLE)
        }
    }
}

/// Explains a `.env`; the exit status says whether a server would start with it.
fn check(invocation: &Invocation) -> ExitCode {
    let path = invocation.checked_file.clone().unwrap_or_default();
    match std::fs::read_to_string(&path) {
        Ok(source) => {
            let checked = config::check(&path.display().to_string(), &source);
            print!("{checked}");
            if checked.is_usable() { ExitCode::SUCCESS } else { ExitCode::from(CONFIG_UNUSABLE) }
        }
        Err(error) => {
            eprintln!("viaduct: {}: {error}", path.display());
            ExitCode::from(CONFIG_UNUSABLE)
        }
    }
}

fn run(invocation: &Invocation, loaded: Loaded) -> ExitCode {
    for note in &loaded.notes {
        eprintln!("viaduct: note: {note}");
    }
    match &invocation.task {
        Task::ShowConfig { origin } => {
            print!("{}", config::show(&loaded.settings, *origin));
            return ExitCode::SUCCESS;
        }
        Task::Ports => {
            print!("{}", commands::ports(&loaded.config));
            return ExitCode::SUCCESS;
        }
        Task::CreateJoinToken { room, identity, recorder } => {
            return token(&loaded.config, room, identity, *recorder);
        }
        Task::Database(task) => return database(*task, &loaded.config),
        Task::Serve
        | Task::ExampleConfig
        | Task::DocumentConfig
        | Task::MigrateCheck
        | Task::GenerateKeys
        | Task::ListNodes => {}
    }
    gateway::telemetry::start_log(&loaded.config);
    gateway::descriptors::raise();
    match runtime() {
        Ok(runtime) => runtime.block_on(serve(loaded.config)),
        Err(status) => status,
    }
}

fn runtime() -> Result<tokio::runtime::Runtime, ExitCode> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| {
        eprintln!("viaduct: no threads can be started: {error}");
        ExitCode::FAILURE
    })
}

fn database(task: config::DatabaseTask, config: &config::Config) -> ExitCode {
    match runtime() {
        Ok(runtime) => {
            let report = runtime.block_on(gateway::database_commands::run(task, config));
            print!("{}", report.text);
            ExitCode::from(report.status)
        }
        Err(status) => status,
    }
}

fn token(config: &config::Config, room: &str, identity: &str, recorder: bool) -> ExitCode {
    match commands::join_token(config, room, identity, recorder, gateway::clock::now()) {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("viaduct: {error}");
            ExitCode::from(CONFIG_UNUSABLE)
        }
    }
}

async fn serve(config: config::Config) -> ExitCode {
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
