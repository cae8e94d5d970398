//! Wrong sums beside the mark of a currency.

use super::numerals::{ZEROS, chinese, digit_by_digit, in_rings, in_script, in_words, yuan};
use super::scene::{Scene, scene};
use super::wrong::{is_own, wrong};
use crate::layouts::currencies::{CURRENCIES, Currency};
use crate::layouts::facts::Facts;

use crate::layouts::render::{Slot, is_without_spaces};
use crate::layouts::writing::{ALL, write_one};
use crate::random::Random;
use crate::{Party, Sample};

/// Dirty: a sum beside a currency's mark that is not the transaction's: other
/// digits, a multiplier, another currency's mark, a wrong fee or balance, a
/// balance with its sign turned, or numerals that are not Latin digits.
pub fn marked(seed: u64) -> Sample {
    let mut random = Random::new(seed, 1);
    let scene = scene(&mut random);
    let random = &mut random;
    let made = match random.below(20) {
        0..=6 => None,
        7 | 8 => Some(multiplied(&scene, random)),
        9..=11 => other_currency(&scene, random),
        12 | 13 => turned_balance(&scene, random),
        14 => chinese_numerals(&scene, random),
        15 => Some(other_digits(&scene, random)),
        16 | 17 => other_fact(&scene, random),
        _ => Some(wrong_part(&scene, random)),
    };
    let (class, slot, wrong) = made.unwrap_or_else(|| {
        let number = wrong_number(&scene, Slot::Amount, random);
        ("marked-amount", Slot::Amount, beside_mark(&scene, &number, random))
    });
    let is_both = slot == Slot::Amount && random.is(30);
    let wrong = if is_both { scene.with_truth(random, &wrong) } else { wrong };
    scene.sample(random, class, slot, wrong)
}

type Made = (&'static str, Slot, String);

fn exponent(scene: &Scene) -> u8 {
    scene.facts.amount.currency.exponent
}

fn wrong_number(scene: &Scene, slot: Slot, random: &mut Random) -> String {
    let minor = wrong(&scene.facts, scene.truth(slot), random);
    written(scene, minor, random)
}

/// Mostly as the locale writes, else in any style.
fn written(scene: &Scene, minor: i64, random: &mut Random) -> String {
    let own = scene.layout.styles[0];
    let styles = [own, own, *random.pick(&ALL)];
    write_one(minor, exponent(scene), &styles, random)
}

fn true_number(scene: &Scene, random: &mut Random) -> String {
    written(scene, scene.facts.amount.minor, random)
}

/// A fee or a balance that is not this transaction's.
fn wrong_part(scene: &Scene, random: &mut Random) -> Made {
    let (class, slot) =
        *random.pick(&[("marked-fee", Slot::Fee), ("marked-balance", Slot::Balance)]);
    let number = wrong_number(scene, slot, random);
    let sign = if slot == Slot::Balance && random.is(15) { "-" } else { "" };
    (class, slot, beside_mark(scene, &format!("{sign}{number}"), random))
}

/// The wrong number beside its own currency's mark, or sometimes another's.
fn beside_mark(scene: &Scene, number: &str, random: &mut Random) -> String {
    let currency =
        if random.is(75) { scene.facts.amount.currency } else { random.pick(CURRENCIES) };
    let mark = any_mark(currency, scene.layout.language, random);
    join(number, mark, scene.layout.language, random)
}

fn any_mark(currency: &'static Currency, language: &str, random: &mut Random) -> &'static str {
    let names = currency.names_in(language);
    match random.below(10) {
        0..=3 => currency.code,
        4..=6 if !currency.marks.is_empty() => random.word(currency.marks),
        7 | 8 => random.word(&names),
        _ if currency.names.is_empty() => currency.code,
        _ => random.pick(currency.names).1,
    }
}

/// Number and mark, in either order, and what stands between.
fn join(number: &str, mark: &str, language: &str, random: &mut Random) -> String {
    let is_name = mark.chars().count() > 3 && mark.chars().all(|c| c.is_alphabetic() || c == ' ');
    let is_letters = mark.chars().all(|c| c.is_ascii_alphabetic());
    let is_unit = matches!(mark, "元" | "円" | "원" | "块" | ":-" | "บ." | "ש\"ח" | "р" | "р.");
    let is_behind = is_unit
        || random.is(if is_name || (is_without_spaces(language) && !is_letters) { 80 } else { 45 });
    let cased;
    // Small letters would make words of some codes.
    let is_word = mark.len() < 3
        || matches!(mark, "TRY" | "MAD" | "COP" | "PEN" | "GEL" | "CAD" | "CFA" | "lei");
    let mark = if is_letters && random.is(12) {
        cased = if random.is(50) && !is_word { mark.to_lowercase() } else { mark.to_uppercase() };
        cased.as_str()
    } else {
        mark
    };
    if mark == "人民币" && random.is(60) {
        return format!("{mark}{number}元");
    }
    if is_behind {
        let gap = *random.pick(&[
            "", "", "", " ", " ", " ", "\n", "\u{a0}", "\u{202f}", ",- ", ".- ", "/- ", " \n", ",-",
        ]);
        return format!("{number}{gap}{mark}");
    }
    let gap = *random.pick(&[
        "", "", "", " ", " ", " ", ".", ". ", ":", ": ", "\n", " : ", "\u{a0}", ".:", "=", " = ",
        "：", ".\n", ":\n", "  ", "-", " ~", "\t",
    ]);
    let gap = if mark.ends_with('.') { gap.trim_start_matches('.') } else { gap };
    format!("{mark}{gap}{number}")
}

const MULTIPLIERS: &[&str] = &[
    "k", "K", "m", "M", "mn", "bn", "万", "千", "lakh", "lakhs", "crore", "million", "thousand",
    "billion", "тыс.",
];

const OTHER_MULTIPLIERS: &[(&str, &[&str])] = &[
    ("zh", &["亿", "百万", "千万", "百", "十万", "萬", "仟"]),
    ("zh-TW", &["萬", "億", "千", "百萬", "仟"]),
    ("ja", &["万", "千", "億", "百万"]),
    ("ko", &["만", "천", "억", "백만"]),
    ("en", &["lac", "lacs", "crores", "Million", "THOUSAND", "hundred", "mln", "trillion", "MM"]),
    ("hi", &["लाख", "करोड़", "हज़ार"]),
    ("bn", &["লাখ", "কোটি", "হাজার"]),
    ("ur", &["لاکھ", "کروڑ", "ہزار"]),
    ("fa", &["هزار", "میلیون"]),
    ("ru", &["тыс", "тыс.", "тысяч", "млн", "миллионов", "млрд"]),
    ("uk", &["тис.", "млн", "мільйонів"]),
    ("bg", &["хил.", "млн."]),
    ("tr", &["bin", "milyon", "mn"]),
    ("de", &["Tsd.", "Tausend", "Mio.", "Millionen", "Mrd."]),
    ("fr", &["mille", "millions", "M", "milliers"]),
    ("es", &["mil", "millones", "mill."]),
    ("pt", &["mil", "milhões", "mi"]),
    ("it", &["mila", "milioni", "mln"]),
    ("pl", &["tys.", "mln", "tysięcy", "milionów"]),
    ("cs", &["tis.", "mil.", "tisíc"]),
    ("hu", &["ezer", "millió", "E"]),
    ("ro", &["mii", "milioane"]),
    ("vi", &["nghìn", "triệu", "tr", "ngàn", "tỷ"]),
    ("th", &["พัน", "หมื่น", "แสน", "ล้าน"]),
    ("id", &["ribu", "rb", "juta", "jt"]),
    ("ms", &["ribu", "juta"]),
    ("ar", &["ألف", "مليون", "آلاف"]),
    ("he", &["אלף", "מיליון"]),
    ("el", &["χιλ.", "χιλιάδες", "εκατ.", "εκατομμύρια"]),
    ("sv", &["tusen", "miljoner", "mkr"]),
    ("nb", &["tusen", "millioner", "mill."]),
    ("da", &["tusind", "mio."]),
    ("fi", &["tuhatta", "miljoonaa", "milj."]),
    ("nl", &["duizend", "miljoen", "mln"]),
    ("sw", &["elfu", "laki", "milioni"]),
    ("tl", &["libo", "milyon"]),
];

/// The true number with a multiplier behind it.
fn multiplied(scene: &Scene, random: &mut Random) -> Made {
    let language = scene.layout.language;
    let others = OTHER_MULTIPLIERS.iter().find(|(of, _)| *of == language);
    let (class, word) = match others {
        Some((_, words)) if random.is(50) => ("marked-multiplier-language", *random.pick(words)),
        _ => ("marked-multiplier", *random.pick(MULTIPLIERS)),
    };
    let number = true_number(scene, random);
    let currency = scene.facts.amount.currency;
    let mark = any_mark(currency, language, random);
    let gap = if word.is_ascii() && word.len() > 2 {
        *random.pick(&[" ", " ", "", "\u{a0}"])
    } else {
        *random.pick(&["", "", " "])
    };
    let many = format!("{number}{gap}{word}");
    let is_unit = matches!(mark, "元" | "円" | "원" | "块" | ":-");
    let between = if is_without_spaces(language) { "" } else { " " };
    let text = if mark == "人民币" {
        format!("{mark}{many}元")
    } else if is_unit || random.is(50) {
        format!("{many}{between}{mark}")
    } else {
        let gap = *random.pick(&["", " ", " ", ": "]);
        format!("{mark}{gap}{many}")
    };
    (class, Slot::Amount, text)
}

/// The true number with a mark that none of the transaction's currencies has.
fn other_currency(scene: &Scene, random: &mut Random) -> Option<Made> {
    let own: Vec<&Currency> = scene.facts.moneys().map(|money| money.currency).collect();
    let currency = random.pick(CURRENCIES);
    if own.iter().any(|own| own.code == currency.code) {
        return None;
    }
    let owned = |mark: &str| own.iter().any(|own| own.owns(mark));
    // Dollars, rupees, crowns: their names say no more than their sign.
    let is_kin = own.iter().any(|own| {
        own.marks.iter().any(|mark| currency.owns(mark))
            || own.names.iter().any(|(_, name)| currency.owns(name))
    });
    let (class, mark) = match random.below(10) {
        0..=4 => ("marked-other-code", currency.code),
        5 | 6 => {
            let mark = *random.pick(currency.marks);
            let is_sign = !mark.is_ascii() || mark.contains(['$', '/']);
            let is_clear = mark.len() > 1 || matches!(mark, "$" | "R");
            if !is_clear || mark == ":-" || (mark == "元" && names_yuan(&own)) {
                return None;
            }
            (if is_sign { "marked-other-sign" } else { "marked-other-abbreviation" }, mark)
        }
        _ if is_kin => return None,
        7 | 8 => ("marked-other-name", *random.pick(&currency.names_in(scene.layout.language))),
        _ => ("marked-other-name", random.pick(currency.names).1),
    };
    let is_rial = mark == "﷼" && own.iter().any(|own| matches!(own.code, "SAR" | "QAR" | "OMR"));
    let language = scene.layout.language;
    let is_article = mark == "LE" && matches!(language, "fr" | "it" | "es" | "pt");
    if owned(mark) || is_rial || is_article || (mark == "元" && names_yuan(&own)) {
        return None;
    }
    let number = true_number(scene, random);
    let text = if mark == "人民币" {
        format!("{mark}{number}")
    } else {
        join(&number, mark, language, random)
    };
    Some((class, Slot::Amount, text))
}

/// Whether people call a currency of these 元 in short (美元, 日元).
fn names_yuan(own: &[&Currency]) -> bool {
    own.iter().any(|own| own.names.iter().any(|(_, name)| name.ends_with('元')))
}

/// The balance with the sign that it does not have.
fn turned_balance(scene: &Scene, random: &mut Random) -> Option<Made> {
    let balance = scene.facts.balance?;
    let others = Facts { balance: None, ..scene.facts.clone() };
    let is_other = is_own(&others, balance.minor.abs());
    if balance.minor == 0 || is_other || scene.party == Party::Merchant {
        return None;
    }
    let number = written(scene, balance.minor, random);
    let mark = any_mark(balance.currency, scene.layout.language, random);
    if balance.minor < 0 && scene.template.contains(":-") {
        return None;
    }
    if balance.minor < 0 {
        let text = join(&number, mark, scene.layout.language, random);
        // A dash between mark and number would be the sign.
        let text = text.replace(&format!("-{number}"), &format!(" {number}"));
        return Some(("marked-balance-sign-lost", Slot::Balance, text));
    }
    let sign = *random.pick(&["-", "-", "-", "−", "－", "﹣"]);
    let is_unit = matches!(mark, "元" | "円" | "원" | "块" | ":-" | "р" | "р." | "บ.");
    let (class, text) = match random.below(8) {
        0 => ("marked-balance-sign-odd", format!("{number}- {mark}")),
        1 => ("marked-balance-sign-odd", format!("({number}) {mark}")),
        2..=4 if !is_unit => ("marked-balance-sign", format!("{mark} {sign}{number}")),
        5 if !is_unit => ("marked-balance-sign", format!("{sign}{mark}{number}")),
        _ => ("marked-balance-sign", format!("{sign}{number} {mark}")),
    };
    Some((class, Slot::Balance, text))
}

/// A wrong sum in Chinese numerals.
fn chinese_numerals(scene: &Scene, random: &mut Random) -> Option<Made> {
    if !scene.layout.language.starts_with("zh") && !random.is(15) {
        return None;
    }
    let mut whole = wrong(&scene.facts, scene.truth(Slot::Amount), random) / 100;
    if random.is(40) {
        whole = random.between(2, 999) as i64;
    }
    // In whole yuan, which is not the minor unit everywhere.
    let minor = whole * 10_i64.pow(exponent(scene).into());
    if whole == 0 || is_own(&scene.facts, minor) {
        return None;
    }
    let number = whole.unsigned_abs();
    let part = random.below(100);
    let is_financial = random.is(35);
    let text = match random.below(8) {
        0 | 1 => format!("{}元", chinese(number, is_financial)),
        2 => format!("人民币{}", yuan(number * 100, true)),
        3 if exponent(scene) == 2 && !is_own(&scene.facts, minor + part as i64) => {
            yuan(number * 100 + part, is_financial)
        }
        4 if number > 9 => format!("{}元", digit_by_digit(number)),
        5 => format!("{}块", chinese(number, false)),
        6 if number > 9 => format!("¥{}", chinese(number, is_financial)),
        _ => format!("{}元", chinese(number, false)),
    };
    Some(("marked-chinese-numerals", Slot::Amount, text))
}

/// A wrong sum in digits of another script, in circles, or in words.
fn other_digits(scene: &Scene, random: &mut Random) -> Made {
    let number = wrong_number(scene, Slot::Amount, random);
    let (class, number) = match random.below(10) {
        0..=4 => ("marked-script", in_script(&number, *random.pick(&ZEROS))),
        5..=7 => ("marked-rings", in_rings(&number, random.below(4) as usize)),
        8 => {
            let mut joined = String::new();
            for c in number.chars() {
                joined.push(c);
                if c.is_ascii_digit() {
                    joined.push(*random.pick(&['\u{332}', '\u{336}', '\u{20dd}']));
                }
            }
            ("marked-combining", joined)
        }
        _ => {
            let unit = 10_i64.pow(exponent(scene).into());
            let whole = wrong(&scene.facts, scene.truth(Slot::Amount), random) / unit;
            let whole = if whole < 100 || is_own(&scene.facts, whole * unit) { 0 } else { whole };
            if whole == 0 {
                ("marked-script", in_script(&number, '０'))
            } else {
                ("marked-words", in_words(whole.unsigned_abs()))
            }
        }
    };
    let mark = any_mark(scene.facts.amount.currency, scene.layout.language, random);
    let text = if class == "marked-words" {
        format!("{} {number}", scene.facts.amount.currency.code)
    } else {
        join(&number, mark, scene.layout.language, random)
    };
    (class, Slot::Amount, text)
}

/// Digits of another fact of the transaction beside a currency's mark: the
/// clock, the date, the last four. A mark admits sums only.
fn other_fact(scene: &Scene, random: &mut Random) -> Option<Made> {
    let facts = &scene.facts;
    let time = facts.time;
    let number = match random.below(8) {
        0 => format!("{}.{:02}", time.hour, time.minute),
        1 => format!("{}{:02}", time.hour.max(1), time.minute),
        2 => time.year.to_string(),
        3 => format!("{}.{:02}", time.day, time.month),
        4 => facts.last4.trim_start_matches('0').to_string(),
        5 => format!("{}.{}", &facts.last4[..2], &facts.last4[2..]),
        6 => facts.stan.trim_start_matches('0').to_string(),
        _ => facts.rrn.get(8..).unwrap_or("").to_string(),
    };
    let value: f64 = number.parse().ok()?;
    let value = (value * 10_f64.powi(exponent(scene).into())).round() as i64;
    if number.len() < 3 || value == 0 || is_own(facts, value) {
        return None;
    }
    // 8.310 dinars may be 8310 elsewhere, and no text is to be doubtful.
    if exponent(scene) == 0 && number.contains('.') {
        return None;
    }
    Some(("marked-other-fact", Slot::Amount, beside_mark(scene, &number, random)))
}
