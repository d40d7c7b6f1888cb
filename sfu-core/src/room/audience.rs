//! Whom a publisher lets subscribe to its tracks: its own list, which holds for who is there and for who comes.
//!
//! A participant that receives track by track loses what it may not have and is told so; one that receives whole streams
//! keeps its section, which carries nothing for the time being, and cannot begin to receive a stream of which it may have
//! no track. What a participant may by its grant is `permission.rs`'s affair.
use super::answer::{Answered, Ask};
use super::event::RoomEvent;
use super::meeting::Room;
use super::publish::invalid;
use super::roster::Participant;
use super::{ParticipantKind, StreamKey};
use crate::capability::Refusal;
use crate::id::{ParticipantId, TrackId};
use crate::sdp::MediaKind;
use crate::time::Now;
use rustc_hash::{FxHashMap, FxHashSet};

/// One line of a publisher's list. Named by identity or id; where it has both, the identity counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Admission {
    /// Whom; empty: by id.
    pub identity: String,
    /// Whom: who is in the room under this id now. Nobody: the line is left aside.
    pub participant: Option<ParticipantId>,
    /// Which tracks; `None`: all, those to come too.
    pub tracks: Option<Vec<TrackId>>,
}

/// The tracks that a publisher lets each identity have.
pub(super) type Audience = FxHashMap<String, Option<FxHashSet<TrackId>>>;

impl Participant {
    /// True where it lets this participant have this track. Programs that record are let in by the room's owner.
    pub(super) fn admits(&self, viewer: &Self, track: TrackId) -> bool {
        let Some(audience) = &self.audience else { return true };
        let admitted = match audience.get(&viewer.grant.identity) {
            Some(None) => true,
            Some(Some(tracks)) => tracks.contains(&track),
            None => false,
        };
        admitted || viewer.id == self.id || viewer.grant.kind == ParticipantKind::Egress
    }
}

impl Room {
    /// Replaces the sender's list; `None` lets everybody have everything.
    pub(super) fn set_audience(
        &mut self,
        ask: Ask,
        admissions: Option<Vec<Admission>>,
        now: Now,
    ) -> Result<Answered, Refusal> {
        let id = self.sender(&ask)?;
        let audience = admissions.map(|admissions| self.audience_of(admissions)).transpose()?;
        let before = self.admitted_to(id);
        if let Some(publisher) = self.roster.get_mut(id) {
            publisher.audience = audience;
        }
        for (viewer, key, kind, was_admitted) in before {
            if self.is_admitted(viewer, key, kind) != was_admitted {
                self.readmit(viewer, key, kind, now);
            }
        }
        Ok(self.done(ask))
    }

    fn audience_of(&self, admissions: Vec<Admission>) -> Result<Audience, Refusal> {
        let mut audience = Audience::default();
        for Admission { identity, participant, tracks } in admissions {
            let identity = match (identity.is_empty(), participant) {
                (false, _) => identity,
                (true, Some(id)) => match self.roster.get(id) {
                    Some(participant) => participant.grant.identity.clone(),
                    None => continue,
                },
                (true, None) => return Err(invalid("subscription permission", "it names nobody")),
            };
            audience.insert(identity, tracks.map(FxHashSet::from_iter));
        }
        Ok(audience)
    }

    /// Who may have which of a publisher's tracks.
    fn admitted_to(&self, publisher: ParticipantId) -> Vec<(ParticipantId, StreamKey, MediaKind, bool)> {
        let streams = self.roster.get(publisher).into_iter().flat_map(|publisher| &publisher.streams);
        let halves = streams.flat_map(|stream| stream.tracks().map(move |track| (stream.id, track.info.spec.kind)));
        let mut admitted = Vec::new();
        for (stream, kind) in halves {
            let key = StreamKey { participant: publisher, stream };
            let viewers = self.roster.iter().map(|viewer| viewer.id).filter(|viewer| *viewer != publisher);
            admitted.extend(viewers.map(|viewer| (viewer, key, kind, self.is_admitted(viewer, key, kind))));
        }
        admitted
    }

    /// Gives or takes what somebody may have now or may have no longer.
    fn readmit(&mut self, viewer: ParticipantId, key: StreamKey, kind: MediaKind, now: Now) {
        if self.roster.get(viewer).is_none_or(|viewer| viewer.common_downlink().is_none()) {
            self.set_source(viewer, key, kind);
        } else if self.is_admitted(viewer, key, kind) {
            self.want(viewer, key, kind, now);
        } else {
            self.drop_half(viewer, key, kind);
        }
        self.tell_admission(viewer, key, kind);
    }

    /// True where this half of a stream is nothing that its publisher keeps from this participant.
    pub(super) fn is_admitted(&self, viewer: ParticipantId, key: StreamKey, kind: MediaKind) -> bool {
        let (Some(viewer), Some(publisher)) = (self.roster.get(viewer), self.roster.get(key.participant)) else {
            return true;
        };
        let track = publisher.stream(key.stream).and_then(|stream| stream.half(kind));
        track.is_none_or(|track| publisher.admits(viewer, track.info.id))
    }

    /// True where at least one track of a stream may be received, or none is published yet.
    pub(super) fn is_stream_admitted(&self, viewer: ParticipantId, key: StreamKey) -> bool {
        let kinds = [MediaKind::Audio, MediaKind::Video];
        let published = kinds.into_iter().filter(|kind| self.track_at(key, *kind).is_some());
        let mut admitted = published.map(|kind| self.is_admitted(viewer, key, kind)).peekable();
        admitted.peek().is_none() || admitted.any(|admitted| admitted)
    }

    /// Tells who would receive a track whether it may, where that is news: everybody may until told otherwise.
    pub(super) fn tell_admission(&mut self, viewer: ParticipantId, key: StreamKey, kind: MediaKind) {
        let admitted = self.is_admitted(viewer, key, kind);
        let asked_for = self.asks_for(viewer, key, kind);
        let (Some(track), Some(participant)) = (self.track_at(key, kind), self.roster.get_mut(viewer)) else { return };
        let is_news = if admitted {
            participant.kept_from.remove(&track)
        } else {
            asked_for && participant.kept_from.insert(track)
        };
        if is_news {
            let publisher = key.participant;
            self.tell_participant(viewer, RoomEvent::SubscriptionAllowed { publisher, track, allowed: admitted });
        }
    }
}
