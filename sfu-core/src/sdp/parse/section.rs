//! One m-line with its attributes, gathered line by line.
use super::codec::CodecDraft;
use super::source::SourceDraft;
use super::{Association, attribute};
use crate::extension::{Extension, ExtensionMap};
use crate::sdp::candidate;
use crate::sdp::error::SdpFault;
use crate::sdp::{Candidate, DataChannels, DescriptionKind, Direction, MediaKind, Mid, Section, SectionKind};

/// Characters of a mid: what the one-byte header extension can carry.
const MID_CHARS_MAX: usize = 16;
/// Candidates of a section that are kept; none is needed, as the server is ICE-lite.
const CANDIDATES_MAX: usize = 64;
/// Header extensions of a section that are looked at.
const EXTENSIONS_MAX: usize = 64;

/// A section as far as it has been read.
#[derive(Debug)]
pub(super) struct SectionDraft {
    kind: SectionKind,
    mid: Mid,
    port: u16,
    bundle_only: bool,
    direction: Direction,
    bandwidth_kbps: Option<u32>,
    candidates: Vec<Candidate>,
    /// Id, direction suffix, meaning.
    extensions: Vec<(u8, Option<Direction>, Extension)>,
    codecs: CodecDraft,
    sources: SourceDraft,
    pub(super) extmap_allow_mixed: bool,
    pub(super) association: Association,
}

impl SectionDraft {
    /// From what stands behind `m=`; `index` is the mid of sections that name none.
    pub(super) fn new(line: &str, index: usize) -> Result<Self, SdpFault> {
        let mut words = line.split_ascii_whitespace();
        let (Some(kind), Some(port), Some(protocol)) = (words.next(), words.next(), words.next()) else {
            return Err(SdpFault::MediaLine);
        };
        let port = port.split('/').next().unwrap_or(port).parse().map_err(|_| SdpFault::MediaLine)?;
        let formats: Vec<&str> = words.collect();
        if formats.is_empty() {
            return Err(SdpFault::MediaLine);
        }
        let rtp = protocol.contains("RTP/");
        let sctp = protocol.ends_with("/DTLS/SCTP") && formats == ["webrtc-datachannel"];
        let kind = match kind {
            "audio" if rtp => SectionKind::Media(MediaKind::Audio),
            "video" if rtp => SectionKind::Media(MediaKind::Video),
            "application" if sctp => SectionKind::Data(DataChannels { sctp_port: 5000, max_message_size: None }),
            _ => SectionKind::Unknown(line.to_owned()),
        };
        Ok(Self {
            codecs: CodecDraft::new(&formats),
            kind,
            mid: Mid(index.to_string()),
            port,
            bundle_only: false,
            direction: Direction::SendRecv,
            bandwidth_kbps: None,
            candidates: Vec::new(),
            extensions: Vec::new(),
            sources: SourceDraft::default(),
            extmap_allow_mixed: false,
            association: Association::default(),
        })
    }

    /// Port 0 means refused, but for a section that waits to be bundled (RFC 9143, section 7.2.1).
    pub(super) fn is_rejected(&self) -> bool {
        self.port == 0 && !self.bundle_only
    }

    /// Takes a line that follows `m=`.
    pub(super) fn take(&mut self, letter: char, value: &str) -> Result<(), SdpFault> {
        match letter {
            'a' => {
                let (name, value) = attribute(value);
                self.take_attribute(name, value.trim())
            }
            'b' => {
                self.take_bandwidth(value);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn take_attribute(&mut self, name: &str, value: &str) -> Result<(), SdpFault> {
        match name {
            "mid" => self.mid = read_mid(value)?,
            "sendrecv" => self.direction = Direction::SendRecv,
            "sendonly" => self.direction = Direction::SendOnly,
            "recvonly" => self.direction = Direction::RecvOnly,
            "inactive" => self.direction = Direction::Inactive,
            "bundle-only" => self.bundle_only = true,
            "extmap-allow-mixed" => self.extmap_allow_mixed = true,
            "extmap" => self.take_extension(value),
            "candidate" => self.take_candidate(value),
            "sctp-port" | "max-message-size" => self.take_data(name, value),
            "rtpmap" | "fmtp" | "rtcp-fb" => self.codecs.take(name, value),
            "msid" | "ssrc" | "ssrc-group" | "rid" | "simulcast" => self.sources.take(name, value),
            _ => {
                self.association.take(name, value)?;
            }
        }
        Ok(())
    }

    fn take_bandwidth(&mut self, value: &str) {
        let cap = match value.split_once(':') {
            Some(("AS", kilobits)) => kilobits.trim().parse().ok(),
            Some(("TIAS", bits)) => bits.trim().parse().ok().map(|bits: u32| bits / 1000),
            Some(_) | None => None,
        };
        self.bandwidth_kbps = cap.or(self.bandwidth_kbps);
    }

    fn take_candidate(&mut self, value: &str) {
        let room = self.candidates.len() < CANDIDATES_MAX;
        if let Some(candidate) = candidate::read(value).ok().flatten().filter(|_| room) {
            self.candidates.push(candidate);
        }
    }

    fn take_data(&mut self, name: &str, value: &str) {
        let SectionKind::Data(data) = &mut self.kind else { return };
        match (name, value.parse::<u64>()) {
            ("sctp-port", Ok(port)) => data.sctp_port = u16::try_from(port).unwrap_or(data.sctp_port),
            ("max-message-size", Ok(size)) => data.max_message_size = Some(u32::try_from(size).unwrap_or(u32::MAX)),
            _ => {}
        }
    }

    /// `<id>[/<direction>] <uri> …`
    fn take_extension(&mut self, value: &str) {
        let mut words = value.split_ascii_whitespace();
        let (Some(id), Some(uri)) = (words.next(), words.next()) else { return };
        let (id, suffix) = match id.split_once('/') {
            Some((id, suffix)) => (id, Some(suffix)),
            None => (id, None),
        };
        let suffix = suffix.and_then(|suffix| match suffix {
            "sendonly" => Some(Direction::SendOnly),
            "recvonly" => Some(Direction::RecvOnly),
            "inactive" => Some(Direction::Inactive),
            _ => None,
        });
        let known = id.parse().ok().zip(Extension::from_uri(uri));
        if let Some((id, extension)) = known.filter(|_| self.extensions.len() < EXTENSIONS_MAX) {
            self.extensions.push((id, suffix, extension));
        }
    }

    pub(super) fn finish(self, kind: DescriptionKind) -> Section {
        let rejected = self.is_rejected();
        let media = match &self.kind {
            SectionKind::Media(kind) => Some(*kind),
            SectionKind::Data(_) | SectionKind::Unknown(_) => None,
        };
        let sources = self.sources.finish(kind);
        Section {
            ice: self.association.ice(),
            mid: self.mid,
            rejected,
            direction: if rejected { Direction::Inactive } else { self.direction },
            codecs: media.map(|media| self.codecs.finish(media)).unwrap_or_default(),
            extensions: extensions(&self.extensions, self.direction),
            msid: sources.msid,
            label: None,
            ssrcs: sources.ssrcs,
            cname: sources.cname,
            rids: sources.rids,
            candidates: self.candidates,
            bandwidth_kbps: self.bandwidth_kbps,
            kind: self.kind,
        }
    }
}

fn read_mid(value: &str) -> Result<Mid, SdpFault> {
    let fits = (1..=MID_CHARS_MAX).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_graphic());
    if fits { Ok(Mid(value.to_owned())) } else { Err(SdpFault::Mid) }
}

/// The extensions that a section of this direction can use: one whose suffix says otherwise is left out.
fn extensions(read: &[(u8, Option<Direction>, Extension)], direction: Direction) -> ExtensionMap {
    let mut map = ExtensionMap::new();
    for (id, suffix, extension) in read {
        let used = suffix
            .is_none_or(|suffix| (suffix.sends() && direction.sends()) || (suffix.receives() && direction.receives()));
        if used && map.id(*extension).is_none() {
            map.insert(*id, *extension);
        }
    }
    map
}
