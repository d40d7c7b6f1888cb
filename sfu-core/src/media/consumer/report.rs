//! Sender reports of a Consumer, and what its receiver reports back.
use super::Consumer;
use crate::media::clock::{PeerClock, WallClock, media_time};
use crate::media::producer::Producer;
use crate::media::transport::rtcp::{ReportBlock, SenderInfo};
use std::time::Instant;

impl Consumer {
    /// The sender report, where something was sent since the last one and the source's clock is known: the receiver
    /// needs it to play sound and picture of one client in time.
    pub(in crate::media) fn sender_report(
        &mut self,
        source: &Producer,
        sender: &PeerClock,
        clock: WallClock,
        now: Instant,
    ) -> Option<SenderInfo> {
        if self.packet_count == self.reported_count {
            return None;
        }
        let layer = source.layers().get(self.choice.current()?)?;
        let ntp = clock.at(now);
        let theirs = sender.theirs(ntp)?;
        let media = media_time(&layer.clock?, theirs, self.clock_rate_hz);
        self.reported_count = self.packet_count;
        Some(SenderInfo {
            ssrc: self.ssrc.media,
            ntp,
            rtp_timestamp: self.timestamp.peek(media),
            packet_count: self.packet_count,
            octet_count: self.octet_count,
        })
    }

    /// Its RTCP canonical name.
    pub(in crate::media) fn cname(&self) -> &str {
        &self.cname
    }

    /// Whether something was sent that no report has told of.
    pub(in crate::media) const fn has_news(&self) -> bool {
        self.packet_count != self.reported_count
    }

    /// Takes what the receiver says of this stream.
    pub(in crate::media) fn handle_report(&mut self, block: &ReportBlock, clock: WallClock, now: Instant) {
        self.confirm_blank(block);
        self.lost = u64::try_from(block.cumulative_lost).unwrap_or(0);
        if let Some(round_trip) = block.round_trip(clock.at(now)) {
            self.round_trip = round_trip;
        }
    }
}
