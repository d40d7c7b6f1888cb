//! Exactly one answer per command, by construction: a handler is given an [`Ask`] and must hand back the [`Answered`]
//! that only answering or parking yields; where it returns a refusal instead, the dispatcher in `meeting.rs` sends that.
use super::command::Origin;
use super::event::RoomEvent;
use super::meeting::Room;
use crate::id::RequestId;

/// A command that waits for its answer.
#[derive(Debug)]
pub(super) struct Ask {
    /// Who asked.
    pub(super) origin: Origin,
    /// The command's number.
    pub(super) request: RequestId,
}

impl Ask {
    /// Puts the answer off until something else has happened: whoever parks an ask sees to it that it is answered.
    pub(super) fn park(self) -> (Self, Answered) {
        (self, Answered(()))
    }
}

/// The proof that a command was answered.
#[derive(Debug)]
pub(super) struct Answered(());

impl Room {
    /// Answers `ask` with the event that `event` makes of its number.
    pub(super) fn answer(&mut self, ask: Ask, event: impl FnOnce(RequestId) -> RoomEvent) -> Answered {
        self.tell(ask.origin, event(ask.request));
        Answered(())
    }

    /// Answers `ask` by [`RoomEvent::Done`].
    pub(super) fn done(&mut self, ask: Ask) -> Answered {
        self.answer(ask, |request| RoomEvent::Done { request })
    }
}
