//! `a=rtpmap`, `a=fmtp` and `a=rtcp-fb` of one section, made into codecs.
use crate::sdp::{Codec, CodecSpec, Feedback, H264Profile, MediaKind};

/// Payload types are 7 bits.
const PAYLOAD_TYPES: usize = 128;

/// What is said of one payload type.
#[derive(Clone, Debug, Default)]
struct Format {
    name: String,
    clock_rate_hz: u32,
    fmtp: String,
    feedback: Vec<Feedback>,
}

/// The codecs of a section as far as they have been read.
#[derive(Debug)]
pub(super) struct CodecDraft {
    /// In the order of the m-line.
    order: Vec<u8>,
    /// By payload type; only those of the m-line.
    formats: Vec<Option<Format>>,
    /// `a=rtcp-fb:*`.
    for_all: Vec<Feedback>,
}

impl CodecDraft {
    pub(super) fn new(words: &[&str]) -> Self {
        let mut draft = Self { order: Vec::new(), formats: vec![None; PAYLOAD_TYPES], for_all: Vec::new() };
        for payload_type in words.iter().filter_map(|word| word.parse::<u8>().ok()) {
            if let Some(slot @ None) = draft.formats.get_mut(usize::from(payload_type)) {
                *slot = Some(fixed_format(payload_type));
                draft.order.push(payload_type);
            }
        }
        draft
    }

    pub(super) fn take(&mut self, name: &str, value: &str) {
        let (payload_type, rest) = value.split_once(' ').unwrap_or((value, ""));
        let rest = rest.trim();
        if payload_type == "*" {
            add_feedback(&mut self.for_all, rest);
            return;
        }
        let index = payload_type.parse::<u8>().map(usize::from).unwrap_or(PAYLOAD_TYPES);
        let Some(Some(format)) = self.formats.get_mut(index) else { return };
        match name {
            "rtpmap" => {
                let mut parts = rest.split('/');
                format.name = parts.next().unwrap_or_default().to_ascii_lowercase();
                format.clock_rate_hz = parts.next().and_then(|rate| rate.parse().ok()).unwrap_or(0);
            }
            "fmtp" => format.fmtp = rest.to_owned(),
            _ => add_feedback(&mut format.feedback, rest),
        }
    }

    /// The codecs that Viaduct knows, in order, each with its RTX.
    pub(super) fn finish(self, kind: MediaKind) -> Vec<CodecSpec> {
        let known = |payload_type: &u8| self.formats.get(usize::from(*payload_type))?.as_ref();
        let repairs = |payload_type: &u8| {
            let format = known(payload_type).filter(|format| format.name == "rtx")?;
            let repaired = parameter(&format.fmtp, "apt")?.parse::<u8>().ok()?;
            Some((repaired, *payload_type))
        };
        let rtx: Vec<(u8, u8)> = self.order.iter().filter_map(repairs).collect();
        let spec = |payload_type: &u8| {
            let format = known(payload_type)?;
            let codec = codec(format).filter(|codec| codec.kind() == kind)?;
            let mut feedback = format.feedback.clone();
            feedback.extend(self.for_all.iter().filter(|feedback| !format.feedback.contains(feedback)));
            Some(CodecSpec {
                codec,
                payload_type: *payload_type,
                rtx: rtx.iter().find(|(repaired, _)| repaired == payload_type).map(|(_, rtx)| *rtx),
                fmtp: format.fmtp.clone(),
                feedback,
            })
        };
        self.order.iter().filter_map(spec).collect()
    }
}

/// Payload types that need no `a=rtpmap` (RFC 3551).
fn fixed_format(payload_type: u8) -> Format {
    let name = match payload_type {
        0 => "pcmu",
        8 => "pcma",
        _ => return Format::default(),
    };
    Format { name: name.to_owned(), clock_rate_hz: 8_000, ..Format::default() }
}

fn add_feedback(list: &mut Vec<Feedback>, text: &str) {
    let mut words = text.split_ascii_whitespace();
    let feedback = match (words.next(), words.next()) {
        (Some("nack"), None) => Feedback::Nack,
        (Some("nack"), Some("pli")) => Feedback::Pli,
        (Some("ccm"), Some("fir")) => Feedback::Fir,
        (Some("transport-cc"), None) => Feedback::TransportCc,
        (Some("goog-remb"), None) => Feedback::Remb,
        _ => return,
    };
    if !list.contains(&feedback) {
        list.push(feedback);
    }
}

/// The value of a parameter in `a=fmtp`.
fn parameter<'a>(fmtp: &'a str, name: &str) -> Option<&'a str> {
    let pairs = fmtp.split(';').filter_map(|pair| pair.split_once('='));
    let mut values = pairs.filter(|(key, _)| key.trim().eq_ignore_ascii_case(name)).map(|(_, value)| value.trim());
    values.next()
}

fn codec(format: &Format) -> Option<Codec> {
    let codec = match format.name.as_str() {
        "opus" => Codec::Opus,
        "red" => Codec::Red,
        "pcmu" => Codec::Pcmu,
        "pcma" => Codec::Pcma,
        "vp8" => Codec::Vp8,
        "vp9" => {
            let profile = parameter(&format.fmtp, "profile-id").unwrap_or("0").parse().ok()?;
            Codec::Vp9 { profile: Some(profile).filter(|profile| *profile < 4)? }
        }
        "h264" => h264(&format.fmtp)?,
        "av1" if parameter(&format.fmtp, "profile").unwrap_or("0") == "0" => Codec::Av1,
        _ => return None,
    };
    Some(codec).filter(|codec| codec.clock_rate_hz() == format.clock_rate_hz)
}

fn h264(fmtp: &str) -> Option<Codec> {
    let packetization_mode = parameter(fmtp, "packetization-mode").unwrap_or("0").parse().ok()?;
    // Without the parameter: baseline, level 1 (RFC 6184, section 8.1).
    let id = parameter(fmtp, "profile-level-id").unwrap_or("42000a");
    let id = u32::from_str_radix(id, 16).ok().filter(|_| id.len() == 6)?;
    let profile = h264_profile(u16::try_from(id >> 8).ok()?);
    Some(packetization_mode)
        .filter(|mode| *mode < 2)
        .map(|packetization_mode| Codec::H264 { profile, packetization_mode })
}

/// RFC 6184, table 5, for what WebRTC's libraries write.
fn h264_profile(bytes: u16) -> H264Profile {
    let [profile, constraints] = bytes.to_be_bytes();
    match (profile, constraints & 0x80 != 0, constraints & 0x40 != 0, constraints & 0x0f) {
        (0x42, _, true, 0) | (0x4d, true, _, 0) | (0x58, true, true, 0) => H264Profile::ConstrainedBaseline,
        (0x42, _, false, 0) | (0x58, true, false, 0) => H264Profile::Baseline,
        (0x4d, false, _, 0) if constraints & 0x20 == 0 => H264Profile::Main,
        (0x64, false, false, 0) if constraints == 0 => H264Profile::High,
        _ => H264Profile::Other(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn h264_profiles_are_told_by_their_bytes() {
        let cases = [
            (0x42e0, H264Profile::ConstrainedBaseline),
            (0x42c0, H264Profile::ConstrainedBaseline),
            (0x4200, H264Profile::Baseline),
            (0x4280, H264Profile::Baseline),
            (0x4d00, H264Profile::Main),
            (0x4d40, H264Profile::Main),
            (0x4d80, H264Profile::ConstrainedBaseline),
            (0x6400, H264Profile::High),
            (0x640c, H264Profile::Other(0x640c)),
            (0xf400, H264Profile::Other(0xf400)),
        ];
        for (bytes, wanted) in cases {
            assert_eq!(h264_profile(bytes), wanted, "{bytes:04x}");
        }
    }
}
