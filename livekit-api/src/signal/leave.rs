//! `leave`: the client goes of its own will. Four reasons are its to give (livekit.md §2.6); any other counts as the first.
use crate::peer::{LiveKitPeer, Pending};
use livekit_protocol as proto;
use proto::DisconnectReason;
use sfu_core::room::{LeaveReason, RoomCommand};

pub(super) fn leave(peer: &mut LiveKitPeer, request: &proto::LeaveRequest) {
    let reason = DisconnectReason::try_from(request.reason).map_or(LeaveReason::ByClient, reason);
    peer.request(RoomCommand::Leave { reason }, Pending::Leave);
}

const fn reason(given: DisconnectReason) -> LeaveReason {
    match given {
        DisconnectReason::UserUnavailable => LeaveReason::Unavailable,
        DisconnectReason::UserRejected => LeaveReason::Rejected,
        DisconnectReason::AgentError => LeaveReason::AgentFailed,
        DisconnectReason::ClientInitiated
        | DisconnectReason::UnknownReason
        | DisconnectReason::DuplicateIdentity
        | DisconnectReason::ServerShutdown
        | DisconnectReason::ParticipantRemoved
        | DisconnectReason::RoomDeleted
        | DisconnectReason::StateMismatch
        | DisconnectReason::JoinFailure
        | DisconnectReason::Migration
        | DisconnectReason::SignalClose
        | DisconnectReason::RoomClosed
        | DisconnectReason::SipTrunkFailure
        | DisconnectReason::ConnectionTimeout
        | DisconnectReason::MediaFailure => LeaveReason::ByClient,
    }
}
