//! The test's server and its clients.
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::{SinkExt, StreamExt};
use gateway::app::Running;
use gateway::config;
use livekit_api::config::Keys;
use livekit_api::token::{Claims, VideoGrant, sign};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// Nothing here takes nearly as long.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A folder that goes with the test.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("viaduct-gateway-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Starts a server of development mode on free ports.
pub async fn start(folder: &Folder) -> Running {
    Running::start(config::dev(&folder.0).unwrap()).await.unwrap()
}

/// An HTTP answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.head.lines().filter_map(|line| line.split_once(": "));
        headers.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }
}

/// A call without credentials.
pub async fn http(port: u16, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    try_http(port, method, path, headers, body).await.unwrap()
}

/// Such a call to a server that may break off.
pub async fn try_http(
    port: u16,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> std::io::Result<Answer> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let mut request = format!(
        "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nconnection: close\r\ncontent-length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str("\r\n");
    request.push_str(body);
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    tokio::time::timeout(PATIENCE, stream.read_to_string(&mut answer)).await.unwrap()?;
    let cut_off = || std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(cut_off)?;
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let lower = head.to_lowercase();
    let chunked = lower.contains("transfer-encoding: chunked");
    let length = lower.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.parse::<usize>().ok());
    if length.is_some_and(|length| body.len() < length) || (chunked && !body.ends_with("0\r\n\r\n")) {
        return Err(cut_off());
    }
    let head = head.to_owned();
    Ok(Answer { status, head, body: if chunked { dechunked(body) } else { body.to_owned() } })
}

fn dechunked(mut body: &str) -> String {
    let mut text = String::new();
    while let Some((size, rest)) = body.split_once("\r\n") {
        let size = usize::from_str_radix(size, 16).unwrap();
        text.push_str(&rest[..size]);
        body = rest[size..].trim_start_matches("\r\n");
    }
    text
}

/// A call of the v2 API of a server of development mode.
pub async fn v2_api(port: u16, method: &str, path: &str, body: Value) -> Answer {
    try_v2_api(port, method, path, body).await.unwrap()
}

/// Such a call to a server that may break off.
pub async fn try_v2_api(port: u16, method: &str, path: &str, body: Value) -> std::io::Result<Answer> {
    try_v2_api_with(port, method, path, body, "MY_SECRET").await
}

/// A call of the v2 API.
pub async fn v2_api_with(port: u16, method: &str, path: &str, body: Value, secret: &str) -> Answer {
    try_v2_api_with(port, method, path, body, secret).await.unwrap()
}

async fn try_v2_api_with(port: u16, method: &str, path: &str, body: Value, secret: &str) -> std::io::Result<Answer> {
    let authorization = format!("Basic {}", STANDARD.encode(format!("OPENVIDUAPP:{secret}")));
    let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
    let body = if body.is_null() { String::new() } else { body.to_string() };
    try_http(port, method, &format!("/openvidu/api{path}"), &headers, &body).await
}

/// A call of LiveKit's room service, by a backend that may do anything in this room.
pub async fn try_twirp(port: u16, method: &str, room: &str, body: Value) -> std::io::Result<Answer> {
    let bearer = format!("Bearer {}", livekit_token("", room));
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    try_http(port, "POST", &format!("/twirp/livekit.RoomService/{method}"), &headers, &body.to_string()).await
}

/// A token for this room: with an identity to join it, without one for a backend.
pub fn livekit_token(identity: &str, room: &str) -> String {
    let is_backend = identity.is_empty();
    let video = VideoGrant {
        room_create: is_backend,
        room_list: is_backend,
        room_admin: is_backend,
        room_join: !is_backend,
        room: room.to_owned(),
        ..VideoGrant::default()
    };
    let exp = Some(gateway::clock::now().unix_ms / 1000 + 600);
    let (iss, sub) = ("devkey".to_owned(), identity.to_owned());
    let claims = Claims { iss, sub, exp, video: Some(video), ..Claims::default() };
    sign(&claims, &Keys::default().with("devkey", "secret")).unwrap()
}

/// A session of a server of development mode, and a token for it.
pub async fn v2_token(port: u16, session: &str) -> String {
    v2_token_with(port, session, "MY_SECRET").await
}

/// A session and a token for it.
pub async fn v2_token_with(port: u16, session: &str, secret: &str) -> String {
    v2_api_with(port, "POST", "/sessions", json!({ "customSessionId": session }), secret).await;
    let path = format!("/sessions/{session}/connection");
    let answer = v2_api_with(port, "POST", &path, json!({}), secret).await;
    answer.json()["token"].as_str().unwrap().to_owned()
}

/// Joins a room as a LiveKit client does; gives the socket and the first message.
pub async fn livekit_join(
    port: u16,
    room: &str,
    identity: &str,
) -> (WebSocketStream<MaybeTlsStream<TcpStream>>, Vec<u8>) {
    let token = livekit_token(identity, room);
    let url = format!("ws://127.0.0.1:{port}/rtc?access_token={token}&protocol=16&sdk=go");
    let (mut socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
    let first = tokio::time::timeout(PATIENCE, socket.next()).await.expect("an answer in time");
    (socket, first.unwrap().unwrap().into_data().to_vec())
}

/// A v2 client's signalling.
pub struct V2Client {
    pub socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    number: u64,
    /// Notifications that came while an answer was waited for.
    pub notifications: Vec<Value>,
}

impl V2Client {
    pub async fn connect(port: u16) -> Self {
        let url = format!("ws://127.0.0.1:{port}/openvidu");
        let (socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
        Self { socket, number: 0, notifications: Vec::new() }
    }

    /// A client in a session of a server of development mode, with a token of its own.
    pub async fn joined(port: u16, session: &str) -> Self {
        let token = v2_token(port, session).await;
        let mut client = Self::connect(port).await;
        client.join(session, &token).await;
        client
    }

    /// The next message; `None` at the socket's end.
    pub async fn next(&mut self) -> Option<Message> {
        tokio::time::timeout(PATIENCE, self.socket.next()).await.expect("a message in time")?.ok()
    }

    /// Calls a method and gives its answer.
    pub async fn call(&mut self, method: &str, params: Value) -> Value {
        self.number += 1;
        let call = json!({ "jsonrpc": "2.0", "id": self.number, "method": method, "params": params });
        self.socket.send(Message::text(call.to_string())).await.unwrap();
        loop {
            let message = self.next().await.expect("an answer before the end");
            let Message::Text(text) = message else { continue };
            let message: Value = serde_json::from_str(text.as_str()).unwrap();
            if message["id"] == self.number {
                return message;
            }
            self.notifications.push(message);
        }
    }

    /// Waits for a notification of this method.
    pub async fn notified(&mut self, method: &str) -> Value {
        if let Some(at) = self.notifications.iter().position(|message| message["method"] == method) {
            return self.notifications.remove(at);
        }
        loop {
            let message = self.next().await.unwrap_or_else(|| panic!("{method} before the end"));
            let Message::Text(text) = message else { continue };
            let message: Value = serde_json::from_str(text.as_str()).unwrap();
            if message["method"] == method {
                return message;
            }
        }
    }

    /// Joins with a token.
    pub async fn join(&mut self, session: &str, token: &str) -> Value {
        let params = json!({
            "token": token, "session": session, "platform": "Test", "sdkVersion": "2.32.1",
            "metadata": "{\"clientData\":\"alice\"}", "secret": "", "recorder": false, "stt": false,
        });
        let answer = self.call("joinRoom", params).await;
        assert!(answer["result"].is_object(), "{answer}");
        answer["result"].clone()
    }
}
