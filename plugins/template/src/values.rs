//! A view as a template sees it. A value is made when the template asks for
//! it, so that what a template does not use costs nothing.

use std::sync::Arc;

use minijinja::Value;
use minijinja::value::Object;

use crate::interface::tillbell::plugin::types::{Approval, Money as WitMoney, Party, Sender, View};
use crate::moment::Moment;
use crate::money::Money;

/// The names that templates may use.
#[derive(Debug)]
pub(crate) struct Names {
    pub(crate) view: View,
    pub(crate) sender: Arc<Sender>,
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
            "party" => Value::from(party_name(view.party)),
            "kind" => text(&event.kind),
            "original_kind" => optional(&event.original_kind),
            "approval" => Value::from(match event.approval {
                Approval::Approved => "approved",
                Approval::PartiallyApproved => "partially-approved",
                Approval::Declined => "declined",
            }),
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
            _ => return None,
        };
        Some(value)
    }
}

/// The card's names: `card.last4` and so on.
#[derive(Debug)]
struct Card(Arc<Names>);

impl Object for Card {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let card = &self.0.view.card;
        match key.as_str()? {
            "last4" => Some(Value::from(format!("{:04}", card.last4))),
            "bin" => Some(card.bin.map_or(Value::from(()), |bin| Value::from(bin.to_string()))),
            "brand" => Some(text(&card.brand)),
            "issuer" => Some(text(&card.issuer)),
            _ => None,
        }
    }
}

pub(crate) fn party_name(party: Party) -> &'static str {
    match party {
        Party::Cardholder => "cardholder",
        Party::Merchant => "merchant",
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
