//! The order of a benchmark: rounds of fixed loads in alternation, the ramps, and the yardstick between them.
use super::build::{self, BuildError};
use super::server::{KEY, Kind, SECRET, Server, ServerError};
use super::table::{PeersResults, Row};
use crate::affinity;
use crate::plan::{Course, Plan};
use crate::results::Results;
use crate::run::{self, RunError};
use crate::sendto::{self, SendtoPlan};
use crate::signal::Entrance;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// Datagrams a call in the yardstick's measurements.
const RUNS: [usize; 4] = [1, 2, 4, 7];
const YARDSTICK_DATAGRAMS: u64 = 400_000;
/// Sockets in the yardstick: as many as participants at livekit-server's full core.
const YARDSTICK_SOCKETS: usize = 112;

/// A benchmark.
#[derive(Clone, Debug)]
pub struct PeersPlan {
    /// livekit-server, where it is there already.
    pub livekit: Option<PathBuf>,
    /// Viaduct, where it is there already.
    pub viaduct: Option<PathBuf>,
    /// Where programs and logs go.
    pub folder: PathBuf,
    /// Cargo's target folder for building Viaduct.
    pub target: PathBuf,
    /// Numbers of participants that are measured.
    pub levels: Vec<usize>,
    /// How often each is measured on each server.
    pub rounds: usize,
    /// Participants that a ramp goes up to; 0: no ramps.
    pub ramp_to: usize,
    /// The server's core.
    pub server_core: Option<usize>,
    /// The load's core.
    pub load_core: Option<usize>,
    /// First of four ports.
    pub port: u16,
    /// What every run has in common.
    pub load: Plan,
}

/// Why there are no figures.
#[derive(Debug, thiserror::Error)]
pub enum PeersError {
    /// A program under test is missing.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// A server did not start.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// A run could not be made.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The yardstick or the runtime.
    #[error(transparent)]
    System(#[from] io::Error),
    /// The load cannot be kept on its core.
    #[error("cannot keep to core {0}")]
    Core(usize),
}

/// Makes the benchmark.
pub fn measure(plan: &PeersPlan) -> Result<PeersResults, PeersError> {
    let livekit = match &plan.livekit {
        Some(path) => path.clone(),
        None => build::livekit(&plan.folder)?,
    };
    let viaduct = match &plan.viaduct {
        Some(path) => path.clone(),
        None => build::viaduct(&plan.target)?,
    };
    if let Some(core) = plan.load_core
        && !affinity::stay_on(core)
    {
        return Err(PeersError::Core(core));
    }
    let servers = [(Kind::Livekit, livekit), (Kind::Viaduct, viaduct)];
    let mut results = PeersResults::default();
    for round in 0..plan.rounds {
        results.yardstick.extend(yardstick(plan)?);
        for level in &plan.levels {
            for (kind, program) in &servers {
                let found = one(plan, *kind, program, *level, Course::Fixed)?;
                let rows = found.measurements.iter().map(|one| Row::new(*kind, round, one, &found));
                results.rows.extend(rows);
                if found.measurements.is_empty() {
                    results.notes.push(format!("{} with {level}: {}", kind.name(), found.ending));
                }
            }
        }
    }
    if plan.ramp_to > 0 {
        for (kind, program) in &servers {
            let course = Course::Ramp { from: plan.load.rooms_of, step: plan.load.rooms_of };
            let found = one(plan, *kind, program, plan.ramp_to, course)?;
            results.ramps.push((*kind, found));
        }
    }
    Ok(results)
}

fn one(
    plan: &PeersPlan,
    kind: Kind,
    program: &std::path::Path,
    level: usize,
    course: Course,
) -> Result<Results, PeersError> {
    let server = Server::start(kind, program, &plan.folder, plan.port, plan.server_core)?;
    eprintln!("{} with {level} participants", kind.name());
    let (warmup, window) = match course {
        Course::Fixed => (plan.load.warmup, plan.load.window),
        Course::Ramp { .. } => (Duration::from_secs(2), Duration::from_secs(4)),
    };
    let load = Plan {
        url: server.url(),
        entrance: Entrance::LiveKit { key: KEY.to_owned(), secret: SECRET.to_owned() },
        participants: level,
        course,
        warmup,
        window,
        server_pid: Some(server.pid()),
        ..plan.load.clone()
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(run::run(load))?)
}

fn yardstick(plan: &PeersPlan) -> Result<Vec<sendto::SendtoCost>, PeersError> {
    let mut costs = Vec::new();
    for run in RUNS {
        let cost = sendto::measure(&SendtoPlan {
            sockets: YARDSTICK_SOCKETS,
            run,
            datagrams: YARDSTICK_DATAGRAMS,
            send_core: plan.server_core,
            read_core: plan.load_core,
        })?;
        eprintln!("{}", cost.line());
        costs.push(cost);
    }
    Ok(costs)
}
