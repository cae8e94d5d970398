//! What is printed for each transaction, and at the end.

use std::io::{self, Write};

use serde::Serialize;
use tillbell::{Author, Decision, Message, Outcome};

/// How transactions are printed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Style {
    /// One JSON object a line in place of readable blocks.
    pub(crate) json: bool,
    /// Recipients in full.
    pub(crate) show_recipients: bool,
    /// The time each stage took.
    pub(crate) times: bool,
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

/// Prints one outcome; `identified` is whether its transaction would be recognised
/// when it comes again.
pub(crate) fn print(
    output: &mut impl Write,
    outcome: &Outcome,
    identified: bool,
    style: Style,
) -> io::Result<()> {
    if style.json {
        print_json(output, outcome, identified, style)
    } else {
        print_block(output, outcome, style)
    }
}

fn print_json(
    output: &mut impl Write,
    outcome: &Outcome,
    identified: bool,
    style: Style,
) -> io::Result<()> {
    let row = Row {
        transaction: &outcome.transaction,
        bundle: outcome.bundle.as_deref(),
        release: outcome.release,
        decision: outcome.decision.as_str(),
        reason: outcome.reason(),
        rule: outcome.rule(),
        identified,
        counts_from: outcome.counts_from_acceptance.then_some("acceptance"),
        messages: outcome
            .messages
            .iter()
            .map(|message| MessageRow {
                party: message.party.as_str(),
                channel: &message.channel,
                template: &message.template,
                locale: &message.locale,
                to: recipient(message, style),
                text: &message.text,
                encoding: message.encoding.as_str(),
                segments: message.segments,
            })
            .collect(),
    };
    serde_json::to_writer(&mut *output, &row)?;
    output.write_all(b"\n")
}

fn print_block(output: &mut impl Write, outcome: &Outcome, style: Style) -> io::Result<()> {
    writeln!(
        output,
        "{}  {}  {}: {} (rule {})",
        outcome.transaction,
        outcome.bundle.as_deref().unwrap_or("no bank"),
        outcome.decision.as_str(),
        outcome.reason(),
        outcome.rule()
    )?;
    if outcome.counts_from_acceptance {
        writeln!(output, "  its own time cannot be right: what counts is when it was accepted")?;
    }
    if let Decision::Deferred(until) = outcome.decision {
        writeln!(output, "  until {until}")?;
    }
    for message in &outcome.messages {
        let plural = if message.segments == 1 { "" } else { "s" };
        write!(
            output,
            "  {} by {} to {}, {}, {} segment{plural} of {}",
            message.party,
            message.channel,
            recipient(message, style).as_deref().unwrap_or("an unknown recipient"),
            message.locale,
            message.segments,
            message.encoding.as_str(),
        )?;
        if let Some(time) = message.not_before {
            write!(output, ", not before {time}")?;
        }
        if let Some(time) = message.expires_at {
            write!(output, ", until {time}")?;
        }
        writeln!(output)?;
        for line in message.text.lines() {
            writeln!(output, "    {line}")?;
        }
    }
    for failure in &outcome.failures {
        writeln!(output, "  failed: {}", failure.detail)?;
    }
    for line in &outcome.log {
        writeln!(output, "  log: {line}")?;
    }
    if style.times {
        let times = outcome.times;
        writeln!(
            output,
            "  route {:?}, mask {:?}, render {:?}, guard {:?}",
            times.route, times.mask, times.render, times.guard
        )?;
    }
    writeln!(output)
}

fn recipient(message: &Message, style: Style) -> Option<String> {
    if style.show_recipients { message.recipient.clone() } else { message.masked_recipient() }
}
