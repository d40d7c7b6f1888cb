//! What backends are told of a room's life, and the signature that goes with it.
use crate::call::publish_both;
use crate::harness::{Hall, KEY, claims, config, now};
use base64::Engine;
use livekit_api::config::Keys;
use livekit_api::token::{Claims, verify};
use livekit_api::webhook::{CONTENT_TYPE, EVENT_NAMES, Life, authorization, crashed, events};
use livekit_protocol as proto;
use proto::leave_request::Action;
use proto::signal_request::Message as Request;
use serde_json::{Value, json};
use sfu_core::media::{MediaCommand, MediaEvent};
use std::time::Duration;

/// The bodies of all events so far, oldest first.
fn told(hall: &mut Hall, full_room: bool) -> Vec<Value> {
    let records = std::mem::take(&mut hall.records);
    let all = records.iter().flat_map(|record| events(record, &hall.config, full_room));
    all.map(|event| serde_json::from_str(&event.body("EV_1")).unwrap()).collect()
}

fn names(told: &[Value]) -> Vec<&str> {
    told.iter().map(|event| event["event"].as_str().unwrap()).collect()
}

/// The participant's media comes up.
fn connect(hall: &mut Hall) {
    let transports: Vec<_> = hall
        .media
        .drain(..)
        .filter_map(|command| match command {
            MediaCommand::OpenTransport(params) => Some(params.transport),
            _ => None,
        })
        .collect();
    for transport in transports {
        hall.media_event(MediaEvent::TransportConnected(transport));
    }
}

fn leave(hall: &mut Hall, client: usize) {
    let leave = proto::LeaveRequest { action: Action::Disconnect.into(), ..Default::default() };
    hall.request(client, Request::Leave(leave));
}

#[test]
fn a_rooms_life_is_told_event_by_event() {
    let mut hall = Hall::new();
    let anna = hall.join_v0("anna", "");
    assert_eq!(names(&told(&mut hall, false)), ["room_started"], "nobody has joined who has no media");
    connect(&mut hall);
    let joined = told(&mut hall, false);
    assert_eq!(names(&joined), ["participant_joined"]);
    let participant = &joined[0]["participant"];
    assert_eq!((&participant["identity"], &participant["state"]), (&json!("anna"), &json!("ACTIVE")));
    assert_eq!((&joined[0]["room"]["numParticipants"], &joined[0]["id"]), (&json!(1), &json!("EV_1")));
    assert_eq!(joined[0]["createdAt"], json!("1800000000"), "seconds, a 64-bit number as text");

    publish_both(&mut hall, anna);
    let published = told(&mut hall, false);
    assert_eq!(names(&published), ["track_published", "track_published"]);
    let track = &published[0]["track"];
    assert_eq!((&track["type"], &track["mimeType"]), (&Value::Null, &json!("audio/opus")), "AUDIO is the default");
    assert_eq!(published[0]["participant"], json!({ "sid": participant["sid"], "identity": "anna" }));
    assert_eq!(published[0]["room"], json!({ "sid": joined[0]["room"]["sid"], "name": "hall" }), "the slim room");

    leave(&mut hall, anna);
    let left = told(&mut hall, true);
    assert_eq!(names(&left), ["track_unpublished", "track_unpublished", "participant_left"]);
    assert_eq!(left[0]["track"]["sid"], track["sid"]);
    assert_eq!(left[0]["room"]["numPublishers"], json!(1), "the full room");
    assert_eq!(left[2]["room"].get("numParticipants"), None, "nobody is left");
    assert_eq!(left[2]["participant"]["disconnectReason"], json!("CLIENT_INITIATED"));
    hall.pass(Duration::from_secs(21));
    let finished = told(&mut hall, false);
    assert_eq!(names(&finished), ["room_finished"]);
    assert_eq!(finished[0]["roomEndReason"], json!("ROOM_END_IDLE_TIMEOUT"));
    assert!(finished[0].get("participant").is_none() && finished[0]["room"].get("turnPassword").is_none());
}

#[test]
fn a_connection_that_never_stood_is_told_as_aborted_and_a_hidden_participant_too() {
    let mut hall = Hall::new();
    let anna = hall.join_v0("anna", "");
    leave(&mut hall, anna);
    assert_eq!(names(&told(&mut hall, false)), ["room_started", "participant_connection_aborted"]);
    let mut recorder = claims("hall", "recorder");
    let video = recorder.video.get_or_insert_default();
    (video.hidden, video.recorder) = (true, true);
    hall.join_with(&recorder, "/rtc", "protocol=15");
    connect(&mut hall);
    let joined = told(&mut hall, false);
    assert_eq!(names(&joined), ["participant_joined"], "as LiveKit tells of egress");
    assert_eq!(joined[0]["participant"]["permission"]["hidden"], json!(true));
    assert_eq!(joined[0]["room"].get("numParticipants"), None);
}

#[test]
fn what_was_live_when_the_server_broke_down_ends_after_it() {
    let mut hall = Hall::new();
    let anna = hall.join_v0("anna", "");
    connect(&mut hall);
    publish_both(&mut hall, anna);
    let records = std::mem::take(&mut hall.records);
    let mut open = vec![("con_1".to_owned(), "{}".to_owned())];
    for event in records.iter().flat_map(|record| events(record, &hall.config, false)) {
        assert!(EVENT_NAMES.contains(&event.name));
        if let Life::Begins(life) = &event.life {
            open.push((life.clone(), event.fields()));
        }
    }
    let ends = |room_too| {
        let ends = crashed(&open, room_too, 1_800_000_900_000);
        assert!(ends.iter().all(|(_, room)| room == "hall"));
        let ended: Vec<String> = ends.iter().map(|(event, _)| event.name.to_owned()).collect();
        let begun: Vec<_> = ends.iter().map(|(event, _)| event.life.clone()).collect();
        assert!(begun.iter().all(|life| matches!(life, Life::Ends(name) if open.iter().any(|(one, _)| one == name))));
        ended
    };
    assert_eq!(ends(false), ["track_unpublished", "track_unpublished", "participant_left"]);
    assert_eq!(ends(true).last().unwrap(), "room_finished");
}

#[test]
fn a_webhook_is_signed_by_its_key_over_its_body() {
    let (keys, body) = (config().keys, r#"{"event":"room_started"}"#);
    let token = authorization(body, KEY, &keys, now()).unwrap();
    let Claims { iss, sha256, exp, video, .. } = verify(&token, &keys, now()).unwrap();
    let digest = base64::engine::general_purpose::STANDARD.decode(sha256).unwrap();
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(digest, "c3d355d2e2c78d238df0fedea279e42970c763820239179f6c70c2be2288817f", "SHA-256 of the body");
    assert_eq!((iss.as_str(), video), (KEY, None));
    assert_eq!(exp, Some(now().unix_ms / 1000 + 300));
    assert_ne!(authorization("{}", KEY, &keys, now()).unwrap(), token, "another body, another signature");
    assert!(authorization(body, "nobody", &Keys::default(), now()).is_err());
    assert_eq!(CONTENT_TYPE, "application/webhook+json");
}
