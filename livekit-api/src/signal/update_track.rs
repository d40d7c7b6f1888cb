//! `update_audio_track` and `update_video_track`: facts of a published track changed.
use crate::ids;
use crate::peer::{LiveKitPeer, Pending};
use livekit_protocol as proto;
use proto::request_response::Request as Echo;
use sfu_core::capability::{NotFound, Refusal};
use sfu_core::room::{RoomCommand, StreamChange};

/// Audio features (echo cancellation, stereo …): others read them in the track's info.
pub(super) fn audio(peer: &mut LiveKitPeer, request: proto::UpdateLocalAudioTrack) {
    let stream = ids::parse_track_sid(&request.track_sid)
        .and_then(|track| peer.own.set_audio_features(track, request.features.clone()));
    let Some((stream, face_data)) = stream else {
        return peer.refuse(0, &Refusal::NotFound(NotFound::Track), Some(Echo::UpdateAudioTrack(request)));
    };
    let change = StreamChange { new_stream_face_data: Some(face_data), ..StreamChange::default() };
    let pending =
        Pending::Echo { request_id: 0, echo: Some(Box::new(Echo::UpdateAudioTrack(request))), confirm: false };
    peer.request(RoomCommand::ChangeStream { stream, change }, pending);
}

/// The picture's size.
pub(super) fn video(peer: &mut LiveKitPeer, request: proto::UpdateLocalVideoTrack) {
    let stream = ids::parse_track_sid(&request.track_sid).and_then(|track| peer.own.video_stream(track));
    let Some(stream) = stream else {
        return peer.refuse(0, &Refusal::NotFound(NotFound::Track), Some(Echo::UpdateVideoTrack(request)));
    };
    let change = StreamChange { video_size: Some((request.width, request.height)), ..StreamChange::default() };
    let pending =
        Pending::Echo { request_id: 0, echo: Some(Box::new(Echo::UpdateVideoTrack(request))), confirm: false };
    peer.request(RoomCommand::ChangeStream { stream, change }, pending);
}
