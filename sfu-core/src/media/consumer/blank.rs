//! The black keyframe of a Consumer whose source has no picture, sent again until the receiver reports it: nothing else
//! would tell that it was lost, and a v2 app would stay without sound. What is sent is `codec::blank`'s, when it is due
//! is the Router's to know.
use super::rewrite::{Outgoing, prefix};
use super::{Consumer, Destination};
use crate::media::codec::{PayloadInfo, blank};
use crate::media::command::SendCodec;
use crate::media::producer::Producer;
use crate::media::rtp::header::{ExtensionValues, OutgoingHeader};
use crate::media::rtp::sequence::extend;
use crate::media::transport::rtcp::ReportBlock;
use crate::sdp::MediaKind;
use std::time::{Duration, Instant};

/// Time between two black keyframes that no report has confirmed: browsers report about once a second.
const REPEAT_INTERVAL: Duration = Duration::from_millis(500);
/// Repeats of one black keyframe, 10 s of them: a receiver that reports nothing by then has no way to.
const REPEATS_MAX: u8 = 20;

/// A black keyframe that was sent and not yet reported as received.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unconfirmed {
    /// Extended number of its last packet.
    index: u64,
    /// When it is sent again.
    due: Instant,
    /// How many more times.
    left: u8,
}

impl Consumer {
    /// Sends the black keyframe, where this receiver waits for a picture and its source has none to give.
    pub(in crate::media) fn send_blank(&mut self, source: Option<&Producer>, to: &mut Destination<'_>) {
        self.unconfirmed = self.write_blank(source, to).map(|index| Unconfirmed {
            index,
            due: to.now + REPEAT_INTERVAL,
            left: REPEATS_MAX,
        });
    }

    /// When the black keyframe is to be sent again; `None`: there is none, or the receiver has it.
    pub(in crate::media) fn blank_due(&self) -> Option<Instant> {
        self.unconfirmed.map(|unconfirmed| unconfirmed.due)
    }

    /// Sends the black keyframe again, where that is due and the receiver still waits for a picture.
    pub(in crate::media) fn repeat_blank(&mut self, source: Option<&Producer>, to: &mut Destination<'_>) {
        let Some(last) = self.unconfirmed.take_if(|last| last.due <= to.now) else { return };
        let Some(left) = last.left.checked_sub(1).filter(|_| self.is_waiting()) else { return };
        let sent = self.write_blank(source, to);
        self.unconfirmed = sent.map(|index| Unconfirmed { index, due: to.now + REPEAT_INTERVAL, left });
    }

    /// Takes note that the receiver has seen packets up to the report's number.
    pub(super) fn confirm_blank(&mut self, block: &ReportBlock) {
        let has_come = |index| extend(index, block.highest_sequence as u16).is_some_and(|highest| highest >= index);
        self.unconfirmed.take_if(|unconfirmed| has_come(unconfirmed.index));
    }

    /// Gives the extended number of its last packet, where it was sent.
    fn write_blank(&mut self, source: Option<&Producer>, to: &mut Destination<'_>) -> Option<u64> {
        if self.kind != MediaKind::Video || !to.transport.can_send() {
            return None;
        }
        let codec = self.blank_codec(source)?;
        let packets = blank::packets(codec.codec)?;
        self.restart();
        let timestamp = self.timestamp.insert(to.now);
        self.pictures.switch_source();
        let mut last = None;
        for (place, payload) in packets.iter().enumerate() {
            last = Some(self.send_blank_packet(codec, payload, timestamp, place + 1 == packets.len(), to));
        }
        self.pictures.switch_source();
        last
    }

    fn send_blank_packet(
        &mut self,
        codec: SendCodec,
        payload: &[u8],
        timestamp: u32,
        marker: bool,
        to: &mut Destination<'_>,
    ) -> u64 {
        let info = PayloadInfo::parse(codec.codec, payload);
        let ids = info.position.and_then(|position| self.pictures.forward(position)).unwrap_or_default();
        let prefix = prefix(codec.codec, payload, info.position.is_some(), ids);
        let index = self.sequence.insert();
        let header = OutgoingHeader {
            marker,
            payload_type: codec.payload_type,
            sequence: (index & 0xffff) as u16,
            timestamp,
            ssrc: self.ssrc.media,
        };
        let values = ExtensionValues::default();
        let outgoing = Outgoing { header, index, values, prefix: prefix.bytes(), payload: prefix.rest(payload) };
        self.seal(&outgoing, false, to);
        index
    }

    /// The codec of the black keyframe, where this receiver is to get one now.
    fn blank_codec(&self, source: Option<&Producer>) -> Option<SendCodec> {
        let is_silent = source.is_none_or(Producer::is_silent);
        if !self.blank || self.is_stopped() || !is_silent {
            return None;
        }
        let last = self.codec.and_then(|(_, found)| found).map(|found| found.send);
        last.or_else(|| self.codecs.iter().find(|send| blank::packets(send.codec).is_some()).copied())
    }
}
