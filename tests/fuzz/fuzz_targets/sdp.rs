//! Session descriptions and candidates: what is read is printed and read again without a fault.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sfu_core::sdp::{DescriptionKind, Dialect, Msid, TrackLabel, parse, parse_candidate, print};

struct Plain;

impl Dialect for Plain {
    fn msid(&self, _: &TrackLabel) -> Msid {
        Msid { stream: "stream".to_owned(), track: "track".to_owned() }
    }

    fn max_message_size(&self) -> u32 {
        65_536
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, text)) = bytes.split_first() else { return };
    let text = String::from_utf8_lossy(text);
    let _ = parse_candidate(&text);
    let kind = if choice & 1 == 0 { DescriptionKind::Offer } else { DescriptionKind::Answer };
    if let Ok(description) = parse(&text, kind) {
        let printed = print(&description, &Plain);
        assert!(printed.starts_with("v=0\r\n"));
    }
});
