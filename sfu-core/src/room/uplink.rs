//! What comes in: the client's offers on the Transports that it publishes on, and the tracks found in them.
use super::answer::{Answered, Ask};
use super::apply::Aftermath;
use super::event::RoomEvent;
use super::link::Held;
use super::meeting::{Audience, Room};
use super::negotiation::Applied;
use super::participant::{ParticipantChange, UnpublishReason};
use super::plan::{Expected, Matching, Planner};
use super::publication::Details;
use super::subscription::Stage;
use super::{StreamKey, TransportRole};
use crate::capability::{NotFound, Refusal};
use crate::id::{ParticipantId, StreamId};
use crate::media::MediaCommand;
use crate::sdp::{Description, MediaKind, TrackLabel};
use crate::time::Now;

impl Room {
    /// An offer on the Transport that all is published on.
    pub(super) fn offer_common(
        &mut self,
        ask: Ask,
        owner: ParticipantId,
        role: TransportRole,
        offer: &Description,
        now: Now,
    ) -> Result<Answered, Refusal> {
        let participant = self.roster.get(owner).ok_or(Refusal::NotFound(NotFound::Participant))?;
        let allowed = participant.grant.permissions.publish;
        let fresh = !participant.links.contains_key(&role);
        let matching = if allowed { Matching::ByName } else { Matching::Nothing };
        let mut planner = Planner::new(matching, self.random.fork());
        planner.expected = self.expected_of(owner, None, false);
        if role == TransportRole::Single {
            self.plan_downlink(owner, &mut planner);
        }
        let applied = self.accept_offer(owner, role, offer, &mut planner, fresh)?;
        let progress = !planner.assigned.is_empty();
        self.take_over(owner, role, planner);
        let mut aftermath = self.apply(owner, role, applied);
        let (description, tracks) = (aftermath.answer.take(), self.carried(owner, role));
        let answered = self.answer(ask, |request| RoomEvent::Negotiated { request, role, description, tracks });
        self.adopt_held(owner, role, true, &mut aftermath);
        self.follow_up(owner, aftermath, now);
        self.offer_was_answered(owner, role, progress);
        Ok(answered)
    }

    /// An offer on a published stream's own Transport, or on a new one in its place.
    pub(super) fn offer_up(
        &mut self,
        ask: Ask,
        owner: ParticipantId,
        stream: StreamId,
        offer: &Description,
        renew: bool,
        now: Now,
    ) -> Result<Answered, Refusal> {
        let role = TransportRole::Up(stream);
        let participant = self.roster.get(owner).ok_or(Refusal::NotFound(NotFound::Participant))?;
        if participant.stream(stream).is_none() {
            return Err(Refusal::NotFound(NotFound::Stream));
        }
        let link = participant.links.get(&role);
        let loopback = link.is_some_and(|link| link.loopback.is_some());
        let fresh = renew || link.is_none();
        let mut planner = Planner::new(Matching::ByOrder, self.random.fork());
        planner.expected = self.expected_of(owner, Some(stream), fresh);
        planner.loopback = loopback;
        let applied = self.accept_offer(owner, role, offer, &mut planner, fresh)?;
        if fresh {
            self.unbind_producers(owner, role);
        }
        self.take_over(owner, role, planner);
        let mut aftermath = self.apply(owner, role, applied);
        let (description, tracks) = (aftermath.answer.take(), self.carried(owner, role));
        let answered = self.answer(ask, |request| RoomEvent::Negotiated { request, role, description, tracks });
        // What a v2 publisher stops sending stays published: it renegotiates or leaves.
        aftermath.gone.clear();
        self.follow_up(owner, aftermath, now);
        Ok(answered)
    }

    /// Accepts an offer on the Transport that stands, or on a fresh one that is opened by it.
    pub(super) fn accept_offer(
        &mut self,
        owner: ParticipantId,
        role: TransportRole,
        offer: &Description,
        planner: &mut Planner,
        fresh: bool,
    ) -> Result<Applied, Refusal> {
        let mut random = self.random.fork();
        let preferences = self.codec_preferences(owner);
        if fresh {
            let mut link = self.make_link(owner)?;
            link.negotiation.prefer(preferences);
            link.loopback = planner.loopback.then(Default::default);
            let mut plan = |section: &_, current: Option<&_>| planner.decide(section, current);
            let applied = link.negotiation.accept_offer(offer, &mut plan, &mut random)?;
            self.open_link(owner, role, link);
            return Ok(applied);
        }
        let (worker, transport) = self.address_of(owner, role).ok_or(Refusal::NotFound(NotFound::Transport))?;
        let absent = Refusal::NotFound(NotFound::Transport);
        let link = self.roster.get(owner).and_then(|participant| participant.links.get(&role)).ok_or(absent.clone())?;
        let generation = link.generation.wrapping_add(1);
        let restart = link.negotiation.is_ice_restart(offer).then(|| self.local_ice(worker, transport, generation));
        let link = self.roster.get_mut(owner).and_then(|owner| owner.links.get_mut(&role)).ok_or(absent)?;
        let old = link.negotiation.local_ice().clone();
        link.negotiation.prefer(preferences);
        let restarts = restart.is_some();
        if let Some(local) = restart {
            link.negotiation.restart_ice(local);
        }
        let mut plan = |section: &_, current: Option<&_>| planner.decide(section, current);
        match link.negotiation.accept_offer(offer, &mut plan, &mut random) {
            Ok(applied) => {
                link.resting.clear();
                link.generation = if restarts { generation } else { link.generation };
                Ok(applied)
            }
            Err(error) => {
                if restarts {
                    link.negotiation.restart_ice(old);
                }
                Err(error.into())
            }
        }
    }

    /// The published tracks that an offer may contain: of one stream, or all.
    pub(super) fn expected_of(&self, owner: ParticipantId, only: Option<StreamId>, fresh: bool) -> Vec<Expected> {
        let Some(participant) = self.roster.get(owner) else { return Vec::new() };
        let streams = participant.streams.iter().filter(|stream| only.is_none_or(|only| stream.id == only));
        let mut expected = Vec::new();
        for stream in streams {
            for track in stream.tracks() {
                let (id, kind) = (track.info.id, track.info.spec.kind);
                let first = Expected {
                    track: id,
                    second: false,
                    kind,
                    client_id: track.info.spec.client_id.clone(),
                    producer: track.producer.filter(|_| !fresh),
                    label: TrackLabel { participant: owner, stream: stream.id, track: Some(id), kind },
                };
                let backup = track.info.backup.as_ref().filter(|backup| !backup.client_id.is_empty());
                let second = backup.map(|backup| Expected {
                    second: true,
                    client_id: backup.client_id.clone(),
                    producer: track.second.filter(|_| !fresh),
                    ..first.clone()
                });
                expected.push(first);
                expected.extend(second);
            }
        }
        expected
    }

    /// Takes over what a planner decided, once its offer is accepted.
    pub(super) fn take_over(&mut self, owner: ParticipantId, role: TransportRole, planner: Planner) {
        let Some(participant) = self.roster.get_mut(owner) else { return };
        for (producer, id, second) in planner.matched {
            let Some((stream, kind)) = participant.find_track(id) else { continue };
            let Some(track) = participant.track_mut(stream, kind) else { continue };
            if let Some(old) = track.producer_mut(second).replace(producer) {
                self.producers.remove(&old);
            }
            self.producers.insert(producer, (owner, id));
        }
        for (id, mid) in planner.assigned {
            if let Some(consumer) = participant.consumer_mut(id) {
                consumer.mid = Some(mid);
                consumer.stage = Stage::Offered;
            }
        }
        let Some(link) = participant.links.get_mut(&role) else { return };
        for (producer, kind, client_id) in planner.unknown {
            link.held.push(Held { producer, kind, client_id, details: Details::default(), paused: false });
        }
        if let Some(loopback) = &mut link.loopback {
            loopback.extend(planner.returned);
        }
        link.free = planner.free;
    }

    /// Gives announced tracks the media that came before their announcement: by name, and where the client has just
    /// said all it sends (`by_kind`) also the only one to the only one.
    pub(super) fn adopt_held(
        &mut self,
        owner: ParticipantId,
        role: TransportRole,
        by_kind: bool,
        aftermath: &mut Aftermath,
    ) {
        for expected in self.expected_of(owner, None, false).into_iter().filter(|track| track.producer.is_none()) {
            let kind = expected.kind;
            let rivals = self.expected_of(owner, None, false);
            let alone = rivals.iter().filter(|other| other.kind == kind && other.producer.is_none()).count() == 1;
            let Some(participant) = self.roster.get_mut(owner) else { return };
            let Some(link) = participant.links.get_mut(&role) else { return };
            let named = |held: &Held| held.kind == kind && held.client_id == expected.client_id;
            let by_name = link.held.iter().position(|held| named(held) && !expected.client_id.is_empty());
            let of_kind: Vec<usize> = (0..link.held.len()).filter(|index| link.held[*index].kind == kind).collect();
            let only = of_kind.first().copied().filter(|_| by_kind && alone && of_kind.len() == 1);
            let Some(index) = by_name.or(only) else { continue };
            let (worker, held) = (link.worker, link.held.remove(index));
            let Some((stream, kind)) = participant.find_track(expected.track) else { continue };
            let Some(track) = participant.track_mut(stream, kind) else { continue };
            *track.producer_mut(expected.second) = Some(held.producer);
            if track.learn_of(expected.second, &held.details) {
                aftermath.detailed.push((stream, kind));
            }
            if expected.second {
                aftermath.fed_second.push(stream);
            } else {
                aftermath.fed.push((stream, kind));
            }
            let paused = track.paused;
            self.producers.insert(held.producer, (owner, expected.track));
            if paused != held.paused {
                self.media(worker, MediaCommand::PauseProducer { producer: held.producer, paused });
            }
        }
    }

    /// Tells the others what an offer has changed: tracks that are gone, known better, or have media now.
    pub(super) fn follow_up(&mut self, owner: ParticipantId, aftermath: Aftermath, now: Now) {
        for track in aftermath.gone {
            self.withdraw_track(owner, track, UnpublishReason::ByPublisher, None);
        }
        if !aftermath.detailed.is_empty() {
            self.record_tracks(owner);
        }
        for (stream, kind) in aftermath.detailed {
            self.announce_details(owner, stream, kind);
        }
        for (stream, kind) in aftermath.fed {
            self.feed(StreamKey { participant: owner, stream }, kind, now);
        }
        for stream in aftermath.fed_second {
            self.feed_second(StreamKey { participant: owner, stream });
        }
    }

    /// Says that a track's facts are known or changed.
    pub(super) fn announce_details(&mut self, owner: ParticipantId, stream: StreamId, kind: MediaKind) {
        let track =
            self.roster.get(owner).and_then(|owner| owner.stream(stream)?.half(kind)).map(|track| track.info.id);
        if let Some(track) = track {
            self.announce(owner, ParticipantChange::TrackDetailed { track }, None, Audience::Everyone);
        }
    }
}
