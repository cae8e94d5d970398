use tillbell::{Author, Decision, Failure, Message, Outcome};
use tillbell_transaction::{Ignored, Party};

use crate::error::{TB_ERROR_ARGUMENT, number, tb_error, tb_error_kind};
use crate::pointers::{Result, exclusive, guarded, reference, take_back};
use crate::text::{Text, tb_text, tb_time};

/// What became of a transaction; see `tillbell.h`.
pub type tb_decision = u32;
/// There are messages to deliver.
pub const TB_NOTIFIED: tb_decision = 1;
/// Nobody is told.
pub const TB_SUPPRESSED: tb_decision = 2;
/// To be decided again at `until`.
pub const TB_DEFERRED: tb_decision = 3;
/// No bundle speaks for the card, or all was blocked.
pub const TB_REJECTED: tb_decision = 4;
/// The record is none that makes messages.
pub const TB_IGNORED: tb_decision = 5;

/// Whom a message is for.
pub type tb_party = u32;
/// Whose card was used.
pub const TB_CARDHOLDER: tb_party = 1;
/// Who took the card.
pub const TB_MERCHANT: tb_party = 2;

/// What became of a record, in texts of its own.
pub struct tb_outcome {
    decision: tb_decision,
    until: tb_time,
    transaction: Text,
    bundle: Text,
    reason: Text,
    rule: Text,
    release: u64,
    identified: bool,
    nanoseconds: [u64; 4],
    messages: Vec<OwnMessage>,
    failures: Vec<(tb_error_kind, Text, Text)>,
}

struct OwnMessage {
    party: tb_party,
    channel: Text,
    template: Text,
    locale: Text,
    recipient: Text,
    masked_recipient: Text,
    text: Text,
    segments: usize,
    by_plugin: bool,
    priority: u8,
    not_before: tb_time,
    expires_at: tb_time,
}

/// An outcome, lent.
#[repr(C)]
pub struct tb_outcome_view {
    /// What became of the transaction.
    pub decision: tb_decision,
    /// For [`TB_DEFERRED`].
    pub until: tb_time,
    /// The transaction's id.
    pub transaction: tb_text,
    /// The bundle's id; "" where none speaks for the card.
    pub bundle: tb_text,
    /// Why, as a code.
    pub reason: tb_text,
    /// The rule that decided.
    pub rule: tb_text,
    /// The release of the bundle that decided; 0 where none did.
    pub release: u64,
    /// Whether the same transaction is recognised when it comes again.
    pub identified: bool,
    /// How many messages there are.
    pub messages: usize,
    /// How many failures were made up for.
    pub failures: usize,
    /// Time of the router, in nanoseconds.
    pub route_ns: u64,
    /// Time of the masker, in nanoseconds.
    pub mask_ns: u64,
    /// Time of the renderer, in nanoseconds.
    pub render_ns: u64,
    /// Time of the guard and the count, in nanoseconds.
    pub guard_ns: u64,
}

/// A message, lent.
#[repr(C)]
pub struct tb_message {
    /// Whom it is for.
    pub party: tb_party,
    /// How many SMS segments it takes.
    pub segments: u32,
    /// 0 is bulk, 100 is urgent.
    pub priority: u32,
    /// Whether a plugin wrote it; else the host did.
    pub by_plugin: bool,
    /// The channel.
    pub channel: tb_text,
    /// The template.
    pub template_: tb_text,
    /// The language tag.
    pub locale: tb_text,
    /// The contact, in clear; "" where none is known.
    pub recipient: tb_text,
    /// The contact as it may be shown; "" where none is known.
    pub masked_recipient: tb_text,
    /// The text, guarded.
    pub text: tb_text,
    /// Not to be sent before; 0 seconds where there is no such instant.
    pub not_before: tb_time,
    /// Worthless from then on; 0 seconds where there is no such instant.
    pub expires_at: tb_time,
}

/// A failure that was made up for, lent.
#[repr(C)]
pub struct tb_failure {
    /// What sort.
    pub kind: tb_error_kind,
    /// The plugin's role; "" where it was none's.
    pub role: tb_text,
    /// What happened, without any personal value.
    pub detail: tb_text,
}

impl tb_outcome {
    pub(crate) fn of(outcome: Outcome, identified: bool) -> Self {
        let (decision, until) = match outcome.decision {
            Decision::Notified => (TB_NOTIFIED, tb_time::default()),
            Decision::Suppressed => (TB_SUPPRESSED, tb_time::default()),
            Decision::Deferred(until) => (TB_DEFERRED, until.into()),
            Decision::Rejected => (TB_REJECTED, tb_time::default()),
        };
        let times = outcome.times;
        let nanoseconds = [times.route, times.mask, times.render, times.guard]
            .map(|time| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
        let failure = |failure: &Failure| {
            let role = failure.role.map_or("", |role| role.as_str());
            (number(failure.kind), Text::of(role), Text::of(&failure.detail))
        };
        Self {
            decision,
            until,
            transaction: Text::of(&outcome.transaction),
            bundle: Text::of(outcome.bundle.as_deref().unwrap_or_default()),
            reason: Text::of(outcome.reason()),
            rule: Text::of(outcome.rule()),
            release: outcome.release.unwrap_or_default(),
            identified,
            nanoseconds,
            messages: outcome.messages.iter().map(OwnMessage::of).collect(),
            failures: outcome.failures.iter().map(failure).collect(),
        }
    }

    pub(crate) fn ignored(ignored: &Ignored) -> Self {
        Self {
            decision: TB_IGNORED,
            until: tb_time::default(),
            transaction: Text::of(""),
            bundle: Text::of(""),
            reason: Text::of(&ignored.reason.to_string()),
            rule: Text::of(""),
            release: 0,
            identified: false,
            nanoseconds: [0; 4],
            messages: Vec::new(),
            failures: Vec::new(),
        }
    }
}

impl OwnMessage {
    fn of(message: &Message) -> Self {
        Self {
            party: match message.party {
                Party::Cardholder => TB_CARDHOLDER,
                Party::Merchant => TB_MERCHANT,
            },
            channel: Text::of(&message.channel),
            template: Text::of(&message.template),
            locale: Text::of(&message.locale),
            recipient: Text::of(message.recipient.as_deref().unwrap_or_default()),
            masked_recipient: Text::of(&message.masked_recipient().unwrap_or_default()),
            text: Text::of(&message.text),
            segments: message.segments,
            by_plugin: message.author == Author::Plugin,
            priority: message.priority,
            not_before: message.not_before.map(Into::into).unwrap_or_default(),
            expires_at: message.expires_at.map(Into::into).unwrap_or_default(),
        }
    }
}

/// Reads an outcome.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tb_outcome_read(
    outcome: *const tb_outcome,
    view: *mut tb_outcome_view,
) -> *mut tb_error {
    guarded(|| {
        // SAFETY: a handle of this library, and a place for the view, says the
        // header; all of it is written.
        let (outcome, view) = unsafe { (reference(outcome, "outcome")?, exclusive(view, "view")?) };
        let [route_ns, mask_ns, render_ns, guard_ns] = outcome.nanoseconds;
        *view = tb_outcome_view {
            decision: outcome.decision,
            until: outcome.until,
            transaction: outcome.transaction.lent(),
            bundle: outcome.bundle.lent(),
            reason: outcome.reason.lent(),
            rule: outcome.rule.lent(),
            release: outcome.release,
            identified: outcome.identified,
            messages: outcome.messages.len(),
            failures: outcome.failures.len(),
            route_ns,
            mask_ns,
            render_ns,
            guard_ns,
        };
        Ok(())
    })
}

/// Reads one message of an outcome.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tb_outcome_message(
    outcome: *const tb_outcome,
    index: usize,
    message: *mut tb_message,
) -> *mut tb_error {
    guarded(|| {
        // SAFETY: as in `tb_outcome_read`.
        let (outcome, out) =
            unsafe { (reference(outcome, "outcome")?, exclusive(message, "message")?) };
        let message = at(&outcome.messages, index)?;
        *out = tb_message {
            party: message.party,
            segments: u32::try_from(message.segments).unwrap_or(u32::MAX),
            priority: message.priority.into(),
            by_plugin: message.by_plugin,
            channel: message.channel.lent(),
            template_: message.template.lent(),
            locale: message.locale.lent(),
            recipient: message.recipient.lent(),
            masked_recipient: message.masked_recipient.lent(),
            text: message.text.lent(),
            not_before: message.not_before,
            expires_at: message.expires_at,
        };
        Ok(())
    })
}

/// Reads one failure of an outcome.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tb_outcome_failure(
    outcome: *const tb_outcome,
    index: usize,
    failure: *mut tb_failure,
) -> *mut tb_error {
    guarded(|| {
        // SAFETY: as in `tb_outcome_read`.
        let (outcome, out) =
            unsafe { (reference(outcome, "outcome")?, exclusive(failure, "failure")?) };
        let (kind, role, detail) = at(&outcome.failures, index)?;
        *out = tb_failure { kind: *kind, role: role.lent(), detail: detail.lent() };
        Ok(())
    })
}

pub(crate) fn at<T>(all: &[T], index: usize) -> Result<&T> {
    all.get(index).ok_or_else(|| {
        tb_error::new(TB_ERROR_ARGUMENT, format!("index {index}, but there are {}", all.len()))
    })
}

/// Frees an outcome, and what was lent of it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tb_outcome_free(outcome: *mut tb_outcome) {
    // SAFETY: NULL, or a handle that was not freed, says the header.
    unsafe { take_back(outcome) }
}
