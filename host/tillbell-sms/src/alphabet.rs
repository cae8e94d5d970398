//! The GSM 7-bit default alphabet and its extension table, 3GPP TS 23.038
//! sections 6.2.1 and 6.2.1.1.

/// The character of each septet; 0x1b is the escape.
pub(crate) const BASIC: [char; 128] = [
    '@', '£', '$', '¥', 'è', 'é', 'ù', 'ì', 'ò', 'Ç', '\n', 'Ø', 'ø', '\r', 'Å', 'å', //
    'Δ', '_', 'Φ', 'Γ', 'Λ', 'Ω', 'Π', 'Ψ', 'Σ', 'Θ', 'Ξ', '\x1b', 'Æ', 'æ', 'ß', 'É', //
    ' ', '!', '"', '#', '¤', '%', '&', '\'', '(', ')', '*', '+', ',', '-', '.', '/', //
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', ':', ';', '<', '=', '>', '?', //
    '¡', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O', //
    'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z', 'Ä', 'Ö', 'Ñ', 'Ü', '§', //
    '¿', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', //
    'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', 'ä', 'ö', 'ñ', 'ü', 'à', //
];

/// What stands behind an escape.
pub(crate) const EXTENSION: [(u8, char); 10] = [
    (0x0a, '\u{c}'),
    (0x14, '^'),
    (0x28, '{'),
    (0x29, '}'),
    (0x2f, '\\'),
    (0x3c, '['),
    (0x3d, '~'),
    (0x3e, ']'),
    (0x40, '|'),
    (0x65, '€'),
];

/// The septet before a character of the extension table.
pub(crate) const ESCAPE: u8 = 0x1b;

/// Where a character stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Basic(u8),
    Extension(u8),
}

/// The place of a character in the alphabet; none where it has none.
pub(crate) fn place(character: char) -> Option<Place> {
    match character {
        // Where the alphabet agrees with ASCII.
        ' '..='#' | '%'..='?' | 'A'..='Z' | 'a'..='z' | '\n' | '\r' => {
            Some(Place::Basic(character as u8))
        }
        '\x1b' => None,
        _ => {
            if let Some((code, _)) = EXTENSION.iter().find(|(_, other)| *other == character) {
                return Some(Place::Extension(*code));
            }
            // Latin, Greek and the pound: nothing above U+03A9 but the euro.
            if character as u32 > 0x3a9 {
                return None;
            }
            let code = BASIC.iter().position(|other| *other == character)?;
            u8::try_from(code).ok().map(Place::Basic)
        }
    }
}

/// How many septets a character takes; none where it is not in the alphabet.
pub(crate) fn septets(character: char) -> Option<usize> {
    place(character).map(|place| match place {
        Place::Basic(_) => 1,
        Place::Extension(_) => 2,
    })
}
