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

/// What nothing here does yet: how it is called in an answer, its key in what clients are told, whether it is asked for.
fn not_built(wanted: &proto::RoomConfiguration) -> [(&'static str, &'static str, bool); 3] {
    [
        ("egress of a room", "egress", wanted.egress.is_some()),
        ("dispatch of agents to a room", "agentDispatch", !wanted.agents.is_empty()),
        ("a playout delay", "playoutDelay", wanted.min_playout_delay > 0 || wanted.max_playout_delay > 0),
    ]
}

/// The room configuration of a token. What is not built is no reason to keep its bearer out, as LiveKit's own server
/// lets it in where no agent or egress service runs: [`unmet_by_token`] is what it is told instead.
pub(crate) fn of_token(claims: &Claims) -> Result<proto::RoomConfiguration, &'static str> {
    if !claims.room_preset.is_empty() {
        return Err("unknown room preset");
    }
    let Some(config) = &claims.room_config else { return Ok(proto::RoomConfiguration::default()) };
    let wanted = wire::from_json::<proto::RoomConfiguration>(config.to_string().as_bytes());
    let wanted = wanted.ok_or("the token's room configuration is not a RoomConfiguration")?;
    check_values(&wanted)?;
    Ok(wanted)
}

/// The keys of what a token's room configuration asks for in vain.
pub(crate) fn unmet_by_token(claims: &Claims) -> Vec<&'static str> {
    let Ok(wanted) = of_token(claims) else { return Vec::new() };
    not_built(&wanted).into_iter().filter(|(_, _, is_wanted)| *is_wanted).map(|(_, key, _)| key).collect()
}

/// Checks what an API call asks a room to be.
pub(crate) fn check(wanted: &proto::RoomConfiguration) -> Result<(), Unmet> {
    check_values(wanted).map_err(Unmet::Invalid)?;
    match not_built(wanted).into_iter().find(|(_, _, is_wanted)| *is_wanted) {
        Some((what, _, _)) => Err(Unmet::NotBuilt(what)),
        None => Ok(()),
    }
}

fn check_values(wanted: &proto::RoomConfiguration) -> Result<(), &'static str> {
    if wanted.metadata.len() > limits::METADATA_BYTES_MAX {
        return Err("room metadata exceeds the limit of 524288 bytes");
    }
    Ok(())
}
