//! The file of a case.

use std::fmt;
use std::fs::File;
use std::path::Path;

use serde::Deserialize;
use tillbell_subscribers::{Contact, Subscriber, Table};
use tillbell_transaction::{Money, Party, QuietHours, Record, Timestamp, Transaction, json};

/// The longest case file, in bytes.
pub const CASE_BYTES_MAX: u64 = 1024 * 1024;
/// The most steps of a case.
pub const STEPS_MAX: usize = 1_000;
/// The longest time that one step may pass, in seconds.
const PASS_SECONDS_MAX: i64 = 400 * 86_400;

/// A case, read.
#[derive(Debug)]
pub struct Case {
    pub(super) name: String,
    pub(super) about: String,
    pub(super) clock: Option<Timestamp>,
    /// Who may be told; none where events say so themselves.
    pub(super) subscribers: Option<Table>,
    pub(super) steps: Vec<Step>,
}

#[derive(Debug)]
pub(super) struct Step {
    pub(super) doing: Doing,
    pub(super) expected: Expected,
}

#[derive(Debug)]
pub(super) enum Doing {
    Event(Box<Transaction>),
    /// So many seconds pass.
    Pass(i64),
    /// Time goes on until then.
    Until(Timestamp),
    /// Messages of a step before arrived, which is taken for granted anyway, or did not.
    Arrived {
        ways: Vec<(Party, String)>,
        did: bool,
    },
}

/// What a step is expected to say.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Expected {
    pub(super) decision: Option<String>,
    pub(super) rule: Option<String>,
    pub(super) reason: Option<String>,
    /// `cardholder sms`, and a contact behind it where that matters.
    pub(super) told: Option<Vec<String>>,
    #[serde(default)]
    pub(super) nobody_else: bool,
    /// `cardholder no-consent`: who has no recipient, and why.
    pub(super) absent: Option<Vec<String>>,
    /// Of all messages together.
    pub(super) segments: Option<usize>,
    pub(super) segments_max: Option<usize>,
    /// Words that stand in some text, and that stand in none.
    #[serde(default)]
    pub(super) says: Vec<String>,
    #[serde(default)]
    pub(super) says_not: Vec<String>,
    /// Whether failures and the host's own words are what is wanted.
    #[serde(default)]
    pub(super) trouble: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCase {
    about: Option<String>,
    clock: Option<String>,
    subscribers: Option<String>,
    #[serde(default)]
    subscriber: Vec<RawSubscriber>,
    #[serde(default)]
    event: toml::Table,
    #[serde(default)]
    step: Vec<RawStep>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSubscriber {
    party: String,
    reference: String,
    phone: Option<String>,
    email: Option<String>,
    locale: Option<String>,
    threshold: Option<RawMoney>,
    quiet_hours: Option<String>,
    utc_offset_minutes: Option<i16>,
    consent: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMoney {
    minor_units: i64,
    currency: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStep {
    event: Option<toml::Table>,
    pass: Option<String>,
    until: Option<String>,
    failed: Option<Vec<String>>,
    delivered: Option<Vec<String>>,
    #[serde(default)]
    expect: Expected,
}

/// Why a case cannot be read: the place, and what is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseError {
    /// The file, as it was named.
    pub file: String,
    /// The line, counted from 1; 0 where another place is named.
    pub line: usize,
    /// What is wrong.
    pub detail: String,
}

impl fmt::Display for CaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        write!(f, ": {}", self.detail)
    }
}

impl std::error::Error for CaseError {}

impl Case {
    /// Reads a file; a table of subscribers that it names stands beside it.
    ///
    /// # Errors
    /// Names the file, and the line or the step.
    pub fn open(path: &Path) -> Result<Self, CaseError> {
        let file = path.display().to_string();
        let wrong = |detail: String| CaseError { file: file.clone(), line: 0, detail };
        let length = std::fs::metadata(path).map_err(|error| wrong(error.to_string()))?.len();
        if length > CASE_BYTES_MAX {
            return Err(wrong(format!("{length} bytes, limit {CASE_BYTES_MAX}")));
        }
        let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
        Self::parse(&text, path)
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// As [`Case::open`].
    pub fn parse(text: &str, path: &Path) -> Result<Self, CaseError> {
        let file = path.display().to_string();
        let wrong = |detail: String| CaseError { file: file.clone(), line: 0, detail };
        let raw: RawCase = toml::from_str(text).map_err(|error| CaseError {
            file: file.clone(),
            line: error.span().map_or(0, |span| line_of(text, span.start)),
            detail: error.message().trim_end_matches('.').to_owned(),
        })?;
        if raw.step.is_empty() || raw.step.len() > STEPS_MAX {
            return Err(wrong(format!("{} steps, expected 1 to {STEPS_MAX}", raw.step.len())));
        }
        let time = |text: &String| Timestamp::parse(text).map_err(|error| error.to_string());
        let clock = raw.clock.as_ref().map(time).transpose();
        let clock = clock.map_err(|detail| wrong(format!("clock: {detail}")))?;
        let steps = raw.step.iter().enumerate().map(|(index, step)| {
            let step_wrong = |detail: String| wrong(format!("step {}: {detail}", index + 1));
            doing(step, &raw.event).map_err(step_wrong)
        });
        let doings = steps.collect::<Result<Vec<_>, _>>()?;
        let subscribers = subscribers(&raw, path).map_err(wrong)?;
        let steps = doings.into_iter().zip(raw.step);
        let steps = steps.map(|(doing, raw)| Step { doing, expected: raw.expect }).collect();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { name, about: raw.about.unwrap_or_default(), clock, subscribers, steps })
    }

    /// The name: the file's, without its ending.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is about, in its author's words; empty where they say nothing.
    pub fn about(&self) -> &str {
        &self.about
    }
}

fn line_of(text: &str, at: usize) -> usize {
    text.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1
}

fn subscribers(raw: &RawCase, path: &Path) -> Result<Option<Table>, String> {
    let mut table = match &raw.subscribers {
        None if raw.subscriber.is_empty() => return Ok(None),
        None => Table::default(),
        Some(name) => {
            let path = path.parent().unwrap_or(Path::new(".")).join(name);
            let wrong = |detail: String| format!("subscribers: {}: {detail}", path.display());
            let file = File::open(&path).map_err(|error| wrong(error.to_string()))?;
            Table::from_csv(file).map_err(|error| wrong(error.to_string()))?
        }
    };
    for (index, row) in raw.subscriber.iter().enumerate() {
        let wrong = |detail: String| format!("subscriber {}: {detail}", index + 1);
        table.put(subscriber(row).map_err(wrong)?);
    }
    Ok(Some(table))
}

fn subscriber(raw: &RawSubscriber) -> Result<Subscriber, String> {
    let text = |error: &dyn fmt::Display| error.to_string();
    let mut row = Subscriber::new(party(&raw.party)?, &raw.reference).map_err(|e| text(&e))?;
    row.phone = raw.phone.as_deref().map(Contact::phone).transpose().map_err(|e| text(&e))?;
    row.email = raw.email.as_deref().map(Contact::email).transpose().map_err(|e| text(&e))?;
    if let Some(locale) = &raw.locale {
        row = row.with_locale(locale).map_err(|e| text(&e))?;
    }
    if let Some(minutes) = raw.utc_offset_minutes {
        row = row.with_utc_offset_minutes(minutes).map_err(|e| text(&e))?;
    }
    let threshold = raw.threshold.as_ref();
    let threshold = threshold.map(|raw| Money::new(raw.minor_units, &raw.currency)).transpose();
    row.threshold = threshold.map_err(|error| format!("threshold: {error}"))?;
    let hours = raw.quiet_hours.as_deref().map(QuietHours::parse).transpose();
    row.quiet_hours = hours.map_err(|error| text(&error))?;
    let consent = raw.consent.as_deref().map(Timestamp::parse).transpose();
    row.consent = consent.map_err(|error| format!("consent: {error}"))?;
    Ok(row)
}

fn party(text: &str) -> Result<Party, String> {
    let known = Party::ALL.iter().copied().find(|party| party.as_str() == text);
    known.ok_or_else(|| format!("{text:?}: expected cardholder or merchant"))
}

/// What a step does: one thing.
fn doing(raw: &RawStep, common: &toml::Table) -> Result<Doing, String> {
    let ways = |all: &[String]| all.iter().map(|text| way(text)).collect::<Result<Vec<_>, _>>();
    let mut all = Vec::new();
    if let Some(own) = &raw.event {
        all.push(Doing::Event(event(common, own)?));
    }
    if let Some(text) = &raw.pass {
        all.push(Doing::Pass(seconds(text)?));
    }
    if let Some(text) = &raw.until {
        let until = Timestamp::parse(text).map_err(|error| format!("until: {error}"))?;
        all.push(Doing::Until(until));
    }
    if let Some(failed) = &raw.failed {
        all.push(Doing::Arrived { ways: ways(failed)?, did: false });
    }
    if let Some(delivered) = &raw.delivered {
        all.push(Doing::Arrived { ways: ways(delivered)?, did: true });
    }
    match all.len() {
        1 => Ok(all.remove(0)),
        _ => Err("expected one of event, pass, until, failed and delivered".into()),
    }
}

/// `cardholder sms`.
fn way(text: &str) -> Result<(Party, String), String> {
    let (of, channel) = text
        .split_once(' ')
        .ok_or_else(|| format!("{text:?}: expected a party and a channel, as in cardholder sms"))?;
    Ok((party(of)?, channel.trim().to_owned()))
}

/// `90s`, `10m`, `36h`, `2d`.
fn seconds(text: &str) -> Result<i64, String> {
    let expected = || format!("pass: {text:?}: expected a number and s, m, h or d, up to 400d");
    let unit = match text.chars().last() {
        Some('s') => 1,
        Some('m') => 60,
        Some('h') => 3_600,
        Some('d') => 86_400,
        _ => return Err(expected()),
    };
    let number: i64 = text[..text.len() - 1].parse().map_err(|_| expected())?;
    let seconds =
        number.checked_mul(unit).filter(|seconds| (1..=PASS_SECONDS_MAX).contains(seconds));
    seconds.ok_or_else(expected)
}

/// The event of a step: what all have in common, and what is its own instead.
fn event(common: &toml::Table, own: &toml::Table) -> Result<Box<Transaction>, String> {
    let mut whole = common.clone();
    for (key, value) in own {
        match (whole.get_mut(key), value) {
            // `card = { last4 = … }` leaves the rest of the card as it is.
            (Some(toml::Value::Table(known)), toml::Value::Table(value)) => {
                known.extend(value.iter().map(|(key, value)| (key.clone(), value.clone())));
            }
            _ => {
                whole.insert(key.clone(), value.clone());
            }
        }
    }
    let text = serde_json::to_string(&whole).map_err(|error| format!("event: {error}"))?;
    match json::read(text.as_bytes()) {
        Ok(Record::Transaction(transaction)) => Ok(transaction),
        Ok(Record::Ignored(_)) => Err("event: is no transaction".into()),
        Err(error) => Err(format!("event: {error}")),
    }
}
