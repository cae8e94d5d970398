//! What a line says.

use serde::{Deserialize, Serialize};
use tillbell::{Author, Decision, Message, Outcome, Tally, Witness};
use tillbell_transaction::case::Shown;
use tillbell_transaction::{Kind, Money, Timestamp, Transaction};

use crate::Asked;

/// The longest line, in bytes.
pub const LINE_BYTES_MAX: usize = 256 * 1_024;

/// The first line of a tape.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The form: 1. It stands first, so that a tape is known by its first bytes.
    pub tape: u32,
    /// The day of acceptance, in UTC, such as `2026-11-26`.
    pub day: String,
    /// The name of its key.
    pub key: String,
}

/// One decision of a tape.
#[derive(Debug, Clone)]
pub struct Record {
    /// The event, with the contacts that it was decided with.
    pub transaction: Box<Transaction>,
    /// The rest of the line.
    pub decided: Decided,
}

/// What was decided, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// When it was accepted, in RFC 3339.
    pub accepted: String,
    /// Whether it had waited.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub due: bool,
    /// What came of it in the end.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// What the bundle was asked.
    pub asked: Vec<AskedRecord>,
}

/// A decision, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// `notified`, `suppressed`, `deferred`, `rejected`.
    pub decision: String,
    /// Until when, in RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// The rule; the host's begin with `host:`.
    pub rule: String,
    /// The reason's code.
    pub reason: String,
}

/// Which release decided.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ReleaseName {
    /// The bundle.
    pub bundle: String,
    /// The release's number.
    pub release: u64,
    /// [`tillbell::Artefact::content_digest`].
    pub digest: String,
}

/// One question to the bundle, and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedRecord {
    /// The clock, in RFC 3339.
    pub now: String,
    /// What plugins saw, where it is not what the event says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<ShownRecord>,
    /// Who decided; none where no bundle speaks for the card.
    #[serde(flatten, default, skip_serializing_if = "Option::is_none")]
    pub release: Option<ReleaseName>,
    /// The bundle's counters, as they were read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub counters: Vec<CounterRead>,
    /// What it said.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// The messages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deliveries: Vec<Delivery>,
}

/// [`Shown`], on a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownRecord {
    kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    original_kind: Option<String>,
    minor_units: i64,
    currency: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    original_minor_units: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    original_currency: Option<String>,
}

/// What a counter held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CounterRead {
    /// Its name.
    pub counter: String,
    /// How many debits; none where it was empty, and then the rest says nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// Their sum, in minor units.
    #[serde(default)]
    pub sum: i64,
    /// When the first of them happened, in RFC 3339.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub since: String,
    /// Whether this event was one of them already.
    #[serde(default)]
    pub has_this: bool,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// `cardholder`, `merchant`.
    pub party: String,
    /// The channel.
    pub channel: String,
    /// The template.
    pub template: String,
    /// The language.
    pub locale: String,
    /// `plugin`, or `host` where a stage failed or the guard kept a text back.
    pub author: String,
    /// How many segments.
    pub segments: usize,
    /// The text, with names of fields for what it said of the event.
    pub text: String,
}

impl Verdict {
    /// The verdict of an outcome.
    pub fn of(outcome: &Outcome) -> Self {
        let until = match outcome.decision {
            Decision::Deferred(until) => Some(until.to_string()),
            _ => None,
        };
        Self {
            decision: outcome.decision.as_str().into(),
            until,
            rule: outcome.rule().into(),
            reason: outcome.reason().into(),
        }
    }
}

impl AskedRecord {
    /// A question and its answer, about a transaction that itself says this.
    pub fn of(asked: Asked, said: Shown) -> Self {
        let Asked { shown, now, outcome, witness } = asked;
        let verdict = Verdict::of(&outcome);
        let release = match (outcome.bundle, outcome.release, &witness.digest) {
            (Some(bundle), Some(release), Some(digest)) => {
                Some(ReleaseName { bundle, release, digest: digest.to_string() })
            }
            _ => None,
        };
        let counters = witness.counters.iter();
        Self {
            now: now.to_string(),
            shown: (shown != said).then(|| ShownRecord::of(shown)),
            release,
            counters: counters.map(|(name, tally)| CounterRead::of(name, *tally)).collect(),
            verdict,
            deliveries: Delivery::all(outcome.messages, &witness),
        }
    }
}

impl Delivery {
    /// The messages of a decision, by what its witness says of their texts.
    pub fn all(messages: Vec<Message>, witness: &Witness) -> Vec<Self> {
        let blanks = witness.blanks(&messages);
        let delivery = |(message, text): (Message, String)| Self {
            party: message.party.as_str().into(),
            channel: message.channel,
            template: message.template,
            locale: message.locale,
            author: author(message.author).into(),
            segments: message.segments,
            text,
        };
        messages.into_iter().zip(blanks).map(delivery).collect()
    }
}

fn author(author: Author) -> &'static str {
    match author {
        Author::Plugin => "plugin",
        Author::Host => "host",
    }
}

impl ShownRecord {
    fn of(shown: Shown) -> Self {
        let original = shown.original_amount;
        Self {
            kind: shown.kind.as_str().into(),
            original_kind: shown.original_kind.map(|kind| kind.as_str().into()),
            minor_units: shown.amount.minor_units(),
            currency: shown.amount.currency().into(),
            original_minor_units: original.map(|money| money.minor_units()),
            original_currency: original.map(|money| money.currency().into()),
        }
    }

    /// What plugins saw; none where a tape was altered.
    pub fn shown(&self) -> Option<Shown> {
        let original = self.original_minor_units.zip(self.original_currency.as_deref());
        Some(Shown {
            kind: Kind::parse(&self.kind).ok()?,
            original_kind: self.original_kind.as_deref().and_then(|kind| Kind::parse(kind).ok()),
            amount: Money::new(self.minor_units, &self.currency).ok()?,
            original_amount: original.and_then(|(units, code)| Money::new(units, code).ok()),
        })
    }
}

impl CounterRead {
    fn of(counter: &str, tally: Option<Tally>) -> Self {
        Self {
            counter: counter.into(),
            count: tally.map(|tally| tally.count),
            sum: tally.map_or(0, |tally| tally.sum),
            since: tally.map(|tally| tally.since.to_string()).unwrap_or_default(),
            has_this: tally.is_some_and(|tally| tally.has_this),
        }
    }

    /// What it held; none where it was empty.
    pub fn tally(&self) -> Option<Tally> {
        let (count, sum, has_this) = (self.count?, self.sum, self.has_this);
        Some(Tally { count, sum, since: Timestamp::parse(&self.since).ok()?, has_this })
    }
}
