//! `add_track`: publish a track; its media comes by the next offer (livekit.md §3.3).
use crate::config::{self, LiveKitConfig};
use crate::describe::{self, LiveKitStreamData};
use crate::grant::source_from_wire;
use crate::ids;
use crate::peer::{LiveKitPeer, Pending};
use crate::sound::Sound;
use livekit_protocol as proto;
use prost::Message;
use proto::request_response::{Reason, Request as Echo};
use sfu_core::capability::{self, Feature, LimitKind, NotFound, Refusal};
use sfu_core::room::{BackupPolicy, LayerSpec, Publish, RoomCommand, StreamSpec, TrackSpec};
use sfu_core::sdp::{Codec, MediaKind};

/// Characters of a track's name, of its client id and of its stream's name, each.
const NAME_CHARS_MAX: usize = 1_024;
/// Layers, codecs, features of one track.
const PARTS_MAX: usize = 32;
/// Publications that may wait for their answer at the same time.
const PENDING_MAX: usize = 20;

pub(super) fn add_track(peer: &mut LiveKitPeer, request: proto::AddTrackRequest) {
    let kind = match proto::TrackType::try_from(request.r#type) {
        Ok(proto::TrackType::Audio) => MediaKind::Audio,
        Ok(proto::TrackType::Video) => MediaKind::Video,
        Ok(proto::TrackType::Data) | Err(_) => {
            let text = "invalid track type: only audio and video can be added";
            return peer.respond(0, Reason::UnsupportedType, text, Some(Echo::AddTrack(request)));
        }
    };
    if !request.sid.is_empty()
        && let Err(refusal) = capability::require(peer.config.profile, Feature::Dynacast)
    {
        return peer.refuse(0, &refusal, Some(Echo::AddTrack(request)));
    }
    if is_too_large(&request) {
        return peer.refuse(0, &Refusal::LimitReached(LimitKind::Size), None);
    }
    if peer.own.pending_count() >= PENDING_MAX {
        return peer.refuse(0, &Refusal::LimitReached(LimitKind::Tracks), Some(Echo::AddTrack(request)));
    }
    if !request.cid.is_empty() && peer.own.is_pending(&request.cid) {
        let text = "a track with this cid is being added already";
        return peer.respond(0, Reason::InvalidRequest, text, Some(Echo::AddTrack(request)));
    }
    if !request.sid.is_empty() {
        return add_codec(peer, request);
    }
    let track = TrackSpec { codecs: codecs(kind, &request, &peer.config), ..spec(kind, &request) };
    peer.own.expect(&request.cid);
    if kind == MediaKind::Audio {
        peer.own.expect_sound(&track.client_id, Sound::of(&request));
    }
    // Where the participant has such a track already, the room makes a further stream of it.
    let stream = StreamSpec {
        source: track.source.stream_source(),
        has_audio: true,
        has_video: true,
        face_data: LiveKitStreamData::default().print(),
    };
    let publish = Publish { stream, tracks: vec![track], offer: None, loopback: false };
    peer.request(RoomCommand::Publish(Box::new(publish)), Pending::AddTrack(Box::new(request)));
}

/// A second codec for a published track: publishers start it when they are told that somebody needs it.
fn add_codec(peer: &mut LiveKitPeer, request: proto::AddTrackRequest) {
    let Some(track) = ids::parse_track_sid(&request.sid).filter(|track| peer.own.has(*track)) else {
        return peer.refuse(0, &Refusal::NotFound(NotFound::Track), Some(Echo::AddTrack(request)));
    };
    let announced = request.simulcast_codecs.first();
    let name = announced.map(|announced| announced.codec.as_str()).filter(|name| !name.is_empty());
    let codec = name.and_then(config::video_codec);
    if name.is_some() && codec.is_none() {
        let refusal = Refusal::Invalid { what: "codec", why: "it is none that this server routes".to_owned() };
        return peer.refuse(0, &refusal, Some(Echo::AddTrack(request)));
    }
    let client_id = cid_of(&request).clone();
    peer.own.expect(&request.cid);
    let layers = layer_specs(announced_layers(&request));
    peer.request(RoomCommand::AddCodec { track, codec, client_id, layers }, Pending::AddTrack(Box::new(request)));
}

/// The codecs of a picture where they are the server's affair: it may come in two, or in one that not every client puts
/// first by itself.
fn codecs(kind: MediaKind, request: &proto::AddTrackRequest, config: &LiveKitConfig) -> Vec<Codec> {
    if kind == MediaKind::Audio {
        return Vec::new();
    }
    let mut named: Vec<Codec> = Vec::new();
    for announced in &request.simulcast_codecs {
        let codec = config::video_codec(&announced.codec);
        named.extend(codec.filter(|codec| !named.contains(codec)));
    }
    named.truncate(2);
    let is_layered = named.first().is_some_and(|codec| describe::is_layered(*codec));
    if !config.routes_second_codecs() {
        // Clients of old publish what not everybody takes, though they were not told of it. A room whose one codec is
        // such a one has no other to prefer.
        return if is_layered { vec![Codec::Vp8] } else { Vec::new() };
    }
    if named.len() > 1 || is_layered { named } else { Vec::new() }
}

fn backup_policy(request: &proto::AddTrackRequest) -> BackupPolicy {
    match request.backup_codec_policy() {
        proto::BackupCodecPolicy::PreferRegression => BackupPolicy::PreferRegression,
        proto::BackupCodecPolicy::Simulcast => BackupPolicy::Simulcast,
        proto::BackupCodecPolicy::Regression => BackupPolicy::Regression,
    }
}

/// How the client names the track's media in its offer.
fn cid_of(request: &proto::AddTrackRequest) -> &String {
    request.simulcast_codecs.first().map(|codec| &codec.cid).filter(|cid| !cid.is_empty()).unwrap_or(&request.cid)
}

/// All that is said of a track goes to everybody in the room.
fn is_too_large(request: &proto::AddTrackRequest) -> bool {
    let names = [&request.cid, &request.name, &request.stream];
    let parts = [
        request.layers.len(),
        request.simulcast_codecs.len(),
        request.audio_features.len(),
        request.packet_trailer_features.len(),
    ];
    let codecs = &request.simulcast_codecs;
    names.iter().any(|name| name.chars().count() > NAME_CHARS_MAX)
        || parts.iter().any(|count| *count > PARTS_MAX)
        || codecs.iter().any(|codec| codec.layers.len() > PARTS_MAX || codec.cid.len() > NAME_CHARS_MAX)
}

/// The layers of the codec that comes first in the request, or of the request as a whole.
fn announced_layers(request: &proto::AddTrackRequest) -> &[proto::VideoLayer] {
    let announced = request.simulcast_codecs.first();
    announced.map(|codec| &codec.layers).filter(|layers| !layers.is_empty()).unwrap_or(&request.layers)
}

fn spec(kind: MediaKind, request: &proto::AddTrackRequest) -> TrackSpec {
    TrackSpec {
        kind,
        source: source_from_wire(request.source),
        client_id: cid_of(request).clone(),
        name: request.name.clone(),
        muted: request.muted,
        width: request.width,
        height: request.height,
        layers: if kind == MediaKind::Video { layer_specs(announced_layers(request)) } else { Vec::new() },
        codecs: Vec::new(),
        backup_policy: backup_policy(request),
        face_data: request.encode_to_vec(),
    }
}

/// The announced layers, lowest first. Several without rids of their own have LiveKit's: q, h, f from the lowest up.
fn layer_specs(layers: &[proto::VideoLayer]) -> Vec<LayerSpec> {
    let mut sorted: Vec<&proto::VideoLayer> = layers.iter().collect();
    sorted.sort_by_key(|layer| (layer.spatial_layer, layer.quality));
    let names = if sorted.len() > 1 { ["q", "h", "f"] } else { [""; 3] };
    let mut specs = Vec::with_capacity(sorted.len());
    for (place, layer) in sorted.into_iter().enumerate().take(names.len()) {
        let rid = if layer.rid.is_empty() { names[place] } else { &layer.rid };
        specs.push(LayerSpec {
            spatial: u8::try_from(place).unwrap_or(u8::MAX),
            rid: rid.to_owned(),
            width: layer.width,
            height: layer.height,
            bitrate_bps: layer.bitrate,
            ssrc: layer.ssrc,
        });
    }
    specs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_inside_one_stream_are_ranked_by_their_quality() {
        // As livekit-client announces VP9 and AV1 with a scalability mode: best layer first, no rids, no numbers.
        let layer = |quality: proto::VideoQuality, width, height| proto::VideoLayer {
            quality: quality.into(),
            width,
            height,
            ..Default::default()
        };
        let layers = vec![
            layer(proto::VideoQuality::High, 640, 480),
            layer(proto::VideoQuality::Medium, 320, 240),
            layer(proto::VideoQuality::Low, 160, 120),
        ];
        let codec =
            proto::SimulcastCodec { codec: "vp9".to_owned(), cid: "camera".to_owned(), layers, ..Default::default() };
        let request = proto::AddTrackRequest { simulcast_codecs: vec![codec], ..Default::default() };
        let specs = spec(MediaKind::Video, &request).layers;
        let ranked: Vec<(u8, u32, u32)> = specs.iter().map(|spec| (spec.spatial, spec.width, spec.height)).collect();
        assert_eq!(ranked, [(0, 160, 120), (1, 320, 240), (2, 640, 480)]);
    }
}
