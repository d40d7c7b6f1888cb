//! By which kind of path a client is to reach the workers. The choice goes with the identity, so that it holds for the
//! Transports of a client that joins anew because of it; how candidates are written is `negotiation`'s affair.
use super::TransportRole;
use super::answer::{Answered, Ask};
use super::meeting::Room;
use crate::capability::Refusal;
use crate::id::ParticipantId;
use crate::sdp::{Candidate, Protocol};
use crate::time::Now;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// How long a choice holds.
const CHOICE_LIFE: Duration = Duration::from_secs(300);
/// Choices kept at the same time.
const CHOICES_MAX: usize = 1_000;

/// A kind of path.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Path {
    /// Whatever works best.
    #[default]
    Any,
    /// TCP, where the workers have a TCP port.
    Tcp,
    /// A relay. The client sees to it: the workers are reached from there as ever.
    Relay,
}

/// The choices, by identity.
#[derive(Default)]
pub(super) struct Paths(BTreeMap<String, (Path, Instant)>);

impl Paths {
    fn choose(&mut self, identity: String, path: Path, now: Instant) {
        self.0.retain(|_, (_, until)| *until > now);
        if path == Path::Any {
            self.0.remove(&identity);
        } else if self.0.len() < CHOICES_MAX {
            self.0.insert(identity, (path, now + CHOICE_LIFE));
        }
    }

    fn of(&self, identity: &str, now: Instant) -> Path {
        self.0.get(identity).filter(|(_, until)| *until > now).map_or(Path::Any, |(path, _)| *path)
    }
}

impl Room {
    /// Puts the sender's Transports on another kind of path: our descriptions name no other candidates from now on.
    pub(super) fn switch_path(&mut self, ask: Ask, path: Path, now: Now) -> Result<Answered, Refusal> {
        let id = self.sender(&ask)?;
        let Some(participant) = self.roster.get_mut(id) else { return Ok(self.done(ask)) };
        participant.path = path;
        self.paths.choose(participant.grant.identity.clone(), path, now.instant);
        let links: Vec<_> = participant.links.iter().map(|(role, link)| (*role, link.worker)).collect();
        for (role, worker) in links {
            let candidates = self.facts_of(worker).map(|facts| candidates_on(path, &facts.candidates));
            let link = self.roster.get_mut(id).and_then(|participant| participant.links.get_mut(&role));
            if let (Some(link), Some(candidates)) = (link, candidates) {
                link.negotiation.set_candidates(candidates);
            }
        }
        if self.address_of(id, TransportRole::Subscriber).is_some() {
            self.start_ice_anew(id, TransportRole::Subscriber)?;
        }
        Ok(self.done(ask))
    }

    /// The path that an identity chose.
    pub(super) fn chosen_path(&self, identity: &str, now: Instant) -> Path {
        self.paths.of(identity, now)
    }

    /// The candidates of a worker for a new Transport of this participant.
    pub(super) fn candidates_for(&self, owner: ParticipantId, all: &[Candidate]) -> Vec<Candidate> {
        candidates_on(self.roster.get(owner).map_or(Path::Any, |owner| owner.path), all)
    }
}

/// The candidates on a path; all of them where none is.
fn candidates_on(path: Path, all: &[Candidate]) -> Vec<Candidate> {
    let fitting: Vec<_> = match path {
        Path::Any | Path::Relay => Vec::new(),
        Path::Tcp => all.iter().filter(|candidate| candidate.protocol == Protocol::Tcp).cloned().collect(),
    };
    if fitting.is_empty() { all.to_vec() } else { fitting }
}
