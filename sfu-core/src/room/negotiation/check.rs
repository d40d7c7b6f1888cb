//! What must hold before a description of the client is acted on: nothing is changed where it does not.
use super::{Negotiation, NegotiationError, codecs};
use crate::sdp::{Description, Direction, IceCredentials, MediaKind, Section, SectionKind};
use std::collections::BTreeSet;

/// Shortest ufrag and password (RFC 8839, section 5.4).
const ICE_CHARS_MIN: (usize, usize) = (4, 22);

/// The credentials that hold for the association: those of the first section that is in use.
pub(super) fn remote_ice(description: &Description) -> IceCredentials {
    let own = description.sections.iter().filter(|section| !section.rejected).find_map(|section| section.ice.clone());
    own.unwrap_or_else(|| description.ice.clone())
}

pub(super) fn check_association(negotiation: &Negotiation, description: &Description) -> Result<(), NegotiationError> {
    let ice = remote_ice(description);
    if ice.ufrag.len() < ICE_CHARS_MIN.0 || ice.password.len() < ICE_CHARS_MIN.1 {
        return Err(NegotiationError::MissingIce);
    }
    if description.fingerprint.bytes.is_empty() {
        return Err(NegotiationError::MissingFingerprint);
    }
    if negotiation.remote.as_ref().is_some_and(|(_, known)| *known != description.fingerprint) {
        return Err(NegotiationError::FingerprintChanged);
    }
    Ok(())
}

/// m-lines never change their place or kind; a mid changes only where a refused m-line is taken into use again.
pub(super) fn check_places(negotiation: &Negotiation, offer: &Description) -> Result<(), NegotiationError> {
    let (found, expected) = (offer.sections.len(), negotiation.lines.len());
    if found == 0 {
        return Err(NegotiationError::NoSections);
    }
    if found < expected && negotiation.lines[found..].iter().any(|line| line.remote.is_some()) {
        return Err(NegotiationError::SectionCount { found, expected });
    }
    for (index, (line, section)) in negotiation.lines.iter().zip(&offer.sections).enumerate() {
        let same = same_kind(&line.kind, &section.kind) && line.mid == section.mid;
        if !same && !line.rejected && line.remote.is_some() {
            return Err(NegotiationError::SectionsChangedPlace { index });
        }
    }
    let mut mids = BTreeSet::new();
    for section in offer.sections.iter().filter(|section| !section.rejected) {
        if !mids.insert(&section.mid) {
            return Err(NegotiationError::MidTwice { mid: section.mid.clone() });
        }
    }
    Ok(())
}

pub(super) fn same_kind(a: &SectionKind, b: &SectionKind) -> bool {
    match (a, b) {
        (SectionKind::Media(a), SectionKind::Media(b)) => a == b,
        (SectionKind::Data(_), SectionKind::Data(_)) | (SectionKind::Unknown(_), SectionKind::Unknown(_)) => true,
        (SectionKind::Media(_) | SectionKind::Data(_) | SectionKind::Unknown(_), _) => false,
    }
}

pub(super) fn check_codecs(negotiation: &Negotiation, section: &Section) -> Result<(), NegotiationError> {
    let SectionKind::Media(kind) = section.kind else { return Ok(()) };
    if section.rejected || section.direction == Direction::Inactive {
        return Ok(());
    }
    if !codecs::common(&negotiation.setup, &section.codecs).is_empty() {
        return Ok(());
    }
    let mid = section.mid.clone();
    match (kind, negotiation.setup.forced_video) {
        (MediaKind::Video, Some(codec)) => Err(NegotiationError::ForcedCodecMissing { codec, mid }),
        (MediaKind::Video | MediaKind::Audio, _) => Err(NegotiationError::NoCommonCodec { mid, kind }),
    }
}
