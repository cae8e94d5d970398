//! How DE43 is divided.

/// Parts of DE43, one behind the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Layout(pub(crate) Vec<(Part, Ends)>);

/// What a part of DE43 is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Name,
    City,
    /// Letters of two or three, or a number.
    Country,
    /// Nothing that is read: a street, a postal code, a gap.
    Other,
}

/// Where a part ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ends {
    /// After this many bytes.
    After(usize),
    /// At the next backslash, or the end.
    AtBackslash,
}

/// The most parts of a layout.
const PARTS_MAX: usize = 12;
/// The longest DE43.
const BYTES_MAX: usize = 999;

impl Layout {
    /// Name, city and country of these lengths.
    pub(crate) fn of_lengths(name: usize, city: usize, country: usize) -> Self {
        let after = |part, length| (part, Ends::After(length));
        Self(vec![after(Part::Name, name), after(Part::City, city), after(Part::Country, country)])
    }

    /// Reads `name 22, gap 1, city 13, gap 1, country 3`; where `is_separated`, parts without
    /// a length end at a backslash.
    pub(crate) fn parse(text: &str, is_separated: bool) -> Result<Self, String> {
        let mut parts = Vec::new();
        for item in text.split(',') {
            let mut words = item.split_whitespace();
            let part = match words.next() {
                Some("name") => Part::Name,
                Some("city") => Part::City,
                Some("country") => Part::Country,
                Some("street" | "postcode" | "region" | "gap") => Part::Other,
                _ => {
                    return Err("expected name, city, country, street, postcode, region or gap, \
                                and how many bytes"
                        .into());
                }
            };
            let ends = match (words.next().map(str::parse), is_separated) {
                (Some(Ok(length @ 1..=BYTES_MAX)), _) => Ends::After(length),
                (None, true) => Ends::AtBackslash,
                _ => return Err(format!("expected 1 to {BYTES_MAX} bytes behind each part")),
            };
            if words.next().is_some() {
                return Err("expected a comma between two parts".into());
            }
            if part != Part::Other && parts.iter().any(|(other, _)| *other == part) {
                return Err("a part that stands there twice".into());
            }
            parts.push((part, ends));
        }
        if parts.len() > PARTS_MAX {
            return Err(format!("over {PARTS_MAX} parts"));
        }
        Ok(Self(parts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layout_is_parts_and_lengths() {
        let layout = Layout::parse("name 22, gap 1, city 13, gap 1, country 3", false).unwrap();
        assert_eq!(layout.0.len(), 5);
        assert_eq!(layout.0[1], (Part::Other, Ends::After(1)));
        let layout = Layout::parse("name, street, city, postcode 10, country 3", true).unwrap();
        assert_eq!(layout.0[2], (Part::City, Ends::AtBackslash));
        for wrong in ["", "name", "name 0", "name 25 city 13", "name 5, name 5", "shop 25"] {
            assert!(Layout::parse(wrong, false).is_err(), "{wrong}");
        }
    }
}
