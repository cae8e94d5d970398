//! What the bench and its Extism plugin say to each other, in JSON, and what
//! every contender's answer is compared as.
//!
//! Texts are borrowed where that is possible: the bench writes them from a
//! transaction without a copy.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// A text of a transaction.
pub type Text<'a> = Cow<'a, str>;

/// An amount.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[expect(missing_docs, reason = "as in wit/types.wit")]
pub struct Money<'a> {
    pub minor_units: i64,
    pub currency: Text<'a>,
    pub exponent: u8,
}

/// An instant.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[expect(missing_docs, reason = "as in wit/types.wit")]
pub struct Time {
    pub unix_seconds: i64,
    pub utc_offset_minutes: i16,
}

/// What happened.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[expect(missing_docs, reason = "as in wit/types.wit")]
pub struct Event<'a> {
    pub kind: Text<'a>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub original_kind: Option<Text<'a>>,
    pub approval: Text<'a>,
    pub amount: Money<'a>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub original_amount: Option<Money<'a>>,
    pub time: Time,
}

/// How a party wants to be told.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[expect(missing_docs, reason = "as in wit/types.wit")]
pub struct Preferences<'a> {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub locale: Option<Text<'a>>,
    pub channels: Vec<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub threshold: Option<Money<'a>>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub quiet_hours: Option<(u16, u16)>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub utc_offset_minutes: Option<i16>,
}

/// What the router may know.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[expect(missing_docs, reason = "as in wit/types.wit")]
pub struct Facts<'a> {
    pub event: Event<'a>,
    pub now: Time,
    pub bin: u32,
    pub brand: Text<'a>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub card_token: Option<Text<'a>>,
    pub merchant_id: Text<'a>,
    pub terminal_id: Text<'a>,
    pub category: Text<'a>,
    pub country: Text<'a>,
    pub entry_mode: Text<'a>,
    pub cardholder: Preferences<'a>,
    pub merchant: Preferences<'a>,
}

/// What the masker may know, but for the event.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[expect(missing_docs, reason = "as in wit/types.wit")]
pub struct Personal<'a> {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub fee: Option<Money<'a>>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub balance: Option<Money<'a>>,
    pub bin: u32,
    pub last4: u16,
    pub brand: Text<'a>,
    pub issuer: Text<'a>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub phone: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub email: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id_number: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub account: Option<Text<'a>>,
    pub merchant_name: Text<'a>,
    pub merchant_city: Text<'a>,
    pub merchant_country: Text<'a>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub merchant_address: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub merchant_phone: Option<Text<'a>>,
    pub merchant_id: Text<'a>,
    pub terminal_id: Text<'a>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub counterparty: Option<Text<'a>>,
    pub rrn: Text<'a>,
    pub stan: Text<'a>,
    pub authorisation_code: Text<'a>,
}

/// All of a transaction, for a plugin that does everything in one call.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the two records above")]
pub struct Whole<'a> {
    pub facts: Facts<'a>,
    pub personal: Personal<'a>,
}

/// The masker's question.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[expect(missing_docs, reason = "as in wit/privacy.wit")]
pub struct Mask<'a> {
    pub party: Text<'a>,
    pub event: Event<'a>,
    pub personal: Personal<'a>,
}

/// The masker's answer: what one party may read.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[expect(missing_docs, reason = "as in wit/types.wit")]
pub struct View<'a> {
    pub party: Text<'a>,
    pub event: Event<'a>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub fee: Option<Money<'a>>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub balance: Option<Money<'a>>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bin: Option<u32>,
    pub last4: u16,
    pub brand: Text<'a>,
    pub issuer: Text<'a>,
    /// The texts that a party may or may not see, in the order of the interface
    /// from `cardholder-name` on.
    pub texts: [Option<Text<'a>>; 16],
}

/// The renderer's question.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[expect(missing_docs, reason = "as in wit/rendering.wit")]
pub struct Render<'a> {
    pub template: Text<'a>,
    pub locale: Text<'a>,
    pub view: View<'a>,
}

/// What became of a transaction, as every contender's answer is compared.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// `notified` or `suppressed`.
    pub decision: String,
    /// The reason's code.
    pub reason: String,
    /// The rule that decided.
    pub rule: String,
    /// The messages, in order.
    pub messages: Vec<Message>,
}

/// One message. The router answers with its text empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// `cardholder` or `merchant`.
    pub party: String,
    /// Such as `sms`.
    pub channel: String,
    /// The template's name.
    pub template: String,
    /// The language tag.
    pub locale: String,
    /// 0 to 100.
    pub priority: u8,
    /// Not to be sent before, in seconds since 1970.
    pub not_before: Option<i64>,
    /// Worthless from here on, in seconds since 1970.
    pub expires_at: Option<i64>,
    /// The text.
    pub text: String,
}
