//! Words that say what the number beside them is.

use super::glyphs::Glyph;

/// What a word announces.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Cue {
    /// An amount.
    Money,
    /// A number to call.
    Call,
    /// A card's security code.
    SecurityCode,
    /// A one-time password.
    OneTime,
}

/// A cue in a text: glyphs `start..end`.
#[derive(Clone, Copy)]
pub(super) struct Found {
    pub(super) cue: Cue,
    pub(super) start: usize,
    pub(super) end: usize,
}

use Cue::{Call, Money, OneTime, SecurityCode};

/// The words, sorted by their first character and then the longer first. A
/// space stands for any number of spaces and hyphens.
const WORDS: &[(&str, Cue)] = &[
    ("access code", OneTime),
    ("amount", Money),
    ("amt", Money),
    ("balance", Money),
    ("bal", Money),
    ("call", Call),
    ("card verification", SecurityCode),
    ("charged", Money),
    ("contact", Call),
    ("credited", Money),
    ("csc", SecurityCode),
    ("cvc2", SecurityCode),
    ("cvc", SecurityCode),
    ("cvn2", SecurityCode),
    ("cvn", SecurityCode),
    ("cvv2", SecurityCode),
    ("cvv", SecurityCode),
    ("debited", Money),
    ("deposit", Money),
    ("dial", Call),
    ("fee", Money),
    ("helpline", Call),
    ("hotline", Call),
    ("login code", OneTime),
    ("not you", Call),
    ("one time code", OneTime),
    ("one time passcode", OneTime),
    ("one time password", OneTime),
    ("one time pin", OneTime),
    ("otp", OneTime),
    ("paid", Money),
    ("passcode", OneTime),
    ("payment", Money),
    ("phone", Call),
    ("pin", OneTime),
    ("purchase", Money),
    ("received", Money),
    ("refunded", Money),
    ("refund", Money),
    ("ring", Call),
    ("sale", Money),
    ("security code", SecurityCode),
    ("spent", Money),
    ("telephone", Call),
    ("tel", Call),
    ("total", Money),
    ("transfer", Money),
    ("verification code", OneTime),
    ("verification value", SecurityCode),
    ("whatsapp", Call),
    ("withdrawal", Money),
    ("withdrew", Money),
    ("your code", OneTime),
    ("一次性密码", OneTime),
    ("动态口令", OneTime),
    ("动态密码", OneTime),
    ("动态码", OneTime),
    ("付款", Money),
    ("付现", Money),
    ("余额", Money),
    ("余額", Money),
    ("共计", Money),
    ("冲正", Money),
    ("到账", Money),
    ("取现", Money),
    ("口令", OneTime),
    ("合计", Money),
    ("咨询", Call),
    ("回拨", Call),
    ("安全码", SecurityCode),
    ("安全碼", SecurityCode),
    ("安全代码", SecurityCode),
    ("完成", Money),
    ("实付", Money),
    ("客服", Call),
    ("密码", OneTime),
    ("应付", Money),
    ("应", Money),
    ("总计", Money),
    ("手续费", Money),
    ("扣款", Money),
    ("扣除", Money),
    ("扣费", Money),
    ("拨打", Call),
    ("拨", Call),
    ("支付", Money),
    ("支出", Money),
    ("撤销", Money),
    ("收入", Money),
    ("收款", Money),
    ("末三位", SecurityCode),
    ("来电", Call),
    ("校验码", OneTime),
    ("查询", Call),
    ("消费", Money),
    ("消費", Money),
    ("热线", Call),
    ("熱線", Call),
    ("电话", Call),
    ("電話", Call),
    ("电", Call),
    ("确认码", OneTime),
    ("缴费", Money),
    ("联系", Call),
    ("致电", Call),
    ("致電", Call),
    ("询", Call),
    ("转入", Money),
    ("转出", Money),
    ("转账", Money),
    ("退款", Money),
    ("部分消费", Money),
    ("金额", Money),
    ("金額", Money),
    ("预授权", Money),
    ("验证码", OneTime),
    ("驗證碼", OneTime),
];

/// Which characters a word may begin with, as a filter of 1,024 bits.
const FIRST: [u64; 16] = {
    let mut filter = [0; 16];
    let mut at = 0;
    while at < WORDS.len() {
        let bit = first(WORDS[at].0.as_bytes()) % 1024;
        filter[(bit / 64) as usize] |= 1 << (bit % 64);
        at += 1;
    }
    filter
};

/// The code point that a text of one or three bytes a character begins with.
const fn first(text: &[u8]) -> u32 {
    if text[0] < 0x80 {
        text[0] as u32
    } else {
        (text[0] as u32 & 0xf) << 12 | (text[1] as u32 & 0x3f) << 6 | text[2] as u32 & 0x3f
    }
}

/// Finds the words, in order.
pub(super) fn find(glyphs: &[Glyph]) -> Vec<Found> {
    let mut found = Vec::with_capacity(16);
    let mut after_letter = false;
    let mut free_from = 0;
    for (start, glyph) in glyphs.iter().enumerate() {
        let code = glyph.folded as u32;
        let is_inside = after_letter && glyph.is_letter();
        after_letter = glyph.is_letter();
        let bit = code % 1024;
        if is_inside || start < free_from || FIRST[(bit / 64) as usize] >> (bit % 64) & 1 == 0 {
            continue;
        }
        let candidates = WORDS.iter().filter(|(word, _)| first(word.as_bytes()) == code);
        let longest = candidates
            .filter_map(|(word, cue)| Some((*cue, ends(glyphs, start, word)?)))
            .max_by_key(|(_, end)| *end);
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
    use crate::guard::glyphs;

    #[test]
    fn words_are_found_whole_and_in_disguise() {
        let cues = |text: &str| -> Vec<_> {
            find(&glyphs::read(text, &mut Vec::new())).iter().map(|found| found.cue).collect()
        };
        assert_eq!(cues("Call us. Amount due"), [Call, Money]);
        assert_eq!(cues("recall, calling, amounts"), []);
        assert_eq!(cues("ＣＶＶ one-time  password"), [SecurityCode, OneTime]);
        assert_eq!(cues("您的验证码是，请致电"), [OneTime, Call]);
    }
}
