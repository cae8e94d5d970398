//! How a locale writes numbers, money, names of days and months, and which plural it takes:
//! the facts of CLDR for the locales of [`KNOWN`]. Others are refused where they are asked
//! for, and not written as if they were English.

use minijinja::State;

use crate::file_name::language;

mod number;
mod plural;
mod table;

pub(crate) use number::{Digits, Mark, in_digits};
pub(crate) use plural::CATEGORIES;
use table::{ALIASES, LOCALES};

/// The error where a template's locale is none of the table.
pub(crate) const UNKNOWN_LOCALE: &str = "the locale's numbers, names and plurals are not known; \
     known are ar ar-AE ar-EG de en en-IN es es-419 es-MX fr hi id ja ko pt pt-PT ru th tr vi zh \
     zh-Hant and their regions";
/// The name by which filters find a message's locale: none that a template can write.
pub(crate) const KEY: &str = " locale";

/// The facts of one locale.
#[derive(Debug)]
pub(crate) struct Locale {
    tag: &'static str,
    latin: Signs,
    native: Signs,
    /// Whether CLDR writes its native digits unless asked otherwise.
    has_native_digits: bool,
    /// Digits of each group but the last, which has three.
    group_size: u8,
    /// 2 where a thousand is written 1000, and ten thousand 10.000.
    digits_before_first_group: u8,
    place: Place,
    /// Currencies that have another symbol than their code: `USD US$|EUR €`.
    symbols: &'static str,
    names: &'static Names,
    /// CLDR's cardinal rules for whole numbers: `one:i=1;many:i!=0&i%1000000=0`.
    plural: &'static str,
    /// What is added to a year of the Gregorian calendar: 543 for the Buddhist one.
    years_ahead: u16,
}

/// The signs of one numbering system.
#[derive(Debug)]
struct Signs {
    decimal: char,
    group: char,
    zero: char,
}

/// Where a currency stands beside its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// `$1`; a code or another word is set off by a space: `USD 1`.
    Before,
    BeforeSpaced,
    BehindSpaced,
}

/// Names with `|` between: twelve months, seven days from Sunday on, the halves of a day.
#[derive(Debug)]
struct Names {
    months: &'static str,
    months_short: &'static str,
    days: &'static str,
    days_short: &'static str,
    halves: &'static str,
}

impl Locale {
    /// Finds the facts for a language tag: its own, those of a region that writes as it does,
    /// or those of the tag without its last parts, as `en` for `en-GB`.
    pub(crate) fn find(tag: &str) -> Option<&'static Self> {
        let exact = |tag: &str| LOCALES.iter().find(|known| known.tag.eq_ignore_ascii_case(tag));
        let mut rest = tag;
        loop {
            let alias = ALIASES.iter().find(|(region, _)| region.eq_ignore_ascii_case(rest));
            if let Some(found) = exact(alias.map_or(rest, |(_, as_in)| *as_in)) {
                return Some(found);
            }
            rest = &rest[..rest.rfind('-')?];
        }
    }

    /// The facts for the message that is being rendered.
    pub(crate) fn of(state: &State<'_, '_>) -> Option<&'static Self> {
        let index = state.lookup(KEY)?.as_usize()?;
        LOCALES.get(index)
    }

    /// Its place in the table: what stands for it among a message's names.
    pub(crate) fn index(&'static self) -> usize {
        LOCALES.iter().position(|known| std::ptr::eq(known, self)).unwrap_or(LOCALES.len())
    }

    /// Whether its letters i and I are two: dotted and dotless.
    pub(crate) fn has_dotless_i(&self) -> bool {
        language(self.tag) == "tr"
    }

    /// Whether its month names are those that a pattern always wrote.
    pub(crate) fn is_english(&self) -> bool {
        language(self.tag) == "en"
    }

    pub(crate) fn month(&self, month: u8) -> &'static str {
        named(self.names.months, usize::from(month) - 1)
    }

    pub(crate) fn month_short(&self, month: u8) -> &'static str {
        named(self.names.months_short, usize::from(month) - 1)
    }

    /// A day of the week, Sunday being 0.
    pub(crate) fn day(&self, from_sunday: u8) -> &'static str {
        named(self.names.days, usize::from(from_sunday))
    }

    pub(crate) fn day_short(&self, from_sunday: u8) -> &'static str {
        named(self.names.days_short, usize::from(from_sunday))
    }

    /// The words of a twelve-hour clock: a.m. and p.m.
    pub(crate) fn half(&self, hour: u8) -> &'static str {
        named(self.names.halves, usize::from(hour >= 12))
    }

    /// A year of the calendar that its country prefers: 2569 for 2026 in Thailand.
    pub(crate) fn year(&self, gregorian: i32) -> i32 {
        gregorian + i32::from(self.years_ahead)
    }

    /// CLDR's category of a count: `one`, `few`, …
    pub(crate) fn plural(&self, count: u64) -> &'static str {
        plural::category(self.plural, count)
    }
}

fn named(list: &'static str, index: usize) -> &'static str {
    list.split('|').nth(index).unwrap_or_default()
}

#[cfg(test)]
mod tests;
