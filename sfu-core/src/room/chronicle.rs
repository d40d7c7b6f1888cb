//! Writes down what happens in the room, where somebody outside wants to know: [`super::Effect::Happened`], in the order
//! in which OpenVidu v2 tells it (openvidu-v2 section 6). Decides nothing; the handlers say when.
use super::command::Signal;
use super::effect::Effect;
use super::meeting::Room;
use super::participant::ParticipantInfo;
use super::record::{Correspondent, EndCause, Happening, RoomFacts, RoomRecord};
use super::track::{StreamInfo, StreamKey};
use super::{LeaveReason, UnpublishReason};
use crate::id::{ParticipantId, StreamId};
use crate::sdp::MediaKind;
use crate::time::Now;

/// How a room begins whose record is kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Beginning {
    /// It was just made.
    Made {
        /// By an API.
        by_api: bool,
    },
    /// It was taken up from the store: its making stands in the record already.
    TakenUp,
}

/// What the room must know to keep its record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chronicle {
    /// The time of the input at hand, ms since 1970.
    now_ms: u64,
    /// The input at hand is an API's call.
    by_api: bool,
    taken_up: bool,
}

impl Room {
    /// From now on the room writes down what happens in it.
    pub fn keep_record(&mut self, beginning: Beginning, now: Now) {
        let (by_api, taken_up) = match beginning {
            Beginning::Made { by_api } => (by_api, false),
            Beginning::TakenUp => (false, true),
        };
        self.chronicle = Some(Chronicle { now_ms: now.unix_ms, by_api, taken_up });
        if !taken_up {
            self.write_down(Happening::RoomMade);
        }
    }

    /// A new input: when it came, and whether an API asks.
    pub(super) fn open_page(&mut self, now: Now, by_api: bool) {
        self.moment = now.instant;
        if let Some(chronicle) = &mut self.chronicle {
            chronicle.now_ms = now.unix_ms;
            chronicle.by_api = by_api;
        }
    }

    fn write_down(&mut self, happening: Happening) {
        let Some(Chronicle { now_ms, by_api, .. }) = self.chronicle else { return };
        let facts = self.facts_for(&happening);
        let record = RoomRecord {
            room: self.id,
            name: self.name.clone(),
            created_ms: self.created_ms,
            made_by: self.settings.made_by,
            at_ms: now_ms,
            by_api,
            facts,
            happening,
        };
        self.effect(Effect::Happened(Box::new(record)));
    }

    /// The room as it is, where the happening is one that is told with it.
    fn facts_for(&self, happening: &Happening) -> Option<Box<RoomFacts>> {
        let leaver = match happening {
            Happening::ParticipantLeft { participant, .. } => Some(participant.id),
            Happening::RoomMade
            | Happening::RoomEnded { .. }
            | Happening::ParticipantJoined(_)
            | Happening::ParticipantActivated(_)
            | Happening::TrackPublished { .. }
            | Happening::TrackUnpublished { .. } => None,
            Happening::StreamPublished { .. }
            | Happening::StreamUnpublished { .. }
            | Happening::StreamReceived { .. }
            | Happening::ReceptionEnded { .. }
            | Happening::Signalled { .. } => return None,
        };
        let stays = || self.roster.iter().filter(|participant| Some(participant.id) != leaver);
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let counted = stays().filter(|participant| participant.is_visible() && participant.grant.kind.takes_a_place());
        Some(Box::new(RoomFacts {
            settings: self.settings.clone(),
            participants: count(counted.count()),
            publishers: count(stays().filter(|participant| !participant.streams.is_empty()).count()),
        }))
    }

    /// Somebody became active.
    pub(super) fn record_activation(&mut self, id: ParticipantId) {
        if let Some(participant) = self.recorded(id) {
            self.write_down(Happening::ParticipantActivated(participant));
        }
    }

    /// The tracks of somebody's whose media was negotiated and that are not in the record yet.
    pub(super) fn record_tracks(&mut self, owner: ParticipantId) {
        if self.chronicle.is_none() {
            return;
        }
        let mut news = Vec::new();
        for stream in self.roster.get_mut(owner).into_iter().flat_map(|owner| &mut owner.streams) {
            for kind in [MediaKind::Audio, MediaKind::Video] {
                let track =
                    stream.half_mut(kind).as_mut().filter(|track| !track.recorded && track.info.codec.is_some());
                if let Some(track) = track {
                    track.recorded = true;
                    let track = Box::new(track.info.clone());
                    news.push((Box::new(stream.info()), track));
                }
            }
        }
        for (stream, track) in news {
            if let Some(publisher) = self.recorded(owner) {
                self.write_down(Happening::TrackPublished { publisher, stream, track });
            }
        }
    }

    /// A track is about to be taken away.
    pub(super) fn record_track_end(&mut self, owner: ParticipantId, stream: StreamId, kind: MediaKind) {
        let Some(publisher) = self.recorded(owner) else { return };
        let stream = self.roster.get(owner).and_then(|participant| participant.stream(stream));
        let track = stream.and_then(|stream| stream.half(kind)).filter(|track| track.recorded);
        if let (Some(stream), Some(track)) = (stream, track) {
            let (stream, track) = (Box::new(stream.info()), Box::new(track.info.clone()));
            self.write_down(Happening::TrackUnpublished { publisher, stream, track });
        }
    }

    pub(super) fn record_end(&mut self, reason: LeaveReason) {
        let Some(chronicle) = self.chronicle else { return };
        let was_used = self.active || chronicle.taken_up;
        self.write_down(Happening::RoomEnded { reason, was_used });
    }

    pub(super) fn record_join(&mut self, id: ParticipantId) {
        if let Some(participant) = self.recorded(id) {
            self.write_down(Happening::ParticipantJoined(participant));
        }
    }

    /// Keeps the stream as it is now: what is written of it later shows it so.
    pub(super) fn record_publication(&mut self, owner: ParticipantId, stream: StreamId) {
        let Some(publisher) = self.recorded(owner) else { return };
        let stream = self.roster.get_mut(owner).and_then(|participant| participant.stream_mut(stream));
        let Some(stream) = stream else { return };
        let info = Box::new(stream.info());
        stream.recorded = Some(info.clone());
        self.write_down(Happening::StreamPublished { publisher, stream: info });
    }

    /// The first half of a stream reaches somebody.
    pub(super) fn record_reception(&mut self, viewer: ParticipantId, key: StreamKey) {
        let Some(Chronicle { now_ms, .. }) = self.chronicle else { return };
        let known = self.roster.get(viewer).and_then(|viewer| viewer.received.get(&key)?.recorded_ms);
        if known.is_some() {
            return;
        }
        let (Some(receiver), Some((publisher, stream))) = (self.recorded(viewer), self.recorded_stream(key)) else {
            return;
        };
        if let Some(reception) = self.roster.get_mut(viewer).and_then(|viewer| viewer.received.get_mut(&key)) {
            reception.recorded_ms = Some(now_ms);
        }
        self.write_down(Happening::StreamReceived { receiver, publisher, stream });
    }

    /// Somebody is about to receive a stream no longer. Written once: what follows from it is silent.
    pub(super) fn record_reception_end(&mut self, viewer: ParticipantId, key: StreamKey, cause: EndCause) {
        let reception = self.roster.get_mut(viewer).and_then(|viewer| viewer.received.get_mut(&key));
        let Some(since_ms) = reception.and_then(|reception| reception.recorded_ms.take()) else { return };
        let (Some(receiver), Some((publisher, stream))) = (self.recorded(viewer), self.recorded_stream(key)) else {
            return;
        };
        self.write_down(Happening::ReceptionEnded { receiver, publisher, stream, since_ms, cause });
    }

    /// A stream is about to be unpublished: its publisher's end first, then those who receive it.
    pub(super) fn record_unpublication(&mut self, key: StreamKey, reason: UnpublishReason) {
        let cause = EndCause::Unpublished(reason);
        self.record_stream_end(key, cause);
        self.record_receptions_of(key, cause);
    }

    /// Somebody is about to leave: those who receive from it, what it receives, what it publishes, itself.
    pub(super) fn record_leave(&mut self, id: ParticipantId, reason: LeaveReason) {
        let Some(participant) = self.recorded(id) else { return };
        let cause = EndCause::Left(reason);
        let Some(leaver) = self.roster.get(id) else { return };
        let received = leaver.info().subscriptions;
        let published: Vec<StreamKey> =
            leaver.streams.iter().map(|stream| StreamKey { participant: id, stream: stream.id }).collect();
        for key in &published {
            self.record_receptions_of(*key, cause);
        }
        for (key, _) in received {
            self.record_reception_end(id, key, cause);
        }
        for key in published {
            self.record_stream_end(key, cause);
            for kind in [MediaKind::Audio, MediaKind::Video] {
                self.record_track_end(id, key.stream, kind);
            }
        }
        self.write_down(Happening::ParticipantLeft { participant, reason });
    }

    pub(super) fn record_signal(&mut self, from: Option<ParticipantId>, to: &[ParticipantId], signal: &Signal) {
        if self.chronicle.is_some() {
            let named = |id: ParticipantId| {
                let participant = self.roster.get(id)?;
                Some(Correspondent { id, identity: participant.grant.identity.clone() })
            };
            let (from, to) = (from.and_then(named), to.iter().copied().filter_map(named).collect());
            self.write_down(Happening::Signalled { from, to, signal: signal.clone() });
        }
    }

    fn record_stream_end(&mut self, key: StreamKey, cause: EndCause) {
        if let Some((publisher, stream)) = self.recorded_stream(key) {
            self.write_down(Happening::StreamUnpublished { publisher, stream, cause });
        }
    }

    fn record_receptions_of(&mut self, key: StreamKey, cause: EndCause) {
        if self.chronicle.is_some() {
            for viewer in self.roster.ids() {
                self.record_reception_end(viewer, key, cause);
            }
        }
    }

    /// A participant for the record; `None` where no record is kept.
    fn recorded(&self, id: ParticipantId) -> Option<Box<ParticipantInfo>> {
        self.chronicle?;
        self.roster.get(id).map(|participant| Box::new(participant.card()))
    }

    fn recorded_stream(&self, key: StreamKey) -> Option<(Box<ParticipantInfo>, Box<StreamInfo>)> {
        let publisher = self.recorded(key.participant)?;
        let stream = self.roster.get(key.participant)?.stream(key.stream)?.recorded.clone()?;
        Some((publisher, stream))
    }
}
