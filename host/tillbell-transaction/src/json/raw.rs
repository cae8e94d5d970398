//! The shapes of the JSON, before their values are checked.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::{Cardholder, Error, Merchant, Money, Preferences, Transaction};

type Text<'a> = Cow<'a, str>;

/// Defines one object: every field is left out where it is absent.
macro_rules! object {
    ($name:ident { $($(#[$attribute:meta])* $field:ident: $type:ty,)* }) => {
        #[derive(Deserialize, Serialize)]
        #[serde(deny_unknown_fields)]
        pub(super) struct $name<'a> { $($(#[$attribute])* pub(super) $field: $type,)* }
    };
}

/// An optional field, borrowed from the line where it has no escapes.
macro_rules! record {
    ($($field:ident: $type:ty,)*) => {
        #[derive(Default, Deserialize, Serialize)]
        #[serde(deny_unknown_fields)]
        pub(super) struct RawRecord<'a> {
            $(#[serde(borrow, default, skip_serializing_if = "Option::is_none")]
            pub(super) $field: Option<$type>,)*
        }
    };
}

record! {
    ignored: RawIgnored<'a>,
    id: Text<'a>,
    kind: Text<'a>,
    original_kind: Text<'a>,
    approval: Text<'a>,
    amount: RawMoney<'a>,
    original_amount: RawMoney<'a>,
    fee: RawMoney<'a>,
    balance: RawMoney<'a>,
    cashback: RawMoney<'a>,
    billing: RawBilling<'a>,
    time: Text<'a>,
    card: RawCard<'a>,
    cardholder: RawCardholder<'a>,
    merchant: RawMerchant<'a>,
    counterparty: Text<'a>,
    entry_mode: Text<'a>,
    rrn: Text<'a>,
    stan: Text<'a>,
    original_stan: Text<'a>,
    original_id: Text<'a>,
    second_event: Text<'a>,
    authorisation_code: Text<'a>,
    acquirer: Text<'a>,
}

object!(RawIgnored {
    #[serde(borrow)]
    reason: Text<'a>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    mti: Option<Text<'a>>,
});

object!(RawMoney {
    minor_units: i64,
    #[serde(borrow)]
    currency: Text<'a>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    exponent: Option<u8>,
});

object!(RawBilling {
    #[serde(borrow)]
    amount: RawMoney<'a>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    rate: Option<Text<'a>>,
});

object!(RawCard {
    #[serde(borrow, default, skip_serializing)]
    pan: Option<Text<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    bin: Option<Text<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    last4: Option<Text<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    brand: Option<Text<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    issuer: Option<Text<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    token: Option<Text<'a>>,
});

object!(RawCardholder {
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    name: Option<Text<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    phone: Option<Text<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    email: Option<Text<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    id_number: Option<Text<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    account: Option<Text<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    preferences: Option<RawPreferences<'a>>,
});

object!(RawMerchant {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    city: Option<Text<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    country: Option<Text<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    address: Option<Text<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    id: Option<Text<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    terminal: Option<Text<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    category: Option<Text<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    phone: Option<Text<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    email: Option<Text<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    preferences: Option<RawPreferences<'a>>,
});

object!(RawPreferences {
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    locale: Option<Text<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    threshold: Option<RawMoney<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    quiet_hours: Option<Text<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    utc_offset_minutes: Option<i16>,
});

/// Says which field of an event that cannot be read is wrong. Slow, and only
/// for events that are refused anyway.
pub(super) fn explain(text: &str) -> Error {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let Err(error) = serde_path_to_error::deserialize::<_, RawRecord<'_>>(&mut deserializer) else {
        return Error::new("", "more than one value in a line");
    };
    let path = error.path().to_string();
    let inner = error.into_inner();
    Error::new(shown(&path), detail(&inner))
}

/// The fields that have fields of their own.
const OBJECTS: [&str; 12] = [
    "amount",
    "balance",
    "billing",
    "card",
    "cardholder",
    "cashback",
    "fee",
    "ignored",
    "merchant",
    "original_amount",
    "preferences",
    "threshold",
];

/// As much of a field's path as may be repeated. What stands in place of a
/// field's name may be a value that slipped, or was put, there, dots and all;
/// only the last name can be one that is not ours. (A name that was not read
/// to its end is a `?`.)
fn shown(path: &str) -> &str {
    let mut end = 0;
    for part in path.split('.') {
        let start = if end == 0 { 0 } else { end + 1 };
        let is_last = start + part.len() == path.len();
        let ours = OBJECTS.contains(&part) || (is_last && is_name(part));
        if !ours {
            break;
        }
        end = start + part.len();
    }
    &path[..end]
}

/// Whether this is a field's name: lower case letters and underscores, and a
/// digit at the end.
fn is_name(text: &str) -> bool {
    const LETTERS_MAX: usize = 24;
    let letters = text.strip_suffix(|last: char| last.is_ascii_digit()).unwrap_or(text);
    (1..=LETTERS_MAX).contains(&letters.len())
        && letters.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

/// What serde_json says, without what it quotes of the event: its own words
/// stand before the first quotation and behind `expected`.
fn detail(error: &serde_json::Error) -> String {
    let column = error.column();
    if error.is_syntax() || error.is_eof() {
        return format!("not JSON at column {column}");
    }
    let text = error.to_string();
    if text.starts_with("unknown field") {
        return "is not a known field".into();
    }
    if text.starts_with("missing field") || text.starts_with("duplicate field") {
        // The field is named by this crate, so it may be repeated.
        return text.split(" at line").next().unwrap_or_default().into();
    }
    match text.rsplit_once("expected ") {
        Some((_, expected)) => {
            format!("expected {}", expected.split(" at line").next().unwrap_or_default())
        }
        None => format!("cannot be read at column {column}"),
    }
}

impl<'a> From<&'a Transaction> for RawRecord<'a> {
    fn from(transaction: &'a Transaction) -> Self {
        let full = |text: &'a String| (!text.is_empty()).then(|| Text::from(text.as_str()));
        Self {
            ignored: None,
            id: full(&transaction.id),
            kind: Some(transaction.kind.as_str().into()),
            original_kind: transaction.original_kind.map(|kind| kind.as_str().into()),
            approval: Some(transaction.approval.as_str().into()),
            amount: Some(transaction.amount.into()),
            original_amount: transaction.original_amount.map(Into::into),
            fee: transaction.fee.map(Into::into),
            balance: transaction.balance.map(Into::into),
            cashback: transaction.cashback.map(Into::into),
            billing: transaction.billing.map(|billing| RawBilling {
                amount: billing.amount.into(),
                rate: billing.rate.map(|rate| rate.to_string().into()),
            }),
            time: Some(transaction.time.to_string().into()),
            card: Some(RawCard {
                pan: None,
                bin: Some(transaction.card.bin.to_string().into()),
                last4: Some(transaction.card.last4.to_string().into()),
                brand: full(&transaction.card.brand),
                issuer: full(&transaction.card.issuer),
                token: transaction.card.token.as_deref().map(Into::into),
            }),
            cardholder: RawCardholder::unless_empty(&transaction.cardholder),
            merchant: Some((&transaction.merchant).into()),
            counterparty: transaction.counterparty.as_deref().map(Into::into),
            entry_mode: Some(transaction.entry_mode.as_str().into()),
            rrn: full(&transaction.rrn),
            stan: full(&transaction.stan),
            original_stan: transaction.original_stan.as_deref().map(Into::into),
            original_id: transaction.original_id.as_deref().map(Into::into),
            second_event: transaction.second_event.map(|second| second.as_str().into()),
            authorisation_code: full(&transaction.authorisation_code),
            acquirer: full(&transaction.acquirer),
        }
    }
}

impl From<Money> for RawMoney<'_> {
    fn from(money: Money) -> Self {
        Self {
            minor_units: money.minor_units(),
            currency: money.currency().into(),
            exponent: Some(money.exponent()),
        }
    }
}

impl<'a> RawCardholder<'a> {
    fn unless_empty(cardholder: &'a Cardholder) -> Option<Self> {
        let raw = Self {
            name: cardholder.name.as_deref().map(Into::into),
            phone: cardholder.phone.as_deref().map(Into::into),
            email: cardholder.email.as_deref().map(Into::into),
            id_number: cardholder.id_number.as_deref().map(Into::into),
            account: cardholder.account.as_deref().map(Into::into),
            preferences: RawPreferences::unless_empty(&cardholder.preferences),
        };
        let empty = raw.name.is_none()
            && raw.phone.is_none()
            && raw.email.is_none()
            && raw.id_number.is_none()
            && raw.account.is_none()
            && raw.preferences.is_none();
        (!empty).then_some(raw)
    }
}

impl<'a> From<&'a Merchant> for RawMerchant<'a> {
    fn from(merchant: &'a Merchant) -> Self {
        let full = |text: &'a String| (!text.is_empty()).then(|| Text::from(text.as_str()));
        Self {
            name: merchant.name.as_str().into(),
            city: full(&merchant.city),
            country: full(&merchant.country),
            address: merchant.address.as_deref().map(Into::into),
            id: full(&merchant.id),
            terminal: full(&merchant.terminal),
            category: full(&merchant.category),
            phone: merchant.phone.as_deref().map(Into::into),
            email: merchant.email.as_deref().map(Into::into),
            preferences: RawPreferences::unless_empty(&merchant.preferences),
        }
    }
}

impl<'a> RawPreferences<'a> {
    fn unless_empty(preferences: &'a Preferences) -> Option<Self> {
        (*preferences != Preferences::default()).then(|| Self {
            locale: preferences.locale.as_deref().map(Into::into),
            threshold: preferences.threshold.map(Into::into),
            quiet_hours: preferences.quiet_hours.map(|hours| hours.to_string().into()),
            utc_offset_minutes: preferences.utc_offset_minutes,
        })
    }
}
