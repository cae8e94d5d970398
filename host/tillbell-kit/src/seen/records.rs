//! The interface's records as fields.

use tillbell::bindings::{routing, types};
use tillbell_transaction::{ConversionRate, Money, Timestamp};

use super::Field;

/// What the router got.
pub(super) fn facts(facts: &types::Facts<'_>, now: types::Time) -> Vec<Field> {
    let mut list = List::default();
    list.event(&facts.event);
    list.bin(Some(facts.bin).filter(|bin| *bin != 0), "bin");
    list.text("brand", facts.brand);
    list.personal("card-token", facts.card_token);
    list.text("merchant-id", facts.merchant_id);
    list.text("terminal-id", facts.terminal_id);
    list.text("country", facts.country);
    list.preferences("cardholder", &facts.cardholder);
    list.preferences("merchant", &facts.merchant);
    list.time("now", now);
    list.0
}

/// What the masker got.
pub(super) fn sensitive(sensitive: &types::Sensitive<'_>) -> Vec<Field> {
    let types::Sensitive { card, cardholder, merchant, .. } = sensitive;
    let mut list = List::default();
    list.event(&sensitive.event);
    list.money("fee", sensitive.fee.as_ref());
    list.money("balance", sensitive.balance.as_ref());
    list.bin(Some(card.bin).filter(|bin| *bin != 0), "card.bin");
    list.last4(card.last4);
    list.text("card.brand", card.brand);
    list.text("card.issuer", card.issuer);
    list.personal("cardholder.name", cardholder.name);
    list.personal("cardholder.phone", cardholder.phone);
    list.personal("cardholder.email", cardholder.email);
    list.personal("cardholder.id-number", cardholder.id_number);
    list.personal("cardholder.account", cardholder.account);
    list.text("merchant.name", merchant.name);
    list.text("merchant.city", merchant.city);
    list.text("merchant.country", merchant.country);
    list.text("merchant.address", merchant.address.unwrap_or_default());
    list.personal("merchant.phone", merchant.phone);
    list.text("merchant.merchant-id", merchant.merchant_id);
    list.text("merchant.terminal-id", merchant.terminal_id);
    list.personal("counterparty", sensitive.counterparty);
    if let Some(time) = sensitive.cardholder_time {
        list.time("cardholder-time", time);
    }
    list.text("rrn", sensitive.rrn);
    list.text("stan", sensitive.stan);
    list.text("authorisation-code", sensitive.authorisation_code);
    list.0
}

/// What the renderer got.
pub(super) fn wanted(template: &str, locale: &str, view: &types::ViewResult) -> Vec<Field> {
    let mut list = List::default();
    list.text("template", template);
    list.text("locale", locale);
    list.0.extend(self::view(view));
    list.0
}

/// A view.
pub(super) fn view(view: &types::ViewResult) -> Vec<Field> {
    let shown = tillbell::facts::shown(view);
    let mut list = List::default();
    list.text("role", shown.role);
    list.event(&shown.event);
    list.money("fee", shown.fee.as_ref());
    list.money("balance", shown.balance.as_ref());
    if let Some(time) = shown.local_time {
        list.time("local-time", time);
    }
    list.bin(shown.card.bin, "card.bin");
    list.last4(shown.card.last4);
    list.text("card.brand", shown.card.brand);
    list.text("card.issuer", shown.card.issuer);
    list.personal("cardholder-name", shown.cardholder_name);
    list.personal("cardholder-phone", shown.cardholder_phone);
    list.personal("cardholder-email", shown.cardholder_email);
    list.personal("cardholder-id-number", shown.cardholder_id_number);
    list.personal("cardholder-account", shown.cardholder_account);
    for (name, value) in [
        ("merchant-name", shown.merchant_name),
        ("merchant-city", shown.merchant_city),
        ("merchant-country", shown.merchant_country),
        ("merchant-address", shown.merchant_address),
    ] {
        list.text(name, value.unwrap_or_default());
    }
    list.personal("merchant-phone", shown.merchant_phone);
    list.text("merchant-id", shown.merchant_id.unwrap_or_default());
    list.text("terminal-id", shown.terminal_id.unwrap_or_default());
    list.personal("counterparty", shown.counterparty);
    for (name, value) in
        [("rrn", shown.rrn), ("stan", shown.stan), ("authorisation-code", shown.authorisation_code)]
    {
        list.text(name, value.unwrap_or_default());
    }
    list.0
}

/// What the router gave.
pub(super) fn decision(decision: &routing::Decision) -> Vec<Field> {
    let mut list = List::default();
    match &decision.outcome {
        routing::Outcome::Suppress => list.text("outcome", "suppress"),
        routing::Outcome::Defer(until) => {
            list.text("outcome", "defer");
            list.time("until", *until);
        }
        routing::Outcome::Notify(deliveries) => {
            list.text("outcome", "notify");
            for (index, delivery) in deliveries.iter().enumerate() {
                list.delivery(&format!("delivery[{index}]"), delivery);
            }
        }
    }
    list.text("reason", &decision.reason);
    list.text("rule", &decision.rule);
    list.0
}

/// Fields as they are gathered; what is not there is left out.
#[derive(Default)]
struct List(Vec<Field>);

impl List {
    fn text(&mut self, path: &str, value: &str) {
        if !value.is_empty() {
            self.0.push(Field::new(path, value));
        }
    }

    fn personal(&mut self, path: &str, value: Option<&str>) {
        self.0.extend(value.map(|value| Field::personal(path, value)));
    }

    fn bin(&mut self, bin: Option<u32>, path: &str) {
        self.0.extend(bin.map(|bin| Field::new(path, bin)));
    }

    fn last4(&mut self, last4: u16) {
        self.0.push(Field::new("card.last4", format!("{last4:04}")));
    }

    fn money(&mut self, path: &str, money: Option<&types::MoneyParam<'_>>) {
        let Some(types::MoneyParam { minor_units, currency, exponent }) = money else { return };
        let value = match Money::new(*minor_units, currency) {
            Ok(money) if money.exponent() == *exponent => money.to_string(),
            // As a plugin wrote it.
            _ => format!("{minor_units} minor units of {currency}, {exponent} decimals"),
        };
        self.0.push(Field::new(path, value));
    }

    fn time(&mut self, path: &str, time: types::Time) {
        let types::Time { unix_seconds, utc_offset_minutes } = time;
        let value = match Timestamp::new(unix_seconds, utc_offset_minutes) {
            Ok(time) => time.to_string(),
            Err(_) => format!("{unix_seconds} s, {utc_offset_minutes} min"),
        };
        self.0.push(Field::new(path, value));
    }

    fn event(&mut self, event: &types::EventParam<'_>) {
        self.text("event.kind", event.kind);
        self.text("event.original-kind", event.original_kind.unwrap_or_default());
        self.text(
            "event.approval",
            match event.approval {
                types::Approval::Approved => "approved",
                types::Approval::PartiallyApproved => "partially-approved",
                types::Approval::Declined => "declined",
            },
        );
        self.money("event.amount", Some(&event.amount));
        self.text(
            "event.direction",
            match event.direction {
                types::Direction::Debit => "debit",
                types::Direction::Credit => "credit",
                types::Direction::None => "none",
            },
        );
        self.money("event.original-amount", event.original_amount.as_ref());
        if let Some(billing) = &event.billing {
            self.money("event.billing.amount", Some(&billing.amount));
            if let Some(types::Rate { digits, decimals }) = billing.rate {
                let rate = ConversionRate::new(digits, decimals);
                // As a plugin wrote it.
                let wrong = |_| format!("{digits} with {decimals} decimals");
                let rate = rate.map(|rate| rate.to_string()).unwrap_or_else(wrong);
                self.text("event.billing.rate", &rate);
            }
        }
        self.money("event.cashback", event.cashback.as_ref());
        self.text("event.category", event.category);
        self.text("event.entry-mode", event.entry_mode);
        self.time("event.time", event.time);
        self.0.push(Field::new("event.age-seconds", event.age_seconds));
    }

    fn preferences(&mut self, party: &str, own: &types::Preferences<'_>) {
        self.text(&format!("{party}.locale"), own.locale.unwrap_or_default());
        self.text(&format!("{party}.channels"), &own.channels.join(", "));
        self.money(&format!("{party}.threshold"), own.threshold.as_ref());
        if let Some(hours) = own.quiet_hours {
            let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
            let value = format!("{} to {}", clock(hours.start_minute), clock(hours.end_minute));
            self.text(&format!("{party}.quiet-hours"), &value);
        }
        if let Some(minutes) = own.utc_offset_minutes {
            self.0.push(Field::new(&format!("{party}.utc-offset-minutes"), minutes));
        }
    }

    fn delivery(&mut self, path: &str, delivery: &routing::Delivery) {
        let way = format!("{} by {}", delivery.role, delivery.channel);
        self.text(path, &way);
        self.text(&format!("{path}.template"), &delivery.template);
        self.text(&format!("{path}.locale"), &delivery.locale);
        self.0.push(Field::new(&format!("{path}.priority"), delivery.priority));
        for (name, time) in
            [("not-before", delivery.not_before), ("expires-at", delivery.expires_at)]
        {
            if let Some(time) = time {
                self.time(&format!("{path}.{name}"), time);
            }
        }
    }
}
