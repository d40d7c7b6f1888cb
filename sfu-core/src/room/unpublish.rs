//! What is published no longer: by its publisher, by force, or because the permission went.
use super::answer::{Answered, Ask};
use super::command::{Origin, PublishedTarget};
use super::link::Held;
use super::meeting::{Audience, Room};
use super::participant::{ParticipantChange, UnpublishReason};
use super::track::TrackInfo;
use super::{StreamKey, TransportRole};
use crate::capability::{NotFound, Refusal};
use crate::id::{ParticipantId, StreamId, TrackId};
use crate::media::MediaCommand;
use crate::sdp::MediaKind;

impl Room {
    pub(super) fn unpublish(&mut self, ask: Ask, target: PublishedTarget) -> Result<Answered, Refusal> {
        let id = self.sender(&ask)?;
        self.check_published(id, target)?;
        self.withdraw(id, target, UnpublishReason::ByPublisher, None);
        Ok(self.done(ask))
    }

    /// The caller has its answer before everybody, the publisher too, is told (v2's order).
    pub(super) fn force_unpublish(
        &mut self,
        ask: Ask,
        owner: ParticipantId,
        target: PublishedTarget,
    ) -> Result<Answered, Refusal> {
        if self.roster.get(owner).is_none() {
            return Err(Refusal::NotFound(NotFound::Participant));
        }
        self.check_published(owner, target)?;
        let by = ask.origin;
        let reason = match by {
            Origin::Peer(_) => UnpublishReason::ForcedByUser,
            Origin::Api(_) => UnpublishReason::ForcedByServer,
        };
        let answered = self.done(ask);
        self.withdraw(owner, target, reason, Some(by));
        Ok(answered)
    }

    fn check_published(&self, owner: ParticipantId, target: PublishedTarget) -> Result<(), Refusal> {
        let participant = self.roster.get(owner).ok_or(Refusal::NotFound(NotFound::Participant))?;
        match target {
            PublishedTarget::Stream(id) if participant.stream(id).is_none() => Err(Refusal::NotFound(NotFound::Stream)),
            PublishedTarget::Track(id) if participant.find_track(id).is_none() => {
                Err(Refusal::NotFound(NotFound::Track))
            }
            PublishedTarget::Stream(_) | PublishedTarget::Track(_) => Ok(()),
        }
    }

    fn withdraw(&mut self, owner: ParticipantId, target: PublishedTarget, reason: UnpublishReason, by: Option<Origin>) {
        match target {
            PublishedTarget::Stream(stream) => self.withdraw_stream(owner, stream, reason, by),
            PublishedTarget::Track(track) => self.withdraw_track(owner, track, reason, by),
        }
    }

    /// Takes one track away; with the last one its stream goes.
    pub(super) fn withdraw_track(
        &mut self,
        owner: ParticipantId,
        track: TrackId,
        reason: UnpublishReason,
        by: Option<Origin>,
    ) {
        let Some(participant) = self.roster.get(owner) else { return };
        let Some((stream, kind)) = participant.find_track(track) else { return };
        if participant.stream(stream).is_none_or(|stream| stream.tracks().count() == 1) {
            self.withdraw_stream(owner, stream, reason, by);
            return;
        }
        let Some(info) = self.release_track(owner, stream, kind) else { return };
        let change = ParticipantChange::TrackUnpublished { stream, track: Box::new(info), reason };
        self.announce(owner, change, by, Audience::Everyone);
    }

    /// Takes a stream away with all its tracks.
    pub(super) fn withdraw_stream(
        &mut self,
        owner: ParticipantId,
        stream: StreamId,
        reason: UnpublishReason,
        by: Option<Origin>,
    ) {
        let Some(info) = self.roster.get(owner).and_then(|owner| owner.stream(stream)).map(|stream| stream.info())
        else {
            return;
        };
        self.record_unpublication(StreamKey { participant: owner, stream }, reason);
        self.drop_receptions(StreamKey { participant: owner, stream });
        for kind in [MediaKind::Audio, MediaKind::Video] {
            self.release_track(owner, stream, kind);
        }
        self.close_link(owner, TransportRole::Up(stream));
        if let Some(participant) = self.roster.get_mut(owner) {
            participant.streams.retain(|other| other.id != stream);
        }
        let change = ParticipantChange::StreamUnpublished { stream: Box::new(info), reason };
        self.announce(owner, change, by, Audience::Everyone);
    }

    /// Takes a track out of its stream, away from those who receive it, and off the worker. On a common Transport the
    /// client may go on sending: that is held, in case it is announced again.
    fn release_track(&mut self, owner: ParticipantId, stream: StreamId, kind: MediaKind) -> Option<TrackInfo> {
        self.record_track_end(owner, stream, kind);
        let participant = self.roster.get_mut(owner)?;
        let track = participant.stream_mut(stream)?.half_mut(kind).take()?;
        let role = participant.common_uplink().unwrap_or(TransportRole::Up(stream));
        let second_id = track.info.backup.as_ref().map(|backup| backup.client_id.clone()).unwrap_or_default();
        let named = [
            (track.producer, track.details(), track.info.spec.client_id.clone()),
            (track.second, track.second_details(), second_id),
        ];
        for (producer, details, client_id) in named {
            let link = self.roster.get_mut(owner).and_then(|participant| participant.links.get_mut(&role));
            let (Some(producer), Some(link)) = (producer, link) else { continue };
            self.producers.remove(&producer);
            if matches!(role, TransportRole::Up(_)) {
                let worker = link.worker;
                self.media(worker, MediaCommand::CloseProducer(producer));
            } else {
                link.held.push(Held { producer, kind, client_id, details, paused: track.paused });
            }
        }
        self.drop_track(StreamKey { participant: owner, stream }, kind, track.info.id);
        Some(track.info)
    }
}
