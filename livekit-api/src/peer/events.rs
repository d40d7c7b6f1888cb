//! What the room says, told in LiveKit's words.
use super::output::close;
use super::{GOODBYE_PATIENCE, HELD_RESPONSES_MAX, LiveKitPeer, MediaPath, Pending, Phase, ROOM_UPDATE_INTERVAL};
use crate::describe;
use crate::dialect::LiveKitDialect;
use crate::join::SignalVersion;
use crate::leave::{action, disconnect_reason};
use crate::sound;
use livekit_protocol as proto;
use proto::SubscriptionError;
use proto::leave_request::Action;
use proto::request_response::{Reason, Request as Echo};
use proto::signal_response::Message as Response;
use sfu_core::capability::{Feature, Refusal};
use sfu_core::id::{ParticipantId, RequestId, TrackId};
use sfu_core::room::{
    LeaveReason, Origin, ParticipantChange, ParticipantInfo, RoomEvent, Standing, StreamInfo, TransportRole,
    TransportState, UnpublishReason,
};
use sfu_core::sdp::{self, Description, MediaKind, Mid};
use sfu_core::time::Now;

impl LiveKitPeer {
    pub(super) fn on_event(&mut self, event: RoomEvent, now: Now) {
        match event {
            RoomEvent::Joined { joined, .. } => self.on_joined(*joined, now),
            RoomEvent::Refused { request, refusal } => self.on_refused(request, &refusal, now),
            RoomEvent::Done { request } => self.on_done(request),
            RoomEvent::Published { request, stream, tracks, .. } => self.on_published(request, &stream, &tracks),
            RoomEvent::Negotiated { request, description, tracks, .. } => {
                self.on_negotiated(request, description.map(|description| *description), &tracks);
            }
            RoomEvent::OfferMade { role, offer } => self.on_offer_made(role, &offer, now),
            RoomEvent::SectionsWanted { audio, video } => {
                let wanted = proto::MediaSectionsRequirement { num_audios: audio, num_videos: video };
                self.send(Response::MediaSectionsRequirement(wanted));
            }
            RoomEvent::Described { request, room } => {
                if let Some(Pending::Resume) = self.pending.remove(&request) {
                    self.on_resume_described(&room, now);
                }
            }
            RoomEvent::ParticipantChanged { participant, change, by } => {
                self.on_participant(*participant, change, by, now);
            }
            RoomEvent::RoomChanged { room } => {
                self.room = Some(*room);
                self.say_room();
            }
            RoomEvent::MutedByServer { track, muted } => self.order_mute(track, muted),
            RoomEvent::TrackSubscribed { track } => {
                if self.join.client.bears_track_subscribed() {
                    let track_sid = self.labels.track_sid(track, MediaKind::Video);
                    self.send(Response::TrackSubscribed(proto::TrackSubscribed { track_sid }));
                }
            }
            RoomEvent::SubscriptionAllowed { publisher, track, allowed } => {
                let participant_sid = crate::ids::participant_sid(publisher);
                let track_sid = self.labels.track_sid(track, MediaKind::Video);
                let update = proto::SubscriptionPermissionUpdate { participant_sid, track_sid, allowed };
                self.send(Response::SubscriptionPermissionUpdate(update));
            }
            RoomEvent::Graded { standings } => self.say_grades(&standings),
            RoomEvent::StreamPaused { publisher, track, paused } => self.say_stream_state(publisher, track, paused),
            RoomEvent::TransportChanged { role, state, .. } => self.on_transport(role, state, now),
            RoomEvent::ChannelMessage(message) => self.on_channel(&message, now),
            RoomEvent::Moved { destination } => self.on_moved(&destination, now),
            RoomEvent::DataReceived { from, text } => self.say_data(from, text),
            RoomEvent::DataTrackPublished { request, track } => self.on_data_track(request, &track, true),
            RoomEvent::DataTrackUnpublished { request, track } => self.on_data_track(request, &track, false),
            RoomEvent::DataTracksReceived { tracks } => self.say_data_tracks(tracks),
            RoomEvent::RpcAsked { call, rpc } => self.call_client(call, *rpc, now),
            RoomEvent::SpeakersChanged { speakers } => self.say_speakers(&speakers),
            RoomEvent::LayersWanted { track, codecs } => self.say_layers_wanted(track, &codecs),
            RoomEvent::Closed { reason, .. } => self.on_closed(reason),
            // Answers to commands of the other protocol and of APIs; v2's signals and levels are for v2 clients.
            RoomEvent::Reserved { .. }
            | RoomEvent::RpcAnswered { .. }
            | RoomEvent::Signalled { .. }
            | RoomEvent::QualityMeasured { .. } => {}
        }
    }

    fn on_refused(&mut self, request: RequestId, refusal: &Refusal, now: Now) {
        match self.pending.remove(&request) {
            Some(Pending::Join) => self.on_join_refused(refusal),
            Some(Pending::Leave) => self.finish(),
            Some(Pending::AddTrack(add)) => {
                self.own.settle(&add.cid);
                self.refuse(0, refusal, Some(Echo::AddTrack(*add)));
            }
            Some(Pending::Subscribe { sid }) => match refusal {
                Refusal::NotAllowed(_) => self.refuse(0, refusal, None),
                Refusal::NotFound(_) => self.subscription_failed(sid, SubscriptionError::SeTrackNotfound),
                Refusal::NotSupported(_) | Refusal::NotNow(_) | Refusal::LimitReached(_) | Refusal::Invalid { .. } => {
                    self.subscription_failed(sid, SubscriptionError::SeUnknown);
                }
            },
            Some(Pending::Echo { request_id, echo, .. }) => self.refuse(request_id, refusal, echo.map(|echo| *echo)),
            Some(Pending::Offer { .. } | Pending::Answer { .. }) => self.refuse(0, refusal, None),
            Some(Pending::DataTrack { echo }) => self.refuse_data_track(*echo, refusal),
            Some(Pending::Data { rpc }) => self.refuse_data(rpc.as_deref(), refusal, now),
            Some(Pending::Resume) => self.break_off(LeaveReason::StateMismatch),
            Some(Pending::Quiet) | None => {}
        }
    }

    /// Before protocol 11 a lost connection is a poor one.
    fn say_grades(&mut self, standings: &[(ParticipantId, Standing)]) {
        let knows_lost = self.join.client.knows_lost_quality();
        let updates = standings.iter().map(|(participant, standing)| proto::ConnectionQualityInfo {
            participant_sid: crate::ids::participant_sid(*participant),
            quality: describe::quality(standing.grade, knows_lost).into(),
            score: standing.opinion,
        });
        let updates = updates.collect();
        self.send(Response::ConnectionQuality(proto::ConnectionQualityUpdate { updates }));
    }

    /// The SDKs show a picture that does not come for want of bandwidth as such.
    fn say_stream_state(&mut self, publisher: ParticipantId, track: TrackId, paused: bool) {
        let state = if paused { proto::StreamState::Paused } else { proto::StreamState::Active };
        let info = proto::StreamStateInfo {
            participant_sid: crate::ids::participant_sid(publisher),
            track_sid: self.labels.track_sid(track, MediaKind::Video),
            state: state.into(),
        };
        self.send(Response::StreamStateUpdate(proto::StreamStateUpdate { stream_states: vec![info] }));
    }

    fn on_done(&mut self, request: RequestId) {
        match self.pending.remove(&request) {
            Some(Pending::Leave) => {
                self.close_socket(close::NORMAL, "");
                self.finish();
            }
            Some(Pending::Echo { request_id, echo, confirm: true }) => {
                self.respond(request_id, Reason::Ok, "", echo.map(|echo| *echo))
            }
            Some(Pending::Answer { offer }) => self.offers.close(offer),
            Some(
                Pending::Echo { .. }
                | Pending::Join
                | Pending::Offer { .. }
                | Pending::AddTrack(_)
                | Pending::Subscribe { .. }
                | Pending::Data { .. }
                | Pending::DataTrack { .. }
                | Pending::Resume
                | Pending::Quiet,
            )
            | None => {}
        }
    }

    fn on_published(&mut self, request: RequestId, stream: &StreamInfo, tracks: &[TrackId]) {
        let Some(Pending::AddTrack(add)) = self.pending.remove(&request) else { return };
        self.own.settle(&add.cid);
        let Some(me) = &mut self.me else { return };
        match me.streams.iter_mut().find(|own| own.id == stream.id) {
            Some(own) => own.clone_from(stream),
            None => me.streams.push(stream.clone()),
        }
        self.own.learn(me);
        self.labels.learn(me);
        let published = stream.tracks().filter(|track| tracks.contains(&track.id));
        let infos: Vec<_> = published.map(|track| describe::track(me, stream, track)).collect();
        for track in infos {
            let response = proto::TrackPublishedResponse { cid: add.cid.clone(), track: Some(track) };
            self.send(Response::TrackPublished(response));
        }
    }

    fn on_negotiated(&mut self, request: RequestId, description: Option<Description>, tracks: &[(Mid, TrackId)]) {
        match self.pending.remove(&request) {
            Some(Pending::Offer { id, sounds }) => {
                let Some(mut description) = description else { return };
                sound::into_answer(&mut description, &sounds);
                let answer = proto::SessionDescription {
                    r#type: "answer".to_owned(),
                    sdp: self.print(&description),
                    id,
                    mid_to_track_id: tracks
                        .iter()
                        .map(|(mid, track)| (mid.0.clone(), self.labels.track_sid(*track, MediaKind::Video)))
                        .collect(),
                };
                self.send(Response::Answer(answer));
            }
            Some(Pending::Answer { offer }) => self.offers.close(offer),
            Some(
                Pending::Join
                | Pending::Leave
                | Pending::AddTrack(_)
                | Pending::Subscribe { .. }
                | Pending::Echo { .. }
                | Pending::Data { .. }
                | Pending::DataTrack { .. }
                | Pending::Resume
                | Pending::Quiet,
            )
            | None => {}
        }
    }

    fn on_offer_made(&mut self, role: TransportRole, offer: &Description, now: Now) {
        if role == TransportRole::Subscriber {
            let sdp = self.print(offer);
            let offer = self.offers.make(sdp, now.instant);
            self.send(Response::Offer(offer));
            if !self.socket {
                self.offers.pause();
            }
        }
    }

    fn print(&self, description: &Description) -> String {
        let client = &self.join.client;
        let max_message_size = if self.config.supports(Feature::DataMessages) {
            crate::client::ORDINARY_MESSAGE_SIZE
        } else {
            client.refusing_message_size()
        };
        let named_streams = match self.join.version {
            SignalVersion::V0 => self.sync_streams && client.takes_stream_names(),
            SignalVersion::V1 => client.finds_tracks_by_mid(),
        };
        sdp::print(description, &LiveKitDialect { labels: &self.labels, named_streams, max_message_size })
    }

    fn on_participant(
        &mut self,
        participant: ParticipantInfo,
        change: ParticipantChange,
        by: Option<Origin>,
        now: Now,
    ) {
        if let ParticipantChange::Left { reason } = change {
            return self.on_left(&participant, reason, now);
        }
        self.labels.learn(&participant);
        let counted = self.presence.learn(&participant);
        let itself = self.me.as_ref().is_some_and(|me| me.id == participant.id);
        if itself {
            self.on_self(&participant, &change, by);
        }
        let update = describe::participant(&participant, &self.config);
        self.send(Response::Update(proto::ParticipantUpdate { participants: vec![update] }));
        match &change {
            ParticipantChange::TrackUnpublished { track, .. } => self.labels.forget_track(track.id),
            ParticipantChange::StreamUnpublished { stream, .. } => self.labels.forget_stream(participant.id, stream),
            ParticipantChange::Joined
            | ParticipantChange::Activated
            | ParticipantChange::StreamPublished(_)
            | ParticipantChange::TrackPublished { .. }
            | ParticipantChange::StreamChanged { .. }
            | ParticipantChange::TrackDetailed { .. }
            | ParticipantChange::Described
            | ParticipantChange::Permitted
            | ParticipantChange::DataTracks
            | ParticipantChange::Left { .. } => {}
        }
        if itself {
            let old = self.me.replace(participant);
            let token_differs = |old: &ParticipantInfo, new: &ParticipantInfo| {
                (&old.permissions, &old.name, &old.metadata, &old.attributes, &old.face_data)
                    != (&new.permissions, &new.name, &new.metadata, &new.attributes, &new.face_data)
            };
            if old.is_some_and(|old| self.me.as_ref().is_some_and(|new| token_differs(&old, new))) {
                self.refresh_token(now);
            }
        }
        if counted {
            self.count_soon(now);
        }
    }

    fn on_left(&mut self, participant: &ParticipantInfo, reason: LeaveReason, now: Now) {
        self.labels.forget(participant);
        self.presence.forget(participant.id);
        let left = describe::participant_left(participant, reason, &self.config);
        if self.socket {
            self.send(Response::Update(proto::ParticipantUpdate { participants: vec![left] }));
        } else if self.gone.len() < HELD_RESPONSES_MAX {
            self.gone.push(left);
        }
        self.count_soon(now);
    }

    /// The client's own change: orders go before the update, or it would take the update's word for an error of ours.
    fn on_self(&mut self, me: &ParticipantInfo, change: &ParticipantChange, by: Option<Origin>) {
        self.own.learn(me);
        match change {
            ParticipantChange::StreamChanged { stream, .. } if by.is_some() => {
                let tracks: Vec<_> = me.streams.iter().filter(|own| own.id == *stream).collect();
                let mutes: Vec<_> =
                    tracks.iter().flat_map(|s| s.tracks()).map(|track| (track.id, track.muted)).collect();
                for (track, muted) in mutes {
                    self.order_mute(track, muted);
                }
            }
            ParticipantChange::TrackUnpublished { track, reason, .. } => self.order_unpublish(track.id, *reason),
            ParticipantChange::StreamUnpublished { stream, reason } => {
                for track in stream.tracks() {
                    self.order_unpublish(track.id, *reason);
                }
            }
            ParticipantChange::Joined
            | ParticipantChange::Activated
            | ParticipantChange::StreamPublished(_)
            | ParticipantChange::TrackPublished { .. }
            | ParticipantChange::StreamChanged { .. }
            | ParticipantChange::TrackDetailed { .. }
            | ParticipantChange::Described
            | ParticipantChange::Permitted
            | ParticipantChange::DataTracks
            | ParticipantChange::Left { .. } => {}
        }
    }

    fn order_mute(&mut self, track: TrackId, muted: bool) {
        if self.own.set_muted(track, muted) {
            let sid = self.labels.track_sid(track, MediaKind::Video);
            self.send(Response::Mute(proto::MuteTrackRequest { sid, muted }));
        }
    }

    fn order_unpublish(&mut self, track: TrackId, reason: UnpublishReason) {
        if reason == UnpublishReason::ByPublisher {
            return;
        }
        self.own.withdraw(track);
        self.tell_withdrawn(self.labels.track_sid(track, MediaKind::Video));
    }

    /// The client no longer publishes a track, whatever it believes.
    pub(crate) fn tell_withdrawn(&mut self, sid: String) {
        if self.join.client.knows_track_unpublished() {
            self.send(Response::TrackUnpublished(proto::TrackUnpublishedResponse { track_sid: sid }));
        } else {
            self.send(Response::Mute(proto::MuteTrackRequest { sid, muted: true }));
        }
    }

    /// A Transport that is gone for good is made anew only by a new join; one whose path is dead needs ICE to start anew,
    /// which a resume does. Before protocol 13 the closed socket says so.
    fn on_transport(&mut self, role: TransportRole, state: TransportState, now: Now) {
        match role {
            TransportRole::Publisher | TransportRole::Subscriber | TransportRole::Single => {}
            TransportRole::Up(_) | TransportRole::Down(_) => return,
        }
        match state {
            TransportState::Connected => self.media = MediaPath::Up,
            TransportState::Disconnected => {
                self.media = MediaPath::Lost;
                if self.phase != Phase::Joined {
                    return;
                }
                if !self.socket {
                    return self.wait_for_socket(now);
                }
                if self.join.client.knows_leave_action() {
                    self.say_leave(proto::DisconnectReason::ConnectionTimeout, Action::Resume);
                }
                self.drop_socket(close::NORMAL, "", now);
            }
            TransportState::Closed if self.socket => {
                let until = self.goodbye_until.or_else(|| now.instant.checked_add(GOODBYE_PATIENCE));
                self.goodbye_until = until;
            }
            TransportState::Closed | TransportState::Failed => {
                let reason = if self.socket { LeaveReason::MediaFailed } else { LeaveReason::SignalLost };
                self.break_off(reason);
            }
        }
    }

    fn on_closed(&mut self, reason: LeaveReason) {
        if self.phase == Phase::Joined || self.phase == Phase::Joining {
            self.say_leave(disconnect_reason(reason), action(reason));
        }
        self.close_socket(close::NORMAL, "");
        self.finish();
    }

    /// The room's own facts, with the counts as they are.
    pub(super) fn say_room(&mut self) {
        self.room_update_at = None;
        let Some(room) = &self.room else { return };
        let room = describe::room(room, self.presence.counts(), &self.config);
        self.send(Response::RoomUpdate(proto::RoomUpdate { room: Some(room) }));
    }

    fn count_soon(&mut self, now: Now) {
        if self.room_update_at.is_none() {
            self.room_update_at = Some(now.instant + ROOM_UPDATE_INTERVAL);
        }
    }
}
