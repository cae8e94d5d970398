use std::fmt::{self, Write};

use crate::{Card, Error, Money, Result, Timestamp};

/// One enum whose cases have the names that JSON, rules and templates use.
macro_rules! closed_set {
    ($(#[$doc:meta])* pub enum $name:ident($field:literal) { $($(#[$case_doc:meta])* $case:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$case_doc])* $case,)* }

        impl $name {
            /// Every case, in the order of the definition.
            pub const ALL: &[Self] = &[$(Self::$case,)*];

            /// The name of the case.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$case => $text,)* }
            }

            /// The case of this name.
            ///
            /// # Errors
            /// Names the field and the cases it may have; the text is not
            /// repeated.
            pub fn parse(text: &str) -> $crate::Result<Self> {
                match text {
                    $($text => Ok(Self::$case),)*
                    _ => Err($crate::Error::new($field, concat!("expected one of", $(" ", $text,)*))),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

/// What one unit of input says.
#[derive(Debug, Clone)]
pub enum Record {
    /// A transaction that may make messages.
    Transaction(Box<Transaction>),
    /// Something well-formed that makes none.
    Ignored(Ignored),
}

/// A well-formed message of the source that makes no notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ignored {
    /// Why it makes none.
    pub reason: IgnoredReason,
    /// The message type indicator, 4 digits; empty where the source has none.
    pub mti: String,
}

closed_set! {
    /// Why a message of the source makes no notification.
    pub enum IgnoredReason("ignored.reason") {
        /// A request: only its response says what the issuer decided.
        Request = "request",
        /// Sign-on, key exchange, echo (MTI 08xx).
        NetworkManagement = "network-management",
        /// A settlement, file or administrative message.
        Administrative = "administrative",
        /// The dialect has no row for this message: somebody should look.
        UnknownMapping = "unknown-mapping",
        /// The dialect does not know what this response code means: somebody should look.
        UnknownResponse = "unknown-response",
        /// An answer without its card, whose request was not seen: somebody should look.
        Unpaired = "unpaired",
        /// A reversal that leaves everything as it was.
        NothingReversed = "nothing-reversed",
    }
}

impl IgnoredReason {
    /// Whether somebody should look: the source said something that nobody
    /// mapped.
    pub fn is_alarm(self) -> bool {
        matches!(self, Self::UnknownMapping | Self::UnknownResponse | Self::Unpaired)
    }
}

closed_set! {
    /// What happened. [`Kind::as_str`] gives the names that plugins see.
    pub enum Kind("kind") {
        /// Goods or services.
        Purchase = "purchase",
        /// A purchase with cash handed out at the till.
        PurchaseWithCashback = "purchase-with-cashback",
        /// Cash from a machine or a counter.
        CashWithdrawal = "cash-withdrawal",
        /// Money back for an earlier purchase.
        Refund = "refund",
        /// A purchase taken back on the same day, by the merchant.
        Void = "void",
        /// An amount held for later.
        PreAuthorisation = "pre-authorisation",
        /// The debit of a held amount.
        Completion = "completion",
        /// Money paid in.
        Deposit = "deposit",
        /// A bill paid.
        Payment = "payment",
        /// Money sent to another account.
        Transfer = "transfer",
        /// A transaction taken back by the network or the terminal.
        Reversal = "reversal",
        /// A balance asked for.
        Inquiry = "inquiry",
        /// An earlier transaction's amount, replaced: `amount` is the new
        /// position, `original_amount` the one before.
        Adjustment = "adjustment",
        /// A card or account looked at, for an amount of zero.
        Verification = "verification",
    }
}

closed_set! {
    /// What a second event of the same kind is to an earlier one of its case,
    /// where a dialect knows better than the general table
    /// ([`crate::case`]).
    pub enum SecondEvent("second_event") {
        /// The same transaction again.
        Repeat = "repeat",
        /// The earlier one, with another amount.
        Replaces = "replaces",
        /// A further one beside it.
        Adds = "adds",
    }
}

closed_set! {
    /// What the issuer said.
    pub enum Approval("approval") {
        /// Approved for the whole amount.
        Approved = "approved",
        /// Approved for less than was asked.
        PartiallyApproved = "partially-approved",
        /// Not approved.
        Declined = "declined",
    }
}

closed_set! {
    /// How the card was read (DE22).
    pub enum EntryMode("entry_mode") {
        /// Contact chip.
        Chip = "chip",
        /// Contactless chip or phone.
        Contactless = "contactless",
        /// Magnetic stripe.
        Magstripe = "magstripe",
        /// Typed in.
        Manual = "manual",
        /// A code on a screen.
        Qr = "qr",
        /// The internet.
        Ecommerce = "ecommerce",
        /// Not said.
        Unknown = "unknown",
    }
}

closed_set! {
    /// Whom a message is for.
    pub enum Party("party") {
        /// The person whose card was used.
        Cardholder = "cardholder",
        /// The business that took the card.
        Merchant = "merchant",
    }
}

/// One card transaction, from whatever source.
#[derive(Clone)]
pub struct Transaction {
    /// The name people use for it, at most 128 bytes; unique within a day's
    /// feed. See [`Transaction::derive_id`].
    pub id: String,
    /// What happened.
    pub kind: Kind,
    /// What a reversal or void takes back, where the source says so.
    pub original_kind: Option<Kind>,
    /// What the issuer said.
    pub approval: Approval,
    /// The amount of this transaction; the approved amount if it is partial.
    pub amount: Money,
    /// The amount asked for (partial approval), or the position before this
    /// transaction changed it (reversal, void, adjustment).
    pub original_amount: Option<Money>,
    /// The fee charged to the cardholder.
    pub fee: Option<Money>,
    /// The cardholder's available balance afterwards.
    pub balance: Option<Money>,
    /// The part of the amount that was handed out as cash (purchase with cashback).
    pub cashback: Option<Money>,
    /// What the cardholder's account is charged, where the card has another currency.
    pub billing: Option<Billing>,
    /// When it happened, on the merchant's wall clock, as the source says.
    pub time: Timestamp,
    /// When it was accepted, if [`Transaction::time`] cannot be right: this counts
    /// instead. Set by [`Transaction::accept`]; canonical JSON does not carry it.
    pub counts_from: Option<Timestamp>,
    /// The card.
    pub card: Card,
    /// The person whose card was used.
    pub cardholder: Cardholder,
    /// The business that took the card.
    pub merchant: Merchant,
    /// The other side of a transfer or payment.
    pub counterparty: Option<String>,
    /// How the card was read.
    pub entry_mode: EntryMode,
    /// The retrieval reference number (DE37); empty where unknown.
    pub rrn: String,
    /// The system trace audit number (DE11); empty where unknown.
    pub stan: String,
    /// The trace number of the transaction that this one takes back (DE90).
    pub original_stan: Option<String>,
    /// The source's own `id` of the transaction that this one takes back.
    pub original_id: Option<String>,
    /// Whether `id` is the source's own: one that was derived says nothing
    /// that the other fields do not say.
    pub has_own_id: bool,
    /// What this is to an earlier event of its case, where the dialect says so.
    pub second_event: Option<SecondEvent>,
    /// The authorisation code (DE38); empty where unknown.
    pub authorisation_code: String,
    /// The acquirer (DE32); empty where unknown.
    pub acquirer: String,
}

/// An amount in the currency of the card (DE6, DE51), and how it was converted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Billing {
    /// The amount, in the card's currency.
    pub amount: Money,
    /// How many units of the card's currency one of the transaction's is (DE10).
    pub rate: Option<ConversionRate>,
}

/// A rate of conversion of seven digits, as ISO 8583 writes it: `0.1402311`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConversionRate {
    digits: u32,
    decimals: u8,
}

impl ConversionRate {
    const DIGITS_MAX: u32 = 9_999_999;
    const DECIMALS_MAX: u8 = 7;

    /// A rate of so many digits (at most seven), so many of them behind the point.
    ///
    /// # Errors
    /// If it is 0, has over seven digits, or over seven of them behind the point.
    pub fn new(digits: u32, decimals: u8) -> Result<Self> {
        match digits {
            1..=Self::DIGITS_MAX if decimals <= Self::DECIMALS_MAX => Ok(Self { digits, decimals }),
            _ => Err(Error::new("rate", "expected up to seven digits, and a point")),
        }
    }

    /// Its digits, as a number.
    pub fn digits(self) -> u32 {
        self.digits
    }

    /// How many of them stand behind the point.
    pub fn decimals(self) -> u8 {
        self.decimals
    }

    /// Reads what `Display` writes.
    ///
    /// # Errors
    /// If it is no decimal number of up to seven digits.
    pub fn parse(text: &str) -> Result<Self> {
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        let is_number = !whole.is_empty()
            && text.len() <= 9
            && [whole, part].concat().bytes().all(|byte| byte.is_ascii_digit());
        let digits = is_number.then(|| [whole, part].concat().parse().ok()).flatten();
        // At most nine characters, so the number of decimals fits.
        Self::new(digits.unwrap_or_default(), part.len() as u8)
    }
}

impl fmt::Display for ConversionRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scale = 10_u32.pow(self.decimals.into());
        write!(f, "{}", self.digits / scale)?;
        if self.decimals == 0 {
            return Ok(());
        }
        write!(f, ".{:0width$}", self.digits % scale, width = self.decimals.into())
    }
}

/// The cardholder's personal fields. Printing them is refused: see `Debug`.
#[derive(Clone, Default)]
pub struct Cardholder {
    /// The full name.
    pub name: Option<String>,
    /// The telephone number: the recipient on channel `sms`.
    pub phone: Option<String>,
    /// The e-mail address: the recipient on channel `email`.
    pub email: Option<String>,
    /// The national identity number.
    pub id_number: Option<String>,
    /// The account number.
    pub account: Option<String>,
    /// How the cardholder wants to be told.
    pub preferences: Preferences,
}

/// The merchant.
#[derive(Clone, Default)]
pub struct Merchant {
    /// The trading name; untrusted text.
    pub name: String,
    /// The city; empty where unknown.
    pub city: String,
    /// ISO 3166-1 alpha-2 in capitals; empty where unknown.
    pub country: String,
    /// The postal address.
    pub address: Option<String>,
    /// The merchant's identifier (DE42); empty where unknown.
    pub id: String,
    /// The terminal's identifier (DE41); empty where unknown.
    pub terminal: String,
    /// The category code (DE18), 4 digits; empty where unknown.
    pub category: String,
    /// The telephone number: the recipient on channel `sms`.
    pub phone: Option<String>,
    /// The e-mail address: the recipient on channel `email`.
    pub email: Option<String>,
    /// How the merchant wants to be told.
    pub preferences: Preferences,
}

/// How one party wants to be told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preferences {
    /// The BCP 47 language tag.
    pub locale: Option<String>,
    /// Debits below this amount are not worth a message.
    pub threshold: Option<Money>,
    /// When optional messages are not wanted.
    pub quiet_hours: Option<QuietHours>,
    /// Minutes to add to UTC for the party's wall clock.
    pub utc_offset_minutes: Option<i16>,
}

/// A part of the local day, in minutes from midnight; a start after the end
/// means: through midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuietHours {
    /// First quiet minute, 0 to 1439.
    pub start_minute: u16,
    /// First minute that is no longer quiet, 0 to 1439.
    pub end_minute: u16,
}

impl QuietHours {
    /// Reads a span of the wall clock, such as `22:00-07:00`.
    ///
    /// # Errors
    /// Names `quiet_hours` if the text is something else.
    pub fn parse(text: &str) -> Result<Self> {
        let minute = |text: &str| -> Option<u16> {
            let (hour, minute) = text.split_once(':')?;
            if hour.len() != 2 || minute.len() != 2 {
                return None;
            }
            let (hour, minute) = (hour.parse::<u16>().ok()?, minute.parse::<u16>().ok()?);
            (hour < 24 && minute < 60).then_some(hour * 60 + minute)
        };
        text.split_once('-')
            .and_then(|(start, end)| {
                Some(Self { start_minute: minute(start)?, end_minute: minute(end)? })
            })
            .ok_or_else(|| Error::new("quiet_hours", "expected a span such as 22:00-07:00"))
    }
}

/// Writes what [`QuietHours::parse`] reads.
impl fmt::Display for QuietHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [start, end] = [self.start_minute, self.end_minute].map(|at| (at / 60, at % 60));
        write!(f, "{:02}:{:02}-{:02}:{:02}", start.0, start.1, end.0, end.1)
    }
}

/// What makes two messages of the source the same transaction.
///
/// A repeat, or an advice after the response, has the same key; the trace
/// number of a reversal's original finds what it takes back.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CorrelationKey {
    /// DE32.
    pub acquirer: String,
    /// DE42.
    pub merchant: String,
    /// DE41.
    pub terminal: String,
    /// The local day, 20261120.
    pub day: u32,
    /// DE37.
    pub rrn: String,
    /// DE11.
    pub stan: String,
    /// What happened.
    pub kind: Kind,
}

/// How long before its acceptance a transaction may have happened for its own time
/// to count, in seconds: 7 days.
pub const TIME_BEFORE_SECONDS: i64 = 7 * 86_400;
/// How far a source's clock may be ahead of ours for its time to count, in seconds:
/// an hour.
pub const TIME_AFTER_SECONDS: i64 = 3_600;

impl Transaction {
    /// Notes when it was accepted, in seconds since 1970. That counts instead of its
    /// own time where this is earlier by more than [`TIME_BEFORE_SECONDS`] or later
    /// by more than [`TIME_AFTER_SECONDS`]; texts show its own time all the same.
    pub fn accept(&mut self, at_seconds: i64) {
        let after = self.time.unix_seconds() - at_seconds;
        self.counts_from = match (-TIME_BEFORE_SECONDS..=TIME_AFTER_SECONDS).contains(&after) {
            true => None,
            false => Timestamp::new(at_seconds, self.time.utc_offset_minutes()).ok(),
        };
    }

    /// The time from which rules, expiry and lateness count, and by which events of
    /// a case are near each other: its own, or its acceptance.
    pub fn counted_time(&self) -> Timestamp {
        self.counts_from.unwrap_or(self.time)
    }

    /// The key by which the same transaction is recognised, or `None` where
    /// the source gave neither RRN nor STAN and every event stands alone.
    pub fn correlation_key(&self) -> Option<CorrelationKey> {
        if self.rrn.is_empty() && self.stan.is_empty() {
            return None;
        }
        Some(CorrelationKey {
            acquirer: self.acquirer.clone(),
            merchant: self.merchant.id.clone(),
            terminal: self.merchant.terminal.clone(),
            day: self.time.local_day(),
            rrn: self.rrn.clone(),
            stan: self.stan.clone(),
            kind: self.kind,
        })
    }

    /// A name from what identifies it: day, terminal, RRN, STAN, amount in minor units and
    /// kind, such as `20261120-00000312-632408000123-000123-12850-purchase`; a tip's
    /// adjustment has another amount than its sale. Terminal and numbers are cut at 24 bytes,
    /// which no network's are near.
    pub fn derive_id(&self) -> String {
        const PART_BYTES_MAX: usize = 24;
        let mut id = String::with_capacity(crate::json::REFERENCE_BYTES_MAX);
        // A String takes whatever is written to it.
        let _ = write!(id, "{}", self.time.local_day());
        let amount = self.amount.minor_units().to_string();
        let (rrn, stan) = (self.rrn.as_str(), self.stan.as_str());
        for part in [self.merchant.terminal.as_str(), rrn, stan, &amount, self.kind.as_str()] {
            if !part.is_empty() {
                id.push('-');
                id.push_str(&part[..part.floor_char_boundary(PART_BYTES_MAX)]);
            }
        }
        id
    }

    /// The recipient of one party on one channel: a telephone number for
    /// `sms`, an address for `email`, nothing for a channel not known here.
    pub fn recipient(&self, party: Party, channel: &str) -> Option<&str> {
        let (phone, email) = match party {
            Party::Cardholder => (&self.cardholder.phone, &self.cardholder.email),
            Party::Merchant => (&self.merchant.phone, &self.merchant.email),
        };
        match channel {
            "sms" => phone.as_deref(),
            "email" => email.as_deref(),
            _ => None,
        }
    }
}

/// Shows what identifies the transaction, and no personal field.
impl fmt::Debug for Transaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .field("approval", &self.approval)
            .field("time", &self.time)
            .finish_non_exhaustive()
    }
}
