mod succession;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

use tillbell_transaction::{Timestamp, Transaction};

pub use succession::Succession;

use crate::counters::{Counters, Desk};
use crate::engines::Engines;
use crate::event::Events;
use crate::guard::Policy;
use crate::health::{Admission, Change, Verdict};
use crate::ranges::BinTable;
use crate::release::Release;
use crate::road::Road;
use crate::trace::{Onlookers, Tracer};
use crate::{
    Artefact, Error, ErrorKind, Event, Limits, Manifest, Outcome, Previews, ReleaseLedger, Result,
    Target, TextName, TripPolicy, Witness, road,
};

/// How often a running call looks whether its deadline has passed.
const TICK: Duration = Duration::from_millis(1);
/// The most bundles in one host.
pub const BUNDLES_MAX: usize = 4_096;

/// Several banks' bundles, ready to process transactions.
///
/// A host is built once; then [`Host::process`] may be called from any number
/// of threads. Each transaction runs in a sandbox of its own that is dropped
/// at its end.
///
/// A bundle whose plugins break time after time is *tripped*: until a try
/// succeeds its customers hear of their debits in the host's own words, and
/// nothing of it runs ([`TripPolicy`], [`Host::events`]).
pub struct Host {
    engines: Arc<Engines>,
    limits: Limits,
    policy: Policy,
    trip_policy: TripPolicy,
    clock: Box<dyn Fn() -> Duration + Send + Sync>,
    events: Events,
    bundles: Vec<Bank>,
    table: RwLock<BinTable>,
    /// Held while what runs is changed; never while a transaction is processed.
    changing: Mutex<Option<ReleaseLedger>>,
}

/// How a host is to be, where it is not as [`Host::new`] makes it:
/// - `target`: the machine's own ([`Target::host`])
/// - `ledger`: none: a release may follow a later one of an earlier process
/// - `ticked`: no: the host starts a thread that keeps the time
pub struct HostBuilder {
    limits: Limits,
    target: Target,
    ledger: Option<ReleaseLedger>,
    ticked: bool,
}

impl HostBuilder {
    /// Runs bundles that were baked for this target.
    #[must_use]
    pub fn target(mut self, target: Target) -> Self {
        self.target = target;
        self
    }

    /// Remembers which releases ran, and refuses older ones.
    #[must_use]
    pub fn ledger(mut self, ledger: ReleaseLedger) -> Self {
        self.ledger = Some(ledger);
        self
    }

    /// Starts no thread: the caller calls [`Ticker::tick`] each millisecond, or
    /// what a plugin may take has no end.
    #[must_use]
    pub fn ticked(mut self) -> Self {
        self.ticked = true;
        self
    }

    /// A host without bundles.
    ///
    /// # Errors
    /// [`ErrorKind::Host`] if a limit is none, this machine cannot run the
    /// target, or the engine or the thread cannot start.
    pub fn build(self) -> Result<Host> {
        self.limits.check()?;
        let engines = Arc::new(Engines::start(&self.limits, self.target)?);
        if !self.ticked {
            keep_time(&engines)?;
        }
        let started = Instant::now();
        Ok(Host {
            engines,
            limits: self.limits,
            policy: Policy::default(),
            trip_policy: TripPolicy::default(),
            clock: Box::new(move || started.elapsed()),
            events: Events::default(),
            bundles: Vec::new(),
            table: RwLock::default(),
            changing: Mutex::new(self.ledger),
        })
    }
}

/// Keeps the time of a host without a thread of its own.
#[derive(Clone)]
pub struct Ticker(Arc<Engines>);

impl Ticker {
    /// Tells the host that a millisecond has passed; from any thread, or from a
    /// signal's handler.
    pub fn tick(&self) {
        self.0.tick();
    }
}

/// A bank's place in a host.
struct Bank {
    id: String,
    running: RwLock<Arc<Release>>,
    /// The last good release, while the one that runs is not proven.
    before: RwLock<Option<Arc<Release>>>,
}

impl Host {
    /// A host without bundles, under these limits. It starts one thread that
    /// keeps the time for deadlines and ends with the host.
    ///
    /// # Errors
    /// [`ErrorKind::Host`] if a limit is none, or the engine or the thread
    /// cannot start.
    pub fn new(limits: Limits) -> Result<Self> {
        Self::builder(limits).build()
    }

    /// What [`Host::new`] makes, to be made otherwise.
    pub fn builder(limits: Limits) -> HostBuilder {
        HostBuilder { limits, target: Target::host(), ledger: None, ticked: false }
    }

    /// What keeps the time of a host without a thread
    /// ([`HostBuilder::ticked`]).
    pub fn ticker(&self) -> Ticker {
        Ticker(self.engines.clone())
    }

    /// Makes the guard at least as strict as this policy, for all bundles.
    pub fn tighten(&mut self, policy: &Policy) {
        self.policy = self.policy.tightened(policy);
    }

    /// Sets when bundles are tripped and tried again.
    pub fn set_trip_policy(&mut self, policy: TripPolicy) {
        self.trip_policy = policy;
    }

    /// Sets the clock by which tripped bundles rest: the time since any
    /// instant, never going back. Without it, the system's monotonic clock.
    pub fn set_clock(&mut self, clock: impl Fn() -> Duration + Send + Sync + 'static) {
        self.clock = Box::new(clock);
    }

    /// Adds a bank's baked bundle.
    ///
    /// # Errors
    /// [`ErrorKind::Artefact`] if it was baked for another engine or target,
    /// [`ErrorKind::Downgrade`] if a later release ran before,
    /// [`ErrorKind::Limit`] if it needs more memory than it may have, or the wide engine
    /// where there is none ([`Limits::wide`]), [`ErrorKind::Overlap`] if another bundle has its name or its cards. The
    /// host is then as it was.
    pub fn load(&mut self, artefact: &Artefact) -> Result<()> {
        let release = self.release(artefact)?;
        let id = release.manifest.id.clone();
        if self.bundles.len() >= BUNDLES_MAX {
            return Err(Error::new(ErrorKind::Limit, format!("more than {BUNDLES_MAX} bundles")));
        }
        if self.bundles.iter().any(|other| other.id == id) {
            return Err(Error::new(ErrorKind::Overlap, format!("bundle {id:?} is loaded twice")));
        }
        let mut table = self.table.read().unwrap_or_else(PoisonError::into_inner).clone();
        self.claim(&mut table, &id, &release.manifest, self.bundles.len())?;
        if let Some(ledger) = &mut *self.changing() {
            // The last fallible step before it runs.
            ledger.enter_all([(id.as_str(), release.manifest.release)].into_iter())?;
        }
        set(&self.table, table);
        self.bundles.push(Bank {
            id,
            running: RwLock::new(Arc::new(release)),
            before: RwLock::new(None),
        });
        Ok(())
    }

    /// Decides what becomes of one transaction, at an instant that the caller
    /// names: plugins have no other clock.
    ///
    /// This never fails: what a plugin does wrong becomes part of the outcome.
    ///
    /// The bundle's counters, if it has any, are unavailable: see
    /// [`Host::process_with`].
    pub fn process(&self, transaction: &Transaction, now: Timestamp) -> Outcome {
        self.process_with(transaction, now, None)
    }

    /// The same with counters, which are read before plugins run. What became of
    /// them stands in [`Outcome::counters`], for the caller to keep.
    pub fn process_with(
        &self,
        transaction: &Transaction,
        now: Timestamp,
        counters: Option<&dyn Counters>,
    ) -> Outcome {
        self.decide(transaction, now, counters, Onlookers::default())
    }

    /// The same, and what the decision was made from, for whoever keeps it.
    pub fn process_witnessed(
        &self,
        transaction: &Transaction,
        now: Timestamp,
        counters: Option<&dyn Counters>,
    ) -> (Outcome, Witness) {
        let mut witness = Witness::default();
        let onlookers = Onlookers { witness: Some(&mut witness), tracer: None };
        let outcome = self.decide(transaction, now, counters, onlookers);
        (outcome, witness)
    }

    /// The same, telling `tracer` each step: what plugins got and gave, what the guard saw.
    /// It is told what the transaction holds.
    pub fn process_traced(
        &self,
        transaction: &Transaction,
        now: Timestamp,
        counters: Option<&dyn Counters>,
        tracer: Tracer<'_>,
    ) -> Outcome {
        let onlookers = Onlookers { tracer: Some(tracer), witness: None };
        self.decide(transaction, now, counters, onlookers)
    }

    fn decide(
        &self,
        transaction: &Transaction,
        now: Timestamp,
        counters: Option<&dyn Counters>,
        mut onlookers: Onlookers<'_>,
    ) -> Outcome {
        let Some(bank) = self.bank_of(transaction) else {
            return road::no_bundle(transaction);
        };
        let release = bank.running();
        if let Some(witness) = &mut onlookers.witness {
            witness.digest = Some(release.digest.clone());
            witness.manifest = Some(release.manifest.clone());
        }
        let admission = release.health.admit(&self.trip_policy, &self.clock);
        if admission == Admission::Rests {
            return road::tripped(&self.policy, &release, transaction, onlookers.witness);
        }
        let manifest = &release.manifest;
        let desk = Desk::open(&manifest.id, &manifest.counters, transaction, counters);
        if let Some(witness) = &mut onlookers.witness {
            witness.counters = desk.read();
        }
        let road = Road { policy: &self.policy, bundle: &release };
        let outcome = road.travel(transaction, now, desk, onlookers);
        let verdict = Verdict::of(outcome.failures.iter().map(|failure| failure.kind));
        let change = release.health.settle(admission, verdict, &self.trip_policy, &self.clock);
        self.tell(bank, &release, change);
        outcome
    }

    /// Renders the texts that a bundle's router asks for, for one transaction, and others
    /// by name. Nothing is counted and no bundle trips.
    ///
    /// # Errors
    /// [`ErrorKind::Host`] if no bundle speaks for the card.
    pub fn preview(
        &self,
        transaction: &Transaction,
        now: Timestamp,
        counters: Option<&dyn Counters>,
        names: &[TextName],
    ) -> Result<Previews> {
        let bank = self.bank_of(transaction).ok_or_else(|| {
            Error::new(ErrorKind::Host, "no bundle speaks for this transaction's card")
        })?;
        let release = bank.running();
        let manifest = &release.manifest;
        let desk = Desk::open(&manifest.id, &manifest.counters, transaction, counters);
        let road = Road { policy: &self.policy, bundle: &release };
        Ok(road.preview(transaction, now, desk, names))
    }

    /// Takes what happened to bundles since the last call, in order, and how
    /// many events were dropped because nobody took them.
    pub fn events(&self) -> (Vec<Event>, u64) {
        self.events.take()
    }

    /// The manifest of the bundle that speaks for a transaction's card.
    pub fn bundle_of(&self, transaction: &Transaction) -> Option<Arc<Manifest>> {
        Some(self.bank_of(transaction)?.running().manifest.clone())
    }

    /// The release of the bundle that speaks for a transaction's card, by its number and
    /// [`Artefact::content_digest`].
    pub fn release_of(&self, transaction: &Transaction) -> Option<(u64, Arc<str>)> {
        let release = self.bank_of(transaction)?.running();
        Some((release.manifest.release, release.digest.clone()))
    }

    /// The manifests of the loaded bundles, in the order of loading.
    pub fn manifests(&self) -> impl Iterator<Item = Arc<Manifest>> {
        self.bundles.iter().map(|bank| bank.running().manifest.clone())
    }

    fn bank_of(&self, transaction: &Transaction) -> Option<&Bank> {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        table.owner(transaction.card.bin).map(|owner| &self.bundles[owner])
    }

    /// Acts on a trip, a recovery or a proof.
    fn tell(&self, bank: &Bank, release: &Arc<Release>, change: Change) {
        if change == Change::None {
            return;
        }
        let (bundle, number) = (bank.id.clone(), release.manifest.release);
        let event = match change {
            Change::Recovered => Event::Recovered { bundle, release: number },
            Change::Proven if self.let_go(bank, release) => {
                Event::Proven { bundle, release: number }
            }
            Change::Proven | Change::None => return,
            Change::Tripped { failure, retry_after } => match self.restore(bank, release) {
                Some(restored) => {
                    Event::Restored { bundle, release: restored, failed: number, failure }
                }
                None => Event::Tripped { bundle, release: number, failure, retry_after },
            },
        };
        self.events.push(event);
    }

    /// Lets go of what a proven release replaced, if it replaced one.
    fn let_go(&self, bank: &Bank, proven: &Arc<Release>) -> bool {
        let _changing = self.changing();
        // While this transaction ran it may have been replaced again.
        Arc::ptr_eq(&bank.running(), proven) && bank.take_before().is_some()
    }

    /// Puts back what ran before a release that failed; gives its number.
    fn restore(&self, bank: &Bank, failed: &Arc<Release>) -> Option<u64> {
        let _changing = self.changing();
        if !Arc::ptr_eq(&bank.running(), failed) {
            return None;
        }
        let before = bank.take_before()?;
        let number = before.manifest.release;
        // Where its cards are another bundle's since, the table stays as it is.
        let at = self.bundles.iter().position(|other| other.id == bank.id)?;
        if let Ok(table) = self.table_with(&[(at, before.clone())]) {
            set(&self.table, table);
        }
        set(&bank.running, before);
        Some(number)
    }

    /// Links an artefact, if the ledger has none of a later release.
    fn release(&self, artefact: &Artefact) -> Result<Release> {
        let manifest = artefact.manifest();
        if let Some(ledger) = &*self.changing() {
            ledger.check(&manifest.id, manifest.release)?;
        }
        Release::of(&self.engines, &self.limits, artefact)
    }

    fn changing(&self) -> MutexGuard<'_, Option<ReleaseLedger>> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The table of what runs, with these releases in their places.
    fn table_with(&self, releases: &[(usize, Arc<Release>)]) -> Result<BinTable> {
        let mut table = BinTable::default();
        let next = |owner| releases.iter().find(|(at, _)| *at == owner);
        for (owner, bank) in self.bundles.iter().enumerate() {
            if next(owner).is_none() {
                self.claim(&mut table, &bank.id, &bank.running().manifest, owner)?;
            }
        }
        for (at, release) in releases {
            self.claim(&mut table, &self.bundles[*at].id, &release.manifest, *at)?;
        }
        Ok(table)
    }

    /// Adds the cards of a bundle to a table, or says whose they are.
    fn claim(
        &self,
        table: &mut BinTable,
        id: &str,
        manifest: &Manifest,
        owner: usize,
    ) -> Result<()> {
        table.add(&manifest.bin_ranges, owner).map_err(|(range, taken, other)| {
            let other = self.bundles.get(other).map_or(id, |bank| &bank.id);
            let detail =
                format!("bundle {id:?}: range {range} overlaps {taken} of bundle {other:?}");
            Error::new(ErrorKind::Overlap, detail)
        })
    }
}

impl Bank {
    fn running(&self) -> Arc<Release> {
        self.running.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn take_before(&self) -> Option<Arc<Release>> {
        self.before.write().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// No lock here is held while anything can panic; a poisoned one is as good.
fn set<T>(lock: &RwLock<T>, value: T) {
    *lock.write().unwrap_or_else(PoisonError::into_inner) = value;
}

/// Ticks a host's engines until they are gone.
fn keep_time(engines: &Arc<Engines>) -> Result<()> {
    let engines = Arc::downgrade(engines);
    std::thread::Builder::new()
        .name("tillbell-clock".into())
        .spawn(move || {
            while let Some(engines) = engines.upgrade() {
                engines.tick();
                drop(engines);
                std::thread::sleep(TICK);
            }
        })
        .map(drop)
        .map_err(|error| Error::new(ErrorKind::Host, "cannot start the clock").because(error))
}
