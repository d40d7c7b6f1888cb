//! Between what tokens and API calls grant and the core's permissions, in both directions.
use crate::config::{LiveKitConfig, UNSUPPORTED_ATTRIBUTE};
use crate::extras::Extras;
use crate::join::LiveKitJoin;
use crate::room_wishes;
use crate::token::{Claims, VideoGrant};
use livekit_protocol as proto;
use sfu_core::capability::Feature;
use sfu_core::room::{BitrateCaps, Grant, ParticipantInfo, ParticipantKind, Permissions, RoomSnapshot, TrackSource};
use std::collections::BTreeMap;

/// What a joining client is and may.
pub fn grant(join: &LiveKitJoin, config: &LiveKitConfig) -> Grant {
    let claims = &join.claims;
    let mut attributes = claims.attributes.clone();
    attributes.extend(join.request.participant_attributes.iter().map(|(key, value)| (key.clone(), value.clone())));
    let unsupported = unsupported(join, config);
    if config.flag_unsupported && !unsupported.is_empty() {
        attributes.insert(UNSUPPORTED_ATTRIBUTE.to_owned(), unsupported);
    }
    let metadata = if join.request.metadata.is_empty() { &claims.metadata } else { &join.request.metadata };
    Grant {
        id: None,
        identity: join.identity.clone(),
        name: claims.name.clone(),
        metadata: metadata.clone(),
        attributes,
        permissions: permissions(&claims.grant()),
        kind: kind(claims),
        caps: BitrateCaps::default(),
        face_data: Extras {
            client_protocol: join.client.info.client_protocol,
            capabilities: join.client.info.capabilities.clone(),
            ..Extras::of_claims(claims)
        }
        .print(),
    }
}

/// What a client said of its own abilities (calls over text streams, compression). Others use it only for what goes by
/// data messages; where those are refused, nobody is told.
pub(crate) fn abilities(info: &ParticipantInfo, config: &LiveKitConfig) -> (i32, Vec<i32>) {
    if !config.supports(Feature::DataMessages) {
        return (0, Vec::new());
    }
    let Extras { client_protocol, capabilities, .. } = Extras::of(info);
    (client_protocol, capabilities)
}

/// What a client is told is not to be had, as keys separated by commas: the features refused under the profile in
/// force, then what its token asks of the room in vain.
pub(crate) fn unsupported(join: &LiveKitJoin, config: &LiveKitConfig) -> String {
    let mut keys = config.unsupported();
    for key in room_wishes::unmet_by_token(&join.claims, &config.room) {
        if !keys.is_empty() {
            keys.push(',');
        }
        keys.push_str(key);
    }
    keys
}

/// What the token says its bearer is.
pub(crate) fn kind(claims: &Claims) -> ParticipantKind {
    let grant = claims.grant();
    match claims.kind.to_ascii_lowercase().as_str() {
        "ingress" => ParticipantKind::Ingress,
        "egress" => ParticipantKind::Egress,
        "sip" => ParticipantKind::Sip,
        "agent" => ParticipantKind::Agent,
        "connector" => ParticipantKind::Connector,
        "bridge" => ParticipantKind::Bridge,
        _ if grant.agent => ParticipantKind::Agent,
        _ if grant.recorder => ParticipantKind::Egress,
        _ => ParticipantKind::Standard,
    }
}

/// True where a room has a place for somebody: whoever comes back under its identity takes its own.
pub(crate) fn has_place(room: &RoomSnapshot, kind: ParticipantKind, identity: &str) -> bool {
    let max = usize::try_from(room.settings.max_participants).unwrap_or(usize::MAX);
    let others = room.participants.iter().filter(|other| other.kind.takes_a_place() && other.identity != identity);
    max == 0 || !kind.takes_a_place() || others.count() < max
}

fn permissions(grant: &VideoGrant) -> Permissions {
    let publish = grant.can_publish.unwrap_or(true);
    Permissions {
        publish,
        publish_sources: grant.can_publish_sources.iter().filter_map(|name| source_of_name(name)).collect(),
        subscribe: grant.can_subscribe.unwrap_or(true),
        publish_data: grant.can_publish_data.unwrap_or(publish),
        moderate: false,
        update_own_metadata: grant.can_update_own_metadata.unwrap_or(false),
        hidden: grant.hidden,
    }
}

fn source_of_name(name: &str) -> Option<TrackSource> {
    match name.to_ascii_lowercase().as_str() {
        "camera" => Some(TrackSource::Camera),
        "microphone" => Some(TrackSource::Microphone),
        "screen_share" => Some(TrackSource::ScreenShare),
        "screen_share_audio" => Some(TrackSource::ScreenShareAudio),
        "unknown" => Some(TrackSource::Unknown),
        _ => None,
    }
}

const fn source_name(source: TrackSource) -> &'static str {
    match source {
        TrackSource::Camera => "camera",
        TrackSource::Microphone => "microphone",
        TrackSource::ScreenShare => "screen_share",
        TrackSource::ScreenShareAudio => "screen_share_audio",
        TrackSource::Unknown => "unknown",
    }
}

/// A source on LiveKit's wire.
pub const fn source_to_wire(source: TrackSource) -> proto::TrackSource {
    match source {
        TrackSource::Microphone => proto::TrackSource::Microphone,
        TrackSource::Camera => proto::TrackSource::Camera,
        TrackSource::ScreenShare => proto::TrackSource::ScreenShare,
        TrackSource::ScreenShareAudio => proto::TrackSource::ScreenShareAudio,
        TrackSource::Unknown => proto::TrackSource::Unknown,
    }
}

/// A source off LiveKit's wire; numbers of later versions are unknown ones.
pub fn source_from_wire(number: i32) -> TrackSource {
    match proto::TrackSource::try_from(number) {
        Ok(proto::TrackSource::Microphone) => TrackSource::Microphone,
        Ok(proto::TrackSource::Camera) => TrackSource::Camera,
        Ok(proto::TrackSource::ScreenShare) => TrackSource::ScreenShare,
        Ok(proto::TrackSource::ScreenShareAudio) => TrackSource::ScreenShareAudio,
        Ok(proto::TrackSource::Unknown) | Err(_) => TrackSource::Unknown,
    }
}

/// The permissions as clients see them. Where the profile has no data messages nobody may send them: user
/// interfaces then hide what would fail (livekit-errors.md §2.0).
#[expect(deprecated, reason = "older SDKs read the deprecated fields")]
pub fn permission_to_wire(info: &ParticipantInfo, config: &LiveKitConfig) -> proto::ParticipantPermission {
    let (permissions, extras) = (&info.permissions, Extras::of(info));
    proto::ParticipantPermission {
        can_subscribe: permissions.subscribe,
        can_publish: permissions.publish,
        can_publish_data: permissions.publish_data && config.supports(Feature::DataMessages),
        can_publish_sources: permissions.publish_sources.iter().map(|source| source_to_wire(*source).into()).collect(),
        hidden: permissions.hidden,
        recorder: info.kind == ParticipantKind::Egress,
        can_update_metadata: permissions.update_own_metadata,
        agent: info.kind == ParticipantKind::Agent,
        can_subscribe_metrics: extras.subscribe_metrics,
        can_manage_agent_session: extras.manage_agent_session,
    }
}

/// The permissions of an `UpdateParticipant` call: set as a whole, what is unset becomes false (livekit.md §4.1).
/// Whether a participant moderates is not LiveKit's to say, so it stays as it was.
pub fn permissions_from_wire(wire: &proto::ParticipantPermission, before: &Permissions) -> Permissions {
    Permissions {
        publish: wire.can_publish,
        publish_sources: wire.can_publish_sources.iter().map(|number| source_from_wire(*number)).collect(),
        subscribe: wire.can_subscribe,
        publish_data: wire.can_publish_data,
        moderate: before.moderate,
        update_own_metadata: wire.can_update_metadata,
        hidden: wire.hidden,
    }
}

/// The claims of a fresh token for a participant as it is now: the original ones with what has changed since.
pub fn refreshed_claims(original: &Claims, info: &ParticipantInfo, now_s: u64) -> Claims {
    let mut claims = original.clone();
    let permissions = &info.permissions;
    let mut video = claims.grant();
    video.can_publish = Some(permissions.publish);
    video.can_subscribe = Some(permissions.subscribe);
    video.can_publish_data = Some(permissions.publish_data);
    video.can_publish_sources =
        permissions.publish_sources.iter().map(|source| source_name(*source).to_owned()).collect();
    video.can_update_own_metadata = Some(permissions.update_own_metadata);
    video.hidden = permissions.hidden;
    let extras = Extras::of(info);
    video.can_subscribe_metrics = Some(extras.subscribe_metrics).filter(|may| *may);
    video.can_manage_agent_session = Some(extras.manage_agent_session).filter(|may| *may);
    claims.video = Some(video);
    claims.name.clone_from(&info.name);
    claims.metadata.clone_from(&info.metadata);
    claims.attributes = own_attributes(&info.attributes);
    // At least ten minutes, or what is left of the original (livekit.md §2.7).
    let least = now_s.saturating_add(REFRESH_VALID_S);
    claims.exp = Some(original.exp.unwrap_or(0).max(least));
    claims
}

/// Shortest validity of a refreshed token, seconds.
const REFRESH_VALID_S: u64 = 600;

fn own_attributes(attributes: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let own = attributes.iter().filter(|(key, _)| key.as_str() != UNSUPPORTED_ATTRIBUTE);
    own.map(|(key, value)| (key.clone(), value.clone())).collect()
}
