//! How many TCP connections for media there may be: in all, and from one address. A connection holds a [`Permit`] for its
//! life, whichever thread owns it. Not touched on a packet's way.
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// Connections in all: each costs a descriptor and up to 256 KiB of queue.
const CONNECTIONS_MAX: usize = 8_192;
/// Connections from one address: an office behind one address, each person with a connection for each stream.
const PER_ADDRESS_MAX: usize = 1_024;

/// The register of connections.
#[derive(Clone, Debug, Default)]
pub(super) struct Admission {
    counts: Arc<Mutex<Counts>>,
}

#[derive(Debug, Default)]
struct Counts {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// A place in the register; given back when dropped.
#[derive(Debug)]
pub(super) struct Permit {
    address: IpAddr,
    counts: Arc<Mutex<Counts>>,
}

impl Admission {
    /// A place for a connection from `address`; `None` where there are too many.
    pub(super) fn admit(&self, address: IpAddr) -> Option<Permit> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let of_address = counts.by_address.get(&address).copied().unwrap_or(0);
        if counts.all >= CONNECTIONS_MAX || of_address >= PER_ADDRESS_MAX {
            return None;
        }
        counts.all += 1;
        counts.by_address.insert(address, of_address + 1);
        Some(Permit { address, counts: Arc::clone(&self.counts) })
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.all = counts.all.saturating_sub(1);
        let left = counts.by_address.get(&self.address).map_or(0, |count| count.saturating_sub(1));
        if left == 0 {
            counts.by_address.remove(&self.address);
        } else {
            counts.by_address.insert(self.address, left);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_cannot_take_all_places_and_gives_them_back() {
        let admission = Admission::default();
        let (greedy, other) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        let mut permits: Vec<_> = (0..PER_ADDRESS_MAX).map(|_| admission.admit(greedy).unwrap()).collect();
        assert!(admission.admit(greedy).is_none());
        assert!(admission.admit(other).is_some());
        permits.pop();
        assert!(admission.admit(greedy).is_some());
        drop(permits);
        assert!(admission.counts.lock().unwrap().by_address.is_empty());
        let all: Vec<_> = (0..=CONNECTIONS_MAX)
            .map_while(|number| admission.admit(IpAddr::from((number as u32 / 512 + 1).to_be_bytes())))
            .collect();
        assert_eq!(all.len(), CONNECTIONS_MAX);
    }
}
