//! When to send what to one endpoint: in order, one at a time, at least once. A state machine without I/O.
//!
//! [`Delivery::poll`] says the next [`Step`]; the `handle_*` methods take what came of it. A letter that is not taken is
//! tried again, later each time; one that is refused again and again, or grew too old, is given up, so that the others
//! get on.
use super::letter::Letter;
use sfu_core::random::Random;
use sfu_core::time::Now;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Letters that are fetched at once.
pub const LOAD_MAX: u64 = 64;
/// Deliveries after which they are noted down, where more letters wait: a kill repeats at most these.
const SETTLE_EVERY: u32 = 16;

/// The limits of delivery.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// Before the second attempt; each further pause is twice the one before.
    pub retry_first: Duration,
    /// The longest pause.
    pub retry_max: Duration,
    /// Attempts after which a letter that is refused (not merely not taken) is given up.
    pub rejected_attempts_max: u32,
    /// Age at which a letter that is not taken is given up.
    pub dead_after: Duration,
}

/// What came of an attempt.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// It was taken.
    Delivered,
    /// The receiver says that it does not want this one (HTTP 4xx): trying helps little.
    Rejected(String),
    /// The receiver was not reached, or was not able: trying helps.
    Failed(String),
}

/// What to do next.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Step {
    /// Fetch letters after this number.
    Load {
        /// The last number known.
        after: i64,
    },
    /// Send this.
    Send(Letter),
    /// Note down that all up to this number are delivered.
    Settle {
        /// The number.
        through: i64,
    },
    /// Note down that this one is given up.
    Bury {
        /// Which.
        id: i64,
        /// Why.
        complaint: String,
    },
    /// Nothing until then, or until there is news.
    Wait(Option<Instant>),
}

/// The state of one endpoint's delivery.
pub struct Delivery {
    policy: Policy,
    random: Random,
    queue: VecDeque<Letter>,
    loaded: i64,
    more: bool,
    attempts: u32,
    not_before: Option<Instant>,
    delivered: Option<i64>,
    unsettled: u32,
    dead: Option<(i64, String)>,
}

impl Delivery {
    /// A delivery that begins with the oldest letter.
    pub fn new(policy: Policy, random: Random) -> Self {
        Self {
            policy,
            random,
            queue: VecDeque::new(),
            loaded: 0,
            more: true,
            attempts: 0,
            not_before: None,
            delivered: None,
            unsettled: 0,
            dead: None,
        }
    }

    /// There are new letters.
    pub fn handle_news(&mut self) {
        self.more = true;
    }

    /// Letters were fetched, as [`Step::Load`] asked.
    pub fn handle_loaded(&mut self, letters: Vec<Letter>) {
        self.more = letters.len() as u64 >= LOAD_MAX;
        self.loaded = letters.last().map_or(self.loaded, |letter| letter.id);
        self.queue.extend(letters);
    }

    /// What came of the letter that [`Step::Send`] gave.
    pub fn handle_outcome(&mut self, outcome: Outcome, now: Now) {
        let Some(letter) = self.queue.front() else { return };
        let age = Duration::from_millis(now.unix_ms.saturating_sub(letter.created_ms));
        self.attempts = self.attempts.saturating_add(1);
        let (complaint, spent) = match outcome {
            Outcome::Delivered => {
                self.delivered = Some(letter.id);
                self.unsettled += 1;
                return self.next();
            }
            Outcome::Rejected(why) => (why, self.attempts >= self.policy.rejected_attempts_max),
            Outcome::Failed(why) => (why, false),
        };
        if spent || age >= self.policy.dead_after {
            self.dead = Some((letter.id, format!("{complaint}; attempts: {}", self.attempts)));
            return self.next();
        }
        self.not_before = now.instant.checked_add(self.pause());
    }

    /// [`Step::Settle`] was done.
    pub fn handle_settled(&mut self) {
        self.delivered = None;
        self.unsettled = 0;
    }

    /// [`Step::Bury`] was done.
    pub fn handle_buried(&mut self) {
        self.dead = None;
    }

    /// True while a letter is known that is not delivered.
    pub fn is_pending(&self) -> bool {
        self.more || !self.queue.is_empty()
    }

    /// What to do now.
    pub fn poll(&self, now: Instant) -> Step {
        if let Some((id, complaint)) = self.dead.clone() {
            return Step::Bury { id, complaint };
        }
        if let Some(through) = self.delivered
            && (self.unsettled >= SETTLE_EVERY || self.queue.is_empty() || self.not_before.is_some())
        {
            return Step::Settle { through };
        }
        match (self.queue.front(), self.not_before) {
            (None, _) if self.more => Step::Load { after: self.loaded },
            (None, _) => Step::Wait(None),
            (Some(_), Some(until)) if until > now => Step::Wait(Some(until)),
            (Some(letter), _) => Step::Send(letter.clone()),
        }
    }

    fn next(&mut self) {
        self.queue.pop_front();
        self.attempts = 0;
        self.not_before = None;
    }

    /// Twice as long each time, up to the longest; of that, between half and all, so that many servers that lost one
    /// receiver do not come back to it together.
    fn pause(&mut self) -> Duration {
        let doubled = self.policy.retry_first.saturating_mul(1 << (self.attempts - 1).min(16));
        let longest = doubled.min(self.policy.retry_max);
        let half = longest / 2;
        let half_ms = u64::try_from(half.as_millis()).unwrap_or(u64::MAX).max(1);
        half + Duration::from_millis(self.random.below(half_ms))
    }
}

#[cfg(test)]
mod tests;
