//! The canonical JSON form of a transaction: one object per line.
//!
//! [`write()`] never writes a full card number. [`read`] accepts one in
//! `card.pan`, truncates it at once and keeps it for the guard alone; where
//! another field repeats it, it is struck out there
//! ([`Transaction::strike_card_numbers`]).
//!
//! Every field but `kind`, `approval`, `amount`, `time`, `card` and `merchant`
//! may be left out; a field that is not known is an error, so that a typing
//! error is not a silent loss. Money is `{"minor_units": 12850, "currency":
//! "CNY"}`, with `"exponent"` allowed if it is the one of ISO 4217; times are
//! RFC 3339 with an offset.

mod raw;

use serde::Serialize;
use zeroize::Zeroize;

use crate::{
    Approval, Billing, Bin, Card, Cardholder, ConversionRate, EntryMode, Error, Ignored,
    IgnoredReason, Kind, Last4, Merchant, Money, Pan, Preferences, QuietHours, Record, Result,
    SecondEvent, Timestamp, Transaction,
};
use raw::{
    RawBilling, RawCard, RawCardholder, RawIgnored, RawMerchant, RawMoney, RawPreferences,
    RawRecord,
};

/// The longest event that is read, in bytes.
pub const EVENT_BYTES_MAX: usize = 64 * 1024;
/// The longest text of a field, in bytes.
pub const TEXT_BYTES_MAX: usize = 256;
/// The longest reference (`id`, `rrn`, `merchant.id` …), in bytes.
pub const REFERENCE_BYTES_MAX: usize = 128;

/// Reads one event.
///
/// # Errors
/// Names the field by its path (`card.last4`) and what was expected. No value
/// of the event is repeated.
pub fn read(line: &[u8]) -> Result<Record> {
    if line.len() > EVENT_BYTES_MAX {
        return Err(Error::new("", format!("event of over {EVENT_BYTES_MAX} bytes")));
    }
    let text = std::str::from_utf8(line).map_err(|error| {
        Error::new("", format!("not UTF-8 at byte {}", error.valid_up_to() + 1))
    })?;
    match serde_json::from_str::<RawRecord<'_>>(text) {
        Ok(raw) => raw.try_into(),
        Err(_) => Err(raw::explain(text)),
    }
}

/// Writes one event, without a line break.
pub fn write(record: &Record) -> String {
    let raw = match record {
        Record::Transaction(transaction) => return write_transaction(transaction),
        Record::Ignored(ignored) => RawRecord {
            ignored: Some(RawIgnored {
                reason: ignored.reason.as_str().into(),
                mti: (!ignored.mti.is_empty()).then(|| ignored.mti.as_str().into()),
            }),
            ..RawRecord::default()
        },
    };
    serialised(&raw)
}

/// Writes the event of a transaction, without a line break.
pub fn write_transaction(transaction: &Transaction) -> String {
    serialised(&RawRecord::from(transaction))
}

/// Writes the same behind what `line` holds.
pub fn append_transaction(line: &mut Vec<u8>, transaction: &Transaction) {
    serialise(line, &RawRecord::from(transaction));
}

fn serialised(raw: &RawRecord<'_>) -> String {
    let mut bytes = Vec::with_capacity(512);
    serialise(&mut bytes, raw);
    String::from_utf8(bytes).expect("JSON is UTF-8")
}

fn serialise(line: &mut Vec<u8>, raw: &RawRecord<'_>) {
    raw.serialize(&mut serde_json::Serializer::new(line))
        .expect("strings and numbers always serialise");
}

impl TryFrom<RawRecord<'_>> for Record {
    type Error = Error;

    fn try_from(raw: RawRecord<'_>) -> Result<Self> {
        if let Some(ignored) = raw.ignored {
            return Ok(Record::Ignored(Ignored {
                reason: IgnoredReason::parse(&ignored.reason)?,
                mti: reference("ignored.mti", ignored.mti)?.unwrap_or_default(),
            }));
        }
        let missing = |field| move || Error::new(field, "is missing");
        let mut transaction = Transaction {
            id: reference("id", raw.id)?.unwrap_or_default(),
            kind: Kind::parse(&raw.kind.ok_or_else(missing("kind"))?)?,
            original_kind: raw
                .original_kind
                .map(|kind| Kind::parse(&kind))
                .transpose()
                .map_err(|error| Error::new("original_kind", error.detail()))?,
            approval: Approval::parse(&raw.approval.ok_or_else(missing("approval"))?)?,
            amount: positive("amount", raw.amount.ok_or_else(missing("amount"))?)?,
            original_amount: raw
                .original_amount
                .map(|raw| positive("original_amount", raw))
                .transpose()?,
            fee: raw.fee.map(|raw| positive("fee", raw)).transpose()?,
            balance: raw.balance.map(|raw| money("balance", raw)).transpose()?,
            cashback: raw.cashback.map(|raw| positive("cashback", raw)).transpose()?,
            billing: raw
                .billing
                .map(billing)
                .transpose()
                .map_err(|error| error.within("billing"))?,
            counts_from: None,
            time: Timestamp::parse(&raw.time.ok_or_else(missing("time"))?)
                .map_err(|error| error.within("time"))?,
            card: card(raw.card.ok_or_else(missing("card"))?)
                .map_err(|error| error.within("card"))?,
            cardholder: raw
                .cardholder
                .map(cardholder)
                .transpose()
                .map_err(|error| error.within("cardholder"))?
                .unwrap_or_default(),
            merchant: merchant(raw.merchant.ok_or_else(missing("merchant"))?)
                .map_err(|error| error.within("merchant"))?,
            counterparty: text("counterparty", raw.counterparty)?,
            entry_mode: raw
                .entry_mode
                .map_or(Ok(EntryMode::Unknown), |mode| EntryMode::parse(&mode))?,
            rrn: reference("rrn", raw.rrn)?.unwrap_or_default(),
            stan: reference("stan", raw.stan)?.unwrap_or_default(),
            original_stan: reference("original_stan", raw.original_stan)?,
            original_id: reference("original_id", raw.original_id)?,
            has_own_id: false,
            second_event: raw.second_event.map(|second| SecondEvent::parse(&second)).transpose()?,
            authorisation_code: reference("authorisation_code", raw.authorisation_code)?
                .unwrap_or_default(),
            acquirer: reference("acquirer", raw.acquirer)?.unwrap_or_default(),
        };
        transaction.strike_card_numbers();
        let derived = transaction.derive_id();
        transaction.has_own_id = !transaction.id.is_empty() && transaction.id != derived;
        if transaction.id.is_empty() {
            transaction.id = derived;
        }
        Ok(Record::Transaction(Box::new(transaction)))
    }
}

fn card(raw: RawCard<'_>) -> Result<Card> {
    let mut card = match (raw.pan, raw.bin, raw.last4) {
        (Some(mut pan), None, None) => {
            let parsed = Pan::parse(&pan);
            // A copy, where the number was written with escapes.
            if let Text::Owned(copy) = &mut pan {
                copy.zeroize();
            }
            Card::from_pan(parsed.map_err(|error| error.within("pan"))?)
        }
        (None, Some(bin), Some(last4)) => Card::truncated(
            Bin::parse(&bin).map_err(|error| error.within("bin"))?,
            Last4::parse(&last4).map_err(|error| error.within("last4"))?,
        ),
        _ => return Err(Error::new("", "expected bin and last4, or pan alone")),
    };
    if let Some(brand) = reference("brand", raw.brand)? {
        card.brand = brand;
    }
    card.issuer = text("issuer", raw.issuer)?.unwrap_or_default();
    card.token = reference("token", raw.token)?;
    Ok(card)
}

fn billing(raw: RawBilling<'_>) -> Result<Billing> {
    Ok(Billing {
        amount: positive("amount", raw.amount)?,
        rate: raw.rate.map(|rate| ConversionRate::parse(&rate)).transpose()?,
    })
}

fn cardholder(raw: RawCardholder<'_>) -> Result<Cardholder> {
    Ok(Cardholder {
        name: text("name", raw.name)?,
        phone: reference("phone", raw.phone)?,
        email: text("email", raw.email)?,
        id_number: reference("id_number", raw.id_number)?,
        account: reference("account", raw.account)?,
        preferences: preferences(raw.preferences)?,
    })
}

fn merchant(raw: RawMerchant<'_>) -> Result<Merchant> {
    Ok(Merchant {
        name: text("name", Some(raw.name))?.unwrap_or_default(),
        city: text("city", raw.city)?.unwrap_or_default(),
        country: code("country", raw.country, 2, u8::is_ascii_uppercase, "two capital letters")?,
        address: text("address", raw.address)?,
        id: reference("id", raw.id)?.unwrap_or_default(),
        terminal: reference("terminal", raw.terminal)?.unwrap_or_default(),
        category: code("category", raw.category, 4, u8::is_ascii_digit, "four digits")?,
        phone: reference("phone", raw.phone)?,
        email: text("email", raw.email)?,
        preferences: preferences(raw.preferences)?,
    })
}

fn preferences(raw: Option<RawPreferences<'_>>) -> Result<Preferences> {
    let Some(raw) = raw else {
        return Ok(Preferences::default());
    };
    let inner = || -> Result<Preferences> {
        Ok(Preferences {
            locale: reference("locale", raw.locale)?,
            threshold: raw.threshold.map(|raw| positive("threshold", raw)).transpose()?,
            quiet_hours: raw.quiet_hours.map(|text| QuietHours::parse(&text)).transpose()?,
            utc_offset_minutes: match raw.utc_offset_minutes {
                Some(minutes) if !(-840..=840).contains(&minutes) => {
                    return Err(Error::new("utc_offset_minutes", "expected -840 to 840"));
                }
                minutes => minutes,
            },
        })
    };
    inner().map_err(|error| error.within("preferences"))
}

fn money(field: &str, raw: RawMoney<'_>) -> Result<Money> {
    let money = Money::new(raw.minor_units, &raw.currency).map_err(|error| error.within(field))?;
    if raw.exponent.is_some_and(|exponent| exponent != money.exponent()) {
        return Err(Error::new(
            format!("{field}.exponent"),
            format!("{} has {} by ISO 4217", money.currency(), money.exponent()),
        ));
    }
    Ok(money)
}

fn positive(field: &str, raw: RawMoney<'_>) -> Result<Money> {
    let money = money(field, raw)?;
    if money.minor_units() < 0 {
        return Err(Error::new(format!("{field}.minor_units"), "is negative"));
    }
    Ok(money)
}

type Text<'a> = std::borrow::Cow<'a, str>;

fn text(field: &str, value: Option<Text<'_>>) -> Result<Option<String>> {
    bounded(field, value, TEXT_BYTES_MAX)
}

fn reference(field: &str, value: Option<Text<'_>>) -> Result<Option<String>> {
    let value = bounded(field, value, REFERENCE_BYTES_MAX)?;
    if value.as_ref().is_some_and(|text| text.bytes().any(|byte| byte.is_ascii_control())) {
        return Err(Error::new(field, "has a control character"));
    }
    Ok(value)
}

fn bounded(field: &str, value: Option<Text<'_>>, bytes_max: usize) -> Result<Option<String>> {
    match value {
        Some(text) if text.len() > bytes_max => {
            Err(Error::new(field, format!("{} bytes, limit {bytes_max}", text.len())))
        }
        value => Ok(value.map(Text::into_owned)),
    }
}

fn code(
    field: &str,
    value: Option<Text<'_>>,
    length: usize,
    allowed: fn(&u8) -> bool,
    expected: &str,
) -> Result<String> {
    let value = value.unwrap_or_default();
    if value.is_empty() || (value.len() == length && value.as_bytes().iter().all(allowed)) {
        Ok(value.into_owned())
    } else {
        Err(Error::new(field, format!("expected {expected}")))
    }
}

#[cfg(test)]
mod tests;
