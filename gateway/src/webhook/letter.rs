//! An event on its way: as it is written down, and as it is delivered.

/// An event to be written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The id under which receivers see it, however often it is sent.
    pub event_id: String,
    /// Its name.
    pub name: &'static str,
    /// The name of its room.
    pub room_name: String,
    /// When it happened, ms since 1970.
    pub at_ms: u64,
    /// Which life it begins or ends.
    pub life: LifeChange,
    /// Its fields, JSON.
    pub fields: String,
    /// To which endpoints it goes, each with what is sent there.
    pub letters: Vec<(String, String)>,
}

/// Which life an event begins or ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LifeChange {
    /// None.
    None,
    /// This one begins.
    Begins(String),
    /// This one ends.
    Ends(String),
}

/// What waits in the outbox for one endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Its number: rises in the order of events.
    pub id: i64,
    /// The id of its event.
    pub event_id: String,
    /// When its event happened, ms since 1970.
    pub created_ms: u64,
    /// What is sent.
    pub body: String,
    /// The trace of whoever caused its event, as W3C's header writes it.
    pub traceparent: Option<String>,
}
