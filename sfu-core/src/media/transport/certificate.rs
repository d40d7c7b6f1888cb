//! The DTLS certificate of a Worker: one for all its Transports, so that its fingerprint is known before any of them.
use crate::sdp::Fingerprint;
use str0m::config::DtlsCert;

/// A self-signed certificate with its private key.
#[derive(Clone)]
pub(in crate::media) struct Certificate {
    dtls: DtlsCert,
}

impl Certificate {
    /// A new one, with randomness of the crypto library; `None` where that fails.
    pub(in crate::media) fn generate() -> Option<Self> {
        let dtls = str0m::crypto::from_feature_flags().dtls_provider.generate_certificate()?;
        Some(Self { dtls })
    }

    /// What a session description says of it (RFC 8122).
    pub(in crate::media) fn fingerprint(&self) -> Fingerprint {
        let sha256 = str0m::crypto::from_feature_flags().sha256_provider;
        Fingerprint { algorithm: "sha-256".to_owned(), bytes: sha256.sha256(&self.dtls.certificate).to_vec() }
    }

    /// The certificate as the DTLS implementation wants it.
    pub(super) fn dtls(&self) -> DtlsCert {
        self.dtls.clone()
    }
}
