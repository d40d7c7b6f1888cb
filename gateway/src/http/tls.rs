//! The certificate of the TLS port: from files, or self-signed, made once and kept in the data folder.
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What happened.
        source: std::io::Error,
    },
    /// A file holds no certificate chain or no private key in PEM form.
    #[error("{path}: {source}")]
    Pem {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        source: rustls::pki_types::pem::Error,
    },
    /// The self-signed certificate could not be made.
    #[error("the self-signed certificate could not be made: {0}")]
    Make(#[from] rcgen::Error),
    /// Certificate and key do not fit, or are of a kind that is not supported.
    #[error("certificate and key cannot be used: {0}")]
    Use(#[from] rustls::Error),
}

/// The PEM files of a certificate chain and its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFiles {
    /// The chain, leaf first.
    pub certificate: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

/// Makes the self-signed certificate under `data_dir` where there is none yet.
pub fn self_signed(data_dir: &Path, names: Vec<String>) -> Result<CertificateFiles, TlsError> {
    let files = CertificateFiles { certificate: data_dir.join("tls-cert.pem"), key: data_dir.join("tls-key.pem") };
    if files.certificate.exists() && files.key.exists() {
        return Ok(files);
    }
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(names)?;
    write_private(&files.key, &signing_key.serialize_pem())?;
    write_private(&files.certificate, &cert.pem())?;
    Ok(files)
}

fn write_private(path: &Path, text: &str) -> Result<(), TlsError> {
    let failed = |source| TlsError::File { path: path.to_owned(), source };
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).and_then(|mut file| file.write_all(text.as_bytes())).map_err(failed)
}

/// Hands out the certificate in force; [`Certificate::reload`] exchanges it under running connections.
#[derive(Debug)]
pub struct Certificate {
    files: CertificateFiles,
    current: RwLock<Loaded>,
}

#[derive(Debug)]
struct Loaded {
    key: Arc<sign::CertifiedKey>,
    modified: Option<SystemTime>,
}

impl Certificate {
    /// Reads the files.
    pub fn load(files: CertificateFiles) -> Result<Arc<Self>, TlsError> {
        let current = RwLock::new(read(&files)?);
        Ok(Arc::new(Self { files, current }))
    }

    /// Reads the files again where they changed since the last time; true where they did. On an error the old
    /// certificate stays in force.
    pub fn reload(&self) -> Result<bool, TlsError> {
        let before = self.current.read().unwrap_or_else(PoisonError::into_inner).modified;
        if modified(&self.files) == before {
            return Ok(false);
        }
        let loaded = read(&self.files)?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = loaded;
        Ok(true)
    }

    /// The server's TLS settings with this certificate.
    pub fn server_config(self: &Arc<Self>) -> Result<ServerConfig, TlsError> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let resolver: Arc<dyn ResolvesServerCert> = Arc::<Self>::clone(self);
        Ok(ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(resolver))
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<sign::CertifiedKey>> {
        Some(Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner).key))
    }
}

fn read(files: &CertificateFiles) -> Result<Loaded, TlsError> {
    let modified = modified(files);
    let pem = |path: &Path| {
        let path = path.to_owned();
        move |source| TlsError::Pem { path, source }
    };
    let chain = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(|certificates| certificates.collect::<Result<Vec<_>, _>>())
        .map_err(pem(&files.certificate))?;
    if chain.is_empty() {
        return Err(pem(&files.certificate)(rustls::pki_types::pem::Error::NoItemsFound));
    }
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(pem(&files.key))?;
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    let key = Arc::new(sign::CertifiedKey::from_der(chain, key, &provider)?);
    Ok(Loaded { key, modified })
}

/// When the younger of the two files was written.
fn modified(files: &CertificateFiles) -> Option<SystemTime> {
    let of = |path: &Path| fs::metadata(path).and_then(|meta| meta.modified()).ok();
    of(&files.certificate).max(of(&files.key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_self_signed_certificate_is_made_once_and_a_renewed_one_is_taken_up() {
        let folder = std::env::temp_dir().join(format!("viaduct-tls-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let names = || vec!["localhost".to_owned()];
        let files = self_signed(&folder, names()).unwrap();
        let text = fs::read_to_string(&files.certificate).unwrap();
        assert_eq!(self_signed(&folder, names()).unwrap(), files);
        assert_eq!(fs::read_to_string(&files.certificate).unwrap(), text);

        let certificate = Certificate::load(files.clone()).unwrap();
        assert!(!certificate.reload().unwrap());
        let leaf = |certificate: &Certificate| certificate.current.read().unwrap().key.cert[0].clone();
        let old = leaf(&certificate);
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(names()).unwrap();
        fs::write(&files.key, signing_key.serialize_pem()).unwrap();
        fs::write(&files.certificate, cert.pem()).unwrap();
        let later = SystemTime::now() + std::time::Duration::from_secs(2);
        fs::File::options().append(true).open(&files.key).unwrap().set_modified(later).unwrap();
        assert!(certificate.reload().unwrap());
        assert_ne!(leaf(&certificate), old);

        fs::write(&files.certificate, "no certificate").unwrap();
        let later = later + std::time::Duration::from_secs(2);
        fs::File::options().append(true).open(&files.certificate).unwrap().set_modified(later).unwrap();
        let renewed = leaf(&certificate);
        assert!(certificate.reload().is_err());
        assert_eq!(leaf(&certificate), renewed, "the last good one stays");
        fs::remove_dir_all(&folder).unwrap();
    }
}
