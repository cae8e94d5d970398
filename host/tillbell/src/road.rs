//! The road of one transaction: route, mask, render, guard, count.

use tillbell_transaction::{Party, Timestamp, Transaction};

use crate::bindings::{routing, types};
use crate::counters::Desk;
use crate::guard::{Accounted, Policy, Reader};
use crate::manifest::is_code;
use crate::release::Release;
use crate::sandbox::{Sandbox, invalid, timed};
use crate::trace::{Call, Gave, Given, GuardedText, Onlookers, Traced, Tracer};
use crate::words::{Words, Written};
use crate::{
    Author, CounterChange, Decision, Error, ErrorKind, Ground, HostGround, Limits, Message,
    Outcome, Preview, Previews, Result, Role, TextName, Witness, facts, views,
};

/// The longest name of a channel, template or locale, in bytes.
const NAME_BYTES_MAX: usize = 64;

/// The outcome for a card that no bundle speaks for.
pub(crate) fn no_bundle(transaction: &Transaction) -> Outcome {
    Outcome::by_host(transaction, Decision::Rejected, HostGround::NoBundle)
}

/// The outcome while a bundle rests: its declared default, in the host's words.
pub(crate) fn tripped(
    policy: &Policy,
    bundle: &Release,
    transaction: &Transaction,
    witness: Option<&mut Witness>,
) -> Outcome {
    let mut words = Words::new(policy, bundle, transaction);
    words.accounted = witness.is_some().then(Vec::new);
    words.note(None, &Error::new(ErrorKind::Tripped, "the bundle rests after failures in a row"));
    let (decision, messages) = words.declared_default();
    if let Some(witness) = witness {
        witness.accounted = vec![words.take_accounted()];
    }
    Outcome {
        bundle: Some(bundle.manifest.id.clone()),
        release: Some(bundle.manifest.release),
        messages,
        times: words.times,
        failures: words.failures,
        insists_on_reversals: bundle.manifest.insists_on_reversals,
        ..Outcome::by_host(transaction, decision, HostGround::BundleTripped)
    }
}

/// A bank's road, and what it is under.
#[derive(Clone, Copy)]
pub(crate) struct Road<'a> {
    pub(crate) policy: &'a Policy,
    pub(crate) bundle: &'a Release,
}

impl Road<'_> {
    /// Takes one transaction down the road.
    pub(crate) fn travel(
        self,
        transaction: &Transaction,
        now: Timestamp,
        desk: Desk,
        onlookers: Onlookers<'_>,
    ) -> Outcome {
        let bundle = self.bundle;
        let Onlookers { tracer, witness } = onlookers;
        let mut traveller = Traveller::new(self, transaction, now, desk, tracer);
        if witness.is_some() || traveller.tracer.is_some() {
            traveller.words.accounted.get_or_insert_default();
        }
        let routed = traveller.route();
        let (decision, messages, ground) = match routed {
            Routed::Decided { outcome: routing::Outcome::Suppress, reason, rule } => {
                (Decision::Suppressed, Vec::new(), Ground::Bank { rule, reason })
            }
            Routed::Decided { outcome: routing::Outcome::Defer(until), reason, rule } => {
                // Checked when the router answered.
                let until =
                    Timestamp::new(until.unix_seconds, until.utc_offset_minutes).unwrap_or(now);
                (Decision::Deferred(until), Vec::new(), Ground::Bank { rule, reason })
            }
            Routed::Decided { outcome: routing::Outcome::Notify(deliveries), reason, rule } => {
                let messages = traveller.messages(deliveries);
                match messages.is_empty() {
                    false => (Decision::Notified, messages, Ground::Bank { rule, reason }),
                    true => (Decision::Rejected, messages, Ground::Blocked { rule }),
                }
            }
            Routed::Failed => {
                let (decision, messages) = traveller.words.declared_default();
                traveller.accounted.push(traveller.words.take_accounted());
                (decision, messages, HostGround::RouteFailed.into())
            }
        };
        if let Some(witness) = witness {
            witness.views = traveller.views;
            witness.accounted = traveller.accounted;
        }
        let log = traveller.words.struck(traveller.sandbox.into_log());
        Outcome {
            transaction: transaction.id.clone(),
            bundle: Some(bundle.manifest.id.clone()),
            release: Some(bundle.manifest.release),
            decision,
            ground,
            messages,
            times: traveller.words.times,
            failures: traveller.words.failures,
            counters: traveller.counters,
            log,
            insists_on_reversals: bundle.manifest.insists_on_reversals,
            counts_from_acceptance: transaction.counts_from.is_some(),
        }
    }

    /// Renders what the router asks for, and texts by name; says what the guard finds.
    pub(crate) fn preview(
        self,
        transaction: &Transaction,
        now: Timestamp,
        desk: Desk,
        names: &[TextName],
    ) -> Previews {
        let mut traveller = Traveller::new(self, transaction, now, desk, None);
        let mut asked = Vec::new();
        if let Routed::Decided { outcome: routing::Outcome::Notify(deliveries), .. } =
            traveller.route()
        {
            for delivery in deliveries {
                // Checked when the router answered.
                let Some(party) = party_of(&delivery) else { continue };
                let routing::Delivery { template, locale, .. } = delivery;
                let name = TextName { party, template, locale };
                if !asked.contains(&name) {
                    asked.push(name);
                }
            }
        }
        let others: Vec<_> = names.iter().filter(|name| !asked.contains(name)).cloned().collect();
        let names = asked.into_iter().map(|name| (name, true));
        let names = names.chain(others.into_iter().map(|name| (name, false)));
        // As on the road: what one party was shown is in no store of the other's.
        let (first, second): (Vec<_>, Vec<_>) =
            names.partition(|(name, _)| name.party == Party::Cardholder);
        let desk = traveller.sandbox.counters().clone();
        let mut texts = Vec::with_capacity(first.len() + second.len());
        for (party, names) in [first, second].into_iter().enumerate() {
            if party > 0 && !names.is_empty() {
                traveller.sandbox.renew(desk.clone());
            }
            for (name, is_asked_for) in names {
                traveller.sandbox.begin_text();
                let rendered = traveller.rendered(name.party, &name.template, &name.locale);
                let (text, findings) = match rendered {
                    Ok((text, reader)) => {
                        let findings = traveller.words.inspected(&text, reader);
                        (Ok(text), findings)
                    }
                    Err(error) => (Err(error), Vec::new()),
                };
                texts.push(Preview { name, is_asked_for, text, findings });
            }
        }
        Previews { texts, failures: traveller.words.failures }
    }
}

enum Routed {
    Decided { outcome: routing::Outcome, reason: String, rule: String },
    Failed,
}

/// A message, and what accounts for the numbers of its text, where somebody asks for it.
type Made = (Message, Vec<Accounted>);

struct Traveller<'a, 't> {
    transaction: &'a Transaction,
    now: Timestamp,
    limits: &'a Limits,
    sandbox: Sandbox<'a>,
    /// What plugins are told of names and codes, once a view is made.
    cleaned: Option<facts::Cleaned<'a>>,
    /// Cardholder's and merchant's, once made.
    views: [Option<types::ViewResult>; 2],
    /// What the router did to counters; nothing if it broke.
    counters: Vec<CounterChange>,
    words: Words<'a>,
    tracer: Option<Tracer<'t>>,
    /// For each message, what accounts for the numbers of its text, where somebody asks.
    accounted: Vec<Vec<Accounted>>,
}

impl<'a, 't> Traveller<'a, 't> {
    fn new(
        road: Road<'a>,
        transaction: &'a Transaction,
        now: Timestamp,
        desk: Desk,
        tracer: Option<Tracer<'t>>,
    ) -> Self {
        let Road { policy, bundle } = road;
        Self {
            transaction,
            now,
            limits: &bundle.limits,
            sandbox: Sandbox::new(&bundle.plugins, desk),
            cleaned: None,
            views: [None, None],
            counters: Vec::new(),
            words: Words::new(policy, bundle, transaction),
            tracer,
            accounted: Vec::new(),
        }
    }

    fn route(&mut self) -> Routed {
        let Self { sandbox, words, transaction, now, limits, tracer, .. } = self;
        let now = *now;
        let routed = timed(&mut words.times.route, || {
            let facts = facts::facts(transaction, now);
            let decision = sandbox.route(facts, facts::time(now))?;
            check(&decision, limits)?;
            Ok(decision)
        });
        if let Some(tracer) = tracer {
            tracer(Traced::Call(Call {
                role: Role::Router,
                given: Given::Facts(facts::facts(transaction, now), facts::time(now)),
                gave: routed.as_ref().map(Gave::Decision),
                spent: sandbox.spent(),
            }));
        }
        match routed {
            Ok(routing::Decision { outcome, reason, rule }) => {
                self.counters = self.sandbox.counters().changes();
                self.words.allow(self.sandbox.counters().told());
                Routed::Decided { outcome, reason, rule }
            }
            Err(error) => {
                self.words.note(Some(Role::Router), &error);
                Routed::Failed
            }
        }
    }

    /// Makes the messages, in the order of the deliveries. Both views are made first,
    /// and each party's renderer gets a store of its own: nothing that one was shown
    /// reaches the other's text.
    fn messages(&mut self, deliveries: Vec<routing::Delivery>) -> Vec<Message> {
        let mut made: Vec<Option<Made>> = Vec::new();
        made.resize_with(deliveries.len(), || None);
        let (first, second): (Vec<_>, Vec<_>) = deliveries
            .into_iter()
            .enumerate()
            .partition(|(_, delivery)| party_of(delivery) == Some(Party::Cardholder));
        match (first.is_empty(), second.is_empty()) {
            (false, false) => {}
            (is_second, _) => {
                let party = if is_second { Party::Merchant } else { Party::Cardholder };
                self.mask(&[party]);
                self.party_messages(first.into_iter().chain(second), &mut made);
                return self.in_order(made);
            }
        }
        let desk = self.sandbox.counters().clone();
        self.mask(&[Party::Cardholder, Party::Merchant]);
        self.party_messages(first, &mut made);
        self.sandbox.renew(desk);
        self.party_messages(second, &mut made);
        self.in_order(made)
    }

    /// The messages that were made, and what accounts for their numbers beside them.
    fn in_order(&mut self, made: Vec<Option<Made>>) -> Vec<Message> {
        let (messages, accounted) = made.into_iter().flatten().unzip();
        self.accounted = accounted;
        messages
    }

    /// Makes one party's messages, each at its place.
    fn party_messages(
        &mut self,
        deliveries: impl IntoIterator<Item = (usize, routing::Delivery)>,
        made: &mut [Option<Made>],
    ) {
        for (at, delivery) in deliveries {
            made[at] = self.message(delivery).map(|message| (message, self.words.take_accounted()));
        }
    }

    /// Makes one message; none only if even the host's own words are blocked.
    fn message(&mut self, delivery: routing::Delivery) -> Option<Message> {
        // Checked when the router answered.
        let party = party_of(&delivery)?;
        let stamp =
            |time: types::Time| Timestamp::new(time.unix_seconds, time.utc_offset_minutes).ok();
        self.sandbox.begin_text();
        let text = self.text(party, &delivery);
        if text.is_some() {
            self.tell_counters(party, &delivery.channel);
        }
        let mut message = match text {
            Some(written) => Message {
                template: delivery.template,
                locale: delivery.locale,
                author: Author::Plugin,
                ..self.words.signed(party, delivery.channel, written)
            },
            None => self.words.safe_message(party, &delivery.channel)?,
        };
        message.priority = delivery.priority;
        message.not_before = delivery.not_before.and_then(stamp);
        message.expires_at = delivery.expires_at.and_then(stamp);
        Some(message)
    }

    /// Notes which counters the text that was just made tells.
    fn tell_counters(&mut self, party: Party, channel: &str) {
        if self.counters.is_empty() {
            return;
        }
        let desk = self.sandbox.counters();
        for change in &mut self.counters {
            if desk.is_told(&change.counter) {
                change.told_on.push((party, channel.to_owned()));
            }
        }
    }

    /// The plugins' text, or none where a stage failed or the guard objects.
    fn text(&mut self, party: Party, delivery: &routing::Delivery) -> Option<Written> {
        match self.rendered(party, &delivery.template, &delivery.locale) {
            Ok((text, reader)) => {
                let Self { words, tracer, .. } = self;
                let locale = &delivery.locale;
                words.guarded(text, reader, &mut |text, findings, accounted| {
                    if let Some(tracer) = tracer {
                        let text = GuardedText { party, locale, text, findings, accounted };
                        tracer(Traced::Text(text));
                    }
                })
            }
            Err(error) => {
                self.words.note(Some(Role::Renderer), &error);
                None
            }
        }
    }

    /// The plugins' text, and who reads it.
    fn rendered(&mut self, party: Party, template: &str, locale: &str) -> Result<(String, Reader)> {
        let view = self.view(party);
        let Self { sandbox, words, tracer, .. } = self;
        let rendered = timed(&mut words.times.render, || {
            sandbox.render(template, locale, party, facts::shown(&view))
        });
        if let Some(tracer) = tracer {
            tracer(Traced::Call(Call {
                role: Role::Renderer,
                given: Given::View(template, locale, &view),
                gave: rendered.as_deref().map(Gave::Text),
                spent: sandbox.spent(),
            }));
        }
        let shown = facts::repeated(&view);
        self.views[party as usize] = Some(view);
        Ok((rendered?, Reader::new(party, locale, shown)))
    }

    /// Takes the party's view, masking if that was not done.
    fn view(&mut self, party: Party) -> types::ViewResult {
        if self.views[party as usize].is_none() {
            self.mask(&[party]);
        }
        let view = self.views[party as usize].take();
        view.unwrap_or_else(|| facts::minimal_view(self.transaction, party, self.now))
    }

    /// Makes the views of these parties, in one call. Fails closed: the bank's words may need
    /// what is not there, so the renderer is tried with the host's own minimal view.
    fn mask(&mut self, parties: &[Party]) {
        let (transaction, now) = (self.transaction, self.now);
        let minimal = |party: Party| facts::minimal_view(transaction, party, now);
        let Self { sandbox, words, cleaned, tracer, views: kept, .. } = self;
        let cleaned = &*cleaned.get_or_insert_with(|| facts::Cleaned::of(transaction));
        let masked = timed(&mut words.times.mask, || {
            let sensitive = facts::sensitive(transaction, cleaned, now);
            let views = sandbox.mask(parties, &sensitive, minimal)?;
            let own = |(view, party): (Result<types::ViewResult>, &Party)| {
                let view = view?;
                match views::foreign(&view, &sensitive, *party) {
                    None => Ok(view),
                    Some(field) => {
                        let detail = format!("the view's {field} is none of the transaction's");
                        Err(invalid(Role::Masker, &detail))
                    }
                }
            };
            Ok(views.into_iter().zip(parties).map(own).collect::<Vec<_>>())
        });
        if let Some(tracer) = tracer {
            let sensitive = facts::sensitive(transaction, cleaned, now);
            let gave = masked
                .as_ref()
                .map(|all| Gave::Views(all.iter().map(|view| view.as_ref().ok()).collect()));
            tracer(Traced::Call(Call {
                role: Role::Masker,
                given: Given::Sensitive(parties, sensitive),
                gave,
                spent: sandbox.spent(),
            }));
        }
        let made: Vec<Option<types::ViewResult>> = match masked {
            Ok(all) => {
                let mut note = |error: Error| words.note(Some(Role::Masker), &error);
                all.into_iter().map(|view| view.map_err(&mut note).ok()).collect()
            }
            Err(error) => {
                words.note(Some(Role::Masker), &error);
                Vec::new()
            }
        };
        let mut made = made.into_iter();
        for party in parties {
            let view = made.next().flatten().unwrap_or_else(|| minimal(*party));
            kept[*party as usize] = Some(view);
        }
    }
}

/// Whom a delivery is for; none for a role that is not declared.
fn party_of(delivery: &routing::Delivery) -> Option<Party> {
    Party::parse(&delivery.role).ok()
}

/// Refuses a decision that the interface rules out.
fn check(decision: &routing::Decision, limits: &Limits) -> Result<()> {
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
            if deliveries.is_empty() || deliveries.len() > limits.deliveries {
                let (count, limit) = (deliveries.len(), limits.deliveries);
                return wrong(&format!("{count} deliveries, limit {limit}"));
            }
            for delivery in deliveries {
                if party_of(delivery).is_none() {
                    return wrong("a delivery is for a role that the bundle does not declare");
                }
                if ![&delivery.channel, &delivery.template, &delivery.locale]
                    .into_iter()
                    .all(|text| name(text))
                {
                    return wrong("a channel, template or locale is not 1 to 64 bytes");
                }
                if !limits.channels.contains(&delivery.channel) {
                    let (channel, known) = (&delivery.channel, limits.channels.join(", "));
                    return wrong(&format!("channel {channel:?}: the platform has {known}"));
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
