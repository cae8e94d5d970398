//! A condition without what stands between quotes: operators and names.

/// The bytes that stand in no text between quotes, and where.
pub(crate) fn bytes(source: &str) -> impl Iterator<Item = (usize, u8)> {
    let (mut quote, mut is_escaped) = (None, false);
    source.bytes().enumerate().filter(move |(_, sign)| match quote {
        Some(open) => {
            if is_escaped {
                is_escaped = false;
            } else if *sign == b'\\' {
                is_escaped = true;
            } else if *sign == open {
                quote = None;
            }
            false
        }
        None if matches!(sign, b'"' | b'\'') => {
            quote = Some(*sign);
            false
        }
        None => true,
    })
}

/// The names in a condition, such as `cardholder.quiet`, in its order.
pub(crate) fn names(source: &str) -> Vec<&str> {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.');
    let mut names = Vec::new();
    let mut open: Option<(usize, usize)> = None;
    for (at, _) in bytes(source).filter(|(_, byte)| is_name(*byte)) {
        match &mut open {
            Some((_, end)) if *end == at => *end = at + 1,
            _ => {
                names.extend(open.map(|(start, end)| &source[start..end]));
                open = Some((at, at + 1));
            }
        }
    }
    names.extend(open.map(|(start, end)| &source[start..end]));
    names
}

/// How CEL writes what people write in another way; for a condition that is none.
pub(crate) fn slip(source: &str) -> Option<&'static str> {
    if source.contains(['“', '”', '‘', '’', '„', '«', '»', '＂']) {
        return Some("texts stand in straight quotes, \"…\"");
    }
    let mut before = b' ';
    let mut signs = bytes(source).peekable();
    while let Some((at, sign)) = signs.next() {
        let next = signs.peek().filter(|(next, _)| *next == at + 1).map(|(_, next)| *next);
        let is_alone = sign == b'=' && next != Some(b'=') && !b"=!<>".contains(&before);
        if is_alone {
            return Some("what is equal is compared by ==");
        }
        if sign == b'<' && next == Some(b'>') {
            return Some("what differs is compared by !=");
        }
        if (sign == b'&' || sign == b'|') && next != Some(sign) && before != sign {
            return Some("conditions are joined by && and ||");
        }
        before = sign;
    }
    names(source).into_iter().find_map(|name| match name.to_ascii_lowercase().as_str() {
        "and" => Some("and is written &&"),
        "or" => Some("or is written ||"),
        "not" => Some("not is written !"),
        "is" => Some("what is equal is compared by =="),
        _ => None,
    })
}

/// The name that was probably meant: one or two letters away.
pub(crate) fn meant<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let all = known.map(|known| (distance(name, known), known));
    all.filter(|(distance, _)| *distance <= 2)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

/// How many letters are to be changed, added or left out; bounded by the longest name.
fn distance(one: &str, other: &str) -> usize {
    const LETTERS_MAX: usize = 64;
    let (one, other) = (one.as_bytes(), other.as_bytes());
    if one.len().max(other.len()) > LETTERS_MAX {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, letter) in one.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], index + 1);
        for (at, own) in other.iter().enumerate() {
            let changed = diagonal + usize::from(letter != own);
            diagonal = row[at + 1];
            row[at + 1] = changed.min(row[at] + 1).min(diagonal + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_outside_of_quotes() {
        let source = "kind == \"and\" && cardholder.quiet || bin.startsWith('6')";
        assert_eq!(names(source), ["kind", "cardholder.quiet", "bin.startsWith"]);
    }

    #[test]
    fn a_slip_is_told_by_how_it_is_written() {
        for (source, expected) in [
            ("kind = \"purchase\"", Some("what is equal is compared by ==")),
            ("a and b", Some("and is written &&")),
            ("not a", Some("not is written !")),
            ("a & b", Some("conditions are joined by && and ||")),
            ("a <> b", Some("what differs is compared by !=")),
            ("kind == “purchase”", Some("texts stand in straight quotes, \"…\"")),
            ("kind == \"a = b and c\"", None),
            ("a == b && c != d && e <= f && g >= h", None),
        ] {
            assert_eq!(slip(source), expected, "{source}");
        }
    }

    #[test]
    fn what_was_meant_is_near() {
        let known = || ["amount", "kind", "country"].into_iter();
        assert_eq!(meant("amout", known()), Some("amount"));
        assert_eq!(meant("contry", known()), Some("country"));
        assert_eq!(meant("elephant", known()), None);
    }
}
