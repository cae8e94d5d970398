//! The same events through two bundles, or two releases of one, and what changed.

use std::collections::{BTreeMap, HashMap};

use tillbell::{Decision, Host, Message, Outcome, Platform, Price};
use tillbell_subscribers::Table;
use tillbell_transaction::{Timestamp, Transaction};

use crate::{Happened, World};

/// Samples that are kept of one cause.
pub const SAMPLES_MAX: usize = 3;
/// Causes that are told apart.
pub const CAUSES_MAX: usize = 1_000;

/// Two worlds, side by side.
pub struct Comparison<'a> {
    old: Side<'a>,
    new: Side<'a>,
    found: Found,
    platform: Platform,
}

/// What was found.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// Decisions that were compared.
    pub decisions: u64,
    /// Of them those that differ in anything.
    pub changed: u64,
    /// What was said before, and now.
    pub totals: [Totals; 2],
    /// What changed, by its cause; the most frequent first.
    pub groups: Vec<Group>,
}

/// How much was said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    /// By decision: `notified`, `suppressed` and so on.
    pub decisions: BTreeMap<&'static str, u64>,
    /// Messages.
    pub messages: u64,
    /// Segments of them all.
    pub segments: u64,
    /// Decisions in which a plugin failed, a text was kept back, or the host spoke.
    pub trouble: u64,
    /// What the segments cost by the platform's prices, in millionths of a unit, by currency.
    pub cost: BTreeMap<String, i64>,
}

/// Changes of one cause.
#[derive(Debug, Clone)]
pub struct Group {
    /// `rule everyday -> large-debit`, `template purchase.cardholder.zh-CN`, `recipients`.
    pub cause: String,
    /// How many decisions have it.
    pub count: u64,
    /// The first of them.
    pub samples: Vec<Sample>,
}

/// One event, before and now, as blocks of text with recipients masked; empty where it was
/// not decided.
#[derive(Debug, Clone)]
pub struct Sample {
    /// The event's id.
    pub transaction: String,
    /// What was said before.
    pub old: String,
    /// What is said now.
    pub new: String,
}

struct Side<'a> {
    world: World<'a>,
    /// What was decided and not compared yet, by the event's id.
    open: HashMap<String, Vec<Happened>>,
}

impl<'a> Comparison<'a> {
    /// Two hosts with a bundle each, people who may be told, and a clock for both.
    pub fn new(
        old: &'a Host,
        new: &'a Host,
        subscribers: Option<&'a Table>,
        clock: Option<Timestamp>,
    ) -> Self {
        let side = |host| Side {
            world: World::new(host).with_subscribers(subscribers).at(clock),
            open: HashMap::new(),
        };
        Self {
            old: side(old),
            new: side(new),
            found: Found::default(),
            platform: Platform::default(),
        }
    }

    /// The same, with what a platform pays for segments.
    #[must_use]
    pub fn priced_by(mut self, platform: &Platform) -> Self {
        self.platform = platform.clone();
        self
    }

    /// Takes an event through both.
    pub fn take(&mut self, transaction: &Transaction) {
        let old = self.old.world.take(Box::new(transaction.clone()));
        let new = self.new.world.take(Box::new(transaction.clone()));
        self.hold(old, new);
    }

    /// Decides what waits in both, and gives what was found.
    pub fn finish(mut self) -> Found {
        let (old, new) = (self.old.world.end(), self.new.world.end());
        self.hold(old, new);
        // What one of them has put off for longer than the feed lasts.
        for (id, left) in std::mem::take(&mut self.old.open) {
            let mut other = self.new.open.remove(&id).unwrap_or_default().into_iter();
            for own in left {
                self.found.compare(Some(&own), other.next().as_ref(), &self.platform);
            }
        }
        let rest: Vec<_> = self.new.open.into_values().flatten().collect();
        rest.iter().for_each(|own| self.found.compare(None, Some(own), &self.platform));
        self.found.groups.sort_by(|one, other| {
            other.count.cmp(&one.count).then_with(|| one.cause.cmp(&other.cause))
        });
        self.found
    }

    /// Compares what both have decided of the same event.
    fn hold(&mut self, old: Vec<Happened>, new: Vec<Happened>) {
        let mut ids = Vec::new();
        for (side, all) in [(&mut self.old, old), (&mut self.new, new)] {
            for own in all {
                let id = own.outcome.transaction.clone();
                ids.push(id.clone());
                side.open.entry(id).or_default().push(own);
            }
        }
        for id in ids {
            let (Some(old), Some(new)) = (self.old.open.get_mut(&id), self.new.open.get_mut(&id))
            else {
                continue;
            };
            let both = old.len().min(new.len());
            let pairs: Vec<_> = old.drain(..both).zip(new.drain(..both)).collect();
            let is_done = (old.is_empty(), new.is_empty());
            for (old, new) in pairs {
                self.found.compare(Some(&old), Some(&new), &self.platform);
            }
            if is_done.0 {
                self.old.open.remove(&id);
            }
            if is_done.1 {
                self.new.open.remove(&id);
            }
        }
    }
}

impl Found {
    /// Whether nothing differs.
    pub fn is_same(&self) -> bool {
        self.changed == 0
    }

    fn compare(&mut self, old: Option<&Happened>, new: Option<&Happened>, platform: &Platform) {
        self.decisions += 1;
        for (totals, own) in self.totals.iter_mut().zip([old, new]) {
            if let Some(own) = own {
                totals.add(own, platform);
            }
        }
        let causes = causes(old, new);
        if causes.is_empty() {
            return;
        }
        self.changed += 1;
        for cause in causes {
            let known = self.groups.iter().position(|group| group.cause == cause);
            let at = match known {
                Some(at) => at,
                None if self.groups.len() == CAUSES_MAX => continue,
                None => {
                    self.groups.push(Group { cause, count: 0, samples: Vec::new() });
                    self.groups.len() - 1
                }
            };
            let group = &mut self.groups[at];
            group.count += 1;
            if group.samples.len() < SAMPLES_MAX {
                let block = |own: Option<&Happened>| own.map(Happened::block).unwrap_or_default();
                let transaction =
                    old.or(new).map(|own| own.outcome.transaction.clone()).unwrap_or_default();
                group.samples.push(Sample { transaction, old: block(old), new: block(new) });
            }
        }
    }
}

impl Totals {
    /// What the segments cost in a currency.
    pub fn cost_in(&self, currency: &str) -> Price {
        let millionths = self.cost.get(currency).copied().unwrap_or(0);
        Price { millionths, currency: currency.to_owned() }
    }

    fn add(&mut self, own: &Happened, platform: &Platform) {
        let outcome = &own.outcome;
        *self.decisions.entry(outcome.decision.as_str()).or_default() += 1;
        self.messages += outcome.messages.len() as u64;
        self.segments +=
            outcome.messages.iter().map(|message| message.segments as u64).sum::<u64>();
        self.trouble += u64::from(own.has_trouble());
        let prices = outcome.messages.iter();
        for price in prices.filter_map(|message| platform.price(&message.channel, message.segments))
        {
            let cost = self.cost.entry(price.currency).or_default();
            *cost = cost.saturating_add(price.millionths);
        }
    }
}

/// What differs between two decisions of one event.
fn causes(old: Option<&Happened>, new: Option<&Happened>) -> Vec<String> {
    let (Some(old), Some(new)) = (old, new) else {
        let of = |own: Option<&Happened>| {
            own.map_or("not decided yet", |own| own.outcome.decision.as_str())
        };
        return vec![format!("decision {} -> {}", of(old), of(new))];
    };
    let mut causes = Vec::new();
    let (was, is) = (&old.outcome, &new.outcome);
    if was.rule() != is.rule() {
        causes.push(format!("rule {} -> {}", was.rule(), is.rule()));
    } else if was.decision != is.decision || was.reason() != is.reason() {
        causes.push(format!("decision {} -> {}", decision(was), decision(is)));
    }
    let to =
        |message: &Message| (message.party, message.channel.clone(), message.recipient.clone());
    let whom = |outcome: &Outcome| {
        let mut whom: Vec<_> = outcome.messages.iter().map(to).collect();
        whom.sort_by_key(|(party, channel, to)| (*party as u8, channel.clone(), to.clone()));
        whom
    };
    if whom(was) != whom(is) {
        causes.push("recipients".into());
    }
    for message in &is.messages {
        let of_way = |other: &&Message| to(other) == to(message);
        let Some(before) = was.messages.iter().find(of_way) else { continue };
        let named = |own: &Message| format!("{}.{}.{}", own.template, own.party, own.locale);
        if named(before) != named(message) {
            causes.push(format!("template {} -> {}", named(before), named(message)));
        } else if before.text != message.text {
            causes.push(format!("template {}", named(message)));
        } else if before.not_before != message.not_before || before.expires_at != message.expires_at
        {
            causes.push(format!("times of rule {}", is.rule()));
        }
    }
    if old.has_trouble() != new.has_trouble() {
        causes.push(if new.has_trouble() { "trouble began" } else { "trouble ended" }.into());
    }
    causes.sort_unstable();
    causes.dedup();
    causes
}

fn decision(outcome: &Outcome) -> String {
    match outcome.decision {
        Decision::Deferred(until) => format!("deferred until {until}"),
        decision => format!("{} ({})", decision.as_str(), outcome.reason()),
    }
}
