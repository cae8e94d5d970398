//! What became of an event, as people read it.

use std::fmt::{self, Write};

use tillbell::{Decision, Message, Outcome};

use crate::Happened;

/// How much is shown.
#[derive(Debug, Clone, Copy, Default)]
pub struct Style {
    /// Recipients in full.
    pub show_recipients: bool,
    /// The time each stage took.
    pub times: bool,
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
        text
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
