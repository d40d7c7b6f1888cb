//! The loss half of the estimate: are so many packets lost that less must be sent? A radio link loses packets at any
//! rate; that share is learned and forgiven, as sending less would not help.
use std::time::{Duration, Instant};

/// Length of a look, and how many packets it needs.
const LOOK: Duration = Duration::from_millis(500);
const LOOK_PACKETS: u32 = 20;
/// Looks in a long look.
const LONG: u32 = 4;
/// Loss in one look above which less is sent at once.
const HEAVY: f64 = 0.30;
/// Loss in a long look above which less is sent: 10 % of random loss must not reach it by chance.
const LASTING: f64 = 0.15;
/// Loss above which more is not sent (draft-ietf-rmcat-gcc-02 §6: 2 %).
const HOLD: f64 = 0.02;
/// The largest share that is taken for the link's own.
const INHERENT_MAX: f64 = 0.30;
/// What is left of the learned share after each look that shows less.
const FORGETTING: f64 = 0.98;

#[derive(Clone, Copy, Debug, Default)]
struct Look {
    received: u32,
    lost: u32,
}

impl Look {
    fn loss(self) -> f64 {
        f64::from(self.lost) / f64::from((self.received + self.lost).max(1))
    }
}

/// Loss on one path.
#[derive(Clone, Debug, Default)]
pub(super) struct Loss {
    short: Look,
    long: Look,
    looks: u32,
    since: Option<Instant>,
    last: f64,
    inherent: f64,
    /// Loss and packets a look when less was sent for the last time.
    cut: Option<(f64, u32)>,
}

impl Loss {
    /// Counts one packet.
    pub(super) const fn handle_result(&mut self, arrived: bool) {
        if arrived {
            self.short.received += 1;
        } else {
            self.short.lost += 1;
        }
    }

    /// Whether the path loses so much that no more should be sent.
    pub(super) fn holds(&self) -> bool {
        self.last > HOLD + self.inherent
    }

    /// Whether the last look showed so much loss that less must be sent, if it stays.
    pub(super) fn cuts(&self) -> bool {
        self.last > LASTING + self.inherent
    }

    /// Whether less must be sent; to be asked after each feedback.
    pub(super) fn poll_cut(&mut self, now: Instant) -> bool {
        let since = *self.since.get_or_insert(now);
        let count = self.short.received + self.short.lost;
        if now.saturating_duration_since(since) < LOOK || count < LOOK_PACKETS {
            return false;
        }
        self.since = Some(now);
        let look = std::mem::take(&mut self.short);
        self.last = look.loss();
        self.learn(look, count);
        self.long.received += look.received;
        self.long.lost += look.lost;
        self.looks += 1;
        let mut cuts = look.loss() > HEAVY + self.inherent;
        if self.looks >= LONG {
            self.looks = 0;
            cuts |= std::mem::take(&mut self.long).loss() > LASTING + self.inherent;
        }
        if cuts {
            (self.looks, self.long) = (0, Look::default());
            self.cut = Some((look.loss(), count));
        }
        cuts
    }

    /// Less is sent than at the last cut, and as much is lost: it is the link's own loss.
    fn learn(&mut self, look: Look, count: u32) {
        let Some((loss, packets)) = self.cut else { return };
        if count * 5 < packets * 4 {
            if look.loss() > loss * 0.7 {
                self.inherent = look.loss().min(INHERENT_MAX);
            }
            self.cut = None;
        }
        if look.loss() < self.inherent {
            self.inherent *= FORGETTING;
        }
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test needs some moment to count from")]
mod tests {
    use super::*;

    /// Looks of `packets` with this loss; gives how many of them asked for less.
    fn cuts(loss: &mut Loss, start: &mut Instant, looks: usize, packets: u32, share: f64) -> usize {
        let mut count = 0;
        for _ in 0..looks {
            for number in 0..packets {
                let lost_before = (f64::from(number) * share) as u32;
                loss.handle_result((f64::from(number + 1) * share) as u32 == lost_before);
            }
            *start += LOOK;
            count += usize::from(loss.poll_cut(*start));
        }
        count
    }

    #[test]
    fn a_tenth_lost_is_borne_and_a_third_is_not() {
        let mut now = Instant::now();
        let mut loss = Loss::default();
        assert_eq!(cuts(&mut loss, &mut now, 1, 100, 0.0), 0);
        assert_eq!(cuts(&mut loss, &mut now, 40, 100, 0.10), 0, "random loss");
        assert!(loss.holds(), "but no more is sent");
        assert_eq!(cuts(&mut loss, &mut now, 2, 100, 0.35), 2, "at once");
        let mut loss = Loss::default();
        assert_eq!(cuts(&mut loss, &mut now, 9, 100, 0.20), 2, "after two seconds");
    }

    #[test]
    fn loss_that_stays_when_less_is_sent_is_the_links_own() {
        let mut now = Instant::now();
        let mut loss = Loss::default();
        assert!(cuts(&mut loss, &mut now, 6, 100, 0.25) > 0);
        assert_eq!(cuts(&mut loss, &mut now, 20, 50, 0.25), 0);
        assert!(!loss.holds());
    }
}
