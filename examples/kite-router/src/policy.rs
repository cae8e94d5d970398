use crate::interface::exports::tillbell::plugin::routing::{Decision, Delivery, Outcome};
use crate::interface::tillbell::plugin::types::{Approval, Facts, Money, Time};

/// The kinds that the bank has a template for, each of the same name.
const TEMPLATES: [&str; 13] = [
    "purchase",
    "purchase-with-cashback",
    "cash-withdrawal",
    "refund",
    "void",
    "pre-authorisation",
    "completion",
    "deposit",
    "payment",
    "transfer",
    "reversal",
    "adjustment",
    "verification",
];

/// What Kite Bank set in its `router.conf`.
#[derive(Debug)]
pub struct Policy {
    /// The merchant is told from this many cents on.
    pub(crate) merchant_from_usd: i64,
    /// The merchant is told from this many yen on.
    pub(crate) merchant_from_jpy: i64,
    /// A card read otherwise is told to the merchant whatever the amount.
    pub(crate) usual_entry_modes: Vec<String>,
    pub(crate) expires_after_hours: i64,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            merchant_from_usd: 50_000,
            merchant_from_jpy: 75_000,
            usual_entry_modes: ["chip", "contactless", "qr"].map(String::from).into(),
            expires_after_hours: 24,
        }
    }
}

impl Policy {
    /// Decides about one transaction.
    pub fn route(&self, facts: &Facts, now: Time) -> Decision {
        let event = &facts.event;
        let kind = event.kind.as_str();
        let template = match event.approval {
            Approval::Declined => return suppressed("declined"),
            Approval::PartiallyApproved => "partial-approval",
            Approval::Approved if TEMPLATES.contains(&kind) => kind,
            Approval::Approved if kind == "inquiry" => return suppressed("inquiry"),
            // Of hosts later than this router.
            Approval::Approved => return suppressed("no-message-for-this-kind"),
        };
        let expires_at = Time {
            unix_seconds: now.unix_seconds.saturating_add(self.expires_after_hours * 3_600),
            ..now
        };
        let delivery = |role: &str, priority| Delivery {
            role: role.into(),
            channel: "sms".into(),
            template: template.into(),
            locale: "en".into(),
            priority,
            not_before: None,
            expires_at: Some(expires_at),
        };
        let mut deliveries = vec![delivery("cardholder", 80)];
        let is_reachable = facts.merchant.channels.iter().any(|channel| channel == "sms");
        let merchant_reason = self.merchant_reason(facts).filter(|_| is_reachable);
        if merchant_reason.is_some() {
            deliveries.push(delivery("merchant", 50));
        }
        Decision {
            outcome: Outcome::Notify(deliveries),
            reason: merchant_reason.unwrap_or("cardholder-only").into(),
            rule: "kite".into(),
        }
    }

    /// Why the merchant is told, if it is.
    fn merchant_reason(&self, facts: &Facts) -> Option<&'static str> {
        let event = &facts.event;
        match (event.kind.as_str(), event.original_kind.as_deref()) {
            // No money moved: a matter of the cardholder alone.
            ("verification", _) => return None,
            ("adjustment", _) => return Some("adjustment"),
            // The host never saw what is taken back: it may have debited nothing.
            ("reversal" | "void", None) => return Some("cancelled"),
            // Money leaves the card again.
            ("reversal" | "void", Some("refund" | "deposit")) => return Some("refund-undone"),
            ("reversal" | "void", Some("pre-authorisation")) => return Some("hold-released"),
            ("reversal" | "void", Some(_)) => return Some("money-back"),
            _ => {}
        }
        if self.is_high(&event.amount) {
            return Some("high-amount");
        }
        let is_usual = self.usual_entry_modes.contains(&event.entry_mode);
        (!is_usual).then_some("unusual-entry-mode")
    }

    /// Amounts in other currencies than the bank's own two are high.
    fn is_high(&self, amount: &Money) -> bool {
        match (amount.currency.as_str(), amount.exponent) {
            ("USD", 2) => amount.minor_units >= self.merchant_from_usd,
            ("JPY", 0) => amount.minor_units >= self.merchant_from_jpy,
            _ => true,
        }
    }
}

fn suppressed(reason: &str) -> Decision {
    Decision { outcome: Outcome::Suppress, reason: reason.into(), rule: "kite".into() }
}

#[cfg(test)]
mod tests;
