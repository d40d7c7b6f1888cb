//! `viaduct db status|up|down|check`: what they print, and with which exit status they end.
//!
//! The work is done in [`crate::store`]; a running server is not needed, and is not in the way of `status` and `check`.
use crate::config::{Config, DatabaseTask};
use crate::store::{self, Inspection, SchemaStatus, StoreError};
use std::fmt::Write as _;

/// All is as it should be.
const FINE: u8 = 0;
/// The database is not as it should be.
const NOT_FINE: u8 = 1;
/// What was asked is not done without `--yes` (`EX_USAGE` of sysexits.h).
const NOT_CONFIRMED: u8 = 64;
/// The database cannot be reached (`EX_UNAVAILABLE`).
const UNAVAILABLE: u8 = 69;

/// What a command came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// What is printed.
    pub text: String,
    /// The exit status.
    pub status: u8,
}

/// Does it.
pub async fn run(task: DatabaseTask, config: &Config) -> Report {
    let (database, data_dir) = (&config.database, config.data_dir.as_path());
    match task {
        DatabaseTask::Status => report(store::status(database, data_dir).await.map(|found| status(&found))),
        DatabaseTask::Up => {
            if let Err(source) = std::fs::create_dir_all(data_dir) {
                return Report { text: format!("data folder {}: {source}\n", data_dir.display()), status: UNAVAILABLE };
            }
            report(store::up(database, data_dir).await.map(|found| status(&found)))
        }
        DatabaseTask::Down { steps, confirmed: false } => {
            let text = format!(
                "this takes back the last {steps} step(s) of {} with all that is in their tables; say --yes if that is \
                 meant\n",
                database.place(data_dir)
            );
            Report { text, status: NOT_CONFIRMED }
        }
        DatabaseTask::Down { steps, confirmed: true } => {
            report(store::down(database, data_dir, steps).await.map(|found| Report { status: FINE, ..status(&found) }))
        }
        DatabaseTask::Check => report(store::inspect(database, data_dir).await.map(|found| inspection(&found))),
    }
}

fn report(outcome: Result<Report, StoreError>) -> Report {
    outcome.unwrap_or_else(|error| {
        let status = match error {
            StoreError::Newer { .. } => NOT_FINE,
            StoreError::Database { .. } | StoreError::File { .. } => UNAVAILABLE,
        };
        Report { text: format!("{error}\n"), status }
    })
}

fn status(found: &SchemaStatus) -> Report {
    let mut text = format!("{}\n", found.place);
    for (steps, word) in [(&found.applied, "applied"), (&found.pending, "pending")] {
        for step in steps.iter().filter(|step| !found.unknown.contains(step)) {
            // Writing to a string does not fail.
            let _ = writeln!(text, "{word}  {step}");
        }
    }
    for step in &found.unknown {
        let _ = writeln!(text, "unknown  {step}  (a newer version's)");
    }
    let (word, status) = match (found.is_current(), found.unknown.is_empty()) {
        (true, _) => ("the database has the form that this version needs", FINE),
        (false, true) => ("steps are missing: `viaduct db up` takes them, a server's start too", NOT_FINE),
        (false, false) => ("a newer version has changed the database: this one does not start on it", NOT_FINE),
    };
    let _ = writeln!(text, "{word}");
    Report { text, status }
}

fn inspection(found: &Inspection) -> Report {
    let mut text = format!("{}\n", found.place);
    for (what, count) in &found.counted {
        let _ = writeln!(text, "{what}: {count}");
    }
    for problem in &found.problems {
        let _ = writeln!(text, "problem: {problem}");
    }
    let is_fine = found.problems.is_empty();
    let _ = writeln!(text, "{}", if is_fine { "nothing is wrong" } else { "the database is not as it should be" });
    Report { text, status: if is_fine { FINE } else { NOT_FINE } }
}
