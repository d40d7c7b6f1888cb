//! How much a path carries: transport-wide feedback, received and sent. The estimate itself, pacing and the choice of
//! layers by it will stand here too. Knows packets by number, size and time, not by content.

pub mod twcc;

/// What a packet costs on the path beside its payload, bytes: RTP header and extensions (about 28), SRTP tag (16), UDP
/// and IPv4 headers (28).
const OVERHEAD_BYTES: u32 = 72;

/// Bytes on the path of a packet with this much payload. Estimates and the rates of layers are both counted so.
pub(in crate::media) fn wire_bytes(payload_bytes: usize) -> u32 {
    u32::try_from(payload_bytes).unwrap_or(u32::MAX).saturating_add(OVERHEAD_BYTES)
}
