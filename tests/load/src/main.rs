//! The program `viaduct-load`: reads the command line, makes the run, writes the reports.
#![forbid(unsafe_code)]
use clap::Parser as _;
use std::path::Path;
use std::process::ExitCode;
use viaduct_load::args::{Arguments, PeersOptions, RunOptions, SendtoOptions, SignalOptions, StormOptions, Task};
use viaduct_load::plan::{Course, Plan};
use viaduct_load::sendto::{self, SendtoPlan};
use viaduct_load::{affinity, peers, report, rpc, run, storm};

fn main() -> ExitCode {
    let done = match Arguments::parse().task {
        Task::Run(options) => load(options.plan(Course::Fixed), &options.run),
        Task::Ramp { from, step, options } => load(options.plan(Course::Ramp { from, step }), &options.run),
        Task::Browser(options) => load(options.plan(), &options.run),
        Task::Signal(options) => signalling(&options),
        Task::Storm(options) => storming(&options),
        Task::Sendto(options) => yardstick(&options),
        Task::Peers(options) => benchmark(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("viaduct-load: {error}");
            ExitCode::FAILURE
        }
    }
}

fn keep_to(core: Option<usize>) -> Result<(), Box<dyn std::error::Error>> {
    match core {
        Some(core) if !affinity::stay_on(core) => Err(format!("cannot keep to core {core}").into()),
        Some(_) | None => Ok(()),
    }
}

fn signalling(options: &SignalOptions) -> Result<(), Box<dyn std::error::Error>> {
    keep_to(options.core)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let results = runtime.block_on(rpc::run(&options.plan()));
    let json = serde_json::to_string_pretty(&results)?;
    write(options.json.as_deref(), || json)?;
    print!("{}", results.table());
    match results.failures.len() {
        0 => Ok(()),
        failed => Err(format!("{failed} participants failed").into()),
    }
}

fn storming(options: &StormOptions) -> Result<(), Box<dyn std::error::Error>> {
    keep_to(options.core)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let results = runtime.block_on(storm::run(&options.plan()))?;
    let json = serde_json::to_string_pretty(&results)?;
    write(options.csv.as_deref(), || results.csv())?;
    write(options.json.as_deref(), || json)?;
    print!("{}", results.table());
    match results.failures.len() {
        0 => Ok(()),
        failed => Err(format!("{failed} joins failed").into()),
    }
}

fn load(plan: Plan, options: &RunOptions) -> Result<(), Box<dyn std::error::Error>> {
    keep_to(options.core)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let results = runtime.block_on(run::run(plan))?;
    write(options.csv.as_deref(), || report::csv(&results))?;
    write(options.json.as_deref(), || report::json(&results))?;
    write(options.html.as_deref(), || report::html(&results))?;
    print!("{}", report::summary(&results));
    Ok(())
}

fn yardstick(options: &SendtoOptions) -> Result<(), Box<dyn std::error::Error>> {
    for run in &options.runs {
        let cost = sendto::measure(&SendtoPlan {
            sockets: options.sockets,
            run: *run,
            datagrams: options.datagrams,
            send_core: Some(options.send_core),
            read_core: Some(options.read_core),
        })?;
        println!("{}", cost.line());
    }
    Ok(())
}

fn benchmark(options: &PeersOptions) -> Result<(), Box<dyn std::error::Error>> {
    let results = peers::measure(&options.plan())?;
    let table = peers::markdown(&results);
    std::fs::create_dir_all(&options.folder)?;
    std::fs::write(options.folder.join("peers.json"), serde_json::to_string_pretty(&results)?)?;
    std::fs::write(options.folder.join("peers.md"), &table)?;
    for (kind, ramp) in &results.ramps {
        std::fs::write(options.folder.join(format!("ramp-{}.html", kind.name())), report::html(ramp))?;
    }
    print!("{table}");
    Ok(())
}

fn write(path: Option<&Path>, text: impl FnOnce() -> String) -> Result<(), Box<dyn std::error::Error>> {
    if let Some(path) = path {
        std::fs::write(path, text()).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}
