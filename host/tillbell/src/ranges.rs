use std::fmt;

use tillbell_transaction::Bin;

use crate::{Error, ErrorKind, Result};

/// A range of issuer numbers, both ends included, in 8-digit form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BinRange {
    first: u32,
    last: u32,
}

impl BinRange {
    /// Reads `621626` (all cards that begin so), `62162600-62162649`, or
    /// `621600-621699`: 6 or 8 digits, both ends of the same length.
    ///
    /// # Errors
    /// [`ErrorKind::Manifest`] if the text is something else, or the range is
    /// empty.
    pub fn parse(text: &str) -> Result<Self> {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let wrong =
            |why| Error::new(ErrorKind::Manifest, format!("{text:?} is not a BIN range: {why}"));
        let bin = |digits| Bin::parse(digits).map_err(|_| wrong("expected 6 or 8 digits"));
        if first.len() != last.len() {
            return Err(wrong("its ends differ in length"));
        }
        let range = Self {
            first: bin(first)?.eight_digit_range().0,
            last: bin(last)?.eight_digit_range().1,
        };
        if range.first > range.last {
            return Err(wrong("its end comes before its start"));
        }
        Ok(range)
    }

    /// Its first BIN: of 6 digits where all cards with them are within.
    pub fn first(&self) -> Bin {
        let is_whole = self.first.is_multiple_of(100) && self.last - self.first >= 99;
        let digits = match is_whole {
            true => format!("{:06}", self.first / 100),
            false => format!("{:08}", self.first),
        };
        Bin::parse(&digits).expect("six or eight digits")
    }
}

impl fmt::Display for BinRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.first, self.last)
    }
}

/// Which owner a card belongs to, by issuer number.
#[derive(Debug, Clone, Default)]
pub(crate) struct BinTable {
    /// Sorted, without overlap: range and the owner's index.
    rows: Vec<(BinRange, usize)>,
}

impl BinTable {
    /// Adds the ranges of one owner, or says which range is taken by whom.
    pub(crate) fn add(
        &mut self,
        ranges: &[BinRange],
        owner: usize,
    ) -> std::result::Result<(), (BinRange, BinRange, usize)> {
        for range in ranges {
            let at = self.rows.partition_point(|(row, _)| row.last < range.first);
            if let Some((row, other)) = self.rows.get(at)
                && row.first <= range.last
            {
                return Err((*range, *row, *other));
            }
            self.rows.insert(at, (*range, owner));
        }
        Ok(())
    }

    /// The owner of every card that begins with these digits; none where no
    /// range holds them all (six digits of an eight-digit range name no bank).
    pub(crate) fn owner(&self, bin: Bin) -> Option<usize> {
        let (first, last) = bin.eight_digit_range();
        let at = self.rows.partition_point(|(row, _)| row.last < first);
        self.rows
            .get(at)
            .filter(|(row, _)| row.first <= first && last <= row.last)
            .map(|(_, owner)| *owner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &str) -> BinRange {
        BinRange::parse(text).unwrap()
    }

    #[test]
    fn a_card_finds_its_owner() {
        let mut table = BinTable::default();
        table.add(&[range("621626"), range("62055000-62055049")], 0).unwrap();
        table.add(&[range("400000-499999")], 1).unwrap();
        for (bin, owner) in [
            ("62162610", Some(0)),
            ("621626", Some(0)),
            ("62055049", Some(0)),
            ("62055050", None),
            ("620550", None),
            ("424242", Some(1)),
            ("500000", None),
        ] {
            assert_eq!(table.owner(Bin::parse(bin).unwrap()), owner, "{bin}");
        }
    }

    #[test]
    fn overlap_is_told_with_its_owner() {
        let mut table = BinTable::default();
        table.add(&[range("424242")], 0).unwrap();
        for text in ["400000-424242", "42424200", "42424299", "400000-499999"] {
            assert_eq!(table.add(&[range(text)], 1).unwrap_err().2, 0, "{text}");
        }
        table.add(&[range("42424300-42424399"), range("424241")], 1).unwrap();
    }

    #[test]
    fn what_is_no_range_is_refused() {
        for text in ["", "62", "621626-6216", "621627-621626", "6216261", "06216261", "621626-"] {
            assert!(BinRange::parse(text).is_err(), "{text}");
        }
    }
}
