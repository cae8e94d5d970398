//! What is printed for each transaction, and at the end.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;
use tillbell::{Author, Decision, Outcome};
use tillbell_kit::seen::Field;
use tillbell_kit::{Happened, block};

/// How transactions are printed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Style {
    /// One JSON object a line in place of readable blocks.
    pub(crate) json: bool,
    /// How much of them.
    pub(crate) shown: block::Style,
}

/// Counts for the closing summary.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    notified: u64,
    suppressed: u64,
    deferred: u64,
    rejected: u64,
    /// Messages of the source that are no transactions.
    pub(crate) ignored: u64,
    /// Input that could not be read.
    pub(crate) malformed: u64,
    messages: u64,
    segments: u64,
    by_host: u64,
}

#[derive(Serialize)]
struct Row<'a> {
    transaction: &'a str,
    bundle: Option<&'a str>,
    release: Option<u64>,
    decision: &'a str,
    reason: &'a str,
    rule: &'a str,
    /// Left out where it is.
    #[serde(skip_serializing_if = "Clone::clone")]
    identified: bool,
    /// `acceptance` where its own time cannot be right.
    #[serde(skip_serializing_if = "Option::is_none")]
    counts_from: Option<&'static str>,
    messages: Vec<MessageRow<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    absent: Vec<AbsentRow>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failures: Vec<FailureRow<'a>>,
    /// What plugins noted, each with its role.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    log: &'a [String],
    /// Texts that the guard kept back, with the place marked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    kept_back: Vec<KeptBackRow<'a>>,
    /// What each plugin got and gave.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    calls: Vec<CallRow<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nanoseconds: Option<TimesRow>,
}

/// A text that the guard kept back.
#[derive(Serialize)]
struct KeptBackRow<'a> {
    party: &'static str,
    locale: &'a str,
    why: String,
    text: String,
}

/// A call of a plugin.
#[derive(Serialize)]
struct CallRow<'a> {
    role: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    party: Option<&'static str>,
    given: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gave: Option<BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nanoseconds: Option<u64>,
    /// Whether a platform would have ended it.
    #[serde(skip_serializing_if = "Option::is_none")]
    over_deadline: Option<bool>,
}

/// A party that nothing can be sent to.
#[derive(Serialize)]
struct AbsentRow {
    party: &'static str,
    cause: &'static str,
}

/// A stage that failed, and was made up for.
#[derive(Serialize)]
struct FailureRow<'a> {
    role: Option<&'static str>,
    detail: &'a str,
}

/// How long each stage took.
#[derive(Serialize)]
struct TimesRow {
    route: u64,
    mask: u64,
    render: u64,
    guard: u64,
}

#[derive(Serialize)]
struct MessageRow<'a> {
    party: &'a str,
    channel: &'a str,
    template: &'a str,
    locale: &'a str,
    to: Option<String>,
    text: &'a str,
    encoding: &'a str,
    segments: usize,
}

impl Summary {
    pub(crate) fn add(&mut self, outcome: &Outcome) {
        match outcome.decision {
            Decision::Notified => self.notified += 1,
            Decision::Suppressed => self.suppressed += 1,
            Decision::Deferred(_) => self.deferred += 1,
            Decision::Rejected => self.rejected += 1,
        }
        self.messages += outcome.messages.len() as u64;
        for message in &outcome.messages {
            self.segments += message.segments as u64;
            self.by_host += u64::from(message.author == Author::Host);
        }
    }

    /// What was deferred falls due, and is added again.
    pub(crate) fn due(&mut self) {
        self.deferred = self.deferred.saturating_sub(1);
    }

    /// What was deferred is told to nobody: together with a later event it adds up
    /// to nothing.
    pub(crate) fn overruled(&mut self) {
        self.due();
        self.suppressed += 1;
    }

    pub(crate) fn print(&self, output: &mut impl Write) -> io::Result<()> {
        let transactions = self.notified + self.suppressed + self.deferred + self.rejected;
        writeln!(
            output,
            "{transactions} transactions: {} notified, {} suppressed, {} deferred, {} rejected",
            self.notified, self.suppressed, self.deferred, self.rejected
        )?;
        writeln!(
            output,
            "{} messages in {} segments, {} of them in the host's own words",
            self.messages, self.segments, self.by_host
        )?;
        writeln!(
            output,
            "{} other messages of the source ignored, {} malformed",
            self.ignored, self.malformed
        )
    }
}

/// Prints what became of an event.
pub(crate) fn print(output: &mut impl Write, happened: &Happened, style: Style) -> io::Result<()> {
    if style.json {
        return print_json(output, happened, style.shown);
    }
    writeln!(output, "{}", happened.block_in(style.shown))
}

fn print_json(output: &mut impl Write, happened: &Happened, style: block::Style) -> io::Result<()> {
    let outcome = &happened.outcome;
    let failures = outcome.failures.iter().map(|failure| FailureRow {
        role: failure.role.map(|role| role.as_str()),
        detail: &failure.detail,
    });
    let absent = happened
        .absent
        .iter()
        .map(|(party, absence)| AbsentRow { party: party.as_str(), cause: absence.as_str() });
    let nanoseconds =
        |time: std::time::Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
    let times = outcome.times;
    let kept_back = happened.seen.blocked().map(|blocked| KeptBackRow {
        party: blocked.party.as_str(),
        locale: &blocked.locale,
        why: blocked.reasons(),
        text: blocked.marked(),
    });
    let shown = |fields: &'_ [Field]| -> BTreeMap<_, _> {
        let field = |field: &'_ Field| (field.path.clone(), field.shown(style.show_recipients));
        fields.iter().map(field).collect()
    };
    let calls = happened.seen.calls.iter().map(|call| CallRow {
        role: call.role.as_str(),
        party: call.party.map(|party| party.as_str()),
        given: shown(&call.given),
        gave: call.gave.as_ref().ok().map(|fields| shown(fields)),
        failure: call.gave.as_ref().err().map(String::as_str),
        nanoseconds: style.times.then(|| nanoseconds(call.spent.time)),
        over_deadline: style.times.then(|| call.is_over(style.deadline_ms)),
    });
    let row = Row {
        transaction: &outcome.transaction,
        bundle: outcome.bundle.as_deref(),
        release: outcome.release,
        decision: outcome.decision.as_str(),
        reason: outcome.reason(),
        rule: outcome.rule(),
        identified: happened.transaction.is_identified(),
        counts_from: outcome.counts_from_acceptance.then_some("acceptance"),
        messages: outcome
            .messages
            .iter()
            .map(|message| MessageRow {
                party: message.party.as_str(),
                channel: &message.channel,
                template: &message.template,
                locale: &message.locale,
                to: style.recipient(message),
                text: &message.text,
                encoding: message.encoding.as_str(),
                segments: message.segments,
            })
            .collect(),
        absent: absent.collect(),
        failures: failures.collect(),
        log: &outcome.log,
        kept_back: kept_back.collect(),
        calls: if style.facts { calls.collect() } else { Vec::new() },
        nanoseconds: style.times.then(|| TimesRow {
            route: nanoseconds(times.route),
            mask: nanoseconds(times.mask),
            render: nanoseconds(times.render),
            guard: nanoseconds(times.guard),
        }),
    };
    serde_json::to_writer(&mut *output, &row)?;
    output.write_all(b"\n")
}
