//! Links in disguise: a reader puts them together again, and some telephones do too.
//!
//! A disguised dot has spaces or brackets around it, is another script's, or is spelled
//! (`evil . com`, `evil[.]com`, `evil·com`, `evil dot com`, `evil点com`). What a sentence
//! writes as well is told from it by three things: behind the full stop of a sentence
//! stands a capital letter; a short word such as `in` or `de` is no country there; and
//! only top-level domains that nobody takes for a word count.

use std::ops::Range;

use crate::glyphs::Glyph;
use crate::links::{self, is_label, top_level};

/// Spaces on one side of a dot.
const SPACES_MAX: usize = 3;
/// The longest label (RFC 1035).
const LABEL_GLYPHS_MAX: usize = 63;
/// The longest top-level domain, `xn--vermgensberatung-pwb`, and more.
const TOP_LEVEL_GLYPHS_MAX: usize = 26;
/// The longest IPv6 address (RFC 4291), with an IPv4 address in it.
pub(crate) const ADDRESS_GLYPHS_MAX: usize = 45;

/// Top-level domains that are read as such wherever they stand: those that sell names to
/// everybody and are no word that goes on behind a full stop.
const KNOWN: [&str; 42] = [
    "app", "bank", "biz", "buzz", "cc", "cf", "cfd", "click", "club", "cn", "com", "cyou", "edu",
    "gov", "gq", "hk", "icu", "info", "io", "jp", "link", "ly", "me", "net", "online", "org",
    "pro", "pw", "ru", "sbs", "sg", "site", "tk", "top", "tw", "ua", "uk", "vip", "vn", "website",
    "ws", "xyz",
];
/// Countries that are words or stand behind one: prepositions and articles, `No.`,
/// companies and the halves of a day.
const LITTLE: [&str; 33] = [
    "ag", "al", "am", "as", "at", "au", "be", "by", "co", "de", "do", "es", "et", "id", "il", "im",
    "in", "is", "it", "la", "ma", "my", "na", "no", "pa", "pm", "sa", "se", "si", "so", "st", "to",
    "us",
];
/// Words that end in a full stop without ending a sentence.
const ABBREVIATIONS: [&str; 24] = [
    "acc", "acct", "amt", "aut", "av", "avl", "bal", "co", "corp", "dr", "inc", "llc", "ltd", "mr",
    "mrs", "ms", "no", "nr", "prov", "ref", "rs", "st", "tel", "txn",
];

/// What stands for the dot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Dot {
    /// A full stop, with something around it.
    Stop,
    /// A dot of another script, or its code in a link.
    Sign,
    /// A word for it that needs no spaces: 点.
    Ideograph,
    /// A word.
    Word,
}

/// The link around a dot in disguise, which begins at glyph `from` at the earliest.
pub(crate) fn around(
    text: &str,
    glyphs: &[Glyph],
    from: usize,
    dot: Range<usize>,
    kind: Dot,
) -> Option<Range<usize>> {
    let before = glyphs[dot.start.checked_sub(1)?].folded;
    let behind = glyphs.get(dot.end)?.folded;
    let is_bare = before != ' ' && behind != ' ' && !(opens(before) && closes(behind));
    if kind == Dot::Stop && is_bare {
        return None;
    }
    let sides = Sides::of(glyphs, dot);
    let last = glyphs[..sides.start].last().filter(|last| is_label(last))?;
    let behind = &glyphs[sides.end..];
    if last.is_digit()
        && behind.first().is_some_and(Glyph::is_digit)
        && (sides.has_space_before || sides.is_bracketed)
    {
        return address(glyphs, sides.start);
    }
    let has_space = sides.has_space_before || sides.has_space_behind;
    // A sentence ends, and few look like anything else.
    let is_ordinary = kind == Dot::Stop && !sides.is_bracketed && is_capitalised(text, behind);
    if is_ordinary {
        return None;
    }
    // Outside brackets the domain is Latin, and mostly a known one: a look at its letters
    // saves the list.
    let letters = behind.iter().take(LABEL_GLYPHS_MAX).take_while(|glyph| glyph.is_letter());
    let letters = &behind[..letters.count()];
    // (orig. HK$ 73.29): a sum.
    if behind.get(letters.len()).is_some_and(|sign| crate::marks::is_money_sign(sign.folded)) {
        return None;
    }
    let may_be_any = kind != Dot::Word && !(kind == Dot::Stop && sides.has_space_behind);
    let may_be =
        letters.len() == 2 || (letters.len() > 2 && (may_be_any || is_one_of(letters, &KNOWN)));
    if !sides.is_bracketed && !may_be {
        return None;
    }
    // No top-level domain has letters of two scripts.
    let is_mixed = |next: &Glyph| !next.folded.is_ascii() && !links::ends_label(next);
    if !letters.is_empty()
        && behind.get(letters.len()).is_some_and(|next| is_mixed(next) && is_label(next))
    {
        return None;
    }
    let behind = behind.iter().take(TOP_LEVEL_GLYPHS_MAX);
    let end = sides.end + behind.take_while(|glyph| is_label(glyph)).count();
    let end = sides.end + top_level(text, &glyphs[sides.end..end])?;
    let domain = &glyphs[sides.end..end];
    // Looked at where it matters alone: it may be long, and dots many.
    let label = || {
        let before = glyphs[from.min(sides.start)..sides.start].iter().rev();
        let length = before.take(LABEL_GLYPHS_MAX).take_while(|glyph| is_label(glyph)).count();
        &glyphs[sides.start - length..sides.start]
    };
    let folded = |at: usize| glyphs.get(at).map_or(' ', |glyph| glyph.folded);
    // A path, a port or `.uk` behind it: no word.
    let leads_on = match folded(end) {
        '/' => true,
        ':' => folded(end + 1).is_ascii_digit(),
        '.' => glyphs.get(end + 1).is_some_and(Glyph::is_letter),
        _ => false,
    };
    let is_little = is_one_of(domain, &LITTLE);
    let is_country = domain.len() == 2 && domain.iter().all(Glyph::is_letter);
    let is_known = is_one_of(domain, &KNOWN) || (is_country && leads_on);
    let is_latin = domain.iter().all(Glyph::is_letter);
    let is_link = match kind {
        _ if sides.is_bracketed => true,
        // Catalan: vil·la.
        Dot::Sign if last.folded == 'l' && is_one_of(domain, &["la"]) => false,
        Dot::Sign => !has_space && is_latin && !is_capitalised(text, domain),
        // 登录点app: a tap in the bank's app.
        Dot::Ideograph if last.is_han() => is_one_of(domain, &["cn", "com", "net", "org"]),
        // 10点in
        Dot::Ideograph if is_little => {
            is_latin && !(last.is_digit() && label().iter().all(Glyph::is_digit))
        }
        Dot::Ideograph => is_latin,
        Dot::Word => is_known || (is_country && !is_little),
        Dot::Stop if sides.has_space_before && !sides.has_space_behind => true,
        Dot::Stop => is_known && !is_abbreviated(glyphs, label()),
    };
    is_link.then(|| sides.start - label().len()..end)
}

/// A dot with what is around it: glyphs `start..end`.
struct Sides {
    start: usize,
    end: usize,
    has_space_before: bool,
    has_space_behind: bool,
    is_bracketed: bool,
}

impl Sides {
    fn of(glyphs: &[Glyph], dot: Range<usize>) -> Self {
        let Range { mut start, mut end } = dot;
        let is_space = |glyph: &&Glyph| glyph.folded == ' ';
        let (mut before, mut behind) = (0, 0);
        let mut is_bracketed = false;
        // Brackets twice at the most: `[(.)]`.
        for _ in 0..3 {
            let spaces = glyphs[..start].iter().rev().take(SPACES_MAX).take_while(is_space);
            let count = spaces.count();
            (start, before) = (start - count, before + count);
            let count = glyphs[end..].iter().take(SPACES_MAX).take_while(is_space).count();
            (end, behind) = (end + count, behind + count);
            let opens = start.checked_sub(1).is_some_and(|at| opens(glyphs[at].folded));
            if !opens || !glyphs.get(end).is_some_and(|glyph| closes(glyph.folded)) {
                break;
            }
            is_bracketed = true;
            (start, end) = (start - 1, end + 1);
        }
        let (has_space_before, has_space_behind) = (before > 0, behind > 0);
        Self { start, end, has_space_before, has_space_behind, is_bracketed }
    }
}

fn opens(folded: char) -> bool {
    matches!(folded, '(' | '[' | '{' | '<' | '"' | '\'' | '|' | '\u{ab}' | '\u{201c}' | '\u{2039}')
        || matches!(folded, '【' | '〔' | '〖' | '〘' | '〚' | '「' | '『' | '《' | '〈' | '⟦')
}

fn closes(folded: char) -> bool {
    matches!(folded, ')' | ']' | '}' | '>' | '"' | '\'' | '|' | '\u{bb}' | '\u{201d}' | '\u{203a}')
        || matches!(folded, '】' | '〕' | '〗' | '〙' | '〛' | '」' | '』' | '》' | '〉' | '⟧')
}

/// `Inc. HK`, `05-09. net`, `S.A. CN`: no name of a domain before the stop.
fn is_abbreviated(glyphs: &[Glyph], label: &[Glyph]) -> bool {
    let is_initial = || {
        let at = glyphs.partition_point(|glyph| glyph.start < label[0].start);
        at > 0 && glyphs[at - 1].folded == '.'
    };
    !label.iter().any(Glyph::is_of_word)
        || is_one_of(label, &ABBREVIATIONS)
        || (label.len() == 1 && is_initial())
}

/// Whether glyphs are one of these words, folded.
pub(crate) fn is_one_of(glyphs: &[Glyph], words: &[&str]) -> bool {
    words.iter().any(|word| glyphs.iter().map(|glyph| glyph.folded).eq(word.chars()))
}

/// Whether a word is written as at the start of a sentence: `No`, not `no` or `NO`.
pub(crate) fn is_capitalised(text: &str, word: &[Glyph]) -> bool {
    let written = |at: usize| text[word.get(at)?.start as usize..].chars().next();
    written(0).is_some_and(char::is_uppercase) && written(1).is_some_and(char::is_lowercase)
}

/// `203 . 0 . 113 . 7`, `203[.]0[.]113[.]7`: four numbers up to 255, the first of which
/// ends here.
fn address(glyphs: &[Glyph], first_end: usize) -> Option<Range<usize>> {
    let number = |from: usize| {
        let digits = glyphs[from..].iter().take(4).take_while(|glyph| glyph.is_digit()).count();
        let value = glyphs[from..from + digits]
            .iter()
            .fold(0, |sum, glyph| sum * 10 + glyph.folded.to_digit(10).unwrap_or(0));
        (1..=3).contains(&digits).then_some(from + digits).filter(|_| value <= 255)
    };
    let before = glyphs[..first_end].iter().rev().take(4);
    let start = first_end - before.take_while(|glyph| glyph.is_digit()).count();
    let mut end = number(start)?;
    for _ in 0..3 {
        let signs = glyphs[end..].iter().take(2 * SPACES_MAX + 3);
        let dot = signs.take_while(|glyph| !glyph.folded.is_alphanumeric());
        let dot = end + dot.enumerate().find(|(_, glyph)| glyph.folded == '.')?.0;
        end = number(Sides::of(glyphs, dot..dot + 1).end)?;
    }
    let goes_on = glyphs.get(end).is_some_and(|glyph| glyph.is_letter() || glyph.is_digit());
    (!goes_on).then_some(start..end)
}

/// An IPv6 address (RFC 4291) around a colon; a clock has fewer groups.
pub(crate) fn address_of_groups(glyphs: &[Glyph], colon: usize) -> Option<Range<usize>> {
    let is_hex = |glyph: &&Glyph| matches!(glyph.folded, '0'..='9' | 'a'..='f');
    let is_part = |glyph: &&Glyph| is_hex(glyph) || glyph.folded == ':';
    let is_colon = |glyph: &Glyph| glyph.folded == ':';
    let is_colon_at = |at: Option<usize>| at.and_then(|at| glyphs.get(at)).is_some_and(is_colon);
    // Looked at from its double colon, or from its first.
    let group = glyphs[..colon].iter().rev().take(4).take_while(is_hex).count();
    let is_first = !is_colon_at((colon - group).checked_sub(1));
    let is_double = is_colon_at(Some(colon + 1));
    let is_triple =
        is_double && (is_colon_at(Some(colon + 2)) || is_colon_at(colon.checked_sub(1)));
    if is_triple || !(is_double || is_first) {
        return None;
    }
    let before = glyphs[..colon].iter().rev().take(ADDRESS_GLYPHS_MAX);
    let start = colon - before.take_while(is_part).count();
    let behind = glyphs[colon..].iter().take(ADDRESS_GLYPHS_MAX);
    let end = colon + behind.take_while(is_part).count();
    let touches =
        |at: Option<usize>| at.and_then(|at| glyphs.get(at)).is_some_and(Glyph::is_letter);
    if touches(start.checked_sub(1)) || touches(Some(end)) {
        return None;
    }
    let (mut groups, mut empty, mut is_wide) = (0, 0, false);
    for group in glyphs[start..end].split(is_colon) {
        match group.len() {
            0 => empty += 1,
            1..=4 => groups += 1,
            _ => return None,
        }
        is_wide |= group.len() > 2 || group.iter().any(Glyph::is_letter);
    }
    let is_short = glyphs[start..end].windows(2).filter(|pair| pair.iter().all(is_colon)).count();
    let is_address = match is_short {
        0 => groups == 8 && empty == 0,
        1 => (2..8).contains(&groups) && is_wide,
        _ => false,
    };
    is_address.then_some(start..end)
}

/// A scheme in disguise around a colon: `h t t p : / /`, `hxxps[:]//`, `http:\\`.
pub(crate) fn scheme(glyphs: &[Glyph], colon: usize) -> Option<Range<usize>> {
    let is_slash =
        |at: usize| glyphs.get(at).is_some_and(|glyph| matches!(glyph.folded, '/' | '\\'));
    let next = |glyph: &&Glyph| glyph.folded != ' ';
    let next = glyphs[colon + 1..].iter().take(SPACES_MAX + 1).find(next)?.folded;
    if !matches!(next, '/' | '\\') && !closes(next) {
        return None;
    }
    let Sides { start, mut end, .. } = Sides::of(glyphs, colon..colon + 1);
    for _ in 0..2 {
        let spaces = glyphs[end..].iter().take(SPACES_MAX);
        end += spaces.take_while(|glyph| glyph.folded == ' ').count();
        if !is_slash(end) {
            return None;
        }
        end += 1;
    }
    // Backwards, with a space between two letters at the most.
    ["ptth", "sptth", "pxxh", "spxxh", "ptf"].iter().find_map(|scheme| {
        let mut at = start;
        for letter in scheme.chars() {
            let is_space = |at: usize| at > 0 && glyphs[at - 1].folded == ' ';
            at -= usize::from(is_space(at));
            if at == 0 || glyphs[at - 1].folded != letter {
                return None;
            }
            at -= 1;
        }
        let host = glyphs[end..].iter().take(LABEL_GLYPHS_MAX);
        let host = host.take_while(|glyph| is_label(glyph) || glyph.folded == '.').count();
        Some(at..end + host)
    })
}
