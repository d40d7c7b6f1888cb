//! The life of sessions and tokens on a virtual clock, and what a session's properties do to those who join.
use crate::rest_calls::json_call;
use crate::sdp_text;
use crate::stage::Stage;
use serde_json::{Value, json};
use std::time::Duration;
use v2_api::IceServerSetting;

const SESSION: &str = "/openvidu/api/sessions/s";

async fn make(stage: &Stage, properties: Value) -> Value {
    let mut body = properties;
    body["customSessionId"] = json!("s");
    let answer = json_call(stage.port(), "POST", "/openvidu/api/sessions", Some(&body)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

async fn status(stage: &Stage) -> u16 {
    json_call(stage.port(), "GET", SESSION, None).await.status
}

async fn connection(stage: &Stage, body: Value) -> Value {
    let answer = json_call(stage.port(), "POST", &format!("{SESSION}/connection"), Some(&body)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

fn join(stage: &Stage, name: &str, session: &str, token: &Value, version: Option<&str>) -> Value {
    stage.open(name);
    let mut params = json!({"token": token, "session": session, "platform": "", "metadata": "", "secret": ""});
    if let Some(version) = version {
        params["sdkVersion"] = json!(version);
    }
    stage.request(name, "joinRoom", params)
}

#[actix_web::test]
async fn a_session_that_nobody_joined_is_collected_at_the_first_check_past_its_age() {
    // Interval, threshold, the last second of its life.
    for (interval, threshold, lives_s) in [(900, 3600, 3600), (1000, 3600, 4000), (7, 20, 21), (900, 0, 900)] {
        let stage = Stage::with(|config| {
            config.sessions.garbage_interval = Duration::from_secs(interval);
            config.sessions.garbage_threshold = Duration::from_secs(threshold);
        });
        make(&stage, json!({})).await;
        connection(&stage, json!({})).await;
        stage.pass(Duration::from_millis(lives_s * 1000 - 1));
        assert_eq!(status(&stage).await, 200, "{interval} {threshold}");
        stage.pass(Duration::from_millis(1));
        assert_eq!(status(&stage).await, 404, "{interval} {threshold}");
    }
}

#[actix_web::test]
async fn without_an_interval_nothing_is_collected_and_a_joined_session_never_is() {
    let stage = Stage::with(|config| config.sessions.garbage_interval = Duration::ZERO);
    make(&stage, json!({})).await;
    stage.pass(Duration::from_secs(7 * 24 * 3600));
    assert_eq!(status(&stage).await, 200);
    let stage = Stage::default();
    make(&stage, json!({})).await;
    let token = connection(&stage, json!({})).await["token"].clone();
    join(&stage, "alice", "s", &token, None);
    for _ in 0..10 {
        stage.pass(Duration::from_secs(500));
        stage.request("alice", "echo", json!({}));
    }
    stage.pass(Duration::from_secs(1));
    assert_eq!(status(&stage).await, 200);
}

#[actix_web::test]
async fn a_session_goes_with_its_last_participant_and_its_tokens_with_it() {
    let stage = Stage::default();
    make(&stage, json!({})).await;
    let alice = connection(&stage, json!({})).await["token"].clone();
    let unused = connection(&stage, json!({})).await["token"].clone();
    join(&stage, "alice", "s", &alice, None);
    join(&stage, "bob", "s", &connection(&stage, json!({})).await["token"], None);
    stage.request("alice", "leaveRoom", json!({}));
    assert_eq!(status(&stage).await, 200, "bob is there");
    stage.request("bob", "leaveRoom", json!({}));
    assert_eq!(status(&stage).await, 404);
    assert_eq!(join(&stage, "carol", "s", &unused, None)["code"], 202, "no such session");
    make(&stage, json!({})).await;
    assert_eq!(join(&stage, "carol", "s", &unused, None)["code"], 401, "a token of its earlier life");
}

#[actix_web::test]
async fn a_lost_last_participant_closes_the_session_after_the_grace_period() {
    let stage = Stage::default();
    make(&stage, json!({})).await;
    join(&stage, "alice", "s", &connection(&stage, json!({})).await["token"], None);
    stage.lose("alice");
    stage.pass(Duration::from_millis(9_900));
    assert_eq!(status(&stage).await, 200);
    stage.pass(Duration::from_millis(200));
    assert_eq!(status(&stage).await, 404);
}

#[actix_web::test]
async fn a_token_opens_one_place_once_in_its_own_session() {
    let stage = Stage::default();
    make(&stage, json!({})).await;
    stage.token("other", "PUBLISHER", "");
    let token = connection(&stage, json!({})).await["token"].clone();
    assert_eq!(join(&stage, "a", "other", &token, None)["code"], 401, "of another session");
    assert!(join(&stage, "b", "s", &token, None).get("code").is_none(), "and still good in its own");
    assert_eq!(join(&stage, "c", "s", &token, None)["code"], 401, "once");
    let made = connection(&stage, json!({})).await;
    let path = format!("{SESSION}/connection/{}", made["id"].as_str().unwrap());
    assert_eq!(json_call(stage.port(), "DELETE", &path, None).await.status, 204);
    assert_eq!(join(&stage, "d", "s", &made["token"], None)["code"], 401, "taken back");
}

fn offer(codec: &str) -> String {
    let text = sdp_text::offer_with(true, true, "sendonly", codec);
    let parameters = match codec {
        "H264" => "a=fmtp:96 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f\r\n",
        "VP9" => "a=fmtp:96 profile-id=0\r\n",
        _ => "",
    };
    format!("{text}{parameters}")
}

#[actix_web::test]
async fn a_forced_codec_is_the_only_one_unless_transcoding_is_allowed() {
    for (forced, transcoding) in [
        ("VP8", false),
        ("H264", false),
        ("VP9", false),
        ("NONE", false),
        ("MEDIA_SERVER_PREFERRED", false),
        ("VP8", true),
        ("H264", true),
        ("VP9", true),
    ] {
        let stage = Stage::default();
        let made = make(&stage, json!({"forcedVideoCodec": forced, "allowTranscoding": transcoding})).await;
        assert_eq!((&made["forcedVideoCodec"], &made["allowTranscoding"]), (&json!(forced), &json!(transcoding)));
        for codec in ["VP8", "H264", "VP9"] {
            let token = connection(&stage, json!({})).await["token"].clone();
            join(&stage, codec, "s", &token, Some("2.32.1"));
            let params = json!({"sdpOffer": offer(codec), "doLoopback": false, "hasAudio": true, "hasVideo": true});
            let answer = stage.request(codec, "publishVideo", params);
            let taken = transcoding || codec == forced || !["VP8", "H264", "VP9"].contains(&forced);
            if taken {
                let answer = answer["sdpAnswer"].as_str().unwrap_or_else(|| panic!("{forced} {codec}: {answer}"));
                assert!(answer.contains(&format!("{codec}/90000")), "{forced} {codec}: {answer}");
            } else {
                assert_eq!(answer["code"], 800, "{forced} {codec}: {answer}");
            }
        }
    }
}

#[actix_web::test]
async fn the_configured_codec_is_that_of_sessions_that_say_nothing() {
    let stage = Stage::with(|config| config.streams.forced_video_codec = "H264".to_owned());
    assert_eq!(make(&stage, json!({})).await["forcedVideoCodec"], "H264");
    join(&stage, "a", "s", &connection(&stage, json!({})).await["token"], None);
    let params = json!({"sdpOffer": offer("VP8"), "doLoopback": false, "hasAudio": true, "hasVideo": true});
    assert_eq!(stage.request("a", "publishVideo", params)["code"], 800);
}

#[actix_web::test]
async fn a_connections_own_ice_servers_are_what_its_client_is_given() {
    let stage = Stage::default();
    make(&stage, json!({})).await;
    let servers = json!([{"url": "turn:a.example.com:443?transport=tcp", "staticAuthSecret": "shared"},
        {"url": "turns:b.example.com", "username": "u", "credential": "c"}, {"url": "stun:c.example.com"}]);
    let made = connection(&stage, json!({ "customIceServers": servers })).await;
    let shown = &made["customIceServers"];
    assert!(!made.to_string().contains("shared"), "the secret is not shown");
    let (expiry, name) = shown[0]["username"].as_str().unwrap().split_once(':').unwrap();
    assert_eq!(
        expiry.parse::<u64>().unwrap(),
        made["createdAt"].as_u64().unwrap() / 1000 + 86_400,
        "a day from its making"
    );
    assert_eq!(name.len(), 8);
    assert_eq!(shown[0]["credential"].as_str().unwrap().len(), 28, "an HMAC-SHA1 in base64");
    assert_eq!(shown[1], servers[1]);
    assert_eq!(shown[2], servers[2]);
    let joined = join(&stage, "a", "s", &made["token"], Some("2.32.1"));
    assert_eq!(&joined["customIceServers"], shown);
    assert_eq!(joined["coturnIp"], "127.0.0.1", "older SDKs read the rest");
}

#[actix_web::test]
async fn configured_ice_servers_get_fresh_credentials_for_each_connection() {
    let server = |url: &str, secret: Option<&str>| IceServerSetting {
        url: url.to_owned(),
        username: secret.is_none().then(|| "u".to_owned()),
        credential: secret.is_none().then(|| "c".to_owned()),
        static_auth_secret: secret.map(str::to_owned),
    };
    let stage = Stage::with(|config| {
        config.ice_servers = vec![server("turn:a.example.com", Some("shared")), server("turns:b.example.com", None)];
    });
    make(&stage, json!({})).await;
    let made = [connection(&stage, json!({})).await, connection(&stage, json!({"customIceServers": []})).await];
    let [first, second] = [0, 1].map(|at: usize| made[at]["customIceServers"].clone());
    assert_eq!(first[1], json!({"url": "turns:b.example.com", "username": "u", "credential": "c"}));
    assert_eq!((&first[0]["url"], &first[1]), (&second[0]["url"], &second[1]));
    assert_ne!(first[0]["username"], second[0]["username"]);
    assert_ne!(first[0]["credential"], second[0]["credential"]);
    let own = connection(&stage, json!({"customIceServers": [{"url": "stun:c.example.com"}]})).await;
    assert_eq!(own["customIceServers"], json!([{"url": "stun:c.example.com"}]), "its own list goes before");
    assert_eq!(join(&stage, "a", "s", &made[0]["token"], None)["customIceServers"], first);
}

#[actix_web::test]
async fn turn_credentials_come_in_all_the_shapes_that_sdks_read() {
    for (with_turn, tls_port, servers) in [(true, None, 1), (true, Some(5349), 2), (false, None, 0)] {
        let stage = Stage::with(|config| match (&mut config.turn, with_turn) {
            (Some(turn), true) => turn.tls_port = tls_port,
            (turn, _) => *turn = None,
        });
        make(&stage, json!({})).await;
        let made = connection(&stage, json!({})).await;
        assert_eq!(made["customIceServers"], json!([]), "REST shows none");
        let joined = join(&stage, "a", "s", &made["token"], Some("2.32.1"));
        let list = joined["customIceServers"].as_array().unwrap();
        assert_eq!(list.len(), servers);
        if !with_turn {
            for key in ["coturnIp", "coturnPort", "turnUsername", "turnCredential"] {
                assert_eq!(joined.get(key), Some(&Value::Null), "{key}");
            }
            continue;
        }
        assert_eq!((&joined["coturnIp"], &joined["coturnPort"]), (&json!("127.0.0.1"), &json!(3478)));
        assert_eq!(list[0]["url"], "turn:127.0.0.1:3478");
        assert!(
            list.iter()
                .all(|one| one["username"] == joined["turnUsername"] && one["credential"] == joined["turnCredential"])
        );
        assert!(servers < 2 || list[1]["url"] == "turns:127.0.0.1:5349?transport=tcp");
    }
}

#[actix_web::test]
async fn the_media_server_is_mediasoup_for_clients_that_name_their_version() {
    let stage = Stage::default();
    make(&stage, json!({})).await;
    for (at, version) in [None, Some("2.21.0"), Some("2.22.0"), Some("2.32.2"), Some("3.0.0-beta1")].iter().enumerate()
    {
        let token = connection(&stage, json!({})).await["token"].clone();
        let joined = join(&stage, &at.to_string(), "s", &token, *version);
        let expected = if version.is_some() { "mediasoup" } else { "kurento" };
        assert_eq!(joined["mediaServer"], expected, "{version:?}");
        assert_eq!(joined["version"], version.unwrap_or("2.32.1"), "{version:?}");
        assert_eq!(joined["videoSimulcast"], false);
        assert!(joined.get("life").is_none());
    }
}

#[actix_web::test]
async fn bandwidth_options_are_kept_as_whole_numbers_and_shown_again() {
    let stage = Stage::default();
    make(&stage, json!({})).await;
    let options = json!({"videoMaxRecvBandwidth": 500.9, "videoMinRecvBandwidth": 100, "videoMaxSendBandwidth": 700,
        "videoMinSendBandwidth": -1, "allowedFilters": ["GStreamerFilter"], "unknown": 1});
    let made = connection(&stage, json!({ "kurentoOptions": options })).await;
    let kept = json!({"videoMaxRecvBandwidth": 500, "videoMinRecvBandwidth": 100, "videoMaxSendBandwidth": 700,
        "videoMinSendBandwidth": -1, "allowedFilters": ["GStreamerFilter"]});
    assert_eq!(made["kurentoOptions"], kept);
    join(&stage, "a", "s", &made["token"], None);
    let path = format!("{SESSION}/connection/{}", made["id"].as_str().unwrap());
    assert_eq!(
        json_call(stage.port(), "GET", &path, None).await.json()["kurentoOptions"],
        kept,
        "of the active one too"
    );
}
