//! `mute`: the client mutes or unmutes one of its tracks (livekit.md §3.4).
use crate::ids;
use crate::peer::{LiveKitPeer, Pending};
use livekit_protocol as proto;
use proto::request_response::Request as Echo;
use sfu_core::capability::{NotFound, Refusal};
use sfu_core::room::RoomCommand;

pub(super) fn mute(peer: &mut LiveKitPeer, request: proto::MuteTrackRequest) {
    let Some(track) = ids::parse_track_sid(&request.sid).filter(|track| peer.own.has(*track)) else {
        return peer.refuse(0, &Refusal::NotFound(NotFound::Track), Some(Echo::Mute(request)));
    };
    let muted = request.muted;
    peer.own.set_muted(track, muted);
    let pending = Pending::Echo { request_id: 0, echo: Some(Box::new(Echo::Mute(request))), confirm: false };
    peer.request(RoomCommand::SetMuted { participant: None, track, muted }, pending);
}
