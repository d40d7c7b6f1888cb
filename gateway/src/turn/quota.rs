//! How many allocations there may be: with one user name, from one address, in all; and how often strangers are answered.
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// Allocations in all: each costs a task, a socket and its queues.
const ALLOCATIONS_MAX: usize = 4_096;
/// Allocations from one address: an office behind one address.
const PER_ADDRESS_MAX: usize = 1_024;
/// Answers to strangers of one source address, a second: a client asks twice or three times to begin.
const ANSWERS_PER_S: u16 = 20;
/// Sources that are told apart: more share a count, and the memory stays what it is.
const SOURCES: usize = 4_096;

/// The register of allocations.
#[derive(Clone, Debug)]
pub(super) struct Quota {
    per_user_max: usize,
    counts: Arc<Mutex<Counts>>,
}

#[derive(Debug, Default)]
struct Counts {
    all: usize,
    by_user: HashMap<String, usize>,
    by_address: HashMap<IpAddr, usize>,
}

/// An allocation's place; given back when dropped.
#[derive(Debug)]
pub(super) struct Place {
    user: String,
    address: IpAddr,
    counts: Arc<Mutex<Counts>>,
}

impl Quota {
    pub(super) fn new(per_user_max: usize) -> Self {
        Self { per_user_max, counts: Arc::default() }
    }

    /// A place for one more; `None` where that is too many.
    pub(super) fn take(&self, user: &str, address: IpAddr) -> Option<Place> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let of_user = counts.by_user.get(user).copied().unwrap_or(0);
        let of_address = counts.by_address.get(&address).copied().unwrap_or(0);
        if counts.all >= ALLOCATIONS_MAX || of_user >= self.per_user_max || of_address >= PER_ADDRESS_MAX {
            return None;
        }
        counts.all += 1;
        counts.by_user.insert(user.to_owned(), of_user + 1);
        counts.by_address.insert(address, of_address + 1);
        Some(Place { user: user.to_owned(), address, counts: Arc::clone(&self.counts) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let counts = &mut *counts;
        counts.all = counts.all.saturating_sub(1);
        lower(&mut counts.by_user, &self.user);
        lower(&mut counts.by_address, &self.address);
    }
}

fn lower<K: std::hash::Hash + Eq>(counts: &mut HashMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count = count.saturating_sub(1);
        if *count == 0 {
            counts.remove(key);
        }
    }
}

/// Bounds the answers to strangers, so that a forged source address is not flooded by us.
#[derive(Debug)]
pub(super) struct Patience {
    hasher: RandomState,
    /// The second and the answers in it, for each source's hash.
    answered: Vec<(u64, u16)>,
}

impl Patience {
    pub(super) fn new() -> Self {
        Self { hasher: RandomState::new(), answered: vec![(0, 0); SOURCES] }
    }

    /// Whether `source` may be answered once more in this second.
    pub(super) fn allows(&mut self, source: IpAddr, unix_s: u64) -> bool {
        let place = usize::try_from(self.hasher.hash_one(source) % SOURCES as u64).unwrap_or(0);
        let Some((second, count)) = self.answered.get_mut(place) else { return false };
        if *second != unix_s {
            (*second, *count) = (unix_s, 0);
        }
        *count = count.saturating_add(1);
        *count <= ANSWERS_PER_S
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_by_user_and_by_address_and_given_back() {
        let quota = Quota::new(2);
        let address = |last: u8| IpAddr::from([192, 0, 2, last]);
        let first = quota.take("a", address(1)).unwrap();
        let _second = quota.take("a", address(2)).unwrap();
        assert!(quota.take("a", address(3)).is_none(), "per user");
        assert!(quota.take("b", address(3)).is_some());
        drop(first);
        assert!(quota.take("a", address(3)).is_some());
        let held: Vec<_> = (0..2_000).map_while(|number| quota.take(&format!("u{number}"), address(9))).collect();
        assert_eq!(held.len(), PER_ADDRESS_MAX);
        drop(held);
        let held: Vec<_> = (0..9_000)
            .map_while(|number| quota.take(&format!("u{number}"), IpAddr::from((number / 1_000 + 1u32).to_be_bytes())))
            .collect();
        assert_eq!(held.len() + 1, ALLOCATIONS_MAX);
    }

    #[test]
    fn a_flood_from_one_source_is_answered_at_a_fixed_rate() {
        let mut patience = Patience::new();
        let source = IpAddr::from([198, 51, 100, 7]);
        let answered = (0..10_000).filter(|_| patience.allows(source, 5)).count();
        assert_eq!(answered, usize::from(ANSWERS_PER_S));
        assert!(patience.allows(source, 6));
    }
}
