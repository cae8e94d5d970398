//! What a party may read of a transaction. What is not shown here stays in the host: names,
//! telephones, numbers of accounts and identities.

use crate::bindings::exports::tillbell::plugin::privacy::{Request, ViewError};
use crate::bindings::tillbell::plugin::types::{Configured, Sensitive, ShownCard, View};
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

/// All views of a decision, in the order in which they are asked for.
pub fn mask(sensitive: &Sensitive, requests: Vec<Request>) -> Vec<Result<View, ViewError>> {
    if sensitive.merchant.name.is_empty() {
        log(Level::Info, "a transaction without a merchant's name");
    }
    requests.into_iter().map(|request| view(request.role, sensitive.clone())).collect()
}

fn view(role: String, sensitive: Sensitive) -> Result<View, ViewError> {
    let Sensitive { mut event, mut fee, mut cardholder_time, card, merchant, rrn, stan, .. } =
        sensitive;
    match role.as_str() {
        "cardholder" => {}
        // Who paid is no business of the merchant's, nor what it cost them, nor where they are.
        "merchant" => {
            event.billing = None;
            fee = None;
            cardholder_time = None;
        }
        _ => return Err(ViewError::UnknownRole),
    }
    Ok(View {
        role,
        event,
        fee,
        balance: None,
        local_time: cardholder_time,
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
    })
}

/// An empty text is one that the source did not say.
fn shown(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bindings::tillbell::plugin::types::{
        Approval, Billing, Card, Direction, Establishment, Event, Money, Person, Time,
    };
    use crate::host::logged;

    fn sensitive(shop: &str) -> Sensitive {
        let amount = Money { minor_units: 12_850, currency: "CNY".into(), exponent: 2 };
        Sensitive {
            event: Event {
                kind: "purchase".into(),
                original_kind: None,
                approval: Approval::Approved,
                direction: Direction::Debit,
                amount: amount.clone(),
                original_amount: None,
                billing: Some(Billing { amount: amount.clone(), rate: None }),
                cashback: None,
                category: "5814".into(),
                entry_mode: "chip".into(),
                time: Time { unix_seconds: 1_795_163_400, utc_offset_minutes: 180 },
                age_seconds: 0,
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
            cardholder_time: Some(Time { unix_seconds: 1_795_163_400, utc_offset_minutes: 480 }),
            counterparty: None,
            rrn: String::new(),
            stan: "000112".into(),
            authorisation_code: String::new(),
        }
    }

    fn views<const COUNT: usize>(
        shop: &str,
        roles: [&str; COUNT],
    ) -> [Result<View, ViewError>; COUNT] {
        let requests = roles.map(|role| Request { role: role.into() }).into();
        mask(&sensitive(shop), requests).try_into().unwrap()
    }

    #[test]
    fn a_merchant_sees_nothing_of_who_paid() {
        let [merchant, cardholder] = views("Coffee Lab", ["merchant", "cardholder"]);
        let view = merchant.unwrap();
        assert_eq!((view.role.as_str(), view.card.last4), ("merchant", 42));
        assert!(view.fee.is_none() && view.cardholder_name.is_none() && view.rrn.is_none());
        assert!(view.event.billing.is_none() && view.local_time.is_none());
        let view = cardholder.unwrap();
        assert_eq!(view.role, "cardholder");
        assert!(view.fee.is_some() && view.merchant_name.is_some());
        assert!(view.event.billing.is_some() && view.local_time.is_some());
        assert!(view.cardholder_name.is_none());
    }

    #[test]
    fn what_is_odd_is_logged() {
        let [view] = views("", ["cardholder"]);
        assert_eq!(view.unwrap().merchant_name, None);
        assert_eq!(logged(), ["info: a transaction without a merchant's name"]);
    }

    #[test]
    fn a_role_that_is_not_known_here_has_no_view() {
        let [unknown, known] = views("Coffee Lab", ["auditor", "merchant"]);
        assert!(matches!(unknown, Err(ViewError::UnknownRole)) && known.is_ok());
    }
}
