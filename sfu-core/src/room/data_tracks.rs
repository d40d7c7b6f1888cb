//! Data tracks: named sources of small frames that a participant publishes beside its media (LiveKit).
//!
//! Frames go by a lossy data channel. Each bears a number of its track, which the publisher draws for what it sends
//! and the room draws anew for each receiver; nothing else of a frame is looked at.
use super::answer::{Answered, Ask};
use super::event::RoomEvent;
use super::meeting::{Audience, Room};
use super::participant::ParticipantChange;
use super::roster::Participant;
use crate::capability::{LimitKind, NotFound, Refusal};
use crate::id::{ParticipantId, TrackId};
use crate::limits::TRACKS_PER_PARTICIPANT_MAX;
use crate::media::MediaCommand;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// A data track as others see it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DataTrackInfo {
    /// Its id.
    pub id: TrackId,
    /// The number that its publisher's frames bear.
    pub handle: u16,
    /// Its name, unique for its publisher.
    pub name: String,
    /// What its publisher's face wants to find again, word for word.
    pub face_data: Vec<u8>,
}

/// A data track that somebody receives.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReceivedDataTrack {
    /// The number that its frames bear for this receiver.
    pub handle: u16,
    /// Who publishes it.
    pub publisher: ParticipantId,
    /// The publisher's identity.
    pub identity: String,
    /// Which track.
    pub track: TrackId,
}

/// A participant's data tracks, published and received.
#[derive(Default)]
pub(super) struct DataTracks {
    pub(super) published: Vec<DataTrackInfo>,
    /// By the number that their frames bear for it.
    received: BTreeMap<u16, (ParticipantId, TrackId)>,
    last_handle: u16,
    /// What was asked for track by track: subscribed (true) or not.
    chosen: FxHashMap<TrackId, bool>,
}

impl DataTracks {
    /// A number that no track received at the moment has; never 0.
    fn next_handle(&mut self) -> Option<u16> {
        for _ in 0..=u16::MAX {
            self.last_handle = self.last_handle.wrapping_add(1).max(1);
            if !self.received.contains_key(&self.last_handle) {
                return Some(self.last_handle);
            }
        }
        None
    }
}

impl Room {
    pub(super) fn publish_data_track(
        &mut self,
        ask: Ask,
        handle: u16,
        name: String,
        face_data: Vec<u8>,
    ) -> Result<Answered, Refusal> {
        let id = self.sender(&ask)?;
        let track = TrackId::random(&mut self.random);
        let participant = self.roster.get_mut(id).ok_or(Refusal::NotFound(NotFound::Participant))?;
        let published = &mut participant.data_tracks.published;
        if published.len() >= TRACKS_PER_PARTICIPANT_MAX {
            return Err(Refusal::LimitReached(LimitKind::Tracks));
        }
        let invalid = |what, why: &str| Err(Refusal::Invalid { what, why: why.to_owned() });
        if published.iter().any(|other| other.handle == handle) {
            return invalid("handle", "a data track with same handle already exists");
        }
        if published.iter().any(|other| other.name == name) {
            return invalid("name", "a data track with same name already exists");
        }
        let info = DataTrackInfo { id: track, handle, name, face_data };
        published.push(info.clone());
        self.data_tracks_changed = true;
        let answered = self.answer(ask, |request| RoomEvent::DataTrackPublished { request, track: Box::new(info) });
        self.announce(id, ParticipantChange::DataTracks, None, Audience::Everyone);
        Ok(answered)
    }

    pub(super) fn unpublish_data_track(&mut self, ask: Ask, handle: u16) -> Result<Answered, Refusal> {
        let id = self.sender(&ask)?;
        let published = self.roster.get_mut(id).map(|participant| &mut participant.data_tracks.published);
        let published = published.ok_or(Refusal::NotFound(NotFound::Participant))?;
        let place = published.iter().position(|track| track.handle == handle);
        let info = published.remove(place.ok_or(Refusal::NotFound(NotFound::Track))?);
        self.data_tracks_changed = true;
        let answered = self.answer(ask, |request| RoomEvent::DataTrackUnpublished { request, track: Box::new(info) });
        self.announce(id, ParticipantChange::DataTracks, None, Audience::Everyone);
        Ok(answered)
    }

    /// Tracks that are not there do no harm: they may come.
    pub(super) fn subscribe_data(&mut self, ask: Ask, tracks: &[(TrackId, bool)]) -> Result<Answered, Refusal> {
        let id = self.sender(&ask)?;
        let participant = self.roster.get_mut(id).ok_or(Refusal::NotFound(NotFound::Participant))?;
        for (track, subscribed) in tracks {
            let known = participant.data_tracks.chosen.len();
            if known < 2 * TRACKS_PER_PARTICIPANT_MAX || participant.data_tracks.chosen.contains_key(track) {
                participant.data_tracks.chosen.insert(*track, *subscribed);
            }
        }
        self.data_tracks_changed = true;
        Ok(self.done(ask))
    }

    /// Passes a frame on to whoever receives its track, under the receiver's own number.
    pub(super) fn send_frame(
        &mut self,
        ask: Ask,
        handle: u16,
        handle_at: usize,
        label: &str,
        frame: &[u8],
    ) -> Result<Answered, Refusal> {
        let id = self.sender(&ask)?;
        let published = self.roster.get(id).map(|sender| sender.data_tracks.published.as_slice()).unwrap_or_default();
        let track = published.iter().find(|track| track.handle == handle).ok_or(Refusal::NotFound(NotFound::Track))?.id;
        let takers = self.roster.iter().filter_map(|viewer| {
            let received = viewer.data_tracks.received.iter().find(|(_, (_, received))| *received == track);
            received.map(|(handle, _)| (viewer.id, *handle))
        });
        let takers: Vec<(ParticipantId, u16)> = takers.collect();
        for (viewer, handle) in takers {
            let role = self.roster.get(viewer).and_then(Participant::common_downlink);
            let Some((worker, transport)) = role.and_then(|role| self.address_of(viewer, role)) else { continue };
            let mut payload = frame.to_vec();
            if let Some(place) = payload.get_mut(handle_at..).and_then(|rest| rest.first_chunk_mut()) {
                *place = handle.to_be_bytes();
                let label = label.to_owned();
                let command = MediaCommand::SendChannel { transport, label, binary: true, reliable: false, payload };
                self.push_media(worker, command);
            }
        }
        Ok(self.done(ask))
    }

    /// Brings what everybody receives in line with what is there, wanted and allowed, where that may have changed.
    pub(super) fn settle_data_tracks(&mut self) {
        if !std::mem::take(&mut self.data_tracks_changed) {
            return;
        }
        let visible = self.roster.iter().filter(|publisher| publisher.is_visible());
        let all: Vec<(ParticipantId, TrackId)> = visible
            .flat_map(|publisher| publisher.data_tracks.published.iter().map(|track| (publisher.id, track.id)))
            .collect();
        for viewer in self.roster.ids() {
            let Some(participant) = self.roster.get_mut(viewer).filter(|viewer| viewer.facts.takes_data) else {
                continue;
            };
            let (auto, may) = (participant.facts.auto_subscribe_data, participant.grant.permissions.subscribe);
            let tracks = &mut participant.data_tracks;
            let wants = |(publisher, track): &&(ParticipantId, TrackId)| {
                may && *publisher != viewer && tracks.chosen.get(track).copied().unwrap_or(auto)
            };
            let wanted: Vec<(ParticipantId, TrackId)> = all.iter().filter(wants).copied().collect();
            let before = tracks.received.len();
            tracks.received.retain(|_, received| wanted.contains(received));
            let mut changed = tracks.received.len() != before;
            for track in wanted {
                if !tracks.received.values().any(|received| *received == track)
                    && let Some(handle) = tracks.next_handle()
                {
                    tracks.received.insert(handle, track);
                    changed = true;
                }
            }
            if changed {
                let received = tracks.received.clone();
                let tracks = received.into_iter().filter_map(|(handle, (publisher, track))| {
                    let identity = self.roster.get(publisher)?.grant.identity.clone();
                    Some(ReceivedDataTrack { handle, publisher, identity, track })
                });
                let tracks = tracks.collect();
                self.tell_participant(viewer, RoomEvent::DataTracksReceived { tracks });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_received_tracks_are_never_zero_or_in_use() {
        let mut tracks = DataTracks { last_handle: u16::MAX - 1, ..DataTracks::default() };
        let held = (ParticipantId::from_number(1).unwrap(), TrackId::from_number(1).unwrap());
        tracks.received.insert(1, held);
        assert_eq!([tracks.next_handle(), tracks.next_handle()], [Some(u16::MAX), Some(2)]);
    }
}
