//! One card transaction, as it stands between a source (ISO 8583, JSON) and
//! the pipeline.
//!
//! Sources parse bytes into a [`Transaction`] once; everything behind them
//! relies on its types. The full card number lives in [`Pan`] alone, which
//! cannot be printed, serialised or compared in the open. [`json`] reads and
//! writes the canonical JSON form, which never contains it.
//!
//! This crate decides nothing: it knows no bank, no plugin and no network.
//!
//! ```
//! use tillbell_transaction::{Record, json};
//!
//! let line = br#"{"kind":"purchase","approval":"approved",
//!     "amount":{"minor_units":12850,"currency":"CNY"},
//!     "time":"2026-11-20T08:31:05+08:00",
//!     "card":{"bin":"621626","last4":"0018"},
//!     "merchant":{"name":"Coffee Lab"}}"#;
//! let Record::Transaction(transaction) = json::read(line)? else { panic!() };
//! assert_eq!(transaction.amount.to_string(), "128.50 CNY");
//! # Ok::<(), tillbell_transaction::Error>(())
//! ```

mod card;
pub mod case;
mod contact;
mod correlation;
mod error;
pub mod json;
mod lines;
mod money;
mod strike;
mod time;
mod token;
mod transaction;

pub use card::{Bin, Card, Last4, Pan, is_card_number, luhn};
pub use contact::masked_contact;
pub use correlation::{CorrelationDigest, REVERSAL_SECONDS_MAX, correlation_digest};
pub use error::{Error, Result};
pub use lines::{Line, Lines};
pub use money::Money;
pub use time::Timestamp;
pub use token::TokenKey;
pub use transaction::{
    Approval, Billing, Cardholder, ConversionRate, CorrelationKey, EntryMode, Ignored,
    IgnoredReason, Kind, Merchant, Party, Preferences, QuietHours, Record, SecondEvent,
    TIME_AFTER_SECONDS, TIME_BEFORE_SECONDS, Transaction,
};
