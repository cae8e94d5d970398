//! Ranges of card numbers, and made-up numbers in them with the right check digit.

use crate::draw::Random;

/// First and last prefix of a range (of the same length), and the lengths of its numbers.
const RANGES: &[(u64, u64, &[usize])] = &[
    // Visa
    (4, 4, &[13, 16, 16, 16, 19]),
    // Mastercard
    (51, 55, &[16]),
    (2221, 2720, &[16]),
    // UnionPay
    (62, 62, &[16, 17, 18, 19, 19]),
    (8100, 8171, &[16, 17, 18, 19]),
    // Chinese debit cards from before 62
    (9558, 9558, &[19]),
    (95599, 95599, &[19]),
    (95555, 95555, &[16]),
    (9551, 9551, &[19]),
    // American Express
    (34, 34, &[15]),
    (37, 37, &[15]),
    // JCB
    (3528, 3589, &[16, 16, 17, 19]),
    // Diners Club
    (300, 305, &[14, 16]),
    (36, 36, &[14, 19]),
    (38, 39, &[14, 16]),
    // Discover
    (6011, 6011, &[16, 19]),
    (644, 649, &[16]),
    (65, 65, &[16, 19]),
    // Mir
    (2200, 2204, &[16, 17, 18, 19]),
    // RuPay
    (60, 60, &[16]),
    (6521, 6522, &[16]),
    (508, 508, &[16]),
    (82, 82, &[16]),
    // Troy
    (9792, 9792, &[16]),
    // Elo
    (401178, 401179, &[16]),
    (438935, 438935, &[16]),
    (451416, 451416, &[16]),
    (506699, 506778, &[16]),
    (509000, 509999, &[16]),
    (636297, 636297, &[16]),
    (636368, 636368, &[16]),
    (650031, 650051, &[16]),
    // Maestro
    (5018, 5018, &[13, 14, 15, 16, 17, 18, 19]),
    (5020, 5020, &[13, 16, 19]),
    (5038, 5038, &[13, 16, 18]),
    (5893, 5893, &[13, 16, 19]),
    (6304, 6304, &[13, 16, 17, 19]),
    (6759, 6759, &[13, 16, 18, 19]),
    (6761, 6763, &[13, 15, 16, 19]),
    // mada
    (968201, 968211, &[16]),
    // UATP
    (1354, 1354, &[15]),
    // Verve
    (506099, 506198, &[16, 18, 19]),
    // Uzcard, Humo, Napas, Hipercard, Dankort, InterPayment, Meeza
    (8600, 8600, &[16]),
    (9860, 9860, &[16]),
    (970400, 970499, &[16, 19]),
    (606282, 606282, &[16]),
    (5019, 5019, &[16]),
    (636, 636, &[16, 19]),
    (507803, 507810, &[16]),
];

/// A valid number of any issuer, of 13 to 19 digits.
pub fn number(random: &mut Random) -> String {
    let (first, last, lengths) = RANGES[random.below(RANGES.len())];
    let prefix = first + random.bits() % (last - first + 1);
    let length = random.one(lengths);
    let mut digits = prefix.to_string();
    let missing = length - 1 - digits.len();
    digits.push_str(&random.digits(missing));
    digits.push(check_digit(&digits));
    digits
}

/// By Luhn.
fn check_digit(digits: &str) -> char {
    let mut sum = 0;
    for (index, digit) in digits.bytes().rev().enumerate() {
        let value = u32::from(digit - b'0') * if index % 2 == 0 { 2 } else { 1 };
        sum += value / 10 + value % 10;
    }
    char::from_digit((10 - sum % 10) % 10, 10).unwrap_or('0')
}

pub fn is_valid(digits: &str) -> bool {
    (13..=19).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && digits.ends_with(check_digit(&digits[..digits.len() - 1]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_valid() {
        // A published test number, and one digit off.
        assert!(is_valid("4111111111111111"));
        assert!(!is_valid("4111111111111112"));
        for seed in 0..20_000 {
            let number = number(&mut Random::new(seed, "issuers"));
            assert!(is_valid(&number), "{number}");
        }
    }
}
