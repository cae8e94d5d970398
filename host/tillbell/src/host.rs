use std::time::Duration;

use tillbell_transaction::{Timestamp, Transaction};
use wasmtime::Engine;
use wasmtime::component::{Component, HasSelf, InstancePre, Linker};

use crate::bindings::masker::MaskerPre;
use crate::bindings::renderer::RendererPre;
use crate::bindings::router::RouterPre;
use crate::bindings::{log, types};
use crate::guard::Policy;
use crate::ranges::BinTable;
use crate::sandbox::{Plugins, State};
use crate::{Artefact, Error, ErrorKind, Limits, Manifest, Outcome, Result, Role, engine, road};

/// How often a running call looks whether its deadline has passed.
const TICK: Duration = Duration::from_millis(1);
/// The most bundles in one host.
pub const BUNDLES_MAX: usize = 4_096;

/// Several banks' bundles, ready to process transactions.
///
/// A host is built once; then [`Host::process`] may be called from any number
/// of threads. Each transaction runs in a sandbox of its own that is dropped
/// at its end.
pub struct Host {
    engine: Engine,
    limits: Limits,
    policy: Policy,
    bundles: Vec<Loaded>,
    table: BinTable,
}

/// A bundle in a host.
pub(crate) struct Loaded {
    pub(crate) manifest: Manifest,
    pub(crate) limits: Limits,
    pub(crate) plugins: Plugins,
}

impl Host {
    /// A host without bundles, under these limits. It starts one thread that
    /// keeps the time for deadlines and ends with the host.
    ///
    /// # Errors
    /// [`ErrorKind::Host`] if the engine or the thread cannot start.
    pub fn new(limits: Limits) -> Result<Self> {
        let engine = engine::runtime(&limits)?;
        keep_time(&engine)?;
        Ok(Self {
            engine,
            limits,
            policy: Policy::default(),
            bundles: Vec::new(),
            table: BinTable::default(),
        })
    }

    /// Makes the guard at least as strict as this policy, for all bundles.
    pub fn tighten(&mut self, policy: &Policy) {
        self.policy = self.policy.tightened(policy);
    }

    /// Adds a bank's baked bundle.
    ///
    /// # Errors
    /// [`ErrorKind::Artefact`] if it was baked for another engine or target,
    /// [`ErrorKind::Overlap`] if another bundle has its name or its cards. The
    /// host is then as it was.
    pub fn load(&mut self, artefact: &Artefact) -> Result<()> {
        let manifest = Manifest::parse(artefact.manifest_text())?;
        let id = &manifest.id;
        if self.bundles.len() >= BUNDLES_MAX {
            return Err(Error::new(ErrorKind::Limit, format!("more than {BUNDLES_MAX} bundles")));
        }
        if self.bundles.iter().any(|other| other.manifest.id == *id) {
            return Err(Error::new(ErrorKind::Overlap, format!("bundle {id:?} is loaded twice")));
        }
        let own = engine::fingerprint();
        if artefact.engine() != own {
            let baked = artefact.engine();
            let detail = format!("bundle {id:?} was baked for {baked}, this host is {own}");
            return Err(Error::new(ErrorKind::Artefact, detail));
        }
        let plugins =
            self.link(artefact).map_err(|error| error.within(format_args!("bundle {id:?}")))?;
        let mut table = std::mem::take(&mut self.table);
        let added = table.add(&manifest.bin_ranges, self.bundles.len());
        if let Err((range, taken, owner)) = added {
            let other = &self.bundles[owner..].first().map_or(id, |bundle| &bundle.manifest.id);
            let error = Error::new(
                ErrorKind::Overlap,
                format!("bundle {id:?}: range {range} overlaps {taken} of bundle {other:?}"),
            );
            self.table = self.rebuilt_table();
            return Err(error);
        }
        self.table = table;
        let limits = self.limits.reduced(&manifest.limits);
        self.bundles.push(Loaded { manifest, limits, plugins });
        Ok(())
    }

    /// Decides what becomes of one transaction, at an instant that the caller
    /// names: plugins have no other clock.
    ///
    /// This never fails: what a plugin does wrong becomes part of the outcome.
    pub fn process(&self, transaction: &Transaction, now: Timestamp) -> Outcome {
        match self.table.owner(transaction.card.bin) {
            Some(owner) => {
                road::travel(&self.engine, &self.policy, &self.bundles[owner], transaction, now)
            }
            None => road::no_bundle(transaction),
        }
    }

    /// The manifest of the bundle that speaks for a transaction's card.
    pub fn bundle_of(&self, transaction: &Transaction) -> Option<&Manifest> {
        let owner = self.table.owner(transaction.card.bin)?;
        Some(&self.bundles[owner].manifest)
    }

    /// The manifests of the loaded bundles, in the order of loading.
    pub fn manifests(&self) -> impl Iterator<Item = &Manifest> {
        self.bundles.iter().map(|bundle| &bundle.manifest)
    }

    fn rebuilt_table(&self) -> BinTable {
        let mut table = BinTable::default();
        for (owner, bundle) in self.bundles.iter().enumerate() {
            table
                .add(&bundle.manifest.bin_ranges, owner)
                .expect("the ranges of loaded bundles do not overlap");
        }
        table
    }

    fn link(&self, artefact: &Artefact) -> Result<Plugins> {
        let mut linker = Linker::<State>::new(&self.engine);
        log::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state)
            .and_then(|()| types::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state))
            .map_err(|error| Error::new(ErrorKind::Host, "cannot link").because(error))?;
        let pre = |role| -> Result<InstancePre<State>> {
            let component = deserialize(&self.engine, artefact.code(role))
                .map_err(|error| failed(role, "cannot be loaded", error))?;
            linker
                .instantiate_pre(&component)
                .map_err(|error| failed(role, "does not fit its world", error))
        };
        let world = |role| move |error| failed(role, "does not fit its world", error);
        Ok(Plugins {
            router: RouterPre::new(pre(Role::Router)?).map_err(world(Role::Router))?,
            masker: MaskerPre::new(pre(Role::Masker)?).map_err(world(Role::Masker))?,
            renderer: RendererPre::new(pre(Role::Renderer)?).map_err(world(Role::Renderer))?,
        })
    }
}

#[expect(unsafe_code, reason = "compiled code is only loadable so; see the safety comment")]
fn deserialize(engine: &Engine, code: &[u8]) -> wasmtime::Result<Component> {
    // SAFETY: the code comes from an `Artefact`, whose bytes were baked in
    // this process or vouched for in `Artefact::from_trusted_bytes`.
    unsafe { Component::deserialize(engine, code) }
}

fn failed(role: Role, what: &str, error: wasmtime::Error) -> Error {
    Error::new(ErrorKind::Artefact, format!("{role} {what}")).because(error)
}

/// Advances the engine's epoch until the engine is gone.
fn keep_time(engine: &Engine) -> Result<()> {
    let engine = engine.weak();
    std::thread::Builder::new()
        .name("tillbell-clock".into())
        .spawn(move || {
            while let Some(engine) = engine.upgrade() {
                engine.increment_epoch();
                drop(engine);
                std::thread::sleep(TICK);
            }
        })
        .map(drop)
        .map_err(|error| Error::new(ErrorKind::Host, "cannot start the clock").because(error))
}
