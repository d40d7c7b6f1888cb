//! The books that a participant keeps of what comes: whose stream a packet belongs to, its first frame, its checks.
use super::pc::Pc;
use super::reception::{FirstPicture, Reception};
use super::seat::{Rules, SeatReport};
use crate::sdp::Kind;
use rustc_hash::FxHashMap;
use sfu_core::media::transport::rtcp::{self, ReportBlock, RtcpPacket};
use std::time::{Duration, Instant};

/// A stream that the server has announced.
#[derive(Clone, Debug)]
pub struct Expected {
    /// Sound or picture.
    pub kind: Kind,
    /// Whose, by the label of its stream.
    pub owner: String,
    /// Its SSRCs, where the description names them.
    pub ssrcs: Vec<u32>,
    /// The payload type agreed on.
    pub payload_type: u8,
    /// Which of the participant's subscribers it comes on.
    pub subscriber: usize,
}

/// A stream that comes.
pub(super) struct Incoming {
    pub(super) kind: Kind,
    pub(super) subscriber: usize,
    pub(super) owner: Option<String>,
    pub(super) announced_at: Instant,
    pub(super) reception: Reception,
    pub(super) picture: FirstPicture,
    pub(super) heard: bool,
    pub(super) since_opened: u32,
    pub(super) last_sr: Option<(u32, Instant)>,
}

/// What is kept of packets that come on one subscriber.
pub(super) struct Books<'a> {
    pub(super) streams: &'a mut FxHashMap<u32, Incoming>,
    pub(super) expected: &'a [(Expected, Instant)],
    pub(super) report: &'a mut SeatReport,
    pub(super) number: usize,
}

impl Books<'_> {
    /// Counts a packet; true where it made the first frame of its stream whole.
    pub(super) fn count(&mut self, pc: &mut Pc, packet: &mut [u8], rules: &Rules, now: Instant) -> bool {
        let Some(fixed) = packet.first_chunk::<12>() else { return false };
        let [_, second, s0, s1, t0, t1, t2, t3, c0, c1, c2, c3] = *fixed;
        let (sequence, timestamp) = (u16::from_be_bytes([s0, s1]), u32::from_be_bytes([t0, t1, t2, t3]));
        let ssrc = u32::from_be_bytes([c0, c1, c2, c3]);
        if !self.streams.contains_key(&ssrc) {
            let Some(incoming) = self.admit(ssrc, second & 0x7f, sequence, now) else { return false };
            self.streams.insert(ssrc, incoming);
        }
        let Some(stream) = self.streams.get_mut(&ssrc) else { return false };
        let at = now.saturating_duration_since(rules.epoch);
        if !stream.reception.note(sequence, timestamp, packet.len(), at) {
            return false;
        }
        let blind = match stream.kind {
            Kind::Video => stream.picture.whole_at.is_none(),
            Kind::Audio | Kind::Application => !stream.heard,
        };
        stream.since_opened += 1;
        let checks = rules.verify_every > 0 && stream.since_opened >= rules.verify_every;
        if !blind && !checks {
            return false;
        }
        stream.since_opened = 0;
        self.report.opened += 1;
        let Some((header, len)) = pc.open(packet) else {
            self.report.unopened += 1;
            return false;
        };
        stream.heard = true;
        let payload = packet.get(header..len).unwrap_or_default();
        if stream.kind == Kind::Video {
            stream.picture.look(sequence, timestamp, second & 0x80 != 0, payload, now);
        }
        let first = blind && (stream.kind == Kind::Audio || stream.picture.whole_at.is_some());
        if first {
            self.report.first_frame_ms.push(ms(now.saturating_duration_since(stream.announced_at)));
        }
        first
    }

    /// What an SSRC that was not heard before belongs to; `None` where its payload type is nothing that we asked for.
    fn admit(&self, ssrc: u32, payload_type: u8, sequence: u16, now: Instant) -> Option<Incoming> {
        let here = || self.expected.iter().filter(|(known, _)| known.subscriber == self.number);
        let by_ssrc = here().find(|(known, _)| known.ssrcs.contains(&ssrc));
        let mut by_type = here().filter(|(known, _)| known.payload_type == payload_type);
        let (first, second) = (by_type.next(), by_type.next());
        // By its payload type a stream is known only where no other on this subscriber has the same.
        let sure = by_ssrc.or(first.filter(|_| second.is_none()));
        let (found, announced_at) = by_ssrc.or(first)?;
        if found.payload_type != payload_type {
            return None;
        }
        let clock_hz = match found.kind {
            Kind::Video => 90_000,
            Kind::Audio | Kind::Application => 48_000,
        };
        Some(Incoming {
            kind: found.kind,
            subscriber: self.number,
            owner: sure.map(|(known, _)| known.owner.clone()),
            announced_at: if sure.is_some() { *announced_at } else { now },
            reception: Reception::starting(clock_hz, sequence),
            picture: FirstPicture::default(),
            heard: false,
            since_opened: 0,
            last_sr: None,
        })
    }
}

/// Notes when whose sender reports came, which reports refer to.
pub(super) fn note_sender_reports(streams: &mut FxHashMap<u32, Incoming>, compound: &[u8], now: Instant) {
    for packet in rtcp::parse(compound).flatten() {
        if let RtcpPacket::SenderReport { info, .. } = packet
            && let Some(stream) = streams.get_mut(&info.ssrc)
        {
            stream.last_sr = Some((info.ntp.middle(), now));
        }
    }
}

/// What a receiver report says of a stream.
pub(super) fn report_block(ssrc: u32, stream: &mut Incoming, now: Instant) -> ReportBlock {
    let (fraction_lost, cumulative_lost, highest_sequence, jitter) = stream.reception.report();
    let (last_sr, delay) = stream.last_sr.map_or((0, Duration::ZERO), |(middle, at)| (middle, now - at));
    let delay_since_last_sr = (delay.as_secs_f64() * 65_536.0) as u32;
    ReportBlock { ssrc, fraction_lost, cumulative_lost, highest_sequence, jitter, last_sr, delay_since_last_sr }
}

/// In milliseconds.
pub(super) fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
