//! Entering the room: the right to, limits, the one before of the same identity, and who is told in which order.
use super::LeaveReason;
use super::answer::{Answered, Ask};
use super::command::Origin;
use super::data_tracks::DataTracks;
use super::effect::Effect;
use super::entry::{Credential, Join};
use super::event::{Joined, RoomEvent};
use super::meeting::{Audience, Room};
use super::participant::{Grant, ParticipantChange, ParticipantState};
use super::roster::Participant;
use crate::capability::{LimitKind, NotFound, Refusal, refused};
use crate::id::{ParticipantId, PeerId};
use crate::limits::{ATTRIBUTES_BYTES_MAX, IDENTITY_CHARS_MAX, JOIN_TIMEOUT, METADATA_BYTES_MAX, SHOWN_AFTER};
use crate::time::Now;
use rustc_hash::{FxHashMap, FxHashSet};

impl Room {
    pub(super) fn join(&mut self, ask: Ask, join: Join, now: Now) -> Result<Answered, Refusal> {
        let Origin::Peer(peer) = ask.origin else { return Err(Refusal::NotAllowed("only a client may join")) };
        let (mut grant, reserved_ms) = self.grant_of(&join.credential)?;
        if grant.name.is_empty() {
            grant.name = join.name.clone().unwrap_or_default();
        }
        check_sizes(&grant, join.client_data.as_deref())?;
        let replaced = self.replaced_by(peer, &grant);
        self.check_room_for(&grant, &replaced)?;
        if let Some(id) = grant.id.filter(|id| self.roster.get(*id).is_some() && !replaced.contains(id)) {
            return Err(Refusal::Invalid { what: "participant id", why: format!("{id} is in the room already") });
        }
        self.place_room()?;

        if reserved_ms.is_some() {
            self.take_seat(&join.credential);
        }
        self.clear_place(peer, replaced, now);
        let id = self.admit(peer, grant, join, reserved_ms, now);
        self.record_join(id);
        self.data_tracks_changed = true;
        self.announce_newcomer(id);
        let answer = self.answer_joined(ask, id)?;
        self.start_receiving(id, now)?;
        Ok(answer)
    }

    /// What the credential grants, and when the seat it opens was reserved. Takes nothing yet.
    fn grant_of(&self, credential: &Credential) -> Result<(Grant, Option<u64>), Refusal> {
        match credential {
            Credential::Granted(grant) => Ok((Grant::clone(grant), None)),
            Credential::Token(token) => {
                let (_, reservation) = self.seats.by_token(token).ok_or(Refusal::NotFound(NotFound::Token))?;
                Ok((reservation.grant.clone(), Some(reservation.created_ms)))
            }
        }
    }

    fn take_seat(&mut self, credential: &Credential) {
        if let Credential::Token(token) = credential
            && let Some(participant) = self.seats.take_by_token(token)
        {
            self.effect(Effect::SeatGone { room: self.id, participant, by_api: false });
        }
    }

    /// Whom the newcomer puts out: the one of its identity, and who this peer was before.
    fn replaced_by(&self, peer: PeerId, grant: &Grant) -> Vec<ParticipantId> {
        let same_identity = self.roster.id_of_identity(&grant.identity);
        let itself = self.roster.id_of_peer(peer).filter(|id| Some(*id) != same_identity);
        same_identity.into_iter().chain(itself).collect()
    }

    /// A peer that joins again is not told that it is out, as it is in.
    fn clear_place(&mut self, peer: PeerId, replaced: Vec<ParticipantId>, now: Now) {
        for old in replaced {
            if self.roster.id_of_peer(peer) == Some(old) {
                self.take_out(old, LeaveReason::ByClient, None, now);
            } else {
                self.put_out(old, LeaveReason::DuplicateIdentity, None, now);
            }
        }
    }

    fn check_room_for(&self, grant: &Grant, replaced: &[ParticipantId]) -> Result<(), Refusal> {
        let max = usize::try_from(self.settings.max_participants).unwrap_or(usize::MAX);
        let there = self
            .roster
            .iter()
            .filter(|other| other.grant.kind.takes_a_place() && !replaced.contains(&other.id))
            .count();
        if max > 0 && grant.kind.takes_a_place() && there >= max {
            return Err(Refusal::LimitReached(LimitKind::Participants));
        }
        Ok(())
    }

    fn admit(&mut self, peer: PeerId, grant: Grant, join: Join, reserved_ms: Option<u64>, now: Now) -> ParticipantId {
        let id = grant.id.unwrap_or_else(|| self.unused_participant_id());
        let state = if join.facts.active_at_join { ParticipantState::Active } else { ParticipantState::Joined };
        let shown_to = (state == ParticipantState::Joined).then(FxHashSet::default);
        if state == ParticipantState::Joined {
            self.timers.expect_activation(id, now.instant + JOIN_TIMEOUT);
            self.timers.expect_showing(id, now.instant + SHOWN_AFTER);
        }
        self.active = true;
        self.timers.occupied();
        if join.facts.wants_grades {
            self.grading.want(now.instant);
        }
        self.gauge.want(join.facts.quality_every, now.instant);
        let path = self.chosen_path(&grant.identity, now.instant);
        self.roster.insert(Participant {
            id,
            peer,
            facts: join.facts,
            grant,
            client_data: join.client_data,
            state,
            shown_to,
            version: 0,
            created_ms: reserved_ms.unwrap_or(now.unix_ms),
            joined_ms: now.unix_ms,
            platform: join.platform,
            address: join.address,
            path,
            streams: Vec::new(),
            links: FxHashMap::default(),
            received: FxHashMap::default(),
            chosen: FxHashMap::default(),
            wishes: FxHashMap::default(),
            data_tracks: DataTracks::default(),
            waiting: Vec::new(),
            audience: None,
            kept_from: FxHashSet::default(),
        });
        id
    }

    /// An id that neither a participant nor a seat has.
    pub(super) fn unused_participant_id(&mut self) -> ParticipantId {
        loop {
            let id = ParticipantId::random(&mut self.random);
            if self.roster.get(id).is_none() && !self.seats.has(id) {
                return id;
            }
        }
    }

    /// The others hear of the newcomer before it hears of them (v2's order), where they hear of it at once.
    fn announce_newcomer(&mut self, id: ParticipantId) {
        self.announce(id, ParticipantChange::Joined, None, Audience::Others);
        self.recorder_joined(id);
    }

    fn answer_joined(&mut self, ask: Ask, id: ParticipantId) -> Result<Answered, Refusal> {
        let joining = self.roster.get(id).ok_or(Refusal::NotFound(NotFound::Participant))?;
        let (participant, path) = (joining.info(), joining.path);
        let room = self.snapshot_for(id);
        self.note_shown(id);
        let joined = Box::new(Joined { participant, path, room, refused: refused(self.config.profile).collect() });
        Ok(self.answer(ask, |request| RoomEvent::Joined { request, joined }))
    }
}

/// Refuses what is too long to keep.
pub(super) fn check_sizes(grant: &Grant, client_data: Option<&str>) -> Result<(), Refusal> {
    let attributes: usize = grant.attributes.iter().map(|(key, value)| key.len() + value.len()).sum();
    let fits = grant.identity.chars().count() <= IDENTITY_CHARS_MAX
        && grant.name.chars().count() <= IDENTITY_CHARS_MAX
        && grant.metadata.len() <= METADATA_BYTES_MAX
        && client_data.is_none_or(|data| data.len() <= METADATA_BYTES_MAX)
        && attributes <= ATTRIBUTES_BYTES_MAX;
    if fits { Ok(()) } else { Err(Refusal::LimitReached(LimitKind::Size)) }
}
