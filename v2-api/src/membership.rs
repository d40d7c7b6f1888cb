//! What a client that has joined knows of its session: itself, the others, what it publishes and receives.
use crate::connection::{ConnectionProperties, Role, Unseen};
use crate::ids::{ConnectionRef, RECORDER, SPEECH_TO_TEXT, owner_text, parse_stream_id};
use crate::presence::{connection_of, stream_name, stream_of, stream_on};
use crate::refusal::code;
use crate::wire::RpcError;
use sfu_core::id::ParticipantId;
use sfu_core::room::{Joined, ParticipantInfo, StreamInfo, StreamKey};
use std::collections::{BTreeMap, BTreeSet};

/// A client's place in a session.
pub(crate) struct Membership {
    /// The room's name.
    pub(crate) room: String,
    /// Itself, as it was told last.
    pub(crate) own: ParticipantInfo,
    /// Its connection id on the wire.
    pub(crate) own_name: String,
    /// What it publishes.
    pub(crate) published: Option<StreamInfo>,
    /// The others.
    pub(crate) others: BTreeMap<ParticipantId, ParticipantInfo>,
    /// Streams for which an offer of ours waits for the client's answer.
    pub(crate) prepared: BTreeSet<StreamKey>,
    /// What it receives, by the connection it comes from.
    pub(crate) received: BTreeMap<ConnectionRef, StreamKey>,
    /// What the client was last told of the publishers' paths, 0 to 5.
    pub(crate) quality_levels: BTreeMap<ParticipantId, u8>,
    /// It understands `forciblyReconnectSubscriber`: it names its SDK's version.
    pub(crate) takes_offers: bool,
    properties: Option<ConnectionProperties>,
}

impl Membership {
    /// The place of a client that has just joined.
    pub(crate) fn new(room: String, joined: Joined, takes_offers: bool) -> Self {
        let own = joined.participant;
        let properties = ConnectionProperties::read(&own.face_data);
        let own_name = match properties.as_ref().and_then(|own| own.by_secret) {
            Some(Unseen::Recorder) => RECORDER.to_owned(),
            Some(Unseen::SpeechToText) => SPEECH_TO_TEXT.to_owned(),
            Some(Unseen::Visible) | None => ConnectionRef::main(own.id).to_string(),
        };
        Self {
            room,
            own_name,
            published: None,
            others: joined.room.participants.into_iter().map(|other| (other.id, other)).collect(),
            prepared: BTreeSet::new(),
            received: BTreeMap::new(),
            quality_levels: BTreeMap::new(),
            takes_offers,
            own,
            properties,
        }
    }

    /// What v2 alone knows of its connection.
    pub(crate) fn properties(&self) -> Option<&ConnectionProperties> {
        self.properties.as_ref()
    }

    /// Its role, as the token had it; later changes of permissions change it.
    pub(crate) fn role(&self) -> Role {
        let told = self.properties.as_ref().filter(|own| own.by_secret.is_some()).map(|own| own.role);
        told.unwrap_or_else(|| Role::of(&self.own.permissions))
    }

    /// Whether its streams are recorded.
    pub(crate) fn record(&self) -> bool {
        self.properties.as_ref().is_none_or(|own| own.record)
    }

    /// It is now so.
    pub(crate) fn set_own(&mut self, own: ParticipantInfo) {
        self.published = own.streams.first().cloned();
        self.properties = ConnectionProperties::read(&own.face_data);
        self.own = own;
    }

    /// May publish.
    pub(crate) fn may_publish(&self) -> bool {
        self.own.permissions.publish
    }

    /// May force others.
    pub(crate) fn may_moderate(&self) -> bool {
        self.own.permissions.moderate
    }

    /// The name on the wire of a stream of its own.
    pub(crate) fn published_name(&self) -> Option<String> {
        self.published.as_ref().map(|stream| stream_name(&self.own, stream))
    }

    /// The participant behind a connection id, itself included; companions lead to their person.
    pub(crate) fn person(&self, connection: &str) -> Option<ParticipantId> {
        if connection == self.own_name {
            return Some(self.own.id);
        }
        let at = ConnectionRef::parse(connection)?;
        self.connection(at).map(|participant| participant.id)
    }

    /// The other participant that has this connection.
    pub(crate) fn connection(&self, at: ConnectionRef) -> Option<&ParticipantInfo> {
        if at == ConnectionRef::main(self.own.id) {
            return Some(&self.own);
        }
        let participant = self.others.get(&at.participant)?;
        let there = at == ConnectionRef::main(at.participant) || stream_on(participant, at).is_some();
        there.then_some(participant)
    }

    /// The stream of somebody else that a request names, with its connection and name: 105 where its owner has no such
    /// stream or is the client itself, 102 where there is no such owner.
    pub(crate) fn foreign_stream(&self, stream: &str) -> Result<(StreamKey, ConnectionRef), RpcError> {
        let owner = owner_text(stream).ok_or_else(|| RpcError::other(format!("'{stream}' names no connection")))?;
        let not_streaming =
            || RpcError::new(code::NOT_STREAMING, format!("Connection '{owner}' does not publish stream '{stream}'."));
        if owner == self.own_name {
            return Err(RpcError::new(code::NOT_STREAMING, "A client does not subscribe to its own stream."));
        }
        let at = ConnectionRef::parse(owner).filter(|at| self.others.contains_key(&at.participant));
        let at = at.ok_or_else(|| {
            RpcError::new(code::USER_NOT_FOUND, format!("Connection '{owner}' is not in session '{}'.", self.room))
        })?;
        let participant = self.others.get(&at.participant).ok_or_else(not_streaming)?;
        let (id, _) = parse_stream_id(stream).ok_or_else(not_streaming)?;
        let published = stream_of(participant, id).filter(|stream| connection_of(participant, stream) == at);
        published.ok_or_else(not_streaming)?;
        Ok((StreamKey { participant: at.participant, stream: id }, at))
    }

    /// Whose stream a request names, whether its own or another's.
    pub(crate) fn owner_of(&self, stream: &str) -> Option<StreamKey> {
        if let Some(own) = self.published.as_ref().filter(|_| self.published_name().as_deref() == Some(stream)) {
            return Some(StreamKey { participant: self.own.id, stream: own.id });
        }
        self.foreign_stream(stream).ok().map(|(key, _)| key)
    }

    /// The name on the wire of a stream.
    pub(crate) fn name_of(&self, key: StreamKey) -> String {
        let owner = if key.participant == self.own.id { Some(&self.own) } else { self.others.get(&key.participant) };
        let named = owner.and_then(|owner| stream_of(owner, key.stream).map(|stream| stream_name(owner, stream)));
        named.or_else(|| self.published_name()).unwrap_or_default()
    }

    /// Forgets what was received of a stream that is gone.
    pub(crate) fn forget_stream(&mut self, key: StreamKey) {
        self.prepared.remove(&key);
        self.received.retain(|_, other| *other != key);
    }

    /// Forgets a participant that is gone.
    pub(crate) fn forget(&mut self, participant: ParticipantId) {
        self.others.remove(&participant);
        self.quality_levels.remove(&participant);
        self.prepared.retain(|key| key.participant != participant);
        self.received.retain(|_, key| key.participant != participant);
    }
}
