//! Who is told of a transaction, on what channel, in which words, or why nobody is.

use crate::bindings::exports::tillbell::plugin::routing::{Decision, Delivery, Facts, Outcome};
use crate::bindings::tillbell::plugin::types::{Approval, Configured, Time};
use crate::host::{Level, log};

const RULES: [&str; 5] = ["declined", "debit", "reversal", "untold", "default"];
const DEBITS: [&str; 6] =
    ["purchase", "purchase-with-cashback", "cash-withdrawal", "payment", "transfer", "completion"];
const OTHERS: [&str; 8] = [
    "refund",
    "void",
    "pre-authorisation",
    "deposit",
    "reversal",
    "inquiry",
    "adjustment",
    "verification",
];

/// What there is, for `tillbell inspect` and `tillbell test --coverage`.
pub fn rules() -> Vec<Configured> {
    let rule = |name: &str| Configured {
        sort: "rule".into(),
        name: name.into(),
        file: "src/plugin.rs".into(),
        line: 0,
        samples: Vec::new(),
    };
    RULES.map(rule).into()
}

/// Decides. `now` is the clock, and there is no other. A later host may have kinds that are not
/// known here.
pub fn route(facts: &Facts, _now: Time) -> Decision {
    let event = &facts.event;
    let kind = event.kind.as_str();
    if event.approval == Approval::Declined {
        return nobody("declined", "declined");
    }
    if DEBITS.contains(&kind) {
        return tell(facts, "debit");
    }
    let original = event.original_kind.as_deref().unwrap_or_default();
    if matches!(kind, "reversal" | "void") && DEBITS.contains(&original) {
        return tell(facts, "reversal");
    }
    if OTHERS.contains(&kind) {
        return nobody("untold", "untold");
    }
    log(Level::Warn, "a kind of transaction that is not known here");
    nobody("default", "no-rule")
}

fn nobody(rule: &str, reason: &str) -> Decision {
    Decision { outcome: Outcome::Suppress, reason: reason.into(), rule: rule.into() }
}

/// The cardholder by SMS, with the template of the rule's name.
fn tell(facts: &Facts, rule: &str) -> Decision {
    let locale = facts.cardholder.locale.as_deref().unwrap_or_default();
    let delivery = Delivery {
        role: "cardholder".into(),
        channel: "sms".into(),
        template: rule.into(),
        locale: if locale.starts_with("zh") { "zh-CN" } else { "en" }.into(),
        priority: 80,
        not_before: None,
        expires_at: None,
    };
    Decision { outcome: Outcome::Notify(vec![delivery]), reason: rule.into(), rule: rule.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bindings::tillbell::plugin::types::{Direction, Event, Money, Preferences};
    use crate::host::logged;

    const NOON: Time = Time { unix_seconds: 1_795_163_400, utc_offset_minutes: 180 };

    fn facts(kind: &str, locale: &str) -> Facts {
        let preferences = Preferences {
            locale: Some(locale.into()),
            channels: vec!["sms".into()],
            threshold: None,
            quiet_hours: None,
            utc_offset_minutes: None,
        };
        Facts {
            event: Event {
                kind: kind.into(),
                original_kind: None,
                approval: Approval::Approved,
                direction: Direction::Debit,
                amount: Money { minor_units: 12_850, currency: "CNY".into(), exponent: 2 },
                original_amount: None,
                billing: None,
                cashback: None,
                category: "5814".into(),
                entry_mode: "chip".into(),
                time: NOON,
                age_seconds: 0,
            },
            bin: 424_242,
            brand: "visa".into(),
            card_token: None,
            merchant_id: String::new(),
            terminal_id: String::new(),
            country: String::new(),
            cardholder: preferences.clone(),
            merchant: preferences,
        }
    }

    fn told_in(locale: &str) -> String {
        match route(&facts("purchase", locale), NOON).outcome {
            Outcome::Notify(deliveries) => {
                format!("{} in {}", deliveries[0].role, deliveries[0].locale)
            }
            _ => "nobody".into(),
        }
    }

    #[test]
    fn a_debit_is_told_in_the_language_of_the_cardholder() {
        assert_eq!(told_in("zh-TW"), "cardholder in zh-CN");
        assert_eq!(told_in("fr"), "cardholder in en");
        assert_eq!(route(&facts("refund", "en"), NOON).rule, "untold");
    }

    #[test]
    fn what_is_not_known_is_logged() {
        assert_eq!(route(&facts("rebate", "en"), NOON).reason, "no-rule");
        assert_eq!(logged(), ["warn: a kind of transaction that is not known here"]);
    }
}
