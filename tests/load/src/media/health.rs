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
        let at = |expected, received| Tally { expected, received, ..Tally::default() };
        let table: [(&str, fn(u64) -> (u64, u64), Option<&str>); 3] = [
            ("all comes", |second| (100 * second, 100 * second), None),
            ("nothing comes", |_| (100, 100), Some("nothing came for 5 s")),
            ("a tenth is lost", |second| (100 * second, 90 * second), Some("10.0 % of packets lost over 5 s")),
        ];
        for (name, counts, reason) in table {
            let mut health = Health::default();
            for second in 0..5 {
                let (expected, received) = counts(second);
                assert_eq!(health.look(at(expected, received), true, 0.02), None, "{name}");
            }
            let (expected, received) = counts(5);
            let mut unjudged = health.clone();
            assert_eq!(health.look(at(expected, received), true, 0.02).as_deref(), reason, "{name}");
            assert_eq!(unjudged.look(at(expected, received), false, 0.02), None, "{name}");
        }
    }
}
