//! From an accepted description to the worker's commands: what is received, sent, and no longer either.
use super::TransportRole;
use super::event::RoomEvent;
use super::meeting::Room;
use super::negotiation::{Applied, Connect, Receive, Sending};
use super::publication::Details;
use super::record::EndCause;
use super::subscription::Stage;
use super::track::StreamKey;
use super::{SubscriptionWishes, Topology};
use crate::id::{ConsumerId, ParticipantId, ProducerId, StreamId, TrackId};
use crate::media::{MediaCommand, ProducerParams};
use crate::sdp::{Description, MediaKind};

/// What the room has still to do after the worker was told.
#[derive(Debug, Default)]
pub(super) struct Aftermath {
    /// Our answer.
    pub(super) answer: Option<Box<Description>>,
    /// Tracks that the client does not send any more.
    pub(super) gone: Vec<TrackId>,
    /// Tracks whose Producer is new or was opened anew.
    pub(super) fed: Vec<(StreamId, MediaKind)>,
    /// Pictures whose second codec has another Producer now, or none any more.
    pub(super) fed_second: Vec<StreamId>,
    /// Tracks of which more is known now.
    pub(super) detailed: Vec<(StreamId, MediaKind)>,
}

impl Room {
    /// Tells the worker what follows from an accepted description.
    pub(super) fn apply(&mut self, owner: ParticipantId, role: TransportRole, applied: Applied) -> Aftermath {
        let mut aftermath = Aftermath { answer: applied.answer.map(Box::new), ..Aftermath::default() };
        if let Some(connect) = applied.connect {
            self.connect(owner, role, connect);
        }
        for consumer in applied.stopped_sending {
            self.forget_consumer(owner, role, consumer);
        }
        for producer in applied.stopped_receiving {
            self.stop_receiving(owner, role, producer, &mut aftermath);
        }
        for receive in applied.receive {
            self.receive(owner, role, receive, &mut aftermath);
        }
        for receive in applied.updated_receive {
            if let Some((worker, _)) = self.address_of(owner, role) {
                self.media(worker, MediaCommand::CloseProducer(receive.producer));
            }
            self.receive(owner, role, receive, &mut aftermath);
        }
        for sending in applied.send {
            self.send(owner, role, sending);
        }
        aftermath
    }

    fn connect(&mut self, owner: ParticipantId, role: TransportRole, connect: Connect) {
        let Some((worker, transport)) = self.address_of(owner, role) else { return };
        let Connect { remote_ice, local_ice, fingerprint, data_channels, dtls_client, ice_restarted } = connect;
        if ice_restarted {
            let remote_ice = remote_ice.clone();
            self.media(worker, MediaCommand::RestartIce { transport, local_ice, remote_ice });
        }
        let command = MediaCommand::ConnectTransport { transport, remote_ice, fingerprint, data_channels, dtls_client };
        self.media(worker, command);
    }

    /// The client takes this copy no longer.
    fn forget_consumer(&mut self, owner: ParticipantId, role: TransportRole, consumer: ConsumerId) {
        if let Some((worker, _)) = self.address_of(owner, role) {
            self.media(worker, MediaCommand::CloseConsumer(consumer));
        }
        let Some(participant) = self.roster.get_mut(owner) else { return };
        let Some((key, kind)) = participant.find_consumer(consumer) else { return };
        let last = participant.received.get(&key).is_some_and(|reception| reception.half(kind.other()).is_none());
        if last && !matches!(role, TransportRole::Down(_)) {
            self.record_reception_end(owner, key, EndCause::Unsubscribed);
        }
        let Some(participant) = self.roster.get_mut(owner) else { return };
        if let Some(reception) = participant.received.get_mut(&key) {
            *reception.half_mut(kind) = None;
            if reception.is_empty() && !matches!(role, TransportRole::Down(_)) {
                participant.received.remove(&key);
            }
        }
    }

    /// The client sends this no longer: with its first codec the track is gone that it was, if it is published.
    fn stop_receiving(
        &mut self,
        owner: ParticipantId,
        role: TransportRole,
        producer: ProducerId,
        aftermath: &mut Aftermath,
    ) {
        if let Some((worker, _)) = self.address_of(owner, role) {
            self.media(worker, MediaCommand::CloseProducer(producer));
        }
        if let Some(link) = self.roster.get_mut(owner).and_then(|participant| participant.links.get_mut(&role)) {
            link.held.retain(|held| held.producer != producer);
        }
        let Some((_, track)) = self.producers.remove(&producer) else { return };
        let Some(participant) = self.roster.get_mut(owner) else { return };
        let Some((stream, kind)) = participant.find_track(track) else { return };
        let Some(track) = participant.track_mut(stream, kind) else { return };
        if track.producer.take_if(|current| *current == producer).is_some() {
            aftermath.gone.push(track.info.id);
        }
        if track.second.take_if(|current| *current == producer).is_some() {
            aftermath.fed_second.push(stream);
        }
    }

    fn receive(&mut self, owner: ParticipantId, role: TransportRole, receive: Receive, aftermath: &mut Aftermath) {
        let Some((worker, transport)) = self.address_of(owner, role) else { return };
        let details = Details::of(&receive);
        let mut paused = false;
        match self.producers.get(&receive.producer).copied() {
            Some((_, id)) => {
                let Some(participant) = self.roster.get_mut(owner) else { return };
                let Some((stream, kind)) = participant.find_track(id) else { return };
                let Some(track) = participant.track_mut(stream, kind) else { return };
                paused = track.paused;
                let second = track.second == Some(receive.producer);
                if track.learn_of(second, &details) {
                    aftermath.detailed.push((stream, kind));
                }
                if second {
                    aftermath.fed_second.push(stream);
                } else {
                    aftermath.fed.push((stream, kind));
                }
            }
            None => {
                let link = self.roster.get_mut(owner).and_then(|participant| participant.links.get_mut(&role));
                let held = link.and_then(|link| link.held.iter_mut().find(|held| held.producer == receive.producer));
                if let Some(held) = held {
                    held.details = details;
                    paused = held.paused;
                }
            }
        }
        let cap = self.roster.get(owner).and_then(|participant| participant.grant.caps.publish_bps);
        let cap = cap.filter(|_| receive.kind == MediaKind::Video);
        let levels = self.levels_wanted().filter(|_| receive.kind == MediaKind::Audio);
        let params = ProducerParams { levels, ..receive.into_params(transport, cap, paused) };
        self.media(worker, MediaCommand::OpenProducer(Box::new(params)));
    }

    fn send(&mut self, owner: ParticipantId, role: TransportRole, sending: Sending) {
        let Some((worker, transport)) = self.address_of(owner, role) else { return };
        let Some(participant) = self.roster.get_mut(owner) else { return };
        let blank = participant.facts.one_element && sending.kind == MediaKind::Video;
        let may_pause = participant.facts.may_pause_video;
        // A cap on each track can be kept where each stream has a Transport of its own.
        let per_track = matches!(role, TransportRole::Down(_)) && sending.kind == MediaKind::Video;
        let max_bitrate_bps = participant.grant.caps.receive_bps.filter(|_| per_track);
        let returned = participant.links.get(&role).and_then(|link| link.loopback.as_ref()?.get(&sending.consumer));
        if let Some(producer) = returned.copied() {
            let params = sending.into_params(transport, Some(producer), blank, false);
            self.media(worker, MediaCommand::OpenConsumer(Box::new(params)));
            return;
        }
        let Some((key, kind)) = participant.find_consumer(sending.consumer) else { return };
        let Some(consumer) = participant.consumer_mut(sending.consumer) else { return };
        consumer.stage = Stage::Open;
        consumer.mid = Some(sending.mid.clone());
        consumer.codecs = sending.codecs.iter().map(|codec| codec.codec).collect();
        let id = consumer.id;
        let wishes = consumer.track.and_then(|track| participant.wishes.get(&track)).copied().unwrap_or_default();
        let SubscriptionWishes { disabled, .. } = wishes;
        let (limit, weight) = (self.limit_of(owner, key, kind, &wishes), self.weight_of(key, kind, &wishes));
        let source = self.source_for(owner, key, kind);
        let mut params = sending.into_params(transport, source.producer, blank, disabled);
        params.limit = limit;
        params.weight = weight;
        params.may_pause = may_pause;
        params.max_bitrate_bps = max_bitrate_bps;
        self.media(worker, MediaCommand::OpenConsumer(Box::new(params)));
        self.dynacast.claim(id, source.claim);
        self.record_reception(owner, key);
        self.note_received(key, kind);
    }

    /// Tells a publisher that publishes track by track when one is received for the first time.
    pub(super) fn note_received(&mut self, key: StreamKey, kind: MediaKind) {
        let Some(publisher) = self.roster.get_mut(key.participant) else { return };
        if publisher.facts.topology == Topology::PerStream {
            return;
        }
        let Some(track) = publisher.track_mut(key.stream, kind) else { return };
        if track.producer.is_some() && !std::mem::replace(&mut track.subscribed_told, true) {
            let track = track.info.id;
            self.tell_participant(key.participant, RoomEvent::TrackSubscribed { track });
        }
    }
}
