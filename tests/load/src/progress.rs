//! Where each participant is: `starting`, `up` or `failed`, when it changed, and when enough has failed to end the run.
//! A pure book: time comes as an argument.
use serde::Serialize;

/// How often one participant may fail before the run ends.
pub const FAILURES_MAX: u32 = 5;

/// A participant's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Its attempt has begun; it does not count as connected yet.
    Starting,
    /// Its tracks are sent and both tracks of another are received.
    Up,
    /// Its attempt has failed; it will try again, if it may.
    Failed,
}

/// A change of state.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// Since the run's start, milliseconds.
    pub at_ms: u64,
    /// Whose, from 0 on.
    pub participant: usize,
    /// What it is from now on.
    pub state: State,
    /// Why, where it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// How many are in which state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    /// Starting.
    pub starting: usize,
    /// Up.
    pub up: usize,
    /// Failed and not yet trying again.
    pub failed: usize,
}

/// What a failure leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The participant tries again.
    Retry,
    /// It has failed too often: the run ends.
    EndRun,
}

/// The book of all participants.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    changes: Vec<Change>,
    now: Vec<Option<State>>,
    failures: Vec<u32>,
    up_after_ms: Vec<f64>,
    began_ms: Vec<u64>,
    most_up: usize,
    ended_by: Option<usize>,
}

impl Progress {
    /// An attempt begins.
    pub fn begin(&mut self, participant: usize, at_ms: u64) {
        self.change(participant, State::Starting, None, at_ms);
        if let Some(began) = self.began_ms.get_mut(participant) {
            *began = at_ms;
        }
    }

    /// It counts as connected; said twice, once is enough.
    pub fn come_up(&mut self, participant: usize, at_ms: u64) {
        if self.now.get(participant).copied().flatten() != Some(State::Starting) {
            return;
        }
        let began = self.began_ms.get(participant).copied().unwrap_or(at_ms);
        self.up_after_ms.push(at_ms.saturating_sub(began) as f64);
        self.change(participant, State::Up, None, at_ms);
        self.most_up = self.most_up.max(self.count().up);
    }

    /// The attempt has failed.
    pub fn fail(&mut self, participant: usize, reason: String, at_ms: u64) -> Verdict {
        self.change(participant, State::Failed, Some(reason), at_ms);
        let failures = self.failures.get_mut(participant).map_or(0, |failures| {
            *failures += 1;
            *failures
        });
        if failures < FAILURES_MAX {
            return Verdict::Retry;
        }
        self.ended_by.get_or_insert(participant);
        Verdict::EndRun
    }

    fn change(&mut self, participant: usize, state: State, reason: Option<String>, at_ms: u64) {
        if self.now.len() <= participant {
            self.now.resize(participant + 1, None);
            self.failures.resize(participant + 1, 0);
            self.began_ms.resize(participant + 1, 0);
        }
        self.now[participant] = Some(state);
        self.changes.push(Change { at_ms, participant, state, reason });
    }

    /// How many are in which state.
    pub fn count(&self) -> Count {
        let mut count = Count::default();
        for state in self.now.iter().flatten() {
            match state {
                State::Starting => count.starting += 1,
                State::Up => count.up += 1,
                State::Failed => count.failed += 1,
            }
        }
        count
    }

    /// All changes, in order.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Most participants that were up at one time.
    pub const fn most_up(&self) -> usize {
        self.most_up
    }

    /// Failures of all participants together.
    pub fn failures(&self) -> u32 {
        self.failures.iter().sum()
    }

    /// Who ended the run, where somebody did.
    pub const fn ended_by(&self) -> Option<usize> {
        self.ended_by
    }

    /// Of each attempt that came up: how long it took, milliseconds.
    pub fn up_after_ms(&self) -> &[f64] {
        &self.up_after_ms
    }

    /// Participants that were up before the first failure of anybody.
    pub fn up_before_first_failure(&self) -> usize {
        let before = self.changes.iter().take_while(|change| change.state != State::Failed);
        before.filter(|change| change.state == State::Up).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn participants_go_from_starting_to_up() {
        let mut progress = Progress::default();
        progress.begin(0, 10);
        progress.begin(1, 20);
        assert_eq!(progress.count(), Count { starting: 2, up: 0, failed: 0 });
        progress.come_up(0, 110);
        progress.come_up(0, 150);
        assert_eq!(progress.count(), Count { starting: 1, up: 1, failed: 0 });
        assert_eq!(progress.up_after_ms(), [100.0]);
        assert_eq!(progress.changes().len(), 3);
    }

    #[test]
    fn the_fifth_failure_of_one_participant_ends_the_run() {
        let mut progress = Progress::default();
        for other in 0..FAILURES_MAX as usize {
            progress.begin(other, 0);
            assert_eq!(progress.fail(other, "once".into(), 1), Verdict::Retry);
        }
        for turn in 2..=FAILURES_MAX {
            progress.begin(0, u64::from(turn));
            let verdict = progress.fail(0, "again".into(), u64::from(turn));
            assert_eq!(verdict == Verdict::EndRun, turn == FAILURES_MAX);
        }
        assert_eq!(progress.ended_by(), Some(0));
        assert_eq!(progress.failures(), 2 * FAILURES_MAX - 1);
    }

    #[test]
    fn a_participant_that_failed_comes_back_and_counts_again() {
        let mut progress = Progress::default();
        progress.begin(0, 0);
        progress.come_up(0, 5);
        progress.begin(1, 5);
        progress.fail(1, "no".into(), 6);
        progress.begin(1, 7);
        progress.come_up(1, 9);
        assert_eq!(progress.most_up(), 2);
        assert_eq!(progress.up_before_first_failure(), 1);
        assert_eq!(progress.changes()[3].reason.as_deref(), Some("no"));
    }
}
