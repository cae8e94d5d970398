//! The bundles that run, and how they are changed while they do.

use std::sync::{Arc, PoisonError, RwLock};

use tillbell::{Artefact, Host, Limits, Outcome, ReleaseLedger};
use tillbell_delivery::Batch;
use tillbell_delivery::journal::Decide;
use tillbell_transaction::{Timestamp, Transaction};

use crate::config::Config;
use crate::{Error, Result};

/// Gives the artefacts that a configuration names; folders are baked by whoever
/// links a compiler.
pub type Artefacts = dyn Fn(&Config) -> std::result::Result<Vec<Artefact>, Box<dyn std::error::Error + Send + Sync>>
    + Send
    + Sync;

/// The host of the bundles that run now.
pub(crate) struct Banks {
    host: RwLock<Arc<Host>>,
}

impl Banks {
    pub(crate) fn open(config: &Config, artefacts: &[Artefact]) -> Result<Self> {
        Ok(Self { host: RwLock::new(Arc::new(host(config, artefacts)?)) })
    }

    pub(crate) fn host(&self) -> Arc<Host> {
        self.host.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts other artefacts in the place of those that run, while transactions
    /// go on; says for each what was done. Where the same banks stay, a later
    /// release replaces the one that runs and is taken back if it is tripped.
    ///
    /// # Errors
    /// What is wrong with the first that is refused: those before it run, it and
    /// the others run as they did.
    pub(crate) fn reload(&self, config: &Config, artefacts: &[Artefact]) -> Result<Vec<String>> {
        let running = self.host();
        let mut known: Vec<_> =
            running.manifests().map(|manifest| (manifest.id.clone(), manifest.release)).collect();
        let mut named: Vec<_> =
            artefacts.iter().map(|artefact| artefact.manifest().id.clone()).collect();
        known.sort_unstable();
        named.sort_unstable();
        if !known.iter().map(|(id, _)| id).eq(&named) {
            let next = host(config, artefacts)?;
            *self.host.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(next);
            return Ok(vec![format!("{} bundles run now: {}", named.len(), named.join(", "))]);
        }
        let mut done = Vec::new();
        for artefact in artefacts {
            let manifest = artefact.manifest();
            let (id, release) = (&manifest.id, manifest.release);
            let before =
                known.iter().find(|(known, _)| known == id).map_or(0, |(_, number)| *number);
            if release == before {
                done.push(format!("bundle {id:?}: release {release} runs already"));
                continue;
            }
            running.replace(artefact).map_err(|error| {
                Error::new("a bundle is refused, the old one runs on").because(error)
            })?;
            done.push(format!("bundle {id:?}: release {release} follows release {before}"));
        }
        Ok(done)
    }

    /// What happened to bundles since the last call.
    pub(crate) fn events(&self) -> Vec<String> {
        let (events, dropped) = self.host().events();
        let mut told: Vec<_> = events.iter().map(ToString::to_string).collect();
        if dropped > 0 {
            told.push(format!("{dropped} events of bundles were dropped"));
        }
        told
    }
}

impl Decide for Banks {
    fn decide(&self, transaction: &Transaction, now: Timestamp, batch: &Batch<'_>) -> Outcome {
        self.host().process_with(transaction, now, Some(batch))
    }
}

fn host(config: &Config, artefacts: &[Artefact]) -> Result<Host> {
    let refused = |error: tillbell::Error| Error::new("a bundle is refused").because(error);
    let limits = Limits { deadline_ms: config.deadline_ms, ..Limits::default() };
    let mut builder = Host::builder(limits);
    if let Some(path) = &config.releases {
        builder = builder.ledger(ReleaseLedger::open(path).map_err(refused)?);
    }
    let mut host = builder.build().map_err(refused)?;
    for artefact in artefacts {
        host.load(artefact).map_err(refused)?;
    }
    Ok(host)
}
