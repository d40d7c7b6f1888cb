//! What a `CreateRoom` call or a token's room configuration asks of a room: whether it can be met (livekit.md §1.3, §4.1).
//!
//! Tags are accepted and mean nothing, as in LiveKit's own server. How wishes become settings is `describe`'s.
use crate::config::RoomDefaults;
use crate::token::Claims;
use crate::twirp::Unbuilt;
use crate::wire;
use livekit_protocol as proto;
use sfu_core::limits;

/// Why a wish is not met.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Unmet {
    /// It makes no sense here.
    Invalid(&'static str),
    /// Nothing here does this yet.
    NotBuilt(&'static str, Unbuilt),
}

/// What nothing here does yet: how it is called in an answer, its key and code, whether it is asked for.
fn not_built(wanted: &proto::RoomConfiguration) -> [(&'static str, Unbuilt, bool); 3] {
    [
        ("egress of a room", Unbuilt::Egress, wanted.egress.is_some()),
        ("dispatch of agents to a room", Unbuilt::AgentDispatch, !wanted.agents.is_empty()),
        ("a playout delay", Unbuilt::PlayoutDelay, wanted.min_playout_delay > 0 || wanted.max_playout_delay > 0),
    ]
}

/// The room configuration of a token. What is not built is no reason to keep its bearer out, as LiveKit's own server
/// lets it in where no agent or egress service runs: [`unmet_by_token`] is what it is told instead.
pub(crate) fn of_token(claims: &Claims, defaults: &RoomDefaults) -> Result<proto::RoomConfiguration, &'static str> {
    let wanted = match &claims.room_config {
        Some(config) => wire::from_json::<proto::RoomConfiguration>(config.to_string().as_bytes())
            .ok_or("the token's room configuration is not a RoomConfiguration")?,
        None => proto::RoomConfiguration::default(),
    };
    let wanted = with_preset(wanted, &claims.room_preset, defaults)?;
    check_values(&wanted)?;
    Ok(wanted)
}

/// The wishes with those of the preset where they say nothing themselves; no name is no preset.
pub(crate) fn with_preset(
    wanted: proto::RoomConfiguration,
    name: &str,
    defaults: &RoomDefaults,
) -> Result<proto::RoomConfiguration, &'static str> {
    if name.is_empty() {
        return Ok(wanted);
    }
    let preset = defaults.presets.get(name).ok_or("unknown room preset")?;
    let or = |wanted: u32, preset: u32| if wanted == 0 { preset } else { wanted };
    Ok(proto::RoomConfiguration {
        name: wanted.name,
        empty_timeout: or(wanted.empty_timeout, preset.empty_timeout),
        departure_timeout: or(wanted.departure_timeout, preset.departure_timeout),
        max_participants: or(wanted.max_participants, preset.max_participants),
        metadata: if wanted.metadata.is_empty() { preset.metadata.clone() } else { wanted.metadata },
        egress: wanted.egress.or_else(|| preset.egress.clone()),
        min_playout_delay: or(wanted.min_playout_delay, preset.min_playout_delay),
        max_playout_delay: or(wanted.max_playout_delay, preset.max_playout_delay),
        sync_streams: wanted.sync_streams || preset.sync_streams,
        agents: if wanted.agents.is_empty() { preset.agents.clone() } else { wanted.agents },
        tags: if wanted.tags.is_empty() { preset.tags.clone() } else { wanted.tags },
    })
}

/// The keys of what a token's room configuration asks for in vain.
pub(crate) fn unmet_by_token(claims: &Claims, defaults: &RoomDefaults) -> Vec<&'static str> {
    let Ok(wanted) = of_token(claims, defaults) else { return Vec::new() };
    not_built(&wanted).into_iter().filter(|(_, _, is_wanted)| *is_wanted).map(|(_, unbuilt, _)| unbuilt.key()).collect()
}

/// Checks what an API call asks a room to be.
pub(crate) fn check(wanted: &proto::RoomConfiguration) -> Result<(), Unmet> {
    check_values(wanted).map_err(Unmet::Invalid)?;
    match not_built(wanted).into_iter().find(|(_, _, is_wanted)| *is_wanted) {
        Some((what, unbuilt, _)) => Err(Unmet::NotBuilt(what, unbuilt)),
        None => Ok(()),
    }
}

fn check_values(wanted: &proto::RoomConfiguration) -> Result<(), &'static str> {
    if wanted.metadata.len() > limits::METADATA_BYTES_MAX {
        return Err("room metadata exceeds the limit of 524288 bytes");
    }
    if wanted.max_playout_delay > 0 && wanted.min_playout_delay > wanted.max_playout_delay {
        return Err("the least playout delay exceeds the greatest");
    }
    Ok(())
}
