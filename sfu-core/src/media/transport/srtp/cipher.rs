//! The ciphers of one direction and one protocol (RTP or RTCP) of an SRTP association, keys prepared once.
//! Works on whole packets whose parts and nonces the caller names; knows no windows and no counters.

use super::SrtpError;
use super::gcm::{self, GcmKey};
use super::key::{MasterKey, SrtpProfile, aes_counter_key};
use aws_lc_rs::cipher::{EncryptingKey, EncryptionContext};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use aws_lc_rs::iv::FixedLength;

const SHA1_80_TAG_LEN: usize = 10;

/// Which of an association's two key sets (RFC 3711 §4.3.2: labels 0 to 2 and 3 to 5).
#[derive(Clone, Copy)]
pub(super) enum Purpose {
    Rtp,
    Rtcp,
}

/// One packet as the ciphers see it: `ssrc` and `index` make the nonce.
#[derive(Clone, Copy)]
pub(super) struct PacketId {
    pub(super) ssrc: u32,
    /// Extended sequence number of RTP (48 bits), index of RTCP (31 bits).
    pub(super) index: u64,
}

/// What is to be sealed: `header` stays in clear, `prefix` and `payload` are encrypted one after the other.
#[derive(Clone, Copy)]
pub(super) struct Plain<'a> {
    pub(super) header: &'a [u8],
    pub(super) prefix: &'a [u8],
    pub(super) payload: &'a [u8],
}

/// Session keys of one direction for RTP or RTCP.
#[expect(clippy::large_enum_variant, reason = "the large one is the one that is used, and is to stand by its owner")]
pub(super) enum Cipher {
    Gcm { key: GcmKey, salt: [u8; gcm::NONCE_LEN] },
    CounterSha1(Box<CounterSha1>),
}

/// Keys of AES_CM_128_HMAC_SHA1_80: `EncryptingKey` keeps the expanded AES key and `hmac::Key` the hash state after the
/// key block, so neither is made again for a packet.
pub(super) struct CounterSha1 {
    key: EncryptingKey,
    auth: hmac::Key,
    salt: [u8; 14],
}

impl Cipher {
    pub(super) fn new(profile: SrtpProfile, master: &MasterKey<'_>, purpose: Purpose) -> Result<Self, SrtpError> {
        let first_label = match purpose {
            Purpose::Rtp => 0,
            Purpose::Rtcp => 3,
        };
        let mut key = [0; 32];
        let key = &mut key[..profile.key_len()];
        master.derive(first_label, key)?;
        match profile {
            SrtpProfile::AeadAes256Gcm | SrtpProfile::AeadAes128Gcm => {
                let mut salt = [0; 12];
                master.derive(first_label + 2, &mut salt)?;
                Self::gcm(key, salt)
            }
            SrtpProfile::Aes128CmSha1_80 => {
                let (mut auth, mut salt) = ([0; 20], [0; 14]);
                master.derive(first_label + 1, &mut auth)?;
                master.derive(first_label + 2, &mut salt)?;
                Self::counter_sha1(key, &auth, salt)
            }
        }
    }

    pub(super) fn gcm(key: &[u8], salt: [u8; 12]) -> Result<Self, SrtpError> {
        Ok(Cipher::Gcm { key: GcmKey::new(key)?, salt })
    }

    pub(super) fn counter_sha1(key: &[u8], auth: &[u8; 20], salt: [u8; 14]) -> Result<Self, SrtpError> {
        Ok(Cipher::CounterSha1(Box::new(CounterSha1 {
            key: aes_counter_key(key)?,
            auth: hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, auth),
            salt,
        })))
    }

    pub(super) const fn tag_len(&self) -> usize {
        match self {
            Cipher::Gcm { .. } => gcm::TAG_LEN,
            Cipher::CounterSha1(_) => SHA1_80_TAG_LEN,
        }
    }

    /// Encrypts `plain` into `out`, which is exactly as long as the sealed packet.
    pub(super) fn seal_rtp(&self, id: PacketId, plain: Plain<'_>, out: &mut [u8]) -> Result<(), SrtpError> {
        let (head, body) = out.split_at_mut_checked(plain.header.len()).ok_or(SrtpError::BufferFull)?;
        head.copy_from_slice(plain.header);
        let tag_start = plain.prefix.len() + plain.payload.len();
        match self {
            Cipher::Gcm { key, salt } => {
                key.seal(rtp_nonce(salt, id), plain.header, (plain.prefix, plain.payload), body)
            }
            Cipher::CounterSha1(keys) => {
                let (text, tag) = body.split_at_mut_checked(tag_start).ok_or(SrtpError::BufferFull)?;
                text[..plain.prefix.len()].copy_from_slice(plain.prefix);
                text[plain.prefix.len()..].copy_from_slice(plain.payload);
                apply_key_stream(keys, id, text)?;
                let mac = rollover_mac(keys, &[plain.header, text], id);
                tag.copy_from_slice(&mac.as_ref()[..SHA1_80_TAG_LEN]);
                Ok(())
            }
        }
    }

    /// Checks and decrypts `packet` in place; returns the length of header and plain payload.
    pub(super) fn open_rtp(&self, id: PacketId, header_len: usize, packet: &mut [u8]) -> Result<usize, SrtpError> {
        let plain_len =
            packet.len().checked_sub(self.tag_len()).filter(|len| *len >= header_len).ok_or(SrtpError::TooShort)?;
        let (header, body) = packet.split_at_mut(header_len);
        match self {
            Cipher::Gcm { key, salt } => key.open_in_place(rtp_nonce(salt, id), header, body).map(|()| plain_len),
            Cipher::CounterSha1(keys) => {
                let (text, tag) = body.split_at_mut(plain_len - header_len);
                let mac = rollover_mac(keys, &[header, text], id);
                verify_slices_are_equal(&mac.as_ref()[..SHA1_80_TAG_LEN], tag)
                    .map_err(|_| SrtpError::Authentication)?;
                apply_key_stream(keys, id, text)?;
                Ok(plain_len)
            }
        }
    }

    /// Encrypts one compound packet into `out`, which is exactly as long as the sealed packet.
    pub(super) fn seal_rtcp(&self, id: PacketId, plain: &[u8], out: &mut [u8]) -> Result<(), SrtpError> {
        let word = (id.index as u32 | RTCP_ENCRYPTED).to_be_bytes();
        out.get_mut(..plain.len()).ok_or(SrtpError::BufferFull)?.copy_from_slice(plain);
        let (header, rest) = out.split_at_mut_checked(RTCP_CLEAR_LEN).ok_or(SrtpError::TooShort)?;
        match self {
            Cipher::Gcm { key, salt } => {
                let (sealed, word_out) = rest.split_last_chunk_mut::<RTCP_INDEX_LEN>().ok_or(SrtpError::BufferFull)?;
                key.seal_in_place(rtcp_nonce(salt, id), &rtcp_aad(header, word), sealed)?;
                *word_out = word;
            }
            Cipher::CounterSha1(keys) => {
                let text_len = plain.len().checked_sub(RTCP_CLEAR_LEN).ok_or(SrtpError::TooShort)?;
                let (text, trailer) = rest.split_at_mut_checked(text_len).ok_or(SrtpError::BufferFull)?;
                apply_key_stream(keys, id, text)?;
                let mac = mac_of(keys, &[header, text, &word]);
                let (word_out, tag_out) = trailer.split_at_mut(RTCP_INDEX_LEN);
                word_out.copy_from_slice(&word);
                tag_out.copy_from_slice(&mac.as_ref()[..SHA1_80_TAG_LEN]);
            }
        }
        Ok(())
    }

    /// The index word of a sealed RTCP packet, not yet authenticated.
    pub(super) fn rtcp_word(&self, packet: &[u8]) -> Option<u32> {
        let after = match self {
            Cipher::Gcm { .. } => 0,
            Cipher::CounterSha1(_) => SHA1_80_TAG_LEN,
        };
        let end = packet.len().checked_sub(after)?;
        packet.get(..end)?.last_chunk().map(|word| u32::from_be_bytes(*word))
    }

    /// Checks and decrypts a compound packet in place; returns its plain length.
    pub(super) fn open_rtcp(&self, id: PacketId, packet: &mut [u8]) -> Result<usize, SrtpError> {
        let plain_len = packet
            .len()
            .checked_sub(self.tag_len() + RTCP_INDEX_LEN)
            .filter(|len| *len >= RTCP_CLEAR_LEN)
            .ok_or(SrtpError::TooShort)?;
        let word = (id.index as u32 | RTCP_ENCRYPTED).to_be_bytes();
        let (header, rest) = packet.split_at_mut(RTCP_CLEAR_LEN);
        match self {
            Cipher::Gcm { key, salt } => {
                let sealed = &mut rest[..plain_len - RTCP_CLEAR_LEN + gcm::TAG_LEN];
                key.open_in_place(rtcp_nonce(salt, id), &rtcp_aad(header, word), sealed)?;
            }
            Cipher::CounterSha1(keys) => {
                let (text, trailer) = rest.split_at_mut(plain_len - RTCP_CLEAR_LEN);
                let mac = mac_of(keys, &[header, text, &word]);
                verify_slices_are_equal(&mac.as_ref()[..SHA1_80_TAG_LEN], &trailer[RTCP_INDEX_LEN..])
                    .map_err(|_| SrtpError::Authentication)?;
                apply_key_stream(keys, id, text)?;
            }
        }
        Ok(plain_len)
    }
}

/// Bytes of an RTCP packet that stay in clear: header and sender SSRC.
pub(super) const RTCP_CLEAR_LEN: usize = 8;
/// Length of the E bit and index behind an RTCP packet, in bytes.
pub(super) const RTCP_INDEX_LEN: usize = 4;
/// The E bit: this RTCP packet is encrypted.
pub(super) const RTCP_ENCRYPTED: u32 = 0x8000_0000;

/// RFC 7714 §8.1: SSRC, rollover counter and sequence number, mixed with the salt.
fn rtp_nonce(salt: &[u8; 12], id: PacketId) -> [u8; gcm::NONCE_LEN] {
    let mut nonce = *salt;
    mix(&mut nonce[2..6], &id.ssrc.to_be_bytes());
    mix(&mut nonce[6..12], &id.index.to_be_bytes()[2..]);
    nonce
}

/// RFC 7714 §9.1: SSRC and RTCP index, mixed with the salt.
fn rtcp_nonce(salt: &[u8; 12], id: PacketId) -> [u8; gcm::NONCE_LEN] {
    let mut nonce = *salt;
    mix(&mut nonce[2..6], &id.ssrc.to_be_bytes());
    mix(&mut nonce[8..12], &(id.index as u32).to_be_bytes());
    nonce
}

/// RFC 7714 §9.2: the clear header and the index word are authenticated as one.
fn rtcp_aad(header: &[u8], word: [u8; 4]) -> [u8; 12] {
    let mut aad = [0; 12];
    for (to, from) in aad.iter_mut().zip(header.iter().chain(&word)) {
        *to = *from;
    }
    aad
}

/// RFC 3711 §4.1.1: counter block of salt, SSRC and index, the last 16 bits counting blocks.
fn apply_key_stream(keys: &CounterSha1, id: PacketId, text: &mut [u8]) -> Result<(), SrtpError> {
    let mut counter = [0; 16];
    counter[..14].copy_from_slice(&keys.salt);
    mix(&mut counter[4..8], &id.ssrc.to_be_bytes());
    mix(&mut counter[8..14], &id.index.to_be_bytes()[2..]);
    keys.key
        .less_safe_encrypt(text, EncryptionContext::Iv128(FixedLength::from(counter)))
        .map(|_| ())
        .map_err(|_| SrtpError::Crypto)
}

/// RFC 3711 §4.2: the tag covers the packet and the rollover counter, which is not sent.
fn rollover_mac(keys: &CounterSha1, parts: &[&[u8]; 2], id: PacketId) -> hmac::Tag {
    let rollover = ((id.index >> 16) as u32).to_be_bytes();
    mac_of(keys, &[parts[0], parts[1], &rollover])
}

fn mac_of(keys: &CounterSha1, parts: &[&[u8]; 3]) -> hmac::Tag {
    let mut context = hmac::Context::with_key(&keys.auth);
    for part in parts {
        context.update(part);
    }
    context.sign()
}

fn mix(into: &mut [u8], with: &[u8]) {
    for (to, from) in into.iter_mut().zip(with) {
        *to ^= from;
    }
}
