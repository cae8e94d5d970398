//! The road of one transaction: route, mask, render, guard, count.

use tillbell_transaction::{Approval, Party, Timestamp, Transaction};
use wasmtime::Engine;

use crate::bindings::{routing, types};
use crate::guard::{Guard, Policy};
use crate::host::Loaded;
use crate::manifest::is_code;
use crate::sandbox::{Sandbox, invalid, timed};
use crate::{
    Author, Decision, Error, ErrorKind, Failure, Message, OnFailure, Outcome, Result, Role,
    StageTimes, facts, safe_text,
};

/// The longest name of a channel, template or locale, in bytes.
const NAME_BYTES_MAX: usize = 64;

/// The outcome for a card that no bundle speaks for.
pub(crate) fn no_bundle(transaction: &Transaction) -> Outcome {
    Outcome {
        transaction: transaction.id.clone(),
        bundle: None,
        decision: Decision::Rejected,
        reason: "no-bundle".into(),
        rule: "host:select".into(),
        messages: Vec::new(),
        times: StageTimes::default(),
        failures: Vec::new(),
        log: Vec::new(),
    }
}

/// Takes one transaction down its bank's road.
pub(crate) fn travel(
    engine: &Engine,
    policy: &Policy,
    bundle: &Loaded,
    transaction: &Transaction,
    now: Timestamp,
) -> Outcome {
    let mut traveller = Traveller {
        bundle,
        policy,
        guard: None,
        transaction,
        sandbox: Sandbox::new(&bundle.plugins, &bundle.limits, engine),
        sensitive: None,
        views: [None, None],
        times: StageTimes::default(),
        failures: Vec::new(),
    };
    let routed = traveller.route(now);
    let (decision, messages, reason, rule) = match routed {
        Routed::Decided { outcome: routing::Outcome::Suppress, reason, rule } => {
            (Decision::Suppressed, Vec::new(), reason, rule)
        }
        Routed::Decided { outcome: routing::Outcome::Defer(until), reason, rule } => {
            // Checked when the router answered.
            let until = Timestamp::new(until.unix_seconds, until.utc_offset_minutes).unwrap_or(now);
            (Decision::Deferred(until), Vec::new(), reason, rule)
        }
        Routed::Decided { outcome: routing::Outcome::Notify(deliveries), reason, rule } => {
            let messages: Vec<_> =
                deliveries.iter().filter_map(|delivery| traveller.message(delivery)).collect();
            match messages.is_empty() {
                false => (Decision::Notified, messages, reason, rule),
                true => (Decision::Rejected, messages, "blocked-by-guard".into(), rule),
            }
        }
        Routed::Failed => traveller.after_failed_route(),
    };
    Outcome {
        transaction: transaction.id.clone(),
        bundle: Some(bundle.manifest.id.clone()),
        decision,
        reason,
        rule,
        messages,
        times: traveller.times,
        failures: traveller.failures,
        log: traveller.sandbox.into_log(),
    }
}

/// A text that may leave, and what it takes.
type Written = (String, tillbell_sms::Count);

enum Routed {
    Decided { outcome: routing::Outcome, reason: String, rule: String },
    Failed,
}

struct Traveller<'a> {
    bundle: &'a Loaded,
    policy: &'a Policy,
    /// Made for the first text.
    guard: Option<Guard<'a>>,
    transaction: &'a Transaction,
    sandbox: Sandbox<'a>,
    sensitive: Option<types::Sensitive>,
    /// Cardholder's and merchant's, once made.
    views: [Option<types::View>; 2],
    times: StageTimes,
    failures: Vec<Failure>,
}

impl Traveller<'_> {
    fn route(&mut self, now: Timestamp) -> Routed {
        let Self { sandbox, times, transaction, bundle, .. } = self;
        let routed = timed(&mut times.route, || {
            let facts = facts::facts(transaction);
            let decision = sandbox.route(&facts, facts::time(now))?;
            check(&decision, bundle.limits.deliveries)?;
            Ok(decision)
        });
        match routed {
            Ok(routing::Decision { outcome, reason, rule }) => {
                Routed::Decided { outcome, reason, rule }
            }
            Err(error) => {
                self.note(Some(Role::Router), &error);
                Routed::Failed
            }
        }
    }

    /// The declared default: the cardholder hears of an approved transaction
    /// in the host's own words, or nobody hears of it.
    fn after_failed_route(&mut self) -> (Decision, Vec<Message>, String, String) {
        let rule = String::from("host:on-failure");
        let tell = self.bundle.manifest.on_failure == OnFailure::Notify
            && self.transaction.approval != Approval::Declined;
        let message = tell.then(|| self.safe_message(Party::Cardholder, "sms")).flatten();
        match message {
            Some(message) => (Decision::Notified, vec![message], "route-failed".into(), rule),
            None => (Decision::Suppressed, Vec::new(), "route-failed".into(), rule),
        }
    }

    /// Makes one message; none only if even the host's own words are blocked.
    fn message(&mut self, delivery: &routing::Delivery) -> Option<Message> {
        let party = match delivery.party {
            types::Party::Cardholder => Party::Cardholder,
            types::Party::Merchant => Party::Merchant,
        };
        let stamp =
            |time: types::Time| Timestamp::new(time.unix_seconds, time.utc_offset_minutes).ok();
        let mut message = match self.text(party, delivery) {
            Some(written) => Message {
                template: delivery.template.clone(),
                locale: delivery.locale.clone(),
                author: Author::Plugin,
                ..self.signed(party, &delivery.channel, written)
            },
            None => self.safe_message(party, &delivery.channel)?,
        };
        message.priority = delivery.priority;
        message.not_before = delivery.not_before.and_then(stamp);
        message.expires_at = delivery.expires_at.and_then(stamp);
        Some(message)
    }

    /// The plugins' text, or none where a stage failed or the guard objects.
    fn text(&mut self, party: Party, delivery: &routing::Delivery) -> Option<Written> {
        let view = self.view(party)?;
        let Self { sandbox, times, .. } = self;
        let rendered = timed(&mut times.render, || {
            sandbox.render(&delivery.template, &delivery.locale, &view)
        });
        self.views[party as usize] = Some(view);
        match rendered {
            Ok(text) => self.guarded(text),
            Err(error) => {
                self.note(Some(Role::Renderer), &error);
                None
            }
        }
    }

    /// Takes the party's view, masking at the first call.
    fn view(&mut self, party: Party) -> Option<types::View> {
        if let Some(view) = self.views[party as usize].take() {
            return Some(view);
        }
        let transaction = self.transaction;
        let Self { sandbox, times, sensitive, .. } = self;
        let masked = timed(&mut times.mask, || {
            let sensitive = sensitive.get_or_insert_with(|| facts::sensitive(transaction));
            sandbox.mask(party, sensitive)
        });
        match masked {
            Ok(view) => Some(view),
            Err(error) => {
                self.note(Some(Role::Masker), &error);
                // Fail closed: the bank's words may need what is not there, so
                // the renderer is tried with the host's own minimal view.
                Some(facts::minimal_view(transaction, party))
            }
        }
    }

    /// The host's own words, which the guard must also let pass.
    fn safe_message(&mut self, party: Party, channel: &str) -> Option<Message> {
        let text = safe_text::write(self.transaction, &self.bundle.manifest);
        let written = self.guarded(text)?;
        Some(self.signed(party, channel, written))
    }

    /// A message of a text that may leave; by the host, unless told otherwise.
    fn signed(&self, party: Party, channel: &str, written: Written) -> Message {
        let (text, count) = written;
        Message {
            party,
            channel: channel.into(),
            template: safe_text::TEMPLATE.into(),
            locale: self.bundle.manifest.locale.clone(),
            recipient: self.transaction.recipient(party, channel).map(Into::into),
            text,
            encoding: count.encoding,
            segments: count.segments,
            priority: 0,
            not_before: None,
            expires_at: None,
            author: Author::Host,
        }
    }

    /// Gives the text back with its count, if it may leave.
    fn guarded(&mut self, text: String) -> Option<Written> {
        let Self { times, bundle, policy, transaction, guard, .. } = self;
        let (findings, count) = timed(&mut times.guard, || {
            let guard = guard.get_or_insert_with(|| {
                Guard::new()
                    .tightened(policy)
                    .with_bundle(&bundle.manifest)
                    .with_transaction(transaction)
            });
            let (findings, count) = guard.inspect_counted(&text);
            if findings.is_empty() {
                guard.remember(&text);
            }
            (findings, count)
        });
        if findings.is_empty() {
            return Some((text, count));
        }
        let mut rules: Vec<_> = findings.iter().map(|finding| finding.rule.as_str()).collect();
        rules.sort_unstable();
        rules.dedup();
        let detail = format!("a text was blocked: {}", rules.join(", "));
        self.note(None, &Error::new(ErrorKind::Guard, detail));
        None
    }

    fn note(&mut self, role: Option<Role>, error: &Error) {
        self.failures.push(Failure { role, kind: error.kind(), detail: error.to_string() });
    }
}

/// Refuses a decision that the interface rules out.
fn check(decision: &routing::Decision, deliveries_max: usize) -> Result<()> {
    let wrong = |detail: &str| Err(invalid(Role::Router, detail));
    if !is_code(&decision.reason) {
        return wrong("the reason is not a code of 1 to 64 lower case letters, digits and hyphens");
    }
    let name = |name: &str| {
        (1..=NAME_BYTES_MAX).contains(&name.len()) && !name.chars().any(char::is_control)
    };
    // A name of the host's own must not be claimed.
    if !name(&decision.rule) || decision.rule.starts_with("host:") {
        return wrong("the rule's name is not 1 to 64 bytes, or claims to be the host's");
    }
    let instant =
        |time: &types::Time| Timestamp::new(time.unix_seconds, time.utc_offset_minutes).is_ok();
    match &decision.outcome {
        routing::Outcome::Suppress => Ok(()),
        routing::Outcome::Defer(until) if instant(until) => Ok(()),
        routing::Outcome::Defer(_) => wrong("defers to an instant that cannot be"),
        routing::Outcome::Notify(deliveries) => {
            if deliveries.is_empty() || deliveries.len() > deliveries_max {
                return wrong(&format!("{} deliveries, limit {deliveries_max}", deliveries.len()));
            }
            for delivery in deliveries {
                if ![&delivery.channel, &delivery.template, &delivery.locale]
                    .into_iter()
                    .all(|text| name(text))
                {
                    return wrong("a channel, template or locale is not 1 to 64 bytes");
                }
                if delivery.priority > 100 {
                    return wrong("a priority is above 100");
                }
                if ![delivery.not_before, delivery.expires_at].iter().flatten().all(instant) {
                    return wrong("a delivery names an instant that cannot be");
                }
            }
            Ok(())
        }
    }
}
