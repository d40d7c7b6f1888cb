//! The usage report: each app with all that it used, what the compat table says of it, as JSON or CSV.
use super::catalog::Item;
use super::cells::Seen;
use super::time::rfc3339;
use super::{APPS_MAX, AppId, Usage};
use crate::http::guide;
use openapi::compat::{State, Works};
use serde::Serialize;
use utoipa::ToSchema;

/// The whole report.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = AdminUsage)]
pub struct Report {
    /// Since when there are counts.
    pub since: String,
    /// Apps that are told apart at most; further ones are `other`.
    pub apps_max: usize,
    /// The apps.
    pub apps: Vec<AppReport>,
}

/// One app.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = AdminUsageOfApp)]
pub struct AppReport {
    /// Which.
    pub app: AppLabels,
    /// When it was first seen.
    pub first_seen: String,
    /// When it was last seen.
    pub last_seen: String,
    /// What it used, most used first.
    pub used: Vec<UsedItem>,
}

/// How an app is told apart: never by a secret.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = AdminAppLabels)]
pub struct AppLabels {
    /// `openvidu-v2` or `livekit`.
    pub protocol: &'static str,
    /// The name of its key; `none`: a client, with a token.
    pub key: String,
    /// Host and port of its page; `none`: not in a page.
    pub origin: String,
    /// The product that its User-Agent names.
    pub agent: String,
}

/// One thing that was used.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = AdminUsedItem)]
pub struct UsedItem {
    /// `rest`, `rpc`, `notification`, `option`, `sdk`; `twirp`, `request`, `message`, `livekit-option`, `livekit-sdk`; `refusal`.
    pub kind: &'static str,
    /// Its name; `other`: no word of the protocol.
    pub name: String,
    /// How often.
    pub count: u64,
    /// When first.
    pub first_seen: String,
    /// When last.
    pub last_seen: String,
    /// What the compat table says; absent for LiveKit's own, SDKs and `other`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compat: Option<Compat>,
    /// What was refused; of the kind `refusal` alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refused>,
}

/// A feature that the engine profile refused.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = AdminRefused)]
pub struct Refused {
    /// Its code, as in `/capabilities`.
    #[schema(example = "VIA-0101")]
    pub code: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// Where it was asked for: `client` (signalling) or `api` (a server API).
    pub surface: &'static str,
    /// What to use instead.
    pub instead: &'static str,
}

/// What the compat table says of a part of v2.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = AdminCompat)]
pub struct Compat {
    /// The rule's code.
    pub code: &'static str,
    /// How it moves to LiveKit.
    #[schema(value_type = String)]
    pub state: State,
    /// What it does on this server.
    #[schema(value_type = String)]
    pub works: Works,
    /// LiveKit's equivalent in the API or protocol.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub livekit: Option<&'static str>,
    /// LiveKit's equivalent in the SDKs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sdk: Option<&'static str>,
    /// Its place in the guide.
    pub page: String,
}

/// The report of this moment.
pub fn report(usage: &Usage) -> Report {
    let apps = usage.apps().into_iter().filter_map(|(id, counts)| {
        let used =
            (0..usage.catalog().len()).filter_map(|place| Some((usage.catalog().item(place)?, counts.seen(place)?)));
        app_report(&id, used.collect())
    });
    Report { since: rfc3339(usage.since_ms()), apps_max: APPS_MAX, apps: apps.collect() }
}

fn app_report(id: &AppId, mut used: Vec<(Item, Seen)>) -> Option<AppReport> {
    let first = used.iter().map(|(_, seen)| seen.first_ms).min()?;
    let last = used.iter().map(|(_, seen)| seen.last_ms).max()?;
    used.sort_by(|(one, seen), (other, counted)| {
        counted.count.cmp(&seen.count).then_with(|| (one.kind, &one.name).cmp(&(other.kind, &other.name)))
    });
    let used = used.into_iter().map(|(item, seen)| used_item(item, seen)).collect();
    Some(AppReport { app: labels(id), first_seen: rfc3339(first), last_seen: rfc3339(last), used })
}

pub(super) fn labels(id: &AppId) -> AppLabels {
    AppLabels { protocol: id.face.name(), key: id.key.clone(), origin: id.origin.clone(), agent: id.agent.clone() }
}

fn used_item(item: Item, seen: Seen) -> UsedItem {
    UsedItem {
        compat: compat(&item),
        refused: refused(&item),
        kind: item.kind.name(),
        name: item.name,
        count: seen.count,
        first_seen: rfc3339(seen.first_ms),
        last_seen: rfc3339(seen.last_ms),
    }
}

pub(super) fn compat(item: &Item) -> Option<Compat> {
    let (group, row) = item.row?;
    Some(Compat {
        code: &row.code,
        state: row.state,
        works: row.works,
        livekit: row.livekit.as_deref(),
        sdk: row.sdk.as_deref(),
        page: guide::of_part(&group.group, &row.code),
    })
}

pub(super) fn refused(item: &Item) -> Option<Refused> {
    let (row, surface) = item.refused?;
    Some(Refused { code: row.code, title: row.title, surface: surface.name(), instead: row.instead })
}

/// The report as comma-separated values (RFC 4180), a line for each thing of each app.
pub fn csv(report: &Report) -> String {
    let head = "protocol,key,origin,agent,kind,name,count,first_seen,last_seen,code,state,works,livekit,sdk\r\n";
    let mut text = head.to_owned();
    for app in &report.apps {
        for used in &app.used {
            let AppLabels { protocol, key, origin, agent } = &app.app;
            let count = used.count.to_string();
            let compat = used.compat.as_ref();
            let refused = used.refused.as_ref();
            let fields = [
                *protocol,
                key,
                origin,
                agent,
                used.kind,
                &used.name,
                &count,
                &used.first_seen,
                &used.last_seen,
                compat.map(|compat| compat.code).or(refused.map(|refused| refused.code)).unwrap_or_default(),
                compat.map_or("", |compat| compat.state.name()),
                compat.map_or_else(|| refused.map_or("", |_| Works::Refused.name()), |compat| compat.works.name()),
                compat.and_then(|compat| compat.livekit).unwrap_or_default(),
                compat.and_then(|compat| compat.sdk).unwrap_or_default(),
            ];
            text.push_str(&fields.map(field).join(","));
            text.push_str("\r\n");
        }
    }
    text
}

fn field(text: &str) -> String {
    if text.contains(['"', ',', '\r', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::usage::{Catalog, Face, ItemKind, Surface};
    use sfu_core::capability::Feature;

    fn counted() -> Usage {
        let usage = Usage::new(Catalog::new(openapi::compat::table().unwrap()), 1_795_675_800_000);
        let place = |kind, name| usage.catalog().place(kind, name);
        let (create, join) = (place(ItemKind::Rest, "POST /openvidu/api/sessions"), place(ItemKind::Rpc, "joinRoom"));
        let backend = usage.app(&AppId::new(Face::V2, "OPENVIDUAPP", None, "axios/1"));
        backend.add(create, 3, 1_795_675_800_000);
        let client = usage.app(&AppId::new(Face::V2, "", Some("https://app.example"), "Mozilla/5.0 Chrome/1"));
        client.add(join, 2, 1_795_675_860_000);
        client.add(usage.catalog().refusal(Feature::DataMessages, Surface::Client), 1, 1_795_675_860_000);
        client.add(usage.catalog().sdk(ItemKind::Sdk, "openvidu-browser 2.32.1"), 2, 1_795_675_860_000);
        usage
    }

    #[test]
    fn an_app_shows_what_it_used_with_times_and_what_becomes_of_it() {
        let report = serde_json::to_value(report(&counted())).unwrap();
        assert_eq!(report["since"], "2026-11-26T06:50:00Z");
        let client = &report["apps"][1];
        assert_eq!(client["app"]["origin"], "app.example");
        assert_eq!(client["used"][0]["name"], "joinRoom");
        assert_eq!(
            (&client["used"][0]["count"], &client["used"][0]["compat"]["code"]),
            (&2.into(), &"OVM-0216".into())
        );
        assert_eq!(client["used"][0]["compat"]["state"], "direct");
        assert_eq!(client["used"][1]["name"], "openvidu-browser 2.32.1");
        assert!(client["used"][1].get("compat").is_none(), "an SDK is no row of the table");
        let refused = &client["used"][2];
        assert_eq!((&refused["kind"], &refused["refused"]["code"]), (&"refusal".into(), &"VIA-0101".into()));
        assert_eq!((&refused["refused"]["surface"], &refused["count"]), (&"client".into(), &1.into()));
        assert_eq!(client["last_seen"], "2026-11-26T06:51:00Z");
    }

    #[test]
    fn the_same_is_to_be_had_as_comma_separated_values() {
        let text = csv(&report(&counted()));
        let lines: Vec<&str> = text.split("\r\n").collect();
        assert_eq!(lines.len(), 6, "{text}");
        assert!(
            lines[4].contains(",refusal,VIA-0101 client,1,") && lines[4].ends_with(",VIA-0101,,refused,,"),
            "{text}"
        );
        assert!(lines[0].starts_with("protocol,key,origin"));
        assert!(
            lines[1].starts_with("openvidu-v2,OPENVIDUAPP,none,axios,rest,POST /openvidu/api/sessions,3,"),
            "{text}"
        );
        assert_eq!(field("a,\"b\""), "\"a,\"\"b\"\"\"");
    }
}
