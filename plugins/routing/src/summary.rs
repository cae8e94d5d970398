//! Debits that were silent one by one, told of together.

use std::collections::BTreeMap;

use crate::facts::Scope;
use crate::interface::exports::tillbell::plugin::routing::{Decision, Outcome};
use crate::rules::Planned;
use crate::vocabulary::{self, Party};

/// The reason, and the rule's name, of a decision that is a summary and nothing
/// else.
const SUMMARY: &str = "summary";

/// The card's counter, as the host keeps it.
pub trait Counter {
    /// Counts this transaction; whether there is a counter for it.
    fn count(&mut self) -> bool;
    /// How many transactions it holds.
    fn tally(&mut self) -> u32;
    /// The sum of their amounts, in minor units.
    fn sum(&mut self) -> i64;
    /// Empties it after this transaction.
    fn clear(&mut self);
}

/// No counter: nothing is remembered.
#[derive(Debug, Clone, Copy)]
pub struct NoCounter;

impl Counter for NoCounter {
    fn count(&mut self) -> bool {
        false
    }

    fn tally(&mut self) -> u32 {
        0
    }

    fn sum(&mut self) -> i64 {
        0
    }

    fn clear(&mut self) {}
}

/// When silent debits are told of, and how: `[summary]`.
pub(crate) struct Summary {
    /// After so many; none for any number.
    pub(crate) count: Option<u32>,
    /// From so much on, in minor units by currency.
    pub(crate) sums: BTreeMap<String, i64>,
    pub(crate) delivery: Planned,
}

impl Summary {
    /// Counts a debit that the cardholder is not told of, and tells of all that
    /// were counted once they are enough. A message of a debit begins anew: the
    /// cardholder has looked at the card.
    pub(crate) fn complete(
        &self,
        decision: Decision,
        scope: &Scope<'_>,
        counter: &mut dyn Counter,
    ) -> Decision {
        let is_told = match &decision.outcome {
            Outcome::Notify(deliveries) => deliveries
                .iter()
                .any(|delivery| delivery.role == vocabulary::party(Party::Cardholder)),
            Outcome::Suppress => false,
            Outcome::Defer(_) => return decision,
        };
        if is_told {
            if scope.is_debit() && counter.tally() > 0 {
                counter.clear();
            }
            return decision;
        }
        if !scope.is_below_threshold(Party::Cardholder) || !counter.count() {
            return decision;
        }
        let enough = self.count.is_some_and(|count| counter.tally() >= count)
            || self
                .sums
                .get(&scope.facts.event.amount.currency)
                .is_some_and(|sum| counter.sum() >= *sum);
        let Some(delivery) = enough.then(|| self.delivery.delivery(scope, scope.now)).flatten()
        else {
            return decision;
        };
        counter.clear();
        match decision.outcome {
            Outcome::Notify(mut deliveries) => {
                deliveries.push(delivery);
                Decision { outcome: Outcome::Notify(deliveries), ..decision }
            }
            _ => Decision {
                outcome: Outcome::Notify(vec![delivery]),
                reason: SUMMARY.into(),
                rule: SUMMARY.into(),
            },
        }
    }
}
