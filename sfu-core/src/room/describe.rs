//! The room as it is at one moment, for whom it is shown, and what an API changes of it.
use super::Lifecycle;
use super::answer::{Answered, Ask};
use super::command::{Origin, RoomUpdate};
use super::effect::Effect;
use super::event::{ReservationInfo, RoomEvent, RoomSnapshot};
use super::meeting::Room;
use super::participant::{ParticipantInfo, ParticipantKind};
use super::roster::Participant;
use crate::capability::{LimitKind, Refusal};
use crate::id::ParticipantId;
use crate::limits::METADATA_BYTES_MAX;

/// How much is in a room.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct RoomCounts {
    /// Participants.
    pub participants: usize,
    /// Tracks published.
    pub published: usize,
    /// Pictures among them.
    pub videos_published: usize,
    /// Tracks received, counted once for each receiver.
    pub subscribed: usize,
    /// Pictures among them.
    pub videos_subscribed: usize,
}

impl std::ops::AddAssign for RoomCounts {
    fn add_assign(&mut self, other: Self) {
        self.participants += other.participants;
        self.published += other.published;
        self.videos_published += other.videos_published;
        self.subscribed += other.subscribed;
        self.videos_subscribed += other.videos_subscribed;
    }
}

impl Room {
    /// How much is in the room.
    pub fn counts(&self) -> RoomCounts {
        let mut counts = RoomCounts::default();
        for participant in self.roster.iter() {
            counts += RoomCounts {
                participants: 1,
                published: participant.streams.iter().map(|stream| stream.tracks().count()).sum(),
                videos_published: participant.streams.iter().filter(|stream| stream.video.is_some()).count(),
                subscribed: participant.consumer_count(),
                videos_subscribed: participant.video_consumer_count(),
            };
        }
        counts
    }

    pub(super) fn describe(&mut self, ask: Ask) -> Result<Answered, Refusal> {
        let room = match ask.origin {
            Origin::Api(_) => self.whole_snapshot(),
            Origin::Peer(_) => {
                let viewer = self.sender(&ask)?;
                let mut room = self.snapshot_for(viewer);
                self.note_shown(viewer);
                room.participants.extend(self.roster.get(viewer).map(Participant::info));
                room
            }
        };
        Ok(self.answer(ask, |request| RoomEvent::Described { request, room: Box::new(room) }))
    }

    /// Everybody is told of what has changed; where nothing has, only who asks is.
    pub(super) fn update_room(&mut self, ask: Ask, update: RoomUpdate) -> Result<Answered, Refusal> {
        let RoomUpdate { metadata, max_participants, sync_streams, empty_timeout, departure_timeout } = update;
        let mut settings = self.settings.clone();
        if let Some(metadata) = metadata {
            if metadata.len() > METADATA_BYTES_MAX {
                return Err(Refusal::LimitReached(LimitKind::Size));
            }
            settings.metadata = metadata;
        }
        settings.max_participants = max_participants.unwrap_or(settings.max_participants);
        settings.sync_streams = sync_streams.unwrap_or(settings.sync_streams);
        if let Lifecycle::Timeouts { empty, departure } = &mut settings.lifecycle {
            *empty = empty_timeout.unwrap_or(*empty);
            *departure = departure_timeout.unwrap_or(*departure);
        }
        if settings == self.settings {
            return self.describe(ask);
        }
        self.settings = settings;
        self.timers.retime(&self.settings.lifecycle);
        self.effect(Effect::RoomDescribed { room: self.id, settings: Box::new(self.settings.clone()) });
        self.tell_room_changed(None);
        self.describe(ask)
    }

    /// Everybody but `except` is told how the room is now.
    fn tell_room_changed(&mut self, except: Option<ParticipantId>) {
        let bare = Box::new(self.snapshot(Vec::new(), Vec::new()));
        for id in self.roster.ids().into_iter().filter(|id| Some(*id) != except) {
            self.tell_participant(id, RoomEvent::RoomChanged { room: bare.clone() });
        }
    }

    fn recorders(&self) -> usize {
        self.roster.iter().filter(|participant| participant.grant.kind == ParticipantKind::Egress).count()
    }

    /// The first recorder has come: the others are told that the room is recorded.
    pub(super) fn recorder_joined(&mut self, id: ParticipantId) {
        let is_recorder = self.roster.get(id).is_some_and(|joined| joined.grant.kind == ParticipantKind::Egress);
        if is_recorder && self.recorders() == 1 {
            self.tell_room_changed(Some(id));
        }
    }

    /// The last recorder has gone.
    pub(super) fn recorder_left(&mut self, gone: ParticipantKind) {
        if gone == ParticipantKind::Egress && self.recorders() == 0 {
            self.tell_room_changed(None);
        }
    }

    /// For an API: everybody and every seat.
    fn whole_snapshot(&self) -> RoomSnapshot {
        self.snapshot(self.roster.iter().map(Participant::info).collect(), self.seats.list())
    }

    /// For a participant: the others that it may see.
    pub(super) fn snapshot_for(&self, viewer: ParticipantId) -> RoomSnapshot {
        let others = self.roster.iter().filter(|other| other.id != viewer && other.is_visible());
        self.snapshot(others.map(Participant::info).collect(), Vec::new())
    }

    fn snapshot(&self, participants: Vec<ParticipantInfo>, reservations: Vec<ReservationInfo>) -> RoomSnapshot {
        RoomSnapshot {
            id: self.id,
            name: self.name.clone(),
            created_ms: self.created_ms,
            active: self.active,
            recorded: self.recorders() > 0,
            settings: self.settings.clone(),
            participants,
            reservations,
        }
    }
}
