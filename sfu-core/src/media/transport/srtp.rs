//! SRTP and SRTCP of one Transport: opens what its peer sends, seals what is sent to it, once the DTLS handshake gave
//! the keys (RFC 3711, RFC 7714). Holds rollover counters and replay windows per SSRC. One owner per key: nothing else
//! may seal with this association's keys. What the packets mean is `rtp`'s and `rtcp`'s.

mod cipher;
mod gcm;
mod key;
mod window;

pub use key::{DtlsRole, SrtpProfile};

use crate::media::prefetch::prefetch;
use crate::media::rtp::header::{RtpError, RtpHeader};
use crate::media::rtp::sequence::extend;
use cipher::{Cipher, PacketId, Plain, Purpose, RTCP_CLEAR_LEN, RTCP_ENCRYPTED, RTCP_INDEX_LEN};
use key::MasterKey;
use rustc_hash::FxHashMap;
use window::{IndexError, IndexWindow};

/// Most SSRCs of one peer whose windows are kept; beyond it the one unused for longest is forgotten.
pub const MAX_INBOUND_SOURCES: usize = 512;
/// What sealing adds to an RTP packet at most, in bytes.
pub const MAX_RTP_OVERHEAD: usize = 16;
/// What sealing adds to an RTCP packet at most, in bytes.
pub const MAX_RTCP_OVERHEAD: usize = 20;

const MAX_RTP_INDEX: u64 = (1 << 48) - 1;
const MAX_RTCP_INDEX: u64 = (1 << 31) - 1;

/// How a sealed packet ends: with its tag, which stands for everything in it.
pub type SealedEnd = [u8; 16];

/// Why a packet could not be opened or sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SrtpError {
    /// The keying material has not the profile's length.
    #[error("keying material does not fit the SRTP profile")]
    KeyingMaterial,
    /// The packet cannot hold header and tag.
    #[error("packet is too short for SRTP")]
    TooShort,
    /// The clear part is no RTP header.
    #[error(transparent)]
    Header(#[from] RtpError),
    /// The tag does not fit: damaged, forged, or another key.
    #[error("SRTP authentication failed")]
    Authentication,
    /// The index was seen before.
    #[error("SRTP packet is a replay")]
    Replayed,
    /// The index is behind the window, so whether it was seen is not known.
    #[error("SRTP packet is older than the replay window")]
    TooOld,
    /// RTCP without encryption is not taken.
    #[error("RTCP packet is not encrypted")]
    NotEncrypted,
    /// Sealing would use an index twice under one key.
    #[error("SRTP index was already used for this SSRC")]
    IndexUsed,
    /// The index and the header's sequence number disagree.
    #[error("SRTP index does not belong to the packet's sequence number")]
    IndexMismatch,
    /// The key's last index is spent.
    #[error("SRTP key is used up")]
    KeyExhausted,
    /// The caller's buffer cannot hold the sealed packet.
    #[error("buffer is too small for the sealed packet")]
    BufferFull,
    /// The crypto library refused.
    #[error("crypto library refused")]
    Crypto,
}

/// An opened RTP packet: its bytes are the first `len` of the buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenedRtp {
    /// The header, its payload's padding not yet looked at.
    pub header: RtpHeader,
    /// Length of header and plain payload, in bytes.
    pub len: usize,
    /// Extended sequence number: rollover counter and sequence number, from 0 on.
    pub index: u64,
}

/// Makes both directions of an association from DTLS keying material; `role` is this side's.
pub fn from_dtls(
    profile: SrtpProfile,
    material: &[u8],
    role: DtlsRole,
) -> Result<(SrtpOutbound, SrtpInbound), SrtpError> {
    let (ours, theirs) = MasterKey::pair(profile, material, role)?;
    let outbound = SrtpOutbound {
        rtp: Cipher::new(profile, &ours, Purpose::Rtp)?,
        rtcp: Box::new(Cipher::new(profile, &ours, Purpose::Rtcp)?),
        sources: OutboundSources::default(),
        next_rtcp_index: 0,
    };
    let inbound = SrtpInbound {
        rtp: Cipher::new(profile, &theirs, Purpose::Rtp)?,
        rtcp: Box::new(Cipher::new(profile, &theirs, Purpose::Rtcp)?),
        rtp_sources: Sources::default(),
        rtcp_sources: Sources::default(),
    };
    Ok((outbound, inbound))
}

/// What the peer sends, opened.
pub struct SrtpInbound {
    /// In place: asking memory for the association brings the key that is used for each packet.
    rtp: Cipher,
    rtcp: Box<Cipher>,
    rtp_sources: Sources,
    rtcp_sources: Sources,
}

impl SrtpInbound {
    /// Authenticates and decrypts an RTP packet in place. After an error the buffer's content is undefined.
    pub fn open_rtp(&mut self, packet: &mut [u8]) -> Result<OpenedRtp, SrtpError> {
        let header = RtpHeader::parse(packet)?;
        let index = match self.rtp_sources.window(header.ssrc) {
            None => u64::from(header.sequence),
            Some(window) => {
                let index = extend(window.highest(), header.sequence).ok_or(SrtpError::TooOld)?;
                window.check(index).map_err(SrtpError::from_replay)?;
                index
            }
        };
        let id = PacketId { ssrc: header.ssrc, index };
        let len = self.rtp.open_rtp(id, header.len(), packet)?;
        self.rtp_sources.mark(header.ssrc, index);
        Ok(OpenedRtp { header, len, index })
    }

    /// Authenticates and decrypts a compound RTCP packet in place; returns its plain length in bytes.
    pub fn open_rtcp(&mut self, packet: &mut [u8]) -> Result<usize, SrtpError> {
        let ssrc = rtcp_sender(packet).ok_or(SrtpError::TooShort)?;
        let word = self.rtcp.rtcp_word(packet).ok_or(SrtpError::TooShort)?;
        if word & RTCP_ENCRYPTED == 0 {
            return Err(SrtpError::NotEncrypted);
        }
        let index = u64::from(word & !RTCP_ENCRYPTED);
        if let Some(window) = self.rtcp_sources.window(ssrc) {
            window.check(index).map_err(SrtpError::from_replay)?;
        }
        let len = self.rtcp.open_rtcp(PacketId { ssrc, index }, packet)?;
        self.rtcp_sources.mark(ssrc, index);
        Ok(len)
    }
}

/// What is sent to the peer, sealed.
pub struct SrtpOutbound {
    /// In place: asking memory for the association brings the key that is used for each packet.
    rtp: Cipher,
    rtcp: Box<Cipher>,
    sources: OutboundSources,
    next_rtcp_index: u64,
}

impl SrtpOutbound {
    /// Seals an RTP packet into `out` and returns its length: `header` as written by
    /// [`OutgoingHeader`](crate::media::rtp::header::OutgoingHeader), then `prefix` (what differs per receiver, such as
    /// a rewritten VP8 descriptor or an RTX number; may be empty), then `payload`.
    ///
    /// `index` is the extended sequence number; an SSRC must start below 32,768 so that the peer guesses its rollover
    /// counter. Each index can be sealed once: a repeat must be a stored packet or RTX with a number of its own.
    pub fn seal_rtp(
        &mut self,
        header: &[u8],
        prefix: &[u8],
        payload: &[u8],
        index: u64,
        out: &mut [u8],
    ) -> Result<usize, SrtpError> {
        self.seal_stream(&mut SourcePlace::default(), header, prefix, payload, index, out)
    }

    /// As [`Self::seal_rtp`], for whoever sends a stream: `place`, kept from packet to packet, is where the numbers of
    /// its SSRC are.
    pub fn seal_stream(
        &mut self,
        place: &mut SourcePlace,
        header: &[u8],
        prefix: &[u8],
        payload: &[u8],
        index: u64,
        out: &mut [u8],
    ) -> Result<usize, SrtpError> {
        let [_, _, s0, s1, _, _, _, _, c0, c1, c2, c3] = *header.first_chunk().ok_or(SrtpError::TooShort)?;
        let ssrc = u32::from_be_bytes([c0, c1, c2, c3]);
        if index > MAX_RTP_INDEX {
            return Err(SrtpError::KeyExhausted);
        }
        if index as u16 != u16::from_be_bytes([s0, s1]) {
            return Err(SrtpError::IndexMismatch);
        }
        let len = header.len() + prefix.len() + payload.len() + self.rtp.tag_len();
        let out = out.get_mut(..len).ok_or(SrtpError::BufferFull)?;
        self.sources.use_index(ssrc, index, place)?;
        let plain = Plain { header, prefix, payload };
        self.rtp.seal_rtp(PacketId { ssrc, index }, plain, out)?;
        Ok(len)
    }

    /// Asks memory for the numbers of the stream kept at `place`.
    pub fn prefetch(&self, place: &SourcePlace) {
        if let Some(source) = self.sources.windows.get(place.0 as usize) {
            prefetch(&source.ssrc);
        }
    }

    /// Seals once more a packet that was sealed before from exactly these parts, and returns its length.
    ///
    /// Anything else under the same index would give the key away: where the outcome does not end as it did then,
    /// nothing is left in `out`.
    pub fn seal_again(
        &self,
        header: &[u8],
        prefix: &[u8],
        payload: &[u8],
        index: u64,
        end: &SealedEnd,
        out: &mut [u8],
    ) -> Result<usize, SrtpError> {
        let [_, _, _, _, _, _, _, _, c0, c1, c2, c3] = *header.first_chunk().ok_or(SrtpError::TooShort)?;
        let ssrc = u32::from_be_bytes([c0, c1, c2, c3]);
        let len = header.len() + prefix.len() + payload.len() + self.rtp.tag_len();
        let out = out.get_mut(..len).ok_or(SrtpError::BufferFull)?;
        self.rtp.seal_rtp(PacketId { ssrc, index }, Plain { header, prefix, payload }, out)?;
        if !out.ends_with(end) {
            out.fill(0);
            return Err(SrtpError::IndexUsed);
        }
        Ok(len)
    }

    /// Seals a compound RTCP packet into `out` and returns its length.
    pub fn seal_rtcp(&mut self, plain: &[u8], out: &mut [u8]) -> Result<usize, SrtpError> {
        let ssrc = rtcp_sender(plain).ok_or(SrtpError::TooShort)?;
        if self.next_rtcp_index > MAX_RTCP_INDEX {
            return Err(SrtpError::KeyExhausted);
        }
        let len = plain.len() + self.rtcp.tag_len() + RTCP_INDEX_LEN;
        let out = out.get_mut(..len).ok_or(SrtpError::BufferFull)?;
        let index = self.next_rtcp_index;
        self.next_rtcp_index += 1;
        self.rtcp.seal_rtcp(PacketId { ssrc, index }, plain, out)?;
        Ok(len)
    }

    /// What sealing adds to an RTP packet with this profile, in bytes.
    pub const fn rtp_overhead(&self) -> usize {
        self.rtp.tag_len()
    }
}

impl SrtpError {
    const fn from_replay(error: IndexError) -> Self {
        match error {
            IndexError::Used => SrtpError::Replayed,
            IndexError::TooOld => SrtpError::TooOld,
        }
    }
}

impl std::fmt::Debug for SrtpInbound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SrtpInbound").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for SrtpOutbound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SrtpOutbound").finish_non_exhaustive()
    }
}

/// Where an [`SrtpOutbound`] keeps the numbers of one SSRC: a hint that saves looking it up, right or not.
#[derive(Clone, Copy, Debug)]
pub struct SourcePlace(u32);

impl Default for SourcePlace {
    fn default() -> Self {
        Self(u32::MAX)
    }
}

/// The numbers used of each SSRC that is sent. Never forgotten while the key lives: an SSRC that came back would repeat
/// its indices.
#[derive(Default)]
struct OutboundSources {
    windows: Vec<OutboundSource>,
    places: FxHashMap<u32, u32>,
}

/// What a packet in order needs lies in the first line of memory.
#[repr(C, align(64))]
struct OutboundSource {
    ssrc: u32,
    window: IndexWindow,
}

impl OutboundSources {
    fn use_index(&mut self, ssrc: u32, index: u64, place: &mut SourcePlace) -> Result<(), SrtpError> {
        if self.windows.get(place.0 as usize).is_none_or(|known| known.ssrc != ssrc) {
            let next = u32::try_from(self.windows.len()).unwrap_or(u32::MAX);
            place.0 = *self.places.entry(ssrc).or_insert(next);
            if place.0 == next {
                self.windows.push(OutboundSource { ssrc, window: IndexWindow::starting_at(index) });
                return Ok(());
            }
        }
        let source = self.windows.get_mut(place.0 as usize).ok_or(SrtpError::IndexUsed)?;
        source.window.check(index).map_err(|_| SrtpError::IndexUsed)?;
        source.window.mark(index);
        Ok(())
    }
}

/// The SSRC in an RTCP packet's clear part.
fn rtcp_sender(packet: &[u8]) -> Option<u32> {
    let [_, _, _, _, ssrc @ ..] = packet.first_chunk::<RTCP_CLEAR_LEN>()?;
    Some(u32::from_be_bytes(*ssrc))
}

/// Windows of the SSRCs a peer sends with, bounded.
#[derive(Default)]
struct Sources {
    by_ssrc: FxHashMap<u32, Source>,
    uses: u64,
}

struct Source {
    window: IndexWindow,
    last_use: u64,
}

impl Sources {
    fn window(&self, ssrc: u32) -> Option<&IndexWindow> {
        self.by_ssrc.get(&ssrc).map(|source| &source.window)
    }

    /// Notes an authenticated index; only these make or move a window.
    fn mark(&mut self, ssrc: u32, index: u64) {
        self.uses += 1;
        if let Some(source) = self.by_ssrc.get_mut(&ssrc) {
            source.window.mark(index);
            source.last_use = self.uses;
            return;
        }
        if self.by_ssrc.len() >= MAX_INBOUND_SOURCES {
            let oldest = self.by_ssrc.iter().min_by_key(|(_, source)| source.last_use);
            if let Some((oldest, _)) = oldest {
                let oldest = *oldest;
                self.by_ssrc.remove(&oldest);
            }
        }
        let source = Source { window: IndexWindow::starting_at(index), last_use: self.uses };
        self.by_ssrc.insert(ssrc, source);
    }
}

#[cfg(test)]
mod tests;
