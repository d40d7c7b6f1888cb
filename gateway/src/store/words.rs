//! The words in which the history says what the core says in values: of neither protocol, and never changed once written.
use sfu_core::room::{EndCause, LeaveReason, ParticipantKind, TrackSource, UnpublishReason};
use sfu_core::sdp::{Codec, MediaKind};

/// What was live when the server was killed ended so.
pub(super) const KILLED: &str = "serverKilled";

pub(super) fn leave(reason: LeaveReason) -> &'static str {
    match reason {
        LeaveReason::ByClient => "byClient",
        LeaveReason::Unavailable => "unavailable",
        LeaveReason::Rejected => "rejected",
        LeaveReason::AgentFailed => "agentFailed",
        LeaveReason::SignalLost => "signalLost",
        LeaveReason::MediaFailed => "mediaFailed",
        LeaveReason::JoinTimeout => "joinTimeout",
        LeaveReason::ForcedByUser => "forcedByUser",
        LeaveReason::ForcedByServer => "forcedByServer",
        LeaveReason::RoomClosedByApi => "roomClosedByApi",
        LeaveReason::RoomEmpty => "roomEmpty",
        LeaveReason::DuplicateIdentity => "duplicateIdentity",
        LeaveReason::StateMismatch => "stateMismatch",
        LeaveReason::Moved => "moved",
        LeaveReason::ServerShutdown => "serverShutdown",
        LeaveReason::ServerFailure => "serverFailure",
    }
}

pub(super) fn end(cause: EndCause) -> &'static str {
    match cause {
        EndCause::Unsubscribed => "unsubscribed",
        EndCause::Unpublished(reason) => match reason {
            UnpublishReason::ByPublisher => "byPublisher",
            UnpublishReason::ForcedByUser => "forcedByUser",
            UnpublishReason::ForcedByServer => "forcedByServer",
            UnpublishReason::PermissionLost => "permissionLost",
            UnpublishReason::MediaFailed => "mediaFailed",
        },
        EndCause::Left(reason) => leave(reason),
    }
}

pub(super) fn kind(kind: ParticipantKind) -> &'static str {
    match kind {
        ParticipantKind::Standard => "standard",
        ParticipantKind::Ingress => "ingress",
        ParticipantKind::Egress => "egress",
        ParticipantKind::Sip => "sip",
        ParticipantKind::Agent => "agent",
        ParticipantKind::Connector => "connector",
        ParticipantKind::Bridge => "bridge",
    }
}

pub(super) fn source(source: TrackSource) -> &'static str {
    match source {
        TrackSource::Microphone => "microphone",
        TrackSource::Camera => "camera",
        TrackSource::ScreenShare => "screenShare",
        TrackSource::ScreenShareAudio => "screenShareAudio",
        TrackSource::Unknown => "unknown",
    }
}

pub(super) fn media(kind: MediaKind) -> &'static str {
    match kind {
        MediaKind::Audio => "audio",
        MediaKind::Video => "video",
    }
}

/// Empty while it is not known.
pub(super) fn codec(codec: Option<Codec>) -> String {
    codec.map(|codec| codec.name().to_ascii_lowercase()).unwrap_or_default()
}
