//! Counts for one client's socket: what its peer says was used goes to its app, once it has joined a room.
//!
//! Before that nobody has shown a token: strangers fill no table.
use super::cells::AppUsage;
use super::{AppId, ItemKind, Surface, Usage};
use sfu_core::capability::Feature;
use sfu_core::usage::Used;
use std::sync::Arc;

/// Different things that are kept of a client that has not joined.
const EARLY_MAX: usize = 64;

/// The counts of one client.
#[derive(Debug)]
pub struct Tally {
    usage: Arc<Usage>,
    id: AppId,
    /// Where they go, from the join on.
    app: Option<Arc<AppUsage>>,
    early: Vec<(Counted, u32)>,
}

/// What is counted of a client.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Counted {
    /// It used this.
    Used(Used),
    /// It was refused this.
    Refused(Feature),
}

impl Tally {
    /// For a client of this app.
    pub fn new(usage: &Arc<Usage>, id: AppId) -> Self {
        Self { usage: Arc::clone(usage), id, app: None, early: Vec::new() }
    }

    /// Something was used.
    pub fn note(&mut self, used: Used, count: u32, now_ms: u64) {
        self.count(Counted::Used(used), count, now_ms);
    }

    /// Something was refused for want of this feature.
    pub fn refused(&mut self, feature: Feature, now_ms: u64) {
        self.count(Counted::Refused(feature), 1, now_ms);
    }

    fn count(&mut self, used: Counted, count: u32, now_ms: u64) {
        let has_room = self.early.len() < EARLY_MAX;
        match &self.app {
            Some(app) => app.add(self.place(&used), u64::from(count), now_ms),
            None => match self.early.iter_mut().find(|(known, _)| *known == used) {
                Some((_, known)) => *known = known.saturating_add(count),
                None if has_room => self.early.push((used, count)),
                None => {}
            },
        }
    }

    /// The client is in a room.
    pub fn joined(&mut self, now_ms: u64) {
        if self.app.is_some() {
            return;
        }
        let app = self.usage.app(&self.id);
        for (used, count) in std::mem::take(&mut self.early) {
            app.add(self.place(&used), u64::from(count), now_ms);
        }
        self.app = Some(app);
    }

    fn place(&self, counted: &Counted) -> usize {
        let [request, notice, option, sdk] = ItemKind::of(self.id.face);
        let catalog = self.usage.catalog();
        let used = match counted {
            Counted::Used(used) => used,
            Counted::Refused(feature) => return catalog.refusal(*feature, Surface::Client),
        };
        match used {
            Used::Request(name) => catalog.place(request, name),
            Used::Notice(name) => catalog.place(notice, name),
            Used::Option(name) => catalog.place(option, name),
            Used::Sdk { name, version } => catalog.sdk(sdk, format!("{name} {version}").trim_end()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::usage::{Catalog, Face};

    #[test]
    fn what_a_client_did_is_counted_once_it_has_joined() {
        let usage = Arc::new(Usage::new(Catalog::new(openapi::compat::table().unwrap()), 1));
        let id = AppId::new(Face::V2, "", Some("https://app.example"), "Mozilla/5.0 Chrome/1");
        let mut tally = Tally::new(&usage, id.clone());
        tally.note(Used::Request("ping"), 2, 10);
        tally.note(Used::Request("ping"), 1, 10);
        tally.note(Used::Sdk { name: "openvidu-browser", version: String::new() }, 1, 10);
        tally.refused(Feature::DataMessages, 10);
        assert!(usage.apps().is_empty(), "a stranger is no app");
        tally.joined(20);
        tally.joined(25);
        tally.note(Used::Request("ping"), 1, 30);
        let place = usage.catalog().place(ItemKind::Rpc, "ping");
        let seen = usage.app(&id).seen(place).unwrap();
        assert_eq!((seen.count, seen.first_ms, seen.last_ms), (4, 20, 30));
        tally.refused(Feature::DataMessages, 40);
        let refused = usage.app(&id).seen(usage.catalog().refusal(Feature::DataMessages, Surface::Client)).unwrap();
        assert_eq!((refused.count, refused.first_ms, refused.last_ms), (2, 20, 40));
        let sdk = usage.catalog().sdk(ItemKind::Sdk, "openvidu-browser");
        assert_eq!(usage.app(&id).seen(sdk).map(|seen| seen.count), Some(1));
    }
}
