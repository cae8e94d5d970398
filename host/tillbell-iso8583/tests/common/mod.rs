//! Messages in ASCII, field by field.

/// Fields of variable length, and the digits of their length.
const VARIABLE: [(usize, usize); 8] =
    [(2, 2), (32, 2), (35, 2), (36, 3), (45, 2), (54, 3), (55, 3), (56, 2)];

pub(crate) const PAN: &str = "4242424242424242";

/// A message in ASCII, with a length before every variable field.
pub(crate) fn message(mti: &str, fields: &[(usize, &str)]) -> Vec<u8> {
    let mut fields = fields.to_vec();
    fields.sort_unstable();
    let mut bits = fields.iter().fold(0u128, |bits, (number, _)| bits | 1 << (128 - number));
    if fields.iter().any(|(number, _)| *number > 64) {
        bits |= 1 << 127;
    }
    let bitmap = format!("{bits:032X}");
    let mut text = format!("{mti}{}", if bits >> 127 == 1 { &bitmap } else { &bitmap[..16] });
    for (number, value) in fields {
        let digits = VARIABLE.iter().find(|(known, _)| *known == number).map(|(_, digits)| *digits);
        // In 1993, DE43 is variable too.
        let digits = if number == 43 && mti.starts_with('1') { Some(2) } else { digits };
        if let Some(width) = digits {
            text += &format!("{:0width$}", value.len());
        }
        text += value;
    }
    text.into_bytes()
}

/// A response to a purchase of CNY 128.50 at 08:31:05 in Shanghai.
fn purchase() -> Vec<(usize, &'static str)> {
    vec![
        (2, PAN),
        (3, "000000"),
        (4, "000000012850"),
        (7, "1120003105"),
        (11, "000123"),
        (12, "083105"),
        (13, "1120"),
        (18, "5814"),
        (22, "051"),
        (32, "01020000"),
        (37, "632408000123"),
        (38, "654321"),
        (39, "00"),
        (41, "00000312"),
        (42, "898310057340001"),
        (43, "COFFEE LAB               SHANGHAI     CN"),
        (49, "156"),
    ]
}

/// The same with other fields; an empty value takes the field out.
pub(crate) fn with<'a>(changes: &[(usize, &'a str)]) -> Vec<(usize, &'a str)> {
    let mut fields: Vec<(usize, &str)> = purchase();
    for (number, value) in changes {
        fields.retain(|(other, _)| other != number);
        if !value.is_empty() {
            fields.push((*number, value));
        }
    }
    fields
}
