//! When two telephone numbers are the same: one may be written with its
//! country's code and the other without.

/// Digits that two ways of writing a number have in common.
const TAIL: usize = 8;

/// The digits of a number, without what only says that the country's code
/// follows.
pub(crate) fn digits(phone: &str) -> String {
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    digits.strip_prefix("00").map_or(digits.clone(), Into::into)
}

/// The last digits, by which numbers that may be the same are looked for.
pub(crate) fn tail(digits: &str) -> &str {
    &digits[digits.len().saturating_sub(TAIL)..]
}

/// Whether two numbers, in digits, are the same: one ends with the other.
pub(crate) fn is_same(one: &str, other: &str) -> bool {
    one == other
        || one.len().min(other.len()) >= TAIL && (one.ends_with(other) || other.ends_with(one))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_countrys_code_makes_no_difference() {
        let same = |one: &str, other: &str| is_same(&digits(one), &digits(other));
        assert!(same("+86 138-0013-8000", "13800138000"));
        assert!(same("008613800138000", "+8613800138000"));
        assert!(same("+6591234567", "91234567"));
        assert!(!same("+8613800138000", "+8613700138000"));
        assert!(!same("12345", "99912345"));
        assert_eq!(tail(&digits("+86 138-0013-8000")), "00138000");
        assert_eq!(tail("95500"), "95500");
    }
}
