//! Those who take part: senders of packets in one engine, or pages of a browser. A run asks both the same things.
use crate::browser::{self, Driver, DriverError};
use crate::media::{Command, Engine, EngineError, EngineSettings, Snapshot};
use crate::plan::{Means, Plan};
use crate::process::{self, CpuTime};
use crate::signal::{self, AttemptError, Ticket};
use std::net::IpAddr;
use std::thread::JoinHandle;
use tokio::sync::watch;

/// Why nobody can take part.
#[derive(Debug, thiserror::Error)]
pub enum CrewError {
    /// The engine.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The browser.
    #[error(transparent)]
    Browser(#[from] DriverError),
}

/// Those who take part.
pub(crate) enum Crew {
    /// Participants that cost next to nothing.
    Packets(Engine),
    /// Pages of a browser.
    Pages {
        /// Who works them.
        driver: Box<Driver>,
        /// Largest share of lost packets, 0 to 1.
        loss_max: f64,
    },
}

impl Crew {
    /// Of a plan's means, with the thread that ends after it; the addresses are ours towards the server, and the server's.
    pub(crate) async fn call(
        plan: &Plan,
        (ip, server): (IpAddr, IpAddr),
    ) -> Result<(Self, Option<JoinHandle<()>>), CrewError> {
        match &plan.means {
            Means::Packets => {
                let (engine, thread) = Engine::start(EngineSettings {
                    ip,
                    server,
                    pattern: plan.pattern,
                    tick: plan.tick,
                    verify_every: plan.verify_every,
                    loss_max: plan.loss_max,
                    offload: plan.offload,
                })?;
                Ok((Self::Packets(engine), Some(thread)))
            }
            Means::Pages(pages) => {
                let driver = Box::new(Driver::start(pages, &plan.entrance).await?);
                Ok((Self::Pages { driver, loss_max: plan.loss_max }, None))
            }
        }
    }

    /// What has to be there before an attempt begins.
    pub(crate) async fn prepare(&self, participant: usize) -> Result<(), AttemptError> {
        match self {
            Self::Packets(_) => Ok(()),
            Self::Pages { driver, .. } => browser::prepare(participant, driver).await,
        }
    }

    /// One attempt; see [`signal::attend`].
    pub(crate) async fn attend(
        &self,
        ticket: &Ticket,
        stop: watch::Receiver<bool>,
        up: impl FnMut(),
    ) -> Result<(), AttemptError> {
        match self {
            Self::Packets(engine) => signal::attend(ticket, engine, stop, up).await,
            Self::Pages { driver, loss_max } => browser::attend(ticket, driver, *loss_max, stop, up).await,
        }
    }

    /// A participant's attempt is over.
    pub(crate) fn close(&self, participant: usize) {
        match self {
            // An engine that is gone has closed everything.
            Self::Packets(engine) => drop(engine.send(Command::Close { seat: participant })),
            Self::Pages { driver, .. } => driver.close(participant),
        }
    }

    /// What everybody has sent and received so far.
    pub(crate) async fn snapshot(&self) -> Result<Snapshot, EngineError> {
        match self {
            Self::Packets(engine) => engine.snapshot().await,
            Self::Pages { driver, .. } => Ok(driver.snapshot().await),
        }
    }

    /// CPU time that they have cost.
    pub(crate) fn cpu(&self) -> CpuTime {
        let own = process::cpu(std::process::id()).unwrap_or_default();
        match self {
            Self::Packets(_) => own,
            Self::Pages { driver, .. } => own.plus(&process::family_cpu(driver.pid())),
        }
    }

    /// The browser and its SDK, where there is one.
    pub(crate) const fn browser(&self) -> Option<&browser::Ready> {
        match self {
            Self::Packets(_) => None,
            Self::Pages { driver, .. } => Some(driver.ready()),
        }
    }

    /// The browser is closed, where there is one. An engine ends with its last user.
    pub(crate) async fn dismiss(&self) {
        match self {
            Self::Packets(_) => {}
            Self::Pages { driver, .. } => driver.end().await,
        }
    }
}
