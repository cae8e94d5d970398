use std::fmt;

use tillbell_guard::{Guard, Rule};
use tillbell_transaction::{Money, Party, QuietHours, Timestamp, masked_contact};

/// What is wrong with a row, or a contact; never its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error(String);

/// The result of most functions of this crate.
pub type Result<T> = std::result::Result<T, Error>;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}

/// The longest reference, in bytes: as in an event.
const REFERENCE_BYTES_MAX: usize = 128;
/// Digits of a telephone number (E.164 has at most 15).
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 3..=15;
/// The longest e-mail address, in bytes (RFC 5321).
const EMAIL_BYTES_MAX: usize = 254;
/// The longest language tag, in bytes (BCP 47).
const LOCALE_BYTES_MAX: usize = 35;

/// A telephone number or an e-mail address. It is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Contact(String);

impl Contact {
    /// Reads a telephone number: 3 to 15 digits, a plus in front, and spaces
    /// and hyphens between, which are left out.
    ///
    /// # Errors
    /// If it is none; without the text.
    pub fn phone(text: &str) -> Result<Self> {
        let phone: String = text.chars().filter(|sign| !matches!(sign, ' ' | '-')).collect();
        let digits = phone.strip_prefix('+').unwrap_or(&phone);
        let is_phone = PHONE_DIGITS.contains(&digits.len())
            && digits.bytes().all(|digit| digit.is_ascii_digit());
        match is_phone {
            true => Ok(Self(phone)),
            false => Err(wrong("phone: expected 3 to 15 digits, such as +86 138 0013 8000")),
        }
    }

    /// Reads an e-mail address.
    ///
    /// # Errors
    /// If it is none; without the text.
    pub fn email(text: &str) -> Result<Self> {
        let parts = text.split_once('@');
        let is_email = parts.is_some_and(|(name, domain)| {
            !name.is_empty() && domain.contains('.') && !domain.contains('@')
        }) && text.len() <= EMAIL_BYTES_MAX
            && !text.chars().any(|sign| sign.is_whitespace() || sign.is_control());
        match is_email {
            true => Ok(Self(text.into())),
            false => Err(wrong("email: expected an address such as nana@mail.example")),
        }
    }

    /// The contact itself, for whoever sends to it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The contact as it may be shown.
    pub fn masked(&self) -> String {
        masked_contact(&self.0)
    }

    /// A contact that was read before it was stored.
    pub fn stored(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Contact(..)")
    }
}

/// One who may be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscriber {
    /// Cardholder or merchant.
    pub party: Party,
    /// The card's token, or the merchant's id; 1 to 128 bytes, never a card
    /// number.
    pub reference: String,
    /// Told by `sms` here.
    pub phone: Option<Contact>,
    /// Told by `email` here.
    pub email: Option<Contact>,
    /// The language tag (BCP 47).
    pub locale: Option<String>,
    /// Debits below this amount are not worth a message.
    pub threshold: Option<Money>,
    /// When optional messages are not wanted.
    pub quiet_hours: Option<QuietHours>,
    /// Minutes to add to UTC for the wall clock, -840 to 840.
    pub utc_offset_minutes: Option<i16>,
    /// Since when this person consents; none for one who does not.
    pub consent: Option<Timestamp>,
}

impl Subscriber {
    /// Whether the consent is dated later than this.
    pub fn consents_after(&self, latest: Timestamp) -> bool {
        self.consent.is_some_and(|consent| consent.unix_seconds() > latest.unix_seconds())
    }

    /// One of whom nothing is known yet, and who does not consent.
    ///
    /// # Errors
    /// For a reference that is empty, too long or a card
    /// number.
    pub fn new(party: Party, reference: &str) -> Result<Self> {
        if reference.is_empty() || reference.len() > REFERENCE_BYTES_MAX {
            return Err(wrong("reference: expected 1 to 128 bytes"));
        }
        if reference.chars().any(char::is_control) {
            return Err(wrong("reference: has a control character"));
        }
        let findings = Guard::new().inspect(reference);
        if party == Party::Cardholder && findings.iter().any(|found| found.rule == Rule::Pan) {
            return Err(wrong("reference: is a card number; expected the card's token"));
        }
        Ok(Self {
            party,
            reference: reference.into(),
            phone: None,
            email: None,
            locale: None,
            threshold: None,
            quiet_hours: None,
            utc_offset_minutes: None,
            consent: None,
        })
    }

    /// The same with a language tag such as `zh-CN`.
    ///
    /// # Errors
    /// For a text that is none.
    pub fn with_locale(mut self, tag: &str) -> Result<Self> {
        let is_tag = tag.len() <= LOCALE_BYTES_MAX
            && tag.split('-').all(|part| {
                (1..=8).contains(&part.len())
                    && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
            });
        if !is_tag {
            return Err(wrong("locale: expected a language tag such as zh-CN"));
        }
        self.locale = Some(tag.into());
        Ok(self)
    }

    /// The same on a wall clock so many minutes ahead of UTC.
    ///
    /// # Errors
    /// Beyond 14 hours.
    pub fn with_utc_offset_minutes(mut self, minutes: i16) -> Result<Self> {
        if !(-840..=840).contains(&minutes) {
            return Err(wrong("utc_offset_minutes: expected -840 to 840"));
        }
        self.utc_offset_minutes = Some(minutes);
        Ok(self)
    }
}

pub(crate) fn wrong(detail: impl Into<String>) -> Error {
    Error(detail.into())
}
