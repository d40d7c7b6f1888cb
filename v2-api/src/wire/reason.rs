//! v2's words for why something ended (openvidu-v2 section 2.6).
use sfu_core::room::{LeaveReason, UnpublishReason};

/// The reason of `participantLeft`, `participantEvicted`.
pub(crate) const fn leave_reason(reason: LeaveReason) -> &'static str {
    match reason {
        LeaveReason::ByClient | LeaveReason::Unavailable | LeaveReason::Rejected | LeaveReason::AgentFailed => {
            "disconnect"
        }
        LeaveReason::SignalLost | LeaveReason::JoinTimeout | LeaveReason::StateMismatch => "networkDisconnect",
        LeaveReason::MediaFailed => "mediaServerDisconnect",
        LeaveReason::ForcedByUser => "forceDisconnectByUser",
        LeaveReason::ForcedByServer | LeaveReason::DuplicateIdentity | LeaveReason::Moved => "forceDisconnectByServer",
        LeaveReason::RoomClosedByApi => "sessionClosedByServer",
        LeaveReason::RoomEmpty => "lastParticipantLeft",
        LeaveReason::ServerShutdown => "openviduServerStopped",
        LeaveReason::ServerFailure => "nodeCrashed",
    }
}

/// The reason of `participantUnpublished`.
pub(crate) const fn unpublish_reason(reason: UnpublishReason) -> &'static str {
    match reason {
        UnpublishReason::ByPublisher => "unpublish",
        UnpublishReason::ForcedByUser => "forceUnpublishByUser",
        UnpublishReason::ForcedByServer | UnpublishReason::PermissionLost => "forceUnpublishByServer",
        UnpublishReason::MediaFailed => "mediaServerDisconnect",
    }
}
