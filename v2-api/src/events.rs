//! From what a room says to what a v2 client is told: the notifications of each change, in v2's order
//! (openvidu-v2 section 2.4). Keeps the client's picture of its session up to date on the way.
use crate::ids::{ConnectionRef, Part};
use crate::membership::Membership;
use crate::presence::{companions, connection_of, metadata, stream_name, stream_object, stream_of};
use crate::wire::{Notification, leave_reason, property_change, unpublish_reason};
use sfu_core::id::{ParticipantId, StreamId, TrackId};
use sfu_core::room::{
    LeaveReason, ParticipantChange, ParticipantInfo, Quality, Signal, StreamChange, StreamInfo, StreamKey, TrackInfo,
    UnpublishReason,
};
use sfu_core::sdp::MediaKind;

/// What a client is told of a change to somebody, itself included.
pub(crate) fn participant_changed(
    membership: &mut Membership,
    participant: ParticipantInfo,
    change: &ParticipantChange,
) -> Vec<Notification> {
    if participant.id == membership.own.id {
        own(membership, participant, change)
    } else {
        other(membership, participant, change)
    }
}

/// What a client is told of a signal. The type always has its prefix: listeners of `signal` and of the type both hear it.
pub(crate) fn signalled(from: Option<ParticipantId>, signal: Signal) -> Notification {
    let kind = signal.kind.map(|kind| match kind.as_str() {
        "signal" => kind,
        prefixed if prefixed.starts_with("signal:") => kind,
        bare => format!("signal:{bare}"),
    });
    let from = from.map(|from| ConnectionRef::main(from).to_string());
    Notification::SendMessage { data: signal.data, kind, from }
}

/// What a client is told of the quality of a publisher's path.
pub(crate) fn measured(
    membership: &mut Membership,
    participant: ParticipantId,
    quality: Quality,
) -> Option<Notification> {
    let level = quality.level();
    let old_value = membership.quality_levels.insert(participant, level);
    let connection_id = ConnectionRef::main(participant).to_string();
    (old_value != Some(level)).then_some(Notification::NetworkQualityLevelChanged {
        connection_id,
        new_value: level,
        old_value,
    })
}

fn own(membership: &mut Membership, participant: ParticipantInfo, change: &ParticipantChange) -> Vec<Notification> {
    let (role_before, record_before) = (membership.role(), membership.record());
    let told = match change {
        ParticipantChange::StreamUnpublished { reason: UnpublishReason::ByPublisher, .. } => Vec::new(),
        ParticipantChange::StreamUnpublished { reason, .. } => vec![Notification::ParticipantUnpublished {
            connection_id: membership.own_name.clone(),
            reason: unpublish_reason(*reason),
        }],
        ParticipantChange::StreamChanged { stream, change } if change.face_data.is_empty() => {
            stream_changed(&participant, *stream, change)
        }
        ParticipantChange::StreamChanged { .. }
        | ParticipantChange::Joined
        | ParticipantChange::Activated
        | ParticipantChange::StreamPublished(_)
        | ParticipantChange::TrackPublished { .. }
        | ParticipantChange::TrackUnpublished { .. }
        | ParticipantChange::TrackDetailed { .. }
        | ParticipantChange::Described
        | ParticipantChange::Permitted
        | ParticipantChange::Left { .. } => Vec::new(),
    };
    membership.set_own(participant);
    let (role, record) = (membership.role(), membership.record());
    let property = |property, new_value| Notification::ConnectionPropertyChanged { property, new_value };
    let role = (role != role_before).then(|| property("role", role.name().to_owned()));
    let record = (record != record_before).then(|| property("record", record.to_string()));
    told.into_iter().chain(record).chain(role).collect()
}

fn other(membership: &mut Membership, participant: ParticipantInfo, change: &ParticipantChange) -> Vec<Notification> {
    let id = participant.id;
    let told = match change {
        ParticipantChange::Joined => vec![joined(&participant, ConnectionRef::main(id), participant.joined_ms)],
        ParticipantChange::StreamPublished(stream) => published(&participant, *stream),
        ParticipantChange::TrackPublished { stream, track } => track_published(&participant, *stream, *track),
        ParticipantChange::TrackUnpublished { stream, track, .. } => track_gone(&participant, *stream, track),
        ParticipantChange::StreamUnpublished { stream, reason } => {
            membership.forget_stream(StreamKey { participant: id, stream: stream.id });
            unpublished(&participant, stream, *reason)
        }
        ParticipantChange::StreamChanged { stream, change } => stream_changed(&participant, *stream, change),
        ParticipantChange::Left { reason } => {
            membership.forget(id);
            return left(&participant, *reason);
        }
        ParticipantChange::Activated
        | ParticipantChange::TrackDetailed { .. }
        | ParticipantChange::Described
        | ParticipantChange::Permitted => Vec::new(),
    };
    membership.others.insert(id, participant);
    told
}

fn joined(participant: &ParticipantInfo, at: ConnectionRef, created_at: u64) -> Notification {
    Notification::ParticipantJoined { id: at.to_string(), created_at, metadata: metadata(participant) }
}

fn published(participant: &ParticipantInfo, stream: StreamId) -> Vec<Notification> {
    let Some(stream) = stream_of(participant, stream) else { return Vec::new() };
    let at = connection_of(participant, stream);
    let published =
        Notification::ParticipantPublished { id: at.to_string(), stream: stream_object(participant, stream) };
    match at.part {
        Part::Main => vec![published],
        Part::Screen | Part::Further(_) => vec![joined(participant, at, stream.created_ms), published],
    }
}

fn unpublished(participant: &ParticipantInfo, stream: &StreamInfo, reason: UnpublishReason) -> Vec<Notification> {
    let at = connection_of(participant, stream);
    let connection_id = at.to_string();
    if at.part == Part::Main {
        return vec![Notification::ParticipantUnpublished { connection_id, reason: unpublish_reason(reason) }];
    }
    match reason {
        UnpublishReason::ByPublisher => gone(connection_id, LeaveReason::ByClient),
        UnpublishReason::ForcedByUser => gone(connection_id, LeaveReason::ForcedByUser),
        UnpublishReason::ForcedByServer | UnpublishReason::PermissionLost => {
            gone(connection_id, LeaveReason::ForcedByServer)
        }
        UnpublishReason::MediaFailed => gone(connection_id, LeaveReason::MediaFailed),
    }
}

fn left(participant: &ParticipantInfo, reason: LeaveReason) -> Vec<Notification> {
    let companions = companions(participant).flat_map(|(at, _)| gone(at.to_string(), reason));
    companions.chain(gone(ConnectionRef::main(participant.id).to_string(), reason)).collect()
}

/// A connection is gone: left, and where it did not leave by itself, evicted.
fn gone(connection_id: String, reason: LeaveReason) -> Vec<Notification> {
    let word = leave_reason(reason);
    let left = Notification::ParticipantLeft { connection_id: connection_id.clone(), reason: word };
    if reason.is_own_will() {
        return vec![left];
    }
    vec![left, Notification::ParticipantEvicted { connection_id, reason: word }]
}

fn track_published(participant: &ParticipantInfo, stream: StreamId, track: TrackId) -> Vec<Notification> {
    let Some(info) = stream_of(participant, stream) else { return Vec::new() };
    let Some(track) = info.tracks().find(|info| info.id == track) else { return Vec::new() };
    let mut change = StreamChange::default();
    match track.spec.kind {
        MediaKind::Audio => change.audio_active = (!track.muted).then_some(true),
        MediaKind::Video => {
            change.video_active = (!track.muted).then_some(true);
            change.video_size = Some((track.spec.width, track.spec.height)).filter(|size| *size != (0, 0));
        }
    }
    stream_changed(participant, stream, &change)
}

fn track_gone(participant: &ParticipantInfo, stream: StreamId, track: &TrackInfo) -> Vec<Notification> {
    if track.muted {
        return Vec::new();
    }
    let change = match track.spec.kind {
        MediaKind::Audio => StreamChange { audio_active: Some(false), ..StreamChange::default() },
        MediaKind::Video => StreamChange { video_active: Some(false), ..StreamChange::default() },
    };
    stream_changed(participant, stream, &change)
}

fn stream_changed(participant: &ParticipantInfo, stream: StreamId, change: &StreamChange) -> Vec<Notification> {
    let Some(stream) = stream_of(participant, stream) else { return Vec::new() };
    let connection_id = connection_of(participant, stream).to_string();
    let stream_id = stream_name(participant, stream);
    property_change::read(change)
        .into_iter()
        .map(|change| Notification::StreamPropertyChanged {
            connection_id: connection_id.clone(),
            stream_id: stream_id.clone(),
            change,
        })
        .collect()
}
