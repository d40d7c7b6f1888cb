//! What a room's record means to those outside: asks the faces for their events and addresses the letters.
//!
//! A further kind of receiver is one more [`Form`] here, with its face's own events, and an [`super::Endpoint`]; outbox,
//! retries and order are there already. A face whose events nobody takes is not asked.
use super::letter::{Entry, LifeChange};
use livekit_api::LiveKitConfig;
use livekit_api::webhook as livekit;
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
    /// LiveKit's webhook; its header is signed when it is sent.
    LiveKitWebhook,
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
    livekit: LiveKitWords,
}

/// What LiveKit's events are printed with.
#[derive(Clone, Debug, Default)]
pub struct LiveKitWords {
    /// The face's configuration.
    pub config: Arc<LiveKitConfig>,
    /// Events about tracks show all of the room.
    pub full_room: bool,
}

impl Scribe {
    /// One that writes to these.
    pub fn new(subscribers: Vec<Subscriber>, livekit: LiveKitWords) -> Self {
        Self { subscribers, livekit }
    }

    /// True where anybody is told anything: only then do rooms keep a record.
    pub fn is_needed(&self) -> bool {
        !self.subscribers.is_empty()
    }

    /// What a record means.
    pub fn entries(&self, record: &RoomRecord) -> Vec<Entry> {
        let mut entries = Vec::new();
        if self.tells(&[Form::V2Webhook, Form::V2Cdr]) {
            entries.extend(events(record).into_iter().map(|event| self.entry(event, &record.name, record.at_ms)));
        }
        if self.tells(&[Form::LiveKitWebhook]) {
            let LiveKitWords { config, full_room } = &self.livekit;
            let events = livekit::events(record, config, *full_room).into_iter();
            entries.extend(events.map(|event| self.livekit_entry(&event, &record.name, record.at_ms)));
        }
        entries
    }

    /// True where somebody is told in one of these forms.
    fn tells(&self, forms: &[Form]) -> bool {
        self.subscribers.iter().any(|subscriber| forms.contains(&subscriber.form))
    }

    /// The ends of what was live in a room when the server (or the room) broke down: (life, fields) of each beginning.
    pub fn crashed(&self, open: Vec<(String, String)>, room_too: bool, now_ms: u64) -> Vec<Entry> {
        let of_livekit = livekit::crashed(&open, room_too, now_ms);
        let open: Vec<OpenEvent> = open.into_iter().map(|(life, fields)| OpenEvent { life, fields }).collect();
        let ends = crashed(&open, room_too, now_ms).into_iter();
        let ends = ends.map(|(event, session)| self.entry(event, &session, now_ms));
        let of_livekit = of_livekit.iter().map(|(event, room)| self.livekit_entry(event, room, now_ms));
        ends.chain(of_livekit).collect()
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

    /// A letter to each who takes this event in a form that `body` knows.
    fn letters(&self, event: &str, body: impl Fn(Form) -> Option<String>) -> Vec<(String, String)> {
        let wanted = |subscriber: &&Subscriber| subscriber.events.as_ref().is_none_or(|events| events.contains(event));
        let letter = |subscriber: &Subscriber| Some((subscriber.endpoint.clone(), body(subscriber.form)?));
        self.subscribers.iter().filter(wanted).filter_map(letter).collect()
    }

    fn livekit_entry(&self, event: &livekit::LiveKitEvent, room_name: &str, at_ms: u64) -> Entry {
        let event_id = new_id();
        let letters = self.letters(event.name, |form| match form {
            Form::V2Webhook | Form::V2Cdr => None,
            Form::LiveKitWebhook => Some(event.body(&event_id)),
        });
        Entry {
            event_id,
            name: event.name,
            room_name: room_name.to_owned(),
            at_ms,
            letters,
            life: match event.life.clone() {
                livekit::Life::None => LifeChange::None,
                livekit::Life::Begins(name) => LifeChange::Begins(name),
                livekit::Life::Ends(name) => LifeChange::Ends(name),
            },
            fields: event.fields(),
        }
    }

    fn entry(&self, event: V2Event, room_name: &str, at_ms: u64) -> Entry {
        let letters = self.letters(event.name, |form| match form {
            Form::V2Webhook => Some(event.webhook_body()),
            Form::V2Cdr => Some(event.cdr_line()),
            Form::LiveKitWebhook => None,
        });
        Entry {
            event_id: new_id(),
            name: event.name,
            room_name: room_name.to_owned(),
            at_ms,
            letters,
            life: match event.life {
                Life::None => LifeChange::None,
                Life::Begins(name) => LifeChange::Begins(name),
                Life::Ends(name) => LifeChange::Ends(name),
            },
            fields: event.fields,
        }
    }
}

/// The id of a new event.
fn new_id() -> String {
    format!("EV_{:032x}", rand::random::<u128>())
}
