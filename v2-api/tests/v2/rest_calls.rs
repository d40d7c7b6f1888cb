//! REST calls against the stage: table-driven from recorded calls, and what the table does not hold.
use crate::stage::{SECRET, Stage};
use crate::transcript::Bindings;
use actix_web::http::{Method, header};
use actix_web::{App, test};
use base64::Engine;
use serde_json::{Value, json};
use std::sync::Arc;
use v2_api::V2Port;

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: header::HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// What is sent.
#[derive(Default, Clone)]
pub struct Sent<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub auth: &'a str,
    pub body: Option<String>,
    pub content_type: Option<&'a str>,
    pub headers: Vec<(String, String)>,
}

pub async fn call(port: Arc<dyn V2Port>, sent: &Sent<'_>) -> Answer {
    let app = test::init_service(App::new().configure(|cfg| v2_api::configure(cfg, port))).await;
    let mut request = test::TestRequest::default()
        .method(Method::from_bytes(sent.method.as_bytes()).unwrap())
        .uri(sent.path)
        .insert_header((header::HOST, "127.0.0.1:5443"));
    let encode = |text: String| base64::engine::general_purpose::STANDARD.encode(text);
    match sent.auth {
        "basic" => {
            request =
                request.insert_header(("Authorization", format!("Basic {}", encode(format!("OPENVIDUAPP:{SECRET}")))))
        }
        "wrong" => {
            request = request.insert_header(("Authorization", format!("Basic {}", encode("OPENVIDUAPP:wrong".into()))))
        }
        _ => {}
    }
    for (name, value) in &sent.headers {
        request = request.insert_header((name.as_str(), value.as_str()));
    }
    if let Some(kind) = sent.content_type {
        request = request.insert_header((header::CONTENT_TYPE, kind));
    }
    if let Some(body) = &sent.body {
        request = request.set_payload(body.clone());
    }
    let response = test::call_service(&app, request.to_request()).await;
    let status = response.status().as_u16();
    let headers = response.headers().clone();
    let body = String::from_utf8(test::read_body(response).await.to_vec()).unwrap();
    Answer { status, headers, body }
}

/// A JSON call with credentials.
pub async fn json_call(port: Arc<dyn V2Port>, method: &str, path: &str, body: Option<&Value>) -> Answer {
    let sent = Sent {
        method,
        path,
        auth: "basic",
        body: body.map(Value::to_string),
        content_type: body.map(|_| "application/json"),
        ..Sent::default()
    };
    call(port, &sent).await
}

/// A token for a session, which is made where it is not there.
pub async fn token(port: Arc<dyn V2Port>, session: &str, body: &Value) -> String {
    let made = json!({"customSessionId": session});
    let made = json_call(Arc::clone(&port), "POST", "/openvidu/api/sessions", Some(&made)).await;
    assert!([200, 409].contains(&made.status), "{made:?}");
    let answer = json_call(port, "POST", &format!("/openvidu/api/sessions/{session}/connection"), Some(body)).await;
    answer.json()["token"].as_str().unwrap_or_else(|| panic!("{answer:?}")).to_owned()
}

/// Calls of the table that are about what is not built: the CDR's files and the dashboard.
fn is_elsewhere(path: &str) -> bool {
    let starts = ["/dashboard", "/openvidu/cdr", "/cdr", "/openvidu/info"];
    path == "/"
        || path == "/nothing"
        || path == "/openvidu"
        || starts.iter().any(|start| path.starts_with(start))
        || path.ends_with("/accept-certificate")
}

/// Calls that are answered otherwise on purpose: method, the path's end, a part of the body, our status, and why.
const MEANT: &[(&str, &str, &str, u16, &str)] = &[
    ("PATCH", "/connection/", "", 200, "the recorded server is of the Community edition, which has no PATCH"),
    ("PUT", "/connection/", "", 403, "its Allow names PATCH too"),
    ("GET", "/api/health", "", 200, "of the Pro edition"),
    ("GET", "/api/media-nodes", "", 200, "of the Pro edition"),
    ("POST", "/api/restart", "", 501, "of the Pro edition; refused"),
    ("POST", "/broadcast/start", "", 400, "of the Pro edition; without a URL"),
    ("POST", "/broadcast/stop", "", 409, "of the Pro edition; nothing is broadcast"),
    ("POST", "/speech-to-text/load", "", 400, "of the Pro edition; without a media node"),
    ("POST", "/api/sessions", "defaultOutputMode", 200, "what SDKs up to 2.17 say is not lost"),
];

/// The status of a call that is meant to be answered otherwise.
fn meant(method: &str, path: &str, body: &str) -> Option<u16> {
    let row = MEANT.iter().find(|row| row.0 == method && path.contains(row.1) && body.contains(row.2));
    row.map(|row| row.3)
}

#[actix_web::test]
async fn recorded_rest_calls_are_answered_alike() {
    let stage = Stage::with(|config| {
        config.cdr = true;
        config.webhook = Some(v2_api::WebhookSettings {
            endpoint: "http://127.0.0.1:6443/ov".into(),
            headers: vec!["X-Probe: yes".into()],
            events: Vec::new(),
        });
    });
    let mut bindings = Bindings::default();
    let (mut compared, mut otherwise) = (0, 0);
    for line in include_str!("../../../tests/transcripts/v2/rest.jsonl").lines() {
        let recorded: Value = serde_json::from_str(line).unwrap();
        let path = bindings.fill_text(recorded["path"].as_str().unwrap());
        if is_elsewhere(&path) {
            continue;
        }
        stage.pass(std::time::Duration::from_millis(100));
        let raw = recorded.get("raw").and_then(Value::as_str).map(str::to_owned);
        let body = raw.or_else(|| recorded.get("body").map(|body| bindings.fill(body).to_string()));
        let kind = recorded.get("contentType").and_then(Value::as_str);
        let headers = recorded.get("headers").and_then(Value::as_object).into_iter().flatten();
        let sent = Sent {
            method: recorded["method"].as_str().unwrap(),
            path: &path,
            auth: recorded["auth"].as_str().unwrap(),
            content_type: kind.or(body.as_ref().map(|_| "application/json")),
            body,
            headers: headers.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect(),
        };
        let answer = call(stage.port(), &sent).await;
        if let Some(status) = meant(sent.method, sent.path, sent.body.as_deref().unwrap_or_default()) {
            assert_eq!(answer.status, status, "{} {}", sent.method, sent.path);
            otherwise += 1;
            continue;
        }
        compare(&recorded, &answer, &mut bindings);
        compared += 1;
    }
    assert!(compared > 160, "{compared} calls were compared");
    assert_eq!(otherwise, MEANT.len(), "each exception has its call");
}

fn compare(recorded: &Value, answer: &Answer, bindings: &mut Bindings) {
    let what = format!("{} {} {}", recorded["method"], recorded["path"], recorded.get("body").unwrap_or(&Value::Null));
    let expected = &recorded["response"];
    assert_eq!(answer.status, expected["status"].as_u64().unwrap() as u16, "{what}: {answer:?}");
    for (name, value) in expected["headers"].as_object().unwrap() {
        let value = value.as_str().unwrap();
        let got = answer.header(name);
        match name.as_str() {
            "set-cookie" => assert!(got.is_some_and(|cookie| cookie.starts_with("OVJSESSIONID=")), "{what}"),
            "allow" => {
                let sorted = |text: &str| {
                    let mut methods: Vec<_> = text.split(',').map(|method| method.trim().to_owned()).collect();
                    methods.sort();
                    methods
                };
                assert_eq!(sorted(got.unwrap_or_default()), sorted(value), "{what}");
            }
            "content-type" => assert_eq!(got, Some(value), "{what}"),
            _ => assert_eq!(got, Some(value), "{what}: {name}"),
        }
    }
    if recorded["method"] == "HEAD" {
        return;
    }
    match &expected["body"] {
        Value::String(text) => assert_eq!(&answer.body, text, "{what}"),
        body => bindings.expect(body, &answer.json()).unwrap_or_else(|why| panic!("{what}: {why}\n{}", answer.body)),
    }
}

#[actix_web::test]
async fn tokens_of_the_deprecated_paths_carry_what_old_sdks_read() {
    let stage = Stage::default();
    token(stage.port(), "old", &json!({})).await;
    let asked = json!({"session": "old", "role": "MODERATOR"});
    let answer = json_call(stage.port(), "POST", "/api/tokens", Some(&asked)).await;
    let url = answer.json()["token"].as_str().unwrap().to_owned();
    assert!(url.starts_with("wss://127.0.0.1:5443?sessionId=old&token=tok_"), "{url}");
    assert!(url.contains("&role=MODERATOR&coturnIp=127.0.0.1&turnUsername="), "{url}");
    let answer = json_call(stage.port(), "POST", "/openvidu/api/tokens", Some(&asked)).await;
    assert!(!answer.json()["token"].as_str().unwrap().contains("role"), "newer paths keep it short");
}

#[actix_web::test]
async fn a_token_names_the_host_that_the_caller_used_where_none_is_configured() {
    let stage = Stage::with(|config| config.public_origin = None);
    let url = token(stage.port(), "s", &json!({})).await;
    assert!(url.starts_with("ws://127.0.0.1:5443?sessionId=s&token=tok_"), "{url}");
}

#[actix_web::test]
async fn the_certificate_page_is_open_to_everybody() {
    let stage = Stage::default();
    for path in ["/openvidu/accept-certificate", "/accept-certificate"] {
        let answer = call(stage.port(), &Sent { method: "GET", path, ..Sent::default() }).await;
        assert_eq!(answer.status, 200);
        assert!(answer.body.contains("<html"));
    }
}

#[actix_web::test]
async fn a_room_of_the_other_protocol_is_shown_as_a_session_with_its_participants_as_connections() {
    let stage = Stage::default();
    token(stage.port(), "both", &json!({})).await;
    let guest = stage.foreign_join("both", "Lin", "from the server");
    stage.foreign_publish(&guest, sfu_core::room::TrackSource::Camera);
    stage.foreign_publish(&guest, sfu_core::room::TrackSource::ScreenShare);
    let answer = json_call(stage.port(), "GET", "/openvidu/api/sessions/both", None).await.json();
    let connections = answer["connections"]["content"].as_array().unwrap();
    assert_eq!(connections.len(), 2, "the screen is a companion: {answer}");
    assert_eq!(connections[0]["clientData"], "{\"clientData\":\"Lin\"}");
    assert_eq!(connections[0]["serverData"], "from the server");
    assert_eq!(connections[0]["role"], "PUBLISHER");
    assert_eq!(connections[0]["token"], Value::Null);
    let camera = &connections[0]["publishers"][0]["mediaOptions"];
    assert_eq!(
        (&camera["hasAudio"], &camera["audioActive"], &camera["videoActive"]),
        (&json!(true), &json!(false), &json!(true))
    );
    let companion = connections[1]["connectionId"].as_str().unwrap();
    assert!(companion.ends_with("_SCREEN"), "{companion}");
    assert_eq!(connections[1]["publishers"][0]["mediaOptions"]["typeOfVideo"], "SCREEN");

    let path = format!("/openvidu/api/sessions/both/connection/{companion}");
    assert_eq!(json_call(stage.port(), "DELETE", &path, None).await.status, 204);
    let room = stage.room("both").unwrap();
    assert_eq!(room.participants.len(), 1, "the person stays");
    assert_eq!(room.participants[0].streams.len(), 1, "the screen is gone");
    assert_eq!(json_call(stage.port(), "DELETE", &path, None).await.status, 404);
}

#[actix_web::test]
async fn a_signal_to_a_client_that_takes_none_is_refused_with_the_stable_code() {
    let stage = Stage::default();
    stage.join("both", "alice", "PUBLISHER");
    let guest = stage.foreign_join("both", "Lin", "");
    let id = json_call(stage.port(), "GET", "/openvidu/api/sessions/both", None).await.json();
    let id = id["connections"]["content"].as_array().unwrap().iter().find(|one| one["token"].is_null()).unwrap()["id"]
        .clone();
    let asked = json!({"session": "both", "to": [id], "data": "x"});
    let answer = json_call(stage.port(), "POST", "/openvidu/api/signal", Some(&asked)).await;
    assert_eq!(answer.status, 406);
    assert!(answer.json()["message"].as_str().unwrap().contains("VIA-0101"), "{}", answer.body);
    let asked = json!({"session": "both", "data": "x"});
    assert_eq!(json_call(stage.port(), "POST", "/openvidu/api/signal", Some(&asked)).await.status, 200);
    stage.take("alice");
    drop(guest);
}
