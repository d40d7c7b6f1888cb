//! Tokens that were revoked when their bearers were put out, as long as the server runs.
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Most revocations that are remembered; the one of the earliest time goes first.
const REVOCATIONS_MAX: usize = 100_000;

/// By room and identity: tokens that are valid from before this time on (seconds since 1970) are revoked.
#[derive(Debug, Default)]
pub struct Revocations(Mutex<HashMap<(String, String), u64>>);

impl Revocations {
    /// Revokes the tokens of this identity for this room that are valid from before `before_s`.
    pub fn add(&self, room: &str, identity: &str, before_s: u64) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (room.to_owned(), identity.to_owned());
        if all.len() >= REVOCATIONS_MAX && !all.contains_key(&key) {
            let earliest = all.iter().min_by_key(|(_, before_s)| **before_s).map(|(key, _)| key.clone());
            all.retain(|key, _| Some(key) != earliest.as_ref());
        }
        let before = all.entry(key).or_default();
        *before = before_s.max(*before);
    }

    /// True for a token, valid from `nbf_s` on, that was revoked.
    pub fn cover(&self, room: &str, identity: &str, nbf_s: u64) -> bool {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(&(room.to_owned(), identity.to_owned())).is_some_and(|before_s| nbf_s < *before_s)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_older_tokens_of_that_identity_and_room_are_revoked() {
        let revocations = Revocations::default();
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
