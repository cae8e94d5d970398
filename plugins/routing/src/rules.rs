use crate::condition::{Condition, Language};
use crate::facts::Scope;
use crate::interface::exports::tillbell::plugin::routing::{
    Decision, Delivery, Outcome, RoutingError, RuleFailure,
};
use crate::interface::tillbell::plugin::types::{
    ConfigurationFile, ConfigureError, Configured, Facts, Party, QuietHours, Time,
};
use crate::thresholds::Thresholds;

mod read;

/// The most rules.
pub const RULES_MAX: usize = 1_000;
/// The most deliveries of one rule.
pub const DELIVERIES_MAX: usize = 8;
/// The longest condition, in bytes.
pub const CONDITION_BYTES_MAX: usize = 4 * 1024;

/// A bank's rules, ready to decide.
pub struct Rules {
    bank: Bank,
    language: Language,
    rules: Vec<Rule>,
    default: Action,
}

/// What holds for all rules.
#[derive(Debug, Default)]
pub(crate) struct Bank {
    /// The languages that the bank writes; the first is its default.
    pub(crate) locales: Vec<String>,
    pub(crate) quiet_hours: Option<QuietHours>,
    pub(crate) quiet_clock_is_merchant: bool,
    pub(crate) thresholds: Thresholds,
}

struct Rule {
    name: String,
    condition: Condition,
    action: Action,
}

/// What a rule does, and why.
struct Action {
    reason: String,
    effect: Effect,
}

enum Effect {
    Suppress,
    Notify(Vec<Planned>),
    DeferFor {
        seconds: i64,
    },
    /// Until the cardholder's quiet hours end; decided at once outside them.
    DeferToQuietEnd,
}

/// A delivery before it is known for whom.
struct Planned {
    party: Party,
    channel: String,
    template: String,
    /// A fixed language; none for the party's own.
    locale: Option<String>,
    priority: u8,
    /// Waits for the end of quiet hours.
    optional: bool,
    /// Left out for a party that has no contact on the channel.
    requires_contact: bool,
    delay_seconds: Option<i64>,
    expires_after_seconds: Option<i64>,
}

impl Rules {
    /// Reads the one rule file among the configuration files.
    ///
    /// # Errors
    /// Names file, line and key, and for a condition CEL's own words.
    pub fn read(files: &[ConfigurationFile]) -> Result<(Self, Vec<Configured>), ConfigureError> {
        read::read(files)
    }

    /// Decides about one transaction: the first rule whose condition holds, or
    /// the default.
    ///
    /// # Errors
    /// Names a rule whose condition cannot be evaluated over these facts.
    pub fn route(&self, facts: &Facts, now: Time) -> Result<Decision, RoutingError> {
        let scope = Scope { facts, now, bank: &self.bank };
        for rule in &self.rules {
            let holds = self.language.holds(&rule.condition, &scope).map_err(|detail| {
                RoutingError::RuleFailed(RuleFailure { rule: rule.name.clone(), detail })
            })?;
            if holds {
                return Ok(rule.action.decide(&rule.name, &scope));
            }
        }
        Ok(self.default.decide("default", &scope))
    }
}

impl Action {
    fn decide(&self, rule: &str, scope: &Scope<'_>) -> Decision {
        let decision =
            |outcome, reason: &str| Decision { outcome, reason: reason.into(), rule: rule.into() };
        let outcome = match &self.effect {
            Effect::Suppress => Outcome::Suppress,
            Effect::DeferFor { seconds } => Outcome::Defer(later(scope.now, *seconds)),
            Effect::DeferToQuietEnd => match scope.quiet_end(Party::Cardholder) {
                Some(end) => Outcome::Defer(end),
                None => Outcome::Suppress,
            },
            Effect::Notify(planned) => {
                let deliveries: Vec<_> =
                    planned.iter().filter_map(|planned| planned.delivery(scope)).collect();
                if deliveries.is_empty() {
                    return decision(Outcome::Suppress, "no-contact");
                }
                Outcome::Notify(deliveries)
            }
        };
        decision(outcome, &self.reason)
    }
}

impl Planned {
    fn delivery(&self, scope: &Scope<'_>) -> Option<Delivery> {
        let preferences = scope.preferences(self.party);
        if self.requires_contact && !preferences.channels.contains(&self.channel) {
            return None;
        }
        let quiet_end = if self.optional { scope.quiet_end(self.party) } else { None };
        let delayed = self.delay_seconds.map(|seconds| later(scope.now, seconds));
        let not_before = match (quiet_end, delayed) {
            (Some(quiet), Some(delayed)) if quiet.unix_seconds < delayed.unix_seconds => {
                Some(delayed)
            }
            (Some(quiet), _) => Some(quiet),
            (None, delayed) => delayed,
        };
        let locale = match &self.locale {
            Some(locale) => locale,
            None => scope.bank.locale_for(preferences.locale.as_deref()),
        };
        Some(Delivery {
            party: self.party,
            channel: self.channel.clone(),
            template: self.template.clone(),
            locale: locale.into(),
            priority: self.priority,
            not_before,
            expires_at: self
                .expires_after_seconds
                .map(|seconds| later(not_before.unwrap_or(scope.now), seconds)),
        })
    }
}

impl Bank {
    /// The bank's language that serves a wish best: the same, the same but for
    /// the region, or the bank's first.
    fn locale_for(&self, wish: Option<&str>) -> &str {
        let language = |locale: &str| locale.split('-').next().unwrap_or_default().to_owned();
        let fitting = wish.and_then(|wish| {
            let exact = self.locales.iter().find(|locale| *locale == wish);
            exact.or_else(|| self.locales.iter().find(|locale| language(locale) == language(wish)))
        });
        fitting.or(self.locales.first()).map_or("en", String::as_str)
    }
}

fn later(time: Time, seconds: i64) -> Time {
    Time { unix_seconds: time.unix_seconds.saturating_add(seconds), ..time }
}

#[cfg(test)]
mod tests;
