//! Whole examples of requests and answers: every field, none with the value that it has where it is left out.
use super::super::json::TwirpJson;
use livekit_protocol as proto;
use serde_json::{Value, json};
use std::collections::HashMap;

/// The schemas by name, each by its example.
pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    let mut all: Vec<(&str, Value)> = REQUESTS.iter().map(|name| (*name, request(name))).collect();
    all.extend(ANSWERS.iter().map(|name| (*name, answer(name))));
    let meta = json!({ "capability": "egress", "code": "VIA-0201" });
    all.push(("TwirpError", json!({ "code": "not_found", "msg": "participant does not exist", "meta": meta })));
    all.push(("WhipError", json!({ "error": "text" })));
    all.push((ANY, json!({})));
    all
}

/// The schema of requests to services that are not built: any object.
pub(super) const ANY: &str = "AnyLiveKitRequest";

/// The requests of RoomService.
const REQUESTS: &[&str] = &[
    "CreateRoomRequest",
    "ListRoomsRequest",
    "DeleteRoomRequest",
    "ListParticipantsRequest",
    "RoomParticipantIdentity",
    "MuteRoomTrackRequest",
    "UpdateParticipantRequest",
    "UpdateSubscriptionsRequest",
    "SendDataRequest",
    "UpdateRoomMetadataRequest",
    "ForwardParticipantRequest",
    "MoveParticipantRequest",
    "PerformRpcRequest",
];

/// The answers of RoomService.
const ANSWERS: &[&str] = &[
    "Room",
    "ListRoomsResponse",
    "ListParticipantsResponse",
    "ParticipantInfo",
    "MuteRoomTrackResponse",
    "DeleteRoomResponse",
    "RemoveParticipantResponse",
    "UpdateSubscriptionsResponse",
    "MoveParticipantResponse",
    "SendDataResponse",
    "PerformRpcResponse",
];

/// The example of a request.
pub(super) fn request(name: &str) -> Value {
    let (room, identity) = ("daily", "anna");
    match name {
        "CreateRoomRequest" => json!({
            "name": room, "room_preset": "large", "empty_timeout": 300, "departure_timeout": 20, "max_participants": 50,
            "node_id": "ND_viaduct", "metadata": "{\"topic\":\"plans\"}", "tags": { "team": "blue" }, "egress": {},
            "min_playout_delay": 100, "max_playout_delay": 2000, "sync_streams": true, "replay_enabled": true,
            "agents": [{ "agent_name": "notes", "metadata": "" }],
        }),
        "ListRoomsRequest" => json!({ "names": [room] }),
        "DeleteRoomRequest" | "ListParticipantsRequest" => json!({ "room": room }),
        "RoomParticipantIdentity" => json!({ "room": room, "identity": identity, "revoke_token_ts": "1795618500" }),
        "MuteRoomTrackRequest" => {
            json!({ "room": room, "identity": identity, "track_sid": "TR_AMAAAAAAAAAA", "muted": true })
        }
        "UpdateParticipantRequest" => json!({
            "room": room, "identity": identity, "metadata": "host", "name": "Anna",
            "attributes": { "seat": "3", "gone": "" }, "permission": permission().json(),
        }),
        "UpdateSubscriptionsRequest" => json!({
            "room": room, "identity": identity, "track_sids": ["TR_VCAAAAAAAAAA"], "subscribe": true,
            "participant_tracks": [{ "participant_sid": "PA_AAAAAAAAAA", "track_sids": ["TR_AMAAAAAAAAAA"] }],
        }),
        "SendDataRequest" => json!({
            "room": room, "data": "aGVsbG8=", "kind": "LOSSY", "destination_sids": ["PA_AAAAAAAAAA"],
            "destination_identities": [identity], "topic": "chat", "nonce": "AAECAwQFBgcICQoLDA0ODw==",
        }),
        "UpdateRoomMetadataRequest" => json!({ "room": room, "metadata": "{\"topic\":\"plans\"}" }),
        "ForwardParticipantRequest" | "MoveParticipantRequest" => {
            json!({ "room": room, "identity": identity, "destination_room": "annex" })
        }
        "PerformRpcRequest" => json!({
            "room": room, "destination_identity": identity, "method": "greet", "payload": "hello",
            "response_timeout_ms": 5000,
        }),
        _ => json!({}),
    }
}

/// The example of an answer, as the printer spells it.
pub(super) fn answer(name: &str) -> Value {
    match name {
        "Room" => room().json(),
        "ListRoomsResponse" => proto::ListRoomsResponse { rooms: vec![room()] }.json(),
        "ListParticipantsResponse" => proto::ListParticipantsResponse { participants: vec![participant()] }.json(),
        "ParticipantInfo" => participant().json(),
        "MuteRoomTrackResponse" => proto::MuteRoomTrackResponse { track: Some(track()) }.json(),
        "PerformRpcResponse" => json!({ "payload": "hello yourself" }),
        _ => json!({}),
    }
}

fn version() -> Option<proto::TimedVersion> {
    Some(proto::TimedVersion { unix_micro: 1_795_618_500_000_000, ticks: 1 })
}

fn room() -> proto::Room {
    proto::Room {
        sid: "RM_AAAAAAAAAA".to_owned(),
        name: "daily".to_owned(),
        empty_timeout: 300,
        departure_timeout: 20,
        creation_time: 1_795_618_500,
        creation_time_ms: 1_795_618_500_123,
        enabled_codecs: vec![proto::Codec { mime: "video/VP8".to_owned(), fmtp_line: String::new() }],
        metadata: "{\"topic\":\"plans\"}".to_owned(),
        num_participants: 2,
        num_publishers: 1,
        version: version(),
        ..proto::Room::default()
    }
}

fn permission() -> proto::ParticipantPermission {
    proto::ParticipantPermission {
        can_subscribe: true,
        can_publish: true,
        can_publish_data: true,
        can_publish_sources: vec![proto::TrackSource::Camera.into()],
        ..proto::ParticipantPermission::default()
    }
}

fn participant() -> proto::ParticipantInfo {
    proto::ParticipantInfo {
        sid: "PA_AAAAAAAAAA".to_owned(),
        identity: "anna".to_owned(),
        state: proto::participant_info::State::Active.into(),
        tracks: vec![track()],
        metadata: "host".to_owned(),
        joined_at: 1_795_618_500,
        joined_at_ms: 1_795_618_500_123,
        name: "Anna".to_owned(),
        version: 4,
        permission: Some(permission()),
        is_publisher: true,
        attributes: HashMap::from([("seat".to_owned(), "3".to_owned())]),
        kind_details: vec![proto::participant_info::KindDetail::CloudAgent.into()],
        capabilities: vec![proto::client_info::Capability::CapPacketTrailer.into()],
        ..proto::ParticipantInfo::default()
    }
}

#[expect(deprecated, reason = "the printer shows deprecated fields too")]
fn track() -> proto::TrackInfo {
    let layer = proto::VideoLayer { width: 1280, height: 720, ..proto::VideoLayer::default() };
    let codec = proto::SimulcastCodecInfo {
        mime_type: "video/VP8".to_owned(),
        layers: vec![layer.clone()],
        ..proto::SimulcastCodecInfo::default()
    };
    proto::TrackInfo {
        sid: "TR_VCAAAAAAAAAA".to_owned(),
        r#type: proto::TrackType::Video.into(),
        source: proto::TrackSource::Camera.into(),
        name: "camera".to_owned(),
        width: 1280,
        height: 720,
        layers: vec![layer],
        mime_type: "video/VP8".to_owned(),
        mid: "1".to_owned(),
        codecs: vec![codec],
        stream: "camera".to_owned(),
        version: version(),
        audio_features: vec![proto::AudioTrackFeature::TfStereo.into()],
        packet_trailer_features: vec![proto::PacketTrailerFeature::PtfUserTimestamp.into()],
        ..proto::TrackInfo::default()
    }
}
