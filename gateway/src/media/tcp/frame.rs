//! Framing of datagrams in a stream (RFC 4571): two bytes of length, then the datagram. Both directions, without I/O of
//! their own: a reader that gives whole frames, and a bounded queue of frames to write. Frames are dropped whole.
use super::FRAME_BYTES_MAX;
use std::io::{self, ErrorKind, Read, Write};

/// Bytes of the length in front of a frame.
const LENGTH_BYTES: usize = 2;
/// Bytes that may wait for a slow client: half a second of 4 Mbit/s. What comes then is dropped, as a network would do.
const QUEUE_BYTES_MAX: usize = 256 * 1024;
/// Bytes to read at once.
pub(super) const SCRATCH_BYTES: usize = 64 * 1024;

/// Cuts a stream into frames; keeps what is not whole yet.
#[derive(Debug, Default)]
pub(super) struct FrameReader {
    pending: Vec<u8>,
}

impl FrameReader {
    /// Starts with bytes that were read before; they count with the next read.
    pub(super) const fn with(pending: Vec<u8>) -> Self {
        Self { pending }
    }

    /// Reads once and gives the whole frames to `take`. An end of the stream and a frame that is too long are errors.
    pub(super) fn read(
        &mut self,
        stream: &mut impl Read,
        scratch: &mut [u8],
        mut take: impl FnMut(&mut [u8]),
    ) -> io::Result<()> {
        let kept = self.pending.len();
        let Some((front, room)) = scratch.split_at_mut_checked(kept) else { return Err(too_long()) };
        front.copy_from_slice(&self.pending);
        let read = match stream.read(room)? {
            0 => return Err(ErrorKind::UnexpectedEof.into()),
            read => read,
        };
        let Some(filled) = scratch.get_mut(..kept + read) else { return Err(too_long()) };
        self.cut(filled, &mut take)
    }

    /// Gives the whole frames among what was kept.
    pub(super) fn rest(&mut self, mut take: impl FnMut(&mut [u8])) -> io::Result<()> {
        let mut bytes = std::mem::take(&mut self.pending);
        self.cut(&mut bytes, &mut take)
    }

    fn cut(&mut self, bytes: &mut [u8], take: &mut impl FnMut(&mut [u8])) -> io::Result<()> {
        let mut start = 0;
        while let Some(length) = bytes.get(start..).and_then(frame_length) {
            if length > FRAME_BYTES_MAX {
                return Err(too_long());
            }
            let end = start + LENGTH_BYTES + length;
            let Some(frame) = bytes.get_mut(start + LENGTH_BYTES..end) else { break };
            // An empty frame is a keep-alive.
            if length > 0 {
                take(frame);
            }
            start = end;
        }
        self.pending.clear();
        self.pending.extend_from_slice(bytes.get(start..).unwrap_or_default());
        Ok(())
    }
}

/// The first frame of what was read so far: `Ok(None)` while it is not whole.
pub(super) fn first_frame(bytes: &[u8], bytes_max: usize) -> io::Result<Option<&[u8]>> {
    match frame_length(bytes) {
        Some(length) if length > bytes_max => Err(too_long()),
        Some(length) => Ok(bytes.get(LENGTH_BYTES..LENGTH_BYTES + length)),
        None => Ok(None),
    }
}

fn frame_length(bytes: &[u8]) -> Option<usize> {
    let (length, _) = bytes.split_first_chunk::<LENGTH_BYTES>()?;
    Some(usize::from(u16::from_be_bytes(*length)))
}

fn too_long() -> io::Error {
    io::Error::new(ErrorKind::InvalidData, "a frame is too long")
}

/// Frames that wait to be written.
#[derive(Debug, Default)]
pub(super) struct FrameQueue {
    bytes: Vec<u8>,
    written: usize,
}

impl FrameQueue {
    /// Appends a frame; false where the client is so slow that it was dropped.
    pub(super) fn push(&mut self, frame: &[u8]) -> bool {
        let waiting = self.bytes.len() - self.written;
        let Ok(length) = u16::try_from(frame.len()) else { return false };
        if waiting + LENGTH_BYTES + frame.len() > QUEUE_BYTES_MAX {
            return false;
        }
        if self.written > 0 && self.bytes.len() + LENGTH_BYTES + frame.len() > QUEUE_BYTES_MAX {
            self.bytes.drain(..self.written);
            self.written = 0;
        }
        self.bytes.extend_from_slice(&length.to_be_bytes());
        self.bytes.extend_from_slice(frame);
        true
    }

    /// Writes what the stream takes; what it does not take waits.
    pub(super) fn write(&mut self, stream: &mut impl Write) -> io::Result<()> {
        while self.written < self.bytes.len() {
            match stream.write(&self.bytes[self.written..]) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(written) => self.written += written,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.bytes.clear();
        self.written = 0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(frames: &[&[u8]]) -> Vec<u8> {
        frames.iter().flat_map(|frame| [&(frame.len() as u16).to_be_bytes(), *frame].concat()).collect()
    }

    #[test]
    fn frames_come_out_whole_however_the_stream_is_cut() {
        let long = vec![7; 3_000];
        let stream = framed(&[b"one", b"", &long, b"three"]);
        for chunk in [1, 2, 3, 5, 1_000, stream.len()] {
            let mut reader = FrameReader::default();
            let (mut frames, mut scratch) = (Vec::new(), vec![0; SCRATCH_BYTES]);
            for mut part in stream.chunks(chunk) {
                reader.read(&mut part, &mut scratch, |frame| frames.push(frame.to_vec())).unwrap();
            }
            assert_eq!(frames, [b"one".to_vec(), long.clone(), b"three".to_vec()], "cut by {chunk}");
        }
    }

    #[test]
    fn a_frame_that_is_too_long_and_an_end_are_errors() {
        let mut scratch = vec![0; SCRATCH_BYTES];
        let mut reader = FrameReader::default();
        let mut long: &[u8] = &framed(&[&vec![0; FRAME_BYTES_MAX + 1]]);
        assert!(reader.read(&mut long, &mut scratch, |_| panic!("no frame")).is_err());
        let mut end: &[u8] = &[];
        assert!(FrameReader::default().read(&mut end, &mut scratch, |_| panic!("no frame")).is_err());
        assert!(first_frame(&framed(&[&[0; 600]]), 548).is_err());
        assert_eq!(first_frame(&framed(&[b"abc"])[..4], 548).unwrap(), None);
        assert_eq!(first_frame(&framed(&[b"abc", b"d"]), 548).unwrap(), Some(&b"abc"[..]));
    }

    /// Takes some bytes, then none for now.
    struct Slow(Vec<u8>, usize);

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let taken = bytes.len().min(self.1);
            self.1 -= taken;
            self.0.extend_from_slice(&bytes[..taken]);
            if taken == 0 { Err(ErrorKind::WouldBlock.into()) } else { Ok(taken) }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_slow_client_loses_whole_frames_and_the_stream_stays_in_step() {
        let mut queue = FrameQueue::default();
        let mut stream = Slow(Vec::new(), 1_500);
        let mut dropped = 0;
        for number in 0..400u16 {
            let frame = vec![number as u8; 1_000];
            dropped += usize::from(!queue.push(&frame));
            queue.write(&mut stream).unwrap();
        }
        assert!((130..150).contains(&dropped), "256 KiB wait, the rest is dropped: {dropped}");
        stream.1 = usize::MAX;
        queue.write(&mut stream).unwrap();
        assert!(queue.push(b"last"));
        queue.write(&mut stream).unwrap();
        let (mut frames, mut scratch, mut reader) = (Vec::new(), vec![0; SCRATCH_BYTES], FrameReader::default());
        let mut written = stream.0.as_slice();
        while !written.is_empty() {
            reader.read(&mut written, &mut scratch, |frame| frames.push(frame.to_vec())).unwrap();
        }
        assert_eq!(frames.len(), 400 - dropped + 1);
        assert_eq!(frames.last().unwrap(), b"last");
        assert!(frames.iter().rev().skip(1).all(|frame| frame.len() == 1_000));
    }
}
