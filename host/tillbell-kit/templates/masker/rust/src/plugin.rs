//! What a party may read of a transaction. What is not shown here stays in the host: names,
//! telephones, numbers of accounts and identities.

use crate::bindings::tillbell::plugin::types::{Configured, Party, Sensitive, ShownCard, View};
use crate::host::{Level, log};

/// What there is, for `tillbell inspect` and `tillbell test --coverage`.
pub fn profiles() -> Vec<Configured> {
    let profile = |name: &str| Configured {
        sort: "profile".into(),
        name: name.into(),
        file: "src/plugin.rs".into(),
        line: 0,
        samples: Vec::new(),
    };
    vec![profile("cardholder"), profile("merchant")]
}

/// The view of one party.
pub fn mask(party: Party, sensitive: Sensitive) -> View {
    let Sensitive { event, fee, card, merchant, rrn, stan, .. } = sensitive;
    if merchant.name.is_empty() {
        log(Level::Info, "a transaction without a merchant's name");
    }
    View {
        party,
        event,
        // Who paid is no business of the merchant's, nor what it cost.
        fee: fee.filter(|_| party == Party::Cardholder),
        balance: None,
        card: ShownCard { bin: None, last4: card.last4, brand: card.brand, issuer: card.issuer },
        cardholder_name: None,
        cardholder_phone: None,
        cardholder_email: None,
        cardholder_id_number: None,
        cardholder_account: None,
        merchant_name: shown(merchant.name),
        merchant_city: shown(merchant.city),
        merchant_country: shown(merchant.country),
        merchant_address: None,
        merchant_phone: None,
        merchant_id: None,
        terminal_id: None,
        counterparty: None,
        rrn: shown(rrn),
        stan: shown(stan),
        authorisation_code: None,
    }
}

/// An empty text is one that the source did not say.
fn shown(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bindings::tillbell::plugin::types::{
        Approval, Card, Establishment, Event, Money, Person, Time,
    };
    use crate::host::logged;

    fn sensitive(shop: &str) -> Sensitive {
        let amount = Money { minor_units: 12_850, currency: "CNY".into(), exponent: 2 };
        Sensitive {
            event: Event {
                kind: "purchase".into(),
                original_kind: None,
                approval: Approval::Approved,
                amount: amount.clone(),
                original_amount: None,
                time: Time { unix_seconds: 1_795_163_400, utc_offset_minutes: 180 },
            },
            fee: Some(amount),
            balance: None,
            card: Card { bin: 424_242, last4: 42, brand: "visa".into(), issuer: String::new() },
            cardholder: Person {
                name: Some("A. Person".into()),
                phone: None,
                email: None,
                id_number: None,
                account: None,
            },
            merchant: Establishment {
                name: shop.into(),
                city: String::new(),
                country: "CN".into(),
                address: None,
                phone: None,
                merchant_id: String::new(),
                terminal_id: String::new(),
            },
            counterparty: None,
            rrn: String::new(),
            stan: "000112".into(),
            authorisation_code: String::new(),
        }
    }

    #[test]
    fn a_merchant_sees_nothing_of_who_paid() {
        let view = mask(Party::Merchant, sensitive("Coffee Lab"));
        assert_eq!((view.party, view.card.last4), (Party::Merchant, 42));
        assert!(view.fee.is_none() && view.cardholder_name.is_none() && view.rrn.is_none());
        let view = mask(Party::Cardholder, sensitive("Coffee Lab"));
        assert!(view.fee.is_some() && view.merchant_name.is_some());
        assert!(view.cardholder_name.is_none());
    }

    #[test]
    fn what_is_odd_is_logged() {
        assert_eq!(mask(Party::Cardholder, sensitive("")).merchant_name, None);
        assert_eq!(logged(), ["info: a transaction without a merchant's name"]);
    }
}
