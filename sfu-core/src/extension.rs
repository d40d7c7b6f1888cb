//! RTP header extensions by meaning, and the table of the ids that one Transport or m-line gave them.
//!
//! Shared by `sdp` (which reads and writes `a=extmap`) and `media` (which reads and rewrites packets).

/// An RTP header extension that Viaduct knows. Others are dropped on the way.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Extension {
    /// `urn:ietf:params:rtp-hdrext:sdes:mid` (RFC 9143).
    Mid,
    /// `urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id` (RFC 8852).
    RtpStreamId,
    /// `urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id` (RFC 8852).
    RepairedRtpStreamId,
    /// `urn:ietf:params:rtp-hdrext:ssrc-audio-level` (RFC 6464).
    AudioLevel,
    /// `http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time`.
    AbsSendTime,
    /// Transport-wide sequence number, version 01.
    TransportSequence,
    /// `urn:3gpp:video-orientation`.
    VideoOrientation,
    /// `http://www.webrtc.org/experiments/rtp-hdrext/playout-delay`.
    PlayoutDelay,
    /// AV1 dependency descriptor.
    DependencyDescriptor,
    /// `http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time`.
    AbsCaptureTime,
    /// `urn:ietf:params:rtp-hdrext:toffset` (RFC 5450).
    TransmissionOffset,
    /// Video layers allocation.
    VideoLayersAllocation,
}

impl Extension {
    /// All of them, in the order in which offers of ours list them.
    pub const ALL: [Extension; 12] = [
        Self::Mid,
        Self::RtpStreamId,
        Self::RepairedRtpStreamId,
        Self::AudioLevel,
        Self::AbsSendTime,
        Self::TransportSequence,
        Self::VideoOrientation,
        Self::PlayoutDelay,
        Self::DependencyDescriptor,
        Self::AbsCaptureTime,
        Self::TransmissionOffset,
        Self::VideoLayersAllocation,
    ];

    /// How many there are.
    pub const COUNT: usize = Self::ALL.len();

    /// Its place in arrays of [`Extension::COUNT`] entries.
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Whether its value belongs to one hop only: the forwarder writes its own or none instead of passing it on.
    pub const fn is_hop_by_hop(self) -> bool {
        match self {
            Self::Mid
            | Self::RtpStreamId
            | Self::RepairedRtpStreamId
            | Self::AbsSendTime
            | Self::TransportSequence
            | Self::TransmissionOffset => true,
            Self::AudioLevel
            | Self::VideoOrientation
            | Self::PlayoutDelay
            | Self::DependencyDescriptor
            | Self::AbsCaptureTime
            | Self::VideoLayersAllocation => false,
        }
    }

    /// The URI that `a=extmap` names it by.
    pub const fn uri(self) -> &'static str {
        match self {
            Self::Mid => "urn:ietf:params:rtp-hdrext:sdes:mid",
            Self::RtpStreamId => "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
            Self::RepairedRtpStreamId => "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
            Self::AudioLevel => "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
            Self::AbsSendTime => "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
            Self::TransportSequence => "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
            Self::VideoOrientation => "urn:3gpp:video-orientation",
            Self::PlayoutDelay => "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay",
            Self::DependencyDescriptor => {
                "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension"
            }
            Self::AbsCaptureTime => "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time",
            Self::TransmissionOffset => "urn:ietf:params:rtp-hdrext:toffset",
            Self::VideoLayersAllocation => "http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00",
        }
    }

    /// The extension with this URI.
    pub fn from_uri(uri: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|extension| extension.uri() == uri)
    }
}

/// Which id means which extension: ids 1 to 14 (15 ends a one-byte block, RFC 8285 section 4.2), one extension an id.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ExtensionMap {
    by_id: [Option<Extension>; 16],
}

impl ExtensionMap {
    /// An empty map.
    pub const fn new() -> Self {
        Self { by_id: [None; 16] }
    }

    /// Gives `extension` the id; false where the id is outside 1 to 14 or already has another meaning.
    pub fn insert(&mut self, id: u8, extension: Extension) -> bool {
        match self.by_id.get_mut(usize::from(id)) {
            Some(slot) if (1..15).contains(&id) && slot.is_none_or(|old| old == extension) => {
                *slot = Some(extension);
                true
            }
            Some(_) | None => false,
        }
    }

    /// Takes `extension` out.
    pub fn remove(&mut self, extension: Extension) {
        for slot in self.by_id.iter_mut().filter(|slot| **slot == Some(extension)) {
            *slot = None;
        }
    }

    /// The meaning of `id`.
    pub fn extension(&self, id: u8) -> Option<Extension> {
        self.by_id.get(usize::from(id)).copied().flatten()
    }

    /// The id of `extension`.
    pub fn id(&self, extension: Extension) -> Option<u8> {
        (1..15u8).find(|id| self.by_id[usize::from(*id)] == Some(extension))
    }

    /// All pairs, by id.
    pub fn iter(&self) -> impl Iterator<Item = (u8, Extension)> + '_ {
        (1..15u8).filter_map(|id| self.extension(id).map(|extension| (id, extension)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_extension_is_found_by_its_own_uri_and_sits_at_its_index() {
        for (at, extension) in Extension::ALL.into_iter().enumerate() {
            assert_eq!(Extension::from_uri(extension.uri()), Some(extension));
            assert_eq!(extension.index(), at);
        }
    }

    #[test]
    fn reserved_and_taken_ids_are_refused() {
        let mut map = ExtensionMap::new();
        for id in [0, 15, 16, 255] {
            assert!(!map.insert(id, Extension::Mid), "{id}");
        }
        assert!(map.insert(4, Extension::Mid));
        assert!(!map.insert(4, Extension::RtpStreamId));
        assert!(map.insert(4, Extension::Mid), "the same pair again is no clash");
        assert_eq!((map.id(Extension::Mid), map.extension(4)), (Some(4), Some(Extension::Mid)));
    }
}
