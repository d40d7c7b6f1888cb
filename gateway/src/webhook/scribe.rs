//! What a room's record means to those outside: asks the faces for their events and addresses the letters.
//!
//! A further kind of receiver (LiveKit's signed webhooks) is one more [`Form`] here, with its face's own events, and an
//! [`super::Endpoint`] whose headers are made from each body; outbox, retries and order are there already.
use super::letter::{Entry, LifeChange};
use sfu_core::room::RoomRecord;
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::sync::Notify;
use v2_api::webhook::{Life, OpenEvent, V2Event, crashed, events};

/// In which form an endpoint is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// OpenVidu v2's webhook: the fields with the event's name.
    V2Webhook,
    /// A line of OpenVidu v2's CDR.
    V2Cdr,
}

/// Who is told.
#[derive(Clone, Debug)]
pub struct Subscriber {
    /// The endpoint's name, as it stands in the outbox.
    pub endpoint: String,
    /// In which form.
    pub form: Form,
    /// Which events; `None`: all.
    pub events: Option<BTreeSet<String>>,
    /// Rung when there are new letters.
    pub news: Arc<Notify>,
}

/// Writes letters.
#[derive(Clone, Debug, Default)]
pub struct Scribe {
    subscribers: Vec<Subscriber>,
}

impl Scribe {
    /// One that writes to these.
    pub fn new(subscribers: Vec<Subscriber>) -> Self {
        Self { subscribers }
    }

    /// True where anybody is told anything: only then do rooms keep a record.
    pub fn is_needed(&self) -> bool {
        !self.subscribers.is_empty()
    }

    /// What a record means.
    pub fn entries(&self, record: &RoomRecord) -> Vec<Entry> {
        events(record).into_iter().map(|event| self.entry(event, &record.name, record.at_ms)).collect()
    }

    /// The ends of what was live in a room when the server (or the room) broke down: (life, fields) of each beginning.
    pub fn crashed(&self, open: Vec<(String, String)>, room_too: bool, now_ms: u64) -> Vec<Entry> {
        let open: Vec<OpenEvent> = open.into_iter().map(|(life, fields)| OpenEvent { life, fields }).collect();
        let ends = crashed(&open, room_too, now_ms).into_iter();
        ends.map(|(event, session)| self.entry(event, &session, now_ms)).collect()
    }

    /// What is rung when there are new letters to this endpoint; for one that is not written to, nothing ever.
    pub(super) fn news_of(&self, endpoint: &str) -> Arc<Notify> {
        let subscriber = self.subscribers.iter().find(|subscriber| subscriber.endpoint == endpoint);
        subscriber.map(|subscriber| Arc::clone(&subscriber.news)).unwrap_or_default()
    }

    /// Letters were stored.
    pub fn announce(&self) {
        self.subscribers.iter().for_each(|subscriber| subscriber.news.notify_one());
    }

    fn entry(&self, event: V2Event, room_name: &str, at_ms: u64) -> Entry {
        let wanted =
            |subscriber: &&Subscriber| subscriber.events.as_ref().is_none_or(|events| events.contains(event.name));
        let letter = |subscriber: &Subscriber| {
            let body = match subscriber.form {
                Form::V2Webhook => event.webhook_body(),
                Form::V2Cdr => event.cdr_line(),
            };
            (subscriber.endpoint.clone(), body)
        };
        Entry {
            event_id: format!("EV_{:032x}", rand::random::<u128>()),
            name: event.name,
            room_name: room_name.to_owned(),
            at_ms,
            letters: self.subscribers.iter().filter(wanted).map(letter).collect(),
            life: match event.life {
                Life::None => LifeChange::None,
                Life::Begins(name) => LifeChange::Begins(name),
                Life::Ends(name) => LifeChange::Ends(name),
            },
            fields: event.fields,
        }
    }
}
