//! RTCP that a Worker sends of its own: feedback on what arrives, requests for what does not, reports on both
//! directions; and when each of them is due. What a client's RTCP says is handled by the Router.
use super::arena::SendArena;
use super::clock::{PeerClock, WallClock};
use super::producer::{Layer, Producer};
use super::router::Router;
use super::transport::Transport;
use super::transport::rtcp::{ReportBlock, RtcpError, RtcpWriter};
use crate::sdp::MediaKind;
use std::time::{Duration, Instant};

/// Time between two reports on a stream (RFC 3550 §6.2 asks for no more than one in 5 s; browsers send one a second,
/// and play sound and picture in time only once they have had one).
const REPORT_INTERVAL: Duration = Duration::from_secs(1);
/// Time from the first packet to the first report: a new picture waits for it to be in time with its sound.
const FIRST_REPORT: Duration = Duration::from_millis(100);
/// Time between two REMB: Firefox sends four a second, and a lost one must not matter.
const REMB_INTERVAL: Duration = Duration::from_millis(500);
/// What a client without transport-wide feedback may send where nothing caps it, bits a second.
const REMB_DEFAULT_BPS: u64 = 5_000_000;
/// Longest compound packet, bytes: fits any path.
const COMPOUND_BYTES_MAX: usize = 1_180;

/// What one Transport has to report, and when.
#[derive(Default)]
pub(super) struct Duties {
    /// The slot of its Router.
    pub(super) router: usize,
    /// Slots of the Producers that come on it.
    pub(super) producers: Vec<usize>,
    /// Slots of the Consumers that go out on it.
    pub(super) consumers: Vec<usize>,
    /// How far its client's clock is from ours.
    pub(super) peer_clock: PeerClock,
    /// When a black keyframe that no report has confirmed is sent again.
    pub(super) blanks_due: Option<Instant>,
    reports_due: Option<Instant>,
    remb_due: Option<Instant>,
    /// Used anew for each report.
    blocks: Vec<ReportBlock>,
}

impl Duties {
    /// Whether sender and receiver reports are due.
    pub(super) fn are_reports_due(&self, now: Instant) -> bool {
        is_due(self.reports_due, now)
    }

    /// Media flows: a report is due soon. True where that is news.
    pub(super) fn note_media(&mut self, now: Instant) -> Option<Instant> {
        if self.reports_due.is_some() {
            return None;
        }
        self.reports_due = Some(now + FIRST_REPORT);
        self.reports_due
    }
}

/// Writes compounds into the arena, as many as it takes.
struct Compound<'a> {
    buffer: [u8; COMPOUND_BYTES_MAX],
    len: usize,
    transport: &'a mut Transport,
    arena: &'a mut SendArena,
}

impl Compound<'_> {
    /// Appends what `write` writes; begins a new compound where it does not fit.
    fn add(&mut self, mut write: impl FnMut(&mut RtcpWriter<'_>) -> Result<(), RtcpError>) {
        if self.try_add(&mut write).is_err() {
            self.flush();
            if let Err(error) = self.try_add(&mut write) {
                tracing::debug!(%error, "report not written");
            }
        }
    }

    fn try_add(
        &mut self,
        write: &mut impl FnMut(&mut RtcpWriter<'_>) -> Result<(), RtcpError>,
    ) -> Result<(), RtcpError> {
        let mut writer = RtcpWriter::new(&mut self.buffer[self.len..]);
        write(&mut writer)?;
        self.len += writer.len();
        Ok(())
    }

    fn flush(&mut self) {
        if self.len > 0 {
            self.transport.send_rtcp(self.arena, &self.buffer[..self.len]);
            self.len = 0;
        }
    }
}

/// Sends what is due on a Transport. `source_clock` gives the clock of the client behind a Producer's slot.
pub(super) fn send_due(
    transport: &mut Transport,
    router: &mut Router,
    source_clock: impl Fn(usize) -> PeerClock,
    clock: WallClock,
    now: Instant,
    arena: &mut SendArena,
) {
    if !transport.can_send() {
        return;
    }
    let mut compound = Compound { buffer: [0; COMPOUND_BYTES_MAX], len: 0, transport, arena };
    if is_due(compound.transport.duties.reports_due, now) {
        let has_media = send_reports(&mut compound, router, &source_clock, clock, now);
        compound.transport.duties.reports_due = has_media.then(|| now + REPORT_INTERVAL);
    }
    send_remb(&mut compound, router, now);
    request_missing(&mut compound, router, now);
    send_arrivals(&mut compound, now);
    compound.flush();
}

/// When [`send_due`] has something to send on this Transport.
pub(super) fn deadline(transport: &Transport, router: &Router, now: Instant) -> Option<Instant> {
    if !transport.can_send() {
        return None;
    }
    let duties = &transport.duties;
    let layers = duties.producers.iter().filter_map(|slot| router.producer(*slot)).flat_map(Producer::layers);
    let missing = layers.filter_map(|layer| layer.deadline(now)).min();
    let arrivals = transport.arrivals.as_ref().and_then(|arrivals| arrivals.poll_timeout());
    [duties.reports_due, duties.remb_due, duties.blanks_due, missing, arrivals].into_iter().flatten().min()
}

fn is_due(at: Option<Instant>, now: Instant) -> bool {
    at.is_some_and(|at| at <= now)
}

/// Sender reports of the Consumers and receiver reports on the Producers. False where nothing flowed since the last.
fn send_reports(
    compound: &mut Compound<'_>,
    router: &mut Router,
    source_clock: &impl Fn(usize) -> PeerClock,
    clock: WallClock,
    now: Instant,
) -> bool {
    let mut has_media = false;
    for place in 0..compound.transport.duties.consumers.len() {
        let slot = compound.transport.duties.consumers[place];
        let Some((consumer, source)) = router.consumer_and_source(slot) else { continue };
        has_media |= consumer.has_news();
        let (Some(source), Some(source_slot)) = (source, consumer.source()) else { continue };
        let Some(info) = consumer.sender_report(source, &source_clock(source_slot), clock, now) else {
            continue;
        };
        let (ssrc, cname) = (info.ssrc, consumer.cname());
        compound.add(|writer| writer.sender_report(&info, &[]));
        compound.add(|writer| writer.source_description(ssrc, cname));
    }
    let mut blocks = std::mem::take(&mut compound.transport.duties.blocks);
    for place in 0..compound.transport.duties.producers.len() {
        let slot = compound.transport.duties.producers[place];
        let Some(producer) = router.producer_mut(slot) else { continue };
        blocks.extend(producer.layers_mut().iter_mut().filter_map(|layer| report_on(layer, now)));
    }
    has_media |= !blocks.is_empty();
    let sender = compound.transport.ssrc();
    for blocks in blocks.chunks(31) {
        compound.add(|writer| writer.receiver_report(sender, blocks));
    }
    blocks.clear();
    compound.transport.duties.blocks = blocks;
    has_media
}

/// Only layers whose SSRC is mapped are reported on: the first report on an SSRC is what makes a browser stop to say
/// which layer it is.
fn report_on(layer: &mut Layer, now: Instant) -> Option<ReportBlock> {
    let ssrc = layer.ssrc?;
    if !std::mem::take(&mut layer.has_news) {
        return None;
    }
    layer.reception.as_mut()?.report(ssrc, now)
}

fn send_remb(compound: &mut Compound<'_>, router: &Router, now: Instant) {
    let duties = &compound.transport.duties;
    if duties.remb_due.is_some_and(|due| due > now) {
        return;
    }
    let (mut ssrcs, mut bitrate) = (Vec::new(), 0u64);
    for producer in duties.producers.iter().filter_map(|slot| router.producer(*slot)) {
        if !producer.remb && producer.max_bitrate_bps.is_none() {
            continue;
        }
        let known = ssrcs.len();
        ssrcs.extend(producer.layers().iter().filter_map(|layer| layer.ssrc));
        if ssrcs.len() > known {
            bitrate = bitrate.saturating_add(producer.max_bitrate_bps.unwrap_or(REMB_DEFAULT_BPS));
        }
    }
    let is_needed = !ssrcs.is_empty();
    compound.transport.duties.remb_due = is_needed.then(|| now + REMB_INTERVAL);
    if is_needed {
        let sender = compound.transport.ssrc();
        compound.add(|writer| writer.remb(sender, bitrate, &ssrcs));
    }
}

/// NACK for packets, PLI or FIR for keyframes.
fn request_missing(compound: &mut Compound<'_>, router: &mut Router, now: Instant) {
    let sender = compound.transport.ssrc();
    let mut lost = Vec::new();
    for place in 0..compound.transport.duties.producers.len() {
        let slot = compound.transport.duties.producers[place];
        let Some(producer) = router.producer_mut(slot) else { continue };
        let is_wanted = producer.kind() == MediaKind::Video && !producer.is_paused() && producer.has_receivers();
        for layer in producer.layers_mut() {
            lost.clear();
            layer.nack.poll_requests(Duration::ZERO, now, &mut lost);
            let Some(ssrc) = layer.ssrc else { continue };
            if layer.codec.is_some_and(|codec| codec.nack) && !lost.is_empty() {
                compound.add(|writer| writer.nack(sender, ssrc, &lost));
            }
            if layer.nack.take_gave_up() && is_wanted {
                layer.keyframes.request_anew();
            }
            if layer.keyframes.poll_request(now) {
                request_keyframe(compound, layer, sender, ssrc);
            }
        }
    }
}

fn request_keyframe(compound: &mut Compound<'_>, layer: &mut Layer, sender: u32, ssrc: u32) {
    let takes_pli = layer.codec.is_none_or(|codec| codec.pli || !codec.fir);
    if takes_pli {
        compound.add(|writer| writer.picture_loss(sender, ssrc));
    } else {
        layer.fir_number = layer.fir_number.wrapping_add(1);
        let number = layer.fir_number;
        compound.add(|writer| writer.full_intra(sender, ssrc, number));
    }
}

/// Transport-wide feedback.
fn send_arrivals(compound: &mut Compound<'_>, now: Instant) {
    let sender = compound.transport.ssrc();
    let Some(mut arrivals) = compound.transport.arrivals.take() else { return };
    let mut more = true;
    while more {
        more = false;
        compound.add(|writer| {
            more = arrivals.poll_feedback(sender, now, writer)?;
            Ok(())
        });
    }
    compound.transport.arrivals = Some(arrivals);
}
