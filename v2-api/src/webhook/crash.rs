//! The ends of what was live when the server broke down, written by the one that comes after it: reason `nodeCrashed`.
use super::event::{Life, V2Event};
use super::fields::{End, Fields};

/// The reason of all of them.
const REASON: &str = "nodeCrashed";

/// A beginning whose end was never written.
#[derive(Clone, Debug)]
pub struct OpenEvent {
    /// The life that it began.
    pub life: String,
    /// Its fields, as they were written.
    pub fields: String,
}

/// The ends of one session's open lives, oldest first, at this time (ms since 1970): each participant with what was
/// received from it, what it received and what it published, then, where `session_too`, the session itself. Each with the
/// session's name.
pub fn crashed(open: &[OpenEvent], session_too: bool, at_ms: u64) -> Vec<(V2Event, String)> {
    let mut rest: Vec<(String, Fields)> =
        open.iter().filter_map(|event| Some((event.life.clone(), serde_json::from_str(&event.fields).ok()?))).collect();
    let mut ends = Vec::new();
    let people: Vec<String> = rest
        .iter()
        .filter(|(_, fields)| fields.person.is_some())
        .filter_map(|(_, fields)| fields.connection_id.clone())
        .collect();
    for connection in people {
        let mut take = |belongs: &dyn Fn(&Fields) -> bool, name: &'static str| {
            let (taken, left) = std::mem::take(&mut rest).into_iter().partition(|(_, fields)| belongs(fields));
            rest = left;
            let taken: Vec<(String, Fields)> = taken;
            ends.extend(taken.into_iter().map(|(life, fields)| ended(name, life, fields, at_ms)));
        };
        let own = |fields: &Fields| fields.connection_id.as_deref() == Some(connection.as_str());
        let sender = |fields: &Fields| fields.media.as_ref().and_then(|media| media.receiving_from.clone());
        take(&|fields| sender(fields).as_deref() == Some(connection.as_str()), "webrtcConnectionDestroyed");
        take(&|fields| own(fields) && sender(fields).is_some(), "webrtcConnectionDestroyed");
        take(&|fields| own(fields) && fields.media.is_some(), "webrtcConnectionDestroyed");
        take(&|fields| own(fields) && fields.person.is_some(), "participantLeft");
    }
    for (life, fields) in rest {
        if fields.media.is_some() {
            ends.push(ended("webrtcConnectionDestroyed", life, fields, at_ms));
        } else if session_too && fields.connection_id.is_none() {
            ends.push(ended("sessionDestroyed", life, fields, at_ms));
        }
    }
    ends
}

fn ended(name: &'static str, life: String, began: Fields, at_ms: u64) -> (V2Event, String) {
    let end = End::new(began.timestamp, at_ms, REASON);
    let session = began.session_id.clone();
    (V2Event::new(name, Life::Ends(life), &Fields { end: Some(end), timestamp: at_ms, ..began }), session)
}
