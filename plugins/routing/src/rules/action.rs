//! What a rule does once its condition holds.

use crate::vocabulary;

use super::{Decision, Delivery, Outcome, Party, Scope, Time};

/// What a rule does, and why.
pub(super) struct Action {
    pub(super) reason: String,
    pub(super) effect: Effect,
}

pub(super) enum Effect {
    Suppress,
    Notify(Vec<Planned>),
    /// Until so long after the transaction; then the rule has nothing to do.
    DeferFor {
        seconds: i64,
    },
    /// Until this party's quiet hours end; outside them the rule has nothing to
    /// do.
    DeferToQuietEnd(Party),
}

/// A delivery before it is known for whom.
pub(crate) struct Planned {
    pub(super) party: Party,
    pub(super) channel: String,
    /// None for the template named as the transaction's kind.
    pub(super) template: Option<String>,
    /// None for the party's own.
    pub(super) locale: Option<String>,
    pub(super) priority: u8,
    /// Waits for the end of quiet hours.
    pub(super) is_optional: bool,
    /// Left out for a party that has no contact on the channel.
    pub(super) requires_contact: bool,
    /// Left out for a debit that is too small for the party.
    pub(super) above_threshold: bool,
    pub(super) delay_seconds: Option<i64>,
    pub(super) expires_after_seconds: Option<i64>,
}

impl Action {
    /// None where there is nothing to defer until: the next rule decides. `since` is
    /// when earlier rules stopped putting the transaction off, or it happened.
    pub(super) fn decide(&self, rule: &str, scope: &Scope<'_>, since: Time) -> Option<Decision> {
        let mut reason = self.reason.as_str();
        let outcome = match &self.effect {
            Effect::Suppress => Outcome::Suppress,
            Effect::DeferFor { seconds } => {
                let until = later(scope.facts.event.time, *seconds);
                Some(until).filter(|until| is_after(until, scope.now)).map(Outcome::Defer)?
            }
            Effect::DeferToQuietEnd(_) if scope.is_security_event() => return None,
            Effect::DeferToQuietEnd(party) => scope.quiet_end(*party).map(Outcome::Defer)?,
            Effect::Notify(planned) => {
                let deliveries = deliveries(planned, scope, since);
                if deliveries.is_empty() {
                    let is_small = planned.iter().any(|planned| planned.is_too_small(scope));
                    reason = if is_small { "below-threshold" } else { "no-contact" };
                    Outcome::Suppress
                } else {
                    Outcome::Notify(deliveries)
                }
            }
        };
        Some(Decision { outcome, reason: reason.into(), rule: rule.into() })
    }
}

impl Action {
    /// What is planned and not told, and why, in words.
    pub(super) fn left_out(&self, scope: &Scope<'_>) -> Vec<String> {
        let Effect::Notify(planned) = &self.effect else { return Vec::new() };
        let since = scope.facts.event.time;
        let why = |planned: &Planned| {
            if planned.is_too_small(scope) {
                return Some("the debit is below the threshold".to_owned());
            }
            let has_none = planned.delivery(scope, since).is_none();
            has_none.then(|| format!("there is no contact for {}", planned.channel))
        };
        let left_out = planned.iter().filter_map(|planned| {
            let party = vocabulary::party(planned.party);
            why(planned).map(|why| format!("the {party} by {}: {why}", planned.channel))
        });
        left_out.collect()
    }
}

impl Effect {
    /// When it stopped putting the transaction off; none if it never did.
    pub(super) fn deferred_until(&self, scope: &Scope<'_>) -> Option<Time> {
        let happened = scope.facts.event.time;
        match self {
            Self::DeferFor { seconds } => Some(later(happened, *seconds)),
            Self::DeferToQuietEnd(party) if !scope.is_security_event() => {
                scope.quiet_end_at(*party, happened)
            }
            _ => None,
        }
    }
}

fn deliveries(planned: &[Planned], scope: &Scope<'_>, since: Time) -> Vec<Delivery> {
    let mut deliveries = Vec::with_capacity(planned.len());
    let wanted = planned.iter().filter(|planned| !planned.is_too_small(scope));
    deliveries.extend(wanted.filter_map(|planned| planned.delivery(scope, since)));
    deliveries
}

impl Planned {
    /// Whether both tell one party one thing by one channel.
    pub(super) fn is_same_as(&self, other: &Self) -> bool {
        let what =
            |own: &Self| (own.party, own.channel.clone(), own.template.clone(), own.locale.clone());
        what(self) == what(other)
    }

    fn is_too_small(&self, scope: &Scope<'_>) -> bool {
        self.above_threshold && scope.is_below_threshold(self.party)
    }

    /// `since` is from when it could have been sent, but for this delivery's own
    /// delay.
    pub(crate) fn delivery(&self, scope: &Scope<'_>, since: Time) -> Option<Delivery> {
        let preferences = scope.preferences(self.party);
        if self.requires_contact && !preferences.channels.contains(&self.channel) {
            return None;
        }
        let waits = self.is_optional && !scope.is_security_event();
        let quiet_end = if waits { scope.quiet_end(self.party) } else { None };
        let delayed = self.delay_seconds.map(|seconds| later(scope.now, seconds));
        let not_before = match (quiet_end, delayed) {
            (Some(quiet), Some(delayed)) if is_after(&delayed, quiet) => Some(delayed),
            (quiet, delayed) => quiet.or(delayed),
        };
        let locale = match &self.locale {
            Some(locale) => locale,
            None => scope.bank.locale_for(preferences.locale.as_deref()),
        };
        let template = self.template.as_ref().unwrap_or(&scope.facts.event.kind);
        let since = not_before.filter(|not_before| is_after(not_before, since)).unwrap_or(since);
        Some(Delivery {
            role: vocabulary::party(self.party).into(),
            channel: self.channel.clone(),
            template: template.clone(),
            locale: locale.into(),
            priority: self.priority,
            not_before,
            expires_at: self.expires_after_seconds.map(|seconds| later(since, seconds)),
        })
    }
}

fn later(time: Time, seconds: i64) -> Time {
    Time { unix_seconds: time.unix_seconds.saturating_add(seconds), ..time }
}

pub(super) fn is_after(one: &Time, other: Time) -> bool {
    one.unix_seconds > other.unix_seconds
}
