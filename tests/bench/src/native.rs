//! The plugins' logic linked into the program.

use tillbell_bench_wire::{Message, Verdict};
use tillbell_tests::native::{Answer, Bank, Outcome};
use tillbell_transaction::{Party, Transaction};

use crate::bank;
use crate::contender::{Contender, Shown};

pub(crate) struct Native(Bank);

impl Native {
    pub(crate) fn start() -> Self {
        Self(Bank::open(&bank::open(&tillbell_tests::bank("harbour"))))
    }
}

impl Contender for Native {
    fn shown(&mut self, transaction: &Transaction, party: &str) -> Option<Shown> {
        let party = if party == "merchant" { Party::Merchant } else { Party::Cardholder };
        Some(self.0.shown(transaction, party))
    }

    fn answer(&mut self, transaction: &Transaction) -> Verdict {
        let Answer { decision, texts } = self.0.answer(transaction);
        let (name, deliveries) = match decision.outcome {
            Outcome::Notify(deliveries) => ("notified", deliveries),
            Outcome::Suppress => ("suppressed", Vec::new()),
            Outcome::Defer(_) => ("deferred", Vec::new()),
        };
        let messages = deliveries.into_iter().zip(texts).map(|(delivery, text)| Message {
            party: delivery.role,
            channel: delivery.channel,
            template: delivery.template,
            locale: delivery.locale,
            priority: delivery.priority,
            not_before: delivery.not_before.map(|time| time.unix_seconds),
            expires_at: delivery.expires_at.map(|time| time.unix_seconds),
            text,
        });
        Verdict {
            decision: name.into(),
            reason: decision.reason,
            rule: decision.rule,
            messages: messages.collect(),
        }
    }
}
