//! What came out of one room for one input, sorted by where it goes.
use super::effects::Written;
use sfu_core::capability::{NotNow, Refusal};
use sfu_core::id::{ParticipantId, PeerId, RequestId};
use sfu_core::room::{Effect, LeaveReason, RoomCommand, RoomEvent};
use tokio::sync::oneshot;

/// An API's call that waits for its answer.
pub(super) struct Call {
    /// Its number.
    pub request: RequestId,
    /// Where the answer goes.
    pub reply: oneshot::Sender<RoomEvent>,
}

/// The state of one drain.
#[derive(Default)]
pub(super) struct Drain {
    /// Durable effects so far: the call's answer waits for them.
    pub waits: Vec<(Written, Option<RoomCommand>)>,
    /// Peers that do not take their events.
    pub lost: Vec<PeerId>,
    /// The room ended.
    pub ended: bool,
}

/// What takes back a durable effect that could not be stored; `None` where nothing can.
pub(super) fn undo(effect: &Effect) -> Option<RoomCommand> {
    match effect {
        Effect::RoomMade { .. } => Some(RoomCommand::Close { reason: LeaveReason::ServerFailure }),
        Effect::SeatReserved { reservation, .. } => {
            let id: Option<ParticipantId> = reservation.grant.id;
            id.map(RoomCommand::CancelReservation)
        }
        Effect::RoomDescribed { .. } | Effect::RoomEnded { .. } | Effect::SeatGone { .. } | Effect::Happened(_) => None,
    }
}

impl Call {
    /// Answers at once, or as soon as what it caused is stored. Where it cannot be stored the answer is a refusal and
    /// `take_back` is given the commands that undo it.
    pub(super) fn answer(
        self,
        event: RoomEvent,
        waits: Vec<(Written, Option<RoomCommand>)>,
        take_back: impl FnOnce(Vec<RoomCommand>) + Send + 'static,
    ) {
        if waits.is_empty() {
            // Who asked may have given up waiting: then nobody needs the answer.
            let _ = self.reply.send(event);
            return;
        }
        tokio::spawn(async move {
            let mut stored = true;
            let mut commands = Vec::new();
            for (written, undo) in waits {
                stored &= written.await.unwrap_or(false);
                commands.extend(undo);
            }
            if stored {
                let _ = self.reply.send(event);
            } else {
                let refusal = Refusal::NotNow(NotNow::Unavailable);
                let _ = self.reply.send(RoomEvent::Refused { request: self.request, refusal });
                take_back(commands);
            }
        });
    }
}
