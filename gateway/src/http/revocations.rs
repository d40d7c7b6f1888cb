//! Tokens that were revoked when their bearers were put out: asked of memory, kept by the store over restarts.
use crate::store::{Revocation, RevocationTable};
use sfu_core::capability::{NotNow, Refusal};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Most revocations that are remembered; the one of the earliest time goes first.
const REVOCATIONS_MAX: u32 = 100_000;

/// By room and identity: tokens that are valid from before this time on (seconds since 1970) are revoked.
#[derive(Debug, Default)]
struct Known(Mutex<HashMap<(String, String), u64>>);

/// All revocations.
#[derive(Debug)]
pub struct Revocations {
    known: Known,
    table: RevocationTable,
}

impl Revocations {
    /// Those that the store remembers.
    pub async fn restore(table: RevocationTable) -> Self {
        let known = Known::default();
        match table.latest(u64::from(REVOCATIONS_MAX)).await {
            Ok(kept) => kept.iter().for_each(|kept| known.add(&kept.room, &kept.identity, kept.before_s)),
            Err(error) => tracing::error!(%error, "tokens that were revoked are good again: they cannot be read"),
        }
        Self { known, table }
    }

    /// Revokes the tokens of this identity for this room that are valid from before `before_s`: at once, and for good
    /// where it succeeds.
    pub async fn add(&self, room: &str, identity: &str, before_s: u64) -> Result<(), Refusal> {
        self.known.add(room, identity, before_s);
        let revocation = Revocation { room: room.to_owned(), identity: identity.to_owned(), before_s };
        self.table.add(&revocation).await.map_err(|error| {
            tracing::error!(%error, "a revocation of tokens was not stored");
            Refusal::NotNow(NotNow::Unavailable)
        })
    }

    /// True for a token, valid from `nbf_s` on, that was revoked.
    pub fn cover(&self, room: &str, identity: &str, nbf_s: u64) -> bool {
        self.known.cover(room, identity, nbf_s)
    }
}

impl Known {
    fn add(&self, room: &str, identity: &str, before_s: u64) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (room.to_owned(), identity.to_owned());
        if all.len() >= REVOCATIONS_MAX as usize && !all.contains_key(&key) {
            let earliest = all.iter().min_by_key(|(_, before_s)| **before_s).map(|(key, _)| key.clone());
            all.retain(|key, _| Some(key) != earliest.as_ref());
        }
        let before = all.entry(key).or_default();
        *before = before_s.max(*before);
    }

    fn cover(&self, room: &str, identity: &str, nbf_s: u64) -> bool {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(&(room.to_owned(), identity.to_owned())).is_some_and(|before_s| nbf_s < *before_s)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_older_tokens_of_that_identity_and_room_are_revoked() {
        let revocations = Known::default();
        revocations.add("hall", "anna", 1_000);
        revocations.add("hall", "anna", 900);
        let cases = [("hall", "anna", 0, true), ("hall", "anna", 999, true), ("hall", "anna", 1_000, false)];
        for (room, identity, nbf_s, revoked) in
            cases.into_iter().chain([("hall", "ben", 0, false), ("b", "anna", 0, false)])
        {
            assert_eq!(revocations.cover(room, identity, nbf_s), revoked, "{room} {identity} {nbf_s}");
        }
    }
}
