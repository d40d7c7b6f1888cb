//! [`Room`]: the state machine itself. Takes commands, media events and time; gives [`RoomOutput`]s.
//!
//! Here is the one gate (capability, then permission) and the way from a command to its handler; the handlers stand
//! in the files of their nouns (`join.rs`, `leave.rs`, `publish.rs`, `subscribe.rs` …) as further `impl Room` blocks.
use super::answer::{Answered, Ask};
use super::chronicle::Chronicle;
use super::command::{CommandEnvelope, Origin, RoomCommand};
use super::data::Post;
use super::dynacast::Dynacast;
use super::effect::Effect;
use super::entry::Reservation;
use super::event::{RoomEvent, RoomOutput};
use super::grading::Grading;
use super::lifecycle::Timers;
use super::path::Paths;
use super::permission::{self, Asker};
use super::pipes::Pipes;
use super::quality::Gauge;
use super::roster::Roster;
use super::rpc::Calls;
use super::seat::Seats;
use super::speakers::Speakers;
use super::traffic::Metering;
use super::{RoomSettings, TransportRole};
use crate::capability::{NotFound, NotNow, Profile, Refusal, require};
use crate::id::{ParticipantId, ProducerId, RoomId, TrackId, TransportId, WorkerId};
use crate::media::{AudioLevelConfig, MediaCommand, WorkerFacts};
use crate::random::Random;
use crate::time::Now;
use rustc_hash::FxHashMap;
use std::collections::{BTreeSet, VecDeque};
use std::time::{Duration, Instant};

/// What the server fixes for each of its rooms.
#[derive(Clone, Debug)]
pub struct RoomConfig {
    /// The engine profile in force.
    pub profile: Profile,
    /// The media workers; of equally loaded ones the one to use first at the front.
    pub workers: Vec<WorkerFacts>,
    /// Consumers of one room on its main worker from which on newcomers are given to another worker.
    pub consumers_per_worker: usize,
    /// How what only the profile `full` has is done.
    pub native: NativeConfig,
}

/// How the features of the profile `full` are done.
#[derive(Clone, Copy, Debug)]
pub struct NativeConfig {
    /// Who counts as speaking.
    pub levels: AudioLevelConfig,
    /// How long a layer that nobody wants any more goes on being sent.
    pub dynacast_pause_delay: Duration,
    /// A room of fewer participants goes over to a track's second codec as a whole where its publisher leaves that open;
    /// 0: a room of any size.
    pub codec_regression_threshold: usize,
}

impl Default for NativeConfig {
    fn default() -> Self {
        Self {
            levels: AudioLevelConfig::default(),
            dynacast_pause_delay: Duration::from_secs(5),
            codec_regression_threshold: 5,
        }
    }
}

/// A room as the store remembers it across a restart of the server.
#[derive(Clone, Debug)]
pub struct StoredRoom {
    /// Its id.
    pub id: RoomId,
    /// Its name.
    pub name: String,
    /// When it was made, ms since 1970.
    pub created_ms: u64,
    /// Its settings.
    pub settings: RoomSettings,
    /// Seats not yet taken, with the grants' ids filled in.
    pub reservations: Vec<Reservation>,
}

/// A meeting.
pub struct Room {
    pub(super) id: RoomId,
    pub(super) name: String,
    pub(super) created_ms: u64,
    pub(super) settings: RoomSettings,
    pub(super) config: RoomConfig,
    pub(super) random: Random,
    /// Somebody has joined.
    pub(super) active: bool,
    pub(super) ended: bool,
    pub(super) roster: Roster,
    pub(super) seats: Seats,
    pub(super) timers: Timers,
    /// Whose Transport is which.
    pub(super) transports: FxHashMap<TransportId, (ParticipantId, TransportRole)>,
    /// Whose track comes in as which Producer.
    pub(super) producers: FxHashMap<ProducerId, (ParticipantId, TrackId)>,
    /// Whose common Transport has something to negotiate.
    pub(super) unsettled: BTreeSet<ParticipantId>,
    /// Its main worker, with which it stands and falls; `None` before its first participant.
    pub(super) worker: Option<WorkerId>,
    /// How loaded the workers are, by number.
    pub(super) loads: Vec<usize>,
    /// What crosses from one worker to another.
    pub(super) pipes: Pipes,
    /// How good the publishers' paths are.
    pub(super) gauge: Gauge,
    /// Data messages that may have to be sent once more.
    pub(super) post: Post,
    /// Who receives which data tracks may have changed.
    pub(super) data_tracks_changed: bool,
    /// Calls that wait for a client's answer.
    pub(super) calls: Calls,
    /// Who speaks.
    pub(super) speakers: Speakers,
    /// Which layers are wanted.
    pub(super) dynacast: Dynacast,
    /// The time of the input that is being handled.
    pub(super) moment: Instant,
    /// How good the participants' connections are.
    pub(super) grading: Grading,
    /// What flows.
    pub(super) metering: Metering,
    /// By which kind of path identities chose to come.
    pub(super) paths: Paths,
    /// Where a record of the room is kept.
    pub(super) chronicle: Option<Chronicle>,
    outputs: VecDeque<RoomOutput>,
}

/// Whom a change of a participant is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Audience {
    /// All but the participant itself.
    Others,
    /// The others, then the participant itself.
    Everyone,
}

impl Room {
    /// Makes a room; the first output is [`Effect::RoomMade`].
    pub fn new(
        id: RoomId,
        name: String,
        settings: RoomSettings,
        by_api: bool,
        config: RoomConfig,
        random: Random,
        now: Now,
    ) -> Self {
        let stored = StoredRoom { id, name, created_ms: now.unix_ms, settings, reservations: Vec::new() };
        let mut room = Self::restore(stored, config, random, now);
        let (name, settings) = (room.name.clone(), Box::new(room.settings.clone()));
        room.effect(Effect::RoomMade { room: id, name, settings, created_ms: now.unix_ms, by_api });
        room
    }

    /// A room from the store: nobody is in it and it is not active; its age counts from `now`.
    pub fn restore(stored: StoredRoom, config: RoomConfig, mut random: Random, now: Now) -> Self {
        let mut seats = Seats::default();
        for mut reservation in stored.reservations {
            let id = reservation.grant.id.unwrap_or_else(|| ParticipantId::random(&mut random));
            reservation.grant.id = Some(id);
            seats.insert(id, reservation);
        }
        Self {
            id: stored.id,
            name: stored.name,
            created_ms: stored.created_ms,
            timers: Timers::new(&stored.settings.lifecycle, now.instant),
            settings: stored.settings,
            config,
            random,
            active: false,
            ended: false,
            roster: Roster::default(),
            seats,
            transports: FxHashMap::default(),
            producers: FxHashMap::default(),
            unsettled: BTreeSet::new(),
            worker: None,
            loads: Vec::new(),
            pipes: Pipes::default(),
            gauge: Gauge::default(),
            post: Post::default(),
            data_tracks_changed: false,
            calls: Calls::default(),
            speakers: Speakers::default(),
            dynacast: Dynacast::default(),
            moment: now.instant,
            grading: Grading::default(),
            metering: Metering::default(),
            paths: Paths::default(),
            chronicle: None,
            outputs: VecDeque::new(),
        }
    }

    /// The id of this life of the room.
    pub fn id(&self) -> RoomId {
        self.id
    }

    /// The room's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Replaces what is known of the workers (one was started anew). Transports that stand are not touched.
    pub fn set_workers(&mut self, workers: Vec<WorkerFacts>) {
        self.config.workers = workers;
    }

    /// Takes a command.
    pub fn handle_command(&mut self, envelope: CommandEnvelope, now: Now) {
        let CommandEnvelope { origin, request, command } = envelope;
        self.open_page(now, matches!(origin, Origin::Api(_)));
        match self.gate(origin, &command).and_then(|()| self.dispatch(Ask { origin, request }, command, now)) {
            Ok(Answered { .. }) => {}
            Err(refusal) => self.tell(origin, RoomEvent::Refused { request, refusal }),
        }
        self.settle();
    }

    /// The next thing to do, or `None` when all is done.
    pub fn poll(&mut self) -> Option<RoomOutput> {
        self.outputs.pop_front()
    }

    /// The one gate: capability first, then permission.
    fn gate(&self, origin: Origin, command: &RoomCommand) -> Result<(), Refusal> {
        if self.ended {
            return Err(Refusal::NotNow(NotNow::RoomClosing));
        }
        if let Some(feature) = command.feature() {
            require(self.config.profile, feature)?;
        }
        let asker = match origin {
            Origin::Api(_) => Asker::Api,
            Origin::Peer(peer) => match self.roster.id_of_peer(peer).and_then(|id| self.roster.get(id)) {
                Some(participant) => Asker::Participant(participant.id, &participant.grant.permissions),
                None if matches!(command, RoomCommand::Join(_)) => Asker::Stranger,
                None => return Err(Refusal::NotFound(NotFound::Participant)),
            },
        };
        permission::check(command, asker)
    }

    fn dispatch(&mut self, ask: Ask, command: RoomCommand, now: Now) -> Result<Answered, Refusal> {
        match command {
            RoomCommand::Join(join) => self.join(ask, *join, now),
            RoomCommand::Leave { reason } => self.leave(ask, reason, now),
            RoomCommand::Remove { participant, reason } => self.remove_by_force(ask, participant, reason, now),
            RoomCommand::SendAway { participant, destination } => self.send_away(ask, participant, destination, now),
            RoomCommand::Close { reason } => self.close(ask, reason, now),
            RoomCommand::Reserve(reservation) => self.reserve(ask, *reservation),
            RoomCommand::CancelReservation(seat) => self.cancel_reservation(ask, seat),
            RoomCommand::UpdateRoom(update) => self.update_room(ask, *update),
            RoomCommand::Describe => self.describe(ask),
            RoomCommand::UpdateParticipant { participant, update } => self.update(ask, participant, *update, now),
            RoomCommand::Publish(publish) => self.publish(ask, *publish, now),
            RoomCommand::AddCodec { track, codec, client_id, layers } => {
                self.add_codec(ask, (track, codec), client_id, layers, now)
            }
            RoomCommand::Unpublish(target) => self.unpublish(ask, target),
            RoomCommand::ForceUnpublish { participant, target } => self.force_unpublish(ask, participant, target),
            RoomCommand::Negotiate { role, description, renew } => self.negotiate(ask, role, &description, renew, now),
            RoomCommand::RestartIce { role } => self.restart_ice(ask, role),
            RoomCommand::SwitchPath(path) => self.switch_path(ask, path, now),
            RoomCommand::CapReceiving(bitrate_bps) => self.cap_receiving(ask, bitrate_bps),
            RoomCommand::AddCandidate { .. } => Ok(self.done(ask)),
            RoomCommand::ChangeStream { stream, change } => self.change_stream(ask, stream, change),
            RoomCommand::SetMuted { participant, track, muted } => self.set_muted(ask, participant, track, muted),
            RoomCommand::Subscribe(subscribe) => self.subscribe(ask, *subscribe, now),
            RoomCommand::Unsubscribe(target) => self.unsubscribe(ask, target, now),
            RoomCommand::SetSubscribed { participant, tracks, subscribed } => {
                self.set_subscribed(ask, participant, &tracks, subscribed, now)
            }
            RoomCommand::TuneSubscription { tracks, wishes } => self.tune(ask, &tracks, wishes),
            RoomCommand::Admit(admissions) => self.set_audience(ask, admissions, now),
            RoomCommand::Signal(signal) => self.signal(ask, signal),
            RoomCommand::SendData(message) => self.send_data(ask, *message, now),
            RoomCommand::ReplayData { received } => self.replay_data(ask, &received, now),
            RoomCommand::PublishDataTrack { handle, name, face_data } => {
                self.publish_data_track(ask, handle, name, face_data)
            }
            RoomCommand::UnpublishDataTrack { handle } => self.unpublish_data_track(ask, handle),
            RoomCommand::SubscribeData { tracks } => self.subscribe_data(ask, &tracks),
            RoomCommand::SendFrame { handle, handle_at, label, frame } => {
                self.send_frame(ask, handle, handle_at, &label, &frame)
            }
            RoomCommand::PerformRpc(call) => self.perform_rpc(ask, *call),
            RoomCommand::AnswerRpc { call, outcome } => self.answer_rpc(ask, call, outcome),
            RoomCommand::SimulateSpeaking { lasting } => self.simulate_speaking(ask, lasting, now),
            RoomCommand::SendChannel { role, label, binary, payload } => {
                self.send_channel(ask, role, label, binary, payload)
            }
        }
    }

    /// The participant behind a command that only participants may give.
    pub(super) fn sender(&self, ask: &Ask) -> Result<ParticipantId, Refusal> {
        match ask.origin {
            Origin::Peer(peer) => self.roster.id_of_peer(peer),
            Origin::Api(_) => None,
        }
        .ok_or(Refusal::NotFound(NotFound::Participant))
    }

    /// Says something to somebody.
    pub(super) fn tell(&mut self, to: Origin, event: RoomEvent) {
        self.outputs.push_back(RoomOutput::Event { to, event });
    }

    /// Says something to a participant.
    pub(super) fn tell_participant(&mut self, id: ParticipantId, event: RoomEvent) {
        if let Some(participant) = self.roster.get(id) {
            self.tell(Origin::Peer(participant.peer), event);
        }
    }

    /// Tells a worker something, and nobody else.
    pub(super) fn push_media(&mut self, worker: WorkerId, command: MediaCommand) {
        self.outputs.push_back(RoomOutput::Media { worker, command });
    }

    /// Wants something done outside.
    pub(super) fn effect(&mut self, effect: Effect) {
        self.outputs.push_back(RoomOutput::Effect(effect));
    }

    /// The last output.
    pub(super) fn push_end(&mut self) {
        self.outputs.push_back(RoomOutput::Ended);
    }

    /// When [`Room::handle_timeout`] wants to be called.
    pub fn deadline(&self) -> Option<Instant> {
        let due = [self.timers.next(), self.gauge.due(), self.grading.due(), self.speakers.due(), self.dynacast.due()];
        due.into_iter().flatten().min().filter(|_| !self.ended)
    }
}
