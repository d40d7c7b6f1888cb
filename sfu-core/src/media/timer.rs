//! Deadlines of many slots: a heap in which only what has something to do has an entry, so an idle one costs nothing.
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Instant;

/// Deadlines by slot. Each slot has at most one that counts; older entries are skipped when they come up.
#[derive(Default)]
pub(super) struct Timers {
    heap: BinaryHeap<Reverse<(Instant, usize)>>,
    due: Vec<Option<Instant>>,
}

impl Timers {
    /// Sets a slot's deadline, whatever it was; `None`: it has none.
    pub(super) fn set(&mut self, slot: usize, deadline: Option<Instant>) {
        if self.due.len() <= slot {
            self.due.resize(slot + 1, None);
        }
        if self.due[slot] == deadline {
            return;
        }
        self.due[slot] = deadline;
        if let Some(at) = deadline {
            self.heap.push(Reverse((at, slot)));
        }
        self.shed();
    }

    /// Makes a slot's deadline earlier, if it is later than `at` or there is none.
    pub(super) fn no_later_than(&mut self, slot: usize, at: Instant) {
        if self.due.get(slot).copied().flatten().is_none_or(|due| due > at) {
            self.set(slot, Some(at));
        }
    }

    /// The earliest deadline.
    pub(super) fn next(&self) -> Option<Instant> {
        self.heap.peek().map(|Reverse((at, _))| *at)
    }

    /// Takes a slot whose deadline has come.
    pub(super) fn pop(&mut self, now: Instant) -> Option<usize> {
        let Reverse((at, slot)) = *self.heap.peek()?;
        if at > now {
            return None;
        }
        self.heap.pop();
        self.due[slot] = None;
        self.shed();
        Some(slot)
    }

    /// Drops entries at the top that do not count any more, so that [`Timers::next`] is exact.
    fn shed(&mut self) {
        while let Some(Reverse((at, slot))) = self.heap.peek() {
            if self.due[*slot] == Some(*at) {
                return;
            }
            self.heap.pop();
        }
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test needs some moment to count from")]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn slots_come_up_in_order_and_only_at_their_last_deadline() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut timers = Timers::default();
        timers.set(3, Some(at(30)));
        timers.set(1, Some(at(10)));
        timers.set(2, Some(at(20)));
        timers.set(1, Some(at(40)));
        timers.set(2, None);
        timers.no_later_than(3, at(50));
        timers.no_later_than(3, at(25));
        assert_eq!(timers.next(), Some(at(25)));
        assert_eq!(timers.pop(at(24)), None);
        assert_eq!(timers.pop(at(60)), Some(3));
        assert_eq!(timers.pop(at(60)), Some(1));
        assert_eq!(timers.pop(at(60)), None);
        assert_eq!(timers.next(), None);
    }
}
