//! The second codec of a picture, for those who do not take its first: asked of the publisher, received, and chosen.
//!
//! A publisher announces both codecs and sends the first. Who negotiates without it has a claim on the second, which
//! `dynacast.rs` tells the publisher of; it then adds that codec to the track, offers its media, and those with a claim get
//! it from then on. Where a track has no second codec, nothing here is of effect.
use super::answer::{Answered, Ask};
use super::apply::Aftermath;
use super::link::Held;
use super::meeting::Room;
use super::negotiation::same_family;
use super::publication::Track;
use super::publish::invalid;
use super::subscription::Consumer;
use super::{BackupPolicy, LayerSpec, StreamKey, TransportRole};
use crate::capability::{NotFound, Refusal};
use crate::id::{ConsumerId, ParticipantId, ProducerId, StreamId, TrackId};
use crate::sdp::{Codec, MediaKind};
use crate::time::Now;

/// Where somebody gets a half of a stream from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Source {
    /// Where it comes in at the moment.
    pub(super) producer: Option<ProducerId>,
    /// The track's first codec, where it is the second that is needed.
    pub(super) claim: Option<ProducerId>,
}

impl Room {
    /// The publisher is about to send a track in its second codec.
    pub(super) fn add_codec(
        &mut self,
        ask: Ask,
        (track, codec): (TrackId, Option<Codec>),
        client_id: String,
        layers: Vec<LayerSpec>,
        now: Now,
    ) -> Result<Answered, Refusal> {
        let owner = self.sender(&ask)?;
        let participant = self.roster.get_mut(owner).ok_or(Refusal::NotFound(NotFound::Participant))?;
        let (stream, kind) = participant.find_track(track).ok_or(Refusal::NotFound(NotFound::Track))?;
        let record = participant.track_mut(stream, kind).ok_or(Refusal::NotFound(NotFound::Track))?;
        let Some(backup) = &mut record.info.backup else {
            return Err(invalid("codec", "the track was published without a second codec"));
        };
        if codec.is_some_and(|codec| !same_family(codec, backup.codec)) {
            return Err(invalid("codec", "the track was published with another second codec"));
        }
        if client_id.is_empty() || client_id == record.info.spec.client_id {
            return Err(invalid("client id", "the media of a second codec has a name of its own"));
        }
        backup.layers = layers;
        if backup.client_id != client_id {
            self.hold_second(owner, stream, kind);
            let track = self.roster.get_mut(owner).and_then(|owner| owner.track_mut(stream, kind));
            if let Some(backup) = track.and_then(|track| track.info.backup.as_mut()) {
                backup.client_id = client_id;
            }
        }
        let answered = self.answer_published(ask, owner, stream, vec![track], None);
        let mut aftermath = Aftermath::default();
        for role in [TransportRole::Publisher, TransportRole::Single] {
            self.adopt_held(owner, role, false, &mut aftermath);
        }
        self.follow_up(owner, aftermath, now);
        Ok(answered)
    }

    /// What came as a track's second codec is not that any more.
    fn hold_second(&mut self, owner: ParticipantId, stream: StreamId, kind: MediaKind) {
        let Some(participant) = self.roster.get_mut(owner) else { return };
        let role = participant.common_uplink();
        let Some(track) = participant.track_mut(stream, kind) else { return };
        let Some(producer) = track.second.take() else { return };
        let (details, paused) = (track.second_details(), track.paused);
        let client_id = track.info.backup.as_ref().map(|backup| backup.client_id.clone()).unwrap_or_default();
        let link = role.and_then(|role| participant.links.get_mut(&role));
        if let Some(link) = link {
            link.held.push(Held { producer, kind, client_id, details, paused });
        }
        self.producers.remove(&producer);
        self.feed_second(StreamKey { participant: owner, stream });
    }

    /// The codecs that a client is to send its tracks in, by its names for them.
    pub(super) fn codec_preferences(&self, owner: ParticipantId) -> Vec<(String, Codec)> {
        let tracks = self.roster.get(owner).into_iter().flat_map(|owner| &owner.streams).flat_map(|s| s.tracks());
        let mut preferences = Vec::new();
        for info in tracks.map(|track| &track.info) {
            preferences.extend(info.spec.codecs.first().map(|codec| (info.spec.client_id.clone(), *codec)));
            preferences.extend(info.backup.as_ref().map(|backup| (backup.client_id.clone(), backup.codec)));
        }
        preferences
    }

    /// Where a half of a stream comes in at the moment, for somebody whom its publisher lets have it.
    pub(super) fn source_for(&self, viewer: ParticipantId, key: StreamKey, kind: MediaKind) -> Source {
        let publisher = self.roster.get(key.participant).filter(|_| self.is_admitted(viewer, key, kind));
        let track = publisher.and_then(|publisher| publisher.stream(key.stream)?.half(kind));
        let consumer = self.roster.get(viewer).and_then(|viewer| viewer.consumer_of(key, kind));
        match (track, consumer) {
            (Some(track), Some(consumer)) if needs_second(track, consumer) => {
                Source { producer: track.second, claim: track.producer }
            }
            (track, _) => Source { producer: track.and_then(|track| track.producer), claim: None },
        }
    }

    /// The media of a picture's second codec is here, or is gone: those who need it are given it.
    pub(super) fn feed_second(&mut self, key: StreamKey) {
        let publisher = self.roster.get(key.participant);
        let track = publisher.and_then(|publisher| publisher.stream(key.stream)?.half(MediaKind::Video));
        let regressed = track.and_then(|track| track.info.backup.as_ref()).is_some_and(|backup| backup.regressed);
        for viewer in self.roster.ids() {
            if regressed || self.source_for(viewer, key, MediaKind::Video).claim.is_some() {
                self.set_source(viewer, key, MediaKind::Video);
            }
        }
    }

    /// The second codec of a track comes in: where its publisher wants it or the room is small, everybody goes over to it.
    pub(super) fn second_started(&mut self, owner: ParticipantId, stream: StreamId, kind: MediaKind) {
        let (threshold, count) = (self.config.native.codec_regression_threshold, self.roster.ids().len());
        let Some(track) = self.roster.get_mut(owner).and_then(|owner| owner.track_mut(stream, kind)) else { return };
        let regresses = match track.info.spec.backup_policy {
            BackupPolicy::PreferRegression => threshold == 0 || count < threshold,
            BackupPolicy::Simulcast => false,
            BackupPolicy::Regression => true,
        };
        let Some(backup) = track.info.backup.as_mut().filter(|backup| regresses && !backup.regressed) else { return };
        backup.regressed = true;
        self.choose_anew(StreamKey { participant: owner, stream }, kind);
    }

    /// Another codec of a track than before may be the right one for its receivers.
    pub(super) fn choose_anew(&mut self, key: StreamKey, kind: MediaKind) {
        for viewer in self.roster.ids() {
            self.set_source(viewer, key, kind);
        }
    }

    /// A receiver turns out not to take what it is sent, whatever was negotiated.
    pub(super) fn consumer_mismatched(&mut self, consumer: ConsumerId, codec: Codec) {
        for viewer in self.roster.ids() {
            let found = self.roster.get(viewer).and_then(|participant| participant.find_consumer(consumer));
            let Some((key, kind)) = found else { continue };
            let publisher = self.roster.get(key.participant);
            let track = publisher.and_then(|publisher| publisher.stream(key.stream)?.half(kind));
            let first = track.filter(|track| track.info.backup.is_some()).and_then(|track| track.info.codec);
            if !first.is_some_and(|first| same_family(first, codec)) {
                return;
            }
            let record = self.roster.get_mut(viewer).and_then(|participant| participant.consumer_mut(consumer));
            if let Some(record) = record {
                record.codecs.retain(|taken| !same_family(*taken, codec));
            }
            if self.source_for(viewer, key, kind).claim.is_some() {
                self.set_source(viewer, key, kind);
            }
            return;
        }
    }
}

/// The layers of a track in the codec in which a receiver gets it.
pub(super) fn layers_for<'a>(track: &'a Track, consumer: Option<&Consumer>) -> &'a [LayerSpec] {
    let backup = track.info.backup.as_ref().filter(|backup| !backup.layers.is_empty());
    match backup.filter(|_| consumer.is_some_and(|consumer| needs_second(track, consumer))) {
        Some(backup) => &backup.layers,
        None => &track.info.spec.layers,
    }
}

/// True where a receiver takes a track's second codec, and either not its first or the first is given up.
fn needs_second(track: &Track, consumer: &Consumer) -> bool {
    match (track.info.codec, &track.info.backup) {
        (Some(first), Some(backup)) => {
            let given_up = backup.regressed && track.second.is_some();
            (given_up || !consumer.takes(first)) && consumer.takes(backup.codec)
        }
        (None, _) | (_, None) => false,
    }
}
