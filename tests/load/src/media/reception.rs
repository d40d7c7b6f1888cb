//! What one received RTP stream tells by its clear headers: counts, loss, jitter (RFC 3550 §6.4.1, appendix A).
use std::time::{Duration, Instant};

/// A jump of more than this is a stream started over, not loss.
const JUMP_MAX: u16 = 3000;

/// Counts, in packets; sums over streams and differences over time make sense.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Packets that should have come, by their numbers.
    pub expected: u64,
    /// Packets that came, each counted once.
    pub received: u64,
    /// Packets that came a second time, or too late to tell.
    pub repeated: u64,
    /// Bytes of packets that came, as on the wire without IP and UDP headers.
    pub bytes: u64,
}

impl Tally {
    /// Packets that did not come.
    pub const fn lost(&self) -> u64 {
        self.expected.saturating_sub(self.received)
    }

    /// What came between `earlier` and now.
    pub const fn since(&self, earlier: &Self) -> Self {
        Self {
            expected: self.expected.saturating_sub(earlier.expected),
            received: self.received.saturating_sub(earlier.received),
            repeated: self.repeated.saturating_sub(earlier.repeated),
            bytes: self.bytes.saturating_sub(earlier.bytes),
        }
    }

    /// Adds another stream's.
    pub const fn add(&mut self, other: &Self) {
        self.expected += other.expected;
        self.received += other.received;
        self.repeated += other.repeated;
        self.bytes += other.bytes;
    }

    /// Share of packets that did not come, 0 to 1.
    pub fn loss(&self) -> f64 {
        if self.expected == 0 { 0.0 } else { self.lost() as f64 / self.expected as f64 }
    }
}

/// One stream.
#[derive(Clone, Debug)]
pub struct Reception {
    /// Ticks of its media clock a second.
    clock_hz: u32,
    highest: u64,
    /// Which of the last 64 numbers came; bit 0 is `highest`.
    window: u64,
    tally: Tally,
    jitter_ticks: f64,
    transit: Option<i64>,
    reported: Tally,
}

impl Reception {
    /// A stream whose first packet has the number `sequence`.
    pub fn starting(clock_hz: u32, sequence: u16) -> Self {
        // One turn ahead, so that older numbers can be told from newer ones.
        let highest = (1 << 16) | u64::from(sequence);
        Self {
            clock_hz,
            highest: highest - 1,
            window: 0,
            tally: Tally::default(),
            jitter_ticks: 0.0,
            transit: None,
            reported: Tally::default(),
        }
    }

    /// Counts a packet; `at` is since the run's start. False for a repeat.
    pub fn note(&mut self, sequence: u16, timestamp: u32, bytes: usize, at: Duration) -> bool {
        let ahead = sequence.wrapping_sub(self.highest as u16);
        if ahead == 0 || ahead > u16::MAX - JUMP_MAX {
            return self.note_late(sequence, bytes);
        }
        if ahead > JUMP_MAX {
            self.window = 0;
            self.highest = (self.highest & !0xffff) + (1 << 16) + u64::from(sequence);
            self.tally.expected += 1;
        } else {
            self.window = self.window.checked_shl(u32::from(ahead)).unwrap_or(0);
            self.highest += u64::from(ahead);
            self.tally.expected += u64::from(ahead);
        }
        self.window |= 1;
        self.tally.received += 1;
        self.tally.bytes += bytes as u64;
        self.note_jitter(timestamp, at);
        true
    }

    fn note_late(&mut self, sequence: u16, bytes: usize) -> bool {
        let behind = u32::from((self.highest as u16).wrapping_sub(sequence));
        let bit = 1u64.checked_shl(behind).unwrap_or(0);
        if bit == 0 || self.window & bit != 0 {
            self.tally.repeated += 1;
            return false;
        }
        // From before the first one counted: not expected, so not received either.
        if u64::from(behind) >= self.tally.expected {
            return false;
        }
        self.window |= bit;
        self.tally.received += 1;
        self.tally.bytes += bytes as u64;
        true
    }

    fn note_jitter(&mut self, timestamp: u32, at: Duration) {
        let arrival = (at.as_micros() as u64).wrapping_mul(u64::from(self.clock_hz)) / 1_000_000;
        let transit = i64::from((arrival as u32).wrapping_sub(timestamp) as i32);
        if let Some(before) = self.transit.replace(transit) {
            let difference = (transit - before).unsigned_abs() as f64;
            self.jitter_ticks += (difference - self.jitter_ticks) / 16.0;
        }
    }

    /// What was counted so far.
    pub const fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Interarrival jitter, milliseconds.
    pub fn jitter_ms(&self) -> f64 {
        self.jitter_ticks * 1000.0 / f64::from(self.clock_hz)
    }

    /// The fields of a report block, whose fraction is of the time since the last call: fraction of 256, lost in all,
    /// highest number with its turns, jitter in ticks.
    pub fn report(&mut self) -> (u8, i32, u32, u32) {
        let since = self.tally.since(&self.reported);
        self.reported = self.tally;
        let fraction = (since.loss() * 256.0) as u8;
        // The turn that `starting` put ahead is nobody else's business.
        let highest = self.highest.wrapping_sub(1 << 16) as u32;
        (fraction, i32::try_from(self.tally.lost()).unwrap_or(i32::MAX), highest, self.jitter_ticks as u32)
    }
}

/// Finds the first whole picture of a VP8 stream: a key frame all of whose packets came in order.
#[derive(Clone, Debug, Default)]
pub struct FirstPicture {
    key: Option<(u32, u16)>,
    /// When it was whole.
    pub whole_at: Option<Instant>,
}

impl FirstPicture {
    /// Looks at an opened packet.
    pub fn look(&mut self, sequence: u16, timestamp: u32, marker: bool, payload: &[u8], now: Instant) {
        if self.whole_at.is_some() {
            return;
        }
        if starts_key_frame(payload) {
            self.key = Some((timestamp, sequence));
        } else {
            let follows = |(of, last): &(u32, u16)| *of == timestamp && last.wrapping_add(1) == sequence;
            self.key = self.key.filter(follows).map(|(of, _)| (of, sequence));
        }
        if marker && self.key.is_some() {
            self.whole_at = Some(now);
        }
    }
}

/// True for the first packet of a VP8 key frame (RFC 7741 §4.2, §4.3).
fn starts_key_frame(payload: &[u8]) -> bool {
    let mut bytes = payload.iter().copied();
    let Some(first) = bytes.next() else { return false };
    if first & 0x17 != 0x10 {
        return false;
    }
    if first & 0x80 != 0 {
        let Some(extensions) = bytes.next() else { return false };
        if extensions & 0x80 != 0 && bytes.next().is_some_and(|id| id & 0x80 != 0) {
            bytes.next();
        }
        if extensions & 0x40 != 0 {
            bytes.next();
        }
        if extensions & 0x30 != 0 {
            bytes.next();
        }
    }
    bytes.next().is_some_and(|frame| frame & 1 == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn play(sequences: &[u16]) -> Reception {
        let mut reception = Reception::starting(90_000, sequences[0]);
        for (turn, sequence) in sequences.iter().enumerate() {
            let turn = turn as u32;
            reception.note(*sequence, turn * 3000, 100, Duration::from_micros(u64::from(turn) * 100_000 / 3));
        }
        reception
    }

    #[test]
    fn packets_are_counted_by_their_numbers() {
        for (sequences, expected, received, repeated) in [
            (&[5u16, 6, 7][..], 3, 3, 0),
            (&[5, 7], 3, 2, 0),
            (&[5, 7, 6], 3, 3, 0),
            (&[5, 6, 6, 5], 2, 2, 2),
            (&[65_534, 65_535, 0, 1], 4, 4, 0),
            (&[65_534, 1], 4, 2, 0),
            // One from before the first is neither expected nor received.
            (&[5, 4], 1, 1, 0),
            // A stream that starts over has lost nothing.
            (&[5, 6, 40_000, 40_001], 4, 4, 0),
            // Late beyond what is remembered.
            (&[1, 200, 100], 200, 2, 1),
        ] {
            let tally = *play(sequences).tally();
            assert_eq!(
                (tally.expected, tally.received, tally.repeated),
                (expected, received, repeated),
                "{sequences:?}"
            );
        }
    }

    #[test]
    fn steady_packets_have_no_jitter_and_late_ones_have() {
        assert!(play(&[1, 2, 3, 4, 5]).jitter_ms() < 0.1);
        let mut reception = play(&[1, 2]);
        reception.note(3, 6000, 100, Duration::from_millis(83));
        assert!((reception.jitter_ms() - 1.0).abs() < 0.05, "16 ms late, of which a 16th: {}", reception.jitter_ms());
    }

    #[test]
    fn a_report_speaks_of_the_time_since_the_last_one() {
        let mut reception = play(&[10, 12]);
        let (fraction, lost, highest, _) = reception.report();
        assert_eq!((fraction, lost, highest), (85, 1, 12));
        reception.note(13, 0, 100, Duration::ZERO);
        assert_eq!(reception.report().0, 0);
    }

    #[test]
    fn the_first_picture_is_whole_with_its_last_packet_in_order() {
        let now = Instant::now();
        let key = [0x90, 0x80, 0x81, 0x00, 0x10, 0, 0];
        let more = [0x80, 0x80, 0x81, 0x00, 1];
        let mut picture = FirstPicture::default();
        picture.look(1, 9, true, &[0x90, 0x80, 0x81, 0x00, 0x11], now);
        assert!(picture.whole_at.is_none(), "no key frame");
        picture.look(2, 10, false, &key, now);
        picture.look(4, 10, true, &more, now);
        assert!(picture.whole_at.is_none(), "one packet is missing");
        picture.look(5, 11, false, &key, now);
        picture.look(6, 11, true, &more, now);
        assert!(picture.whole_at.is_some());
    }
}
