//! Segments: put together again they are the text, each is at most 140 octets,
//! and none ends inside an escape or surrogate pair.

use tillbell_sms::{Encoding, Reference, SEGMENTS_MAX, Segment, count, split};

use super::lines_of;

/// The most octets of a segment.
const OCTETS_MAX: usize = 140;
const ESCAPE: u8 = 0x1b;

/// # Panics
/// If a text is not split as it must be.
pub fn holds(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let seed = input.first().copied().unwrap_or_default();
    for reference in [Reference::Bits8(seed), Reference::Bits16(u16::from(seed) << 8 | 7)] {
        let counted = count(&text);
        match split(&text, reference) {
            Ok(segments) => {
                check(&text, reference, &segments);
                if matches!(reference, Reference::Bits8(_)) || segments.len() == 1 {
                    assert_eq!(segments.len(), counted.segments);
                }
            }
            Err(error) => assert!(error.segments > SEGMENTS_MAX),
        }
    }
}

fn check(text: &str, reference: Reference, segments: &[Segment<'_>]) {
    let whole: String = segments.iter().map(|segment| segment.text).collect();
    assert_eq!(whole, text);
    for (index, segment) in segments.iter().enumerate() {
        let octets = segment.user_data();
        assert!(octets.len() <= OCTETS_MAX, "{} octets", octets.len());
        let expected = header(reference, segments.len(), index + 1);
        let header = if segments.len() == 1 { &[][..] } else { &expected };
        let body = octets.strip_prefix(header).expect("the header stands first");
        match segment.encoding {
            Encoding::Gsm7 => gsm(segment, &octets, header.len()),
            Encoding::Ucs2 => ucs(segment, body),
        }
    }
}

fn header(reference: Reference, total: usize, number: usize) -> Vec<u8> {
    let (total, number) =
        (u8::try_from(total).expect("≤ 255"), u8::try_from(number).expect("≤ 255"));
    match reference {
        Reference::Bits8(reference) => vec![5, 0, 3, reference, total, number],
        Reference::Bits16(reference) => {
            let [high, low] = reference.to_be_bytes();
            vec![6, 8, 4, high, low, total, number]
        }
    }
}

fn ucs(segment: &Segment<'_>, body: &[u8]) {
    let units: Vec<u16> =
        body.chunks(2).map(|pair| u16::from(pair[0]) << 8 | u16::from(pair[1])).collect();
    // A lone surrogate is an error here.
    let decoded = String::from_utf16(&units).expect("whole characters");
    assert_eq!(decoded, segment.text);
}

/// Unpacks bit by bit, unlike the code under test.
fn gsm(segment: &Segment<'_>, octets: &[u8], header: usize) {
    let bits: Vec<u8> =
        octets.iter().flat_map(|octet| (0..8).map(move |bit| octet >> bit & 1)).collect();
    let first = (header * 8).div_ceil(7) * 7;
    let septets = segment.septets();
    for (index, septet) in septets.iter().enumerate() {
        let at = first + index * 7;
        let read = (0..7).fold(0, |value, bit| value | bits[at + bit] << bit);
        assert_eq!(read, *septet, "septet {index}");
    }
    assert_ne!(septets.last(), Some(&ESCAPE), "an escape pair is split");
    let escapes = septets.iter().filter(|septet| **septet == ESCAPE).count();
    assert_eq!(septets.len() - escapes, segment.text.chars().count());
}

/// Messages of the examples, and the places where one cuts.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> = lines_of("examples/expected/day.txt")
        .into_iter()
        .filter(|line| line.starts_with(b"    "))
        .step_by(9)
        .collect();
    seeds.extend(
        [
            format!("{}€{}", "x".repeat(152), "y".repeat(10)),
            format!("{}😀{}", "消".repeat(66), "费".repeat(10)),
            "[]{}^~\\|€\u{c}".repeat(20),
            "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ".repeat(6),
            "a\u{1b}b".into(),
            "x".repeat(153 * 255 + 1),
        ]
        .map(String::into_bytes),
    );
    seeds
}
