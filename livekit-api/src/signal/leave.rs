//! `leave`: the client goes of its own will; whatever reason it gives, others are told that.
use crate::peer::{LiveKitPeer, Pending};
use sfu_core::room::{LeaveReason, RoomCommand};

pub(super) fn leave(peer: &mut LiveKitPeer) {
    peer.request(RoomCommand::Leave { reason: LeaveReason::ByClient }, Pending::Leave);
}
