//! The tracks that a client publishes itself, and those it is about to.
use crate::describe::LiveKitStreamData;
use crate::sound::Sound;
use sfu_core::id::{StreamId, TrackId};
use sfu_core::room::ParticipantInfo;
use sfu_core::sdp::MediaKind;
use std::collections::{HashMap, HashSet};

#[derive(Debug)]
struct Track {
    stream: StreamId,
    kind: MediaKind,
}

/// The client's own tracks.
#[derive(Debug, Default)]
pub(crate) struct Own {
    tracks: HashMap<TrackId, Track>,
    /// Tracks that were taken from it: not every SDK heeds what it is told of that.
    withdrawn: HashSet<TrackId>,
    /// What the client believes of each track's mute: it takes any other word of the server's as an order.
    muted: HashMap<TrackId, bool>,
    data: HashMap<StreamId, LiveKitStreamData>,
    /// What was asked of the sound of tracks by the client's ids.
    sounds: HashMap<String, Sound>,
    /// The client's ids of tracks that are asked for and not answered.
    pending: Vec<String>,
}

impl Own {
    /// Takes over what the room says of the client.
    pub(crate) fn learn(&mut self, me: &ParticipantInfo) {
        self.tracks.clear();
        self.data.clear();
        for stream in &me.streams {
            self.data.insert(stream.id, LiveKitStreamData::parse(&stream.spec.face_data));
            for track in stream.tracks() {
                self.tracks.insert(track.id, Track { stream: stream.id, kind: track.spec.kind });
                self.muted.entry(track.id).or_insert(track.muted);
            }
        }
        self.muted.retain(|track, _| self.tracks.contains_key(track));
        let tracks = || me.streams.iter().flat_map(sfu_core::room::StreamInfo::tracks);
        let pending = &self.pending;
        self.sounds.retain(|cid, _| pending.contains(cid) || tracks().any(|track| track.spec.client_id == *cid));
    }

    /// True where the client publishes the track.
    pub(crate) fn has(&self, track: TrackId) -> bool {
        self.tracks.contains_key(&track)
    }

    /// A track was taken from the client.
    pub(crate) fn withdraw(&mut self, track: TrackId) {
        self.withdrawn.insert(track);
    }

    /// True where the client published the track until it was taken from it.
    pub(crate) fn was_withdrawn(&self, track: TrackId) -> bool {
        self.withdrawn.contains(&track)
    }

    /// Publications asked for and not answered.
    pub(crate) fn pending_count(&self) -> usize {
        self.pending.len()
    }

    /// True where a track with this client id is being published.
    pub(crate) fn is_pending(&self, cid: &str) -> bool {
        self.pending.iter().any(|pending| pending == cid)
    }

    /// A publication was asked for.
    pub(crate) fn expect(&mut self, cid: &str) {
        self.pending.push(cid.to_owned());
    }

    /// Notes what was asked of a track's sound.
    pub(crate) fn expect_sound(&mut self, cid: &str, sound: Sound) {
        self.sounds.insert(cid.to_owned(), sound);
    }

    /// What was asked of the sound of the track that an offer names so; of the only one where no name fits.
    pub(crate) fn sound_of(&self, cid: &str) -> Option<Sound> {
        let only = || self.sounds.values().next().filter(|_| self.sounds.len() == 1);
        self.sounds.get(cid).or_else(only).copied()
    }

    /// The publication of this client id was answered.
    pub(crate) fn settle(&mut self, cid: &str) {
        if let Some(place) = self.pending.iter().position(|pending| pending == cid) {
            self.pending.remove(place);
        }
    }

    /// The client mutes or unmutes, or was told to. True where that is news to it.
    pub(crate) fn set_muted(&mut self, track: TrackId, muted: bool) -> bool {
        self.muted.insert(track, muted) != Some(muted)
    }

    /// The stream of a video track of the client's.
    pub(crate) fn video_stream(&self, track: TrackId) -> Option<StreamId> {
        self.tracks.get(&track).filter(|track| track.kind == MediaKind::Video).map(|track| track.stream)
    }

    /// Notes new audio features of an audio track: its stream and what to keep in the stream's `face_data`.
    pub(crate) fn set_audio_features(&mut self, track: TrackId, features: Vec<i32>) -> Option<(StreamId, String)> {
        let stream = self.tracks.get(&track).filter(|track| track.kind == MediaKind::Audio)?.stream;
        let data = self.data.entry(stream).or_default();
        data.audio_features.insert(track.number(), features);
        Some((stream, data.print()))
    }
}
