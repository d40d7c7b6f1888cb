//! Texts of real browsers and libraries, read and written. The files in `fixtures` are what Chromium 156 and Firefox ESR
//! 153 wrote when used as both protocols' libraries use them; `old-library` and `h264-first` are composed by hand.

mod hostile;
mod understood;

use super::{Description, DescriptionKind, Dialect, Msid, TrackLabel, parse};

/// The fixture of this name.
macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/sdp/fixtures/", $name, ".sdp"))
    };
}
pub(crate) use fixture;

/// Reads an offer that must be readable.
pub(crate) fn offer(text: &str) -> Description {
    parse(text, DescriptionKind::Offer).unwrap()
}

/// A plain spelling for tests.
pub(crate) struct PlainDialect;

impl Dialect for PlainDialect {
    fn msid(&self, label: &TrackLabel) -> Msid {
        let track = label.track.map_or_else(|| "none".to_owned(), |track| track.to_string());
        Msid { stream: format!("{}-{}", label.participant, label.stream), track }
    }

    fn max_message_size(&self) -> u32 {
        65_536
    }
}
