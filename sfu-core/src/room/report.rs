//! What the worker reports, as the participants are told it.
use super::event::{RoomEvent, TransportState};
use super::meeting::{Audience, Room};
use super::participant::{ParticipantChange, ParticipantState};
use super::{StreamKey, TransportRole};
use crate::id::{ConsumerId, ParticipantId, ProducerId, StreamId, TransportId, WorkerId};
use crate::media::{FailureCause, MediaEvent};
use crate::sdp::Codec;
use crate::signal::ChannelMessage;
use crate::time::Now;

impl Room {
    /// Takes what a worker reports. Reports about what the room has closed in the meantime do no harm.
    pub fn handle_media(&mut self, _worker: WorkerId, event: MediaEvent, now: Now) {
        if self.ended {
            return;
        }
        self.open_page(now, false);
        match event {
            MediaEvent::TransportConnected(transport) => {
                self.transport_changed(transport, TransportState::Connected);
                self.grading.note_silent(transport, false);
                self.activate_owner(transport);
            }
            MediaEvent::TransportDisconnected(transport) => {
                self.transport_changed(transport, TransportState::Disconnected);
                self.path_lost(transport);
                self.grading.note_silent(transport, true);
            }
            MediaEvent::TransportClosed { transport, cause } => self.transport_closed(transport, cause),
            MediaEvent::ChannelMessage { transport, label, binary, payload } => {
                if let Some((owner, role)) = self.transports.get(&transport).copied() {
                    let message = ChannelMessage { transport, role, label, binary, payload };
                    self.tell_participant(owner, RoomEvent::ChannelMessage(message));
                }
            }
            MediaEvent::ProducerStarted { producer, codec } => self.producer_started(producer, codec),
            MediaEvent::ConsumerStarved { consumer, starved } => self.consumer_starved(consumer, starved),
            MediaEvent::ProducerHeard { producer, level } => self.producer_heard(producer, level, now.instant),
            MediaEvent::Stats(stats) => {
                self.measured(&stats, now.instant);
                self.score(&stats, now.instant);
                self.meter_transport(&stats, now.instant);
            }
            MediaEvent::ProducerStats(stats) => self.meter_producer(&stats, now.instant),
            // For those who measure joins.
            MediaEvent::ConsumerStarted(_) => return,
            MediaEvent::ConsumerMismatch { consumer, codec } => self.consumer_mismatched(consumer, codec),
            MediaEvent::PathFound(_) | MediaEvent::ChannelOpened { .. } => {}
        }
        self.settle();
    }

    fn consumer_starved(&mut self, consumer: ConsumerId, starved: bool) {
        self.grading.note_starved(consumer, starved);
        for viewer in self.roster.ids() {
            let Some(participant) = self.roster.get(viewer) else { continue };
            let Some((key, kind)) = participant.find_consumer(consumer) else { continue };
            if let Some(track) = self.track_at(key, kind) {
                let publisher = key.participant;
                self.tell_participant(viewer, RoomEvent::StreamPaused { publisher, track, paused: starved });
            }
            return;
        }
    }

    fn transport_changed(&mut self, transport: TransportId, state: TransportState) {
        if let Some((owner, role)) = self.transports.get(&transport).copied() {
            self.tell_participant(owner, RoomEvent::TransportChanged { transport, role, state });
        }
    }

    /// The first Transport that connects makes its participant active.
    fn activate_owner(&mut self, transport: TransportId) {
        let Some((owner, _)) = self.transports.get(&transport).copied() else { return };
        let Some(participant) = self.roster.get_mut(owner) else { return };
        if participant.state == ParticipantState::Joined {
            participant.state = ParticipantState::Active;
            self.timers.no_activation_of(owner);
            self.record_activation(owner);
            self.announce(owner, ParticipantChange::Activated, None, Audience::Everyone);
        }
    }

    /// What was published on it stays published: the client is told and negotiates anew or leaves.
    pub(super) fn transport_closed(&mut self, transport: TransportId, cause: FailureCause) {
        let state = match cause {
            FailureCause::ClosedByPeer => TransportState::Closed,
            FailureCause::Dtls | FailureCause::Internal | FailureCause::WorkerLost => TransportState::Failed,
        };
        self.transport_changed(transport, state);
        let Some((owner, role)) = self.mark_closed(transport) else { return };
        self.media_gone(transport);
        self.unbind_producers(owner, role);
    }

    /// Nothing can be negotiated on this Transport any more: its worker has ended it, or has ended itself.
    pub(super) fn mark_closed(&mut self, transport: TransportId) -> Option<(ParticipantId, TransportRole)> {
        self.dynacast.forget_transport(transport);
        let (owner, role) = self.transports.remove(&transport)?;
        let link = self.roster.get_mut(owner)?.links.get_mut(&role)?;
        link.closed = true;
        link.held.clear();
        Some((owner, role))
    }

    /// Nothing comes in any more on a publisher's Transport of this role.
    pub(super) fn unbind_producers(&mut self, owner: ParticipantId, role: TransportRole) {
        let Some(participant) = self.roster.get_mut(owner) else { return };
        for stream in participant.streams.iter_mut().filter(|stream| comes_in_on(role, stream.id)) {
            for track in stream.tracks_mut() {
                for producer in track.producer.take().into_iter().chain(track.second.take()) {
                    self.producers.remove(&producer);
                }
            }
        }
    }

    fn producer_started(&mut self, producer: ProducerId, codec: Codec) {
        let Some((owner, track)) = self.producers.get(&producer).copied() else { return };
        let Some(participant) = self.roster.get_mut(owner) else { return };
        let Some((stream, kind)) = participant.find_track(track) else { return };
        let Some(track) = participant.track_mut(stream, kind) else { return };
        if track.second == Some(producer) {
            return self.second_started(owner, stream, kind);
        }
        self.dynacast.touch(producer);
        if track.info.codec.replace(codec) != Some(codec) {
            let has_backup = track.info.backup.is_some();
            self.announce_details(owner, stream, kind);
            if has_backup {
                self.choose_anew(StreamKey { participant: owner, stream }, kind);
            }
        }
    }
}

/// True where a stream's media comes in on its publisher's Transport of this role.
fn comes_in_on(role: TransportRole, stream: StreamId) -> bool {
    match role {
        TransportRole::Publisher | TransportRole::Single => true,
        TransportRole::Up(own) => own == stream,
        TransportRole::Subscriber | TransportRole::Down(_) => false,
    }
}
