//! Gathers a fragmented ClientHello into one record before str0m sees it.
//!
//! Browsers' ClientHellos take two datagrams (a post-quantum key share), and a repeated one may be cut elsewhere; the
//! DTLS 1.2 server behind wants fragments that follow each other exactly and leaves such a handshake undone. Only
//! plaintext fragments of handshake message 0 are held; bounded by the message's length.
use std::ops::Range;

/// Length of a DTLS record header, bytes.
const RECORD_HEADER_LEN: usize = 13;
/// Length of a handshake message header, bytes (RFC 6347 §4.2.2).
const HANDSHAKE_HEADER_LEN: usize = 12;
const HANDSHAKE: u8 = 22;
const CLIENT_HELLO: u8 = 1;
/// Longest ClientHello that is put together: browsers' are below 2 kB.
const HELLO_BYTES_MAX: usize = 8_192;
/// Pieces that may lie apart at one time.
const PIECES_MAX: usize = 32;

/// What becomes of a datagram.
#[derive(PartialEq, Eq, Debug)]
pub(super) enum Gathered {
    /// It holds no fragment of a ClientHello: it goes on as it is.
    AsItIs,
    /// It was taken; more must come.
    Incomplete,
    /// The message is whole: one record.
    Whole(Vec<u8>),
}

/// The fragments that have come.
#[derive(Default)]
pub(super) struct ClientHello {
    bytes: Vec<u8>,
    pieces: Vec<Range<usize>>,
}

/// One fragment, with the headers that it came in.
struct Fragment<'a> {
    record_header: [u8; RECORD_HEADER_LEN],
    total: usize,
    offset: usize,
    bytes: &'a [u8],
}

impl ClientHello {
    /// Takes a datagram whose records are whole (see `dtls_filter`).
    pub(super) fn handle_datagram(&mut self, datagram: &[u8]) -> Gathered {
        let mut rest = datagram;
        let mut last_header = None;
        while !rest.is_empty() {
            let Some((fragment, others)) = Fragment::split(rest) else { return Gathered::AsItIs };
            if fragment.bytes.len() == fragment.total {
                return Gathered::AsItIs;
            }
            last_header = Some(fragment.record_header);
            self.add(&fragment);
            rest = others;
        }
        let is_whole = self.pieces.first().is_some_and(|piece| *piece == (0..self.bytes.len()));
        match last_header {
            None => Gathered::AsItIs,
            Some(header) if is_whole => Gathered::Whole(self.take(header)),
            Some(_) => Gathered::Incomplete,
        }
    }

    fn add(&mut self, fragment: &Fragment<'_>) {
        if self.bytes.len() != fragment.total || self.pieces.len() >= PIECES_MAX {
            // Another message, or too much of a puzzle.
            self.pieces.clear();
            self.bytes.clear();
            self.bytes.resize(fragment.total, 0);
        }
        let range = fragment.offset..fragment.offset + fragment.bytes.len();
        let Some(place) = self.bytes.get_mut(range.clone()) else { return };
        place.copy_from_slice(fragment.bytes);
        self.pieces.push(range);
        self.join();
    }

    /// Joins pieces that touch or overlap.
    fn join(&mut self) {
        self.pieces.sort_unstable_by_key(|piece| piece.start);
        let mut joined: Vec<Range<usize>> = Vec::with_capacity(self.pieces.len());
        for piece in self.pieces.drain(..) {
            match joined.last_mut() {
                Some(last) if piece.start <= last.end => last.end = last.end.max(piece.end),
                Some(_) | None => joined.push(piece),
            }
        }
        self.pieces = joined;
    }

    /// The message as one record, under the record header that came last, whose number no other record has.
    fn take(&mut self, mut header: [u8; RECORD_HEADER_LEN]) -> Vec<u8> {
        let body = std::mem::take(&mut self.bytes);
        self.pieces.clear();
        let [_, l0, l1, l2] = u32::try_from(body.len()).unwrap_or(0).to_be_bytes();
        let record_len = u16::try_from(body.len() + HANDSHAKE_HEADER_LEN).unwrap_or(0);
        header[RECORD_HEADER_LEN - 2..].copy_from_slice(&record_len.to_be_bytes());
        let handshake = [CLIENT_HELLO, l0, l1, l2, 0, 0, 0, 0, 0, l0, l1, l2];
        [&header[..], &handshake, &body].concat()
    }
}

impl<'a> Fragment<'a> {
    /// The first record of `bytes`, where it holds one fragment of a ClientHello, and what follows it.
    fn split(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let record_header = *bytes.first_chunk::<RECORD_HEADER_LEN>()?;
        let [content_type, _, _, e0, e1, .., l0, l1] = record_header;
        let len = usize::from(u16::from_be_bytes([l0, l1]));
        let (record, rest) = bytes.get(RECORD_HEADER_LEN..)?.split_at_checked(len)?;
        let (header, body) = record.split_first_chunk::<HANDSHAKE_HEADER_LEN>()?;
        let [message_type, t0, t1, t2, s0, s1, o0, o1, o2, f0, f1, f2] = *header;
        let number = |a, b, c| usize::try_from(u32::from_be_bytes([0, a, b, c])).unwrap_or(usize::MAX);
        let is_hello = content_type == HANDSHAKE && [e0, e1, s0, s1] == [0; 4] && message_type == CLIENT_HELLO;
        let (total, offset) = (number(t0, t1, t2), number(o0, o1, o2));
        let fits = number(f0, f1, f2) == body.len() && !body.is_empty() && total <= HELLO_BYTES_MAX;
        let fits = fits && offset.checked_add(body.len()).is_some_and(|end| end <= total);
        (is_hello && fits).then_some((Self { record_header, total, offset, bytes: body }, rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HELLO: [u8; 40] = {
        let mut hello = [0; 40];
        let mut at = 0;
        while at < 40 {
            hello[at] = at as u8;
            at += 1;
        }
        hello
    };

    fn record(sequence: u8, message_type: u8, range: Range<usize>) -> Vec<u8> {
        let part = &HELLO[range.clone()];
        let len = part.len() as u8;
        let mut bytes = vec![22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, sequence, 0, len + 12];
        bytes.extend([message_type, 0, 0, 40, 0, 0, 0, 0, range.start as u8, 0, 0, len]);
        bytes.extend(part);
        bytes
    }

    #[test]
    fn fragments_become_one_record_whatever_their_cuts_and_order() {
        let cases: [(&[Range<usize>], &str); 5] = [
            (&[0..20, 20..40], "in order"),
            (&[20..40, 0..20], "the other way round"),
            (&[0..20, 0..20, 0..10, 10..30, 30..40], "a repeat that is cut elsewhere"),
            (&[5..15, 30..40, 0..8, 12..32], "overlapping and apart"),
            (&[0..39, 1..40], "nearly all, twice"),
        ];
        for (ranges, message) in cases {
            let mut hello = ClientHello::default();
            for (place, range) in ranges.iter().enumerate() {
                let gathered = hello.handle_datagram(&record(place as u8, CLIENT_HELLO, range.clone()));
                let expected = if place + 1 == ranges.len() {
                    Gathered::Whole(record(place as u8, CLIENT_HELLO, 0..40))
                } else {
                    Gathered::Incomplete
                };
                assert_eq!(gathered, expected, "{message}, datagram {place}");
            }
        }
    }

    #[test]
    fn two_fragments_in_one_datagram_are_both_taken() {
        let datagram = [record(0, CLIENT_HELLO, 0..20), record(1, CLIENT_HELLO, 20..40)].concat();
        let mut hello = ClientHello::default();
        assert_eq!(hello.handle_datagram(&datagram), Gathered::Whole(record(1, CLIENT_HELLO, 0..40)));
    }

    #[test]
    fn everything_else_goes_on_as_it_is() {
        let mut encrypted = record(0, CLIENT_HELLO, 0..20);
        encrypted[4] = 1;
        let mut beyond = record(0, CLIENT_HELLO, 0..20);
        beyond[21] = 30;
        let mut huge = record(0, CLIENT_HELLO, 0..20);
        huge[14] = 1;
        let cases = [
            (record(0, CLIENT_HELLO, 0..40), "whole"),
            (record(0, 16, 0..20), "another message"),
            (encrypted, "encrypted"),
            (beyond, "a fragment beyond the message's end"),
            (huge, "longer than any ClientHello"),
            (vec![22, 0xfe], "cut short"),
            (vec![], "nothing"),
        ];
        for (datagram, message) in cases {
            assert_eq!(ClientHello::default().handle_datagram(&datagram), Gathered::AsItIs, "{message}");
        }
    }

    #[test]
    fn a_message_of_another_length_starts_anew() {
        let mut hello = ClientHello::default();
        assert_eq!(hello.handle_datagram(&record(0, CLIENT_HELLO, 0..20)), Gathered::Incomplete);
        let mut longer = record(1, CLIENT_HELLO, 20..40);
        longer[16] = 50;
        assert_eq!(hello.handle_datagram(&longer), Gathered::Incomplete);
        assert_eq!(hello.handle_datagram(&record(2, CLIENT_HELLO, 20..40)), Gathered::Incomplete);
        assert_eq!(hello.handle_datagram(&record(3, CLIENT_HELLO, 0..20)), Gathered::Whole(record(3, 1, 0..40)));
    }
}
