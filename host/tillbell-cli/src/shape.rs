//! The shape of an event that was rejected: what can be shown of it.

/// The names that stand in events: fields, and the values of closed sets.
/// Another name is only masked, so the list may be incomplete.
const NAMES: [&str; 77] = [
    "CNY",
    "EUR",
    "JPY",
    "KWD",
    "USD",
    "account",
    "acquirer",
    "address",
    "adjustment",
    "amount",
    "approval",
    "approved",
    "authorisation_code",
    "balance",
    "billing",
    "bin",
    "brand",
    "card",
    "cardholder",
    "cashback",
    "category",
    "chip",
    "city",
    "completion",
    "contactless",
    "counterparty",
    "country",
    "currency",
    "declined",
    "deposit",
    "ecommerce",
    "email",
    "entry_mode",
    "exponent",
    "false",
    "fee",
    "id",
    "id_number",
    "ignored",
    "inquiry",
    "issuer",
    "kind",
    "last4",
    "locale",
    "magstripe",
    "manual",
    "merchant",
    "minor_units",
    "mti",
    "name",
    "null",
    "original_amount",
    "original_id",
    "original_kind",
    "original_stan",
    "pan",
    "payment",
    "phone",
    "preferences",
    "purchase",
    "qr",
    "quiet_hours",
    "rate",
    "reason",
    "refund",
    "reversal",
    "rrn",
    "second_event",
    "stan",
    "terminal",
    "threshold",
    "time",
    "token",
    "transfer",
    "true",
    "verification",
    "void",
];

/// The text with every word that is none of ours masked: letters as `x`, digits
/// as `#`. Nothing of a name, a number or an address is left but its length.
pub(crate) fn of(text: &str) -> String {
    let is_letter = |letter: char| letter.is_alphanumeric() || letter == '_';
    let mut shape = String::with_capacity(text.len());
    for word in text.split_inclusive(|letter| !is_letter(letter)) {
        let name = word.trim_end_matches(|letter| !is_letter(letter));
        if NAMES.binary_search(&name).is_ok() {
            shape.push_str(name);
        } else {
            shape.extend(name.chars().map(|letter| if letter.is_numeric() { '#' } else { 'x' }));
        }
        // Other than the signs of ASCII, a character may be read as anything.
        shape.extend(word[name.len()..].chars().map(|sign| match sign {
            ' '..='~' => sign,
            _ => '?',
        }));
    }
    shape
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_in_order() {
        assert!(NAMES.is_sorted());
    }

    #[test]
    fn a_shape_holds_no_value() {
        for (text, shape) in [
            (
                r#"{"card":{"pan":"4242 4242"},"cardholder":{"name":"欧阳娜娜"}"#,
                "{\"card\":{\"pan\":\"#### ####\"},\"cardholder\":{\"name\":\"xxxx\"}",
            ),
            ("\"nana@mail.example\": -1.5e3", "\"xxxx@xxxx.xxxxxxx\": -#.#x#"),
            ("not json ４２", "xxx xxxx ##"),
            ("a\u{1b}[2J\tb", "x?[#x?x"),
            ("", ""),
        ] {
            assert_eq!(of(text), shape);
        }
    }
}
