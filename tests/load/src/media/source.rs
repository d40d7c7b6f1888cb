//! What a participant sends: VP8 that looks like a camera's by its packets (descriptor, frame sizes, key frames) and Opus.
//! The pictures' content is noise that no decoder gets to see; SRTP, sockets and time are its owner's.
use super::pc::{Pc, PcError};
use crate::sdp::{MID_EXTENSION, RID_EXTENSION, RIDS};
use std::time::{Duration, Instant};

/// Media bytes of one packet at most: with headers and tag 1,112 bytes of UDP payload.
const PACKET_PAYLOAD_BYTES: usize = 1084;
/// Length of the VP8 payload descriptor that is written.
const DESCRIPTOR_BYTES: usize = 6;
/// A key frame is this many times as large as another.
const KEY_FRAME_FACTOR: usize = 3;
/// Time of a packet of sound.
const SOUND_INTERVAL: Duration = Duration::from_millis(20);
/// Longest catching up after a stall: what is older is not sent at all.
const BEHIND_MAX: Duration = Duration::from_millis(200);

/// What everybody sends.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pattern {
    /// Pictures a second; 0: no picture.
    pub fps: u32,
    /// Kilobits a second of the picture (the highest layer).
    pub video_kbps: u32,
    /// Seconds between key frames that nobody asked for.
    pub key_frame_secs: u32,
    /// Bytes of a packet of sound.
    pub audio_bytes: usize,
    /// The picture is sent in three layers.
    pub simulcast: bool,
}

/// One RTP stream that is sent.
#[derive(Clone, Debug)]
pub struct Stream {
    /// Its SSRC.
    pub ssrc: u32,
    payload_type: u8,
    index: u64,
    timestamp: u32,
    /// Packets so far.
    pub packets: u32,
    /// Payload bytes so far.
    pub octets: u32,
    extensions: Vec<u8>,
}

impl Stream {
    /// A stream whose first number is `sequence` (kept below 32,768, so that its turn is guessed right).
    pub fn new(ssrc: u32, payload_type: u8, sequence: u16, timestamp: u32) -> Self {
        let index = u64::from(sequence & 0x7fff);
        Self { ssrc, payload_type, index, timestamp, packets: 0, octets: 0, extensions: Vec::new() }
    }

    /// Timestamp of the last packet.
    pub const fn timestamp(&self) -> u32 {
        self.timestamp
    }

    fn send(&mut self, pc: &mut Pc, marker: bool, payload: &[u8]) -> Result<(), PcError> {
        let mut header = [0; 64];
        let fixed: [u8; 12] = self.fixed_header(marker);
        header[..12].copy_from_slice(&fixed);
        let len = 12 + self.extensions.len();
        header[12..len].copy_from_slice(&self.extensions);
        pc.send_rtp(&header[..len], payload, self.index)?;
        self.index += 1;
        self.packets = self.packets.wrapping_add(1);
        self.octets = self.octets.wrapping_add(payload.len() as u32);
        Ok(())
    }

    fn fixed_header(&self, marker: bool) -> [u8; 12] {
        let [s0, s1] = (self.index as u16).to_be_bytes();
        let [t0, t1, t2, t3] = self.timestamp.to_be_bytes();
        let [c0, c1, c2, c3] = self.ssrc.to_be_bytes();
        let first = if self.extensions.is_empty() { 0x80 } else { 0x90 };
        [first, self.payload_type | u8::from(marker) << 7, s0, s1, t0, t1, t2, t3, c0, c1, c2, c3]
    }
}

/// A camera.
#[derive(Clone, Debug)]
pub struct Camera {
    /// Its layers, lowest first; one where it is not layered.
    pub layers: Vec<Stream>,
    pattern: Pattern,
    next_at: Instant,
    key_due_at: Instant,
    key_wanted: bool,
    picture_id: u16,
    key_index: u8,
    noise: Vec<u8>,
}

impl Camera {
    /// A camera that films from `start` on; `layers` are its streams.
    pub fn new(pattern: Pattern, mut layers: Vec<Stream>, start: Instant) -> Self {
        if pattern.simulcast {
            for (layer, rid) in layers.iter_mut().zip(RIDS) {
                layer.extensions = label_extensions("1", rid);
            }
        }
        // Noise that no compression and no lookup table would find short.
        let noise =
            (0..2 * PACKET_PAYLOAD_BYTES as u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 23) as u8).collect();
        Self {
            layers,
            pattern,
            next_at: start,
            key_due_at: start,
            key_wanted: true,
            picture_id: 0,
            key_index: 0,
            noise,
        }
    }

    /// The next picture begins anew.
    pub const fn want_key_frame(&mut self) {
        self.key_wanted = true;
    }

    /// Sends the pictures that are due.
    pub fn film(&mut self, pc: &mut Pc, now: Instant) -> Result<(), PcError> {
        if self.pattern.fps == 0 {
            return Ok(());
        }
        let interval = Duration::from_secs(1) / self.pattern.fps;
        skip_what_is_missed(&mut self.next_at, now);
        while self.next_at <= now {
            self.next_at += interval;
            let key = self.key_wanted || self.key_due_at <= now;
            if key {
                self.key_wanted = false;
                self.key_due_at = now + Duration::from_secs(u64::from(self.pattern.key_frame_secs.max(1)));
                self.key_index = (self.key_index + 1) & 0x1f;
            }
            self.picture_id = (self.picture_id + 1) & 0x7fff;
            let top = self.layers.len().saturating_sub(1);
            for layer in 0..self.layers.len() {
                let share = 4usize.pow((top - layer) as u32);
                self.send_picture(pc, layer, share, key)?;
            }
        }
        Ok(())
    }

    fn send_picture(&mut self, pc: &mut Pc, layer: usize, share: usize, key: bool) -> Result<(), PcError> {
        let frame = self.pattern.video_kbps as usize * 125 / self.pattern.fps.max(1) as usize / share;
        let mut left = if key { frame * KEY_FRAME_FACTOR } else { frame }.max(16);
        let Some(stream) = self.layers.get_mut(layer) else { return Ok(()) };
        stream.timestamp = stream.timestamp.wrapping_add(90_000 / self.pattern.fps.max(1));
        let mut payload = [0; PACKET_PAYLOAD_BYTES];
        let mut first = true;
        while left > 0 {
            let room = PACKET_PAYLOAD_BYTES - DESCRIPTOR_BYTES;
            let taken = left.min(room);
            let [p0, p1] = (self.picture_id | 0x8000).to_be_bytes();
            // X and, at the start of the frame, S; I, L, T and K; 15 bits of picture id; TL0PICIDX; TID 0 and KEYIDX.
            let start = if first { 0x90 } else { 0x80 };
            let descriptor = [start, 0xf0, p0, p1, self.picture_id as u8, self.key_index];
            payload[..DESCRIPTOR_BYTES].copy_from_slice(&descriptor);
            let body = &mut payload[DESCRIPTOR_BYTES..DESCRIPTOR_BYTES + taken];
            let from = usize::from(self.picture_id) % PACKET_PAYLOAD_BYTES;
            body.copy_from_slice(&self.noise[from..from + taken]);
            if first {
                write_frame_head(body, key);
            }
            left -= taken;
            first = false;
            stream.send(pc, left == 0, &payload[..DESCRIPTOR_BYTES + taken])?;
        }
        Ok(())
    }
}

/// A microphone.
#[derive(Clone, Debug)]
pub struct Microphone {
    /// Its stream.
    pub stream: Stream,
    bytes: usize,
    next_at: Instant,
}

impl Microphone {
    /// A microphone that listens from `start` on.
    pub const fn new(pattern: &Pattern, stream: Stream, start: Instant) -> Self {
        Self { stream, bytes: pattern.audio_bytes, next_at: start }
    }

    /// Sends the sound that is due.
    pub fn listen(&mut self, pc: &mut Pc, now: Instant) -> Result<(), PcError> {
        skip_what_is_missed(&mut self.next_at, now);
        while self.next_at <= now {
            self.next_at += SOUND_INTERVAL;
            self.stream.timestamp = self.stream.timestamp.wrapping_add(960);
            let mut payload = [0x5a; 1200];
            // A 20 ms CELT frame, full band, one frame a packet (RFC 6716 §3.1).
            payload[0] = 0xf8;
            let len = self.bytes.clamp(1, payload.len());
            self.stream.send(pc, self.stream.packets == 0, &payload[..len])?;
        }
        Ok(())
    }
}

/// The VP8 frame tag and, for a key frame, its start code and size (RFC 6386 §9.1).
fn write_frame_head(body: &mut [u8], key: bool) {
    let head: &[u8] = if key { &[0x10, 0x20, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0xe0, 0x01] } else { &[0x11, 0x20, 0] };
    for (to, from) in body.iter_mut().zip(head) {
        *to = *from;
    }
}

fn skip_what_is_missed(next_at: &mut Instant, now: Instant) {
    if now.saturating_duration_since(*next_at) > BEHIND_MAX {
        *next_at = now;
    }
}

/// The header extension block with mid and rid, one-byte form.
fn label_extensions(mid: &str, rid: &str) -> Vec<u8> {
    let mut block = vec![0xbe, 0xde, 0, 0];
    for (id, value) in [(MID_EXTENSION, mid), (RID_EXTENSION, rid)] {
        block.push(id << 4 | (value.len().saturating_sub(1) as u8));
        block.extend(value.bytes());
    }
    block.resize(block.len().next_multiple_of(4), 0);
    block[3] = (block.len() / 4 - 1) as u8;
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_a_one_byte_extension_block() {
        assert_eq!(label_extensions("1", "q"), [0xbe, 0xde, 0, 1, 0x10, b'1', 0x20, b'q']);
    }

    #[test]
    fn a_stall_is_not_caught_up_in_a_burst() {
        let start = Instant::now();
        let mut next = start;
        skip_what_is_missed(&mut next, start + Duration::from_millis(100));
        assert_eq!(next, start);
        skip_what_is_missed(&mut next, start + Duration::from_secs(3));
        assert_eq!(next, start + Duration::from_secs(3));
    }
}
