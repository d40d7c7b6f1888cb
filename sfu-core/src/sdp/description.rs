//! The typed session description: what both sides say, without its spelling.
use crate::extension::{Extension, ExtensionMap};
use crate::id::{ParticipantId, StreamId, TrackId};
use std::fmt;
use std::net::SocketAddr;

/// Offer or answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DescriptionKind {
    /// An offer.
    Offer,
    /// An answer.
    Answer,
}

/// One side's session description. BUNDLE is assumed: one ICE and DTLS association for all sections.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Description {
    /// Offer or answer. Signalling says which; the text does not.
    pub kind: DescriptionKind,
    /// `o=` session id: constant for a Transport's life in descriptions of ours.
    pub session_id: u64,
    /// `o=` session version: rises with each description of ours.
    pub version: u64,
    /// ICE credentials (of the first section that has them, else of the session).
    pub ice: IceCredentials,
    /// True where the side is ICE-lite: always so in descriptions of ours.
    pub ice_lite: bool,
    /// The DTLS certificate's fingerprint.
    pub fingerprint: Fingerprint,
    /// The DTLS role that is taken or left open.
    pub setup: Setup,
    /// `a=extmap-allow-mixed`: one- and two-byte header extensions may be mixed. In an answer only where it was offered.
    pub extmap_allow_mixed: bool,
    /// The m-lines, in order. Their places never change during a Transport's life.
    pub sections: Vec<Section>,
}

/// What a section is about.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum MediaKind {
    /// Sound.
    Audio,
    /// Picture.
    Video,
}

impl MediaKind {
    /// The other half of a stream.
    pub const fn other(self) -> Self {
        match self {
            Self::Audio => Self::Video,
            Self::Video => Self::Audio,
        }
    }
}

/// What stands behind `m=`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SectionKind {
    /// `m=audio` or `m=video` over RTP.
    Media(MediaKind),
    /// `m=application … UDP/DTLS/SCTP webrtc-datachannel` (RFC 8841).
    Data(DataChannels),
    /// Anything else: answered by a rejected section of the same first line, kept here word by word.
    Unknown(String),
}

/// The data-channel parameters of a section.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DataChannels {
    /// `a=sctp-port`.
    pub sctp_port: u16,
    /// `a=max-message-size` as the other side said it (0: no limit); in descriptions of ours the Dialect decides.
    pub max_message_size: Option<u32>,
}

/// One m-line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Section {
    /// Sound, picture, data.
    pub kind: SectionKind,
    /// `a=mid`; in a description without mids the section's number.
    pub mid: Mid,
    /// Port 0 and not `a=bundle-only`: the section is refused or closed.
    pub rejected: bool,
    /// The section's own ICE credentials: in a first offer each section may still have others, and the first one that is
    /// accepted decides (RFC 9143, section 9). `None` in descriptions of ours, where [`Description::ice`] holds for all.
    pub ice: Option<IceCredentials>,
    /// Who sends.
    pub direction: Direction,
    /// The codecs, best first; RTX is folded into the codec that it repairs.
    pub codecs: Vec<CodecSpec>,
    /// `a=extmap`.
    pub extensions: ExtensionMap,
    /// `a=msid` of the other side (braces removed), or the one that `a=ssrc … msid` gives.
    pub msid: Option<Msid>,
    /// The track that we send here: printed as `a=msid` by the Dialect.
    pub label: Option<TrackLabel>,
    /// The SSRCs that this side sends with, with their RTX partners, in the order of the text.
    pub ssrcs: Vec<SsrcGroup>,
    /// RTCP canonical name of what this side sends.
    pub cname: Option<String>,
    /// The simulcast layers that this side sends (`a=rid … send` named by `a=simulcast:send`), in the order of the text;
    /// in an answer of ours the layers that are taken (`recv`).
    pub rids: Vec<Rid>,
    /// `a=candidate` lines.
    pub candidates: Vec<Candidate>,
    /// `a=bitrate`-like cap for what we receive here (`b=AS`), kilobits a second.
    pub bandwidth_kbps: Option<u32>,
}

/// The name of a section, at most 16 characters of a token.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Mid(pub String);

impl fmt::Debug for Mid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mid({})", self.0)
    }
}

impl fmt::Display for Mid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `a=sendrecv` and its kin, from the describing side's own view.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    /// Sends and receives.
    SendRecv,
    /// Sends only.
    SendOnly,
    /// Receives only.
    RecvOnly,
    /// Neither.
    Inactive,
}

impl Direction {
    /// True where the describing side sends.
    pub const fn sends(self) -> bool {
        matches!(self, Self::SendRecv | Self::SendOnly)
    }

    /// True where the describing side receives.
    pub const fn receives(self) -> bool {
        matches!(self, Self::SendRecv | Self::RecvOnly)
    }
}

/// A codec that Viaduct routes, with the parameters that decide whether two sides mean the same.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Codec {
    /// Opus, 48 kHz (RFC 7587).
    Opus,
    /// Redundant audio of Opus (RFC 2198).
    Red,
    /// G.711 µ-law.
    Pcmu,
    /// G.711 A-law.
    Pcma,
    /// VP8 (RFC 7741).
    Vp8,
    /// VP9 (RFC 9628).
    Vp9 {
        /// `profile-id`, 0 to 3.
        profile: u8,
    },
    /// H.264 (RFC 6184).
    H264 {
        /// The profile; the level does not decide a match.
        profile: H264Profile,
        /// `packetization-mode`, 0 or 1.
        packetization_mode: u8,
    },
    /// AV1, main profile.
    Av1,
}

impl Codec {
    /// Sound or picture.
    pub const fn kind(self) -> MediaKind {
        match self {
            Self::Opus | Self::Red | Self::Pcmu | Self::Pcma => MediaKind::Audio,
            Self::Vp8 | Self::Vp9 { .. } | Self::H264 { .. } | Self::Av1 => MediaKind::Video,
        }
    }

    /// The name in `a=rtpmap`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Opus => "opus",
            Self::Red => "red",
            Self::Pcmu => "PCMU",
            Self::Pcma => "PCMA",
            Self::Vp8 => "VP8",
            Self::Vp9 { .. } => "VP9",
            Self::H264 { .. } => "H264",
            Self::Av1 => "AV1",
        }
    }

    /// RTP clock rate, Hz.
    pub const fn clock_rate_hz(self) -> u32 {
        match self {
            Self::Opus | Self::Red => 48_000,
            Self::Pcmu | Self::Pcma => 8_000,
            Self::Vp8 | Self::Vp9 { .. } | Self::H264 { .. } | Self::Av1 => 90_000,
        }
    }
}

/// H.264 profiles that browsers name (RFC 6184, `profile-level-id`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum H264Profile {
    /// 42 00: baseline.
    Baseline,
    /// 42 e0: constrained baseline.
    ConstrainedBaseline,
    /// 4d 00: main.
    Main,
    /// 64 00: high.
    High,
    /// Any other (f4 00, high 4:4:4 …), by its first two bytes.
    Other(u16),
}

impl H264Profile {
    /// `profile_idc` and `profile-iop`: the first two bytes of a `profile-level-id`.
    pub const fn bytes(self) -> u16 {
        match self {
            Self::Baseline => 0x4200,
            Self::ConstrainedBaseline => 0x42e0,
            Self::Main => 0x4d00,
            Self::High => 0x6400,
            Self::Other(bytes) => bytes,
        }
    }
}

/// A codec as one section offers it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CodecSpec {
    /// What it is.
    pub codec: Codec,
    /// Its payload type here.
    pub payload_type: u8,
    /// The payload type of its RTX (RFC 4588).
    pub rtx: Option<u8>,
    /// `a=fmtp` as it stands, without the payload type; empty where there is none.
    pub fmtp: String,
    /// `a=rtcp-fb`.
    pub feedback: Vec<Feedback>,
}

/// RTCP feedback that is negotiated per codec.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Feedback {
    /// `nack`.
    Nack,
    /// `nack pli`.
    Pli,
    /// `ccm fir`.
    Fir,
    /// `transport-cc`.
    TransportCc,
    /// `goog-remb`.
    Remb,
}

/// An SSRC of a media stream and of its RTX partner (`a=ssrc-group:FID`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SsrcGroup {
    /// The media's SSRC.
    pub media: u32,
    /// The SSRC of its retransmissions.
    pub rtx: Option<u32>,
}

/// A simulcast layer's name (RFC 8851), at most 16 characters.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Rid(pub String);

/// `a=msid:<stream> <track>`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Msid {
    /// The stream part; `-` for none.
    pub stream: String,
    /// The track part; may be empty.
    pub track: String,
}

/// What a section of ours carries, for the Dialect to spell.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TrackLabel {
    /// Who publishes it.
    pub participant: ParticipantId,
    /// Which of the publisher's streams it belongs to.
    pub stream: StreamId,
    /// The track; `None` while the publisher has not published this half of the stream.
    pub track: Option<TrackId>,
    /// Sound or picture.
    pub kind: MediaKind,
}

/// ICE user name fragment and password (RFC 8839).
#[derive(Clone, PartialEq, Eq)]
pub struct IceCredentials {
    /// `a=ice-ufrag`.
    pub ufrag: String,
    /// `a=ice-pwd`. A secret: never logged.
    pub password: String,
}

impl fmt::Debug for IceCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IceCredentials({}, …)", self.ufrag)
    }
}

/// `a=fingerprint` (RFC 8122).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fingerprint {
    /// The hash's name, lower case: `sha-256`.
    pub algorithm: String,
    /// The hash.
    pub bytes: Vec<u8>,
}

/// `a=setup` (RFC 8842).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Setup {
    /// Is the DTLS client.
    Active,
    /// Is the DTLS server: what answers of ours always say.
    Passive,
    /// Leaves it to the other side: what offers of ours always say.
    ActPass,
}

/// UDP or TCP.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Protocol {
    /// UDP.
    Udp,
    /// TCP, passive at our side (RFC 6544).
    Tcp,
}

/// Where a candidate comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CandidateKind {
    /// An own address.
    Host,
    /// Seen by a STUN server.
    ServerReflexive,
    /// Seen by the peer.
    PeerReflexive,
    /// On a TURN server.
    Relay,
}

/// An ICE candidate (RFC 8839). Those of ours are always host candidates of component 1.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Candidate {
    /// Foundation token.
    pub foundation: String,
    /// UDP or TCP.
    pub protocol: Protocol,
    /// Priority.
    pub priority: u32,
    /// Where to send.
    pub address: SocketAddr,
    /// Its kind.
    pub kind: CandidateKind,
}

impl Section {
    /// The id of `extension` in this section.
    pub fn extension_id(&self, extension: Extension) -> Option<u8> {
        self.extensions.id(extension)
    }
}
