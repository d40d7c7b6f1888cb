//! What a `CreateRoom` call or a token's room configuration asks of a room: whether it can be met (livekit.md §1.3, §4.1).
//!
//! Tags are accepted and mean nothing, as in LiveKit's own server. How wishes become settings is `describe`'s.
use crate::token::Claims;
use crate::wire;
use livekit_protocol as proto;
use sfu_core::limits;

/// Why a wish is not met.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Unmet {
    /// It makes no sense here.
    Invalid(&'static str),
    /// Nothing here does this yet.
    NotBuilt(&'static str),
}

/// The room configuration of a token.
pub(crate) fn of_token(claims: &Claims) -> Result<proto::RoomConfiguration, Unmet> {
    if !claims.room_preset.is_empty() {
        return Err(Unmet::Invalid("unknown room preset"));
    }
    let Some(config) = &claims.room_config else { return Ok(proto::RoomConfiguration::default()) };
    let wanted = wire::from_json::<proto::RoomConfiguration>(config.to_string().as_bytes());
    let wanted = wanted.ok_or(Unmet::Invalid("the token's room configuration is not a RoomConfiguration"))?;
    check(&wanted)?;
    Ok(wanted)
}

/// Checks what a room is asked to be.
pub(crate) fn check(wanted: &proto::RoomConfiguration) -> Result<(), Unmet> {
    if wanted.metadata.len() > limits::METADATA_BYTES_MAX {
        return Err(Unmet::Invalid("room metadata exceeds the limit of 524288 bytes"));
    }
    let not_built = [
        (wanted.egress.is_some(), "egress of a room"),
        (!wanted.agents.is_empty(), "dispatch of agents to a room"),
        (wanted.min_playout_delay > 0 || wanted.max_playout_delay > 0, "a playout delay"),
    ];
    match not_built.into_iter().find(|(is_wanted, _)| *is_wanted) {
        Some((_, what)) => Err(Unmet::NotBuilt(what)),
        None => Ok(()),
    }
}
