//! What plugins are told: a [`Transaction`] as the three records of the
//! interface, borrowed. This is the edge behind which no full card number
//! exists.

use std::borrow::Cow;

use tillbell_transaction::case::Direction;
use tillbell_transaction::{
    Approval, Cardholder, Money, Party, Preferences, Timestamp, Transaction,
};

use crate::bindings::types;
use crate::guard::{Fact, Shown, clean};

/// What the router may know, when it is asked.
pub fn facts(transaction: &Transaction, now: Timestamp) -> types::Facts<'_> {
    let Cardholder { preferences, phone, email, .. } = &transaction.cardholder;
    let merchant = &transaction.merchant;
    types::Facts {
        event: types::EventParam {
            time: time(transaction.counted_time()),
            ..event(transaction, now)
        },
        bin: transaction.card.bin.number(),
        brand: &transaction.card.brand,
        card_token: transaction.card.token.as_deref(),
        merchant_id: &merchant.id,
        terminal_id: &merchant.terminal,
        country: &merchant.country,
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

/// What the masker may know, when it is asked.
pub fn sensitive<'a>(
    transaction: &'a Transaction,
    cleaned: &'a Cleaned<'_>,
    now: Timestamp,
) -> types::Sensitive<'a> {
    let card = &transaction.card;
    let cardholder = &transaction.cardholder;
    types::Sensitive {
        event: event(transaction, now),
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
        cardholder_time: local_time(transaction),
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
        role: &view.role,
        event: types::EventParam {
            kind: &event.kind,
            original_kind: event.original_kind.as_deref(),
            approval: event.approval,
            direction: event.direction,
            amount: lent(&event.amount),
            original_amount: event.original_amount.as_ref().map(lent),
            billing: event.billing.as_ref().map(|billing| types::BillingParam {
                amount: lent(&billing.amount),
                rate: billing.rate,
            }),
            cashback: event.cashback.as_ref().map(lent),
            category: &event.category,
            entry_mode: &event.entry_mode,
            time: event.time,
            age_seconds: event.age_seconds,
        },
        fee: view.fee.as_ref().map(lent),
        balance: view.balance.as_ref().map(lent),
        local_time: view.local_time,
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
        .with(Fact::Billing, view.event.billing.is_some())
        .with(Fact::Cashback, view.event.cashback.is_some())
        .with(Fact::LocalDate, view.local_time.is_some())
        .with(Fact::LocalClock, view.local_time.is_some())
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
pub(crate) fn minimal_view(
    transaction: &Transaction,
    party: Party,
    now: Timestamp,
) -> types::ViewResult {
    let types::EventParam {
        kind,
        original_kind,
        approval,
        direction,
        amount,
        original_amount,
        billing,
        cashback,
        category,
        entry_mode,
        time,
        age_seconds,
    } = event(transaction, now);
    types::ViewResult {
        role: party.as_str().into(),
        event: types::EventResult {
            kind: kind.into(),
            original_kind: original_kind.map(Into::into),
            approval,
            direction,
            amount: owned(amount),
            original_amount: original_amount.map(owned),
            // What the cardholder's account is charged is not the shop's.
            billing: billing.filter(|_| party == Party::Cardholder).map(|billing| {
                types::BillingResult { amount: owned(billing.amount), rate: billing.rate }
            }),
            cashback: cashback.map(owned),
            category: category.into(),
            entry_mode: entry_mode.into(),
            time,
            age_seconds,
        },
        fee: None,
        balance: None,
        local_time: None,
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

/// When it happened on the cardholder's own wall clock, where that is known.
fn local_time(transaction: &Transaction) -> Option<types::Time> {
    let utc_offset_minutes = transaction.cardholder.preferences.utc_offset_minutes?;
    let unix_seconds = transaction.counted_time().unix_seconds();
    Some(types::Time { unix_seconds, utc_offset_minutes })
}

fn event(transaction: &Transaction, now: Timestamp) -> types::EventParam<'_> {
    let age = now.unix_seconds().saturating_sub(transaction.time.unix_seconds());
    types::EventParam {
        kind: transaction.kind.as_str(),
        original_kind: transaction.original_kind.map(|kind| kind.as_str()),
        approval: approval(transaction.approval),
        direction: match transaction.direction() {
            Direction::Debit => types::Direction::Debit,
            Direction::Credit => types::Direction::Credit,
            Direction::None => types::Direction::None,
        },
        amount: money(&transaction.amount),
        original_amount: transaction.original_amount.as_ref().map(money),
        billing: transaction.billing.as_ref().map(|billing| types::BillingParam {
            amount: money(&billing.amount),
            rate: billing
                .rate
                .map(|rate| types::Rate { digits: rate.digits(), decimals: rate.decimals() }),
        }),
        cashback: transaction.cashback.as_ref().map(money),
        category: &transaction.merchant.category,
        entry_mode: transaction.entry_mode.as_str(),
        time: time(transaction.time),
        age_seconds: u32::try_from(age.max(0)).unwrap_or(u32::MAX),
    }
}

fn owned(money: types::MoneyParam<'_>) -> types::MoneyResult {
    types::MoneyResult {
        minor_units: money.minor_units,
        currency: money.currency.into(),
        exponent: money.exponent,
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
