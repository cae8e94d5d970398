//! Amounts, written with the right number of decimals. No floats.

use std::fmt;
use std::sync::Arc;

use minijinja::Error;
use minijinja::value::Object;

use crate::filters::wrong;
use crate::interface::tillbell::plugin::types;
use crate::locale::{Digits, Locale, Mark};

pub(crate) const UNKNOWN_STYLE: &str = "money knows the styles code, symbol, plain, chinese and \
     locale; behind locale the words code, and latin or native";

/// An amount in a template.
#[derive(Debug)]
pub(crate) struct Money(pub(crate) types::Money);

/// What a template asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// The same in every locale.
    Fixed(Style),
    /// As the message's locale writes it.
    Local(Mark, Digits),
}

/// How an amount is written in every locale.
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

impl Form {
    /// Reads a filter's arguments: a style, and for `locale` up to two words more.
    pub(crate) fn parse(style: &str, words: [Option<&str>; 2]) -> Result<Self, Error> {
        let style = match style {
            "locale" => return Self::parse_local(words),
            "code" => Style::Code,
            "symbol" => Style::Symbol,
            "plain" => Style::Plain,
            "chinese" => Style::Chinese,
            _ => return Err(wrong(UNKNOWN_STYLE)),
        };
        if words == [None; 2] { Ok(Self::Fixed(style)) } else { Err(wrong(UNKNOWN_STYLE)) }
    }

    fn parse_local(words: [Option<&str>; 2]) -> Result<Self, Error> {
        let (mut mark, mut digits) = (None, None);
        for word in words.into_iter().flatten() {
            let is_new = match Digits::parse(word) {
                Some(named) => digits.replace(named).is_none(),
                None if word == "code" => mark.replace(Mark::Code).is_none(),
                None => false,
            };
            if !is_new {
                return Err(wrong(UNKNOWN_STYLE));
            }
        }
        Ok(Self::Local(mark.unwrap_or(Mark::Symbol), digits.unwrap_or(Digits::Usual)))
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

    pub(crate) fn write_in(&self, locale: &Locale, mark: Mark, digits: Digits) -> String {
        let types::Money { minor_units, exponent, currency } = &self.0;
        locale.money(*minor_units, *exponent, currency, mark, digits)
    }
}

/// Whether two amounts of different currencies both stand in a text, and one of
/// them somewhere without its own beside it: there it reads as the other's.
pub(crate) fn is_ambiguous(
    text: &str,
    one: &types::Money,
    other: &types::Money,
    locale: Option<&Locale>,
) -> bool {
    if one.currency == other.currency {
        return false;
    }
    let both = [one, other].map(|money| (money, numbers(money, locale)));
    let stands = |numbers: &[String]| numbers.iter().any(|number| text.contains(number));
    both.iter().all(|(_, numbers)| stands(numbers))
        && both.iter().any(|(money, numbers)| {
            numbers.iter().any(|number| stands_alone(text, number, &money.currency, locale))
        })
}

/// The ways to write an amount without its currency, each once.
fn numbers(money: &types::Money, locale: Option<&Locale>) -> Vec<String> {
    let mut numbers = vec![grouped(money.minor_units, money.exponent)];
    for digits in [Digits::Latin, Digits::Native] {
        let Some(locale) = locale else { break };
        let mut number = String::new();
        locale.write(&mut number, money.minor_units.unsigned_abs(), money.exponent, digits);
        if !numbers.contains(&number) {
            numbers.push(number);
        }
    }
    numbers
}

/// Whether a number stands in a text without its currency right before or
/// behind it.
fn stands_alone(text: &str, number: &str, currency: &str, locale: Option<&Locale>) -> bool {
    let signs: &[&str] = if currency == "CNY" { &["元", "\u{ffe5}"] } else { &[] };
    let is_named = |before: &str, behind: &str| {
        let (before, behind) = (before.trim_end(), behind.trim_start());
        [currency]
            .into_iter()
            .chain(symbol(currency))
            .chain(locale.and_then(|locale| locale.symbol(currency)))
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
    fn words_of_the_filter_are_read() {
        let parse = |style, one, other| Form::parse(style, [one, other]).ok();
        let local = |mark, digits| Some(Form::Local(mark, digits));
        assert_eq!(parse("symbol", None, None), Some(Form::Fixed(Style::Symbol)));
        assert_eq!(parse("locale", None, None), local(Mark::Symbol, Digits::Usual));
        assert_eq!(parse("locale", Some("code"), None), local(Mark::Code, Digits::Usual));
        let both = local(Mark::Code, Digits::Native);
        assert_eq!(parse("locale", Some("code"), Some("native")), both);
        assert_eq!(parse("locale", Some("native"), Some("code")), both);
        for (style, one, other) in [
            ("roman", None, None),
            ("symbol", Some("native"), None),
            ("locale", Some("plain"), None),
            ("locale", Some("latin"), Some("native")),
            ("locale", Some("code"), Some("code")),
        ] {
            assert_eq!(parse(style, one, other), None, "{style} {one:?} {other:?}");
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
            assert_eq!(is_ambiguous(text, &paid, &asked, None), expected, "{text}");
        }
        assert!(!is_ambiguous("USD 50.00 of 500.00", &paid, &money(50_000, "USD"), None));
        for (tag, text, expected) in [
            ("pt-BR", "US$ 50,00 de CN¥ 500,00", false),
            ("pt-BR", "US$ 50,00 de 500,00", true),
            ("pt-BR", "US$ 50,00 de 500.00", true),
            ("ar-EG", "٥٠٫٠٠ US$ من ٥٠٠٫٠٠ CN¥", false),
            ("ar-EG", "٥٠٫٠٠ US$ من ٥٠٠٫٠٠", true),
            ("ar-EG", "50.00 US$ من ٥٠٠٫٠٠", true),
        ] {
            assert_eq!(is_ambiguous(text, &paid, &asked, Locale::find(tag)), expected, "{text}");
        }
    }
}
