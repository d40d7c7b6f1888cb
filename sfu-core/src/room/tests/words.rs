//! The settings, facts and commands that stories are made of.
use crate::room::*;
use crate::sdp::{Description, MediaKind};
use std::collections::BTreeMap;
use std::time::Duration;

pub fn v2_lifecycle() -> Lifecycle {
    Lifecycle::WithLast { check_interval: Duration::from_secs(900), never_joined: Duration::from_secs(3600) }
}

pub fn livekit_lifecycle() -> Lifecycle {
    Lifecycle::Timeouts { empty: Duration::from_secs(300), departure: Duration::from_secs(20) }
}

pub fn settings(lifecycle: Lifecycle) -> RoomSettings {
    RoomSettings {
        lifecycle,
        max_participants: 0,
        metadata: String::new(),
        forced_video_codec: None,
        codecs: Vec::new(),
        sync_streams: false,
        face_data: String::new(),
        made_by: ProtocolName("test"),
    }
}

pub fn facts(topology: Topology) -> ClientFacts {
    let v2 = topology == Topology::PerStream;
    ClientFacts {
        protocol: ProtocolName(if v2 { "v2" } else { "livekit" }),
        topology,
        auto_subscribe: !v2,
        channels: if topology == Topology::PublisherSubscriber { vec![("_reliable", true, None)] } else { Vec::new() },
        one_element: v2,
        may_pause_video: !v2,
        takes_signals: v2,
        takes_data: !v2,
        auto_subscribe_data: !v2,
        takes_speakers: !v2,
        takes_layer_orders: !v2,
        active_at_join: v2,
        may_move: !v2,
        quality_every: None,
        wants_grades: false,
        reuses_lines: true,
    }
}

pub fn grant(identity: &str) -> Grant {
    Grant {
        id: None,
        identity: identity.to_owned(),
        name: String::new(),
        metadata: String::new(),
        attributes: BTreeMap::new(),
        permissions: Permissions::publisher(),
        kind: ParticipantKind::Standard,
        caps: crate::room::BitrateCaps::default(),
        face_data: String::new(),
    }
}

pub fn join_with(credential: Credential, facts: ClientFacts) -> RoomCommand {
    RoomCommand::Join(Box::new(Join {
        create: None,
        credential,
        client_data: None,
        name: None,
        facts,
        address: String::new(),
        platform: String::new(),
    }))
}

/// One stream of camera and microphone as a v2 client publishes it.
pub fn v2_publish(offer: Box<Description>) -> RoomCommand {
    let track = |kind, source| track_spec(kind, source, "");
    RoomCommand::Publish(Box::new(Publish {
        stream: stream_spec(StreamSource::Camera),
        tracks: vec![track(MediaKind::Audio, TrackSource::Microphone), track(MediaKind::Video, TrackSource::Camera)],
        offer: Some(offer),
        loopback: false,
    }))
}

pub fn stream_spec(source: StreamSource) -> StreamSpec {
    StreamSpec { source, has_audio: true, has_video: true, face_data: String::new() }
}

pub fn track_spec(kind: MediaKind, source: TrackSource, client_id: &str) -> TrackSpec {
    TrackSpec {
        kind,
        source,
        client_id: client_id.to_owned(),
        name: String::new(),
        muted: false,
        width: 0,
        height: 0,
        layers: Vec::new(),
        codecs: Vec::new(),
        backup_policy: BackupPolicy::default(),
        face_data: Vec::new(),
    }
}

/// One track as a LiveKit client announces it.
pub fn announce(kind: MediaKind, source: TrackSource, client_id: &str) -> RoomCommand {
    RoomCommand::Publish(Box::new(Publish {
        stream: stream_spec(source.stream_source()),
        tracks: vec![track_spec(kind, source, client_id)],
        offer: None,
        loopback: false,
    }))
}

pub fn negotiate(role: TransportRole, description: Box<Description>) -> RoomCommand {
    RoomCommand::Negotiate { role, description, renew: false }
}

pub fn subscribe(key: StreamKey, via: SubscribeVia) -> RoomCommand {
    RoomCommand::Subscribe(Box::new(Subscribe { target: SubscriptionTarget::Stream(key), via }))
}
