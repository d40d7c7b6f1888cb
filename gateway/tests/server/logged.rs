//! The log of the real program in a busy run, at its most talkative: who is meant stands in each line, secrets in none.
use crate::kit::{Folder, PATIENCE, V2Client, http, v2_api_with, v2_token_with};
use livekit_api::config::Keys;
use livekit_api::token::{Claims, VideoGrant, sign};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;

pub const V2_SECRET: &str = "v2-secret-that-nobody-may-see";
const LIVEKIT_SECRET: &str = "livekit-secret-of-the-key-that-nobody-may-see";
const METRICS_PASSWORD: &str = "figures-password-that-nobody-may-see";

/// The program, whose log is kept.
pub struct Program {
    child: Child,
    pub port: u16,
    log: mpsc::Receiver<String>,
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Program {
    /// Kills it; gives what it logged.
    pub fn logged(mut self) -> String {
        self.child.kill().unwrap();
        self.log.recv_timeout(PATIENCE).expect("the log ends with the program")
    }
}

/// What was logged, line by line.
pub fn lines(log: &str) -> Vec<Value> {
    let of_tracing = log.lines().filter(|line| !line.starts_with("viaduct: "));
    let parse = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("no JSON ({error}): {line}"));
    of_tracing.map(parse).collect()
}

/// Starts the program on free ports; it logs as much as this filter says.
pub fn program(folder: &Folder, filter: &str) -> Program {
    let mut child = Command::new(env!("CARGO_BIN_EXE_viaduct"))
        .args(["--dev", "--port", "0", "--tls-port", "0", "--udp-port", "0", "--tcp-port", "0", "--workers", "1"])
        .arg("--data-dir")
        .arg(&folder.0)
        .args(["--keys", &format!("key1: {LIVEKIT_SECRET}"), "--v2-secret", V2_SECRET])
        .env("VIADUCT_PROMETHEUS_USERNAME", "prom")
        .env("VIADUCT_PROMETHEUS_PASSWORD", METRICS_PASSWORD)
        .env("RUST_LOG", filter)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let (said, saying) = mpsc::channel();
    std::thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            if let Some(rest) = line.trim().strip_prefix("LiveKit      ws://localhost:") {
                let _ = said.send(rest.split_whitespace().next().unwrap().parse().unwrap());
            }
        }
    });
    let mut stderr = child.stderr.take().unwrap();
    let (whole, log) = mpsc::channel();
    std::thread::spawn(move || {
        let mut text = String::new();
        let _ = stderr.read_to_string(&mut text);
        let _ = whole.send(text);
    });
    let port = saying.recv_timeout(PATIENCE).expect("it starts in time");
    Program { child, port, log }
}

fn livekit_token(secret: &str) -> String {
    let grant = VideoGrant { room_join: true, room: "room".to_owned(), ..VideoGrant::default() };
    let exp = Some(gateway::clock::now().unix_ms / 1000 + 60);
    let claims = Claims { iss: "key1".to_owned(), sub: "ben".to_owned(), exp, video: Some(grant), ..Claims::default() };
    sign(&claims, &Keys::default().with("key1", secret)).unwrap()
}

/// Does all that brings secrets along; gives those that were made on the way.
async fn busy(port: u16) -> Vec<String> {
    let mut secrets = Vec::new();
    let token = v2_token_with(port, "room", V2_SECRET).await;
    let mut alice = V2Client::connect(port).await;
    alice.join("room", &token).await;
    let mut stranger = V2Client::connect(port).await;
    let params = json!({ "token": "wss://x?sessionId=room&token=tok_stolen4711", "session": "room", "metadata": "" });
    stranger.call("joinRoom", params).await;
    secrets.push("tok_stolen4711".to_owned());
    secrets.push(token.rsplit_once("token=").unwrap().1.to_owned());
    for secret in [LIVEKIT_SECRET, "another-secret-that-is-wrong-here"] {
        let token = livekit_token(secret);
        for path in ["/rtc/validate", "/rtc", "/rtc/v1"] {
            http(port, "GET", &format!("{path}?access_token={token}"), &[], "").await;
        }
        let url = format!("ws://127.0.0.1:{port}/rtc?access_token={token}&protocol=16&auto_subscribe=1");
        if let Ok((mut socket, _)) = tokio_tungstenite::connect_async(url).await {
            let _ = socket.close(None).await;
        }
        let bearer = format!("Bearer {token}");
        http(port, "POST", "/twirp/livekit.RoomService/ListRooms", &[("authorization", &bearer)], "{}").await;
        secrets.push(token.rsplit_once('.').unwrap().1.to_owned());
    }
    v2_api_with(port, "GET", "/sessions", Value::Null, "a-wrong-secret-of-somebody").await;
    secrets.push("a-wrong-secret-of-somebody".to_owned());
    http(port, "GET", "/metrics", &[("authorization", "Basic cHJvbTp3cm9uZw==")], "").await;
    secrets.push("cHJvbTp3cm9uZw".to_owned());
    alice.call("leaveRoom", json!({})).await;
    secrets
}

#[tokio::test]
async fn no_secret_and_no_token_stands_in_the_log_of_a_busy_run_and_lines_say_who_is_meant() {
    let folder = Folder::new();
    let program = program(&folder, "trace");
    let made = busy(program.port).await;
    let log = program.logged();
    let known = [V2_SECRET, LIVEKIT_SECRET, METRICS_PASSWORD].map(str::to_owned);
    for secret in known.iter().chain(&made) {
        let told = log.lines().find(|line| line.contains(secret.as_str()));
        assert_eq!(told, None, "{secret} stands in the log");
    }
    let lines = lines(&log);
    let joined = lines.iter().find(|line| line["fields"]["message"] == "joined").expect("a line about the join");
    let span = &joined["span"];
    assert_eq!((&span["protocol"], &span["room"]), (&json!("v2"), &json!("room")), "{joined}");
    for field in ["participant", "trace_id"] {
        assert!(span[field].as_str().is_some_and(|value| !value.is_empty()), "{field}: {joined}");
    }
    let answered = lines.iter().filter(|line| line["fields"]["message"] == "answered");
    let protocols: Vec<&str> = answered.filter_map(|line| line["span"]["protocol"].as_str()).collect();
    for protocol in ["v2", "livekit", "own"] {
        assert!(protocols.contains(&protocol), "{protocol}: {protocols:?}");
    }
}
