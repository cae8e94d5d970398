//! What became of an event, as people read it.

use std::fmt::{self, Write};

use tillbell::{Decision, Message, Outcome};

use crate::Happened;
use crate::seen::{Field, SeenCall, SeenText};

/// How much is shown.
#[derive(Debug, Clone, Copy, Default)]
pub struct Style {
    /// Recipients in full.
    pub show_recipients: bool,
    /// The time each stage took, and which calls a platform would have ended.
    pub times: bool,
    /// What each plugin got and gave, if the world looked on.
    pub facts: bool,
    /// Texts that the guard kept back, with the place marked, if the world looked on.
    pub blocked: bool,
    /// What a call may take on the platform.
    pub deadline_ms: u32,
}

impl Style {
    /// A message's recipient as it is shown.
    pub fn recipient(self, message: &Message) -> Option<String> {
        match self.show_recipients {
            true => message.recipient.clone(),
            false => message.masked_recipient(),
        }
    }
}

/// Shows an outcome as lines of text: the decision, each message with its text, and what
/// failed.
pub struct Block<'a> {
    /// What is shown.
    pub outcome: &'a Outcome,
    /// How.
    pub style: Style,
}

impl Happened {
    /// This as lines of text, with recipients masked.
    pub fn block(&self) -> String {
        self.block_in(Style::default())
    }

    /// This as lines of text.
    pub fn block_in(&self, style: Style) -> String {
        let mut text = Block { outcome: &self.outcome, style }.to_string();
        for (party, absence) in &self.absent {
            // Writing to a string does not fail.
            let _ = writeln!(text, "  {party}: {}", absence.as_str());
        }
        if style.blocked {
            self.seen.blocked().for_each(|blocked| text.push_str(&kept_back(blocked)));
        }
        if style.facts {
            self.seen.calls.iter().for_each(|call| text.push_str(&style.call(call)));
        }
        if style.times {
            for call in self.seen.ended(style.deadline_ms) {
                let SeenCall { role, spent, .. } = call;
                let (most, took) = (style.deadline_ms, spent.time);
                let _ = writeln!(
                    text,
                    "  a platform that gives a call {most} ms would have ended the {role}: {took:?}"
                );
            }
        }
        text
    }
}

/// A text that the guard kept back.
fn kept_back(blocked: &SeenText) -> String {
    let mut text = format!("  kept back from the {}: {}\n", blocked.party, blocked.reasons());
    for line in blocked.marked().lines() {
        let _ = writeln!(text, "    {line}");
    }
    text
}

impl Style {
    /// What a plugin got and gave.
    fn call(self, call: &SeenCall) -> String {
        let SeenCall { role, party, given, gave, spent } = call;
        let about = party.map(|party| format!(", for the {party}")).unwrap_or_default();
        let mut text = format!("  {role} got{about}\n");
        self.fields(&mut text, given);
        let took = match self.times {
            true => format!(" ({:?}, {} KiB)", spent.time, spent.memory_bytes / 1024),
            false => String::new(),
        };
        match gave {
            Ok(fields) => {
                let _ = writeln!(text, "  {role} gave{took}");
                self.fields(&mut text, fields);
            }
            Err(failure) => {
                let _ = writeln!(text, "  {role} failed{took}: {failure}");
            }
        }
        text
    }

    fn fields(self, text: &mut String, fields: &[Field]) {
        for field in fields {
            let value = field.shown(self.show_recipients);
            let mut lines = value.lines();
            let first = lines.next().unwrap_or_default();
            let _ = writeln!(text, "    {:<28} {first}", field.path);
            lines.for_each(|line| {
                let _ = writeln!(text, "    {:<28} {line}", "");
            });
        }
    }
}

impl fmt::Display for Block<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { outcome, style } = self;
        writeln!(
            f,
            "{}  {}  {}: {} (rule {})",
            outcome.transaction,
            outcome.bundle.as_deref().unwrap_or("no bank"),
            outcome.decision.as_str(),
            outcome.reason(),
            outcome.rule()
        )?;
        if outcome.counts_from_acceptance {
            writeln!(f, "  its own time cannot be right: what counts is when it was accepted")?;
        }
        if let Decision::Deferred(until) = outcome.decision {
            writeln!(f, "  until {until}")?;
        }
        for message in &outcome.messages {
            writeln!(f, "  {}", Heading { message, style: *style })?;
            for line in message.text.lines() {
                writeln!(f, "    {line}")?;
            }
        }
        for failure in &outcome.failures {
            writeln!(f, "  failed: {}", failure.detail)?;
        }
        for line in &outcome.log {
            writeln!(f, "  log: {line}")?;
        }
        if style.times {
            let times = outcome.times;
            writeln!(
                f,
                "  route {:?}, mask {:?}, render {:?}, guard {:?}",
                times.route, times.mask, times.render, times.guard
            )?;
        }
        Ok(())
    }
}

/// The line before a message's text.
pub(crate) struct Heading<'a> {
    pub(crate) message: &'a Message,
    pub(crate) style: Style,
}

impl fmt::Display for Heading<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = self.message;
        let plural = if message.segments == 1 { "" } else { "s" };
        let recipient = self.style.recipient(message);
        write!(
            f,
            "{} by {} to {}, {}, {} segment{plural} of {}",
            message.party,
            message.channel,
            recipient.as_deref().unwrap_or("an unknown recipient"),
            message.locale,
            message.segments,
            message.encoding.as_str(),
        )?;
        if let Some(time) = message.not_before {
            write!(f, ", not before {time}")?;
        }
        if let Some(time) = message.expires_at {
            write!(f, ", until {time}")?;
        }
        Ok(())
    }
}
