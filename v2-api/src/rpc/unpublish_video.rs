//! `unpublishVideo`: ends the client's own stream.
use super::{Step, Waiting};
use crate::membership::Membership;
use crate::refusal::code;
use crate::wire::RpcError;
use sfu_core::room::{PublishedTarget, RoomCommand};

pub(super) fn start(membership: &Membership) -> Result<Step, RpcError> {
    let stream = membership.published.as_ref().ok_or_else(|| {
        let who = &membership.own_name;
        RpcError::new(code::NOT_STREAMING, format!("Connection '{who}' is not streaming media."))
    })?;
    Ok(Step::Ask(RoomCommand::Unpublish(PublishedTarget::Stream(stream.id)), Waiting::Done))
}
