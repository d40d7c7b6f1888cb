//! Every status code of every REST operation, a row each, each on a server of its own; the OpenAPI document and the table
//! name the same codes.
use crate::document::operations;
use crate::rest_calls::{Answer, Sent, call, token};
use crate::stage::Stage;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// How an answer looks.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Form {
    /// JSON.
    Json,
    /// Text.
    Text,
    /// Nothing.
    Empty,
    /// v2's error body.
    Said,
}
use Form::{Empty, Json, Said, Text};

/// The server of a row.
#[derive(Clone, Copy, PartialEq)]
enum Scene {
    /// As it comes.
    Plain,
    /// With recording switched on.
    Recording,
}
use Scene::{Plain, Recording};

struct Row(&'static str, &'static str, Option<Value>, u16, Form, Scene, &'static str);

/// What follows a `#` in a path is its Range header. `{pending}`, `{alice}`, `{stream}` are filled; sessions are `new` (nobody yet, one pending connection), `full` (Alice
/// publishes, Bob is there) and `relayed`.
fn rows() -> Vec<Row> {
    let row = |method, path, body, status, form| Row(method, path, body, status, form, Plain, "basic");
    let recording = |method, path, body, status, form| Row(method, path, body, status, form, Recording, "basic");
    let mut rows = vec![
        row("POST", "/sessions", None, 200, Json),
        row("POST", "/sessions", Some(json!({"mediaMode": "X"})), 400, Said),
        row("POST", "/sessions", Some(json!([])), 403, Empty),
        row("POST", "/sessions", Some(json!({"customSessionId": "new"})), 409, Empty),
        row("POST", "/sessions", Some(json!({"customSessionId": "full"})), 409, Empty),
        row("GET", "/sessions", None, 200, Json),
        row("GET", "/sessions?pendingConnections=perhaps", None, 403, Empty),
        row("GET", "/sessions/full?webRtcStats=true", None, 200, Json),
        row("GET", "/sessions/full?webRtcStats=perhaps", None, 403, Empty),
        row("GET", "/sessions/none", None, 404, Empty),
        row("DELETE", "/sessions/full", None, 204, Empty),
        row("DELETE", "/sessions/new", None, 204, Empty),
        row("DELETE", "/sessions/none", None, 404, Empty),
        row("POST", "/sessions/new/connection", None, 200, Json),
        row("POST", "/sessions/full/connection", Some(json!({"role": "MODERATOR"})), 200, Json),
        row("POST", "/sessions/new/connection", Some(json!({"role": "BOSS"})), 400, Said),
        row("POST", "/sessions/new/connection", Some(json!({"type": "IPCAM"})), 400, Said),
        row("POST", "/sessions/new/connection", Some(json!("x")), 403, Empty),
        row("POST", "/sessions/none/connection", Some(json!({"role": "BOSS"})), 404, Empty),
        row("POST", "/sessions/new/connection", Some(json!({"type": "IPCAM", "rtspUri": "rtsp://c/1"})), 501, Said),
        row("GET", "/sessions/full/connection", None, 200, Json),
        row("GET", "/sessions/full/connection?pendingConnections=7", None, 403, Empty),
        row("GET", "/sessions/none/connection", None, 404, Empty),
        row("GET", "/sessions/full/connection/{alice}", None, 200, Json),
        row("GET", "/sessions/full/connection/{alice}?webRtcStats=perhaps", None, 403, Empty),
        row("GET", "/sessions/new/connection/{pending}", None, 200, Json),
        row("GET", "/sessions/none/connection/{alice}", None, 400, Empty),
        row("GET", "/sessions/new/connection/{alice}", None, 404, Empty),
        row("DELETE", "/sessions/full/connection/{alice}", None, 204, Empty),
        row("DELETE", "/sessions/new/connection/{pending}", None, 204, Empty),
        row("DELETE", "/sessions/none/connection/{alice}", None, 400, Empty),
        row("DELETE", "/sessions/new/connection/{alice}", None, 404, Empty),
        row("PATCH", "/sessions/full/connection/{alice}", Some(json!({"role": "SUBSCRIBER"})), 200, Json),
        row("PATCH", "/sessions/new/connection/{pending}", Some(json!({"record": false})), 200, Json),
        row("PATCH", "/sessions/full/connection/{alice}", Some(json!({"role": "BOSS"})), 400, Said),
        row("PATCH", "/sessions/full/connection/{alice}", Some(json!({"record": "no"})), 400, Said),
        row("PATCH", "/sessions/full/connection/{alice}", None, 403, Empty),
        row("PATCH", "/sessions/none/connection/{alice}", Some(json!({})), 404, Empty),
        row("PATCH", "/sessions/new/connection/{alice}", Some(json!({})), 404, Empty),
        row("PUT", "/sessions/new/connection/{pending}", Some(json!({})), 403, Empty),
        row("POST", "/tokens", Some(json!({"session": "new"})), 200, Json),
        row("POST", "/tokens", Some(json!({})), 400, Said),
        row("POST", "/tokens", Some(json!({"session": "new", "role": "X"})), 400, Said),
        row("POST", "/tokens", None, 403, Empty),
        row("POST", "/tokens", Some(json!({"session": "none"})), 404, Said),
        row("DELETE", "/sessions/full/stream/{stream}", None, 204, Empty),
        row("DELETE", "/sessions/none/stream/{stream}", None, 400, Empty),
        row("DELETE", "/sessions/new/stream/{stream}", None, 404, Empty),
        row("DELETE", "/sessions/full/stream/str_CAM_AAAA_con_Aaaaaaaaaa", None, 404, Empty),
        row(
            "POST",
            "/signal",
            Some(json!({"session": "full", "to": ["{alice}"], "type": "t", "data": "d"})),
            200,
            Empty,
        ),
        row("POST", "/signal", Some(json!({"session": "full"})), 200, Empty),
        row("POST", "/signal", Some(json!({"session": "full", "data": 1})), 400, Said),
        row("POST", "/signal", None, 403, Empty),
        row("POST", "/signal", Some(json!({"session": "none"})), 404, Empty),
        row("POST", "/signal", Some(json!({"session": "new"})), 406, Empty),
        row("POST", "/signal", Some(json!({"session": "full", "to": ["con_Aaaaaaaaaa"]})), 406, Said),
        row("POST", "/recordings/start", Some(json!({"session": "full"})), 501, Empty),
        row("POST", "/recordings/start", Some(json!({})), 501, Empty),
        row("POST", "/recordings/start", None, 403, Empty),
        row("POST", "/recordings/stop/full", None, 501, Empty),
        row("GET", "/recordings", None, 501, Empty),
        row("GET", "/recordings/full", None, 501, Empty),
        row("DELETE", "/recordings/full", None, 501, Empty),
        recording("POST", "/recordings/start", Some(json!({})), 400, Said),
        recording("POST", "/recordings/start", Some(json!({"session": 7})), 400, Said),
        recording("POST", "/recordings/start", None, 403, Empty),
        recording("POST", "/recordings/start", Some(json!({"session": "none", "frameRate": 0})), 404, Empty),
        recording("POST", "/recordings/start", Some(json!({"session": "new", "frameRate": 0})), 406, Empty),
        recording("POST", "/recordings/start", Some(json!({"session": "relayed", "frameRate": 0})), 409, Empty),
        recording("POST", "/recordings/start", Some(json!({"session": "full", "outputMode": "X"})), 400, Said),
        recording("POST", "/recordings/start", Some(json!({"session": "full", "frameRate": 0})), 422, Said),
        recording("POST", "/recordings/start", Some(json!({"session": "full", "resolution": "1x1"})), 422, Said),
        recording(
            "POST",
            "/recordings/start",
            Some(json!({"session": "full", "hasAudio": false, "hasVideo": false})),
            422,
            Said,
        ),
        recording("POST", "/recordings/start", Some(json!({"session": "full"})), 501, Said),
        recording("POST", "/recordings/stop/full", None, 404, Empty),
        recording("GET", "/recordings", None, 200, Json),
        recording("GET", "/recordings/full", None, 404, Empty),
        recording("DELETE", "/recordings/full", None, 404, Empty),
    ];
    rows.extend(pro_rows());
    rows.extend(other_rows());
    rows
}

/// Of the Pro edition.
fn pro_rows() -> Vec<Row> {
    let row = |method, path, body, status, form| Row(method, path, body, status, form, Plain, "basic");
    let url = "rtmp://live.example.com/app/key";
    let node = json!({"id": "media_local"});
    vec![
        row("POST", "/broadcast/start", Some(json!({"session": "full"})), 400, Said),
        row("POST", "/broadcast/start", Some(json!({"session": "full", "broadcastUrl": "no url"})), 400, Said),
        row("POST", "/broadcast/start", None, 403, Empty),
        row("POST", "/broadcast/start", Some(json!({"session": "none", "broadcastUrl": url})), 404, Empty),
        row("POST", "/broadcast/start", Some(json!({"session": "new", "broadcastUrl": url})), 406, Empty),
        row("POST", "/broadcast/start", Some(json!({"session": "full", "broadcastUrl": url, "shmSize": 1})), 422, Said),
        row("POST", "/broadcast/start", Some(json!({"session": "full", "broadcastUrl": url})), 501, Said),
        row("POST", "/broadcast/stop", Some(json!({})), 400, Said),
        row("POST", "/broadcast/stop", None, 403, Empty),
        row("POST", "/broadcast/stop", Some(json!({"session": "none"})), 404, Empty),
        row("POST", "/broadcast/stop", Some(json!({"session": "full"})), 409, Said),
        row("POST", "/speech-to-text/load", Some(json!({"lang": 1})), 400, Said),
        row("POST", "/speech-to-text/load", None, 403, Empty),
        row("POST", "/speech-to-text/load", Some(json!({"lang": "en-US", "mediaNode": {"id": "x"}})), 404, Said),
        row("POST", "/speech-to-text/load", Some(json!({"lang": "en-US", "mediaNode": node})), 501, Said),
        row("POST", "/speech-to-text/unload", Some(json!({"lang": "en-US"})), 400, Said),
        row("POST", "/speech-to-text/unload", None, 403, Empty),
        row("POST", "/speech-to-text/unload", Some(json!({"lang": "en-US", "mediaNode": {"id": "x"}})), 404, Said),
        row("POST", "/speech-to-text/unload", Some(json!({"lang": "en-US", "mediaNode": node})), 501, Said),
        row("GET", "/health", None, 200, Json),
        row("POST", "/restart", Some(json!({"OPENVIDU_CDR": true})), 501, Said),
        row("POST", "/restart", Some(json!([])), 403, Empty),
        row("GET", "/media-nodes?sessions=true&recordings=true&extra-info=true", None, 200, Json),
        row("GET", "/media-nodes?sessions=perhaps", None, 403, Empty),
        row("POST", "/media-nodes", Some(json!({"uri": "ws://10.0.0.2:8888/kurento"})), 501, Said),
        row("POST", "/media-nodes", Some(json!({"uri": 7})), 400, Said),
        row("POST", "/media-nodes", Some(json!([])), 403, Empty),
        row("PUT", "/media-nodes", None, 501, Said),
        row("DELETE", "/media-nodes", None, 403, Empty),
        row("GET", "/media-nodes/media_local", None, 200, Json),
        row("GET", "/media-nodes/media_local?recordings=perhaps", None, 403, Empty),
        row("GET", "/media-nodes/none", None, 404, Empty),
        row("DELETE", "/media-nodes/media_local", None, 405, Said),
        row("DELETE", "/media-nodes/none", None, 404, Empty),
        row("PATCH", "/media-nodes/media_local", Some(json!({"status": "running"})), 204, Empty),
        row("PATCH", "/media-nodes/media_local", Some(json!({"status": "terminated"})), 405, Said),
        row("PATCH", "/media-nodes/media_local", Some(json!({"status": "asleep"})), 400, Said),
        row("PATCH", "/media-nodes/media_local", Some(json!({})), 400, Said),
        row("PATCH", "/media-nodes/media_local", None, 403, Empty),
        row("PATCH", "/media-nodes/none", Some(json!({"status": "running"})), 404, Empty),
    ]
}

/// Beside the API, its older paths, and what is not there.
fn other_rows() -> Vec<Row> {
    let row = |method, path, status, form, auth| Row(method, path, None, status, form, Plain, auth);
    vec![
        row("GET", "/config", 200, Json, "basic"),
        row("GET", "/config/openvidu-version", 200, Text, "basic"),
        row("GET", "/config/openvidu-publicurl", 200, Text, "none"),
        row("GET", "/config/openvidu-recording", 200, Json, "basic"),
        row("GET", "/config/openvidu-recording-path", 200, Text, "basic"),
        row("GET", "/config/openvidu-cdr", 200, Json, "basic"),
        row("GET", "/config/nothing", 403, Empty, "basic"),
        row("GET", "~/openvidu/accept-certificate", 200, Text, "none"),
        row("GET", "~/openvidu/cdr", 200, Json, "basic"),
        row("GET", "~/cdr", 200, Json, "basic"),
        row("GET", "~/openvidu/cdr/CDR.2026-11-25_14-54-50.log", 200, Text, "basic"),
        row("GET", "~/openvidu/cdr/CDR.2026-11-25_14-54-50.log#bytes=0-1", 206, Text, "basic"),
        row("GET", "~/openvidu/cdr/CDR.2026-11-25_14-54-50.log#bytes=1000-", 416, Empty, "basic"),
        row("GET", "~/openvidu/cdr/none.log", 403, Empty, "basic"),
        row("GET", "~/openvidu/layouts/mine/index.html", 200, Text, "basic"),
        row("GET", "~/layouts/custom/mine/index.html", 200, Text, "basic"),
        row("GET", "~/openvidu/layouts/none/index.html", 403, Empty, "basic"),
        row("GET", "~/openvidu/layouts/mine/../mine/index.html", 403, Empty, "basic"),
        row("GET", "~/openvidu/layouts/mine%2F..%2Fmine/index.html", 403, Empty, "basic"),
        row("GET", "~/openvidu/layouts/mine/index.html", 401, Empty, "none"),
        row("POST", "~/openvidu/elk/openvidu-browser-logs", 401, Empty, "none"),
        row("POST", "~/openvidu/elk/openvidu-browser-logs", 403, Empty, "wrong"),
        row("GET", "~/openvidu/virtual-background/openvidu-virtual-background.js?token=x", 501, Said, "none"),
        row("GET", "~/api/sessions", 200, Json, "basic"),
        row("GET", "~/api/sessions/none", 404, Empty, "basic"),
        row("GET", "~/config", 200, Json, "basic"),
        row("GET", "~/config/openvidu-publicurl", 200, Text, "none"),
        row("GET", "/nothing", 403, Empty, "basic"),
        row("GET", "/nothing", 401, Empty, "none"),
        row("POST", "/recordings/stop", 403, Empty, "basic"),
        row("DELETE", "/recordings", 403, Empty, "basic"),
        row("DELETE", "/sessions", 403, Empty, "basic"),
        row("GET", "/sessions/full/", 403, Empty, "basic"),
        row("GET", "~/pro/health", 403, Empty, "basic"),
        row("GET", "~/openvidu/recordings/x/y.mp4", 403, Empty, "basic"),
        row("GET", "~/openvidu/recordings/x/y.mp4", 401, Empty, "none"),
    ]
}

struct Server {
    stage: Stage,
    fill: [(&'static str, String); 3],
}

async fn server(scene: Scene) -> Server {
    let stage = Stage::with(|config| config.recording.enabled = scene == Recording);
    let pending = token(stage.port(), "new", &json!({})).await;
    let pending = stage
        .room("new")
        .unwrap()
        .reservations
        .iter()
        .find(|seat| pending.ends_with(&seat.0.token))
        .unwrap()
        .0
        .grant
        .identity
        .clone();
    let relayed = json!({"customSessionId": "relayed", "mediaMode": "RELAYED"});
    crate::rest_calls::json_call(stage.port(), "POST", "/openvidu/api/sessions", Some(&relayed)).await;
    let alice = stage.join("full", "alice", "PUBLISHER")["id"].as_str().unwrap().to_owned();
    stage.join("full", "bob", "PUBLISHER");
    let stream = stage.publish("alice");
    Server { stage, fill: [("{pending}", pending), ("{alice}", alice), ("{stream}", stream)] }
}

impl Server {
    fn filled(&self, text: &str) -> String {
        self.fill.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
    }

    async fn call(&self, Row(method, path, body, _, _, _, auth): &Row) -> Answer {
        let (path, range) = path.split_once('#').unwrap_or((*path, ""));
        let path = path.strip_prefix('~').map_or_else(|| format!("/openvidu/api{path}"), str::to_owned);
        let range = Some(("Range".to_owned(), range.to_owned())).filter(|(_, range)| !range.is_empty());
        let sent = Sent {
            headers: range.into_iter().collect(),
            method,
            path: &self.filled(&path),
            auth,
            body: body.as_ref().map(|body| self.filled(&body.to_string())),
            content_type: body.as_ref().map(|_| "application/json"),
        };
        call(self.stage.port(), &sent).await
    }
}

fn form_of(answer: &Answer) -> Option<Form> {
    let kind = answer.header("content-type").unwrap_or_default();
    let keys: BTreeSet<String> = answer.json().as_object().into_iter().flatten().map(|(key, _)| key.clone()).collect();
    let said: BTreeSet<String> = ["timestamp", "status", "error", "message", "path"].map(str::to_owned).into();
    match kind {
        "" if answer.body.is_empty() => Some(Empty),
        "application/json" if keys == said => (answer.json()["status"] == answer.status).then_some(Said),
        "application/json" if answer.json() != Value::Null => Some(Json),
        text if text.starts_with("text/") && !answer.body.is_empty() => Some(Text),
        _ => None,
    }
}

#[actix_web::test]
async fn every_status_code_has_its_row_and_comes() {
    for row in rows() {
        let server = server(row.5).await;
        let answer = server.call(&row).await;
        let Row(method, path, body, status, form, _, auth) = row;
        let what = format!("{method} {path} {} as {auth}: {answer:?}", body.unwrap_or_default());
        assert_eq!(answer.status, status, "{what}");
        assert_eq!(form_of(&answer), Some(form), "{what}");
        if status == 401 && !path.contains("/elk/") {
            assert_eq!(answer.header("www-authenticate"), Some("Basic realm=\"Realm\""), "{what}");
        }
    }
}

#[actix_web::test]
async fn without_the_servers_secret_every_operation_says_401() {
    let server = server(Plain).await;
    for (method, path, operation) in operations() {
        let filled = path.replace(['{', '}'], "");
        let is_documented = operation["responses"].get("401").is_some();
        for auth in ["none", "wrong"] {
            let is_elsewhere = path.contains("/elk/") && auth == "wrong";
            let sent = Sent { method: &method, path: &filled, auth, ..Sent::default() };
            let answer = call(server.stage.port(), &sent).await;
            assert_eq!(answer.status == 401, is_documented && !is_elsewhere, "{method} {path} as {auth}: {answer:?}");
        }
    }
}

/// Codes of the document that no row can bring about here, with the reason.
const NO_ROW: &[(&str, &str, &str, &str)] =
    &[("POST", "/openvidu/api/sessions", "503", "needs a store that fails: a test of the gateway's")];

#[test]
fn the_document_and_the_table_name_the_same_codes() {
    let operations = operations();
    let template = |path: &str| {
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let path = path.strip_prefix('~').map_or_else(|| format!("/openvidu/api{path}"), str::to_owned);
        let fits = |template: &str| {
            if let Some(start) = template.strip_suffix("{file}") {
                return path.starts_with(start);
            }
            let (left, right): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
            left.len() == right.len()
                && left.iter().zip(&right).all(|(left, right)| left == right || left.starts_with('{'))
        };
        let exact = operations.iter().find(|(_, template, _)| *template == path);
        exact.or_else(|| operations.iter().find(|(_, template, _)| fits(template))).map(|found| found.1.clone())
    };
    let mut shown = BTreeSet::new();
    for Row(method, path, _, status, ..) in rows() {
        if let Some(template) = template(path)
            .filter(|template| operations.iter().any(|(other, path, _)| other == method && path == template))
        {
            shown.insert((method.to_owned(), template, status.to_string()));
        }
    }
    let mut named = BTreeSet::new();
    for (method, path, operation) in &operations {
        for status in operation["responses"].as_object().unwrap().keys().filter(|status| *status != "401") {
            named.insert((method.clone(), path.clone(), status.clone()));
        }
    }
    shown.retain(|(_, _, status)| status != "401");
    for (method, path, status, _) in NO_ROW {
        let row = ((*method).to_owned(), (*path).to_owned(), (*status).to_owned());
        assert!(named.remove(&row) && !shown.contains(&row), "{row:?} is in the list and has a row");
    }
    assert_eq!(shown.difference(&named).collect::<Vec<_>>(), Vec::<&(String, String, String)>::new(), "not documented");
    assert_eq!(named.difference(&shown).collect::<Vec<_>>(), Vec::<&(String, String, String)>::new(), "no row");
}
