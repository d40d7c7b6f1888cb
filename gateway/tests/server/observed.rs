//! What a real server says of itself: readiness, traces of requests, figures after a call.
use crate::call::call_with_media;
use crate::kit::{Folder, PATIENCE, http, start, v2_api};
use crate::receiver::Receiver;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gateway::app::Running;
use gateway::config::V2Webhook;
use gateway::telemetry::LIVEKIT_NAMES;
use gateway::webhook::HttpTarget;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

#[tokio::test]
async fn each_part_says_how_it_is() {
    let folder = Folder::new();
    let server = start(&folder).await;
    assert_eq!(http(server.port, "GET", "/healthz", &[], "").await.body, "OK");
    let answer = http(server.port, "GET", "/readyz", &[], "").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let body = answer.json();
    assert_eq!(body["ready"], true);
    let parts: Vec<(&str, &str)> = body["parts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| (part["name"].as_str().unwrap(), part["state"].as_str().unwrap()))
        .collect();
    let expected = [
        ("web", "ok"),
        ("rooms", "ok"),
        ("workers", "ok"),
        ("database", "ok"),
        ("outbox", "off"),
        ("turn", "off"),
        ("draining", "off"),
    ];
    assert_eq!(parts, expected);
    server.stop().await;
}

#[tokio::test]
async fn an_answer_names_its_trace_the_callers_or_a_new_one() {
    let folder = Folder::new();
    let server = start(&folder).await;
    let parent = format!("00-{TRACE}-00f067aa0ba902b7-01");
    let known = http(server.port, "GET", "/", &[("traceparent", &parent)], "").await;
    assert_eq!(known.header("x-trace-id"), Some(TRACE));
    let mut seen = Vec::new();
    for path in ["/", "/openvidu/api/sessions", "/twirp/livekit.RoomService/ListRooms", "/nowhere"] {
        let answer = http(server.port, "GET", path, &[("traceparent", "00-broken")], "").await;
        let id = answer.header("x-trace-id").unwrap_or_else(|| panic!("{path}: {answer:?}")).to_owned();
        assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
        seen.push(id);
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 4);
    server.stop().await;
}

/// The value of the first sample that begins so.
fn sample(text: &str, start: &str) -> Option<f64> {
    text.lines().find(|line| line.starts_with(start))?.rsplit_once(' ')?.1.parse().ok()
}

#[tokio::test]
async fn a_call_with_media_leaves_a_sample_under_each_name_of_livekits_dashboards() {
    let folder = Folder::new();
    let server = start(&folder).await;
    let (_alice, _bob) = call_with_media(server.port).await;
    // Media threads copy their figures once a second.
    let until = Instant::now() + PATIENCE;
    let text = loop {
        let text = http(server.port, "GET", "/metrics", &[], "").await.body;
        if sample(&text, "livekit_packet_total{direction=\"outgoing\"").is_some_and(|packets| packets > 0.0) {
            break text;
        }
        assert!(Instant::now() < until, "{text}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    for name in LIVEKIT_NAMES {
        let found = text
            .lines()
            .any(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with('{') || rest.starts_with(' ')));
        assert!(found, "{name}\n{text}");
    }
    for start in [
        "livekit_room_total",
        "livekit_participant_total",
        "livekit_node_messages{type=\"signal\",status=\"success\"",
        "livekit_node_messages{type=\"rtc\"",
        "livekit_messagebus_messages{type=\"out\",status=\"success\"",
        "livekit_track_published_total{kind=\"audio\"",
        "livekit_packet_bytes{direction=\"incoming\"",
        "viaduct_joins_total{protocol=\"v2\",result=\"joined\"",
        "viaduct_join_step_seconds_count{protocol=\"v2\",step=\"signal\"",
        "viaduct_join_step_seconds_count{protocol=\"v2\",step=\"ice\"",
        "viaduct_join_step_seconds_count{protocol=\"v2\",step=\"dtls\"",
        "viaduct_join_step_seconds_count{protocol=\"v2\",step=\"first_packet\"",
        "viaduct_join_step_seconds_count{protocol=\"v2\",step=\"first_frame\"",
        "viaduct_http_request_seconds_count{api=\"v2\",method=\"POST\",route=\"/openvidu/api/sessions\",status=\"2xx\"",
        "viaduct_store_write_seconds_count",
        "process_cpu_seconds_total",
        "process_resident_memory_bytes",
        "process_open_fds",
        "viaduct_info{",
    ] {
        assert!(sample(&text, start).is_some_and(|value| value > 0.0), "{start}\n{text}");
    }
    for label in ["room=", "participant=", "session=", "identity=", "\"room\""] {
        assert!(!text.contains(label), "{label} is no bounded label\n{text}");
    }
    server.stop().await;
}

#[tokio::test]
async fn figures_never_name_a_room_however_requests_are_spelled() {
    let folder = Folder::new();
    let server = start(&folder).await;
    v2_api(server.port, "POST", "/sessions", json!({ "customSessionId": "hush-hush" })).await;
    v2_api(server.port, "GET", "/sessions/hush-hush", Value::Null).await;
    http(server.port, "GET", "/hush-hush/?token=hush-hush", &[], "").await;
    http(server.port, "GET", "/twirp/hush-hush/hush-hush", &[], "").await;
    let text = http(server.port, "GET", "/metrics", &[], "").await.body;
    assert!(text.contains("route=\"/openvidu/api/sessions/{session}\""), "{text}");
    assert!(text.contains("route=\"unrouted\""), "{text}");
    assert!(!text.contains("hush"), "{text}");
    server.stop().await;
}

#[tokio::test]
async fn a_webhook_carries_the_trace_of_the_call_that_caused_it() {
    let (folder, mut backend) = (Folder::new(), Receiver::listen(0).await);
    let mut config = gateway::config::dev(&folder.0).unwrap();
    let endpoint = Receiver::url(backend.port);
    let target = HttpTarget::parse(&endpoint, &[], false, PATIENCE).unwrap();
    let events = v2_api::webhook::SHOWN_BY_DEFAULT.iter().map(|name| (*name).to_owned()).collect();
    config.events.v2_webhook = Some(V2Webhook { target, endpoint, headers: Vec::new(), events });
    let server = Running::start(config).await.unwrap();
    let parent = format!("00-{TRACE}-00f067aa0ba902b7-01");
    let authorization = format!("Basic {}", STANDARD.encode("OPENVIDUAPP:MY_SECRET"));
    let headers = [
        ("authorization", authorization.as_str()),
        ("content-type", "application/json"),
        ("traceparent", parent.as_str()),
    ];
    let body = json!({ "customSessionId": "room" }).to_string();
    assert_eq!(http(server.port, "POST", "/openvidu/api/sessions", &headers, &body).await.status, 200);
    let arrival = backend.next().await;
    assert_eq!(arrival.body["event"], "sessionCreated");
    let carried = arrival.headers["traceparent"].clone();
    assert!(carried.starts_with(&format!("00-{TRACE}-")) && carried.ends_with("-01"), "{carried}");
    server.stop().await;
}
