//! `sendMessage`: a signal to some or all v2 clients of the session, the sender among them.
use super::{Params, Step, Waiting};
use crate::membership::Membership;
use crate::refusal::code;
use crate::wire::RpcError;
use serde_json::{Map, Value};
use sfu_core::id::ParticipantId;
use sfu_core::room::{RoomCommand, Signal};

pub(super) fn start(params: &Params<'_>, membership: &Membership) -> Result<Step, RpcError> {
    let message = params.text("message")?;
    let Ok(Value::Object(message)) = serde_json::from_str::<Value>(&message) else {
        return Err(RpcError::new(code::SIGNAL_FORMAT, "The signal is not a JSON object."));
    };
    let to = addressees(&message, membership)?;
    let signal = Signal { to, kind: text(&message, "type")?, data: text(&message, "data")? };
    Ok(Step::Ask(RoomCommand::Signal(signal), Waiting::Signal))
}

/// Nobody gets anything where one of them is unknown.
fn addressees(message: &Map<String, Value>, membership: &Membership) -> Result<Vec<ParticipantId>, RpcError> {
    let Some(to) = message.get("to") else { return Ok(Vec::new()) };
    let Value::Array(to) = to else {
        return Err(RpcError::new(code::SIGNAL_FORMAT, "The signal's 'to' is not an array."));
    };
    to.iter()
        .map(|id| {
            id.as_str().and_then(|id| membership.person(id)).ok_or_else(|| {
                RpcError::new(code::SIGNAL_TO, "The signal's 'to' names a connection that is not in the session.")
            })
        })
        .collect()
}

/// Whatever is not text becomes text, but for what cannot.
fn text(message: &Map<String, Value>, name: &str) -> Result<Option<String>, RpcError> {
    match message.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(value @ (Value::Bool(_) | Value::Number(_))) => Ok(Some(value.to_string())),
        Some(Value::Null | Value::Array(_) | Value::Object(_)) => {
            Err(RpcError::other(format!("The signal's '{name}' is not a text.")))
        }
    }
}
