//! An OpenVidu v2 application in miniature: JSON-RPC text as openvidu-browser writes it, one PeerConnection per stream
//! and direction, and the picture of the session that the SDK would give its application.
use super::livekit::label;
use super::pc::Pc;
use super::view::{Source, View};
use serde_json::{Map, Value, json};
use sfu_core::signal::Frame;
use sfu_core::time::Now;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use str0m::media::MediaKind;

/// Time between two pings.
const PING_INTERVAL: Duration = Duration::from_secs(5);

/// The application.
pub struct V2App {
    /// What its user calls itself.
    pub name: String,
    /// Named in `joinRoom` by SDKs from 2.21 on.
    sdk_version: Option<&'static str>,
    address: SocketAddr,
    now: Instant,
    /// Frames to the server.
    pub out: Vec<Frame>,
    last_id: u64,
    asked: BTreeMap<u64, Asked>,
    ping_at: Option<Instant>,
    /// Everything that came, in order.
    pub came: Vec<Value>,
    /// The answer to `joinRoom`.
    pub joined: Option<Value>,
    /// The other connections, by id.
    others: BTreeMap<String, Connection>,
    /// Its own stream.
    pub stream: Option<String>,
    /// Its PeerConnections: its own under `publisher`, others by their stream.
    pub pcs: BTreeMap<String, Pc>,
    opened: u16,
    /// Subscribes to every stream as it appears.
    pub subscribes: bool,
    /// The errors that came: method, code, message.
    pub errors: Vec<(String, i64, String)>,
    /// The signals that came: from whom, type, data.
    pub signals: Vec<(Option<String>, Option<String>, Option<String>)>,
    /// Why it was put out, where it was.
    pub evicted: Option<String>,
    /// The close code and reason of its socket.
    pub closed: Option<(u16, String)>,
    /// It came back after its socket was lost.
    pub resumed: u32,
}

/// What an answer will be about.
enum Asked {
    Ping,
    Join,
    Publish { label_of: Vec<Source> },
    Offer { stream: String },
    Answer { stream: String },
    Connect,
    Other(String),
}

/// Somebody else's connection.
#[derive(Default)]
struct Connection {
    metadata: String,
    streams: BTreeMap<String, Map<String, Value>>,
}

impl V2App {
    /// An application that has not connected yet.
    pub fn new(name: &str, sdk_version: Option<&'static str>, address: SocketAddr, now: Instant) -> Self {
        Self {
            name: name.to_owned(),
            sdk_version,
            address,
            now,
            out: Vec::new(),
            last_id: 0,
            asked: BTreeMap::new(),
            ping_at: None,
            came: Vec::new(),
            joined: None,
            others: BTreeMap::new(),
            stream: None,
            pcs: BTreeMap::new(),
            opened: 0,
            subscribes: true,
            errors: Vec::new(),
            signals: Vec::new(),
            evicted: None,
            closed: None,
            resumed: 0,
        }
    }

    fn ask(&mut self, method: &str, params: Value, asked: Asked) {
        let id = self.last_id;
        self.last_id += 1;
        self.asked.insert(id, asked);
        let request = json!({ "jsonrpc": "2.0", "method": method, "params": params, "id": id });
        self.out.push(Frame::Text(request.to_string()));
    }

    /// Any method, whose answer only errors are kept of.
    pub fn call(&mut self, method: &str, params: Value) {
        self.ask(method, params, Asked::Other(method.to_owned()));
    }

    /// The first frames on a new socket.
    pub fn join(&mut self, session: &str, token: &str, now: Now) {
        self.ping(now, true);
        let mut params = json!({
            "token": token,
            "session": session,
            "platform": "Chrome 156.0.0.0 on Linux 64-bit",
            "metadata": json!({ "clientData": self.name }).to_string(),
            "secret": "",
            "recorder": false,
        });
        if let (Some(version), Some(params)) = (self.sdk_version, params.as_object_mut()) {
            params.insert("sdkVersion".to_owned(), json!(version));
            params.insert("stt".to_owned(), json!(false));
        }
        self.ask("joinRoom", params, Asked::Join);
    }

    /// The first frames on a socket that takes a lost one's place.
    pub fn come_back(&mut self, now: Now) {
        let session =
            self.joined.as_ref().and_then(|joined| joined["sessionId"].as_str()).unwrap_or_default().to_owned();
        self.ask("connect", json!({ "sessionId": session, "reconnect": true }), Asked::Connect);
        self.ping_at = Some(now.instant + PING_INTERVAL);
    }

    fn ping(&mut self, now: Now, first: bool) {
        self.now = now.instant;
        let params = if first { json!({ "interval": 5000 }) } else { json!({}) };
        self.ask("ping", params, Asked::Ping);
        self.ping_at = Some(now.instant + PING_INTERVAL);
    }

    /// It is too busy to ping any more.
    pub fn stop_pinging(&mut self) {
        self.ping_at = None;
    }

    /// When the next ping is due.
    pub fn deadline(&self) -> Option<Instant> {
        self.ping_at.filter(|_| self.closed.is_none())
    }

    /// Time went on.
    pub fn timeout(&mut self, now: Now) {
        self.ping(now, false);
    }

    /// Publishes one stream.
    pub fn publish(&mut self, sources: &[Source]) {
        self.publish_as(sources, false);
    }

    /// Publishes one stream and wants it back, as `subscribeToRemote` does.
    pub fn publish_with_loopback(&mut self, sources: &[Source]) {
        self.publish_as(sources, true);
    }

    fn publish_as(&mut self, sources: &[Source], loopback: bool) {
        let mut pc = self.open_pc("publisher");
        let (mut sound, mut picture) = (false, false);
        for source in sources {
            let name = label(&self.name, *source);
            if loopback {
                pc.send_and_receive(source.kind(), &name);
            } else {
                pc.send(source.kind(), &name, &name.replace(' ', "-"));
            }
            sound |= source.is_sound();
            picture |= !source.is_sound();
        }
        let offer = pc.offer();
        self.pcs.insert("publisher".to_owned(), pc);
        let screen = sources.iter().any(|source| source.is_screen());
        let mut params = json!({
            "sdpOffer": offer, "doLoopback": loopback, "hasAudio": sound, "hasVideo": picture,
            "audioActive": sound, "videoActive": picture,
        });
        if let (true, Some(params)) = (picture, params.as_object_mut()) {
            params.insert("typeOfVideo".to_owned(), json!(if screen { "SCREEN" } else { "CAMERA" }));
            params.insert("frameRate".to_owned(), json!(30));
            params.insert("videoDimensions".to_owned(), json!("{\"width\":640,\"height\":480}"));
        }
        self.ask("publishVideo", params, Asked::Publish { label_of: sources.to_vec() });
    }

    /// Stops publishing.
    pub fn unpublish(&mut self) {
        self.call("unpublishVideo", json!({}));
        self.stream = None;
        self.pcs.remove("publisher");
    }

    /// Starts over with a new PeerConnection for the published stream, as the SDK does when its ICE has failed.
    pub fn reconnect_publisher(&mut self, sources: &[Source]) {
        let mut pc = self.open_pc("publisher");
        for source in sources {
            pc.send(source.kind(), &label(&self.name, *source), &format!("{}-again", source.name().replace(' ', "-")));
        }
        let offer = pc.offer();
        self.pcs.insert("publisher".to_owned(), pc);
        let params = json!({ "stream": self.stream, "sdpString": offer });
        self.ask("reconnectStream", params, Asked::Publish { label_of: sources.to_vec() });
    }

    /// Mutes or unmutes.
    pub fn mute(&mut self, source: Source, muted: bool) {
        let (property, reason) =
            if source.is_sound() { ("audioActive", "publishAudio") } else { ("videoActive", "publishVideo") };
        let params = json!({ "streamId": self.stream, "property": property, "newValue": !muted, "reason": reason });
        self.call("streamPropertyChanged", params);
    }

    /// Sends a signal; to all where nobody is named.
    pub fn signal(&mut self, to: &[String], kind: &str, data: &str) {
        let message = json!({ "to": to, "type": kind, "data": data }).to_string();
        self.call("sendMessage", json!({ "message": message }));
    }

    /// The connections of the user with this name.
    pub fn connections_of(&self, name: &str) -> Vec<String> {
        self.others.iter().filter(|(_, other)| other.name() == name).map(|(id, _)| id.clone()).collect()
    }

    /// The stream of this connection.
    pub fn stream_of(&self, connection: &str) -> Option<String> {
        self.others.get(connection)?.streams.keys().next().cloned()
    }

    /// A connection's metadata.
    pub fn metadata_of(&self, connection: &str) -> String {
        self.others.get(connection).map(|other| other.metadata.clone()).unwrap_or_default()
    }

    /// Its own connection id.
    pub fn connection(&self) -> String {
        let joined = self.joined.as_ref().unwrap_or_else(|| panic!("{} has not joined: {:?}", self.name, self.errors));
        joined["id"].as_str().expect("a connection id").to_owned()
    }

    /// The notifications of a method that came.
    pub fn told(&self, method: &str) -> Vec<&Value> {
        self.came.iter().filter(|message| message["method"] == method).map(|message| &message["params"]).collect()
    }

    /// Subscribes to a stream.
    pub fn subscribe(&mut self, stream: &str) {
        if self.joined.as_ref().is_some_and(|joined| joined["mediaServer"] == "mediasoup") {
            let params = json!({ "sender": stream, "reconnect": false });
            return self.ask("prepareReceiveVideoFrom", params, Asked::Offer { stream: stream.to_owned() });
        }
        let offer = self.offer_for(stream);
        let params = json!({ "sender": stream, "sdpOffer": offer });
        self.ask("receiveVideoFrom", params, Asked::Answer { stream: stream.to_owned() });
    }

    /// Receives a stream with a new PeerConnection on which the client offers, in the place of the earlier one.
    pub fn reconnect_subscriber(&mut self, stream: &str) {
        let offer = self.offer_for(stream);
        let params = json!({ "stream": stream, "sdpOffer": offer });
        self.ask("reconnectStream", params, Asked::Answer { stream: stream.to_owned() });
    }

    fn offer_for(&mut self, stream: &str) -> String {
        let info = self.others.values().find_map(|other| other.streams.get(stream));
        let info = info.unwrap_or_else(|| panic!("{} knows no {stream}", self.name)).clone();
        let mut pc = self.open_pc(stream);
        for (flag, kind) in [("hasAudio", MediaKind::Audio), ("hasVideo", MediaKind::Video)] {
            if info[flag] == true {
                pc.receive(kind);
            }
        }
        let offer = pc.offer();
        self.pcs.insert(stream.to_owned(), pc);
        offer
    }

    /// No longer receives what is on a connection.
    pub fn unsubscribe(&mut self, connection: &str) {
        if let Some(stream) = self.stream_of(connection) {
            self.pcs.remove(&stream);
        }
        self.call("unsubscribeFromVideo", json!({ "sender": connection }));
    }

    fn open_pc(&mut self, what: &str) -> Pc {
        self.opened += 1;
        let address = SocketAddr::new(self.address.ip(), 6000 + self.opened);
        Pc::new(format!("{}'s {what}", self.name), address, self.now)
    }

    /// A frame of the server's.
    pub fn take(&mut self, frame: &Frame, now: Now) {
        self.now = now.instant;
        let Frame::Text(text) = frame else { panic!("{}: v2 has no binary frames", self.name) };
        let message: Value = serde_json::from_str(text).expect("JSON");
        assert_eq!(message["jsonrpc"], "2.0", "{}: {text}", self.name);
        self.came.push(message.clone());
        if let Some(method) = message["method"].as_str() {
            assert!(message.get("id").is_none(), "{}: a notification has no id: {text}", self.name);
            return self.heed(method, &message["params"]);
        }
        let Some(id) = message["id"].as_u64() else {
            return self.note_error("", &message["error"]);
        };
        let asked = self.asked.remove(&id).unwrap_or_else(|| panic!("{}: an answer to nothing: {text}", self.name));
        if message.get("error").is_some() {
            let method = match asked {
                Asked::Ping => "ping",
                Asked::Join => "joinRoom",
                Asked::Publish { .. } => "publishVideo",
                Asked::Offer { .. } => "prepareReceiveVideoFrom",
                Asked::Answer { .. } => "receiveVideoFrom",
                Asked::Connect => "connect",
                Asked::Other(ref method) => method,
            };
            let method = method.to_owned();
            return self.note_error(&method, &message["error"]);
        }
        self.answered(asked, &message["result"]);
    }

    fn note_error(&mut self, method: &str, error: &Value) {
        let code = error["code"].as_i64().unwrap_or_else(|| panic!("{}: an error without a code: {error}", self.name));
        let message = error["message"].as_str().unwrap_or_default().to_owned();
        self.errors.push((method.to_owned(), code, message));
    }

    fn answered(&mut self, asked: Asked, result: &Value) {
        match asked {
            Asked::Join => self.on_joined(result),
            Asked::Publish { label_of } => {
                self.stream = result["id"].as_str().map(str::to_owned);
                let pc = self.pcs.get_mut("publisher").expect("a publisher");
                pc.accept_answer(result["sdpAnswer"].as_str().expect("an answer"));
                assert_eq!(pc.sends.len(), label_of.len(), "all that was offered is sent");
            }
            Asked::Offer { stream } => {
                let offer = result["sdpOffer"].as_str().expect("an offer").to_owned();
                self.check_sections(&stream, &offer);
                let mut pc = self.open_pc(&stream);
                let answer = pc.accept_offer(&offer);
                self.pcs.insert(stream.clone(), pc);
                let params = json!({ "sender": stream, "sdpAnswer": answer });
                self.call("receiveVideoFrom", params);
            }
            Asked::Answer { stream } => {
                let answer = result["sdpAnswer"].as_str().expect("an answer");
                self.pcs.get_mut(&stream).expect("a PeerConnection").accept_answer(answer);
            }
            Asked::Connect => {
                assert_eq!(result["value"], "reconnection successful", "{}", self.name);
                self.resumed += 1;
            }
            Asked::Ping => assert_eq!(*result, json!({ "value": "pong" }), "{}", self.name),
            Asked::Other(_) => {
                assert!(result["sessionId"].is_string(), "every result names the RPC session: {result}");
            }
        }
    }

    /// The SDK rejects an offer that has not an m-line for each kind that the stream may have.
    fn check_sections(&self, stream: &str, offer: &str) {
        let Some(info) = self.others.values().find_map(|other| other.streams.get(stream)) else { return };
        for (flag, section) in [("hasAudio", "m=audio"), ("hasVideo", "m=video")] {
            if info[flag] == true {
                assert!(offer.contains(section), "{}: {flag} without {section}:\n{offer}", self.name);
            }
        }
    }

    fn on_joined(&mut self, result: &Value) {
        assert!(result["role"].is_string(), "the local connection is told by its role");
        self.joined = Some(result.clone());
        for other in result["value"].as_array().into_iter().flatten() {
            assert!(other.get("role").is_none(), "remote connections have no role: {other}");
            self.learn(other);
            self.learn_streams(other);
        }
    }

    fn learn(&mut self, other: &Value) {
        let id = other["id"].as_str().expect("an id").to_owned();
        let metadata = other["metadata"].as_str().unwrap_or_default().to_owned();
        self.others.entry(id).or_default().metadata = metadata;
    }

    fn learn_streams(&mut self, other: &Value) {
        let id = other["id"].as_str().expect("an id").to_owned();
        for stream in other["streams"].as_array().into_iter().flatten() {
            let object = stream.as_object().expect("a stream is an object").clone();
            let stream = stream["id"].as_str().expect("a stream id").to_owned();
            let connection = self.others.get_mut(&id).unwrap_or_else(|| panic!("{}: {id} never joined", self.name));
            connection.streams.insert(stream.clone(), object);
            if self.subscribes {
                self.subscribe(&stream);
            }
        }
    }

    fn heed(&mut self, method: &str, params: &Value) {
        match method {
            "participantJoined" => self.learn(params),
            "participantPublished" => self.learn_streams(params),
            "participantUnpublished" => self.on_unpublished(params),
            "participantLeft" => {
                if let Some(gone) = params["connectionId"].as_str().and_then(|id| self.others.remove(id)) {
                    gone.streams.keys().for_each(|stream| drop(self.pcs.remove(stream)));
                }
            }
            "participantEvicted" => {
                let own = self.joined.as_ref().is_some_and(|joined| joined["id"] == params["connectionId"]);
                let reason = params["reason"].as_str().map(str::to_owned);
                self.evicted = reason.filter(|_| own).or(self.evicted.take());
            }
            "streamPropertyChanged" => self.on_property(params),
            "sendMessage" => {
                let text = |key: &str| params[key].as_str().map(str::to_owned);
                self.signals.push((text("from"), text("type"), text("data")));
            }
            _ => {}
        }
    }

    fn on_unpublished(&mut self, params: &Value) {
        let id = params["connectionId"].as_str().unwrap_or_default();
        if let Some(other) = self.others.get_mut(id) {
            for stream in std::mem::take(&mut other.streams).keys() {
                self.pcs.remove(stream);
            }
        } else {
            self.stream = None;
            self.pcs.remove("publisher");
        }
    }

    fn on_property(&mut self, params: &Value) {
        let stream = params["streamId"].as_str().unwrap_or_default();
        let property = params["property"].as_str().unwrap_or_default().to_owned();
        // The SDK reads booleans from their text too.
        let value = match params["newValue"].as_str() {
            Some("true") => json!(true),
            Some("false") => json!(false),
            Some(_) | None => params["newValue"].clone(),
        };
        if let Some(info) = self.others.values_mut().find_map(|other| other.streams.get_mut(stream)) {
            info.insert(property, value);
        }
    }

    /// What its user sees.
    pub fn view(&self) -> View {
        let mut view = View::default();
        for other in self.others.values() {
            let name = other.name();
            view.person(&name);
            for stream in other.streams.values() {
                let what = if stream.get("typeOfVideo") == Some(&json!("SCREEN")) { "screen" } else { "camera" };
                let tile = view.tile(&name, what);
                tile.sound |= stream["hasAudio"] == true && stream["audioActive"] == true;
                tile.picture |= stream["hasVideo"] == true && stream["videoActive"] == true;
            }
        }
        view
    }

    /// Requests that nothing was answered to.
    pub fn unanswered(&self) -> usize {
        self.asked.len()
    }
}

impl Connection {
    /// The name that an application shows.
    fn name(&self) -> String {
        let client = self.metadata.split("%/%").next().unwrap_or_default();
        let data: Option<Value> = serde_json::from_str(client).ok();
        data.and_then(|data| data["clientData"].as_str().map(str::to_owned)).unwrap_or_else(|| self.metadata.clone())
    }
}
