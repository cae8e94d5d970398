//! Dates and clocks in a text, held against one instant: whole dates, whole clocks, or
//! both, in any order and notation, of five calendars.
//!
//! A part of a date counts only inside a date, and spaces alone join no parts: `08 31
//! 05` is no clock. The Islamic calendar is the tabular one, two days off at the most.

use tillbell_transaction::Timestamp;

use crate::cldr::{self, Key, Word};
use crate::glyphs::Glyph;
use crate::numbers::Digits;

/// The widest gap within a date, in glyphs.
const GAP_GLYPHS_MAX: usize = 24;

/// An instant on its wall clock.
#[derive(Clone, Copy)]
pub(crate) struct Moment {
    year: u32,
    month: u32,
    day: u32,
    hour: u32,
    minute: u32,
    second: u32,
    offset_minutes: i32,
    /// Year, month and day of the Islamic calendar: from two days before
    /// to two days after.
    islamic: [[u32; 3]; 6],
}

/// A text's digits where they stand.
#[derive(Clone, Copy)]
pub(crate) struct Numbers<'a> {
    pub(crate) glyphs: &'a [Glyph],
    pub(crate) digits: &'a Digits,
}

impl<'a> Numbers<'a> {
    pub(crate) fn count(&self) -> usize {
        self.digits.groups.len()
    }

    /// A group's digits in ASCII.
    pub(crate) fn values(&self, group: usize) -> &'a [u8] {
        &self.digits.values[self.digits.groups[group].clone()]
    }

    /// A group's first glyph.
    pub(crate) fn start(&self, group: usize) -> usize {
        self.digits.glyphs[self.digits.groups[group].start] as usize
    }

    /// The glyph behind a group's last.
    pub(crate) fn end(&self, group: usize) -> usize {
        self.digits.glyphs[self.digits.groups[group].end - 1] as usize + 1
    }

    /// What stands before a group: behind the one before, or from the text's start.
    pub(crate) fn gap(&self, group: usize) -> &'a [Glyph] {
        let from = group.checked_sub(1).map_or(0, |before| self.end(before));
        &self.glyphs[from.min(self.start(group))..self.start(group)]
    }

    /// A group's value and how many digits it has; none from ten digits on.
    fn number(&self, group: usize) -> Option<(u32, usize)> {
        if group >= self.count() {
            return None;
        }
        let values = self.values(group);
        (values.len() <= 9).then(|| (number(values), values.len()))
    }
}

/// The number that digits in ASCII, nine at most, are.
pub(crate) fn number(values: &[u8]) -> u32 {
    values.iter().fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'))
}

/// What stands between two numbers of a date or clock.
#[derive(Clone, Copy, Default)]
struct Gap {
    /// `-`, `/`, `.`, `:`, the last of them; others count as unknown.
    sign: Option<char>,
    signs: usize,
    spaces: usize,
    unit: Option<Unit>,
    month: Option<Word>,
    /// `+`, `utc`: an offset follows.
    is_offset: bool,
    /// `T`, between date and clock.
    has_t: bool,
    /// `(`, before an offset.
    has_bracket: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
    /// What stands before a month's or a year's number: tháng, năm.
    BeforeMonth,
    BeforeYear,
}

fn unit(folded: char) -> Option<Unit> {
    Some(match folded {
        '年' | '년' => Unit::Year,
        '月' | '월' => Unit::Month,
        '日' | '号' | '號' | '일' => Unit::Day,
        '时' | '時' | '点' | '點' | '시' => Unit::Hour,
        '分' | '분' => Unit::Minute,
        '秒' | '초' => Unit::Second,
        _ => return None,
    })
}

/// What a word within a date or clock says; none for any other.
fn word(letters: &[Glyph], gap: &mut Gap) -> Option<()> {
    let key = Key::of(letters)?;
    let key = key.as_bytes();
    match key {
        b"t" => gap.has_t = true,
        b"h" | b"hr" | b"hrs" | b"gio" | b"u" | b"g" | b"uhr" | b"hs" => {
            gap.unit = Some(Unit::Hour)
        }
        b"m" | b"min" | b"mn" | b"phut" | b"p" => gap.unit = Some(Unit::Minute),
        b"s" | b"sec" | b"giay" => gap.unit = Some(Unit::Second),
        b"thang" | b"thg" => gap.unit = Some(Unit::BeforeMonth),
        b"nam" => gap.unit = Some(Unit::BeforeYear),
        b"utc" | b"gmt" => gap.is_offset = true,
        b"st" | b"nd" | b"rd" | b"th" | b"er" | b"de" | b"del" | b"of" | b"d" | b"di" | b"r"
        | b"o" => {}
        // Years are counted so in Thailand.
        key if key == "พ.ศ".as_bytes() || key == "ค.ศ".as_bytes() => {}
        key => {
            // In Hebrew and Arabic "in" is a letter of the word.
            let bare = ["ב", "ב-"].iter().find_map(|of| key.strip_prefix(of.as_bytes()));
            match cldr::look(key).or_else(|| cldr::look(bare?)) {
                Some(month @ (Word::Month(_) | Word::Islamic(_))) => gap.month = Some(month),
                _ => return None,
            }
        }
    }
    Some(())
}

impl Gap {
    /// Reads it; none where something else stands in it.
    fn read(glyphs: &[Glyph]) -> Option<Self> {
        if glyphs.len() > GAP_GLYPHS_MAX {
            return None;
        }
        let mut gap = Self::default();
        let mut at = 0;
        while let Some(glyph) = glyphs.get(at) {
            at += 1;
            match glyph.folded {
                ' ' => gap.spaces += 1,
                sign @ ('-' | '/' | '.' | ':' | ',' | '\'' | '’') => {
                    gap.sign = Some(sign);
                    gap.signs += 1;
                }
                '+' => gap.is_offset = true,
                '(' => gap.has_bracket = true,
                folded if unit(folded).is_some() => gap.unit = unit(folded),
                _ if glyph.is_of_word() || is_thai(glyph.folded) => {
                    let start = at - 1;
                    // พ.ย.: signs within an abbreviation.
                    let inner = |at: usize| {
                        glyphs[at].folded == '.'
                            && is_thai(glyphs[at - 1].folded)
                            && glyphs.get(at + 1).is_some_and(|next| is_thai(next.folded))
                    };
                    while at < glyphs.len()
                        && (glyphs[at].is_of_word() || is_thai(glyphs[at].folded) || inner(at))
                    {
                        at += 1;
                    }
                    word(&glyphs[start..at], &mut gap)?;
                }
                _ => return None,
            }
        }
        Some(gap)
    }

    /// The sign that joins parts of a numeric date: alone, or with a space behind.
    fn date_sign(&self) -> Option<char> {
        let is_sign = self.signs == 1
            && self.spaces <= 1
            && self.unit.is_none()
            && self.month.is_none()
            && !self.is_offset
            && !self.has_t;
        self.sign.filter(|sign| is_sign && matches!(sign, '-' | '/' | '.'))
    }
}

fn is_thai(folded: char) -> bool {
    matches!(folded, '\u{e00}'..='\u{edf}')
}

impl Moment {
    pub(crate) fn of(time: Timestamp) -> Self {
        let (day, minute) = (time.local_day(), time.local_minute());
        let offset_minutes = i32::from(time.utc_offset_minutes());
        let local = time.unix_seconds() + i64::from(offset_minutes) * 60;
        Self {
            year: day / 10_000,
            month: day / 100 % 100,
            day: day % 100,
            hour: minute / 60,
            minute: minute % 60,
            second: local.rem_euclid(60) as u32,
            offset_minutes,
            islamic: islamic_around(local.div_euclid(86_400)),
        }
    }

    fn is_month(&self, word: Option<Word>) -> bool {
        match word {
            Some(Word::Month(months)) => months >> self.month & 1 == 1,
            Some(Word::Islamic(months)) => {
                self.islamic.iter().any(|[_, month, _]| months >> month & 1 == 1)
            }
            _ => false,
        }
    }

    fn is_day(&self, day: u32, month: Option<Word>) -> bool {
        match month {
            Some(Word::Islamic(_)) => self.islamic.iter().any(|of| of[2] == day),
            _ => day == self.day,
        }
    }

    /// Gregorian, Buddhist, Islamic.
    fn is_year(&self, (year, length): (u32, usize)) -> bool {
        let own = self.year;
        match length {
            4 => year == own || year == own + 543 || self.islamic.iter().any(|of| of[0] == year),
            2 => {
                year == own % 100
                    || year == (own + 543) % 100
                    || self.islamic.iter().any(|of| of[0] % 100 == year)
            }
            _ => false,
        }
    }

    /// A year that stands first: also of the Republic of China, or Reiwa.
    fn is_first_year(&self, year: (u32, usize)) -> bool {
        let of = |first: u32| self.year.checked_sub(first) == Some(year.0) && year.1 <= 3;
        self.is_year(year) || of(1_911) || of(2_018)
    }

    /// Month and day by their numbers, in a calendar.
    fn is_date(&self, month: u32, day: u32) -> bool {
        (month, day) == (self.month, self.day)
            || self.islamic.iter().any(|of| of[1..] == [month, day])
    }

    /// The group behind a whole date that begins with this one.
    pub(crate) fn date(&self, numbers: &Numbers<'_>, first: usize) -> Option<usize> {
        let (value, length) = numbers.number(first)?;
        match length {
            8 | 6 => return self.compact_date(numbers.values(first)).then_some(first + 1),
            4 if (value / 100, value % 100) == (self.month, self.day) => return Some(first + 1),
            _ => {}
        }
        let could_begin = value == self.day
            || value == self.month
            || self.islamic.iter().any(|of| of[1..].contains(&value))
            || self.is_first_year((value, length));
        if !could_begin || length > 4 {
            return None;
        }
        self.with_name_before(numbers, first).max(self.by_gaps(numbers, first))
    }

    /// Whether a group behind day and month is their year, and no hour of a clock.
    fn is_year_at(&self, numbers: &Numbers<'_>, at: usize) -> bool {
        numbers.number(at).is_some_and(|year| {
            year.1 >= 2
                && self.is_year(year)
                && (year.1 > 2 || self.clock(numbers, at, false).is_none())
        })
    }

    /// `Nov 20, 2026`: the month before its day.
    fn with_name_before(&self, numbers: &Numbers<'_>, first: usize) -> Option<usize> {
        let (day, length) = numbers.number(first)?;
        let before = &numbers.glyphs[..numbers.start(first)];
        let skipped = before
            .iter()
            .rev()
            .take(3)
            .take_while(|glyph| matches!(glyph.folded, ' ' | '.' | '-' | '/'));
        let before = &before[..before.len() - skipped.count()];
        let letters =
            before.iter().rev().take(GAP_GLYPHS_MAX).take_while(|glyph| glyph.is_of_word()).count();
        if letters < 3 || length > 2 {
            return None;
        }
        let mut gap = Gap::default();
        word(&before[before.len() - letters..], &mut gap)?;
        if !self.is_month(gap.month) || !self.is_day(day, gap.month) {
            return None;
        }
        let next =
            (first + 1 < numbers.count()).then(|| Gap::read(numbers.gap(first + 1))).flatten();
        let has_year = next.is_some_and(|gap| {
            gap.month.is_none() && gap.unit.is_none() && !gap.is_offset && gap.sign != Some(':')
        }) && self.is_year_at(numbers, first + 1);
        Some(first + 1 + usize::from(has_year))
    }

    fn by_gaps(&self, numbers: &Numbers<'_>, first: usize) -> Option<usize> {
        let (value, length) = numbers.number(first)?;
        let gap_behind = |group: usize| {
            if group + 1 < numbers.count() { Gap::read(numbers.gap(group + 1)) } else { None }
        };
        let Some(gap) = gap_behind(first) else {
            return self.ends(numbers, first, value);
        };
        let second = numbers.number(first + 1);
        // 20 Nov 2026, 20-NOV-26, 2026 Nov 20, 20 de noviembre.
        if gap.month.is_some() {
            if gap.has_bracket || !self.is_month(gap.month) {
                return None;
            }
            if self.is_day(value, gap.month) && length <= 2 {
                let has_year = gap.unit.is_none() && self.is_year_at(numbers, first + 1);
                // 20/Nov at 08:31.
                return Some(first + 1 + usize::from(has_year));
            }
            let is_day =
                second.is_some_and(|(day, length)| length <= 2 && self.is_day(day, gap.month));
            // 29, Nov 20: the cents of a sum, no year.
            return (is_day && length >= 3 && self.is_year((value, length))).then_some(first + 2);
        }
        match gap.unit {
            Some(Unit::Year) if self.is_first_year((value, length)) => {
                let (month, _) = second?;
                let unit = gap_behind(first + 1).and_then(|gap| gap.unit);
                let (day, _) = numbers.number(first + 2)?;
                return (unit == Some(Unit::Month) && self.is_date(month, day))
                    .then_some(first + 3);
            }
            Some(Unit::Month) => {
                let (day, length) = second?;
                return (length <= 2 && self.is_date(value, day)).then_some(first + 2);
            }
            Some(Unit::Day) if value == self.day => return Some(first + 1),
            Some(Unit::BeforeMonth) if value == self.day => {
                let (month, _) = second?;
                let has_year =
                    gap_behind(first + 1).is_some_and(|gap| {
                        gap.unit == Some(Unit::BeforeYear) || gap.date_sign().is_some()
                    }) && numbers.number(first + 2).is_some_and(|year| self.is_year(year));
                return (month == self.month).then_some(first + 2 + usize::from(has_year));
            }
            _ => {}
        }
        let Some(sign) = gap.date_sign() else { return self.ends(numbers, first, value) };
        let (other, other_length) = second?;
        let third = gap_behind(first + 1)
            .filter(|next| next.date_sign() == Some(sign) && next.spaces == gap.spaces)
            .and_then(|_| numbers.number(first + 2));
        if let Some(third) = third {
            let year_first = self.is_first_year((value, length)) && self.is_date(other, third.0);
            let year_last = third.1 >= 2
                && self.is_year(third)
                && (self.is_date(value, other) || self.is_date(other, value));
            if year_first || year_last {
                return Some(first + 3);
            }
        }
        let is_short = length <= 2 && other_length <= 2 && gap.spaces == 0;
        // Without a year only the calendar of the transaction's own clock.
        let is_own = |month, day| (month, day) == (self.month, self.day);
        (is_short && (is_own(value, other) || is_own(other, value))).then_some(first + 2)
    }

    /// A day at the end of what can be read: `20 Nov`, `20日`, with words behind.
    fn ends(&self, numbers: &Numbers<'_>, first: usize, value: u32) -> Option<usize> {
        let behind = &numbers.glyphs[numbers.end(first)..];
        let length = behind
            .iter()
            .take(GAP_GLYPHS_MAX)
            .take_while(|glyph| !glyph.is_digit() && (glyph.folded != ',' && glyph.folded != ';'))
            .count();
        // As many words as still make a date.
        let mut best = None;
        let mut at = 0;
        while at < length {
            let from = at;
            while at < length && !(behind[at].is_of_word() || is_thai(behind[at].folded)) {
                if unit(behind[at].folded) == Some(Unit::Day) && at == 0 {
                    return (value == self.day).then_some(first + 1);
                }
                if !matches!(behind[at].folded, ' ' | '-' | '/' | '.' | '\'') {
                    return best;
                }
                at += 1;
            }
            let inner = |at: usize| {
                behind[at].folded == '.'
                    && is_thai(behind[at - 1].folded)
                    && behind.get(at + 1).is_some_and(|next| is_thai(next.folded))
            };
            while at < length
                && (behind[at].is_of_word()
                    || is_thai(behind[at].folded)
                    || (at > from && inner(at)))
            {
                at += 1;
            }
            if at == from {
                break;
            }
            let Some(gap) = Gap::read(&behind[..at]) else { return best };
            if gap.month.is_some() {
                return (self.is_month(gap.month) && self.is_day(value, gap.month))
                    .then_some(first + 1);
            }
            best = None;
        }
        best
    }

    fn compact_date(&self, values: &[u8]) -> bool {
        let pair = |at: usize| number(&values[at..at + 2]);
        match values.len() {
            8 => {
                let (first, last) = (number(&values[..4]), number(&values[4..]));
                (self.is_year((first, 4)) && self.is_date(pair(4), pair(6)))
                    || (self.is_year((last, 4))
                        && (self.is_date(pair(0), pair(2)) || self.is_date(pair(2), pair(0))))
            }
            6 => {
                (self.is_year((pair(0), 2)) && self.is_date(pair(2), pair(4)))
                    || (self.is_year((pair(4), 2))
                        && (self.is_date(pair(0), pair(2)) || self.is_date(pair(2), pair(0))))
            }
            4 => self.is_date(pair(0), pair(2)),
            _ => false,
        }
    }

    fn compact_clock(&self, values: &[u8]) -> bool {
        let pair = |at: usize| number(&values[at..at + 2]);
        let is_minute = |at: usize| pair(at) == self.hour && pair(at + 2) == self.minute;
        match values.len() {
            4 => is_minute(0),
            6 => is_minute(0) && pair(4) == self.second,
            9 => is_minute(0) && pair(4) == self.second && values.ends_with(b"000"),
            _ => false,
        }
    }

    /// Whether a group is a date and a clock in one: `20261120083105`.
    pub(crate) fn is_stamp(&self, values: &[u8]) -> bool {
        [8, 6, 4].into_iter().any(|date| {
            values.len() > date
                && self.compact_date(&values[..date])
                && self.compact_clock(&values[date..])
        })
    }

    /// The group behind a whole clock that begins with this one. `after_date` says
    /// that a date stands right before: then it may have no signs.
    pub(crate) fn clock(
        &self,
        numbers: &Numbers<'_>,
        first: usize,
        after_date: bool,
    ) -> Option<usize> {
        let (hour, length) = numbers.number(first)?;
        if matches!(length, 4 | 6) {
            let before = numbers.start(first).checked_sub(1).map(|at| numbers.glyphs[at].folded);
            let follows_t = before == Some('t');
            let behind = &numbers.glyphs[numbers.end(first)..];
            let skipped = behind.iter().take(1).take_while(|glyph| glyph.folded == ' ').count();
            let has_unit = behind.get(skipped).is_some_and(|glyph| {
                matches!(glyph.folded, 'h' | '时' | '時' | 'u')
                    || unit(glyph.folded) == Some(Unit::Hour)
            });
            let is_clock = self.compact_clock(numbers.values(first));
            if is_clock && (after_date || follows_t || has_unit) {
                return Some(self.with_offset(numbers, first + 1));
            }
            return None;
        }
        if length > 2 || !self.is_hour(hour) {
            return None;
        }
        self.behind_hour(numbers, first)
    }

    fn is_hour(&self, hour: u32) -> bool {
        hour == self.hour || hour == (self.hour + 11) % 12 + 1
    }

    /// A date and the clock right behind it: `2026/11/2008:31`.
    pub(crate) fn glued(&self, numbers: &Numbers<'_>, first: usize) -> Option<usize> {
        let sign = |group: usize| {
            let gap = (group < numbers.count()).then(|| numbers.gap(group))?;
            match gap {
                [sign] if matches!(sign.folded, '-' | '/' | '.') => Some(sign.folded),
                _ => None,
            }
        };
        let joint = sign(first + 1)?;
        [1, 2].into_iter().find_map(|parts| {
            let last = first + parts;
            let values = (last < numbers.count()).then(|| numbers.values(last))?;
            if !matches!(values.len(), 3 | 4) || sign(last) != Some(joint) {
                return None;
            }
            let (day, hour) = (number(&values[..2]), number(&values[2..]));
            let month = numbers.number(last - 1)?;
            let has_year = parts == 1 || self.is_first_year(numbers.number(first)?);
            (has_year && month.1 <= 2 && self.is_date(month.0, day) && self.is_hour(hour))
                .then(|| self.behind_hour(numbers, last))?
        })
    }

    /// The group behind a clock whose hour is this group, or the end of it.
    fn behind_hour(&self, numbers: &Numbers<'_>, first: usize) -> Option<usize> {
        let gap_behind = |group: usize| {
            if group + 1 < numbers.count() { Gap::read(numbers.gap(group + 1)) } else { None }
        };
        let is_joint = |gap: &Gap, unit: Unit, signs: &[char]| {
            let by_sign = gap.signs == 1
                && gap.spaces == 0
                && gap.unit.is_none()
                && gap.sign.is_some_and(|sign| signs.contains(&sign));
            // 01:24: P0, of pesos and no minutes.
            let by_unit = gap.unit == Some(unit) && gap.signs <= 1 && gap.sign != Some(':');
            gap.month.is_none() && !gap.is_offset && !gap.has_t && (by_sign || by_unit)
        };
        let Some(gap) = gap_behind(first).filter(|gap| is_joint(gap, Unit::Hour, &[':', '.']))
        else {
            // 8点, 8 a.m.: the whole hour.
            let behind = &numbers.glyphs[numbers.end(first)..];
            let skipped = behind.iter().take(1).take_while(|glyph| glyph.folded == ' ').count();
            let is_hour =
                behind.get(skipped).is_some_and(|glyph| unit(glyph.folded) == Some(Unit::Hour));
            return (is_hour && self.minute == 0).then_some(first + 1);
        };
        let (minute, length) = numbers.number(first + 1)?;
        let may_be_short = gap.unit.is_some();
        if minute != self.minute || (length != 2 && !(may_be_short && length == 1)) {
            return None;
        }
        let mut end = first + 2;
        if let Some(gap) =
            gap_behind(first + 1).filter(|gap| is_joint(gap, Unit::Minute, &[':', '.']))
        {
            let (second, length) = numbers.number(first + 2).unwrap_or((0, 0));
            let fits =
                second == self.second && (length == 2 || (gap.unit.is_some() && length == 1));
            if fits {
                end = first + 3;
                // Milliseconds.
                let is_fraction = gap_behind(first + 2).is_some_and(|gap| {
                    gap.signs == 1 && gap.spaces == 0 && matches!(gap.sign, Some('.' | ','))
                });
                if is_fraction && numbers.values(end) == b"000" {
                    end += 1;
                }
            } else if gap.sign == Some(':') {
                return None;
            }
        }
        Some(self.with_offset(numbers, end))
    }

    /// The group behind the offset that stands there, if it is the clock's.
    fn with_offset(&self, numbers: &Numbers<'_>, at: usize) -> usize {
        if at >= numbers.count() {
            return at;
        }
        let gap = numbers.gap(at);
        let sign =
            match gap.iter().rev().find(|glyph| glyph.folded != ' ').map(|glyph| glyph.folded) {
                Some('+') => 1,
                Some('-') => -1,
                _ => return at,
            };
        let is_offset = Gap::read(gap).is_some_and(|gap| {
            gap.month.is_none()
                && gap.unit.is_none()
                && gap.spaces <= 2
                && (gap.is_offset || sign < 0)
        });
        let Some((value, length)) = numbers.number(at).filter(|_| is_offset) else { return at };
        let own = self.offset_minutes * sign;
        if own < 0 {
            return at;
        }
        let own = own as u32;
        match length {
            4 if value / 100 * 60 + value % 100 == own => at + 1,
            1 | 2 if value == own / 60 => {
                let has_minutes = at + 1 < numbers.count()
                    && matches!(numbers.gap(at + 1), [Glyph { folded: ':', .. }])
                    && numbers.number(at + 1) == Some((own % 60, 2));
                if has_minutes || own.is_multiple_of(60) {
                    at + 1 + usize::from(has_minutes)
                } else {
                    at
                }
            }
            _ => at,
        }
    }
}

/// The days of the Islamic calendar from two before one to two behind it, and the 30th of a
/// month that has 29 days in the tables alone.
fn islamic_around(day: i64) -> [[u32; 3]; 6] {
    let [a, b, c, d, e] = [-2, -1, 0, 1, 2].map(|more| islamic(day + more));
    let last = [a, b, c, d].into_iter().zip([b, c, d, e]).find(|(_, next)| next[2] == 1);
    let thirtieth = last.map_or(c, |([year, month, _], _)| [year, month, 30]);
    [a, b, c, d, e, thirtieth]
}

/// Year, month and day of the tabular Islamic calendar, from days since 1970-01-01.
fn islamic(days: i64) -> [u32; 3] {
    // Days since the calendar's own first, 0622-07-19 Gregorian.
    let days = days + 492_148;
    let year = (30 * days + 10_646).div_euclid(10_631);
    let first = (year - 1) * 354 + (3 + 11 * year).div_euclid(30);
    let month = ((2 * (days - first)).div_euclid(59) + 1).clamp(1, 12);
    let day = days - first - (59 * (month - 1) + 1).div_euclid(2) + 1;
    [year as u32, month as u32, day.max(0) as u32]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::glyphs;

    /// 2026-11-20 08:31:05 at +08:00.
    fn moment() -> Moment {
        Moment::of(Timestamp::parse("2026-11-20T08:31:05+08:00").unwrap())
    }

    /// Whether a text's first groups, all of them, are the date.
    fn is_date(text: &str) -> bool {
        let reading = glyphs::read(text, &mut Vec::new());
        let digits = Digits::of(&reading.glyphs, &crate::places::find(&reading.glyphs));
        let numbers = Numbers { glyphs: &reading.glyphs, digits: &digits };
        moment().date(&numbers, 0) == Some(numbers.count())
    }

    fn is_clock(text: &str) -> bool {
        let reading = glyphs::read(text, &mut Vec::new());
        let digits = Digits::of(&reading.glyphs, &crate::places::find(&reading.glyphs));
        let numbers = Numbers { glyphs: &reading.glyphs, digits: &digits };
        moment().clock(&numbers, 0, false) == Some(numbers.count())
    }

    #[test]
    fn dates_of_every_notation() {
        for text in [
            "20/11/2026",
            "2026-11-20",
            "20.11.",
            "20.11.26",
            "11/20",
            "20-NOV-26",
            "20NOV2026",
            "20 Nov",
            "Nov 20, 2026",
            "20 de noviembre de 2026",
            "2026年11月20日",
            "11月20日",
            "20日",
            "20 พ.ย. 2569",
            "115年11月20日",
            "2026년 11월 20일",
            "20 ноября 2026",
            "20261120",
            "201126",
            "1120",
            "20. 11. 2026",
            "ngày 20 tháng 11 năm 2026",
            "二十日",
            "十一月二十日",
            "20th Nov",
            "2026/11/20",
            "20 kasım 2026",
        ] {
            assert!(is_date(text), "{text}");
        }
        for text in [
            "21/11/2026",
            "20/12",
            "20 Dec",
            "20 11",
            "20 11 2026",
            "2025-11-20",
            "20 dollars",
            "20",
        ] {
            assert!(!is_date(text), "{text}");
        }
    }

    #[test]
    fn clocks_of_every_notation() {
        for text in [
            "08:31",
            "8:31",
            "08:31:05",
            "08.31",
            "8h31",
            "08时31分",
            "08時31分05秒",
            "8 giờ 31",
            "0831 hrs",
            "08:31:05+08:00",
            "08:31 UTC+8",
            "오전 8시 31분",
        ] {
            assert!(is_clock(text), "{text}");
        }
        for text in ["08:32", "08 31 05", "0831", "08:31:06", "8时", "08:31:05+09:00"] {
            assert!(!is_clock(text), "{text}");
        }
    }

    #[test]
    fn the_islamic_calendar() {
        // 1 Muharram 1448 is 2026-06-16 or 17; 1 Ramadan 1447 2026-02-18.
        let day = |text: &str| Moment::of(Timestamp::parse(text).unwrap()).islamic[2];
        let [year, month, day_of] = day("2026-02-18T12:00:00+03:00");
        assert_eq!((year, month), (1_447, 9));
        assert!(day_of <= 2, "{day_of}");
        assert_eq!(day("2026-06-18T12:00:00+03:00")[..2], [1_448, 1]);
        // 30 days, then 29.
        let far = |day: i64| (islamic(day), islamic(day + 1));
        assert!((20_000..20_400).map(far).all(|(one, next)| {
            (one[2] + 1 == next[2] && one[1] == next[1]) || (one[2] >= 29 && next[2] == 1)
        }));
        // The 30th of Sha'ban 1453 is the last day of a month of 29 in the tables.
        let around = Moment::of(Timestamp::parse("2031-12-15T12:00:00+03:00").unwrap()).islamic;
        assert!(around.contains(&[1_453, 8, 30]), "{around:?}");
    }
}
