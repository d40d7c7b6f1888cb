//! What happens to events: the store's queue, webhooks, call detail records.
use super::Secret;
use super::key::Value;
use super::keys;
use super::layer::Problem;
use super::resolve::Settings;
use crate::store::StoreSettings;
use crate::webhook::{HttpTarget, Manner, Policy, TargetError};
use livekit_api::webhook::EVENT_NAMES as LIVEKIT_EVENT_NAMES;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;
use v2_api::webhook::{EVENT_NAMES, SHOWN_BY_DEFAULT};

/// The first pause before a letter is sent again.
const RETRY_FIRST: Duration = Duration::from_millis(500);

/// The settings of events.
#[derive(Clone)]
pub struct EventsSection {
    /// The store's queue.
    pub store: StoreSettings,
    /// The limits of delivery.
    pub policy: Policy,
    /// `OPENVIDU_WEBHOOK*`; `None`: off.
    pub v2_webhook: Option<V2Webhook>,
    /// `webhook.*`; `None`: off.
    pub livekit_webhook: Option<LiveKitWebhook>,
    /// `OPENVIDU_CDR`: where the records go; `None`: off.
    pub v2_cdr: Option<PathBuf>,
    /// `OPENVIDU_CDR_PATH`, whether it is used or not.
    pub v2_cdr_path: PathBuf,
}

/// LiveKit's webhooks.
#[derive(Clone)]
pub struct LiveKitWebhook {
    /// Where they go.
    pub targets: Vec<HttpTarget>,
    /// The only events that are sent; empty: all but the excluded ones.
    pub include: Vec<String>,
    /// Events that are not sent, where none are included by name.
    pub exclude: Vec<String>,
    /// Events about tracks show all of the room.
    pub full_room: bool,
}

/// OpenVidu v2's webhook.
#[derive(Clone)]
pub struct V2Webhook {
    /// Where it goes.
    pub target: HttpTarget,
    /// `OPENVIDU_WEBHOOK_ENDPOINT` as it was written.
    pub endpoint: String,
    /// `OPENVIDU_WEBHOOK_HEADERS` as they were written. May hold secrets.
    pub headers: Vec<String>,
    /// The events that are sent.
    pub events: Vec<String>,
}

impl std::fmt::Debug for EventsSection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EventsSection").field("v2_cdr", &self.v2_cdr).finish_non_exhaustive()
    }
}

pub(super) fn events(
    settings: &Settings,
    api_keys: &BTreeMap<String, Secret>,
    problems: &mut Vec<Problem>,
) -> EventsSection {
    let seconds = |key| Duration::from_secs(settings.number(key));
    let path = PathBuf::from(settings.text(&keys::V2_CDR_PATH));
    EventsSection {
        store: StoreSettings {
            flush_interval: Duration::from_millis(settings.number(&keys::STORE_FLUSH)),
            queue_max: settings.narrow(&keys::STORE_QUEUE),
            events_kept: seconds(&keys::STORE_EVENTS_KEPT),
            history_kept: seconds(&keys::STORE_HISTORY_KEPT),
        },
        policy: Policy {
            retry_first: RETRY_FIRST,
            retry_max: seconds(&keys::OUTBOX_RETRY_MAX),
            rejected_attempts_max: settings.narrow(&keys::OUTBOX_REJECTED),
            dead_after: seconds(&keys::OUTBOX_DEAD_AFTER),
        },
        v2_webhook: v2_webhook(settings, problems),
        livekit_webhook: livekit_webhook(settings, api_keys, problems),
        v2_cdr: settings.flag(&keys::V2_CDR).then(|| path.clone()),
        v2_cdr_path: path,
    }
}

fn v2_webhook(settings: &Settings, problems: &mut Vec<Problem>) -> Option<V2Webhook> {
    if !settings.flag(&keys::V2_WEBHOOK) {
        return None;
    }
    let endpoint = settings.text(&keys::V2_WEBHOOK_ENDPOINT).to_owned();
    let headers = match settings.value(&keys::V2_WEBHOOK_HEADERS) {
        Some(Value::List(headers)) => headers.clone(),
        Some(
            Value::Flag(_) | Value::Number(_) | Value::Span(..) | Value::Text(_) | Value::Map(_) | Value::Records(_),
        )
        | None => Vec::new(),
    };
    let timeout = Duration::from_secs(settings.number(&keys::OUTBOX_TIMEOUT));
    let verify = settings.flag(&keys::V2_WEBHOOK_VERIFY);
    let target = match HttpTarget::parse(&endpoint, &headers, verify, timeout) {
        Ok(target) => Some(target),
        Err(error) => {
            let key = match error {
                TargetError::Url => &keys::V2_WEBHOOK_ENDPOINT,
                TargetError::Header => &keys::V2_WEBHOOK_HEADERS,
            };
            problems.push(Problem::new(settings.place(key), format!("{}: {error}", key.path)));
            None
        }
    };
    let mut events = settings.list(&keys::V2_WEBHOOK_EVENTS).to_vec();
    for unknown in events.iter().filter(|name| !EVENT_NAMES.contains(&name.as_str())) {
        let text = format!("openvidu.webhook_events: there is no event {unknown:?}");
        problems.push(Problem::new(settings.place(&keys::V2_WEBHOOK_EVENTS), text));
    }
    if events.is_empty() {
        events = SHOWN_BY_DEFAULT.iter().map(|name| (*name).to_owned()).collect();
    }
    Some(V2Webhook { target: target?, endpoint, headers, events })
}

fn livekit_webhook(
    settings: &Settings,
    api_keys: &BTreeMap<String, Secret>,
    problems: &mut Vec<Problem>,
) -> Option<LiveKitWebhook> {
    let urls = settings.list(&keys::WEBHOOK_URLS);
    if urls.is_empty() {
        return None;
    }
    let api_key = settings.text(&keys::WEBHOOK_KEY);
    let Some(secret) = api_keys.get(api_key) else {
        let text = "webhook.api_key must be one of the API keys: its secret signs the webhooks";
        problems.push(Problem::new(settings.place(&keys::WEBHOOK_KEY), text));
        return None;
    };
    let timeout = Duration::from_secs(settings.number(&keys::OUTBOX_TIMEOUT));
    let verify = settings.flag(&keys::WEBHOOK_VERIFY);
    let manner = Manner::LiveKit { api_key: api_key.to_owned(), secret: secret.clone() };
    let mut targets = Vec::new();
    for url in urls {
        match HttpTarget::parse(url, &[], verify, timeout) {
            Ok(target) => targets.push(HttpTarget { manner: manner.clone(), ..target }),
            Err(error) => {
                problems.push(Problem::new(settings.place(&keys::WEBHOOK_URLS), format!("webhook.urls: {error}")));
            }
        }
    }
    for key in [&keys::WEBHOOK_INCLUDE, &keys::WEBHOOK_EXCLUDE] {
        for unknown in settings.list(key).iter().filter(|name| !LIVEKIT_EVENT_NAMES.contains(&name.as_str())) {
            let text = format!("{}: there is no event {unknown:?}", key.path);
            problems.push(Problem::new(settings.place(key), text));
        }
    }
    Some(LiveKitWebhook {
        targets,
        include: settings.list(&keys::WEBHOOK_INCLUDE).to_vec(),
        exclude: settings.list(&keys::WEBHOOK_EXCLUDE).to_vec(),
        full_room: settings.flag(&keys::FULL_ROOM),
    })
}
