//! Words that say what the number beside them is.

use crate::glyphs::Glyph;
use crate::lexicon;
use crate::places::{self, Place};

/// What a word announces.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Cue {
    /// A number to call.
    Call,
    /// A card's security code.
    SecurityCode,
    /// A one-time password.
    OneTime,
}

/// A cue in a text: glyphs `start..end`.
#[derive(Clone, Copy)]
pub(crate) struct Found {
    pub(crate) cue: Cue,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

use Cue::{Call, OneTime, SecurityCode};

/// The words, sorted by their first character and then the longer first. A
/// space stands for any number of spaces and hyphens.
pub(crate) const WORDS: &[(&str, Cue)] = &[
    ("access code", OneTime),
    ("card verification number", SecurityCode),
    ("card verification value", SecurityCode),
    ("card verification code", SecurityCode),
    ("card verification", SecurityCode),
    ("contact", Call),
    ("call", Call),
    ("cvc2", SecurityCode),
    ("cvn2", SecurityCode),
    ("cvv2", SecurityCode),
    ("csc", SecurityCode),
    ("cvc", SecurityCode),
    ("cvn", SecurityCode),
    ("cvv", SecurityCode),
    ("dial", Call),
    ("helpline", Call),
    ("hotline", Call),
    ("login code", OneTime),
    ("not you", Call),
    ("one time passcode", OneTime),
    ("one time password", OneTime),
    ("one time code", OneTime),
    ("one time pin", OneTime),
    ("otp", OneTime),
    ("passcode", OneTime),
    ("phone", Call),
    ("pin", OneTime),
    ("ring", Call),
    ("security code", SecurityCode),
    ("telephone", Call),
    ("tel", Call),
    ("verification value", SecurityCode),
    ("verification code", OneTime),
    ("whatsapp", Call),
    ("your code", OneTime),
    ("一次性密码", OneTime),
    ("动态口令", OneTime),
    ("动态密码", OneTime),
    ("动态码", OneTime),
    ("口令", OneTime),
    ("咨询", Call),
    ("回拨", Call),
    ("安全代码", SecurityCode),
    ("安全码", SecurityCode),
    ("安全碼", SecurityCode),
    ("客服", Call),
    ("密码", OneTime),
    ("拨号", Call),
    ("拨打", Call),
    ("拨通", Call),
    ("拨", Call),
    ("末三位", SecurityCode),
    ("来电", Call),
    ("查询", Call),
    ("校验码", OneTime),
    ("热线", Call),
    ("熱線", Call),
    ("电话", Call),
    ("电", Call),
    ("确认码", OneTime),
    ("联系", Call),
    ("致电", Call),
    ("致電", Call),
    ("询问", Call),
    ("询", Call),
    ("電話", Call),
    ("驗證碼", OneTime),
    ("验证码", OneTime),
];

/// The code points that words begin with, as they are sorted.
const FIRSTS: [u32; WORDS.len()] = lexicon::firsts(WORDS);

/// Finds the words, in order.
pub(crate) fn find(glyphs: &[Glyph], places: &[Place]) -> Vec<Found> {
    let mut found = Vec::with_capacity(8);
    let mut free_from = 0;
    for start in places::of(places, places::CUE) {
        let glyph = &glyphs[start];
        let is_inside = glyph.is_letter() && start > 0 && glyphs[start - 1].is_letter();
        if is_inside || start < free_from {
            continue;
        }
        let words = lexicon::beginning(WORDS, &FIRSTS, glyph.folded as u32);
        let longest = lexicon::longest(words, |word| ends(glyphs, start, word));
        if let Some((cue, end)) = longest {
            found.push(Found { cue, start, end });
            free_from = end;
        }
    }
    found
}

/// Where a word ends that begins at this glyph.
fn ends(glyphs: &[Glyph], start: usize, word: &str) -> Option<usize> {
    let mut at = start;
    for character in word.chars() {
        if character == ' ' {
            // A bound, so that spaces without end are not read again and again.
            for _ in 0..4 {
                if glyphs.get(at).is_some_and(|glyph| matches!(glyph.folded, ' ' | '-')) {
                    at += 1;
                }
            }
        } else if glyphs.get(at)?.folded == character {
            at += 1;
        } else {
            return None;
        }
    }
    let goes_on = glyphs[at - 1].is_letter() && glyphs.get(at).is_some_and(Glyph::is_letter);
    (!goes_on).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::glyphs;

    #[test]
    fn words_are_sorted_by_their_first_character() {
        assert!(FIRSTS.is_sorted());
    }

    #[test]
    fn words_are_found_whole_and_in_disguise() {
        let cues = |text: &str| -> Vec<_> {
            let glyphs = glyphs::read(text, &mut Vec::new()).glyphs;
            find(&glyphs, &places::find(&glyphs)).iter().map(|found| found.cue).collect()
        };
        assert_eq!(cues("Call us. Dial now"), [Call, Call]);
        assert_eq!(cues("recall, calling, amounts"), []);
        assert_eq!(cues("ＣＶＶ one-time  password"), [SecurityCode, OneTime]);
        assert_eq!(cues("您的验证码是，请致电"), [OneTime, Call]);
    }
}
