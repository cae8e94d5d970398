//! The host's own words, for when a plugin failed: amount, time, last four
//! digits and hotline, in the language that the party wishes for, else the
//! bundle's, else English.
//!
//! The languages are data, `words.txt`: for each one its BCP 47 tags in brackets, the
//! text with its holes (`{rtl}` and `{ltr}` are bidirectional marks), and a word for each
//! kind of transaction. Sums are written by
//! code and Latin digits, with the decimal sign of the language, since a Spaniard reads
//! `KWD 1.285` as a thousand.
//!
//! Nothing in it comes from a plugin or from text of the source, so there is
//! nothing in it that the guard could object to but the bank's own signature, and more
//! segments than the bundle allows: then the next language is tried.

use std::borrow::Cow;

use tillbell_transaction::{Approval, Party, Transaction};

use crate::Manifest;
use crate::guard::{Reader, Sender, Shown};

/// The template name that messages with these words carry.
pub(crate) const TEMPLATE: &str = "host:safe";
/// The language that every bundle has.
const ENGLISH: &str = "en";
/// A block for each language, with empty lines between.
const LANGUAGES: &str = include_str!("words.txt");

/// A text in one language, and who reads it.
pub(crate) struct Draft<'a> {
    /// The wish that it serves: `pt-BR`, though the words are those of `pt`.
    pub(crate) locale: &'a str,
    pub(crate) reader: Reader,
    pub(crate) text: String,
}

/// Writes the message in each language that suits the party, the best first.
pub(crate) fn drafts<'a>(
    transaction: &'a Transaction,
    manifest: &'a Manifest,
    party: Party,
) -> impl Iterator<Item = Draft<'a>> {
    let preferences = match party {
        Party::Cardholder => &transaction.cardholder.preferences,
        Party::Merchant => &transaction.merchant.preferences,
    };
    let locales = [preferences.locale.as_deref(), Some(&manifest.locale), Some(ENGLISH)];
    locales.into_iter().flatten().filter_map(move |locale| {
        let reader = Reader::new(party, locale, Shown::LEAST);
        let text = Language::of(locale)?.write(transaction, &manifest.sender, reader);
        Some(Draft { locale, reader, text })
    })
}

/// The words of one language: the lines of its block.
#[derive(Clone, Copy)]
struct Language(&'static str);

impl Language {
    fn all() -> impl Iterator<Item = Self> {
        LANGUAGES.split("\n\n").map(Self)
    }

    /// The language of a BCP 47 tag, or of what is left of it without its last parts:
    /// `zh-Hant-MO` is `zh-Hant`, `pt-BR` is `pt`.
    fn of(tag: &str) -> Option<Self> {
        let mut tag = tag;
        loop {
            let is_own = |own: &str| own.eq_ignore_ascii_case(tag);
            let found = Self::all().find(|language| language.tags().any(is_own));
            if found.is_some() {
                return found;
            }
            tag = tag.rsplit_once('-')?.0;
        }
    }

    fn tags(self) -> impl Iterator<Item = &'static str> {
        let first = self.0.lines().next().unwrap_or_default();
        first.trim_matches(['[', ']']).split(' ')
    }

    /// What stands behind a key; nothing where the language has no such line.
    fn value(self, key: &str) -> &'static str {
        let values = self.0.lines().filter_map(|line| line.split_once(" = "));
        values.into_iter().find(|(own, _)| *own == key).map_or("", |(_, value)| value)
    }

    fn write(self, transaction: &Transaction, sender: &Sender, reader: Reader) -> String {
        let mut decimal = transaction.amount.decimal();
        if reader.has_decimal_comma() == Some(true) {
            decimal = decimal.replace('.', ",");
        }
        let amount = format!("{} {decimal}", transaction.amount.currency());
        let last4 = transaction.card.last4.to_string();
        // RFC 3339 begins with the local date and time.
        let time = transaction.time.to_string();
        let kind = match transaction.approval {
            Approval::Declined => "declined",
            Approval::Approved | Approval::PartiallyApproved => transaction.kind.as_str(),
        };
        // A bank whose sender's name is its signature has none in the text.
        let pattern = match sender.signature.is_empty() {
            true => self.value("text").replacen("{signature} ", "", 1).into(),
            false => Cow::Borrowed(self.value("text")),
        };
        fill(&pattern, |hole| match hole {
            "signature" => &sender.signature,
            "last4" => &last4,
            "kind" => self.value(kind),
            "amount" => &amount,
            "day" => &time[..10],
            "clock" => &time[11..19],
            "hotline" => &sender.hotline,
            // The text runs from right to left whatever the signature, and behind these
            // letters a date and a telephone's number the other way.
            "rtl" => "\u{200f}",
            "ltr" => "\u{200e}",
            _ => "",
        })
    }
}

/// Fills the holes of a pattern; what fills them is not looked at again.
fn fill<'a>(pattern: &str, value: impl Fn(&str) -> &'a str) -> String {
    let mut text = String::with_capacity(2 * pattern.len());
    let mut rest = pattern;
    while let Some((before, behind)) = rest.split_once('{')
        && let Some((hole, behind)) = behind.split_once('}')
    {
        text.push_str(before);
        text.push_str(value(hole));
        rest = behind;
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
pub(crate) mod tests;
