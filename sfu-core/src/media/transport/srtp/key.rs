//! SRTP protection profiles and the way from a DTLS handshake's keying material to session keys
//! (RFC 5764 §4.2, RFC 3711 §4.3, RFC 7714 §11). Ciphers are `cipher`'s, packets are the parent's.

use super::SrtpError;
use aws_lc_rs::cipher::{AES_128, AES_256, Algorithm, EncryptingKey, EncryptionContext, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;

/// The protection profiles this server speaks, in its order of preference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SrtpProfile {
    /// AEAD_AES_256_GCM (RFC 7714): what Chromium and Firefox get from us over DTLS 1.2.
    AeadAes256Gcm,
    /// AEAD_AES_128_GCM (RFC 7714).
    AeadAes128Gcm,
    /// AES_CM_128_HMAC_SHA1_80 (RFC 3711), for clients without GCM; some five times the cost.
    Aes128CmSha1_80,
}

impl SrtpProfile {
    /// The profile's number in the DTLS `use_srtp` extension.
    pub const fn id(self) -> u16 {
        match self {
            SrtpProfile::AeadAes256Gcm => 0x0008,
            SrtpProfile::AeadAes128Gcm => 0x0007,
            SrtpProfile::Aes128CmSha1_80 => 0x0001,
        }
    }

    /// The profile with a number of `use_srtp`.
    pub const fn from_id(id: u16) -> Option<Self> {
        match id {
            0x0008 => Some(SrtpProfile::AeadAes256Gcm),
            0x0007 => Some(SrtpProfile::AeadAes128Gcm),
            0x0001 => Some(SrtpProfile::Aes128CmSha1_80),
            _ => None,
        }
    }

    /// Length of master and session keys, in bytes.
    pub const fn key_len(self) -> usize {
        match self {
            SrtpProfile::AeadAes256Gcm => 32,
            SrtpProfile::AeadAes128Gcm | SrtpProfile::Aes128CmSha1_80 => 16,
        }
    }

    /// Length of master and session salts, in bytes.
    pub const fn salt_len(self) -> usize {
        match self {
            SrtpProfile::AeadAes256Gcm | SrtpProfile::AeadAes128Gcm => 12,
            SrtpProfile::Aes128CmSha1_80 => 14,
        }
    }

    /// Length of the authentication tag, in bytes.
    pub const fn tag_len(self) -> usize {
        match self {
            SrtpProfile::AeadAes256Gcm | SrtpProfile::AeadAes128Gcm => 16,
            SrtpProfile::Aes128CmSha1_80 => 10,
        }
    }

    /// Length of the keying material DTLS must export, in bytes.
    pub const fn keying_material_len(self) -> usize {
        2 * (self.key_len() + self.salt_len())
    }
}

/// Which end of the DTLS handshake this side was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DtlsRole {
    /// This side sent the ClientHello.
    Client,
    /// This side answered it.
    Server,
}

/// Master key and salt of one direction.
pub(super) struct MasterKey<'a> {
    pub(super) key: &'a [u8],
    pub(super) salt: &'a [u8],
}

impl<'a> MasterKey<'a> {
    /// Cuts exported keying material into (ours, theirs): client key, server key, client salt, server salt.
    pub(super) fn pair(profile: SrtpProfile, material: &'a [u8], role: DtlsRole) -> Result<(Self, Self), SrtpError> {
        if material.len() != profile.keying_material_len() {
            return Err(SrtpError::KeyingMaterial);
        }
        let (keys, salts) = material.split_at(2 * profile.key_len());
        let (client_key, server_key) = keys.split_at(profile.key_len());
        let (client_salt, server_salt) = salts.split_at(profile.salt_len());
        let client = Self { key: client_key, salt: client_salt };
        let server = Self { key: server_key, salt: server_salt };
        Ok(match role {
            DtlsRole::Client => (client, server),
            DtlsRole::Server => (server, client),
        })
    }

    /// Fills `out` with the pseudo-random stream of `label`; the key derivation rate is always 0.
    pub(super) fn derive(&self, label: u8, out: &mut [u8]) -> Result<(), SrtpError> {
        // A 96-bit salt stands in the left of the 112 bits that the function takes (RFC 7714 §11).
        let mut counter = [0; 16];
        counter.get_mut(..self.salt.len()).ok_or(SrtpError::KeyingMaterial)?.copy_from_slice(self.salt);
        counter[7] ^= label;
        out.fill(0);
        aes_counter_key(self.key)?
            .less_safe_encrypt(out, EncryptionContext::Iv128(FixedLength::from(counter)))
            .map(|_| ())
            .map_err(|_| SrtpError::Crypto)
    }
}

/// An AES key in counter mode; the key schedule is made here, once.
pub(super) fn aes_counter_key(key: &[u8]) -> Result<EncryptingKey, SrtpError> {
    let algorithm: &'static Algorithm = match key.len() {
        16 => &AES_128,
        32 => &AES_256,
        _ => return Err(SrtpError::KeyingMaterial),
    };
    UnboundCipherKey::new(algorithm, key).and_then(EncryptingKey::ctr).map_err(|_| SrtpError::Crypto)
}
