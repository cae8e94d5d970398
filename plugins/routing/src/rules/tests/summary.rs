//! Small debits add up.

use super::*;
use crate::summary::Counter;

const SUMMARY: &str = "\n[summary]\ncount = 4\nsum.CNY = \"250.00\"\ntemplate = \"small-debits\"\npriority = 40\n\n[default]";

/// A card's counter, as the host would keep it.
#[derive(Default)]
struct Card {
    count: u32,
    sum: i64,
    amount: i64,
    is_cleared: bool,
    calls: u32,
}

impl Counter for Card {
    fn count(&mut self) -> bool {
        self.calls += 1;
        self.count += 1;
        self.sum += self.amount;
        true
    }

    fn tally(&mut self) -> u32 {
        self.calls += 1;
        self.count
    }

    fn sum(&mut self) -> i64 {
        self.calls += 1;
        self.sum
    }

    fn clear(&mut self) {
        self.calls += 1;
        self.is_cleared = true;
    }
}

impl Card {
    fn pays(&mut self, rules: &Rules, facts: &Facts) -> (String, Vec<(String, String)>) {
        self.amount = facts.event.amount.minor_units;
        let decision = rules.route_with(facts, NOW, self).unwrap();
        if std::mem::take(&mut self.is_cleared) {
            (self.count, self.sum) = (0, 0);
        }
        let deliveries = match decision.outcome {
            Outcome::Notify(deliveries) => deliveries,
            _ => Vec::new(),
        };
        let told = deliveries.into_iter().map(|delivery| (delivery.role, delivery.template));
        (decision.reason, told.collect())
    }
}

fn rules(text: &str) -> Rules {
    read(text).map_err(|error| format!("{error:?}")).unwrap().0
}

#[test]
fn silent_debits_are_told_of_together() {
    let rules = rules(&RULES.replacen("\n[default]", SUMMARY, 1));
    let mut card = Card::default();
    let summary = ("summary".to_owned(), vec![("cardholder".into(), "small-debits".to_owned())]);
    let silent = ("below-threshold".to_owned(), Vec::new());
    // By their number.
    for _ in 0..3 {
        assert_eq!(card.pays(&rules, &facts("purchase", 1_000)), silent);
    }
    assert_eq!(card.pays(&rules, &facts("purchase", 1_000)), summary);
    // And from the beginning, by their sum.
    for _ in 0..2 {
        assert_eq!(card.pays(&rules, &facts("purchase", 9_000)), silent);
    }
    assert_eq!(card.pays(&rules, &facts("purchase", 9_000)), summary);
    // A message of a debit begins anew.
    assert_eq!(card.pays(&rules, &facts("purchase", 9_000)), silent);
    let (reason, told) = card.pays(&rules, &facts("purchase", 20_000));
    assert_eq!((reason.as_str(), told.len()), ("debit", 1));
    assert_eq!((card.count, card.sum), (0, 0));
    // What is no debit, or is silent for another reason, does not count.
    let mut declined = facts("purchase", 1_000);
    declined.event.approval = Approval::Declined;
    card.pays(&rules, &declined);
    card.pays(&rules, &facts("refund", 1_000));
    assert_eq!(card.count, 0);
}

#[test]
fn without_a_table_the_counter_is_not_asked() {
    let rules = rules(RULES);
    let mut card = Card::default();
    for _ in 0..10 {
        card.pays(&rules, &facts("purchase", 1_000));
        card.pays(&rules, &facts("purchase", 20_000));
    }
    assert_eq!(card.calls, 0);
}

#[test]
fn a_card_without_a_counter_is_as_silent_as_before() {
    let rules = rules(&RULES.replacen("\n[default]", SUMMARY, 1));
    for _ in 0..10 {
        let decision = rules.route(&facts("purchase", 1_000), NOW).unwrap();
        assert_eq!(decision.reason, "below-threshold");
    }
}

#[test]
fn a_table_that_is_wrong_is_refused() {
    for (old, new, detail) in [
        ("count = 4\nsum.CNY = \"250.00\"\n", "", "wants count, sum, or both"),
        ("count = 4", "count = 0", "expected 1 or more"),
        ("\"small-debits\"", "\"small debits\"", "expected 1 to 64 letters"),
        ("priority = 40", "priority = 101", "expected 0 to 100"),
        ("priority = 40", "prio = 40", "prio"),
        ("250.00", "250.001", "at most 2 decimals"),
    ] {
        assert!(SUMMARY.contains(old), "{old}");
        let text = RULES.replacen("\n[default]", &SUMMARY.replacen(old, new, 1), 1);
        let diagnostic = refused(&text);
        assert!(diagnostic.detail.contains(detail), "{diagnostic:?}");
    }
}
