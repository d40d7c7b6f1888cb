//! A hall: one real room, any number of LiveKit clients by bytes, virtual time.
use livekit_api::config::Keys;
use livekit_api::token::{self, Claims, VideoGrant};
use livekit_api::{JoinUrl, LiveKitConfig, LiveKitPeer, LiveKitPeerParams, authorize};
use livekit_protocol as proto;
use prost::Message;
use proto::signal_request::Message as Request;
use proto::signal_response::Message as Response;
use sfu_core::capability::{Feature, Refusal};
use sfu_core::id::{PeerId, ProducerId, RequestId, RoomId, WorkerId};
use sfu_core::media::{MediaCommand, MediaEvent, WorkerFacts};
use sfu_core::random::Random;
use sfu_core::room::{
    Beginning, CommandEnvelope, Effect, NativeConfig, Origin, Room, RoomCommand, RoomConfig, RoomEvent, RoomOutput,
    RoomRecord, RoomSettings,
};
use sfu_core::sdp::{Candidate, CandidateKind, Codec, Fingerprint, MediaKind, Protocol};
use sfu_core::signal::{ChannelMessage, Frame, PeerOutput, ResumeKey, SignalPeer, SocketEnd};
use sfu_core::time::Now;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

pub const KEY: &str = "devkey";
pub const SECRET: &str = "a secret of at least thirty-two bytes";

pub fn config() -> LiveKitConfig {
    LiveKitConfig { keys: Keys::default().with(KEY, SECRET), ..LiveKitConfig::default() }
}

pub fn now() -> Now {
    Now { instant: Instant::now(), unix_ms: 1_800_000_000_000 }
}

/// Claims that let `identity` join `room`.
pub fn claims(room: &str, identity: &str) -> Claims {
    let video = VideoGrant { room_join: true, room: room.to_owned(), ..VideoGrant::default() };
    Claims {
        iss: KEY.to_owned(),
        sub: identity.to_owned(),
        name: format!("{identity}'s name"),
        exp: Some(now().unix_ms / 1000 + 3600),
        video: Some(video),
        ..Claims::default()
    }
}

pub fn sign(claims: &Claims) -> String {
    token::sign(claims, &config().keys).unwrap()
}

/// What a client has seen of its connection.
#[derive(Default)]
pub struct Seen {
    pub responses: Vec<Response>,
    pub texts: Vec<String>,
    pub closed: Option<(u16, String)>,
    pub finished: bool,
    pub key: Option<ResumeKey>,
    pub attach: Option<(ResumeKey, Frame)>,
    pub refused: Vec<Feature>,
}

pub struct Client {
    pub peer: LiveKitPeer,
    pub id: PeerId,
    pub seen: Seen,
}

pub struct Hall {
    pub now: Now,
    pub config: Arc<LiveKitConfig>,
    pub room: Option<Room>,
    pub media: Vec<MediaCommand>,
    started: HashSet<ProducerId>,
    pub api: Vec<RoomEvent>,
    /// What the room has written down.
    pub records: Vec<RoomRecord>,
    pub clients: Vec<Client>,
    by_peer: HashMap<PeerId, usize>,
    random: Random,
}

impl Hall {
    pub fn new() -> Self {
        Self::with(config())
    }

    pub fn with(config: LiveKitConfig) -> Self {
        Self {
            now: now(),
            config: Arc::new(config),
            room: None,
            media: Vec::new(),
            started: HashSet::new(),
            api: Vec::new(),
            records: Vec::new(),
            clients: Vec::new(),
            by_peer: HashMap::new(),
            random: Random::seeded(11),
        }
    }

    /// A client of `/rtc` with these parameters behind its token; its number.
    pub fn join_v0(&mut self, identity: &str, query: &str) -> usize {
        self.join_with(&claims("hall", identity), "/rtc", &format!("protocol=15&sdk=js&version=2.19.0&{query}"))
    }

    /// A client of `/rtc/v1`.
    pub fn join_v1(&mut self, identity: &str, request: &proto::JoinRequest) -> usize {
        let query = format!("join_request={}", wrapped(request, false));
        self.join_with(&claims("hall", identity), "/rtc/v1", &query)
    }

    pub fn join_with(&mut self, claims: &Claims, path: &str, query: &str) -> usize {
        let query = format!("access_token={}&{query}", sign(claims));
        let url = JoinUrl { path, query: &query, authorization: None };
        let join = authorize(url, &self.config, self.now).unwrap();
        let params = LiveKitPeerParams { join, config: self.config.clone(), address: "192.0.2.1".to_owned() };
        let (peer, id) = (LiveKitPeer::new(params, self.now), PeerId::random(&mut self.random));
        let client = self.clients.len();
        self.clients.push(Client { peer, id, seen: Seen::default() });
        self.by_peer.insert(id, client);
        self.settle();
        client
    }

    pub fn request(&mut self, client: usize, request: Request) {
        let bytes = proto::SignalRequest { message: Some(request) }.encode_to_vec();
        self.frame(client, Frame::Binary(bytes));
    }

    pub fn frame(&mut self, client: usize, frame: Frame) {
        let now = self.now;
        self.clients[client].peer.handle_frame(frame, now);
        self.settle();
    }

    pub fn lose_socket(&mut self, client: usize) {
        let now = self.now;
        self.clients[client].peer.handle_socket_lost(SocketEnd { code: None, reason: String::new() }, now);
        self.settle();
    }

    /// The media of everybody who is there comes through.
    pub fn connect_media(&mut self) {
        let opened = self.media.iter().filter_map(|command| match command {
            MediaCommand::OpenTransport(params) => Some(params.transport),
            _ => None,
        });
        for transport in opened.collect::<Vec<_>>() {
            self.media_event(MediaEvent::TransportConnected(transport));
        }
    }

    pub fn channel(&mut self, client: usize, payload: Vec<u8>) {
        let role = sfu_core::room::TransportRole::Publisher;
        let transport = sfu_core::id::TransportId::from_number(1).unwrap();
        let message = ChannelMessage { transport, role, label: "_reliable".to_owned(), binary: true, payload };
        let now = self.now;
        self.clients[client].peer.handle_channel(message, now);
        self.settle();
    }

    pub fn pass(&mut self, duration: Duration) {
        self.now = self.now.plus(duration);
        let now = self.now;
        for client in &mut self.clients {
            client.peer.handle_timeout(now);
        }
        if let Some(room) = &mut self.room {
            room.handle_timeout(now);
        }
        self.settle();
    }

    /// The media of all that is published and has not come yet comes.
    pub fn start_producers(&mut self) {
        let opened = self.media.iter().filter_map(|command| match command {
            MediaCommand::OpenProducer(params) => Some((params.producer, params.kind)),
            _ => None,
        });
        let new: Vec<_> = opened.filter(|(producer, _)| !self.started.contains(producer)).collect();
        for (producer, kind) in new {
            self.started.insert(producer);
            let codec = match kind {
                MediaKind::Audio => Codec::Opus,
                MediaKind::Video => Codec::Vp8,
            };
            self.media_event(MediaEvent::ProducerStarted { producer, codec });
        }
    }

    /// A command of the server API; its answer.
    pub fn command(&mut self, command: RoomCommand) -> Result<RoomEvent, Refusal> {
        let request = RequestId(900 + self.api.len() as u64);
        let Some(room) = &mut self.room else {
            return Err(Refusal::NotFound(sfu_core::capability::NotFound::Room));
        };
        room.handle_command(CommandEnvelope { origin: Origin::Api(request), request, command }, self.now);
        self.settle();
        match self.api.pop().expect("each command is answered") {
            RoomEvent::Refused { refusal, .. } => Err(refusal),
            event => Ok(event),
        }
    }

    pub fn media_event(&mut self, event: MediaEvent) {
        let now = self.now;
        self.room.as_mut().unwrap().handle_media(WorkerId(0), event, now);
        self.settle();
    }

    /// Makes the room, as the gateway does where a join or an API asks for it.
    pub fn make_room(&mut self, settings: RoomSettings) -> &mut Room {
        let (profile, now) = (self.config.profile, self.now);
        let id = RoomId::random(&mut self.random);
        let random = self.random.fork();
        self.room.get_or_insert_with(|| {
            let config = RoomConfig {
                profile,
                workers: vec![worker()],
                consumers_per_worker: 400,
                native: NativeConfig::default(),
            };
            let mut room = Room::new(id, "hall".to_owned(), settings, false, config, random, now);
            room.keep_record(Beginning::Made { by_api: false }, now);
            room
        })
    }

    /// All the responses of a client so far; they are taken.
    pub fn take(&mut self, client: usize) -> Vec<Response> {
        std::mem::take(&mut self.clients[client].seen.responses)
    }

    pub fn seen(&self, client: usize) -> &Seen {
        &self.clients[client].seen
    }

    /// Carries outputs to where they go until nothing is left.
    pub fn settle(&mut self) {
        loop {
            let mut quiet = true;
            for client in 0..self.clients.len() {
                while let Some(output) = self.clients[client].peer.poll() {
                    quiet = false;
                    self.carry_out(client, output);
                }
            }
            while let Some(output) = self.room.as_mut().and_then(Room::poll) {
                quiet = false;
                match output {
                    RoomOutput::Event { to: Origin::Peer(peer), event } => {
                        let (client, now) = (self.by_peer[&peer], self.now);
                        self.clients[client].peer.handle_event(event, now);
                    }
                    RoomOutput::Event { to: Origin::Api(_), event } => self.api.push(event),
                    RoomOutput::Media { command, .. } => self.media.push(command),
                    RoomOutput::Effect(Effect::Happened(record)) => self.records.push(*record),
                    RoomOutput::Effect(_) => {}
                    RoomOutput::Ended => self.room = None,
                }
            }
            if quiet {
                return;
            }
        }
    }

    fn carry_out(&mut self, client: usize, output: PeerOutput) {
        let seen = &mut self.clients[client].seen;
        match output {
            PeerOutput::Frame(Frame::Binary(bytes)) => {
                seen.responses.extend(proto::SignalResponse::decode(bytes.as_slice()).unwrap().message);
            }
            PeerOutput::Frame(Frame::Text(text)) => {
                seen.responses.extend(serde_json::from_str::<proto::SignalResponse>(&text).unwrap().message);
                seen.texts.push(text);
            }
            PeerOutput::Resumable(key) => seen.key = Some(key),
            PeerOutput::Attach { key, intro } => seen.attach = Some((key, intro)),
            PeerOutput::CloseSocket { code, reason } => seen.closed = Some((code, reason)),
            PeerOutput::Refused(feature) => seen.refused.push(feature),
            PeerOutput::Finished => seen.finished = true,
            PeerOutput::Command { room, request, command } => {
                assert_eq!(room, "hall");
                let (origin, now) = (Origin::Peer(self.clients[client].id), self.now);
                if let RoomCommand::Join(join) = command.as_ref()
                    && let Some(settings) = &join.create
                {
                    self.make_room(settings.as_ref().clone());
                }
                match &mut self.room {
                    Some(room) => room.handle_command(CommandEnvelope { origin, request, command: *command }, now),
                    None => {
                        let refusal = Refusal::NotFound(sfu_core::capability::NotFound::Room);
                        self.clients[client].peer.handle_event(RoomEvent::Refused { request, refusal }, now);
                    }
                }
            }
        }
    }
}

fn worker() -> WorkerFacts {
    let candidate = Candidate {
        foundation: "1".to_owned(),
        protocol: Protocol::Udp,
        priority: 2_130_706_431,
        address: "192.0.2.10:7882".parse().unwrap(),
        kind: CandidateKind::Host,
    };
    let by_tcp = Candidate { protocol: Protocol::Tcp, priority: 1_671_430_143, ..candidate.clone() };
    let fingerprint = Fingerprint { algorithm: "sha-256".to_owned(), bytes: vec![7; 32] };
    WorkerFacts { worker: WorkerId(0), candidates: vec![candidate, by_tcp], fingerprint }
}

/// A join request as `/rtc/v1` wants it.
pub fn wrapped(request: &proto::JoinRequest, gzip: bool) -> String {
    use base64::Engine;
    use std::io::Write;
    let bytes = request.encode_to_vec();
    let (compression, join_request) = if gzip {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(&bytes).unwrap();
        (proto::wrapped_join_request::Compression::Gzip, encoder.finish().unwrap())
    } else {
        (proto::wrapped_join_request::Compression::None, bytes)
    };
    let wrapped = proto::WrappedJoinRequest { compression: compression.into(), join_request };
    base64::engine::general_purpose::URL_SAFE.encode(wrapped.encode_to_vec())
}

/// The name of a response, for comparing orders.
pub fn name(response: &Response) -> &'static str {
    match response {
        Response::Join(_) => "join",
        Response::Answer(_) => "answer",
        Response::Offer(_) => "offer",
        Response::Update(_) => "update",
        Response::TrackPublished(_) => "track_published",
        Response::Leave(_) => "leave",
        Response::Mute(_) => "mute",
        Response::RoomUpdate(_) => "room_update",
        Response::RefreshToken(_) => "refresh_token",
        Response::TrackUnpublished(_) => "track_unpublished",
        Response::Pong(_) => "pong",
        Response::PongResp(_) => "pong_resp",
        Response::Reconnect(_) => "reconnect",
        Response::SubscriptionResponse(_) => "subscription_response",
        Response::RequestResponse(_) => "request_response",
        Response::TrackSubscribed(_) => "track_subscribed",
        Response::MediaSectionsRequirement(_) => "media_sections_requirement",
        Response::SubscriptionPermissionUpdate(_) => "subscription_permission_update",
        Response::ConnectionQuality(_) => "connection_quality",
        Response::StreamStateUpdate(_) => "stream_state_update",
        _ => "other",
    }
}

pub fn names(responses: &[Response]) -> Vec<&'static str> {
    responses.iter().map(name).collect()
}

/// The first response for which `pick` gives something.
pub fn find<T>(responses: &[Response], pick: impl Fn(&Response) -> Option<T>) -> T {
    responses.iter().find_map(pick).unwrap_or_else(|| panic!("not among {:?}", names(responses)))
}
