//! A room as LiveKit's `Room`, and LiveKit's room settings as the core's.
use super::{PROTOCOL, millis, seconds};
use crate::config::{LiveKitConfig, RoomDefaults};
use crate::ids;
use livekit_protocol as proto;
use sfu_core::id::RoomId;
use sfu_core::room::{Lifecycle, ParticipantInfo, RoomSettings, RoomSnapshot};
use sfu_core::sdp::{Codec, H264Profile};
use std::time::Duration;

/// How many are in a room, as LiveKit counts them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// Participants but for hidden ones, recorders and agents.
    pub participants: u32,
    /// Participants that publish.
    pub publishers: u32,
}

impl Counts {
    /// Counts `participants`.
    pub fn of<'a>(participants: impl IntoIterator<Item = &'a ParticipantInfo>) -> Self {
        let mut counts = Self::default();
        for participant in participants {
            counts.participants += u32::from(is_counted(participant));
            counts.publishers += u32::from(!participant.streams.is_empty());
        }
        counts
    }
}

/// True where the participant counts as one.
pub fn is_counted(participant: &ParticipantInfo) -> bool {
    !participant.permissions.hidden && participant.kind.takes_a_place()
}

/// A room as it is.
pub fn room(snapshot: &RoomSnapshot, counts: Counts, config: &LiveKitConfig) -> proto::Room {
    proto::Room {
        active_recording: snapshot.recorded,
        ..room_of(snapshot.id, &snapshot.name, snapshot.created_ms, &snapshot.settings, counts, config)
    }
}

/// A room by its parts; `created_ms`: ms since 1970.
pub fn room_of(
    id: RoomId,
    name: &str,
    created_ms: u64,
    settings: &RoomSettings,
    counts: Counts,
    config: &LiveKitConfig,
) -> proto::Room {
    let (empty_timeout, departure_timeout) = timeouts(&settings.lifecycle);
    proto::Room {
        sid: ids::room_sid(id),
        name: name.to_owned(),
        empty_timeout,
        departure_timeout,
        max_participants: settings.max_participants,
        creation_time: seconds(created_ms),
        creation_time_ms: millis(created_ms),
        turn_password: String::new(),
        enabled_codecs: publish_codecs(settings, config),
        metadata: settings.metadata.clone(),
        num_participants: counts.participants,
        num_publishers: counts.publishers,
        active_recording: false,
        version: None,
    }
}

/// Seconds until a room without participants ends: never joined, after the last one left.
pub fn timeouts(lifecycle: &Lifecycle) -> (u32, u32) {
    let seconds = |duration: &Duration| u32::try_from(duration.as_secs()).unwrap_or(u32::MAX);
    match lifecycle {
        Lifecycle::Timeouts { empty, departure } => (seconds(empty), seconds(departure)),
        Lifecycle::WithLast { never_joined, .. } => (seconds(never_joined), 0),
    }
}

/// The settings of a room that is made by LiveKit: the configuration's, with those of a token or call over them.
pub fn settings_from_config(defaults: &RoomDefaults, wanted: &proto::RoomConfiguration) -> RoomSettings {
    let or = |value: u32, default: u32| if value == 0 { default } else { value };
    let seconds = |value: u32| Duration::from_secs(value.into());
    RoomSettings {
        lifecycle: Lifecycle::Timeouts {
            empty: seconds(or(wanted.empty_timeout, defaults.empty_timeout_s)),
            departure: seconds(or(wanted.departure_timeout, defaults.departure_timeout_s)),
        },
        max_participants: or(wanted.max_participants, defaults.max_participants),
        metadata: wanted.metadata.clone(),
        forced_video_codec: None,
        codecs: defaults.codecs.clone(),
        sync_streams: wanted.sync_streams || defaults.sync_streams,
        face_data: String::new(),
        made_by: PROTOCOL,
    }
}

/// The codecs that publishers are told to use: video first, VP8 first of all, audio last (livekit.md §2.4). Without
/// second codecs only those that every subscriber takes.
pub fn publish_codecs(settings: &RoomSettings, config: &LiveKitConfig) -> Vec<proto::Codec> {
    let everywhere = [Codec::Vp8, Codec::H264 { profile: H264Profile::ConstrainedBaseline, packetization_mode: 1 }];
    let with_backup = [Codec::Vp9 { profile: 0 }, Codec::Av1];
    let audio = [Codec::Opus, Codec::Red];
    let backup = config.routes_second_codecs();
    let allowed = |codec: &Codec| {
        let named = |other: &Codec| other.name() == codec.name();
        let forced = settings.forced_video_codec.as_ref();
        (settings.codecs.is_empty() || settings.codecs.iter().any(named))
            && (codec.kind() == sfu_core::sdp::MediaKind::Audio || forced.is_none_or(named))
    };
    let forced_other = settings.forced_video_codec.filter(|codec| with_backup.iter().any(|c| c.name() == codec.name()));
    let video = everywhere.into_iter().chain(with_backup.into_iter().filter(|_| backup || forced_other.is_some()));
    video
        .chain(audio)
        .filter(allowed)
        .map(|codec| proto::Codec { mime: super::track::mime(codec), fmtp_line: String::new() })
        .collect()
}
