//! A sliding window over the packet indices of one SSRC (RFC 3711 §3.3.2): which were seen, which are too old to know.
//! Incoming packets use it against replays, outgoing ones so that no index is ever sealed twice under one key.

/// Width of the window, in packets: covers a second of the fastest video with its repairs.
pub(super) const WINDOW_LEN: u64 = 1_024;

const WORDS: usize = (WINDOW_LEN / 64) as usize;

/// Why an index may not be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum IndexError {
    Used,
    TooOld,
}

/// The highest index and a bit for each of the last [`WINDOW_LEN`] ones.
///
/// The newest bits stand beside the highest index: a packet in order touches nothing else.
#[derive(Clone, Debug)]
#[repr(C)]
pub(super) struct IndexWindow {
    highest: u64,
    /// The bits of the 64 indices that `highest` is one of.
    newest: u64,
    /// Those of the sixteen before: the oldest of them in the place where `newest` will go.
    used: [u64; WORDS],
}

impl IndexWindow {
    /// A window whose first index has been used.
    pub(super) const fn starting_at(index: u64) -> Self {
        Self { highest: index, newest: bit(index), used: [0; WORDS] }
    }

    /// The highest index used so far.
    pub(super) const fn highest(&self) -> u64 {
        self.highest
    }

    /// Whether `index` is still free.
    pub(super) const fn check(&self, index: u64) -> Result<(), IndexError> {
        if index > self.highest {
            return Ok(());
        }
        if self.highest - index >= WINDOW_LEN {
            return Err(IndexError::TooOld);
        }
        let bits = if block(index) == block(self.highest) { self.newest } else { self.used[word(index)] };
        if bits & bit(index) != 0 { Err(IndexError::Used) } else { Ok(()) }
    }

    /// Marks an index that [`check`](Self::check) found free.
    pub(super) fn mark(&mut self, index: u64) {
        if index > self.highest {
            self.advance(block(index));
            self.highest = index;
        }
        if block(index) == block(self.highest) {
            self.newest |= bit(index);
        } else {
            self.used[word(index)] |= bit(index);
        }
    }

    /// Goes on to a later block, where the highest index will be.
    fn advance(&mut self, to: u64) {
        let from = block(self.highest);
        if to == from {
            return;
        }
        // What stood there until now is too old to be asked for.
        self.used[word(self.highest)] = self.newest;
        self.newest = 0;
        if to - from > WORDS as u64 {
            self.used = [0; WORDS];
        } else {
            for skipped in from + 1..to {
                self.used[(skipped % WORDS as u64) as usize] = 0;
            }
        }
    }
}

/// Which 64 indices `index` is one of.
const fn block(index: u64) -> u64 {
    index / 64
}

const fn word(index: u64) -> usize {
    (index % WINDOW_LEN / 64) as usize
}

const fn bit(index: u64) -> u64 {
    1 << (index % 64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn an_index_passes_once_and_only_within_the_window() {
        let mut window = IndexWindow::starting_at(2_000);
        let cases = [
            (2_000, Err(IndexError::Used), "the first again"),
            (1_999, Ok(()), "one before the first"),
            (1_999, Err(IndexError::Used), "the same again"),
            (977, Ok(()), "the oldest the window knows"),
            (976, Err(IndexError::TooOld), "one older"),
            (5_000, Ok(()), "a jump beyond the window"),
            (2_000, Err(IndexError::TooOld), "behind after the jump"),
            (4_999, Ok(()), "nothing remains set after the jump"),
        ];
        for (index, expected, message) in cases {
            assert_eq!(window.check(index), expected, "{message}");
            if expected.is_ok() {
                window.mark(index);
            }
        }
        assert_eq!(window.highest(), 5_000);
    }

    proptest! {
        #[test]
        fn the_window_agrees_with_a_plain_set(steps in proptest::collection::vec(0u64..3_000, 1..400)) {
            let mut window = IndexWindow::starting_at(steps[0]);
            let mut used = BTreeSet::from([steps[0]]);
            for (at, step) in steps.into_iter().enumerate() {
                let index = step + at as u64 * 7;
                let highest = used.last().copied().unwrap_or(0);
                let expected = if index + WINDOW_LEN <= highest {
                    Err(IndexError::TooOld)
                } else if used.contains(&index) {
                    Err(IndexError::Used)
                } else {
                    Ok(())
                };
                prop_assert_eq!(window.check(index), expected);
                if expected.is_ok() {
                    window.mark(index);
                    used.insert(index);
                }
            }
        }
    }
}
