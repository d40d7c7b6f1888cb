//! LiveKit's words for why somebody leaves: the reason others see, and what the client itself is told to do.
use crate::client::Client;
use livekit_protocol as proto;
use proto::DisconnectReason;
use proto::leave_request::Action;
use sfu_core::room::LeaveReason;

/// The reason in `ParticipantInfo.disconnect_reason` and `LeaveRequest.reason` (livekit.md §2.8).
pub const fn disconnect_reason(reason: LeaveReason) -> DisconnectReason {
    match reason {
        LeaveReason::ByClient => DisconnectReason::ClientInitiated,
        LeaveReason::Unavailable => DisconnectReason::UserUnavailable,
        LeaveReason::Rejected => DisconnectReason::UserRejected,
        LeaveReason::AgentFailed => DisconnectReason::AgentError,
        LeaveReason::SignalLost => DisconnectReason::SignalClose,
        LeaveReason::MediaFailed => DisconnectReason::ConnectionTimeout,
        LeaveReason::JoinTimeout => DisconnectReason::JoinFailure,
        LeaveReason::ForcedByUser | LeaveReason::ForcedByServer => DisconnectReason::ParticipantRemoved,
        LeaveReason::RoomClosedByApi => DisconnectReason::RoomDeleted,
        LeaveReason::RoomEmpty => DisconnectReason::RoomClosed,
        LeaveReason::DuplicateIdentity => DisconnectReason::DuplicateIdentity,
        LeaveReason::StateMismatch => DisconnectReason::StateMismatch,
        LeaveReason::Moved => DisconnectReason::Migration,
        LeaveReason::ServerShutdown => DisconnectReason::ServerShutdown,
        LeaveReason::ServerFailure => DisconnectReason::MediaFailure,
    }
}

/// What the client is to do: join anew where only this session is broken.
pub const fn action(reason: LeaveReason) -> Action {
    match reason {
        LeaveReason::MediaFailed | LeaveReason::StateMismatch | LeaveReason::Moved | LeaveReason::ServerFailure => {
            Action::Reconnect
        }
        LeaveReason::ByClient
        | LeaveReason::Unavailable
        | LeaveReason::Rejected
        | LeaveReason::AgentFailed
        | LeaveReason::SignalLost
        | LeaveReason::JoinTimeout
        | LeaveReason::ForcedByUser
        | LeaveReason::ForcedByServer
        | LeaveReason::RoomClosedByApi
        | LeaveReason::RoomEmpty
        | LeaveReason::DuplicateIdentity
        | LeaveReason::ServerShutdown => Action::Disconnect,
    }
}

/// The leave message for a client: before protocol 13 it goes by `can_reconnect`.
pub fn leave_request(client: &Client, reason: DisconnectReason, action: Action) -> proto::LeaveRequest {
    let again = match action {
        Action::Resume | Action::Reconnect => true,
        Action::Disconnect => false,
    };
    proto::LeaveRequest {
        can_reconnect: again && !client.knows_leave_action(),
        reason: reason.into(),
        action: if client.knows_leave_action() { action.into() } else { Action::Disconnect.into() },
        regions: None,
    }
}
