//! Who is in the room: the record of one participant, and all of them in the order in which they joined.
//!
//! Knows nothing of what a command means; `join.rs` and `leave.rs` decide who is in here.
use super::audience::Audience;
use super::command::SubscriptionWishes;
use super::data_tracks::DataTracks;
use super::link::Link;
use super::participant::{Grant, ParticipantInfo, ParticipantState};
use super::path::Path;
use super::publication::{Stream, Track};
use super::subscription::Reception;
use super::{ClientFacts, StreamKey, Topology, TransportRole};
use crate::id::{ParticipantId, PeerId, StreamId, TrackId};
use crate::sdp::MediaKind;
use rustc_hash::{FxHashMap, FxHashSet};

/// A participant as the room keeps it.
pub(super) struct Participant {
    pub(super) id: ParticipantId,
    pub(super) peer: PeerId,
    pub(super) facts: ClientFacts,
    pub(super) grant: Grant,
    pub(super) client_data: Option<String>,
    pub(super) state: ParticipantState,
    /// Who has been told of it while the others are not yet; `None`: everybody has.
    pub(super) shown_to: Option<FxHashSet<ParticipantId>>,
    pub(super) version: u32,
    pub(super) created_ms: u64,
    pub(super) joined_ms: u64,
    pub(super) platform: String,
    pub(super) address: String,
    /// By which it is to reach the workers.
    pub(super) path: Path,
    pub(super) streams: Vec<Stream>,
    pub(super) links: FxHashMap<TransportRole, Link>,
    pub(super) received: FxHashMap<StreamKey, Reception>,
    /// What was asked for track by track: subscribed (true) or not.
    pub(super) chosen: FxHashMap<TrackId, bool>,
    pub(super) wishes: FxHashMap<TrackId, SubscriptionWishes>,
    pub(super) data_tracks: DataTracks,
    /// Reliable data messages (label, binary, payload) that wait for its common receiving Transport.
    pub(super) waiting: Vec<(String, bool, Vec<u8>)>,
    /// Whom it lets subscribe to its tracks; `None`: everybody.
    pub(super) audience: Option<Audience>,
    /// Tracks that it was told it may not have.
    pub(super) kept_from: FxHashSet<TrackId>,
}

impl Participant {
    /// What others see of it.
    pub(super) fn info(&self) -> ParticipantInfo {
        ParticipantInfo {
            face_data: self.grant.face_data.clone(),
            streams: self.streams.iter().map(Stream::info).collect(),
            subscriptions: self.subscribed_streams(),
            data_tracks: self.data_tracks.published.clone(),
            ..self.card()
        }
    }

    /// What a record says of it: without what it publishes and receives, and without what may hold secrets.
    pub(super) fn card(&self) -> ParticipantInfo {
        ParticipantInfo {
            id: self.id,
            identity: self.grant.identity.clone(),
            name: self.grant.name.clone(),
            client_data: self.client_data.clone(),
            metadata: self.grant.metadata.clone(),
            attributes: self.grant.attributes.clone(),
            kind: self.grant.kind,
            permissions: self.grant.permissions.clone(),
            state: self.state,
            version: self.version,
            created_ms: self.created_ms,
            joined_ms: self.joined_ms,
            platform: self.platform.clone(),
            address: self.address.clone(),
            protocol: self.facts.protocol,
            face_data: String::new(),
            streams: Vec::new(),
            subscriptions: Vec::new(),
            data_tracks: Vec::new(),
        }
    }

    /// The streams that it receives, with the time of the subscription, oldest first.
    fn subscribed_streams(&self) -> Vec<(StreamKey, u64)> {
        let mut streams: Vec<_> = self.received.iter().map(|(key, reception)| (*key, reception.since_ms)).collect();
        streams.sort_unstable_by_key(|(key, since)| (*since, *key));
        streams
    }

    /// The stream of this label.
    pub(super) fn stream(&self, id: StreamId) -> Option<&Stream> {
        self.streams.iter().find(|stream| stream.id == id)
    }

    /// The stream of this label.
    pub(super) fn stream_mut(&mut self, id: StreamId) -> Option<&mut Stream> {
        self.streams.iter_mut().find(|stream| stream.id == id)
    }

    /// Where a track of its is.
    pub(super) fn find_track(&self, id: TrackId) -> Option<(StreamId, MediaKind)> {
        self.streams.iter().find_map(|stream| stream.kind_of(id).map(|kind| (stream.id, kind)))
    }

    /// The published track at this place.
    pub(super) fn track_mut(&mut self, stream: StreamId, kind: MediaKind) -> Option<&mut Track> {
        self.stream_mut(stream)?.half_mut(kind).as_mut()
    }

    /// The Transport on which it receives everything, unless it negotiates stream by stream.
    pub(super) const fn common_downlink(&self) -> Option<TransportRole> {
        match self.facts.topology {
            Topology::PerStream => None,
            Topology::PublisherSubscriber => Some(TransportRole::Subscriber),
            Topology::Single => Some(TransportRole::Single),
        }
    }

    /// The Transport on which it publishes everything, unless it negotiates stream by stream.
    pub(super) const fn common_uplink(&self) -> Option<TransportRole> {
        match self.facts.topology {
            Topology::PerStream => None,
            Topology::PublisherSubscriber => Some(TransportRole::Publisher),
            Topology::Single => Some(TransportRole::Single),
        }
    }

    /// True where the others are told of it.
    pub(super) fn is_visible(&self) -> bool {
        !self.grant.permissions.hidden
    }
}

/// All participants.
#[derive(Default)]
pub(super) struct Roster {
    by_id: FxHashMap<ParticipantId, Participant>,
    by_peer: FxHashMap<PeerId, ParticipantId>,
    order: Vec<ParticipantId>,
}

impl Roster {
    pub(super) fn insert(&mut self, participant: Participant) {
        self.by_peer.insert(participant.peer, participant.id);
        self.order.push(participant.id);
        self.by_id.insert(participant.id, participant);
    }

    pub(super) fn remove(&mut self, id: ParticipantId) -> Option<Participant> {
        let participant = self.by_id.remove(&id)?;
        self.by_peer.remove(&participant.peer);
        self.order.retain(|other| *other != id);
        Some(participant)
    }

    pub(super) fn get(&self, id: ParticipantId) -> Option<&Participant> {
        self.by_id.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: ParticipantId) -> Option<&mut Participant> {
        self.by_id.get_mut(&id)
    }

    pub(super) fn id_of_peer(&self, peer: PeerId) -> Option<ParticipantId> {
        self.by_peer.get(&peer).copied()
    }

    /// The participant of this identity; empty identities are nobody's.
    pub(super) fn id_of_identity(&self, identity: &str) -> Option<ParticipantId> {
        self.iter().find(|participant| !identity.is_empty() && participant.grant.identity == identity).map(|p| p.id)
    }

    /// In the order in which they joined.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Participant> {
        self.order.iter().filter_map(|id| self.by_id.get(id))
    }

    /// Their ids, in the order in which they joined.
    pub(super) fn ids(&self) -> Vec<ParticipantId> {
        self.order.clone()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.order.is_empty()
    }
}
