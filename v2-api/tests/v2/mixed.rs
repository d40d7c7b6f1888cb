//! Stories of one room with participants of another protocol.
use crate::foreigner::Foreigner;
use crate::sdp_text;
use crate::stage::Stage;
use serde_json::{Value, json};
use sfu_core::id::TrackId;
use sfu_core::room::{LeaveReason, ParticipantChange, PublishedTarget, RoomCommand, RoomEvent, TrackSource};

fn methods(frames: &[Value]) -> Vec<&str> {
    frames.iter().map(|frame| frame["method"].as_str().unwrap_or("reply")).collect()
}

/// Alice of v2 and Lin of the other protocol.
fn both(role: &str) -> (Stage, Foreigner) {
    let stage = Stage::default();
    stage.join("s", "alice", role);
    let lin = stage.foreign_join("s", "Lin", "srv");
    (stage, lin)
}

fn unpublish(stage: &Stage, lin: &Foreigner, track: TrackId) {
    stage.foreign_ask(lin, RoomCommand::Unpublish(PublishedTarget::Track(track)));
}

#[test]
fn a_foreigner_joins_with_its_name_as_client_data() {
    let (stage, _lin) = both("PUBLISHER");
    let told = stage.take_one("alice");
    assert_eq!(told["method"], "participantJoined");
    assert_eq!(told["params"]["metadata"], "{\"clientData\":\"Lin\"}%/%srv");
}

#[test]
fn the_first_track_announces_a_stream_of_two_halves_and_the_rest_changes_it() {
    let (stage, lin) = both("PUBLISHER");
    stage.take("alice");
    stage.foreign_publish(&lin, TrackSource::Microphone);
    let told = stage.take_one("alice");
    assert_eq!(told["method"], "participantPublished");
    let stream = &told["params"]["streams"][0];
    for (key, value) in [("hasAudio", true), ("hasVideo", true), ("audioActive", true), ("videoActive", false)] {
        assert_eq!(stream[key], value, "{key}");
    }
    assert_eq!(stream["typeOfVideo"], "CAMERA");
    assert!(serde_json::from_str::<Value>(stream["videoDimensions"].as_str().unwrap()).is_ok());

    let camera = stage.foreign_publish(&lin, TrackSource::Camera);
    let told = stage.take("alice");
    let changes: Vec<_> =
        told.iter().map(|frame| (&frame["params"]["property"], &frame["params"]["newValue"])).collect();
    let size = json!("\"{\\\"width\\\":1280,\\\"height\\\":720}\"");
    assert_eq!(changes, [(&json!("videoDimensions"), &size), (&json!("videoActive"), &json!("true"))]);
    assert_eq!(told[1]["params"]["streamId"], stream["id"]);
    assert_eq!(told[1]["params"]["reason"], "publishVideo");

    stage.foreign_ask(&lin, RoomCommand::SetMuted { participant: None, track: camera, muted: true });
    assert_eq!(stage.take_one("alice")["params"]["newValue"], "false");
    unpublish(&stage, &lin, camera);
    assert!(stage.take("alice").is_empty(), "a muted half that goes was inactive already");
}

#[test]
fn the_last_track_takes_the_stream_with_it() {
    let (stage, lin) = both("PUBLISHER");
    let microphone = stage.foreign_publish(&lin, TrackSource::Microphone);
    stage.take("alice");
    unpublish(&stage, &lin, microphone);
    let told = stage.take_one("alice");
    assert_eq!((&told["method"], &told["params"]["reason"]), (&json!("participantUnpublished"), &json!("unpublish")));
}

#[test]
fn a_shared_screen_is_a_companion_that_comes_and_goes() {
    let (stage, lin) = both("PUBLISHER");
    stage.foreign_publish(&lin, TrackSource::Camera);
    stage.take("alice");
    let screen = stage.foreign_publish(&lin, TrackSource::ScreenShare);
    let told = stage.take("alice");
    assert_eq!(methods(&told), ["participantJoined", "participantPublished"]);
    let companion = told[0]["params"]["id"].as_str().unwrap().to_owned();
    assert!(companion.ends_with("_SCREEN"));
    assert_eq!(told[0]["params"]["metadata"], "{\"clientData\":\"Lin\"}%/%srv");
    let stream = told[1]["params"]["streams"][0]["id"].as_str().unwrap();
    assert!(stream.starts_with("str_SCR_") && stream.ends_with(&companion), "{stream}");

    let late = stage.join("s", "bob", "PUBLISHER");
    let ids: Vec<_> = late["value"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert!(ids.contains(&companion.as_str()), "{ids:?}");
    assert!(late["value"].as_array().unwrap().iter().filter(|one| one.get("streams").is_some()).count() == 2);
    stage.take("alice");

    unpublish(&stage, &lin, screen);
    let told = stage.take_one("alice");
    assert_eq!(told["params"], json!({"connectionId": companion, "reason": "disconnect"}));
    assert_eq!(told["method"], "participantLeft");
}

#[test]
fn a_leaving_foreigner_takes_its_companion_along() {
    let (stage, lin) = both("PUBLISHER");
    stage.foreign_publish(&lin, TrackSource::ScreenShare);
    stage.take("alice");
    stage.foreign_ask(&lin, RoomCommand::Leave { reason: LeaveReason::ByClient });
    let told = stage.take("alice");
    assert_eq!(methods(&told), ["participantLeft", "participantLeft"]);
    assert!(told[0]["params"]["connectionId"].as_str().unwrap().ends_with("_SCREEN"));
}

#[test]
fn a_v2_client_receives_a_foreigners_streams_by_either_offer() {
    let (stage, lin) = both("PUBLISHER");
    stage.foreign_publish(&lin, TrackSource::Microphone);
    stage.foreign_publish(&lin, TrackSource::ScreenShare);
    let told = stage.take("alice");
    let streams: Vec<_> = told
        .iter()
        .filter(|frame| frame["method"] == "participantPublished")
        .map(|frame| (frame["params"]["id"].clone(), frame["params"]["streams"][0]["id"].clone()))
        .collect();
    let (camera_on, camera) = &streams[0];
    let offer = stage.request("alice", "prepareReceiveVideoFrom", json!({"sender": camera, "reconnect": false}));
    let offer = offer["sdpOffer"].as_str().unwrap();
    assert_eq!(sdp_text::kinds(offer), ["audio", "video"], "both halves from the start");
    let taken =
        stage.request("alice", "receiveVideoFrom", json!({"sender": camera, "sdpAnswer": sdp_text::answer(offer)}));
    assert!(taken.get("code").is_none(), "{taken}");
    let (screen_on, screen) = &streams[1];
    let offer = sdp_text::offer(true, true, "recvonly");
    let answered = stage.request("alice", "receiveVideoFrom", json!({"sender": screen, "sdpOffer": offer}));
    assert!(answered["sdpAnswer"].is_string(), "{answered}");
    for connection in [camera_on, screen_on, screen_on] {
        let done = stage.request("alice", "unsubscribeFromVideo", json!({"sender": connection}));
        assert!(done.get("code").is_none(), "{done}");
    }
}

#[test]
fn what_a_moderator_forces_on_a_companion_is_done_to_its_stream() {
    for method in ["forceDisconnect", "forceUnpublish"] {
        let (stage, lin) = both("MODERATOR");
        stage.foreign_publish(&lin, TrackSource::Camera);
        stage.foreign_publish(&lin, TrackSource::ScreenShare);
        let told = stage.take("alice");
        let published = told.last().unwrap();
        let (companion, stream) = (&published["params"]["id"], &published["params"]["streams"][0]["id"]);
        let params = match method {
            "forceDisconnect" => json!({"connectionId": companion}),
            _ => json!({"streamId": stream}),
        };
        stage.send("alice", &json!({"id": 99, "method": method, "params": params}));
        let told = stage.take("alice");
        assert_eq!(methods(&told), ["reply", "participantLeft", "participantEvicted"], "{method}");
        assert_eq!(told[1]["params"], json!({"connectionId": companion, "reason": "forceDisconnectByUser"}));
        assert!(told[0].get("error").is_none(), "{}", told[0]);
        let unpublished = stage.foreign_events(&lin).iter().any(|event| {
            matches!(event, RoomEvent::ParticipantChanged { change: ParticipantChange::StreamUnpublished { .. }, .. })
        });
        assert!(unpublished, "{method}: the person itself is told");
        assert_eq!(stage.room("s").unwrap().participants.len(), 2);
    }
}

#[test]
fn a_moderator_puts_a_foreigner_out() {
    let (stage, lin) = both("MODERATOR");
    let told = stage.take("alice");
    let id = told[0]["params"]["id"].clone();
    stage.send("alice", &json!({"id": 99, "method": "forceDisconnect", "params": {"connectionId": id}}));
    assert_eq!(methods(&stage.take("alice")), ["participantLeft", "reply", "participantEvicted"]);
    let closed = stage.foreign_events(&lin);
    assert!(matches!(closed.last(), Some(RoomEvent::Closed { reason: LeaveReason::ForcedByUser, .. })), "{closed:?}");
}

#[test]
fn a_signal_to_a_foreigner_alone_is_refused_and_one_to_all_reaches_the_v2_clients() {
    let (stage, _lin) = both("PUBLISHER");
    let id = stage.take("alice")[0]["params"]["id"].clone();
    let message = |to: Value| json!({"message": json!({"to": to, "data": "x", "type": "signal:t"}).to_string()});
    let refused = stage.request("alice", "sendMessage", message(json!([id])));
    assert_eq!(refused["code"], 601);
    assert!(refused["message"].as_str().unwrap().contains("VIA-0101"), "{refused}");
    assert!(stage.take("alice").is_empty());
    assert!(stage.request("alice", "sendMessage", message(json!([]))).get("code").is_none());
    assert_eq!(methods(&stage.take("alice")), ["sendMessage"]);
}

#[test]
fn a_v2_client_that_is_muted_by_another_api_sees_it_on_its_own_stream() {
    let (stage, _lin) = both("PUBLISHER");
    let stream = stage.publish("alice");
    stage.take("alice");
    let room = stage.room("s").unwrap();
    let alice = room.participants.iter().find(|one| one.client_data.is_some()).unwrap();
    let track = alice.streams[0].audio.as_ref().unwrap().id;
    stage.ask("s", RoomCommand::SetMuted { participant: Some(alice.id), track, muted: true }).unwrap();
    let told = stage.take_one("alice");
    assert_eq!(told["method"], "streamPropertyChanged");
    assert_eq!((&told["params"]["streamId"], &told["params"]["property"]), (&json!(stream), &json!("audioActive")));
    assert_eq!(told["params"]["newValue"], "false");
}

#[test]
fn a_foreigner_sees_a_v2_clients_name_and_tracks() {
    let (stage, lin) = both("PUBLISHER");
    stage.foreign_events(&lin);
    stage.publish("alice");
    let events = stage.foreign_events(&lin);
    let published = events.iter().find_map(|event| match event {
        RoomEvent::ParticipantChanged { participant, change: ParticipantChange::StreamPublished(_), .. } => {
            Some(participant)
        }
        _ => None,
    });
    let participant = published.expect("it is told");
    assert_eq!(participant.name, "alice");
    assert!(participant.identity.starts_with("con_"));
    let sources: Vec<_> = participant.streams[0].tracks().map(|track| track.spec.source).collect();
    assert_eq!(sources, [TrackSource::Microphone, TrackSource::Camera]);
}
