//! One participant's media: what it sends on its publisher, what comes on its subscriber, and whether that is enough.
use super::books::{Books, Expected, Incoming, ms, note_sender_reports, report_block};
use super::health::Health;
use super::inbox::Inbox;
use super::pc::{Arrival, Far, Pc, PcConfig, PcError, Which};
use super::reception::Tally;
use super::source::{Camera, Microphone, Pattern, Stream};
use crate::plan::Part;
use crate::sdp::{Kind, Local, OPUS_PAYLOAD_TYPE, VP8_PAYLOAD_TYPE};
use rand::RngExt;
use rand::rngs::StdRng;
use rustc_hash::FxHashMap;
use sfu_core::media::transport::rtcp::{self, NtpTime, ReportBlock, RtcpPacket, RtcpWriter, SenderInfo};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// How often reports are sent, and health is looked at.
const REPORT_INTERVAL: Duration = Duration::from_secs(1);
const CNAME: &str = "viaduct-load";

/// What signalling needs to describe the two associations.
#[derive(Clone, Debug)]
pub struct OpenedSeat {
    /// The publisher's half.
    pub publisher: Local,
    /// Each subscriber's half.
    pub subscribers: Vec<Local>,
    /// SSRC of the sound that will be sent.
    pub audio_ssrc: u32,
    /// SSRC of the picture.
    pub video_ssrc: u32,
}

/// What signalling is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaNews {
    /// An association stands.
    Connected(Which),
    /// Both own tracks are sent and both tracks of another are received, as far as it is to do these.
    Up,
    /// It cannot go on, for this reason.
    Failed(String),
}

/// Counters of one participant.
#[derive(Clone, Debug, Default)]
pub struct SeatReport {
    /// What came, over all streams.
    pub tally: Tally,
    /// Packets sent.
    pub sent: u64,
    /// Largest jitter of a stream that is still there, milliseconds.
    pub jitter_ms: f64,
    /// Streams that the server's last offer announced.
    pub announced: u32,
    /// Streams received so far.
    pub streams: u32,
    /// Packets opened as a check, and those that did not open.
    pub opened: u64,
    /// See `opened`.
    pub unopened: u64,
    /// For each stream: from its announcement to its first whole picture or sound, milliseconds.
    pub first_frame_ms: Vec<f64>,
    /// Pictures decoded, where there is a decoder: in a browser.
    pub frames_decoded: u64,
    /// From the start to both associations standing, milliseconds.
    pub connect_ms: Option<f64>,
    /// SRTP profile of the subscriber.
    pub profile: Option<&'static str>,
}

/// One participant's media.
pub struct Seat {
    publisher: Pc,
    subscribers: Vec<Pc>,
    camera: Camera,
    microphone: Microphone,
    sending: bool,
    expected: Vec<(Expected, Instant)>,
    incoming: FxHashMap<u32, Incoming>,
    gone: Tally,
    opened_at: Instant,
    report_at: Instant,
    publisher_at: Instant,
    up: bool,
    part: Part,
    health: Health,
    report: SeatReport,
    ssrc: u32,
}

/// What is the same for everybody.
pub struct Rules {
    /// What is sent.
    pub pattern: Pattern,
    /// Every n-th packet is opened as a check; 0: only the first ones.
    pub verify_every: u32,
    /// Largest share of packets that a participant may lose over five seconds, 0 to 1.
    pub loss_max: f64,
    /// The run's start, for arrival times.
    pub epoch: Instant,
    /// Wall clock at `epoch`, since 1970.
    pub unix_epoch: Duration,
    /// The system may hand over and take several datagrams at a time.
    pub offload: bool,
}

impl Seat {
    /// Sockets for a publisher and `subscribers`, and a camera that is still off.
    pub fn open(
        config: &PcConfig,
        rules: &Rules,
        (part, subscribers): (Part, usize),
        random: &mut StdRng,
        now: Instant,
    ) -> Result<Self, PcError> {
        let layers = if rules.pattern.simulcast { 3 } else { 1 };
        let mut stream = |payload_type| {
            Stream::new(random.random_range(1..u32::MAX), payload_type, random.random(), random.random())
        };
        let layers = (0..layers).map(|_| stream(VP8_PAYLOAD_TYPE)).collect();
        let sound = stream(OPUS_PAYLOAD_TYPE);
        Ok(Self {
            publisher: Pc::new(config, rules.offload, now)?,
            subscribers: (0..subscribers).map(|_| Pc::new(config, rules.offload, now)).collect::<Result<_, _>>()?,
            camera: Camera::new(rules.pattern, layers, now),
            microphone: Microphone::new(&rules.pattern, sound, now),
            sending: false,
            expected: Vec::new(),
            incoming: FxHashMap::default(),
            gone: Tally::default(),
            opened_at: now,
            report_at: now + REPORT_INTERVAL.mul_f64(random.random()),
            publisher_at: now,
            up: false,
            part,
            health: Health::default(),
            report: SeatReport::default(),
            ssrc: random.random_range(1..u32::MAX),
        })
    }

    /// What signalling needs.
    pub fn describe(&mut self) -> OpenedSeat {
        OpenedSeat {
            publisher: self.publisher.local(),
            subscribers: self.subscribers.iter_mut().map(Pc::local).collect(),
            audio_ssrc: self.microphone.stream.ssrc,
            video_ssrc: self.camera.layers.first().map_or(0, |layer| layer.ssrc),
        }
    }

    /// The server's half of an association.
    pub fn connect(&mut self, which: Which, far: &Far, now: Instant) -> Result<(), PcError> {
        self.pc(which).map_or(Ok(()), |pc| pc.connect(far, now))
    }

    /// One more subscriber: its number and its half.
    pub fn add_subscriber(
        &mut self,
        config: &PcConfig,
        rules: &Rules,
        now: Instant,
    ) -> Result<(usize, Local), PcError> {
        let mut pc = Pc::new(config, rules.offload, now)?;
        let local = pc.local();
        self.subscribers.push(pc);
        Ok((self.subscribers.len() - 1, local))
    }

    /// A candidate of the server's.
    pub fn add_candidate(&mut self, which: Which, candidate: &str, now: Instant) -> Result<(), PcError> {
        self.pc(which).map_or(Ok(()), |pc| pc.add_candidate(candidate, now))
    }

    fn pc(&mut self, which: Which) -> Option<&mut Pc> {
        match which {
            Which::Publisher => Some(&mut self.publisher),
            Which::Subscriber(number) => self.subscribers.get_mut(number),
        }
    }

    /// What the server's last offer announced; streams that it no longer names are over.
    pub fn expect(&mut self, expected: Vec<Expected>, now: Instant) {
        let before = std::mem::take(&mut self.expected);
        self.expected = expected
            .into_iter()
            .map(|new| {
                let same = |(old, _): &&(Expected, Instant)| old.owner == new.owner && old.kind == new.kind;
                let since = before.iter().find(same).map_or(now, |(_, since)| *since);
                (new, since)
            })
            .collect();
        let named = |owner: &String| self.expected.iter().any(|(known, _)| known.owner == *owner);
        let over: Vec<u32> = self
            .incoming
            .iter()
            .filter(|(_, stream)| stream.owner.as_ref().is_some_and(|owner| !named(owner)))
            .map(|(ssrc, _)| *ssrc)
            .collect();
        for stream in over.iter().filter_map(|ssrc| self.incoming.remove(ssrc)) {
            self.gone.add(stream.reception.tally());
        }
    }

    /// Does all that is due: receives where it is its turn to look, sends, reports.
    pub fn tick(
        &mut self,
        rules: &Rules,
        inbox: &mut Inbox,
        looks: bool,
        now: Instant,
        news: &mut Vec<MediaNews>,
    ) -> Result<(), PcError> {
        if looks || !self.up {
            self.receive_subscribers(rules, inbox, now, news)?;
        }
        let settled = self.up && (self.sending || !self.part.publishes());
        // What a publisher receives is rare, but for its handshake.
        if !settled || self.publisher_at <= now {
            self.publisher_at = now + Duration::from_millis(20);
            self.receive_publisher(rules, inbox, now, news)?;
        }
        if self.sending {
            self.camera.film(&mut self.publisher, now)?;
            self.microphone.listen(&mut self.publisher, now)?;
            self.publisher.flush();
        }
        if self.part == Part::Sends && self.sending && !self.up {
            self.up = true;
            news.push(MediaNews::Up);
        }
        if self.report_at <= now {
            self.report_at = now + REPORT_INTERVAL;
            self.send_reports(rules, now)?;
            self.look_at_health(rules, news);
        }
        Ok(())
    }

    fn receive_subscribers(
        &mut self,
        rules: &Rules,
        inbox: &mut Inbox,
        now: Instant,
        news: &mut Vec<MediaNews>,
    ) -> Result<(), PcError> {
        for number in 0..self.subscribers.len() {
            let Some(pc) = self.subscribers.get_mut(number) else { break };
            let mut connected = pc.tick(now)?;
            let mut fresh = false;
            pc.receive(inbox)?;
            for index in 0..inbox.len() {
                let (from, datagram) = inbox.datagram(index);
                let (stands, arrival) = pc.sort(from, datagram, now)?;
                connected |= stands;
                match arrival {
                    Arrival::Handled => {}
                    Arrival::Rtp(packet) => {
                        let mut books = Books {
                            streams: &mut self.incoming,
                            expected: &self.expected,
                            report: &mut self.report,
                            number,
                        };
                        fresh |= books.count(pc, packet, rules, now);
                    }
                    Arrival::Rtcp(compound) => note_sender_reports(&mut self.incoming, compound, now),
                }
            }
            if connected {
                self.on_connected(Which::Subscriber(number), now, news);
            }
            if fresh {
                self.look_whether_up(rules, news);
            }
        }
        Ok(())
    }

    fn receive_publisher(
        &mut self,
        rules: &Rules,
        inbox: &mut Inbox,
        now: Instant,
        news: &mut Vec<MediaNews>,
    ) -> Result<(), PcError> {
        if self.publisher.tick(now)? {
            self.on_connected(Which::Publisher, now, news);
        }
        self.publisher.receive(inbox)?;
        for index in 0..inbox.len() {
            let (from, datagram) = inbox.datagram(index);
            let (connected, arrival) = self.publisher.sort(from, datagram, now)?;
            if let Arrival::Rtcp(compound) = arrival {
                let wanted = rtcp::parse(compound)
                    .flatten()
                    .any(|packet| matches!(packet, RtcpPacket::PictureLoss { .. } | RtcpPacket::FullIntra { .. }));
                if wanted {
                    self.camera.want_key_frame();
                }
            }
            if connected {
                self.on_connected(Which::Publisher, now, news);
            }
        }
        // All of it may have been there before our own association stood.
        self.look_whether_up(rules, news);
        Ok(())
    }

    fn on_connected(&mut self, which: Which, now: Instant, news: &mut Vec<MediaNews>) {
        news.push(MediaNews::Connected(which));
        self.sending |= which == Which::Publisher;
        let stand = !self.subscribers.is_empty() && self.subscribers.iter().all(Pc::is_connected);
        if (self.publisher.is_connected() || !self.part.publishes()) && stand && self.report.connect_ms.is_none() {
            self.report.connect_ms = Some(ms(now - self.opened_at));
            self.report.profile = self.subscribers.first().and_then(Pc::profile).map(profile_name);
        }
    }

    fn look_whether_up(&mut self, rules: &Rules, news: &mut Vec<MediaNews>) {
        if self.up || (self.part.publishes() && !self.sending) {
            return;
        }
        let mut kinds: BTreeMap<Option<&str>, (bool, bool)> = BTreeMap::new();
        for stream in self.incoming.values() {
            let (sound, picture) = kinds.entry(stream.owner.as_deref()).or_default();
            *sound |= stream.kind == Kind::Audio && stream.heard;
            *picture |= stream.kind == Kind::Video && stream.picture.whole_at.is_some();
        }
        let no_picture = rules.pattern.fps == 0;
        if kinds.values().any(|(sound, picture)| *sound && (*picture || no_picture)) {
            self.up = true;
            news.push(MediaNews::Up);
        }
    }

    fn send_reports(&mut self, rules: &Rules, now: Instant) -> Result<(), PcError> {
        let ntp = NtpTime::from_unix(rules.unix_epoch + now.saturating_duration_since(rules.epoch));
        if self.sending {
            for stream in self.camera.layers.iter().chain([&self.microphone.stream]) {
                let info = SenderInfo {
                    ssrc: stream.ssrc,
                    ntp,
                    rtp_timestamp: stream.timestamp(),
                    packet_count: stream.packets,
                    octet_count: stream.octets,
                };
                send_compound(&mut self.publisher, |writer| {
                    writer.sender_report(&info, &[])?;
                    writer.source_description(stream.ssrc, CNAME)
                })?;
            }
        }
        self.report_what_came(now)
    }

    /// Receiver reports, and a wish for a key frame where there is none yet.
    fn report_what_came(&mut self, now: Instant) -> Result<(), PcError> {
        let own = self.ssrc;
        for (number, pc) in self.subscribers.iter_mut().enumerate() {
            let streams = || self.incoming.iter().filter(|(_, stream)| stream.subscriber == number);
            let blind: Vec<u32> = streams()
                .filter(|(_, stream)| stream.kind == Kind::Video && stream.picture.whole_at.is_none())
                .map(|(ssrc, _)| *ssrc)
                .collect();
            let blocks: Vec<ReportBlock> = self
                .incoming
                .iter_mut()
                .filter(|(_, stream)| stream.subscriber == number)
                .map(|(ssrc, stream)| report_block(*ssrc, stream, now))
                .collect();
            for chunk in blocks.chunks(31) {
                send_compound(pc, |writer| {
                    writer.receiver_report(own, chunk)?;
                    writer.source_description(own, CNAME)
                })?;
            }
            for ssrc in blind {
                send_compound(pc, |writer| {
                    writer.receiver_report(own, &[])?;
                    writer.picture_loss(own, ssrc)
                })?;
            }
        }
        Ok(())
    }

    fn look_at_health(&mut self, rules: &Rules, news: &mut Vec<MediaNews>) {
        let judged = self.up && self.part.receives() && !self.expected.is_empty();
        let tally = self.tally();
        news.extend(self.health.look(tally, judged, rules.loss_max).map(MediaNews::Failed));
    }

    fn tally(&self) -> Tally {
        let mut sum = self.gone;
        self.incoming.values().for_each(|stream| sum.add(stream.reception.tally()));
        sum
    }

    /// Counters as they are.
    pub fn report(&self) -> SeatReport {
        let jitter = self.incoming.values().map(|stream| stream.reception.jitter_ms()).fold(0.0, f64::max);
        let layers = self.camera.layers.iter().map(|layer| u64::from(layer.packets)).sum::<u64>();
        SeatReport {
            tally: self.tally(),
            sent: layers + u64::from(self.microphone.stream.packets),
            jitter_ms: jitter,
            announced: self.expected.len() as u32,
            streams: self.incoming.len() as u32,
            ..self.report.clone()
        }
    }

    /// Says goodbye on both associations.
    pub fn close(&mut self, now: Instant) {
        self.publisher.close(now);
        self.subscribers.iter_mut().for_each(|pc| pc.close(now));
    }
}

fn send_compound(
    pc: &mut Pc,
    write: impl FnOnce(&mut RtcpWriter<'_>) -> Result<(), rtcp::RtcpError>,
) -> Result<(), PcError> {
    let mut buffer = [0; 1200];
    let mut writer = RtcpWriter::new(&mut buffer);
    // Everything that is written fits; what does not is left out.
    let _ = write(&mut writer);
    pc.send_rtcp(writer.bytes())
}

const fn profile_name(profile: sfu_core::media::transport::srtp::SrtpProfile) -> &'static str {
    use sfu_core::media::transport::srtp::SrtpProfile;
    match profile {
        SrtpProfile::AeadAes256Gcm => "AEAD_AES_256_GCM",
        SrtpProfile::AeadAes128Gcm => "AEAD_AES_128_GCM",
        SrtpProfile::Aes128CmSha1_80 => "AES128_CM_HMAC_SHA1_80",
    }
}
