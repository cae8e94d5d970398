//! What plugins are told: a [`Transaction`] as the three records of the
//! interface. This is the edge behind which no full card number exists.

use tillbell_transaction::{
    Approval, Cardholder, Merchant, Money, Party, Preferences, Timestamp, Transaction,
};

use crate::bindings::types;

/// What the router may know.
pub fn facts(transaction: &Transaction) -> types::Facts {
    let Cardholder { preferences, phone, email, .. } = &transaction.cardholder;
    let merchant = &transaction.merchant;
    types::Facts {
        event: event(transaction),
        bin: transaction.card.bin.number(),
        brand: transaction.card.brand.clone(),
        card_token: transaction.card.token.clone(),
        merchant_id: merchant.id.clone(),
        terminal_id: merchant.terminal.clone(),
        category: merchant.category.clone(),
        country: merchant.country.clone(),
        entry_mode: transaction.entry_mode.as_str().into(),
        cardholder: wishes(preferences, phone.is_some(), email.is_some()),
        merchant: wishes(&merchant.preferences, merchant.phone.is_some(), merchant.email.is_some()),
    }
}

/// What the masker may know.
pub fn sensitive(transaction: &Transaction) -> types::Sensitive {
    let card = &transaction.card;
    let cardholder = &transaction.cardholder;
    types::Sensitive {
        event: event(transaction),
        fee: transaction.fee.map(money),
        balance: transaction.balance.map(money),
        card: types::Card {
            bin: card.bin.number(),
            last4: card.last4.number(),
            brand: card.brand.clone(),
            issuer: card.issuer.clone(),
        },
        cardholder: types::Person {
            name: cardholder.name.clone(),
            phone: cardholder.phone.clone(),
            email: cardholder.email.clone(),
            id_number: cardholder.id_number.clone(),
            account: cardholder.account.clone(),
        },
        merchant: establishment(&transaction.merchant),
        counterparty: transaction.counterparty.clone(),
        rrn: transaction.rrn.clone(),
        stan: transaction.stan.clone(),
        authorisation_code: transaction.authorisation_code.clone(),
    }
}

/// The host's own view, for when the masker failed: what happened, the last
/// four digits, and nothing of a person.
pub(crate) fn minimal_view(transaction: &Transaction, party: Party) -> types::View {
    types::View {
        party: self::party(party),
        event: event(transaction),
        fee: None,
        balance: None,
        card: types::ShownCard {
            bin: None,
            last4: transaction.card.last4.number(),
            brand: String::new(),
            issuer: String::new(),
        },
        cardholder_name: None,
        cardholder_phone: None,
        cardholder_email: None,
        cardholder_id_number: None,
        cardholder_account: None,
        merchant_name: None,
        merchant_city: None,
        merchant_country: None,
        merchant_address: None,
        merchant_phone: None,
        merchant_id: None,
        terminal_id: None,
        counterparty: None,
        rrn: None,
        stan: None,
        authorisation_code: None,
    }
}

/// An instant.
pub fn time(time: Timestamp) -> types::Time {
    types::Time { unix_seconds: time.unix_seconds(), utc_offset_minutes: time.utc_offset_minutes() }
}

pub(crate) fn party(party: Party) -> types::Party {
    match party {
        Party::Cardholder => types::Party::Cardholder,
        Party::Merchant => types::Party::Merchant,
    }
}

fn event(transaction: &Transaction) -> types::Event {
    types::Event {
        kind: transaction.kind.as_str().into(),
        original_kind: transaction.original_kind.map(|kind| kind.as_str().into()),
        approval: match transaction.approval {
            Approval::Approved => types::Approval::Approved,
            Approval::PartiallyApproved => types::Approval::PartiallyApproved,
            Approval::Declined => types::Approval::Declined,
        },
        amount: money(transaction.amount),
        original_amount: transaction.original_amount.map(money),
        time: time(transaction.time),
    }
}

fn money(money: Money) -> types::Money {
    types::Money {
        minor_units: money.minor_units(),
        currency: money.currency().into(),
        exponent: money.exponent(),
    }
}

fn wishes(preferences: &Preferences, phone: bool, email: bool) -> types::Preferences {
    let channels = [(phone, "sms"), (email, "email")]
        .into_iter()
        .filter(|(has, _)| *has)
        .map(|(_, name)| name.into());
    types::Preferences {
        locale: preferences.locale.clone(),
        channels: channels.collect(),
        threshold: preferences.threshold.map(money),
        quiet_hours: preferences.quiet_hours.map(|hours| types::QuietHours {
            start_minute: hours.start_minute,
            end_minute: hours.end_minute,
        }),
        utc_offset_minutes: preferences.utc_offset_minutes,
    }
}

fn establishment(merchant: &Merchant) -> types::Establishment {
    types::Establishment {
        name: merchant.name.clone(),
        city: merchant.city.clone(),
        country: merchant.country.clone(),
        address: merchant.address.clone(),
        phone: merchant.phone.clone(),
        merchant_id: merchant.id.clone(),
        terminal_id: merchant.terminal.clone(),
    }
}
