//! Strangers' numbers to call, of 7 to 15 digits.

use super::base::Base;
use super::facts::only_digits;
use super::numerals::{self, Family, classes};
use super::place::{self, Place};
use crate::Sample;
use crate::draw::Random;

/// What the number is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Telephone,
    /// The hotline's head and more, in place of it or anywhere.
    HotlineHead,
    HotlineTail,
    /// The hotline with one digit changed, or two swapped.
    HotlineNear,
    /// Parts of this transaction's values in an order that is no sequence of facts.
    Parts,
    /// The same fact twice or more.
    Twice,
    /// A number that a phrase ends in, with more behind it.
    PhraseNumber,
}

/// Dirty: a stranger's number to call in an otherwise good text.
pub fn long(seed: u64) -> Sample {
    let mut random = Random::new(seed, "long");
    let mut base = Base::new(seed);
    let source = match random.below(100) {
        0..62 => Source::Telephone,
        62..70 => Source::HotlineHead,
        70..77 => Source::HotlineTail,
        77..83 => Source::HotlineNear,
        83..93 => Source::Parts,
        93..97 => Source::Twice,
        _ => Source::PhraseNumber,
    };
    let (source, text, digits) = draw(&mut random, &base, source);
    let family = numerals::family(&mut random);
    let number = if source == Source::Parts && random.chance(60) {
        // Parts stand apart, as in "08 31 05 20 11 7".
        let sizes: Vec<usize> = text.split(' ').map(str::len).collect();
        let separator = random.pick(numerals::CLOSE_SEPARATORS);
        let separators = vec![separator; sizes.len() - 1];
        numerals::grouped(&mut random, &digits, family, &sizes, &separators, false)
    } else if source == Source::Telephone && family == Family::Plain && random.chance(35) {
        text
    } else if matches!(source, Source::Parts | Source::Twice) {
        numerals::number_with(&mut random, &digits, family, numerals::CLOSE_SEPARATORS)
    } else {
        numerals::number(&mut random, &digits, family)
    };
    let number = if random.chance(6) {
        let (open, close) =
            random.one(&[("ext ", ""), ("转", ""), ("#", ""), ("p", ""), ("x", "")]);
        format!("{number}{open}{}{close}", random.digits(3))
    } else {
        number
    };
    let place = place::pick(&mut random, &base);
    let cues = base.locale.cues;
    let texts = place::put(&mut random, &mut base, place, cues, &number);
    let plain = match source {
        Source::Telephone => match place {
            Place::EndWithCue => "long-with-cue",
            Place::End => "long-without-cue",
            Place::Start => "long-at-start",
            Place::BehindHotline => "long-behind-hotline",
            Place::BeforeHotline => "long-before-hotline",
            Place::InsteadOfHotline => "long-instead-of-hotline",
            Place::BehindPhrase => "long-behind-phrase",
            Place::BehindAmount => "long-behind-amount",
            Place::BehindReference => "long-behind-reference",
            Place::BehindDate => "long-behind-date",
            Place::BehindLast4 => "long-behind-last4",
            Place::BehindMerchant => "long-glued-to-merchant",
            Place::IntoMerchant => "long-into-merchant",
            Place::Brackets => "long-in-brackets",
            Place::OwnLine => "long-on-own-line",
            Place::Between => "long-between",
            Place::SecondText => "long-in-second-text",
        },
        Source::HotlineHead => "long-hotline-head",
        Source::HotlineTail => "long-hotline-tail",
        Source::HotlineNear => "long-hotline-near",
        Source::Parts => "long-parts-of-facts",
        Source::Twice => "long-fact-twice",
        Source::PhraseNumber => "long-phrase-number",
    };
    base.sample(classes!("long", family, plain), texts, true)
}

/// A number that no facts explain: what it is made of, as it is usually written, its digits.
fn draw(random: &mut Random, base: &Base, source: Source) -> (Source, String, String) {
    let rows = base.rows();
    for attempt in 0..40 {
        let source = if attempt < 20 { source } else { Source::Telephone };
        let text = match source {
            Source::Telephone => telephone(random, base),
            Source::HotlineHead | Source::HotlineTail => beside_hotline(random, base, source),
            Source::HotlineNear => near_hotline(random, base),
            Source::Parts => parts(random, base),
            Source::Twice => twice(random, base),
            Source::PhraseNumber => format!("9215{}", random.fill("?????")),
        };
        let digits = only_digits(&text);
        if (7..=15).contains(&digits.len()) && rows.is_strange(&digits) {
            return (source, text, digits);
        }
    }
    // Not reached in practice: a row of fifteen digits that is no sequence of facts.
    let digits = random.digits(15);
    (Source::Telephone, digits.clone(), digits)
}

/// A telephone number in one of the world's usual forms.
fn telephone(random: &mut Random, base: &Base) -> String {
    const MOBILES: &[&str] = &[
        "13?????????",
        "15?????????",
        "18?????????",
        "17?????????",
        "138-????-????",
        "139 ???? ????",
    ];
    const LANDLINES: &[&str] = &["010-????????", "021????????", "0755-????????", "(020)????????"];
    const FREE: &[&str] = &[
        "400-???-????",
        "400???????",
        "800-???-????",
        "4008??????",
        "1-800-???-????",
        "0800 ??? ????",
    ];
    const LATIN: &[&str] = &[
        "(???) ???-????",
        "???-???-????",
        "??? ??? ??? ???",
        "07??? ??????",
        "020 ???? ????",
        "06 ?? ?? ?? ??",
        "01 ?? ?? ?? ??",
        "6?? ??? ???",
        "0171 ???????",
        "8 (9??) ???-??-??",
        "05?? ??? ?? ??",
        "9????-?????",
        "0??-???-????",
        "?? ????-????",
        "09??? ??? ???",
        "???.???.????",
        "???/???????",
    ];
    let chinese = base.locale.tag.starts_with("zh");
    match (random.below(10), chinese) {
        (0..=2, true) => {
            let pattern = random.pick(MOBILES);
            random.fill(pattern)
        }
        (3..=4, true) => {
            let pattern =
                if random.chance(50) { random.pick(LANDLINES) } else { random.pick(FREE) };
            random.fill(pattern)
        }
        (0..=3, false) => {
            let pattern = random.pick(LATIN);
            random.fill(pattern)
        }
        (4, false) => {
            let pattern = random.pick(FREE);
            random.fill(pattern)
        }
        (5..=6, _) => {
            // With a country's code: +44…, 0044…, (+44) …, 011 44….
            let start = random.pick(&["+", "00", "(+", "+ ", "011 ", "00 "]);
            let codes = [
                "1", "7", "20", "33", "44", "49", "55", "86", "91", "234", "254", "380", "852",
                "965",
            ];
            let code = random.one(&codes);
            let close = if start == "(+" { ")" } else { "" };
            let count = random.range(7, 9);
            let gap = random.pick(&["", " ", "-", " (0) "]);
            format!("{start}{code}{close}{gap}{}", random.digits(count))
        }
        _ => {
            let count = random.range(7, 15);
            random.digits(count)
        }
    }
}

fn beside_hotline(random: &mut Random, base: &Base, source: Source) -> String {
    let hotline = only_digits(&base.sender.hotline);
    let kept = random.range(2.min(hotline.len()), hotline.len());
    let least = 7usize.saturating_sub(kept).max(2);
    let count = random.range(least, least.max(15usize.saturating_sub(kept).min(8)));
    let more = random.digits(count);
    if source == Source::HotlineHead {
        format!("{}{more}", &hotline[..kept])
    } else {
        format!("{more}{}", &hotline[hotline.len() - kept..])
    }
}

fn near_hotline(random: &mut Random, base: &Base) -> String {
    let mut digits = only_digits(&base.sender.hotline).into_bytes();
    let at = random.below(digits.len());
    if random.chance(50) && at > 0 {
        digits.swap(at, at - 1);
    } else {
        digits[at] =
            b'0' + (digits[at] - b'0' + 1 + u8::try_from(random.below(9)).unwrap_or(0)) % 10;
    }
    String::from_utf8(digits).unwrap_or_default()
}

/// Values' parts that each stand in the transaction, with spaces between them.
fn parts(random: &mut Random, base: &Base) -> String {
    let facts = &base.facts;
    let time = facts.time;
    let (whole, decimals) = facts.amount.parts();
    let mut parts = vec![
        format!("{:02}", time.hour),
        format!("{:02}", time.minute),
        format!("{:02}", time.second),
        format!("{:02}", time.day),
        format!("{:02}", time.month),
        time.day.to_string(),
        time.month.to_string(),
        time.year.to_string(),
        format!("{:02}", time.year % 100),
        facts.last4.clone(),
        facts.last4[..2].to_owned(),
        facts.last4[2..].to_owned(),
        whole,
        decimals,
        facts.bin[..4].to_owned(),
        facts.stan[..3].to_owned(),
        facts.stan[3..].to_owned(),
        base.sender.hotline.chars().filter(char::is_ascii_digit).take(3).collect(),
    ];
    parts.retain(|part| !part.is_empty());
    random.shuffle(&mut parts);
    let wanted = random.range(7, 13);
    let mut text = String::new();
    for part in parts {
        if only_digits(&text).len() >= wanted {
            break;
        }
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&part);
    }
    text
}

fn twice(random: &mut Random, base: &Base) -> String {
    let facts = &base.facts;
    let stem = match random.below(4) {
        0 => facts.last4.clone(),
        1 => only_digits(&base.sender.hotline),
        2 => facts.stan.clone(),
        _ => format!("{:02}{:02}", facts.time.hour, facts.time.minute),
    };
    let mut text = stem.clone();
    while text.len() + stem.len() <= 15 && (text.len() < 7 || random.chance(40)) {
        text.push_str(&stem);
    }
    text
}
