//! Where messages begin and end in a stream (RFC 8656, section 12.5): STUN says its length, channel data too and is
//! padded to four bytes. No I/O here.

/// Most bytes of one message: what a datagram of any network holds, and the relay's header.
pub(super) const MESSAGE_BYTES_MAX: usize = 4_096;

/// A stream that no TURN client would send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotTurn;

/// Bytes of a message and of its place in the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Extent {
    pub(super) message: usize,
    pub(super) padded: usize,
}

/// How long the message is that begins `bytes`; `Ok(None)` while that is not known.
pub(super) fn extent(bytes: &[u8]) -> Result<Option<Extent>, NotTurn> {
    let [kind, _, high, low, ..] = *bytes else { return Ok(None) };
    let length = usize::from(u16::from_be_bytes([high, low]));
    let extent = match kind {
        0..=0x3f if length.is_multiple_of(4) => Extent { message: 20 + length, padded: 20 + length },
        0x40..=0x7f => Extent { message: 4 + length, padded: (4 + length).next_multiple_of(4) },
        _ => return Err(NotTurn),
    };
    if extent.padded > MESSAGE_BYTES_MAX { Err(NotTurn) } else { Ok(Some(extent)) }
}

/// Pads a message for the stream.
pub(super) fn pad(message: &mut Vec<u8>) {
    message.resize(message.len().next_multiple_of(4), 0);
}

#[cfg(test)]
mod tests {
    use super::*;

    type Found = Result<Option<Extent>, NotTurn>;

    #[test]
    fn messages_say_their_length_and_strangers_are_told_at_their_first_bytes() {
        let some = |message, padded| Ok(Some(Extent { message, padded }));
        let cases: [(&[u8], Found); 8] = [
            (&[0, 3, 0], Ok(None)),
            (&[0, 3, 0, 8], some(28, 28)),
            (&[0, 3, 0, 9], Err(NotTurn)),
            (&[0x40, 0, 0, 5], some(9, 12)),
            (&[0x40, 0, 0, 8, 1, 2], some(12, 12)),
            (&[0x7f, 0, 0xff, 0xff], Err(NotTurn)),
            (b"GET ", Err(NotTurn)),
            (&[0x80, 0, 0, 0], Err(NotTurn)),
        ];
        for (bytes, expected) in cases {
            assert_eq!(extent(bytes), expected, "{bytes:?}");
        }
        let mut message = vec![0x40, 0, 0, 1, 9];
        pad(&mut message);
        assert_eq!(message, [0x40, 0, 0, 1, 9, 0, 0, 0]);
    }
}
