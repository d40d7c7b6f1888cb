//! Entering the room: the join, the join response, and the token that the client comes back with.
use super::output::close;
use super::{LiveKitPeer, Pending, Phase, REFRESH_INTERVAL};
use crate::config::{SERVER_PROTOCOL, SERVER_VERSION};
use crate::describe;
use crate::grant;
use crate::ids;
use crate::join::SignalVersion;
use crate::leave::action;
use crate::{room_wishes, token, turn};
use livekit_protocol as proto;
use proto::DisconnectReason;
use proto::leave_request::Action;
use proto::signal_request::Message as Request;
use proto::signal_response::Message as Response;
use sfu_core::capability::{Feature, Refusal};
use sfu_core::id::ParticipantId;
use sfu_core::room::{
    ClientFacts, Credential, Join, Joined, LeaveReason, Path, RoomCommand, RoomSettings, RoomSnapshot, Topology,
};
use sfu_core::signal::PeerOutput;
use sfu_core::time::Now;
use std::time::Duration;

/// Seconds between two pings of the client, and until it gives the server up (livekit.md §2.3).
const PING_INTERVAL_S: i32 = 5;
const PING_TIMEOUT_S: i32 = 15;
/// First protocol that knows `SpeakersChanged` (livekit.md §2.9).
const SPEAKERS_CHANGED_PROTOCOL: i32 = 3;
/// First protocol in which the subscriber PeerConnection decides whether a client is connected.
const SUBSCRIBER_PRIMARY_PROTOCOL: i32 = 3;

/// How long the answer to the offer in a join waits for clients that do not bear it at once: longer than one needs between
/// two statements on a busy machine, shorter than anybody notices.
const LATE_OFFER_AFTER: Duration = Duration::from_millis(100);

impl LiveKitPeer {
    /// Takes up the offer that came with the join, where it is time.
    pub(super) fn take_late_offer(&mut self, now: Now) {
        let late = self.late_offer.take_if(|(_, due)| *due <= now.instant);
        if let Some((offer, _)) = late.filter(|_| self.phase == Phase::Joined) {
            crate::signal::handle(self, Request::Offer(offer), now);
        }
    }

    /// Asks the room to let the client in.
    pub(super) fn ask_to_join(&mut self, address: &str) {
        let may_create =
            self.join.may_create(&self.config) && room_wishes::of_token(&self.join.claims, &self.config.room).is_ok();
        let join = Join {
            create: may_create.then(|| Box::new(self.room_settings())),
            credential: Credential::Granted(Box::new(grant::grant(&self.join, &self.config))),
            client_data: None,
            name: None,
            facts: self.facts(),
            address: address.to_owned(),
            platform: self.join.client.platform(),
        };
        self.request(RoomCommand::Join(Box::new(join)), Pending::Join);
    }

    /// The settings of the room where this join makes it: the token's over the configuration's.
    fn room_settings(&self) -> RoomSettings {
        let wanted = room_wishes::of_token(&self.join.claims, &self.config.room).unwrap_or_default();
        describe::settings_from_config(&self.config.room, &wanted)
    }

    fn facts(&self) -> ClientFacts {
        let (topology, channels) = match self.join.version {
            SignalVersion::V0 => {
                let mut channels = vec![("_reliable", true, None), ("_lossy", false, Some(0))];
                if self.config.supports(Feature::DataMessages) {
                    channels.push(("_data_track", false, Some(0)));
                }
                (Topology::PublisherSubscriber, channels)
            }
            SignalVersion::V1 => (Topology::Single, Vec::new()),
        };
        let settings = self.join.request.connection_settings.as_ref();
        ClientFacts {
            protocol: describe::PROTOCOL,
            topology,
            auto_subscribe: self.join.auto_subscribe,
            channels,
            one_element: false,
            // A client that does not say so shows `StreamStateUpdate`: all of them do.
            may_pause_video: settings.and_then(|settings| settings.subscriber_allow_pause).unwrap_or(true),
            takes_signals: false,
            takes_data: true,
            auto_subscribe_data: settings.and_then(|settings| settings.auto_subscribe_data_track).unwrap_or(false),
            takes_speakers: self.join.client.protocol() >= SPEAKERS_CHANGED_PROTOCOL,
            takes_layer_orders: true,
            active_at_join: false,
            may_move: self.join.client.knows_room_moved(),
            quality_every: None,
            wants_grades: self.join.client.knows_connection_quality(),
            reuses_lines: self.join.client.reuses_lines(),
        }
    }

    /// The room has let the client in.
    pub(super) fn on_joined(&mut self, joined: Joined, now: Now) {
        if !self.socket {
            // It has gone before it could learn who it is: nobody can come back to this.
            self.phase = Phase::Joined;
            return self.leave_room(LeaveReason::SignalLost, Action::Disconnect);
        }
        self.phase = Phase::Joined;
        self.presence.learn(&joined.participant);
        self.labels.learn(&joined.participant);
        for other in &joined.room.participants {
            self.presence.learn(other);
            self.labels.learn(other);
        }
        self.own.learn(&joined.participant);
        self.path = joined.path;
        let sid = ids::participant_sid(joined.participant.id);
        self.out.push_back(PeerOutput::Resumable(self.resume_key(&sid)));
        self.send_join_response(&joined, now);
        self.sync_streams = joined.room.settings.sync_streams;
        self.room = Some(RoomSnapshot { participants: Vec::new(), ..joined.room });
        self.me = Some(joined.participant);
        for request in std::mem::take(&mut self.join.request.add_track_requests) {
            crate::signal::handle(self, Request::AddTrack(request), now);
        }
        self.refresh_token(now);
        match self.join.request.publisher_offer.take() {
            Some(offer) if self.join.client.is_late_with_its_offer() => {
                self.late_offer = now.instant.checked_add(LATE_OFFER_AFTER).map(|due| (offer, due));
            }
            Some(offer) => crate::signal::handle(self, Request::Offer(offer), now),
            None => {}
        }
        while self.phase == Phase::Joined
            && let Some(request) = self.early.pop_front()
        {
            crate::signal::handle(self, request, now);
        }
    }

    /// The room does not let the client in: the first message is a leave, its text the close reason.
    pub(super) fn on_join_refused(&mut self, refusal: &Refusal) {
        tracing::info!(room = %self.join.room, %refusal, "join refused");
        self.say_leave(DisconnectReason::JoinFailure, action(LeaveReason::JoinTimeout));
        self.close_socket(close::POLICY, &refusal.to_string());
        self.finish();
    }

    fn send_join_response(&mut self, joined: &Joined, now: Now) {
        let config = &self.config;
        let permissions = &joined.participant.permissions;
        let subscriber_primary = match self.join.version {
            SignalVersion::V0 => self.join.client.protocol() >= SUBSCRIBER_PRIMARY_PROTOCOL && permissions.subscribe,
            SignalVersion::V1 => false,
        };
        let room = describe::room(&joined.room, self.presence.counts(), config);
        let response = proto::JoinResponse {
            // Marks server-made frames in encrypted rooms; any bytes that the room's members share will do.
            sif_trailer: room.sid.clone().into_bytes(),
            room: Some(room),
            participant: Some(describe::participant(&joined.participant, config)),
            other_participants: joined.room.participants.iter().map(|p| describe::participant(p, config)).collect(),
            server_version: SERVER_VERSION.to_owned(),
            ice_servers: self.ice_servers(joined.participant.id, now),
            subscriber_primary,
            server_region: config.region.clone(),
            ping_timeout: PING_TIMEOUT_S,
            ping_interval: PING_INTERVAL_S,
            server_info: Some(self.server_info()),
            enabled_publish_codecs: describe::publish_codecs(&joined.room.settings, config),
            fast_publish: permissions.publish,
            client_configuration: self.client_configuration(),
            ..proto::JoinResponse::default()
        };
        self.send(Response::Join(response));
    }

    pub(super) fn ice_servers(&self, id: ParticipantId, now: Now) -> Vec<proto::IceServer> {
        turn::for_participant(&self.config.ice_servers, &ids::participant_sid(id), now.unix_ms / 1000)
    }

    /// What the client is told to do otherwise than by itself: use its relays alone.
    pub(super) fn client_configuration(&self) -> Option<proto::ClientConfiguration> {
        (self.path == Path::Relay).then(|| proto::ClientConfiguration {
            force_relay: proto::ClientConfigSetting::Enabled.into(),
            ..proto::ClientConfiguration::default()
        })
    }

    pub(super) fn server_info(&self) -> proto::ServerInfo {
        proto::ServerInfo {
            edition: proto::server_info::Edition::Standard.into(),
            version: SERVER_VERSION.to_owned(),
            protocol: SERVER_PROTOCOL,
            region: self.config.region.clone(),
            node_id: self.config.node_id.clone(),
            debug_info: format!(
                "profile={} unsupported={}",
                self.config.profile,
                grant::unsupported(&self.join, &self.config)
            ),
            agent_protocol: 1,
        }
    }

    /// The client is sent to another room: the token that it is given opens that one, and the leave that follows makes it
    /// join there. Who is there it learns by its join.
    pub(super) fn on_moved(&mut self, destination: &RoomSnapshot, now: Now) {
        let Some(me) = &self.me else { return };
        let mut claims = grant::refreshed_claims(&self.join.claims, me, now.unix_ms / 1000);
        let mut video = claims.grant();
        video.room.clone_from(&destination.name);
        claims.video = Some(video);
        (claims.room_config, claims.room_preset) = (None, String::new());
        let token = match token::sign(&claims, &self.config.keys) {
            Ok(token) => token,
            Err(error) => return tracing::warn!(%error, "a client cannot be given a token for another room"),
        };
        let counts = describe::Counts::of(&destination.participants);
        let moved = proto::RoomMovedResponse {
            room: Some(describe::room(destination, counts, &self.config)),
            token,
            participant: Some(describe::participant(me, &self.config)),
            other_participants: Vec::new(),
        };
        self.send(Response::RoomMoved(moved));
    }

    /// Sends a fresh token that says what the participant is and may now.
    pub(super) fn refresh_token(&mut self, now: Now) {
        let Some(me) = &self.me else { return };
        self.refresh_at = Some(now.instant + REFRESH_INTERVAL);
        let claims = grant::refreshed_claims(&self.join.claims, me, now.unix_ms / 1000);
        match token::sign(&claims, &self.config.keys) {
            Ok(token) => self.send(Response::RefreshToken(token)),
            // The key was taken out of the configuration: the client keeps the token that it has.
            Err(error) => tracing::warn!(%error, "no fresh token for a client"),
        }
    }
}
