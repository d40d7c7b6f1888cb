//! What is supported under which profile: one table, one question, one typed refusal.
//!
//! [`FEATURES`] is the table; [`require`] is the only way to ask it. [`crate::room::RoomCommand::feature`] and
//! [`ApiOperation::feature`] say which feature a command or API call needs, so that the gate stands before every handler
//! and no handler can forget it. How a [`Refusal`] looks on a wire is each face's own `refusal.rs`.
mod feature;
mod operation;
mod profile;
mod refusal;

pub use feature::{FEATURES, Feature, FeatureRow, Support};
pub use operation::ApiOperation;
pub use profile::Profile;
pub use refusal::{LimitKind, NotFound, NotNow, Refusal};

/// Whether `profile` has `feature`; the refusal to give to the client where it has not.
pub fn require(profile: Profile, feature: Feature) -> Result<(), Refusal> {
    match feature.row().support(profile) {
        Support::Native => Ok(()),
        Support::Refused => Err(Refusal::NotSupported(feature)),
    }
}

/// The features that `profile` refuses, in the order of the table.
pub fn refused(profile: Profile) -> impl Iterator<Item = Feature> {
    FEATURES.iter().filter(move |row| row.support(profile) == Support::Refused).map(|row| row.feature)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mediasoup_profile_refuses_exactly_its_four_features() {
        let refused: Vec<_> = refused(Profile::Mediasoup).collect();
        assert_eq!(refused, [Feature::DataMessages, Feature::Ingress, Feature::Dynacast, Feature::SpeakerDetection]);
    }

    #[test]
    fn codes_and_keys_are_unique_and_stable() {
        let codes: Vec<_> = FEATURES.iter().map(|row| row.code).collect();
        let mut unique = codes.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), codes.len());
        assert_eq!(Feature::DataMessages.row().code, "VIA-0101");
        assert_eq!(Feature::Ingress.row().code, "VIA-0102");
        assert_eq!(Feature::Dynacast.row().code, "VIA-0103");
        assert_eq!(Feature::SpeakerDetection.row().code, "VIA-0104");
    }

    #[test]
    fn every_feature_has_its_own_row() {
        for row in FEATURES {
            assert_eq!(row.feature.row().key, row.key);
        }
    }
}
