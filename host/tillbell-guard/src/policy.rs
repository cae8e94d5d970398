use crate::TEXT_BYTES_MAX;

/// The longest text of a message, in characters: ten segments of GSM-7.
pub const TEXT_CHARACTERS_MAX: usize = 1_530;

/// What a platform demands of every text, beyond what the guard always does. A
/// policy can only make the guard stricter.
///
/// The defaults:
/// - `links`: `true`, those that a bundle lists may stand in its texts
/// - `text_bytes_max`: 2,048
/// - `text_characters_max`: 1,530
/// - `segments_max`: 10
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Whether links that a bundle lists may stand in its texts. Where a
    /// regulator forbids links in bank messages (Singapore, 2022): `false`.
    pub links: bool,
    /// The longest text, in bytes.
    pub text_bytes_max: usize,
    /// The longest text, in characters.
    pub text_characters_max: usize,
    /// The most segments, whatever a bundle allows.
    pub segments_max: usize,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            links: true,
            text_bytes_max: TEXT_BYTES_MAX,
            text_characters_max: TEXT_CHARACTERS_MAX,
            segments_max: crate::SEGMENTS_MAX,
        }
    }
}

impl Policy {
    /// For each demand the stricter of both.
    #[must_use]
    pub fn tightened(&self, other: &Self) -> Self {
        Self {
            links: self.links && other.links,
            text_bytes_max: self.text_bytes_max.min(other.text_bytes_max),
            text_characters_max: self.text_characters_max.min(other.text_characters_max),
            segments_max: self.segments_max.min(other.segments_max),
        }
    }
}
