use super::*;
use crate::alphabet::{BASIC, EXTENSION};

fn counted(text: &str) -> (Encoding, usize, usize) {
    let count = count(text);
    (count.encoding, count.segments, count.units)
}

#[test]
fn limits_are_those_of_the_standard() {
    use Encoding::{Gsm7, Ucs2};
    for (text, expected) in [
        (String::new(), (Gsm7, 1, 0)),
        ("a".repeat(160), (Gsm7, 1, 160)),
        ("a".repeat(161), (Gsm7, 2, 161)),
        ("a".repeat(306), (Gsm7, 2, 306)),
        ("a".repeat(307), (Gsm7, 3, 307)),
        ("€".repeat(80), (Gsm7, 1, 160)),
        // 76 pairs fit into 153 septets: the escape is not left behind.
        ("€".repeat(153), (Gsm7, 3, 306)),
        ("元".repeat(70), (Ucs2, 1, 70)),
        ("元".repeat(71), (Ucs2, 2, 71)),
        ("元".repeat(134), (Ucs2, 2, 134)),
        ("元".repeat(135), (Ucs2, 3, 135)),
        ("😀".repeat(35), (Ucs2, 1, 70)),
        // 33 surrogate pairs fit into 67 units.
        ("😀".repeat(67), (Ucs2, 3, 134)),
        ("¥100".into(), (Gsm7, 1, 4)),
        ("￥100".into(), (Ucs2, 1, 4)),
        ("^{}\\[~]|€\u{c}".into(), (Gsm7, 1, 20)),
        ("`".into(), (Ucs2, 1, 1)),
        ("ç".into(), (Ucs2, 1, 1)),
    ] {
        assert_eq!(counted(&text), expected, "{text:.20}");
    }
}

#[test]
fn the_whole_alphabet_is_in_it() {
    let basic: String = BASIC.iter().filter(|character| **character != '\x1b').collect();
    assert_eq!(counted(&basic), (Encoding::Gsm7, 1, 127));
    assert_eq!(EXTENSION.len(), 10);
    let other = ('\0'..='\u{ffff}')
        .filter(|c| !BASIC.contains(c) && !EXTENSION.iter().any(|(_, other)| other == c));
    for character in other {
        assert_eq!(count(&character.to_string()).encoding, Encoding::Ucs2, "{character:?}");
    }
    assert_eq!(count("\x1b").encoding, Encoding::Ucs2);
}

/// Vectors published with 3GPP TS 23.038 implementations.
#[test]
fn packing_follows_published_vectors() {
    for (text, hex) in [
        ("hellohello", "E8329BFD4697D9EC37"),
        ("hello", "E8329BFD06"),
        ("1234567", "31D98C56B3DD00"),
        ("12345678", "31D98C56B3DD70"),
    ] {
        let segments = split(text, Reference::Bits8(1)).unwrap();
        let octets: String =
            segments[0].user_data().iter().map(|octet| format!("{octet:02X}")).collect();
        assert_eq!(octets, hex, "{text}");
    }
}

#[test]
fn a_header_names_reference_total_and_number() {
    let text = "a".repeat(200);
    let segments = split(&text, Reference::Bits8(0xcc)).unwrap();
    assert_eq!(segments[1].header, [5, 0, 3, 0xcc, 2, 2]);
    // One fill bit: 6 octets are 48 bits, the text begins at bit 49.
    assert_eq!(segments[0].user_data()[6], b'a' << 1);
    let segments = split(&text, Reference::Bits16(0x1234)).unwrap();
    assert_eq!(segments[0].header, [6, 8, 4, 0x12, 0x34, 2, 1]);
    assert!(split(&"a".repeat(153 * 255), Reference::Bits8(0)).is_ok());
    assert_eq!(split(&"a".repeat(153 * 255 + 1), Reference::Bits8(0)).unwrap_err().segments, 256);
}

/// Texts of every mixture of widths: parts reassemble, fit, and cut no pair.
#[test]
fn parts_reassemble_and_fit() {
    let palettes = [&['a', '€'][..], &['元', '😀'], &['a', '元', '😀', '€', '\n']];
    let mut state = 0x2545_f491_4f6c_dd1du64;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    for round in 0..3_000 {
        let palette = palettes[round % palettes.len()];
        let length = random(700);
        let text: String = (0..length).map(|_| palette[random(palette.len())]).collect();
        for reference in [Reference::Bits8(7), Reference::Bits16(7)] {
            let segments = split(&text, reference).unwrap();
            let whole: String = segments.iter().map(|segment| segment.text).collect();
            assert_eq!(whole, text);
            for segment in &segments {
                assert!(segment.user_data().len() <= 140);
                assert_eq!(segment.encoding, count(&text).encoding);
            }
            if let Reference::Bits8(_) = reference {
                assert_eq!(segments.len(), count(&text).segments);
            }
        }
    }
}
