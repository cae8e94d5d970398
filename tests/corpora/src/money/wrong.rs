//! Sums that are not the transaction's.

use crate::layouts::facts::{Facts, Money, sum};
use crate::random::Random;

/// Minor units of none of the transaction's sums, nor of what they make
/// together.
pub fn wrong(facts: &Facts, truth: i64, random: &mut Random) -> i64 {
    loop {
        let value = candidate(truth.abs().max(1), random);
        if value > 0 && value < 10_i64.pow(12) && !is_own(facts, value) {
            return value;
        }
    }
}

/// Whether the number, in minor units of the transaction's currency, is that
/// of one of its sums, or of two of them together.
pub fn is_own(facts: &Facts, value: i64) -> bool {
    let unit = 10_i128.pow(facts.amount.currency.exponent.into());
    let is_same = |money: Money| {
        let own_unit = 10_i128.pow(money.currency.exponent.into());
        i128::from(value) * own_unit == i128::from(money.minor.abs()) * unit
    };
    let minors: Vec<i64> = facts.moneys().map(|money| money.minor.abs()).collect();
    let is_pair = |a: i64| minors.iter().any(|b| value == a + b || value == (a - b).abs());
    facts.moneys().any(is_same) || minors.iter().any(|a| is_pair(*a))
}

fn candidate(truth: i64, random: &mut Random) -> i64 {
    let digits = truth.to_string().into_bytes();
    let at = random.below(digits.len() as u64) as usize;
    let number = |digits: Vec<u8>| {
        String::from_utf8(digits).ok().and_then(|text| text.parse().ok()).unwrap_or(0)
    };
    match random.below(12) {
        0 => truth * 10,
        1 => truth * 100,
        2 => truth * 1000,
        3 => truth / 10,
        4 => truth / 100,
        5 => {
            let mut changed = digits;
            changed[at] = b'0' + random.below(10) as u8;
            number(changed)
        }
        6 if digits.len() > 1 => {
            let mut swapped = digits;
            let next = (at + 1) % swapped.len();
            swapped.swap(at, next);
            number(swapped)
        }
        7 => {
            let mut longer = digits;
            longer.insert(at, b'0' + random.below(10) as u8);
            number(longer)
        }
        8 => truth + if random.is(50) { 100 } else { -100 },
        _ => sum(random),
    }
}
