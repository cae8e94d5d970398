use std::collections::BTreeMap;

use crate::condition::{Condition, Language};
use crate::facts::Scope;
use crate::interface::exports::tillbell::plugin::routing::{
    Decision, Delivery, Outcome, RoutingError, RuleFailure,
};
use crate::interface::tillbell::plugin::types::{
    ConfigurationFile, ConfigureError, Configured, Facts, Party, QuietHours, Time,
};
use crate::late::Late;
use crate::summary::{Counter, NoCounter, Summary};
use crate::vocabulary::Kinds;

mod action;
mod read;

pub(crate) use action::Planned;
use action::{Action, Effect, is_after};

/// The most rules. They may need more memory than the host's usual limit has
/// room for; then that is what refuses them.
pub const RULES_MAX: usize = 1_000;
/// The most deliveries of one rule.
pub const DELIVERIES_MAX: usize = 8;
/// The longest condition, in bytes.
pub const CONDITION_BYTES_MAX: usize = 4 * 1024;
/// The largest rule file, in bytes.
pub const FILE_BYTES_MAX: usize = 256 * 1024;
/// The most languages of a bank.
pub const LOCALES_MAX: usize = 32;
/// The most currencies with a threshold, for each party.
pub const THRESHOLDS_MAX: usize = 64;

/// The name by which decisions refer to the default.
const DEFAULT: &str = "default";

/// A bank's rules, ready to decide.
pub struct Rules {
    bank: Bank,
    language: Language,
    rules: Vec<Rule>,
    default: Action,
    summary: Option<Summary>,
    late: Late,
}

/// What holds for all rules.
#[derive(Debug, Default)]
pub(crate) struct Bank {
    /// The languages that the bank writes; the first is its default.
    pub(crate) locales: Vec<String>,
    /// Whether quiet hours are read on the merchant's clock for both parties.
    pub(crate) is_merchant_clock: bool,
    cardholder: Defaults,
    merchant: Defaults,
}

/// What holds for a party that did not say what it wants.
#[derive(Debug, Default)]
pub(crate) struct Defaults {
    pub(crate) quiet_hours: Option<QuietHours>,
    /// In minor units, by currency.
    pub(crate) thresholds: BTreeMap<String, i64>,
}

struct Rule {
    name: String,
    condition: Condition,
    action: Action,
}

/// What comes of one rule.
pub(crate) enum Verdict {
    Decides,
    NothingToDo,
    PassedOver,
    /// Its condition cannot be evaluated, which fails the decision.
    Failed(String),
}

impl Rules {
    /// Reads the one rule file (`.toml`) among the configuration files.
    ///
    /// # Errors
    /// Names file, line and key, and for a condition what CEL has to say.
    pub fn read(files: &[ConfigurationFile]) -> Result<(Self, Vec<Configured>), ConfigureError> {
        read::read(files)
    }

    /// Decides about one transaction: the first rule whose condition holds and
    /// that has something to do, or the default.
    ///
    /// # Errors
    /// Names a rule whose condition cannot be evaluated over these facts.
    pub fn route(&self, facts: &Facts, now: Time) -> Result<Decision, RoutingError> {
        self.route_with(facts, now, &mut NoCounter)
    }

    /// The same with the card's counter, for `[summary]`; without such a table it
    /// is not asked.
    ///
    /// # Errors
    /// As [`Rules::route`].
    pub fn route_with(
        &self,
        facts: &Facts,
        now: Time,
        counter: &mut dyn Counter,
    ) -> Result<Decision, RoutingError> {
        let scope = self.scope(facts, now);
        let mut decision = self.decide(&scope)?;
        if self.late.is_untold(&decision, &scope) {
            return Ok(Late::untold());
        }
        self.late.date(&mut decision, &scope);
        Ok(match &self.summary {
            Some(summary) => summary.complete(decision, &scope, counter),
            None => decision,
        })
    }

    /// What conditions are evaluated over.
    pub(crate) fn scope<'a>(&'a self, facts: &'a Facts, now: Time) -> Scope<'a> {
        Scope { facts, now, bank: &self.bank, lists: self.language.lists() }
    }

    pub(crate) fn language(&self) -> &Language {
        &self.language
    }

    /// What the rule at this place, or the default behind the last, plans and does not tell.
    pub(crate) fn left_out(&self, index: usize, scope: &Scope<'_>) -> Vec<String> {
        let action = self.rules.get(index).map_or(&self.default, |rule| &rule.action);
        action.left_out(scope)
    }

    /// What comes of each rule, and of the default behind them, if none before it decides.
    pub(crate) fn verdicts(&self, scope: &Scope<'_>) -> Vec<Verdict> {
        let context = self.language.context(scope);
        let kind = Kinds::of(&scope.facts.event.kind);
        let since = scope.facts.event.time;
        let verdict = |rule: &Rule| {
            if !rule.condition.kinds.meets(kind) {
                return Verdict::PassedOver;
            }
            match rule.condition.holds(&context, scope) {
                Err(detail) => Verdict::Failed(detail),
                Ok(false) => Verdict::PassedOver,
                Ok(true) => match rule.action.decide(&rule.name, scope, since) {
                    Some(_) => Verdict::Decides,
                    None => Verdict::NothingToDo,
                },
            }
        };
        self.rules.iter().map(verdict).chain([Verdict::Decides]).collect()
    }

    fn decide(&self, scope: &Scope<'_>) -> Result<Decision, RoutingError> {
        let facts = scope.facts;
        let context = self.language.context(scope);
        let kind = Kinds::of(&facts.event.kind);
        let mut since = facts.event.time;
        for rule in self.rules.iter().filter(|rule| rule.condition.kinds.meets(kind)) {
            let holds = rule.condition.holds(&context, scope).map_err(|detail| {
                RoutingError::RuleFailed(RuleFailure { rule: rule.name.clone(), detail })
            })?;
            if !holds {
                continue;
            }
            if let Some(decision) = rule.action.decide(&rule.name, scope, since) {
                return Ok(decision);
            }
            let deferred = rule.action.effect.deferred_until(scope);
            since = deferred.filter(|until| is_after(until, since)).unwrap_or(since);
        }
        self.default.decide(DEFAULT, scope, since).ok_or_else(|| {
            let detail = "decides nothing".into();
            RoutingError::RuleFailed(RuleFailure { rule: DEFAULT.into(), detail })
        })
    }
}

impl Bank {
    pub(crate) fn of(&self, party: Party) -> &Defaults {
        match party {
            Party::Cardholder => &self.cardholder,
            Party::Merchant => &self.merchant,
        }
    }

    /// The bank's language that serves a wish best: the same, the same but for
    /// the region, or the bank's first.
    fn locale_for(&self, wish: Option<&str>) -> &str {
        let language = |locale: &str| locale.split('-').next().unwrap_or_default().to_owned();
        let same = |one: &str, other: &str| one.eq_ignore_ascii_case(other);
        let fitting = wish.and_then(|wish| {
            let wished = language(wish);
            let exact = self.locales.iter().find(|locale| same(locale, wish));
            exact.or_else(|| self.locales.iter().find(|locale| same(&language(locale), &wished)))
        });
        fitting.or(self.locales.first()).map_or("en", String::as_str)
    }
}

#[cfg(test)]
mod tests;
