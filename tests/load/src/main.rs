//! The program `viaduct-load`: reads the command line, makes the run, writes the reports.
#![forbid(unsafe_code)]
use clap::Parser as _;
use std::path::Path;
use std::process::ExitCode;
use viaduct_load::args::{Arguments, LoadOptions, Task};
use viaduct_load::plan::Course;
use viaduct_load::{affinity, report, run};

fn main() -> ExitCode {
    let done = match Arguments::parse().task {
        Task::Run(options) => load(&options, Course::Fixed),
        Task::Ramp { from, step, options } => load(&options, Course::Ramp { from, step }),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("viaduct-load: {error}");
            ExitCode::FAILURE
        }
    }
}

fn load(options: &LoadOptions, course: Course) -> Result<(), Box<dyn std::error::Error>> {
    if let Some(core) = options.core
        && !affinity::stay_on(core)
    {
        return Err(format!("cannot keep to core {core}").into());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let results = runtime.block_on(run::run(options.plan(course)))?;
    write(options.csv.as_deref(), || report::csv(&results))?;
    write(options.json.as_deref(), || report::json(&results))?;
    write(options.html.as_deref(), || report::html(&results))?;
    print!("{}", report::summary(&results));
    Ok(())
}

fn write(path: Option<&Path>, text: impl FnOnce() -> String) -> Result<(), Box<dyn std::error::Error>> {
    if let Some(path) = path {
        std::fs::write(path, text()).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}
