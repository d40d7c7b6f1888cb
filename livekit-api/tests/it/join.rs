//! The checks before a socket opens, and the first messages on it.
use crate::harness::{Hall, claims, config, find, names, now, sign, wrapped};
use crate::text::{Section, description, microphone, offer};
use livekit_api::token::{Claims, VideoGrant};
use livekit_api::{JoinUrl, LiveKitConfig, authorize};
use livekit_protocol as proto;
use prost::Message;
use proto::signal_response::Message as Response;
use sfu_core::signal::Frame;
use std::time::Duration;

fn refused(path: &str, query: &str, authorization: Option<&str>) -> (u16, String) {
    let refusal = authorize(JoinUrl { path, query, authorization }, &config(), now()).unwrap_err();
    (refusal.status, refusal.text)
}

fn with_grant(change: impl FnOnce(&mut Claims, &mut VideoGrant)) -> String {
    let mut claims = claims("hall", "anna");
    let mut grant = claims.grant();
    change(&mut claims, &mut grant);
    claims.video = Some(grant);
    format!("access_token={}", sign(&claims))
}

#[test]
fn joins_are_refused_with_the_status_and_text_of_the_first_check_that_fails() {
    let good = with_grant(|_, _| {});
    let bomb = {
        use std::io::Write;
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(&vec![0; 2 << 20]).unwrap();
        let wrapped =
            proto::WrappedJoinRequest { compression: 1, join_request: encoder.finish().unwrap() }.encode_to_vec();
        base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE, wrapped)
    };
    let describing = proto::JoinRequest { metadata: "m".to_owned(), ..proto::JoinRequest::default() };
    let cases: Vec<(&str, String, Option<&str>, u16, &str)> = vec![
        ("/rtc", String::new(), None, 401, "no permissions to access the room"),
        ("/rtc", "access_token=".to_owned(), None, 401, "no permissions to access the room"),
        ("/rtc", good.clone(), Some("Basic x"), 401, "invalid authorization header. Must start with Bearer "),
        ("/rtc", good.clone(), Some("Bearer x"), 401, "invalid authorization token"),
        ("/rtc", "access_token=x.y.z".to_owned(), None, 401, "invalid authorization token"),
        ("/rtc", with_grant(|_, grant| grant.room_join = false), None, 401, "permissions denied"),
        ("/rtc", with_grant(|claims, _| claims.sub.clear()), None, 400, "identity cannot be empty"),
        ("/rtc", with_grant(|_, grant| grant.room.clear()), None, 400, "no room name"),
        ("/rtc", with_grant(|_, grant| grant.room = "r".repeat(257)), None, 400, "room name exceeds"),
        ("/rtc", with_grant(|claims, _| claims.sub = "i".repeat(257)), None, 400, "participant identity exceeds"),
        ("/rtc", with_grant(|claims, _| claims.name = "n".repeat(257)), None, 400, "participant name exceeds"),
        ("/rtc", format!("{good}&attributes=!"), None, 400, "invalid attributes"),
        ("/rtc", format!("{good}&attributes=eyJhIjoiYiJ9"), None, 401, "permissions denied"),
        ("/rtc/v1", good.clone(), None, 400, "join_request is required"),
        ("/rtc/v1/validate", good.clone(), None, 400, "join_request is required"),
        ("/rtc/v1", format!("{good}&join_request=%25%25"), None, 400, "invalid join_request: not base64"),
        ("/rtc/v1", format!("{good}&join_request=_____w"), None, 400, "invalid join_request"),
        ("/rtc/v1", format!("{good}&join_request={bomb}"), None, 400, "invalid join_request: longer than 1 MiB"),
        ("/rtc/v1", format!("{good}&join_request={}", wrapped(&describing, true)), None, 401, "permissions denied"),
    ];
    for (path, query, authorization, status, text) in cases {
        let (got_status, got_text) = refused(path, &query, authorization);
        assert_eq!(got_status, status, "{path} {text}: {got_text}");
        assert!(got_text.starts_with(text), "{path} {text}: {got_text}");
    }
}

#[test]
fn a_metadata_over_the_limit_is_refused() {
    let query = with_grant(|claims, _| claims.metadata = "m".repeat(512 * 1024 + 1));
    assert_eq!(refused("/rtc", &query, None).0, 400);
}

#[test]
fn both_ways_to_bring_a_token_and_both_compressions_are_accepted() {
    let token = sign(&claims("hall", "anna"));
    let header = format!("Bearer {token}");
    let request = proto::JoinRequest {
        client_info: Some(proto::ClientInfo {
            sdk: 1,
            version: "2.23.0".to_owned(),
            protocol: 17,
            ..Default::default()
        }),
        connection_settings: Some(proto::ConnectionSettings { auto_subscribe: true, ..Default::default() }),
        ..proto::JoinRequest::default()
    };
    for gzip in [false, true] {
        let query = format!("join_request={}", wrapped(&request, gzip));
        let url = JoinUrl { path: "/rtc/v1", query: &query, authorization: Some(&header) };
        let join = authorize(url, &config(), now()).unwrap();
        assert!(join.auto_subscribe);
        assert_eq!((join.client.version, join.client.protocol()), ((2, 23, 0), 17));
    }
    let query = format!("access_token={token}&auto_subscribe=0&sdk=swift&version=2.16.0&protocol=16");
    let join = authorize(JoinUrl { path: "/rtc", query: &query, authorization: None }, &config(), now()).unwrap();
    assert!(!join.auto_subscribe);
    assert_eq!(join.identity, "anna");
}

#[test]
fn a_two_connection_client_gets_join_token_and_offer_in_this_order() {
    let mut hall = Hall::new();
    let anna = hall.join_v0("anna", "auto_subscribe=1");
    assert_eq!(names(&hall.seen(anna).responses), ["join", "refresh_token", "offer"]);
    let responses = hall.take(anna);
    let join = find(&responses, |response| match response {
        Response::Join(join) => Some(join.clone()),
        _ => None,
    });
    assert!(join.subscriber_primary && join.fast_publish);
    assert_eq!((join.ping_interval, join.ping_timeout), (5, 15));
    assert_eq!(join.server_version, "1.13.7");
    assert!(join.ice_servers.is_empty());
    let codecs: Vec<_> = join.enabled_publish_codecs.iter().map(|codec| codec.mime.as_str()).collect();
    assert_eq!(codecs, ["video/VP8", "video/H264", "audio/opus", "audio/red"]);
    let info = join.server_info.unwrap();
    assert!(info.debug_info.contains("dataMessages,ingress,dynacast,speakerDetection"), "{}", info.debug_info);
    let me = join.participant.unwrap();
    assert!(me.sid.starts_with("PA_") && join.room.as_ref().unwrap().sid.starts_with("RM_"));
    assert_eq!((me.identity.as_str(), me.name.as_str()), ("anna", "anna's name"));
    assert_eq!(me.attributes["viaduct.unsupported"], "dataMessages,ingress,dynacast,speakerDetection");
    let permission = me.permission.unwrap();
    assert!(permission.can_publish && permission.can_subscribe && !permission.can_publish_data);
    let offer = find(&responses, |response| match response {
        Response::Offer(offer) => Some(offer.clone()),
        _ => None,
    });
    assert_eq!((offer.r#type.as_str(), offer.id), ("offer", 1));
    assert!(offer.sdp.contains("m=application") && offer.sdp.contains("max-message-size:65535"), "{}", offer.sdp);
}

#[test]
fn a_single_connection_client_gets_join_track_token_and_answer_in_this_order() {
    let mut hall = Hall::new();
    let request = proto::JoinRequest {
        client_info: Some(proto::ClientInfo {
            sdk: 1,
            version: "2.23.0".to_owned(),
            protocol: 17,
            ..Default::default()
        }),
        add_track_requests: vec![microphone("cid-mic")],
        publisher_offer: Some(description("offer", offer(&[Section::Data, Section::Audio("cid-mic")]), 3)),
        ..proto::JoinRequest::default()
    };
    let anna = hall.join_v1("anna", &request);
    let responses = hall.take(anna);
    let order: Vec<_> = names(&responses).into_iter().filter(|name| *name != "update").collect();
    assert_eq!(order, ["join", "refresh_token", "track_published", "answer"]);
    let answer = find(&responses, |response| match response {
        Response::Answer(answer) => Some(answer.clone()),
        _ => None,
    });
    assert_eq!((answer.r#type.as_str(), answer.id), ("answer", 3));
    assert!(answer.sdp.contains("a=max-message-size:23\r\n"), "{}", answer.sdp);
    let join = find(&responses, |response| match response {
        Response::Join(join) => Some(join.clone()),
        _ => None,
    });
    assert!(!join.subscriber_primary);
}

/// Go's SDK reads on before it has made its own offer its own.
#[test]
fn a_go_client_gets_the_answer_to_its_joins_offer_a_moment_after_the_join_and_what_it_says_meanwhile_is_heard() {
    let mut hall = Hall::new();
    let sdk = proto::client_info::Sdk::Go.into();
    let request = proto::JoinRequest {
        client_info: Some(proto::ClientInfo { sdk, version: "2.19.0".to_owned(), protocol: 17, ..Default::default() }),
        publisher_offer: Some(description("offer", offer(&[Section::Data, Section::Audio("cid-mic")]), 0)),
        ..proto::JoinRequest::default()
    };
    let gina = hall.join_v1("gina", &request);
    assert_eq!(names(&hall.take(gina)), ["join", "refresh_token"]);
    hall.request(gina, proto::signal_request::Message::AddTrack(microphone("cid-mic")));
    assert_eq!(names(&hall.take(gina)), ["track_published"]);
    hall.pass(Duration::from_millis(99));
    assert!(names(&hall.take(gina)).is_empty());
    hall.pass(Duration::from_millis(1));
    assert!(names(&hall.take(gina)).contains(&"answer"));
    hall.pass(Duration::from_millis(200));
    assert!(!names(&hall.take(gina)).contains(&"answer"));
}

#[test]
fn answers_are_json_after_a_text_frame_and_protobuf_before() {
    let mut hall = Hall::new();
    let anna = hall.join_v0("anna", "");
    assert!(hall.seen(anna).texts.is_empty());
    hall.frame(anna, Frame::Text(r#"{"pingReq":{"timestamp":"41","rtt":"0"}}"#.to_owned()));
    let unix_ms = hall.now.unix_ms;
    let expected = format!(r#"{{"pongResp":{{"lastPingTimestamp":"41","timestamp":"{unix_ms}"}}}}"#);
    assert_eq!(hall.seen(anna).texts, [expected]);
    hall.take(anna);
    hall.request(anna, proto::signal_request::Message::Ping(5));
    assert_eq!(hall.take(anna), [Response::Pong(i64::try_from(unix_ms).unwrap())]);
    assert_eq!(hall.seen(anna).texts.len(), 1);
}

#[test]
fn a_full_room_is_told_in_the_first_message_and_the_close_reason() {
    let mut config = config();
    config.room.max_participants = 1;
    let mut hall = Hall::with(config);
    hall.join_v0("anna", "");
    let ben = hall.join_v0("ben", "");
    let seen = hall.seen(ben);
    let [Response::Leave(leave)] = seen.responses.as_slice() else { panic!("{:?}", names(&seen.responses)) };
    assert_eq!((leave.reason(), leave.action), (proto::DisconnectReason::JoinFailure, 0));
    assert_eq!(seen.closed, Some((1008, "limit reached: the room is full".to_owned())));
    assert!(seen.finished);
}

#[test]
fn a_room_that_must_exist_and_does_not_is_told_so() {
    let config = LiveKitConfig {
        room: livekit_api::config::RoomDefaults { auto_create: false, ..Default::default() },
        ..config()
    };
    let mut hall = Hall::with(config);
    let anna = hall.join_v0("anna", "");
    assert_eq!(hall.seen(anna).closed, Some((1008, "no such room".to_owned())));
}

#[test]
fn a_token_decides_the_settings_of_the_room_that_its_join_makes() {
    let mut hall = Hall::new();
    let room_config =
        serde_json::json!({ "emptyTimeout": 7, "departure_timeout": 9, "maxParticipants": 3, "metadata": "m" });
    let claims = Claims { room_config: Some(room_config), ..claims("hall", "anna") };
    let anna = hall.join_with(&claims, "/rtc", "protocol=15");
    let room = find(&hall.take(anna), |response| match response {
        Response::Join(join) => join.room.clone(),
        _ => None,
    });
    assert_eq!((room.empty_timeout, room.departure_timeout, room.max_participants), (7, 9, 3));
    assert_eq!((room.metadata.as_str(), room.num_participants), ("m", 1));
}

#[test]
fn what_a_token_asks_of_its_room_in_vain_is_told_and_breaks_no_join() {
    let mut hall = Hall::new();
    let room_config = serde_json::json!({ "agents": [{ "agentName": "a" }], "egress": {}, "maxPlayoutDelay": 9 });
    let claims = Claims { room_config: Some(room_config), ..claims("hall", "anna") };
    let anna = hall.join_with(&claims, "/rtc", "protocol=15");
    let join = find(&hall.take(anna), |response| match response {
        Response::Join(join) => Some(join.clone()),
        _ => None,
    });
    let told = "dataMessages,ingress,dynacast,speakerDetection,egress,agentDispatch,playoutDelay";
    let attributes = join.participant.map(|me| me.attributes).unwrap_or_default();
    assert_eq!(attributes.get("viaduct.unsupported").map(String::as_str), Some(told));
    assert_eq!(join.server_info.map(|info| info.debug_info), Some(format!("profile=mediasoup unsupported={told}")));
}

#[test]
fn a_second_client_of_an_identity_puts_the_first_out() {
    let mut hall = Hall::new();
    let first = hall.join_v0("anna", "");
    let second = hall.join_v0("anna", "");
    let leave = find(&hall.take(first), |response| match response {
        Response::Leave(leave) => Some(leave.clone()),
        _ => None,
    });
    assert_eq!(leave.reason(), proto::DisconnectReason::DuplicateIdentity);
    assert!(hall.seen(first).finished && !hall.seen(second).finished);
}

#[test]
fn the_unsupported_attribute_can_be_switched_off() {
    let mut hall = Hall::with(LiveKitConfig { flag_unsupported: false, ..config() });
    let anna = hall.join_v0("anna", "");
    let me = find(&hall.take(anna), |response| match response {
        Response::Join(join) => join.participant.clone(),
        _ => None,
    });
    assert!(me.attributes.is_empty());
}
