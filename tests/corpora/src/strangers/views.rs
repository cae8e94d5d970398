//! Values that a masker or renderer writes into a name's place though this party's facts do not
//! hold them.

use super::base::{Base, Slot};
use super::facts::{Money, only_digits};
use super::numerals::SEPARATORS;
use crate::draw::Random;
use crate::{Party, Sample};

/// Dirty: in a name's place stands the other party's value, or a number that is no field at all.
pub fn views(seed: u64) -> Sample {
    let mut random = Random::new(seed, "views");
    let is_merchant = random.chance(65);
    let party = if is_merchant { Party::Merchant } else { Party::Cardholder };
    let mut base = Base::with(seed, Some(party));
    let kind = if is_merchant { random.below(9) } else { random.range(6, 9) };
    let currency = base.facts.amount.currency;
    let grouped = random.chance(50);
    let mark = random.below(4);
    let (class, value, digits) = match kind {
        0 => {
            let balance = Money { minor_units: random.range(10_000, 9_999_999) as u64, currency };
            base.facts.balance = Some(balance);
            let text = money(&mut random, &base, balance, grouped, mark);
            ("view-balance", text, balance.parts())
        }
        1 => {
            let fee = Money { minor_units: random.range(101, 99_999) as u64, currency };
            base.facts.fee = Some(fee);
            let text = money(&mut random, &base, fee, grouped, mark);
            ("view-fee", text, fee.parts())
        }
        2 => {
            let phone = base.facts.phone.clone();
            let national = phone.trim_start_matches('+')[base.locale.dial.len()..].to_owned();
            let text = match random.below(4) {
                0 => phone,
                1 => only_digits(&phone),
                2 => national,
                _ => {
                    let separator = random.pick(SEPARATORS);
                    let (head, tail) = national.split_at(national.len() / 2);
                    format!("{head}{separator}{tail}")
                }
            };
            let digits = only_digits(&text);
            ("view-phone", text, (digits, String::new()))
        }
        3 => {
            base.facts.email = format!("nana.m{}@example.com", random.digits(2));
            ("view-email", base.facts.email.clone(), (String::new(), String::new()))
        }
        4 => {
            base.facts.account = random.fill("62????3????????");
            let account = base.facts.account.clone();
            ("view-account", account.clone(), (account, String::new()))
        }
        5 => {
            base.facts.id_number = random.fill("11????19??????????");
            let id = base.facts.id_number.clone();
            ("view-id-number", id.clone(), (id, String::new()))
        }
        6 => {
            let count = random.range(3, 6);
            // Never zeros alone.
            let number = format!("{}{}", random.range(1, 9), random.digits(count - 1));
            ("view-no-field-short", number.clone(), (number, String::new()))
        }
        7 => {
            let other = Money {
                minor_units: base.facts.amount.minor_units + random.range(1, 90_000) as u64,
                currency,
            };
            let text = money(&mut random, &base, other, grouped, mark);
            ("view-other-amount", text, other.parts())
        }
        _ => {
            let count = random.range(7, 15);
            let number = random.digits(count);
            ("view-no-field-long", number.clone(), (number, String::new()))
        }
    };
    let digits = format!("{}{}", digits.0, digits.1);
    let mut collision = base.rows().explain(&digits).filter(|_| !digits.is_empty());
    // A marked amount collides with other amounts only.
    let is_marked = value.chars().any(|c| c.is_alphabetic() || "$€£¥₹₽₫₪₺₴฿".contains(c));
    if is_marked && !matches!(collision, Some("amount" | "balance" | "fee")) {
        collision = None;
    }
    write(&mut random, &mut base, &value);
    let text = base.text();
    let mut sample = base.sample(class, vec![text], true);
    sample.collision = collision;
    sample
}

/// With its mark or without.
fn money(random: &mut Random, base: &Base, money: Money, grouped: bool, mark: usize) -> String {
    if random.chance(50) {
        base.money(money, grouped, mark)
    } else {
        money.number(base.locale.is_comma, grouped)
    }
}

/// Into the merchant's place, alone or with the true name, or beside the cardholder's masked name.
fn write(random: &mut Random, base: &mut Base, value: &str) {
    let Some(index) = base.find(Slot::Merchant) else { return };
    let first: String = base.facts.person.chars().take(1).collect();
    let text = &mut base.pieces[index].text;
    match random.below(6) {
        0 | 1 => value.clone_into(text),
        2 => *text = format!("{text} {value}"),
        3 => *text = format!("{value} {text}"),
        4 => {
            let start: String = text.chars().take(3).collect();
            *text = format!("{start}* {value}");
        }
        _ => *text = format!("{text} ({first}* {value})"),
    }
}
