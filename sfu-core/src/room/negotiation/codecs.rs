//! Which codecs a section may use, in which order, with which parameters and feedback.
use super::NegotiationSetup;
use crate::media::{ReceiveCodec, SendCodec};
use crate::sdp::{Codec, CodecSpec, Direction, Feedback, H264Profile, MediaKind, Section};

const fn h264(profile: H264Profile, packetization_mode: u8) -> Codec {
    Codec::H264 { profile, packetization_mode }
}

/// What Viaduct routes, best first, with the payload types (media, RTX) that offers of ours use. An offer names all that
/// may come, so that nothing is renegotiated when a source changes its codec.
const ROUTED: [(Codec, u8, Option<u8>); 16] = [
    (Codec::Opus, 111, None),
    (Codec::Red, 63, None),
    (Codec::Pcmu, 0, None),
    (Codec::Pcma, 8, None),
    (Codec::Vp8, 96, Some(97)),
    (h264(H264Profile::ConstrainedBaseline, 1), 102, Some(103)),
    (h264(H264Profile::Baseline, 1), 104, Some(105)),
    (h264(H264Profile::ConstrainedBaseline, 0), 106, Some(107)),
    (h264(H264Profile::Baseline, 0), 108, Some(109)),
    (h264(H264Profile::Main, 1), 112, Some(113)),
    (h264(H264Profile::Main, 0), 114, Some(115)),
    (h264(H264Profile::High, 1), 116, Some(117)),
    (h264(H264Profile::High, 0), 118, Some(119)),
    (Codec::Vp9 { profile: 0 }, 98, Some(99)),
    (Codec::Vp9 { profile: 2 }, 100, Some(101)),
    (Codec::Av1, 35, Some(36)),
];

/// The same codec but for H.264 and VP9 profiles.
pub(in crate::room) const fn same_family(a: Codec, b: Codec) -> bool {
    matches!(
        (a, b),
        (Codec::Opus, Codec::Opus)
            | (Codec::Red, Codec::Red)
            | (Codec::Pcmu, Codec::Pcmu)
            | (Codec::Pcma, Codec::Pcma)
            | (Codec::Vp8, Codec::Vp8)
            | (Codec::Vp9 { .. }, Codec::Vp9 { .. })
            | (Codec::H264 { .. }, Codec::H264 { .. })
            | (Codec::Av1, Codec::Av1)
    )
}

/// Whether the codec may be used on this Transport.
fn allowed(setup: &NegotiationSetup, codec: Codec) -> bool {
    let forced = |forced: Codec| codec.kind() == MediaKind::Audio || same_family(forced, codec);
    let routed = ROUTED.iter().any(|(routed, _, _)| *routed == codec);
    let listed = setup.codecs.is_empty() || setup.codecs.iter().any(|listed| same_family(*listed, codec));
    routed && listed && setup.forced_video.is_none_or(forced)
}

/// The codecs of an offered section that may be used, in the client's own order: it is the client that encodes. Among
/// its H.264 variants the constrained baseline with packetization mode 1 comes first, which every browser decodes.
pub(super) fn common(setup: &NegotiationSetup, offered: &[CodecSpec]) -> Vec<CodecSpec> {
    let mut common: Vec<CodecSpec> = offered.iter().filter(|spec| allowed(setup, spec.codec)).cloned().collect();
    let best = common.iter().position(|spec| spec.codec == h264(H264Profile::ConstrainedBaseline, 1));
    let first = common.iter().position(|spec| matches!(spec.codec, Codec::H264 { .. }));
    if let (Some(best), Some(first)) = (best, first) {
        common[first..=best].rotate_right(1);
    }
    if common.iter().all(|spec| spec.codec == Codec::Red) {
        common.clear();
    }
    common
}

/// Puts the codec first that the client is to send in this section. Where it only sends, it is the only one left: not
/// every browser heeds the order of an answer. A codec that the client does not offer changes nothing.
pub(super) fn prefer(preferences: &[(String, Codec)], section: &Section, usable: &mut Vec<CodecSpec>) {
    let name = section.msid.as_ref().map(|msid| msid.track.as_str()).filter(|name| !name.is_empty());
    let Some((_, wanted)) = preferences.iter().find(|(track, _)| Some(track.as_str()) == name) else { return };
    if !usable.iter().any(|spec| same_family(spec.codec, *wanted)) {
        return;
    }
    if section.direction == Direction::SendOnly {
        usable.retain(|spec| same_family(spec.codec, *wanted));
    } else {
        usable.sort_by_key(|spec| !same_family(spec.codec, *wanted));
    }
}

/// All that a sending section of ours offers, in the order of the setup's list where it has one.
/// Where the client has given a codec a payload type, that one; a payload type of ours that means something else to the
/// client is left out.
pub(super) fn offered(setup: &NegotiationSetup, known: &[CodecSpec], kind: MediaKind) -> Vec<CodecSpec> {
    let rank = |codec: Codec| setup.codecs.iter().position(|listed| same_family(*listed, codec));
    let mut routed: Vec<_> =
        ROUTED.iter().filter(|(codec, _, _)| codec.kind() == kind && allowed(setup, *codec)).collect();
    routed.sort_by_key(|(codec, _, _)| rank(*codec));
    let taken =
        |payload_type: u8| known.iter().any(|spec| spec.payload_type == payload_type || spec.rtx == Some(payload_type));
    let spec = |(codec, payload_type, rtx): &(Codec, u8, Option<u8>)| {
        let feedback = own_feedback(kind);
        if let Some(known) = known.iter().find(|spec| spec.codec == *codec) {
            return Some(CodecSpec { fmtp: answered_fmtp(known), feedback, ..known.clone() });
        }
        let free = !taken(*payload_type) && !rtx.is_some_and(taken);
        let fmtp = own_fmtp(*codec);
        free.then_some(CodecSpec { codec: *codec, payload_type: *payload_type, rtx: *rtx, fmtp, feedback })
    };
    routed.into_iter().filter_map(spec).collect()
}

/// Remembers the client's payload types.
pub(super) fn note(known: &mut Vec<CodecSpec>, offered: &[CodecSpec]) {
    for spec in offered {
        if !known.iter().any(|known| known.payload_type == spec.payload_type) {
            known.push(spec.clone());
        }
    }
}

/// `a=fmtp` of offers of ours.
fn own_fmtp(codec: Codec) -> String {
    match codec {
        Codec::Opus => "minptime=10;useinbandfec=1".to_owned(),
        Codec::Red => "111/111".to_owned(),
        Codec::Pcmu | Codec::Pcma | Codec::Vp8 => String::new(),
        Codec::Vp9 { profile } => format!("profile-id={profile}"),
        Codec::H264 { profile, packetization_mode } => format!(
            "level-asymmetry-allowed=1;packetization-mode={packetization_mode};profile-level-id={:04x}1f",
            profile.bytes()
        ),
        Codec::Av1 => "level-idx=5;profile=0;tier=0".to_owned(),
    }
}

fn own_feedback(kind: MediaKind) -> Vec<Feedback> {
    match kind {
        MediaKind::Audio => vec![Feedback::Nack, Feedback::TransportCc],
        MediaKind::Video => vec![Feedback::Fir, Feedback::Nack, Feedback::Pli, Feedback::TransportCc],
    }
}

/// Which congestion feedback is given in a section: by us for what we receive, by the client for what we send.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Congestion {
    /// Transport-wide feedback.
    TransportCc,
    /// REMB.
    Remb,
    /// None.
    None,
}

/// A codec as our answer writes it: the client's payload types, our view of parameters and feedback.
pub(super) fn answered(offered: &CodecSpec, congestion: Congestion) -> CodecSpec {
    let feedback = offered.feedback.iter().copied().filter(|feedback| match feedback {
        Feedback::Nack => true,
        Feedback::Pli | Feedback::Fir => offered.codec.kind() == MediaKind::Video,
        Feedback::TransportCc => congestion == Congestion::TransportCc,
        Feedback::Remb => congestion == Congestion::Remb,
    });
    CodecSpec { fmtp: answered_fmtp(offered), feedback: feedback.collect(), ..offered.clone() }
}

/// Parameters of Opus that say what we would like to receive: what the client offers of these it may use itself.
const OPUS_KEPT: [&str; 5] = ["stereo", "usedtx", "maxaveragebitrate", "maxplaybackrate", "cbr"];

fn answered_fmtp(offered: &CodecSpec) -> String {
    match offered.codec {
        Codec::Opus => {
            let kept = offered
                .fmtp
                .split(';')
                .map(str::trim)
                .filter(|parameter| parameter.split_once('=').is_some_and(|(name, _)| OPUS_KEPT.contains(&name)));
            std::iter::once("minptime=10;useinbandfec=1").chain(kept).collect::<Vec<_>>().join(";")
        }
        // The offered limits (max-fs, max-fr) are the client's as a receiver; we have none.
        Codec::Vp8 | Codec::Pcmu | Codec::Pcma => String::new(),
        Codec::Vp9 { profile } if offered.fmtp.contains("profile-id") => format!("profile-id={profile}"),
        Codec::Vp9 { .. } => String::new(),
        // Profile, level and packetization mode must come back as they were offered.
        Codec::H264 { .. } | Codec::Av1 | Codec::Red => offered.fmtp.clone(),
    }
}

/// The receiving side of an answered codec.
pub(super) fn receive(spec: &CodecSpec) -> ReceiveCodec {
    ReceiveCodec {
        codec: spec.codec,
        payload_type: spec.payload_type,
        rtx: spec.rtx,
        nack: spec.feedback.contains(&Feedback::Nack),
        pli: spec.feedback.contains(&Feedback::Pli),
        fir: spec.feedback.contains(&Feedback::Fir),
    }
}

/// The sending side of a negotiated codec.
pub(super) fn send(spec: &CodecSpec) -> SendCodec {
    SendCodec {
        codec: spec.codec,
        payload_type: spec.payload_type,
        rtx: spec.rtx,
        nack: spec.feedback.contains(&Feedback::Nack),
    }
}
