//! Why an offer or answer is not accepted. Nothing was changed by one that is not.
use crate::capability::{NotNow, Refusal};
use crate::sdp::{Codec, MediaKind, Mid};

/// Facts about a description that cannot be accepted.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NegotiationError {
    /// The description is of the other kind: an answer where an offer is due, or the other way round.
    #[error("an offer where an answer is due, or the other way round")]
    WrongKind,
    /// The room demands a video codec and a video section lacks it.
    #[error("the room demands {}, which section {mid} lacks", .codec.name())]
    ForcedCodecMissing {
        /// The codec, by family.
        codec: Codec,
        /// The section.
        mid: Mid,
    },
    /// A section has no codec that may be used.
    #[error("section {mid} ({kind:?}) has no codec that may be used here")]
    NoCommonCodec {
        /// The section.
        mid: Mid,
        /// Sound or picture.
        kind: MediaKind,
    },
    /// No section at all.
    #[error("the description has no section")]
    NoSections,
    /// Fewer sections than the description before, or more than the offer that is answered.
    #[error("{found} sections where {expected} are due")]
    SectionCount {
        /// How many came.
        found: usize,
        /// How many were due.
        expected: usize,
    },
    /// A section is of another kind, or has another mid, than the one that had its place before.
    #[error("section {index} changed its place, kind or mid")]
    SectionsChangedPlace {
        /// Counted from 0.
        index: usize,
    },
    /// Two sections have the same mid.
    #[error("mid {mid} occurs twice")]
    MidTwice {
        /// The mid.
        mid: Mid,
    },
    /// An answer came and no offer of ours is open.
    #[error("no offer is open")]
    NoOfferOpen,
    /// The ICE credentials are missing or too short (RFC 8839: 4 and 22 characters).
    #[error("no usable ICE credentials")]
    MissingIce,
    /// There is no fingerprint.
    #[error("no DTLS fingerprint")]
    MissingFingerprint,
    /// The fingerprint is another than before: another DTLS association, which needs a new Transport.
    #[error("another DTLS fingerprint than before")]
    FingerprintChanged,
    /// An offer that leaves us only the DTLS client's part. (An answer may take the server's: pion does, to an ICE-lite offer.)
    #[error("a=setup:passive, but the server takes that role itself")]
    DtlsRole,
}

impl From<NegotiationError> for Refusal {
    fn from(error: NegotiationError) -> Self {
        match error {
            NegotiationError::ForcedCodecMissing { .. } => Self::NotNow(NotNow::ForcedCodecMissing),
            NegotiationError::NoOfferOpen => Self::NotNow(NotNow::NoOfferOpen),
            NegotiationError::WrongKind
            | NegotiationError::NoCommonCodec { .. }
            | NegotiationError::NoSections
            | NegotiationError::SectionCount { .. }
            | NegotiationError::SectionsChangedPlace { .. }
            | NegotiationError::MidTwice { .. }
            | NegotiationError::MissingIce
            | NegotiationError::MissingFingerprint
            | NegotiationError::FingerprintChanged
            | NegotiationError::DtlsRole => Self::Invalid { what: "session description", why: error.to_string() },
        }
    }
}
