//! What can be wrong with the text of a session description or candidate.
use crate::capability::Refusal;

/// Where and why reading stopped.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line {line}: {fault}")]
pub struct SdpError {
    /// The line, counted from 1; 0 where the text as a whole is meant.
    pub line: usize,
    /// What is wrong there.
    pub fault: SdpFault,
}

/// What can be wrong. Attributes that are not known are no fault.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SdpFault {
    /// More bytes than [`crate::limits::SDP_BYTES_MAX`].
    #[error("too many bytes")]
    TooManyBytes,
    /// More lines than [`crate::limits::SDP_LINES_MAX`].
    #[error("too many lines")]
    TooManyLines,
    /// More sections than [`crate::limits::SDP_SECTIONS_MAX`].
    #[error("too many media sections")]
    TooManySections,
    /// It does not begin with `v=0`.
    #[error("a session description begins with v=0")]
    NotSdp,
    /// Not a letter, an equals sign and a value.
    #[error("not of the form <letter>=<value>")]
    NoLine,
    /// `m=` without kind, port, protocol and formats.
    #[error("m= needs a kind, a port, a protocol and formats")]
    MediaLine,
    /// `a=mid` that is empty, longer than 16 characters or no token.
    #[error("a=mid is empty, longer than 16 characters or no token")]
    Mid,
    /// `a=ice-ufrag` or `a=ice-pwd` outside of RFC 8839's 256 letters, digits, `+` and `/`.
    #[error("ICE credentials are letters, digits, + and /, at most 256")]
    Ice,
    /// `a=fingerprint` that is no hash.
    #[error("a=fingerprint is no hash")]
    Fingerprint,
    /// `a=candidate` that is none.
    #[error("not an ICE candidate")]
    Candidate,
}

impl SdpFault {
    pub(super) const fn at(self, line: usize) -> SdpError {
        SdpError { line, fault: self }
    }
}

impl From<SdpError> for Refusal {
    fn from(error: SdpError) -> Self {
        Self::Invalid { what: "session description", why: error.to_string() }
    }
}
