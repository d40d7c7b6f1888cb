//! Transport-wide feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01): status chunks and receive deltas, read
//! and written. What is recorded and when it is sent is `media::congestion::twcc`'s.

use super::RtcpError;

/// Units of 250 µs in one unit of the reference time (64 ms).
const TICKS_PER_REFERENCE: i64 = 256;

const NOT_RECEIVED: u8 = 0;
const SMALL_DELTA: u8 = 1;
const LARGE_DELTA: u8 = 2;

const MAX_RUN: usize = 0x1fff;
const ONE_BIT_SYMBOLS: usize = 14;
const TWO_BIT_SYMBOLS: usize = 7;

/// The fixed fields of a feedback packet that is to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeedbackHead {
    /// Who reports.
    pub sender_ssrc: u32,
    /// Any SSRC of the transport.
    pub media_ssrc: u32,
    /// The first sequence number reported on.
    pub base_sequence: u16,
    /// Time that the first delta counts from, in 64 ms since any fixed moment; 24 bits go on the wire.
    pub reference_time_64ms: u32,
    /// Counts the feedback packets.
    pub feedback_count: u8,
}

/// A feedback packet, its chunks and deltas checked.
#[derive(Clone, Copy, Debug)]
pub struct TransportFeedback<'a> {
    /// Who reports.
    pub sender_ssrc: u32,
    /// Any SSRC of the transport.
    pub media_ssrc: u32,
    /// The first sequence number reported on.
    pub base_sequence: u16,
    /// How many sequence numbers are reported on.
    pub status_count: u16,
    /// Reference time in 64 ms, signed 24 bits.
    pub reference_time_64ms: i32,
    /// Number of the feedback packet.
    pub feedback_count: u8,
    chunks: &'a [u8],
    deltas: &'a [u8],
}

/// What a feedback packet says of one sequence number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeedbackStatus {
    /// Which packet.
    pub sequence: u16,
    /// When it arrived on the receiver's clock, in units of 250 µs; none where it did not.
    pub arrival_250us: Option<i64>,
}

impl<'a> TransportFeedback<'a> {
    /// Reads what follows the two SSRCs.
    pub(super) fn parse(sender_ssrc: u32, media_ssrc: u32, body: &'a [u8]) -> Option<Self> {
        let ([b0, b1, c0, c1, r0, r1, r2, feedback_count], rest) = body.split_first_chunk()?;
        let status_count = u16::from_be_bytes([*c0, *c1]);
        let (mut symbols, mut at, mut delta_len) = (0usize, 0usize, 0usize);
        while symbols < usize::from(status_count) {
            let chunk = Chunk::parse(rest.get(at..)?)?;
            at += 2;
            let taken = chunk.len().min(usize::from(status_count) - symbols);
            for place in 0..taken {
                delta_len += delta_len_of(chunk.symbol(place))?;
            }
            symbols += taken;
        }
        let (chunks, deltas) = rest.split_at_checked(at)?;
        deltas.get(..delta_len)?;
        Some(Self {
            sender_ssrc,
            media_ssrc,
            base_sequence: u16::from_be_bytes([*b0, *b1]),
            status_count,
            reference_time_64ms: i32::from_be_bytes([*r0, *r1, *r2, 0]) >> 8,
            feedback_count: *feedback_count,
            chunks,
            deltas,
        })
    }

    /// What is said of each sequence number, in order.
    pub fn statuses(&self) -> FeedbackStatuses<'a> {
        FeedbackStatuses {
            chunks: self.chunks,
            deltas: self.deltas,
            chunk: Chunk::Run { symbol: NOT_RECEIVED, len: 0 },
            place: 0,
            sequence: self.base_sequence,
            left: self.status_count,
            clock_250us: i64::from(self.reference_time_64ms) * TICKS_PER_REFERENCE,
        }
    }
}

/// Iterator over the statuses of a feedback packet.
#[derive(Clone, Debug)]
pub struct FeedbackStatuses<'a> {
    chunks: &'a [u8],
    deltas: &'a [u8],
    chunk: Chunk,
    place: usize,
    sequence: u16,
    left: u16,
    clock_250us: i64,
}

impl Iterator for FeedbackStatuses<'_> {
    type Item = FeedbackStatus;

    fn next(&mut self) -> Option<FeedbackStatus> {
        self.left = self.left.checked_sub(1)?;
        while self.place >= self.chunk.len() {
            self.chunk = Chunk::parse(self.chunks)?;
            self.chunks = &self.chunks[2..];
            self.place = 0;
        }
        let symbol = self.chunk.symbol(self.place);
        self.place += 1;
        let (delta, rest) = self.deltas.split_at_checked(delta_len_of(symbol)?)?;
        self.deltas = rest;
        let delta = match *delta {
            [small] => Some(i64::from(small)),
            [high, low] => Some(i64::from(i16::from_be_bytes([high, low]))),
            _ => None,
        };
        self.clock_250us += delta.unwrap_or(0);
        let sequence = self.sequence;
        self.sequence = sequence.wrapping_add(1);
        Some(FeedbackStatus { sequence, arrival_250us: delta.map(|_| self.clock_250us) })
    }
}

/// One 16-bit status chunk.
#[derive(Clone, Copy, Debug)]
enum Chunk {
    Run { symbol: u8, len: usize },
    OneBit(u16),
    TwoBit(u16),
}

impl Chunk {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let word = u16::from_be_bytes(*bytes.first_chunk()?);
        Some(match word >> 14 {
            2 => Chunk::OneBit(word),
            3 => Chunk::TwoBit(word),
            _ => Chunk::Run { symbol: (word >> 13) as u8, len: usize::from(word) & MAX_RUN },
        })
    }

    const fn len(&self) -> usize {
        match self {
            Chunk::Run { len, .. } => *len,
            Chunk::OneBit(_) => ONE_BIT_SYMBOLS,
            Chunk::TwoBit(_) => TWO_BIT_SYMBOLS,
        }
    }

    /// The symbol at `place`, which is below [`Chunk::len`].
    fn symbol(&self, place: usize) -> u8 {
        match self {
            Chunk::Run { symbol, .. } => *symbol,
            Chunk::OneBit(word) => (word >> (ONE_BIT_SYMBOLS - 1 - place) & 1) as u8,
            Chunk::TwoBit(word) => (word >> (2 * (TWO_BIT_SYMBOLS - 1 - place)) & 3) as u8,
        }
    }
}

/// Bytes of the receive delta that a symbol announces; none for the reserved symbol.
const fn delta_len_of(symbol: u8) -> Option<usize> {
    match symbol {
        NOT_RECEIVED => Some(0),
        SMALL_DELTA => Some(1),
        LARGE_DELTA => Some(2),
        _ => None,
    }
}

fn symbol_of(delta: Option<i16>) -> u8 {
    match delta {
        None => NOT_RECEIVED,
        Some(delta) if (0..=255).contains(&delta) => SMALL_DELTA,
        Some(_) => LARGE_DELTA,
    }
}

/// Writes chunks, then deltas: a run where it is longer than a vector chunk would reach, else the widest vector.
pub(super) fn write_statuses(
    deltas: &[Option<i16>],
    mut put: impl FnMut(&[u8]) -> Result<(), RtcpError>,
) -> Result<(), RtcpError> {
    let mut rest = deltas;
    while let [first, ..] = rest {
        let symbol = symbol_of(*first);
        let run = rest.iter().take(MAX_RUN).take_while(|delta| symbol_of(**delta) == symbol).count();
        let reach = rest.iter().take(ONE_BIT_SYMBOLS).take_while(|delta| symbol_of(**delta) != LARGE_DELTA).count();
        let (word, taken) = if run >= ONE_BIT_SYMBOLS || run == rest.len() {
            ((u16::from(symbol) << 13) | run as u16, run)
        } else if reach == ONE_BIT_SYMBOLS || reach == rest.len() {
            (0x8000 | pack(&rest[..reach], 1, ONE_BIT_SYMBOLS), reach)
        } else {
            let taken = rest.len().min(TWO_BIT_SYMBOLS);
            (0xc000 | pack(&rest[..taken], 2, TWO_BIT_SYMBOLS), taken)
        };
        put(&word.to_be_bytes())?;
        rest = &rest[taken..];
    }
    deltas.iter().flatten().try_for_each(|delta| match symbol_of(Some(*delta)) {
        SMALL_DELTA => put(&[*delta as u8]),
        _ => put(&delta.to_be_bytes()),
    })
}

/// Packs symbols of `bits` bits from the left of `places`.
fn pack(deltas: &[Option<i16>], bits: usize, places: usize) -> u16 {
    deltas
        .iter()
        .enumerate()
        .fold(0, |word, (place, delta)| word | u16::from(symbol_of(*delta)) << (bits * (places - 1 - place)))
}
