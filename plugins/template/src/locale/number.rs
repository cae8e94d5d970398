//! Numbers and sums as a locale writes them.

use super::{Locale, Place, Signs};

/// Which digits a number has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Digits {
    /// By CLDR: Latin in all locales of the table but Egypt's.
    Usual,
    Latin,
    /// Arabic-Indic, Devanagari or Thai; Latin where a locale has no others.
    Native,
}

/// What says a sum's currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// `US$`, or its code where CLDR has none.
    Symbol,
    /// `USD`.
    Code,
}

impl Digits {
    /// Those of a filter's argument.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        match name {
            "latin" => Some(Self::Latin),
            "native" => Some(Self::Native),
            _ => None,
        }
    }
}

impl Locale {
    /// Writes a whole number in groups: `12,34,567`.
    pub(crate) fn number(&self, number: i64, digits: Digits) -> String {
        let mut text = String::new();
        if number < 0 {
            text.push('-');
        }
        self.write(&mut text, number.unsigned_abs(), 0, digits);
        text
    }

    /// Writes a sum of minor units with its currency: `1.280,50 €`, `-R$ 5,00`. The minus sign
    /// stands first, as in all of CLDR's patterns for these locales.
    pub(crate) fn money(
        &self,
        minor_units: i64,
        exponent: u8,
        currency: &str,
        mark: Mark,
        digits: Digits,
    ) -> String {
        let mark = match mark {
            Mark::Symbol => self.symbol(currency).unwrap_or(currency),
            Mark::Code => currency,
        };
        let mut text = String::with_capacity(48);
        if minor_units < 0 {
            text.push('-');
        }
        if self.place != Place::BehindSpaced {
            text.push_str(mark);
            // CLDR's currency spacing: what does not end in a sign of money is set off.
            if self.place == Place::BeforeSpaced || !mark.is_empty() && !mark.ends_with(is_sign) {
                text.push(' ');
            }
        }
        self.write(&mut text, minor_units.unsigned_abs(), exponent, digits);
        if self.place == Place::BehindSpaced {
            text.push(' ');
            text.push_str(mark);
        }
        text
    }

    /// A currency's symbol, where it is not its code.
    pub(crate) fn symbol(&self, currency: &str) -> Option<&'static str> {
        self.symbols.split('|').find_map(|pair| pair.strip_prefix(currency)?.strip_prefix(' '))
    }

    /// The first of ten digits that are in sequence.
    pub(crate) fn zero(&self, digits: Digits) -> char {
        self.signs(digits).zero
    }

    fn signs(&self, digits: Digits) -> &Signs {
        match digits {
            Digits::Usual if self.has_native_digits => &self.native,
            Digits::Usual | Digits::Latin => &self.latin,
            Digits::Native => &self.native,
        }
    }

    /// Writes minor units with their decimals: `1.280,50`.
    pub(crate) fn write(&self, text: &mut String, minor: u64, exponent: u8, digits: Digits) {
        let Signs { decimal, group, zero } = self.signs(digits);
        let exponent = usize::from(exponent.min(4));
        let figures = format!("{:0>width$}", minor, width = exponent + 1);
        let whole = figures.len() - exponent;
        let is_grouped = whole >= 3 + usize::from(self.digits_before_first_group);
        let size = usize::from(self.group_size);
        for (index, figure) in figures.bytes().enumerate() {
            if index == whole {
                text.push(*decimal);
            } else if is_grouped && index > 0 && index < whole {
                let behind = whole - index;
                if behind >= 3 && (behind - 3) % size == 0 {
                    text.push(*group);
                }
            }
            text.push(in_digits(figure, *zero));
        }
    }
}

/// An ASCII digit as one of the ten that begin at `zero`.
pub(crate) fn in_digits(figure: u8, zero: char) -> char {
    char::from_u32(zero as u32 + u32::from(figure - b'0')).unwrap_or('0')
}

fn is_sign(character: char) -> bool {
    matches!(character, '$' | '£' | '¥' | '฿' | '\u{20a0}'..='\u{20cf}' | '￥' | '￦')
}
