//! Characters as bytes, from small tables of our own: the crate's are not asked.

/// A character set of a wire.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Charset {
    Utf8,
    Ebcdic037,
    Gbk,
}

/// EBCDIC code page 037 beside letters and digits.
const EBCDIC_037: [(char, u8); 57] = [
    ('É', 0x71),
    ('é', 0x51),
    ('Ü', 0xFC),
    ('ü', 0xDC),
    ('Ö', 0xEC),
    ('ö', 0xCC),
    ('Ä', 0x63),
    ('ä', 0x43),
    ('Ñ', 0x69),
    ('ñ', 0x49),
    ('Ç', 0x68),
    ('ç', 0x48),
    ('à', 0x44),
    ('è', 0x54),
    ('ê', 0x52),
    ('Å', 0x67),
    ('å', 0x47),
    ('Ø', 0x80),
    ('ø', 0x70),
    ('ß', 0x59),
    ('á', 0x45),
    ('Á', 0x65),
    ('Ê', 0x72),
    ('.', 0x4B),
    ('<', 0x4C),
    ('(', 0x4D),
    ('+', 0x4E),
    ('|', 0x4F),
    ('&', 0x50),
    ('!', 0x5A),
    ('$', 0x5B),
    ('*', 0x5C),
    (')', 0x5D),
    (';', 0x5E),
    ('-', 0x60),
    ('/', 0x61),
    (',', 0x6B),
    ('%', 0x6C),
    ('_', 0x6D),
    ('>', 0x6E),
    ('?', 0x6F),
    (':', 0x7A),
    ('#', 0x7B),
    ('@', 0x7C),
    ('\'', 0x7D),
    ('=', 0x7E),
    ('"', 0x7F),
    ('~', 0xA1),
    ('^', 0xB0),
    ('[', 0xBA),
    (']', 0xBB),
    ('{', 0xC0),
    ('}', 0xD0),
    ('\\', 0xE0),
    (' ', 0x40),
    ('`', 0x79),
    ('¢', 0x4A),
];

/// GBK, of the characters of `facts::CHINESE`.
const GBK: [(char, u16); 18] = [
    ('上', 0xC9CF),
    ('京', 0xBEA9),
    ('北', 0xB1B1),
    ('南', 0xC4CF),
    ('咖', 0xBFA7),
    ('啡', 0xB7C8),
    ('大', 0xB4F3),
    ('小', 0xD0A1),
    ('州', 0xD6DD),
    ('市', 0xCAD0),
    ('广', 0xB9E3),
    ('店', 0xB5EA),
    ('房', 0xB7BF),
    ('海', 0xBAA3),
    ('茶', 0xB2E8),
    ('药', 0xD2A9),
    ('超', 0xB3AC),
    ('酒', 0xBEC6),
];

impl Charset {
    pub(crate) fn encode(self, text: &str) -> Vec<u8> {
        match self {
            Self::Utf8 => text.as_bytes().to_vec(),
            Self::Ebcdic037 => text.chars().map(ebcdic_037).collect(),
            Self::Gbk => text.chars().flat_map(gbk).collect(),
        }
    }
}

/// Letters stand in three rows of nine, digits in the last.
fn ebcdic_037(character: char) -> u8 {
    match character {
        'a'..='i' => 0x81 + (character as u8 - b'a'),
        'j'..='r' => 0x91 + (character as u8 - b'j'),
        's'..='z' => 0xA2 + (character as u8 - b's'),
        'A'..='I' => 0xC1 + (character as u8 - b'A'),
        'J'..='R' => 0xD1 + (character as u8 - b'J'),
        'S'..='Z' => 0xE2 + (character as u8 - b'S'),
        '0'..='9' => 0xF0 + (character as u8 - b'0'),
        other => EBCDIC_037.iter().find(|row| row.0 == other).expect("in the table").1,
    }
}

fn gbk(character: char) -> Vec<u8> {
    match character {
        ascii if ascii.is_ascii() => vec![ascii as u8],
        other => {
            let code = GBK.iter().find(|row| row.0 == other).expect("in the table").1;
            code.to_be_bytes().to_vec()
        }
    }
}
