//! Card numbers in disguise: this transaction's own and others'.

use super::issuers;
use crate::Sample;
use crate::draw::Random;
use crate::strangers::base::{Base, Slot};
use crate::strangers::numerals::{self, Family, SEPARATORS, Writer, classes};

/// How the number is spread beyond its numerals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Grouped,
    Bare,
    Single,
    LineBreaks,
    BehindMask,
    LettersBetween,
    WordsBetween,
    InPath,
    CheckDigitApart,
    SplitTexts,
    SplitInText,
    IntoMerchant,
}

/// Dirty: a whole card number that a person can read.
pub fn disguised(seed: u64) -> Sample {
    let mut random = Random::new(seed, "cards");
    let mut base = Base::new(seed);
    let is_own = random.chance(45);
    let digits = if is_own {
        let mut number = issuers::number(&mut random);
        // With a BIN of eight digits and the last four, shorter ones leave next to nothing.
        while number.len() < 15 {
            number = issuers::number(&mut random);
        }
        base.facts.pan.clone_from(&number);
        base.facts.bin = number[..6].to_owned();
        let last4 = number[number.len() - 4..].to_owned();
        change_last4(&mut base, &last4);
        number
    } else {
        issuers::number(&mut random)
    };
    let shape = match random.below(100) {
        0..34 => Shape::Grouped,
        34..44 => Shape::Bare,
        44..50 => Shape::Single,
        50..57 => Shape::LineBreaks,
        57..62 => Shape::BehindMask,
        62..66 => Shape::LettersBetween,
        66..69 => Shape::WordsBetween,
        69..73 => Shape::InPath,
        73..78 => Shape::CheckDigitApart,
        78..90 => Shape::SplitTexts,
        90..95 => Shape::SplitInText,
        _ => Shape::IntoMerchant,
    };
    let family = match numerals::family(&mut random) {
        Family::Letters | Family::GluedWords if shape == Shape::LettersBetween => Family::Plain,
        family => family,
    };
    let cue = random.pick(&[
        "",
        "",
        "",
        "card ",
        "Card no. ",
        "卡号",
        "卡号：",
        "card number: ",
        "PAN ",
        "银行卡",
        "tarjeta ",
        "карта ",
        "カード番号 ",
        "카드 ",
        "No. ",
        "#",
        "A/c ",
        "帳號",
    ]);
    let texts = spread(&mut random, &mut base, shape, family, cue, &digits);
    let plain = match (is_own, shape) {
        (true, Shape::Grouped) => "card-own-grouped",
        (true, Shape::Bare) => "card-own-bare",
        (true, Shape::Single) => "card-own-single-digits",
        (true, Shape::LineBreaks) => "card-own-line-breaks",
        (true, Shape::BehindMask) => "card-own-behind-mask",
        (true, Shape::LettersBetween) => "card-own-letters-between",
        (true, Shape::WordsBetween) => "card-own-words-between",
        (true, Shape::InPath) => "card-own-in-path",
        (true, Shape::CheckDigitApart) => "card-own-check-digit-apart",
        (true, Shape::SplitTexts) => "card-own-split-texts",
        (true, Shape::SplitInText) => "card-own-split-in-text",
        (true, Shape::IntoMerchant) => "card-own-into-merchant",
        (false, Shape::Grouped) => "card-grouped",
        (false, Shape::Bare) => "card-bare",
        (false, Shape::Single) => "card-single-digits",
        (false, Shape::LineBreaks) => "card-line-breaks",
        (false, Shape::BehindMask) => "card-behind-mask",
        (false, Shape::LettersBetween) => "card-letters-between",
        (false, Shape::WordsBetween) => "card-words-between",
        (false, Shape::InPath) => "card-in-path",
        (false, Shape::CheckDigitApart) => "card-check-digit-apart",
        (false, Shape::SplitTexts) => "card-split-texts",
        (false, Shape::SplitInText) => "card-split-in-text",
        (false, Shape::IntoMerchant) => "card-into-merchant",
    };
    let class = match shape {
        Shape::SplitTexts => plain,
        _ if is_own => classes!("card-own", family, plain),
        _ => classes!("card", family, plain),
    };
    base.sample(class, texts, true)
}

/// The text names this card's last four, in a phrase too.
fn change_last4(base: &mut Base, last4: &str) {
    let old = std::mem::replace(&mut base.facts.last4, last4.to_owned());
    for piece in &mut base.pieces {
        match piece.slot {
            Slot::Last4 => last4.clone_into(&mut piece.text),
            Slot::Phrase => piece.text = piece.text.replace(&old, last4),
            _ => {}
        }
    }
}

fn spread(
    random: &mut Random,
    base: &mut Base,
    shape: Shape,
    family: Family,
    cue: &str,
    digits: &str,
) -> Vec<String> {
    let count = digits.len();
    let bare = |random: &mut Random, digits: &str| {
        numerals::grouped(random, digits, family, &[digits.len()], &[], false)
    };
    match shape {
        Shape::Grouped => {
            let number = numerals::number(random, digits, family);
            put(random, base, cue, &number);
        }
        Shape::Bare => {
            let number = bare(random, digits);
            put(random, base, cue, &number);
        }
        Shape::Single => {
            let separator = random.pick(SEPARATORS);
            let sizes = vec![1; count];
            let separators = vec![separator; count - 1];
            let number = numerals::grouped(random, digits, family, &sizes, &separators, false);
            put(random, base, cue, &number);
        }
        Shape::LineBreaks => {
            let sizes = numerals::sizes(random, count);
            let sizes = if sizes.len() == 1 { vec![4, 4, count - 8] } else { sizes };
            let line_break =
                random.pick(&["\n", "\r\n", "\n\n", " \n ", "\n- ", "\r", "\u{2028}", "\u{85}"]);
            let separators = vec![line_break; sizes.len() - 1];
            let number = numerals::grouped(random, digits, family, &sizes, &separators, false);
            put(random, base, cue, &number);
        }
        Shape::BehindMask => {
            let mask = random.pick(&[
                "xxxx",
                "xxxx xxxx ",
                "****",
                "XXXX-",
                "••••",
                "xx",
                "＊＊＊＊ ",
                "....",
            ]);
            let number = format!("{mask}{}", numerals::number(random, digits, family));
            put(random, base, cue, &number);
        }
        Shape::LettersBetween => {
            let letter = random.pick(&["x", "b", "_", "z", "卡", "=", "'", "o-", "N", "~"]);
            let size = random.range(1, 4);
            let sizes = chunks(count, size);
            let separators = vec![letter; sizes.len() - 1];
            let number = numerals::grouped(random, digits, family, &sizes, &separators, false);
            put(random, base, cue, &number);
        }
        Shape::WordsBetween => {
            let word = random.pick(&[
                " then ",
                " and ",
                "然后",
                "，接着",
                " und ",
                " y ",
                "、再输",
                " next: ",
            ]);
            let sizes = chunks(count, 4);
            let separators = vec![word; sizes.len() - 1];
            let number = numerals::grouped(random, digits, family, &sizes, &separators, false);
            put(random, base, cue, &number);
        }
        Shape::InPath => {
            let domain = "kitebank.com";
            base.sender.links = vec![domain.to_owned()];
            let at = random.range(4, count - 4);
            let at = if random.chance(25) { count } else { at };
            let (head, tail) = digits.split_at(at);
            let path = random.pick(&["/", "/c/", "/?n=", "/pay/", "/a#"]);
            let (head, tail) = (bare(random, head), bare(random, tail));
            put(random, base, cue, &format!("https://{domain}{path}{head} {tail}"));
        }
        Shape::CheckDigitApart => {
            let (head, tail) = digits.split_at(count - 1);
            let between = random.pick(&[
                " check digit ",
                "，末位",
                " (last digit ",
                "，最后一位是",
                " + ",
                " ... ",
                " and ends in ",
                "\n\n",
                " 校验位",
                "; then ",
            ]);
            let close = if between.contains('(') { ")" } else { "" };
            let head = numerals::number(random, head, family);
            let tail = bare(random, tail);
            put(random, base, cue, &format!("{head}{between}{tail}{close}"));
        }
        Shape::SplitTexts => return split(random, base, family, cue, digits),
        Shape::SplitInText => {
            // Before and behind the rest of the text.
            let at = random.range(6, count - 6);
            let (head, tail) = digits.split_at(at);
            let (head, tail) = (bare(random, head), bare(random, tail));
            let from = if base.find(Slot::Signature).is_some() { 2 } else { 0 };
            base.insert(from, format!("{cue}{head} "));
            base.append(&tail);
        }
        Shape::IntoMerchant => {
            let number = numerals::number(random, digits, family);
            let glue = random.pick(&["", " ", "*", "#", "-", "("]);
            if let Some(index) = base.find(Slot::Merchant) {
                base.pieces[index].text.push_str(&format!("{glue}{number}"));
            }
        }
    }
    vec![base.text()]
}

/// At the end, in a line of its own, in brackets, behind a fact, or in place of the last four.
fn put(random: &mut Random, base: &mut Base, cue: &str, number: &str) {
    let text = format!("{cue}{number}");
    let behind = |base: &mut Base, slot: Slot| match base.find(slot) {
        Some(index) => base.pieces[index].text.push_str(&format!(" {text}")),
        None => base.append(&text),
    };
    match random.below(10) {
        0 => base.push_line(&text),
        1 => base.append(&format!("({text})")),
        2 => behind(base, Slot::Hotline),
        3 => behind(base, Slot::Amount),
        4 => match base.find(Slot::Last4) {
            Some(index) => number.clone_into(&mut base.pieces[index].text),
            None => base.append(&text),
        },
        5 => {
            let from = if base.find(Slot::Signature).is_some() { 2 } else { 0 };
            base.insert(from, format!("{text} "));
        }
        6 => behind(base, Slot::Date),
        _ => base.append(&text),
    }
}

fn chunks(count: usize, size: usize) -> Vec<usize> {
    let mut sizes = vec![size; count / size];
    if !count.is_multiple_of(size) {
        sizes.push(count % size);
    }
    sizes
}

/// Over two or three texts, in any order.
fn split(random: &mut Random, base: &Base, family: Family, cue: &str, digits: &str) -> Vec<String> {
    let count = digits.len();
    let parts = if random.chance(60) {
        let at = random.range(4, count - 4);
        vec![&digits[..at], &digits[at..]]
    } else {
        let first = random.range(4, count - 8);
        let second = random.range(first + 3, count - 4);
        vec![&digits[..first], &digits[first..second], &digits[second..]]
    };
    let writer = Writer::new(random, family);
    let gap = if writer.is_words() { " " } else { "" };
    let start = if base.find(Slot::Signature).is_some() {
        format!("{}{}", base.pieces[0].text, base.pieces[1].text)
    } else {
        String::new()
    };
    let body: String = base.text()[start.len()..].to_owned();
    let mut texts = Vec::new();
    for part in parts {
        let written: Vec<String> = part.bytes().map(|digit| writer.write(random, digit)).collect();
        let part = written.join(gap);
        texts.push(match random.below(4) {
            0 => format!("{start}{part} {body}"),
            1 => format!("{start}{cue}{part}"),
            2 => format!("{start}{body}\n{part}"),
            _ => format!("{start}{body} {cue}{part}"),
        });
    }
    random.shuffle(&mut texts);
    texts
}
