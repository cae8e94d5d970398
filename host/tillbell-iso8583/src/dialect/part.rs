//! A part of a field, as dialects name it.

use std::fmt;

use super::{ALWAYS_DROPPED, FIELDS};

/// Tags within one another, at the most.
const TAGS_MAX: usize = 4;
/// The longest tag: four bytes in hex.
const TAG_CHARACTERS_MAX: usize = 8;
/// The longest part by position, in characters.
const CHARACTERS_MAX: usize = 999;

/// How a field is made of elements with tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Divided {
    /// A tag and a length of so many characters each, then the value.
    Characters { tag: u8, length: u8 },
    /// BER-TLV (ISO 8825-1), as chip data has it.
    Ber,
}

impl Divided {
    /// Reads `tlv:2+3` and `ber`; none where it is neither.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        if word == "ber" {
            return Some(Self::Ber);
        }
        let (tag, length) = word.strip_prefix("tlv:")?.split_once('+')?;
        match (tag.parse(), length.parse()) {
            (Ok(tag @ 1..=8), Ok(length @ 1..=4)) => Some(Self::Characters { tag, length }),
            _ => None,
        }
    }
}

/// A field, or a part of it: `48`, `48/F2`, `48/F2[0,12]`, `60[2,3]`, `104/70/9F02 hex`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FieldPart {
    pub(crate) field: usize,
    /// Each within the one before.
    pub(crate) tags: Vec<String>,
    /// First character and how many, counted from 0.
    pub(crate) place: Option<(usize, usize)>,
    /// Whether bytes are read as hex digits, and not as text: what is packed too.
    pub(crate) is_hex: bool,
}

impl FieldPart {
    /// Reads what a dialect says.
    ///
    /// # Errors
    /// In words, of what is not so written or may not be opened.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let expected = || {
            "expected a field, and what part of it, such as 48, 48/F2, 60[2,3] or 104/9F02 hex"
                .to_owned()
        };
        let (text, is_hex) = match text.strip_suffix(" hex") {
            Some(text) => (text, true),
            None => (text, false),
        };
        let (text, place) = match text.strip_suffix(']').map(|text| text.split_once('[')) {
            None => (text, None),
            Some(None) => return Err(expected()),
            Some(Some((text, place))) => {
                let (start, length) = place.split_once(',').ok_or_else(expected)?;
                match (start.parse(), length.parse()) {
                    (Ok(start @ 0..=CHARACTERS_MAX), Ok(length @ 1..=CHARACTERS_MAX)) => {
                        (text, Some((start, length)))
                    }
                    _ => return Err(expected()),
                }
            }
        };
        let mut parts = text.split('/');
        let field = match parts.next().map(str::parse) {
            Some(Ok(field @ 2..FIELDS)) if field != 65 => field,
            _ => return Err(expected()),
        };
        let is_tag = |tag: &str| {
            (1..=TAG_CHARACTERS_MAX).contains(&tag.len())
                && tag.bytes().all(|b| b.is_ascii_graphic())
        };
        let tags: Vec<String> = parts.map(str::to_owned).collect();
        if tags.len() > TAGS_MAX || !tags.iter().all(|tag| is_tag(tag)) {
            return Err(expected());
        }
        if field == 2 || ALWAYS_DROPPED.contains(&field) {
            return Err("a field that is never opened for its parts".into());
        }
        Ok(Self { field, tags, place, is_hex })
    }

    /// Whether it is the whole field.
    pub(crate) fn is_whole(&self) -> bool {
        self.tags.is_empty() && self.place.is_none() && !self.is_hex
    }

    /// The place within what was found; none where it is too short.
    pub(crate) fn of<'a>(&self, found: &'a [u8]) -> Option<&'a [u8]> {
        match self.place {
            None => Some(found),
            Some((start, length)) => found.get(start..start + length),
        }
    }
}

/// As errors name it: `DE48/F2`.
impl fmt::Display for FieldPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DE{}", self.field)?;
        for tag in &self.tags {
            write!(f, "/{tag}")?;
        }
        match self.place {
            Some((start, length)) => write!(f, "[{start},{length}]"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_a_field_its_tags_and_a_place() {
        let part = FieldPart::parse("104/70/9F02[2,4] hex").unwrap();
        assert_eq!((part.field, part.tags.len(), part.place), (104, 2, Some((2, 4))));
        assert!(part.is_hex && !part.is_whole());
        assert_eq!(part.to_string(), "DE104/70/9F02[2,4]");
        assert!(FieldPart::parse("48").unwrap().is_whole());
        for wrong in [
            "",
            "48/",
            "1",
            "65",
            "129",
            "48[2]",
            "48[1,0]",
            "48[1,2",
            "x",
            "48/a/b/c/d/e",
            "2",
            "55/9F02",
            "48/123456789",
            "48 bcd",
            "48//1",
        ] {
            assert!(FieldPart::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_field_is_divided_by_characters_or_as_ber() {
        assert_eq!(Divided::parse("tlv:2+3"), Some(Divided::Characters { tag: 2, length: 3 }));
        assert_eq!(Divided::parse("ber"), Some(Divided::Ber));
        for wrong in ["tlv", "tlv:2", "tlv:0+2", "tlv:2+5", "tlv:9+2", "bertlv"] {
            assert_eq!(Divided::parse(wrong), None, "{wrong}");
        }
    }
}
