//! `streamPropertyChanged`: a publisher mutes, rotates, replaces a track. The stream named in the request is not looked
//! at: it is always the caller's own.
use super::{Params, Step, Waiting};
use crate::membership::Membership;
use crate::wire::{PropertyChange, RpcError, StreamExtras, property_change, size_of};
use serde_json::Value;
use sfu_core::room::{RoomCommand, StreamChange, StreamInfo};

pub(super) fn start(params: &Params<'_>, membership: &Membership) -> Result<Step, RpcError> {
    params.text("streamId")?;
    let property = params.text("property")?;
    let value = params.value("newValue").ok_or_else(|| params.missing("newValue"))?;
    let reason = params.text("reason")?;
    let stream = membership.published.as_ref().ok_or_else(|| {
        RpcError::other(format!("Connection '{}' publishes no stream that could change.", membership.own_name))
    })?;
    let mut change = changed(&property, value, params, membership, stream)?;
    change.face_data = property_change::write(&PropertyChange { property, new_value: value.to_string(), reason });
    Ok(Step::Ask(RoomCommand::ChangeStream { stream: stream.id, change }, Waiting::Done))
}

fn changed(
    property: &str,
    value: &Value,
    params: &Params<'_>,
    membership: &Membership,
    stream: &StreamInfo,
) -> Result<StreamChange, RpcError> {
    let mut change = StreamChange::default();
    match property {
        "audioActive" => change.audio_active = Some(params.flag("newValue")?),
        "videoActive" => change.video_active = Some(params.flag("newValue")?),
        "videoDimensions" => {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            change.video_size = size_of(&text);
            let extras = StreamExtras { video_dimensions: Some(text), ..StreamExtras::of(&membership.own, stream) };
            change.new_stream_face_data = Some(extras.to_face_data());
        }
        // audioTrack, videoTrack, and whatever else apps tell each other: passed on.
        _ => {}
    }
    Ok(change)
}
