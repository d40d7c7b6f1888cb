//! What goes out on a participant's common Transport: which tracks it wants, and how they come to be negotiated.
//!
//! On a Subscriber the room offers, one offer at a time; on a Single it asks the client for sections and fills those of
//! the next offer. Both happen once per input, when all its changes are known ([`Room::flush`]).
use super::backup::Source;
use super::event::RoomEvent;
use super::meeting::Room;
use super::negotiation::FreeSections;
use super::plan::{Planner, Waiting};
use super::record::EndCause;
use super::roster::Participant;
use super::subscription::{Consumer, Reception, Stage};
use super::track::StreamKey;
use super::{TransportRole, UnpublishReason};
use crate::capability::Refusal;
use crate::id::{ConsumerId, ParticipantId, TrackId, WorkerId};
use crate::media::MediaCommand;
use crate::sdp::{MediaKind, Mid, TrackLabel};
use crate::time::Now;

impl Room {
    /// What a newcomer gets by joining: the Transport that the room offers on, and what it subscribes to by itself.
    pub(super) fn start_receiving(&mut self, id: ParticipantId, now: Now) -> Result<(), Refusal> {
        let role = self.roster.get(id).and_then(Participant::common_downlink);
        if role == Some(TransportRole::Subscriber) {
            let mut link = self.make_link(id)?;
            link.negotiation.want_data();
            let reuses_lines = self.roster.get(id).is_some_and(|participant| participant.facts.reuses_lines);
            if self.settings.sync_streams || !reuses_lines {
                link.negotiation.keep_lines();
            }
            self.open_link(id, TransportRole::Subscriber, link);
            self.unsettled.insert(id);
        }
        self.reconcile(id, now);
        Ok(())
    }

    /// Brings what a participant receives on its common Transport in line with what it wants and may.
    pub(super) fn reconcile(&mut self, viewer: ParticipantId, now: Now) {
        let Some(participant) = self.roster.get(viewer).filter(|viewer| viewer.common_downlink().is_some()) else {
            return;
        };
        let mut received: Vec<StreamKey> = participant.received.keys().copied().collect();
        received.sort_unstable();
        for key in received {
            for kind in [MediaKind::Audio, MediaKind::Video] {
                if !self.wants(viewer, key, kind) {
                    self.drop_half(viewer, key, kind);
                }
            }
        }
        for publisher in self.roster.ids().into_iter().filter(|id| *id != viewer) {
            let streams = self.roster.get(publisher).map(|publisher| publisher.streams.iter().map(|stream| stream.id));
            let keys: Vec<_> = streams.into_iter().flatten().map(|stream| (publisher, stream)).collect();
            for (participant, stream) in keys {
                self.want(viewer, StreamKey { participant, stream }, MediaKind::Audio, now);
                self.want(viewer, StreamKey { participant, stream }, MediaKind::Video, now);
            }
        }
    }

    /// Starts to negotiate a track for a participant that wants and may have it and does not receive it yet.
    pub(super) fn want(&mut self, viewer: ParticipantId, key: StreamKey, kind: MediaKind, now: Now) {
        if !self.wants(viewer, key, kind) {
            self.tell_admission(viewer, key, kind);
            return;
        }
        let Some(track) = self.track_at(key, kind) else { return };
        let id = ConsumerId::random(&mut self.random);
        let label = TrackLabel { participant: key.participant, stream: key.stream, track: Some(track), kind };
        let Some(participant) = self.roster.get_mut(viewer) else { return };
        if participant.consumer_of(key, kind).is_some() {
            return;
        }
        let mut consumer = Consumer::new(id, Some(track), Stage::Waiting);
        let subscriber = participant.links.get_mut(&TransportRole::Subscriber).filter(|link| !link.closed);
        if let Some(link) = subscriber {
            consumer.mid = Some(link.negotiation.add_sending(id, kind, label, &mut self.random));
            consumer.stage = Stage::Offered;
        }
        let reception = participant.received.entry(key).or_insert_with(|| Reception::new(now.unix_ms));
        *reception.half_mut(kind) = Some(consumer);
        self.unsettled.insert(viewer);
    }

    /// True where a participant with a common Transport is to receive this half of a stream.
    fn wants(&self, viewer: ParticipantId, key: StreamKey, kind: MediaKind) -> bool {
        self.asks_for(viewer, key, kind) && self.is_admitted(viewer, key, kind)
    }

    /// The same, were it not for the publisher's list.
    pub(super) fn asks_for(&self, viewer: ParticipantId, key: StreamKey, kind: MediaKind) -> bool {
        let Some(viewer) = self.roster.get(viewer).filter(|viewer| viewer.common_downlink().is_some()) else {
            return false;
        };
        let Some(publisher) = self.roster.get(key.participant).filter(|publisher| publisher.is_visible()) else {
            return false;
        };
        let Some(track) = publisher.stream(key.stream).and_then(|stream| stream.half(kind)) else { return false };
        let chosen = viewer.chosen.get(&track.info.id).copied().unwrap_or(viewer.facts.auto_subscribe);
        chosen && viewer.grant.permissions.subscribe && viewer.id != publisher.id && track.producer.is_some()
    }

    /// The track that this half of a stream is at the moment.
    pub(super) fn track_at(&self, key: StreamKey, kind: MediaKind) -> Option<TrackId> {
        self.roster.get(key.participant)?.stream(key.stream)?.half(kind).map(|track| track.info.id)
    }

    /// Gives an open Consumer the source that its half of a stream has now.
    pub(super) fn set_source(&mut self, viewer: ParticipantId, key: StreamKey, kind: MediaKind) {
        let source = self.source_for(viewer, key, kind);
        let Some(participant) = self.roster.get(viewer) else { return };
        let Some(consumer) = participant.consumer_of(key, kind).filter(|consumer| consumer.stage == Stage::Open) else {
            return;
        };
        let role = participant.common_downlink().unwrap_or(TransportRole::Down(key));
        let (consumer, Source { producer: source, claim }) = (consumer.id, source);
        if let Some((worker, _)) = self.address_of(viewer, role) {
            self.media(worker, MediaCommand::SetConsumerSource { consumer, source });
            self.dynacast.claim(consumer, claim);
            self.limit_anew(viewer, key, kind, (worker, consumer));
            self.note_received(key, kind);
        }
    }

    /// What somebody wishes of a picture may be another layer of its other codec.
    fn limit_anew(
        &mut self,
        viewer: ParticipantId,
        key: StreamKey,
        kind: MediaKind,
        (worker, consumer): (WorkerId, ConsumerId),
    ) {
        let stream = self.roster.get(key.participant).and_then(|publisher| publisher.stream(key.stream));
        let track = stream.and_then(|stream| stream.half(kind)).filter(|track| track.info.backup.is_some());
        let Some(track) = track.map(|track| track.info.id) else { return };
        let Some(wishes) = self.roster.get(viewer).and_then(|viewer| viewer.wishes.get(&track).copied()) else {
            return;
        };
        let (limit, weight) = (self.limit_of(viewer, key, kind, &wishes), self.weight_of(key, kind, &wishes));
        self.media(worker, MediaCommand::LimitConsumer { consumer, limit, weight });
    }

    /// No longer sends a half of a stream on the common Transport.
    pub(super) fn drop_half(&mut self, viewer: ParticipantId, key: StreamKey, kind: MediaKind) {
        let Some(participant) = self.roster.get(viewer) else { return };
        let Some(role) = participant.common_downlink() else { return };
        let Some(reception) = participant.received.get(&key) else { return };
        if reception.half(kind).is_some() && reception.half(kind.other()).is_none() {
            let cause = match self.track_at(key, kind) {
                Some(_) => EndCause::Unsubscribed,
                None => EndCause::Unpublished(UnpublishReason::ByPublisher),
            };
            self.record_reception_end(viewer, key, cause);
        }
        let Some(participant) = self.roster.get_mut(viewer) else { return };
        let Some(reception) = participant.received.get_mut(&key) else { return };
        let Some(consumer) = reception.half_mut(kind).take() else { return };
        if reception.is_empty() {
            participant.received.remove(&key);
        }
        let Some(link) = participant.links.get_mut(&role).filter(|link| !link.closed) else { return };
        if consumer.stage == Stage::Waiting {
            return;
        }
        link.negotiation.remove_sending(consumer.id);
        if role == TransportRole::Single {
            link.resting.extend(consumer.mid);
        }
        let worker = link.worker;
        if consumer.stage == Stage::Open {
            self.media(worker, MediaCommand::CloseConsumer(consumer.id));
        }
        self.unsettled.insert(viewer);
    }

    /// A track is gone: streams that are received as a whole lose that half's source, single tracks their section.
    pub(super) fn drop_track(&mut self, key: StreamKey, kind: MediaKind, track: TrackId) {
        for viewer in self.roster.ids() {
            self.set_source_of_stream(viewer, key, kind);
            self.drop_half(viewer, key, kind);
            if let Some(participant) = self.roster.get_mut(viewer) {
                participant.chosen.remove(&track);
                participant.wishes.remove(&track);
                participant.kept_from.remove(&track);
            }
        }
    }

    fn set_source_of_stream(&mut self, viewer: ParticipantId, key: StreamKey, kind: MediaKind) {
        if self.roster.get(viewer).is_some_and(|viewer| viewer.common_downlink().is_none()) {
            self.set_source(viewer, key, kind);
        }
    }

    /// A stream is gone: the Transports that it was received on as a whole go too.
    pub(super) fn drop_receptions(&mut self, key: StreamKey) {
        for viewer in self.roster.ids() {
            let Some(participant) = self.roster.get_mut(viewer) else { continue };
            if participant.common_downlink().is_none() && participant.received.remove(&key).is_some() {
                self.close_link(viewer, TransportRole::Down(key));
            }
        }
    }

    /// What each m-line of ours that sends carries.
    pub(super) fn carried(&self, owner: ParticipantId, role: TransportRole) -> Vec<(Mid, TrackId)> {
        let link = self.roster.get(owner).and_then(|participant| participant.links.get(&role));
        let sendings = link.into_iter().flat_map(|link| link.negotiation.sendings());
        sendings.filter_map(|(mid, _, label)| label.track.map(|track| (mid.clone(), track))).collect()
    }

    /// The tracks that wait for a section of the client's, oldest first, and the sections that must rest.
    pub(super) fn plan_downlink(&self, owner: ParticipantId, planner: &mut Planner) {
        let Some(participant) = self.roster.get(owner) else { return };
        let mut waiting = Vec::new();
        for (key, reception) in &participant.received {
            for kind in [MediaKind::Audio, MediaKind::Video] {
                let Some(consumer) = reception.half(kind).filter(|consumer| consumer.stage == Stage::Waiting) else {
                    continue;
                };
                let label =
                    TrackLabel { participant: key.participant, stream: key.stream, track: consumer.track, kind };
                waiting.push((reception.since_ms, *key, Waiting { consumer: consumer.id, kind, label }));
            }
        }
        waiting.sort_unstable_by_key(|(since, key, waiting)| (*since, *key, waiting.kind));
        planner.waiting = waiting.into_iter().map(|(_, _, waiting)| waiting).collect();
        if let Some(link) = participant.links.get(&TransportRole::Single) {
            planner.resting.clone_from(&link.resting);
        }
    }

    /// After an offer on a Single: whoever still waits is asked for again, unless asking has just not helped.
    pub(super) fn offer_was_answered(&mut self, owner: ParticipantId, role: TransportRole, progress: bool) {
        let Some(participant) = self.roster.get_mut(owner).filter(|_| role == TransportRole::Single) else { return };
        let waiting = waiting_of(participant);
        let Some(link) = participant.links.get_mut(&role) else { return };
        let asked = link.asked.take().is_some();
        let fits = link.free.audio.min(waiting.audio) + link.free.video.min(waiting.video) > 0;
        if !asked || progress || fits {
            self.unsettled.insert(owner);
        }
    }

    /// Says on the common Transport what has changed since the last description.
    pub(super) fn flush(&mut self, viewer: ParticipantId) {
        let Some(participant) = self.roster.get_mut(viewer) else { return };
        let Some(role) = participant.common_downlink() else { return };
        let waiting = waiting_of(participant);
        let Some(link) = participant.links.get_mut(&role).filter(|link| !link.closed) else { return };
        if role == TransportRole::Subscriber {
            if let Some(offer) = link.negotiation.make_offer(&mut self.random) {
                self.tell_participant(viewer, RoomEvent::OfferMade { role, offer: Box::new(offer) });
            }
            return;
        }
        if waiting == FreeSections::default() && link.resting.is_empty() {
            return;
        }
        let missing = FreeSections {
            audio: waiting.audio.saturating_sub(link.free.audio),
            video: waiting.video.saturating_sub(link.free.video),
        };
        let asked = link.asked.unwrap_or_default();
        let audio = missing.audio.saturating_sub(asked.audio);
        let video = missing.video.saturating_sub(asked.video);
        if link.asked.is_none() || audio + video > 0 {
            link.asked = Some(FreeSections { audio: asked.audio + audio, video: asked.video + video });
            self.tell_participant(viewer, RoomEvent::SectionsWanted { audio, video });
        }
    }
}

/// How many tracks wait for a section.
fn waiting_of(participant: &Participant) -> FreeSections {
    let waits = |consumer: Option<&Consumer>| consumer.is_some_and(|consumer| consumer.stage == Stage::Waiting);
    let mut waiting = FreeSections::default();
    for reception in participant.received.values() {
        waiting.audio += u32::from(waits(reception.half(MediaKind::Audio)));
        waiting.video += u32::from(waits(reception.half(MediaKind::Video)));
    }
    waiting
}
