//! How rooms look as REST objects: sessions with their connections, of participants of either protocol.
use crate::config::V2Config;
use crate::connection::{ConnectionProperties, Role};
use crate::ids::ConnectionRef;
use crate::presence::{client_data, companions, connection_of, stream_name, stream_of, stream_on};
use crate::session::SessionProperties;
use crate::wire::{
    ConnectionObject, Listing, MediaOptions, PublisherObject, SessionObject, StreamExtras, SubscriberObject,
    WebRtcDetails,
};
use serde_json::Map;
use sfu_core::room::{ParticipantInfo, ReservationInfo, RoomSnapshot, StreamInfo, StreamKey};

/// How much of connections is shown.
#[derive(Clone, Copy, Default)]
pub(super) struct Shown {
    /// Pending ones too.
    pub(super) pending: bool,
    /// With what `webRtcStats` adds.
    pub(super) web_rtc: bool,
}

/// A room as a session.
pub(super) fn session(room: &RoomSnapshot, shown: Shown, config: &V2Config) -> SessionObject {
    let own = SessionProperties::of(&room.name, &room.settings, config);
    SessionObject {
        id: room.name.clone(),
        object: "session",
        session_id: room.name.clone(),
        created_at: room.created_ms,
        recording: false,
        broadcasting: false,
        media_mode: own.media_mode,
        recording_mode: own.recording_mode,
        default_recording_properties: own.default_recording_properties,
        custom_session_id: own.custom_session_id,
        media_node: own.media_node,
        forced_video_codec: own.forced_video_codec,
        allow_transcoding: own.allow_transcoding,
        connections: connections(room, shown),
    }
}

/// A room's connections.
pub(super) fn connections(room: &RoomSnapshot, how: Shown) -> Listing<ConnectionObject> {
    let mut shown = Vec::new();
    for participant in visible(room) {
        shown.push(active(room, participant, ConnectionRef::main(participant.id), how.web_rtc));
        shown.extend(companions(participant).map(|(at, _)| active(room, participant, at, how.web_rtc)));
    }
    if how.pending {
        shown.extend(room.reservations.iter().map(|seat| reserved(room, seat)));
    }
    Listing::new(shown)
}

/// The connection with this id, pending or active.
pub(super) fn connection(room: &RoomSnapshot, id: &str, web_rtc: bool) -> Option<ConnectionObject> {
    let at = ConnectionRef::parse(id)?;
    if let Some(seat) = seat(room, at) {
        return Some(reserved(room, seat));
    }
    let participant = visible(room).find(|participant| participant.id == at.participant)?;
    let there = at == ConnectionRef::main(at.participant) || stream_on(participant, at).is_some();
    there.then(|| active(room, participant, at, web_rtc))
}

/// The seat with this connection's id.
pub(super) fn seat(room: &RoomSnapshot, at: ConnectionRef) -> Option<&ReservationInfo> {
    room.reservations
        .iter()
        .find(|seat| at == ConnectionRef::main(at.participant) && seat.0.grant.id == Some(at.participant))
}

/// The participants that v2 shows: recorders and transcribers stay unseen.
pub(super) fn visible(room: &RoomSnapshot) -> impl Iterator<Item = &ParticipantInfo> {
    room.participants.iter().filter(|participant| !participant.permissions.hidden)
}

fn reserved(room: &RoomSnapshot, seat: &ReservationInfo) -> ConnectionObject {
    let grant = &seat.0.grant;
    let own = ConnectionProperties::read(&grant.face_data);
    let role = own.as_ref().map_or(Role::of(&grant.permissions), |own| own.role);
    let id = grant.id.map_or_else(|| grant.identity.clone(), |id| ConnectionRef::main(id).to_string());
    let blank = blank(room, id, role, own);
    ConnectionObject { created_at: seat.0.created_ms, server_data: Some(grant.metadata.clone()), ..blank }
}

fn active(room: &RoomSnapshot, participant: &ParticipantInfo, at: ConnectionRef, web_rtc: bool) -> ConnectionObject {
    let own = ConnectionProperties::read(&participant.face_data);
    let by_secret = own.as_ref().is_some_and(|own| own.by_secret.is_some());
    let told = own.as_ref().filter(|_| by_secret).map(|own| own.role);
    let role = told.unwrap_or_else(|| Role::of(&participant.permissions));
    let details = |name: String| web_rtc.then(|| WebRtcDetails::of(name));
    let publishers = participant.streams.iter().filter(|stream| connection_of(participant, stream) == at);
    let subscribers: Vec<_> = if at == ConnectionRef::main(participant.id) {
        participant
            .subscriptions
            .iter()
            .filter_map(|(key, at_ms)| subscriber(room, at, *key, *at_ms, details))
            .collect()
    } else {
        Vec::new()
    };
    ConnectionObject {
        status: "active",
        created_at: participant.created_ms,
        server_data: Some(participant.metadata.clone()).filter(|data| !by_secret || !data.is_empty()),
        active_at: Some(participant.joined_ms),
        location: Some("unknown".to_owned()),
        ip: Some(participant.address.clone()),
        platform: Some(participant.platform.clone()),
        client_data: Some(client_data(participant)),
        publishers: Some(publishers.map(|stream| publisher(participant, stream, details)).collect()),
        subscribers: Some(subscribers),
        ..blank(room, at.to_string(), role, own)
    }
}

/// What pending and active connections show alike.
fn blank(room: &RoomSnapshot, id: String, role: Role, own: Option<ConnectionProperties>) -> ConnectionObject {
    let by_secret = own.as_ref().is_some_and(|own| own.by_secret.is_some());
    let (record, kurento_options, custom_ice_servers, token) = match own {
        Some(own) => (own.record, own.kurento_options, own.ice_servers, own.token),
        None => (true, None, Vec::new(), None),
    };
    ConnectionObject {
        id: id.clone(),
        object: "connection",
        status: "pending",
        connection_id: id,
        session_id: room.name.clone(),
        created_at: 0,
        kind: "WEBRTC",
        record: (!by_secret).then_some(record),
        role: Some(role.name().to_owned()),
        kurento_options,
        custom_ice_servers,
        rtsp_uri: None,
        adaptative_bitrate: None,
        only_play_with_subscribers: None,
        network_cache: None,
        server_data: None,
        token,
        active_at: None,
        location: None,
        ip: None,
        platform: None,
        client_data: None,
        publishers: None,
        subscribers: None,
    }
}

fn publisher(
    participant: &ParticipantInfo,
    stream: &StreamInfo,
    details: impl Fn(String) -> Option<WebRtcDetails>,
) -> PublisherObject {
    let spec = &stream.spec;
    let name = stream_name(participant, stream);
    PublisherObject {
        created_at: stream.created_ms,
        web_rtc: details(name.clone()),
        stream_id: name,
        media_options: MediaOptions {
            has_audio: spec.has_audio,
            audio_active: spec.has_audio.then(|| stream.audio_active()),
            has_video: spec.has_video,
            video_active: spec.has_video.then(|| stream.video_active()),
            extras: if spec.has_video { StreamExtras::of(participant, stream).bare() } else { StreamExtras::default() },
            filter: Map::new(),
        },
    }
}

fn subscriber(
    room: &RoomSnapshot,
    at: ConnectionRef,
    key: StreamKey,
    at_ms: u64,
    details: impl Fn(String) -> Option<WebRtcDetails>,
) -> Option<SubscriberObject> {
    let publisher = room.participant(key.participant)?;
    let stream_id = stream_name(publisher, stream_of(publisher, key.stream)?);
    Some(SubscriberObject { created_at: at_ms, web_rtc: details(format!("{at}_{stream_id}")), stream_id })
}
