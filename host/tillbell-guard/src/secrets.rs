//! This transaction's own secrets, found by their value: whoever wrote them
//! into a text, and in whatever spacing, width or case.
//!
//! Digits are searched for by bit sets, one bit for each digit of each secret,
//! so that all secrets together take one pass over the text's digits.

use std::ops::Range;

use tillbell_transaction::{Bin, Last4, Pan, Transaction, luhn};
use zeroize::Zeroize;

use crate::glyphs::Glyph;
use crate::numbers::{self, Digits, PAN_DIGITS_MAX, PAN_DIGITS_MIN};
use crate::words::Words;
use crate::{Finding, Rule};

/// Bits of one bit set.
const LANE_BITS: u32 = 128;
/// Digits of one secret that are searched for; the rest is not needed.
const SECRET_DIGITS_MAX: usize = 40;
/// So many digits of a secret in sequence must not be shown.
const SHOWN_DIGITS_MAX: usize = 6;
/// Digits in sequence that values tell together by chance, each of them accounted for: a
/// card's end before a year.
const BY_CHANCE_DIGITS_MAX: usize = 8;
/// The shortest piece of a card number that counts when pieces are put
/// together.
const PIECE_DIGITS_MIN: u32 = 3;
/// Why digits of the card are a finding.
const CARD_DIGITS: &str = "digits of this transaction's card";

/// What must not be shown, prepared for searching.
pub(crate) struct Secrets<'a> {
    lanes: Vec<Lanes>,
    words: Words,
    pan: Option<Spelling>,
    /// The card as far as it is known without its number.
    ends: ([u8; 6], [u8; 4]),
    /// Public identifiers: RRN, STAN, authorisation code, merchant, terminal.
    own: [&'a str; 5],
}

/// Several secrets' digits side by side in one bit set.
#[derive(Default)]
struct Lanes {
    /// For each digit the places where it stands.
    places: [u128; 10],
    /// First places of secrets.
    starts: u128,
    /// Places where seven shown digits end that may be shown: the card's BIN.
    allowed: u128,
    /// The last place of the card number.
    tail: u128,
    /// Places of the card number.
    card: u128,
    used: u32,
}

/// The card number, for putting pieces together.
struct Spelling {
    places: [u32; 10],
    length: u32,
}

impl<'a> Secrets<'a> {
    /// Prepares what this transaction must not give away.
    pub(crate) fn of(transaction: &'a Transaction) -> Self {
        let card = &transaction.card;
        let (cardholder, merchant) = (&transaction.cardholder, &transaction.merchant);
        let mut secrets = Self {
            lanes: Vec::with_capacity(1),
            words: Words::default(),
            pan: card
                .pan
                .as_ref()
                .map(|pan| Spelling { places: *pan.places(), length: pan.digit_count() }),
            ends: ends(card.bin, card.last4),
            own: [
                &transaction.rrn,
                &transaction.stan,
                &transaction.authorisation_code,
                &merchant.id,
                &merchant.terminal,
            ],
        };
        if let Some(pan) = &card.pan {
            secrets.add_pan(pan);
        }
        for phone in [&cardholder.phone, &merchant.phone].into_iter().flatten() {
            secrets.add_digits(phone);
        }
        for number in [&cardholder.id_number, &cardholder.account].into_iter().flatten() {
            secrets.add_digits(number);
            secrets.words.add(number, true, "an identity or account number of this transaction");
        }
        if let Some(counterparty) = &transaction.counterparty
            && digits_of(counterparty).count() >= PAN_DIGITS_MIN - 1
        {
            secrets.add_digits(counterparty);
        }
        for email in [&cardholder.email, &merchant.email].into_iter().flatten() {
            secrets.words.add(email, false, "an e-mail address of this transaction");
        }
        if let Some(name) = &cardholder.name {
            secrets.words.add_name(name, &merchant.name);
        }
        secrets
    }

    /// Whether a group of digits, one at least, is all digits of one of the
    /// transaction's public identifiers.
    pub(crate) fn is_own(&self, digits: &[u8]) -> bool {
        self.own.iter().any(|own| digits_of(own).eq(digits.iter().copied()))
    }

    fn add_pan(&mut self, pan: &Pan) {
        let length = pan.digit_count();
        let shift = self.room(length);
        let Some(lanes) = self.lanes.last_mut() else { return };
        for (places, pan) in lanes.places.iter_mut().zip(pan.places().iter()) {
            *places |= u128::from(*pan) << shift;
        }
        // Seven digits that end within the BIN may be shown.
        lanes.allowed |= ((1 << pan.bin().digit_count()) - 1) << shift;
        lanes.tail |= 1 << (shift + length - 1);
        lanes.card |= ((1 << length) - 1) << shift;
    }

    fn add_digits(&mut self, text: &str) {
        let digits = || digits_of(text).take(SECRET_DIGITS_MAX);
        let length = digits().count();
        if length <= SHOWN_DIGITS_MAX {
            return;
        }
        let shift = self.room(length as u32);
        let Some(lanes) = self.lanes.last_mut() else { return };
        for (at, digit) in digits().enumerate() {
            lanes.places[usize::from(digit - b'0')] |= 1 << (shift + at as u32);
        }
    }

    /// Makes room for so many digits in the last bit set; gives the first place.
    fn room(&mut self, length: u32) -> u32 {
        if self.lanes.last().is_none_or(|lanes| lanes.used + length > LANE_BITS) {
            self.lanes.push(Lanes::default());
        }
        let Some(lanes) = self.lanes.last_mut() else { return 0 };
        let shift = lanes.used;
        lanes.used += length;
        lanes.starts |= 1 << shift;
        shift
    }

    /// Adds every secret that stands in the text. `is_explained` says whether all of some
    /// groups are accounted for.
    pub(crate) fn find(
        &self,
        glyphs: &[Glyph],
        digits: &Digits,
        hotline: &[u8],
        is_explained: &dyn Fn(Range<usize>) -> bool,
        findings: &mut Vec<Finding>,
    ) {
        for lanes in &self.lanes {
            for run in &digits.runs {
                let run = digits.of_run(run);
                self.find_digits(lanes, glyphs, digits, run, hotline, is_explained, findings);
            }
            self.find_uncovered(lanes, glyphs, digits, findings);
        }
        self.words.find(glyphs, findings);
    }

    #[allow(clippy::too_many_arguments, reason = "a text's parts, of one caller")]
    fn find_digits(
        &self,
        lanes: &Lanes,
        glyphs: &[Glyph],
        digits: &Digits,
        run: Range<usize>,
        hotline: &[u8],
        is_explained: &dyn Fn(Range<usize>) -> bool,
        findings: &mut Vec<Finding>,
    ) {
        if run.len() < SHOWN_DIGITS_MAX {
            return;
        }
        // A bit set of places where 1, 2, 3, 5 digits in sequence end that are
        // digits of a secret, for this digit, the one before, the one before
        // that. Overlapping sequences make longer ones.
        let (mut one, mut two, mut three, mut five) = (0u128, 0u128, [0u128; 2], [0u128; 2]);
        let mut last_shown = None;
        // Where digits in sequence began that are shown.
        let mut since = run.start;
        for at in run.clone() {
            let place = lanes.places[usize::from(digits.values[at] - b'0')];
            let twos = place & (one << 1) & !lanes.starts;
            let threes = twos & (two << 1);
            let fives = threes & (three[1] << 2);
            let six = fives & (five[0] << 1);
            let seven = fives & (five[1] << 2);
            (one, two) = (place, twos);
            three = [threes, three[0]];
            five = [fives, five[0]];
            let shown = (seven & !lanes.allowed) | (six & lanes.tail);
            if shown == 0 {
                continue;
            }
            // One finding for digits in sequence, however many.
            let end = |digit: usize| glyphs[digits.glyphs[digit] as usize].end as usize;
            let goes_on = last_shown.replace(at).is_some_and(|last| last + 1 == at);
            if goes_on
                && let Some(finding) = findings.last_mut()
                && finding.end == end(at - 1)
            {
                finding.end = end(at);
                continue;
            }
            let start = at + 1 - if seven == 0 { 6 } else { 7 };
            since = if goes_on { since } else { start };
            let groups = digits.groups_of(&(since..at + 1));
            if at + 1 - since <= BY_CHANCE_DIGITS_MAX && groups.len() > 1 && is_explained(groups) {
                continue;
            }
            let start = since;
            if self.is_part_of_own(digits, start, at)
                || is_part_of(
                    hotline,
                    &digits.values[run.clone()],
                    start - run.start..at + 1 - run.start,
                )
            {
                continue;
            }
            let (rule, reason) = if shown & lanes.card == 0 {
                (Rule::Secret, "a number of this transaction's parties")
            } else {
                (Rule::Pan, CARD_DIGITS)
            };
            findings.push(Finding::of(rule, digits.glyphs_of(glyphs, start..at + 1), reason));
        }
    }

    /// Whether these digits belong to a public identifier of the transaction.
    fn is_part_of_own(&self, digits: &Digits, first: usize, last: usize) -> bool {
        let at = digits.groups.partition_point(|group| group.end <= first);
        digits
            .groups
            .get(at)
            .is_some_and(|group| group.end > last && self.is_own(&digits.values[group.clone()]))
    }

    /// Adds digits of the card that stand between signs that hide the others:
    /// `******5878****`. With the other party's `621626******0018` they would
    /// tell the number.
    fn find_uncovered(
        &self,
        lanes: &Lanes,
        glyphs: &[Glyph],
        digits: &Digits,
        findings: &mut Vec<Finding>,
    ) {
        if lanes.card == 0 {
            return;
        }
        for group in &digits.groups {
            let span = digits.span(group.clone());
            let hides = |at: Option<usize>| {
                at.and_then(|at| glyphs.get(at)).is_some_and(|glyph| {
                    matches!(glyph.folded, '*' | 'x' | '#' | '\u{2022}' | '\u{25cf}')
                })
            };
            let is_inside = hides(Some(span.end));
            if !hides(span.start.checked_sub(1)) || group.len() < if is_inside { 3 } else { 5 } {
                continue;
            }
            // The places of the card where these digits end.
            let ends = digits.values[group.clone()].iter().fold(None, |ends, digit| {
                let place = lanes.places[usize::from(digit - b'0')] & lanes.card;
                Some(ends.map_or(place, |ends: u128| ends << 1 & place & !lanes.starts))
            });
            let ends = ends.unwrap_or(0);
            let may_show = lanes.allowed | if group.len() <= 4 { lanes.tail } else { 0 };
            if ends != 0 && ends & may_show == 0 {
                findings.push(Finding::of(Rule::Pan, &glyphs[span], CARD_DIGITS));
            }
        }
    }

    /// Whether the digits of texts that go out together spell the card number, in
    /// whatever order they are read: in pieces of at least [`PIECE_DIGITS_MIN`]
    /// digits, whatever stands between. `is_accounted`: every number of the last text is
    /// one of the transaction's facts.
    pub(crate) fn spelled_by(&self, earlier: &[Vec<u8>], last: &[u8], is_accounted: bool) -> bool {
        let texts = || earlier.iter().map(Vec::as_slice).chain([last]);
        match &self.pan {
            // As often as there are texts: in any order, then.
            Some(pan) => {
                let mut spelled = 1;
                texts().any(|_| {
                    spelled = texts().fold(spelled, |spelled, text| pan.spelled_by(spelled, text));
                    pan.is_whole(spelled)
                })
            }
            None if is_accounted => false,
            None => texts().any(|text| {
                let joined =
                    |first: &[u8], second: &[u8]| self.closed_by(&[first, second].concat());
                self.closed_by(text)
                    || texts().any(|other| !std::ptr::eq(other, text) && joined(text, other))
            }),
        }
    }

    /// The card number is not known, its ends are: whether there is a number
    /// of a card's length between them, with a valid check digit.
    fn closed_by(&self, all: &[u8]) -> bool {
        let (bin, last4) = &self.ends;
        all.windows(bin.len()).enumerate().filter(|(_, window)| window == bin).any(|(at, _)| {
            (PAN_DIGITS_MIN..=PAN_DIGITS_MAX).any(|length| {
                all.get(at..at + length)
                    .is_some_and(|number| number.ends_with(last4) && luhn(number))
            })
        })
    }
}

impl Spelling {
    /// Bit n: the first n digits are spelled, by what `spelled` says and these digits
    /// behind it.
    fn spelled_by(&self, mut spelled: u32, digits: &[u8]) -> u32 {
        // The last piece is complete in `spelled`, has one, two digits, or enough.
        let (mut one, mut two, mut enough) = (0u32, 0u32, 0u32);
        const { assert!(PIECE_DIGITS_MIN == 3) };
        for digit in digits {
            let place = self.places[usize::from(digit - b'0')] << 1;
            enough = ((two | enough) << 1) & place;
            two = (one << 1) & place;
            one = (spelled << 1) & place;
            spelled |= enough;
        }
        spelled
    }

    fn is_whole(&self, spelled: u32) -> bool {
        spelled >> self.length & 1 == 1
    }
}

/// Whether this range lies in an occurrence of a number in a run.
fn is_part_of(number: &[u8], run: &[u8], range: Range<usize>) -> bool {
    number.len() >= range.len()
        && run
            .windows(number.len())
            .enumerate()
            .any(|(at, part)| part == number && at <= range.start && range.end <= at + number.len())
}

/// A text's ASCII digits.
fn digits_of(text: &str) -> impl Iterator<Item = u8> {
    text.bytes().filter(u8::is_ascii_digit)
}

/// The first six and the last four digits.
fn ends(bin: Bin, last4: Last4) -> ([u8; 6], [u8; 4]) {
    let (mut first, mut last) = ([0; 6], [0; 4]);
    numbers::write(bin.eight_digit_range().0 / 100, &mut first);
    numbers::write(u32::from(last4.number()), &mut last);
    (first, last)
}

/// Wipes what was prepared.
impl Drop for Secrets<'_> {
    fn drop(&mut self) {
        for lanes in &mut self.lanes {
            lanes.places.zeroize();
        }
        if let Some(pan) = &mut self.pan {
            pan.places.zeroize();
        }
    }
}
