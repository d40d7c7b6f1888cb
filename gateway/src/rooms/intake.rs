//! Whether new rooms and newcomers are let in: an operator empties a server before it is stopped.
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

/// Who is let in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Admitted {
    /// Everybody: the normal state.
    All,
    /// Who joins a room that lives already: nobody is kept from a meeting that goes on.
    ExistingRooms,
    /// Nobody.
    Nobody,
}

/// The state; cheap to clone, the same for all.
#[derive(Clone, Debug, Default)]
pub struct Intake(Arc<State>);

#[derive(Debug, Default)]
struct State {
    admitted: AtomicU8,
    since_ms: AtomicU64,
}

impl Intake {
    /// Who is let in now.
    pub fn admitted(&self) -> Admitted {
        match self.0.admitted.load(Ordering::Relaxed) {
            0 => Admitted::All,
            1 => Admitted::ExistingRooms,
            _ => Admitted::Nobody,
        }
    }

    /// Since when not everybody is let in, ms since 1970; `None` while everybody is.
    pub fn since_ms(&self) -> Option<u64> {
        (self.admitted() != Admitted::All).then(|| self.0.since_ms.load(Ordering::Relaxed))
    }

    /// From now on these are let in.
    pub fn admit(&self, admitted: Admitted, now_ms: u64) {
        if self.admitted() == Admitted::All {
            self.0.since_ms.store(now_ms, Ordering::Relaxed);
        }
        let number = match admitted {
            Admitted::All => 0,
            Admitted::ExistingRooms => 1,
            Admitted::Nobody => 2,
        };
        self.0.admitted.store(number, Ordering::Relaxed);
    }

    /// True where a newcomer may come into a room that is there or not.
    pub(super) fn lets_in(&self, room_exists: bool) -> bool {
        match self.admitted() {
            Admitted::All => true,
            Admitted::ExistingRooms => room_exists,
            Admitted::Nobody => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_let_in_is_as_the_operator_says_and_the_time_is_that_of_the_first_word() {
        let intake = Intake::default();
        assert_eq!((intake.lets_in(true), intake.lets_in(false), intake.since_ms()), (true, true, None));
        intake.admit(Admitted::ExistingRooms, 10);
        assert_eq!((intake.lets_in(true), intake.lets_in(false), intake.since_ms()), (true, false, Some(10)));
        intake.admit(Admitted::Nobody, 20);
        assert_eq!((intake.lets_in(true), intake.lets_in(false), intake.since_ms()), (false, false, Some(10)));
        intake.admit(Admitted::All, 30);
        assert_eq!((intake.lets_in(false), intake.since_ms()), (true, None));
    }
}
