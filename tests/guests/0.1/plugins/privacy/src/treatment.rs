use crate::surname;

/// The most characters of each end that a treatment may keep.
pub const KEPT_CHARACTERS_MAX: u8 = 8;
/// The longest run of mask characters; a longer value does not show its length.
pub const MASK_CHARACTERS_MAX: usize = 16;
/// Values up to this length hide at least half, longer ones at least a third.
const SHORT_CHARACTERS_MAX: usize = 10;
/// What every masked value hides at least.
const HIDDEN_CHARACTERS_MIN: usize = 3;
/// From this many digits on, a counterparty is taken for a number.
const COUNTERPARTY_DIGITS_MIN: usize = 5;
/// The longest domain that is shown of an e-mail address.
const EMAIL_DOMAIN_BYTES_MAX: usize = 36;

/// What is done with one field before a party reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Treatment {
    /// The field is absent from the view.
    Drop,
    /// The field is shown, as the host cleaned it.
    Show,
    /// The ends are shown, the middle is masked.
    ///
    /// At least 3 characters are always hidden; of a value of up to 10
    /// characters at least half, of a longer one at least a third. Where more
    /// was asked for, the beginning gives way first.
    Keep {
        /// Characters kept at the beginning, at most [`KEPT_CHARACTERS_MAX`].
        first: u8,
        /// Characters kept at the end, at most [`KEPT_CHARACTERS_MAX`].
        last: u8,
        /// What stands for a hidden character: `*`, `#`, `x` or `X`.
        mask: char,
    },
    /// The surname of a Chinese name, the initial of any other.
    Surname,
    /// First character, `***`, and the domain of an e-mail address.
    Email,
    /// Of an address, the city.
    City,
    /// A counterparty: a number shows its last four digits, a name is treated
    /// as [`Treatment::Surname`].
    NameOrNumber,
}

impl Treatment {
    /// Keeps characters at the ends, masked by `*`.
    pub const fn keep(first: u8, last: u8) -> Self {
        Self::Keep { first, last, mask: '*' }
    }

    /// The treatment as a profile file writes it, for error messages.
    pub(crate) fn as_written(self) -> &'static str {
        match self {
            Self::Drop => "\"drop\"",
            Self::Show => "\"show\"",
            Self::Keep { .. } => "{ keep-first = N, keep-last = N }",
            Self::Surname => "\"surname\"",
            Self::Email => "\"email\"",
            Self::City => "\"city\"",
            Self::NameOrNumber => "\"name-or-number\"",
        }
    }

    /// Treats a free text: a name, a city.
    pub(crate) fn text(self, value: Option<String>) -> Option<String> {
        match self {
            Self::Show => shown(value?),
            Self::Keep { first, last, mask } => Some(keep(&shown(value?)?, first, last, mask)),
            Self::Surname => Some(surname::masked(&shown(value?)?)),
            Self::NameOrNumber => name_or_number(value?),
            Self::Email => email(&value?),
            Self::Drop | Self::City => None,
        }
    }

    /// Treats the other side of a transfer: of a number no more than its last four digits
    /// are shown, however a name would be.
    pub(crate) fn counterparty(self, value: Option<String>) -> Option<String> {
        match (self, value) {
            (Self::Show, Some(value)) if is_number(&value) => Self::NameOrNumber.text(Some(value)),
            (treatment, value) => treatment.text(value),
        }
    }

    /// Treats an account or identity number: letters and digits alone count.
    pub(crate) fn number(self, value: Option<String>) -> Option<String> {
        let Self::Keep { first, last, mask } = self else {
            return None;
        };
        let mut value = value?;
        value.retain(|character| character.is_ascii_alphanumeric());
        (!value.is_empty()).then(|| keep(&value, first, last, mask))
    }

    /// Treats a telephone number: digits alone count, and the country code
    /// before a mobile number of mainland China is left out.
    pub(crate) fn phone(self, value: Option<String>) -> Option<String> {
        let mut value = value?;
        value.retain(|character| character.is_ascii_digit());
        for prefix in ["0086", "86"] {
            if let Some(national) = value.strip_prefix(prefix)
                && national.len() == 11
                && national.starts_with('1')
            {
                value.drain(..prefix.len());
                break;
            }
        }
        self.number(Some(value))
    }

    /// Treats a code: a reference, an identifier.
    pub(crate) fn code(self, value: String) -> Option<String> {
        let value = match self {
            Self::Show | Self::Keep { .. } => shown(value)?,
            _ => return None,
        };
        match self {
            Self::Keep { first, last, mask } => Some(keep(&value, first, last, mask)),
            _ => Some(value),
        }
    }
}

/// A value as it is; absent where it is empty. Names and codes were cleaned by the host.
pub(crate) fn shown(value: String) -> Option<String> {
    (!value.is_empty()).then_some(value)
}

/// Keeps the ends of a value that is not empty.
fn keep(value: &str, first: u8, last: u8, mask: char) -> String {
    let length = value.chars().count();
    let share = if length <= SHORT_CHARACTERS_MAX { 2 } else { 3 };
    let hidden_min = length.div_ceil(share).max(HIDDEN_CHARACTERS_MIN);
    let shown_max = length.saturating_sub(hidden_min);
    let last = usize::from(last).min(shown_max);
    let first = usize::from(first).min(shown_max - last);
    let hidden = length - first - last;
    let mut kept = String::with_capacity(value.len() + HIDDEN_CHARACTERS_MIN);
    kept.extend(value.chars().take(first));
    // A value of one or two characters does not show how short it is.
    kept.extend(std::iter::repeat_n(
        mask,
        hidden.clamp(HIDDEN_CHARACTERS_MIN, MASK_CHARACTERS_MAX),
    ));
    kept.extend(value.chars().skip(length - last));
    kept
}

/// Whether a counterparty is a number, with a few letters at most: a bank's, a country's.
fn is_number(value: &str) -> bool {
    let digits = value.chars().filter(|character| character.is_numeric()).count();
    let letters = value.chars().filter(|character| character.is_alphabetic()).count();
    digits >= COUNTERPARTY_DIGITS_MIN && letters * 2 <= digits
}

fn name_or_number(value: String) -> Option<String> {
    let digits = value.chars().filter(|character| character.is_numeric()).count();
    if digits < COUNTERPARTY_DIGITS_MIN {
        return Some(surname::masked(&shown(value)?));
    }
    let digits: String = value.chars().filter(char::is_ascii_digit).collect();
    Some(keep(&digits, 0, 4, '*')).filter(|_| !digits.is_empty())
}

fn email(value: &str) -> Option<String> {
    let (local, domain) = value.trim().rsplit_once('@')?;
    let plausible = domain.contains('.')
        && domain.len() <= EMAIL_DOMAIN_BYTES_MAX
        && domain.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte));
    let mut characters = local.chars();
    let first = characters.next().filter(char::is_ascii_alphanumeric)?;
    // A local part of one character would be shown whole.
    let first = characters.next().map(|_| first);
    plausible.then(|| first.into_iter().chain("***@".chars()).chain(domain.chars()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_are_kept() {
        for (value, first, last, shown) in [
            ("13800138000", 3, 2, "138******00"),
            ("13800138000", 3, 4, "138****8000"),
            ("110101199003070011", 1, 1, "1****************1"),
            ("110101199003070011", 3, 3, "110************011"),
            ("6222000000001234567", 0, 4, "***************4567"),
        ] {
            assert_eq!(keep(value, first, last, '*'), shown);
        }
        assert_eq!(keep("13800138000", 3, 2, '#'), "138######00");
    }

    #[test]
    fn a_short_value_is_never_shown_whole() {
        for (value, shown) in [
            ("1", "***"),
            ("12", "***"),
            ("123", "***"),
            ("1234", "***4"),
            ("123456", "***456"),
            ("12345678", "****5678"),
            ("1234567890", "1*****7890"),
            ("张三李四王五", "***四王五"),
        ] {
            assert_eq!(keep(value, 8, 4, '*'), shown, "{value}");
        }
        for length in 1..60 {
            let shown = keep(&"1".repeat(length), 8, 8, '*');
            let kept = shown.chars().filter(|character| *character == '1').count();
            let share = if length <= 10 { 2 } else { 3 };
            assert!(length - kept >= length.min(3).max(length.div_ceil(share)), "{length}");
        }
    }

    #[test]
    fn a_phone_counts_its_digits() {
        let strict = Treatment::keep(3, 2);
        for (phone, shown) in [
            ("13800138000", "138******00"),
            ("+86 138 0013 8000", "138******00"),
            ("0086-138-0013-8000", "138******00"),
            ("+965 1800 800", "965*****00"),
            ("(555) 0142", "5****42"),
        ] {
            assert_eq!(strict.phone(Some(phone.into())).as_deref(), Some(shown), "{phone}");
        }
        assert_eq!(strict.phone(Some("none".into())), None);
        assert_eq!(strict.phone(None), None);
    }

    #[test]
    fn an_email_shows_its_domain() {
        for (address, shown) in [
            ("fatima@mail.example", Some("f***@mail.example")),
            ("f@mail.example", Some("***@mail.example")),
            ("fatima", None),
            ("@mail.example", None),
            ("a b@mail .example", None),
            ("fatima@localhost", None),
        ] {
            assert_eq!(email(address).as_deref(), shown, "{address}");
        }
    }

    #[test]
    fn a_counterparty_is_a_name_or_a_number() {
        for (value, shown) in [
            ("欧阳娜娜", "欧阳*"),
            ("State Grid", "S*"),
            ("6222020000001234", "************1234"),
            ("张三 6222 0200 0000 1234", "************1234"),
        ] {
            let treated = Treatment::NameOrNumber.text(Some(value.into()));
            assert_eq!(treated.as_deref(), Some(shown), "{value}");
        }
        for (value, shown) in [
            ("欧阳娜娜", "欧阳娜娜"),
            ("7-ELEVEN 10423", "7-ELEVEN 10423"),
            ("6222020000001234", "************1234"),
            ("DE89370400440532013000", "****************3000"),
        ] {
            let treated = Treatment::Show.counterparty(Some(value.into()));
            assert_eq!(treated.as_deref(), Some(shown), "{value}");
        }
    }
}
