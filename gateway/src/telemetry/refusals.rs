//! How often each feature that the profile refuses was asked for, on whatever surface, since the server started. Whose app it
//! was is counted by `crate::usage`.
use super::Caller;
use sfu_core::capability::{FEATURES, Feature, FeatureRow, Refusal};
use std::sync::atomic::{AtomicU64, Ordering};

/// The counts, in the order of the registry.
#[derive(Debug, Default)]
pub struct Refusals {
    counts: [AtomicU64; FEATURES.len()],
}

impl Refusals {
    /// Counts a refusal for want of a feature.
    pub fn count(&self, feature: Feature) {
        let place = FEATURES.iter().position(|row| row.feature == feature);
        if let Some(count) = place.and_then(|place| self.counts.get(place)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Counts a refusal of the running request.
    pub fn count_request(&self, feature: Feature) {
        self.count(feature);
        Caller::note_refused(feature);
    }

    /// Counts an outcome of the running request that is such a refusal.
    pub fn note<T>(&self, outcome: &Result<T, Refusal>) {
        if let Err(Refusal::NotSupported(feature)) = outcome {
            self.count_request(*feature);
        }
    }

    /// Every feature with its count.
    pub fn snapshot(&self) -> impl Iterator<Item = (&'static FeatureRow, u64)> {
        FEATURES.iter().zip(&self.counts).map(|(row, count)| (row, count.load(Ordering::Relaxed)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sfu_core::capability::NotFound;

    #[test]
    fn each_feature_is_counted_by_itself() {
        let refusals = Refusals::default();
        refusals.count(Feature::Ingress);
        refusals.note::<()>(&Err(Refusal::NotSupported(Feature::DataMessages)));
        refusals.note::<()>(&Err(Refusal::NotSupported(Feature::DataMessages)));
        refusals.note::<()>(&Err(Refusal::NotFound(NotFound::Room)));
        refusals.note(&Ok(()));
        let counts: Vec<_> = refusals.snapshot().map(|(row, count)| (row.key, count)).filter(|(_, n)| *n > 0).collect();
        assert_eq!(counts, [("dataMessages", 2), ("ingress", 1)]);
    }
}
