//! What tokens, presets and revocations say, as the server API shows it.
use crate::harness::{claims, config, now, sign};
use crate::port::HallPort;
use crate::twirp::{room_service, send};
use actix_web::http::StatusCode;
use actix_web::test::TestRequest;
use livekit_api::token::{Claims, VideoGrant};
use serde_json::json;

#[actix_web::test]
async fn whoever_is_removed_with_its_tokens_does_not_come_back_with_them() {
    let port = HallPort::new();
    let now_s = now().unix_ms / 1000;
    let validate = |nbf| {
        let token = sign(&Claims { nbf, ..claims("hall", "anna") });
        TestRequest::get().uri(&format!("/rtc/validate?access_token={token}"))
    };
    for (revoke, nbf, status) in [
        (json!(0), Some(now_s - 5), StatusCode::OK),
        (json!(now_s.to_string()), Some(now_s - 5), StatusCode::UNAUTHORIZED),
        (json!(now_s), None, StatusCode::UNAUTHORIZED),
        (json!(now_s), Some(now_s), StatusCode::OK),
    ] {
        port.hall.lock().unwrap().join_v0("anna", "");
        let out = json!({ "room": "hall", "identity": "anna", "revoke_token_ts": revoke });
        assert_eq!(room_service(&port, "RemoveParticipant", out).await.status, StatusCode::OK);
        assert_eq!(send(&port, validate(nbf)).await.status, status, "{revoke} {nbf:?}");
    }
}

#[actix_web::test]
async fn a_preset_stands_in_where_a_call_or_token_says_nothing() {
    let mut config = config();
    let preset = livekit_api::config::preset(&json!({ "emptytimeout": 60, "max_participants": 7, "metadata": "p" }));
    config.room.presets.insert("large".to_owned(), preset.unwrap());
    config.room.codecs =
        vec![livekit_api::config::codec("video/vp8").unwrap(), livekit_api::config::codec("audio/opus").unwrap()];
    let port = HallPort::with(config);
    let asked = json!({ "name": "hall", "roomPreset": "large", "metadata": "own" });
    let room = room_service(&port, "CreateRoom", asked).await.json();
    assert_eq!(
        (&room["empty_timeout"], &room["max_participants"], &room["metadata"]),
        (&json!(60), &json!(7), &json!("own"))
    );
    let mimes: Vec<&str> =
        room["enabled_codecs"].as_array().unwrap().iter().map(|c| c["mime"].as_str().unwrap()).collect();
    assert_eq!(mimes, ["video/VP8", "audio/opus"]);
    let token = sign(&Claims { room_preset: "large".to_owned(), ..claims("hall", "anna") });
    let path = format!("/rtc/validate?access_token={token}");
    assert_eq!(send(&port, TestRequest::get().uri(&path)).await.status, StatusCode::OK);
}

#[actix_web::test]
async fn what_a_token_says_of_its_bearer_is_shown() {
    let port = HallPort::new();
    let video = VideoGrant {
        can_publish_sources: vec!["camera".to_owned()],
        can_subscribe_metrics: Some(true),
        can_manage_agent_session: Some(true),
        ..claims("hall", "bot").grant()
    };
    for (kind, shown) in
        [("connector", "CONNECTOR"), ("bridge", "BRIDGE"), ("agent", "AGENT"), ("sip", "SIP"), ("odd", "STANDARD")]
    {
        let bot = Claims {
            kind: kind.to_owned(),
            kind_details: vec!["cloud_agent".to_owned(), "made_up".to_owned()],
            video: Some(video.clone()),
            ..claims("hall", "bot")
        };
        port.hall.lock().unwrap().join_with(&bot, "/rtc", "protocol=15");
        let info = room_service(&port, "GetParticipant", json!({ "room": "hall", "identity": "bot" })).await.json();
        assert_eq!((&info["kind"], &info["kind_details"]), (&json!(shown), &json!(["CLOUD_AGENT"])), "{kind}");
        let permission = &info["permission"];
        assert_eq!(permission["can_publish_sources"], json!(["CAMERA"]));
        assert_eq!(
            (&permission["can_subscribe_metrics"], &permission["can_manage_agent_session"]),
            (&json!(true), &json!(true))
        );
    }
}
