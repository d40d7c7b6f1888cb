//! `prepareReceiveVideoFrom`: asks for the server's offer of somebody's stream (SDKs from 2.18 on).
use super::{Params, Step, Waiting};
use crate::membership::Membership;
use crate::wire::RpcError;
use sfu_core::room::{RoomCommand, Subscribe, SubscribeVia, SubscriptionTarget};

pub(super) fn start(params: &Params<'_>, membership: &mut Membership) -> Result<Step, RpcError> {
    let sender = params.text("sender")?;
    // Native apps leave it out.
    let renew = params.optional_flag("reconnect")?.unwrap_or(false);
    let (key, at) = membership.foreign_stream(&sender)?;
    if !renew && membership.prepared.contains(&key) {
        return Err(RpcError::other(format!("An offer of stream '{sender}' waits for its answer already.")));
    }
    membership.received.insert(at, key);
    let subscribe = Subscribe { target: SubscriptionTarget::Stream(key), via: SubscribeVia::ServerOffer { renew } };
    Ok(Step::Ask(RoomCommand::Subscribe(Box::new(subscribe)), Waiting::Prepare(key)))
}
