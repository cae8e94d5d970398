//! What stands right before and right behind a number: marks of money, multipliers,
//! months, letters that touch it.

use crate::cldr::{self, Codes, Key, Word};
use crate::glyphs::Glyph;

/// The longest word that is read beside a number, in glyphs.
const WORD_GLYPHS_MAX: usize = 14;
/// Letters of a mark of money that no list has, at the most.
const MARK_LETTERS_MAX: usize = 3;
/// The shortest multiplier that is looked for at the begin of a word.
const MULTIPLIER_LETTERS_MIN: usize = 4;
/// The longest word of a script without spaces.
const HAN_GLYPHS_MAX: usize = 6;
/// The same of Thai, Lao, Burmese and Khmer.
const THAI_GLYPHS_MAX: usize = 14;
/// Spaces and signs between a number and its mark.
const FILLERS_MAX: usize = 4;

/// What stands on one side of a number.
#[derive(Clone, Copy)]
pub(crate) struct Beside {
    pub(crate) what: What,
    /// Whether nothing stands between.
    pub(crate) touches: bool,
    /// Whether it is a mark only of a sum: one letter, apart from the number.
    pub(crate) is_weak: bool,
    /// Whether it is a name in small letters, and no shop's.
    pub(crate) is_name: bool,
    /// The glyph at its far end: its first before a number, the one behind its last
    /// behind one.
    pub(crate) edge: usize,
}

/// What letters beside a number are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    /// Nothing that matters.
    Nothing,
    /// A mark or name of money.
    Money(Codes),
    /// A multiplier.
    Multiplier,
    /// A month, in either calendar.
    Month,
    /// Signs or letters that hide digits.
    Mask,
    /// A word that may touch a number.
    Known,
    /// Letters that touch the number and that nobody knows.
    Unknown,
}

/// Whether a sign hides a digit.
pub(crate) fn hides(folded: char) -> bool {
    matches!(
        folded,
        '*' | 'x' | '#' | '\u{2022}' | '\u{25cf}' | '\u{d7}' | '\u{2217}' | '\u{25cb}' | '\u{2026}'
    )
}

pub(crate) fn is_money_sign(folded: char) -> bool {
    matches!(folded, '$' | '\u{a2}'..='\u{a5}' | '\u{20a0}'..='\u{20cf}' | '\u{60b}' | '\u{58f}' | '\u{9f2}'
        | '\u{9f3}' | '\u{e3f}' | '\u{17db}' | '\u{fdfc}')
}

/// The longest word of the script of a character, which writes without spaces.
fn longest_word(folded: char) -> usize {
    if folded < '\u{1800}' { THAI_GLYPHS_MAX } else { HAN_GLYPHS_MAX }
}

fn is_filler(folded: char) -> bool {
    matches!(folded, ' ' | ':' | '-' | '+' | '~' | '=' | '(' | '.' | '\'' | '<')
}

fn is_of_mark(glyph: &Glyph) -> bool {
    // ש״ח: signs within an abbreviation of Hebrew.
    glyph.is_of_word()
        || is_money_sign(glyph.folded)
        || matches!(glyph.folded, '\u{5f3}' | '\u{5f4}')
}

/// Words that a number may touch, whatever bank: units of time, ordinals, what says
/// that a reference or a card follows.
fn is_known(word: &[u8]) -> bool {
    const KNOWN: [&str; 67] = [
        "a", "ac", "acct", "afm", "am", "approval", "at", "auth", "bin", "card", "carte", "cod",
        "d", "de", "debit", "e", "em", "ending", "er", "g", "h", "hr", "hrs", "hs", "id", "ii",
        "kart", "karte", "kl", "le", "m", "mid", "min", "mn", "nd", "no", "nr", "num", "o", "om",
        "on", "p", "pm", "ps", "rd", "ref", "rek", "rrn", "s", "sec", "sn", "st", "stan", "t",
        "tel", "term", "th", "tid", "to", "txn", "u", "uhr", "um", "upi", "utc", "gmt", "z",
    ];
    std::str::from_utf8(word).is_ok_and(|word| KNOWN.contains(&word))
}

/// Whether a mark that stands apart from the number is more likely a word: one letter,
/// but in capitals; DT for "date", Re for "about".
fn is_word(text: &str, glyphs: &[Glyph]) -> bool {
    match glyphs {
        // р. are roubles, в is "in".
        [single] if is_latin_letter(glyphs) => {
            !text.as_bytes().get(single.start as usize).is_some_and(u8::is_ascii_uppercase)
        }
        [single] => {
            let is_dong = text[single.start as usize..].starts_with('đ');
            single.is_letter() && single.folded != 'p' && !is_dong
        }
        [first, second] => {
            // DT: 5,493.000 is no date.
            let is_date = matches!((first.folded, second.folded), ('d', 't'))
                && text[second.end as usize..].strip_prefix(':').is_some_and(|behind| {
                    let digits =
                        behind.trim_start().trim_start_matches(|c: char| c.is_ascii_digit());
                    !digits.starts_with(',')
                });
            // 5 tr are five millions, TR is Turkey.
            let is_country =
                matches!((first.folded, second.folded), ('t', 'r')) && is_capital(text, first);
            is_date || is_country || matches!((first.folded, second.folded), ('r', 'e'))
        }
        _ => false,
    }
}

/// One Latin letter: р. says roubles, P. may say many things.
fn is_latin_letter(glyphs: &[Glyph]) -> bool {
    matches!(glyphs, [single] if single.is_letter() && single.end - single.start == 1)
}

/// Whether it is a letter of a script without spaces, or of Korean.
fn is_spaceless(glyph: &Glyph) -> bool {
    glyph.folded > '\u{e00}' && glyph.folded.is_alphabetic() && !glyph.is_of_word()
}

/// Whether it begins what follows a sum: 已, 至, の, を.
fn is_particle(folded: char) -> bool {
    matches!(
        folded,
        '已' | '至' | '到' | '给' | '給' | '于' | '於' | '的' | '向' | '\u{3041}'..='\u{3096}'
    )
}

/// Whether no name goes on behind a letter: 78.93 R, or 243 R con, but 5 R CINEMA, 5 R&B.
fn ends_a_clause(glyphs: &[Glyph], text: &str, at: usize) -> bool {
    match glyphs.get(at..) {
        None | Some([]) => true,
        Some([Glyph { folded: ' ', .. }, next, ..]) => {
            !next.is_digit() && !is_capital(text, next) && !is_money_sign(next.folded)
        }
        Some([next, ..]) => {
            matches!(next.folded, ',' | ';' | ')' | '/' | '|') || !next.folded.is_ascii()
        }
    }
}

fn is_capital(text: &str, glyph: &Glyph) -> bool {
    text[glyph.start as usize..].chars().next().is_some_and(char::is_uppercase)
}

fn is_in_capitals(text: &str, glyphs: &[Glyph]) -> bool {
    glyphs
        .iter()
        .all(|glyph| text.as_bytes().get(glyph.start as usize).is_some_and(u8::is_ascii_uppercase))
}

/// What a word of the list, or a currency's code, is.
fn meaning(text: &str, glyphs: &[Glyph]) -> Option<What> {
    meaning_of(text, glyphs, false)
}

/// The same of letters that may touch the number: then `ron` is no name.
fn meaning_of(text: &str, glyphs: &[Glyph], touches: bool) -> Option<What> {
    let key = Key::of(glyphs)?;
    if let [sign] = glyphs
        && is_money_sign(sign.folded)
        && cldr::look(key.as_bytes()).is_none()
    {
        // A sign of money that no list has: nobody's here.
        return Some(What::Money(Codes::Of("")));
    }
    // LE20.03, LE. 20.03: Egypt's pounds, where `le` is an article.
    if let [Glyph { folded: 'l', .. }, last @ Glyph { folded: 'e', .. }] = glyphs
        && is_in_capitals(text, glyphs)
        && (touches || text.as_bytes().get(last.end as usize) == Some(&b'.'))
    {
        return Some(What::Money(Codes::Of("EGP,SLE")));
    }
    let code = (glyphs.len() == 3).then(|| {
        let in_capitals = is_in_capitals(text, glyphs);
        let code = cldr::code(key.as_bytes(), in_capitals || touches);
        code.map(What::Money).map(|code| (code, in_capitals))
    });
    // ZAR is a month of Estonia, but not in capitals.
    match code.flatten() {
        Some((code, true)) => Some(code),
        code => match cldr::look(key.as_bytes()) {
            Some(Word::Money(codes)) => Some(What::Money(codes)),
            Some(Word::Multiplier) => Some(What::Multiplier),
            Some(Word::Month(_) | Word::Islamic(_)) => Some(What::Month),
            None => code.map(|code| code.0),
        },
    }
}

/// Whether a word may touch a number, or the letters that a number begins with.
pub(crate) fn may_touch(word: &[Glyph], words: &[Vec<char>]) -> bool {
    word.len() > 1 && letters(word, words) == What::Known
}

/// Whether a code of a currency behind a sum that has its own mark is a word of a shop's
/// name: `BOB ATM`, `TOP UP`, `RM Padang`.
pub(crate) fn is_of_shop(glyphs: &[Glyph], from: usize, edge: usize) -> bool {
    const WORDS: [&str; 16] = [
        "all", "bam", "bob", "cad", "cop", "cup", "gel", "lak", "mad", "mop", "pen", "ron", "sos",
        "top", "try", "zar",
    ];
    let letters = glyphs[from..edge].iter().filter(|glyph| glyph.is_letter()).take(4);
    let word: String = letters.map(|glyph| glyph.folded).collect();
    let goes_on = glyphs[edge..].iter().take(2).any(Glyph::is_of_word);
    goes_on && (word.len() != 3 || WORDS.contains(&word.as_str()))
}

/// Whether F CFA, francs of Africa, begins here.
fn is_cfa(glyphs: &[Glyph]) -> bool {
    let letters = glyphs.iter().map(|glyph| glyph.folded).take(5);
    letters.eq("f cfa".chars()) && !glyphs.get(5).is_some_and(Glyph::is_of_word)
}

/// What letters are that touch a number and mean no money, month or multiplier.
fn letters(glyphs: &[Glyph], words: &[Vec<char>]) -> What {
    if glyphs.iter().all(|glyph| hides(glyph.folded)) {
        return What::Mask;
    }
    // In Arabic and Hebrew "with" and "in" are letters of the word.
    let is_semitic = |glyph: &Glyph| matches!(glyph.folded, '\u{590}'..='\u{6ff}');
    if glyphs.len() <= 2 && glyphs.iter().all(is_semitic) {
        return What::Known;
    }
    // a/c, No.
    let word: Vec<u8> = glyphs
        .iter()
        .filter(|glyph| glyph.is_of_word())
        .map(|glyph| u8::try_from(glyph.folded).unwrap_or(b'?'))
        .take(WORD_GLYPHS_MAX)
        .collect();
    let is_declared = || {
        words.iter().any(|word| {
            word.len() == glyphs.len()
                && word.iter().zip(glyphs).all(|(own, glyph)| *own == glyph.folded)
        })
    };
    if is_known(&word) || is_declared() { What::Known } else { What::Unknown }
}

/// What stands before the number that begins at a glyph. `words` are those that the
/// bank declares.
pub(crate) fn before(glyphs: &[Glyph], text: &str, at: usize, words: &[Vec<char>]) -> Beside {
    let mut end = at;
    while at - end < FILLERS_MAX && end > 0 && is_filler(glyphs[end - 1].folded) {
        end -= 1;
    }
    // ...3181: digits are hidden.
    if let [.., Glyph { folded: '.', .. }, Glyph { folded: '.', .. }] = glyphs[..at] {
        return Beside {
            what: What::Mask,
            touches: true,
            is_weak: false,
            is_name: false,
            edge: at,
        };
    }
    let touches = end == at;
    let nothing =
        Beside { what: What::Nothing, touches, is_weak: false, is_name: false, edge: end };
    let Some(last) = end.checked_sub(1).map(|last| &glyphs[last]) else { return nothing };
    if !is_of_mark(last) {
        if touches && hides(last.folded) {
            return Beside { what: What::Mask, ..nothing };
        }
        // S/, of which the sign is a part.
        if last.folded == '/'
            && end > 1
            && glyphs[end - 2].is_of_word()
            && !end.checked_sub(3).is_some_and(|before| glyphs[before].is_of_word())
            && let Some(what @ What::Money(_)) = meaning(text, &glyphs[end - 2..end])
        {
            return Beside { what, edge: end - 2, ..nothing };
        }
        if last.folded < '\u{e00}' || !cldr::may_have_edge(last.folded, true) {
            return nothing;
        }
        let longest = longest_word(last.folded).min(end);
        return (1..=longest)
            .rev()
            .filter(|length| cldr::may_have_edge(glyphs[end - length].folded, false))
            .find_map(|length| {
                let what = meaning(text, &glyphs[end - length..end])?;
                // 동 ends names of people too: 홍*동.
                let is_alone = !(end - length).checked_sub(1).is_some_and(|before| {
                    is_spaceless(&glyphs[before]) || hides(glyphs[before].folded)
                });
                (matches!(what, What::Money(_)) && (touches || length > 1 || is_alone))
                    .then_some(Beside { what, edge: end - length, ..nothing })
            })
            .unwrap_or(nothing);
    }
    let length = glyphs[..end]
        .iter()
        .rev()
        .take(WORD_GLYPHS_MAX + 1)
        .take_while(|glyph| is_of_mark(glyph) || matches!(glyph.folded, '.' | '/'))
        .count();
    let mut token = &glyphs[end - length..end];
    while let [Glyph { folded: '.' | '/', .. }, rest @ ..] = token {
        token = rest;
    }
    let is_short = length <= WORD_GLYPHS_MAX;
    // Of DB1W32QR, a reference, the end is no mark.
    let is_of_code =
        !touches && (end - length).checked_sub(1).is_some_and(|before| glyphs[before].is_digit());
    if is_short {
        // The whole, a code before its sign (HKD$), what stands behind the last sign
        // within, a sign alone.
        let behind_sign =
            token.iter().rposition(|glyph| matches!(glyph.folded, '.' | '/')).map(|sign| sign + 1);
        let sign = is_money_sign(last.folded).then(|| token.len() - 1);
        let whole = Some((0, token.len()));
        let code = sign.filter(|sign| *sign == 3).map(|sign| (0, sign));
        // Of euros/ج.م what stands behind the first sign too.
        let first_sign = token.iter().position(|glyph| glyph.folded == '/').map(|sign| sign + 1);
        let parts = [
            whole,
            code,
            first_sign.map(|at| (at, token.len())),
            behind_sign.map(|at| (at, token.len())),
            sign.map(|at| (at, token.len())),
        ];
        for (from, to) in parts.into_iter().flatten() {
            let part = &token[from..to];
            let is_word = is_word(text, part);
            let is_weak = !touches && is_latin_letter(part);
            if let Some(what) = meaning_of(text, part, touches)
                && (touches || !is_word)
                && !(is_of_code && from == 0 && token.len() == length)
            {
                let mut edge = end - (token.len() - from);
                if edge >= 2 && is_cfa(&glyphs[edge - 2..]) {
                    edge -= 2;
                }
                return match what {
                    // A multiplier stands behind.
                    What::Multiplier => nothing,
                    what => Beside { what, is_weak, edge, ..nothing },
                };
            }
        }
    }
    let word = glyphs[..end].iter().rev().take_while(|glyph| glyph.is_of_word()).take(64).count();
    // pesos colombianos 4: the name before its adjective, and both before the sum.
    let adjective = &glyphs[end - word..end];
    let is_arabic = matches!(last.folded, '\u{600}'..='\u{6ff}');
    let is_adjective = is_arabic || (word > MARK_LETTERS_MAX && !is_capital(text, &adjective[0]));
    if is_adjective && end > word + 1 && glyphs[end - word - 1].folded == ' ' {
        let end = end - word - 1;
        let length = glyphs[..end].iter().rev().take(WORD_GLYPHS_MAX);
        let length = length.take_while(|glyph| glyph.is_of_word()).count();
        let name = &glyphs[end - length..end];
        let is_name = is_arabic || (length > MARK_LETTERS_MAX && !is_capital(text, &name[0]));
        if length >= MARK_LETTERS_MAX
            && is_name
            && let Some(what @ What::Money(_)) = meaning(text, name)
        {
            return Beside { what, edge: end - length, ..nothing };
        }
    }
    let what = match touches {
        true if is_short => first_known(token, words),
        true => What::Known,
        false => What::Nothing,
    };
    Beside { what, edge: end - word, ..nothing }
}

/// What letters before a number are: the token as it stands, such as `a/c`, or what
/// stands behind its last sign.
fn first_known(token: &[Glyph], words: &[Vec<char>]) -> What {
    let whole = letters(token, words);
    if whole != What::Unknown {
        return whole;
    }
    let sign = token.iter().rposition(|glyph| matches!(glyph.folded, '.' | '/'));
    let last = sign.map_or(What::Unknown, |sign| letters(&token[sign + 1..], words));
    // A mark that nobody knows is short: KD, Dhs.
    let is_long = token.len() - sign.map_or(0, |sign| sign + 1) > MARK_LETTERS_MAX;
    if is_long { What::Known } else { last }
}

/// Whether the second mark behind a sum, which ends at `edge`, is the next number's: what is
/// no name right behind the first one (CFA francs, 元人民币), and all before `: 25`.
pub(crate) fn is_before_number(glyphs: &[Glyph], text: &str, first: usize, edge: usize) -> bool {
    let fillers = glyphs[edge..].iter().take(FILLERS_MAX);
    let fillers = fillers.take_while(|glyph| is_filler(glyph.folded)).count();
    if !glyphs.get(edge + fillers).is_some_and(Glyph::is_digit) {
        return false;
    }
    let is_between = |glyph: &&Glyph| !is_of_mark(glyph) && !is_spaceless(glyph);
    let between = glyphs[first..edge].iter().take_while(is_between).count();
    let is_joined = between == 1 && text.as_bytes()[glyphs[first].start as usize] == b' ';
    let mark = &glyphs[first + between..edge];
    let is_name = match mark {
        [single] => between == 0 && !is_money_sign(single.folded),
        _ => between == 0 || (is_joined && mark.len() > MARK_LETTERS_MAX),
    };
    !is_name || is_right_before(glyphs, edge)
}

/// Whether a number begins right behind a mark that ends at `edge`, or behind a sign that
/// says so: `: 25`, `=25`.
pub(crate) fn is_right_before(glyphs: &[Glyph], edge: usize) -> bool {
    let behind = &glyphs[edge..];
    let fillers = behind.iter().take(FILLERS_MAX).take_while(|glyph| is_filler(glyph.folded));
    let fillers = fillers.count();
    let is_said = behind[..fillers].iter().any(|glyph| matches!(glyph.folded, ':' | '=' | '~'));
    (fillers == 0 || is_said) && behind.get(fillers).is_some_and(Glyph::is_digit)
}

/// Whether a mark that ends at `edge` stands behind its sum wherever it is written: 元.
pub(crate) fn stands_behind(glyphs: &[Glyph], edge: usize) -> bool {
    let is_unit = |folded| matches!(folded, '元' | '圆' | '圓' | '円' | '원');
    edge.checked_sub(1).is_some_and(|last| is_unit(glyphs[last].folded))
        && !is_right_before(glyphs, edge)
}

/// Whether a mark that ends at `edge` is K or M alone: thousands, millions.
pub(crate) fn is_thousands(glyphs: &[Glyph], edge: usize) -> bool {
    let [.., before, last] = &glyphs[..edge] else { return false };
    matches!(last.folded, 'k' | 'm') && !is_of_mark(before)
}

/// Whether these glyphs are a mark or name of money.
pub(crate) fn is_money(text: &str, glyphs: &[Glyph]) -> bool {
    matches!(meaning(text, glyphs), Some(What::Money(_)))
}

/// What may stand between a number and the mark behind it: spaces, and `,-`, `.-`, `/-`
/// for cents that there are none of.
fn gap(glyphs: &[Glyph]) -> usize {
    let folded = |at: usize| glyphs.get(at).map_or('\0', |glyph| glyph.folded);
    let signs = match (folded(0), folded(1)) {
        ('.' | ',' | '/' | '\'', '-') => 2,
        ('-', ' ') => 1,
        _ => 0,
    };
    signs + glyphs[signs..].iter().take(2).take_while(|glyph| glyph.folded == ' ').count()
}

/// The currency of a name of several words, if the list has the whole of it.
fn whole_name(glyphs: &[Glyph]) -> Option<What> {
    let key = Key::of(glyphs.iter().filter(|glyph| glyph.folded != ' '))?;
    match cldr::look(key.as_bytes()) {
        Some(Word::Money(codes)) => Some(What::Money(codes)),
        _ => None,
    }
}

/// A name of money behind one or two words: `27.46 New Zealand dollars`.
pub(crate) fn name_behind(glyphs: &[Glyph], text: &str, from: usize) -> Option<Beside> {
    let start = from + gap(&glyphs[from..]);
    let mut at = start;
    for is_second in [false, true] {
        let word = glyphs[at..]
            .iter()
            .take(WORD_GLYPHS_MAX)
            .take_while(|glyph| glyph.is_of_word())
            .count();
        // No preposition: an adjective, or US.
        let is_short = word == 2 && !is_in_capitals(text, &glyphs[at..at + word]);
        let is_lower = is_second && glyphs.get(at).is_some_and(|glyph| !is_capital(text, glyph));
        if word < 2
            || is_short
            || is_lower
            || glyphs.get(at + word).is_none_or(|glyph| glyph.folded != ' ')
        {
            return None;
        }
        at += word + 1;
        let name = glyphs[at..]
            .iter()
            .take(WORD_GLYPHS_MAX)
            .take_while(|glyph| glyph.is_of_word())
            .count();
        // ref BAT9KX: a reference.
        let is_whole = !glyphs.get(at + name).is_some_and(Glyph::is_digit);
        if name >= MARK_LETTERS_MAX
            && is_whole
            && let Some(what @ What::Money(_)) = meaning(text, &glyphs[at..at + name])
        {
            // Swiss francs, of all francs.
            let what = whole_name(&glyphs[start..at + name]).unwrap_or(what);
            return Some(Beside {
                what,
                touches: start == from || glyphs[from].folded != ' ',
                is_weak: false,
                is_name: true,
                edge: at + name,
            });
        }
    }
    None
}

/// The letters of a multiplier that is glued to a mark or name of money: 7.21kHK$, 0.90bn¥,
/// 263mJPY, 9.67mMexican pesos.
fn multiplier_before_mark(
    glyphs: &[Glyph],
    text: &str,
    start: usize,
    touches: bool,
) -> Option<usize> {
    let longest = match glyphs[start..] {
        [Glyph { folded: 'b' | 'm', .. }, Glyph { folded: 'n' | 'm' | 'i', .. }, ..] => 2,
        [Glyph { folded: 'k' | 'm' | 'b', .. }, ..] => 1,
        _ => return None,
    };
    let word = &glyphs[start..];
    let length = word.iter().take(2 * WORD_GLYPHS_MAX).take_while(|glyph| is_of_mark(glyph));
    let word = &word[..length.count()];
    if meaning(text, word).is_some() {
        return None;
    }
    // billionNepalese rupees.
    let long = MULTIPLIER_LETTERS_MIN..=WORD_GLYPHS_MAX.min(word.len());
    if word.len() > WORD_GLYPHS_MAX
        && let Some(length) =
            long.rev().find(|length| meaning(text, &word[..*length]) == Some(What::Multiplier))
    {
        return Some(length);
    }
    let is_big = |at: usize| word.get(at).is_some_and(|glyph| is_capital(text, glyph));
    (1..=longest).find(|length| {
        let mark = &word[*length..];
        let is_marked = match mark {
            [] => false,
            [sign] if is_money_sign(sign.folded) => true,
            // 4.45mB.
            [_] => touches && is_big(1) && !is_big(0) && is_money(text, mark),
            // 55 MGs., no MRS.
            [_, second] => {
                let is_mixed = is_big(*length) && !is_capital(text, second);
                (touches || is_mixed) && is_money(text, mark)
            }
            [_, _, _] => {
                let is_code = is_in_capitals(text, mark) || mark[0].end - mark[0].start > 1;
                (touches || is_code || *length == 2) && is_money(text, mark)
            }
            // No brand.
            _ => (touches || *length == 2 || word[0].folded != 'b') && is_money(text, mark),
        };
        let is_named = || {
            is_big(*length) && name_behind(glyphs, text, start + length).is_some()
                || (*length == 2 && touches && is_big(2) && !is_big(0))
        };
        is_marked || is_named()
    })
}

/// What stands behind the number whose last glyph is before this one.
pub(crate) fn behind(glyphs: &[Glyph], text: &str, from: usize, words: &[Vec<char>]) -> Beside {
    let start = from + gap(&glyphs[from..]);
    let touches = !glyphs[from..start].iter().any(|glyph| glyph.folded == ' ');
    let nothing =
        Beside { what: What::Nothing, touches, is_weak: false, is_name: false, edge: start };
    // 9999:-, as Swedes write kronor.
    if let [Glyph { folded: ':', .. }, Glyph { folded: '-', .. }, rest @ ..] = &glyphs[start..]
        && rest.first().is_none_or(|next| matches!(next.folded, ' ' | '.' | ',' | ')'))
        && (start > from || rest.get(1).is_none_or(|next| !next.is_digit() && !is_of_mark(next)))
    {
        let codes = Codes::Of("SEK,NOK,DKK,ISK");
        return Beside { what: What::Money(codes), touches: true, edge: start + 2, ..nothing };
    }
    let Some(first) = glyphs.get(start) else { return nothing };
    if !is_of_mark(first) {
        if touches && hides(first.folded) {
            return Beside { what: What::Mask, ..nothing };
        }
        if first.folded < '\u{e00}' || !cldr::may_have_edge(first.folded, false) {
            return nothing;
        }
        let longest = longest_word(first.folded).min(glyphs.len() - start);
        return (1..=longest)
            .rev()
            .filter(|length| cldr::may_have_edge(glyphs[start + length - 1].folded, true))
            .find_map(|length| {
                let what = meaning(text, &glyphs[start..start + length])?;
                // 百佳 behind a space may be a shop, 百已 and 千の are none.
                let is_mark = matches!(what, What::Money(_) | What::Multiplier);
                let behind = &glyphs[start + length..];
                let leads_to_money =
                    |length| behind.get(..length).is_some_and(|word| is_money(text, word));
                let is_alone = !behind.first().is_some_and(|next| match next.folded {
                    '/' => !behind.get(1).is_some_and(Glyph::is_digit),
                    other => is_spaceless(next) && !is_particle(other),
                }) || (1..=HAN_GLYPHS_MAX).any(leads_to_money);
                (is_mark && (touches || length > 1 || is_alone)).then_some(Beside {
                    what,
                    edge: start + length,
                    ..nothing
                })
            })
            .unwrap_or(nothing);
    }
    if let Some(length) = multiplier_before_mark(glyphs, text, start, touches) {
        return Beside { what: What::Multiplier, edge: start + length, ..nothing };
    }
    let length = glyphs[start..]
        .iter()
        .take(WORD_GLYPHS_MAX + 1)
        .take_while(|glyph| is_of_mark(glyph) || matches!(glyph.folded, '.' | '/' | '"'))
        .count();
    let mut token = &glyphs[start..start + length];
    while let [rest @ .., Glyph { folded: '.' | '/' | '"', .. }] = token {
        token = rest;
    }
    if length <= WORD_GLYPHS_MAX {
        let before_sign = token.iter().position(|glyph| matches!(glyph.folded, '.' | '/'));
        let sign = is_money_sign(first.folded).then_some(1);
        // S/, of which the sign is a part.
        let with_sign = token.len()
            + usize::from(glyphs.get(start + token.len()).is_some_and(|glyph| glyph.folded == '/'));
        // CLP$, millionHKD.
        let code = (token.len() == 4 && is_money_sign(token[3].folded)).then_some(3);
        let multiplier = (token.len() > MULTIPLIER_LETTERS_MIN).then(|| {
            (MULTIPLIER_LETTERS_MIN..token.len())
                .rev()
                .find(|length| meaning(text, &token[..*length]) == Some(What::Multiplier))
        });
        // GB£, of which nobody knows the letters.
        if let [.., sign] = token
            && is_money_sign(sign.folded)
            && !is_money_sign(first.folded)
            && code.is_none()
            && before_sign.is_none()
            && multiplier.flatten().is_none()
            && meaning(text, token).is_none()
            && let Some(what) = meaning(text, &token[token.len() - 1..])
        {
            return Beside { what, edge: start + token.len(), ..nothing };
        }
        let ends =
            [Some(with_sign), Some(token.len()), code, before_sign, sign, multiplier.flatten()];
        let is_right_behind = start == from || glyphs[from].folded != ' ';
        for to in ends.into_iter().flatten() {
            let part = &glyphs[start..start + to];
            // K11: a shop.
            let is_name =
                !touches && part.len() == 1 && glyphs.get(start + 1).is_some_and(Glyph::is_digit);
            if let Some(what) = meaning_of(text, part, is_right_behind)
                && (touches || !is_word(text, part))
                && !is_name
            {
                let is_weak = !touches
                    && is_latin_letter(part)
                    && !is_cfa(&glyphs[start..])
                    && !ends_a_clause(glyphs, text, start + to);
                // Of CLP$ the sign too, of F CFA both words.
                let length = match code == Some(to) {
                    true => token.len(),
                    false if is_cfa(&glyphs[start..]) => 5,
                    false => to,
                };
                let is_name = part.len() > MARK_LETTERS_MAX && !is_capital(text, &part[0]);
                return Beside { what, is_weak, is_name, edge: start + length, ..nothing };
            }
        }
    }
    let word = glyphs[start..].iter().take_while(|glyph| glyph.is_of_word()).take(64).count();
    let what = match (touches, &glyphs[start..start + word]) {
        // 5k, 3m, 2b: thousands, millions, billions; not in 2026-08-15T17:27.
        (true, [Glyph { folded: 'k' | 'm' | 'b' | 't', .. }])
            if !glyphs.get(start + 1).is_some_and(Glyph::is_digit) =>
        {
            What::Multiplier
        }
        (false, [Glyph { folded: 'k' | 'm', .. }])
            if !glyphs.get(start + 1).is_some_and(|next| match next.folded {
                // K. Mart, but 5 k. in small letters.
                '.' => is_capital(text, &glyphs[start]),
                '&' => true,
                _ => next.is_digit(),
            }) =>
        {
            What::Multiplier
        }
        (true, word) => letters(word, words),
        (false, _) => What::Nothing,
    };
    Beside { what, edge: start + word, ..nothing }
}
