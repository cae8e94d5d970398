//! What must not leave, whatever a plugin wrote.
//!
//! [`inspect`] looks at the final text of one message. It cannot be switched
//! off by a bundle. It finds card numbers ([`Rule::Pan`]), Chinese identity
//! numbers ([`Rule::IdNumber`]), characters that deceive the eye
//! ([`Rule::Character`]), a signature that is missing, doubled or foreign
//! ([`Rule::Signature`]), and text that is empty or too long
//! ([`Rule::Length`], [`Rule::Segments`]).
//!
//! It is a pure function of the text and of what the host knows; it allocates
//! only for what it finds and for runs of digits, and takes time linear in the
//! text.

mod digits;
mod numbers;

use std::fmt;

use tillbell_transaction::Pan;

/// The longest text of a message, in bytes.
pub const TEXT_BYTES_MAX: usize = 2_048;

/// What the guard looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// A card number: by issuer range and check digit, or this very card's.
    Pan,
    /// A Chinese identity number with a valid check digit.
    IdNumber,
    /// A control, bidirectional, invisible or private-use character.
    Character,
    /// The signature is missing, not first, doubled, or foreign.
    Signature,
    /// The text is empty, or longer than [`TEXT_BYTES_MAX`].
    Length,
    /// The text needs more segments than the bundle allows.
    Segments,
}

impl Rule {
    /// The rule's name in reports, such as `pan`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pan => "pan",
            Self::IdNumber => "id-number",
            Self::Character => "character",
            Self::Signature => "signature",
            Self::Length => "length",
            Self::Segments => "segments",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Something that must not leave: which rule, and where in the text. It never
/// carries what was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding {
    /// The rule that forbids it.
    pub rule: Rule,
    /// The first byte.
    pub start: usize,
    /// The byte behind the last.
    pub end: usize,
}

/// What the host knows when it inspects a text.
#[derive(Clone, Copy)]
pub struct Knowledge<'a> {
    /// What the text must begin with, exactly once; nothing if empty.
    pub signature: &'a str,
    /// The most segments of the text.
    pub max_segments: usize,
    /// The card of this transaction, where the source carried its number.
    pub pan: Option<&'a Pan>,
}

/// Finds all that must not leave; empty where the text may.
pub fn inspect(text: &str, knowledge: &Knowledge<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if text.is_empty() || text.len() > TEXT_BYTES_MAX {
        findings.push(Finding { rule: Rule::Length, start: 0, end: text.len() });
    }
    characters(text, &mut findings);
    numbers::find(text, knowledge.pan, &mut findings);
    signature(text, knowledge.signature, &mut findings);
    if tillbell_sms::count(text).segments > knowledge.max_segments {
        findings.push(Finding { rule: Rule::Segments, start: 0, end: text.len() });
    }
    findings
}

/// Replaces every digit that could belong to a card number by `#`: for lines
/// that are for an operator's eyes.
pub fn redact(text: &str) -> String {
    let spans = numbers::long_runs(text);
    text.char_indices()
        .map(|(at, character)| {
            let within = spans.iter().any(|span| span.contains(&at));
            if within && !digits::digits_of(character).is_empty() { '#' } else { character }
        })
        .collect()
}

fn characters(text: &str, findings: &mut Vec<Finding>) {
    for (start, character) in text.char_indices() {
        if deceives(character) {
            findings.push(Finding {
                rule: Rule::Character,
                start,
                end: start + character.len_utf8(),
            });
        }
    }
}

/// Control characters but the line feed, bidirectional controls, invisible and
/// private-use characters, line separators, tags.
fn deceives(character: char) -> bool {
    match character {
        '\n' | ' '..='~' => false,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => true,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' => {
            true
        }
        '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' => true,
        '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' => true,
        '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffd}' => true,
        '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..='\u{10ffff}' => true,
        _ => false,
    }
}

fn signature(text: &str, signature: &str, findings: &mut Vec<Finding>) {
    let mut wrong = |start, end| findings.push(Finding { rule: Rule::Signature, start, end });
    let Some(body) = text.strip_prefix(signature) else {
        return wrong(0, 0);
    };
    let offset = signature.len();
    if !signature.is_empty()
        && let Some(at) = body.find(signature)
    {
        wrong(offset + at, offset + at + signature.len());
    }
    // Brackets mark a sender in Chinese messages: none may stand elsewhere.
    for (at, bracket) in body.match_indices(['【', '】']) {
        wrong(offset + at, offset + at + bracket.len());
    }
}

#[cfg(test)]
mod tests;
