//! Publishing: with the offer of the stream's own Transport (v2), or announced first and negotiated later (LiveKit).
use super::answer::{Answered, Ask};
use super::apply::Aftermath;
use super::command::Publish;
use super::event::RoomEvent;
use super::meeting::{Audience, Room};
use super::participant::ParticipantChange;
use super::plan::{Matching, Planner};
use super::publication::{Stream, Track};
use super::roster::Participant;
use super::track::{StreamSource, StreamSpec, TrackSpec};
use super::{StreamKey, Topology, TransportRole};
use crate::capability::{Feature, LimitKind, NotFound, NotNow, Refusal, require};
use crate::id::{ParticipantId, StreamId, TrackId};
use crate::limits::TRACKS_PER_PARTICIPANT_MAX;
use crate::sdp::{Description, MediaKind, TrackLabel};
use crate::time::Now;

impl Room {
    pub(super) fn publish(&mut self, ask: Ask, publish: Publish, now: Now) -> Result<Answered, Refusal> {
        let id = self.sender(&ask)?;
        let participant = self.roster.get(id).ok_or(Refusal::NotFound(NotFound::Participant))?;
        let published: usize = participant.streams.iter().map(|stream| stream.tracks().count()).sum();
        if published + publish.tracks.len() > TRACKS_PER_PARTICIPANT_MAX {
            return Err(Refusal::LimitReached(LimitKind::Tracks));
        }
        for kind in [MediaKind::Audio, MediaKind::Video] {
            if publish.tracks.iter().filter(|track| track.kind == kind).count() > 1 {
                return Err(invalid("tracks", "more than one of a kind in one stream"));
            }
        }
        let Publish { stream, mut tracks, offer, loopback } = publish;
        if require(self.config.profile, Feature::Dynacast).is_err() {
            tracks.iter_mut().for_each(|track| track.codecs.truncate(1));
        }
        match (participant.facts.topology, offer) {
            (Topology::PerStream, Some(offer)) => {
                if !participant.streams.is_empty() {
                    return Err(Refusal::NotNow(NotNow::AlreadyPublishing));
                }
                self.publish_offered(ask, id, stream, tracks, &offer, loopback, now)
            }
            (Topology::PublisherSubscriber | Topology::Single, None) if !tracks.is_empty() => {
                Ok(self.publish_announced(ask, id, stream, tracks, now))
            }
            (Topology::PublisherSubscriber | Topology::Single, None) => Err(invalid("tracks", "none given")),
            (Topology::PerStream, None) => Err(invalid("offer", "this client publishes each stream with an offer")),
            (Topology::PublisherSubscriber | Topology::Single, Some(_)) => {
                Err(invalid("offer", "this client offers on its common Transport"))
            }
        }
    }

    /// A stream with its own Transport. The caller has its answer before the others are told (v2's order).
    #[expect(clippy::too_many_arguments, reason = "the parts of one command, taken apart")]
    fn publish_offered(
        &mut self,
        ask: Ask,
        owner: ParticipantId,
        spec: StreamSpec,
        tracks: Vec<TrackSpec>,
        offer: &Description,
        loopback: bool,
        now: Now,
    ) -> Result<Answered, Refusal> {
        let order: Vec<MediaKind> = tracks.iter().map(|track| track.kind).collect();
        let stream = self.new_stream(owner, spec, tracks, false, now);
        let (id, role) = (stream.id, TransportRole::Up(stream.id));
        let ids = stream.ids_in(&order);
        let mut planner = Planner::new(Matching::ByOrder, self.random.fork());
        planner.loopback = loopback;
        planner.expected = stream.tracks().map(|track| expected(owner, id, track)).collect();
        let applied = self.accept_offer(owner, role, offer, &mut planner, true)?;
        if let Some(participant) = self.roster.get_mut(owner) {
            participant.streams.push(stream);
        }
        self.take_over(owner, role, planner);
        let mut aftermath = self.apply(owner, role, applied);
        let answer = aftermath.answer.take();
        aftermath.detailed.clear();
        let answered = self.answer_published(ask, owner, id, ids, answer);
        self.record_publication(owner, id);
        self.record_tracks(owner);
        self.announce(owner, ParticipantChange::StreamPublished(id), None, Audience::Others);
        self.follow_up(owner, aftermath, now);
        Ok(answered)
    }

    /// Tracks that are announced now; their media comes with a later offer, or has come already.
    fn publish_announced(
        &mut self,
        ask: Ask,
        owner: ParticipantId,
        spec: StreamSpec,
        tracks: Vec<TrackSpec>,
        now: Now,
    ) -> Answered {
        let kinds: Vec<MediaKind> = tracks.iter().map(|track| track.kind).collect();
        let place = self.roster.get(owner).and_then(|participant| place_for(participant, spec.source, &kinds));
        let (id, ids, is_new) = match place {
            Some(Ok(id)) => {
                let ids = self.add_tracks(owner, id, tracks, now);
                (id, ids, false)
            }
            other => {
                let source = other.and_then(Result::err).unwrap_or(spec.source);
                let stream = self.new_stream(owner, StreamSpec { source, ..spec }, tracks, true, now);
                let id = stream.id;
                let ids = stream.ids_in(&kinds);
                if let Some(participant) = self.roster.get_mut(owner) {
                    participant.streams.push(stream);
                }
                (id, ids, true)
            }
        };
        let answered = self.answer_published(ask, owner, id, ids.clone(), None);
        if is_new {
            self.record_publication(owner, id);
            self.announce(owner, ParticipantChange::StreamPublished(id), None, Audience::Others);
        } else {
            for track in ids {
                self.announce(owner, ParticipantChange::TrackPublished { stream: id, track }, None, Audience::Others);
            }
        }
        let mut aftermath = Aftermath::default();
        for role in [TransportRole::Publisher, TransportRole::Single] {
            self.adopt_held(owner, role, false, &mut aftermath);
        }
        self.follow_up(owner, aftermath, now);
        answered
    }

    pub(super) fn answer_published(
        &mut self,
        ask: Ask,
        owner: ParticipantId,
        stream: StreamId,
        tracks: Vec<TrackId>,
        answer: Option<Box<Description>>,
    ) -> Answered {
        match self.roster.get(owner).and_then(|participant| participant.stream(stream)).map(Stream::info) {
            Some(info) => {
                let stream = Box::new(info);
                self.answer(ask, |request| RoomEvent::Published { request, stream, tracks, answer })
            }
            None => self.done(ask),
        }
    }

    /// A stream that is not in the room yet.
    fn new_stream(
        &mut self,
        owner: ParticipantId,
        spec: StreamSpec,
        tracks: Vec<TrackSpec>,
        pauses: bool,
        now: Now,
    ) -> Stream {
        let id = self.unused_stream_id(owner);
        let mut stream = Stream { id, spec, created_ms: now.unix_ms, recorded: None, audio: None, video: None };
        for spec in tracks {
            let track = TrackId::random(&mut self.random);
            let kind = spec.kind;
            *stream.half_mut(kind) = Some(Track::new(track, spec, pauses, now));
        }
        stream
    }

    fn unused_stream_id(&mut self, owner: ParticipantId) -> StreamId {
        loop {
            let id = StreamId::random(&mut self.random);
            if self.roster.get(owner).is_none_or(|participant| participant.stream(id).is_none()) {
                return id;
            }
        }
    }

    fn add_tracks(&mut self, owner: ParticipantId, stream: StreamId, tracks: Vec<TrackSpec>, now: Now) -> Vec<TrackId> {
        let mut ids = Vec::new();
        for spec in tracks {
            let id = TrackId::random(&mut self.random);
            let place = self.roster.get_mut(owner).and_then(|participant| participant.stream_mut(stream));
            if let Some(stream) = place {
                let kind = spec.kind;
                *stream.half_mut(kind) = Some(Track::new(id, spec, true, now));
                ids.push(id);
            }
        }
        ids
    }

    /// Somebody's media of this half of a stream is here, or is another now: whoever receives it is given it, whoever
    /// wants it is offered it.
    pub(super) fn feed(&mut self, key: StreamKey, kind: MediaKind, now: Now) {
        for viewer in self.roster.ids().into_iter().filter(|viewer| *viewer != key.participant) {
            self.set_source(viewer, key, kind);
            self.want(viewer, key, kind, now);
        }
    }
}

fn expected(owner: ParticipantId, stream: StreamId, track: &Track) -> super::plan::Expected {
    let (id, kind) = (track.info.id, track.info.spec.kind);
    let label = TrackLabel { participant: owner, stream, track: Some(id), kind };
    let client_id = track.info.spec.client_id.clone();
    super::plan::Expected { track: id, second: false, kind, client_id, producer: None, label }
}

/// The stream of this source with room for these tracks; where it is taken the first further group with room, or
/// (`Err`) the source that a new stream for them has. `None`: no stream of this source is there.
fn place_for(
    participant: &Participant,
    source: StreamSource,
    kinds: &[MediaKind],
) -> Option<Result<StreamId, StreamSource>> {
    let has_room = |stream: &Stream| kinds.iter().all(|kind| stream.half(*kind).is_none());
    let of = |source: StreamSource| participant.streams.iter().find(move |stream| stream.spec.source == source);
    let first = of(source)?;
    if has_room(first) {
        return Some(Ok(first.id));
    }
    for number in 0..u8::MAX {
        match of(StreamSource::Custom(number)) {
            Some(stream) if has_room(stream) => return Some(Ok(stream.id)),
            Some(_) => {}
            None => return Some(Err(StreamSource::Custom(number))),
        }
    }
    Some(Err(StreamSource::Custom(u8::MAX)))
}

pub(super) fn invalid(what: &'static str, why: &str) -> Refusal {
    Refusal::Invalid { what, why: why.to_owned() }
}
