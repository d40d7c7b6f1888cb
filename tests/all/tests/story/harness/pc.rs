//! A client's PeerConnection: str0m's full engine, which writes real offers, takes the server's answers and says what
//! it thinks of them. A description that a browser would refuse fails the story here.
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::time::Instant;
use str0m::change::{SdpAnswer, SdpOffer, SdpPendingOffer};
use str0m::channel::{ChannelConfig, ChannelId, Reliability};
use str0m::media::{Direction, Frequency, MediaData, MediaKind, MediaTime, Mid, Rid, Simulcast, SimulcastLayer};
use str0m::net::{Protocol, Receive};
use str0m::{Candidate, Event, Input, Output, Rtc};

/// One PeerConnection.
pub struct Pc {
    /// What it is for, for people who read a failure.
    pub name: String,
    /// Where it sends from.
    pub address: SocketAddr,
    /// The engine.
    pub rtc: Rtc,
    wanted: Vec<Wanted>,
    pending: Option<SdpPendingOffer>,
    /// What the client sends on which m-line.
    pub sends: BTreeMap<String, String>,
    /// What it wants of each m-line: offered again and again, whatever was answered, as browsers do.
    intents: BTreeMap<String, Direction>,
    /// The server's ufrag, once a description of the server's has come.
    pub remote_ufrag: Option<String>,
    /// The data channels that are open or about to be, by label.
    pub channels: BTreeMap<String, ChannelId>,
    /// What was received since it was last looked at: how many frames of whose track.
    pub heard: BTreeMap<String, usize>,
    /// Messages on data channels.
    pub messages: Vec<(String, Vec<u8>)>,
    keyframes_wanted: BTreeSet<(Mid, Option<String>)>,
    layered: BTreeSet<Mid>,
    decoding: BTreeSet<Mid>,
    frames: u64,
    outbox: VecDeque<(SocketAddr, Vec<u8>)>,
}

/// The simulcast layers of a publisher, lowest first, as LiveKit's SDKs call them.
pub const RIDS: [&str; 3] = ["q", "h", "f"];

/// What the next offer adds or changes.
enum Wanted {
    Send { kind: MediaKind, label: String, track: String, layered: bool },
    SendAndReceive { kind: MediaKind, label: String },
    Receive(MediaKind),
    Stop(String),
    Channel { label: String, lossy: bool },
    Restart,
}

impl Pc {
    /// A PeerConnection that sends from `address`.
    pub fn new(name: impl Into<String>, address: SocketAddr, now: Instant) -> Self {
        // Frames of one packet on a network that keeps their order: none is held back for others.
        let config = Rtc::builder().set_reordering_size_video(0).set_reordering_size_audio(0);
        let mut rtc = config.clear_codecs().enable_opus(true, false).enable_vp8(true).build(now);
        rtc.add_local_candidate(Candidate::host(address, "udp").expect("a host candidate"));
        Self {
            name: name.into(),
            address,
            rtc,
            wanted: Vec::new(),
            pending: None,
            sends: BTreeMap::new(),
            intents: BTreeMap::new(),
            remote_ufrag: None,
            channels: BTreeMap::new(),
            heard: BTreeMap::new(),
            messages: Vec::new(),
            keyframes_wanted: BTreeSet::new(),
            layered: BTreeSet::new(),
            decoding: BTreeSet::new(),
            frames: 0,
            outbox: VecDeque::new(),
        }
    }

    /// The next offer sends a track; `label` is for people, `track` goes into the msid.
    pub fn send(&mut self, kind: MediaKind, label: &str, track: &str) {
        self.wanted.push(Wanted::Send { kind, label: label.to_owned(), track: track.to_owned(), layered: false });
    }

    /// The next offer sends a picture in the layers of [`RIDS`].
    pub fn send_layers(&mut self, label: &str, track: &str) {
        let (label, track) = (label.to_owned(), track.to_owned());
        self.wanted.push(Wanted::Send { kind: MediaKind::Video, label, track, layered: true });
    }

    /// The next offer sends a track and wants one back in the same section.
    pub fn send_and_receive(&mut self, kind: MediaKind, label: &str) {
        self.wanted.push(Wanted::SendAndReceive { kind, label: label.to_owned() });
    }

    /// The next offer has one more receiving section.
    pub fn receive(&mut self, kind: MediaKind) {
        self.wanted.push(Wanted::Receive(kind));
    }

    /// The next offer no longer sends what is called `label`.
    pub fn stop(&mut self, label: &str) {
        self.wanted.push(Wanted::Stop(label.to_owned()));
    }

    /// The next offer has a data channel.
    pub fn channel(&mut self, label: &str, lossy: bool) {
        self.wanted.push(Wanted::Channel { label: label.to_owned(), lossy });
    }

    /// The next offer restarts ICE.
    pub fn restart(&mut self) {
        self.wanted.push(Wanted::Restart);
    }

    /// True while an offer waits for its answer.
    pub fn is_offering(&self) -> bool {
        self.pending.is_some()
    }

    /// Makes the offer.
    pub fn offer(&mut self) -> String {
        let stopped: Vec<Mid> = self
            .wanted
            .iter()
            .filter_map(|wanted| match wanted {
                Wanted::Stop(label) => self.sends.iter().find(|(_, sent)| *sent == label),
                Wanted::Send { .. }
                | Wanted::SendAndReceive { .. }
                | Wanted::Receive(_)
                | Wanted::Channel { .. }
                | Wanted::Restart => None,
            })
            .map(|(mid, _)| Mid::from(mid.as_str()))
            .collect();
        let mut changes = self.rtc.sdp_api();
        for wanted in self.wanted.drain(..) {
            match wanted {
                Wanted::Send { kind, label, track, layered } => {
                    let layers = Simulcast { send: RIDS.map(SimulcastLayer::new).to_vec(), recv: Vec::new() };
                    let layers = layered.then_some(layers);
                    let mid =
                        changes.add_media(kind, Direction::SendOnly, Some("stream".to_owned()), Some(track), layers);
                    self.sends.insert(mid.to_string(), label);
                    self.intents.insert(mid.to_string(), Direction::SendOnly);
                    if layered {
                        self.layered.insert(mid);
                    }
                }
                Wanted::SendAndReceive { kind, label } => {
                    let mid = changes.add_media(kind, Direction::SendRecv, Some("stream".to_owned()), None, None);
                    self.sends.insert(mid.to_string(), label);
                    self.intents.insert(mid.to_string(), Direction::SendRecv);
                }
                Wanted::Receive(kind) => {
                    let mid = changes.add_media(kind, Direction::RecvOnly, None, None, None);
                    self.intents.insert(mid.to_string(), Direction::RecvOnly);
                }
                Wanted::Stop(_) => {}
                Wanted::Channel { label, lossy } => {
                    let reliability =
                        if lossy { Reliability::MaxRetransmits { retransmits: 0 } } else { Reliability::Reliable };
                    let config =
                        ChannelConfig { label: label.clone(), ordered: !lossy, reliability, ..Default::default() };
                    let id = changes.add_channel_with_config(config);
                    self.channels.insert(label, id);
                }
                Wanted::Restart => {
                    changes.ice_restart(true);
                }
            }
        }
        for mid in stopped {
            self.sends.remove(&mid.to_string());
            self.intents.insert(mid.to_string(), Direction::Inactive);
        }
        for (mid, direction) in &self.intents {
            // There and back: an offer may be made again though nothing is new in it.
            changes.set_direction(Mid::from(mid.as_str()), Direction::Inactive);
            changes.set_direction(Mid::from(mid.as_str()), *direction);
        }
        let (offer, pending) = changes.apply().unwrap_or_else(|| panic!("{}: nothing to offer", self.name));
        self.pending = Some(pending);
        offer.to_sdp_string()
    }

    /// Takes the server's answer.
    pub fn accept_answer(&mut self, text: &str) {
        let pending = self.pending.take().unwrap_or_else(|| panic!("{}: an answer to no offer:\n{text}", self.name));
        let answer = SdpAnswer::from_sdp_string(text)
            .unwrap_or_else(|error| panic!("{}: no session description: {error}\n{text}", self.name));
        self.note_ufrag(text);
        if let Err(error) = self.rtc.sdp_api().accept_answer(pending, answer) {
            panic!("{}: the answer was refused: {error}\n{text}", self.name);
        }
    }

    /// Takes the server's offer; the answer to it.
    pub fn accept_offer(&mut self, text: &str) -> String {
        assert!(text.contains("a=setup:actpass"), "{}: an offer leaves the DTLS roles open:\n{text}", self.name);
        // Browsers choose to be active where they may; str0m would be passive.
        let offer = SdpOffer::from_sdp_string(&text.replace("a=setup:actpass", "a=setup:passive"))
            .unwrap_or_else(|error| panic!("{}: no session description: {error}\n{text}", self.name));
        self.note_ufrag(text);
        match self.rtc.sdp_api().accept_offer(offer) {
            Ok(answer) => answer.to_sdp_string(),
            Err(error) => panic!("{}: the offer was refused: {error}\n{text}", self.name),
        }
    }

    fn note_ufrag(&mut self, text: &str) {
        let ufrag = text.lines().find_map(|line| line.strip_prefix("a=ice-ufrag:"));
        self.remote_ufrag = ufrag.map(str::to_owned);
    }

    /// True where this m-line receives, as the client sees it.
    pub fn receives(&self, mid: &str) -> bool {
        let media = self.rtc.media(Mid::from(mid));
        media.is_some_and(|media| media.direction().is_receiving() && !media.stopped())
    }

    /// What the client sends on this m-line, where it does.
    pub fn sent_on(&self, mid: &str) -> Option<&str> {
        let media = self.rtc.media(Mid::from(mid))?;
        let sending = media.direction().is_sending() && !media.stopped();
        self.sends.get(mid).filter(|_| sending).map(String::as_str)
    }
}

/// The first bytes of a VP8 key frame of 640x480, and of any other frame.
const VP8_KEY: [u8; 10] = [0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0xe0, 0x01];
const VP8_DELTA: [u8; 3] = [0x11, 0, 0];

/// The engine at work: only in stories with a real worker.
impl Pc {
    /// Time went on.
    pub fn tick(&mut self, now: Instant) {
        self.rtc.handle_input(Input::Timeout(now)).expect("time goes on");
    }

    /// A datagram of the server's.
    pub fn receive_datagram(&mut self, from: SocketAddr, datagram: &[u8], now: Instant) {
        let receive = Receive::new(Protocol::Udp, from, self.address, datagram).expect("a datagram");
        self.rtc.handle_input(Input::Receive(now, receive)).expect("a datagram is taken");
        // The engine has taken it in only when it has nothing more to say to it.
        while let Some(transmit) = self.next_transmit(now) {
            self.outbox.push_back(transmit);
        }
    }

    /// The next datagram to send.
    pub fn poll(&mut self, now: Instant) -> Option<(SocketAddr, Vec<u8>)> {
        self.outbox.pop_front().or_else(|| self.next_transmit(now))
    }

    fn next_transmit(&mut self, now: Instant) -> Option<(SocketAddr, Vec<u8>)> {
        loop {
            match self.rtc.poll_output().expect("an output") {
                Output::Transmit(transmit) => return Some((transmit.destination, transmit.contents.to_vec())),
                Output::Event(event) => self.on_event(event),
                Output::Timeout(at) if at <= now => self.tick(now),
                Output::Timeout(_) => return None,
            }
        }
    }

    fn on_event(&mut self, event: Event) {
        match event {
            Event::MediaData(data) => self.on_media(&data),
            Event::KeyframeRequest(request) => {
                let layer = request.rid.map(|rid| rid.to_string());
                self.keyframes_wanted.insert((request.mid, layer));
            }
            Event::ChannelOpen(id, label) => {
                self.channels.insert(label, id);
            }
            Event::ChannelData(data) => {
                let label = self.channels.iter().find(|(_, id)| **id == data.id).map(|(label, _)| label.clone());
                self.messages.push((label.unwrap_or_default(), data.data.to_vec()));
            }
            _ => {}
        }
    }

    fn on_media(&mut self, data: &MediaData) {
        let media = self.rtc.media(data.mid).expect("a known m-line");
        if media.kind().is_video() {
            let key = data.data.first().is_some_and(|first| first & 1 == 0);
            if !self.decoding.contains(&data.mid) {
                assert!(key, "{}: a picture begins with a key frame", self.name);
                self.decoding.insert(data.mid);
            }
        }
        let text = String::from_utf8_lossy(&data.data);
        let whose = text.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map_or("black", |(name, _)| name);
        *self.heard.entry(whose.to_owned()).or_default() += 1;
    }

    /// Sends one frame of everything that it publishes, with its name in it.
    pub fn film(&mut self, now: Instant) {
        self.frames += 1;
        let sends: Vec<(Mid, String)> =
            self.sends.iter().map(|(mid, label)| (Mid::from(mid.as_str()), label.clone())).collect();
        for (mid, label) in sends {
            if self.layered.contains(&mid) {
                for rid in RIDS {
                    self.film_one(mid, Some(Rid::from(rid)), &format!("{label} {rid}"), now);
                }
            } else {
                self.film_one(mid, None, &label, now);
            }
        }
    }

    fn film_one(&mut self, mid: Mid, rid: Option<Rid>, label: &str, now: Instant) {
        let Some(media) = self.rtc.media(mid).filter(|media| media.direction().is_sending()) else { return };
        let video = media.kind().is_video();
        let wanted = (mid, rid.map(|rid| rid.to_string()));
        let key = self.frames == 1 || self.keyframes_wanted.contains(&wanted);
        let mut frame = match (video, key) {
            (true, true) => VP8_KEY.to_vec(),
            (true, false) => VP8_DELTA.to_vec(),
            (false, _) => vec![0x78],
        };
        frame.extend(format!("<{label}>").bytes());
        frame.resize(120, b'.');
        let rate = if video { Frequency::NINETY_KHZ } else { Frequency::FORTY_EIGHT_KHZ };
        let time = MediaTime::new(self.frames * 20 * u64::from(rate.get()) / 1000, rate);
        let Some(writer) = self.rtc.writer(mid) else { return };
        let Some(pt) = writer.payload_params().next().map(|params| params.pt()) else { return };
        let writer = if let Some(rid) = rid { writer.rid(rid) } else { writer };
        if writer.write(pt, now, time, frame).is_ok() {
            self.keyframes_wanted.remove(&wanted);
        }
    }

    /// Writes on a data channel; false where it is not open.
    pub fn write(&mut self, label: &str, payload: &[u8]) -> bool {
        let Some(id) = self.channels.get(label).copied() else { return false };
        self.rtc.channel(id).is_some_and(|mut channel| channel.write(true, payload).expect("a write"))
    }
}
