//! The core's values as JSON in a row: mirrors whose fields have fixed names, so that a renamed field of the core does
//! not change what is on disk.
use serde::{Deserialize, Serialize};
use sfu_core::id::ParticipantId;
use sfu_core::room::{
    BitrateCaps, Grant, Lifecycle, ParticipantKind, Permissions, ProtocolName, RoomSettings, TrackSource,
};
use sfu_core::sdp::{Codec, H264Profile};
use std::collections::BTreeMap;
use std::time::Duration;

/// A room's settings.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SettingsRecord {
    lifecycle: LifecycleRecord,
    max_participants: u32,
    metadata: String,
    forced_video_codec: Option<CodecRecord>,
    codecs: Vec<CodecRecord>,
    #[serde(default)]
    sync_streams: bool,
    face_data: String,
    made_by: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
enum LifecycleRecord {
    WithLast { check_interval_ms: u64, never_joined_ms: u64 },
    Timeouts { empty_ms: u64, departure_ms: u64 },
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
enum CodecRecord {
    Opus,
    Red,
    Pcmu,
    Pcma,
    Vp8,
    Vp9 { profile: u8 },
    H264 { profile: u16, packetization_mode: u8 },
    Av1,
}

/// What a seat's participant will be and may.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GrantRecord {
    id: Option<u64>,
    identity: String,
    name: String,
    metadata: String,
    attributes: BTreeMap<String, String>,
    permissions: PermissionsRecord,
    kind: KindRecord,
    /// Caps on its pictures, bits a second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_publish_bps: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_receive_bps: Option<u64>,
    face_data: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PermissionsRecord {
    publish: bool,
    publish_sources: Vec<SourceRecord>,
    subscribe: bool,
    publish_data: bool,
    moderate: bool,
    update_own_metadata: bool,
    hidden: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum SourceRecord {
    Microphone,
    Camera,
    ScreenShare,
    ScreenShareAudio,
    Unknown,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum KindRecord {
    Standard,
    Ingress,
    Egress,
    Sip,
    Agent,
    Connector,
    Bridge,
}

impl From<&RoomSettings> for SettingsRecord {
    fn from(settings: &RoomSettings) -> Self {
        let ms = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        Self {
            lifecycle: match settings.lifecycle {
                Lifecycle::WithLast { check_interval, never_joined } => LifecycleRecord::WithLast {
                    check_interval_ms: ms(check_interval),
                    never_joined_ms: ms(never_joined),
                },
                Lifecycle::Timeouts { empty, departure } => {
                    LifecycleRecord::Timeouts { empty_ms: ms(empty), departure_ms: ms(departure) }
                }
            },
            max_participants: settings.max_participants,
            metadata: settings.metadata.clone(),
            forced_video_codec: settings.forced_video_codec.map(CodecRecord::from),
            codecs: settings.codecs.iter().copied().map(CodecRecord::from).collect(),
            sync_streams: settings.sync_streams,
            face_data: settings.face_data.clone(),
            made_by: settings.made_by.0.to_owned(),
        }
    }
}

impl From<SettingsRecord> for RoomSettings {
    fn from(record: SettingsRecord) -> Self {
        let ms = Duration::from_millis;
        Self {
            lifecycle: match record.lifecycle {
                LifecycleRecord::WithLast { check_interval_ms, never_joined_ms } => {
                    Lifecycle::WithLast { check_interval: ms(check_interval_ms), never_joined: ms(never_joined_ms) }
                }
                LifecycleRecord::Timeouts { empty_ms, departure_ms } => {
                    Lifecycle::Timeouts { empty: ms(empty_ms), departure: ms(departure_ms) }
                }
            },
            max_participants: record.max_participants,
            metadata: record.metadata,
            forced_video_codec: record.forced_video_codec.map(Codec::from),
            codecs: record.codecs.into_iter().map(Codec::from).collect(),
            sync_streams: record.sync_streams,
            face_data: record.face_data,
            made_by: protocol(&record.made_by),
        }
    }
}

/// The protocol of this name.
fn protocol(name: &str) -> ProtocolName {
    if name == v2_api::PROTOCOL.0 { v2_api::PROTOCOL } else { livekit_api::PROTOCOL }
}

impl From<Codec> for CodecRecord {
    fn from(codec: Codec) -> Self {
        match codec {
            Codec::Opus => Self::Opus,
            Codec::Red => Self::Red,
            Codec::Pcmu => Self::Pcmu,
            Codec::Pcma => Self::Pcma,
            Codec::Vp8 => Self::Vp8,
            Codec::Vp9 { profile } => Self::Vp9 { profile },
            Codec::H264 { profile, packetization_mode } => Self::H264 { profile: profile.bytes(), packetization_mode },
            Codec::Av1 => Self::Av1,
        }
    }
}

impl From<CodecRecord> for Codec {
    fn from(record: CodecRecord) -> Self {
        match record {
            CodecRecord::Opus => Self::Opus,
            CodecRecord::Red => Self::Red,
            CodecRecord::Pcmu => Self::Pcmu,
            CodecRecord::Pcma => Self::Pcma,
            CodecRecord::Vp8 => Self::Vp8,
            CodecRecord::Vp9 { profile } => Self::Vp9 { profile },
            CodecRecord::H264 { profile, packetization_mode } => {
                Self::H264 { profile: h264_profile(profile), packetization_mode }
            }
            CodecRecord::Av1 => Self::Av1,
        }
    }
}

fn h264_profile(bytes: u16) -> H264Profile {
    let named = [H264Profile::Baseline, H264Profile::ConstrainedBaseline, H264Profile::Main, H264Profile::High];
    named.into_iter().find(|profile| profile.bytes() == bytes).unwrap_or(H264Profile::Other(bytes))
}

impl From<&Grant> for GrantRecord {
    fn from(grant: &Grant) -> Self {
        let may = &grant.permissions;
        Self {
            id: grant.id.map(ParticipantId::number),
            identity: grant.identity.clone(),
            name: grant.name.clone(),
            metadata: grant.metadata.clone(),
            attributes: grant.attributes.clone(),
            permissions: PermissionsRecord {
                publish: may.publish,
                publish_sources: may.publish_sources.iter().copied().map(SourceRecord::from).collect(),
                subscribe: may.subscribe,
                publish_data: may.publish_data,
                moderate: may.moderate,
                update_own_metadata: may.update_own_metadata,
                hidden: may.hidden,
            },
            kind: match grant.kind {
                ParticipantKind::Standard => KindRecord::Standard,
                ParticipantKind::Ingress => KindRecord::Ingress,
                ParticipantKind::Egress => KindRecord::Egress,
                ParticipantKind::Sip => KindRecord::Sip,
                ParticipantKind::Agent => KindRecord::Agent,
                ParticipantKind::Connector => KindRecord::Connector,
                ParticipantKind::Bridge => KindRecord::Bridge,
            },
            max_publish_bps: grant.caps.publish_bps,
            max_receive_bps: grant.caps.receive_bps,
            face_data: grant.face_data.clone(),
        }
    }
}

impl From<GrantRecord> for Grant {
    fn from(record: GrantRecord) -> Self {
        let may = record.permissions;
        Self {
            id: record.id.and_then(ParticipantId::from_number),
            identity: record.identity,
            name: record.name,
            metadata: record.metadata,
            attributes: record.attributes,
            permissions: Permissions {
                publish: may.publish,
                publish_sources: may.publish_sources.into_iter().map(TrackSource::from).collect(),
                subscribe: may.subscribe,
                publish_data: may.publish_data,
                moderate: may.moderate,
                update_own_metadata: may.update_own_metadata,
                hidden: may.hidden,
            },
            kind: match record.kind {
                KindRecord::Standard => ParticipantKind::Standard,
                KindRecord::Ingress => ParticipantKind::Ingress,
                KindRecord::Egress => ParticipantKind::Egress,
                KindRecord::Sip => ParticipantKind::Sip,
                KindRecord::Agent => ParticipantKind::Agent,
                KindRecord::Connector => ParticipantKind::Connector,
                KindRecord::Bridge => ParticipantKind::Bridge,
            },
            caps: BitrateCaps { publish_bps: record.max_publish_bps, receive_bps: record.max_receive_bps },
            face_data: record.face_data,
        }
    }
}

impl From<TrackSource> for SourceRecord {
    fn from(source: TrackSource) -> Self {
        match source {
            TrackSource::Microphone => Self::Microphone,
            TrackSource::Camera => Self::Camera,
            TrackSource::ScreenShare => Self::ScreenShare,
            TrackSource::ScreenShareAudio => Self::ScreenShareAudio,
            TrackSource::Unknown => Self::Unknown,
        }
    }
}

impl From<SourceRecord> for TrackSource {
    fn from(record: SourceRecord) -> Self {
        match record {
            SourceRecord::Microphone => Self::Microphone,
            SourceRecord::Camera => Self::Camera,
            SourceRecord::ScreenShare => Self::ScreenShare,
            SourceRecord::ScreenShareAudio => Self::ScreenShareAudio,
            SourceRecord::Unknown => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_come_back_as_they_were() {
        let lifecycles = [
            Lifecycle::WithLast { check_interval: Duration::from_secs(900), never_joined: Duration::from_secs(3600) },
            Lifecycle::Timeouts { empty: Duration::from_secs(300), departure: Duration::from_secs(20) },
        ];
        for (lifecycle, made_by) in lifecycles.into_iter().zip([v2_api::PROTOCOL, livekit_api::PROTOCOL]) {
            let settings = RoomSettings {
                lifecycle,
                max_participants: 5,
                metadata: "m".into(),
                forced_video_codec: Some(Codec::H264 { profile: H264Profile::Main, packetization_mode: 1 }),
                codecs: vec![Codec::Opus, Codec::Vp9 { profile: 2 }],
                sync_streams: true,
                face_data: "{}".into(),
                made_by,
            };
            let json = serde_json::to_string(&SettingsRecord::from(&settings)).unwrap();
            let back: SettingsRecord = serde_json::from_str(&json).unwrap();
            assert_eq!(RoomSettings::from(back), settings);
        }
    }

    #[test]
    fn a_grant_comes_back_as_it_was() {
        let grant = Grant {
            id: ParticipantId::from_number(77),
            identity: "i".into(),
            name: "n".into(),
            metadata: "m".into(),
            attributes: BTreeMap::from([("a".into(), "b".into())]),
            permissions: Permissions {
                publish_sources: vec![TrackSource::Camera, TrackSource::ScreenShareAudio],
                moderate: true,
                ..Permissions::publisher()
            },
            kind: ParticipantKind::Agent,
            caps: BitrateCaps { publish_bps: Some(1_000_000), receive_bps: None },
            face_data: "f".into(),
        };
        let json = serde_json::to_string(&GrantRecord::from(&grant)).unwrap();
        let back: GrantRecord = serde_json::from_str(&json).unwrap();
        assert!(Grant::from(back) == grant);
    }
}
