//! A text without what it says of one transaction: names of fields stand there instead.
//!
//! Three things are replaced, the first that fits at a place: a value of the view, whole or
//! cut (`{merchant-name}`); a number that the guard accounts for by this transaction
//! (`{amount}`, `{last-four}`); any other digit (`#`). What is the bank's own stays: its
//! words, signature, hotline, links and phrases.
//!
//! A plugin that spells a name otherwise than its view does (initials, a transliteration)
//! leaves letters that are not found here. What digits there are is always replaced.

use std::ops::Range;

use crate::bindings::types::ViewResult;
use crate::guard::{Accounted, Fact};

/// Letters of a word of a value that count as the value, at least.
const WORD_LETTERS_MIN: usize = 3;
/// Characters of a value that is cut, at least; two where each is a word, as in Chinese.
const CUT_MIN: usize = 4;
const WIDE_CUT_MIN: usize = 2;
/// Characters that the values of a view have, most often.
const SIGNS: usize = 256;

/// Writes a text with names of fields. The bank's signature stays, also where a shop's name
/// begins as it does.
pub(crate) fn write(
    text: &str,
    signature: &str,
    accounted: &[Accounted],
    names: Option<&Names>,
) -> String {
    let signed = text.find(signature).unwrap_or_default();
    let signed = signed..signed + if text.contains(signature) { signature.len() } else { 0 };
    let mut spans = names.map(|names| names.spans(text)).unwrap_or_default();
    spans.retain(|span| span.end <= signed.start || signed.end <= span.start);
    let of_names = spans.len();
    for Accounted { start, end, by } in accounted.iter().copied() {
        let is_free = spans[..of_names].iter().all(|span| end <= span.start || span.end <= start);
        if is_free {
            let name = Some(by.as_str()).filter(|_| !is_banks_own(by));
            spans.push(Span { start, end, name });
        }
    }
    spans.sort_unstable_by_key(|span| span.start);
    let mut blank = String::with_capacity(text.len() + 64);
    let mut at = 0;
    for Span { start, end, name } in spans {
        if start < at {
            continue;
        }
        blank_digits(&mut blank, &text[at..start]);
        match name {
            Some(name) => {
                blank.push('{');
                blank.push_str(name);
                blank.push('}');
            }
            None => blank.push_str(&text[start..end]),
        }
        at = end;
    }
    blank_digits(&mut blank, &text[at..]);
    blank
}

/// A stretch of the text, and what stands for it; none where it stays.
struct Span {
    start: usize,
    end: usize,
    name: Option<&'static str>,
}

fn is_banks_own(fact: Fact) -> bool {
    matches!(fact, Fact::Signature | Fact::Hotline | Fact::Link | Fact::Phrase)
}

fn blank_digits(blank: &mut String, text: &str) {
    let mut stays = 0;
    for (at, sign) in text.char_indices().filter(|(_, sign)| is_digit(*sign)) {
        blank.push_str(&text[stays..at]);
        blank.push('#');
        stays = at + sign.len_utf8();
    }
    blank.push_str(&text[stays..]);
}

/// [`char::is_numeric`], soon told of what texts are made of.
fn is_digit(sign: char) -> bool {
    if sign.is_ascii() { sign.is_ascii_digit() } else { !is_wide(sign) && sign.is_numeric() }
}

/// What a view says in words, by which a text is looked through.
pub(crate) struct Names {
    /// Values in lower case, one behind the other.
    signs: Vec<char>,
    candidates: Vec<Candidate>,
    /// The characters that begin a candidate, each a bit by its last six bits: most characters
    /// of a text begin nothing.
    firsts: u64,
}

/// What may stand in a text for a value: the whole, or one of its words.
struct Candidate {
    name: &'static str,
    /// Where it stands in [`Names::signs`].
    place: Range<usize>,
    /// Whether the beginning of it counts too.
    may_be_cut: bool,
}

impl Names {
    /// The names of a view.
    pub(crate) fn of(view: &ViewResult) -> Self {
        let named = [
            ("cardholder-name", &view.cardholder_name),
            ("counterparty", &view.counterparty),
            ("cardholder-email", &view.cardholder_email),
            ("cardholder-phone", &view.cardholder_phone),
            ("id-number", &view.cardholder_id_number),
            ("account", &view.cardholder_account),
            ("merchant-phone", &view.merchant_phone),
            ("merchant-address", &view.merchant_address),
            ("merchant-name", &view.merchant_name),
            ("merchant-city", &view.merchant_city),
            ("merchant-id", &view.merchant_id),
            ("terminal", &view.terminal_id),
            ("rrn", &view.rrn),
            ("stan", &view.stan),
            ("authorisation-code", &view.authorisation_code),
        ];
        let mut names = Self {
            signs: Vec::with_capacity(SIGNS),
            candidates: Vec::with_capacity(named.len()),
            firsts: 0,
        };
        for (name, value) in named {
            // Digits alone are numbers, which the guard knows by their place.
            let is_text =
                |value: &&str| value.chars().any(|sign| sign.is_alphabetic() || sign == '*');
            if let Some(value) = value.as_deref().map(str::trim).filter(is_text) {
                names.add(name, value);
            }
        }
        names
    }

    fn add(&mut self, name: &'static str, value: &str) {
        let start = self.signs.len();
        self.signs.extend(value.chars().map(lower));
        let whole = start..self.signs.len();
        self.take(Candidate { name, place: whole.clone(), may_be_cut: true });
        let mut at = start;
        while at < whole.end {
            let rest = &self.signs[at..];
            let end = at + rest.iter().take_while(|sign| sign.is_alphanumeric()).count();
            let letters = self.signs[at..end].iter().filter(|sign| sign.is_alphabetic()).count();
            if letters >= WORD_LETTERS_MIN && (at..end) != whole {
                self.take(Candidate { name, place: at..end, may_be_cut: false });
            }
            at = end + 1;
        }
    }

    fn take(&mut self, candidate: Candidate) {
        self.firsts |= bit(self.signs[candidate.place.start]);
        self.candidates.push(candidate);
    }

    /// Where names stand in a text, the longest first, without overlaps.
    fn spans(&self, text: &str) -> Vec<Span> {
        let mut spans = Vec::new();
        let mut signs = text.char_indices();
        let mut before = None;
        while let Some((start, sign)) = signs.next() {
            let first = lower(sign);
            let found = match self.firsts & bit(first) {
                0 => None,
                _ => self.longest(first, before, &text[start..]),
            };
            before = Some(first);
            if let Some((length, name)) = found {
                let last = signs.by_ref().take(length - 1).last();
                before = last.map_or(before, |(_, sign)| Some(lower(sign)));
                spans.push(Span { start, end: signs.offset(), name: Some(name) });
            }
        }
        spans
    }

    /// The longest name at the beginning of a text: its characters; the last of those that
    /// are equally long.
    fn longest(
        &self,
        first: char,
        before: Option<char>,
        text: &str,
    ) -> Option<(usize, &'static str)> {
        let begins = self.candidates.iter().filter(|own| self.signs[own.place.start] == first);
        let lengths = begins.map(|own| (own.stands(&self.signs, before, text), own.name));
        lengths.max_by_key(|(length, _)| *length).filter(|(length, _)| *length > 0)
    }
}

fn bit(sign: char) -> u64 {
    1 << (u32::from(sign) % 64)
}

/// A character in lower case; Chinese, Japanese and Korean have none.
fn lower(sign: char) -> char {
    match sign {
        sign if sign.is_ascii() => sign.to_ascii_lowercase(),
        sign if is_wide(sign) => sign,
        sign => sign.to_lowercase().next().unwrap_or(sign),
    }
}

impl Candidate {
    /// How many characters at the beginning of a text, behind the character `before`, are
    /// this; 0 where it does not stand there.
    fn stands(&self, signs: &[char], before: Option<char>, text: &str) -> usize {
        let own = &signs[self.place.clone()];
        let is_narrow =
            |sign: Option<char>| sign.is_some_and(|sign| sign.is_alphanumeric() && !is_wide(sign));
        if is_narrow(before) && is_narrow(own.first().copied()) {
            return 0;
        }
        let mut others = text.chars().map(lower);
        let mut next = others.next();
        let mut length = 0;
        while length < own.len() && next == Some(own[length]) {
            length += 1;
            next = others.next();
        }
        let same = &own[..length];
        let ends_a_word = !(is_narrow(same.last().copied()) && is_narrow(next));
        if length == own.len() && ends_a_word {
            return length;
        }
        let is_cut_wide = length >= WIDE_CUT_MIN && same.iter().all(|sign| is_wide(*sign));
        let is_told = length >= CUT_MIN && same.iter().any(|sign| sign.is_alphabetic());
        if self.may_be_cut && (is_cut_wide || is_told) { length } else { 0 }
    }
}

/// Whether each character is a word of its own: Chinese, Japanese, Korean.
fn is_wide(sign: char) -> bool {
    matches!(sign, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}')
}

#[cfg(test)]
mod tests {
    use tillbell_transaction::{Party, Record, json};

    use super::*;
    use crate::facts;

    fn view(cardholder: &str, merchant: &str) -> ViewResult {
        let line = br#"{"kind":"purchase","approval":"approved","amount":{"minor_units":1,"currency":"CNY"},"time":"2026-11-20T08:31:05+08:00","card":{"bin":"621626","last4":"0018"},"merchant":{"name":"M"}}"#;
        let Record::Transaction(transaction) = json::read(line).unwrap() else { panic!() };
        ViewResult {
            cardholder_name: Some(cardholder.into()),
            merchant_name: Some(merchant.into()),
            ..facts::minimal_view(&transaction, Party::Cardholder, transaction.time)
        }
    }

    #[test]
    fn names_whole_cut_and_word_by_word_go_and_the_banks_words_stay() {
        let blank = |text: &str, cardholder, merchant| {
            write(text, "【海港银行】", &[], Some(&Names::of(&view(cardholder, merchant))))
        };
        assert_eq!(
            blank("【海港银行】张*您在咖啡实验室消费", "张*", "咖啡实验室（徐家汇）"),
            "【海港银行】{cardholder-name}您在{merchant-name}消费"
        );
        assert_eq!(
            blank("Dear ZHANG WEI, paid at Coffee La… and Zhang", "Zhang Wei", "Coffee Lab"),
            "Dear {cardholder-name}, paid at {merchant-name}… and {cardholder-name}"
        );
        assert_eq!(
            blank("【海港银行】海港超市收款", "李", "海港超市"),
            "【海港银行】{merchant-name}收款"
        );
        // A word is no part of another.
        assert_eq!(blank("at the smart market", "Mar", "The"), "at {merchant-name} smart market");
    }

    #[test]
    fn digits_never_stay_but_the_banks_own() {
        let text = "Card 0018, call 95500, 7-ELEVEN, 三 ４２";
        let accounted = [
            Accounted { start: 5, end: 9, by: Fact::LastFour },
            Accounted { start: 16, end: 21, by: Fact::Hotline },
            Accounted { start: 23, end: 24, by: Fact::MerchantName },
        ];
        let blank = write(text, "", &accounted, Some(&Names::of(&view("Li", "7-Eleven"))));
        assert_eq!(blank, "Card {last-four}, call 95500, {merchant-name}, 三 ##");
    }
}
