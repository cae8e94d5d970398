//! What production decided of events on a tape, and what a bundle decides of them now.
//!
//! Each question to the bundle is asked again by itself: what plugins were shown, the clock
//! and the counters stand on the tape, so one decision can be repeated without those before
//! it, and none is lost to a case that began before the tape did. What the host decided
//! alone (a repeat, what was reversed already) is no bundle's, and is counted.
//!
//! Names on a tape are substitutes. What may differ by them alone is told apart: with the
//! very content that decided, every difference of a text; with another, a number of segments
//! where the text names somebody.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use tillbell::{Counters, Host, HostGround, Outcome, Tally, Witness};
use tillbell_tape::{AskedRecord, CounterRead, Delivery, Record, ReleaseName, Verdict as Said};
use tillbell_transaction::case::Shown;
use tillbell_transaction::{Timestamp, Transaction};

use crate::cases::{Fault, Verdict, What};

/// Differences that are kept.
pub const DIFFERENCES_MAX: usize = 1_000;
/// Fields that are a person's, as a text on a tape names them.
const PERSONAL: [&str; 6] = [
    "{cardholder-name}",
    "{counterparty}",
    "{cardholder-email}",
    "{cardholder-phone}",
    "{id-number}",
    "{account}",
];

/// Decisions of a tape, made again.
pub struct Replay<'a> {
    host: &'a Host,
    found: Replayed,
}

/// What was found.
#[derive(Debug, Clone, Default)]
pub struct Replayed {
    /// Decisions that were made again.
    pub decisions: u64,
    /// Of them those that differ in more than personal text.
    pub changed: u64,
    /// Those that differ in what personal text alone may have made.
    pub personal: u64,
    /// Decisions of the host alone, which no bundle makes.
    pub by_host: u64,
    /// Decisions about cards that the bundle does not speak for.
    pub elsewhere: u64,
    /// The releases that decided, where they are not the one that is here, and how often.
    pub needs: BTreeMap<ReleaseName, u64>,
    /// Counters that the bundle has and the tape does not: they were read as empty.
    pub unknown_counters: BTreeSet<String>,
    /// The first differences.
    pub differences: Vec<Difference>,
}

/// A decision that differs.
#[derive(Debug, Clone)]
pub struct Difference {
    /// The event's id on the tape.
    pub transaction: String,
    /// What differs.
    pub parts: Vec<Part>,
}

/// Something that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// `decision`, `rule`, `recipients`, `template`, `locale`, `author`, `segments`, `text`.
    pub what: &'static str,
    /// Of which message, as `cardholder by sms`; empty for the decision itself.
    pub of: String,
    /// In production.
    pub was: String,
    /// Now.
    pub is: String,
    /// Whether personal text alone may have made it.
    pub is_personal: bool,
}

impl Replayed {
    /// Whether nothing differs but what personal text may have made.
    pub fn is_same(&self) -> bool {
        self.changed == 0
    }

    /// What was found, as a case of this name: each difference that no personal text made is
    /// a fault.
    pub fn verdict(&self, name: &str) -> Verdict {
        let parts = self.differences.iter().flat_map(|difference| {
            let real = difference.parts.iter().filter(|part| !part.is_personal);
            real.map(|part| (&difference.transaction, part))
        });
        let fault = |(transaction, part): (&String, &Part)| Fault {
            step: 0,
            what: What::Other { name: part.what, wanted: part.was.clone(), got: part.is.clone() },
            facts: match part.of.as_str() {
                "" => transaction.clone(),
                of => format!("{transaction}, to {of}"),
            },
        };
        Verdict {
            name: name.into(),
            faults: parts.map(fault).collect(),
            snapshot: String::new(),
            happened: Vec::new(),
        }
    }
}

impl<'a> Replay<'a> {
    /// Decisions to be made again by a host.
    pub fn new(host: &'a Host) -> Self {
        Self { host, found: Replayed::default() }
    }

    /// Makes the decisions of a line again.
    pub fn take(&mut self, record: &Record) {
        if record.decided.asked.is_empty() {
            self.found.by_host += 1;
        }
        let Ok(accepted) = Timestamp::parse(&record.decided.accepted) else { return };
        let mut transaction = record.transaction.clone();
        let said = Shown::of(&transaction);
        for asked in &record.decided.asked {
            let shown = asked.shown.as_ref().and_then(|shown| shown.shown());
            shown.unwrap_or(said).apply(&mut transaction);
            transaction.accept(accepted.unix_seconds());
            self.ask(&transaction, asked);
            said.apply(&mut transaction);
        }
    }

    /// What was found.
    pub fn finish(self) -> Replayed {
        self.found
    }

    fn ask(&mut self, transaction: &Transaction, asked: &AskedRecord) {
        let found = &mut self.found;
        let Some((_, digest)) = self.host.release_of(transaction) else {
            found.elsewhere += 1;
            return;
        };
        // Nothing of the bundle ran: it rested.
        if asked.verdict.rule == HostGround::BundleTripped.rule() {
            found.by_host += 1;
            return;
        }
        let Ok(now) = Timestamp::parse(&asked.now) else { return };
        let release = asked.release.as_ref();
        let is_same_content = release.is_some_and(|release| *release.digest == *digest);
        if let Some(release) = release.filter(|_| !is_same_content) {
            *found.needs.entry(release.clone()).or_default() += 1;
        }
        let counters = Read { known: &asked.counters, unknown: RefCell::default() };
        let (outcome, witness) = self.host.process_witnessed(transaction, now, Some(&counters));
        found.unknown_counters.append(&mut counters.unknown.borrow_mut());
        found.decisions += 1;
        let parts = compare(asked, &outcome, &witness, is_same_content);
        if parts.is_empty() {
            return;
        }
        match parts.iter().all(|part| part.is_personal) {
            true => found.personal += 1,
            false => found.changed += 1,
        }
        if found.differences.len() < DIFFERENCES_MAX {
            let transaction = transaction.id.clone();
            found.differences.push(Difference { transaction, parts });
        }
    }
}

/// Counters as the tape has them.
struct Read<'a> {
    known: &'a [CounterRead],
    unknown: RefCell<BTreeSet<String>>,
}

impl Counters for Read<'_> {
    fn tally(&self, _: &str, counter: &str, _: &Transaction) -> Option<Tally> {
        let known = self.known.iter().find(|known| known.counter == counter);
        if known.is_none() {
            self.unknown.borrow_mut().insert(counter.into());
        }
        known.and_then(CounterRead::tally)
    }
}

/// What differs between a decision and the same made again.
fn compare(
    asked: &AskedRecord,
    outcome: &Outcome,
    witness: &Witness,
    is_same_content: bool,
) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut differs = |what, of: &str, was: String, is: String, is_personal| {
        if was != is {
            parts.push(Part { what, of: of.into(), was, is, is_personal });
        }
    };
    let verdict = Said::of(outcome);
    differs("decision", "", decision(&asked.verdict), decision(&verdict), false);
    differs("rule", "", asked.verdict.rule.clone(), verdict.rule, false);
    let now = Delivery::all(outcome.messages.clone(), witness);
    let whom = |all: &[Delivery]| {
        let mut whom: Vec<_> = all.iter().map(way).collect();
        whom.sort_unstable();
        whom.join(", ")
    };
    differs("recipients", "", whom(&asked.deliveries), whom(&now), false);
    let mut left: Vec<_> = now.iter().collect();
    for was in &asked.deliveries {
        let Some(at) = left.iter().position(|is| way(is) == way(was)) else { continue };
        let (is, of) = (left.remove(at), way(was));
        differs("template", &of, was.template.clone(), is.template.clone(), false);
        differs("locale", &of, was.locale.clone(), is.locale.clone(), false);
        differs("author", &of, was.author.clone(), is.author.clone(), false);
        let is_alike = was.author == is.author && was.template == is.template;
        differs("text", &of, was.text.clone(), is.text.clone(), is_same_content && is_alike);
        let names_somebody = PERSONAL.iter().any(|field| was.text.contains(field));
        let is_personal = is_alike && (is_same_content || (was.text == is.text && names_somebody));
        let segments = |own: &Delivery| own.segments.to_string();
        differs("segments", &of, segments(was), segments(is), is_personal);
    }
    parts
}

fn way(delivery: &Delivery) -> String {
    format!("{} by {}", delivery.party, delivery.channel)
}

fn decision(verdict: &Said) -> String {
    let Said { decision, until, reason, .. } = verdict;
    match until {
        Some(until) => format!("{decision} until {until} ({reason})"),
        None => format!("{decision} ({reason})"),
    }
}
