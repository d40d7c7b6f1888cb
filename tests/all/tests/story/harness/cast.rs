//! How users come in: tokens as an application's backend makes them, the URL that the SDK opens, the first frames.
use super::app::App;
use super::livekit::{Generation, LiveKitApp};
use super::v2::V2App;
use super::world::{self, World};
use base64::Engine;
use jsonwebtoken::{EncodingKey, Header};
use livekit_api::{JoinUrl, LiveKitPeer, LiveKitPeerParams};
use livekit_protocol as proto;
use prost::Message;
use serde_json::{Value, json};
use sfu_core::id::ParticipantId;
use sfu_core::room::{Grant, Lifecycle, ParticipantKind, Permissions, Reservation, RoomCommand, RoomSettings};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;
use v2_api::{Origin, V2Peer, V2PeerParams};

/// The secret of `devkey`.
pub const LIVEKIT_SECRET: &str = "secret-of-at-least-thirty-two-bytes";
/// The secret of the v2 server.
pub const V2_SECRET: &str = "MY_SECRET";
/// The room of all stories.
pub const ROOM: &str = "lobby";

/// A user of a story.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Client(pub(super) usize);

/// What a user's application is built with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// openvidu-browser of today: the server offers what is received.
    V2,
    /// openvidu-browser before 2.21: the client offers what it receives.
    V2Old,
    /// A LiveKit SDK with two PeerConnections (`/rtc`).
    LiveKitTwo,
    /// A LiveKit SDK with one (`/rtc/v1`).
    LiveKitOne,
}

impl Kind {
    /// One of each that a room's own code must tell apart.
    pub const EACH: [Self; 3] = [Self::V2, Self::LiveKitTwo, Self::LiveKitOne];

    /// All pairs of them: all-v2, all-LiveKit and mixed both ways.
    pub fn pairs() -> impl Iterator<Item = (Self, Self)> {
        Self::EACH.into_iter().flat_map(|a| Self::EACH.into_iter().map(move |b| (a, b)))
    }

    /// True in v2's world.
    pub fn is_v2(self) -> bool {
        match self {
            Self::V2 | Self::V2Old => true,
            Self::LiveKitTwo | Self::LiveKitOne => false,
        }
    }
}

/// A role of v2's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// Only looks on.
    Subscriber,
    /// Publishes too.
    Publisher,
    /// Puts others out too.
    Moderator,
}

impl World {
    /// A user comes in with what everybody may do.
    pub fn enter(&mut self, kind: Kind, name: &str) -> Client {
        match kind {
            Kind::V2 | Kind::V2Old => self.enter_v2(kind, name, Role::Publisher, ""),
            Kind::LiveKitTwo => self.enter_livekit(Generation::Two, name, json!({})),
            Kind::LiveKitOne => self.enter_livekit(Generation::One, name, json!({})),
        }
    }

    /// A user comes in with an access token; `claims` are put over the usual ones.
    pub fn enter_livekit(&mut self, generation: Generation, name: &str, claims: Value) -> Client {
        let client =
            self.seat(name, |address, now| App::LiveKit(Box::new(LiveKitApp::new(name, generation, address, now))));
        let token = self.access_token(name, claims);
        self.open_livekit(client, generation, &token, None);
        self.settle();
        client
    }

    /// A user comes in by a connection that was made for it with this role and server data.
    pub fn enter_v2(&mut self, kind: Kind, name: &str, role: Role, data: &str) -> Client {
        let token = self.reserve(role, data);
        self.enter_v2_with(kind, name, &token)
    }

    /// A user comes in with this token, or tries to.
    pub fn enter_v2_with(&mut self, kind: Kind, name: &str, token: &str) -> Client {
        let version = (kind == Kind::V2).then_some("2.32.2");
        let client = self.seat(name, |address, now| App::V2(Box::new(V2App::new(name, version, address, now))));
        self.open_v2(client);
        let now = self.now;
        self.v2(client).join(ROOM, token, now);
        self.settle();
        client
    }

    /// Makes the session, where there is none, and a connection in it, as an application's backend does; its token.
    pub fn reserve(&mut self, role: Role, data: &str) -> String {
        if !self.rooms.iter().any(|room| room.name() == ROOM) {
            self.make_room(ROOM, session(), true);
        }
        let id = ParticipantId::random(&mut self.random);
        let token = format!("tok_A{}", self.random.alphanumeric(15));
        let url = format!("wss://localhost:4443?sessionId={ROOM}&token={token}");
        let name = format!("{role:?}").to_uppercase();
        let properties =
            json!({ "role": name, "record": true, "kurentoOptions": null, "iceServers": [], "token": url.clone() });
        let permissions = Permissions {
            publish: role != Role::Subscriber,
            moderate: role == Role::Moderator,
            ..Permissions::publisher()
        };
        let grant = Grant {
            id: Some(id),
            identity: connection_id(id),
            name: String::new(),
            metadata: data.to_owned(),
            attributes: BTreeMap::new(),
            permissions,
            kind: ParticipantKind::Standard,
            caps: sfu_core::room::BitrateCaps::default(),
            face_data: properties.to_string(),
        };
        let created_ms = self.now.unix_ms;
        let command = RoomCommand::Reserve(Box::new(Reservation { token, grant, created_ms }));
        self.call(ROOM, command).expect("a seat is reserved");
        url
    }

    /// Opens the socket.
    pub(super) fn open_v2(&mut self, client: Client) {
        let config = self.v2_config.clone();
        self.plug(client.0, move |random, _| {
            let origin = Origin { secure: true, host: "localhost:4443".to_owned() };
            Box::new(V2Peer::new(V2PeerParams { config, random, origin, address: "203.0.113.8".to_owned() }))
        });
    }

    /// A place for a user; nothing is connected yet.
    fn seat(&mut self, name: &str, app: impl FnOnce(SocketAddr, std::time::Instant) -> App) -> Client {
        let index = self.clients.len();
        let address = SocketAddr::from(([10, 0, 0, u8::try_from(index + 1).expect("few users")], 5000));
        let app = app(address, self.now.instant);
        self.clients.push(world::Client { name: name.to_owned(), app, pump: usize::MAX, online: false });
        Client(index)
    }

    /// An access token as an application's backend signs it.
    pub fn access_token(&self, identity: &str, claims: Value) -> String {
        let mut all = json!({
            "iss": "devkey",
            "sub": identity,
            "exp": self.now.unix_ms / 1000 + 3600,
            "video": { "roomJoin": true, "room": ROOM },
        });
        merge(&mut all, claims);
        jsonwebtoken::encode(&Header::default(), &all, &EncodingKey::from_secret(LIVEKIT_SECRET.as_bytes()))
            .expect("a token")
    }

    /// Opens the socket; `back_to` names the participant that the client comes back to.
    pub(super) fn open_livekit(&mut self, client: Client, generation: Generation, token: &str, back_to: Option<&str>) {
        let info = proto::ClientInfo {
            sdk: proto::client_info::Sdk::Js.into(),
            version: "2.23.0".to_owned(),
            protocol: 17,
            browser: "Chrome".to_owned(),
            ..proto::ClientInfo::default()
        };
        let path;
        let query = match generation {
            Generation::Two => {
                path = "/rtc";
                let back = back_to.map(|sid| format!("&reconnect=1&sid={sid}")).unwrap_or_default();
                format!("access_token={token}&auto_subscribe=1&sdk=js&version=2.23.0&protocol=17&browser=Chrome{back}")
            }
            Generation::One => {
                path = "/rtc/v1";
                let publisher_offer = if back_to.is_none() { self.livekit(client).first_offer() } else { None };
                let settings = proto::ConnectionSettings { auto_subscribe: true, ..Default::default() };
                let request = proto::JoinRequest {
                    client_info: Some(info),
                    connection_settings: Some(settings),
                    publisher_offer,
                    reconnect: back_to.is_some(),
                    participant_sid: back_to.unwrap_or_default().to_owned(),
                    ..proto::JoinRequest::default()
                };
                let wrapped = proto::WrappedJoinRequest { compression: 0, join_request: request.encode_to_vec() };
                let encoded = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(wrapped.encode_to_vec());
                format!("access_token={token}&join_request={encoded}")
            }
        };
        let url = JoinUrl { path, query: &query, authorization: None };
        let join = livekit_api::authorize(url, &self.livekit_config, self.now).expect("the token opens the room");
        let config = self.livekit_config.clone();
        self.plug(client.0, move |_, now| {
            Box::new(LiveKitPeer::new(LiveKitPeerParams { join, config, address: "203.0.113.9".to_owned() }, now))
        });
    }
}

/// The settings of a room that v2's API makes.
fn session() -> RoomSettings {
    let lifecycle =
        Lifecycle::WithLast { check_interval: Duration::from_secs(900), never_joined: Duration::from_secs(3600) };
    RoomSettings {
        lifecycle,
        max_participants: 0,
        metadata: String::new(),
        forced_video_codec: None,
        codecs: Vec::new(),
        sync_streams: false,
        face_data: String::new(),
        made_by: v2_api::PROTOCOL,
    }
}

/// How v2 spells a participant.
pub fn connection_id(id: ParticipantId) -> String {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut rest = id.number() - 1;
    let mut letters = Vec::new();
    for _ in 0..9 {
        letters.push(char::from(DIGITS[usize::try_from(rest % 62).expect("a digit")]));
        rest /= 62;
    }
    letters.push(char::from(b'A' + u8::try_from(rest).expect("a letter")));
    format!("con_{}", letters.iter().rev().collect::<String>())
}

/// Puts `over` on `base`, object by object.
fn merge(base: &mut Value, over: Value) {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => {
            for (key, value) in over {
                merge(base.entry(key).or_insert(Value::Null), value);
            }
        }
        (base, over) => *base = over,
    }
}
