//! One event: its name, its fields as JSON, and which life it begins or ends.
use super::fields::{Fields, SignalFields};
use serde::Serialize;

/// The events that v2 can send, as `OPENVIDU_WEBHOOK_EVENTS` names them.
pub const EVENT_NAMES: &[&str] = &[
    "sessionCreated",
    "sessionDestroyed",
    "participantJoined",
    "participantLeft",
    "webrtcConnectionCreated",
    "webrtcConnectionDestroyed",
    "recordingStatusChanged",
    "filterEventDispatched",
    "signalSent",
    "broadcastStarted",
    "broadcastStopped",
    "mediaNodeStatusChanged",
    "autoscaling",
    "nodeCrashed",
    "nodeRecovered",
    "HANodeRegistered",
    "HANodeDeregistered",
];

/// The events that a webhook gets which names none, in the order in which `GET /config` shows them.
pub const SHOWN_BY_DEFAULT: &[&str] = &[
    "sessionCreated",
    "sessionDestroyed",
    "participantJoined",
    "participantLeft",
    "webrtcConnectionCreated",
    "webrtcConnectionDestroyed",
    "recordingStatusChanged",
    "filterEventDispatched",
    "signalSent",
    "mediaNodeStatusChanged",
    "autoscaling",
    "nodeCrashed",
    "nodeRecovered",
    "broadcastStarted",
    "broadcastStopped",
];

/// Which life an event begins or ends; the name is unique in its session.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Life {
    /// None.
    None,
    /// This one begins.
    Begins(String),
    /// This one ends.
    Ends(String),
}

/// An event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct V2Event {
    /// Its name.
    pub name: &'static str,
    /// Which life it begins or ends.
    pub life: Life,
    /// Its fields: a JSON object, in v2's order.
    pub fields: String,
}

impl V2Event {
    pub(super) fn new(name: &'static str, life: Life, fields: &Fields) -> Self {
        Self { name, life, fields: written(fields) }
    }

    pub(super) fn signal(fields: &SignalFields) -> Self {
        Self { name: "signalSent", life: Life::None, fields: written(fields) }
    }

    pub(super) fn single(name: &'static str, fields: &impl Serialize) -> Self {
        Self { name, life: Life::None, fields: written(fields) }
    }

    /// The body of a webhook: the fields, and last of all the event's name.
    pub fn webhook_body(&self) -> String {
        let fields = self.fields.trim_end().trim_end_matches('}');
        let comma = if fields.ends_with('{') { "" } else { "," };
        format!("{fields}{comma}\"event\":\"{}\"}}", self.name)
    }

    /// The line of the CDR, without its end.
    pub fn cdr_line(&self) -> String {
        format!("{{\"{}\":{}}}", self.name, self.fields)
    }
}

/// Fields are plain texts and numbers: they can always be written.
fn written(fields: &impl Serialize) -> String {
    serde_json::to_string(fields).unwrap_or_else(|_| "{}".to_owned())
}
