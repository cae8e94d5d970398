//! Sums of money as they are written, held against the transaction's own.

use std::ops::Range;

use tillbell_transaction::Money;

use crate::glyphs::Glyph;
use crate::moments::Numbers;
use crate::numerals;

/// More digits than this are no amount.
const DIGITS_MAX: usize = 24;
/// More groups than this are no amount.
const GROUPS_MAX: usize = 9;

/// A number as it is written: its digits without separators, and how many of them may
/// stand behind the decimal point.
pub(crate) struct Written {
    value: u128,
    /// Ways to read it: digits behind the point, and the sign that is the point.
    ways: [Option<(u32, char)>; 2],
}

/// Whether a group is accounted for already: by a name, a phrase; behind a space also by a
/// date.
pub(crate) type IsTaken<'a> = &'a dyn Fn(usize, bool) -> bool;

/// The groups that may be one sum with this one, the widest first: joined by single
/// points, commas, apostrophes or spaces, in the shapes of some country.
pub(crate) fn candidates(
    numbers: &Numbers<'_>,
    first: usize,
    is_taken: IsTaken<'_>,
) -> Range<usize> {
    let mut end = first + 1;
    while end < numbers.count() && end - first < GROUPS_MAX {
        let [between] = numbers.gap(end) else { break };
        let is_grouping = match between.folded {
            // A full-width comma between ASCII digits ends a clause.
            '.' | ',' | '\'' => is_within(numbers, end, between),
            ' ' => numbers.values(end).len() == 3 && numbers.values(first).len() <= 3,
            _ => false,
        };
        if !is_grouping || is_taken(end, between.folded == ' ') {
            break;
        }
        end += 1;
        // Nothing follows decimals, nor a first group of more than three digits.
        let is_of_thousands = matches!(numbers.values(end - 1).len(), 2 | 3);
        if !is_of_thousands || numbers.values(first).len() > 3 {
            break;
        }
    }
    first + 1..end + 1
}

/// Whether a sign before a group stands within a number: a full-width comma between
/// ASCII digits ends a clause.
fn is_within(numbers: &Numbers<'_>, group: usize, sign: &Glyph) -> bool {
    let before = &numbers.glyphs[numbers.end(group - 1) - 1];
    let is_ascii = |glyph: &Glyph| glyph.end - glyph.start == 1;
    is_ascii(sign) || !is_ascii(before) || sign.folded == '\''
}

/// Whether what stands beside these groups makes them a part of another number:
/// `8` of `8.000`, `2 362` of `2 362 364`.
pub(crate) fn is_part(numbers: &Numbers<'_>, groups: Range<usize>, is_taken: IsTaken<'_>) -> bool {
    let is_joint = |group: usize| match numbers.gap(group) {
        [sign @ Glyph { folded: '.' | ',' | '\'', .. }] => is_within(numbers, group, sign),
        _ => false,
    };
    let goes_on = groups.end < numbers.count() && is_joint(groups.end);
    let began = groups.start > 0 && is_joint(groups.start);
    let last = groups.end - 1;
    let is_decimal = groups.len() > 1
        && numbers.values(last).len() != 3
        && matches!(numbers.gap(last), [Glyph { folded: '.' | ',', .. }]);
    let may_be_grouped = numbers.values(groups.start).len() <= 3
        && (groups.len() == 1 || numbers.values(last).len() == 3)
        && !is_decimal;
    let goes_on_spaced = groups.end < numbers.count()
        && may_be_grouped
        && matches!(numbers.gap(groups.end), [Glyph { folded: ' ', .. }])
        && numbers.values(groups.end).len() == 3
        && !is_taken(groups.end, true);
    goes_on || began || goes_on_spaced
}

impl Written {
    /// Reads these groups; none where nobody writes a sum so.
    pub(crate) fn read(numbers: &Numbers<'_>, groups: Range<usize>) -> Option<Self> {
        let (first, count) = (groups.start, groups.len());
        let length = |group: usize| numbers.values(first + group).len();
        let digits: usize = (0..count).map(length).sum();
        // 015 is no sum of 15.00.
        let is_padded = matches!(numbers.values(first), [b'0', _, ..]);
        if digits > DIGITS_MAX || is_padded {
            return None;
        }
        let value = value((0..count).flat_map(|group| numbers.values(first + group)));
        // The sign before a group, not the first.
        let sign =
            |group: usize| numbers.gap(first + group).first().map_or(' ', |glyph| glyph.folded);
        // Groups of three, or of two in India; the first may be shorter.
        let is_grouped = |count: usize| {
            count == 1
                || (length(0) <= 3
                    && length(count - 1) == 3
                    && (1..count)
                        .all(|group| matches!(length(group), 2 | 3) && sign(group) == sign(1)))
        };
        let last = count - 1;
        let whole = is_grouped(count).then_some((0, if count > 1 { sign(last) } else { '.' }));
        let decimal = (count > 1
            && is_grouped(last)
            && matches!(sign(last), '.' | ',')
            && (count == 2 || sign(1) != sign(last)))
        .then(|| (length(last) as u32, sign(last)));
        (whole.is_some() || decimal.is_some()).then_some(Self { value, ways: [whole, decimal] })
    }

    /// Whether it is this sum to somebody who reads commas so: `has_decimal_comma`
    /// decides where a sum has three decimals.
    pub(crate) fn is(&self, money: &Money, has_decimal_comma: Option<bool>) -> bool {
        const SCALES: [u128; 8] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000];
        let exponent = usize::from(money.exponent());
        let minor = u128::from(money.minor_units().unsigned_abs());
        let is_ambiguous = self.ways[0].is_some() && self.ways[1].is_some();
        self.ways.iter().flatten().any(|(decimals, point)| {
            // 1.285 is one thousand unless the currency has three decimals, and there
            // the language decides.
            if is_ambiguous {
                let is_decimal = has_decimal_comma.is_none_or(|comma| (*point == ',') == comma);
                let wanted = exponent == 3 && is_decimal;
                if wanted != (*decimals > 0) {
                    return false;
                }
            }
            let decimals = *decimals as usize;
            decimals <= exponent.max(2)
                && exponent < SCALES.len()
                && self.value.checked_mul(SCALES[exponent]) == minor.checked_mul(SCALES[decimals])
        })
    }
}

/// A sum in units of Chinese: `一百二十八元五角`, `128元5角`. Gives the group behind it
/// and the sum in hundredths.
pub(crate) fn in_units(numbers: &Numbers<'_>, first: usize) -> Option<(usize, u128)> {
    let unit = numbers.glyphs.get(numbers.end(first))?.folded;
    let is_whole = matches!(unit, '元' | '圆' | '圓' | '块' | '塊');
    let is_part = matches!(unit, '角' | '毛' | '分');
    if !(is_whole || is_part) || numbers.values(first).len() > DIGITS_MAX {
        return None;
    }
    let (mut hundredths, mut end, mut next) = match is_whole {
        true => (value(numbers.values(first)) * 100, first + 1, numbers.end(first) + 1),
        false => (0, first, numbers.start(first)),
    };
    for (unit, worth) in [(['角', '毛'], 10), (['分', '分'], 1)] {
        if numbers.glyphs.get(next).is_some_and(|glyph| matches!(glyph.folded, '零' | '〇'))
            && numerals::is_numeral(numbers.glyphs.get(next + 1).map_or(' ', |glyph| glyph.folded))
        {
            next += 1;
        }
        if end >= numbers.count() || numbers.start(end) > next + 1 || numbers.start(end) + 1 < next
        {
            break;
        }
        let behind = numbers.glyphs.get(numbers.end(end)).map(|glyph| glyph.folded);
        if !behind.is_some_and(|sign| unit.contains(&sign)) {
            continue;
        }
        hundredths += value(numbers.values(end)) * worth;
        next = numbers.end(end) + 1;
        end += 1;
    }
    (end > first).then_some((end, hundredths))
}

/// Whether a sum equals an amount in hundredths of its currency's unit.
pub(crate) fn is_in_hundredths(hundredths: u128, money: &Money) -> bool {
    let minor = u128::from(money.minor_units().unsigned_abs());
    10u128
        .checked_pow(u32::from(money.exponent()))
        .and_then(|scale| hundredths.checked_mul(scale))
        .is_some_and(|scaled| Some(scaled) == minor.checked_mul(100))
}

/// The number that digits in ASCII are, [`DIGITS_MAX`] of them.
fn value<'a>(digits: impl IntoIterator<Item = &'a u8>) -> u128 {
    let digits = digits.into_iter().take(DIGITS_MAX);
    digits.fold(0, |sum, digit| sum * 10 + u128::from(digit - b'0'))
}

/// Whether a language writes a comma before decimals, by its BCP 47 tag (CLDR 48).
pub(crate) fn has_decimal_comma(locale: &str) -> bool {
    const LANGUAGES: [&str; 45] = [
        "af", "az", "be", "bg", "bs", "ca", "cs", "da", "de", "el", "es", "et", "eu", "fi", "fr",
        "gl", "hr", "hu", "hy", "id", "is", "it", "ka", "kk", "ky", "lt", "lv", "mk", "nb", "nl",
        "nn", "no", "pl", "pt", "ro", "ru", "sk", "sl", "sq", "sr", "sv", "tr", "uk", "uz", "vi",
    ];
    // Mexico and its neighbours, Switzerland and Liechtenstein write a point.
    const POINTS: [&str; 11] = ["MX", "US", "GT", "HN", "NI", "PA", "PE", "SV", "DO", "CH", "LI"];
    let mut parts = locale.split('-');
    let language = parts.next().unwrap_or_default();
    LANGUAGES.contains(&language) && !parts.any(|part| POINTS.contains(&part))
}
