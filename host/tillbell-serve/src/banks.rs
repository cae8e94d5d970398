//! The bundles that run, and how they are changed while they do.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use tillbell::{Artefact, Host, Outcome, Platform, ReleaseLedger, Succession, Witness};
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
    running: RwLock<Running>,
}

#[derive(Clone)]
struct Running {
    host: Arc<Host>,
    standing: Standing,
}

/// What a host is made with: another needs another host.
#[derive(Clone, PartialEq)]
struct Standing {
    releases: Option<PathBuf>,
    platform: Platform,
}

/// Bundles that are linked and checked, and do not run yet; the ledger of
/// releases knows nothing of them.
pub(crate) struct Bundles {
    host: Arc<Host>,
    standing: Standing,
    step: Step,
    /// What is done with each, for the operator.
    lines: Vec<String>,
}

enum Step {
    /// Later releases for banks of a host that runs.
    Follow(Succession),
    /// A host of its own, and the ledger that it is to keep.
    Begin(Option<ReleaseLedger>),
}

impl Bundles {
    /// Links artefacts: beside those that run where the same banks stay, else in
    /// a host of their own.
    ///
    /// # Errors
    /// What is wrong with the first that is refused; nothing is changed.
    pub(crate) fn prepare(
        config: &Config,
        artefacts: &[Artefact],
        running: Option<&Banks>,
    ) -> Result<Self> {
        let standing =
            Standing { releases: config.releases.clone(), platform: config.platform.clone() };
        let running = running.map(Banks::running);
        match running {
            Some(running) if running.standing == standing && same(&running.host, artefacts) => {
                Self::follow(running, artefacts)
            }
            _ => Self::begin(standing, artefacts),
        }
    }

    fn follow(running: Running, artefacts: &[Artefact]) -> Result<Self> {
        let Running { host, standing } = running;
        let (mut lines, mut later) = (Vec::new(), Vec::new());
        for artefact in artefacts {
            let manifest = artefact.manifest();
            let (id, release) = (&manifest.id, manifest.release);
            let before = host.manifests().find(|known| known.id == *id);
            let before = before.map_or(0, |known| known.release);
            if release == before {
                lines.push(format!("bundle {id:?}: release {release} runs already"));
                continue;
            }
            lines.push(format!("bundle {id:?}: release {release} follows release {before}"));
            later.push(artefact);
        }
        let step = Step::Follow(host.prepare(&later).map_err(refused)?);
        Ok(Self { host, standing, step, lines })
    }

    fn begin(standing: Standing, artefacts: &[Artefact]) -> Result<Self> {
        let Platform { limits, policy, .. } = &standing.platform;
        let mut host = Host::new(limits.clone()).map_err(refused)?;
        host.tighten(policy);
        let ledger =
            standing.releases.as_deref().map(ReleaseLedger::open).transpose().map_err(refused)?;
        for artefact in artefacts {
            let manifest = artefact.manifest();
            if let Some(ledger) = &ledger {
                ledger.check(&manifest.id, manifest.release).map_err(refused)?;
            }
            host.load(artefact).map_err(refused)?;
        }
        let named: Vec<_> = host.manifests().map(|manifest| manifest.id.clone()).collect();
        let lines = vec![format!("{} bundles run now: {}", named.len(), named.join(", "))];
        Ok(Self { host: Arc::new(host), standing, step: Step::Begin(ledger), lines })
    }

    /// Enters them in the ledger, and lets them run: all, or none.
    fn run(self) -> Result<(Running, Vec<String>)> {
        let Self { host, standing, step, lines } = self;
        match step {
            Step::Follow(next) => host.switch(next).map_err(refused)?,
            Step::Begin(Some(ledger)) => host.keep(ledger).map_err(refused)?,
            Step::Begin(None) => {}
        }
        Ok((Running { host, standing }, lines))
    }
}

impl Banks {
    /// Runs the first bundles.
    ///
    /// # Errors
    /// If the ledger cannot be written.
    pub(crate) fn open(bundles: Bundles) -> Result<Self> {
        let (running, _) = bundles.run()?;
        Ok(Self { running: RwLock::new(running) })
    }

    /// Puts other bundles in the place of those that run, all or none, while
    /// transactions go on; says for each what was done.
    ///
    /// # Errors
    /// If what runs has changed meanwhile, or the ledger cannot be written:
    /// nothing is changed.
    pub(crate) fn switch(&self, bundles: Bundles) -> Result<Vec<String>> {
        let (running, lines) = bundles.run()?;
        *self.running.write().unwrap_or_else(PoisonError::into_inner) = running;
        Ok(lines)
    }

    /// Each bundle with the release that decides.
    pub(crate) fn releases(&self) -> Vec<(String, u64)> {
        let host = self.host();
        host.manifests().map(|manifest| (manifest.id.clone(), manifest.release)).collect()
    }

    /// What happened to bundles since the last call.
    pub(crate) fn events(&self) -> Vec<String> {
        let (events, dropped) = self.running().host.events();
        let mut told: Vec<_> = events.iter().map(ToString::to_string).collect();
        if dropped > 0 {
            told.push(format!("{dropped} events of bundles were dropped"));
        }
        told
    }

    fn running(&self) -> Running {
        self.running.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn host(&self) -> Arc<Host> {
        self.running.read().unwrap_or_else(PoisonError::into_inner).host.clone()
    }
}

impl Decide for Banks {
    fn decide(&self, transaction: &Transaction, now: Timestamp, batch: &Batch<'_>) -> Outcome {
        self.host().process_with(transaction, now, Some(batch))
    }

    fn decide_witnessed(
        &self,
        transaction: &Transaction,
        now: Timestamp,
        batch: &Batch<'_>,
    ) -> (Outcome, Witness) {
        self.host().process_witnessed(transaction, now, Some(batch))
    }
}

/// Whether these are bundles of the banks that run, and of no others.
fn same(host: &Host, artefacts: &[Artefact]) -> bool {
    let mut known: Vec<_> = host.manifests().map(|manifest| manifest.id.clone()).collect();
    let mut named: Vec<_> =
        artefacts.iter().map(|artefact| artefact.manifest().id.clone()).collect();
    known.sort_unstable();
    named.sort_unstable();
    known == named
}

fn refused(error: tillbell::Error) -> Error {
    Error::new("a bundle is refused").because(error)
}
