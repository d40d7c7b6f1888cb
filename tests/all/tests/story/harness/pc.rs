//! A client's PeerConnection: str0m's full engine, which writes real offers, takes the server's answers and says what
//! it thinks of them. A description that a browser would refuse fails the story here.
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Instant;
use str0m::change::{SdpAnswer, SdpOffer, SdpPendingOffer};
use str0m::channel::{ChannelConfig, ChannelId, Reliability};
use str0m::media::{Direction, MediaKind, Mid};
use str0m::{Candidate, Rtc};

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
    /// The data channels that it opened, by label.
    pub channels: BTreeMap<String, ChannelId>,
}

/// What the next offer adds or changes.
enum Wanted {
    Send { kind: MediaKind, label: String, track: String },
    Receive(MediaKind),
    Stop(String),
    Channel { label: String, lossy: bool },
    Restart,
}

impl Pc {
    /// A PeerConnection that sends from `address`.
    pub fn new(name: impl Into<String>, address: SocketAddr, now: Instant) -> Self {
        let mut rtc = Rtc::builder().clear_codecs().enable_opus(true, false).enable_vp8(true).build(now);
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
        }
    }

    /// The next offer sends a track; `label` is for people, `track` goes into the msid.
    pub fn send(&mut self, kind: MediaKind, label: &str, track: &str) {
        self.wanted.push(Wanted::Send { kind, label: label.to_owned(), track: track.to_owned() });
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
                Wanted::Send { .. } | Wanted::Receive(_) | Wanted::Channel { .. } | Wanted::Restart => None,
            })
            .map(|(mid, _)| Mid::from(mid.as_str()))
            .collect();
        let mut changes = self.rtc.sdp_api();
        for wanted in self.wanted.drain(..) {
            match wanted {
                Wanted::Send { kind, label, track } => {
                    let mid =
                        changes.add_media(kind, Direction::SendOnly, Some("stream".to_owned()), Some(track), None);
                    self.sends.insert(mid.to_string(), label);
                    self.intents.insert(mid.to_string(), Direction::SendOnly);
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
