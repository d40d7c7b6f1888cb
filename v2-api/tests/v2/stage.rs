//! The stage: real rooms, v2 peers and participants of another protocol on a virtual clock, and the face's door to them.
use crate::door::{Door, futures_lite};
use crate::sdp_text;
use serde_json::{Value, json};
use sfu_core::capability::{NotFound, NotNow, Profile, Refusal};
use sfu_core::id::{PeerId, RequestId, RoomId, WorkerId};
use sfu_core::media::{MediaCommand, MediaEvent, WorkerFacts};
use sfu_core::random::Random;
use sfu_core::room::{
    Beginning, CommandEnvelope, Effect, NativeConfig, Room, RoomCommand, RoomConfig, RoomEvent, RoomOutput, RoomRecord,
    RoomSettings, RoomSnapshot,
};
use sfu_core::sdp::{Candidate, CandidateKind, Fingerprint, Protocol};
use sfu_core::signal::{Frame, PeerOutput, ResumeKey, SignalPeer, SocketEnd};
use sfu_core::time::Now;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};
use v2_api::webhook::V2Event;
use v2_api::{Origin, TurnSetting, V2Config, V2Peer, V2PeerParams, V2Port};

pub const SECRET: &str = "MY_SECRET";

/// Everything, behind one lock, as the door is asked from handlers.
#[derive(Clone)]
pub struct Stage(Arc<Mutex<World>>);

pub struct World {
    pub config: Arc<V2Config>,
    pub now: Now,
    pub random: Random,
    pub rooms: BTreeMap<String, Room>,
    clients: BTreeMap<PeerId, Client>,
    sockets: HashMap<String, PeerId>,
    keys: HashMap<ResumeKey, PeerId>,
    pub foreigners: HashMap<PeerId, Vec<RoomEvent>>,
    answers: HashMap<RequestId, RoomEvent>,
    requests: u64,
    /// What the worker was told.
    pub media: Vec<MediaCommand>,
    /// What backends were told, and how much of it was taken.
    events: Vec<V2Event>,
    taken: usize,
}

struct Client {
    peer: V2Peer,
    /// What was sent to its present socket.
    inbox: VecDeque<Value>,
    /// What waits for its next socket, as at the gateway's pump.
    held: VecDeque<Value>,
    attached: bool,
    closed: Option<(u16, String)>,
    finished: bool,
}

impl Default for Stage {
    fn default() -> Self {
        Self::with(|_| {})
    }
}

impl Stage {
    /// A stage whose configuration was changed.
    pub fn with(change: impl FnOnce(&mut V2Config)) -> Self {
        let mut config = V2Config {
            secret: SECRET.into(),
            domain_or_public_ip: "127.0.0.1".into(),
            https_port: 5443,
            public_origin: Some(Origin { secure: true, host: "127.0.0.1:5443".into() }),
            turn: Some(TurnSetting { host: "127.0.0.1".into(), port: 3478, tls_port: None, secret: "turn".into() }),
            ..V2Config::default()
        };
        change(&mut config);
        let now = Now { instant: Instant::now(), unix_ms: 1_795_618_500_000 };
        Self(Arc::new(Mutex::new(World {
            config: Arc::new(config),
            now,
            random: Random::seeded(42),
            rooms: BTreeMap::new(),
            clients: BTreeMap::new(),
            sockets: HashMap::new(),
            keys: HashMap::new(),
            foreigners: HashMap::new(),
            answers: HashMap::new(),
            requests: 0,
            media: Vec::new(),
            events: Vec::new(),
            taken: 0,
        })))
    }

    pub fn world(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap()
    }

    /// The door for the REST API.
    pub fn port(&self) -> Arc<dyn V2Port> {
        let config = Arc::clone(&self.world().config);
        Arc::new(Door { stage: self.clone(), config })
    }

    /// Opens a socket under a name; one of that name goes on living without it.
    pub fn open(&self, name: &str) {
        let mut world = self.world();
        let id = world.new_peer_id();
        let params = V2PeerParams {
            config: Arc::clone(&world.config),
            random: world.random.fork(),
            origin: Origin { secure: true, host: "127.0.0.1:5443".into() },
            address: "127.0.0.1".into(),
        };
        let client = Client {
            peer: V2Peer::new(params),
            inbox: VecDeque::new(),
            held: VecDeque::new(),
            attached: true,
            closed: None,
            finished: false,
        };
        world.clients.insert(id, client);
        world.sockets.insert(name.to_owned(), id);
    }

    /// Sends a text frame.
    pub fn send_text(&self, name: &str, text: &str) {
        let mut world = self.world();
        let now = world.now;
        if let Some(client) = world.client(name) {
            client.peer.handle_frame(Frame::Text(text.to_owned()), now);
        }
        world.settle();
    }

    /// Sends any frame.
    pub fn send_frame(&self, name: &str, frame: Frame) {
        let mut world = self.world();
        let now = world.now;
        world.client(name).unwrap().peer.handle_frame(frame, now);
        world.settle();
    }

    pub fn send(&self, name: &str, frame: &Value) {
        self.send_text(name, &frame.to_string());
    }

    /// The socket goes.
    pub fn lose(&self, name: &str) {
        let mut world = self.world();
        let now = world.now;
        if let Some(client) = world.client(name) {
            client.attached = false;
            client.peer.handle_socket_lost(SocketEnd { code: None, reason: String::new() }, now);
        }
        world.settle();
    }

    /// The server stops.
    pub fn shut_down(&self, name: &str) {
        let mut world = self.world();
        let now = world.now;
        world.client(name).unwrap().peer.handle_shutdown(now);
        world.settle();
    }

    /// The worker of a room reports something.
    pub fn media_event(&self, room: &str, event: MediaEvent) {
        let mut world = self.world();
        let now = world.now;
        world.rooms.get_mut(room).unwrap().handle_media(WorkerId(0), event, now);
        world.settle();
    }

    /// Time goes by, deadline by deadline.
    pub fn pass(&self, duration: Duration) {
        let mut world = self.world();
        let end = world.now.plus(duration);
        loop {
            let next = world.next_deadline().filter(|at| *at <= end.instant);
            let Some(next) = next else { break };
            let step = next.saturating_duration_since(world.now.instant);
            world.now = world.now.plus(step);
            world.fire();
        }
        world.now = end;
    }

    /// What was sent to the client since.
    pub fn take(&self, name: &str) -> Vec<Value> {
        self.world().client(name).map(|client| client.inbox.drain(..).collect()).unwrap_or_default()
    }

    /// The one frame that was sent to the client since.
    pub fn take_one(&self, name: &str) -> Value {
        let mut frames = self.take(name);
        assert_eq!(frames.len(), 1, "{name}: {frames:?}");
        frames.remove(0)
    }

    /// What backends were told since.
    pub fn take_events(&self) -> Vec<V2Event> {
        let mut world = self.world();
        let from = world.taken;
        world.taken = world.events.len();
        world.events[from..].to_vec()
    }

    /// All that backends were ever told.
    pub fn all_events(&self) -> Vec<V2Event> {
        self.world().events.clone()
    }

    /// The media server breaks down.
    pub fn lose_worker(&self, worker: WorkerId) {
        let mut world = self.world();
        let now = world.now;
        world.rooms.values_mut().for_each(|room| room.handle_worker_lost(worker, now));
        world.settle();
    }

    /// The close that the server asked for.
    pub fn closed(&self, name: &str) -> Option<(u16, String)> {
        self.world().client(name).and_then(|client| client.closed.clone())
    }

    pub fn finished(&self, name: &str) -> bool {
        self.world().client(name).is_none_or(|client| client.finished)
    }

    /// Asks something as an API.
    pub fn ask(&self, room: &str, command: RoomCommand) -> Result<RoomEvent, Refusal> {
        self.world().ask(room, command)
    }

    pub fn room(&self, name: &str) -> Option<RoomSnapshot> {
        match self.ask(name, RoomCommand::Describe) {
            Ok(RoomEvent::Described { room, .. }) => Some(*room),
            _ => None,
        }
    }

    /// Makes a session and joins it as a v2 client; the answer's result.
    pub fn join(&self, session: &str, name: &str, role: &str) -> Value {
        let token = self.token(session, role, "");
        self.open(name);
        self.request(
            name,
            "joinRoom",
            json!({
                "token": token, "session": session, "platform": "Chrome", "sdkVersion": "2.32.1",
                "metadata": json!({"clientData": name}).to_string(), "secret": "", "recorder": false, "stt": false,
            }),
        )
    }

    /// Sends a request and takes its answer's result (or error) out of what came, leaving the rest to be taken.
    pub fn request(&self, name: &str, method: &str, params: Value) -> Value {
        let id = {
            let mut world = self.world();
            world.requests += 1;
            world.requests
        };
        self.send(name, &json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        let mut world = self.world();
        let inbox = &mut world.client(name).unwrap().inbox;
        let at = inbox.iter().position(|frame| frame["id"] == id).unwrap_or_else(|| panic!("{method}: no answer"));
        let answer = inbox.remove(at).unwrap();
        answer.get("result").or_else(|| answer.get("error")).cloned().unwrap()
    }

    /// Publishes camera and microphone; the stream's id.
    pub fn publish(&self, name: &str) -> String {
        let offer = sdp_text::offer(true, true, "sendonly");
        let result = self.request(
            name,
            "publishVideo",
            json!({
                "sdpOffer": offer, "doLoopback": false, "hasAudio": true, "hasVideo": true, "audioActive": true,
                "videoActive": true, "typeOfVideo": "CAMERA", "frameRate": 30,
                "videoDimensions": "{\"width\":640,\"height\":480}",
            }),
        );
        result["id"].as_str().unwrap_or_else(|| panic!("{result}")).to_owned()
    }

    /// A token for a session, which is made where it is not there.
    pub fn token(&self, session: &str, role: &str, data: &str) -> String {
        let port = self.port();
        let body = json!({"role": role, "data": data});
        futures_lite(async move { crate::rest_calls::token(port, session, &body).await })
    }
}

impl World {
    pub fn new_peer_id(&mut self) -> PeerId {
        PeerId::random(&mut self.random)
    }

    fn client(&mut self, name: &str) -> Option<&mut Client> {
        let id = self.sockets.get(name)?;
        self.clients.get_mut(id)
    }

    pub fn make_room(&mut self, name: &str, settings: RoomSettings) -> Result<RoomSnapshot, Refusal> {
        if self.rooms.contains_key(name) {
            return Err(Refusal::NotNow(NotNow::RoomExists));
        }
        let facts = WorkerFacts {
            worker: WorkerId(0),
            candidates: vec![Candidate {
                foundation: "1".into(),
                protocol: Protocol::Udp,
                priority: 2_130_706_431,
                address: "127.0.0.1:7882".parse().unwrap(),
                kind: CandidateKind::Host,
            }],
            fingerprint: Fingerprint { algorithm: "sha-256".into(), bytes: vec![7; 32] },
        };
        let config = RoomConfig {
            profile: Profile::Mediasoup,
            workers: vec![facts],
            consumers_per_worker: 400,
            native: NativeConfig::default(),
        };
        let id = RoomId::random(&mut self.random);
        let mut room = Room::new(id, name.into(), settings, true, config, self.random.fork(), self.now);
        room.keep_record(Beginning::Made { by_api: true }, self.now);
        self.rooms.insert(name.into(), room);
        match self.ask(name, RoomCommand::Describe)? {
            RoomEvent::Described { room, .. } => Ok(*room),
            other => panic!("{other:?}"),
        }
    }

    fn ask(&mut self, room: &str, command: RoomCommand) -> Result<RoomEvent, Refusal> {
        self.requests += 1;
        let request = RequestId(self.requests + 1_000_000);
        if !self.rooms.contains_key(room) {
            return Err(Refusal::NotFound(NotFound::Room));
        }
        self.envelope(room, CommandEnvelope { origin: sfu_core::room::Origin::Api(request), request, command });
        match self.answers.remove(&request) {
            Some(RoomEvent::Refused { refusal, .. }) => Err(refusal),
            Some(event) => Ok(event),
            None => panic!("an API command was not answered"),
        }
    }

    pub fn command(&mut self, origin: sfu_core::room::Origin, room: &str, command: RoomCommand) {
        self.requests += 1;
        let request = RequestId(self.requests);
        self.envelope(room, CommandEnvelope { origin, request, command });
    }

    fn envelope(&mut self, room: &str, envelope: CommandEnvelope) {
        let now = self.now;
        match self.rooms.get_mut(room) {
            Some(room) => room.handle_command(envelope, now),
            None => {
                let refusal = Refusal::NotFound(NotFound::Room);
                self.deliver(envelope.origin, RoomEvent::Refused { request: envelope.request, refusal });
            }
        }
        self.settle();
    }

    fn deliver(&mut self, to: sfu_core::room::Origin, event: RoomEvent) {
        let now = self.now;
        match to {
            sfu_core::room::Origin::Peer(peer) => {
                if let Some(client) = self.clients.get_mut(&peer) {
                    client.peer.handle_event(event, now);
                } else if let Some(events) = self.foreigners.get_mut(&peer) {
                    events.push(event);
                }
            }
            sfu_core::room::Origin::Api(request) => {
                self.answers.insert(request, event);
            }
        }
    }

    /// Until nobody has anything more to say.
    fn settle(&mut self) {
        loop {
            let mut quiet = true;
            let ids: Vec<_> = self.clients.keys().copied().collect();
            for id in ids {
                while let Some(output) = self.clients.get_mut(&id).and_then(|client| client.peer.poll()) {
                    quiet = false;
                    self.carry_out(id, output);
                }
            }
            let names: Vec<_> = self.rooms.keys().cloned().collect();
            for name in names {
                while let Some(output) = self.rooms.get_mut(&name).and_then(Room::poll) {
                    quiet = false;
                    match output {
                        RoomOutput::Event { to, event } => self.deliver(to, event),
                        RoomOutput::Ended => {
                            self.rooms.remove(&name);
                        }
                        RoomOutput::Media { command, .. } => self.media.push(command),
                        RoomOutput::Effect(Effect::Happened(record)) => self.note(&record),
                        RoomOutput::Effect(_) => {}
                    }
                }
            }
            if quiet {
                return;
            }
        }
    }

    fn note(&mut self, record: &RoomRecord) {
        self.events.extend(v2_api::webhook::events(record));
    }

    fn carry_out(&mut self, id: PeerId, output: PeerOutput) {
        match output {
            PeerOutput::Frame(Frame::Text(text)) => {
                let frame = serde_json::from_str(&text).expect("every frame is JSON");
                let client = self.clients.get_mut(&id).unwrap();
                if client.attached { client.inbox.push_back(frame) } else { client.held.push_back(frame) }
            }
            PeerOutput::Frame(Frame::Binary(_)) => panic!("v2 sends text"),
            PeerOutput::Command { room, request, command } => {
                let origin = sfu_core::room::Origin::Peer(id);
                let now = self.now;
                let envelope = CommandEnvelope { origin, request, command: *command };
                match self.rooms.get_mut(&room) {
                    Some(room) => room.handle_command(envelope, now),
                    None => {
                        let refusal = Refusal::NotFound(NotFound::Room);
                        self.deliver(origin, RoomEvent::Refused { request, refusal });
                    }
                }
            }
            PeerOutput::Resumable(key) => {
                self.keys.insert(key, id);
            }
            PeerOutput::Attach { key, intro } => self.attach(id, key, intro),
            PeerOutput::CloseSocket { code, reason } => {
                let client = self.clients.get_mut(&id).unwrap();
                client.closed = Some((code, reason));
                client.attached = false;
            }
            PeerOutput::Refused(_) => {}
            PeerOutput::Finished => {
                self.keys.retain(|_, owner| *owner != id);
                self.clients.get_mut(&id).unwrap().finished = true;
            }
        }
    }

    fn attach(&mut self, fresh: PeerId, key: ResumeKey, intro: Frame) {
        let now = self.now;
        let Some(owner) = self.keys.get(&key).copied() else {
            self.clients.get_mut(&fresh).unwrap().peer.handle_unknown_key(now);
            return;
        };
        for socket in self.sockets.values_mut().filter(|socket| **socket == fresh) {
            *socket = owner;
        }
        self.clients.remove(&fresh);
        let client = self.clients.get_mut(&owner).unwrap();
        client.closed = None;
        client.attached = true;
        client.peer.handle_attached(intro, now);
        while let Some(output) = self.clients.get_mut(&owner).and_then(|client| client.peer.poll()) {
            self.carry_out(owner, output);
        }
        let client = self.clients.get_mut(&owner).unwrap();
        client.inbox.append(&mut client.held);
    }

    fn next_deadline(&self) -> Option<Instant> {
        let clients = self.clients.values().filter_map(|client| client.peer.deadline());
        clients.chain(self.rooms.values().filter_map(Room::deadline)).min()
    }

    fn fire(&mut self) {
        let now = self.now;
        for client in self.clients.values_mut() {
            client.peer.handle_timeout(now);
        }
        for room in self.rooms.values_mut() {
            room.handle_timeout(now);
        }
        self.settle();
    }
}
