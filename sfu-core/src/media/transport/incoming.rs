//! Whom an SSRC that comes on a Transport belongs to: named by the description, or learned for good from the first
//! packet's `mid` and `rid` (browsers stop sending these after our first report), or from a payload type that only one
//! Producer takes. Knows no packets beyond their header.
use crate::extension::{Extension, ExtensionMap};
use crate::media::command::ProducerParams;
use crate::media::rtp::header::{ExtensionValues, RtpHeader};
use crate::sdp::{Mid, Rid};
use rustc_hash::FxHashMap;

/// SSRCs of one client: thirty simulcast cameras. More is an attempt to fill the table.
const SSRCS_MAX: usize = 256;

/// Whose packets an SSRC carries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::media) struct Owner {
    /// The Producer's slot in its Router.
    pub(in crate::media) producer: usize,
    /// Which of its layers, lowest first.
    pub(in crate::media) layer: usize,
    /// These are retransmissions.
    pub(in crate::media) rtx: bool,
}

/// What is known of a Producer before its packets come.
struct Expected {
    producer: usize,
    mid: Mid,
    rids: Vec<Rid>,
    media_types: Vec<u8>,
    rtx_types: Vec<u8>,
}

/// The table of one Transport.
#[derive(Default)]
pub(in crate::media) struct Incoming {
    owners: FxHashMap<u32, Owner>,
    expected: Vec<Expected>,
    extensions: ExtensionMap,
}

impl Incoming {
    /// Expects a Producer's packets.
    pub(in crate::media) fn expect(&mut self, producer: usize, params: &ProducerParams) {
        for (id, extension) in params.extensions.iter() {
            self.extensions.insert(id, extension);
        }
        // With rids these decide: a description may list the SSRCs of the layers in another order.
        let named = if params.rids.is_empty() { params.ssrcs.as_slice() } else { &[] };
        for (layer, group) in named.iter().enumerate() {
            self.insert(group.media, Owner { producer, layer, rtx: false });
            if let Some(rtx) = group.rtx {
                self.insert(rtx, Owner { producer, layer, rtx: true });
            }
        }
        self.expected.push(Expected {
            producer,
            mid: params.mid.clone(),
            rids: params.rids.clone(),
            media_types: params.codecs.iter().map(|codec| codec.payload_type).collect(),
            rtx_types: params.codecs.iter().filter_map(|codec| codec.rtx).collect(),
        });
    }

    /// Forgets a Producer and its SSRCs.
    pub(in crate::media) fn forget(&mut self, producer: usize) {
        self.expected.retain(|expected| expected.producer != producer);
        self.owners.retain(|_, owner| owner.producer != producer);
    }

    /// The ids of header extensions, of all m-lines together: in a BUNDLE an id means the same in each (RFC 9143 §7.1).
    pub(in crate::media) const fn extensions(&self) -> &ExtensionMap {
        &self.extensions
    }

    /// Whose packet it is; learns where it is the SSRC's first.
    pub(in crate::media) fn owner(&mut self, header: &RtpHeader, values: &ExtensionValues<'_>) -> Option<Owner> {
        if let Some(owner) = self.owners.get(&header.ssrc) {
            return Some(*owner);
        }
        let owner = self.learn(header.payload_type, values)?;
        self.insert(header.ssrc, owner).then_some(owner)
    }

    /// Whose SSRC it is, if that is known.
    pub(in crate::media) fn owner_of(&self, ssrc: u32) -> Option<Owner> {
        self.owners.get(&ssrc).copied()
    }

    /// Drops what was learned of an SSRC that another one took the place of.
    pub(in crate::media) fn forget_ssrc(&mut self, ssrc: u32) {
        self.owners.remove(&ssrc);
    }

    fn insert(&mut self, ssrc: u32, owner: Owner) -> bool {
        if self.owners.len() >= SSRCS_MAX && !self.owners.contains_key(&ssrc) {
            return false;
        }
        self.owners.insert(ssrc, owner);
        true
    }

    fn learn(&self, payload_type: u8, values: &ExtensionValues<'_>) -> Option<Owner> {
        let repaired = values.get(Extension::RepairedRtpStreamId);
        let rid = repaired.or_else(|| values.get(Extension::RtpStreamId));
        let expected = match values.get(Extension::Mid) {
            Some(mid) => only(self.expected.iter().filter(|expected| expected.mid.0.as_bytes() == mid)),
            None if rid.is_some() => only(self.expected.iter().filter(|expected| expected.layer_of(rid).is_some())),
            None => only(self.expected.iter().filter(|expected| expected.takes(payload_type))),
        }?;
        let layer = expected.layer_of(rid)?;
        let rtx = repaired.is_some() || expected.rtx_types.contains(&payload_type);
        let known = rtx || expected.media_types.contains(&payload_type);
        known.then_some(Owner { producer: expected.producer, layer, rtx })
    }
}

impl Expected {
    fn takes(&self, payload_type: u8) -> bool {
        self.media_types.contains(&payload_type) || self.rtx_types.contains(&payload_type)
    }

    /// The layer with this rid; without simulcast there is one layer and no rid is needed.
    fn layer_of(&self, rid: Option<&[u8]>) -> Option<usize> {
        if self.rids.is_empty() {
            return Some(0);
        }
        let rid = rid?;
        self.rids.iter().position(|known| known.0.as_bytes() == rid)
    }
}

fn only<T>(mut candidates: impl Iterator<Item = T>) -> Option<T> {
    let first = candidates.next()?;
    candidates.next().is_none().then_some(first)
}
