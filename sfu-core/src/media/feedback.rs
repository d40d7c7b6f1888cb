//! What a client's RTCP asks for: packets again, keyframes; and what it tells: clocks, loss, arrivals.
use super::consumer::Consumer;
use super::router::{Router, Surroundings};
use super::rtp::timestamp::SenderClock;
use super::transport::rtcp::{self, ReportBlocks, RtcpPacket, SenderInfo};

/// What was in a compound, for those who count.
#[derive(Clone, Copy, Default)]
pub(super) struct Heard {
    /// Packets that could not be read.
    pub(super) malformed: u64,
    /// Requests for packets again.
    pub(super) nacks: u64,
    /// Requests for a keyframe: picture loss indications.
    pub(super) plis: u64,
    /// The same, as full intra requests.
    pub(super) firs: u64,
}

/// Takes a decrypted compound of the client behind the Transport in `slot`.
pub(super) fn handle_rtcp(slot: usize, compound: &[u8], router: &mut Router, around: &mut Surroundings<'_>) -> Heard {
    let mut heard = Heard::default();
    for packet in rtcp::parse(compound) {
        match packet {
            Ok(packet) => {
                heard.nacks += u64::from(matches!(packet, RtcpPacket::Nack { .. }));
                heard.plis += u64::from(matches!(packet, RtcpPacket::PictureLoss { .. }));
                heard.firs += u64::from(matches!(packet, RtcpPacket::FullIntra { .. }));
                handle_packet(slot, packet, router, around);
            }
            Err(error) => {
                heard.malformed += 1;
                tracing::debug!(%error, "RTCP packet not read");
            }
        }
    }
    heard
}

fn handle_packet(slot: usize, packet: RtcpPacket<'_>, router: &mut Router, around: &mut Surroundings<'_>) {
    match packet {
        RtcpPacket::SenderReport { info, reports } => {
            handle_sender_report(slot, &info, router, around);
            handle_reports(slot, reports, router, around);
        }
        RtcpPacket::ReceiverReport { reports, .. } => handle_reports(slot, reports, router, around),
        RtcpPacket::Nack { media_ssrc, lost, .. } => {
            let Some(consumer) = consumer_of(slot, media_ssrc, router, around) else { return };
            let Some((consumer, source)) = router.consumer_and_source(consumer) else { return };
            let Some(mut to) = around.destination(slot) else { return };
            if consumer.repair(lost, source, &mut to) {
                request_keyframe(slot, media_ssrc, router, around);
            }
        }
        RtcpPacket::PictureLoss { media_ssrc, .. } => request_keyframe(slot, media_ssrc, router, around),
        RtcpPacket::FullIntra { requests, .. } => {
            for (ssrc, _) in requests {
                request_keyframe(slot, ssrc, router, around);
            }
        }
        RtcpPacket::TransportFeedback(feedback) => {
            let Some(transport) = around.transports.get_mut(slot) else { return };
            transport.handle_feedback(&feedback, around.now);
            look_at_bandwidth(slot, around);
        }
        RtcpPacket::Remb { bitrate_bps, .. } => {
            let Some(transport) = around.transports.get_mut(slot) else { return };
            transport.bandwidth.handle_remb(bitrate_bps, around.now);
            look_at_bandwidth(slot, around);
        }
        // Names say nothing that signalling has not said; a stream that ends is closed by signalling, too.
        RtcpPacket::SourceDescription(_) | RtcpPacket::Goodbye(_) | RtcpPacket::Other { .. } => {}
    }
}

/// What a path carries may be another now: the Transport is looked at when that wants to be acted on.
fn look_at_bandwidth(slot: usize, around: &mut Surroundings<'_>) {
    if let Some(at) = around.transports.get(slot).and_then(|transport| transport.bandwidth.deadline()) {
        around.timers.no_later_than(slot, at);
    }
}

/// The slot of the Consumer on this Transport that sends with `ssrc`.
fn consumer_of(slot: usize, ssrc: u32, router: &mut Router, around: &Surroundings<'_>) -> Option<usize> {
    let transport = around.transports.get(slot)?;
    let is_its = |consumer: &&usize| router.consumer_mut(**consumer).is_some_and(|known| known.ssrc().media == ssrc);
    transport.duties.consumers.iter().find(is_its).copied()
}

fn handle_sender_report(slot: usize, info: &SenderInfo, router: &mut Router, around: &mut Surroundings<'_>) {
    let Some(transport) = around.transports.get_mut(slot) else { return };
    transport.duties.peer_clock.handle_report(info.ntp, around.clock.at(around.now));
    let Some(owner) = transport.incoming.owner_of(info.ssrc).filter(|owner| !owner.rtx) else { return };
    let Some(producer) = router.producer_mut(owner.producer) else { return };
    if let Some(layer) = producer.layers_mut().get_mut(owner.layer) {
        layer.clock = Some(SenderClock { ntp: info.ntp, rtp_timestamp: info.rtp_timestamp });
        if let Some(reception) = &mut layer.reception {
            reception.handle_sender_report(info.ntp, around.now);
        }
    }
    router.pass_clocks_on(slot, around);
}

fn handle_reports(slot: usize, reports: ReportBlocks<'_>, router: &mut Router, around: &mut Surroundings<'_>) {
    for block in reports {
        let consumer = consumer_of(slot, block.ssrc, router, around);
        if let Some(consumer) = consumer.and_then(|consumer| router.consumer_mut(consumer)) {
            consumer.handle_report(&block, around.clock, around.now);
            let round_trip = consumer.round_trip();
            if let Some(transport) = around.transports.get_mut(slot) {
                transport.bandwidth.handle_round_trip(round_trip);
            }
        }
    }
}

/// A receiver asks for a keyframe: its source is asked, and where that has no picture a black one is sent.
fn request_keyframe(slot: usize, ssrc: u32, router: &mut Router, around: &mut Surroundings<'_>) {
    let Some(consumer) = consumer_of(slot, ssrc, router, around) else { return };
    let layer = router.consumer_mut(consumer).and_then(|consumer| consumer.layer());
    let source = router.consumer_mut(consumer).and_then(|consumer: &mut Consumer| consumer.source());
    let (Some(layer), Some(source)) = (layer, source) else {
        router.start_consumer(consumer, around);
        return;
    };
    router.request_keyframe(source, layer, around);
}
