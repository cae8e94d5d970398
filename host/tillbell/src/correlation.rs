use std::collections::{BTreeSet, HashMap, VecDeque};

use tillbell_transaction::{Kind, REVERSAL_SECONDS_MAX, Transaction, correlation_digest};

use crate::{Decision, Error, ErrorKind, Outcome, Result, StageTimes};

/// Names under which one transaction is remembered: itself, by trace number,
/// by reference number.
const NAMES: usize = 3;

/// Recognises the same transaction when it comes again, and a reversal of one
/// that nobody was told of.
///
/// - a repeat, or an advice after the response, is suppressed: `repeat`. It is
///   known by acquirer, merchant, terminal, local day, RRN, STAN and kind
/// - a reversal whose original nobody was told of (deferred, suppressed) is
///   suppressed and takes the original back: `original-not-sent`
/// - a reversal of what was never seen is suppressed: `original-not-seen`; the
///   original, should it still come, too: `already-reversed`
/// - a second reversal of the same original is suppressed: `already-reversed`
///
/// A reversal finds its original, at the same terminal within two days, by the
/// original's STAN (DE90), or by the RRN they share.
///
/// It remembers a bounded number of transactions, the oldest forgotten first.
/// What it remembers can be kept in a store: see [`Correlator::restored`].
#[derive(Debug)]
pub struct Correlator {
    seen: HashMap<u128, Seen>,
    order: VecDeque<u128>,
    /// The number of the first in `order`.
    oldest: u64,
    names_max: usize,
    /// Numbers whose entries changed, where somebody keeps them.
    changed: Option<BTreeSet<u64>>,
}

#[derive(Debug, Clone, Copy)]
struct Seen {
    state: State,
    unix_seconds: i64,
    number: u64,
}

/// The bytes of one entry of a [`Correlator`], as a store keeps them: they hold
/// no data of a card or person, only a digest, a state and a time.
pub type CorrelatorEntry = [u8; 25];

/// What has to be done to a stored [`Correlator`] to make it the one in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorrelatorChanges {
    /// Entries that are new or have changed, by their number.
    pub written: Vec<(u64, CorrelatorEntry)>,
    /// Entries with a lower number are forgotten.
    pub oldest: u64,
}

/// What became of a transaction that was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Somebody was told.
    Told,
    /// Nobody was told yet, or will be.
    NotTold,
    /// It was taken back.
    Reversed,
}

impl Correlator {
    /// Remembers the last `capacity` transactions, in about 200 bytes each.
    pub fn new(capacity: usize) -> Self {
        Self {
            seen: HashMap::new(),
            order: VecDeque::new(),
            oldest: 0,
            names_max: capacity.max(1).saturating_mul(NAMES),
            changed: None,
        }
    }

    /// As it was when its entries were stored, in the order of their numbers;
    /// one without entries is new. From here on [`Correlator::changes`] has to
    /// be called, after every few transactions.
    ///
    /// # Errors
    /// [`ErrorKind::Host`] for an entry that is none, or out of order.
    pub fn restored(
        capacity: usize,
        entries: impl IntoIterator<Item = (u64, CorrelatorEntry)>,
    ) -> Result<Self> {
        let mut correlator = Self::new(capacity);
        for (number, entry) in entries {
            if correlator.order.is_empty() {
                correlator.oldest = number;
            }
            let wrong = || {
                Error::new(ErrorKind::Host, format!("stored correlation {number} cannot be read"))
            };
            let (name, seen) = Seen::read(number, &entry).ok_or_else(wrong)?;
            if number != correlator.oldest + correlator.order.len() as u64
                || correlator.seen.insert(name, seen).is_some()
            {
                return Err(wrong());
            }
            correlator.order.push_back(name);
        }
        correlator.changed = Some(BTreeSet::new());
        correlator.forget();
        Ok(correlator)
    }

    /// Takes what changed since the last call; nothing is collected for one
    /// that was made by [`Correlator::new`].
    pub fn changes(&mut self) -> CorrelatorChanges {
        let changed = self.changed.as_mut().map(std::mem::take).unwrap_or_default();
        let entry = |number: u64| {
            let at = usize::try_from(number.checked_sub(self.oldest)?).ok()?;
            let name = self.order.get(at)?;
            Some((number, self.seen.get(name)?.write(*name)))
        };
        CorrelatorChanges {
            written: changed.into_iter().filter_map(entry).collect(),
            oldest: self.oldest,
        }
    }

    /// The outcome of a deferred transaction that was taken back while it
    /// waited; none for one that is to be processed now.
    pub fn settle_deferred(&self, transaction: &Transaction) -> Option<Outcome> {
        // A reversal knows only some of the names it was recorded under.
        let reversed = self
            .names(transaction, transaction.kind)
            .iter()
            .any(|name| self.state(&[*name], transaction) == Some(State::Reversed));
        reversed.then(|| suppressed(transaction, "already-reversed"))
    }

    /// The outcome of a transaction that need not, or must not, be processed;
    /// none for one that is new.
    pub fn settle(&mut self, transaction: &Transaction) -> Option<Outcome> {
        let own = self.own_name(transaction)?;
        if self.seen.contains_key(&own) {
            return Some(suppressed(transaction, "repeat"));
        }
        if transaction.kind != Kind::Reversal {
            let names = self.names(transaction, transaction.kind);
            let reversed = self.state(&names, transaction) == Some(State::Reversed);
            return reversed.then(|| {
                self.remember(own, State::Reversed, transaction);
                suppressed(transaction, "already-reversed")
            });
        }
        let originals: Vec<_> =
            originals(transaction).flat_map(|kind| self.names(transaction, kind)).collect();
        let reason = match self.state(&originals, transaction) {
            Some(State::Told) => return None,
            Some(State::NotTold) => "original-not-sent",
            Some(State::Reversed) => "already-reversed",
            None => "original-not-seen",
        };
        self.reverse(&originals, transaction);
        self.remember(own, State::NotTold, transaction);
        Some(suppressed(transaction, reason))
    }

    /// Remembers what became of a transaction that was processed.
    pub fn record(&mut self, transaction: &Transaction, outcome: &Outcome) {
        let Some(own) = self.own_name(transaction) else { return };
        let told = outcome.decision == Decision::Notified;
        let state = if told { State::Told } else { State::NotTold };
        self.remember(own, state, transaction);
        if transaction.kind == Kind::Reversal {
            let originals: Vec<_> =
                originals(transaction).flat_map(|kind| self.names(transaction, kind)).collect();
            self.reverse(&originals, transaction);
        } else {
            for name in self.names(transaction, transaction.kind) {
                self.remember(name, state, transaction);
            }
        }
    }

    /// Marks an original as taken back, under every name it may have.
    fn reverse(&mut self, originals: &[u128], reversal: &Transaction) {
        for name in originals {
            self.remember(*name, State::Reversed, reversal);
        }
    }

    /// What became of the transaction with one of these names, if it is not
    /// too long ago.
    fn state(&self, names: &[u128], transaction: &Transaction) -> Option<State> {
        let now = transaction.time.unix_seconds();
        names
            .iter()
            .filter_map(|name| self.seen.get(name))
            .find(|seen| (now - seen.unix_seconds).abs() <= REVERSAL_SECONDS_MAX)
            .map(|seen| seen.state)
    }

    fn remember(&mut self, name: u128, state: State, transaction: &Transaction) {
        let unix_seconds = transaction.time.unix_seconds();
        let next = self.oldest + self.order.len() as u64;
        let seen = self.seen.entry(name).or_insert(Seen { state, unix_seconds, number: next });
        if seen.number == next {
            self.order.push_back(name);
        }
        *seen = Seen { state, unix_seconds, number: seen.number };
        if let Some(changed) = &mut self.changed {
            changed.insert(seen.number);
        }
        self.forget();
    }

    fn forget(&mut self) {
        while self.order.len() > self.names_max {
            if let Some(name) = self.order.pop_front() {
                self.seen.remove(&name);
            }
            if let Some(changed) = &mut self.changed {
                changed.remove(&self.oldest);
            }
            self.oldest += 1;
        }
    }

    /// The name of the transaction itself; none where the source gave neither
    /// RRN nor STAN, and every event stands alone.
    fn own_name(&self, transaction: &Transaction) -> Option<u128> {
        Some(u128::from_be_bytes(transaction.correlation_key()?.digest()))
    }

    /// The names by which a reversal would look for a transaction of this kind
    /// and place: by its trace number, by its reference number. For a reversal
    /// itself, those of what it takes back.
    fn names(&self, transaction: &Transaction, kind: Kind) -> Vec<u128> {
        let Transaction { acquirer, merchant, .. } = transaction;
        transaction
            .trace_numbers()
            .map(|(by, number)| {
                let (merchant, terminal) = (&merchant.id, &merchant.terminal);
                let parts = [by, acquirer, merchant, terminal, kind.as_str(), number];
                u128::from_be_bytes(correlation_digest(parts))
            })
            .collect()
    }
}

impl Seen {
    fn write(self, name: u128) -> CorrelatorEntry {
        let mut entry = [0; 25];
        entry[..16].copy_from_slice(&name.to_be_bytes());
        entry[16] = match self.state {
            State::Told => 0,
            State::NotTold => 1,
            State::Reversed => 2,
        };
        entry[17..].copy_from_slice(&self.unix_seconds.to_be_bytes());
        entry
    }

    fn read(number: u64, entry: &CorrelatorEntry) -> Option<(u128, Self)> {
        let (name, rest) = entry.split_first_chunk()?;
        let (state, unix_seconds) = rest.split_first()?;
        let state = match state {
            0 => State::Told,
            1 => State::NotTold,
            2 => State::Reversed,
            _ => return None,
        };
        let unix_seconds = i64::from_be_bytes(unix_seconds.try_into().ok()?);
        Some((u128::from_be_bytes(*name), Self { state, unix_seconds, number }))
    }
}

/// The kinds that a reversal may take back.
fn originals(reversal: &Transaction) -> impl Iterator<Item = Kind> + use<> {
    let said = reversal.original_kind;
    Kind::ALL
        .iter()
        .copied()
        .filter(move |kind| *kind != Kind::Reversal && said.is_none_or(|said| said == *kind))
}

fn suppressed(transaction: &Transaction, reason: &str) -> Outcome {
    Outcome {
        transaction: transaction.id.clone(),
        bundle: None,
        release: None,
        decision: Decision::Suppressed,
        reason: reason.into(),
        rule: "host:correlation".into(),
        messages: Vec::new(),
        times: StageTimes::default(),
        failures: Vec::new(),
        counters: Vec::new(),
        log: Vec::new(),
        insists_on_reversals: false,
    }
}

#[cfg(test)]
mod tests;
