//! Whether enough comes: looked at once a second, over the last five. A pure book; who counts is not known here.
use super::reception::Tally;

/// Looks that health goes back on.
const WINDOWS: usize = 5;

/// The last counts of one participant.
#[derive(Clone, Debug, Default)]
pub struct Health(Vec<Tally>);

impl Health {
    /// Notes this second's count; why the participant has failed, where it has and is `judged`.
    pub fn look(&mut self, tally: Tally, judged: bool, loss_max: f64) -> Option<String> {
        self.0.push(tally);
        if self.0.len() <= WINDOWS {
            return None;
        }
        let since = tally.since(&self.0.remove(0));
        if !judged {
            None
        } else if since.received == 0 {
            Some(format!("nothing came for {WINDOWS} s"))
        } else if since.loss() > loss_max {
            Some(format!("{:.1} % of packets lost over {WINDOWS} s", since.loss() * 100.0))
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_seconds_of_silence_or_loss_are_a_failure() {
        let at = |second: u64, expected: u64, received: u64| Tally {
            expected: second * expected,
            received: second * received,
            ..Tally::default()
        };
        for (name, expected, received, reason) in [
            ("all comes", 100, 100, None),
            ("nothing comes", 0, 0, Some("nothing came for 5 s")),
            ("a tenth is lost", 100, 90, Some("10.0 % of packets lost over 5 s")),
        ] {
            let mut health = Health::default();
            for second in 0..5 {
                assert_eq!(health.look(at(second, expected, received), true, 0.02), None, "{name}");
            }
            let last = at(5, expected, received);
            assert_eq!(health.clone().look(last, true, 0.02).as_deref(), reason, "{name}");
            assert_eq!(health.look(last, false, 0.02), None, "{name}: unjudged");
        }
    }
}
