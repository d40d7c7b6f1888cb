//! Compound RTCP packets: every list in them ends, and feedback on what was sent is taken whatever it says.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sfu_core::media::congestion::twcc::SendRecorder;
use sfu_core::media::transport::rtcp::{RtcpPacket, parse};
use std::sync::LazyLock;
use std::time::Instant;

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

fuzz_target!(|bytes: &[u8]| {
    let Some((sent, compound)) = bytes.split_first() else { return };
    let mut departures = SendRecorder::new();
    for _ in 0..*sent {
        departures.handle_sent(1_200, true, *START);
    }
    for packet in parse(compound).filter_map(Result::ok) {
        match packet {
            RtcpPacket::SenderReport { reports, .. } | RtcpPacket::ReceiverReport { reports, .. } => {
                assert!(reports.count() <= 31);
            }
            RtcpPacket::SourceDescription(descriptions) => assert!(descriptions.count() <= 31),
            RtcpPacket::Goodbye(ssrcs) => assert!(ssrcs.count() <= 31),
            RtcpPacket::Nack { lost, .. } => assert!(lost.count() <= 17 * compound.len() / 4),
            RtcpPacket::FullIntra { requests, .. } => assert!(requests.count() <= compound.len() / 8),
            RtcpPacket::Remb { ssrcs, .. } => assert!(ssrcs.count() <= 255),
            RtcpPacket::TransportFeedback(feedback) => {
                assert!(feedback.statuses().count() <= usize::from(u16::MAX));
                let mut results = Vec::new();
                departures.handle_feedback(&feedback, &mut results);
                assert!(results.len() <= usize::from(*sent));
                let counters = departures.counters();
                assert!(counters.received + counters.lost <= counters.sent);
            }
            RtcpPacket::PictureLoss { .. } | RtcpPacket::Other { .. } => {}
        }
    }
});
