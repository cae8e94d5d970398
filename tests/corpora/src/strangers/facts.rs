//! A made-up transaction: its JSON, how its values are written, and which rows of digits its facts
//! explain (so that a stranger's number is one for sure, or is known as a collision).

use super::locales::Locale;
use crate::draw::Random;
use crate::{Party, Sender};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Money {
    pub minor_units: u64,
    pub currency: &'static str,
}

impl Money {
    pub fn exponent(self) -> usize {
        match self.currency {
            "JPY" | "KRW" | "VND" | "CLP" | "XOF" => 0,
            "KWD" => 3,
            _ => 2,
        }
    }

    pub fn json(self) -> String {
        format!("{{\"minor_units\": {}, \"currency\": \"{}\"}}", self.minor_units, self.currency)
    }

    /// Whole units and decimals, such as ("128", "50").
    pub fn parts(self) -> (String, String) {
        let exponent = self.exponent();
        let digits = format!("{:0width$}", self.minor_units, width = exponent + 1);
        let (whole, decimals) = digits.split_at(digits.len() - exponent);
        (whole.to_owned(), decimals.to_owned())
    }

    /// The number alone, in the locale's writing.
    pub fn number(self, is_comma: bool, is_grouped: bool) -> String {
        let (whole, decimals) = self.parts();
        let (group, point) = if is_comma { ('.', ',') } else { (',', '.') };
        let mut text = String::new();
        for (index, digit) in whole.chars().enumerate() {
            if is_grouped && index > 0 && (whole.len() - index) % 3 == 0 {
                text.push(group);
            }
            text.push(digit);
        }
        if !decimals.is_empty() {
            text.push(point);
            text.push_str(&decimals);
        }
        text
    }
}

#[derive(Clone, Copy, Debug)]
pub struct Time {
    pub year: usize,
    pub month: usize,
    pub day: usize,
    pub hour: usize,
    pub minute: usize,
    pub second: usize,
    pub offset_minutes: i32,
}

impl Time {
    pub fn rfc3339(self) -> String {
        let sign = if self.offset_minutes < 0 { '-' } else { '+' };
        let offset = self.offset_minutes.abs();
        format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{sign}{:02}:{:02}",
            self.year,
            self.month,
            self.day,
            self.hour,
            self.minute,
            self.second,
            offset / 60,
            offset % 60
        )
    }

    /// `Y`, `M`, `D` padded, `m`, `d` not; the rest stands as it is.
    pub fn date(self, pattern: &str) -> String {
        let mut text = String::new();
        for character in pattern.chars() {
            match character {
                'Y' => text.push_str(&self.year.to_string()),
                'M' => text.push_str(&format!("{:02}", self.month)),
                'D' => text.push_str(&format!("{:02}", self.day)),
                'm' => text.push_str(&self.month.to_string()),
                'd' => text.push_str(&self.day.to_string()),
                other => text.push(other),
            }
        }
        text
    }

    pub fn clock(self, has_seconds: bool) -> String {
        let text = format!("{:02}:{:02}", self.hour, self.minute);
        if has_seconds { format!("{text}:{:02}", self.second) } else { text }
    }

    /// Rows of digits that the date may be, in several calendars, or its year.
    fn date_digits(self) -> Vec<String> {
        let mut rows = Vec::new();
        let (year, month, day) = (self.year, self.month, self.day);
        let common =
            [year, year + 543, year - 1911, year - 2018, year % 100].map(|year| year.to_string());
        date_rows(&common, month, day, &mut rows);
        for shift in 0..3 {
            let (year, month, day) = hijri(year, month, day, shift);
            date_rows(&[year.to_string()], month, day, &mut rows);
        }
        rows.sort_unstable();
        rows.dedup();
        rows
    }

    fn clock_digits(self) -> Vec<String> {
        let mut rows = Vec::new();
        let half = if self.hour.is_multiple_of(12) { 12 } else { self.hour % 12 };
        for hour in [self.hour, half, half % 12] {
            for hour in [format!("{hour}"), format!("{hour:02}")] {
                rows.push(format!("{hour}{:02}", self.minute));
                rows.push(format!("{hour}{:02}{:02}", self.minute, self.second));
                if self.minute == 0 {
                    rows.push(hour);
                }
            }
        }
        rows.sort_unstable();
        rows.dedup();
        rows
    }
}

fn date_rows(years: &[String], month: usize, day: usize, rows: &mut Vec<String>) {
    let mut pairs = vec![
        format!("{month:02}{day:02}"),
        format!("{day:02}{month:02}"),
        format!("{month}{day}"),
        format!("{day}{month}"),
        format!("{month}{day:02}"),
        format!("{day}{month:02}"),
        format!("{month:02}{day}"),
        format!("{day:02}{month}"),
    ];
    pairs.sort_unstable();
    pairs.dedup();
    for year in years {
        rows.push(year.clone());
        for pair in &pairs {
            rows.push(format!("{year}{pair}"));
            rows.push(format!("{pair}{year}"));
        }
    }
    rows.append(&mut pairs);
}

/// The Islamic date by the tabular calendar, give or take a day (`shift` 0, 1, 2).
fn hijri(year: usize, month: usize, day: usize, shift: i64) -> (usize, usize, usize) {
    let (year, month, day) = (signed(year), signed(month), signed(day));
    let a = (14 - month) / 12;
    let (y, m) = (year + 4800 - a, month + 12 * a - 3);
    let julian = day + (153 * m + 2) / 5 + 365 * y + y / 4 - y / 100 + y / 400 - 32045;
    let l = julian - 1 + shift - 1_948_440 + 10632;
    let n = (l - 1) / 10631;
    let l = l - 10631 * n + 354;
    let j = ((10985 - l) / 5316) * ((50 * l) / 17719) + (l / 5670) * ((43 * l) / 15238);
    let l = l - ((30 - j) / 15) * ((17719 * j) / 50) - (j / 16) * ((15238 * j) / 43) + 29;
    let month = (24 * l) / 709;
    (unsigned(30 * n + j - 30), unsigned(month), unsigned(l - (709 * month) / 24))
}

fn signed(value: usize) -> i64 {
    i64::try_from(value).unwrap_or(0)
}

fn unsigned(value: i64) -> usize {
    usize::try_from(value).unwrap_or(0)
}

/// One transaction's facts. Empty text: the field is absent.
#[derive(Clone, Debug)]
pub struct Facts {
    pub kind: &'static str,
    pub amount: Money,
    pub balance: Option<Money>,
    pub fee: Option<Money>,
    pub time: Time,
    pub bin: String,
    pub last4: String,
    /// The whole card number, for samples that need the edge to know it.
    pub pan: String,
    pub person: String,
    pub phone: String,
    pub email: String,
    pub id_number: String,
    pub account: String,
    pub merchant: String,
    pub city: String,
    pub country: &'static str,
    pub merchant_id: String,
    pub terminal: String,
    pub category: String,
    pub merchant_phone: String,
    pub counterparty: String,
    pub entry_mode: &'static str,
    pub rrn: String,
    pub stan: String,
    pub authorisation_code: String,
    pub locale: &'static str,
}

impl Facts {
    pub fn new(random: &mut Random, locale: &Locale) -> Self {
        let currency = random.one(locale.currencies);
        let amount = Money { minor_units: units(random, currency), currency };
        let balance = random
            .chance(60)
            .then(|| Money { minor_units: units(random, currency) * 7 + 31, currency });
        let fee = random
            .chance(30)
            .then(|| Money { minor_units: (random.range(1, 90) * 25) as u64, currency });
        let pan = crate::cards::issuers::number(random);
        let bin_length = random.one(&[6, 8]);
        let pattern =
            random.pick(&["????????????", "????????????", "@@?????@@?@@", "??@?@@@?????"]);
        Self {
            kind: random.one(&["purchase", "purchase", "purchase", "cash-withdrawal"]),
            amount,
            balance,
            fee,
            time: Time {
                year: random.range(2024, 2031),
                month: random.range(1, 12),
                day: random.range(1, 28),
                hour: random.below(24),
                minute: random.below(60),
                second: random.below(60),
                offset_minutes: locale.offset_minutes,
            },
            bin: pan[..bin_length].to_owned(),
            last4: pan[pan.len() - 4..].to_owned(),
            pan: String::new(),
            person: random.pick(locale.people).to_owned(),
            phone: {
                let rest = 12 - locale.dial.len().min(3);
                format!("+{}{}{}", locale.dial, random.range(1, 9), random.digits(rest - 2))
            },
            email: if random.chance(50) {
                format!("user{}@example.com", random.digits(2))
            } else {
                String::new()
            },
            id_number: if random.chance(30) {
                random.fill("??????19??????????")
            } else {
                String::new()
            },
            account: if random.chance(40) { random.fill("1???????????") } else { String::new() },
            merchant: random.pick(locale.merchants).to_owned(),
            city: random.pick(locale.cities).to_owned(),
            country: locale.country,
            merchant_id: random.fill("8????????????0?"),
            terminal: {
                let pattern = random.pick(&["0000????", "????????", "@@??????", "ATM000??"]);
                random.fill(pattern)
            },
            category: random.one(&["5411", "5814", "5812", "6011", "4121", "5942"]).to_owned(),
            merchant_phone: if random.chance(50) {
                format!("+{}{}{}", locale.dial, random.range(1, 9), random.digits(8))
            } else {
                String::new()
            },
            counterparty: String::new(),
            entry_mode: random.one(&["qr", "chip", "contactless"]),
            rrn: random.fill(pattern),
            stan: random.digits(6),
            authorisation_code: {
                let pattern = random.pick(&["??????", "??????", "@??@??", "@@????"]);
                random.fill(pattern)
            },
            locale: locale.tag,
        }
    }

    /// One line.
    pub fn json(&self) -> String {
        let mut card = Object::default();
        if self.pan.is_empty() {
            card.text("bin", &self.bin);
            card.text("last4", &self.last4);
        } else {
            card.text("pan", &self.pan);
        }
        let mut cardholder = Object::default();
        cardholder.text("name", &self.person);
        cardholder.text("phone", &self.phone);
        cardholder.text("email", &self.email);
        cardholder.text("id_number", &self.id_number);
        cardholder.text("account", &self.account);
        let mut preferences = Object::default();
        preferences.text("locale", self.locale);
        preferences.raw("utc_offset_minutes", &self.time.offset_minutes.to_string());
        cardholder.raw("preferences", &preferences.end());
        let mut merchant = Object::default();
        merchant.text("name", &self.merchant);
        merchant.text("city", &self.city);
        merchant.text("country", self.country);
        merchant.text("id", &self.merchant_id);
        merchant.text("terminal", &self.terminal);
        merchant.text("category", &self.category);
        merchant.text("phone", &self.merchant_phone);
        let mut record = Object::default();
        record.text("kind", self.kind);
        record.text("approval", "approved");
        record.raw("amount", &self.amount.json());
        record.text("time", &self.time.rfc3339());
        record.raw("card", &card.end());
        record.raw("cardholder", &cardholder.end());
        record.raw("merchant", &merchant.end());
        record.text("counterparty", &self.counterparty);
        record.text("entry_mode", self.entry_mode);
        record.text("rrn", &self.rrn);
        record.text("stan", &self.stan);
        record.text("authorisation_code", &self.authorisation_code);
        if let Some(balance) = self.balance {
            record.raw("balance", &balance.json());
        }
        if let Some(fee) = self.fee {
            record.raw("fee", &fee.json());
        }
        record.end()
    }

    /// What the facts, and the bank's own numbers, may be as rows of digits. More than the guard
    /// may accept rather than less: a stranger's number is none of them.
    pub fn rows(&self, sender: &Sender, party: Party) -> Rows {
        let is_cardholder = party == Party::Cardholder;
        let mut rows = vec![("amount", money_rows(self.amount))];
        // A date and its clock may stand apart.
        rows.push(("time", self.time.date_digits()));
        rows.push(("time", self.time.clock_digits()));
        rows.push(("last4", vec![self.last4.clone()]));
        let pan = if self.pan.is_empty() { &self.bin } else { &self.pan };
        rows.push((
            "bin",
            [6, 8]
                .iter()
                .filter(|&&end| end <= pan.len())
                .map(|&end| pan[..end].to_owned())
                .collect(),
        ));
        rows.push(("rrn", tails(&self.rrn, 4)));
        rows.push(("stan", tails(&self.stan, 4)));
        rows.push(("authorisation-code", tails(&self.authorisation_code, 4)));
        rows.push(("terminal", tails(&self.terminal, 4)));
        rows.push(("merchant-id", tails(&self.merchant_id, 4)));
        rows.push(("merchant-phone", ends(&self.merchant_phone)));
        let mut phone = ends(&self.phone);
        if !is_cardholder {
            // The merchant sees what a mask leaves.
            phone.retain(|row| row.len() <= 4);
        }
        rows.push(("cardholder-phone", phone));
        if is_cardholder {
            rows.push(("account", ends(&self.account)));
            rows.push(("id-number", ends(&self.id_number)));
            if let Some(balance) = self.balance {
                rows.push(("balance", money_rows(balance)));
            }
            if let Some(fee) = self.fee {
                rows.push(("fee", money_rows(fee)));
            }
        }
        let hotlines = std::iter::once(&sender.hotline).chain(&sender.numbers);
        for number in hotlines {
            let digits = only_digits(number);
            // With and without the country's code or the zero in front.
            let shortest = digits.len().saturating_sub(4).max(5).min(digits.len());
            rows.push((
                "hotline",
                (0..=digits.len() - shortest).map(|start| digits[start..].to_owned()).collect(),
            ));
        }
        // Digits of a name count only inside it; alone they may be taken for a part of it.
        let runs = self.merchant.split(|c: char| !c.is_ascii_digit());
        rows.push((
            "merchant-name",
            runs.filter(|run| !run.is_empty()).map(ToOwned::to_owned).collect(),
        ));
        rows.retain(|(_, rows)| !rows.is_empty());
        Rows { rows }
    }
}

/// Rows of digits that facts explain.
pub struct Rows {
    rows: Vec<(&'static str, Vec<String>)>,
}

impl Rows {
    /// The fact, or "a sequence of facts", that these digits happen to be.
    pub fn explain(&self, digits: &str) -> Option<&'static str> {
        let whole = self.rows.iter().find(|(_, rows)| rows.iter().any(|row| row == digits));
        if let Some((name, _)) = whole {
            return Some(name);
        }
        self.is_sequence(digits, 0).then_some("a sequence of facts")
    }

    fn is_sequence(&self, digits: &str, used: u32) -> bool {
        if digits.is_empty() {
            return true;
        }
        self.rows.iter().enumerate().any(|(index, (_, rows))| {
            used & (1 << index) == 0
                && rows.iter().any(|row| {
                    !row.is_empty()
                        && digits
                            .strip_prefix(row.as_str())
                            .is_some_and(|rest| self.is_sequence(rest, used | (1 << index)))
                })
        })
    }

    /// Whether these digits are no facts, no part of one, and not zeros alone (which change no
    /// amount behind its decimals).
    pub fn is_strange(&self, digits: &str) -> bool {
        digits.bytes().any(|digit| digit != b'0')
            && !self.rows.iter().any(|(_, rows)| rows.iter().any(|row| row.contains(digits)))
            && self.explain(digits).is_none()
    }
}

pub fn only_digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

fn money_rows(money: Money) -> Vec<String> {
    let (whole, decimals) = money.parts();
    let mut rows = vec![format!("{whole}{decimals}"), money.minor_units.to_string()];
    let mut decimals = decimals.as_str();
    while let Some(rest) = decimals.strip_suffix('0') {
        decimals = rest;
        rows.push(format!("{whole}{decimals}"));
    }
    if money.exponent() == 0 {
        rows.push(format!("{whole}00"));
    }
    rows.sort_unstable();
    rows.dedup();
    rows
}

/// The whole text and its tails of so many characters and more, where they are digits.
fn tails(text: &str, shortest: usize) -> Vec<String> {
    if text.is_empty() {
        return Vec::new();
    }
    let last = text.len().saturating_sub(shortest);
    (0..=last)
        .map(|start| text[start..].to_owned())
        .filter(|tail| tail.bytes().all(|byte| byte.is_ascii_digit()))
        .collect()
}

/// Heads and tails of three digits and more, and the whole.
fn ends(text: &str) -> Vec<String> {
    let digits = only_digits(text);
    let mut rows = tails(&digits, 3);
    rows.extend((3..digits.len()).map(|end| digits[..end].to_owned()));
    rows
}

fn units(random: &mut Random, currency: &'static str) -> u64 {
    let money = Money { minor_units: 0, currency };
    let scale = 10usize.pow(u32::try_from(money.exponent()).unwrap_or(0));
    let is_small_unit = matches!(currency, "VND" | "IDR" | "COP" | "KRW" | "IRR");
    let whole = match random.below(10) {
        0..4 => random.range(1, 99),
        4..8 => random.range(100, 2_999),
        _ => random.range(3_000, 99_999),
    } * if is_small_unit { 1000 } else { 1 };
    let decimals = if random.chance(30) || scale == 1 { 0 } else { random.below(scale) };
    (whole * scale + decimals) as u64
}

/// An object of JSON; absent texts are left out.
#[derive(Default)]
struct Object {
    text: String,
}

impl Object {
    fn raw(&mut self, name: &str, value: &str) {
        let start = if self.text.is_empty() { "{" } else { ", " };
        self.text.push_str(&format!("{start}\"{name}\": {value}"));
    }

    fn text(&mut self, name: &str, value: &str) {
        if value.is_empty() {
            return;
        }
        let mut quoted = String::from('"');
        for character in value.chars() {
            match character {
                '"' => quoted.push_str("\\\""),
                '\\' => quoted.push_str("\\\\"),
                other if other.is_control() => {
                    quoted.push_str(&format!("\\u{:04x}", u32::from(other)));
                }
                other => quoted.push(other),
            }
        }
        quoted.push('"');
        self.raw(name, &quoted);
    }

    fn end(mut self) -> String {
        if self.text.is_empty() {
            self.text.push('{');
        }
        self.text.push('}');
        self.text
    }
}
