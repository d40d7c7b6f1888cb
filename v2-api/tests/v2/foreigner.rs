//! A participant of another protocol on the stage: publishes track by track, takes no signals.
use crate::stage::Stage;
use sfu_core::id::PeerId;
use sfu_core::room::{
    BackupPolicy, ClientFacts, Credential, Grant, Join, Origin, ParticipantKind, Permissions, ProtocolName, Publish,
    RoomCommand, RoomEvent, StreamSpec, Topology, TrackSource, TrackSpec,
};
use sfu_core::sdp::MediaKind;
use std::collections::BTreeMap;

/// What the other protocol keeps with its streams: JSON too, and none of v2's.
const FACE_DATA: &str = r#"{"other":"stream","audioActive":"yes","typeOfVideo":7}"#;

/// A participant of another protocol.
pub struct Foreigner {
    pub peer: PeerId,
    pub room: String,
}

impl Stage {
    /// Somebody of another protocol joins.
    pub fn foreign_join(&self, room: &str, name: &str, metadata: &str) -> Foreigner {
        let mut world = self.world();
        let peer = world.new_peer_id();
        world.foreigners.insert(peer, Vec::new());
        let grant = Grant {
            id: None,
            identity: format!("id-{name}"),
            name: name.into(),
            metadata: metadata.into(),
            attributes: BTreeMap::new(),
            permissions: Permissions::publisher(),
            kind: ParticipantKind::Standard,
            caps: sfu_core::room::BitrateCaps::default(),
            face_data: FACE_DATA.to_owned(),
        };
        let join = Join {
            create: None,
            credential: Credential::Granted(Box::new(grant)),
            client_data: None,
            name: None,
            facts: ClientFacts {
                protocol: ProtocolName("other"),
                topology: Topology::PublisherSubscriber,
                auto_subscribe: true,
                channels: Vec::new(),
                one_element: false,
                may_pause_video: true,
                takes_signals: false,
                takes_data: false,
                auto_subscribe_data: false,
                takes_speakers: false,
                takes_layer_orders: false,
                active_at_join: true,
                may_move: false,
                quality_every: None,
                wants_grades: false,
                reuses_lines: true,
            },
            address: String::new(),
            platform: String::new(),
        };
        world.command(Origin::Peer(peer), room, RoomCommand::Join(Box::new(join)));
        let joined = world.foreigners[&peer].iter().any(|event| matches!(event, RoomEvent::Joined { .. }));
        assert!(joined, "it joined");
        Foreigner { peer, room: room.into() }
    }

    /// Somebody of another protocol asks something.
    pub fn foreign_ask(&self, foreigner: &Foreigner, command: RoomCommand) {
        self.world().command(Origin::Peer(foreigner.peer), &foreigner.room, command);
    }

    /// It publishes one track; the track's id.
    pub fn foreign_publish(&self, foreigner: &Foreigner, source: TrackSource) -> sfu_core::id::TrackId {
        let kind = match source {
            TrackSource::Microphone | TrackSource::ScreenShareAudio => MediaKind::Audio,
            _ => MediaKind::Video,
        };
        let (width, height) = if kind == MediaKind::Video { (1280, 720) } else { (0, 0) };
        let track = TrackSpec {
            kind,
            source,
            client_id: format!("{source:?}"),
            name: String::new(),
            muted: false,
            width,
            height,
            layers: Vec::new(),
            codecs: Vec::new(),
            backup_policy: BackupPolicy::default(),
            face_data: br#"{"other":"track"}"#.to_vec(),
        };
        let stream = StreamSpec {
            source: source.stream_source(),
            has_audio: true,
            has_video: true,
            face_data: FACE_DATA.to_owned(),
        };
        let publish = Publish { stream, tracks: vec![track], offer: None, loopback: false };
        self.foreign_ask(foreigner, RoomCommand::Publish(Box::new(publish)));
        let world = self.world();
        let published = world.foreigners[&foreigner.peer].iter().rev().find_map(|event| match event {
            RoomEvent::Published { tracks, .. } => tracks.first().copied(),
            _ => None,
        });
        published.expect("it published")
    }

    /// Everything that somebody of another protocol was told.
    pub fn foreign_events(&self, foreigner: &Foreigner) -> Vec<RoomEvent> {
        self.world().foreigners.get_mut(&foreigner.peer).map(std::mem::take).unwrap_or_default()
    }
}
