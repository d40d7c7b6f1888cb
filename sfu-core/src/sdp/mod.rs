//! Session descriptions: from text to values ([`parse`]) and back ([`print`]), codec matching, candidates.
//!
//! The room decides every line that matters as values of [`Description`]; the faces hold the text. What is spelled
//! differently per protocol and SDK version (msid, max-message-size) is the face's [`Dialect`].
mod candidate;
mod description;
mod error;
mod parse;
mod print;
#[cfg(test)]
pub(crate) mod tests;

pub use candidate::{parse_candidate, print_candidate};
pub use description::{
    Candidate, CandidateKind, Codec, CodecSpec, DataChannels, Description, DescriptionKind, Direction, Feedback,
    Fingerprint, H264Profile, IceCredentials, MediaKind, Mid, Msid, Protocol, Rid, Section, SectionKind, Setup,
    SsrcGroup, TrackLabel,
};
pub use error::{SdpError, SdpFault};
pub use parse::parse;
pub use print::print;

/// How one protocol and SDK spells what the room left open.
pub trait Dialect {
    /// The two parts of `a=msid:<stream> <track>` of a track that the server sends.
    fn msid(&self, label: &TrackLabel) -> Msid;
    /// `a=max-message-size`, bytes.
    fn max_message_size(&self) -> u32;
}
