//! The ways out as the configuration names them: read and checked, so that a
//! route's task can be started from its parts again and again.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};
use tillbell_delivery::Metrics;
use tillbell_delivery::channel::http::{Gateway, HttpRoute, HttpSettings, Receipts};
use tillbell_delivery::channel::{ConsoleRoute, FileRoute};
use tillbell_delivery::channel::{LinkEvent, LinkEvents};
use tillbell_delivery::journal::Journal;
use tillbell_delivery::smpp::{Link, SmppSettings, Smsc};
use tokio::sync::watch;

use crate::config::{Config, Route};
use crate::error::chain;
use crate::files;
use crate::note::Note;
use crate::{Error, Result};

/// A queue's route, ready to be started.
#[derive(Clone)]
pub(crate) struct PreparedRoute {
    pub(crate) queue: String,
    route: Route,
    /// Of the files that the route names: a new key or certificate is another
    /// route.
    files: [u8; 32],
    way: Way,
}

#[derive(Clone)]
enum Way {
    Smpp(Box<Smsc>),
    Http(Arc<Gateway>),
    File(PathBuf),
    Console,
}

/// Where routes take messages from, and tell what became of them.
#[derive(Clone)]
pub(crate) struct Source {
    pub(crate) journal: Journal,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) note: Note,
}

impl PreparedRoute {
    /// Reads what all routes name, in the order of the configuration.
    ///
    /// # Errors
    /// For the first that is wrong, by its queue.
    pub(crate) fn all(config: &Config) -> Result<Vec<Self>> {
        let queues = config.queues().into_iter();
        queues.map(|(queue, route)| Self::prepare(queue, route)).collect()
    }

    fn prepare(queue: String, route: &Route) -> Result<Self> {
        let wrong = |error: tillbell_delivery::Error| named(&queue, &chain(&error));
        let way = match (&route.smpp, &route.http, &route.file) {
            (Some(settings), _, _) => {
                check_give_up(&queue, route, settings.doubt_seconds)?;
                Way::Smpp(Box::new(Smsc::new(settings.clone()).map_err(wrong)?))
            }
            (_, Some(settings), _) => {
                check_give_up(&queue, route, settings.doubt_seconds)?;
                Way::Http(Arc::new(Gateway::new(settings.clone()).map_err(wrong)?))
            }
            (_, _, Some(path)) => {
                files::writable(path).map_err(|error| {
                    named(&queue, &format!("file: {}: {error}", path.display()))
                })?;
                Way::File(path.clone())
            }
            (None, None, None) => Way::Console,
        };
        let files = digest(route);
        Ok(Self { queue, route: route.clone(), files, way })
    }

    /// Whether a task of the one does what a task of the other does.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.queue == other.queue && self.route == other.route && self.files == other.files
    }

    /// Sends what comes until it is told to stop.
    ///
    /// # Errors
    /// Why it ended before it was told to.
    pub(crate) async fn run(
        self,
        source: Source,
        stop: watch::Receiver<bool>,
    ) -> tillbell_delivery::Result<()> {
        let Self { queue, route, way, .. } = self;
        let Source { journal, metrics, note } = source;
        let give_up = route.give_up_minutes;
        let told: LinkEvents = Arc::new(move |event| match event {
            LinkEvent::Up { queue } => note(format!("route {queue}: connected")),
            LinkEvent::Down { queue, why } => note(format!("route {queue}: {why}")),
        });
        match way {
            Way::Smpp(smsc) => {
                Link::new(&queue, *smsc, give_up, journal, metrics, told).run(stop).await;
            }
            Way::Http(gateway) => {
                HttpRoute::new(&queue, gateway, give_up, journal, metrics, told).run(stop).await;
            }
            Way::File(path) => FileRoute::new(&queue, &path, journal, metrics).run(stop).await?,
            Way::Console => ConsoleRoute::new(&queue, journal, metrics).run(stop).await?,
        }
        Ok(())
    }
}

/// Reads the keys by which gateways sign their receipts.
///
/// # Errors
/// For the first mapping that is wrong, by its queue.
pub(crate) fn receipts(config: &Config) -> Result<Vec<(String, Receipts)>> {
    let mut receipts = Vec::new();
    for (queue, route) in config.queues() {
        if let Some(mapping) = route.http.as_ref().and_then(|http| http.receipt.clone()) {
            let read = Receipts::new(mapping).map_err(|error| named(&queue, &chain(&error)))?;
            receipts.push((queue, read));
        }
    }
    Ok(receipts)
}

/// A message that is given up while it may still be in doubt goes twice.
fn check_give_up(queue: &str, route: &Route, doubt_seconds: u32) -> Result<()> {
    match route.give_up_minutes {
        Some(minutes) if u64::from(minutes) * 60 < u64::from(doubt_seconds) => Err(named(
            queue,
            &format!("give-up-minutes: {minutes}, shorter than doubt-seconds: {doubt_seconds}"),
        )),
        _ => Ok(()),
    }
}

fn named(queue: &str, detail: &str) -> Error {
    Error::new(format!("route {queue}: {detail}"))
}

fn digest(route: &Route) -> [u8; 32] {
    let smpp = |settings: &SmppSettings| settings.tls_ca.clone();
    let http = |settings: &HttpSettings| {
        let key = settings.hmac.as_ref().map(|hmac| hmac.key_file.clone());
        [Some(settings.tls_ca.clone()), key]
    };
    let certificates = route.smpp.as_ref().and_then(smpp);
    let named = route.http.as_ref().map(http).into_iter().flatten();
    let mut digest = Sha256::new();
    for path in named.chain([certificates]).flatten().filter(|path| path != Path::new("")) {
        // They were read a moment ago: one that is gone since counts as empty.
        let content = std::fs::read(path).unwrap_or_default();
        digest.update((content.len() as u64).to_le_bytes());
        digest.update(&content);
    }
    digest.finalize().into()
}
