//! A view as a template sees it. A value is made when the template asks for
//! it, so that what a template does not use costs nothing.

use std::sync::Arc;

use minijinja::Value;
use minijinja::value::Object;

use crate::interface::tillbell::plugin::types::{
    Approval, Direction, Money as WitMoney, Sender, Time, View,
};
use crate::locale::{self, Locale};
use crate::moment::Moment;
use crate::money::Money;

/// Every name that stands for something, with what may follow a dot.
pub(crate) const NAMES: [&str; 65] = [
    "party",
    "kind",
    "original_kind",
    "approval",
    "direction",
    "category",
    "entry_mode",
    "age_minutes",
    "amount",
    "amount.currency",
    "amount.exponent",
    "amount.minor_units",
    "original_amount",
    "original_amount.currency",
    "original_amount.exponent",
    "original_amount.minor_units",
    "billing",
    "billing.currency",
    "billing.exponent",
    "billing.minor_units",
    "cashback",
    "cashback.currency",
    "cashback.exponent",
    "cashback.minor_units",
    "fee",
    "fee.currency",
    "fee.exponent",
    "fee.minor_units",
    "balance",
    "balance.currency",
    "balance.exponent",
    "balance.minor_units",
    "time",
    "local_time",
    "card",
    "card.last4",
    "card.bin",
    "card.brand",
    "card.brand_name",
    "card.issuer",
    "cardholder_name",
    "cardholder_phone",
    "cardholder_email",
    "cardholder_id_number",
    "cardholder_account",
    "merchant_name",
    "merchant_city",
    "merchant_country",
    "merchant_address",
    "merchant_phone",
    "merchant_id",
    "terminal_id",
    "counterparty",
    "rrn",
    "stan",
    "authorisation_code",
    "signature",
    "hotline",
    "summary",
    "summary.count",
    "summary.since",
    "summary.sum",
    "summary.sum.currency",
    "summary.sum.exponent",
    "summary.sum.minor_units",
];

/// What a macro that is called with a block calls that block.
pub(crate) const CALLER: &str = "caller";

/// The view of one message, as the root of all names.
#[derive(Debug)]
pub(crate) struct Names {
    pub(crate) view: View,
    pub(crate) sender: Arc<Sender>,
    /// None where the plugin knows nothing of it.
    pub(crate) locale: Option<&'static Locale>,
}

impl Object for Names {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        let view = &self.view;
        let event = &view.event;
        let value = match key {
            "signature" => text(&self.sender.signature),
            "hotline" => text(&self.sender.hotline),
            "party" => text(&view.role),
            "kind" => text(&event.kind),
            "original_kind" => optional(&event.original_kind),
            "approval" => Value::from(match event.approval {
                Approval::Approved => "approved",
                Approval::PartiallyApproved => "partially-approved",
                Approval::Declined => "declined",
            }),
            "direction" => Value::from(match event.direction {
                Direction::Debit => "debit",
                Direction::Credit => "credit",
                Direction::None => "none",
            }),
            "category" => text(&event.category),
            "entry_mode" => text(&event.entry_mode),
            "age_minutes" => Value::from(event.age_seconds / 60),
            "billing" => money(&event.billing.as_ref().map(|billing| billing.amount.clone())),
            "cashback" => money(&event.cashback),
            "local_time" => {
                view.local_time.map_or(Value::from(()), |time| Value::from_object(Moment(time)))
            }
            "amount" => Value::from_object(Money(event.amount.clone())),
            "original_amount" => money(&event.original_amount),
            "fee" => money(&view.fee),
            "balance" => money(&view.balance),
            "time" => Value::from_object(Moment(event.time)),
            "card" => Value::from_object(Card(Arc::clone(self))),
            "cardholder_name" => optional(&view.cardholder_name),
            "cardholder_phone" => optional(&view.cardholder_phone),
            "cardholder_email" => optional(&view.cardholder_email),
            "cardholder_id_number" => optional(&view.cardholder_id_number),
            "cardholder_account" => optional(&view.cardholder_account),
            "merchant_name" => optional(&view.merchant_name),
            "merchant_city" => optional(&view.merchant_city),
            "merchant_country" => optional(&view.merchant_country),
            "merchant_address" => optional(&view.merchant_address),
            "merchant_phone" => optional(&view.merchant_phone),
            "merchant_id" => optional(&view.merchant_id),
            "terminal_id" => optional(&view.terminal_id),
            "counterparty" => optional(&view.counterparty),
            "rrn" => optional(&view.rrn),
            "stan" => optional(&view.stan),
            "authorisation_code" => optional(&view.authorisation_code),
            "summary" => Value::from_object(Summary(Arc::clone(self))),
            locale::KEY => Value::from(self.locale?.index()),
            _ => return None,
        };
        Some(value)
    }
}

/// What the host counted of the card's silent debits: `summary.count` and so on.
#[derive(Debug)]
struct Summary(Arc<Names>);

impl Object for Summary {
    fn is_true(self: &Arc<Self>) -> bool {
        true
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        let event = &self.0.view.event;
        match key {
            "count" => Some(Value::from(counter::tally())),
            "sum" => {
                let minor_units = counter::sum();
                let sum = WitMoney { minor_units, ..event.amount.clone() };
                Some(Value::from_object(Money(sum)))
            }
            "since" => {
                let unix_seconds = counter::since();
                Some(Value::from_object(Moment(Time { unix_seconds, ..event.time })))
            }
            _ => None,
        }
    }
}

/// The host's first counter.
#[cfg(all(target_arch = "wasm32", feature = "component"))]
mod counter {
    use crate::interface::tillbell::plugin::counters;

    pub(super) fn tally() -> u32 {
        counters::tally(0)
    }

    pub(super) fn sum() -> i64 {
        counters::sum(0)
    }

    pub(super) fn since() -> i64 {
        counters::since(0)
    }
}

/// Without a host, a sample.
#[cfg(not(all(target_arch = "wasm32", feature = "component")))]
mod counter {
    pub(super) fn tally() -> u32 {
        5
    }

    pub(super) fn sum() -> i64 {
        32_150
    }

    pub(super) fn since() -> i64 {
        1_795_134_665
    }
}

/// The card's names: `card.last4` and so on.
#[derive(Debug)]
struct Card(Arc<Names>);

impl Object for Card {
    fn is_true(self: &Arc<Self>) -> bool {
        true
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        let card = &self.0.view.card;
        match key {
            "last4" => Some(Value::from(format!("{:04}", card.last4))),
            "bin" => Some(card.bin.map_or(Value::from(()), |bin| Value::from(bin.to_string()))),
            "brand" => Some(text(&card.brand)),
            "brand_name" => Some(text(brand_name(&card.brand))),
            "issuer" => Some(text(&card.issuer)),
            _ => None,
        }
    }
}

/// A brand as its owner writes it.
fn brand_name(brand: &str) -> &str {
    match brand {
        "amex" => "Amex",
        "diners" => "Diners Club",
        "discover" => "Discover",
        "jcb" => "JCB",
        "maestro" => "Maestro",
        "mastercard" => "Mastercard",
        "mir" => "Mir",
        "rupay" => "RuPay",
        "unionpay" => "UnionPay",
        "visa" => "Visa",
        _ => brand,
    }
}

fn text(text: &str) -> Value {
    Value::from(text)
}

fn optional(text: &Option<String>) -> Value {
    text.as_deref().map_or(Value::from(()), Value::from)
}

fn money(money: &Option<WitMoney>) -> Value {
    money.clone().map_or(Value::from(()), |money| Value::from_object(Money(money)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file_name::Party;
    use crate::samples;

    #[test]
    fn every_name_stands_for_something() {
        let sender = Sender { locale: "en".into(), signature: "s".into(), hotline: "1".into() };
        let sender = Arc::new(sender);
        let view = samples::everything("reversal", Party::Cardholder, false);
        let root = Value::from_object(Names { view, sender, locale: None });
        for name in NAMES {
            let value = name
                .split('.')
                .try_fold(root.clone(), |value, key| value.get_attr(key))
                .unwrap_or_default();
            assert!(!value.is_undefined() && !value.is_none(), "{name}");
            assert!(value.is_true(), "{name}");
        }
    }
}
