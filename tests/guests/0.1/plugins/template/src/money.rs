//! Amounts, written with the right number of decimals. No floats.

use std::fmt;
use std::sync::Arc;

use minijinja::Error;
use minijinja::value::Object;

use crate::filters::wrong;
use crate::interface::tillbell::plugin::types;

pub(crate) const UNKNOWN_STYLE: &str = "money knows the styles code, symbol, plain and chinese";

/// An amount in a template.
#[derive(Debug)]
pub(crate) struct Money(pub(crate) types::Money);

/// How an amount is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// `CNY 1,280.50`.
    Code,
    /// `¥1,280.50` where the currency has a usual symbol, else as `Code`.
    Symbol,
    /// `1,280.50`.
    Plain,
    /// `1,280.50元` for CNY, else as `Code`.
    Chinese,
}

impl Style {
    pub(crate) fn parse(name: &str) -> Result<Self, Error> {
        match name {
            "code" => Ok(Self::Code),
            "symbol" => Ok(Self::Symbol),
            "plain" => Ok(Self::Plain),
            "chinese" => Ok(Self::Chinese),
            _ => Err(wrong(UNKNOWN_STYLE)),
        }
    }
}

impl Money {
    pub(crate) fn write(&self, style: Style) -> String {
        let number = grouped(self.0.minor_units, self.0.exponent);
        let currency = self.0.currency.as_str();
        match (style, symbol(currency)) {
            (Style::Plain, _) => number,
            (Style::Symbol, Some(symbol)) => match number.strip_prefix('-') {
                Some(number) => format!("-{symbol}{number}"),
                None => format!("{symbol}{number}"),
            },
            (Style::Chinese, _) if currency == "CNY" => format!("{number}元"),
            _ => format!("{currency} {number}"),
        }
    }
}

/// Whether two amounts of different currencies both stand in a text, and one of
/// them somewhere without its own beside it: there it reads as the other's.
pub(crate) fn is_ambiguous(text: &str, one: &types::Money, other: &types::Money) -> bool {
    let number = |money: &types::Money| grouped(money.minor_units, money.exponent);
    one.currency != other.currency
        && text.contains(&number(one))
        && text.contains(&number(other))
        && [one, other].into_iter().any(|money| stands_alone(text, &number(money), &money.currency))
}

/// Whether a number stands in a text without its currency right before or
/// behind it.
fn stands_alone(text: &str, number: &str, currency: &str) -> bool {
    let signs: &[&str] = if currency == "CNY" { &["元", "\u{ffe5}"] } else { &[] };
    let is_named = |before: &str, behind: &str| {
        let (before, behind) = (before.trim_end(), behind.trim_start());
        [currency]
            .into_iter()
            .chain(symbol(currency))
            .chain(signs.iter().copied())
            .any(|sign| before.ends_with(sign) || behind.starts_with(sign))
    };
    text.match_indices(number)
        .any(|(at, number)| !is_named(&text[..at], &text[at + number.len()..]))
}

impl Object for Money {
    /// An amount is there, be it zero: `{% if fee %}` asks whether it is.
    fn is_true(self: &Arc<Self>) -> bool {
        true
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<minijinja::Value> {
        match key {
            "minor_units" => Some(self.0.minor_units.into()),
            "currency" => Some(self.0.currency.as_str().into()),
            "exponent" => Some(u64::from(self.0.exponent).into()),
            _ => None,
        }
    }

    fn get_value(self: &Arc<Self>, key: &minijinja::Value) -> Option<minijinja::Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.write(Style::Code))
    }
}

/// Writes minor units with decimals and groups of three: `-1,280.50`.
fn grouped(minor_units: i64, exponent: u8) -> String {
    let exponent = usize::from(exponent.min(4));
    let digits = format!("{:0>width$}", minor_units.unsigned_abs(), width = exponent + 1);
    let (whole, decimals) = digits.split_at(digits.len() - exponent);
    let mut text = String::with_capacity(digits.len() * 2);
    if minor_units < 0 {
        text.push('-');
    }
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    if exponent > 0 {
        text.push('.');
        text.push_str(decimals);
    }
    text
}

/// The usual symbol, if it is in the GSM alphabet: others would force UCS-2.
fn symbol(currency: &str) -> Option<&'static str> {
    match currency {
        "CNY" | "JPY" => Some("\u{a5}"),
        "USD" => Some("$"),
        "EUR" => Some("€"),
        "GBP" => Some("£"),
        "HKD" => Some("HK$"),
        "AUD" => Some("A$"),
        "CAD" => Some("C$"),
        "SGD" => Some("S$"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_the_right_decimals() {
        let write = |minor_units, currency: &str, exponent, style| {
            Money(types::Money { minor_units, currency: currency.into(), exponent }).write(style)
        };
        for (minor, currency, exponent, style, text) in [
            (128_050, "CNY", 2, Style::Code, "CNY 1,280.50"),
            (128_050, "CNY", 2, Style::Symbol, "\u{a5}1,280.50"),
            (128_050, "CNY", 2, Style::Plain, "1,280.50"),
            (128_050, "CNY", 2, Style::Chinese, "1,280.50元"),
            (2_000, "USD", 2, Style::Chinese, "USD 20.00"),
            (1_500, "JPY", 0, Style::Code, "JPY 1,500"),
            (5, "KWD", 3, Style::Code, "KWD 0.005"),
            (-128_050, "EUR", 2, Style::Symbol, "-€1,280.50"),
            (0, "CNY", 2, Style::Plain, "0.00"),
            (100, "KWD", 3, Style::Symbol, "KWD 0.100"),
            (i64::MIN, "JPY", 0, Style::Plain, "-9,223,372,036,854,775,808"),
            (123, "CLF", 4, Style::Plain, "0.0123"),
        ] {
            assert_eq!(write(minor, currency, exponent, style), text);
        }
    }

    #[test]
    fn a_number_beside_another_s_currency_is_found() {
        let money = |minor_units, currency: &str| types::Money {
            minor_units,
            currency: currency.into(),
            exponent: 2,
        };
        let (paid, asked) = (money(5_000, "USD"), money(50_000, "CNY"));
        for (text, expected) in [
            ("USD 50.00 of 500.00", true),
            ("USD 50.00（应500.00）", true),
            ("50.00元（应500.00元）", true),
            ("USD 50.00 of CNY 500.00, 500.00", true),
            ("USD 50.00 of CNY 500.00", false),
            ("$50.00 of \u{a5}500.00", false),
            ("50.00 USD（应500.00元）", false),
            ("50.00", false),
            ("500.00", false),
        ] {
            assert_eq!(is_ambiguous(text, &paid, &asked), expected, "{text}");
        }
        assert!(!is_ambiguous("USD 50.00 of 500.00", &paid, &money(50_000, "USD")));
    }
}
