//! Gets the programs under test: livekit-server by `go install` at a pinned version, Viaduct by a release build.
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

/// The livekit-server that is compared with.
const LIVEKIT_VERSION: &str = "v1.13.5";

/// Why a program under test is not there.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A tool could not be started.
    #[error("{tool} cannot be started (is it installed?): {source}")]
    Tool {
        /// Which.
        tool: &'static str,
        /// Why.
        source: io::Error,
    },
    /// A tool said no.
    #[error("{tool} ended with {status}")]
    Failed {
        /// Which.
        tool: &'static str,
        /// How.
        status: ExitStatus,
    },
}

/// The path of livekit-server, which is installed into `cache` where it is not there yet.
pub(super) fn livekit(cache: &Path) -> Result<PathBuf, BuildError> {
    let folder = cache.join(format!("livekit-server-{LIVEKIT_VERSION}"));
    let program = folder.join("server");
    if !program.is_file() {
        eprintln!("installing livekit-server {LIVEKIT_VERSION} into {} (minutes)", folder.display());
        let package = format!("github.com/livekit/livekit-server/cmd/server@{LIVEKIT_VERSION}");
        run("go", Command::new("go").arg("install").arg(package).env("GOBIN", &folder))?;
    }
    Ok(program)
}

/// The path of Viaduct, built from this workspace.
pub(super) fn viaduct(target: &Path) -> Result<PathBuf, BuildError> {
    eprintln!("building viaduct in release (minutes, the first time)");
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.toml");
    let mut command = Command::new("cargo");
    command.args(["build", "--release", "--workspace", "--bin", "viaduct", "--manifest-path", manifest]);
    command.arg("--target-dir").arg(target);
    run("cargo", &mut command)?;
    Ok(target.join("release/viaduct"))
}

fn run(tool: &'static str, command: &mut Command) -> Result<(), BuildError> {
    let status = command.status().map_err(|source| BuildError::Tool { tool, source })?;
    if status.success() { Ok(()) } else { Err(BuildError::Failed { tool, status }) }
}
