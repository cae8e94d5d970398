//! The masker's input and output, as plain types.
//!
//! They are generic over the event `E` and money `M`: the masker hands both on
//! and cannot look into them, so amount, time, kind and approval are the
//! host's by construction.

/// Whom a view is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Party {
    /// The person whose card was used.
    Cardholder,
    /// The business that took the card.
    Merchant,
}

impl Party {
    /// Both, in the order of a profile file.
    pub const ALL: [Self; 2] = [Self::Cardholder, Self::Merchant];

    /// The party's name in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cardholder => "cardholder",
            Self::Merchant => "merchant",
        }
    }
}

/// The card as far as a plugin may know it.
#[derive(Debug, Clone, Default)]
pub struct Card {
    /// The first 6 or 8 digits; 0 where unknown.
    pub bin: u32,
    /// The last four digits, 0 to 9999.
    pub last4: u16,
    /// The brand in lower case; "" where unknown.
    pub brand: String,
    /// The issuer's name for display; "" where unknown.
    pub issuer: String,
}

/// The cardholder, unmasked; a field is absent where the source did not say.
#[derive(Debug, Clone, Default)]
pub struct Person {
    /// The full name.
    pub name: Option<String>,
    /// The telephone number, as the source wrote it.
    pub phone: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
    /// The national identity number.
    pub id_number: Option<String>,
    /// The bank account number.
    pub account: Option<String>,
}

/// The merchant, unmasked and untrusted.
#[derive(Debug, Clone, Default)]
pub struct Establishment {
    /// The trading name.
    pub name: String,
    /// The city; "" where unknown.
    pub city: String,
    /// The country, two capitals; "" where unknown.
    pub country: String,
    /// The full postal address.
    pub address: Option<String>,
    /// The telephone number.
    pub phone: Option<String>,
    /// The merchant's identifier (DE42); "" where unknown.
    pub merchant_id: String,
    /// The terminal's identifier (DE41); "" where unknown.
    pub terminal_id: String,
}

/// What the masker may know of one transaction.
#[derive(Debug, Clone)]
pub struct Sensitive<E, M> {
    /// What happened; handed on unchanged.
    pub event: E,
    /// The fee charged to the cardholder.
    pub fee: Option<M>,
    /// The cardholder's balance.
    pub balance: Option<M>,
    /// The card, truncated.
    pub card: Card,
    /// The cardholder.
    pub cardholder: Person,
    /// The merchant.
    pub merchant: Establishment,
    /// The other side of a transfer or payment.
    pub counterparty: Option<String>,
    /// The retrieval reference number; "" if none.
    pub rrn: String,
    /// The system trace audit number; "" if none.
    pub stan: String,
    /// The authorisation code; "" if none.
    pub authorisation_code: String,
}

/// The card as one party may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownCard {
    /// The first 6 or 8 digits, where the party may see them.
    pub bin: Option<u32>,
    /// The last four digits, 0 to 9999.
    pub last4: u16,
    /// The brand in lower case; "" where unknown.
    pub brand: String,
    /// The issuer's name; "" where unknown.
    pub issuer: String,
}

/// What one party may read; a field it may not see is absent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each field is the masked one of the same name above")]
pub struct View<E, M> {
    pub party: Party,
    pub event: E,
    pub fee: Option<M>,
    pub balance: Option<M>,
    pub card: ShownCard,
    pub cardholder_name: Option<String>,
    pub cardholder_phone: Option<String>,
    pub cardholder_email: Option<String>,
    pub cardholder_id_number: Option<String>,
    pub cardholder_account: Option<String>,
    pub merchant_name: Option<String>,
    pub merchant_city: Option<String>,
    pub merchant_country: Option<String>,
    pub merchant_address: Option<String>,
    pub merchant_phone: Option<String>,
    pub merchant_id: Option<String>,
    pub terminal_id: Option<String>,
    pub counterparty: Option<String>,
    pub rrn: Option<String>,
    pub stan: Option<String>,
    pub authorisation_code: Option<String>,
}
