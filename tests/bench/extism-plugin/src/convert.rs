//! JSON's records to the plugins' and back.

use std::borrow::Cow;

use tillbell_bench_wire as wire;
use tillbell_privacy as privacy;
use tillbell_routing::interface::exports::tillbell::plugin::routing::{Decision, Outcome};
use tillbell_routing::interface::tillbell::plugin::types as facts;
use tillbell_template::interface::tillbell::plugin::types as views;

pub(crate) type Sensitive = privacy::Sensitive<views::Event, views::Money>;

fn owned(text: &wire::Text<'_>) -> String {
    text.as_ref().into()
}

fn maybe(text: &Option<wire::Text<'_>>) -> Option<String> {
    text.as_ref().map(owned)
}

pub(crate) fn now(given: &wire::Facts<'_>) -> facts::Time {
    time(given.now)
}

fn time(time: wire::Time) -> facts::Time {
    facts::Time { unix_seconds: time.unix_seconds, utc_offset_minutes: time.utc_offset_minutes }
}

pub(crate) fn facts(given: &wire::Facts<'_>) -> facts::Facts {
    let money = |money: &wire::Money<'_>| facts::Money {
        minor_units: money.minor_units,
        currency: owned(&money.currency),
        exponent: money.exponent,
    };
    let preferences = |given: &wire::Preferences<'_>| facts::Preferences {
        locale: maybe(&given.locale),
        channels: given.channels.iter().map(owned).collect(),
        threshold: given.threshold.as_ref().map(money),
        quiet_hours: given
            .quiet_hours
            .map(|(start_minute, end_minute)| facts::QuietHours { start_minute, end_minute }),
        utc_offset_minutes: given.utc_offset_minutes,
    };
    let event = &given.event;
    facts::Facts {
        event: facts::Event {
            kind: owned(&event.kind),
            original_kind: maybe(&event.original_kind),
            approval: match event.approval.as_ref() {
                "declined" => facts::Approval::Declined,
                "partially-approved" => facts::Approval::PartiallyApproved,
                _ => facts::Approval::Approved,
            },
            amount: money(&event.amount),
            original_amount: event.original_amount.as_ref().map(money),
            time: time(event.time),
        },
        bin: given.bin,
        brand: owned(&given.brand),
        card_token: maybe(&given.card_token),
        merchant_id: owned(&given.merchant_id),
        terminal_id: owned(&given.terminal_id),
        category: owned(&given.category),
        country: owned(&given.country),
        entry_mode: owned(&given.entry_mode),
        cardholder: preferences(&given.cardholder),
        merchant: preferences(&given.merchant),
    }
}

pub(crate) fn verdict(decision: Decision) -> wire::Verdict {
    let (name, deliveries) = match decision.outcome {
        Outcome::Notify(deliveries) => ("notified", deliveries),
        Outcome::Suppress => ("suppressed", Vec::new()),
        Outcome::Defer(_) => ("deferred", Vec::new()),
    };
    let messages = deliveries
        .into_iter()
        .map(|delivery| wire::Message {
            party: match delivery.party {
                facts::Party::Cardholder => "cardholder".into(),
                facts::Party::Merchant => "merchant".into(),
            },
            channel: delivery.channel,
            template: delivery.template,
            locale: delivery.locale,
            priority: delivery.priority,
            not_before: delivery.not_before.map(|time| time.unix_seconds),
            expires_at: delivery.expires_at.map(|time| time.unix_seconds),
            text: String::new(),
        })
        .collect();
    wire::Verdict { decision: name.into(), reason: decision.reason, rule: decision.rule, messages }
}

fn event(given: &wire::Event<'_>) -> views::Event {
    views::Event {
        kind: owned(&given.kind),
        original_kind: maybe(&given.original_kind),
        approval: match given.approval.as_ref() {
            "declined" => views::Approval::Declined,
            "partially-approved" => views::Approval::PartiallyApproved,
            _ => views::Approval::Approved,
        },
        amount: money(&given.amount),
        original_amount: given.original_amount.as_ref().map(money),
        time: views::Time {
            unix_seconds: given.time.unix_seconds,
            utc_offset_minutes: given.time.utc_offset_minutes,
        },
    }
}

fn money(given: &wire::Money<'_>) -> views::Money {
    views::Money {
        minor_units: given.minor_units,
        currency: owned(&given.currency),
        exponent: given.exponent,
    }
}

pub(crate) fn sensitive(given: &wire::Event<'_>, personal: &wire::Personal<'_>) -> Sensitive {
    privacy::Sensitive {
        event: event(given),
        fee: personal.fee.as_ref().map(money),
        balance: personal.balance.as_ref().map(money),
        card: privacy::Card {
            bin: personal.bin,
            last4: personal.last4,
            brand: owned(&personal.brand),
            issuer: owned(&personal.issuer),
        },
        cardholder: privacy::Person {
            name: maybe(&personal.name),
            phone: maybe(&personal.phone),
            email: maybe(&personal.email),
            id_number: maybe(&personal.id_number),
            account: maybe(&personal.account),
        },
        merchant: privacy::Establishment {
            name: owned(&personal.merchant_name),
            city: owned(&personal.merchant_city),
            country: owned(&personal.merchant_country),
            address: maybe(&personal.merchant_address),
            phone: maybe(&personal.merchant_phone),
            merchant_id: owned(&personal.merchant_id),
            terminal_id: owned(&personal.terminal_id),
        },
        counterparty: maybe(&personal.counterparty),
        rrn: owned(&personal.rrn),
        stan: owned(&personal.stan),
        authorisation_code: owned(&personal.authorisation_code),
    }
}

pub(crate) fn view(
    party: views::Party,
    view: privacy::View<views::Event, views::Money>,
) -> views::View {
    views::View {
        party,
        event: view.event,
        fee: view.fee,
        balance: view.balance,
        card: views::ShownCard {
            bin: view.card.bin,
            last4: view.card.last4,
            brand: view.card.brand,
            issuer: view.card.issuer,
        },
        cardholder_name: view.cardholder_name,
        cardholder_phone: view.cardholder_phone,
        cardholder_email: view.cardholder_email,
        cardholder_id_number: view.cardholder_id_number,
        cardholder_account: view.cardholder_account,
        merchant_name: view.merchant_name,
        merchant_city: view.merchant_city,
        merchant_country: view.merchant_country,
        merchant_address: view.merchant_address,
        merchant_phone: view.merchant_phone,
        merchant_id: view.merchant_id,
        terminal_id: view.terminal_id,
        counterparty: view.counterparty,
        rrn: view.rrn,
        stan: view.stan,
        authorisation_code: view.authorisation_code,
    }
}

pub(crate) fn view_out(view: views::View) -> wire::View<'static> {
    let money = |money: views::Money| wire::Money {
        minor_units: money.minor_units,
        currency: money.currency.into(),
        exponent: money.exponent,
    };
    let event = view.event;
    wire::View {
        party: match view.party {
            views::Party::Cardholder => "cardholder".into(),
            views::Party::Merchant => "merchant".into(),
        },
        event: wire::Event {
            kind: event.kind.into(),
            original_kind: event.original_kind.map(Into::into),
            approval: match event.approval {
                views::Approval::Approved => "approved".into(),
                views::Approval::PartiallyApproved => "partially-approved".into(),
                views::Approval::Declined => "declined".into(),
            },
            amount: money(event.amount),
            original_amount: event.original_amount.map(money),
            time: wire::Time {
                unix_seconds: event.time.unix_seconds,
                utc_offset_minutes: event.time.utc_offset_minutes,
            },
        },
        fee: view.fee.map(money),
        balance: view.balance.map(money),
        bin: view.card.bin,
        last4: view.card.last4,
        brand: view.card.brand.into(),
        issuer: view.card.issuer.into(),
        texts: [
            view.cardholder_name,
            view.cardholder_phone,
            view.cardholder_email,
            view.cardholder_id_number,
            view.cardholder_account,
            view.merchant_name,
            view.merchant_city,
            view.merchant_country,
            view.merchant_address,
            view.merchant_phone,
            view.merchant_id,
            view.terminal_id,
            view.counterparty,
            view.rrn,
            view.stan,
            view.authorisation_code,
        ]
        .map(|text| text.map(Cow::Owned)),
    }
}

pub(crate) fn view_in(view: wire::View<'_>) -> views::View {
    let [
        cardholder_name,
        cardholder_phone,
        cardholder_email,
        cardholder_id_number,
        cardholder_account,
        merchant_name,
        merchant_city,
        merchant_country,
        merchant_address,
        merchant_phone,
        merchant_id,
        terminal_id,
        counterparty,
        rrn,
        stan,
        authorisation_code,
    ] = view.texts.map(|text| text.map(Cow::into_owned));
    views::View {
        party: match view.party.as_ref() {
            "merchant" => views::Party::Merchant,
            _ => views::Party::Cardholder,
        },
        event: event(&view.event),
        fee: view.fee.as_ref().map(money),
        balance: view.balance.as_ref().map(money),
        card: views::ShownCard {
            bin: view.bin,
            last4: view.last4,
            brand: view.brand.into_owned(),
            issuer: view.issuer.into_owned(),
        },
        cardholder_name,
        cardholder_phone,
        cardholder_email,
        cardholder_id_number,
        cardholder_account,
        merchant_name,
        merchant_city,
        merchant_country,
        merchant_address,
        merchant_phone,
        merchant_id,
        terminal_id,
        counterparty,
        rrn,
        stan,
        authorisation_code,
    }
}
