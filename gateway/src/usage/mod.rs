//! What apps use of both protocols, counted while they use it: the ground for moving them from OpenVidu v2 to LiveKit.
//!
//! Kept are words of the protocols, and of an app only its key's name, its Origin's host and the product in its User-Agent:
//! no room, no person, no address, no text that somebody wrote. Everything is bounded; beyond the bounds is `other`.
//! Counting is a relaxed atomic addition; where it goes is looked up once for each socket.
mod app;
mod catalog;
mod cells;
mod keeper;
mod readiness;
mod report;
mod requests;
mod tally;
mod time;

pub use app::{AppId, Face};
pub use catalog::{Catalog, ItemKind, Surface};
pub use keeper::{FLUSH_INTERVAL, flush, keep, restore};
pub use readiness::{Readiness, readiness};
pub use report::{Report, csv, report};
pub(crate) use requests::app_of;
pub use requests::{RefusedFeature, count};
pub use tally::Tally;

use cells::AppUsage;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// Apps that are told apart; further ones are counted together.
pub const APPS_MAX: usize = 200;

/// The counts of the whole server.
#[derive(Debug)]
pub struct Usage {
    catalog: Catalog,
    apps: RwLock<HashMap<AppId, Arc<AppUsage>>>,
    /// Since when it counts, ms since 1970; earlier where the store knew of more.
    since_ms: std::sync::atomic::AtomicU64,
}

impl Usage {
    /// Nothing counted yet.
    pub fn new(catalog: Catalog, now_ms: u64) -> Self {
        Self { catalog, apps: RwLock::default(), since_ms: now_ms.into() }
    }

    /// What can be counted.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The counts of an app; those of all others together where too many are known.
    pub(crate) fn app(&self, id: &AppId) -> Arc<AppUsage> {
        let known = self.apps.read().unwrap_or_else(PoisonError::into_inner).get(id).map(Arc::clone);
        known.unwrap_or_else(|| self.add(id))
    }

    fn add(&self, id: &AppId) -> Arc<AppUsage> {
        let mut apps = self.apps.write().unwrap_or_else(PoisonError::into_inner);
        let id = if apps.len() < APPS_MAX || apps.contains_key(id) { id.clone() } else { AppId::other(id.face) };
        Arc::clone(apps.entry(id).or_insert_with(|| Arc::new(AppUsage::new(self.catalog.len()))))
    }

    /// Every app with its counts, in a fixed order.
    pub(crate) fn apps(&self) -> Vec<(AppId, Arc<AppUsage>)> {
        let apps = self.apps.read().unwrap_or_else(PoisonError::into_inner);
        let mut apps: Vec<_> = apps.iter().map(|(id, usage)| (id.clone(), Arc::clone(usage))).collect();
        apps.sort_by(|(one, _), (other, _)| one.cmp(other));
        apps
    }

    /// Since when it counts, ms since 1970.
    pub fn since_ms(&self) -> u64 {
        self.since_ms.load(std::sync::atomic::Ordering::Relaxed)
    }

    /// Something was counted at this time before the server started.
    pub(crate) fn known_since(&self, ms: u64) {
        self.since_ms.fetch_min(ms, std::sync::atomic::Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn apps_beyond_the_bound_are_counted_together() {
        let usage = Usage::new(Catalog::new(openapi::compat::table().unwrap()), 1);
        for number in 0..APPS_MAX + 20 {
            let id = AppId::new(Face::V2, "OPENVIDUAPP", Some(&format!("https://{number}.example")), "node");
            usage.app(&id).add(0, 1, 5);
        }
        let apps = usage.apps();
        assert_eq!(apps.len(), APPS_MAX + 1);
        let (_, other) = apps.iter().find(|(id, _)| *id == AppId::other(Face::V2)).unwrap();
        assert_eq!(other.seen(0).map(|seen| seen.count), Some(20));
    }
}
