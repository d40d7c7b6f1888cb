//! Who gets how much of what a path carries: sound first, then a picture of everybody, then better pictures, those
//! first whose receiver wants the largest. A pure function of rates; whose they are and what follows is `bandwidth`'s.
use crate::media::command::LayerLimit;
use crate::media::producer::RateTable;

/// What is kept may cost this much more than the estimate before it is taken away: rates and estimate waver. Ignored
/// where the estimate has just been lowered.
const KEEP: f64 = 1.10;
/// What is new may cost no more than this share of the estimate.
const RAISE: f64 = 0.90;

/// One picture that goes out on the path.
#[derive(Clone, Copy, Debug)]
pub(in crate::media) struct Candidate {
    /// Whose, for the caller.
    pub(in crate::media) slot: usize,
    /// Higher ones are made better first.
    pub(in crate::media) priority: u16,
    /// The best layers that its receiver wants.
    pub(in crate::media) wish: LayerLimit,
    /// What its source's layers cost.
    pub(in crate::media) rates: RateTable,
    /// It may be left out altogether.
    pub(in crate::media) may_pause: bool,
    /// What it has: `None` while it is left out.
    pub(in crate::media) current: Option<LayerLimit>,
    /// What it gets: `None`: it is left out.
    pub(in crate::media) granted: Option<LayerLimit>,
}

impl Candidate {
    /// The choices of layers there are for it, cheapest first.
    fn steps(&self) -> impl Iterator<Item = (LayerLimit, u64)> + '_ {
        let is_empty = self.rates.steps(self.wish).next().is_none();
        // What is below the wish may have died: then the lowest there is is sent, and must be paid for.
        let instead = if is_empty { self.rates.steps(LayerLimit::ALL).next() } else { None };
        let within = self.rates.steps(self.wish).filter(move |_| !is_empty);
        instead.into_iter().chain(within).map(|(limit, bps)| (limit, u64::from(bps)))
    }

    fn cost(&self, limit: Option<LayerLimit>) -> u64 {
        let Some(limit) = limit else { return 0 };
        self.steps().take_while(|(step, _)| is_up_to(*step, limit)).last().map_or(0, |(_, bps)| bps)
    }

    /// The next better choice than the one granted.
    fn next_step(&self) -> Option<(LayerLimit, u64)> {
        self.steps().find(|(step, _)| self.granted.is_none_or(|granted| !is_up_to(*step, granted)))
    }

    fn is_kept(&self, step: LayerLimit) -> bool {
        self.current.is_some_and(|current| is_up_to(step, current))
    }
}

/// Whether a choice is no better than a limit.
fn is_up_to(step: LayerLimit, limit: LayerLimit) -> bool {
    (step.spatial, step.temporal) <= (limit.spatial, limit.temporal)
}

/// What an allocation came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(in crate::media) struct Outcome {
    /// Bits a second that are given out, sound included.
    pub(in crate::media) used_bps: u64,
    /// What the path would have to carry for the next better picture; `None` where all wishes are fulfilled.
    pub(in crate::media) missing_bps: Option<u64>,
}

/// Gives out `budget_bps`, of which `audio_bps` are sound's in any case. `is_strict`: the budget has just been lowered.
pub(in crate::media) fn allocate(
    budget_bps: u64,
    audio_bps: u64,
    is_strict: bool,
    candidates: &mut [Candidate],
) -> Outcome {
    candidates.sort_by_key(|candidate| (std::cmp::Reverse(candidate.priority), candidate.slot));
    let keep_bps = if is_strict { budget_bps } else { (budget_bps as f64 * KEEP) as u64 };
    let raise_bps = (budget_bps as f64 * RAISE) as u64;
    let mut outcome = Outcome { used_bps: audio_bps, missing_bps: None };
    for candidate in candidates.iter_mut() {
        candidate.granted = None;
        let Some((lowest, bps)) = candidate.next_step() else {
            // Nothing is known of its source yet: the least, until it is.
            candidate.granted = Some(LayerLimit { spatial: 0, temporal: u8::MAX });
            continue;
        };
        let allowed = if candidate.is_kept(lowest) { keep_bps } else { raise_bps };
        if outcome.used_bps + bps <= allowed || !candidate.may_pause {
            candidate.granted = Some(lowest);
            outcome.used_bps += bps;
        } else {
            outcome.miss(outcome.used_bps + bps);
        }
    }
    raise(keep_bps, raise_bps, &mut outcome, candidates);
    outcome
}

/// Makes pictures better step by step, those of the highest priority first, while the budget lasts.
fn raise(keep_bps: u64, raise_bps: u64, outcome: &mut Outcome, candidates: &mut [Candidate]) {
    let mut rest = candidates;
    while let Some(first) = rest.first() {
        let priority = first.priority;
        let count = rest.iter().take_while(|candidate| candidate.priority == priority).count();
        let (class, others) = rest.split_at_mut(count);
        // One step each in turn: equals stay equal. A source has at most 16 choices.
        for _ in 0..16 {
            let mut is_raised = false;
            for candidate in class.iter_mut().filter(|candidate| candidate.granted.is_some()) {
                let Some((step, bps)) = candidate.next_step() else { continue };
                let total = outcome.used_bps + bps.saturating_sub(candidate.cost(candidate.granted));
                let allowed = if candidate.is_kept(step) { keep_bps } else { raise_bps };
                if total <= allowed {
                    candidate.granted = Some(step);
                    outcome.used_bps = total;
                    is_raised = true;
                } else {
                    outcome.miss(total);
                }
            }
            if !is_raised {
                break;
            }
        }
        rest = others;
    }
}

impl Outcome {
    /// Notes what a step that does not fit needs.
    fn miss(&mut self, total_bps: u64) {
        let needed = (total_bps as f64 / RAISE) as u64 + 1;
        self.missing_bps = Some(self.missing_bps.map_or(needed, |known| known.min(needed)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn camera(slot: usize, priority: u16, may_pause: bool, current: Option<(u8, u8)>) -> Candidate {
        Candidate {
            slot,
            priority,
            wish: LayerLimit::ALL,
            rates: RateTable::with(&[(0, 0, 100_000), (1, 0, 400_000), (2, 0, 1_500_000)]),
            may_pause,
            current: current.map(|(spatial, temporal)| LayerLimit { spatial, temporal }),
            granted: None,
        }
    }

    fn granted(budget_bps: u64, is_strict: bool, mut cameras: Vec<Candidate>) -> (Vec<Option<u8>>, Outcome) {
        let outcome = allocate(budget_bps, 50_000, is_strict, &mut cameras);
        cameras.sort_by_key(|camera| camera.slot);
        (cameras.iter().map(|camera| camera.granted.map(|limit| limit.spatial)).collect(), outcome)
    }

    #[test]
    fn sound_then_everybodys_picture_then_better_ones_by_priority() {
        let two = |may_pause| vec![camera(0, 0, may_pause, None), camera(1, 1, may_pause, None)];
        let cases = [
            (4_000_000, true, [Some(2), Some(2)], "room for all"),
            (2_300_000, true, [Some(1), Some(2)], "the important one is made better first"),
            (700_000, true, [Some(0), Some(1)], "then both are lower"),
            (300_000, true, [Some(0), Some(0)], "then lowest"),
            (200_000, true, [None, Some(0)], "the less important one is left out"),
            (60_000, true, [None, None], "sound stays"),
            (60_000, false, [Some(0), Some(0)], "a picture that may not be left out stays"),
        ];
        for (budget_bps, may_pause, expected, message) in cases {
            assert_eq!(granted(budget_bps, false, two(may_pause)).0, expected, "{message}");
        }
    }

    #[test]
    fn what_is_kept_wavers_less_than_what_is_new() {
        let one = |current| vec![camera(0, 0, true, current)];
        let cases = [
            (460_000, false, Some((1, 0)), Some(1), "kept"),
            (420_000, false, Some((1, 0)), Some(1), "kept a little above the budget"),
            (420_000, true, Some((1, 0)), Some(0), "down at once where the budget was lowered"),
            (400_000, false, Some((1, 0)), Some(0), "too much"),
            (460_000, false, Some((0, 0)), Some(0), "not raised"),
            (510_000, false, Some((0, 0)), Some(1), "raised with room to spare"),
        ];
        for (budget_bps, is_strict, current, expected, message) in cases {
            assert_eq!(granted(budget_bps, is_strict, one(current)).0, [expected], "{message}");
        }
    }

    #[test]
    fn what_is_missing_is_what_the_next_step_needs() {
        let (_, outcome) = granted(600_000, false, vec![camera(0, 0, true, None)]);
        assert_eq!(outcome.used_bps, 450_000);
        assert_eq!(outcome.missing_bps, Some(1_722_223));
        assert_eq!(granted(9_000_000, false, vec![camera(0, 0, true, None)]).1.missing_bps, None);
    }

    #[test]
    fn a_source_of_which_only_a_higher_layer_lives_is_paid_for() {
        let mut only = camera(0, 0, true, None);
        only.rates = RateTable::with(&[(2, 0, 900_000)]);
        only.wish = LayerLimit { spatial: 0, temporal: 0 };
        assert_eq!(granted(2_000_000, false, vec![only]).0, [Some(2)]);
        assert_eq!(granted(500_000, false, vec![only]).0, [None]);
    }
}
