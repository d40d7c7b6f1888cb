//! What a client sends: Opus-like packets and VP8-like pictures whose bytes say who sent them and which they are.
use crate::client::{Client, rtc_mid};
use crate::scheme::{Descriptor, Frame, Scheme};
use sfu_core::sdp::{MediaKind, Mid};
use std::time::{Duration, Instant};
use str0m::media::Rid;
use str0m::rtp::{ExtensionValues, RtpWrite, SeqNo};

/// Bytes of a marker in a payload.
const MARK_LEN: usize = 8;

/// What a payload says of itself.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Mark {
    /// Which source.
    pub source: u8,
    /// Which of its layers.
    pub layer: u8,
    /// Which packet of the picture.
    pub part: u8,
    /// It belongs to a keyframe.
    pub key: bool,
    /// Which picture, or packet of sound.
    pub number: u32,
}

impl Mark {
    fn bytes(self) -> [u8; MARK_LEN] {
        let [a, b, c, d] = self.number.to_be_bytes();
        [self.source, self.layer, self.part, u8::from(self.key), a, b, c, d]
    }

    /// Reads the mark at the end of a payload.
    pub fn read(payload: &[u8]) -> Self {
        let [source, layer, part, key, a, b, c, d] = *payload.last_chunk::<MARK_LEN>().unwrap();
        Self { source, layer, part, key: key == 1, number: u32::from_be_bytes([a, b, c, d]) }
    }
}

/// One layer of a source.
pub struct SentLayer {
    pub ssrc: u32,
    pub rid: Option<Rid>,
    sequence: u64,
    timestamp: u32,
    picture_id: u16,
    tl0: u8,
    key_wanted: bool,
    /// Sends nothing while false.
    pub active: bool,
}

/// One published track.
pub struct Source {
    pub client: usize,
    pub number: u8,
    pub kind: MediaKind,
    pub mid: Mid,
    pub layers: Vec<SentLayer>,
    pub interval: Duration,
    pub next: Instant,
    pub stopped: bool,
    /// Packets of a picture; a keyframe has twice as many.
    pub parts: u8,
    /// Bytes of a packet.
    pub size: usize,
    pub temporal_layers: u8,
    /// How its pictures are layered inside one stream.
    pub scheme: Scheme,
    /// A keyframe with each picture whose number this divides, and with no other, whoever asks.
    pub key_every: Option<u32>,
    /// The frames that were sent inside one stream.
    pub frames: Vec<Frame>,
    /// How many times as many packets a layer has as the one below it.
    pub growth: u8,
    frame: u32,
    last_key: u32,
    handled_requests: usize,
}

impl Source {
    pub fn new(
        client: usize,
        number: u8,
        kind: MediaKind,
        mid: Mid,
        ssrcs: &[(u32, Option<Rid>)],
        now: Instant,
    ) -> Self {
        let layer = |(place, (ssrc, rid)): (usize, &(u32, Option<Rid>))| SentLayer {
            ssrc: *ssrc,
            rid: *rid,
            // Close to a wrap, so that each run crosses one.
            sequence: 65_400 - place as u64 * 10,
            timestamp: 0xffff_f000u32.wrapping_add(*ssrc),
            picture_id: 0x7ff0 + place as u16,
            tl0: 250,
            key_wanted: true,
            active: true,
        };
        let interval = match kind {
            MediaKind::Audio => Duration::from_millis(20),
            MediaKind::Video => Duration::from_millis(40),
        };
        Self {
            client,
            number,
            kind,
            mid,
            layers: ssrcs.iter().enumerate().map(layer).collect(),
            interval,
            next: now,
            stopped: false,
            parts: 3,
            size: 600,
            temporal_layers: 1,
            scheme: Scheme::Vp8,
            key_every: None,
            frames: Vec::new(),
            growth: 1,
            frame: 0,
            last_key: 0,
            handled_requests: 0,
        }
    }

    /// Packets of sound or pictures sent so far.
    pub fn sent(&self) -> u32 {
        self.frame
    }

    /// Packets of one picture of a layer.
    pub fn parts_of(&self, layer: usize, key: bool) -> u8 {
        let parts = (0..layer).fold(self.parts, |parts, _| parts * self.growth);
        if key { parts * 2 } else { parts }
    }

    /// Sends the next picture or packet of sound.
    pub fn tick(&mut self, client: &mut Client, now: Instant) {
        self.next += self.interval;
        self.take_keyframe_requests(client);
        if self.stopped {
            return;
        }
        for place in 0..self.layers.len() {
            match self.kind {
                MediaKind::Audio => self.send_sound(client, now),
                MediaKind::Video if self.scheme != Scheme::Vp8 => self.send_layered(client, now),
                MediaKind::Video if self.layers[place].active => self.send_picture(place, client, now),
                MediaKind::Video => {}
            }
            let ticks = if self.kind == MediaKind::Audio { 48 } else { 90 } * self.interval.as_millis() as u32;
            self.layers[place].timestamp = self.layers[place].timestamp.wrapping_add(ticks);
        }
        self.frame += 1;
    }

    fn take_keyframe_requests(&mut self, client: &Client) {
        for (_, mid, rid) in &client.keyframe_requests[self.handled_requests..] {
            for layer in &mut self.layers {
                let is_its = *mid == self.mid.0 && (rid.is_none() || layer.rid.map(|own| own.to_string()) == *rid);
                layer.key_wanted |= is_its;
            }
        }
        self.handled_requests = client.keyframe_requests.len();
    }

    /// Whether the next picture is a keyframe.
    fn take_key(&mut self, place: usize) -> bool {
        let wanted = std::mem::take(&mut self.layers[place].key_wanted);
        self.key_every.map_or(wanted, |every| self.frame.is_multiple_of(every))
    }

    /// Sends a picture with all its layers in the one stream.
    fn send_layered(&mut self, client: &mut Client, now: Instant) {
        if self.take_key(0) {
            self.last_key = self.frame;
        }
        let since = self.frame - self.last_key;
        let frames = self.scheme.frames(self.frame, since);
        let layer = &mut self.layers[0];
        layer.picture_id = (layer.picture_id + 1) & 0x7fff;
        layer.tl0 = layer.tl0.wrapping_add(u8::from(frames[0].temporal == 0));
        let spatial_layers = self.scheme.layers().0;
        // Near the end of their numbers, so that they wrap.
        let number =
            |picture: u32, spatial: u8| (65_500 + picture * u32::from(spatial_layers) + u32::from(spatial)) as u16;
        for frame in &frames {
            for part in 0..self.parts {
                let (first, last) = (part == 0, part + 1 == self.parts);
                let mut values = ExtensionValues { mid: Some(rtc_mid(&self.mid)), ..Default::default() };
                let (pt, mut payload) = if let Scheme::Av1 { .. } = self.scheme {
                    values.user_values.set(Descriptor(self.scheme.descriptor(frame, first, last, number)));
                    let continues = if first { 0 } else { 0x80 };
                    let new = if frame.key && frame.spatial == 0 && first { 0x08 } else { 0 };
                    (client.numbers.av1, vec![0x10 | continues | new])
                } else {
                    (client.numbers.vp9, self.scheme.vp9_start(frame, layer.picture_id, layer.tl0, first, last, since))
                };
                payload.resize(self.size, 0xcd);
                let mark = Mark { source: self.number, layer: frame.spatial, part, key: frame.key, number: self.frame };
                payload.extend(mark.bytes());
                let sequence = SeqNo::from(layer.sequence);
                layer.sequence += 1;
                let write = RtpWrite::new(pt.into(), sequence, layer.timestamp, now, payload)
                    .marker(last && frame.spatial + 1 == spatial_layers)
                    .nackable(true)
                    .ext_vals(values);
                client.rtc.direct_api().stream_tx(&layer.ssrc.into()).unwrap().write_rtp(write);
            }
        }
        self.frames.extend(frames);
    }

    fn send_sound(&mut self, client: &mut Client, now: Instant) {
        let mark = Mark { source: self.number, layer: 0, part: 0, key: false, number: self.frame };
        let payload = [&[0x78; 60][..], &mark.bytes()].concat();
        let pt = client.numbers.opus.into();
        let layer = &mut self.layers[0];
        let levels = ExtensionValues {
            audio_level: Some(-30),
            voice_activity: Some(true),
            mid: Some(rtc_mid(&self.mid)),
            ..Default::default()
        };
        let sequence = SeqNo::from(layer.sequence);
        layer.sequence += 1;
        let write = RtpWrite::new(pt, sequence, layer.timestamp, now, payload).ext_vals(levels);
        client.rtc.direct_api().stream_tx(&layer.ssrc.into()).unwrap().write_rtp(write);
    }

    fn send_picture(&mut self, place: usize, client: &mut Client, now: Instant) {
        let temporal = if self.temporal_layers > 1 { (self.frame % 2) as u8 } else { 0 };
        let key = self.take_key(place);
        let parts = self.parts_of(place, key);
        let layer = &mut self.layers[place];
        let temporal = if key { 0 } else { temporal };
        layer.picture_id = (layer.picture_id + 1) & 0x7fff;
        if temporal == 0 {
            layer.tl0 = layer.tl0.wrapping_add(1);
        }
        for part in 0..parts {
            let [high, low] = layer.picture_id.to_be_bytes();
            let first = if part == 0 { 0x90 } else { 0x80 };
            let mut payload = vec![first, 0xe0, high | 0x80, low, layer.tl0, (temporal << 6) | 0x20];
            if part == 0 {
                let (width, height) = (160u16 << place, 90u16 << place);
                payload.extend([if key { 0x10 } else { 0x11 }, 0, 0]);
                payload.extend([0x9d, 0x01, 0x2a]);
                payload.extend(width.to_le_bytes());
                payload.extend(height.to_le_bytes());
            }
            payload.resize(self.size, 0xab);
            let mark = Mark { source: self.number, layer: place as u8, part, key, number: self.frame };
            payload.extend(mark.bytes());
            let (pt, sequence) = (client.numbers.vp8.into(), SeqNo::from(layer.sequence));
            layer.sequence += 1;
            let values = ExtensionValues { mid: Some(rtc_mid(&self.mid)), ..Default::default() };
            let write = RtpWrite::new(pt, sequence, layer.timestamp, now, payload)
                .marker(part + 1 == parts)
                .nackable(true)
                .ext_vals(values);
            client.rtc.direct_api().stream_tx(&layer.ssrc.into()).unwrap().write_rtp(write);
        }
    }
}

/// VP8 picture id and TL0PICIDX of a payload.
pub fn picture_numbers(payload: &[u8]) -> (u16, u8) {
    assert_eq!(payload[0] & 0x80, 0x80, "extended descriptor");
    assert_eq!(payload[2] & 0x80, 0x80, "15-bit picture id");
    (u16::from_be_bytes([payload[2] & 0x7f, payload[3]]), payload[4])
}
