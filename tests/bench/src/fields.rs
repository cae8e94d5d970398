//! A transaction as scripts get it: one description, filled into a table of
//! Lua's or a map of Rhai's.

use tillbell_transaction::{Money, Preferences, Transaction};

/// What a script calls a table.
pub(crate) trait Fields {
    /// Sets a text.
    fn text(&mut self, key: &'static str, value: &str);
    /// Sets a number.
    fn number(&mut self, key: &'static str, value: i64);
    /// Sets a list of texts.
    fn list(&mut self, key: &'static str, values: &[&str]);
    /// Sets a table within.
    fn within(&mut self, key: &'static str, fill: impl FnOnce(&mut Self));

    /// Sets a text that may be absent.
    fn maybe(&mut self, key: &'static str, value: &Option<String>) {
        if let Some(value) = value {
            self.text(key, value);
        }
    }
}

/// Fills in all that the plugins of Tillbell are told.
pub(crate) fn fill(fields: &mut impl Fields, transaction: &Transaction) {
    let (card, merchant) = (&transaction.card, &transaction.merchant);
    let cardholder = &transaction.cardholder;
    fields.text("kind", transaction.kind.as_str());
    fields.text("approval", transaction.approval.as_str());
    if let Some(kind) = transaction.original_kind {
        fields.text("original_kind", kind.as_str());
    }
    fields.within("amount", |fields| money(fields, transaction.amount));
    for (key, amount) in [
        ("original_amount", transaction.original_amount),
        ("fee", transaction.fee),
        ("balance", transaction.balance),
    ] {
        if let Some(amount) = amount {
            fields.within(key, |fields| money(fields, amount));
        }
    }
    fields.number("time", transaction.time.unix_seconds());
    fields.number("utc_offset_minutes", transaction.time.utc_offset_minutes().into());
    fields.number("now", transaction.time.unix_seconds());
    fields.number("bin", card.bin.number().into());
    fields.number("last4", card.last4.number().into());
    fields.text("brand", &card.brand);
    fields.text("issuer", &card.issuer);
    fields.maybe("card_token", &card.token);
    fields.maybe("name", &cardholder.name);
    fields.maybe("phone", &cardholder.phone);
    fields.maybe("email", &cardholder.email);
    fields.maybe("id_number", &cardholder.id_number);
    fields.maybe("account", &cardholder.account);
    fields.text("merchant_name", &merchant.name);
    fields.text("merchant_city", &merchant.city);
    fields.text("country", &merchant.country);
    fields.maybe("merchant_address", &merchant.address);
    fields.maybe("merchant_phone", &merchant.phone);
    fields.text("merchant_id", &merchant.id);
    fields.text("terminal_id", &merchant.terminal);
    fields.text("category", &merchant.category);
    fields.text("entry_mode", transaction.entry_mode.as_str());
    fields.maybe("counterparty", &transaction.counterparty);
    fields.text("rrn", &transaction.rrn);
    fields.text("stan", &transaction.stan);
    fields.text("authorisation_code", &transaction.authorisation_code);
    fields.within("cardholder", |fields| {
        let channels = (cardholder.phone.is_some(), cardholder.email.is_some());
        wishes(fields, &cardholder.preferences, channels);
    });
    fields.within("merchant", |fields| {
        let channels = (merchant.phone.is_some(), merchant.email.is_some());
        wishes(fields, &merchant.preferences, channels);
    });
}

fn money(fields: &mut impl Fields, money: Money) {
    fields.number("minor_units", money.minor_units());
    fields.text("currency", money.currency());
    fields.number("exponent", money.exponent().into());
}

fn wishes(fields: &mut impl Fields, preferences: &Preferences, (sms, email): (bool, bool)) {
    fields.maybe("locale", &preferences.locale);
    fields.list(
        "channels",
        match (sms, email) {
            (true, true) => &["sms", "email"],
            (true, false) => &["sms"],
            (false, true) => &["email"],
            (false, false) => &[],
        },
    );
    if let Some(threshold) = preferences.threshold {
        fields.within("threshold", |fields| money(fields, threshold));
    }
    if let Some(hours) = preferences.quiet_hours {
        fields.number("quiet_start", hours.start_minute.into());
        fields.number("quiet_end", hours.end_minute.into());
    }
    if let Some(offset) = preferences.utc_offset_minutes {
        fields.number("utc_offset_minutes", offset.into());
    }
}
