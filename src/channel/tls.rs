//! Whom we trust when we speak TLS.
//!
//! Owns the client's side of TLS for both channels: the platform's roots, or
//! one PEM file of a town's own authority. It must not loosen a check: a
//! certificate that does not hold is a failure everywhere.

use std::path::Path;
use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use rustls_platform_verifier::BuilderVerifierExt as _;

/// Trusts the authorities of a PEM file, and no other, or else the platform's.
/// The error is a sentence for the operator.
pub(super) fn client(extra_roots: Option<&Path>) -> Result<ClientConfig, String> {
    match extra_roots {
        Some(path) => Ok(trusting(roots(path)?)),
        None => Ok(builder()?
            .with_platform_verifier()
            .map_err(|error| {
                format!("the system's trusted certificates cannot be read ({error}): install ca-certificates or name a PEM file")
            })?
            .with_no_client_auth()),
    }
}

/// Trusts nobody: for a peer with whom TLS may not come up at all.
pub(super) fn trusting_nobody() -> ClientConfig {
    trusting(RootCertStore::empty())
}

fn trusting(roots: RootCertStore) -> ClientConfig {
    ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth()
}

fn builder() -> Result<rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())
}

/// The authorities of a PEM file; the error is a sentence for the operator.
pub(super) fn roots(path: &Path) -> Result<RootCertStore, String> {
    let shown = path.display();
    let mut store = RootCertStore::empty();
    let certificates = CertificateDer::pem_file_iter(path)
        .map_err(|error| format!("the certificates of {shown} cannot be read: {error}"))?;
    for certificate in certificates {
        let certificate =
            certificate.map_err(|error| format!("{shown} does not read as PEM: {error}"))?;
        store
            .add(certificate)
            .map_err(|error| format!("{shown} holds a certificate that cannot be used: {error}"))?;
    }
    if store.is_empty() {
        return Err(format!("{shown} holds no certificate: write a PEM file"));
    }
    Ok(store)
}

/// Whether TLS is the cause of an error, however deep the libraries have wrapped
/// it. A handshake that broke off is a connection that was lost.
pub(super) fn is_tls(error: &(dyn std::error::Error + 'static)) -> bool {
    // Why: an I/O error's `source` is the source of what it wraps, and would
    // step over the error that we look for.
    let wrapped = error
        .downcast_ref::<std::io::Error>()
        .and_then(std::io::Error::get_ref);
    error.is::<rustls::Error>()
        || wrapped.is_some_and(|inner| is_tls(inner))
        || error.source().is_some_and(is_tls)
}
