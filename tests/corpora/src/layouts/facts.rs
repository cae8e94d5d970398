//! The facts of one transaction, and its canonical JSON.

use super::calendar::{Time, month_length};
use super::currencies::{self, CURRENCIES, Currency};
use crate::random::Random;

#[derive(Clone, Copy)]
pub struct Money {
    pub minor: i64,
    pub currency: &'static Currency,
}

impl Money {
    pub fn new(minor: i64, code: &str) -> Self {
        Self { minor, currency: currencies::find(code) }
    }
}

/// What happened. The names are those of the canonical JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Purchase,
    Cash,
    Refund,
    Reversal,
    Void,
    Partial,
    Adjustment,
    PreAuthorisation,
    Completion,
    Transfer,
    Inquiry,
    Small,
}

pub const KINDS: [Kind; 12] = [
    Kind::Purchase,
    Kind::Cash,
    Kind::Refund,
    Kind::Reversal,
    Kind::Void,
    Kind::Partial,
    Kind::Adjustment,
    Kind::PreAuthorisation,
    Kind::Completion,
    Kind::Transfer,
    Kind::Inquiry,
    Kind::Small,
];

impl Kind {
    /// The field `kind`. Only the first two stand in the brief; the others
    /// follow their spelling and are put right here, in one place.
    fn name(self) -> &'static str {
        match self {
            Self::Purchase | Self::Partial | Self::Small => "purchase",
            Self::Cash => "cash-withdrawal",
            Self::Refund => "refund",
            Self::Reversal => "reversal",
            Self::Void => "void",
            Self::Adjustment => "adjustment",
            Self::PreAuthorisation => "pre-authorisation",
            Self::Completion => "completion",
            Self::Transfer => "transfer",
            Self::Inquiry => "inquiry",
        }
    }

    /// The field `approval`.
    fn approval(self) -> &'static str {
        if self == Self::Partial { "partially-approved" } else { "approved" }
    }
}

#[derive(Clone)]
pub struct Facts {
    pub id: String,
    pub kind: Kind,
    pub amount: Money,
    pub original_amount: Option<Money>,
    pub fee: Option<Money>,
    pub balance: Option<Money>,
    pub threshold: Option<Money>,
    pub time: Time,
    pub bin: String,
    pub last4: String,
    pub brand: &'static str,
    pub issuer: &'static str,
    pub cardholder: String,
    pub phone: String,
    pub account: String,
    pub merchant: String,
    pub city: String,
    pub merchant_id: String,
    pub terminal: String,
    pub counterparty: String,
    pub rrn: String,
    pub stan: String,
    pub authorisation_code: String,
    pub locale: &'static str,
}

impl Facts {
    /// Money that a text may name, without what is absent.
    pub fn moneys(&self) -> impl Iterator<Item = Money> + '_ {
        [Some(self.amount), self.original_amount, self.fee, self.balance, self.threshold]
            .into_iter()
            .flatten()
    }

    /// One line of canonical JSON.
    pub fn json(&self) -> String {
        let mut out = Object::new();
        out.text("id", &self.id);
        out.text("kind", self.kind.name());
        if matches!(self.kind, Kind::Reversal | Kind::Void) {
            out.text("original_kind", "purchase");
        }
        out.text("approval", self.kind.approval());
        out.money("amount", Some(self.amount));
        out.money("original_amount", self.original_amount);
        out.money("fee", self.fee);
        out.money("balance", self.balance);
        out.text("time", &self.time.rfc3339());
        let mut card = Object::new();
        card.text("bin", &self.bin);
        card.text("last4", &self.last4);
        card.text("brand", self.brand);
        card.text("issuer", self.issuer);
        out.object("card", card);
        let mut holder = Object::new();
        holder.text("name", &self.cardholder);
        holder.text("phone", &self.phone);
        holder.text("account", &self.account);
        let mut preferences = Object::new();
        preferences.text("locale", self.locale);
        preferences.money("threshold", self.threshold);
        preferences.number("utc_offset_minutes", self.time.offset_minutes);
        holder.object("preferences", preferences);
        out.object("cardholder", holder);
        let mut merchant = Object::new();
        merchant.text("name", &self.merchant);
        merchant.text("city", &self.city);
        merchant.text("id", &self.merchant_id);
        merchant.text("terminal", &self.terminal);
        out.object("merchant", merchant);
        out.text("counterparty", &self.counterparty);
        out.text("entry_mode", "chip");
        out.text("rrn", &self.rrn);
        out.text("stan", &self.stan);
        out.text("authorisation_code", &self.authorisation_code);
        out.close()
    }
}

/// What a country brings to the facts.
pub struct Place {
    pub locale: &'static str,
    pub currencies: &'static [&'static str],
    pub offset_minutes: i64,
    pub merchants: &'static [&'static str],
    pub cities: &'static [&'static str],
    pub names: &'static [&'static str],
    /// In front of a telephone number, and how many digits follow.
    pub phone: (&'static str, usize),
}

pub fn facts(random: &mut Random, place: &Place, kind: Kind) -> Facts {
    let currency = if random.is(75) {
        currencies::find(random.word(place.currencies))
    } else {
        random.pick(CURRENCIES)
    };
    let amount = Money { minor: sum(random), currency };
    let mut minor_of = |percent: u64, minor: fn(&mut Random) -> i64| {
        random.is(percent).then(|| Money { minor: minor(random), currency })
    };
    let fee = minor_of(35, |random| random.between(1, 9999) as i64);
    let balance = minor_of(60, |random| match random.below(10) {
        0 => 0,
        1 | 2 => -sum(random),
        _ => sum(random),
    });
    let threshold = minor_of(20, |random| random.between(1, 500) as i64 * 100);
    let original_amount = match kind {
        Kind::Partial | Kind::Adjustment | Kind::Completion => {
            Some(Money { minor: amount.minor + random.between(1, 99_999) as i64, currency })
        }
        Kind::Purchase if random.is(6) => {
            // Paid in another currency than the account's.
            Some(Money { minor: sum(random), currency: random.pick(CURRENCIES) })
        }
        _ => None,
    };
    let amount = match kind {
        Kind::Small => Money { minor: random.between(1, 2000) as i64, currency },
        Kind::Inquiry => Money { minor: 0, currency },
        _ => amount,
    };
    let time = time(random, place.offset_minutes);
    let given =
        |random: &mut Random, text: String| if random.is(75) { text } else { String::new() };
    let rrn = if random.is(25) { random.code(12) } else { random.digits(12) };
    let code = if random.is(50) { random.code(6) } else { random.digits(6) };
    let stan = random.digits(6);
    let terminal = match random.below(4) {
        0 => format!("ATM{}", random.digits(5)),
        1 => random.code(8),
        2 => format!("T{}", random.digits(7)),
        _ => random.digits(8),
    };
    let merchant_id = merchant_id(random);
    let phone = format!("{}{}", place.phone.0, random.digits(place.phone.1));
    let account = random.digits(10);
    let cardholder = random.pick(place.names).to_string();
    let mut counterparty = String::new();
    if kind == Kind::Transfer {
        counterparty =
            if random.is(70) { random.pick(place.names).to_string() } else { random.digits(10) };
    }
    Facts {
        id: if random.is(40) { format!("ev-{}", random.code(8)) } else { String::new() },
        kind,
        amount,
        original_amount,
        fee,
        balance,
        threshold,
        time,
        bin: bin(random),
        last4: last4(random),
        brand: random.word(&["", "", "Visa", "UnionPay", "Mastercard"]),
        issuer: random.word(&["", "", "八十二銀行", "N26", "Harbour Bank", "F12 Credit Union"]),
        cardholder: given(random, cardholder),
        phone: given(random, phone),
        account: given(random, account),
        merchant: merchant(random, place),
        city: {
            let city = random.pick(place.cities).to_string();
            given(random, city)
        },
        merchant_id: given(random, merchant_id),
        terminal: given(random, terminal),
        counterparty,
        rrn: given(random, rrn),
        stan: given(random, stan),
        authorisation_code: given(random, code),
        locale: if random.is(50) { place.locale } else { "" },
    }
}

/// Minor units from 1 to 999,999,999, small ones and round ones often.
pub fn sum(random: &mut Random) -> i64 {
    let size = random.between(1, 9);
    let minor = random.between(10_u64.pow(size as u32 - 1), 10_u64.pow(size as u32) - 1);
    let minor = match random.below(6) {
        0 if minor > 100 => minor / 100 * 100,
        1 if minor > 1000 => minor / 1000 * 1000,
        2 if minor > 10 => minor / 10 * 10,
        _ => minor,
    };
    minor as i64
}

fn time(random: &mut Random, offset_minutes: i64) -> Time {
    let year = if random.is(60) { random.between(2024, 2032) } else { random.between(2020, 2099) };
    let (year, month) = (year as i64, random.between(1, 12) as i64);
    Time {
        year,
        month,
        day: random.between(1, month_length(year, month) as u64) as i64,
        hour: random.below(24) as i64,
        minute: random.below(60) as i64,
        second: random.below(60) as i64,
        offset_minutes,
    }
}

fn last4(random: &mut Random) -> String {
    const ODD: [&str; 8] = ["0000", "9999", "0018", "2026", "4242", "0100", "1231", "0831"];
    if random.is(15) { random.pick(&ODD).to_string() } else { random.digits(4) }
}

/// Only beginnings: no number of a card comes of them.
fn bin(random: &mut Random) -> String {
    let head = *random.pick(&["62", "4", "51", "2221", "3528", "6011", "5085", "9792", "2200"]);
    let length = if random.is(30) { 8 } else { 6 };
    format!("{head}{}", random.digits(length - head.len()))
}

/// Fifteen digits (or letters and digits) that are no number of a card.
fn merchant_id(random: &mut Random) -> String {
    if random.is(20) {
        return format!("MERCH{}", random.digits(7));
    }
    loop {
        let id = format!("8983{}", random.digits(11));
        if !has_check_digit(&id) {
            return id;
        }
    }
}

fn has_check_digit(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(index, byte)| {
            let digit = u32::from(byte - b'0') * (1 + index as u32 % 2);
            digit / 10 + digit % 10
        })
        .sum();
    sum.is_multiple_of(10)
}

/// A merchant's name; each `?` of the pattern becomes a digit.
fn merchant(random: &mut Random, place: &Place) -> String {
    let pattern = random.pick(place.merchants);
    let mut text = String::new();
    let mut rest = *pattern;
    while let Some(at) = rest.find('?') {
        text += &rest[..at];
        text += &random.digits(1);
        rest = &rest[at + 1..];
    }
    text + rest
}

/// An object being written.
struct Object(String);

impl Object {
    fn new() -> Self {
        Self("{".into())
    }

    fn key(&mut self, key: &str) {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        self.0 += &format!("\"{key}\":");
    }

    fn text(&mut self, key: &str, value: &str) {
        if value.is_empty() {
            return;
        }
        self.key(key);
        self.0.push('"');
        for c in value.chars() {
            match c {
                '"' | '\\' => {
                    self.0.push('\\');
                    self.0.push(c);
                }
                c if c < ' ' => self.0 += &format!("\\u{:04x}", c as u32),
                c => self.0.push(c),
            }
        }
        self.0.push('"');
    }

    fn number(&mut self, key: &str, value: i64) {
        self.key(key);
        self.0 += &value.to_string();
    }

    fn money(&mut self, key: &str, value: Option<Money>) {
        let Some(money) = value else { return };
        let mut object = Self::new();
        object.number("minor_units", money.minor);
        object.text("currency", money.currency.code);
        object.number("exponent", money.currency.exponent.into());
        self.object(key, object);
    }

    fn object(&mut self, key: &str, object: Self) {
        if object.0.len() > 1 {
            self.key(key);
            self.0 += &object.close();
        }
    }

    fn close(mut self) -> String {
        self.0.push('}');
        self.0
    }
}
