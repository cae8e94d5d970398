//! What a link and its sessions share.

use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite, ReadHalf, WriteHalf};
use tokio_rustls::TlsConnector;

use super::settings::SmppSettings;
use crate::channel::way::Way;
use crate::journal::Journal;
use crate::{Metrics, Result, tls};

/// An SMSC as its settings describe it, with the certificates read. Nothing is
/// connected.
#[derive(Clone)]
pub struct Smsc {
    pub(super) settings: SmppSettings,
    pub(super) tls: Option<TlsConnector>,
}

impl Smsc {
    /// Reads what the settings name.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Input`] for settings out of their bounds, and for
    /// certificates that are wrong.
    pub fn new(settings: SmppSettings) -> Result<Self> {
        settings.check()?;
        let tls = match &settings.tls_ca {
            Some(ca) => {
                tls::name(&settings.host)?;
                Some(TlsConnector::from(Arc::new(tls::client(ca)?)))
            }
            None => None,
        };
        Ok(Self { settings, tls })
    }
}

impl std::fmt::Debug for Smsc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Smsc").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// One queue and its SMSC.
pub(super) struct Peer {
    pub(super) queue: String,
    pub(super) settings: SmppSettings,
    pub(super) tls: Option<TlsConnector>,
    pub(super) journal: Journal,
    pub(super) metrics: Arc<Metrics>,
    pub(super) give_up_minutes: Option<u32>,
}

impl Peer {
    pub(super) fn way(&self) -> Way {
        Way::new(&self.queue, self.journal.clone(), self.metrics.clone())
    }
}

/// A connection, plain or by TLS.
pub(super) trait Connection: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Connection for T {}

pub(super) type Reader = ReadHalf<Box<dyn Connection>>;
pub(super) type Writer = WriteHalf<Box<dyn Connection>>;
