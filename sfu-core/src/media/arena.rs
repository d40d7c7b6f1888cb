//! Where outgoing datagrams are written: one buffer a batch, flushed grouped by destination.
//!
//! Packets to one destination that lie apart are moved together, so that the sender can hand a run of equal-sized
//! datagrams to the system at once. Nothing is allocated once the buffers have grown to a batch's size.
use super::datagram::{Route, Transmit};

/// Datagrams in one run: what Linux takes in one call.
const RUN_DATAGRAMS_MAX: usize = 64;
/// Bytes in one run: the largest UDP payload is 65,507.
const RUN_BYTES_MAX: usize = 65_000;

/// Outgoing datagrams of one batch of input.
#[derive(Default)]
pub(super) struct SendArena {
    bytes: Vec<u8>,
    /// How many of `bytes` hold datagrams: the rest is room that need not be cleared for the next one.
    used: usize,
    grouped: Vec<u8>,
    spans: Vec<Span>,
    runs: Vec<Run>,
    next_run: usize,
}

#[derive(Clone, Copy)]
struct Span {
    lane: u32,
    start: usize,
    len: usize,
    route: Route,
}

#[derive(Clone, Copy)]
struct Run {
    route: Route,
    moved: bool,
    start: usize,
    len: usize,
    segment: usize,
}

impl SendArena {
    /// Writes one datagram of at most `capacity` bytes; `write` gives its length, `None` or 0 for no datagram at all.
    /// Datagrams of one `lane` (one Transport) keep their order and are sent together.
    pub(super) fn push(
        &mut self,
        lane: u32,
        route: Route,
        capacity: usize,
        write: impl FnOnce(&mut [u8]) -> Option<usize>,
    ) -> Option<usize> {
        let start = self.used;
        if self.bytes.len() < start + capacity {
            self.bytes.resize(start + capacity, 0);
        }
        let len = write(&mut self.bytes[start..start + capacity]).filter(|len| (1..=capacity).contains(len))?;
        self.used += len;
        self.spans.push(Span { lane, start, len, route });
        Some(len)
    }

    /// The datagram written last; empty where none waits to be sent.
    pub(super) fn last(&self) -> &[u8] {
        let span = self.spans.last();
        span.and_then(|span| self.bytes.get(span.start..span.start + span.len)).unwrap_or_default()
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
        self.grouped.clear();
        self.spans.sort_unstable_by_key(|span| (span.lane, span.start));
        let mut rest = self.spans.as_slice();
        while let [first, ..] = rest {
            let count = run_length(rest);
            let (run, others) = rest.split_at(count);
            let len = run.iter().map(|span| span.len).sum();
            let adjacent = run.windows(2).all(|pair| pair[0].start + pair[0].len == pair[1].start);
            let start = if adjacent { first.start } else { self.grouped.len() };
            if !adjacent {
                for span in run {
                    self.grouped.extend_from_slice(&self.bytes[span.start..span.start + span.len]);
                }
            }
            self.runs.push(Run { route: first.route, moved: !adjacent, start, len, segment: first.len });
            rest = others;
        }
        self.spans.clear();
    }
}

/// How many of the first spans make one run: same way, same size, the last one may be shorter.
fn run_length(spans: &[Span]) -> usize {
    let [first, others @ ..] = spans else { return 0 };
    let (mut count, mut bytes) = (1, first.len);
    for span in others {
        let fits = count < RUN_DATAGRAMS_MAX && bytes + span.len <= RUN_BYTES_MAX;
        if !fits || span.lane != first.lane || span.route != first.route || span.len > first.len {
            break;
        }
        count += 1;
        bytes += span.len;
        if span.len < first.len {
            break;
        }
    }
    count
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
