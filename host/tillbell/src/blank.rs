//! A text without what it says of one transaction: names of fields stand there instead.
//!
//! Three things are replaced, the first that fits at a place: a value of the view, whole or
//! cut (`{merchant-name}`); a number that the guard accounts for by this transaction
//! (`{amount}`, `{last-four}`); any other digit (`#`). What is the bank's own stays: its
//! words, signature, hotline, links and phrases.
//!
//! A plugin that spells a name otherwise than its view does (initials, a transliteration)
//! leaves letters that are not found here. What digits there are is always replaced.

use crate::bindings::types::ViewResult;
use crate::guard::{Accounted, Fact};

/// Letters of a word of a value that count as the value, at least.
const WORD_LETTERS_MIN: usize = 3;
/// Characters of a value that is cut, at least; two where each is a word, as in Chinese.
const CUT_MIN: usize = 4;
const WIDE_CUT_MIN: usize = 2;

/// Writes a text with names of fields. The bank's signature stays, also where a shop's name
/// begins as it does.
pub(crate) fn write(
    text: &str,
    signature: &str,
    accounted: &[Accounted],
    view: Option<&ViewResult>,
) -> String {
    let signed = text.find(signature).unwrap_or_default();
    let signed = signed..signed + if text.contains(signature) { signature.len() } else { 0 };
    let mut spans = view.map(|view| of_view(text, view)).unwrap_or_default();
    spans.retain(|span| span.end <= signed.start || signed.end <= span.start);
    for Accounted { start, end, by } in accounted.iter().copied() {
        let is_free = spans.iter().all(|span| end <= span.start || span.end <= start);
        if is_free {
            let name = Some(by.as_str()).filter(|_| !is_banks_own(by));
            spans.push(Span { start, end, name });
        }
    }
    spans.sort_unstable_by_key(|span| span.start);
    let mut blank = String::with_capacity(text.len() + 32);
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
    blank.extend(text.chars().map(|sign| if sign.is_numeric() { '#' } else { sign }));
}

/// What may stand in a text for a value: the whole, or one of its words.
struct Candidate<'a> {
    name: &'static str,
    signs: &'a [(usize, char)],
    /// Whether the beginning of it counts too.
    may_be_cut: bool,
}

/// Where values of a view stand in a text, the longest first, without overlaps.
fn of_view(text: &str, view: &ViewResult) -> Vec<Span> {
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
    let values = named.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?)));
    // Digits alone are numbers, which the guard knows by their place.
    let is_text = |value: &str| value.chars().any(|sign| sign.is_alphabetic() || sign == '*');
    let values = values.filter(|(_, value)| is_text(value));
    let values: Vec<_> = values.map(|(name, value)| (name, folded(value.trim()))).collect();
    let mut candidates = Vec::new();
    for (name, value) in &values {
        candidates.push(Candidate { name, signs: value, may_be_cut: true });
        let words = value.split(|(_, sign)| !sign.is_alphanumeric());
        let is_told = |word: &&[(usize, char)]| {
            word.iter().filter(|(_, sign)| sign.is_alphabetic()).count() >= WORD_LETTERS_MIN
        };
        let words = words.filter(is_told).filter(|word| word.len() < value.len());
        candidates.extend(words.map(|signs| Candidate { name, signs, may_be_cut: false }));
    }
    // Most characters begin nothing.
    let bit = |sign: char| 1_u64 << (u32::from(sign) % 64);
    let firsts = candidates.iter().fold(0, |all, own| all | bit(own.signs[0].1));
    let text = folded(text);
    let mut spans: Vec<Span> = Vec::new();
    let mut at = 0;
    while at < text.len() {
        if firsts & bit(text[at].1) == 0 {
            at += 1;
            continue;
        }
        let lengths = candidates.iter().map(|own| (own.stands(&text, at), own.name));
        match lengths.max_by_key(|(length, _)| *length) {
            Some((length @ 1.., name)) => {
                let start = text[at].0;
                at += length;
                let end = text.get(at).map_or_else(|| end(&text), |(place, _)| *place);
                spans.push(Span { start, end, name: Some(name) });
            }
            _ => at += 1,
        }
    }
    spans
}

/// The byte behind a text's last character.
fn end(text: &[(usize, char)]) -> usize {
    text.last().map_or(0, |(place, sign)| place + sign.len_utf8())
}

/// Characters in lower case, with where each begins.
fn folded(text: &str) -> Vec<(usize, char)> {
    let lower = |sign: char| sign.to_lowercase().next().unwrap_or(sign);
    text.char_indices().map(|(place, sign)| (place, lower(sign))).collect()
}

impl Candidate<'_> {
    /// How many characters of a text, from a place on, are this; 0 where it does not stand
    /// there.
    fn stands(&self, text: &[(usize, char)], at: usize) -> usize {
        let sign = |at: usize| text.get(at).map(|(_, sign)| *sign);
        if sign(at) != self.signs.first().map(|(_, own)| *own) {
            return 0;
        }
        let is_narrow = |at: Option<usize>| {
            let sign = at.and_then(sign);
            sign.is_some_and(|sign| sign.is_alphanumeric() && !is_wide(sign))
        };
        if is_narrow(at.checked_sub(1)) && is_narrow(Some(at)) {
            return 0;
        }
        let pairs = self.signs.iter().zip(&text[at..]);
        let length = pairs.take_while(|((_, own), (_, other))| own == other).count();
        let own = &self.signs[..length];
        let ends_a_word = !(is_narrow(Some(at + length - 1)) && is_narrow(Some(at + length)));
        if length == self.signs.len() && ends_a_word {
            return length;
        }
        let is_cut_wide = length >= WIDE_CUT_MIN && own.iter().all(|(_, sign)| is_wide(*sign));
        let is_told = length >= CUT_MIN && own.iter().any(|(_, sign)| sign.is_alphabetic());
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
            ..facts::minimal_view(&transaction, Party::Cardholder)
        }
    }

    #[test]
    fn names_whole_cut_and_word_by_word_go_and_the_banks_words_stay() {
        let blank = |text: &str, cardholder, merchant| {
            write(text, "【海港银行】", &[], Some(&view(cardholder, merchant)))
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
        let blank = write(text, "", &accounted, Some(&view("Li", "7-Eleven")));
        assert_eq!(blank, "Card {last-four}, call 95500, {merchant-name}, 三 ##");
    }
}
