//! Extended sequence numbers: 16-bit numbers on the wire, 64-bit ones inside, so that order and loss are plain
//! arithmetic.

/// The extended number nearest to `reference` whose low 16 bits are `sequence` (RFC 3711 §3.3.1); none where it would
/// be below zero.
pub fn extend(reference: u64, sequence: u16) -> Option<u64> {
    let distance = sequence.wrapping_sub(reference as u16) as i16;
    reference.checked_add_signed(i64::from(distance))
}
