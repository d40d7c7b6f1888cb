//! Who is told of events, as operators see it: without what may be secret.
use super::endpoint::{Endpoint, Sink};
use super::scribe::{Form, Subscriber};
use std::sync::Arc;
use tokio::sync::Notify;

/// Somebody who is told.
#[derive(Clone, Debug)]
pub struct Recipient {
    /// The endpoint's name, as it stands in the outbox.
    pub endpoint: String,
    /// In which form.
    pub form: Form,
    /// Scheme and host; paths and queries may hold secrets. `None` for a file.
    pub target: Option<String>,
    /// Which events; `None`: all.
    pub events: Option<Vec<String>>,
    /// Rung when there are letters for it.
    pub news: Arc<Notify>,
}

impl Recipient {
    /// An endpoint with its subscription.
    pub fn new(endpoint: &Endpoint, subscriber: &Subscriber) -> Self {
        let target = match &endpoint.sink {
            Sink::Http(client) => Some(client.origin()),
            Sink::Cdr(_) => None,
        };
        Self {
            endpoint: endpoint.name.clone(),
            form: subscriber.form,
            target,
            events: subscriber.events.as_ref().map(|events| events.iter().cloned().collect()),
            news: Arc::clone(&subscriber.news),
        }
    }
}
