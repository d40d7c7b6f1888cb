//! SDP text at v2's edge: reading what clients send, and v2's dialect of what is printed for them.
use sfu_core::capability::Refusal;
use sfu_core::sdp::{Description, DescriptionKind, Dialect, MediaKind, Msid, TrackLabel};

/// How large a data message would be allowed to be, bytes; v2 clients open no data channel.
const MAX_MESSAGE_SIZE: u32 = 262_144;

/// Reads a client's description; the error says where it is wrong.
pub(crate) fn parse(text: &str, kind: DescriptionKind) -> Result<Box<Description>, String> {
    sfu_core::sdp::parse(text, kind).map(Box::new).map_err(|error| Refusal::from(error).to_string())
}

/// Prints a description of ours about one stream, which is named on the wire by `stream`.
pub(crate) fn print(description: &Description, stream: &str) -> String {
    sfu_core::sdp::print(description, &V2Dialect { stream })
}

/// v2's dialect: a Transport carries one stream, which is named by its id. Its SDKs look at neither part of `a=msid`.
struct V2Dialect<'a> {
    stream: &'a str,
}

impl Dialect for V2Dialect<'_> {
    fn msid(&self, label: &TrackLabel) -> Msid {
        let half = match label.kind {
            MediaKind::Audio => "audio",
            MediaKind::Video => "video",
        };
        Msid { stream: self.stream.to_owned(), track: format!("{half}_{}", self.stream) }
    }

    fn max_message_size(&self) -> u32 {
        MAX_MESSAGE_SIZE
    }
}
