//! What plugins are told: a [`Transaction`] as the three records of the
//! interface, borrowed. This is the edge behind which no full card number
//! exists.

use std::borrow::Cow;

use tillbell_transaction::{
    Approval, Cardholder, Money, Party, Preferences, Timestamp, Transaction,
};

use crate::bindings::types;
use crate::guard::{Fact, Shown, clean};

/// What the router may know.
pub fn facts(transaction: &Transaction) -> types::Facts<'_> {
    let Cardholder { preferences, phone, email, .. } = &transaction.cardholder;
    let merchant = &transaction.merchant;
    types::Facts {
        event: types::EventParam { time: time(transaction.counted_time()), ..event(transaction) },
        bin: transaction.card.bin.number(),
        brand: &transaction.card.brand,
        card_token: transaction.card.token.as_deref(),
        merchant_id: &merchant.id,
        terminal_id: &merchant.terminal,
        category: &merchant.category,
        country: &merchant.country,
        entry_mode: transaction.entry_mode.as_str(),
        cardholder: wishes(preferences, phone.is_some(), email.is_some()),
        merchant: wishes(&merchant.preferences, merchant.phone.is_some(), merchant.email.is_some()),
    }
}

/// What strangers wrote of a transaction, as plugins may see it: a name without what
/// works in it, a code without what is none ([`clean`]).
pub struct Cleaned<'a> {
    cardholder: Option<Cow<'a, str>>,
    merchant: Cow<'a, str>,
    city: Cow<'a, str>,
    address: Option<Cow<'a, str>>,
    counterparty: Option<Cow<'a, str>>,
    merchant_id: Cow<'a, str>,
    terminal_id: Cow<'a, str>,
    rrn: Cow<'a, str>,
    stan: Cow<'a, str>,
    authorisation_code: Cow<'a, str>,
}

impl<'a> Cleaned<'a> {
    /// Cleans what a transaction says.
    pub fn of(transaction: &'a Transaction) -> Self {
        let merchant = &transaction.merchant;
        Self {
            cardholder: transaction.cardholder.name.as_deref().map(clean::name),
            merchant: clean::name(&merchant.name),
            city: clean::name(&merchant.city),
            address: merchant.address.as_deref().map(clean::name),
            counterparty: transaction.counterparty.as_deref().map(clean::counterparty),
            merchant_id: clean::code(&merchant.id),
            terminal_id: clean::code(&merchant.terminal),
            rrn: clean::code(&transaction.rrn),
            stan: clean::code(&transaction.stan),
            authorisation_code: clean::code(&transaction.authorisation_code),
        }
    }
}

/// What the masker may know.
pub fn sensitive<'a>(
    transaction: &'a Transaction,
    cleaned: &'a Cleaned<'_>,
) -> types::Sensitive<'a> {
    let card = &transaction.card;
    let cardholder = &transaction.cardholder;
    types::Sensitive {
        event: event(transaction),
        fee: transaction.fee.as_ref().map(money),
        balance: transaction.balance.as_ref().map(money),
        card: types::Card {
            bin: card.bin.number(),
            last4: card.last4.number(),
            brand: &card.brand,
            issuer: &card.issuer,
        },
        cardholder: types::Person {
            name: cleaned.cardholder.as_deref(),
            phone: cardholder.phone.as_deref(),
            email: cardholder.email.as_deref(),
            id_number: cardholder.id_number.as_deref(),
            account: cardholder.account.as_deref(),
        },
        merchant: types::Establishment {
            name: &cleaned.merchant,
            city: &cleaned.city,
            country: &transaction.merchant.country,
            address: cleaned.address.as_deref(),
            phone: transaction.merchant.phone.as_deref(),
            merchant_id: &cleaned.merchant_id,
            terminal_id: &cleaned.terminal_id,
        },
        counterparty: cleaned.counterparty.as_deref(),
        rrn: &cleaned.rrn,
        stan: &cleaned.stan,
        authorisation_code: &cleaned.authorisation_code,
    }
}

/// What the renderer may know: a view, borrowed.
pub fn shown(view: &types::ViewResult) -> types::ViewParam<'_> {
    let event = &view.event;
    types::ViewParam {
        party: view.party,
        event: types::EventParam {
            kind: &event.kind,
            original_kind: event.original_kind.as_deref(),
            approval: event.approval,
            amount: lent(&event.amount),
            original_amount: event.original_amount.as_ref().map(lent),
            time: event.time,
        },
        fee: view.fee.as_ref().map(lent),
        balance: view.balance.as_ref().map(lent),
        card: types::ShownCardParam {
            bin: view.card.bin,
            last4: view.card.last4,
            brand: &view.card.brand,
            issuer: &view.card.issuer,
        },
        cardholder_name: view.cardholder_name.as_deref(),
        cardholder_phone: view.cardholder_phone.as_deref(),
        cardholder_email: view.cardholder_email.as_deref(),
        cardholder_id_number: view.cardholder_id_number.as_deref(),
        cardholder_account: view.cardholder_account.as_deref(),
        merchant_name: view.merchant_name.as_deref(),
        merchant_city: view.merchant_city.as_deref(),
        merchant_country: view.merchant_country.as_deref(),
        merchant_address: view.merchant_address.as_deref(),
        merchant_phone: view.merchant_phone.as_deref(),
        merchant_id: view.merchant_id.as_deref(),
        terminal_id: view.terminal_id.as_deref(),
        counterparty: view.counterparty.as_deref(),
        rrn: view.rrn.as_deref(),
        stan: view.stan.as_deref(),
        authorisation_code: view.authorisation_code.as_deref(),
    }
}

/// Which facts a view repeats: a text that is made of it can name no others.
pub(crate) fn repeated(view: &types::ViewResult) -> Shown {
    Shown::LEAST
        .with(Fact::Fee, view.fee.is_some())
        .with(Fact::Balance, view.balance.is_some())
        .with(Fact::Bin, view.card.bin.is_some())
        .with(Fact::Rrn, view.rrn.is_some())
        .with(Fact::Stan, view.stan.is_some())
        .with(Fact::AuthorisationCode, view.authorisation_code.is_some())
        .with(Fact::Terminal, view.terminal_id.is_some())
        .with(Fact::MerchantId, view.merchant_id.is_some())
        .with(Fact::CardholderPhone, view.cardholder_phone.is_some())
        .with(Fact::MerchantPhone, view.merchant_phone.is_some())
        .with(Fact::IdNumber, view.cardholder_id_number.is_some())
        .with(Fact::Account, view.cardholder_account.is_some())
        .with(Fact::Counterparty, view.counterparty.is_some())
        .with(Fact::MerchantName, view.merchant_name.is_some())
        .with(Fact::Place, view.merchant_city.is_some() || view.merchant_address.is_some())
        .with(Fact::CardholderName, view.cardholder_name.is_some())
        .with(Fact::Issuer, !view.card.issuer.is_empty() || !view.card.brand.is_empty())
}

fn lent(money: &types::MoneyResult) -> types::MoneyParam<'_> {
    types::MoneyParam {
        minor_units: money.minor_units,
        currency: &money.currency,
        exponent: money.exponent,
    }
}

/// The host's own view, for when the masker failed: what happened, the last
/// four digits, and nothing of a person.
pub(crate) fn minimal_view(transaction: &Transaction, party: Party) -> types::ViewResult {
    let money = |money: &Money| types::MoneyResult {
        minor_units: money.minor_units(),
        currency: money.currency().into(),
        exponent: money.exponent(),
    };
    types::ViewResult {
        party: self::party(party),
        event: types::EventResult {
            kind: transaction.kind.as_str().into(),
            original_kind: transaction.original_kind.map(|kind| kind.as_str().into()),
            approval: approval(transaction.approval),
            amount: money(&transaction.amount),
            original_amount: transaction.original_amount.as_ref().map(money),
            time: time(transaction.time),
        },
        fee: None,
        balance: None,
        card: types::ShownCardResult {
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

fn event(transaction: &Transaction) -> types::EventParam<'_> {
    types::EventParam {
        kind: transaction.kind.as_str(),
        original_kind: transaction.original_kind.map(|kind| kind.as_str()),
        approval: approval(transaction.approval),
        amount: money(&transaction.amount),
        original_amount: transaction.original_amount.as_ref().map(money),
        time: time(transaction.time),
    }
}

fn approval(approval: Approval) -> types::Approval {
    match approval {
        Approval::Approved => types::Approval::Approved,
        Approval::PartiallyApproved => types::Approval::PartiallyApproved,
        Approval::Declined => types::Approval::Declined,
    }
}

fn money(money: &Money) -> types::MoneyParam<'_> {
    types::MoneyParam {
        minor_units: money.minor_units(),
        currency: money.currency(),
        exponent: money.exponent(),
    }
}

fn wishes(preferences: &Preferences, phone: bool, email: bool) -> types::Preferences<'_> {
    types::Preferences {
        locale: preferences.locale.as_deref(),
        channels: match (phone, email) {
            (true, true) => &["sms", "email"],
            (true, false) => &["sms"],
            (false, true) => &["email"],
            (false, false) => &[],
        },
        threshold: preferences.threshold.as_ref().map(money),
        quiet_hours: preferences.quiet_hours.map(|hours| types::QuietHours {
            start_minute: hours.start_minute,
            end_minute: hours.end_minute,
        }),
        utc_offset_minutes: preferences.utc_offset_minutes,
    }
}
