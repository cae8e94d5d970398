use std::fmt;

use iso_currency::Currency;

use crate::{Error, Result};

/// An amount in the smallest unit of its currency. Never a float.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Money {
    minor_units: i64,
    currency: Currency,
}

impl Money {
    /// The largest absolute amount: eighteen nines, far above DE4's n12.
    pub const MINOR_UNITS_MAX: i64 = 999_999_999_999_999_999;

    /// An amount in a currency of ISO 4217, named by its three letters.
    ///
    /// # Errors
    /// Names `currency` if it is not an active code with an exponent, and
    /// `minor_units` if the amount is beyond [`Money::MINOR_UNITS_MAX`].
    pub fn new(minor_units: i64, currency: &str) -> Result<Self> {
        let currency = Currency::from_code(currency)
            .ok_or_else(|| Error::new("currency", "not an ISO 4217 code of three capitals"))?;
        Self::of(minor_units, currency)
    }

    /// An amount in a currency of ISO 4217, named by its number (DE49).
    ///
    /// # Errors
    /// As [`Money::new`].
    pub fn from_numeric(minor_units: i64, currency: u16) -> Result<Self> {
        let currency = Currency::from_numeric(currency)
            .ok_or_else(|| Error::new("currency", "not an ISO 4217 number"))?;
        Self::of(minor_units, currency)
    }

    fn of(minor_units: i64, currency: Currency) -> Result<Self> {
        if currency.exponent().is_none() {
            return Err(Error::new("currency", "has no minor unit, so it cannot be paid in"));
        }
        if minor_units.unsigned_abs() > Self::MINOR_UNITS_MAX.unsigned_abs() {
            return Err(Error::new("minor_units", "beyond 18 digits"));
        }
        Ok(Self { minor_units, currency })
    }

    /// Reads a decimal without sign and grouping, such as `128.50` or `1500`, with
    /// at most as many digits behind the point as the currency has.
    ///
    /// # Errors
    /// As [`Money::new`]; names `amount` if the text is something else.
    pub fn parse(decimal: &str, currency: &str) -> Result<Self> {
        let unit = Self::new(0, currency)?;
        let exponent = usize::from(unit.exponent());
        let (whole, fraction) = decimal.split_once('.').unwrap_or((decimal, ""));
        let is_decimal = !whole.is_empty()
            && whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit())
            && !decimal.ends_with('.');
        if !is_decimal || fraction.len() > exponent || whole.len() + exponent > 18 {
            let detail = format!("expected an amount of {currency} such as {}", unit.decimal());
            return Err(Error::new("amount", detail));
        }
        let digits = format!("{whole}{fraction:0<exponent$}");
        let minor_units = digits.parse().map_err(|_| Error::new("amount", "beyond 18 digits"))?;
        Self::of(minor_units, unit.currency)
    }

    /// The amount in minor units.
    pub fn minor_units(&self) -> i64 {
        self.minor_units
    }

    /// The ISO 4217 code, three capital letters.
    pub fn currency(&self) -> &'static str {
        self.currency.code()
    }

    /// How many digits stand behind the decimal point: 0 for JPY, 3 for KWD.
    pub fn exponent(&self) -> u8 {
        self.currency.exponent().map_or(0, |exponent| exponent as u8)
    }

    /// The amount as decimal text without grouping: `128.50`, `1500`, `-0.005`.
    pub fn decimal(&self) -> String {
        let digits = self.minor_units.unsigned_abs();
        let sign = if self.minor_units < 0 { "-" } else { "" };
        let scale = 10u64.pow(u32::from(self.exponent()));
        match self.exponent() {
            0 => format!("{sign}{digits}"),
            exponent => {
                let width = usize::from(exponent);
                format!("{sign}{}.{:0width$}", digits / scale, digits % scale)
            }
        }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.decimal(), self.currency())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_read_exactly() {
        let read =
            |text: &str, currency| Money::parse(text, currency).map(|money| money.minor_units);
        assert_eq!(read("128.50", "CNY"), Ok(12_850));
        assert_eq!(read("128.5", "CNY"), Ok(12_850));
        assert_eq!(read("1500", "JPY"), Ok(1_500));
        assert_eq!(read("0.005", "KWD"), Ok(5));
        for wrong in ["", ".", "1.", ".5", "1.505", "-1", "1,5", "+1", "１", "1e3"] {
            assert_eq!(read(wrong, "CNY").unwrap_err().field(), "amount", "{wrong}");
        }
        assert_eq!(read("1.0", "JPY").unwrap_err().field(), "amount");
        assert_eq!(read("99999999999999999", "CNY").unwrap_err().field(), "amount");
        assert_eq!(read("1", "XXX").unwrap_err().field(), "currency");
    }

    #[test]
    fn exponents_follow_iso_4217() {
        for (minor, code, text) in [
            (12850, "CNY", "128.50 CNY"),
            (1500, "JPY", "1500 JPY"),
            (5, "KWD", "0.005 KWD"),
            (-12345, "BHD", "-12.345 BHD"),
        ] {
            assert_eq!(Money::new(minor, code).unwrap().to_string(), text);
        }
        assert_eq!(Money::from_numeric(100, 156).unwrap().currency(), "CNY");
        assert_eq!(Money::from_numeric(100, 414).unwrap().exponent(), 3);
    }

    #[test]
    fn what_is_no_currency_is_refused_without_repeating_it() {
        for code in ["cny", "XXX", "CN", "", "XAU"] {
            let error = Money::new(1, code).unwrap_err();
            assert_eq!(error.field(), "currency", "{code}");
        }
        assert_eq!(Money::new(i64::MIN, "CNY").unwrap_err().field(), "minor_units");
        assert!(Money::from_numeric(1, 1).is_err());
    }
}
