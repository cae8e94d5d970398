//! How characters are written: what a field's bytes are as text.

use encoding_rs::{Encoding, GBK};

/// How the characters of a field are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Charset {
    /// UTF-8, and so ASCII.
    #[default]
    Utf8,
    /// GBK, also where its bytes are valid UTF-8 by chance: 太原.
    Gbk,
    /// ISO 8859-1.
    Latin1,
    /// EBCDIC, by IBM's code page.
    Ebcdic(Page),
    /// GB 18030.
    #[cfg(feature = "more-charsets")]
    Gb18030,
    /// Big5.
    #[cfg(feature = "more-charsets")]
    Big5,
    /// Shift-JIS.
    #[cfg(feature = "more-charsets")]
    ShiftJis,
}

/// A code page of EBCDIC with Latin letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Page {
    /// United States.
    P037,
    /// International.
    P500,
    /// Latin 1, of Unix services.
    P1047,
}

/// The charsets of this build, by the names that dialects give them.
pub(crate) const CHARSETS: &[(&str, Charset)] = &[
    ("utf-8", Charset::Utf8),
    ("gbk", Charset::Gbk),
    ("latin-1", Charset::Latin1),
    ("ebcdic-037", Charset::Ebcdic(Page::P037)),
    ("ebcdic-500", Charset::Ebcdic(Page::P500)),
    ("ebcdic-1047", Charset::Ebcdic(Page::P1047)),
    #[cfg(feature = "more-charsets")]
    ("gb18030", Charset::Gb18030),
    #[cfg(feature = "more-charsets")]
    ("big5", Charset::Big5),
    #[cfg(feature = "more-charsets")]
    ("shift-jis", Charset::ShiftJis),
];

impl Charset {
    pub(crate) fn parse(name: &str) -> Option<Self> {
        CHARSETS.iter().find(|(known, _)| *known == name).map(|(_, charset)| *charset)
    }

    /// The names of those of this build.
    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        CHARSETS.iter().map(|(name, _)| *name)
    }

    /// A byte as ASCII, where it is a character of its own; other bytes are 0.
    pub(crate) fn ascii(self, byte: u8) -> u8 {
        let character = match self {
            Self::Ebcdic(page) => page.latin1(byte),
            _ => byte,
        };
        if character.is_ascii() { character } else { 0 }
    }

    /// Whether each byte is a character, or at least none is half an ASCII one.
    pub(crate) fn is_single_byte(self) -> bool {
        matches!(self, Self::Utf8 | Self::Latin1 | Self::Ebcdic(_))
    }

    /// A text without the blanks and NULs around it; none where some byte is no character
    /// of it. A character that is cut at the very end is left out.
    pub(crate) fn decode(self, bytes: &[u8]) -> Option<String> {
        let space = if matches!(self, Self::Ebcdic(_)) { 0x40 } else { b' ' };
        let is_blank = |byte: &u8| *byte == space || *byte == 0;
        let end = bytes.iter().rposition(|byte| !is_blank(byte)).map_or(0, |at| at + 1);
        // What is filled up with blanks was not cut.
        let may_be_cut = end == bytes.len();
        let bytes = &bytes[..end];
        let text = match self {
            Self::Utf8 => match std::str::from_utf8(bytes) {
                Ok(text) => text.to_owned(),
                Err(error) if error.error_len().is_none() && may_be_cut => {
                    std::str::from_utf8(&bytes[..error.valid_up_to()]).ok()?.to_owned()
                }
                Err(_) => return None,
            },
            Self::Latin1 => bytes.iter().map(|byte| char::from(*byte)).collect(),
            Self::Ebcdic(page) => bytes.iter().map(|byte| char::from(page.latin1(*byte))).collect(),
            Self::Gbk => multibyte(GBK, bytes, may_be_cut, false)?,
            #[cfg(feature = "more-charsets")]
            Self::Gb18030 => multibyte(encoding_rs::GB18030, bytes, may_be_cut, true)?,
            #[cfg(feature = "more-charsets")]
            Self::Big5 => multibyte(encoding_rs::BIG5, bytes, may_be_cut, false)?,
            #[cfg(feature = "more-charsets")]
            Self::ShiftJis => multibyte(encoding_rs::SHIFT_JIS, bytes, may_be_cut, false)?,
        };
        let text = text.trim();
        let is_no_text = |character: char| character.is_control() || character == '\u{fffd}';
        (!text.chars().any(is_no_text)).then(|| text.to_owned())
    }
}

/// Decodes what may end in a part of a character: its first byte, and in GB 18030 up to
/// three of four.
fn multibyte(
    encoding: &'static Encoding,
    bytes: &[u8],
    may_be_cut: bool,
    has_four: bool,
) -> Option<String> {
    let whole = |bytes: &[u8]| {
        let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
        Some(text.into_owned())
    };
    let is_lead = |byte: &u8| matches!(byte, 0x81..=0xfe);
    let cut = |length: usize| {
        let (rest, tail) = bytes.split_at(bytes.len() - length);
        let is_part = match tail {
            [] => true,
            [lead] => is_lead(lead),
            [lead, digit] => has_four && is_lead(lead) && digit.is_ascii_digit(),
            [lead, digit, third] => {
                has_four && is_lead(lead) && digit.is_ascii_digit() && is_lead(third)
            }
            _ => false,
        };
        is_part.then(|| whole(rest)).flatten()
    };
    let longest = if may_be_cut { 3.min(bytes.len()) } else { 0 };
    (0..=longest).find_map(cut)
}

impl Page {
    /// The character, by ISO 8859-1: each page is one of its orders.
    fn latin1(self, byte: u8) -> u8 {
        match (self, byte) {
            (Self::P500, 0x4a) => b'[',
            (Self::P500, 0x4f) => b'!',
            (Self::P500, 0x5a) => b']',
            (Self::P500 | Self::P1047, 0x5f) => b'^',
            (Self::P500, 0xb0) => 0xa2,
            (Self::P500, 0xba) => 0xac,
            (Self::P500, 0xbb) => b'|',
            (Self::P1047, 0xad) => b'[',
            (Self::P1047, 0xb0) => 0xac,
            (Self::P1047, 0xba) => 0xdd,
            (Self::P1047, 0xbb) => 0xa8,
            (Self::P1047, 0xbd) => b']',
            _ => P037[usize::from(byte)],
        }
    }
}

/// Code page 37, by ISO 8859-1.
#[rustfmt::skip]
const P037: [u8; 256] = [
    0x00, 0x01, 0x02, 0x03, 0x9c, 0x09, 0x86, 0x7f, 0x97, 0x8d, 0x8e, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f,
    0x10, 0x11, 0x12, 0x13, 0x9d, 0x85, 0x08, 0x87, 0x18, 0x19, 0x92, 0x8f, 0x1c, 0x1d, 0x1e, 0x1f,
    0x80, 0x81, 0x82, 0x83, 0x84, 0x0a, 0x17, 0x1b, 0x88, 0x89, 0x8a, 0x8b, 0x8c, 0x05, 0x06, 0x07,
    0x90, 0x91, 0x16, 0x93, 0x94, 0x95, 0x96, 0x04, 0x98, 0x99, 0x9a, 0x9b, 0x14, 0x15, 0x9e, 0x1a,
    0x20, 0xa0, 0xe2, 0xe4, 0xe0, 0xe1, 0xe3, 0xe5, 0xe7, 0xf1, 0xa2, 0x2e, 0x3c, 0x28, 0x2b, 0x7c,
    0x26, 0xe9, 0xea, 0xeb, 0xe8, 0xed, 0xee, 0xef, 0xec, 0xdf, 0x21, 0x24, 0x2a, 0x29, 0x3b, 0xac,
    0x2d, 0x2f, 0xc2, 0xc4, 0xc0, 0xc1, 0xc3, 0xc5, 0xc7, 0xd1, 0xa6, 0x2c, 0x25, 0x5f, 0x3e, 0x3f,
    0xf8, 0xc9, 0xca, 0xcb, 0xc8, 0xcd, 0xce, 0xcf, 0xcc, 0x60, 0x3a, 0x23, 0x40, 0x27, 0x3d, 0x22,
    0xd8, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0xab, 0xbb, 0xf0, 0xfd, 0xfe, 0xb1,
    0xb0, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f, 0x70, 0x71, 0x72, 0xaa, 0xba, 0xe6, 0xb8, 0xc6, 0xa4,
    0xb5, 0x7e, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0xa1, 0xbf, 0xd0, 0xdd, 0xde, 0xae,
    0x5e, 0xa3, 0xa5, 0xb7, 0xa9, 0xa7, 0xb6, 0xbc, 0xbd, 0xbe, 0x5b, 0x5d, 0xaf, 0xa8, 0xb4, 0xd7,
    0x7b, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0xad, 0xf4, 0xf6, 0xf2, 0xf3, 0xf5,
    0x7d, 0x4a, 0x4b, 0x4c, 0x4d, 0x4e, 0x4f, 0x50, 0x51, 0x52, 0xb9, 0xfb, 0xfc, 0xf9, 0xfa, 0xff,
    0x5c, 0xf7, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0xb2, 0xd4, 0xd6, 0xd2, 0xd3, 0xd5,
    0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0xb3, 0xdb, 0xdc, 0xd9, 0xda, 0x9f,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gbk_is_gbk_where_it_is_utf_8_too() {
        for (bytes, text) in [
            (&b"\xcc\xab\xd4\xad"[..], "太原"),
            (b"\xc8\xab\xca\xb1", "全时"),
            (b"\xcc\xa9\xc9\xbd", "泰山"),
            (b"\xd0\xa1\xc2\xa5   \0", "小楼"),
        ] {
            assert_eq!(Charset::Gbk.decode(bytes).as_deref(), Some(text));
        }
    }

    #[test]
    fn a_cut_character_is_left_out_and_a_wrong_one_leaves_nothing() {
        let utf_8 = "咖啡".as_bytes();
        assert_eq!(Charset::Utf8.decode(&utf_8[..5]).as_deref(), Some("咖"));
        assert_eq!(Charset::Utf8.decode(b"\xbf\xa7 LAB"), None);
        assert_eq!(Charset::Gbk.decode(b"\xbf\xa7\xb7").as_deref(), Some("咖"));
        assert_eq!(Charset::Gbk.decode(b"\xff\xff LAB"), None);
        assert_eq!(Charset::Latin1.decode(b"CAF\xc9  ").as_deref(), Some("CAFÉ"));
        assert_eq!(Charset::Latin1.decode(b"A\x01B"), None);
        // Filled up with blanks it was not cut; a wrong byte before the end is no cut.
        assert_eq!(Charset::Gbk.decode(b"Caf\xe9 X  "), None);
        assert_eq!(Charset::Gbk.decode(b"Shop\xffAB"), None);
        assert_eq!(Charset::Utf8.decode(b"Caf\xe9   "), None);
        assert_eq!(Charset::Utf8.decode("A\u{fffd}B".as_bytes()), None);
        assert_eq!(Charset::Utf8.decode(b"   \0").as_deref(), Some(""));
    }

    #[test]
    fn ebcdic_is_read_by_its_page() {
        let name = b"\xc3\xd6\xc6\xc6\xc5\xc5\x40\xd3\xc1\xc2\x40\x40";
        for page in [Page::P037, Page::P500, Page::P1047] {
            assert_eq!(Charset::Ebcdic(page).decode(name).as_deref(), Some("COFFEE LAB"));
            // Each is an order of the same characters.
            let mut all: Vec<u8> = (0..=255).map(|byte| page.latin1(byte)).collect();
            all.sort_unstable();
            assert!(all.iter().copied().eq(0..=255));
        }
        assert_eq!(Charset::Ebcdic(Page::P500).ascii(0x4a), b'[');
        assert_eq!(Charset::Ebcdic(Page::P037).ascii(0xf7), b'7');
    }

    #[cfg(feature = "more-charsets")]
    #[test]
    fn more_of_east_asia() {
        assert_eq!(Charset::Big5.decode(b"\xb4\xe4").as_deref(), Some("港"));
        assert_eq!(Charset::ShiftJis.decode(b"\x93\x8c\x8b\x9e").as_deref(), Some("東京"));
        assert_eq!(Charset::Gb18030.decode(b"\xcc\xab\x81\x39").as_deref(), Some("太"));
    }
}
