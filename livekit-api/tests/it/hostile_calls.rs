//! The rows of `hostile.rs` about what calls say: bodies that cannot be read, grants that are missing, values that make no
//! sense, and what is not built.
use crate::harness::{claims, sign};
use crate::hostile::{Hostile, call};
use crate::port::HallPort;
use crate::twirp::room_service;
use livekit_api::SERVICES;
use livekit_api::token::{Claims, SipGrant, VideoGrant};
use serde_json::{Value, json};
use std::sync::Arc;

pub fn rows() -> Vec<Hostile> {
    [bodies(), grants(), values(), absent(), unbuilt()].into_iter().flatten().collect()
}

/// What the server API shows of everything.
pub async fn state(port: &Arc<HallPort>) -> (Value, Value) {
    let rooms = room_service(port, "ListRooms", json!({})).await.json();
    let participants = room_service(port, "ListParticipants", json!({ "room": "hall" })).await.json();
    (rooms, participants)
}

/// Every method of RoomService with a field of a type that it does not take.
const WRONG_FIELDS: [(&str, &str); 14] = [
    ("CreateRoom", r#"{"name":7}"#),
    ("ListRooms", r#"{"names":"hall"}"#),
    ("DeleteRoom", r#"{"room":["hall"]}"#),
    ("ListParticipants", r#"{"room":{}}"#),
    ("GetParticipant", r#"{"room":"hall","identity":true}"#),
    ("RemoveParticipant", r#"{"room":"hall","identity":"anna","revokeTokenTs":"soon"}"#),
    ("MutePublishedTrack", r#"{"room":"hall","identity":"anna","muted":"yes"}"#),
    ("UpdateParticipant", r#"{"room":"hall","identity":"anna","permission":"all"}"#),
    ("UpdateRoomMetadata", r#"{"room":"hall","metadata":{"a":1}}"#),
    ("UpdateSubscriptions", r#"{"room":"hall","identity":"anna","trackSids":7}"#),
    ("SendData", r#"{"room":"hall","data":7}"#),
    ("PerformRpc", r#"{"room":"hall","responseTimeoutMs":"late"}"#),
    ("ForwardParticipant", r#"{"room":"hall","identity":[]}"#),
    ("MoveParticipant", r#"{"room":"hall","destinationRoom":9}"#),
];

fn bodies() -> Vec<Hostile> {
    let mut rows = Vec::new();
    for (method, wrong) in WRONG_FIELDS {
        let path = format!("RoomService/{method}");
        let bodies = [("{", "cut off"), ("[]", "a list"), ("null", "null"), ("\"hall\"", "a text"), ("", "nothing")];
        for (body, what) in bodies.into_iter().chain([(wrong, "a wrong type")]) {
            let row = call(format!("{method}: {what}"), &path, &json!({}), 400, "malformed");
            rows.push(Hostile { body: body.as_bytes().to_vec(), ..row });
        }
        // A field that says to be longer than the body.
        let row = call(format!("{method}: broken protobuf"), &path, &json!({}), 400, "malformed");
        rows.push(Hostile { kind: "application/protobuf", body: vec![0x0a, 0xff, 0x01, b'x'], ..row });
    }
    let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
    let strange: [(&str, Vec<u8>); 5] = [
        ("deep nesting", format!(r#"{{"names":{deep}}}"#).into_bytes()),
        ("a byte that is no UTF-8", b"{\"names\":[\"\xff\"]}".to_vec()),
        ("two objects", b"{}{}".to_vec()),
        ("NaN", b"{\"names\":NaN}".to_vec()),
        ("an early end", b"{\"names\":[\"ha".to_vec()),
    ];
    for (what, body) in strange {
        let row = call(format!("ListRooms: {what}"), "RoomService/ListRooms", &json!({}), 400, "malformed");
        rows.push(Hostile { body, ..row });
    }
    rows
}

/// Every method of every service by somebody who may only join, and by nobody.
fn grants() -> Vec<Hostile> {
    let mut rows = Vec::new();
    for (service, methods) in SERVICES {
        for method in *methods {
            let path = format!("{}/{method}", service.trim_start_matches("livekit."));
            let body = json!({ "room": "hall", "name": "hall", "roomName": "hall" });
            let row = call(format!("{path} by a joiner"), &path, &body, 401, "unauthenticated");
            rows.push(Hostile { authorization: Some(format!("Bearer {}", sign(&claims("hall", "joiner")))), ..row });
        }
    }
    rows.push(Hostile {
        authorization: None,
        ..call("by nobody", "RoomService/ListRooms", &json!({}), 401, "unauthenticated")
    });
    rows.extend(almost());
    rows
}

/// A call with almost the right grant.
fn almost() -> Vec<Hostile> {
    let of = |video: VideoGrant, sip: Option<SipGrant>| {
        format!("Bearer {}", sign(&Claims { video: Some(video), sip, ..claims("hall", "almost") }))
    };
    let none = VideoGrant::default;
    let admin_of = |room: &str| VideoGrant { room_admin: true, room: room.to_owned(), ..none() };
    let sip = |admin, call| Some(SipGrant { admin, call });
    let cases = [
        ("RoomService/CreateRoom", VideoGrant { room_list: true, ..admin_of("hall") }, None),
        ("RoomService/DeleteRoom", VideoGrant { room_list: true, ..admin_of("hall") }, None),
        ("RoomService/ListRooms", VideoGrant { room_create: true, ..admin_of("hall") }, None),
        ("RoomService/ListParticipants", admin_of("other"), None),
        ("RoomService/ListParticipants", admin_of("HALL"), None),
        ("RoomService/ListParticipants", admin_of(""), None),
        ("RoomService/UpdateParticipant", VideoGrant { room_create: true, room_list: true, ..none() }, None),
        ("RoomService/MoveParticipant", admin_of("hall"), None),
        ("RoomService/ForwardParticipant", admin_of("hall"), None),
        ("RoomService/MoveParticipant", VideoGrant { destination_room: "third".into(), ..admin_of("hall") }, None),
        ("RoomService/MoveParticipant", VideoGrant { destination_room: "other".into(), ..admin_of("x") }, None),
        ("Egress/ListEgress", VideoGrant { ingress_admin: true, ..none() }, None),
        ("Ingress/ListIngress", VideoGrant { room_record: true, ..none() }, None),
        ("SIP/CreateSIPParticipant", none(), sip(true, false)),
        ("SIP/ListSIPTrunk", none(), sip(false, true)),
        ("SIP/TransferSIPParticipant", none(), sip(true, true)),
        ("SIP/TransferSIPParticipant", admin_of("hall"), sip(true, false)),
        ("AgentDispatchService/ListDispatch", admin_of("other"), None),
        ("PhoneNumberService/ListPhoneNumbers", none(), sip(false, true)),
    ];
    let body = json!({ "room": "hall", "roomName": "hall", "destinationRoom": "other", "name": "new" });
    let row = |(number, (path, video, sip)): (usize, (&str, VideoGrant, Option<SipGrant>))| Hostile {
        authorization: Some(of(video, sip)),
        ..call(format!("{path}: almost granted, case {number}"), path, &body, 401, "unauthenticated")
    };
    cases.into_iter().enumerate().map(row).collect()
}

fn values() -> Vec<Hostile> {
    const INVALID: &str = "invalid_argument";
    let create = |what: &str, body: Value, status, says| {
        call(format!("CreateRoom: {what}"), "RoomService/CreateRoom", &body, status, says)
    };
    let update = |what: &str, mut body: Value, status, says| {
        (body["room"], body["identity"]) = (json!("hall"), json!("anna"));
        call(format!("UpdateParticipant: {what}"), "RoomService/UpdateParticipant", &body, status, says)
    };
    let moved = |what: &str, body: Value, status, says| {
        call(format!("MoveParticipant: {what}"), "RoomService/MoveParticipant", &body, status, says)
    };
    let mute = |what: &str, sid: &str, status, says| {
        let body = json!({ "room": "hall", "identity": "anna", "trackSid": sid, "muted": true });
        call(format!("MutePublishedTrack: {what}"), "RoomService/MutePublishedTrack", &body, status, says)
    };
    vec![
        create("no name", json!({}), 400, INVALID),
        create("an empty name", json!({ "name": "" }), 400, INVALID),
        create("a long name", json!({ "name": "r".repeat(257) }), 400, INVALID),
        create("much metadata", json!({ "name": "n", "metadata": "m".repeat(524_289) }), 400, INVALID),
        create("an unknown preset", json!({ "name": "n", "roomPreset": "none" }), 400, INVALID),
        create("an unknown node", json!({ "name": "n", "nodeId": "ND_other" }), 400, INVALID),
        create(
            "delays the wrong way",
            json!({ "name": "n", "minPlayoutDelay": 9, "maxPlayoutDelay": 3 }),
            400,
            INVALID,
        ),
        create("a negative timeout", json!({ "name": "n", "emptyTimeout": -1 }), 400, "malformed"),
        create("a timeout in words", json!({ "name": "n", "emptyTimeout": "soon" }), 400, "malformed"),
        create("too many participants", json!({ "name": "n", "maxParticipants": 4_294_967_296_u64 }), 400, "malformed"),
        create("tags that are no texts", json!({ "name": "n", "tags": { "a": 1 } }), 400, "malformed"),
        create("egress", json!({ "name": "n", "egress": {} }), 501, "unimplemented"),
        create("agents", json!({ "name": "n", "agents": [{ "agentName": "a" }] }), 501, "unimplemented"),
        create("a playout delay", json!({ "name": "n", "maxPlayoutDelay": 100 }), 501, "unimplemented"),
        create("a replay", json!({ "name": "n", "replayEnabled": true }), 501, "unimplemented"),
        update("a long name", json!({ "name": "n".repeat(257) }), 400, INVALID),
        update("much metadata", json!({ "metadata": "m".repeat(524_289) }), 400, INVALID),
        update("many attributes", json!({ "attributes": { "k": "v".repeat(65_537) } }), 400, INVALID),
        update("attributes that are no texts", json!({ "attributes": { "k": 1 } }), 400, "malformed"),
        update("an unknown source", json!({ "permission": { "canPublishSources": ["LAPTOP"] } }), 400, "malformed"),
        mute("no track", "", 404, "not_found"),
        mute("a participant's id", "PA_AAAAAAAAAAAA", 404, "not_found"),
        mute("a strange id", "TR_\u{0}\u{202e}", 404, "not_found"),
        mute("a long id", &"TR_A".repeat(10_000), 404, "not_found"),
        moved("no destination", json!({ "room": "hall", "identity": "anna" }), 401, "unauthenticated"),
        moved(
            "not granted",
            json!({ "room": "hall", "identity": "anna", "destinationRoom": "x" }),
            401,
            "unauthenticated",
        ),
        moved("an old client", json!({ "room": "hall", "identity": "anna", "destinationRoom": "annex" }), 400, INVALID),
        moved("nobody", json!({ "room": "hall", "identity": "nobody", "destinationRoom": "annex" }), 404, "not_found"),
    ]
}

/// Calls about a participant or a room that is not there.
fn absent() -> Vec<Hostile> {
    let mut rows = Vec::new();
    let people =
        ["GetParticipant", "RemoveParticipant", "MutePublishedTrack", "UpdateParticipant", "UpdateSubscriptions"];
    for method in people {
        for identity in ["", "nobody", "Anna", "anna ", "anna\u{0}", "PA_AAAAAAAAAAAA"] {
            let body = json!({ "room": "hall", "identity": identity, "trackSid": "TR_x", "trackSids": ["TR_x"] });
            rows.push(call(
                format!("{method} of {identity:?}"),
                &format!("RoomService/{method}"),
                &body,
                404,
                "not_found",
            ));
        }
    }
    for room in ["", "no-such-room", "hall ", "HALL", "hall\u{0}", "../hall"] {
        rows.push(call(
            format!("DeleteRoom {room:?}"),
            "RoomService/DeleteRoom",
            &json!({ "room": room }),
            404,
            "not_found",
        ));
    }
    rows
}

/// What is refused by the profile or not built, to those who may ask.
fn unbuilt() -> Vec<Hostile> {
    let mut rows = Vec::new();
    for (service, methods) in SERVICES.iter().filter(|(service, _)| *service != "livekit.RoomService") {
        for method in *methods {
            let path = format!("{}/{method}", service.trim_start_matches("livekit."));
            let body = json!({ "room": "hall", "roomName": "hall" });
            rows.push(call(format!("{path} by one who may"), &path, &body, 501, "unimplemented"));
        }
    }
    let forward = json!({ "room": "hall", "identity": "anna", "destinationRoom": "annex" });
    rows.push(call("ForwardParticipant", "RoomService/ForwardParticipant", &forward, 501, "unimplemented"));
    rows
}
