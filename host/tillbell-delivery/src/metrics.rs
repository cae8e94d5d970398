//! What is counted, as Prometheus reads it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use tillbell::{Outcome, Role};

use crate::journal::Fact;
use crate::{Depth, Error, State};

/// Reasons that are told apart; plugins make them up.
const REASONS_MAX: usize = 512;
/// Seconds: from 10 µs to 10 s.
const STAGE_SECONDS: [f64; 10] = [1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 5e-3, 2e-2, 1e-1];
const WAIT_SECONDS: [f64; 14] =
    [1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Decided {
    bundle: String,
    decision: String,
    reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Stage {
    stage: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LeftOut {
    field: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Broken {
    bundle: String,
    role: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Queue {
    queue: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Ended {
    queue: String,
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Paid {
    bundle: String,
    queue: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Runs {
    bundle: String,
    release: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: &'static str,
    status: u16,
}

type Histograms<L> = Family<L, Histogram, fn() -> Histogram>;

/// Counts of one process. Nothing in them identifies a person.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    reasons: Mutex<BTreeSet<String>>,
    decisions: Family<Decided, Counter>,
    stages: Histograms<Stage>,
    failures: Family<Broken, Counter>,
    repeats: Counter,
    unfitting: Counter,
    unreadable: Counter,
    commits: Histogram,
    storage_failures: Counter,
    submits: Histograms<Queue>,
    waits: Histograms<Queue>,
    refusals: Family<Queue, Counter>,
    doubts: Counter,
    receipts: Family<Ended, Counter>,
    parts: Family<Paid, Counter>,
    costs: Family<Paid, Counter<f64, AtomicU64>>,
    /// What a part costs, by queue.
    prices: Mutex<BTreeMap<String, f64>>,
    links: Family<Queue, Gauge>,
    /// Queues whose peer refuses the account.
    shut_out: Mutex<BTreeSet<String>>,
    accounts: Family<Queue, Gauge>,
    depths: Family<Queue, Gauge>,
    ages: Family<Queue, Gauge>,
    routeless: Family<Queue, Gauge>,
    bundles: Family<Runs, Gauge>,
    requests: Family<Answered, Counter>,
    taps: Family<Stage, Counter>,
    left_out: Family<LeftOut, Counter>,
    tape_kept: Counter,
    tape_dropped: Counter,
    tape_stopped: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("tillbell");
        let stages: Histograms<Stage> =
            Family::new_with_constructor(|| Histogram::new(STAGE_SECONDS));
        let waiting: fn() -> Histogram = || Histogram::new(WAIT_SECONDS);
        let metrics = Self {
            reasons: Mutex::default(),
            decisions: Family::default(),
            stages,
            failures: Family::default(),
            repeats: Counter::default(),
            unfitting: Counter::default(),
            unreadable: Counter::default(),
            commits: waiting(),
            storage_failures: Counter::default(),
            submits: Family::new_with_constructor(waiting),
            waits: Family::new_with_constructor(waiting),
            refusals: Family::default(),
            doubts: Counter::default(),
            receipts: Family::default(),
            parts: Family::default(),
            costs: Family::default(),
            prices: Mutex::default(),
            links: Family::default(),
            shut_out: Mutex::default(),
            accounts: Family::default(),
            depths: Family::default(),
            ages: Family::default(),
            routeless: Family::default(),
            bundles: Family::default(),
            requests: Family::default(),
            taps: Family::default(),
            left_out: Family::default(),
            tape_kept: Counter::default(),
            tape_dropped: Counter::default(),
            tape_stopped: Gauge::default(),
            registry: Registry::default(),
        };
        let m = &metrics;
        registry.register("decisions", "Transactions decided, by reason", m.decisions.clone());
        registry.register_with_unit(
            "stage",
            "How long a stage took",
            Unit::Seconds,
            m.stages.clone(),
        );
        registry.register("plugin_failures", "Calls of plugins that broke", m.failures.clone());
        registry.register("repeats", "Transactions that were seen before", m.repeats.clone());
        registry.register(
            "unfitting_answers",
            "Answers and receipts that fit nothing that is stored",
            m.unfitting.clone(),
        );
        registry.register(
            "unreadable_events",
            "Deferred transactions that were set aside: what is stored of them cannot be read",
            m.unreadable.clone(),
        );
        registry.register_with_unit(
            "commit",
            "How long a commit took, its work included",
            Unit::Seconds,
            m.commits.clone(),
        );
        registry.register(
            "storage_failures",
            "Commits that the disk refused",
            m.storage_failures.clone(),
        );
        registry.register_with_unit(
            "submit",
            "From sending a part to its answer",
            Unit::Seconds,
            m.submits.clone(),
        );
        registry.register_with_unit(
            "accept_to_submit",
            "From accepting a transaction, or the message becoming due, to sending a part",
            Unit::Seconds,
            m.waits.clone(),
        );
        registry.register("refusals", "Messages that a peer refused", m.refusals.clone());
        registry.register("doubts", "Attempts whose answer did not come", m.doubts.clone());
        registry.register("receipts", "Receipts, by what they say", m.receipts.clone());
        registry.register("parts", "Parts that peers took over", m.parts.clone());
        registry.register("cost", "What they cost, as the route says", m.costs.clone());
        registry.register("link_up", "1 while there is a session", m.links.clone());
        registry.register(
            "account_refused",
            "1 while the peer refuses the route's account",
            m.accounts.clone(),
        );
        registry.register("queue_depth", "Messages that wait", m.depths.clone());
        registry.register_with_unit(
            "queue_age",
            "Since when the oldest message waits",
            Unit::Seconds,
            m.ages.clone(),
        );
        registry.register(
            "routeless_messages",
            "Messages that wait in a queue that no route takes",
            m.routeless.clone(),
        );
        registry.register(
            "bundle_info",
            "1 for the release of each bundle that decides now",
            m.bundles.clone(),
        );
        registry.register("requests", "Requests, by what they were answered", m.requests.clone());
        registry.register(
            "tap_fields_left_out",
            "Fields of ISO 8583 messages that could not be read",
            m.left_out.clone(),
        );
        registry.register("tape_kept", "Decisions that are on the tape", m.tape_kept.clone());
        registry.register(
            "tape_dropped",
            "Decisions that a running tape has not kept: its queue was full, or they were too long",
            m.tape_dropped.clone(),
        );
        registry.register(
            "tape_stopped",
            "1 while the tape is stopped: full, or it cannot be written",
            m.tape_stopped.clone(),
        );
        registry.register("tap_messages", "ISO 8583 messages, by what they were", m.taps.clone());
        Self { registry, ..metrics }
    }
}

impl Metrics {
    /// All of them, in the text form of OpenMetrics.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }

    pub(crate) fn decided(&self, outcome: &Outcome) {
        let mut reason = outcome.reason().to_owned();
        if let Ok(mut reasons) = self.reasons.lock()
            && !reasons.contains(&reason)
        {
            match reasons.len() < REASONS_MAX {
                true => drop(reasons.insert(reason.clone())),
                false => reason = "other".into(),
            }
        }
        let bundle = outcome.bundle.clone().unwrap_or_default();
        let decision = outcome.decision.as_str().into();
        self.decisions.get_or_create(&Decided { bundle: bundle.clone(), decision, reason }).inc();
        let times = outcome.times;
        for (stage, time) in [
            ("route", times.route),
            ("mask", times.mask),
            ("render", times.render),
            ("guard", times.guard),
        ] {
            self.stages.get_or_create(&Stage { stage }).observe(time.as_secs_f64());
        }
        for failure in &outcome.failures {
            let role = failure.role.map_or("host", Role::as_str);
            self.failures.get_or_create(&Broken { bundle: bundle.clone(), role }).inc();
        }
    }

    pub(crate) fn repeated(&self) {
        self.repeats.inc();
    }

    pub(crate) fn unfitting(&self) {
        self.unfitting.inc();
    }

    pub(crate) fn unreadable(&self) {
        self.unreadable.inc();
    }

    pub(crate) fn committed(&self, time: Duration) {
        self.commits.observe(time.as_secs_f64());
    }

    pub(crate) fn storage_failed(&self, _error: &Error) {
        self.storage_failures.inc();
    }

    /// How often the disk refused a commit.
    pub fn storage_failures(&self) -> u64 {
        self.storage_failures.get()
    }

    pub(crate) fn happened(&self, fact: &Fact) {
        match fact {
            Fact::Doubted { .. } => drop(self.doubts.inc()),
            Fact::Arrived { queue, .. } => {
                let ended = Ended { queue: queue.clone(), state: State::Delivered.as_str() };
                self.receipts.get_or_create(&ended).inc();
            }
            Fact::Receipt(said) => {
                let ended = Ended { queue: said.queue.clone(), state: said.state.as_str() };
                self.receipts.get_or_create(&ended).inc();
            }
            _ => {}
        }
    }

    pub(crate) fn submitted(&self, queue: &str, waited: Duration) {
        self.waits.get_or_create(&Queue { queue: queue.into() }).observe(waited.as_secs_f64());
    }

    pub(crate) fn answered(&self, queue: &str, took: Duration) {
        self.submits.get_or_create(&Queue { queue: queue.into() }).observe(took.as_secs_f64());
    }

    pub(crate) fn taken(&self, bundle: &str, queue: &str) {
        let paid = Paid { bundle: bundle.into(), queue: queue.into() };
        self.parts.get_or_create(&paid).inc();
        let prices = self.prices.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(price) = prices.get(queue) {
            self.costs.get_or_create(&paid).inc_by(*price);
        }
    }

    /// What parts cost from now on, by queue.
    pub fn set_prices(&self, prices: BTreeMap<String, f64>) {
        *self.prices.lock().unwrap_or_else(PoisonError::into_inner) = prices;
    }

    pub(crate) fn refused(&self, queue: &str) {
        self.refusals.get_or_create(&Queue { queue: queue.into() }).inc();
    }

    /// Notes whether a queue's peer is connected.
    pub fn link(&self, queue: &str, is_up: bool) {
        self.links.get_or_create(&Queue { queue: queue.into() }).set(is_up.into());
    }

    /// Whether a queue's peer is connected.
    pub fn is_up(&self, queue: &str) -> bool {
        self.links.get_or_create(&Queue { queue: queue.into() }).get() == 1
    }

    /// Notes whether a queue's peer refuses the route's account; gives whether that is
    /// new.
    pub(crate) fn shut_out(&self, queue: &str, is_refused: bool) -> bool {
        self.accounts.get_or_create(&Queue { queue: queue.into() }).set(is_refused.into());
        let mut shut_out = self.shut_out.lock().unwrap_or_else(PoisonError::into_inner);
        match is_refused {
            true => shut_out.insert(queue.into()),
            false => shut_out.remove(queue),
        }
    }

    /// The queues whose peer refuses the route's account.
    pub fn refused_accounts(&self) -> Vec<String> {
        let shut_out = self.shut_out.lock().unwrap_or_else(PoisonError::into_inner);
        shut_out.iter().cloned().collect()
    }

    /// Notes what waits in each queue, and where no route is.
    pub fn depths(&self, depths: &[Depth], now_ms: i64) {
        self.depths.clear();
        self.ages.clear();
        self.routeless.clear();
        for depth in depths {
            let queue = Queue { queue: depth.queue.clone() };
            self.depths.get_or_create(&queue).set(depth.messages);
            let age_ms = depth.oldest_ms.map_or(0, |oldest_ms| (now_ms - oldest_ms).max(0));
            self.ages.get_or_create(&queue).set(age_ms / 1_000);
            if depth.is_stranded() {
                self.routeless.get_or_create(&queue).set(depth.waiting());
            }
        }
    }

    /// Notes which release of each bundle decides now.
    pub fn bundles(&self, running: impl IntoIterator<Item = (String, u64)>) {
        self.bundles.clear();
        for (bundle, release) in running {
            self.bundles.get_or_create(&Runs { bundle, release }).set(1);
        }
    }

    /// Notes a request and its answer.
    pub fn request(&self, method: &'static str, status: u16) {
        self.requests.get_or_create(&Answered { method, status }).inc();
    }

    /// Notes a field of an ISO 8583 message that could not be read and was left out.
    pub fn left_out(&self, field: &str) {
        self.left_out.get_or_create(&LeftOut { field: field.to_owned() }).inc();
    }

    pub(crate) fn taped(&self, kept: u64, dropped: u64) {
        self.tape_kept.inc_by(kept);
        self.tape_dropped.inc_by(dropped);
    }

    pub(crate) fn tape_stopped(&self, is_stopped: bool) {
        self.tape_stopped.set(is_stopped.into());
    }

    /// Notes an ISO 8583 message: `accepted`, `ignored`, `unpaired` (an answer without its
    /// card whose request was not seen) or `malformed`.
    pub fn tapped(&self, what: &'static str) {
        self.taps.get_or_create(&Stage { stage: what }).inc();
    }
}
