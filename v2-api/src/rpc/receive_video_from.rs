//! `receiveVideoFrom`: the client's answer to our offer of a stream, or its own offer for it.
use super::{Params, Reply, Step, Waiting};
use crate::ids::ConnectionRef;
use crate::membership::Membership;
use crate::refusal::code;
use crate::sdp::{parse, print};
use crate::wire::RpcError;
use serde_json::json;
use sfu_core::room::{RoomCommand, RoomEvent, StreamKey, Subscribe, SubscribeVia, SubscriptionTarget, TransportRole};
use sfu_core::sdp::DescriptionKind;

pub(super) fn start(params: &Params<'_>, membership: &mut Membership) -> Result<Step, RpcError> {
    let sender = params.text("sender")?;
    let offer = params.optional_text("sdpOffer")?;
    let answer = params.optional_text("sdpAnswer")?;
    let (key, at) = membership.foreign_stream(&sender)?;
    match (offer, answer) {
        (Some(offer), _) => ask_with_offer(&offer, key, at, false),
        (None, Some(answer)) => {
            if !membership.prepared.contains(&key) {
                return Err(RpcError::other(format!("No offer of stream '{sender}' waits for an answer.")));
            }
            take_answer(&answer, key, at)
        }
        (None, None) => Err(params.missing("sdpOffer")),
    }
}

pub(super) fn finish(key: StreamKey, at: ConnectionRef, answer: RoomEvent, membership: &mut Membership) -> Reply {
    membership.prepared.remove(&key);
    membership.received.insert(at, key);
    let mut reply = Reply::new();
    if let RoomEvent::Negotiated { description: Some(answer), .. } = answer {
        reply.insert("sdpAnswer".to_owned(), json!(print(&answer, &membership.name_of(key))));
    }
    reply
}

/// The client offers for a stream that it wants.
pub(super) fn ask_with_offer(offer: &str, key: StreamKey, at: ConnectionRef, renew: bool) -> Result<Step, RpcError> {
    let offer = parse(offer, DescriptionKind::Offer).map_err(|why| RpcError::new(code::SDP, why))?;
    let via = SubscribeVia::ClientOffer { offer, renew };
    let subscribe = Subscribe { target: SubscriptionTarget::Stream(key), via };
    Ok(Step::Ask(RoomCommand::Subscribe(Box::new(subscribe)), Waiting::Receive { key, at }))
}

/// The client answers our offer of a stream.
pub(super) fn take_answer(answer: &str, key: StreamKey, at: ConnectionRef) -> Result<Step, RpcError> {
    let description = parse(answer, DescriptionKind::Answer).map_err(|why| RpcError::new(code::SDP, why))?;
    let command = RoomCommand::Negotiate { role: TransportRole::Down(key), description, renew: false };
    Ok(Step::Ask(command, Waiting::Receive { key, at }))
}
