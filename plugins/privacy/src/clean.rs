//! Makes untrusted text fit to be shown.
//!
//! A merchant's name is written by the merchant: it may try to reverse the
//! reading order, to forge a bank's signature, to carry a link, a telephone
//! number or a card number. What is removed here would otherwise make the
//! host's guard block the whole message.

/// The longest free text in a view, in characters; the rest is cut. Gateways
/// take variables of 20 to 40 characters.
pub const DISPLAYED_CHARACTERS_MAX: usize = 40;
/// The longest code (RRN, terminal, merchant identifier) in a view.
const CODE_CHARACTERS_MAX: usize = 20;
/// The longest run of digits, counted through single separators, that a free
/// text may carry: a store number stays, a telephone or card number goes.
const DIGIT_RUN_MAX: usize = 6;
/// Words that begin a link.
const LINK_WORDS: [&str; 4] = ["http", "https", "ftp", "www"];

/// Cleans a free text:
/// 1. characters that are not seen or that deceive the eye are removed
///    (control, zero-width, bidirectional, private-use, tags, variation
///    selectors, combining marks), and `【`, `】`, `:` become spaces;
/// 2. a run of more than 6 digits of any script, also written with spaces,
///    dots or dashes between them, is removed;
/// 3. a link is broken: a dot (of any script) between two letters or digits
///    and every `@` and `\` becomes a space, and the words `http`, `https`,
///    `ftp` and `www` are removed. "SHOP.COM" is shown as "SHOP COM";
/// 4. spaces are collapsed, and the text is cut at 40 characters.
///
/// Absent where nothing is left.
pub(crate) fn text(mut value: String) -> Option<String> {
    if !is_plain(&value) {
        let visible: String = value.chars().filter_map(visible).collect();
        value = words(&break_links(&without_digit_runs(&visible)));
    }
    if let Some((end, _)) = value.char_indices().nth(DISPLAYED_CHARACTERS_MAX) {
        value.truncate(end);
        value.truncate(value.trim_end().len());
    }
    (!value.is_empty()).then_some(value)
}

/// Cleans a code: letters, digits, `-` and `_` stay, at most 20.
pub(crate) fn code(mut value: String) -> Option<String> {
    value.retain(|character| character.is_ascii_alphanumeric() || "-_".contains(character));
    value.truncate(CODE_CHARACTERS_MAX);
    (!value.is_empty()).then_some(value)
}

/// Tells, in one look, that nothing of the above applies: the common case.
fn is_plain(value: &str) -> bool {
    let mut digits = 0;
    let mut space = true;
    for character in value.chars() {
        match character {
            'a'..='z' | 'A'..='Z' | '\'' | '&' | '(' | ')' | '\u{4e00}'..='\u{9fff}' => {
                space = false;
            }
            // Digits of the whole text: at most as many as one run may have.
            '0'..='9' if digits < DIGIT_RUN_MAX => {
                digits += 1;
                space = false;
            }
            ' ' if !space => space = true,
            _ => return false,
        }
    }
    // A space last, or words that begin a link: rare, and left to the long way.
    !space && !LINK_WORDS.iter().any(|word| contains_ignoring_case(value, word))
}

fn contains_ignoring_case(value: &str, word: &str) -> bool {
    value.as_bytes().windows(word.len()).any(|window| window.eq_ignore_ascii_case(word.as_bytes()))
}

/// The character as it may be shown; none where it is to be removed.
fn visible(character: char) -> Option<char> {
    match character {
        '!'..='9' | ';'..='?' | 'A'..='[' | ']'..='~' => Some(character),
        ':' | '@' | '\\' | '：' | '＠' | '【' | '】' => Some(' '),
        _ if character.is_whitespace() => Some(' '),
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => None,
        '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' => None,
        '\u{300}'..='\u{36f}' | '\u{180b}'..='\u{180f}' | '\u{20d0}'..='\u{20ff}' => None,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => None,
        '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{fe20}'..='\u{fe2f}' => None,
        '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffd}' => None,
        '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..='\u{10ffff}' => None,
        _ => Some(character),
    }
}

/// Removes runs of more than [`DIGIT_RUN_MAX`] digits. Spaces, dots, dashes,
/// commas and brackets do not end a run; letters do.
fn without_digit_runs(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    // Where the current run begins in `kept`, where its last digit ends, how
    // many digits it has.
    let mut run: Option<(usize, usize, usize)> = None;
    for character in text.chars() {
        if character.is_numeric() {
            let (start, _, digits) = run.unwrap_or((kept.len(), 0, 0));
            kept.push(character);
            run = Some((start, kept.len(), digits + 1));
        } else {
            if character.is_alphabetic() {
                end_run(&mut kept, run.take());
            }
            kept.push(character);
        }
    }
    end_run(&mut kept, run);
    kept
}

fn end_run(kept: &mut String, run: Option<(usize, usize, usize)>) {
    if let Some((start, end, digits)) = run
        && digits > DIGIT_RUN_MAX
    {
        kept.replace_range(start..end, " ");
    }
}

fn break_links(text: &str) -> String {
    let mut broken = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    let mut before = ' ';
    while let Some(character) = characters.next() {
        let dot = matches!(character, '.' | '\u{2024}' | '。' | '\u{fe52}' | '．' | '｡');
        let inside = before.is_alphanumeric()
            && characters.peek().is_some_and(|after| after.is_alphanumeric());
        broken.push(if dot && inside { ' ' } else { character });
        before = character;
    }
    broken
}

/// Joins the words by single spaces, leaving out what begins a link and what
/// is left of a scheme.
fn words(text: &str) -> String {
    let mut joined = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        let bare = word.trim_matches('/');
        if LINK_WORDS.iter().any(|link| link.eq_ignore_ascii_case(bare)) || bare.is_empty() {
            continue;
        }
        if !joined.is_empty() {
            joined.push(' ');
        }
        joined.push_str(if word.starts_with("//") { bare } else { word });
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(value: &str) -> String {
        text(value.into()).unwrap_or_default()
    }

    #[test]
    fn a_plain_name_stays() {
        for name in ["BLUE BOTTLE COFFEE", "蓝瓶咖啡国贸店", "7-ELEVEN #1234", "Café Zoë", "H&M"]
        {
            assert_eq!(cleaned(name), name);
        }
    }

    #[test]
    fn what_is_not_seen_is_removed() {
        assert_eq!(cleaned("EVIL\u{202e}REVO"), "EVILREVO");
        assert_eq!(cleaned("A\u{200b}B\u{feff}C\u{2066}D\u{e000}E\u{7}F\u{e0041}"), "ABCDEF");
        assert_eq!(cleaned("【别的银行】您的卡"), "别的银行 您的卡");
        assert_eq!(cleaned("Kite Bank: pay"), "Kite Bank pay");
        assert_eq!(cleaned("  A \n\t B\u{3000}C  "), "A B C");
        assert_eq!(text("\u{202e}\u{200b} ".into()), None);
    }

    #[test]
    fn a_link_is_broken() {
        for (name, shown) in [
            ("AMAZON.COM", "AMAZON COM"),
            ("https://evil.example/pay", "evil example/pay"),
            ("www.evil.cn", "evil cn"),
            ("WWW EVIL", "EVIL"),
            ("evil。中国", "evil 中国"),
            ("ev\u{200b}il.c\u{200b}om", "evil com"),
            ("pay@evil.com", "pay evil com"),
            ("t．cn/abc", "t cn/abc"),
            ("1.2.3.4", "1 2 3 4"),
            ("DR. SMITH", "DR. SMITH"),
        ] {
            assert_eq!(cleaned(name), shown, "{name}");
        }
    }

    #[test]
    fn a_long_number_is_removed() {
        for (name, shown) in [
            ("SHOP 4242424242424242", "SHOP"),
            ("SHOP 4242 4242 4242 4242 LTD", "SHOP LTD"),
            ("SHOP 4242-4242.4242\u{200b}4242", "SHOP"),
            ("卡号4242424242424242店", "卡号 店"),
            ("卡号４２４２４２４２４２４２４２４２", "卡号"),
            ("CALL 138-0013-8000", "CALL"),
            ("STORE 123456", "STORE 123456"),
            ("711 SHOP 123456", "711 SHOP 123456"),
        ] {
            assert_eq!(cleaned(name), shown, "{name}");
        }
    }

    #[test]
    fn a_long_name_is_cut_at_forty_characters() {
        assert_eq!(cleaned(&"店".repeat(60)).chars().count(), 40);
        assert_eq!(cleaned(&"ABC ".repeat(30)).len(), 39);
    }

    #[test]
    fn a_code_keeps_letters_and_digits() {
        assert_eq!(code(" 898 31\u{202e}0".into()).as_deref(), Some("898310"));
        assert_eq!(code("。".into()), None);
    }
}
