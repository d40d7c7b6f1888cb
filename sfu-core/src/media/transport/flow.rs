//! A Transport's bytes: what its association gave is passed on, packets are opened and sealed.
use super::ice::Path;
use super::rtcp::TransportFeedback;
use super::srtp::{self, MAX_RTCP_OVERHEAD, OpenedRtp, SealedEnd, SourcePlace, SrtpError};
use super::webrtc::{WebrtcError, WebrtcOutput};
use super::{Outlet, State, Transport};
use crate::media::arena::{SendArena, StreamOrder};
use crate::media::congestion::wire_bytes;
use crate::media::event::{FailureCause, MediaEvent};
use crate::media::prefetch::prefetch;
use std::time::Instant;

/// What the sender of one stream of packets keeps from packet to packet.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::media) struct OutgoingStream {
    order: StreamOrder,
    place: SourcePlace,
}

/// What a Transport's input led to, beside datagrams and events.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(in crate::media) struct Progress {
    /// Keys have come: media can flow from now on.
    pub(in crate::media) connected: bool,
    /// The other side ended the association.
    pub(in crate::media) closed: bool,
}

impl Transport {
    /// Lets the association do what follows from a change, and passes on what comes of it.
    pub(super) fn settle(&mut self, now: Instant, out: &mut Outlet<'_>) -> Result<Progress, FailureCause> {
        let drained = self.webrtc.drain(now, &mut self.outputs);
        let settled = drained.and_then(|_| self.webrtc.handle_timeout(now, &mut self.outputs));
        self.webrtc_deadline = settled.map_err(|error| self.failed(&error))?;
        self.pass_on(out)
    }

    /// Passes on what the association has to say.
    pub(super) fn drain(&mut self, now: Instant, out: &mut Outlet<'_>) -> Result<Progress, FailureCause> {
        let drained = self.webrtc.drain(now, &mut self.outputs);
        self.webrtc_deadline = drained.map_err(|error| self.failed(&error))?;
        self.pass_on(out)
    }

    fn pass_on(&mut self, out: &mut Outlet<'_>) -> Result<Progress, FailureCause> {
        let mut progress = Progress::default();
        let mut outputs = std::mem::take(&mut self.outputs);
        for output in outputs.drain(..) {
            self.pass_one_on(output, &mut progress, out)?;
        }
        self.outputs = outputs;
        progress.closed |= !self.webrtc.is_alive();
        Ok(progress)
    }

    fn pass_one_on(
        &mut self,
        output: WebrtcOutput,
        progress: &mut Progress,
        out: &mut Outlet<'_>,
    ) -> Result<(), FailureCause> {
        match output {
            WebrtcOutput::Stun { destination, bytes } => {
                self.send(self.ice.path_to(destination), &bytes, out.arena);
            }
            WebrtcOutput::Dtls(bytes) => self.send(self.ice.selected(), &bytes, out.arena),
            WebrtcOutput::Connected(keys) => {
                let made = srtp::from_dtls(keys.profile, &keys.material, self.dtls);
                let (outbound, inbound) = made.map_err(|_| FailureCause::Dtls)?;
                (self.outbound, self.inbound) = (Some(outbound), Some(inbound));
                self.filter.handshake_done();
                self.state = State::Connected;
                progress.connected = true;
                out.events.push_back(MediaEvent::TransportConnected(self.id));
            }
            WebrtcOutput::ChannelOpened(label) => {
                out.events.push_back(MediaEvent::ChannelOpened { transport: self.id, label });
            }
            WebrtcOutput::ChannelMessage { label, binary, payload } => {
                out.events.push_back(MediaEvent::ChannelMessage { transport: self.id, label, binary, payload });
            }
            WebrtcOutput::Closed => progress.closed = true,
        }
        Ok(())
    }

    fn send(&self, path: Option<Path>, bytes: &[u8], arena: &mut SendArena) {
        let Some(path) = path else { return };
        arena.push(self.lane, path.route, bytes.len(), |buffer| {
            buffer.copy_from_slice(bytes);
            Some(bytes.len())
        });
    }

    /// What an error of the association means to the room.
    pub(super) fn failed(&mut self, error: &WebrtcError) -> FailureCause {
        tracing::info!(transport = %self.id, %error, "association failed");
        if self.outbound.is_some() { FailureCause::Internal } else { FailureCause::Dtls }
    }

    /// Asks memory for what sending needs.
    pub(in crate::media) fn prefetch_sending(&self) {
        prefetch(&self.outbound);
        prefetch(&self.departures);
        prefetch(self.ice.selected_place());
        prefetch(&self.state);
        prefetch(&self.lane);
        prefetch(&self.counters);
        prefetch(&self.duties);
    }

    /// Asks memory for what sending the next packets of `stream` needs, once what [`Self::prefetch_sending`] asks for is there.
    pub(in crate::media) fn prefetch_stream(&self, stream: &OutgoingStream) {
        if let Some(outbound) = &self.outbound {
            outbound.prefetch(&stream.place);
        }
        self.departures.prefetch();
    }

    /// The transport-wide number of a packet that is sent now. `is_picture`: it is of something that can be sent in less.
    pub(in crate::media) fn number_departure(&mut self, payload_bytes: usize, is_picture: bool, now: Instant) -> u16 {
        let size_bytes = u16::try_from(wire_bytes(payload_bytes)).unwrap_or(u16::MAX);
        self.departures.handle_sent(size_bytes, is_picture, now)
    }

    /// The extended transport-wide number of the packet that is sent next.
    pub(in crate::media) const fn next_departure(&self) -> u64 {
        self.departures.next_number()
    }

    /// Takes transport-wide feedback of the receiver.
    pub(in crate::media) fn handle_feedback(&mut self, feedback: &TransportFeedback<'_>, now: Instant) {
        self.results.clear();
        self.departures.handle_feedback(feedback, &mut self.results);
        self.bandwidth.handle_feedback(&self.results, now);
    }

    /// Opens an RTP packet in place; `None` where it is not this client's, or a repeat.
    pub(in crate::media) fn open_rtp(&mut self, packet: &mut [u8]) -> Option<OpenedRtp> {
        let opened = self.inbound.as_mut()?.open_rtp(packet).ok()?;
        self.counters.packets_received += 1;
        self.counters.bytes_received += packet.len() as u64;
        Some(opened)
    }

    /// Opens a compound RTCP packet in place and gives its length.
    pub(in crate::media) fn open_rtcp(&mut self, packet: &mut [u8]) -> Option<usize> {
        self.inbound.as_mut()?.open_rtcp(packet).ok()
    }

    /// Seals an RTP packet into the arena: `header`, then `prefix`, then `payload`, under extended number `index`.
    /// With a `stream` it goes in its order, without it goes before the others of its batch.
    pub(in crate::media) fn send_rtp(
        &mut self,
        arena: &mut SendArena,
        stream: Option<&mut OutgoingStream>,
        header: &[u8],
        prefix: &[u8],
        payload: &[u8],
        index: u64,
    ) -> bool {
        let route = self.ice.selected().map(|path| path.route);
        let (Some(outbound), Some(route)) = (self.outbound.as_mut(), route) else { return false };
        let capacity = header.len() + prefix.len() + payload.len() + outbound.rtp_overhead();
        let mut failure = None;
        let mut seal = |place: &mut SourcePlace, buffer: &mut [u8]| {
            outbound
                .seal_stream(place, header, prefix, payload, index, buffer)
                .map_err(|error| failure = Some(error))
                .ok()
        };
        let len = match stream {
            Some(OutgoingStream { order, place }) => {
                arena.push_stream((self.lane, route), order, capacity, |buffer| seal(place, buffer))
            }
            None => arena.push(self.lane, route, capacity, |buffer| seal(&mut SourcePlace::default(), buffer)),
        };
        let Some(len) = len else {
            self.note_seal_error(failure);
            return false;
        };
        self.counters.packets_sent += 1;
        self.counters.bytes_sent += len as u64;
        true
    }

    /// Sends an RTP packet once more that was sealed before from the very same parts, and ended in `end`.
    pub(in crate::media) fn send_again(
        &mut self,
        arena: &mut SendArena,
        (header, prefix, payload): (&[u8], &[u8], &[u8]),
        index: u64,
        end: &SealedEnd,
    ) {
        let route = self.ice.selected().map(|path| path.route);
        let (Some(outbound), Some(route)) = (self.outbound.as_mut(), route) else { return };
        let capacity = header.len() + prefix.len() + payload.len() + outbound.rtp_overhead();
        let seal = |buffer: &mut [u8]| outbound.seal_again(header, prefix, payload, index, end, buffer).ok();
        if let Some(len) = arena.push(self.lane, route, capacity, seal) {
            self.counters.packets_sent += 1;
            self.counters.bytes_sent += len as u64;
        }
    }

    /// Seals a compound RTCP packet into the arena.
    pub(in crate::media) fn send_rtcp(&mut self, arena: &mut SendArena, compound: &[u8]) -> bool {
        let route = self.ice.selected().map(|path| path.route);
        let (Some(outbound), Some(route)) = (self.outbound.as_mut(), route) else { return false };
        let capacity = compound.len() + MAX_RTCP_OVERHEAD;
        arena.push(self.lane, route, capacity, |buffer| outbound.seal_rtcp(compound, buffer).ok()).is_some()
    }

    fn note_seal_error(&self, error: Option<SrtpError>) {
        if let Some(error) = error {
            tracing::debug!(transport = %self.id, %error, "packet not sealed");
        }
    }
}
