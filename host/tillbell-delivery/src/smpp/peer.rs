//! What a link and its sessions share.

use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite, ReadHalf, WriteHalf};

use super::settings::SmppSettings;
use crate::Metrics;
use crate::journal::Journal;

/// One queue and its SMSC.
pub(super) struct Peer {
    pub(super) queue: String,
    pub(super) settings: SmppSettings,
    pub(super) journal: Journal,
    pub(super) metrics: Arc<Metrics>,
    pub(super) give_up_minutes: Option<u32>,
}

/// A connection, plain or by TLS.
pub(super) trait Connection: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Connection for T {}

pub(super) type Reader = ReadHalf<Box<dyn Connection>>;
pub(super) type Writer = WriteHalf<Box<dyn Connection>>;
