//! What a bank adds to its manifest if what was found is its own.

use std::fmt;

use crate::glyphs::is_han;
use crate::spans::FIELD;
use crate::{Finding, Guard, Rule, Sender};

/// Letters of a phrase beside its digits, at least.
const LETTERS_MIN: usize = 2;
/// Characters of a script without spaces that are taken as a word.
const HAN_WORD_MAX: usize = 4;
/// Words on one side of a number that are taken into a phrase, at most.
const WORDS_MAX: usize = 3;

/// An entry of the manifest with which a finding would be none. It displays as the line to
/// add.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cure {
    /// A sentence with a number of its own, or a handle.
    Phrase(String),
    /// A number that people may call.
    Number(String),
    /// A domain.
    Link(String),
}

impl fmt::Display for Cure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Phrase(phrase) => write!(f, "phrases = [{phrase:?}]"),
            Self::Number(number) => {
                write!(f, "numbers = [{{ number = {number:?}, purpose = \"…\" }}]")
            }
            Self::Link(domain) => write!(f, "allowed-links = [{domain:?}]"),
        }
    }
}

impl Cure {
    /// Finds the entry for a finding in a template's own words
    /// ([`Guard::inspect_literal`]); none where no entry helps, as for a card number.
    pub fn of(finding: &Finding, literal: &str, sender: &Sender) -> Option<Self> {
        let found = literal.get(finding.start..finding.end)?;
        let cures = match finding.rule {
            Rule::Link => {
                let host = found.rsplit("//").next().unwrap_or(found);
                let host = host.split(['/', '?', '#', ':']).next().unwrap_or(host);
                vec![Self::Link(host.to_ascii_lowercase())]
            }
            Rule::CallBack => vec![Self::Number(found.trim().into())],
            Rule::Amount | Rule::Unaccounted | Rule::Handle => phrases(finding, literal),
            _ => Vec::new(),
        };
        cures.into_iter().find(|cure| cure.helps(finding, literal, sender))
    }

    /// Whether a text holds it as it stands.
    pub fn stands_in(&self, text: &str) -> bool {
        let (Self::Phrase(part) | Self::Number(part) | Self::Link(part)) = self;
        text.contains(part.as_str())
    }

    /// Whether nothing is found at that place once the entry is there.
    fn helps(&self, finding: &Finding, literal: &str, sender: &Sender) -> bool {
        let sender = sender.clone();
        let sender = match self {
            Self::Phrase(phrase) => sender.with_phrases(&[phrase]),
            Self::Number(number) => sender.with_numbers(&[number]),
            Self::Link(domain) => {
                let mut links = sender.allowed_links.clone();
                links.push(domain.clone());
                Ok(sender.with_links(links))
            }
        };
        sender.is_ok_and(|sender| {
            let findings = Guard::new().with_sender(&sender).inspect_literal(literal);
            !findings.iter().any(|found| found.start < finding.end && finding.start < found.end)
        })
    }
}

/// The number with the words beside it: behind it, before it, on both sides; the shortest
/// first.
fn phrases(finding: &Finding, literal: &str) -> Vec<Cure> {
    let (before, behind) = (&literal[..finding.start], &literal[finding.end..]);
    let mut phrases = Vec::new();
    for count in 1..=WORDS_MAX {
        let end = finding.end + words_length(behind.chars(), count);
        let start = finding.start - words_length(before.chars().rev(), count);
        for range in [finding.start..end, start..finding.end, start..end] {
            let phrase = literal[range].trim();
            let letters = phrase.chars().filter(|letter| letter.is_alphabetic()).count();
            let is_whole = !phrase.contains(['\n', '{', '}']) && !phrase.contains('\u{fffc}');
            if letters >= LETTERS_MIN && is_whole && !phrase.contains(FIELD) {
                phrases.push(Cure::Phrase(phrase.into()));
            }
        }
    }
    phrases
}

/// The length in bytes of the first `count` words, and of the spaces before each.
fn words_length(characters: impl Iterator<Item = char>, count: usize) -> usize {
    let mut characters = characters.peekable();
    let (mut length, mut read) = (0, 0);
    for _ in 0..count {
        while let Some(space) = characters.next_if_eq(&' ') {
            read += space.len_utf8();
        }
        let mut letters = 0;
        while let Some(next) = characters.next_if(|next| is_of_word(*next)) {
            letters += 1;
            read += next.len_utf8();
            length = read;
            if is_han(next) && letters >= HAN_WORD_MAX {
                break;
            }
        }
        if letters == 0 {
            break;
        }
    }
    length
}

fn is_of_word(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '\'' | '%' | '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The line to add for the first finding, and what is found once it is there.
    fn cured(literal: &str) -> Option<String> {
        let sender = Sender::new("【海港银行】", "95500", 2);
        let findings = Guard::new().with_sender(&sender).inspect_literal(literal);
        let finding = findings.first().unwrap_or_else(|| panic!("nothing found: {literal}"));
        Cure::of(finding, literal, &sender).map(|cure| cure.to_string())
    }

    #[test]
    fn a_finding_of_a_literal_has_the_line_that_cures_it() {
        for (literal, line) in [
            ("客服24小时在线", "phrases = [\"24小时在线\"]"),
            ("Call us 24 hours a day", "phrases = [\"24 hours\"]"),
            ("7x24 service", "phrases = [\"7x24 service\"]"),
            ("2% cashback", "phrases = [\"2% cashback\"]"),
            ("text BLOCK \u{fffc} to 9215.", "phrases = [\"to 9215\"]"),
            (
                "lost cards: 400 820 8820",
                "numbers = [{ number = \"400 820 8820\", purpose = \"…\" }]",
            ),
            ("see https://bank.example/offer", "allowed-links = [\"bank.example\"]"),
            ("满100元减10元", "phrases = [\"100元减10元\"]"),
        ] {
            assert_eq!(cured(literal).as_deref(), Some(line), "{literal}");
        }
        for literal in ["card 4242 4242 4242 4242", "\u{fffc}00"] {
            assert_eq!(cured(literal), None, "{literal}");
        }
    }

    #[test]
    fn the_bank_s_own_words_are_accounted_for() {
        let sender = Sender::new("N26:", "95500", 2)
            .with_phrases(&["SMS BLOCK {last4} to 9215", "24小时"])
            .unwrap()
            .with_links(vec!["bank.example".into()]);
        let guard = Guard::new().with_sender(&sender);
        for literal in [
            "\u{fffc}尾号\u{fffc}卡\u{fffc}在\u{fffc}消费\u{fffc}，疑问请电\u{fffc}，谢谢。",
            "N26: SMS BLOCK \u{fffc} to 9215",
            "24小时95500",
            "https://bank.example/\u{fffc}",
            "Purchase",
        ] {
            assert_eq!(guard.inspect_literal(literal), [], "{literal}");
        }
        for literal in ["SMS BLOCK 1234 to 9215", "SMS BLOCK \u{fffc} to 9216", "24 7小时"] {
            assert!(!guard.inspect_literal(literal).is_empty(), "{literal}");
        }
    }
}
