//! Every number in a text is accounted for, or is a finding.
//!
//! A text is read once, as a person reads it ([`crate::glyphs`],
//! [`crate::numerals`]). The grammar:
//!
//! - Touching digits are a *group*. Groups with signs and spaces alone between them are a
//!   *run*; a line break is a space; words end it.
//! - A run is explained whole, as a sequence of whole values of different facts, each at
//!   most once. What is a value takes as many groups as it needs: `2026-11-20`,
//!   `1,285.00`, `+965 1800 800`.
//! - A *date* is a day and a month, with a year or without, joined by signs, units or
//!   the month's name; a *clock* an hour and a minute ([`crate::moments`]).
//! - A *sum* is any way of writing it ([`crate::written`]), with its own currency's mark or
//!   none. Beside another mark, or letters that touch it and that nobody knows, only a sum
//!   explains a number; a multiplier is never explained.
//! - A *reference* is whole, letters too, or its last four and more characters.
//! - A *masked* value is head, mask and tail of one field; of an account and a telephone
//!   the last four digits may stand alone.
//! - A *name* or *phrase* is a stretch of the text that stands for itself
//!   ([`crate::spans`]).
//!
//! Facts are the transaction's own, as far as the host's table and the role's view allow
//! ([`Reader`]); what only a view says explains nothing.

use std::borrow::Cow;
use std::cell::Cell;
use std::ops::Range;

use tillbell_transaction::{Money, Party, Timestamp, Transaction};

use crate::cldr::Codes;
use crate::clean;
use crate::facts::{Fact, Reader, Told};
use crate::glyphs::Glyph;
use crate::marks::{self, Beside, What};
use crate::masked::Masked;
use crate::moments::{Moment, Numbers, number};
use crate::numbers;
use crate::references::{Reference, References};
use crate::sender::Sender;
use crate::spans::{Filling, Name, Phrase, filter_bit};
use crate::written::{self, IsTaken, Written};

/// Numbers of a text that nothing accounts for and that are told apart, at the most.
const UNACCOUNTED_MAX: usize = 64;
/// Sums of counters that are known at the most.
const TOLD_MAX: usize = 8;
/// Digits of a number to call that may be written with points.
const CALL_DIGITS_MIN: usize = 7;
/// Letters of an adjective before a currency's name, with its space.
const ADJECTIVE_GLYPHS_MAX: usize = 14;

/// What accounts for the numbers of one role's texts.
pub(crate) struct Accounts<'a> {
    sender: Option<&'a Sender>,
    reader: Reader,
    /// Whether a field may stand in a phrase's hole.
    is_literal: bool,
    sums: Vec<(Fact, Money)>,
    /// The digits that the sums begin with, a bit each.
    leading: u16,
    moment: Moment,
    /// The same on the cardholder's own wall clock.
    local: Option<Moment>,
    since: Vec<Moment>,
    counts: Vec<u32>,
    references: References,
    masked: Masked<'a>,
    names: Vec<(Fact, Name)>,
    /// A filter of the characters that names and phrases begin with.
    firsts: u64,
}

/// The digits that sums begin with, however they are written: zeros before them say nothing.
fn leading(sums: &[(Fact, Money)]) -> u16 {
    let first = |mut amount: u64| {
        while amount > 9 {
            amount /= 10;
        }
        1 << amount
    };
    sums.iter().fold(0, |all, (_, money)| all | first(money.minor_units().unsigned_abs()))
}

/// When it happened on the cardholder's own wall clock, where that is known: as plugins are
/// told it.
fn local_time(transaction: &Transaction) -> Option<Timestamp> {
    let offset = transaction.cardholder.preferences.utc_offset_minutes?;
    Timestamp::new(transaction.counted_time().unix_seconds(), offset).ok()
}

/// The characters that names and phrases begin with.
fn firsts(names: &[(Fact, Name)], sender: Option<&Sender>) -> u64 {
    let names = names.iter().map(|(_, name)| filter_bit(name.first()));
    let phrases = sender.map_or(&[][..], Sender::parsed_phrases).iter().map(Phrase::firsts);
    names.chain(phrases).fold(0, |all, of| all | of)
}

/// A number that is accounted for: bytes of the text, and by what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accounted {
    /// The first byte.
    pub start: usize,
    /// The byte behind the last.
    pub end: usize,
    /// What accounts for it.
    pub by: Fact,
}

/// What became of a text's groups.
#[derive(Default)]
pub(crate) struct Settled {
    /// For each group, what accounts for it.
    pub(crate) by: Vec<Option<Fact>>,
    /// Ranges of groups that are one number that nothing accounts for, and whether it
    /// stands as money.
    pub(crate) unaccounted: Vec<(Range<usize>, bool)>,
    /// The glyphs of phrases that the bank lists.
    pub(crate) phrases: Vec<Range<usize>>,
    /// The glyphs of names.
    names: Vec<Range<usize>>,
}

impl<'a> Accounts<'a> {
    pub(crate) fn of(
        sender: Option<&'a Sender>,
        transaction: &'a Transaction,
        told: &[Told],
        reader: Reader,
    ) -> Self {
        let may = |fact| reader.may_read(fact);
        let mut sums = Vec::with_capacity(8);
        sums.push((Fact::Amount, transaction.amount));
        for (fact, money) in [
            (Fact::OriginalAmount, transaction.original_amount),
            (Fact::Fee, transaction.fee),
            (Fact::Balance, transaction.balance),
            (Fact::Billing, transaction.billing.map(|billing| billing.amount)),
            (Fact::Cashback, transaction.cashback),
        ] {
            sums.extend(money.filter(|_| may(fact)).map(|money| (fact, money)));
        }
        let (cardholder, merchant) = (&transaction.cardholder, &transaction.merchant);
        let preferences = match reader.party() {
            Some(Party::Merchant) => &merchant.preferences,
            _ => &cardholder.preferences,
        };
        sums.extend(preferences.threshold.map(|money| (Fact::Threshold, money)));
        let (mut since, mut counts) = (Vec::new(), Vec::new());
        for told in told.iter().take(TOLD_MAX).filter(|_| may(Fact::Sum)) {
            sums.extend(told.sum.map(|money| (Fact::Sum, money)));
            since.extend(told.since.map(Moment::of));
            counts.push(told.count);
        }
        let card = &transaction.card;
        let (mut bin, mut last4) = ([0; 8], [0; 4]);
        let bin_length = card.bin.digit_count().min(8) as usize;
        numbers::write(card.bin.number(), &mut bin[..bin_length]);
        numbers::write(u32::from(card.last4.number()), &mut last4);
        let masked = |fact, value: &'a Option<String>| {
            (fact, value.as_deref().filter(|value| may(fact) && !value.is_empty()))
        };
        // As plugins are told them.
        let place = |text: &'a str| (Fact::Place, clean::name(text));
        let own = |fact, text: &'a str| (fact, Cow::Borrowed(text));
        let counterparty = transaction.counterparty.as_deref().unwrap_or_default();
        let names: [(Fact, Cow<'_, str>); 8] = [
            (Fact::MerchantName, clean::name(&merchant.name)),
            (Fact::Counterparty, clean::counterparty(counterparty)),
            own(Fact::CardholderName, cardholder.name.as_deref().unwrap_or_default()),
            place(&merchant.city),
            place(merchant.address.as_deref().unwrap_or_default()),
            own(Fact::Issuer, &card.issuer),
            own(Fact::Issuer, &card.brand),
            own(Fact::Signature, sender.map_or("", |sender| &sender.signature)),
        ];
        let names = names.into_iter().filter(|(fact, _)| may(*fact));
        let names: Vec<_> =
            names.filter_map(|(fact, name)| Some((fact, Name::of(&name)?))).collect();
        Self {
            firsts: firsts(&names, sender),
            sender,
            reader,
            is_literal: false,
            leading: leading(&sums),
            sums,
            moment: Moment::of(transaction.time),
            local: local_time(transaction).filter(|_| may(Fact::LocalDate)).map(Moment::of),
            since,
            counts,
            references: References::of(
                [
                    (Fact::Rrn, &transaction.rrn),
                    (Fact::Stan, &transaction.stan),
                    (Fact::AuthorisationCode, &transaction.authorisation_code),
                    (Fact::Terminal, &merchant.terminal),
                    (Fact::MerchantId, &merchant.id),
                ]
                .map(|(fact, text)| Reference::of(fact, if may(fact) { text } else { "" })),
            ),
            masked: Masked {
                fields: [
                    masked(Fact::CardholderPhone, &cardholder.phone),
                    masked(Fact::MerchantPhone, &merchant.phone),
                    masked(Fact::IdNumber, &cardholder.id_number),
                    masked(Fact::Account, &cardholder.account),
                    masked(Fact::Counterparty, &transaction.counterparty),
                ],
                last4,
                bin,
                bin_length: if may(Fact::Bin) { bin_length } else { 0 },
            },
            names,
        }
    }

    /// What accounts for a template's own words: the sender alone.
    pub(crate) fn of_literals(sender: Option<&'a Sender>) -> Self {
        let signature = sender.and_then(|sender| Name::of(&sender.signature));
        let names: Vec<_> = signature.map(|name| (Fact::Signature, name)).into_iter().collect();
        Self {
            firsts: firsts(&names, sender),
            sender,
            reader: Reader::of_literals(),
            is_literal: true,
            leading: 0,
            sums: Vec::new(),
            moment: Moment::of(Timestamp::EPOCH),
            local: None,
            since: Vec::new(),
            counts: Vec::new(),
            references: References::of([Fact::Rrn; 5].map(|fact| Reference::of(fact, ""))),
            masked: Masked {
                fields: [(Fact::Account, None); 5],
                // No digits: nothing equals them.
                last4: [0; 4],
                bin: [0; 8],
                bin_length: 0,
            },
            names,
        }
    }

    /// Accounts for each group of a text. `covered` are glyphs of links that the bank
    /// may name.
    pub(crate) fn settle(
        &self,
        text: &str,
        numbers: &Numbers<'_>,
        covered: &[Range<usize>],
    ) -> Settled {
        let count = numbers.count();
        let mut settled = Settled { by: vec![None; count], ..Settled::default() };
        self.cover(numbers, covered, &mut settled);
        let words = self.sender.map_or(&[][..], Sender::folded_words);
        let mut used = 0u64;
        let mut left_over = 0;
        let mut is_after_date = false;
        // The glyph behind a mark that the number before it took.
        let mut taken = 0;
        let mut group = 0;
        while group < count {
            let joins = group > 0
                && numbers.gap(group).iter().all(|glyph| numbers::separates(glyph.folded));
            if !joins {
                used = 0;
                // 20日08:31, 20 Nov at 08:31.
                is_after_date &= group > 0 && numbers.gap(group).len() <= 4;
            }
            // 1-800 Flowers may stand before a hotline that begins so.
            if settled.by[group] == Some(Fact::MerchantName)
                && let Some((end, fact)) = self.call(numbers, group)
                && end > group + 1
            {
                settled.by[group..end].fill(Some(fact));
            }
            if settled.by[group].is_some() {
                group += 1;
                is_after_date = false;
                continue;
            }
            let is_taken = |group: usize, is_spaced: bool| {
                settled.by[group].is_some()
                    || is_spaced && self.moment.date(numbers, group).is_some()
            };
            let explained = self.explain(
                text,
                numbers,
                group,
                used,
                is_after_date,
                words,
                &settled.names,
                &is_taken,
                &mut taken,
            );
            match explained {
                Ok((end, fact)) => {
                    settled.by[group..end].fill(Some(fact));
                    used |= fact.bit();
                    is_after_date = matches!(fact, Fact::Date | Fact::SinceDate | Fact::LocalDate);
                    group = end;
                }
                // Such a text leaves in no case: the rest is one finding.
                Err(_) if left_over == UNACCOUNTED_MAX => {
                    settled.unaccounted.push((group..count, false));
                    break;
                }
                Err(is_money) => {
                    left_over += 1;
                    match settled.unaccounted.last_mut() {
                        Some((range, was_money)) if joins && range.end == group => {
                            range.end = group + 1;
                            *was_money |= is_money;
                        }
                        _ => settled.unaccounted.push((group..group + 1, is_money)),
                    }
                    is_after_date = false;
                    group += 1;
                }
            }
        }
        settled
    }

    /// Marks what links, the signature, phrases and names cover.
    fn cover(&self, numbers: &Numbers<'_>, links: &[Range<usize>], settled: &mut Settled) {
        let glyphs = numbers.glyphs;
        let mut spans: Vec<(Range<usize>, Fact)> =
            links.iter().map(|span| (span.clone(), Fact::Link)).collect();
        let phrases = self.sender.map_or(&[][..], Sender::parsed_phrases);
        if !self.names.is_empty() || !phrases.is_empty() {
            let sums: Vec<Money> = match phrases {
                [] => Vec::new(),
                _ => self.sums.iter().map(|(_, money)| *money).collect(),
            };
            let filling = Filling {
                last4: self.masked.last4,
                hotline: self.sender.map_or(&[][..], |sender| &sender.calls()[0].digits),
                sums: &sums,
                has_decimal_comma: self.reader.has_decimal_comma(),
                is_literal: self.is_literal,
            };
            let mut at = 0;
            while let Some(glyph) = glyphs.get(at) {
                if self.firsts & filter_bit(glyph.folded) == 0 {
                    at += 1;
                    continue;
                }
                let name = self.names.iter().filter(|(_, name)| name.first() == glyph.folded);
                let name = name.filter_map(|(fact, name)| Some((name.ends(glyphs, at)?, *fact)));
                let name = name.max();
                let phrase = phrases.iter().filter(|phrase| phrase.may_begin(glyph.folded));
                let phrase = phrase.filter_map(|phrase| phrase.ends(numbers, at, &filling)).max();
                match (name, phrase) {
                    (name, Some(end)) if name.is_none_or(|(name, _)| name <= end) => {
                        spans.push((at..end, Fact::Phrase));
                        at = end.max(at + 1);
                    }
                    (Some((end, fact)), _) => {
                        spans.push((at..end, fact));
                        at = end.max(at + 1);
                    }
                    _ => at += 1,
                }
            }
        }
        if spans.is_empty() {
            return;
        }
        let phrases = spans.iter().filter(|(_, fact)| *fact == Fact::Phrase);
        settled.phrases = phrases.map(|(span, _)| span.clone()).collect();
        let names = spans.iter().filter(|(_, fact)| !matches!(fact, Fact::Phrase | Fact::Link));
        settled.names = names.map(|(span, _)| span.clone()).collect();
        // Both are in order: no span is asked twice.
        spans.sort_by_key(|(span, _)| span.start);
        let mut at = 0;
        for (group, by) in settled.by.iter_mut().enumerate() {
            let place = numbers.start(group)..numbers.end(group);
            while spans.get(at).is_some_and(|(span, _)| span.end < place.end) {
                at += 1;
            }
            *by = spans
                .get(at)
                .filter(|(span, _)| span.start <= place.start && place.end <= span.end)
                .map(|(_, fact)| *fact);
        }
    }

    /// The group behind a whole value that begins here, and its fact; or whether the
    /// number stands as money.
    #[allow(clippy::too_many_arguments, reason = "a walk's state, of one caller")]
    fn explain(
        &self,
        text: &str,
        numbers: &Numbers<'_>,
        group: usize,
        used: u64,
        is_after_date: bool,
        words: &[Vec<char>],
        names: &[Range<usize>],
        is_taken: IsTaken<'_>,
        taken: &mut usize,
    ) -> Result<(usize, Fact), bool> {
        let glyphs = numbers.glyphs;
        let mut before = marks::before(glyphs, text, numbers.start(group), words);
        let is_money = matches!(before.what, What::Money(_)) && !before.touches;
        // A101 YENI (8983…: a word of the shop's name is no mark.
        let is_of_name = || {
            names.iter().any(|name| {
                name.contains(&before.edge) && !marks::is_money(text, &glyphs[name.clone()])
            })
        };
        if is_money && (before.edge < *taken || is_of_name()) {
            before.what = What::Nothing;
        }
        let free = |fact: Fact| used & fact.bit() == 0;
        // The longest of hotline, sum and moment: 1-700 376 is no sum of 1.
        let call = self.call(numbers, group).filter(|(_, fact)| free(*fact));
        if let Some((end, fact)) = call
            && end > group + 1
        {
            return Ok((end, fact));
        }
        // Its letters are its own: RV0T33.
        let reference = self.references.at(numbers, group, before, self.sender, &free);
        if let Some((end, fact, true)) = reference {
            return Ok((end, fact));
        }
        let sum = self.sum(text, numbers, group, before, words, is_taken, &free);
        let moment = self.moment(numbers, group, is_after_date, &free);
        if let Some((end, fact, mark_end)) = sum
            && moment.is_none_or(|(longer, _)| longer <= end)
        {
            *taken = mark_end;
            return Ok((end, fact));
        }
        // Asked for several times, and mostly of one place.
        let last_behind = Cell::new(None);
        let behind_of = |end: usize| {
            if let Some((known, behind)) = last_behind.get()
                && known == end
            {
                return behind;
            }
            let from = numbers.end(end - 1);
            let mut behind = marks::behind(glyphs, text, from, words);
            if matches!(behind.what, What::Nothing | What::Known | What::Unknown) {
                behind = marks::name_behind(glyphs, text, from).unwrap_or(behind);
            }
            // 14.09 RM PADANG: of the shop.
            let mark = behind.edge.saturating_sub(1);
            let is_of_shop = |name: &Range<usize>| name.contains(&mark) && name.end > behind.edge;
            if !behind.touches
                && matches!(behind.what, What::Money(_))
                && names.iter().any(is_of_shop)
            {
                behind.what = What::Nothing;
            }
            last_behind.set(Some((end, behind)));
            behind
        };
        // What stands beside a number that is no sum may be no money.
        let whole = |end: usize| {
            let behind = behind_of(end);
            let blocks = |beside: Beside, is_behind: bool| match beside.what {
                What::Unknown => true,
                What::Multiplier => beside.touches,
                // 6544 R, where R is rand.
                What::Money(codes) if beside.is_weak && !self.is_own(codes) => !is_behind,
                What::Money(_) if beside.touches => true,
                What::Money(codes) => {
                    // The number on its other side may own the mark.
                    !(is_behind
                        && end < numbers.count()
                        && self.leads(numbers, end, beside.edge, codes))
                }
                _ => false,
            };
            !blocks(before, false)
                && !blocks(behind, true)
                && !is_percent(glyphs, numbers.end(end - 1))
        };
        // 1208 is the card's end before it is the eighth of December.
        let is_last_four = numbers.values(group) == self.masked.last4
            && free(Fact::LastFour)
            && moment.is_none_or(|(end, _)| end == group + 1);
        if is_last_four && whole(group + 1) {
            return Ok((group + 1, Fact::LastFour));
        }
        if let Some((end, fact, _)) = reference
            && whole(end)
        {
            return Ok((end, fact));
        }
        if let Some((end, fact)) = moment {
            let behind = behind_of(end);
            // R8.11.20: the letter of an era.
            let is_era = before.touches
                && numbers.start(group) - before.edge == 1
                && glyphs[before.edge].is_letter();
            // 8.31 could be a sum, 08:31 could not.
            let is_like_sum = !glyphs[numbers.start(group)..numbers.end(end - 1)]
                .iter()
                .any(|glyph| !glyph.is_digit() && !matches!(glyph.folded, '.' | ',' | ' '));
            // US dollars $-0.04: the sign is the next sum's, the name this one's.
            let is_signed = behind.is_name
                && end < numbers.count()
                && glyphs[behind.edge..numbers.start(end)]
                    .iter()
                    .any(|glyph| marks::is_money_sign(glyph.folded));
            let leads = |codes| !is_signed && self.leads(numbers, end, behind.edge, codes);
            // R 24.08 is a sum where rand are spent.
            let is_strong = |beside: Beside, codes| !beside.is_weak || self.is_own(codes);
            let is_marked_behind = match behind.what {
                What::Multiplier => behind.touches || is_like_sum,
                // 19.58S/ 970.00: a mark that touches this number and not the next is its own.
                What::Money(codes) => {
                    let is_joined = is_like_sum
                        && behind.touches
                        && numbers.glyphs.get(behind.edge).is_some_and(|next| next.folded == ' ');
                    is_strong(behind, codes)
                        && (behind.touches || is_like_sum)
                        && (is_joined || !leads(codes))
                }
                _ => false,
            };
            let is_marked_before =
                matches!(before.what, What::Money(codes) if is_strong(before, codes));
            let is_sum = (is_marked_before && !is_era && (before.touches || is_like_sum))
                || (is_marked_behind
                    && !(matches!(fact, Fact::Clock | Fact::SinceClock | Fact::LocalClock)
                        && is_clock_letter(glyphs, numbers.end(end - 1))));
            if !is_sum {
                return Ok((end, fact));
            }
        }
        if let Some((end, fact)) = call
            && whole(end)
        {
            return Ok((end, fact));
        }
        if let Some((end, fact)) = self.masked.at(numbers, group, &free) {
            let hides = |what| matches!(what, What::Unknown | What::Mask);
            let letters_are_own =
                hides(before.what) && self.masked.begins_with_letters(numbers, group, before);
            if whole(end) || letters_are_own {
                return Ok((end, fact));
            }
        }
        let values = numbers.values(group);
        if values == self.masked.last4 && free(Fact::LastFour) && whole(group + 1) {
            return Ok((group + 1, Fact::LastFour));
        }
        let is_bin = matches!(values.len(), 6 | 8)
            && self.masked.bin[..self.masked.bin_length].starts_with(values);
        if is_bin && free(Fact::Bin) && whole(group + 1) {
            return Ok((group + 1, Fact::Bin));
        }
        let is_count = values.len() <= 4 && self.counts.contains(&number(values));
        if is_count && free(Fact::Count) && whole(group + 1) {
            return Ok((group + 1, Fact::Count));
        }
        let is_money = |beside: Beside| matches!(beside.what, What::Money(_) | What::Multiplier);
        Err(is_money(before) || is_money(behind_of(group + 1)))
    }

    /// A sum that begins here: the group behind it, its fact, and the glyph behind its
    /// mark.
    #[allow(clippy::too_many_arguments, reason = "a walk's state, of one caller")]
    fn sum(
        &self,
        text: &str,
        numbers: &Numbers<'_>,
        group: usize,
        before: Beside,
        words: &[Vec<char>],
        is_taken: IsTaken<'_>,
        free: &dyn Fn(Fact) -> bool,
    ) -> Option<(usize, Fact, usize)> {
        let first = numbers.values(group).iter().find(|digit| **digit != b'0');
        let may_be = first.is_none_or(|first| self.leading >> (first - b'0') & 1 == 1);
        if before.what == What::Mask || !may_be {
            return None;
        }
        let comma = self.reader.has_decimal_comma();
        let fits = |end: usize, mark_from: usize, is: &dyn Fn(&Money) -> bool| {
            if !self.sums.iter().any(|(fact, money)| free(*fact) && is(money))
                || is_percent(numbers.glyphs, mark_from)
            {
                return None;
            }
            let mut behind = marks::behind(numbers.glyphs, text, mark_from, words);
            if matches!(behind.what, What::Nothing | What::Known | What::Unknown)
                && let Some(name) = marks::name_behind(numbers.glyphs, text, mark_from)
            {
                behind = name;
            }
            if behind.what == What::Multiplier {
                return None;
            }
            self.sums.iter().filter(|(fact, money)| free(*fact) && is(money)).find_map(
                |(fact, money)| {
                    let own = |codes: Codes| codes.hold(money.currency());
                    let is_marked = match before.what {
                        What::Money(codes) => own(codes).then_some(true)?,
                        _ => false,
                    };
                    let mark_end = match behind.what {
                        What::Money(codes) if own(codes) => match is_marked && !behind.touches {
                            // NT$ 360.15 元 119.08.16: never the next one's.
                            true if marks::stands_behind(numbers.glyphs, behind.edge) => {
                                behind.edge
                            }
                            true => 0,
                            // CFA francs.
                            false => behind_mark(text, numbers, behind.edge, words, money),
                        },
                        // 5 K: thousands, where it is no kwacha.
                        What::Money(_) if marks::is_thousands(numbers.glyphs, behind.edge) => {
                            return None;
                        }
                        What::Money(_) if behind.is_weak => {
                            let next = marks::behind(numbers.glyphs, text, behind.edge, words);
                            if matches!(next.what, What::Money(_)) {
                                return None;
                            }
                            0
                        }
                        // A mark that leads the next number, or stands apart behind one
                        // that has its own, is not this one's.
                        What::Money(codes) => {
                            let is_apart = is_marked
                                && !behind.is_name
                                && (self.leads_any(numbers, end, behind.edge)
                                    || marks::is_of_shop(numbers.glyphs, mark_from, behind.edge));
                            let is_anothers = !behind.touches
                                && (is_apart || self.leads(numbers, end, behind.edge, codes));
                            if !is_anothers {
                                return None;
                            }
                            0
                        }
                        _ => 0,
                    };
                    let has_sign =
                        *fact != Fact::Balance || self.has_sign(numbers, group..end, before, money);
                    has_sign.then_some((end, *fact, mark_end))
                },
            )
        };
        if let Some((end, hundredths)) = written::in_units(numbers, group) {
            let from = numbers.end(group);
            return fits(end, from, &|money| written::is_in_hundredths(hundredths, money));
        }
        written::candidates(numbers, group, is_taken).rev().find_map(|end| {
            let from = numbers.end(end - 1);
            let written = Written::read(numbers, group..end)?;
            let sum = fits(end, from, &|money| written.is(money, comma))?;
            (!written::is_part(numbers, group..end, is_taken)).then_some(sum)
        })
    }

    /// Whether a balance stands with its sign: a minus before it or its mark, or right
    /// behind it; brackets; none.
    fn has_sign(
        &self,
        numbers: &Numbers<'_>,
        groups: Range<usize>,
        before: Beside,
        balance: &Money,
    ) -> bool {
        let glyphs = numbers.glyphs;
        let at =
            |at: Option<usize>| at.and_then(|at| glyphs.get(at)).map_or(' ', |glyph| glyph.folded);
        let (start, end) = (numbers.start(groups.start), numbers.end(groups.end - 1));
        let minus = |place: usize| {
            // Bal-500: a dash.
            let is_dash = place.checked_sub(2).is_some_and(|at| {
                glyphs[at].is_of_word()
                    || glyphs[at].is_digit()
                    || matches!(glyphs[at].folded, '/' | '.' | ',')
                    // Bal:- 500, but Bal:-500.
                    || glyphs[at].folded == ':' && glyphs[place].folded == ' '
            });
            // Of another width it is no dash of a keyboard.
            let is_plain =
                place.checked_sub(1).is_some_and(|at| glyphs[at].end - glyphs[at].start == 1);
            (matches!(at(place.checked_sub(1)), '-' | '负' | '負'), is_dash && is_plain)
        };
        let edge = before.edge.min(start);
        // -US dollars: before the name's first word.
        let words = glyphs[..edge].iter().rev();
        let words = words.take_while(|glyph| glyph.is_of_word() || glyph.folded == ' ').count();
        let is_named = matches!(before.what, What::Money(_)) && words <= ADJECTIVE_GLYPHS_MAX;
        let named = if is_named { edge - words } else { edge };
        let places = [minus(start), minus(edge), minus(named)];
        let in_brackets = at(start.checked_sub(1)) == '(' && at(Some(end)) == ')';
        let is_behind = at(Some(end)) == '-' && !glyphs.get(end + 1).is_some_and(Glyph::is_digit);
        if balance.minor_units() >= 0 {
            return !places.contains(&(true, false)) && !in_brackets && !is_behind;
        }
        places.iter().any(|(is_minus, _)| *is_minus)
            || in_brackets
            || is_behind
            || at(before.edge.min(start).checked_sub(1)) == '('
    }

    /// Whether a mark may be that of the transaction's own currency.
    fn is_own(&self, codes: Codes) -> bool {
        self.sums.first().is_some_and(|(_, money)| codes.hold(money.currency()))
    }

    /// Whether the number behind a mark, right behind it, is a sum of its currency.
    fn leads(&self, numbers: &Numbers<'_>, next: usize, mark_end: usize, codes: Codes) -> bool {
        if next >= numbers.count() || numbers.start(next) < mark_end {
            return false;
        }
        let between = &numbers.glyphs[mark_end..numbers.start(next)];
        let is_near = between.len() <= 4
            && between.iter().all(|glyph| {
                matches!(glyph.folded, ' ' | '.' | ':' | '-' | '+')
                    || marks::is_money_sign(glyph.folded)
            });
        let comma = self.reader.has_decimal_comma();
        is_near
            && self.sums.iter().any(|(_, money)| {
                codes.hold(money.currency())
                    && written::candidates(numbers, next, &|_, _| false).any(|end| {
                        // 01/05 is no sum.
                        let behind = &numbers.glyphs[numbers.end(end - 1)..];
                        let goes_on = matches!(behind, [sign, digit, ..]
                            if matches!(sign.folded, '/' | ':') && digit.is_digit());
                        !goes_on
                            && Written::read(numbers, next..end)
                                .is_some_and(|written| written.is(money, comma))
                    })
            })
    }

    /// Whether a number stands right behind a mark.
    fn leads_any(&self, numbers: &Numbers<'_>, next: usize, mark_end: usize) -> bool {
        let Some(start) = (next < numbers.count()).then(|| numbers.start(next)) else {
            return false;
        };
        start >= mark_end
            && start - mark_end <= 3
            && numbers.glyphs[mark_end..start]
                .iter()
                .all(|glyph| matches!(glyph.folded, ' ' | '.' | ':' | '-' | '+'))
    }

    /// A date or clock of the transaction, or since which a counter counts.
    fn moment(
        &self,
        numbers: &Numbers<'_>,
        group: usize,
        is_after_date: bool,
        free: &dyn Fn(Fact) -> bool,
    ) -> Option<(usize, Fact)> {
        let values = numbers.values(group);
        if !matches!(values.len(), 1..=4 | 6 | 8..=17) {
            return None;
        }
        let own = std::iter::once((&self.moment, Fact::Date, Fact::Clock))
            .filter(|_| self.reader.may_read(Fact::Date));
        let since = self.since.iter().map(|moment| (moment, Fact::SinceDate, Fact::SinceClock));
        let local = self.local.iter().map(|moment| (moment, Fact::LocalDate, Fact::LocalClock));
        own.chain(local).chain(since).find_map(|(moment, date, clock)| {
            if (8..=17).contains(&values.len()) && free(date) && moment.is_stamp(values) {
                return Some((group + 1, date));
            }
            if values.len() <= 4
                && free(date)
                && let Some(end) = moment.glued(numbers, group)
            {
                return Some((end, date));
            }
            let day = free(date).then(|| moment.date(numbers, group)).flatten();
            let time = free(clock).then(|| moment.clock(numbers, group, is_after_date)).flatten();
            match (day, time) {
                (Some(day), Some(time)) if time > day => Some((time, clock)),
                (Some(day), _) => Some((day, date)),
                (None, Some(time)) => Some((time, clock)),
                (None, None) => None,
            }
        })
    }

    /// The hotline or another number of the manifest, whole or as it is dialled at home.
    fn call(&self, numbers: &Numbers<'_>, group: usize) -> Option<(usize, Fact)> {
        let calls = self.sender?.calls();
        let longest = calls.iter().map(|call| call.digits.len() + 2).max()?;
        let mut written = [0u8; 32];
        let mut length = 0;
        let mut best = None;
        for end in group..numbers.count() {
            let joins = end == group
                || numbers.gap(end).len() <= 3
                    && numbers
                        .gap(end)
                        .iter()
                        .all(|glyph| matches!(glyph.folded, ' ' | '-' | '.' | '(' | ')' | '/'));
            let values = numbers.values(end);
            if !joins || length + values.len() > longest.min(written.len()) {
                break;
            }
            written[length..length + values.len()].copy_from_slice(values);
            length += values.len();
            // 1.59 is no 159.
            let has_point = (group + 1..=end).any(|group| {
                numbers.gap(group).iter().any(|glyph| matches!(glyph.folded, '.' | '/'))
            });
            if calls.iter().any(|call| call.is_written(&written[..length]))
                && !(has_point && length < CALL_DIGITS_MIN)
            {
                best = Some((end + 1, Fact::Hotline));
            }
        }
        best
    }
}

/// Whether a sign of parts stands behind a number.
fn is_percent(glyphs: &[Glyph], at: usize) -> bool {
    let skipped = glyphs[at..].iter().take(1).take_while(|glyph| glyph.folded == ' ').count();
    glyphs
        .get(at + skipped)
        .is_some_and(|glyph| matches!(glyph.folded, '%' | '\u{2030}' | '\u{66a}' | '\u{b0}' | '折'))
}

/// The glyph behind a mark and what else names its money: CFA francs.
fn behind_mark(
    text: &str,
    numbers: &Numbers<'_>,
    edge: usize,
    words: &[Vec<char>],
    money: &Money,
) -> usize {
    let next = marks::behind(numbers.glyphs, text, edge, words);
    match next.what {
        // 元 ¥25, CNY: 25: the next number's.
        What::Money(codes) if !next.is_weak && codes.hold(money.currency()) => {
            if marks::is_before_number(numbers.glyphs, text, edge, next.edge) {
                edge
            } else {
                next.edge
            }
        }
        _ => edge,
    }
}

/// A letter behind a clock that could be money too: h, m, p.
fn is_clock_letter(glyphs: &[Glyph], at: usize) -> bool {
    !glyphs.get(at + 1).is_some_and(|next| {
        next.is_of_word() || next.folded == '/' || marks::is_money_sign(next.folded)
    }) && glyphs.get(at).is_some_and(|glyph| {
        // р. are roubles.
        glyph.end - glyph.start == 1 && matches!(glyph.folded, 'h' | 'm' | 'p' | 'a' | 's' | 'u')
    })
}
