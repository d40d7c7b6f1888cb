//! A track of either protocol as LiveKit's `TrackInfo`.
use crate::{grant, ids};
use livekit_protocol as proto;
use prost::Message;
use proto::video_layer::Mode;
use serde::{Deserialize, Serialize};
use sfu_core::room::{ParticipantInfo, StreamInfo, StreamSource, TrackInfo};
use sfu_core::sdp::{Codec, MediaKind};
use std::collections::BTreeMap;

/// What this face keeps in a stream's `face_data`: facts of its tracks that may change and that the room does not know.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LiveKitStreamData {
    /// Audio features by track number, as the client updated them.
    pub audio_features: BTreeMap<u64, Vec<i32>>,
}

impl LiveKitStreamData {
    /// Reads it; a stranger's data is none.
    pub fn parse(face_data: &str) -> Self {
        serde_json::from_str(face_data).unwrap_or_default()
    }

    /// Spells it.
    pub fn print(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// A track as it is. Those of other protocols have no `AddTrackRequest` behind them: its defaults stand in.
#[expect(deprecated, reason = "older SDKs read the deprecated fields")]
pub fn track(publisher: &ParticipantInfo, stream: &StreamInfo, track: &TrackInfo) -> proto::TrackInfo {
    let own = publisher.protocol == super::PROTOCOL;
    let request =
        own.then(|| proto::AddTrackRequest::decode(track.spec.face_data.as_slice()).ok()).flatten().unwrap_or_default();
    let updated = if own { LiveKitStreamData::parse(&stream.spec.face_data) } else { LiveKitStreamData::default() };
    let audio_features = updated.audio_features.get(&track.id.number()).unwrap_or(&request.audio_features);
    let audio_features =
        audio_features.iter().copied().filter(|number| proto::AudioTrackFeature::try_from(*number).is_ok()).collect();
    let is_known = |number: &i32| proto::PacketTrailerFeature::try_from(*number).is_ok();
    let trailers = request.packet_trailer_features.iter().copied().filter(is_known).collect();
    let spec = &track.spec;
    let layers = layers(&request, track);
    let simulcast = track.rids.len().max(layers.len()) > 1;
    let mime_type = track.codec.map(mime).unwrap_or_default();
    let mid = track.mid.as_ref().map(|mid| mid.0.clone()).unwrap_or_default();
    let stream_name =
        if request.stream.is_empty() { stream_name(stream.spec.source).to_owned() } else { request.stream.clone() };
    proto::TrackInfo {
        sid: ids::track_sid(track.id, spec.kind, spec.source),
        r#type: kind(spec.kind).into(),
        name: spec.name.clone(),
        muted: track.muted,
        width: spec.width,
        height: spec.height,
        simulcast,
        disable_dtx: request.disable_dtx,
        source: grant::source_to_wire(spec.source).into(),
        codecs: codecs(&request, track, &layers, &mime_type, &mid),
        layers,
        mime_type,
        mid,
        stereo: request.stereo,
        disable_red: request.disable_red,
        encryption: known::<proto::encryption::Type>(request.encryption),
        stream: stream_name,
        version: None,
        audio_features,
        backup_codec_policy: known::<proto::BackupCodecPolicy>(request.backup_codec_policy),
        packet_trailer_features: trailers,
    }
}

fn layers(request: &proto::AddTrackRequest, track: &TrackInfo) -> Vec<proto::VideoLayer> {
    if track.spec.kind == MediaKind::Audio {
        return Vec::new();
    }
    let announced = request.simulcast_codecs.first().map(|codec| &codec.layers).filter(|layers| !layers.is_empty());
    let announced = announced.unwrap_or(&request.layers);
    if !announced.is_empty() {
        return with_known_qualities(announced);
    }
    vec![proto::VideoLayer {
        quality: proto::VideoQuality::High.into(),
        width: track.spec.width,
        height: track.spec.height,
        ..proto::VideoLayer::default()
    }]
}

fn with_known_qualities(layers: &[proto::VideoLayer]) -> Vec<proto::VideoLayer> {
    let named = |layer: &proto::VideoLayer| proto::VideoLayer {
        quality: known::<proto::VideoQuality>(layer.quality),
        ..layer.clone()
    };
    layers.iter().map(named).collect()
}

/// An enum's number, or 0 where it has no name: a number that one client made up must not reach the others, whose JSON
/// has no word for it.
fn known<T: TryFrom<i32>>(number: i32) -> i32 {
    if T::try_from(number).is_ok() { number } else { 0 }
}

/// `codecs`: the one that is sent, and the second where there is one, which is sent when somebody needs it.
fn codecs(
    request: &proto::AddTrackRequest,
    track: &TrackInfo,
    layers: &[proto::VideoLayer],
    mime_type: &str,
    mid: &str,
) -> Vec<proto::SimulcastCodecInfo> {
    let (announced, spec) = (&request.simulcast_codecs, &track.spec);
    let (cid, mode) = announced.first().map_or((spec.client_id.as_str(), 0), |codec| {
        (if codec.cid.is_empty() { &spec.client_id } else { &codec.cid }, codec.video_layer_mode)
    });
    let mode = match (spec.kind, mode) {
        (MediaKind::Audio, _) => Mode::Unused.into(),
        (MediaKind::Video, 0) => Mode::OneSpatialLayerPerStream.into(),
        (MediaKind::Video, mode) => known::<Mode>(mode),
    };
    let mut first = proto::SimulcastCodecInfo {
        mime_type: mime_type.to_owned(),
        mid: mid.to_owned(),
        cid: cid.to_owned(),
        layers: layers.to_vec(),
        video_layer_mode: mode,
        sdp_cid: String::new(),
    };
    let Some(backup) = &track.backup else { return vec![first] };
    let codec = track.codec.or_else(|| spec.codecs.first().copied());
    first.mime_type = codec.map(mime).unwrap_or_default();
    let announced_mode = announced.first().map_or(0, |codec| codec.video_layer_mode);
    first.video_layer_mode = layer_mode(announced_mode, codec);
    let named = announced.iter().find(|named| crate::config::video_codec(&named.codec) == Some(backup.codec));
    let of_codec = named.map(|named| named.layers.as_slice()).filter(|layers| !layers.is_empty());
    let common = Some(request.layers.as_slice()).filter(|layers| !layers.is_empty());
    let second = proto::SimulcastCodecInfo {
        mime_type: mime(backup.codec),
        mid: backup.mid.as_ref().map(|mid| mid.0.clone()).unwrap_or_default(),
        cid: backup.client_id.clone(),
        layers: of_codec.or(common).map_or_else(|| layers.to_vec(), with_known_qualities),
        video_layer_mode: layer_mode(named.map_or(0, |named| named.video_layer_mode), Some(backup.codec)),
        sdp_cid: String::new(),
    };
    vec![first, second]
}

/// How a picture's layers are sent, where its publisher does not say: inside one stream by the codecs made for that.
fn layer_mode(announced: i32, codec: Option<Codec>) -> i32 {
    match known::<Mode>(announced) {
        0 if codec.is_some_and(is_layered) => Mode::MultipleSpatialLayersPerStream.into(),
        0 => Mode::OneSpatialLayerPerStream.into(),
        mode => mode,
    }
}

/// True for codecs whose layers come inside one stream.
pub(crate) const fn is_layered(codec: Codec) -> bool {
    match codec {
        Codec::Vp9 { .. } | Codec::Av1 => true,
        Codec::Vp8 | Codec::H264 { .. } | Codec::Opus | Codec::Red | Codec::Pcmu | Codec::Pcma => false,
    }
}

/// `video/VP8`, `audio/opus`.
pub(crate) fn mime(codec: Codec) -> String {
    let kind = match codec.kind() {
        MediaKind::Audio => "audio",
        MediaKind::Video => "video",
    };
    format!("{kind}/{}", codec.name())
}

const fn kind(kind: MediaKind) -> proto::TrackType {
    match kind {
        MediaKind::Audio => proto::TrackType::Audio,
        MediaKind::Video => proto::TrackType::Video,
    }
}

/// The stream's name where its publisher gave none.
const fn stream_name(source: StreamSource) -> &'static str {
    match source {
        StreamSource::Camera => "camera",
        StreamSource::Screen => "screenshare",
        StreamSource::Custom(_) => "unknown",
    }
}
