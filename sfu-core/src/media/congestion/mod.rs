//! How much a path carries, and who gets how much of it. Knows packets by number, size and time, not by content; what
//! is done with its verdicts is `media::bandwidth`'s.
//!
//! The parts: `twcc` (feedback, received and sent), `gradient`, `queue` and `loss` (is it too much?), `throughput` (what
//! arrives), `estimate` (the bound that follows), `probe` (does it carry more?), `allocate` (which layers to whom).

pub(in crate::media) mod allocate;
pub(in crate::media) mod estimate;
mod gradient;
mod loss;
pub(in crate::media) mod probe;
mod queue;
mod throughput;
pub mod twcc;

/// What a packet costs on the path beside its payload, bytes: RTP header and extensions (about 28), SRTP tag (16), UDP
/// and IPv4 headers (28).
const OVERHEAD_BYTES: u32 = 72;

/// Bytes on the path of a packet with this much payload. Estimates and the rates of layers are both counted so.
pub(in crate::media) fn wire_bytes(payload_bytes: usize) -> u32 {
    u32::try_from(payload_bytes).unwrap_or(u32::MAX).saturating_add(OVERHEAD_BYTES)
}
