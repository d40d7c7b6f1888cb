//! Where outgoing datagrams are written: one buffer a batch, flushed grouped by destination.
//!
//! Packets to one destination that lie apart are moved together, so that the sender can hand a run of equal-sized
//! datagrams to the system at once: long runs are what makes sending cheap. Datagrams of different streams may change
//! places for that, those of one stream never. Nothing is allocated once the buffers have grown to a batch's size.
use super::datagram::{Route, Transmit};

/// Datagrams in one run: what Linux takes in one call.
const RUN_DATAGRAMS_MAX: usize = 64;
/// Bytes in one run: the largest UDP payload is 65,507.
const RUN_BYTES_MAX: usize = 65_000;
/// The buffer grows in steps of this, bytes.
const GROWTH_BYTES: usize = 64 * 1024;
/// Bits of a span's place in its sort key: datagrams beyond these are not taken into a batch.
const PLACE_BITS: u32 = 20;
const PLACE_MASK: u64 = (1 << PLACE_BITS) - 1;

/// Outgoing datagrams of one batch of input.
#[derive(Default)]
pub(super) struct SendArena {
    bytes: Vec<u8>,
    /// How many of `bytes` hold datagrams: the rest is room that need not be cleared for the next one.
    used: usize,
    grouped: Vec<u8>,
    spans: Vec<Span>,
    /// Sort keys of the spans, one word each.
    keys: Vec<u64>,
    runs: Vec<Run>,
    next_run: usize,
    /// Which batch this is.
    batch: u32,
}

#[derive(Clone, Copy)]
struct Span {
    lane: u32,
    start: usize,
    len: usize,
    route: Route,
    /// Datagrams of a lower rank go first; within a rank the longest do. `None`: in the order they were written.
    rank: Option<u8>,
}

#[derive(Clone, Copy)]
struct Run {
    route: Route,
    moved: bool,
    start: usize,
    len: usize,
    segment: usize,
}

/// What one stream of packets (an SSRC) has in the present batch: its ranks keep it in order.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct StreamOrder {
    batch: u32,
    rank: u8,
    last_len: usize,
}

impl StreamOrder {
    /// The rank of the stream's next datagram: higher than before where it is longer than the one before, as the
    /// longest of a rank go first.
    const fn next(&mut self, batch: u32, len: usize) -> u8 {
        if self.batch != batch {
            *self = Self { batch, rank: 0, last_len: len };
        }
        if len > self.last_len {
            self.rank = self.rank.saturating_add(1);
        }
        self.last_len = len;
        self.rank
    }
}

impl SendArena {
    /// Writes one datagram of at most `capacity` bytes; `write` gives its length, `None` or 0 for no datagram at all.
    /// Datagrams of one `lane` (one Transport) written with this keep their order and are sent together.
    pub(super) fn push(
        &mut self,
        lane: u32,
        route: Route,
        capacity: usize,
        write: impl FnOnce(&mut [u8]) -> Option<usize>,
    ) -> Option<usize> {
        self.write(lane, route, capacity, None, write)
    }

    /// The same for a packet of a stream, which keeps its order whatever others do.
    pub(super) fn push_stream(
        &mut self,
        (lane, route): (u32, Route),
        order: &mut StreamOrder,
        capacity: usize,
        write: impl FnOnce(&mut [u8]) -> Option<usize>,
    ) -> Option<usize> {
        let rank = order.next(self.batch, capacity);
        self.write(lane, route, capacity, Some(rank), write)
    }

    fn write(
        &mut self,
        lane: u32,
        route: Route,
        capacity: usize,
        rank: Option<u8>,
        write: impl FnOnce(&mut [u8]) -> Option<usize>,
    ) -> Option<usize> {
        if self.spans.len() as u64 > PLACE_MASK {
            return None;
        }
        if self.is_empty() {
            // The same memory again, which is in the processor's cache.
            self.used = 0;
        }
        let start = self.used;
        if self.bytes.len() < start + capacity {
            self.bytes.resize((start + capacity).next_multiple_of(GROWTH_BYTES), 0);
        }
        let len = write(&mut self.bytes[start..start + capacity]).filter(|len| (1..=capacity).contains(len))?;
        self.used += len;
        self.spans.push(Span { lane, start, len, route, rank });
        Some(len)
    }

    /// The datagram written last; empty where none waits to be sent.
    pub(super) fn last(&self) -> &[u8] {
        let span = self.spans.last();
        span.and_then(|span| self.bytes.get(span.start..span.start + span.len)).unwrap_or_default()
    }

    /// Whether [`SendArena::poll`] would give nothing.
    pub(super) const fn is_empty(&self) -> bool {
        self.next_run >= self.runs.len() && self.spans.is_empty()
    }

    /// Bytes that wait to be sent.
    pub(super) const fn waiting_bytes(&self) -> usize {
        self.used
    }

    /// The next run of datagrams for one destination.
    pub(super) fn poll(&mut self) -> Option<Transmit<'_>> {
        if self.next_run >= self.runs.len() {
            self.runs.clear();
            self.next_run = 0;
            if self.spans.is_empty() {
                self.used = 0;
                return None;
            }
            self.build_runs();
        }
        let run = *self.runs.get(self.next_run)?;
        self.next_run += 1;
        let buffer = if run.moved { &self.grouped } else { &self.bytes };
        let payload = buffer.get(run.start..run.start + run.len)?;
        Some(Transmit { route: run.route, payload, segment_bytes: run.segment })
    }

    fn build_runs(&mut self) {
        self.batch = self.batch.wrapping_add(1);
        self.grouped.clear();
        self.keys.clear();
        self.keys.extend((0..).zip(&self.spans).map(|(place, span)| span.key(place)));
        self.keys.sort_unstable();
        let spans = self.spans.as_slice();
        let mut sorted = self.keys.iter().filter_map(|key| spans.get(place_of(*key))).peekable();
        while let Some(first) = sorted.next() {
            let mut run =
                Run { route: first.route, moved: false, start: first.start, len: first.len, segment: first.len };
            let (mut count, mut last_len) = (1, first.len);
            let joins = |run: &Run, count: usize, last_len: usize, span: &Span| {
                let fits = count < RUN_DATAGRAMS_MAX && run.len + span.len <= RUN_BYTES_MAX;
                let is_same_way = span.lane == first.lane && span.route == first.route;
                // Only the last datagram of a run may be shorter than the others.
                fits && is_same_way && last_len == run.segment && span.len <= run.segment
            };
            while let Some(span) = sorted.next_if(|span| joins(&run, count, last_len, span)) {
                if !run.moved && span.start != run.start + run.len {
                    let start = self.grouped.len();
                    self.grouped.extend_from_slice(&self.bytes[run.start..run.start + run.len]);
                    (run.moved, run.start) = (true, start);
                }
                if run.moved {
                    self.grouped.extend_from_slice(&self.bytes[span.start..span.start + span.len]);
                }
                run.len += span.len;
                (count, last_len) = (count + 1, span.len);
            }
            self.runs.push(run);
        }
        self.spans.clear();
    }
}

impl Span {
    /// Sorts by lane, then rank, then length (the longest first), then place, in one word.
    const fn key(&self, place: u64) -> u64 {
        let (rank, shortness) = match self.rank {
            None => (0, 0),
            Some(u8::MAX) => (u8::MAX, 0),
            Some(rank) => (rank, (u16::MAX as usize).saturating_sub(self.len)),
        };
        // Lanes that share these bits are told apart when runs are made.
        let lane = (self.lane & 0xf_ffff) as u64;
        (lane << 44) | ((rank as u64) << 36) | ((shortness as u64) << PLACE_BITS) | (place & PLACE_MASK)
    }
}

const fn place_of(key: u64) -> usize {
    (key & PLACE_MASK) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sdp::Protocol;

    fn route(port: u16) -> Route {
        let local = "127.0.0.1:7882".parse().unwrap();
        Route { protocol: Protocol::Udp, remote: ([127, 0, 0, 1], port).into(), local }
    }

    fn put(arena: &mut SendArena, lane: u32, byte: u8, len: usize) {
        let port = 1_000 + u16::try_from(lane).unwrap();
        arena.push(lane, route(port), 1_500, |out| {
            out[..len].fill(byte);
            Some(len)
        });
    }

    fn runs(arena: &mut SendArena) -> Vec<(u16, Vec<Vec<u8>>)> {
        let mut runs = Vec::new();
        while let Some(transmit) = arena.poll() {
            runs.push((transmit.route.remote.port(), transmit.datagrams().map(<[u8]>::to_vec).collect()));
        }
        runs
    }

    #[test]
    fn datagrams_to_one_destination_are_sent_together_and_in_order() {
        let mut arena = SendArena::default();
        for byte in 0..3 {
            put(&mut arena, 2, byte, 100);
            put(&mut arena, 1, byte + 10, 50);
        }
        put(&mut arena, 2, 3, 40);
        put(&mut arena, 2, 4, 40);
        let got = runs(&mut arena);
        let lens: Vec<(u16, Vec<(u8, usize)>)> =
            got.iter().map(|(port, run)| (*port, run.iter().map(|d| (d[0], d.len())).collect())).collect();
        assert_eq!(
            lens,
            [
                (1_001, vec![(10, 50), (11, 50), (12, 50)]),
                (1_002, vec![(0, 100), (1, 100), (2, 100), (3, 40)]),
                (1_002, vec![(4, 40)]),
            ]
        );
        assert!(arena.poll().is_none());
        put(&mut arena, 1, 9, 10);
        assert_eq!(runs(&mut arena), [(1_001, vec![vec![9; 10]])], "a second batch starts clean");
    }

    #[test]
    fn streams_change_places_for_longer_runs_and_keep_their_own_order() {
        // (stream, length): pictures of two cameras, sound between them, a second picture that is longer than the end
        // of the first.
        let written = [(1usize, 100), (1, 60), (3, 20), (2, 100), (2, 50), (1, 100), (1, 40), (3, 20)];
        let mut arena = SendArena::default();
        let mut orders = [StreamOrder::default(); 4];
        for round in 0..2u8 {
            for (number, (stream, len)) in (0u8..).zip(written) {
                let order = &mut orders[stream];
                arena.push_stream((1, route(1)), order, len, |out| {
                    out.fill(number);
                    out[1] = stream as u8;
                    Some(len)
                });
            }
            let got = runs(&mut arena);
            let lens: Vec<Vec<usize>> = got.iter().map(|(_, run)| run.iter().map(Vec::len).collect()).collect();
            assert_eq!(lens, [vec![100, 100, 60], vec![50, 20], vec![20], vec![100, 40]], "round {round}");
            for stream in 1..=3u8 {
                let sent = got.iter().flat_map(|(_, run)| run).filter(|datagram| datagram[1] == stream);
                let numbers: Vec<u8> = sent.map(|datagram| datagram[0]).collect();
                assert!(numbers.is_sorted() && !numbers.is_empty(), "{stream}: {numbers:?}");
            }
        }
    }

    #[test]
    fn a_stream_keeps_its_order_however_often_its_lengths_rise() {
        let (mut arena, mut order) = (SendArena::default(), StreamOrder::default());
        for number in 0..600u16 {
            let len = if number % 2 == 0 { 10 } else { 20 };
            arena.push_stream((1, route(1)), &mut order, len, |out| {
                out[..2].copy_from_slice(&number.to_be_bytes());
                Some(len)
            });
        }
        let got = runs(&mut arena);
        let numbers: Vec<u16> = got.iter().flat_map(|(_, run)| run).map(|d| u16::from_be_bytes([d[0], d[1]])).collect();
        assert_eq!(numbers, (0..600).collect::<Vec<u16>>());
    }

    #[test]
    fn a_run_is_no_longer_than_one_system_call_takes() {
        let mut arena = SendArena::default();
        for byte in 0..130u8 {
            put(&mut arena, 1, byte, 1_200);
        }
        let got = runs(&mut arena);
        assert!(got.iter().all(|(_, run)| run.len() <= 64 && run.len() * 1_200 <= RUN_BYTES_MAX));
        assert_eq!(got.iter().map(|(_, run)| run.len()).sum::<usize>(), 130);
    }

    #[test]
    fn what_is_written_while_runs_are_being_taken_follows_them() {
        let mut arena = SendArena::default();
        put(&mut arena, 1, 1, 10);
        put(&mut arena, 2, 2, 10);
        assert_eq!(arena.poll().map(|t| t.payload[0]), Some(1));
        put(&mut arena, 1, 3, 10);
        assert_eq!(arena.poll().map(|t| t.payload[0]), Some(2));
        assert_eq!(arena.poll().map(|t| t.payload[0]), Some(3));
        assert!(arena.poll().is_none());
    }

    #[test]
    fn nothing_is_sent_for_a_writer_that_gives_up() {
        let mut arena = SendArena::default();
        assert_eq!(arena.push(1, route(1), 10, |_| None), None);
        assert_eq!(arena.push(1, route(1), 10, |_| Some(11)), None);
        assert!(arena.poll().is_none());
    }
}
