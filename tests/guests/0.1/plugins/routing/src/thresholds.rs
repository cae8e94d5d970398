//! Amounts in decimal, as a bank writes them.

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
pub(crate) fn exponent(currency: &str) -> usize {
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
}
