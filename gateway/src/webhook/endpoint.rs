//! Where letters go: an HTTP receiver or the folder of call detail records.
use super::cdr::{CdrError, CdrFolder};
use super::delivery::{Outcome, Policy};
use super::http::HttpClient;
use super::letter::Letter;
use super::scribe::{Form, Subscriber};
use crate::config::{EventsSection, Secret};
use livekit_api::webhook::EVENT_NAMES;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// OpenVidu v2's webhook in the outbox.
const V2_WEBHOOK: &str = "openvidu-v2";
/// OpenVidu v2's call detail records there.
const V2_CDR: &str = "openvidu-v2-cdr";

/// Somebody who is told.
pub struct Endpoint {
    /// Its name, as it stands in the outbox.
    pub name: String,
    /// The limits of delivery.
    pub policy: Policy,
    /// How it is reached.
    pub sink: Sink,
}

/// The endpoints that the configuration names, each with its subscription.
pub fn endpoints(section: &EventsSection) -> Result<Vec<(Endpoint, Subscriber)>, CdrError> {
    let subscriber = |endpoint: &str, form, events| Subscriber {
        endpoint: endpoint.to_owned(),
        form,
        events,
        news: Arc::new(Notify::new()),
    };
    let endpoint = |name: &str, sink| Endpoint { name: name.to_owned(), policy: section.policy, sink };
    let mut endpoints = Vec::new();
    if let Some(folder) = &section.v2_cdr {
        let sink = Sink::Cdr(Box::new(CdrFolder::open(folder)?));
        endpoints.push((endpoint(V2_CDR, sink), subscriber(V2_CDR, Form::V2Cdr, None)));
    }
    if let Some(webhook) = &section.v2_webhook {
        let sink = Sink::Http(Box::new(HttpClient::new(webhook.target.clone())));
        let events = Some(webhook.events.iter().cloned().collect());
        endpoints.push((endpoint(V2_WEBHOOK, sink), subscriber(V2_WEBHOOK, Form::V2Webhook, events)));
    }
    if let Some(webhook) = &section.livekit_webhook {
        let taken: BTreeSet<String> = if webhook.include.is_empty() {
            let names = EVENT_NAMES.iter().map(|name| (*name).to_owned());
            names.filter(|name| !webhook.exclude.contains(name)).collect()
        } else {
            webhook.include.iter().cloned().collect()
        };
        for target in &webhook.targets {
            let name = livekit_name(target);
            let sink = Sink::Http(Box::new(HttpClient::new(target.clone())));
            endpoints.push((endpoint(&name, sink), subscriber(&name, Form::LiveKitWebhook, Some(taken.clone()))));
        }
    }
    Ok(endpoints)
}

/// A LiveKit receiver in the outbox: by its address, so that its letters find it when others come or go; hashed, as an
/// address may hold a secret.
fn livekit_name(target: &HttpTarget) -> String {
    let address = format!("{} {}{}", target.secure, target.authority, target.path);
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, address.as_bytes());
    let hash: String = digest.as_ref().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    format!("livekit-{hash}")
}

/// How an endpoint is reached.
pub enum Sink {
    /// By HTTP.
    Http(Box<HttpClient>),
    /// As lines of a file.
    Cdr(Box<CdrFolder>),
}

impl Sink {
    /// Delivers one letter, or says why not.
    pub(super) async fn deliver(&mut self, letter: &Letter) -> Outcome {
        match self {
            Self::Http(client) => client.post(letter).await,
            Self::Cdr(folder) => folder.append(&letter.body),
        }
    }
}

/// An HTTP receiver.
#[derive(Clone)]
pub struct HttpTarget {
    /// By TLS.
    pub secure: bool,
    /// Its certificate must be one that the public authorities signed for its name.
    pub verify: bool,
    /// Host and, where it is not the scheme's own, port.
    pub authority: String,
    /// The host alone.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Path and query.
    pub path: String,
    /// Headers that go along. May hold secrets: never logged.
    pub headers: Vec<(String, String)>,
    /// How long one attempt may take.
    pub timeout: Duration,
    /// In which manner letters are sent.
    pub manner: Manner,
}

/// In which manner letters are sent to an HTTP receiver.
#[derive(Clone)]
pub enum Manner {
    /// As OpenVidu v2 does.
    V2,
    /// As LiveKit does: each body is signed by an API key.
    LiveKit {
        /// The key.
        api_key: String,
        /// Its secret.
        secret: Secret,
    },
}

/// Why a receiver cannot be one.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TargetError {
    /// The address.
    #[error("write http://host[:port][/path] or https://…")]
    Url,
    /// A header.
    #[error("write headers as Name: value")]
    Header,
}

impl HttpTarget {
    /// Reads an address; `headers` are `Name: value` each.
    pub fn parse(url: &str, headers: &[String], verify: bool, timeout: Duration) -> Result<Self, TargetError> {
        let (secure, rest) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
            (Some(rest), _) => (true, rest),
            (None, Some(rest)) => (false, rest),
            (None, None) => return Err(TargetError::Url),
        };
        let uri: actix_web::http::Uri = url.parse().map_err(|_| TargetError::Url)?;
        let host = uri.host().ok_or(TargetError::Url)?.trim_start_matches('[').trim_end_matches(']').to_owned();
        if host.is_empty() || rest.contains('@') || rest.contains('#') {
            return Err(TargetError::Url);
        }
        let headers = headers.iter().map(|header| {
            let (name, value) = header.split_once(':').ok_or(TargetError::Header)?;
            let (name, value) = (name.trim(), value.trim());
            let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
            let good =
                !name.is_empty() && name.bytes().all(token) && value.bytes().all(|byte| byte >= b' ' && byte != 127);
            good.then(|| (name.to_owned(), value.to_owned())).ok_or(TargetError::Header)
        });
        Ok(Self {
            secure,
            verify,
            authority: uri.authority().map(ToString::to_string).unwrap_or_default(),
            port: uri.port_u16().unwrap_or(if secure { 443 } else { 80 }),
            path: uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string),
            host,
            headers: headers.collect::<Result<_, _>>()?,
            timeout,
            manner: Manner::V2,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_apart_and_a_bad_one_refused() {
        let read = |url: &str| {
            let target = HttpTarget::parse(url, &[], false, Duration::from_secs(1)).ok()?;
            Some((target.secure, target.host, target.port, target.path))
        };
        let cases = [
            ("http://a.example/hook?x=1", Some((false, "a.example", 80, "/hook?x=1"))),
            ("https://a.example", Some((true, "a.example", 443, "/"))),
            ("http://[::1]:5000/w", Some((false, "::1", 5000, "/w"))),
            ("ftp://a.example", None),
            ("a.example/hook", None),
            ("http://", None),
            ("http://user:pass@a.example", None),
            ("http://a b/", None),
        ];
        for (url, expected) in cases {
            let expected = expected.map(|(secure, host, port, path)| (secure, host.to_owned(), port, path.to_owned()));
            assert_eq!(read(url), expected, "{url}");
        }
    }

    #[test]
    fn headers_are_name_and_value() {
        let read = |header: &str| {
            let target = HttpTarget::parse("http://a/", &[header.to_owned()], false, Duration::from_secs(1));
            target.map(|target| target.headers.into_iter().next())
        };
        let basic = Some(("Authorization".to_owned(), "Basic YWxh:Og==".to_owned()));
        assert_eq!(read("Authorization: Basic YWxh:Og=="), Ok(basic));
        for bad in ["no colon", ": value", "two words: x", "name: a\r\nb: c"] {
            assert_eq!(read(bad), Err(TargetError::Header), "{bad:?}");
        }
    }
}
