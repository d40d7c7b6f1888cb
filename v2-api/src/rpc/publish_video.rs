//! `publishVideo`: a stream with its offer. The reply comes before the others are told.
use super::filters::is_clients_own;
use super::{Params, Reply, Step, Waiting};
use crate::membership::Membership;
use crate::presence::stream_name;
use crate::refusal::code;
use crate::sdp::{parse, print};
use crate::wire::{RpcError, StreamExtras};
use serde_json::{Value, json};
use sfu_core::room::{BackupPolicy, Publish, RoomCommand, RoomEvent, StreamSource, StreamSpec, TrackSource, TrackSpec};
use sfu_core::sdp::{DescriptionKind, MediaKind};

/// What a v2 publisher says of its stream.
struct Asked {
    has_audio: bool,
    has_video: bool,
    audio_active: bool,
    video_active: bool,
    extras: StreamExtras,
}

pub(super) fn start(params: &Params<'_>, membership: &Membership) -> Result<Step, RpcError> {
    if !membership.may_publish() {
        return Err(RpcError::new(code::UNAUTHORIZED, "Unable to publish video. The role does not allow it."));
    }
    let offer = params.text("sdpOffer")?;
    let loopback = params.flag("doLoopback")?;
    let asked = read(params)?;
    check_filter(params, membership)?;
    if membership.published.is_some() {
        let who = &membership.own_name;
        return Err(RpcError::new(code::ALREADY_STREAMING, format!("Connection {who} is already publishing.")));
    }
    let offer = parse(&offer, DescriptionKind::Offer).map_err(RpcError::other)?;
    let publish = Publish { stream: stream(&asked), tracks: tracks(&asked), offer: Some(offer), loopback };
    Ok(Step::Ask(RoomCommand::Publish(Box::new(publish)), Waiting::Publish))
}

pub(super) fn finish(answer: RoomEvent, membership: &mut Membership) -> Result<Reply, RpcError> {
    let RoomEvent::Published { stream, answer: Some(answer), .. } = answer else {
        return Err(RpcError::new(code::MEDIA, "The offer has no answer."));
    };
    let name = stream_name(&membership.own, &stream);
    let mut reply = Reply::new();
    reply.insert("sdpAnswer".to_owned(), json!(print(&answer, &name)));
    reply.insert("id".to_owned(), json!(name));
    reply.insert("createdAt".to_owned(), json!(stream.created_ms));
    membership.published = Some(*stream);
    Ok(reply)
}

fn read(params: &Params<'_>) -> Result<Asked, RpcError> {
    let has_audio = params.flag("hasAudio")?;
    let has_video = params.flag("hasVideo")?;
    if !has_audio && !has_video {
        return Err(RpcError::other("A stream has audio or video."));
    }
    let frame_rate = match params.value("frameRate") {
        Some(Value::Number(number)) => Some(Value::Number(number.clone())),
        Some(Value::Null) | None => None,
        Some(Value::String(text)) => {
            Some(json!(text.parse::<f64>().map_err(|_| params.wrong("frameRate", "a number"))?))
        }
        Some(Value::Bool(_) | Value::Array(_) | Value::Object(_)) => return Err(params.wrong("frameRate", "a number")),
    };
    let extras = StreamExtras {
        type_of_video: params.optional_text("typeOfVideo")?,
        frame_rate,
        video_dimensions: params.optional_text("videoDimensions")?,
        audio_active: params.optional_flag("audioActive")?,
        video_active: params.optional_flag("videoActive")?,
    };
    Ok(Asked {
        has_audio,
        has_video,
        audio_active: extras.audio_active.unwrap_or(has_audio),
        video_active: extras.video_active.unwrap_or(has_video),
        extras,
    })
}

/// A filter in the request needs the token's allowance; without any it is silently left out, as by the original.
fn check_filter(params: &Params<'_>, membership: &Membership) -> Result<(), RpcError> {
    let filter = params.value("filter").and_then(Value::as_object).filter(|filter| !filter.is_empty());
    let kind = filter.and_then(|filter| filter.get("type")).and_then(Value::as_str).unwrap_or_default();
    let asked = filter.is_some() && !is_clients_own(kind);
    let allowance = membership.properties().is_some_and(|own| own.has_kurento_options());
    if asked && allowance {
        return Err(RpcError::new(
            code::FILTER_NOT_APPLIED,
            "This server forwards media as it is; it cannot apply filters.",
        ));
    }
    Ok(())
}

fn is_screen(asked: &Asked) -> bool {
    asked.extras.type_of_video.as_deref() == Some("SCREEN")
}

fn stream(asked: &Asked) -> StreamSpec {
    StreamSpec {
        source: if is_screen(asked) { StreamSource::Screen } else { StreamSource::Camera },
        has_audio: asked.has_audio,
        has_video: asked.has_video,
        face_data: asked.extras.to_face_data(),
    }
}

fn tracks(asked: &Asked) -> Vec<TrackSpec> {
    let (width, height) = asked.extras.size().unwrap_or((0, 0));
    let (sound, picture) = match is_screen(asked) {
        true => (TrackSource::ScreenShareAudio, TrackSource::ScreenShare),
        false => (TrackSource::Microphone, TrackSource::Camera),
    };
    let track = |kind, source, active: bool, (width, height)| TrackSpec {
        kind,
        source,
        client_id: String::new(),
        name: String::new(),
        muted: !active,
        width,
        height,
        layers: Vec::new(),
        codecs: Vec::new(),
        backup_policy: BackupPolicy::default(),
        face_data: Vec::new(),
    };
    let audio = asked.has_audio.then(|| track(MediaKind::Audio, sound, asked.audio_active, (0, 0)));
    let video = asked.has_video.then(|| track(MediaKind::Video, picture, asked.video_active, (width, height)));
    audio.into_iter().chain(video).collect()
}
