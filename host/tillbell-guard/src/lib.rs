//! What must not leave, whatever a plugin wrote.
//!
//! [`Guard::inspect`] looks at the final text of one message, with what the
//! host knows of the bank and the transaction. It cannot be switched off by a
//! bundle; a platform's [`Policy`] can only make it stricter. It finds
//!
//! 1. card numbers ([`Rule::Pan`]): by issuer range and check digit, and this
//!    transaction's own by value, in any script, spacing and number of pieces
//! 2. this transaction's secrets ([`Rule::Secret`]): telephone, identity and
//!    account numbers, the cardholder's name, e-mail addresses
//! 3. what nobody should send: identity numbers ([`Rule::IdNumber`]), account
//!    numbers ([`Rule::Iban`]), e-mail addresses ([`Rule::Email`]), security
//!    codes ([`Rule::SecurityCode`]), one-time passwords
//!    ([`Rule::OneTimePassword`])
//! 4. every number that nothing accounts for: beside a mark of money
//!    ([`Rule::Amount`]), to call ([`Rule::CallBack`]), any other
//!    ([`Rule::Unaccounted`]); with a transaction alone
//! 5. links that the bundle does not list ([`Rule::Link`]), handles and
//!    invitations ([`Rule::Handle`])
//! 6. a signature that is missing, doubled, hidden or foreign
//!    ([`Rule::Signature`]), characters that deceive the eye
//!    ([`Rule::Character`]), text that is empty or too long
//!    ([`Rule::Length`], [`Rule::Segments`])
//!
//! It reads a text as its reader does: full-width and circled characters,
//! letters of other scripts that look alike, digits of every script, numerals
//! in words, a line break as a space. It is a pure function and takes time
//! linear in the text.
//!
//! # The way of a text
//! `glyphs` reads it once, `places` says where something may begin, and `numbers` finds the
//! groups of digits among the glyphs (`numerals` those that are words). `links` says what is the bank's.
//! `bidi` says where a mark or an isolate may stand.
//! `account` then walks the groups from left to right: each is a `written` sum,
//! one of the `moments`, one of the `references`, a `masked` value, a number to call, or
//! stands in one of the `spans` (names, phrases); `marks` says what stands
//! beside it, by `cldr`. What is left over is a finding, and so is what
//! `numbers`, `iban`, `codes`, `secrets`, `handles` and `signature` find by value
//! and form. Who may read what stands in `facts`, what the bank declares in
//! [`Sender`].

mod account;
mod bidi;
mod cldr;
pub mod clean;
mod codes;
mod cues;
mod cure;
mod derived;
mod digits;
mod disguises;
mod facts;
mod glyphs;
mod handles;
mod iban;
mod letters;
mod lexicon;
mod links;
mod marks;
mod masked;
mod moments;
mod numbers;
mod numerals;
mod places;
mod policy;
mod references;
mod secrets;
mod sender;
mod signature;
mod spans;
mod words;
mod written;

use std::fmt;
use std::ops::Range;

use tillbell_transaction::Transaction;
use zeroize::Zeroize;

use account::{Accounts, Settled};
use cues::Cue;
use glyphs::{Glyph, Reading};
use moments::Numbers;
use numbers::Digits;
use secrets::Secrets;

pub use account::Accounted;
pub use cure::Cure;
pub use derived::is_made_of;
pub use facts::{Fact, Reader, Shown, Told};
pub use policy::{Policy, TEXT_CHARACTERS_MAX};
pub use sender::{NUMBERS_MAX, Sender, Unfit, WORDS_MAX};
pub use spans::{PHRASE_CHARACTERS_MAX, PHRASES_MAX};

/// The longest text of a message, in bytes.
pub const TEXT_BYTES_MAX: usize = 2_048;
/// The most segments of one message.
pub const SEGMENTS_MAX: usize = 10;
/// Digits of earlier texts that are kept, to see what texts give away together.
const REMEMBERED_DIGITS_MAX: usize = 4_096;

/// What the guard looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Rule {
    // Up to `OneTimePassword`: what is somebody's secret.
    /// A card number: by issuer range and check digit, or this very card's.
    Pan,
    /// Another secret of this transaction, by value.
    Secret,
    /// A Chinese identity number with a valid check digit.
    IdNumber,
    /// An international bank account number with valid check digits.
    Iban,
    /// An e-mail address.
    Email,
    /// A card's security code.
    SecurityCode,
    /// A one-time password.
    OneTimePassword,
    /// An amount that is none of this transaction's.
    Amount,
    /// A link or domain that the bundle does not list.
    Link,
    /// A number to call that is not the bundle's hotline.
    CallBack,
    /// A handle at a messenger, an invitation to scan or follow, a service code.
    Handle,
    /// Another number that nothing accounts for.
    Unaccounted,
    /// The signature is missing, not first, doubled, hidden or foreign.
    Signature,
    /// A control, bidirectional, invisible or private-use character. In languages from right
    /// to left marks and isolates are none where they order nothing anew.
    Character,
    /// The text is empty, or longer than the policy allows.
    Length,
    /// The text needs more segments than the bundle or the policy allows.
    Segments,
}

impl Rule {
    /// The rule's name in reports, such as `pan`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pan => "pan",
            Self::Secret => "secret",
            Self::IdNumber => "id-number",
            Self::Iban => "iban",
            Self::Email => "email",
            Self::SecurityCode => "security-code",
            Self::OneTimePassword => "one-time-password",
            Self::Amount => "amount",
            Self::Link => "link",
            Self::CallBack => "call-back",
            Self::Handle => "handle",
            Self::Unaccounted => "unaccounted",
            Self::Signature => "signature",
            Self::Character => "character",
            Self::Length => "length",
            Self::Segments => "segments",
        }
    }

    /// Whether what it finds is somebody's secret, and not to be repeated.
    pub fn is_secret(self) -> bool {
        self <= Self::OneTimePassword
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Something that must not leave: which rule, where in the text, and why. It
/// never carries what was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding {
    /// The rule that forbids it.
    pub rule: Rule,
    /// The first byte.
    pub start: usize,
    /// The byte behind the last.
    pub end: usize,
    /// What it is, in words for an operator.
    pub reason: &'static str,
}

impl Finding {
    /// A finding over these glyphs, of which there is one at least.
    fn of(rule: Rule, glyphs: &[Glyph], reason: &'static str) -> Self {
        let (start, end) = match glyphs {
            [first, .., last] => (first.start, last.end),
            [only] => (only.start, only.end),
            [] => (0, 0),
        };
        Self { rule, start: start as usize, end: end as usize, reason }
    }
}

/// The guard over the texts of one transaction, with what the host knows.
///
/// Without a bundle and a transaction the rules that need neither still apply:
/// card, identity and account numbers, addresses, codes, every link,
/// characters.
///
/// ```
/// use tillbell_guard::{Guard, Rule};
///
/// let findings = Guard::new().inspect("Your card 4242 4242 4242 4242 was used.");
/// assert_eq!(findings[0].rule, Rule::Pan);
/// assert_eq!((findings[0].start, findings[0].end), (10, 29));
/// ```
pub struct Guard<'a> {
    policy: Policy,
    sender: Option<&'a Sender>,
    known: Option<Known<'a>>,
    told: Vec<Told>,
    reader: Reader,
    /// Digits of texts that leave, text after text.
    remembered: Vec<Vec<u8>>,
}

/// What is prepared of a transaction.
struct Known<'a> {
    transaction: &'a Transaction,
    secrets: Secrets<'a>,
    accounts: Accounts<'a>,
}

/// What a look at one text gave.
struct Examined {
    findings: Vec<Finding>,
    accounted: Vec<Accounted>,
    count: tillbell_sms::Count,
    /// The text's digits, but for those of sums and times: what could spell a card's number
    /// with other texts.
    spelling: Vec<u8>,
}

impl Default for Guard<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a> Guard<'a> {
    /// A guard that knows neither bank nor transaction.
    pub fn new() -> Self {
        Self {
            policy: Policy::default(),
            sender: None,
            known: None,
            told: Vec::new(),
            reader: Reader::default(),
            remembered: Vec::new(),
        }
    }

    /// The same guard, knowing the bank: its signature, hotline, links, words and
    /// phrases.
    #[must_use]
    pub fn with_sender(mut self, sender: &'a Sender) -> Self {
        self.sender = Some(sender);
        self.prepare();
        self
    }

    /// The same guard, knowing what the texts are about: from now on every number is
    /// accounted for.
    #[must_use]
    pub fn with_transaction(mut self, transaction: &'a Transaction) -> Self {
        let secrets = Secrets::of(transaction);
        let accounts = Accounts::of(self.sender, transaction, &self.told, self.reader);
        self.known = Some(Known { transaction, secrets, accounts });
        self
    }

    /// The same guard, letting the cardholder's texts name what counters hold too.
    #[must_use]
    pub fn with_told(mut self, told: &[Told]) -> Self {
        self.told = told.to_vec();
        self.prepare();
        self
    }

    /// The same guard, for texts that this reader gets.
    #[must_use]
    pub fn with_reader(mut self, reader: Reader) -> Self {
        self.turn_to(reader);
        self
    }

    /// The next texts are for this reader.
    pub fn turn_to(&mut self, reader: Reader) {
        if self.reader != reader {
            self.reader = reader;
            self.prepare();
        }
    }

    fn prepare(&mut self) {
        if let Some(known) = &mut self.known {
            known.accounts = Accounts::of(self.sender, known.transaction, &self.told, self.reader);
        }
    }

    /// The same guard, at least as strict as this policy.
    #[must_use]
    pub fn tightened(mut self, policy: &Policy) -> Self {
        self.policy = self.policy.tightened(policy);
        self
    }

    /// Finds all that must not leave, in the order of the text; empty where
    /// the text may leave. Behind 64 numbers that nothing accounts for the rest of them is
    /// one finding.
    pub fn inspect(&self, text: &str) -> Vec<Finding> {
        self.examine(text, None, false).findings
    }

    /// Finds what must not stand in a template's own words, before any transaction: U+FFFC
    /// stands where a field is printed. Only the sender accounts for numbers, so a constant
    /// such as `24` needs a phrase of the manifest. The rules for whole texts (signature,
    /// length, segments, where a bidirectional mark or isolate may stand) do not apply.
    ///
    /// ```
    /// use tillbell_guard::{Guard, Rule, Sender};
    ///
    /// let sender = Sender::new("【海港银行】", "95500", 2).with_phrases(&["24小时"]).unwrap();
    /// let guard = Guard::new().with_sender(&sender);
    /// assert!(guard.inspect_literal("尾号\u{fffc}，24小时客服95500").is_empty());
    /// assert_eq!(guard.inspect_literal("7天内").first().unwrap().rule, Rule::Unaccounted);
    /// ```
    pub fn inspect_literal(&self, literal: &str) -> Vec<Finding> {
        let text = literal.replace('\u{fffc}', spans::FIELD);
        let accounts = Accounts::of_literals(self.sender);
        self.examine(&text, Some(&accounts), false).findings
    }

    /// Inspects a text for this reader and, if it may leave, remembers it; gives what was found
    /// and the segments that were counted on the way.
    pub fn pass(&mut self, text: &str, reader: Reader) -> (Vec<Finding>, tillbell_sms::Count) {
        let Examined { findings, count, .. } = self.passed(text, reader, false);
        (findings, count)
    }

    /// The same as [`Guard::pass`], and what accounts for each number, as
    /// [`Guard::explain`] gives it.
    pub fn pass_explained(
        &mut self,
        text: &str,
        reader: Reader,
    ) -> (Vec<Finding>, tillbell_sms::Count, Vec<Accounted>) {
        let Examined { findings, count, accounted, .. } = self.passed(text, reader, true);
        (findings, count, accounted)
    }

    fn passed(&mut self, text: &str, reader: Reader, explains: bool) -> Examined {
        self.turn_to(reader);
        let examined = self.examine(text, None, explains);
        if examined.findings.is_empty() {
            self.remember_digits(&examined.spelling);
        }
        examined
    }

    /// What accounts for each number of a text, in its order; nothing without a
    /// transaction.
    pub fn explain(&self, text: &str) -> Vec<Accounted> {
        self.examine(text, None, true).accounted
    }

    /// Looks at a text, or at a template's own words, which these alone account for.
    fn examine(&self, text: &str, literal: Option<&Accounts<'_>>, explains: bool) -> Examined {
        let known = self.known.as_ref().filter(|_| literal.is_none());
        let mut findings = Vec::new();
        let reading = glyphs::read(text, &mut findings);
        let glyphs = &reading.glyphs;
        let places = places::find(glyphs);
        let digits = Digits::of(glyphs, &places);
        let cues = cues::find(glyphs, &places);
        let links = self.sender.filter(|_| self.policy.links);
        let links = links.map_or(&[][..], |sender| &sender.allowed_links);
        let mut listed = Vec::new();
        links::find(text, &reading, links, &mut listed, &mut findings);
        // A template's own words are pieces of lines: the whole text is looked at.
        if !reading.controls.is_empty() && literal.is_none() {
            self.find_controls(text, &reading, &listed, &mut findings);
        }
        let numbers = Numbers { glyphs, digits: &digits };
        let settled = match literal.or(known.map(|known| &known.accounts)) {
            Some(accounts) => accounts.settle(text, &numbers, &listed),
            None => Settled::default(),
        };
        // What the bank lists as a link or a phrase is its own.
        listed.extend(settled.phrases.iter().cloned());
        handles::find(text, &reading, &places, &listed, &mut findings);
        self.name(&numbers, &cues, &settled, &mut findings);
        let secrets = known.map(|known| &known.secrets);
        let is_own = |group: &[u8]| secrets.is_some_and(|secrets| secrets.is_own(group));
        let is_explained = |groups: Range<usize>| {
            settled.by.get(groups).is_some_and(|by| by.iter().all(Option::is_some))
        };
        numbers::find(glyphs, &digits, is_own, is_explained, &mut findings);
        iban::find(glyphs, &digits, is_explained, &mut findings);
        codes::find_codes(glyphs, &digits, &cues, &mut findings);
        let mut spelling = Vec::new();
        if let Some(secrets) = secrets {
            let calls = self.sender.map_or(&[][..], Sender::calls);
            let hotline = calls.first().map_or(&[][..], |call| &call.digits);
            secrets.find(glyphs, &digits, hotline, &is_explained, &mut findings);
            spelling = spelling_of(&digits, &settled);
            // Numbers that are all accounted for hold nothing of an unknown card.
            let is_accounted = !settled.by.is_empty() && settled.unaccounted.is_empty();
            if secrets.spelled_by(&self.remembered, &spelling, is_accounted) {
                findings.push(Finding {
                    rule: Rule::Pan,
                    start: 0,
                    end: text.len(),
                    reason: "this transaction's card, in pieces",
                });
            }
        }
        if let Some(sender) = self.sender.filter(|_| literal.is_none()) {
            let mark = if self.reader.is_right_to_left() { bidi::leading_mark(text) } else { 0 };
            signature::find(text, mark, &reading, &sender.signature, &mut findings);
            if self.known.is_none() {
                codes::find_calls(sender.calls(), glyphs, &digits, &cues, &mut findings);
            }
        }
        let count = tillbell_sms::count(text);
        if literal.is_none() {
            self.measure(text, count.segments, &mut findings);
        }
        findings.sort_by_key(|finding| (finding.start, finding.end, finding.rule));
        // What lies within another finding of its rule says nothing new.
        findings.dedup_by(|later, earlier| later.rule == earlier.rule && later.end <= earlier.end);
        let accounted = if explains { accounted(&numbers, &settled) } else { Vec::new() };
        Examined { findings, accounted, count, spelling }
    }

    /// Finds marks and isolates where they must not stand: nowhere but in a language that
    /// runs from right to left.
    fn find_controls(
        &self,
        text: &str,
        reading: &Reading,
        listed: &[Range<usize>],
        findings: &mut Vec<Finding>,
    ) {
        if self.reader.is_right_to_left() {
            let links: Vec<_> =
                listed.iter().map(|link| links::whole(&reading.glyphs, link)).collect();
            return bidi::find(text, &links, findings);
        }
        for start in reading.controls.iter().take(glyphs::FINDINGS_MAX).map(|at| *at as usize) {
            let end = text.ceil_char_boundary(start + 1);
            findings.push(Finding { rule: Rule::Character, start, end, reason: glyphs::DECEIVES });
        }
    }

    /// Names what nothing accounts for: an amount, a number to call, another number.
    fn name(
        &self,
        numbers: &Numbers<'_>,
        cues: &[cues::Found],
        settled: &Settled,
        findings: &mut Vec<Finding>,
    ) {
        for (groups, is_money) in &settled.unaccounted {
            let (start, end) = (numbers.start(groups.start), numbers.end(groups.end - 1));
            let count: usize = groups.clone().map(|group| numbers.values(group).len()).sum();
            let before = cues.partition_point(|found| found.end <= start);
            let near = cues[..before]
                .iter()
                .rev()
                .take_while(|found| start - found.end <= codes::CALL_GLYPHS_MAX);
            let is_called = near.into_iter().any(|found| found.cue == Cue::Call);
            let (rule, reason) = if *is_money {
                (Rule::Amount, "an amount that is none of this transaction's")
            } else if count >= codes::CALLED_DIGITS_MIN || (is_called && count >= 3) {
                (Rule::CallBack, "a number to call that is not the bank's")
            } else {
                (Rule::Unaccounted, "a number that nothing accounts for")
            };
            findings.push(Finding::of(rule, &numbers.glyphs[start..end.max(start)], reason));
        }
    }

    /// Remembers a text that leaves: what is spread over two messages is found
    /// when the second is inspected.
    pub fn remember(&mut self, text: &str) {
        let Examined { spelling, .. } = self.examine(text, None, false);
        self.remember_digits(&spelling);
    }

    fn remember_digits(&mut self, digits: &[u8]) {
        let kept: usize = self.remembered.iter().map(Vec::len).sum();
        let room = REMEMBERED_DIGITS_MAX.saturating_sub(kept);
        if room > 0 && !digits.is_empty() {
            self.remembered.push(digits[..digits.len().min(room)].to_vec());
        }
    }

    /// A line for an operator's eyes, such as a plugin's log: what is somebody's
    /// secret is replaced by `#`, whoever wrote it.
    pub fn strike(&self, line: &str) -> String {
        let secrets: Vec<_> =
            self.inspect(line).into_iter().filter(|finding| finding.rule.is_secret()).collect();
        let line: String = line
            .char_indices()
            .map(|(at, character)| {
                let is_secret = secrets.iter().any(|found| (found.start..found.end).contains(&at));
                if is_secret { '#' } else { character }
            })
            .collect();
        redact(&line)
    }

    fn measure(&self, text: &str, segments: usize, findings: &mut Vec<Finding>) {
        let mut whole = |rule, reason| {
            findings.push(Finding { rule, start: 0, end: text.len(), reason });
        };
        if text.is_empty() {
            whole(Rule::Length, "an empty text");
        }
        if text.len() > self.policy.text_bytes_max {
            whole(Rule::Length, "more bytes than the platform allows");
        } else if text.len() > self.policy.text_characters_max
            && text.chars().count() > self.policy.text_characters_max
        {
            whole(Rule::Length, "more characters than the platform allows");
        }
        let allowed = self.sender.map_or(usize::MAX, |sender| sender.max_segments);
        if segments > allowed.min(self.policy.segments_max) {
            whole(Rule::Segments, "more segments than the bundle or the platform allows");
        }
    }
}

/// Wipes the digits of earlier texts.
impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.remembered.iter_mut().for_each(Zeroize::zeroize);
    }
}

/// The digits of a text but for those that sums, times and counts account for.
fn spelling_of(digits: &Digits, settled: &Settled) -> Vec<u8> {
    let groups = digits.groups.iter().enumerate();
    let is_quantity =
        |group: usize| settled.by.get(group).copied().flatten().is_some_and(Fact::is_quantity);
    let groups = groups.filter(|(group, _)| !is_quantity(*group));
    groups.flat_map(|(_, group)| &digits.values[group.clone()]).copied().collect()
}

/// The numbers that are accounted for, neighbours of one fact as one.
fn accounted(numbers: &Numbers<'_>, settled: &Settled) -> Vec<Accounted> {
    let mut accounted: Vec<Accounted> = Vec::new();
    for (group, by) in settled.by.iter().enumerate() {
        let Some(by) = *by else { continue };
        let place = |glyph: usize| &numbers.glyphs[glyph];
        let start = place(numbers.start(group)).start as usize;
        let end = place(numbers.end(group) - 1).end as usize;
        match accounted.last_mut() {
            Some(last) if last.by == by && group > 0 && settled.by[group - 1] == Some(by) => {
                last.end = end;
            }
            _ => accounted.push(Accounted { start, end, by }),
        }
    }
    accounted
}

/// Replaces every digit that could belong to a card number by `#`: for lines
/// that are for an operator's eyes.
pub fn redact(text: &str) -> String {
    let Reading { glyphs, .. } = glyphs::read(text, &mut Vec::new());
    let digits = Digits::of(&glyphs, &places::find(&glyphs));
    let mut hidden = digits
        .runs
        .iter()
        .map(|run| digits.of_run(run))
        .filter(|run| run.len() >= numbers::PAN_DIGITS_MIN - 1)
        .flatten()
        .map(|digit| glyphs[digits.glyphs[digit] as usize].start as usize)
        .peekable();
    text.char_indices()
        .map(|(at, character)| {
            let is_hidden = hidden.peek() == Some(&at);
            // A character of several digits stands once.
            while hidden.peek() == Some(&at) {
                hidden.next();
            }
            if is_hidden { '#' } else { character }
        })
        .collect()
}

#[cfg(test)]
mod tests;
