//! `unsubscribeFromVideo`: no longer receive what comes from a connection. Idempotent.
use super::{Params, Reply, Step, Waiting};
use crate::ids::ConnectionRef;
use crate::membership::Membership;
use crate::refusal::code;
use crate::wire::RpcError;
use sfu_core::room::{RoomCommand, SubscriptionTarget};

pub(super) fn start(params: &Params<'_>, membership: &mut Membership) -> Result<Step, RpcError> {
    let sender = params.text("sender")?;
    let at = ConnectionRef::parse(&sender).filter(|at| membership.connection(*at).is_some());
    let at = at.ok_or_else(|| {
        RpcError::new(code::USER_NOT_FOUND, format!("Connection '{sender}' is not in session '{}'.", membership.room))
    })?;
    let Some(key) = membership.received.get(&at).copied() else {
        return Ok(Step::Reply(Reply::new()));
    };
    Ok(Step::Ask(RoomCommand::Unsubscribe(SubscriptionTarget::Stream(key)), Waiting::Unsubscribe(key)))
}
