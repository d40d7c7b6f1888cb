//! Muting, and what else is said about a published stream.
//!
//! A client that mutes by signalling alone (v2) goes on sending black and silence, and its media flows on; one that
//! stops sending, and whoever is muted by an API or moderator, has its packets dropped.
use super::Topology;
use super::answer::{Answered, Ask};
use super::command::Origin;
use super::event::RoomEvent;
use super::meeting::{Audience, Room};
use super::participant::ParticipantChange;
use super::track::StreamChange;
use crate::capability::{NotFound, Refusal};
use crate::id::{ParticipantId, StreamId, TrackId};
use crate::media::MediaCommand;
use crate::sdp::MediaKind;

impl Room {
    pub(super) fn change_stream(
        &mut self,
        ask: Ask,
        stream: StreamId,
        change: StreamChange,
    ) -> Result<Answered, Refusal> {
        let id = self.sender(&ask)?;
        let participant = self.roster.get_mut(id).ok_or(Refusal::NotFound(NotFound::Participant))?;
        let published = participant.stream_mut(stream).ok_or(Refusal::NotFound(NotFound::Stream))?;
        if let Some(data) = &change.new_stream_face_data {
            published.spec.face_data.clone_from(data);
        }
        if let (Some((width, height)), Some(track)) = (change.video_size, &mut published.video) {
            (track.info.spec.width, track.info.spec.height) = (width, height);
        }
        for (kind, active) in [(MediaKind::Audio, change.audio_active), (MediaKind::Video, change.video_active)] {
            let Some(active) = active else { continue };
            let track = self.roster.get_mut(id).and_then(|participant| participant.track_mut(stream, kind));
            if let Some(track) = track {
                track.info.muted = !active;
            }
            if active {
                self.pause(id, stream, kind, false);
            }
        }
        self.announce(id, ParticipantChange::StreamChanged { stream, change }, None, Audience::Everyone);
        Ok(self.done(ask))
    }

    pub(super) fn set_muted(
        &mut self,
        ask: Ask,
        whose: Option<ParticipantId>,
        track: TrackId,
        muted: bool,
    ) -> Result<Answered, Refusal> {
        let sender = self.sender(&ask).ok();
        let owner = whose.or(sender).ok_or(Refusal::NotFound(NotFound::Participant))?;
        let participant = self.roster.get_mut(owner).ok_or(Refusal::NotFound(NotFound::Participant))?;
        let stops_sending = participant.facts.topology != Topology::PerStream;
        let (stream, kind) = participant.find_track(track).ok_or(Refusal::NotFound(NotFound::Track))?;
        let record = participant.track_mut(stream, kind).ok_or(Refusal::NotFound(NotFound::Track))?;
        let changed = std::mem::replace(&mut record.info.muted, muted) != muted;
        let by_itself = sender == Some(owner);
        if !muted || stops_sending || !by_itself {
            self.pause(owner, stream, kind, muted);
        }
        let by: Option<Origin> = if by_itself { None } else { Some(ask.origin) };
        let answered = self.done(ask);
        if !by_itself {
            self.tell_participant(owner, RoomEvent::MutedByServer { track, muted });
        }
        if changed {
            let active = Some(!muted);
            let change = match kind {
                MediaKind::Audio => StreamChange { audio_active: active, ..StreamChange::default() },
                MediaKind::Video => StreamChange { video_active: active, ..StreamChange::default() },
            };
            self.announce(owner, ParticipantChange::StreamChanged { stream, change }, by, Audience::Everyone);
        }
        Ok(answered)
    }

    /// Drops a track's packets, or forwards them.
    fn pause(&mut self, owner: ParticipantId, stream: StreamId, kind: MediaKind, paused: bool) {
        let Some(participant) = self.roster.get_mut(owner) else { return };
        let Some(track) = participant.track_mut(stream, kind) else { return };
        if std::mem::replace(&mut track.paused, paused) == paused {
            return;
        }
        let producers: Vec<_> = track.producers().collect();
        for producer in producers {
            if let Some(worker) = self.worker_of(owner) {
                self.media(worker, MediaCommand::PauseProducer { producer, paused });
            }
        }
    }
}
