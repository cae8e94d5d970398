//! A transaction as what Extism's plugin is told; nothing is copied.

use tillbell_bench_wire::{Event, Facts, Money, Personal, Preferences, Text, Time};
use tillbell_transaction as ours;
use tillbell_transaction::Transaction;

pub(crate) fn facts(transaction: &Transaction) -> Facts<'_> {
    let merchant = &transaction.merchant;
    let cardholder = &transaction.cardholder;
    Facts {
        event: event(transaction),
        now: time(transaction),
        bin: transaction.card.bin.number(),
        brand: text(&transaction.card.brand),
        card_token: maybe(&transaction.card.token),
        merchant_id: text(&merchant.id),
        terminal_id: text(&merchant.terminal),
        category: text(&merchant.category),
        country: text(&merchant.country),
        entry_mode: text(transaction.entry_mode.as_str()),
        cardholder: preferences(
            &cardholder.preferences,
            cardholder.phone.is_some(),
            cardholder.email.is_some(),
        ),
        merchant: preferences(
            &merchant.preferences,
            merchant.phone.is_some(),
            merchant.email.is_some(),
        ),
    }
}

pub(crate) fn event(transaction: &Transaction) -> Event<'_> {
    Event {
        kind: text(transaction.kind.as_str()),
        original_kind: transaction.original_kind.map(|kind| text(kind.as_str())),
        approval: text(transaction.approval.as_str()),
        amount: money(&transaction.amount),
        original_amount: transaction.original_amount.as_ref().map(money),
        time: time(transaction),
    }
}

pub(crate) fn personal(transaction: &Transaction) -> Personal<'_> {
    let (card, merchant) = (&transaction.card, &transaction.merchant);
    let cardholder = &transaction.cardholder;
    Personal {
        fee: transaction.fee.as_ref().map(money),
        balance: transaction.balance.as_ref().map(money),
        bin: card.bin.number(),
        last4: card.last4.number(),
        brand: text(&card.brand),
        issuer: text(&card.issuer),
        name: maybe(&cardholder.name),
        phone: maybe(&cardholder.phone),
        email: maybe(&cardholder.email),
        id_number: maybe(&cardholder.id_number),
        account: maybe(&cardholder.account),
        merchant_name: text(&merchant.name),
        merchant_city: text(&merchant.city),
        merchant_country: text(&merchant.country),
        merchant_address: maybe(&merchant.address),
        merchant_phone: maybe(&merchant.phone),
        merchant_id: text(&merchant.id),
        terminal_id: text(&merchant.terminal),
        counterparty: maybe(&transaction.counterparty),
        rrn: text(&transaction.rrn),
        stan: text(&transaction.stan),
        authorisation_code: text(&transaction.authorisation_code),
    }
}

fn text(text: &str) -> Text<'_> {
    Text::Borrowed(text)
}

fn maybe(text: &Option<String>) -> Option<Text<'_>> {
    text.as_deref().map(Text::Borrowed)
}

fn money(money: &ours::Money) -> Money<'_> {
    Money {
        minor_units: money.minor_units(),
        currency: text(money.currency()),
        exponent: money.exponent(),
    }
}

fn time(transaction: &Transaction) -> Time {
    Time {
        unix_seconds: transaction.time.unix_seconds(),
        utc_offset_minutes: transaction.time.utc_offset_minutes(),
    }
}

fn preferences(preferences: &ours::Preferences, phone: bool, email: bool) -> Preferences<'_> {
    let channels = [(phone, "sms"), (email, "email")];
    Preferences {
        locale: maybe(&preferences.locale),
        channels: channels
            .into_iter()
            .filter(|(has, _)| *has)
            .map(|(_, name)| text(name))
            .collect(),
        threshold: preferences.threshold.as_ref().map(money),
        quiet_hours: preferences.quiet_hours.map(|hours| (hours.start_minute, hours.end_minute)),
        utc_offset_minutes: preferences.utc_offset_minutes,
    }
}
