//! How LiveKit spells tracks in session descriptions, and the names of what a client has been told of.
//!
//! Clients read the publisher and the track from `a=msid` (livekit.md §3.1): `PA_…|TR_…` or `PA_…|<stream>`, and `TR_…`;
//! the prefixes are compulsory, and the track's spelling must be the one of its `TrackInfo`.
use crate::ids;
use sfu_core::id::{StreamId, TrackId};
use sfu_core::room::{ParticipantInfo, StreamInfo, StreamSource, TrackSource};
use sfu_core::sdp::{Dialect, MediaKind, Msid, TrackLabel};
use std::collections::HashMap;

/// The spelling of the tracks that a client has been told of.
#[derive(Debug, Default)]
pub struct Labels {
    tracks: HashMap<TrackId, (MediaKind, TrackSource)>,
    streams: HashMap<(sfu_core::id::ParticipantId, StreamId), StreamSource>,
}

impl Labels {
    /// Learns what a participant publishes.
    pub fn learn(&mut self, participant: &ParticipantInfo) {
        for stream in &participant.streams {
            self.streams.insert((participant.id, stream.id), stream.spec.source);
            for track in stream.tracks() {
                self.tracks.insert(track.id, (track.spec.kind, track.spec.source));
            }
        }
    }

    /// Forgets a track that is no longer published.
    pub fn forget_track(&mut self, track: TrackId) {
        self.tracks.remove(&track);
    }

    /// Forgets a stream that is no longer published.
    pub fn forget_stream(&mut self, participant: sfu_core::id::ParticipantId, stream: &StreamInfo) {
        self.streams.remove(&(participant, stream.id));
        for track in stream.tracks() {
            self.tracks.remove(&track.id);
        }
    }

    /// Forgets a participant that has left.
    pub fn forget(&mut self, participant: &ParticipantInfo) {
        for stream in &participant.streams {
            self.forget_stream(participant.id, stream);
        }
    }

    /// `TR_…`; of a track never heard of only the number is certain.
    pub fn track_sid(&self, track: TrackId, fallback: MediaKind) -> String {
        let (kind, source) = self.tracks.get(&track).copied().unwrap_or((fallback, TrackSource::Unknown));
        ids::track_sid(track, kind, source)
    }

    fn stream_name(&self, label: &TrackLabel) -> String {
        match self.streams.get(&(label.participant, label.stream)) {
            Some(StreamSource::Camera) => "camera".to_owned(),
            Some(StreamSource::Screen) => "screen".to_owned(),
            Some(StreamSource::Custom(_)) | None => ids::stream_label(label.stream),
        }
    }
}

/// The [`Dialect`] of one LiveKit client.
pub struct LiveKitDialect<'a> {
    /// The names.
    pub labels: &'a Labels,
    /// The tracks of one stream share its name, so that browsers keep sound and picture together. Only for clients
    /// that need no track id here, or whose m-lines are never used again: a browser keeps a receiver's first track id
    /// when its m-line is, so the others must find the new one in the first part.
    pub named_streams: bool,
    /// `a=max-message-size`, bytes.
    pub max_message_size: u32,
}

impl Dialect for LiveKitDialect<'_> {
    fn msid(&self, label: &TrackLabel) -> Msid {
        let publisher = ids::participant_sid(label.participant);
        let Some(track) = label.track else {
            return Msid { stream: format!("{publisher}|{}", self.labels.stream_name(label)), track: "TR_".to_owned() };
        };
        let track = self.labels.track_sid(track, label.kind);
        let stream = if self.named_streams {
            format!("{publisher}|{}", self.labels.stream_name(label))
        } else {
            format!("{publisher}|{track}")
        };
        Msid { stream, track }
    }

    fn max_message_size(&self) -> u32 {
        self.max_message_size
    }
}
