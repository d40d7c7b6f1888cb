//! AES-GCM with a prepared key, by whichever of two libraries is faster on this processor; both give the same bytes.
//!
//! aws-lc has code for processors with AVX-512 and for those with AES-NI; ring has it also for those between, which take
//! two blocks at once (VAES with AVX2, no AVX-512): there a packet of 1,080 bytes costs it little more than half.

use super::SrtpError;
use aws_lc_rs::aead as lc;
use ring::aead as wide;

/// Bytes of a tag.
pub(super) const TAG_LEN: usize = 16;
/// Bytes of a nonce.
pub(super) const NONCE_LEN: usize = 12;

/// One key, its round keys and hash table made once.
#[expect(clippy::large_enum_variant, reason = "the large one is the one that is used, and is to stand by its owner")]
pub(super) enum GcmKey {
    /// By aws-lc.
    Lc(lc::LessSafeKey),
    /// By ring: held in place, so that asking memory for the owner brings the key too.
    Wide(wide::LessSafeKey),
}

impl GcmKey {
    /// A key of 16 or 32 bytes.
    pub(super) fn new(key: &[u8]) -> Result<Self, SrtpError> {
        if is_between() { Self::wide(key) } else { Self::lc(key) }
    }

    pub(super) fn lc(key: &[u8]) -> Result<Self, SrtpError> {
        let algorithm = match key.len() {
            16 => &lc::AES_128_GCM,
            32 => &lc::AES_256_GCM,
            _ => return Err(SrtpError::KeyingMaterial),
        };
        let key = lc::UnboundKey::new(algorithm, key).map_err(|_| SrtpError::Crypto)?;
        Ok(Self::Lc(lc::LessSafeKey::new(key)))
    }

    pub(super) fn wide(key: &[u8]) -> Result<Self, SrtpError> {
        let algorithm = match key.len() {
            16 => &wide::AES_128_GCM,
            32 => &wide::AES_256_GCM,
            _ => return Err(SrtpError::KeyingMaterial),
        };
        let key = wide::UnboundKey::new(algorithm, key).map_err(|_| SrtpError::Crypto)?;
        Ok(Self::Wide(wide::LessSafeKey::new(key)))
    }

    /// Encrypts `prefix` and `payload`, one after the other, into `out`, which has room for exactly these and the tag.
    pub(super) fn seal(
        &self,
        nonce: [u8; NONCE_LEN],
        clear: &[u8],
        (prefix, payload): (&[u8], &[u8]),
        out: &mut [u8],
    ) -> Result<(), SrtpError> {
        if out.len() != prefix.len() + payload.len() + TAG_LEN {
            return Err(SrtpError::BufferFull);
        }
        let (head, rest) = out.split_at_mut_checked(prefix.len()).ok_or(SrtpError::BufferFull)?;
        head.copy_from_slice(prefix);
        match self {
            Self::Lc(key) => {
                // The prefix is encrypted where it stands and the payload on its way from the cache: no copy.
                let nonce = lc::Nonce::assume_unique_for_key(nonce);
                key.seal_in_place_scatter(nonce, lc::Aad::from(clear), head, payload, rest)
                    .map_err(|_| SrtpError::Crypto)
            }
            Self::Wide(_) => {
                rest.get_mut(..payload.len()).ok_or(SrtpError::BufferFull)?.copy_from_slice(payload);
                self.seal_in_place(nonce, clear, out)
            }
        }
    }

    /// Encrypts all of `out` but its last 16 bytes where it stands; these take the tag.
    pub(super) fn seal_in_place(&self, nonce: [u8; NONCE_LEN], clear: &[u8], out: &mut [u8]) -> Result<(), SrtpError> {
        let (text, tag_out) = out.split_last_chunk_mut::<TAG_LEN>().ok_or(SrtpError::BufferFull)?;
        match self {
            Self::Lc(key) => {
                let nonce = lc::Nonce::assume_unique_for_key(nonce);
                let tag = key.seal_in_place_separate_tag(nonce, lc::Aad::from(clear), text);
                tag_out.copy_from_slice(tag.map_err(|_| SrtpError::Crypto)?.as_ref());
            }
            Self::Wide(key) => {
                let nonce = wide::Nonce::assume_unique_for_key(nonce);
                let tag = key.seal_in_place_separate_tag(nonce, wide::Aad::from(clear), text);
                tag_out.copy_from_slice(tag.map_err(|_| SrtpError::Crypto)?.as_ref());
            }
        }
        Ok(())
    }

    /// Checks `sealed`, text and tag, and decrypts it where it stands.
    pub(super) fn open_in_place(
        &self,
        nonce: [u8; NONCE_LEN],
        clear: &[u8],
        sealed: &mut [u8],
    ) -> Result<(), SrtpError> {
        let is_open = match self {
            Self::Lc(key) => {
                let nonce = lc::Nonce::assume_unique_for_key(nonce);
                key.open_in_place(nonce, lc::Aad::from(clear), sealed).is_ok()
            }
            Self::Wide(key) => {
                let nonce = wide::Nonce::assume_unique_for_key(nonce);
                key.open_in_place(nonce, wide::Aad::from(clear), sealed).is_ok()
            }
        };
        is_open.then_some(()).ok_or(SrtpError::Authentication)
    }
}

/// Whether this processor has VAES for AVX2 and not what aws-lc's fastest code needs.
#[cfg(target_arch = "x86_64")]
fn is_between() -> bool {
    let has_wide =
        is_x86_feature_detected!("avx2") && is_x86_feature_detected!("vaes") && is_x86_feature_detected!("vpclmulqdq");
    has_wide && !is_x86_feature_detected!("avx512bw")
}

/// Other processors have one kind of code only.
#[cfg(not(target_arch = "x86_64"))]
const fn is_between() -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn both_libraries_seal_to_the_same_bytes_and_open_what_the_other_sealed(
            key in prop::collection::vec(any::<u8>(), 32), is_long: bool, nonce: [u8; NONCE_LEN],
            clear in prop::collection::vec(any::<u8>(), 0..40), prefix in prop::collection::vec(any::<u8>(), 0..20),
            payload in prop::collection::vec(any::<u8>(), 0..1_500), flip in any::<prop::sample::Index>(),
        ) {
            let key = if is_long { &key[..] } else { &key[..16] };
            let keys = [GcmKey::lc(key).unwrap(), GcmKey::wide(key).unwrap()];
            let text = [prefix.as_slice(), &payload].concat();
            let sealed = keys.each_ref().map(|key| {
                let mut out = vec![0; text.len() + TAG_LEN];
                key.seal(nonce, &clear, (&prefix, &payload), &mut out).unwrap();
                let mut in_place = [text.as_slice(), &[0; TAG_LEN]].concat();
                key.seal_in_place(nonce, &clear, &mut in_place).unwrap();
                assert_eq!(out, in_place);
                out
            });
            prop_assert_eq!(&sealed[0], &sealed[1]);
            for key in &keys {
                let mut packet = sealed[0].clone();
                key.open_in_place(nonce, &clear, &mut packet).unwrap();
                prop_assert_eq!(&packet[..text.len()], &text);
                let mut forged = sealed[0].clone();
                let place = flip.index(forged.len());
                forged[place] ^= 1;
                prop_assert_eq!(key.open_in_place(nonce, &clear, &mut forged), Err(SrtpError::Authentication));
            }
        }
    }

    #[test]
    fn a_key_of_another_length_and_a_buffer_without_room_are_refused() {
        for new in [GcmKey::new, GcmKey::lc, GcmKey::wide] {
            assert_eq!(new(&[0; 24]).err(), Some(SrtpError::KeyingMaterial));
            let key = new(&[0; 32]).unwrap();
            assert_eq!(key.seal([0; 12], &[], (&[1, 2], &[3]), &mut [0; 1]), Err(SrtpError::BufferFull));
            assert!(key.seal([0; 12], &[], (&[1, 2], &[3]), &mut [0; 18]).is_err());
            assert_eq!(key.seal_in_place([0; 12], &[], &mut [0; 15]), Err(SrtpError::BufferFull));
        }
    }
}
