//! Finds the kinds of transaction that no rule of a router meets, so that a bank
//! hears of a new kind when it bakes, and not from a customer whom nobody told.
//!
//! What a rule is, is the router's own affair: the reference router has a file
//! of them, another bank's is a program. So no configuration is read here. The
//! router is asked what the host would ask it: about a kind that it cannot know,
//! which ends in the default, and about each kind there is, in many
//! circumstances. A kind that is decided in all of them just as the unknown one
//! is has no rule.
//!
//! This finds out by trying and proves nothing: a rule for one merchant or
//! one BIN is not come by. It is a warning for that reason, and never refuses a bundle.

use tillbell::bindings::{routing, types};
use tillbell::{State, ask_router};
use tillbell_transaction::Kind;
use wasmtime::Store;
use wasmtime::component::Instance;

/// A kind that no host has, and that a router must bear with: later ones may.
const UNKNOWN: &str = "unknown-to-all";
/// How much one decision may compute: many times what the host's deadline allows.
const FUEL: u64 = 100_000_000;
/// 20 November 2026, 12:03:15 in UTC+8.
const NOON: types::Time = types::Time { unix_seconds: 1_795_147_395, utc_offset_minutes: 480 };
/// From noon to 03:03:15 of the next day, in seconds.
const TO_NIGHT: i64 = 15 * 3_600;

const CURRENCIES: [(&str, u8); 5] = [("CNY", 2), ("USD", 2), ("EUR", 2), ("JPY", 0), ("KWD", 3)];
/// In whole units of the currency; the usual one first.
const AMOUNTS: [i64; 3] = [1_000, 1, 1_000_000];
/// Country and entry mode.
const PLACES: [(&str, &str); 4] =
    [("CN", "chip"), ("US", "ecommerce"), ("KW", "magstripe"), ("", "manual")];

/// The names of all kinds: a router that was baked when there were fewer was not
/// asked about the new ones.
pub(crate) fn names() -> String {
    Kind::ALL.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(" ")
}

/// Asks a configured router, and gives a warning for each kind that no rule
/// meets. A router that breaks is asked no more: what it broke on counts as met.
pub(crate) fn warnings(instance: &Instance, store: &mut Store<State>) -> Vec<String> {
    unmet(|facts, now| {
        store.set_fuel(FUEL).ok()?;
        let decision = ask_router(instance, store, facts, now).ok()?;
        Some(decision.map_or(Answer::Failed, |decision| match decision.outcome {
            routing::Outcome::Suppress => {
                Answer::Suppressed { rule: decision.rule, reason: decision.reason }
            }
            _ => Answer::Told { rule: decision.rule },
        }))
    })
    .into_iter()
    .map(|(kind, reason)| {
        format!("no rule meets kind {:?}: it ends in the default {reason:?}", kind.as_str())
    })
    .collect()
}

/// What a router says of one transaction, as far as it tells rules apart.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Answer {
    Suppressed { rule: String, reason: String },
    Told { rule: String },
    Failed,
}

/// The kinds that are suppressed just as one that nobody knows, with the reason.
/// `route` gives nothing once the router broke.
fn unmet(
    mut route: impl FnMut(types::Facts<'static>, types::Time) -> Option<Answer>,
) -> Vec<(Kind, String)> {
    let mut unmet = Vec::new();
    let mut defaults = Vec::new();
    for circumstances in Circumstances::all() {
        match route(circumstances.facts(UNKNOWN), circumstances.time) {
            Some(answer) => defaults.push((circumstances, answer)),
            None => return unmet,
        }
    }
    // A default that tells somebody leaves nobody in the dark.
    let Some((_, Answer::Suppressed { reason, .. })) = defaults.first() else { return unmet };
    for kind in Kind::ALL {
        let mut is_met = false;
        for (circumstances, default) in &defaults {
            match route(circumstances.facts(kind.as_str()), circumstances.time) {
                Some(answer) => is_met = answer != *default,
                None => return unmet,
            }
            if is_met {
                break;
            }
        }
        if !is_met {
            unmet.push((*kind, reason.clone()));
        }
    }
    unmet
}

/// What rules look at beside the kind.
#[derive(Debug, Clone, Copy)]
struct Circumstances {
    units: i64,
    currency: &'static str,
    exponent: u8,
    country: &'static str,
    entry_mode: &'static str,
    time: types::Time,
}

impl Circumstances {
    /// The usual ones first.
    fn all() -> impl Iterator<Item = Self> {
        let times = [0, TO_NIGHT]
            .map(|later| types::Time { unix_seconds: NOON.unix_seconds + later, ..NOON });
        times.into_iter().flat_map(|time| {
            AMOUNTS.into_iter().flat_map(move |units| {
                PLACES.into_iter().flat_map(move |(country, entry_mode)| {
                    CURRENCIES.into_iter().map(move |(currency, exponent)| Self {
                        units,
                        currency,
                        exponent,
                        country,
                        entry_mode,
                        time,
                    })
                })
            })
        })
    }

    /// An approved transaction of a kind; what comes second is about a purchase.
    fn facts(&self, kind: &'static str) -> types::Facts<'static> {
        let money = |units: i64| types::MoneyParam {
            minor_units: units * 10_i64.pow(self.exponent.into()),
            currency: self.currency,
            exponent: self.exponent,
        };
        let (amount, original) = match Kind::parse(kind) {
            Ok(Kind::Verification) => (0, None),
            Ok(Kind::Adjustment) => (self.units, Some(self.units + 1)),
            Ok(Kind::Reversal | Kind::Void) => (self.units, Some(self.units)),
            _ => (self.units, None),
        };
        let preferences = || types::Preferences {
            locale: None,
            channels: &["sms"],
            threshold: None,
            quiet_hours: None,
            utc_offset_minutes: None,
        };
        types::Facts {
            event: types::EventParam {
                kind,
                original_kind: original.map(|_| Kind::Purchase.as_str()),
                approval: types::Approval::Approved,
                direction: types::Direction::Debit,
                amount: money(amount),
                original_amount: original.map(money),
                billing: None,
                cashback: None,
                category: "5411",
                entry_mode: self.entry_mode,
                time: self.time,
                age_seconds: 0,
            },
            bin: 0,
            brand: "",
            card_token: None,
            merchant_id: "104110548991234",
            terminal_id: "10000001",
            country: self.country,
            cardholder: preferences(),
            merchant: preferences(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(rule: &str) -> Answer {
        Answer::Told { rule: rule.into() }
    }

    fn suppressed(rule: &str, reason: &str) -> Answer {
        Answer::Suppressed { rule: rule.into(), reason: reason.into() }
    }

    fn found(route: impl Fn(&types::Facts<'_>) -> Option<Answer>) -> Vec<(&'static str, String)> {
        let found = unmet(|facts, _| route(&facts));
        found.into_iter().map(|(kind, reason)| (kind.as_str(), reason)).collect()
    }

    #[test]
    fn a_kind_without_a_rule_is_found_with_the_default_s_reason() {
        let found = found(|facts| {
            Some(match facts.event.kind {
                "adjustment" | "verification" | UNKNOWN => suppressed("default", "no-rule"),
                "inquiry" => suppressed("inquiry", "inquiry"),
                _ => told("everyday"),
            })
        });
        assert_eq!(found, [("adjustment", "no-rule".into()), ("verification", "no-rule".into())]);
    }

    /// As in a router that names all its decisions alike.
    #[test]
    fn a_reason_alone_tells_a_rule_from_the_default() {
        let found = found(|facts| {
            Some(match facts.event.kind {
                UNKNOWN | "transfer" => suppressed("bank", "no-message"),
                _ => suppressed("bank", "quiet"),
            })
        });
        assert_eq!(found, [("transfer", "no-message".into())]);
    }

    #[test]
    fn a_rule_that_holds_in_some_circumstances_meets_its_kind() {
        let rules: [fn(&types::Facts<'_>) -> bool; 4] = [
            |facts| {
                facts.event.amount.currency == "KWD" && facts.event.amount.minor_units > 250_000
            },
            |facts| facts.country == "US" && facts.event.entry_mode == "ecommerce",
            |facts| facts.event.time.unix_seconds != NOON.unix_seconds,
            |facts| facts.event.original_kind == Some("purchase"),
        ];
        for (index, rule) in rules.into_iter().enumerate() {
            let found = found(|facts| {
                let is_met = facts.event.kind == "void" && rule(facts);
                Some(if is_met { told("void") } else { suppressed("default", "no-rule") })
            });
            assert!(!found.iter().any(|(kind, _)| *kind == "void"), "rule {index}");
            assert_eq!(found.len(), Kind::ALL.len() - 1);
        }
    }

    #[test]
    fn a_default_that_tells_is_no_gap() {
        assert_eq!(found(|_| Some(told("default"))), []);
        assert_eq!(found(|_| Some(Answer::Failed)), []);
    }

    #[test]
    fn a_router_that_breaks_is_asked_no_more() {
        let default = || Some(suppressed("default", "no-rule"));
        assert_eq!(found(|_| None), []);
        let found = found(|facts| match facts.event.kind {
            "cash-withdrawal" => None,
            _ => default(),
        });
        let kinds: Vec<_> = found.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(kinds, ["purchase", "purchase-with-cashback"]);
    }
}
