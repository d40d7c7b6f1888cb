//! A data track as LiveKit's `DataTrackInfo`. What its publisher said of it is kept as the request's own bytes.
use crate::ids;
use livekit_protocol as proto;
use prost::Message;
use sfu_core::room::DataTrackInfo;

/// A data track as it is.
pub fn data_track(track: &DataTrackInfo) -> proto::DataTrackInfo {
    let asked = proto::PublishDataTrackRequest::decode(track.face_data.as_slice()).unwrap_or_default();
    proto::DataTrackInfo {
        pub_handle: track.handle.into(),
        sid: ids::data_track_sid(track.id),
        name: track.name.clone(),
        encryption: asked.encryption,
        frame_encoding: asked.frame_encoding,
        schema: asked.schema,
    }
}
