//! The receiving half: when each packet of one Transport arrived, and feedback of it every 50 ms.

use crate::media::rtp::sequence::SequenceExtender;
use crate::media::transport::rtcp::{FeedbackHead, RtcpError, RtcpWriter};
use std::time::{Duration, Instant};

/// Time between two feedback packets: what Chromium and Firefox were seen to ramp up best on.
pub const FEEDBACK_INTERVAL: Duration = Duration::from_millis(50);

/// Numbers that are remembered: seconds of the fastest sender.
const WINDOW: u64 = 2_048;
/// Received packets told in one feedback packet, so that it fits a datagram in the worst case.
const MAX_RECEIVED: usize = 300;
/// One unit of the reference time in units of the deltas.
const TICKS_PER_REFERENCE: u64 = 256;

/// Arrival times of one Transport's packets by transport-wide number.
#[derive(Debug)]
pub struct ArrivalRecorder {
    start: Instant,
    extender: SequenceExtender,
    /// Arrival in 250 µs since `start`, plus one; 0 where it did not arrive. By number modulo [`WINDOW`].
    arrivals: Vec<u64>,
    /// First number not reported on, and first one not seen yet; none before the first packet.
    open: Option<(u64, u64)>,
    media_ssrc: u32,
    feedback_count: u8,
    due: Option<Instant>,
    last_feedback: Option<Instant>,
    deltas: Vec<Option<i16>>,
}

impl ArrivalRecorder {
    /// A recorder whose times count from `start`.
    pub const fn new(start: Instant) -> Self {
        Self {
            start,
            extender: SequenceExtender::new(),
            arrivals: Vec::new(),
            open: None,
            media_ssrc: 0,
            feedback_count: 0,
            due: None,
            last_feedback: None,
            deltas: Vec::new(),
        }
    }

    /// Notes an authenticated packet, media, RTX or padding alike.
    pub fn handle_packet(&mut self, sequence: u16, ssrc: u32, now: Instant) {
        if self.arrivals.is_empty() {
            self.arrivals.resize(WINDOW as usize, 0);
        }
        let number = self.extender.extend(sequence);
        let (mut unreported, mut end) = self.open.unwrap_or((number, number));
        if number + WINDOW < end {
            return;
        }
        if number >= end {
            // Places of numbers that were not seen still hold what was there a window ago.
            for missing in end.max((number + 1).saturating_sub(WINDOW))..number {
                self.set(missing, 0);
            }
            end = number + 1;
        } else if self.get(number).is_some() {
            return;
        }
        unreported = unreported.min(number).max(end.saturating_sub(WINDOW));
        self.set(number, self.ticks(now) + 1);
        self.open = Some((unreported, end));
        self.media_ssrc = ssrc;
        if self.due.is_none() {
            self.due = Some(self.last_feedback.map_or(now, |last| now.max(last + FEEDBACK_INTERVAL)));
        }
    }

    /// When feedback is due; none while there is nothing to report.
    pub const fn poll_timeout(&self) -> Option<Instant> {
        self.due
    }

    /// Writes one feedback packet if one is due and says whether it did; call until it does not. After an error the
    /// report is still to be made.
    pub fn poll_feedback(
        &mut self,
        sender_ssrc: u32,
        now: Instant,
        out: &mut RtcpWriter<'_>,
    ) -> Result<bool, RtcpError> {
        let (Some(due), Some((base, end))) = (self.due, self.open) else {
            return Ok(false);
        };
        if due > now {
            return Ok(false);
        }
        let (reference_time_64ms, next) = self.collect(base, end);
        let head = FeedbackHead {
            sender_ssrc,
            media_ssrc: self.media_ssrc,
            base_sequence: base as u16,
            reference_time_64ms,
            feedback_count: self.feedback_count,
        };
        out.transport_feedback(&head, &self.deltas)?;
        self.feedback_count = self.feedback_count.wrapping_add(1);
        self.open = Some((next, end));
        if next == end {
            self.last_feedback = Some(now);
            self.due = None;
        }
        Ok(true)
    }

    /// Fills `deltas` from `base` on, as far as one packet carries; gives the reference time and the next number.
    fn collect(&mut self, base: u64, end: u64) -> (u32, u64) {
        self.deltas.clear();
        let first = (base..end).find_map(|number| self.get(number)).unwrap_or(0);
        let reference = first / TICKS_PER_REFERENCE;
        let (mut clock, mut received) = (reference * TICKS_PER_REFERENCE, 0);
        for number in base..end {
            let delta = match self.get(number) {
                None => None,
                Some(_) if received == MAX_RECEIVED => return (reference as u32, number),
                Some(arrival) => {
                    let Ok(delta) = i16::try_from(arrival as i64 - clock as i64) else {
                        return (reference as u32, number);
                    };
                    clock = arrival;
                    received += 1;
                    Some(delta)
                }
            };
            self.deltas.push(delta);
        }
        (reference as u32, end)
    }

    fn ticks(&self, now: Instant) -> u64 {
        (now.saturating_duration_since(self.start).as_micros() / 250) as u64
    }

    fn get(&self, number: u64) -> Option<u64> {
        self.arrivals.get((number % WINDOW) as usize)?.checked_sub(1)
    }

    fn set(&mut self, number: u64, value: u64) {
        if let Some(place) = self.arrivals.get_mut((number % WINDOW) as usize) {
            *place = value;
        }
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test needs some moment to count from")]
mod tests {
    use super::*;
    use crate::media::transport::rtcp::{RtcpPacket, parse};
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn ms(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    /// `(sequence, arrival)` of each status of a feedback packet.
    type Statuses = Vec<(u16, Option<i64>)>;

    /// All feedback due at `now`: per packet its number and `(sequence, arrival)` of each status.
    fn feedback(recorder: &mut ArrivalRecorder, now: Instant) -> Vec<(u8, Statuses)> {
        let mut packets = Vec::new();
        let mut buffer = [0; 1_200];
        loop {
            let mut writer = RtcpWriter::new(&mut buffer);
            if !recorder.poll_feedback(1, now, &mut writer).unwrap() {
                return packets;
            }
            let Some(Ok(RtcpPacket::TransportFeedback(read))) = parse(writer.bytes()).next() else {
                panic!("no feedback packet");
            };
            assert_eq!((read.sender_ssrc, read.media_ssrc), (1, 2));
            let statuses = read.statuses().map(|status| (status.sequence, status.arrival_250us)).collect();
            packets.push((read.feedback_count, statuses));
        }
    }

    #[test]
    fn feedback_comes_every_50_ms_while_packets_do() {
        let start = Instant::now();
        let mut recorder = ArrivalRecorder::new(start);
        assert_eq!(recorder.poll_timeout(), None);
        recorder.handle_packet(65_535, 2, start + ms(100));
        assert_eq!(recorder.poll_timeout(), Some(start + ms(100)), "the first report is wanted at once");
        assert_eq!(feedback(&mut recorder, start + ms(100)), [(0, vec![(65_535, Some(400))])]);
        assert_eq!(recorder.poll_timeout(), None);
        recorder.handle_packet(1, 2, start + ms(110));
        recorder.handle_packet(2, 2, start + ms(111));
        assert_eq!(recorder.poll_timeout(), Some(start + ms(150)));
        assert_eq!(feedback(&mut recorder, start + ms(149)), []);
        let statuses = vec![(0, None), (1, Some(440)), (2, Some(444))];
        assert_eq!(feedback(&mut recorder, start + ms(150)), [(1, statuses)]);
        recorder.handle_packet(3, 2, start + ms(900));
        assert_eq!(recorder.poll_timeout(), Some(start + ms(900)), "after a pause at once again");
    }

    #[test]
    fn a_late_packet_is_reported_after_all_and_a_repeat_is_not() {
        let start = Instant::now();
        let mut recorder = ArrivalRecorder::new(start);
        recorder.handle_packet(10, 2, start);
        recorder.handle_packet(12, 2, start + ms(1));
        assert_eq!(feedback(&mut recorder, start + ms(50)).len(), 1);
        recorder.handle_packet(12, 2, start + ms(60));
        assert_eq!(recorder.poll_timeout(), None);
        recorder.handle_packet(11, 2, start + ms(70));
        let statuses = vec![(11, Some(280)), (12, Some(4))];
        assert_eq!(feedback(&mut recorder, start + ms(100)), [(1, statuses)]);
    }

    #[test]
    fn times_too_far_apart_for_a_delta_and_large_bursts_take_more_packets() {
        let start = Instant::now();
        let mut recorder = ArrivalRecorder::new(start);
        recorder.handle_packet(1, 2, start);
        recorder.handle_packet(2, 2, start + ms(9_000));
        let packets = feedback(&mut recorder, start + ms(9_000));
        assert_eq!(packets, [(0, vec![(1, Some(0))]), (1, vec![(2, Some(36_000))])]);
        for sequence in 3..1_003 {
            recorder.handle_packet(sequence, 2, start + ms(9_100));
        }
        let packets = feedback(&mut recorder, start + ms(9_150));
        let lens: Vec<usize> = packets.iter().map(|(_, statuses)| statuses.len()).collect();
        assert_eq!(lens, [300, 300, 300, 100]);
    }

    #[test]
    fn a_buffer_too_small_loses_no_report() {
        let start = Instant::now();
        let mut recorder = ArrivalRecorder::new(start);
        recorder.handle_packet(1, 2, start);
        let mut small = [0; 8];
        let refused = recorder.poll_feedback(1, start, &mut RtcpWriter::new(&mut small));
        assert_eq!(refused, Err(RtcpError::BufferFull));
        assert_eq!(feedback(&mut recorder, start), [(0, vec![(1, Some(0))])]);
    }

    proptest! {
        #[test]
        fn reports_are_true_and_complete_over_loss_jumps_and_reordering(
            steps in proptest::collection::vec((prop_oneof![9 => 0i64..6, 1 => -20i64..30], 1u64..30), 1..300),
        ) {
            let start = Instant::now();
            let (mut recorder, mut number, mut time) = (ArrivalRecorder::new(start), 70_000i64, 0);
            let (mut arrived, mut told) = (BTreeMap::new(), BTreeMap::new());
            for (step, wait) in steps {
                number += step;
                time += wait;
                recorder.handle_packet(number as u16, 2, start + ms(time));
                arrived.entry(number as u16).or_insert(time as i64 * 4);
                for (_, statuses) in feedback(&mut recorder, start + ms(time)) {
                    for (sequence, arrival) in statuses {
                        if let Some(arrival) = arrival {
                            told.insert(sequence, arrival);
                        }
                    }
                }
            }
            for (_, statuses) in feedback(&mut recorder, start + ms(time + 50)) {
                told.extend(statuses.into_iter().filter_map(|(sequence, arrival)| Some((sequence, arrival?))));
            }
            prop_assert_eq!(told, arrived);
        }
    }
}
