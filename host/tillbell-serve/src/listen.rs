//! Connections: plain, by TLS or by a Unix socket, each answered as HTTP/1.1.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_io_timeout::TimeoutStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::{Error, Result};

/// How long a client may take for TLS, and for the head of a request.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long requests that run are waited for at a stop.
const LAST: Duration = Duration::from_secs(10);
/// How long to wait after a connection could not be accepted: out of files.
const REST: Duration = Duration::from_millis(100);

/// Where connections come from.
pub(crate) enum Listener {
    /// An address, with TLS or without.
    Address(TcpListener, Option<TlsAcceptor>),
    /// A Unix socket.
    Socket(UnixListener),
}

/// TLS as a server.
///
/// # Errors
/// For files that are no certificates and no key.
pub(crate) fn tls(certificates: &Path, key: &Path) -> Result<TlsAcceptor> {
    let wrong = |path: &Path, detail: &str| Error::new(format!("{}: {detail}", path.display()));
    let chain = CertificateDer::pem_file_iter(certificates)
        .and_then(Iterator::collect::<std::result::Result<Vec<_>, _>>)
        .map_err(|error| wrong(certificates, "no certificates in PEM").because(error))?;
    let secret = PrivateKeyDer::from_pem_file(key)
        .map_err(|error| wrong(key, "no key in PEM").because(error))?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map(|builder| builder.with_no_client_auth())
        .and_then(|builder| builder.with_single_cert(chain, secret))
        .map_err(|error| wrong(certificates, "does not fit its key").because(error))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Opens a Unix socket for this user alone; what an earlier run left is removed.
///
/// # Errors
/// If there is something else, or the folder cannot be written.
pub(crate) fn socket(path: &Path) -> Result<UnixListener> {
    use std::os::unix::fs::{FileTypeExt, PermissionsExt};
    let wrong = |detail: &str| Error::new(format!("socket {}: {detail}", path.display()));
    if let Ok(known) = std::fs::symlink_metadata(path) {
        if !known.file_type().is_socket() {
            return Err(wrong("is there already, and no socket"));
        }
        if std::os::unix::net::UnixStream::connect(path).is_ok() {
            return Err(wrong("another daemon answers"));
        }
        std::fs::remove_file(path).map_err(|error| wrong("cannot be replaced").because(error))?;
    }
    let listener =
        UnixListener::bind(path).map_err(|error| wrong("cannot be made").because(error))?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))
        .map_err(|error| wrong("cannot be guarded").because(error))?;
    Ok(listener)
}

/// Answers requests until it is told to stop, and then those that run; it ends
/// whoever takes too long. A client must take an answer within this patience.
pub(crate) async fn serve(
    listener: Listener,
    router: Router,
    connections_max: usize,
    patience: Duration,
    mut stop: watch::Receiver<bool>,
) {
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    let places = Arc::new(Semaphore::new(connections_max));
    loop {
        let place = tokio::select! {
            place = places.clone().acquire_owned() => place,
            _ = stop.changed() => break,
        };
        let Ok(place) = place else { break };
        let accepted = tokio::select! {
            accepted = accept(&listener) => accepted,
            _ = stop.changed() => break,
        };
        let Ok((stream, tls)) = accepted else {
            tokio::time::sleep(REST).await;
            continue;
        };
        while connections.try_join_next().is_some() {}
        let (router, watcher) = (router.clone(), graceful.watcher());
        connections.spawn(async move {
            let stream: Box<dyn Stream> = match tls {
                None => stream,
                Some(tls) => match timeout(PATIENCE, tls.accept(stream)).await {
                    Ok(Ok(stream)) => Box::new(stream),
                    // No TLS, or none that we speak.
                    _ => return,
                },
            };
            let mut stream = Box::pin(TimeoutStream::new(stream));
            stream.as_mut().set_write_timeout_pinned(Some(patience));
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(PATIENCE)
                .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
            // A client that went away is its own affair.
            let _ = watcher.watch(connection).await;
            drop(place);
        });
    }
    let _ = timeout(LAST, graceful.shutdown()).await;
    connections.shutdown().await;
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

async fn accept(listener: &Listener) -> std::io::Result<(Box<dyn Stream>, Option<TlsAcceptor>)> {
    match listener {
        Listener::Address(listener, tls) => {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            Ok((Box::new(stream), tls.clone()))
        }
        Listener::Socket(listener) => {
            let (stream, _) = listener.accept().await?;
            Ok((Box::new(stream), None))
        }
    }
}
