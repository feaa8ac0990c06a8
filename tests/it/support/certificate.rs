//! Certificates for receivers that speak TLS, made anew for each test.
//!
//! Owns a self-signed certificate and the PEM file that a client may trust.

use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tempfile::NamedTempFile;
use tokio_rustls::TlsAcceptor;

/// A certificate, its key, and a PEM file of it.
pub(crate) struct Certificate {
    acceptor: TlsAcceptor,
    file: NamedTempFile,
}

impl Certificate {
    /// One that holds for `127.0.0.1`.
    pub(crate) fn good() -> Self {
        Self::made("127.0.0.1", 4000)
    }

    /// One that holds for another host.
    pub(crate) fn of_another_host() -> Self {
        Self::made("mail.example.jp", 4000)
    }

    /// One that has run out.
    pub(crate) fn expired() -> Self {
        Self::made("127.0.0.1", 2001)
    }

    /// The PEM file, for a client to trust.
    pub(crate) fn roots(&self) -> &Path {
        self.file.path()
    }

    /// The server's side.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        self.acceptor.clone()
    }

    fn made(host: &str, last_year: i32) -> Self {
        muster::channel::install_crypto();
        let mut params = rcgen::CertificateParams::new(vec![host.to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2000, 1, 1);
        params.not_after = rcgen::date_time_ymd(last_year, 1, 1);
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let file = NamedTempFile::new().unwrap();
        std::fs::write(file.path(), certificate.pem()).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        Self {
            acceptor: TlsAcceptor::from(Arc::new(config)),
            file,
        }
    }
}
