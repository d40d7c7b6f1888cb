//! The whole server without its sockets, threads and clock: rooms, signalling peers and the media switchboard, with the
//! applications that use them. One queue carries everything between them in order; time goes on only when a story says so.
//!
//! It keeps the contract's rules in view while it runs: exactly one answer to each command, nothing after the end.
use super::app::App;
use super::switchboard::{self, Switchboard};
use super::tape::Tape;
use super::wire::Wire;
use livekit_api::LiveKitConfig;
use sfu_core::capability::{NotFound, Profile, Refusal};
use sfu_core::id::{PeerId, RequestId, RoomId};
use sfu_core::media::MediaEvent;
use sfu_core::random::Random;
use sfu_core::room::{
    CommandEnvelope, Effect, NativeConfig, Origin, Room, RoomCommand, RoomConfig, RoomEvent, RoomOutput, RoomSettings,
};
use sfu_core::signal::{Frame, PeerOutput, ResumeKey, SignalPeer, SocketEnd};
use sfu_core::time::Now;
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Instant;
use v2_api::V2Config;

/// Steps that one input may cause before it counts as a loop.
pub(super) const STEPS_MAX: usize = 20_000;

/// The world of one story.
pub struct World {
    pub(super) now: Now,
    pub(super) random: Random,
    /// The LiveKit face's configuration.
    pub livekit_config: Arc<LiveKitConfig>,
    /// The v2 face's configuration.
    pub v2_config: Arc<V2Config>,
    /// The rooms that live.
    pub rooms: Vec<Room>,
    pub(super) pumps: Vec<Pump>,
    pub(super) clients: Vec<Client>,
    keys: HashMap<ResumeKey, usize>,
    /// The media worker's books.
    pub media: Switchboard,
    pub(super) wire: Option<Wire>,
    pub(super) queue: VecDeque<Step>,
    /// Draws which of several messages under way arrives first; without it they arrive in the order they were sent.
    jumble: Option<Random>,
    held: bool,
    answers: HashMap<RequestId, RoomEvent>,
    last_call: u64,
    /// What the rooms wanted done outside.
    pub effects: Vec<Effect>,
    /// Everything that passed on the sockets.
    pub tape: Tape,
}

/// A signalling peer and what a pump keeps beside it.
pub(super) struct Pump {
    pub id: PeerId,
    pub peer: Box<dyn SignalPeer>,
    /// Whose socket it has.
    pub client: Option<usize>,
    held: Vec<Frame>,
    unanswered: BTreeSet<RequestId>,
    /// It has left its room or was put out: nothing more may come.
    out: bool,
    pub finished: bool,
}

/// A user with an application.
pub(super) struct Client {
    pub name: String,
    pub app: App,
    pub pump: usize,
    /// The socket stands.
    pub online: bool,
}

/// What has to be carried.
pub(super) enum Step {
    ToServer { client: usize, frame: Frame },
    ToClient { client: usize, frame: Frame },
    Closed { client: usize, code: u16, reason: String },
    ToRoom { room: String, envelope: CommandEnvelope },
    ToPeer { pump: usize, event: RoomEvent },
    Media { room: RoomId, event: MediaEvent },
}

impl Step {
    /// Which way it goes: messages of one way do not overtake each other.
    fn way(&self) -> (u8, u64) {
        let number = |index: usize| u64::try_from(index).unwrap_or(u64::MAX);
        match self {
            Self::ToServer { client, .. } => (0, number(*client)),
            Self::ToClient { client, .. } | Self::Closed { client, .. } => (1, number(*client)),
            Self::ToRoom { envelope, .. } => match envelope.origin {
                Origin::Peer(peer) => (2, peer.number()),
                Origin::Api(call) => (3, call.0),
            },
            Self::ToPeer { pump, .. } => (4, number(*pump)),
            Self::Media { room, .. } => (5, room.number()),
        }
    }
}

impl World {
    /// An empty server; `seed` is that of all randomness but DTLS's and the clients' own.
    pub fn new(title: &str, seed: u64) -> Self {
        Self::with_profile(title, seed, Profile::Mediasoup)
    }

    /// An empty server under this profile.
    pub fn with_profile(title: &str, seed: u64, profile: Profile) -> Self {
        let keys = livekit_api::config::Keys::default().with("devkey", super::cast::LIVEKIT_SECRET);
        let livekit = LiveKitConfig { keys, profile, ..LiveKitConfig::default() };
        let v2 = V2Config { secret: super::cast::V2_SECRET.to_owned(), ..V2Config::default() };
        Self {
            now: Now { instant: Instant::now(), unix_ms: 1_800_000_000_000 },
            random: Random::seeded(seed),
            livekit_config: Arc::new(livekit),
            v2_config: Arc::new(v2),
            rooms: Vec::new(),
            pumps: Vec::new(),
            clients: Vec::new(),
            keys: HashMap::new(),
            media: Switchboard::default(),
            wire: None,
            queue: VecDeque::new(),
            jumble: None,
            held: false,
            answers: HashMap::new(),
            last_call: 0,
            effects: Vec::new(),
            tape: Tape::new(title, seed),
        }
    }

    /// An empty server with a real worker: media flows while time goes on by [`World::film`].
    pub fn with_media(title: &str, seed: u64) -> Self {
        let mut world = Self::new(title, seed);
        world.wire = Some(Wire::new(world.random.fork(), world.now.instant));
        world.media.books_only = true;
        world
    }

    /// The profile in force.
    pub fn profile(&self) -> Profile {
        self.livekit_config.profile
    }

    /// Adds a peer on a socket of `client`'s.
    pub(super) fn plug(&mut self, client: usize, make: impl FnOnce(Random, Now) -> Box<dyn SignalPeer>) {
        let id = PeerId::random(&mut self.random);
        let peer = make(self.random.fork(), self.now);
        self.pumps.push(Pump {
            id,
            peer,
            client: Some(client),
            held: Vec::new(),
            unanswered: BTreeSet::new(),
            out: false,
            finished: false,
        });
        let pump = self.pumps.len() - 1;
        self.clients[client].pump = pump;
        self.clients[client].online = true;
        self.drain_peer(pump);
    }

    /// From now on messages overtake each other, but for those from one sender to one receiver.
    pub fn jumble(&mut self) {
        self.jumble = Some(self.random.fork());
    }

    /// Holds everything back, so that what is done next happens at the same time; until [`World::release`].
    pub fn hold(&mut self) {
        self.held = true;
    }

    /// Lets go of what was held back.
    pub fn release(&mut self) {
        self.held = false;
        self.settle();
    }

    /// The next message to arrive.
    fn next_step(&mut self) -> Option<Step> {
        let Some(random) = &mut self.jumble else { return self.queue.pop_front() };
        let mut ways = BTreeSet::new();
        let heads: Vec<usize> = (0..self.queue.len()).filter(|place| ways.insert(self.queue[*place].way())).collect();
        let choice = usize::try_from(random.below(heads.len() as u64)).ok()?;
        self.queue.remove(*heads.get(choice)?)
    }

    /// Carries everything until nothing moves any more.
    pub fn settle(&mut self) {
        if self.held {
            return;
        }
        for _ in 0..STEPS_MAX {
            self.collect();
            let Some(step) = self.next_step() else {
                return self.check_answered();
            };
            self.carry(step);
        }
        panic!("the world does not come to rest");
    }

    /// What applications and the media worker have ready.
    fn collect(&mut self) {
        for (index, client) in self.clients.iter_mut().enumerate() {
            for frame in client.app.take_out() {
                self.queue.push_back(Step::ToServer { client: index, frame });
            }
        }
        while let Some((room, event)) = self.media.poll() {
            self.queue.push_back(Step::Media { room, event });
        }
        while let Some((transport, label, payload)) = self.media.sent.pop_front() {
            let owner = self.clients.iter_mut().find(|client| client.app.transport_ids().any(|id| id == transport));
            if let Some(client) = owner {
                client.app.packet(&label, &payload);
            }
        }
    }

    fn carry(&mut self, step: Step) {
        match step {
            Step::ToServer { client, frame } => {
                let Client { online, pump, name, .. } = &self.clients[client];
                let pump = *pump;
                if *online {
                    self.tape.note(name, '>', &frame);
                    self.feed(pump, |peer, now| peer.handle_frame(frame, now));
                }
            }
            Step::ToClient { client, frame } => {
                let client = &mut self.clients[client];
                if client.online {
                    self.tape.note(&client.name, '<', &frame);
                    client.app.take(&frame, self.now);
                }
            }
            Step::Closed { client, code, reason } => {
                let client = &mut self.clients[client];
                self.tape.note_close(&client.name, code, &reason);
                client.online = false;
                client.app.closed(code, &reason);
            }
            Step::ToRoom { room, envelope } => self.give(&room, envelope),
            Step::ToPeer { pump, event } => match event {
                RoomEvent::ChannelMessage(message) => self.feed(pump, |peer, now| peer.handle_channel(message, now)),
                event => self.feed(pump, |peer, now| peer.handle_event(event, now)),
            },
            Step::Media { room, event } => {
                if let Some(room) = self.rooms.iter().position(|living| living.id() == room) {
                    self.rooms[room].handle_media(switchboard::WORKER, event, self.now);
                    self.drain_room(room);
                }
            }
        }
    }

    /// One input to a peer, and everything that comes of it.
    pub(super) fn feed(&mut self, pump: usize, input: impl FnOnce(&mut dyn SignalPeer, Now)) {
        if !self.pumps[pump].finished {
            input(self.pumps[pump].peer.as_mut(), self.now);
            self.drain_peer(pump);
        }
    }

    fn drain_peer(&mut self, index: usize) {
        while let Some(output) = self.pumps[index].peer.poll() {
            match output {
                PeerOutput::Frame(frame) => match self.pumps[index].client {
                    Some(client) => self.queue.push_back(Step::ToClient { client, frame }),
                    None => self.pumps[index].held.push(frame),
                },
                PeerOutput::Command { room, request, command } => self.ask(index, room, request, *command),
                PeerOutput::Resumable(key) => {
                    self.keys.retain(|_, owner| *owner != index);
                    self.keys.insert(key, index);
                }
                PeerOutput::Attach { key, intro } => return self.hand_over(index, &key, intro),
                PeerOutput::CloseSocket { code, reason } => {
                    if let Some(client) = self.pumps[index].client.take() {
                        self.queue.push_back(Step::Closed { client, code, reason });
                    }
                }
                PeerOutput::Refused(_) => {}
                PeerOutput::Finished => {
                    self.pumps[index].finished = true;
                    self.keys.retain(|_, owner| *owner != index);
                    return;
                }
            }
        }
    }

    fn ask(&mut self, pump: usize, room: String, request: RequestId, command: RoomCommand) {
        let fresh = self.pumps[pump].unanswered.insert(request);
        assert!(fresh, "a peer numbers two commands {request:?}");
        if let RoomCommand::Join(join) = &command {
            self.pumps[pump].out = false;
            if let Some(settings) = &join.create
                && !self.rooms.iter().any(|living| living.name() == room)
            {
                self.make_room(&room, settings.as_ref().clone(), false);
            }
        }
        let origin = Origin::Peer(self.pumps[pump].id);
        self.queue.push_back(Step::ToRoom { room, envelope: CommandEnvelope { origin, request, command } });
    }

    /// Makes a room.
    pub fn make_room(&mut self, name: &str, settings: RoomSettings, by_api: bool) {
        let id = RoomId::random(&mut self.random);
        let config = RoomConfig {
            profile: self.profile(),
            workers: vec![self.wire.as_ref().map_or_else(switchboard::facts, Wire::facts)],
            consumers_per_worker: 400,
            native: NativeConfig::default(),
        };
        let random = self.random.fork();
        self.rooms.push(Room::new(id, name.to_owned(), settings, by_api, config, random, self.now));
        let last = self.rooms.len() - 1;
        self.drain_room(last);
    }

    fn give(&mut self, name: &str, envelope: CommandEnvelope) {
        let Some(room) = self.rooms.iter().position(|living| living.name() == name) else {
            let refusal = Refusal::NotFound(NotFound::Room);
            let event = RoomEvent::Refused { request: envelope.request, refusal };
            return self.tell(envelope.origin, event);
        };
        self.rooms[room].handle_command(envelope, self.now);
        self.drain_room(room);
    }

    pub(super) fn drain_room(&mut self, index: usize) {
        let id = self.rooms[index].id();
        let mut ended = false;
        while let Some(output) = self.rooms[index].poll() {
            assert!(!ended, "something follows the end of a room: {output:?}");
            match output {
                RoomOutput::Event { to, event } => self.tell(to, event),
                RoomOutput::Media { worker, command } => {
                    assert_eq!(worker, switchboard::WORKER, "the only worker");
                    if let Some(wire) = &mut self.wire {
                        wire.handle(command.clone(), self.now.instant);
                    }
                    self.media.handle(command);
                }
                RoomOutput::Effect(effect) => self.effects.push(effect),
                RoomOutput::Ended => ended = true,
            }
        }
        if ended {
            assert_eq!(self.media.transports_of(id), 0, "a room that ends closes its Transports");
            self.rooms.remove(index);
        }
    }

    fn tell(&mut self, to: Origin, event: RoomEvent) {
        match to {
            Origin::Api(call) => {
                assert_eq!(answered(&event), Some(call), "an API is told only its answer");
                let old = self.answers.insert(call, event);
                assert!(old.is_none(), "a call is answered twice");
            }
            Origin::Peer(peer) => {
                let pump = self.pumps.iter().position(|pump| pump.id == peer).expect("a peer that is known");
                let entry = &mut self.pumps[pump];
                if let Some(request) = answered(&event) {
                    assert!(entry.unanswered.remove(&request), "an answer to nothing, or a second one: {event:?}");
                }
                let refused = matches!(event, RoomEvent::Refused { .. });
                assert!(!entry.out || refused, "something comes to a peer that is out: {event:?}");
                entry.out |= matches!(event, RoomEvent::Closed { .. });
                self.queue.push_back(Step::ToPeer { pump, event });
            }
        }
    }

    fn check_answered(&self) {
        for pump in &self.pumps {
            assert!(pump.finished || pump.unanswered.is_empty(), "commands without an answer: {:?}", pump.unanswered);
        }
        for client in self.clients.iter().filter(|client| client.online) {
            let unanswered = client.app.unanswered();
            assert_eq!(unanswered, 0, "{} waits for answers", client.name);
        }
    }

    /// An API call; its answer.
    pub fn call(&mut self, room: &str, command: RoomCommand) -> Result<RoomEvent, Refusal> {
        self.last_call += 1;
        let request = RequestId(self.last_call);
        let envelope = CommandEnvelope { origin: Origin::Api(request), request, command };
        self.queue.push_back(Step::ToRoom { room: room.to_owned(), envelope });
        self.settle();
        match self.answers.remove(&request).expect("every call is answered") {
            RoomEvent::Refused { refusal, .. } => Err(refusal),
            event => Ok(event),
        }
    }

    /// A peer claims to be an earlier one: its socket goes there, or it hears that nobody knows it.
    fn hand_over(&mut self, porter: usize, key: &ResumeKey, intro: Frame) {
        let owner = self.keys.get(key).copied().filter(|owner| !self.pumps[*owner].finished);
        let (Some(owner), Some(client)) = (owner, self.pumps[porter].client) else {
            return self.feed(porter, |peer, now| peer.handle_unknown_key(now));
        };
        self.pumps[porter].finished = true;
        self.pumps[porter].client = None;
        if let Some(old) = self.pumps[owner].client.replace(client)
            && old != client
        {
            self.queue.push_back(Step::Closed { client: old, code: 1000, reason: "resumed elsewhere".to_owned() });
        }
        self.clients[client].pump = owner;
        self.feed(owner, |peer, now| peer.handle_attached(intro, now));
        for frame in std::mem::take(&mut self.pumps[owner].held) {
            self.queue.push_back(Step::ToClient { client, frame });
        }
    }

    /// The client's socket is cut.
    pub(super) fn unplug(&mut self, client: usize, end: SocketEnd) {
        let pump = self.clients[client].pump;
        self.clients[client].online = false;
        self.tape.say(&format!("{} loses its socket", self.clients[client].name));
        self.pumps[pump].client = None;
        self.feed(pump, |peer, now| peer.handle_socket_lost(end, now));
        self.settle();
    }
}

/// The command that an event answers.
fn answered(event: &RoomEvent) -> Option<RequestId> {
    match event {
        RoomEvent::Joined { request, .. }
        | RoomEvent::Refused { request, .. }
        | RoomEvent::Done { request }
        | RoomEvent::Published { request, .. }
        | RoomEvent::Negotiated { request, .. }
        | RoomEvent::Described { request, .. }
        | RoomEvent::Reserved { request, .. }
        | RoomEvent::DataTrackPublished { request, .. }
        | RoomEvent::DataTrackUnpublished { request, .. }
        | RoomEvent::RpcAnswered { request, .. } => Some(*request),
        RoomEvent::OfferMade { .. }
        | RoomEvent::SectionsWanted { .. }
        | RoomEvent::ParticipantChanged { .. }
        | RoomEvent::RoomChanged { .. }
        | RoomEvent::MutedByServer { .. }
        | RoomEvent::TrackSubscribed { .. }
        | RoomEvent::SubscriptionAllowed { .. }
        | RoomEvent::Graded { .. }
        | RoomEvent::StreamPaused { .. }
        | RoomEvent::Moved { .. }
        | RoomEvent::QualityMeasured { .. }
        | RoomEvent::Signalled { .. }
        | RoomEvent::DataReceived { .. }
        | RoomEvent::DataTracksReceived { .. }
        | RoomEvent::RpcAsked { .. }
        | RoomEvent::SpeakersChanged { .. }
        | RoomEvent::LayersWanted { .. }
        | RoomEvent::TransportChanged { .. }
        | RoomEvent::ChannelMessage(_)
        | RoomEvent::Closed { .. } => None,
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.tape.tail(60));
        }
    }
}
