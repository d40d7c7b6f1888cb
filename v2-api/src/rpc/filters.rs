//! The filter methods. Media is forwarded as it is, so no filter is ever applied here: applying one is refused, and of a
//! stream without a filter none can be run, removed or listened to. The virtual backgrounds (`VB:…`) are the browser's own
//! work; where a client tells of one, it is taken note of.
use super::{Params, Reply, Step};
use crate::membership::Membership;
use crate::refusal::code;
use crate::wire::RpcError;

/// `applyFilter`.
pub(super) fn apply(params: &Params<'_>, membership: &Membership) -> Result<Step, RpcError> {
    check_owner(params, membership)?;
    let kind = params.text("type")?;
    if is_clients_own(&kind) {
        return Ok(Step::Reply(Reply::new()));
    }
    let allowed = membership.properties().and_then(|own| own.allowed_filters());
    if !membership.may_moderate() && allowed.is_some_and(|allowed| !allowed.contains(&kind.as_str())) {
        return Err(RpcError::new(code::UNAUTHORIZED, "Unable to apply filter. The token does not allow this type."));
    }
    Err(RpcError::new(code::FILTER_EXISTS, "This server forwards media as it is; it cannot apply filters."))
}

/// `execFilterMethod`.
pub(super) fn exec(params: &Params<'_>, membership: &Membership) -> Result<Step, RpcError> {
    check_owner(params, membership)?;
    params.text("method")?;
    Err(none_applied(params))
}

/// `removeFilter`.
pub(super) fn remove(params: &Params<'_>, membership: &Membership) -> Result<Step, RpcError> {
    check_owner(params, membership)?;
    Err(none_applied(params))
}

/// `addFilterEventListener`, `removeFilterEventListener`.
pub(super) fn listen(params: &Params<'_>, membership: &Membership) -> Result<Step, RpcError> {
    check_owner(params, membership)?;
    params.text("eventType")?;
    Err(none_applied(params))
}

/// Whether a filter of this type is applied by the client itself.
pub(super) fn is_clients_own(kind: &str) -> bool {
    kind.starts_with("VB:")
}

/// One's own stream, or as a moderator anybody's.
fn check_owner(params: &Params<'_>, membership: &Membership) -> Result<(), RpcError> {
    let stream = params.text("streamId")?;
    let owner = membership.owner_of(&stream);
    let own = owner.is_some_and(|key| key.participant == membership.own.id);
    if !own && !membership.may_moderate() {
        return Err(RpcError::new(code::UNAUTHORIZED, "Unable to use filters on streams of others."));
    }
    owner.map(|_| ()).ok_or_else(|| {
        RpcError::new(
            code::USER_NOT_FOUND,
            format!("Owner of stream '{stream}' is not in session '{}'.", membership.room),
        )
    })
}

fn none_applied(params: &Params<'_>) -> RpcError {
    let stream = params.text("streamId").unwrap_or_default();
    RpcError::new(code::FILTER_NOT_APPLIED, format!("Stream '{stream}' has no filter applied."))
}
