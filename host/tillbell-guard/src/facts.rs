//! The facts that a text may name: of the transaction, of its bank, and for whom.

use std::fmt;

use tillbell_transaction::{Money, Party, Timestamp};

use crate::{bidi, written};

/// What accounts for a number in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
#[repr(u8)]
pub enum Fact {
    /// What moved.
    Amount,
    /// What was asked for, or the position before.
    OriginalAmount,
    /// The cardholder's fee.
    Fee,
    /// The cardholder's balance afterwards, with its sign.
    Balance,
    /// What a counter sums up.
    Sum,
    /// The amount from which a party wants to be told.
    Threshold,
    /// The day of the transaction.
    Date,
    /// Its time of day.
    Clock,
    /// The day since which a counter counts.
    SinceDate,
    /// That day's time.
    SinceClock,
    /// How many transactions a counter holds.
    Count,
    /// The card's last four digits.
    LastFour,
    /// The card's first digits, with the rest hidden.
    Bin,
    /// The retrieval reference number.
    Rrn,
    /// The system trace audit number.
    Stan,
    /// The authorisation code.
    AuthorisationCode,
    /// The terminal's identifier.
    Terminal,
    /// The merchant's identifier.
    MerchantId,
    /// The cardholder's telephone, masked.
    CardholderPhone,
    /// The merchant's telephone, masked.
    MerchantPhone,
    /// The cardholder's identity number, masked.
    IdNumber,
    /// The cardholder's account, masked.
    Account,
    /// The number of the other side of a transfer, masked.
    Counterparty,
    /// The merchant's name.
    MerchantName,
    /// The merchant's city or address.
    Place,
    /// The cardholder's name, as far as it may be shown.
    CardholderName,
    /// The card's issuer or brand.
    Issuer,
    /// The bank's signature.
    Signature,
    /// The bank's hotline, or another number that its manifest lists.
    Hotline,
    /// A domain that the manifest lists.
    Link,
    /// A phrase that the manifest lists.
    Phrase,
    /// What the account is charged, in the card's currency.
    Billing,
    /// What was handed out as cash.
    Cashback,
    /// The day of the transaction on the cardholder's own wall clock.
    LocalDate,
    /// Its time of day there.
    LocalClock,
}

impl Fact {
    /// The fact's name in reports, such as `rrn`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Amount => "amount",
            Self::OriginalAmount => "original-amount",
            Self::Fee => "fee",
            Self::Balance => "balance",
            Self::Sum => "sum",
            Self::Threshold => "threshold",
            Self::Date => "date",
            Self::Clock => "clock",
            Self::SinceDate => "since-date",
            Self::SinceClock => "since-clock",
            Self::Count => "count",
            Self::LastFour => "last-four",
            Self::Bin => "bin",
            Self::Rrn => "rrn",
            Self::Stan => "stan",
            Self::AuthorisationCode => "authorisation-code",
            Self::Terminal => "terminal",
            Self::MerchantId => "merchant-id",
            Self::CardholderPhone => "cardholder-phone",
            Self::MerchantPhone => "merchant-phone",
            Self::IdNumber => "id-number",
            Self::Account => "account",
            Self::Counterparty => "counterparty",
            Self::MerchantName => "merchant-name",
            Self::Place => "place",
            Self::CardholderName => "cardholder-name",
            Self::Issuer => "issuer",
            Self::Signature => "signature",
            Self::Hotline => "hotline",
            Self::Link => "link",
            Self::Phrase => "phrase",
            Self::Billing => "billing",
            Self::Cashback => "cashback",
            Self::LocalDate => "local-date",
            Self::LocalClock => "local-clock",
        }
    }

    /// Whether it is a sum, a time or a count: no part of a card's number.
    pub(crate) fn is_quantity(self) -> bool {
        matches!(
            self,
            Self::Amount
                | Self::OriginalAmount
                | Self::Fee
                | Self::Balance
                | Self::Sum
                | Self::Threshold
                | Self::Date
                | Self::Clock
                | Self::SinceDate
                | Self::SinceClock
                | Self::Count
                | Self::Billing
                | Self::Cashback
                | Self::LocalDate
                | Self::LocalClock
        )
    }

    pub(crate) fn bit(self) -> u64 {
        1 << self as u8
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Which facts of a transaction a view repeats: a text can name no others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown(u64);

impl Shown {
    /// All that the host's table allows.
    pub const ALL: Self = Self(u64::MAX);
    /// What every text may name: the amount, the time, the last four digits.
    pub const LEAST: Self = Self(
        1 << Fact::Amount as u8
            | 1 << Fact::OriginalAmount as u8
            | 1 << Fact::Date as u8
            | 1 << Fact::Clock as u8
            | 1 << Fact::LastFour as u8,
    );

    /// The same, and this one if it is there.
    #[must_use]
    pub fn with(self, fact: Fact, is_there: bool) -> Self {
        Self(self.0 | if is_there { fact.bit() } else { 0 })
    }

    pub(crate) fn has(self, fact: Fact) -> bool {
        self.0 & fact.bit() != 0
    }
}

/// Who reads a text, and in what language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reader {
    /// None where it is not known, and then what either may read is a fact.
    party: Option<Party>,
    /// Whether the text's language writes a comma before decimals; none where it is
    /// not known.
    has_decimal_comma: Option<bool>,
    is_right_to_left: bool,
    shown: Shown,
}

impl Default for Reader {
    fn default() -> Self {
        Self { party: None, has_decimal_comma: None, is_right_to_left: false, shown: Shown::ALL }
    }
}

impl Reader {
    /// One party, who reads a language by its BCP 47 tag (it says how sums with three
    /// decimals are read, and whether a text may have bidirectional marks), of a view that
    /// repeats these facts.
    pub fn new(party: Party, locale: &str, shown: Shown) -> Self {
        Self {
            party: Some(party),
            has_decimal_comma: Some(written::has_decimal_comma(locale)),
            is_right_to_left: bidi::is_right_to_left(locale),
            shown,
        }
    }

    /// Of a template's own words: nothing of a transaction.
    pub(crate) fn of_literals() -> Self {
        Self { shown: Shown(0), ..Self::default() }
    }

    pub(crate) fn party(&self) -> Option<Party> {
        self.party
    }

    /// Whether the reader's language writes a comma before decimals; none where it is not
    /// known.
    pub fn has_decimal_comma(&self) -> Option<bool> {
        self.has_decimal_comma
    }

    /// Whether the reader's language is known to run from right to left.
    pub(crate) fn is_right_to_left(&self) -> bool {
        self.is_right_to_left
    }

    /// The host's table: what a role's text may name. A merchant learns nothing of the
    /// cardholder's money and accounts beyond this transaction.
    pub(crate) fn may_read(&self, fact: Fact) -> bool {
        let is_cardholders = matches!(
            fact,
            Fact::Fee
                | Fact::Balance
                | Fact::Billing
                | Fact::Sum
                | Fact::Count
                | Fact::SinceDate
                | Fact::SinceClock
                | Fact::LocalDate
                | Fact::LocalClock
                | Fact::IdNumber
                | Fact::Account
        );
        let by_role = !(is_cardholders && self.party == Some(Party::Merchant));
        // What the host itself works out stands in no view.
        let is_of_view = !matches!(
            fact,
            Fact::Sum
                | Fact::Count
                | Fact::SinceDate
                | Fact::SinceClock
                | Fact::Threshold
                | Fact::Signature
        );
        by_role && (!is_of_view || self.shown.has(fact))
    }
}

/// What a counter of the bank holds, as its plugins were told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// How many transactions.
    pub count: u32,
    /// The sum of their amounts.
    pub sum: Option<Money>,
    /// When the first of them happened.
    pub since: Option<Timestamp>,
}
