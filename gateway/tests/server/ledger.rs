//! A client of both APIs that writes down what was acknowledged, and compares it with what a server shows later.
//!
//! A call that is broken off leaves its room in doubt: it is compared no more.
use crate::kit::{Answer, try_twirp, try_v2_api};
use rand::RngExt;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A session of OpenVidu v2 as the API's answers said.
#[derive(Clone, Debug)]
struct Session {
    codec: &'static str,
    /// Connections whose tokens nobody used: token by id.
    tokens: BTreeMap<String, String>,
    created_at: Value,
}

/// A LiveKit room likewise.
#[derive(Clone, Debug)]
struct Room {
    sid: String,
    metadata: String,
}

/// One writer's book.
#[derive(Debug)]
pub struct Ledger {
    writer: usize,
    made: usize,
    sessions: BTreeMap<String, Session>,
    rooms: BTreeMap<String, Room>,
    /// Names of sessions and rooms that were deleted.
    gone: Vec<String>,
    /// Events that acknowledged calls caused: name, session.
    events: Vec<(String, String)>,
    pub acknowledged: usize,
    pub broken_off: usize,
}

/// Writes until the server is gone.
pub struct Writer {
    port: u16,
    ledger: Ledger,
    cycle: usize,
}

impl Writer {
    pub fn new(port: u16, ledger: Ledger, cycle: usize) -> Self {
        Self { port, ledger, cycle }
    }

    pub async fn write(mut self) -> Ledger {
        loop {
            let choice = rand::rng().random_range(0..100);
            let done = match choice {
                0..25 => self.make_session().await,
                25..55 => self.make_connection().await,
                55..62 => self.delete_connection().await,
                62..70 => self.delete_session().await,
                70..82 => self.make_room().await,
                82..94 => self.update_room().await,
                _ => self.delete_room().await,
            };
            match done {
                Ok(()) => self.ledger.acknowledged += 1,
                Err(_) => {
                    self.ledger.broken_off += 1;
                    return self.ledger;
                }
            }
        }
    }

    fn new_name(&mut self, kind: &str) -> String {
        self.ledger.made += 1;
        format!("{kind}-{}-{}-{}", self.ledger.writer, self.cycle, self.ledger.made)
    }

    async fn make_session(&mut self) -> std::io::Result<()> {
        let (name, codec) = (self.new_name("s"), if self.ledger.made.is_multiple_of(2) { "VP8" } else { "H264" });
        let body = json!({ "customSessionId": name, "forcedVideoCodec": codec });
        let answer = acknowledged(try_v2_api(self.port, "POST", "/sessions", body).await?);
        let created_at = answer["createdAt"].clone();
        self.ledger.events.push(("sessionCreated".to_owned(), name.clone()));
        self.ledger.sessions.insert(name, Session { codec, tokens: BTreeMap::new(), created_at });
        Ok(())
    }

    async fn make_connection(&mut self) -> std::io::Result<()> {
        let Some(name) = some(&self.ledger.sessions) else { return self.make_session().await };
        let session = self.ledger.sessions.remove(&name).unwrap();
        let path = format!("/sessions/{name}/connection");
        let answer = acknowledged(try_v2_api(self.port, "POST", &path, json!({ "role": "PUBLISHER" })).await?);
        let text = |field: &str| answer[field].as_str().unwrap().to_owned();
        let mut session = session;
        session.tokens.insert(text("connectionId"), text("token"));
        self.ledger.sessions.insert(name, session);
        Ok(())
    }

    async fn delete_connection(&mut self) -> std::io::Result<()> {
        let Some(name) = some(&self.ledger.sessions) else { return self.make_session().await };
        let mut session = self.ledger.sessions.remove(&name).unwrap();
        if let Some((id, _)) = session.tokens.pop_first() {
            let path = format!("/sessions/{name}/connection/{id}");
            let answer = try_v2_api(self.port, "DELETE", &path, Value::Null).await?;
            assert_eq!(answer.status, 204, "{answer:?}");
        }
        self.ledger.sessions.insert(name, session);
        Ok(())
    }

    async fn delete_session(&mut self) -> std::io::Result<()> {
        let Some(name) = some(&self.ledger.sessions) else { return self.make_session().await };
        self.ledger.delete_session(self.port, name).await
    }

    async fn make_room(&mut self) -> std::io::Result<()> {
        let name = self.new_name("r");
        let body = json!({ "name": name, "metadata": "first", "empty_timeout": 3600 });
        let answer = acknowledged(try_twirp(self.port, "CreateRoom", &name, body).await?);
        let sid = answer["sid"].as_str().unwrap().to_owned();
        self.ledger.rooms.insert(name, Room { sid, metadata: "first".to_owned() });
        Ok(())
    }

    async fn update_room(&mut self) -> std::io::Result<()> {
        let Some(name) = some(&self.ledger.rooms) else { return self.make_room().await };
        let room = self.ledger.rooms.remove(&name).unwrap();
        let metadata = format!("{}", rand::random::<u64>());
        let body = json!({ "room": name, "metadata": metadata });
        acknowledged(try_twirp(self.port, "UpdateRoomMetadata", &name, body).await?);
        self.ledger.rooms.insert(name, Room { metadata, ..room });
        Ok(())
    }

    async fn delete_room(&mut self) -> std::io::Result<()> {
        let Some(name) = some(&self.ledger.rooms) else { return self.make_room().await };
        self.ledger.delete_room(self.port, name).await
    }
}

impl Ledger {
    pub fn new(writer: usize) -> Self {
        Self {
            writer,
            made: 0,
            sessions: BTreeMap::new(),
            rooms: BTreeMap::new(),
            gone: Vec::new(),
            events: Vec::new(),
            acknowledged: 0,
            broken_off: 0,
        }
    }

    /// The events that must come.
    pub fn events(&self) -> Vec<(String, String)> {
        self.events.clone()
    }

    async fn delete_session(&mut self, port: u16, name: String) -> std::io::Result<()> {
        self.sessions.remove(&name);
        let answer = try_v2_api(port, "DELETE", &format!("/sessions/{name}"), Value::Null).await?;
        assert_eq!(answer.status, 204, "{answer:?}");
        self.events.push(("sessionDestroyed".to_owned(), name.clone()));
        self.gone.push(name);
        Ok(())
    }

    async fn delete_room(&mut self, port: u16, name: String) -> std::io::Result<()> {
        self.rooms.remove(&name);
        acknowledged(try_twirp(port, "DeleteRoom", &name, json!({ "room": name })).await?);
        self.gone.push(name);
        Ok(())
    }

    /// What the server shows is what it acknowledged.
    pub fn compare(&self, sessions: &BTreeMap<String, Value>, rooms: &BTreeMap<String, Value>, at: &str) {
        for (name, session) in &self.sessions {
            let Some(shown) = sessions.get(name) else { panic!("{at}: session {name} is lost") };
            assert_eq!(shown["forcedVideoCodec"], session.codec, "{at}: {name}");
            assert_eq!(shown["createdAt"], session.created_at, "{at}: {name}");
            let mut tokens = BTreeMap::new();
            for connection in shown["connections"]["content"].as_array().unwrap() {
                let text = |field: &str| connection[field].as_str().unwrap_or_default().to_owned();
                tokens.insert(text("connectionId"), text("token"));
            }
            assert_eq!(tokens, session.tokens, "{at}: tokens of {name}");
        }
        for (name, room) in &self.rooms {
            let Some(shown) = rooms.get(name) else { panic!("{at}: room {name} is lost") };
            assert_eq!(shown["sid"], room.sid.as_str(), "{at}: {name}");
            assert_eq!(shown["metadata"], room.metadata.as_str(), "{at}: {name}");
        }
        for name in &self.gone {
            assert!(!sessions.contains_key(name) && !rooms.contains_key(name), "{at}: {name} is back");
        }
    }

    /// A token that was handed out, with its session; both are compared no more.
    pub fn use_token(&mut self) -> Option<(String, String)> {
        let name = self.sessions.iter().find(|(_, session)| !session.tokens.is_empty())?.0.clone();
        let session = self.sessions.remove(&name)?;
        Some((name, session.tokens.into_values().next()?))
    }

    /// A room with its id; it is compared no more.
    pub fn some_room(&mut self) -> Option<(String, String)> {
        let name = some(&self.rooms)?;
        let room = self.rooms.remove(&name)?;
        Some((name, room.sid))
    }

    /// Deletes all but a few rooms of each protocol, so that a long run does not only list.
    pub async fn thin_out(&mut self, port: u16, left: usize) {
        while self.sessions.len() > left {
            let name = some(&self.sessions).unwrap();
            self.delete_session(port, name).await.unwrap();
        }
        while self.rooms.len() > left {
            let name = some(&self.rooms).unwrap();
            self.delete_room(port, name).await.unwrap();
        }
    }
}

/// The answer of a call that is acknowledged.
fn acknowledged(answer: Answer) -> Value {
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

/// The name of any of these.
fn some<T>(all: &BTreeMap<String, T>) -> Option<String> {
    (!all.is_empty()).then(|| all.keys().nth(rand::rng().random_range(0..all.len())).cloned())?
}
