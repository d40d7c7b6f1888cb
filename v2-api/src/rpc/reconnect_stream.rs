//! `reconnectStream`: the client starts over with a new PeerConnection for a stream that it publishes or receives.
//! Nobody is told; the stream keeps its id. The description is an offer, but for a receiver that asked for ours before.
use super::receive_video_from::{ask_with_offer, take_answer};
use super::{Params, Reply, Step, Waiting};
use crate::membership::Membership;
use crate::refusal::code;
use crate::sdp::{parse, print};
use crate::wire::RpcError;
use serde_json::json;
use sfu_core::room::{RoomCommand, RoomEvent, TransportRole};
use sfu_core::sdp::DescriptionKind;
use sfu_core::time::Now;

pub(super) fn start(params: &Params<'_>, membership: &mut Membership, now: Now) -> Result<Step, RpcError> {
    let stream = params.text("stream")?;
    let offer = params.optional_text("sdpOffer")?;
    let text = match &offer {
        Some(offer) => offer.clone(),
        None => params.text("sdpString")?,
    };
    let own = membership.published.as_ref().filter(|_| membership.published_name().as_deref() == Some(&stream));
    if let Some(own) = own {
        let description = parse(&text, DescriptionKind::Offer).map_err(|why| RpcError::new(code::SDP, why))?;
        let command = RoomCommand::Negotiate { role: TransportRole::Up(own.id), description, renew: true };
        return Ok(Step::Ask(command, Waiting::Republish { created_ms: now.unix_ms }));
    }
    let (key, at) = membership.foreign_stream(&stream).map_err(|_| {
        RpcError::new(code::NOT_STREAMING, format!("Stream '{stream}' is not in session '{}'.", membership.room))
    })?;
    if offer.is_none() && membership.prepared.contains(&key) {
        return take_answer(&text, key, at);
    }
    ask_with_offer(&text, key, at, true)
}

/// The publisher's reply.
pub(super) fn finish(answer: RoomEvent, membership: &Membership, created_ms: u64) -> Result<Reply, RpcError> {
    let RoomEvent::Negotiated { description: Some(answer), .. } = answer else {
        return Err(RpcError::new(code::MEDIA, "The offer has no answer."));
    };
    let name = membership.published_name().unwrap_or_default();
    let mut reply = Reply::new();
    reply.insert("sdpAnswer".to_owned(), json!(print(&answer, &name)));
    reply.insert("id".to_owned(), json!(name));
    reply.insert("createdAt".to_owned(), json!(created_ms));
    Ok(reply)
}
