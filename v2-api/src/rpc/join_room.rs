//! `joinRoom`: enters a session by a token, or by the server's secret as administrator, recorder or transcriber.
use super::{Context, Outcome, Params, Reply, Step, Waiting};
use crate::PROTOCOL;
use crate::auth::is_secret;
use crate::config::V2Config;
use crate::connection::{ConnectionProperties, IceServer, Role, Unseen};
use crate::ids::{ConnectionRef, RECORDER, SPEECH_TO_TEXT, hexadecimal};
use crate::membership::Membership;
use crate::presence::{display_name, listed, metadata};
use crate::refusal::{code, to_rpc};
use crate::token::{percent_decoded, token_of};
use crate::turn::credentials;
use crate::wire::{Request, RpcError};
use serde_json::{Value, json};
use sfu_core::capability::{LimitKind, NotFound, Refusal};
use sfu_core::id::ParticipantId;
use sfu_core::random::Random;
use sfu_core::room::{
    BitrateCaps, ClientFacts, Credential, Grant, Join, Joined, ParticipantKind, Permissions, RoomCommand, RoomEvent,
    Topology,
};
use std::collections::BTreeMap;
use std::time::Duration;

/// A join that waits for the room.
pub(crate) struct Joining {
    /// The room's name.
    pub(crate) room: String,
    token: String,
    sdk_version: Option<String>,
    unseen: Option<Unseen>,
    /// The TURN server's host for this client.
    turn_host: Option<String>,
    now_ms: u64,
}

/// Begins a join.
pub(crate) fn start(request: &Request, address: &str, context: &mut Context<'_>) -> Result<Step, RpcError> {
    let params = Params::new(request);
    let token = params.text("token")?;
    let room = params.text("session")?;
    let secret = params.text("secret")?;
    let platform = params.text("platform")?;
    let client_data = params.text("metadata")?;
    let sdk_version = params.optional_text("sdkVersion")?;
    if sdk_version.as_deref().is_some_and(|version| !is_version(version)) {
        return Err(params.wrong("sdkVersion", "a version"));
    }
    let unseen = match (params.optional_flag("recorder")?, params.optional_flag("stt")?) {
        (Some(true), _) => Unseen::Recorder,
        (_, Some(true)) => Unseen::SpeechToText,
        (_, _) => Unseen::Visible,
    };
    let by_secret = is_secret(&secret, &context.config.secret);
    let credential = if by_secret {
        Credential::Granted(Box::new(insecure_grant(unseen, context.random)))
    } else {
        Credential::Token(token_of(&token).to_owned())
    };
    let room = if room.contains('%') { percent_decoded(&room) } else { room };
    let join = Join {
        create: None,
        credential,
        name: display_name(&client_data),
        client_data: Some(client_data),
        facts: facts(context.config.network_quality),
        address: address.to_owned(),
        platform,
    };
    let unseen = by_secret.then_some(unseen);
    let turn_host = context.config.turn.as_ref().map(|turn| turn.host_for(context.origin).to_owned());
    let joining = Joining { room, token, sdk_version, unseen, turn_host, now_ms: context.now.unix_ms };
    Ok(Step::Ask(RoomCommand::Join(Box::new(join)), Waiting::Join(Box::new(joining))))
}

/// The reply to the room's answer.
pub(super) fn finish(
    joining: Joining,
    answer: RoomEvent,
    config: &V2Config,
    random: &mut Random,
) -> Result<Outcome, RpcError> {
    if let RoomEvent::Refused { refusal, .. } = &answer {
        return Err(refused(&joining, refusal));
    }
    if let RoomEvent::Joined { joined, .. } = answer {
        let reply = reply(&joining, &joined, config, random);
        let takes_offers = joining.sdk_version.is_some();
        return Ok(Outcome::Joined(Box::new(Membership::new(joining.room, *joined, takes_offers)), reply));
    }
    tracing::error!(event = ?answer, "a room answered Join with something else");
    Err(RpcError::new(code::GENERIC, "The server made a mistake."))
}

fn refused(joining: &Joining, refusal: &Refusal) -> RpcError {
    let session = &joining.room;
    let (code, message) = if *refusal == Refusal::NotFound(NotFound::Room) {
        (code::ROOM_NOT_FOUND, format!("Unable to join session. Session {session} cannot be found."))
    } else if *refusal == Refusal::NotFound(NotFound::Token) {
        (code::UNAUTHORIZED, format!("Unable to join session {session}. Token {} is not valid.", joining.token))
    } else if *refusal == Refusal::LimitReached(LimitKind::Size) {
        (code::METADATA, refusal.to_string())
    } else if *refusal == Refusal::LimitReached(LimitKind::Participants) {
        (code::ROOM, refusal.to_string())
    } else {
        return to_rpc(refusal);
    };
    RpcError::new(code, message)
}

/// What the room must know of v2's SDKs: each stream has a Transport of its own, and one element plays both halves.
fn facts(quality_every: Option<Duration>) -> ClientFacts {
    ClientFacts {
        protocol: PROTOCOL,
        topology: Topology::PerStream,
        auto_subscribe: false,
        channels: Vec::new(),
        one_element: true,
        may_pause_video: false,
        takes_signals: true,
        takes_data: false,
        auto_subscribe_data: false,
        takes_speakers: false,
        takes_layer_orders: false,
        active_at_join: true,
        may_move: false,
        quality_every,
        wants_grades: false,
        reuses_lines: true,
    }
}

/// What the server's secret grants: to see and to force, not to publish; recorder and transcriber stay unseen.
fn insecure_grant(unseen: Unseen, random: &mut Random) -> Grant {
    let id = ParticipantId::random(random);
    let identity = match unseen {
        Unseen::Visible => ConnectionRef::main(id).to_string(),
        Unseen::Recorder => RECORDER.to_owned(),
        Unseen::SpeechToText => SPEECH_TO_TEXT.to_owned(),
    };
    let kind = match unseen {
        Unseen::Visible => ParticipantKind::Standard,
        Unseen::Recorder => ParticipantKind::Egress,
        Unseen::SpeechToText => ParticipantKind::Agent,
    };
    let properties = ConnectionProperties {
        role: Role::Subscriber,
        record: false,
        kurento_options: None,
        ice_servers: Vec::new(),
        token: None,
        by_secret: Some(unseen),
    };
    let permissions =
        Permissions { publish: false, moderate: true, hidden: unseen != Unseen::Visible, ..Permissions::publisher() };
    Grant {
        id: Some(id),
        identity,
        name: String::new(),
        metadata: String::new(),
        attributes: BTreeMap::new(),
        permissions,
        kind,
        caps: BitrateCaps::default(),
        face_data: properties.write(),
    }
}

fn reply(joining: &Joining, joined: &Joined, config: &V2Config, random: &mut Random) -> Reply {
    let own = &joined.participant;
    let properties = ConnectionProperties::read(&own.face_data);
    let role = properties.as_ref().map_or(Role::of(&own.permissions), |own| own.role);
    let id = match joining.unseen {
        Some(Unseen::Recorder) => RECORDER.to_owned(),
        Some(Unseen::SpeechToText) => SPEECH_TO_TEXT.to_owned(),
        Some(Unseen::Visible) | None => ConnectionRef::main(own.id).to_string(),
    };
    let mut reply = Reply::new();
    let mut put = |key: &str, value: Value| {
        reply.insert(key.to_owned(), value);
    };
    put("id", json!(id));
    if !own.permissions.hidden {
        put("finalUserId", json!(hexadecimal(random, 16)));
    }
    put("createdAt", json!(own.joined_ms));
    put("metadata", json!(metadata(own)));
    put("value", joined.room.participants.iter().flat_map(listed).collect());
    put("session", json!(joining.room));
    // The client's own version: SDKs complain of any other on their console, and nothing else is done with it.
    put("version", json!(joining.sdk_version.as_ref().unwrap_or(&config.version)));
    // SDKs from 2.21 on, which name their version, then take the server's offers and publish simulcast.
    put("mediaServer", json!(if joining.sdk_version.is_some() { "mediasoup" } else { "kurento" }));
    put("videoSimulcast", json!(config.streams.simulcast));
    if joining.unseen.is_none() {
        put("record", json!(properties.as_ref().is_none_or(|own| own.record)));
    }
    put("role", json!(role.name()));
    put_ice(&mut put, properties.map(|own| own.ice_servers).unwrap_or_default(), joining, config, random);
    reply
}

/// The ICE servers in all the forms that SDKs read. Without a TURN server `null`, which every SDK takes for none: 2.17 to
/// 2.20 would make an invalid address of an empty text.
fn put_ice(
    put: &mut impl FnMut(&str, Value),
    own: Vec<IceServer>,
    joining: &Joining,
    config: &V2Config,
    random: &mut Random,
) {
    let (Some(turn), Some(host)) = (&config.turn, &joining.turn_host) else {
        for key in ["coturnIp", "coturnPort", "turnUsername", "turnCredential"] {
            put(key, Value::Null);
        }
        put("customIceServers", json!(own));
        return;
    };
    let made = credentials(&turn.secret, joining.now_ms, random);
    put("coturnIp", json!(host));
    put("coturnPort", json!(turn.port));
    put("turnUsername", json!(made.username));
    put("turnCredential", json!(made.credential));
    let servers = match own.is_empty() {
        true => {
            let tls = turn.tls_port.map(|port| format!("turns:{host}:{port}?transport=tcp"));
            let urls = std::iter::once(format!("turn:{host}:{}", turn.port)).chain(tls);
            urls.map(|url| IceServer::with(url, made.clone())).collect()
        }
        false => own,
    };
    put("customIceServers", json!(servers));
}

/// `major.minor.patch` with an optional `-suffix` or `+build`.
fn is_version(text: &str) -> bool {
    let core = text.split(['-', '+']).next().unwrap_or_default();
    let parts: Vec<_> = core.split('.').collect();
    let number = |part: &&str| !part.is_empty() && part.len() <= 9 && part.bytes().all(|byte| byte.is_ascii_digit());
    text.len() <= 64 && parts.len() == 3 && parts.iter().all(number)
}
