//! What a storm comes to: how long joins took, over all and second by second, and which failed.
use super::client::Joined;
use super::{Generation, StormPlan};
use serde::Serialize;
use std::fmt::Write as _;
use std::time::Duration;

/// The joins of one second.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Second {
    /// Which, from 0.
    pub second: usize,
    /// Who came in it.
    pub came: usize,
    /// Who of them got in.
    pub joined: usize,
    /// Half of these waited no longer, milliseconds.
    pub p50_ms: f64,
    /// 99 of 100 waited no longer.
    pub p99_ms: f64,
}

/// A storm's results.
#[derive(Clone, Debug, Serialize)]
pub struct StormResults {
    /// Which signalling.
    pub generation: Generation,
    /// Joins a second.
    pub rate: f64,
    /// Who came.
    pub came: usize,
    /// Who got in.
    pub joined: usize,
    /// Rooms.
    pub rooms: usize,
    /// Half waited no longer, milliseconds.
    pub p50_ms: f64,
    /// 95 of 100 waited no longer.
    pub p95_ms: f64,
    /// 99 of 100 waited no longer.
    pub p99_ms: f64,
    /// The longest wait.
    pub max_ms: f64,
    /// Second by second.
    pub seconds: Vec<Second>,
    /// Who failed, and why.
    pub failures: Vec<String>,
    /// The machine's load average over the last minute, at the end.
    pub load_average: Option<f64>,
}

/// What was reported so far.
#[derive(Default)]
pub(super) struct Book(Vec<Joined>);

impl Book {
    pub(super) fn enter(&mut self, joined: Joined) {
        self.0.push(joined);
    }

    pub(super) const fn count(&self) -> usize {
        self.0.len()
    }

    /// Who has reported nothing by now has failed, too.
    pub(super) fn results(&self, plan: &StormPlan, load_average: Option<f64>) -> StormResults {
        let waits = self.waits(|_| true);
        let mut failures: Vec<String> =
            self.0.iter().filter_map(|joined| joined.took.as_ref().err().map(ToString::to_string)).collect();
        failures.extend(vec!["nothing was heard of it".to_owned(); plan.joins().saturating_sub(self.0.len())]);
        let second_of = |number: usize| (number as f64 / plan.rate) as usize;
        let last = plan.joins().checked_sub(1).map_or(0, |last| second_of(last) + 1);
        let seconds = (0..last).map(|second| {
            let waits = self.waits(|number| second_of(number) == second);
            let came = (0..plan.joins()).filter(|number| second_of(*number) == second).count();
            Second { second, came, joined: waits.len(), p50_ms: share_ms(&waits, 0.5), p99_ms: share_ms(&waits, 0.99) }
        });
        StormResults {
            generation: plan.generation,
            rate: plan.rate,
            came: plan.joins(),
            joined: waits.len(),
            rooms: plan.joins().div_ceil(plan.rooms_of),
            p50_ms: share_ms(&waits, 0.5),
            p95_ms: share_ms(&waits, 0.95),
            p99_ms: share_ms(&waits, 0.99),
            max_ms: share_ms(&waits, 1.0),
            seconds: seconds.collect(),
            failures,
            load_average,
        }
    }

    /// The waits of those who got in, shortest first.
    fn waits(&self, is_asked: impl Fn(usize) -> bool) -> Vec<Duration> {
        let asked = self.0.iter().filter(|joined| is_asked(joined.number));
        let mut waits: Vec<Duration> = asked.filter_map(|joined| joined.took.as_ref().ok().copied()).collect();
        waits.sort_unstable();
        waits
    }
}

/// The wait that this share does not exceed; 0 where nobody waited.
fn share_ms(sorted: &[Duration], share: f64) -> f64 {
    let place = (sorted.len() as f64 * share).ceil() as usize;
    sorted.get(place.saturating_sub(1)).map_or(0.0, |wait| wait.as_secs_f64() * 1_000.0)
}

impl StormResults {
    /// A Markdown table.
    pub fn table(&self) -> String {
        let mut text = format!(
            "{:?}: {} came in {} rooms at {} a second, {} got in, {} failed",
            self.generation,
            self.came,
            self.rooms,
            self.rate,
            self.joined,
            self.failures.len()
        );
        if let Some(load) = self.load_average {
            // Writing into a string does not fail.
            let _ = write!(text, "; load average {load:.1}");
        }
        text.push_str("\n\n| ms until JoinResponse | p50 | p95 | p99 | longest |\n|---|---|---|---|---|\n");
        let _ = writeln!(
            text,
            "| all | {:.1} | {:.1} | {:.1} | {:.1} |",
            self.p50_ms, self.p95_ms, self.p99_ms, self.max_ms
        );
        for failure in self.failures.iter().take(5) {
            let _ = writeln!(text, "\nfailed: {failure}");
        }
        text
    }

    /// A line for each second.
    pub fn csv(&self) -> String {
        let mut text = "second,came,joined,p50_ms,p99_ms\n".to_owned();
        for it in &self.seconds {
            let _ = writeln!(text, "{},{},{},{:.3},{:.3}", it.second, it.came, it.joined, it.p50_ms, it.p99_ms);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::super::client::StormError;
    use super::*;

    #[test]
    fn who_is_not_heard_of_has_failed_and_each_second_has_its_own_figures() {
        let plan = StormPlan {
            url: String::new(),
            key: String::new(),
            secret: String::new(),
            generation: Generation::V1,
            rate: 2.0,
            window: Duration::from_secs(2),
            rooms_of: 3,
            room_prefix: String::new(),
            patience: Duration::from_secs(1),
        };
        let mut book = Book::default();
        for (number, took) in [(0, Ok(10)), (1, Ok(30)), (2, Err(StormError::Closed))] {
            book.enter(Joined { number, took: took.map(Duration::from_millis) });
        }
        let results = book.results(&plan, None);
        assert_eq!((results.came, results.joined, results.rooms), (4, 2, 2));
        assert_eq!(results.failures, ["the server closed the socket", "nothing was heard of it"]);
        assert_eq!((results.p50_ms, results.p99_ms, results.max_ms), (10.0, 30.0, 30.0));
        assert_eq!(results.csv(), "second,came,joined,p50_ms,p99_ms\n0,2,2,10.000,30.000\n1,2,0,0.000,0.000\n");
    }
}
