//! Amounts that are none of this transaction's.

use tillbell_transaction::Money;

use super::{Disguise, carried};
use crate::disguise::{digits, wide};
use crate::random::Random;
use crate::scene::Scene;

pub(super) fn disguises() -> Vec<Disguise> {
    let disguise = |name, plant| Disguise { name, rules: &["amount"], plant };
    vec![
        disguise("amount: off by one", |random, scene| {
            let wrong = other(random, scene, |random, units| {
                if random.once_in(2) { units + 1 } else { (units - 1).max(1) }
            });
            carried(scene, &priced(random, &wrong))
        }),
        disguise("amount: any other", |random, scene| {
            let wrong = other(random, scene, |random, _| random.within(1, 99_999_999) as i64);
            carried(scene, &priced(random, &wrong))
        }),
        disguise("amount: ten times, or a tenth", |random, scene| {
            let wrong =
                other(
                    random,
                    scene,
                    |random, units| {
                        if random.once_in(2) { units * 10 } else { units / 10 + 1 }
                    },
                );
            carried(scene, &priced(random, &wrong))
        }),
        disguise("amount: off by one, grouped", |random, scene| {
            let wrong = other(random, scene, |_, units| units + 100_000_001);
            let text = grouped(&wrong.decimal());
            carried(scene, &with_currency(random, &wrong, &text))
        }),
        disguise("amount: off by one, in other digits", |random, scene| {
            let wrong = other(random, scene, |_, units| units + 1);
            let text = if random.once_in(2) {
                wide(&wrong.decimal())
            } else {
                digits(random, &wrong.decimal())
            };
            carried(scene, &with_currency(random, &wrong, &text))
        }),
        disguise("amount: right number, other currency", |random, scene| {
            let own = scene.transaction.amount;
            let currencies = ["CNY", "USD", "EUR", "GBP", "HKD"];
            let other: Vec<&str> =
                currencies.into_iter().filter(|code| *code != own.currency()).collect();
            let code = random.pick(&other);
            let wrong = Money::new(own.minor_units(), code).expect("a currency");
            let text = with_currency(random, &wrong, &own.decimal());
            // A yen and a yuan have one sign.
            carried(scene, &text.replace(['¥', '￥'], "CNY "))
        }),
        disguise("amount: point elsewhere", |random, scene| {
            let own = scene.transaction.amount;
            let digits = own.minor_units().to_string();
            let at = random.within(1, digits.len());
            let exponent = usize::from(own.exponent());
            // Not where it stood; and not at a place that adds nothing.
            let at = if digits.len().checked_sub(exponent) == Some(at) { at - 1 } else { at };
            let (whole, part) = digits.split_at(at.max(1));
            let text = match part.trim_end_matches('0').is_empty() {
                true => format!("{whole}{part}7.00"),
                false => format!("{whole}.{part}"),
            };
            // 1.911 of 1911 yen is grouped as half of the world does.
            let is_grouped = exponent == 0 && part.len() == 3 && whole.len() <= 3;
            let text = match is_own(scene, &text) || is_grouped {
                true => format!("{text}1"),
                false => text,
            };
            carried(scene, &with_currency(random, &own, &text))
        }),
        disguise("amount: grouped where nobody groups", |random, scene| {
            let own = scene.transaction.amount;
            let decimal = own.decimal();
            let (whole, part) = decimal.split_once('.').unwrap_or((&decimal, ""));
            let whole = if whole.len() < 3 { format!("{whole}42") } else { whole.into() };
            let at = if whole.len() % 3 == 2 { 1 } else { whole.len() - 2 };
            let text = format!("{},{}", &whole[..at], &whole[at..]);
            let text = if part.is_empty() { text } else { format!("{text}.{part}") };
            carried(scene, &with_currency(random, &own, &text))
        }),
        disguise("amount: in ten thousands", |random, scene| {
            let number = format!("{}.{}", random.within(1, 99), random.within(1, 9));
            let text = random.pick(&[
                "{}万元",
                "{}万人民币",
                "¥{}万",
                "CNY {}万",
                "{} 万元",
                "人民币{}万元",
            ]);
            carried(scene, &text.replace("{}", &number))
        }),
        disguise("amount: Chinese capital numerals", |random, scene| {
            let wrong = other(random, scene, |random, _| random.within(100, 9_999_999) as i64);
            let text = numerals(wrong.minor_units() / 100 + 1, true);
            let text = match random.below(3) {
                0 => format!("{text}元整"),
                1 => format!("人民币{text}圆整"),
                _ => format!(
                    "{text}元{}角",
                    "壹贰叁伍陆".chars().nth(random.below(5)).expect("five")
                ),
            };
            if is_own_whole(scene, wrong.minor_units() / 100 + 1) {
                return carried(scene, "金额人民币玖佰玖拾玖万零壹元整");
            }
            carried(scene, &text)
        }),
        disguise("amount: Chinese numerals", |random, scene| {
            let number = random.within(11, 99_999) as i64;
            if is_own_whole(scene, number) {
                return carried(scene, "共九百万零一元");
            }
            carried(scene, &format!("共{}元", numerals(number, false)))
        }),
        disguise("amount: behind a word for it", |random, scene| {
            let wrong =
                other(random, scene, |random, units| units + random.within(1, 9_999) as i64);
            let cue = random.pick(&[
                "金额",
                "金额：",
                "余额",
                "余额为",
                "手续费",
                "合计",
                "amount ",
                "Amount: ",
                "balance ",
                "Total: ",
                "fee ",
                "消费",
                "入账",
                "可用余额 ",
            ]);
            // Only a number with decimals is told from a count.
            if wrong.exponent() == 0 {
                return carried(scene, &format!("{cue}{} JPY", wrong.decimal()));
            }
            carried(scene, &format!("{cue}{}", wrong.decimal()))
        }),
    ]
}

/// An amount in the transaction's currency that is none of its own.
fn other(random: &mut Random, scene: &Scene, change: impl Fn(&mut Random, i64) -> i64) -> Money {
    let amounts = scene.amounts();
    let base = random.pick(&amounts);
    let mut units = change(random, base.minor_units());
    while amounts.iter().any(|own| own.minor_units() == units) {
        units += 3;
    }
    Money::new(units, base.currency()).expect("an amount")
}

fn is_own(scene: &Scene, text: &str) -> bool {
    let trimmed = |text: &str| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text.to_owned(),
    };
    scene.amounts().iter().any(|own| trimmed(&own.decimal()) == trimmed(text))
}

fn is_own_whole(scene: &Scene, whole: i64) -> bool {
    is_own(scene, &whole.to_string())
}

/// With its currency, before or behind, with or without groups.
fn priced(random: &mut Random, money: &Money) -> String {
    let decimal = money.decimal();
    let text = if random.once_in(2) { grouped(&decimal) } else { decimal };
    with_currency(random, money, &text)
}

fn with_currency(random: &mut Random, money: &Money, text: &str) -> String {
    let forms: &[&str] = match money.currency() {
        "CNY" => &[
            "{}元",
            "{} 元",
            "¥{}",
            "￥{}",
            "CNY {}",
            "CNY{}",
            "{} CNY",
            "{}CNY",
            "RMB {}",
            "人民币{}元",
            "￥ {}",
            "{}圆",
            "cny {}",
            "ＣＮＹ{}",
        ],
        "USD" => &["USD {}", "USD{}", "${}", "$ {}", "US${}", "{} USD", "{}美元", "＄{}", "usd {}"],
        "JPY" => &["JPY {}", "JPY{}", "{} JPY", "{}日元", "¥{}", "￥{}"],
        "EUR" => &["EUR {}", "€{}", "€ {}", "{} EUR", "{}欧元", "{} €"],
        "GBP" => &["GBP {}", "£{}", "{} GBP", "{}英镑"],
        "HKD" => &["HKD {}", "HK${}", "{} HKD", "{}港元"],
        _ => &["KWD {}", "KWD{}", "{} KWD", "{}KWD"],
    };
    random.pick(forms).replace("{}", text)
}

pub(crate) fn grouped(decimal: &str) -> String {
    let (whole, part) = decimal.split_once('.').map_or((decimal, None), |(w, p)| (w, Some(p)));
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    part.map_or(grouped.clone(), |part| format!("{grouped}.{part}"))
}

/// A number below a hundred million in Chinese.
fn numerals(number: i64, capital: bool) -> String {
    let (digits, units) = match capital {
        true => ("零壹贰叁肆伍陆柒捌玖", ["", "拾", "佰", "仟"]),
        false => ("零一二三四五六七八九", ["", "十", "百", "千"]),
    };
    let digit = |value: i64| digits.chars().nth(value as usize).expect("ten digits");
    let section = |number: i64| {
        let (mut text, mut zero) = (String::new(), false);
        for place in (0..4u32).rev() {
            match number / 10i64.pow(place) % 10 {
                0 => zero = !text.is_empty(),
                value => {
                    if zero {
                        text.push('零');
                        zero = false;
                    }
                    text.push(digit(value));
                    text += units[place as usize];
                }
            }
        }
        text
    };
    let (high, low) = (number / 10_000, number % 10_000);
    match (high, low) {
        (0, low) => section(low),
        (high, 0) => format!("{}万", section(high)),
        (high, low) => {
            let zero = if low < 1_000 { "零" } else { "" };
            format!("{}万{zero}{}", section(high), section(low))
        }
    }
}
