//! Amounts in decimal, as a bank writes them.

use std::collections::BTreeMap;

use crate::interface::tillbell::plugin::types::Money;

/// Amounts by currency.
#[derive(Debug, Default)]
pub(crate) struct Thresholds(pub(crate) BTreeMap<String, i64>);

impl Thresholds {
    /// Whether an amount is below the party's own threshold, or, where it has
    /// none in this currency, below the bank's.
    pub(crate) fn is_above(&self, amount: &Money, own: Option<&Money>) -> bool {
        let own = own.filter(|own| own.currency == amount.currency).map(|own| own.minor_units);
        own.or_else(|| self.0.get(&amount.currency).copied())
            .is_some_and(|threshold| amount.minor_units < threshold)
    }
}

/// Reads `128.50` in minor units of this currency.
pub(crate) fn minor_units(text: &str, currency: &str) -> Option<i64> {
    let exponent = exponent(currency);
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let fits = (1..=15).contains(&whole.len()) && decimals.len() <= exponent;
    let dangling = text.contains('.') && decimals.is_empty();
    if !fits || dangling || !digits(whole) || !digits(decimals) {
        return None;
    }
    format!("{whole}{decimals:0<exponent$}").parse().ok()
}

/// Whether a text has the form of an ISO 4217 code.
pub(crate) fn is_currency(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// The decimals of a currency by ISO 4217: two but for these.
fn exponent(currency: &str) -> usize {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX"
        | "UYI" | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        "CLF" | "UYW" => 4,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_in_the_currency_s_decimals() {
        for (text, currency, units) in [
            ("128.50", "CNY", Some(12_850)),
            ("128.5", "CNY", Some(12_850)),
            ("128", "CNY", Some(12_800)),
            ("128", "JPY", Some(128)),
            ("0.005", "KWD", Some(5)),
            ("128.505", "CNY", None),
            ("128.0", "JPY", None),
            ("-1", "CNY", None),
            ("1,000", "CNY", None),
            ("1.", "CNY", None),
            ("", "CNY", None),
            ("1e3", "CNY", None),
        ] {
            assert_eq!(minor_units(text, currency), units, "{text} {currency}");
        }
    }

    #[test]
    fn a_party_s_own_threshold_comes_first() {
        let money = |minor_units, currency: &str| Money {
            minor_units,
            currency: currency.into(),
            exponent: 2,
        };
        let bank = Thresholds(BTreeMap::from([("CNY".into(), 10_000)]));
        assert!(bank.is_above(&money(9_999, "CNY"), None));
        assert!(!bank.is_above(&money(10_000, "CNY"), None));
        assert!(!bank.is_above(&money(9_999, "CNY"), Some(&money(5_000, "CNY"))));
        assert!(bank.is_above(&money(9_999, "CNY"), Some(&money(5_000, "USD"))));
        assert!(!bank.is_above(&money(1, "USD"), None));
    }
}
