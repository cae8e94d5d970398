//! The lines that go out: messages, and answers to whoever sent a record.

use serde::Serialize;
use tillbell::{Author, Message, Outcome};
use tillbell_transaction::Error;

#[derive(Serialize)]
struct MessageLine<'a> {
    id: u64,
    transaction: &'a str,
    bundle: Option<&'a str>,
    party: &'a str,
    channel: &'a str,
    recipient: Option<&'a str>,
    locale: &'a str,
    template: &'a str,
    text: &'a str,
    encoding: &'a str,
    segments: usize,
    priority: u8,
    not_before: Option<String>,
    expires_at: Option<String>,
    author: &'a str,
}

/// One message, as it is stored and delivered, with its line break.
pub(crate) fn message(id: u64, outcome: &Outcome, message: &Message) -> Vec<u8> {
    line(&MessageLine {
        id,
        transaction: &outcome.transaction,
        bundle: outcome.bundle.as_deref(),
        party: message.party.as_str(),
        channel: &message.channel,
        recipient: message.recipient.as_deref(),
        locale: &message.locale,
        template: &message.template,
        text: &message.text,
        encoding: message.encoding.as_str(),
        segments: message.segments,
        priority: message.priority,
        not_before: message.not_before.map(|time| time.to_string()),
        expires_at: message.expires_at.map(|time| time.to_string()),
        author: match message.author {
            Author::Plugin => "plugin",
            Author::Host => "host",
        },
    })
}

#[derive(Default, Serialize)]
struct AnswerLine<'a> {
    record: u64,
    accepted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    release: Option<u64>,
    /// Left out where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    identified: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    messages: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// The answer to a transaction; `identified` is whether it is recognised when it
/// comes again.
pub(crate) fn decided(record: u64, outcome: &Outcome, identified: bool) -> Vec<u8> {
    line(&AnswerLine {
        record,
        accepted: true,
        transaction: Some(&outcome.transaction),
        decision: Some(outcome.decision.as_str()),
        reason: Some(outcome.reason()),
        release: outcome.release,
        identified: (!identified).then_some(false),
        messages: Some(outcome.messages.len()),
        error: None,
    })
}

/// The answer to a record that is no transaction.
pub(crate) fn ignored(record: u64, reason: &str) -> Vec<u8> {
    let (decision, reason) = (Some("ignored"), Some(reason));
    line(&AnswerLine { record, accepted: true, decision, reason, ..AnswerLine::default() })
}

/// The answer to a record that cannot be read.
pub(crate) fn unreadable(record: u64, error: &Error) -> Vec<u8> {
    line(&AnswerLine { record, error: Some(error.to_string()), ..AnswerLine::default() })
}

fn line(value: &impl Serialize) -> Vec<u8> {
    let mut line = serde_json::to_vec(value).expect("strings and numbers always serialise");
    line.push(b'\n');
    line
}
