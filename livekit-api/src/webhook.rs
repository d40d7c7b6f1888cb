//! LiveKit's events for backends: what is sent to a webhook, and the signature that goes with it (livekit.md §5).
//!
//! [`events`] turns a room's record into them; [`crashed`] writes the ends of what was live when a server broke down.
//! Both are pure: delivery and the database are the gateway's.
use crate::config::{Keys, LiveKitConfig};
use crate::token::{Claims, TokenError, sign};
use crate::{describe, ids, leave};
use base64::Engine;
use livekit_protocol as proto;
use proto::RoomEndReason;
use proto::participant_info::State;
use sfu_core::room::{Happening, LeaveReason, ParticipantInfo, ParticipantState, RoomRecord, StreamInfo, TrackInfo};
use sfu_core::time::Now;

/// The events that LiveKit can send, as filters name them. Those of egress, ingress and agents' jobs never come: these
/// services are not built.
pub const EVENT_NAMES: &[&str] = &[
    "room_started",
    "room_finished",
    "participant_joined",
    "participant_left",
    "participant_connection_aborted",
    "track_published",
    "track_unpublished",
    "egress_started",
    "egress_updated",
    "egress_ended",
    "ingress_started",
    "ingress_ended",
    "agent_job_started",
    "agent_job_ended",
];

/// The content type of the body: one of its own, so that nobody reads it before the signature is checked.
pub const CONTENT_TYPE: &str = "application/webhook+json";

/// How long a signature is good, seconds.
const SIGNATURE_VALID_S: u64 = 300;

/// How the lives of this face are told from another one's.
const LIFE: &str = "livekit";

/// Which life an event begins or ends; the name is unique in its room.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Life {
    /// None.
    None,
    /// This one begins.
    Begins(String),
    /// This one ends.
    Ends(String),
}

/// An event.
#[derive(Clone, PartialEq, Debug)]
pub struct LiveKitEvent {
    /// Its name.
    pub name: &'static str,
    /// Which life it begins or ends.
    pub life: Life,
    event: proto::WebhookEvent,
}

impl LiveKitEvent {
    fn new(name: &'static str, life: Life, at_ms: u64, event: proto::WebhookEvent) -> Self {
        let created_at = i64::try_from(at_ms / 1000).unwrap_or(i64::MAX);
        Self { name, life, event: proto::WebhookEvent { event: name.to_owned(), created_at, ..event } }
    }

    /// The body of a webhook: the event as protobuf's JSON, with the id under which receivers see it.
    pub fn body(&self, id: &str) -> String {
        written(&proto::WebhookEvent { id: id.to_owned(), ..self.event.clone() })
    }

    /// What is kept of it, to write its end should the server break down.
    pub fn fields(&self) -> String {
        written(&self.event)
    }
}

/// Its enums all have names here, so it can always be written.
fn written(event: &proto::WebhookEvent) -> String {
    serde_json::to_string(event).unwrap_or_else(|_| "{}".to_owned())
}

/// The events of one record.
pub fn events(record: &RoomRecord, config: &LiveKitConfig, full_room: bool) -> Vec<LiveKitEvent> {
    let event = |name, life, event| vec![LiveKitEvent::new(name, life, record.at_ms, event)];
    match &record.happening {
        Happening::RoomMade => {
            let body = proto::WebhookEvent { room: Some(whole_room(record, config)), ..Default::default() };
            event("room_started", Life::Begins(LIFE.to_owned()), body)
        }
        Happening::RoomEnded { reason, .. } => {
            let body = proto::WebhookEvent {
                room: Some(whole_room(record, config)),
                room_end_reason: end_reason(*reason).into(),
                ..Default::default()
            };
            event("room_finished", Life::Ends(LIFE.to_owned()), body)
        }
        Happening::ParticipantJoined(participant) if participant.state == ParticipantState::Active => {
            event("participant_joined", Life::Begins(life_of(participant)), about(record, participant, config))
        }
        Happening::ParticipantActivated(participant) => {
            event("participant_joined", Life::Begins(life_of(participant)), about(record, participant, config))
        }
        Happening::ParticipantLeft { participant, reason } => {
            let info = describe::participant_left(participant, *reason, config);
            let body = proto::WebhookEvent { participant: Some(info), ..about(record, participant, config) };
            if participant.state == ParticipantState::Active {
                event("participant_left", Life::Ends(life_of(participant)), body)
            } else {
                event("participant_connection_aborted", Life::None, body)
            }
        }
        Happening::TrackPublished { publisher, stream, track } => {
            let life = Life::Begins(life_of_track(track));
            event("track_published", life, about_track(record, publisher, stream, track, config, full_room))
        }
        Happening::TrackUnpublished { publisher, stream, track } => {
            let life = Life::Ends(life_of_track(track));
            event("track_unpublished", life, about_track(record, publisher, stream, track, config, full_room))
        }
        // A client that has joined without media is told of when it is active; streams and their ways are v2's.
        Happening::ParticipantJoined(_)
        | Happening::StreamPublished { .. }
        | Happening::StreamUnpublished { .. }
        | Happening::StreamReceived { .. }
        | Happening::ReceptionEnded { .. }
        | Happening::Signalled { .. } => Vec::new(),
    }
}

fn life_of(participant: &ParticipantInfo) -> String {
    format!("{LIFE} {}", ids::participant_sid(participant.id))
}

fn life_of_track(track: &TrackInfo) -> String {
    format!("{LIFE} {}", ids::track_sid(track.id, track.spec.kind, track.spec.source))
}

fn slim_room(record: &RoomRecord) -> proto::Room {
    proto::Room { sid: ids::room_sid(record.room), name: record.name.clone(), ..Default::default() }
}

fn whole_room(record: &RoomRecord, config: &LiveKitConfig) -> proto::Room {
    record.facts.as_ref().map_or_else(
        || slim_room(record),
        |facts| {
            let counts = describe::Counts { participants: facts.participants, publishers: facts.publishers };
            describe::room_of(record.room, &record.name, record.created_ms, &facts.settings, counts, config)
        },
    )
}

fn about(record: &RoomRecord, participant: &ParticipantInfo, config: &LiveKitConfig) -> proto::WebhookEvent {
    proto::WebhookEvent {
        room: Some(whole_room(record, config)),
        participant: Some(describe::participant(participant, config)),
        ..Default::default()
    }
}

fn about_track(
    record: &RoomRecord,
    publisher: &ParticipantInfo,
    stream: &StreamInfo,
    track: &TrackInfo,
    config: &LiveKitConfig,
    full_room: bool,
) -> proto::WebhookEvent {
    let participant = proto::ParticipantInfo {
        sid: ids::participant_sid(publisher.id),
        identity: publisher.identity.clone(),
        ..Default::default()
    };
    proto::WebhookEvent {
        room: Some(if full_room { whole_room(record, config) } else { slim_room(record) }),
        participant: Some(participant),
        track: Some(describe::track(publisher, stream, track)),
        ..Default::default()
    }
}

const fn end_reason(reason: LeaveReason) -> RoomEndReason {
    match reason {
        LeaveReason::RoomClosedByApi => RoomEndReason::RoomEndApiDelete,
        LeaveReason::RoomEmpty => RoomEndReason::RoomEndIdleTimeout,
        LeaveReason::ServerShutdown => RoomEndReason::RoomEndServerShutdown,
        LeaveReason::ByClient
        | LeaveReason::Unavailable
        | LeaveReason::Rejected
        | LeaveReason::AgentFailed
        | LeaveReason::SignalLost
        | LeaveReason::MediaFailed
        | LeaveReason::JoinTimeout
        | LeaveReason::ForcedByUser
        | LeaveReason::ForcedByServer
        | LeaveReason::DuplicateIdentity
        | LeaveReason::StateMismatch
        | LeaveReason::Moved
        | LeaveReason::ServerFailure => RoomEndReason::RoomEndUnknown,
    }
}

/// The ends of one room's open lives, at this time (ms since 1970): tracks, then participants, then, where `room_too`,
/// the room itself; each with the room's name. `open` are (life, fields) of each beginning, oldest first; those of another
/// face are passed over.
pub fn crashed(open: &[(String, String)], room_too: bool, at_ms: u64) -> Vec<(LiveKitEvent, String)> {
    let own = open.iter().filter(|(life, _)| life == LIFE || life.starts_with("livekit "));
    let begun: Vec<(&String, proto::WebhookEvent)> =
        own.filter_map(|(life, fields)| Some((life, serde_json::from_str(fields).ok()?))).collect();
    let of = |name: &'static str, end: &'static str| {
        let begun = begun.iter().filter(move |(_, event)| event.event == name);
        begun.map(move |(life, event)| ended(end, (*life).clone(), event.clone(), at_ms)).collect::<Vec<_>>()
    };
    let mut ends = of("track_published", "track_unpublished");
    ends.extend(of("participant_joined", "participant_left"));
    if room_too {
        ends.extend(of("room_started", "room_finished"));
    }
    ends
}

fn ended(name: &'static str, life: String, mut event: proto::WebhookEvent, at_ms: u64) -> (LiveKitEvent, String) {
    if let Some(participant) = event.participant.as_mut().filter(|_| name == "participant_left") {
        participant.state = State::Disconnected.into();
        participant.disconnect_reason = leave::disconnect_reason(LeaveReason::ServerFailure).into();
    }
    let room = event.room.as_ref().map(|room| room.name.clone()).unwrap_or_default();
    (LiveKitEvent::new(name, Life::Ends(life), at_ms, event), room)
}

/// The `Authorization` header of a webhook: a token of this API key that holds the hash of the body.
pub fn authorization(body: &str, api_key: &str, keys: &Keys, now: Now) -> Result<String, TokenError> {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, body.as_bytes());
    let now_s = now.unix_ms / 1000;
    let claims = Claims {
        iss: api_key.to_owned(),
        nbf: Some(now_s),
        exp: Some(now_s + SIGNATURE_VALID_S),
        sha256: base64::engine::general_purpose::STANDARD.encode(digest.as_ref()),
        ..Claims::default()
    };
    sign(&claims, keys)
}
