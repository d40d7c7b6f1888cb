//! Asking for media: a stream on a Transport of its own (v2), or tracks on the common one (LiveKit).
use super::answer::{Answered, Ask};
use super::command::{Subscribe, SubscribeVia, SubscriptionTarget};
use super::event::RoomEvent;
use super::meeting::Room;
use super::plan::{Matching, Planner, Waiting};
use super::publish::invalid;
use super::record::EndCause;
use super::subscription::{Consumer, Reception, Stage};
use super::{StreamKey, TransportRole};
use crate::capability::{NotFound, NotNow, Refusal};
use crate::id::{ConsumerId, ParticipantId, TrackId};
use crate::sdp::{Description, MediaKind, TrackLabel};
use crate::time::Now;

impl Room {
    pub(super) fn subscribe(&mut self, ask: Ask, subscribe: Subscribe, now: Now) -> Result<Answered, Refusal> {
        let id = self.sender(&ask)?;
        let common = self.roster.get(id).and_then(|participant| participant.common_downlink()).is_some();
        match (subscribe.via, subscribe.target) {
            (SubscribeVia::Common, target) if common => {
                let tracks = self.tracks_of(target)?;
                self.choose(id, &tracks, true, now);
                Ok(self.done(ask))
            }
            (SubscribeVia::ServerOffer { renew }, SubscriptionTarget::Stream(key)) if !common => {
                self.check_subscribable(id, key, renew)?;
                self.offer_stream(ask, id, key, now)
            }
            (SubscribeVia::ClientOffer { offer, renew }, SubscriptionTarget::Stream(key)) if !common => {
                self.check_subscribable(id, key, renew)?;
                self.answer_stream(ask, id, key, &offer, now)
            }
            (SubscribeVia::Common, _) => Err(invalid("subscription", "this client negotiates stream by stream")),
            (SubscribeVia::ServerOffer { .. } | SubscribeVia::ClientOffer { .. }, _) => Err(invalid(
                "subscription",
                "only whole streams have a Transport of their own, for clients without a common one",
            )),
        }
    }

    pub(super) fn unsubscribe(&mut self, ask: Ask, target: SubscriptionTarget, now: Now) -> Result<Answered, Refusal> {
        let id = self.sender(&ask)?;
        match (target, self.roster.get(id).and_then(|participant| participant.common_downlink())) {
            (SubscriptionTarget::Stream(key), None) => {
                self.record_reception_end(id, key, EndCause::Unsubscribed);
                if let Some(participant) = self.roster.get_mut(id) {
                    participant.received.remove(&key);
                }
                self.close_link(id, TransportRole::Down(key));
            }
            (target, Some(_)) => {
                let tracks = self.tracks_of(target).unwrap_or_default();
                self.choose(id, &tracks, false, now);
            }
            (SubscriptionTarget::Track(_), None) => {}
        }
        Ok(self.done(ask))
    }

    pub(super) fn set_subscribed(
        &mut self,
        ask: Ask,
        viewer: ParticipantId,
        tracks: &[TrackId],
        subscribed: bool,
        now: Now,
    ) -> Result<Answered, Refusal> {
        if self.roster.get(viewer).is_none() {
            return Err(Refusal::NotFound(NotFound::Participant));
        }
        let known: Vec<TrackId> = tracks.iter().copied().filter(|track| self.publisher_of(*track).is_some()).collect();
        self.choose(viewer, &known, subscribed, now);
        Ok(self.done(ask))
    }

    /// Whose track this is.
    pub(super) fn publisher_of(&self, track: TrackId) -> Option<(StreamKey, MediaKind)> {
        self.roster.iter().find_map(|publisher| {
            let (stream, kind) = publisher.find_track(track)?;
            Some((StreamKey { participant: publisher.id, stream }, kind))
        })
    }

    fn tracks_of(&self, target: SubscriptionTarget) -> Result<Vec<TrackId>, Refusal> {
        match target {
            SubscriptionTarget::Track(track) => {
                self.publisher_of(track).map(|_| vec![track]).ok_or(Refusal::NotFound(NotFound::Track))
            }
            SubscriptionTarget::Stream(key) => {
                let publisher = self.roster.get(key.participant).ok_or(Refusal::NotFound(NotFound::Participant))?;
                let stream = publisher.stream(key.stream).ok_or(Refusal::NotFound(NotFound::Stream))?;
                Ok(stream.tracks().map(|track| track.info.id).collect())
            }
        }
    }

    /// Notes what a participant with a common Transport chose, track by track, and acts on it.
    fn choose(&mut self, viewer: ParticipantId, tracks: &[TrackId], subscribed: bool, now: Now) {
        if let Some(participant) = self.roster.get_mut(viewer) {
            participant.chosen.extend(tracks.iter().map(|track| (*track, subscribed)));
        }
        for (key, kind) in tracks.iter().filter_map(|track| self.publisher_of(*track)).collect::<Vec<_>>() {
            if subscribed {
                self.want(viewer, key, kind, now);
            } else {
                self.drop_half(viewer, key, kind);
            }
        }
    }

    fn check_subscribable(&self, viewer: ParticipantId, key: StreamKey, renew: bool) -> Result<(), Refusal> {
        let publisher = self.roster.get(key.participant).filter(|publisher| publisher.is_visible());
        let publisher = publisher.ok_or(Refusal::NotFound(NotFound::Participant))?;
        if publisher.stream(key.stream).is_none() || publisher.id == viewer {
            return Err(Refusal::NotFound(NotFound::Stream));
        }
        if !self.is_stream_admitted(viewer, key) {
            return Err(Refusal::NotAllowed("the publisher does not let you subscribe to this stream"));
        }
        let subscribed = self.roster.get(viewer).is_some_and(|viewer| viewer.received.contains_key(&key));
        if subscribed && !renew { Err(Refusal::NotNow(NotNow::AlreadySubscribed)) } else { Ok(()) }
    }

    /// The halves that a stream may have, published or not: each gets a Consumer for the subscription's whole life.
    fn halves_of(&mut self, key: StreamKey) -> Vec<Waiting> {
        let Some(stream) = self.roster.get(key.participant).and_then(|publisher| publisher.stream(key.stream)) else {
            return Vec::new();
        };
        let halves = [(MediaKind::Audio, stream.spec.has_audio), (MediaKind::Video, stream.spec.has_video)];
        let halves = halves.map(|(kind, has)| (kind, has || stream.half(kind).is_some()));
        let labels = halves.map(|(kind, has)| {
            let track = stream.half(kind).map(|track| track.info.id);
            has.then_some(TrackLabel { participant: key.participant, stream: key.stream, track, kind })
        });
        let labels = labels.into_iter().flatten();
        labels
            .map(|label| Waiting { consumer: ConsumerId::random(&mut self.random), kind: label.kind, label })
            .collect()
    }

    fn note_reception(&mut self, viewer: ParticipantId, key: StreamKey, halves: &[Waiting], stage: Stage, now: Now) {
        let Some(participant) = self.roster.get_mut(viewer) else { return };
        let mut reception = Reception::new(now.unix_ms);
        if let Some(earlier) = participant.received.get(&key) {
            reception.since_ms = earlier.since_ms;
            reception.recorded_ms = earlier.recorded_ms;
        }
        for half in halves {
            *reception.half_mut(half.kind) = Some(Consumer::new(half.consumer, None, stage));
        }
        participant.received.insert(key, reception);
    }

    /// A Transport for one stream on which the room offers; the Consumers open with the client's answer.
    fn offer_stream(&mut self, ask: Ask, viewer: ParticipantId, key: StreamKey, now: Now) -> Result<Answered, Refusal> {
        let role = TransportRole::Down(key);
        let mut link = self.make_link(viewer)?;
        let halves = self.halves_of(key);
        for half in &halves {
            link.negotiation.add_sending(half.consumer, half.kind, half.label, &mut self.random);
        }
        let offer = link.negotiation.make_offer(&mut self.random).ok_or(Refusal::NotFound(NotFound::Stream))?;
        self.open_link(viewer, role, link);
        self.note_reception(viewer, key, &halves, Stage::Offered, now);
        let tracks = self.carried(viewer, role);
        let description = Some(Box::new(offer));
        Ok(self.answer(ask, |request| RoomEvent::Negotiated { request, role, description, tracks }))
    }

    /// A Transport for one stream on which the client offers; the Consumers open at once.
    pub(super) fn answer_stream(
        &mut self,
        ask: Ask,
        viewer: ParticipantId,
        key: StreamKey,
        offer: &Description,
        now: Now,
    ) -> Result<Answered, Refusal> {
        let role = TransportRole::Down(key);
        let mut planner = Planner::new(Matching::Nothing, self.random.fork());
        let halves = self.halves_of(key);
        planner.waiting.clone_from(&halves);
        let applied = self.accept_offer(viewer, role, offer, &mut planner, true)?;
        let taken: Vec<Waiting> =
            halves.into_iter().filter(|half| planner.assigned.iter().any(|(id, _)| *id == half.consumer)).collect();
        self.note_reception(viewer, key, &taken, Stage::Offered, now);
        self.take_over(viewer, role, planner);
        let mut aftermath = self.apply(viewer, role, applied);
        let (description, tracks) = (aftermath.answer.take(), self.carried(viewer, role));
        Ok(self.answer(ask, |request| RoomEvent::Negotiated { request, role, description, tracks }))
    }
}
