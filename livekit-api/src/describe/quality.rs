//! How good a connection is, in LiveKit's words (livekit.md §3.9).
use livekit_protocol::ConnectionQuality;
use sfu_core::room::Grade;

/// The word for a grade. `knows_lost`: the client is of a protocol that has a word for a lost connection.
pub const fn quality(grade: Grade, knows_lost: bool) -> ConnectionQuality {
    match grade {
        Grade::Excellent => ConnectionQuality::Excellent,
        Grade::Good => ConnectionQuality::Good,
        Grade::Lost if knows_lost => ConnectionQuality::Lost,
        Grade::Poor | Grade::Lost => ConnectionQuality::Poor,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_connection_is_a_poor_one_for_whom_knows_no_better_word() {
        let cases = [
            (Grade::Excellent, ConnectionQuality::Excellent, ConnectionQuality::Excellent),
            (Grade::Good, ConnectionQuality::Good, ConnectionQuality::Good),
            (Grade::Poor, ConnectionQuality::Poor, ConnectionQuality::Poor),
            (Grade::Lost, ConnectionQuality::Poor, ConnectionQuality::Lost),
        ];
        for (grade, old, new) in cases {
            assert_eq!((quality(grade, false), quality(grade, true)), (old, new), "{grade:?}");
        }
    }
}
