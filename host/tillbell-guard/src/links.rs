//! Links, bare domains and e-mail addresses.
//!
//! What a telephone makes clickable is a domain whose last label is a
//! top-level domain. Look-alikes need no list: whatever reads as a domain and
//! is not, letter for letter, one that the bank may name, is found.

use std::ops::Range;
use std::sync::LazyLock;

use crate::disguises::{self, Dot};
use crate::glyphs::{Glyph, Reading};
use crate::letters::letter_of;
use crate::{Finding, Rule};

/// The top-level domains of the root zone in April 2025, internationalised ones
/// in both forms, and those that RFC 2606 and RFC 7686 reserve; a line each,
/// sorted by their bytes.
const TOP_LEVEL_DOMAINS: &str = include_str!("tld.txt");
/// Where each of its lines begins, and where the last one ends.
static LINES: LazyLock<Vec<u16>> = LazyLock::new(|| {
    let mut start = 0;
    let behind = TOP_LEVEL_DOMAINS.lines().map(|line| {
        start += line.len() as u16 + 1;
        start
    });
    std::iter::once(0).chain(behind).collect()
});
/// The longest domain name (RFC 1035).
const DOMAIN_BYTES_MAX: usize = 253;
/// The longest Chinese top-level domain, in characters.
const HAN_LABEL_MAX: usize = 6;
/// Spaces that may stand within an e-mail address.
const SPACES_MAX: usize = 4;
/// The longest top-level domain of the list, in bytes.
const LABEL_BYTES_MAX: usize = 24;

/// Adds every e-mail address, and every link that `allowed` does not name; the glyphs of
/// the domains that it does go to `listed`.
pub(crate) fn find(
    text: &str,
    reading: &Reading,
    allowed: &[String],
    listed: &mut Vec<Range<usize>>,
    findings: &mut Vec<Finding>,
) {
    let glyphs = &reading.glyphs;
    // Nothing before this glyph is looked at again.
    let mut free_from = 0;
    for (index, at) in reading.signs.iter().map(|sign| *sign as usize).enumerate() {
        if glyphs[at].folded == '@' {
            loose_address(glyphs, at, findings);
        }
        if at < free_from {
            continue;
        }
        match glyphs[at].folded {
            '.' | '\u{3002}' => {
                free_from = match domain(text, glyphs, at, free_from) {
                    Ok(domain) => check(text, glyphs, domain, allowed, listed, findings),
                    Err(read) => read,
                };
                if free_from <= at + 1
                    && let Some(found) = disguises::around(text, glyphs, 0, at..at + 1, Dot::Stop)
                {
                    free_from = found.end;
                    findings.push(link(&glyphs[found]));
                }
            }
            ':' if is_scheme(glyphs, at) => {
                free_from = scheme(text, glyphs, at, allowed, listed, findings);
            }
            ':' => {
                let far = reading.signs.get(index + 6);
                let is_dense = glyphs.get(at + 1).is_some_and(|glyph| glyph.folded == ':')
                    || far.is_some_and(|far| *far as usize - at <= disguises::ADDRESS_GLYPHS_MAX);
                let found = is_dense.then(|| disguises::address_of_groups(glyphs, at)).flatten();
                if let Some(found) = found.or_else(|| disguises::scheme(glyphs, at)) {
                    // A domain behind a scheme is looked at as well.
                    free_from = at + 1;
                    findings.push(link(&glyphs[found]));
                }
            }
            _ => {}
        }
    }
}

/// The bytes of a link whose domain stands here: from the scheme to the path's end.
pub(crate) fn whole(glyphs: &[Glyph], domain: &Range<usize>) -> Range<usize> {
    let is_space = |glyph: &Glyph| glyph.folded == ' ';
    let before = glyphs[..domain.start].iter().rev().take_while(|glyph| !is_space(glyph));
    let behind = glyphs[domain.end..].iter().take_while(|glyph| !is_space(glyph)).count();
    let mut link = &glyphs[domain.start - before.count()..domain.end + behind];
    // A sentence ends behind it, a bracket opens before it.
    while let [rest @ .., Glyph { folded: '.' | ',' | ')' | '\u{60c}' | '\u{61b}', .. }] = link
        && rest.len() >= domain.len()
    {
        link = rest;
    }
    while let [Glyph { folded, .. }, rest @ ..] = link
        && !folded.is_alphanumeric()
    {
        link = rest;
    }
    match link {
        [first, .., last] => first.start as usize..last.end as usize,
        _ => 0..0,
    }
}

/// Whether a character may stand in a label of a domain name.
pub(crate) fn is_label(glyph: &Glyph) -> bool {
    match glyph.folded {
        'a'..='z' | '0'..='9' | '-' | '_' => true,
        '\0'..='\u{7f}' => false,
        other => crate::glyphs::is_han(other) || other.is_alphanumeric(),
    }
}

/// The glyphs of the domain whose first dot is here, if it ends in a top-level
/// domain or is an IP address; if not, the glyph from which to go on.
fn domain(
    text: &str,
    glyphs: &[Glyph],
    dot: usize,
    free_from: usize,
) -> Result<Range<usize>, usize> {
    // A full stop of Chinese is a dot of a domain only between other letters.
    let is_full_stop = glyphs[dot].folded == '\u{3002}';
    let fits = |glyph: &Glyph| is_label(glyph) && !(is_full_stop && glyph.is_han());
    // 💰.ws is a domain too.
    let has_picture = dot > free_from && is_picture(&glyphs[dot - 1]);
    let before = glyphs[free_from..dot].iter().rev().take(DOMAIN_BYTES_MAX);
    let start =
        dot - before.take_while(|glyph| fits(glyph) || (has_picture && is_picture(glyph))).count();
    if start == dot {
        return Err(dot + 1);
    }
    // The longest chain of labels that ends in a top-level domain: behind a
    // name that ends, a sentence may go on without a space.
    let mut end = None;
    let mut at = dot;
    loop {
        let label = &glyphs[at + 1..];
        let length = label.iter().take(64).take_while(|glyph| fits(glyph)).count();
        if length == 0 {
            break;
        }
        if let Some(length) = top_level(text, &label[..length]) {
            end = Some(at + 1 + length);
        }
        at += 1 + length;
        let goes_on = glyphs.get(at).is_some_and(|glyph| {
            glyph.folded == '.' || (is_full_stop && glyph.folded == '\u{3002}')
        });
        if !goes_on || at - dot > DOMAIN_BYTES_MAX {
            break;
        }
    }
    let Some(end) = end else {
        // Chinese before the numbers is no part of them.
        let numbers =
            dot - glyphs[start..dot].iter().rev().take_while(|glyph| glyph.is_digit()).count();
        // `…95500。203.0.113.7`
        let starts = [Some(numbers), is_full_stop.then_some(dot + 1)];
        let mut addresses = starts.into_iter().flatten().filter_map(|at| address4(glyphs, at));
        return addresses.next().ok_or(at);
    };
    let is_ordinary = is_clock(&glyphs[start..end])
        || is_company(&glyphs[start..end])
        || is_sentence(text, glyphs, start..end);
    if is_ordinary { Err(at) } else { Ok(start..end) }
}

/// `192.0.2.1`: four numbers up to 255 that begin here.
fn address4(glyphs: &[Glyph], start: usize) -> Option<Range<usize>> {
    let behind = glyphs.get(start..)?;
    let digits = behind.iter().take(3).take_while(|glyph| glyph.is_digit()).count();
    // A sentence ends behind the address with another dot.
    let dot = behind.get(digits)?.folded;
    let is_dot = |glyph: &Glyph| glyph.folded == dot && matches!(dot, '.' | '\u{3002}');
    let is_part = |glyph: &&Glyph| glyph.is_digit() || is_dot(glyph);
    let mut length = behind.iter().take(DOMAIN_BYTES_MAX).take_while(is_part).count();
    while length > 0 && is_dot(&behind[length - 1]) {
        length -= 1;
    }
    let mut parts = 0;
    let is_address = behind[..length].split(is_dot).all(|part| {
        parts += 1;
        let value = part
            .iter()
            .try_fold(0u32, |sum, glyph| Some((sum * 10 + glyph.folded.to_digit(10)?).min(1_000)));
        !part.is_empty() && value.is_some_and(|value| value <= 255)
    }) && parts == 4;
    let goes_on = behind.get(length).is_some_and(|glyph| glyph.is_letter());
    (is_address && !goes_on).then_some(start..start + length)
}

/// How long the top-level domain is that a label is or, before Chinese or Korean, begins
/// with: `evil.com请点击`, `银行.中国查看`, `evil.com에서`.
pub(crate) fn top_level(text: &str, label: &[Glyph]) -> Option<usize> {
    let is_one = |label: &[Glyph]| {
        is_listed(label.iter().map(|glyph| glyph.folded)) || is_listed_as_written(text, label)
    };
    if is_one(label) {
        return Some(label.len());
    }
    let before_han = label.iter().position(ends_label)?;
    let han = || label.iter().take(HAN_LABEL_MAX).take_while(|glyph| ends_label(glyph)).count();
    let longest = if before_han > 0 { before_han } else { han() };
    let shortest = if before_han > 0 { before_han } else { 2 };
    (shortest..=longest).rev().find(|length| is_one(&label[..*length]))
}

/// Whether a letter ends a label of Latin letters: of Chinese or Korean, which go on without
/// a space.
pub(crate) fn ends_label(glyph: &Glyph) -> bool {
    glyph.is_han() || matches!(glyph.folded, '\u{ac00}'..='\u{d7a3}')
}

/// Another alphabet's letters pass for ASCII, and make top-level domains too.
fn is_listed_as_written(text: &str, label: &[Glyph]) -> bool {
    let [first, .., last] = label else { return false };
    let written = &text[first.start as usize..last.end as usize];
    // As it was folded it was looked for already.
    let is_folded = written.chars().eq(label.iter().map(|glyph| glyph.folded));
    !written.is_ascii()
        && !is_folded
        && (is_listed(written.chars().flat_map(char::to_lowercase))
            // ⅽom: a number, or a letter.
            || (written.chars().any(|character| roman(character).is_some())
                && is_listed(written.chars().map(|character| {
                    roman(character).or_else(|| letter_of(character)).unwrap_or(character)
                }))))
}

/// The letter of a Roman numeral that is one letter (compatibility decomposition of
/// Unicode).
fn roman(character: char) -> Option<char> {
    Some(match character {
        'Ⅰ' | 'ⅰ' => 'i',
        'Ⅴ' | 'ⅴ' => 'v',
        'Ⅹ' | 'ⅹ' => 'x',
        'Ⅼ' | 'ⅼ' => 'l',
        'Ⅽ' | 'ⅽ' => 'c',
        'Ⅾ' | 'ⅾ' => 'd',
        'Ⅿ' | 'ⅿ' => 'm',
        _ => return None,
    })
}

/// A picture that a domain may consist of.
fn is_picture(glyph: &Glyph) -> bool {
    matches!(glyph.folded, '\u{231a}'..='\u{23ff}' | '\u{2600}'..='\u{27bf}'
        | '\u{2b05}'..='\u{2b55}' | '\u{1f000}'..='\u{1faff}')
}

fn is_listed(label: impl Iterator<Item = char>) -> bool {
    let mut bytes = [0u8; LABEL_BYTES_MAX];
    let mut length = 0;
    for letter in label {
        let size = letter.len_utf8();
        // None begins with a digit, and most labels of a message do.
        if length + size > bytes.len() || (length == 0 && letter.is_ascii_digit()) {
            return false;
        }
        letter.encode_utf8(&mut bytes[length..]);
        length += size;
    }
    if length == 0 {
        return false;
    }
    let wanted = &bytes[..length];
    let (mut low, mut high) = (0, LINES.len() - 1);
    while low < high {
        let middle = low + (high - low) / 2;
        let line = usize::from(LINES[middle])..usize::from(LINES[middle + 1]) - 1;
        match TOP_LEVEL_DOMAINS.as_bytes()[line].cmp(wanted) {
            std::cmp::Ordering::Equal => return true,
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Greater => high = middle,
        }
    }
    false
}

/// `10.30.am`: a time, not Armenia.
fn is_clock(domain: &[Glyph]) -> bool {
    let Some(dot) = domain.iter().rposition(|glyph| glyph.folded == '.') else { return false };
    let last: Vec<char> = domain[dot + 1..].iter().map(|glyph| glyph.folded).collect();
    matches!(last.as_slice(), ['a' | 'p', 'm'])
        && domain[..dot].iter().all(|glyph| glyph.is_digit() || glyph.folded == '.')
}

/// `Trading Co.Ltd`: a company, not a domain.
fn is_company(domain: &[Glyph]) -> bool {
    domain.iter().map(|glyph| glyph.folded).eq("co.ltd".chars())
}

/// `confirmed.You sent`, `Prov.No 509400`: a sentence or a number's name that forgot its
/// space, not a domain.
///
/// A telephone may make a link of it, so that only what no stranger can own or would use
/// is let through: `you` and `call` are one company's own and sell no names, and `no` and
/// `id` count only with a capital between a short word and a number.
fn is_sentence(text: &str, glyphs: &[Glyph], domain: Range<usize>) -> bool {
    let link = &glyphs[domain.clone()];
    let mut labels = link.split(|glyph| glyph.folded == '.');
    let (Some(word), Some(next), None) = (labels.next(), labels.next(), labels.next()) else {
        return false;
    };
    let is_alone = domain.start.checked_sub(1).is_none_or(|at| glyphs[at].folded == ' ');
    if !is_alone || !word.iter().all(Glyph::is_letter) || !disguises::is_capitalised(text, next) {
        return false;
    }
    let mut behind = glyphs[domain.end..].iter().map(|glyph| glyph.folded);
    if disguises::is_one_of(next, &["you", "call"]) {
        return behind.next() == Some(' ') && behind.next().is_some_and(char::is_alphanumeric);
    }
    disguises::is_one_of(next, &["no", "id"])
        && word.len() <= 5
        && behind
            .take(4)
            .find(|folded| !matches!(folded, ' ' | ':' | '#' | '.'))
            .is_some_and(char::is_alphanumeric)
        && glyphs.get(domain.end).is_some_and(|glyph| !is_label(glyph))
}

/// Holds a domain against the list; gives the glyph from which to go on.
fn check(
    text: &str,
    glyphs: &[Glyph],
    domain: Range<usize>,
    allowed: &[String],
    listed: &mut Vec<Range<usize>>,
    findings: &mut Vec<Finding>,
) -> usize {
    let behind = glyphs.get(domain.end).map(|glyph| glyph.folded);
    let local = domain.start.checked_sub(1).is_some_and(|at| glyphs[at].folded == '@');
    if local || behind == Some('@') {
        return address(glyphs, domain, findings);
    }
    let bytes = glyphs[domain.start].start as usize..glyphs[domain.end - 1].end as usize;
    if is_allowed(&text[bytes.clone()], allowed) {
        listed.push(domain.clone());
        // What follows the bank's own domain leads to the bank.
        let leads_on = behind.is_some_and(|sign| matches!(sign, '/' | '?' | '#' | ':'));
        let rest = glyphs[domain.end..]
            .iter()
            .take_while(|glyph| matches!(glyph.folded, '!'..='~'))
            .count();
        let rest_has_user = glyphs[domain.end..domain.end + rest]
            .iter()
            .take_while(|glyph| !matches!(glyph.folded, '/' | '?' | '#'))
            .any(|glyph| glyph.folded == '@');
        return if leads_on && !rest_has_user { domain.end + rest } else { domain.end };
    }
    findings.push(link(&glyphs[domain.clone()]));
    domain.end
}

/// A link to a domain that the bank does not list.
pub(crate) fn link(glyphs: &[Glyph]) -> Finding {
    Finding::of(Rule::Link, glyphs, "a link that the bundle does not allow")
}

fn email(glyphs: &[Glyph]) -> Finding {
    Finding::of(Rule::Email, glyphs, "an e-mail address")
}

/// An e-mail address around a domain; gives the glyph from which to go on.
fn address(glyphs: &[Glyph], domain: Range<usize>, findings: &mut Vec<Finding>) -> usize {
    let before = glyphs[..domain.start].iter().rev().take(64);
    let local = before
        .skip(1)
        .take_while(|glyph| is_label(glyph) || matches!(glyph.folded, '.' | '%' | '+'))
        .count();
    let start = match local {
        0 => domain.start,
        local => domain.start - 1 - local,
    };
    // `https://bank.example@evil.example`: the name before is a user's.
    let before = glyphs[..start].iter().rev().take(DOMAIN_BYTES_MAX);
    let is_link = before
        .take_while(|glyph| !matches!(glyph.folded, ' ' | '\n'))
        .any(|glyph| glyph.folded == '/');
    let found = &glyphs[start..domain.end];
    findings.push(if is_link { link(found) } else { email(found) });
    domain.end
}

/// An address whose domain no telephone would know: `@`, a label, a dot and
/// another label, with spaces or without.
fn loose_address(glyphs: &[Glyph], at: usize, findings: &mut Vec<Finding>) {
    let spaces = |glyphs: &[Glyph]| {
        glyphs.iter().take(SPACES_MAX).take_while(|glyph| glyph.folded == ' ').count()
    };
    let label =
        |glyphs: &[Glyph]| glyphs.iter().take(64).take_while(|glyph| is_label(glyph)).count();
    let before = glyphs[..at].iter().rev().take(SPACES_MAX + 1);
    let is_local = before.clone().find(|glyph| glyph.folded != ' ').is_some_and(is_label);
    let mut end = at + 1;
    end += spaces(&glyphs[end..]);
    let first = label(&glyphs[end..]);
    end += first;
    let dot = end + spaces(&glyphs[end..]);
    if !is_local || first == 0 || glyphs.get(dot).is_none_or(|glyph| glyph.folded != '.') {
        return;
    }
    end = dot + 1;
    end += spaces(&glyphs[end..]);
    let last = label(&glyphs[end..]);
    // 9@10.07 is a time.
    let has_letter = glyphs[end..end + last].iter().any(|glyph| !glyph.is_digit());
    if last >= 2 && has_letter {
        findings.push(email(&glyphs[at..end + last]));
    }
}

/// Whether the domain is, letter for letter, one of these or below one. What
/// stands before the dot may be anything: who owns a domain owns all below it.
fn is_allowed(domain: &str, allowed: &[String]) -> bool {
    allowed.iter().any(|allowed| {
        domain
            .len()
            .checked_sub(allowed.len())
            .and_then(|at| domain.split_at_checked(at))
            .is_some_and(|(before, end)| {
                end.eq_ignore_ascii_case(allowed) && (before.is_empty() || before.ends_with('.'))
            })
    })
}

/// `://` behind a letter.
fn is_scheme(glyphs: &[Glyph], colon: usize) -> bool {
    let is = |at: usize, sign| glyphs.get(at).is_some_and(|glyph| glyph.folded == sign);
    colon > 0 && glyphs[colon - 1].is_letter() && is(colon + 1, '/') && is(colon + 2, '/')
}

/// A whole link; gives the glyph from which to go on.
fn scheme(
    text: &str,
    glyphs: &[Glyph],
    colon: usize,
    allowed: &[String],
    listed: &mut Vec<Range<usize>>,
    findings: &mut Vec<Finding>,
) -> usize {
    let host_start = colon + 3;
    let host = glyphs[host_start..]
        .iter()
        .take_while(|glyph| is_label(glyph) || glyph.folded == '.')
        .count();
    let dots = glyphs[..host_start + host].iter().rev().take_while(|glyph| glyph.folded == '.');
    let host_end = host_start + host - dots.count().min(host);
    let dot = glyphs[host_start..host_end].iter().position(|glyph| glyph.folded == '.');
    let known = dot.map(|dot| domain(text, glyphs, host_start + dot, host_start));
    match known {
        // Judged as the domain it names, user and all.
        Some(Ok(domain)) if domain.end == host_end => {
            check(text, glyphs, domain, allowed, listed, findings)
        }
        _ => {
            let before = glyphs[..colon].iter().rev().take(16);
            let start = colon - before.take_while(|glyph| glyph.is_letter()).count();
            findings.push(link(&glyphs[start..host_end]));
            host_end
        }
    }
}
