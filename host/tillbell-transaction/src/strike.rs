//! Card numbers where they do not belong: sources put them into a token, an account
//! number, an `id`, and merchants into their names.
//!
//! | field | this card's number | another, by form | another secret of the transaction |
//! | --- | --- | --- | --- |
//! | `id`, `original_id`, `original_stan` | is emptied, and `id` derived | is emptied | is emptied |
//! | RRN, STAN, authorisation code, acquirer, merchant, terminal | keeps the first six and last four digits | stays: many look like one | stays |
//! | account, counterparty | keeps its last four digits | keeps its last four digits | stays |
//! | names, city, address, issuer | goes, the rest stays | goes, the rest stays | stays |
//! | token, telephones, e-mail addresses, identity number | is emptied | stays: a token may look like one | stays |
//!
//! *By form* is a whole number of an issuer's range, length and check digit
//! ([`is_card_number`]). Where a source truncates the card, its number is known by BIN,
//! last four digits and check digit, or by its length where that was seen. Eleven
//! digits of a whole number that a field cuts are treated as the number. What events are paired by is cut the same in both.

use std::ops::Range;

use zeroize::Zeroize;

use crate::card::{Bin, Last4, Pan, is_card_number, luhn, place_of};
use crate::{Card, Merchant, Transaction};

/// The digits of a card number: ISO/IEC 7812.
const DIGITS: std::ops::RangeInclusive<usize> = 13..=19;
/// Digits of an identity number, an account or a telephone that is somebody's secret.
const SECRET_DIGITS_MIN: usize = 7;
/// Digits in sequence of a number that a field cut: more than its BIN and chance.
const PART_DIGITS_MIN: usize = 11;
/// Digits that a truncated number keeps.
const KEPT: (usize, usize) = (6, 4);

impl Transaction {
    /// Takes card numbers out of all fields but [`crate::Card::pan`], and secrets out of the
    /// event's name. A second call changes nothing.
    pub fn strike_card_numbers(&mut self) {
        self.strike(None);
    }

    /// The same where the card is truncated, and its number is known to have so many digits.
    pub fn strike_card_number_of(&mut self, digits: usize) {
        self.strike(Some(digits));
    }

    fn strike(&mut self, digits: Option<usize>) {
        let (card, cardholder, merchant) =
            (&mut self.card, &mut self.cardholder, &mut self.merchant);
        let own = Own { pan: card.pan.as_ref(), bin: card.bin, last4: card.last4, digits };
        let secrets = [
            &cardholder.phone,
            &cardholder.id_number,
            &cardholder.account,
            &merchant.phone,
            &self.counterparty,
        ];
        let is_secret = |text: &str| {
            digit_count(text) >= SECRET_DIGITS_MIN
                && (is_whole_card_number(text)
                    || secrets
                        .iter()
                        .any(|secret| secret.as_ref().is_some_and(|secret| is_same(secret, text))))
        };
        let is_own = |text: &str| own.place_in(text).is_some() || own.part_in(text).is_some();
        let is_struck = |text: &str| is_own(text) || is_secret(text);
        if is_struck(&self.id) {
            self.id.zeroize();
        }
        for text in [&mut self.original_id, &mut self.original_stan] {
            text.take_if(|text| is_struck(text)).zeroize();
        }
        for text in [
            &mut self.rrn,
            &mut self.stan,
            &mut self.authorisation_code,
            &mut self.acquirer,
            &mut merchant.id,
            &mut merchant.terminal,
        ] {
            own.cut(text);
        }
        for text in [&mut cardholder.account, &mut self.counterparty].into_iter().flatten() {
            while let Some(place) = own.place_in(text) {
                hide(text, place, (0, KEPT.1));
            }
            if let Some((place, _)) = own.part_in(text) {
                hide(text, place, (0, KEPT.1));
            }
            if is_whole_card_number(text) {
                let whole = 0..text.len();
                hide(text, whole, (0, KEPT.1));
            }
        }
        for text in [
            &mut card.token,
            &mut cardholder.phone,
            &mut cardholder.email,
            &mut cardholder.id_number,
            &mut merchant.phone,
            &mut merchant.email,
        ] {
            text.take_if(|text| is_own(text)).zeroize();
        }
        let names = [&mut card.issuer, &mut card.brand, &mut merchant.name, &mut merchant.city];
        let optional = [&mut cardholder.name, &mut merchant.address, &mut self.counterparty];
        for text in names.into_iter().chain(optional.into_iter().flatten()) {
            own.take_out(text);
        }
    }
}

impl Merchant {
    /// Takes a card's number out of what a message says of the merchant.
    pub fn strike_card_number(&mut self, card: &Card) {
        let own = Own { pan: card.pan.as_ref(), bin: card.bin, last4: card.last4, digits: None };
        own.cut(&mut self.id);
        own.cut(&mut self.terminal);
        own.take_out(&mut self.name);
        own.take_out(&mut self.city);
    }
}

/// What is known of this card's number: the whole, or its ends.
struct Own<'a> {
    pan: Option<&'a Pan>,
    bin: Bin,
    last4: Last4,
    /// How many digits it has, where that alone is known beside its ends.
    digits: Option<usize>,
}

impl Own<'_> {
    /// Where the number stands in a text.
    fn place_in(&self, text: &str) -> Option<Range<usize>> {
        if let Some(pan) = self.pan {
            return pan.place_in(text);
        }
        if self.digits.is_none() && self.is_unknown() {
            return None;
        }
        let (bin, last4) = (self.bin.to_string(), self.last4.to_string());
        if let Some(length) = self.digits {
            let tail = length.saturating_sub(last4.len());
            return place_of(text, length, |index, digit| {
                bin.as_bytes().get(index).is_none_or(|own| *own == digit)
                    && (index < tail || last4.as_bytes()[index - tail] == digit)
            });
        }
        if digit_count(text) < *DIGITS.start() {
            return None;
        }
        runs(text).into_iter().find(|run| {
            let digits = digits_of(&text[run.clone()]);
            DIGITS.contains(&digits.len())
                && digits.starts_with(bin.as_bytes())
                && digits.ends_with(last4.as_bytes())
                && luhn(&digits)
        })
    }

    /// Whether nothing is known of the card yet.
    fn is_unknown(&self) -> bool {
        self.bin.number() == 0 && self.last4.number() == 0
    }

    /// Where a field cuts the number, and how many digits of that may stay: those of the BIN,
    /// or the last four.
    fn part_in(&self, text: &str) -> Option<(Range<usize>, (usize, usize))> {
        let (is_first, place) = self.pan?.cut_in(text, PART_DIGITS_MIN)?;
        Some((place, if is_first { (KEPT.0, 0) } else { (0, KEPT.1) }))
    }

    /// Cuts the number in a reference.
    fn cut(&self, text: &mut String) {
        while let Some(place) = self.place_in(text) {
            hide(text, place, KEPT);
        }
        if let Some((place, kept)) = self.part_in(text) {
            hide(text, place, kept);
        }
    }

    /// Takes the number, and what looks like another, out of a name.
    fn take_out(&self, text: &mut String) {
        while let Some(place) = self
            .place_in(text)
            .or_else(|| place_by_form(text))
            .or_else(|| self.part_in(text).map(|(place, _)| place))
        {
            remove(text, place);
        }
    }
}

/// Where a card number stands in a text, by its form.
fn place_by_form(text: &str) -> Option<Range<usize>> {
    if digit_count(text) < *DIGITS.start() {
        return None;
    }
    runs(text).into_iter().find(|run| is_card_number(&digits_of(&text[run.clone()])))
}

/// Digits with single spaces, dots or dashes between them.
fn runs(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (at, byte) in bytes.iter().enumerate() {
        if !byte.is_ascii_digit() {
            continue;
        }
        match runs.last_mut() {
            Some(run)
                if run.end == at
                    || (run.end + 1 == at && matches!(bytes[run.end], b' ' | b'-' | b'.')) =>
            {
                run.end = at + 1;
            }
            _ => runs.push(at..at + 1),
        }
    }
    runs
}

/// How many digits a text has: few have as many as a card's number.
fn digit_count(text: &str) -> usize {
    match text.len() {
        ..7 => 0,
        _ => text.bytes().filter(u8::is_ascii_digit).count(),
    }
}

fn digits_of(text: &str) -> Vec<u8> {
    text.bytes().filter(u8::is_ascii_digit).collect()
}

/// Whether a text is a card number, by its form, and nothing else.
fn is_whole_card_number(text: &str) -> bool {
    let text = text.trim();
    runs(text).first() == Some(&(0..text.len())) && is_card_number(&digits_of(text))
}

/// Whether two texts are the same but for what stands between their letters and digits.
fn is_same(secret: &str, text: &str) -> bool {
    let letters = |text: &'_ str| -> Vec<u8> {
        let letters = text.bytes().filter(u8::is_ascii_alphanumeric);
        letters.map(|letter| letter.to_ascii_lowercase()).collect()
    };
    let secret = letters(secret);
    let digits = secret.iter().filter(|byte| byte.is_ascii_digit()).count();
    digits >= SECRET_DIGITS_MIN && secret == letters(text)
}

/// Replaces the digits of a place by stars, except its first and last ones.
fn hide(text: &mut String, place: Range<usize>, (first, last): (usize, usize)) {
    let count = text[place.clone()].bytes().filter(u8::is_ascii_digit).count();
    let mut at = 0;
    let hidden: String = text[place.clone()]
        .chars()
        .map(|character| match character {
            '0'..='9' => {
                at += 1;
                if at <= first || at > count - last { character } else { '*' }
            }
            other => other,
        })
        .collect();
    let whole = format!("{}{hidden}{}", &text[..place.start], &text[place.end..]);
    text.zeroize();
    *text = whole;
}

/// Takes a place out of a name.
fn remove(text: &mut String, place: Range<usize>) {
    let rest = format!("{}{}", text[..place.start].trim_end(), &text[place.end..]);
    text.zeroize();
    *text = rest;
}

#[cfg(test)]
mod tests {
    use crate::{Record, Transaction, json};

    fn read(fields: &str, card: &str) -> Transaction {
        let line = format!(
            r#"{{"kind":"purchase","approval":"approved","amount":{{"minor_units":1,"currency":"CNY"}},"time":"2026-11-20T08:31:05+08:00","card":{card},{fields}}}"#
        );
        match json::read(line.as_bytes()).unwrap() {
            Record::Transaction(transaction) => *transaction,
            Record::Ignored(_) => panic!(),
        }
    }

    const SHOP: &str = r#""merchant":{"name":"Shop","id":"104110548991234","terminal":"00000312"},"rrn":"632408000123""#;
    const WHOLE: &str = r#"{"pan":"4242424242424242"}"#;
    const TRUNCATED: &str = r#"{"bin":"424242","last4":"4242"}"#;

    #[test]
    fn an_id_that_is_a_card_number_or_a_secret_is_derived() {
        for card in [WHOLE, TRUNCATED] {
            for id in [
                "4242424242424242",
                "4242-4242-4242-4242",
                "p/4242424242424242/1",
                // Others' published test numbers, by form.
                "5555555555554444",
                "6205 5000 0000 0000 004",
                "13800138000",
                "+86 138-0013-8000",
                "11010119900307013x",
            ] {
                let more = format!(
                    r#"{SHOP},"id":"{id}","original_id":"{id}","cardholder":{{"phone":"+8613800138000","id_number":"11010119900307013X","account":"13800138000"}}"#
                );
                let transaction = read(&more, card);
                assert_eq!(transaction.id, "20261120-00000312-632408000123-1-purchase", "{id}");
                assert!(!transaction.has_own_id && transaction.original_id.is_none(), "{id}");
            }
            for id in ["4242424242424243", "1795147395123456", "t-42424242", "424242", "POS 12"] {
                let transaction = read(&format!(r#"{SHOP},"id":"{id}""#), card);
                assert_eq!((transaction.id.as_str(), transaction.has_own_id), (id, true));
            }
        }
    }

    /// What events are paired by is the same in both, and another card's is another.
    #[test]
    fn a_reference_with_this_card_s_number_keeps_its_ends() {
        for card in [WHOLE, TRUNCATED] {
            let fields = r#""merchant":{"name":"Shop","id":"A4242424242424242","terminal":"4242 4242 4242 4242"},"rrn":"632408000123""#;
            let transaction = read(fields, card);
            assert_eq!(transaction.merchant.id, "A424242******4242");
            assert_eq!(transaction.merchant.terminal, "4242 42** **** 4242");
            assert!(transaction.correlation_key().is_some());
            // Another number stays: one identifier of ten passes the check digit by chance.
            let fields = r#""merchant":{"name":"Shop","id":"5555555555554444","terminal":"00000312"},"rrn":"632408000123""#;
            assert_eq!(read(fields, card).merchant.id, "5555555555554444");
        }
    }

    #[test]
    fn another_card_s_number_keeps_its_last_four_as_an_account_and_none_as_a_name() {
        for card in [WHOLE, TRUNCATED] {
            let fields = r#""merchant":{"name":"TOP UP 5555 5555 5555 4444 OK","city":"4242424242424242"},"counterparty":"5555555555554444","cardholder":{"account":"4242424242424242","name":"Li 4242424242424242"}"#;
            let transaction = read(fields, card);
            assert_eq!(transaction.counterparty.as_deref(), Some("************4444"));
            assert_eq!(transaction.cardholder.account.as_deref(), Some("************4242"));
            assert_eq!(transaction.cardholder.name.as_deref(), Some("Li"));
            assert_eq!(transaction.merchant.name, "TOP UP OK");
            assert_eq!(transaction.merchant.city, "");
            // An account with a wrong check digit is no card number: its masker gets it whole.
            let fields = r#""merchant":{"name":"S"},"counterparty":"62284800001234567""#;
            assert_eq!(read(fields, card).counterparty.as_deref(), Some("62284800001234567"));
        }
    }

    #[test]
    fn a_number_that_a_field_cuts_is_struck_too() {
        let fields = r#""id":"42424242424","merchant":{"name":"TOP 4000001234567","id":"400000123456789","terminal":"00000312"},"rrn":"001234567899""#;
        let card = r#"{"pan":"4000001234567899"}"#;
        let transaction = read(fields, card);
        assert_eq!(transaction.merchant.id, "400000*********");
        assert_eq!(transaction.merchant.name, "TOP");
        assert_eq!(transaction.rrn, "********7899");
        // Ten digits are as many as a BIN and two by chance.
        let fields = r#""merchant":{"name":"S","id":"4000001234","terminal":"00000312"}"#;
        assert_eq!(read(fields, card).merchant.id, "4000001234");
    }

    /// An answer whose card is still to be found strikes nothing by it.
    #[test]
    fn a_card_of_which_nothing_is_known_is_in_no_number() {
        let mut transaction = read(r#""merchant":{"name":"S","id":"000000000180000"}"#, TRUNCATED);
        transaction.card = crate::Card::unknown();
        transaction.strike_card_numbers();
        assert_eq!(transaction.merchant.id, "000000000180000");
    }

    #[test]
    fn striking_twice_changes_nothing() {
        let fields = r#""id":"4242424242424242","merchant":{"name":"TOP 5555555555554444","id":"A4242424242424242","terminal":"1"},"counterparty":"5555555555554444""#;
        let once = read(fields, WHOLE);
        let mut twice = once.clone();
        twice.strike_card_numbers();
        assert_eq!(json::write_transaction(&once), json::write_transaction(&twice));
    }
}
