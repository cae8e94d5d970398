//! TLS to a peer.

use std::path::Path;
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::{Error, ErrorKind, Result};

/// What a client trusts: the certificates of a file in PEM, or for `""` the
/// system's.
///
/// # Errors
/// [`ErrorKind::Input`] for a file without a certificate.
pub(crate) fn client(ca: &Path) -> Result<ClientConfig> {
    let wrong = |detail: &str| Error::new(ErrorKind::Input, format!("{}: {detail}", ca.display()));
    let mut roots = RootCertStore::empty();
    if ca.as_os_str().is_empty() {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    } else {
        let certificates = CertificateDer::pem_file_iter(ca)
            .map_err(|error| wrong("cannot be read").because(error))?;
        for certificate in certificates {
            let certificate = certificate.map_err(|error| wrong("is no PEM").because(error))?;
            roots.add(certificate).map_err(|error| wrong("no certificate").because(error))?;
        }
    }
    if roots.is_empty() {
        return Err(wrong("there is no certificate to trust"));
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong("TLS cannot be set up").because(error))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

/// What a client trusts that never speaks TLS: nobody.
///
/// # Errors
/// [`ErrorKind::Input`] if TLS cannot be set up.
pub(crate) fn none() -> Result<ClientConfig> {
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::new(ErrorKind::Input, "TLS cannot be set up").because(error))?;
    Ok(config.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}

/// TLS over a connection, by what [`client`] trusts.
///
/// # Errors
/// [`ErrorKind::Peer`] if the peer is not who it should be.
pub(crate) async fn connect(
    connector: &TlsConnector,
    host: &str,
    stream: TcpStream,
) -> Result<TlsStream<TcpStream>> {
    connector
        .connect(name(host)?, stream)
        .await
        .map_err(|error| Error::new(ErrorKind::Peer, "TLS with the peer failed").because(error))
}

/// The name that a peer's certificate has to have.
///
/// # Errors
/// [`ErrorKind::Input`] for what is neither a host's name nor an address.
pub(crate) fn name(host: &str) -> Result<ServerName<'static>> {
    ServerName::try_from(host.to_owned())
        .map_err(|error| Error::new(ErrorKind::Input, "host: no name for TLS").because(error))
}
