//! The way of SRTP keys out of str0m: a DTLS provider that wraps the stock one and keeps the keying material back.
//!
//! str0m sees a second `Connected` (which it ignores) in the material's place, so it never owns an SRTP key and can
//! never use an index twice under one. Keys wait in a thread-local slot while one Rtc is polled; whoever polls takes
//! them. They may be used only after str0m's own `Connected` event, which follows the check of the fingerprint.
use super::srtp::SrtpProfile;
use std::cell::RefCell;
use std::time::Instant;
use str0m::config::CryptoProvider;
use str0m::crypto::CryptoError;
use str0m::crypto::dtls::{
    DtlsCert, DtlsImplError, DtlsInstance, DtlsOutput, DtlsProvider, DtlsVersion, ProtocolVersion,
    SrtpProfile as DtlsSrtpProfile,
};

thread_local! {
    static EXPORTED: RefCell<Option<ExportedKeys>> = const { RefCell::new(None) };
}

/// What a DTLS handshake exported for SRTP.
pub struct ExportedKeys {
    /// The profile that the handshake chose.
    pub profile: SrtpProfile,
    /// Both sides' master keys and salts. A secret.
    pub material: Vec<u8>,
}

/// The keys exported since the last call on this thread.
pub fn take_exported() -> Option<ExportedKeys> {
    EXPORTED.with(RefCell::take)
}

/// str0m's crypto with a DTLS that hands its keys to us.
pub fn crypto_provider() -> CryptoProvider {
    static PROVIDER: KeyTapProvider = KeyTapProvider;
    CryptoProvider { dtls_provider: &PROVIDER, ..str0m::crypto::from_feature_flags() }
}

#[derive(Debug)]
struct KeyTapProvider;

impl DtlsProvider for KeyTapProvider {
    fn generate_certificate(&self) -> Option<DtlsCert> {
        str0m::crypto::from_feature_flags().dtls_provider.generate_certificate()
    }

    fn new_dtls(
        &self,
        certificate: &DtlsCert,
        now: Instant,
        version: DtlsVersion,
        mtu: Option<usize>,
    ) -> Result<Box<dyn DtlsInstance>, CryptoError> {
        let stock = str0m::crypto::from_feature_flags().dtls_provider;
        Ok(Box::new(KeyTap { inner: stock.new_dtls(certificate, now, version, mtu)? }))
    }
}

#[derive(Debug)]
struct KeyTap {
    inner: Box<dyn DtlsInstance>,
}

impl DtlsInstance for KeyTap {
    fn set_active(&mut self, active: bool) {
        self.inner.set_active(active);
    }

    fn handle_packet(&mut self, packet: &[u8]) -> Result<(), DtlsImplError> {
        self.inner.handle_packet(packet)
    }

    fn poll_output<'a>(&mut self, buffer: &'a mut [u8]) -> DtlsOutput<'a> {
        let output = self.inner.poll_output(buffer);
        let DtlsOutput::KeyingMaterial(material, profile) = &output else { return output };
        let exported = own_profile(*profile).map(|profile| ExportedKeys { profile, material: material.to_vec() });
        EXPORTED.with(|slot| slot.replace(exported));
        DtlsOutput::Connected
    }

    fn handle_timeout(&mut self, now: Instant) -> Result<(), DtlsImplError> {
        self.inner.handle_timeout(now)
    }

    fn send_application_data(&mut self, data: &[u8]) -> Result<usize, DtlsImplError> {
        self.inner.send_application_data(data)
    }

    fn is_active(&self) -> bool {
        self.inner.is_active()
    }

    fn protocol_version(&self) -> Option<ProtocolVersion> {
        self.inner.protocol_version()
    }

    fn is_closing(&self) -> bool {
        self.inner.is_closing()
    }

    fn is_closed(&self) -> bool {
        self.inner.is_closed()
    }

    fn close(&mut self) -> Result<(), DtlsImplError> {
        self.inner.close()
    }
}

fn own_profile(profile: DtlsSrtpProfile) -> Option<SrtpProfile> {
    if profile == DtlsSrtpProfile::AEAD_AES_256_GCM {
        Some(SrtpProfile::AeadAes256Gcm)
    } else if profile == DtlsSrtpProfile::AEAD_AES_128_GCM {
        Some(SrtpProfile::AeadAes128Gcm)
    } else if profile == DtlsSrtpProfile::AES128_CM_SHA1_80 {
        Some(SrtpProfile::Aes128CmSha1_80)
    } else {
        None
    }
}
