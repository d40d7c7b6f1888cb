//! What the room tells a client unasked of its session, and the ways out of it: leaving, being put out, being lost.
use super::{Pending, Place, V2Peer};
use crate::events::participant_changed;
use crate::ids::RECORDER;
use crate::refusal::code;
use crate::rpc::{Reply, Waiting};
use crate::wire::{Notification, RpcError, leave_reason};
use sfu_core::room::{LeaveReason, ParticipantChange, ParticipantInfo, RoomCommand};
use sfu_core::signal::PeerOutput;
use sfu_core::time::Now;

impl V2Peer {
    /// What the room says unasked of somebody. What must come after the reply to the request at hand is held back.
    pub(super) fn changed(&mut self, participant: ParticipantInfo, change: &ParticipantChange) {
        let Place::Inside(membership) = &mut self.place else { return };
        let id = participant.id;
        let told = participant_changed(membership, participant, change);
        let (mut at_once, mut held) = (Vec::new(), Vec::new());
        for notification in told {
            let evicted = matches!(notification, Notification::ParticipantEvicted { .. });
            let waits = self.pending.as_ref().is_some_and(|pending| match &pending.waiting {
                Waiting::ForceDisconnect(target) => *target == id && evicted,
                Waiting::ForceUnpublish(key) => key.participant == id,
                Waiting::Join(_)
                | Waiting::Leave
                | Waiting::Publish
                | Waiting::Republish { .. }
                | Waiting::Prepare(_)
                | Waiting::Receive { .. }
                | Waiting::Unsubscribe(_)
                | Waiting::Signal
                | Waiting::Done => false,
            });
            if waits { held.push(notification) } else { at_once.push(notification) }
        }
        self.notify(at_once);
        if let Some(pending) = &mut self.pending {
            pending.held.extend(held);
        }
    }

    /// The client is out of its session; a request that waits for the room is answered, as nothing more comes from there.
    pub(super) fn closed(&mut self, reason: LeaveReason, now: Now) {
        let Place::Inside(membership) = std::mem::replace(&mut self.place, Place::Out) else { return };
        if let Some(pending) = self.pending.take() {
            match pending.waiting {
                Waiting::Leave | Waiting::ForceDisconnect(_) => self.reply(pending.id, Reply::new()),
                waiting @ Waiting::Join(_) => self.pending = Some(Pending { waiting, ..pending }),
                Waiting::Publish
                | Waiting::Republish { .. }
                | Waiting::Prepare(_)
                | Waiting::Receive { .. }
                | Waiting::Unsubscribe(_)
                | Waiting::Signal
                | Waiting::ForceUnpublish(_)
                | Waiting::Done => {
                    let error = RpcError::new(code::USER_NOT_FOUND, "The client is no longer in the session.");
                    self.deny(pending.id, pending.method, &error);
                }
            }
        }
        let connection_id = membership.own_name;
        self.notify([Notification::ParticipantEvicted { connection_id, reason: leave_reason(reason) }]);
        self.liveness.parted(now.instant);
        self.work(now);
    }

    /// Tells the room, if the client is in one or about to be.
    pub(super) fn leave(&mut self, reason: LeaveReason) {
        let about_to_be = self.pending.take().and_then(|pending| match pending.waiting {
            Waiting::Join(joining) => Some(joining.room),
            Waiting::Leave
            | Waiting::Publish
            | Waiting::Republish { .. }
            | Waiting::Prepare(_)
            | Waiting::Receive { .. }
            | Waiting::Unsubscribe(_)
            | Waiting::Signal
            | Waiting::ForceDisconnect(_)
            | Waiting::ForceUnpublish(_)
            | Waiting::Done => None,
        });
        let room = match std::mem::replace(&mut self.place, Place::Outside) {
            Place::Inside(membership) => Some(membership.room),
            Place::Outside | Place::Out => about_to_be,
        };
        if let Some(room) = room {
            self.send(room, RoomCommand::Leave { reason });
        }
    }

    /// The client has left. Its socket stays open for a while; a recorder's is closed at once.
    pub(super) fn part(&mut self, now: Now) {
        let place = std::mem::replace(&mut self.place, Place::Out);
        self.liveness.parted(now.instant);
        if matches!(place, Place::Inside(membership) if membership.own_name == RECORDER) {
            self.outputs.push_back(PeerOutput::CloseSocket { code: 1000, reason: String::new() });
            self.finish();
        }
    }
}
