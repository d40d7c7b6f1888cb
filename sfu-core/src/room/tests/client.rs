//! Session descriptions as a browser would make them, in values.
use crate::extension::{Extension, ExtensionMap};
use crate::sdp::{
    Codec, CodecSpec, DataChannels, Description, DescriptionKind, Direction, Feedback, Fingerprint, IceCredentials,
    MediaKind, Mid, Msid, Section, SectionKind, Setup, SsrcGroup,
};

/// A section of a browser's: audio has Opus, video VP8.
pub fn section(mid: &str, kind: MediaKind, direction: Direction, track: &str) -> Section {
    let feedback = vec![Feedback::Nack, Feedback::Pli, Feedback::TransportCc];
    let codecs = match kind {
        MediaKind::Audio => vec![spec(Codec::Opus, 111, None, vec![Feedback::TransportCc])],
        MediaKind::Video => vec![spec(Codec::Vp8, 96, Some(97), feedback)],
    };
    let mut extensions = ExtensionMap::new();
    extensions.insert(3, Extension::TransportSequence);
    extensions.insert(4, Extension::Mid);
    let number: u32 = mid.bytes().map(u32::from).sum();
    let ssrc = SsrcGroup { media: 1000 + number, rtx: None };
    Section {
        kind: SectionKind::Media(kind),
        mid: Mid(mid.to_owned()),
        rejected: false,
        ice: None,
        direction,
        codecs,
        extensions,
        msid: direction.sends().then(|| Msid { stream: "-".to_owned(), track: track.to_owned() }),
        label: None,
        ssrcs: if direction.sends() { vec![ssrc] } else { Vec::new() },
        cname: None,
        rids: Vec::new(),
        candidates: Vec::new(),
        bandwidth_kbps: None,
    }
}

pub fn spec(codec: Codec, payload_type: u8, rtx: Option<u8>, feedback: Vec<Feedback>) -> CodecSpec {
    CodecSpec { codec, payload_type, rtx, fmtp: String::new(), feedback }
}

pub fn data_section(mid: &str) -> Section {
    let data = DataChannels { sctp_port: 5000, max_message_size: Some(262_144) };
    Section {
        kind: SectionKind::Data(data),
        codecs: Vec::new(),
        extensions: ExtensionMap::new(),
        ..section(mid, MediaKind::Audio, Direction::RecvOnly, "")
    }
}

/// An offer of a PeerConnection with these ICE credentials.
pub fn offer_with_ice(ufrag: &str, sections: Vec<Section>) -> Box<Description> {
    Box::new(Description {
        kind: DescriptionKind::Offer,
        session_id: 1,
        version: 1,
        ice: IceCredentials { ufrag: ufrag.to_owned(), password: "p".repeat(24) },
        ice_lite: false,
        fingerprint: Fingerprint { algorithm: "sha-256".to_owned(), bytes: vec![7; 32] },
        setup: Setup::ActPass,
        extmap_allow_mixed: true,
        sections,
    })
}

pub fn offer(sections: Vec<Section>) -> Box<Description> {
    offer_with_ice("abcd", sections)
}

/// Microphone and camera, sending.
pub fn sending() -> Box<Description> {
    offer(vec![
        section("0", MediaKind::Audio, Direction::SendOnly, "mic"),
        section("1", MediaKind::Video, Direction::SendOnly, "cam"),
    ])
}

/// Receives sound and picture.
pub fn receiving() -> Box<Description> {
    offer(vec![
        section("0", MediaKind::Audio, Direction::RecvOnly, ""),
        section("1", MediaKind::Video, Direction::RecvOnly, ""),
    ])
}

/// What a browser that takes everything answers.
pub fn answer_to(offer: &Description) -> Box<Description> {
    assert_eq!(offer.kind, DescriptionKind::Offer);
    let sections = offer.sections.iter().map(|offered| {
        let mut section = offered.clone();
        section.direction = match offered.direction {
            Direction::SendOnly => Direction::RecvOnly,
            Direction::RecvOnly => Direction::SendOnly,
            other => other,
        };
        section.label = None;
        section.ssrcs = Vec::new();
        section.candidates = Vec::new();
        section
    });
    let mut answer = super::client::offer(sections.collect());
    answer.kind = DescriptionKind::Answer;
    answer.setup = Setup::Active;
    answer
}

pub fn directions(description: &Description) -> Vec<Direction> {
    description.sections.iter().map(|section| section.direction).collect()
}
