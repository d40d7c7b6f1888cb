//! The sending half: what was sent under which transport-wide number, and what became of it by the peer's feedback.

use crate::media::prefetch::prefetch;
use crate::media::rtp::sequence::{extend, extend_half};
use crate::media::transport::rtcp::TransportFeedback;
use std::time::{Duration, Instant};

/// Packets remembered until feedback tells of them.
const WINDOW: u64 = 2_048;
/// Packets that are sent to one receiver at once, mostly.
const NEXT_RECORDS: usize = 6;
/// The reference time on the wire has 24 bits of 64 ms; in units of 250 µs it wraps at this.
const REFERENCE_WRAP: i64 = 1 << 32;

/// What feedback says of one packet that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PacketResult {
    /// Extended transport-wide number.
    pub number: u64,
    /// When it was sent.
    pub sent: Instant,
    /// Its size on the wire, in bytes.
    pub size_bytes: u16,
    /// It is of a picture: something that can be sent in less.
    pub is_picture: bool,
    /// When it arrived on the receiver's clock, in units of 250 µs that do not wrap; none where it is lost.
    pub arrival_250us: Option<i64>,
}

/// Totals of one Transport.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SendCounters {
    /// Packets sent.
    pub sent: u64,
    /// Packets reported as received.
    pub received: u64,
    /// Packets reported as lost and not reported as received later.
    pub lost: u64,
}

/// Numbers outgoing packets and pairs them with feedback.
#[derive(Debug, Default)]
pub struct SendRecorder {
    /// By number modulo [`WINDOW`].
    records: Vec<Record>,
    next: u64,
    /// What the records' times count from.
    start: Option<Instant>,
    /// When the last packet was sent, microseconds after the start.
    last_us: u64,
    counters: SendCounters,
    /// Reference time of the last feedback, unwrapped.
    last_reference_250us: Option<i64>,
}

/// One packet, small: there are many of them, and each packet that is sent writes one.
#[derive(Clone, Copy, Debug, Default)]
struct Record {
    /// The lower half of its number.
    number: u32,
    /// The lower half of its time, microseconds after the start.
    sent_us: u32,
    size_bytes: u16,
    is_picture: bool,
    state: RecordState,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum RecordState {
    /// Nothing was sent, or it has arrived.
    #[default]
    Settled,
    /// Nothing is known of it.
    Open,
    /// It was told lost.
    Lost,
}

impl SendRecorder {
    /// A recorder that has sent nothing; numbers start at 0.
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes a packet that is sent now and gives its transport-wide number.
    pub fn handle_sent(&mut self, size_bytes: u16, is_picture: bool, now: Instant) -> u16 {
        if self.records.is_empty() {
            self.records.resize(WINDOW as usize, Record::default());
        }
        let number = self.next;
        self.next += 1;
        self.counters.sent += 1;
        let since = now.saturating_duration_since(*self.start.get_or_insert(now));
        self.last_us = u64::try_from(since.as_micros()).unwrap_or(u64::MAX);
        let (number_half, sent_us) = (number as u32, self.last_us as u32);
        if let Some(place) = self.records.get_mut((number % WINDOW) as usize) {
            *place = Record { number: number_half, sent_us, size_bytes, is_picture, state: RecordState::Open };
        }
        number as u16
    }

    /// Asks memory for the places of the next packets.
    pub fn prefetch(&self) {
        let place = (self.next % WINDOW) as usize;
        self.records.get(place..self.records.len().min(place + NEXT_RECORDS)).map(prefetch);
    }

    /// Reads feedback and appends what is new in it to `results`: every packet once as received, or once as lost and
    /// perhaps later as received. What was never sent, or too long ago, is passed over.
    pub fn handle_feedback(&mut self, feedback: &TransportFeedback<'_>, results: &mut Vec<PacketResult>) {
        let (Some(newest), Some(start)) = (self.next.checked_sub(1), self.start) else {
            return;
        };
        let Some(base) = extend(newest, feedback.base_sequence) else {
            return;
        };
        let unwrap = self.unwrap_reference(feedback.reference_time_64ms);
        for (number, status) in (base..).zip(feedback.statuses()) {
            let Some(place) = self.records.get_mut((number % WINDOW) as usize) else {
                return;
            };
            if place.number != number as u32 || place.state == RecordState::Settled {
                continue;
            }
            let Some(sent) =
                extend_half(self.last_us, place.sent_us).and_then(|us| start.checked_add(Duration::from_micros(us)))
            else {
                continue;
            };
            let arrival_250us = status.arrival_250us.map(|arrival| arrival + unwrap);
            let is_told_lost = place.state == RecordState::Lost;
            let Record { size_bytes, is_picture, .. } = *place;
            if arrival_250us.is_some() {
                self.counters.received += 1;
                self.counters.lost -= u64::from(is_told_lost);
                place.state = RecordState::Settled;
            } else if is_told_lost {
                continue;
            } else {
                place.state = RecordState::Lost;
                self.counters.lost += 1;
            }
            results.push(PacketResult { number, sent, size_bytes, is_picture, arrival_250us });
        }
    }

    /// The extended number of the packet that is sent next.
    pub const fn next_number(&self) -> u64 {
        self.next
    }

    /// Totals so far.
    pub const fn counters(&self) -> SendCounters {
        self.counters
    }

    /// What must be added to the arrivals of a feedback packet so that they go on over the wrap of its reference time.
    fn unwrap_reference(&mut self, reference_64ms: i32) -> i64 {
        let on_wire = i64::from(reference_64ms) * 256;
        let last = self.last_reference_250us.unwrap_or(on_wire);
        let turns = (last - on_wire + REFERENCE_WRAP / 2).div_euclid(REFERENCE_WRAP);
        self.last_reference_250us = Some(on_wire + turns * REFERENCE_WRAP);
        turns * REFERENCE_WRAP
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test needs some moment to count from")]
mod tests {
    use super::*;
    use crate::media::transport::rtcp::{FeedbackHead, RtcpPacket, RtcpWriter, parse};

    fn told(recorder: &mut SendRecorder, base: u16, reference: u32, deltas: &[Option<i16>]) -> Vec<(u64, Option<i64>)> {
        let head = FeedbackHead {
            sender_ssrc: 1,
            media_ssrc: 2,
            base_sequence: base,
            reference_time_64ms: reference,
            feedback_count: 0,
        };
        let mut buffer = [0; 500];
        let mut writer = RtcpWriter::new(&mut buffer);
        writer.transport_feedback(&head, deltas).unwrap();
        let Some(Ok(RtcpPacket::TransportFeedback(feedback))) = parse(writer.bytes()).next() else {
            panic!("no feedback packet");
        };
        let mut results = Vec::new();
        recorder.handle_feedback(&feedback, &mut results);
        results.into_iter().map(|result| (result.number, result.arrival_250us)).collect()
    }

    #[test]
    fn every_packet_is_told_once_and_a_lost_one_may_be_found_later() {
        let now = Instant::now();
        let mut recorder = SendRecorder::new();
        assert_eq!(told(&mut recorder, 0, 0, &[Some(1)]), [], "nothing was sent");
        for number in 0..4 {
            assert_eq!(recorder.handle_sent(1_200, true, now), number);
        }
        let first = told(&mut recorder, 0, 1, &[Some(1), None, Some(2)]);
        assert_eq!(first, [(0, Some(257)), (1, None), (2, Some(259))]);
        assert_eq!(recorder.counters(), SendCounters { sent: 4, received: 2, lost: 1 });
        let again = told(&mut recorder, 1, 1, &[None, Some(9), Some(9)]);
        assert_eq!(again, [(3, Some(274))]);
        assert_eq!(told(&mut recorder, 1, 2, &[Some(0)]), [(1, Some(512))]);
        assert_eq!(recorder.counters(), SendCounters { sent: 4, received: 4, lost: 0 });
        assert_eq!(told(&mut recorder, 4, 2, &[Some(0), None]), [], "never sent");
    }

    #[test]
    fn numbers_and_the_receivers_clock_are_followed_over_their_wraps() {
        let now = Instant::now();
        let mut recorder = SendRecorder::new();
        for _ in 0..65_540 {
            recorder.handle_sent(1, true, now);
        }
        assert_eq!(told(&mut recorder, 65_535, 0x7f_ffff, &[Some(0)]), [(65_535, Some(0x7f_ffff * 256))]);
        assert_eq!(told(&mut recorder, 0, 0x80_0000, &[Some(0)]), [(65_536, Some(0x80_0000 * 256))]);
        assert_eq!(told(&mut recorder, 1, 0x7f_ffff, &[Some(3)]), [(65_537, Some(0x7f_ffff * 256 + 3))]);
        assert_eq!(told(&mut recorder, 100, 0, &[Some(0)]), [], "sent too long ago");
    }
}
