//! This transaction's personal values.

use super::{Disguise, carried};
use crate::disguise::{cased, digits, enclosed, lettered, mathematical, spaced, wide};
use crate::random::Random;
use crate::scene::Scene;

pub(super) fn disguises() -> Vec<Disguise> {
    // A number may be told by another rule first; any will do.
    let number = |name, plant| Disguise {
        name,
        rules: &["secret", "pan", "id-number", "call-back", "iban"],
        plant,
    };
    let word = |name, plant| Disguise { name, rules: &["secret"], plant };
    let address = |name, plant| Disguise { name, rules: &["secret", "email", "link"], plant };
    vec![
        number("own card: seven digits of its middle, or more", |random, scene| {
            let part = middle(random, scene);
            carried(scene, &enclosed(random, &part))
        }),
        number("own card: its middle in any digits, spaced", |random, scene| {
            let part = middle(random, scene);
            let part = digits(random, &part);
            let part = spaced(random, &part);
            carried(scene, &enclosed(random, &part))
        }),
        number("telephone: as it is", |random, scene| {
            let phone = telephone(random, scene);
            carried(scene, &enclosed(random, &phone))
        }),
        number("telephone: with or without its country", |random, scene| {
            let bare = bare(&scene.phone);
            let country = if scene.phone.starts_with('+') && !scene.phone.starts_with("+86") {
                ""
            } else {
                random.pick(&["+86", "0086", "86", "+86 ", "(86)", "0086-", "＋86 ", "86-"])
            };
            carried(scene, &enclosed(random, &format!("{country}{bare}")))
        }),
        number("telephone: spaced, in any digits", |random, scene| {
            let phone = telephone(random, scene);
            let phone = digits(random, &bare(&phone));
            let phone = spaced(random, &phone);
            carried(scene, &enclosed(random, &phone))
        }),
        number("telephone: as people write it", |random, scene| {
            let bare = bare(&telephone(random, scene));
            let (one, rest) = bare.split_at(3);
            let (two, three) = rest.split_at(rest.len() - 4);
            let phone = match random.below(4) {
                0 => format!("{one} {two} {three}"),
                1 => format!("({one}) {two}-{three}"),
                2 => format!("{one}.{two}.{three}"),
                _ => format!("{one}－{two}－{three}"),
            };
            carried(scene, &enclosed(random, &phone))
        }),
        number("identity number: own, in any digits and case", |random, scene| {
            let id = digits(random, &scene.id_number);
            let id = if random.once_in(2) { id.to_lowercase() } else { id };
            carried(scene, &enclosed(random, &id))
        }),
        number("identity number: own, spaced", |random, scene| {
            let id = match random.below(3) {
                0 => {
                    let (region, rest) = scene.id_number.split_at(6);
                    let (day, rest) = rest.split_at(8);
                    format!("{region} {day} {rest}")
                }
                1 => wide(&scene.id_number),
                _ => spaced(random, &scene.id_number),
            };
            carried(scene, &enclosed(random, &id))
        }),
        number("account: own, in any digits, spaced", |random, scene| {
            let account = digits(random, &scene.account);
            let account = if random.once_in(2) { spaced(random, &account) } else { account };
            carried(scene, &enclosed(random, &account))
        }),
        word("name: as it is", |random, scene| carried(scene, &greeting(random, &scene.name))),
        word("name: in any case", |random, scene| {
            let name = cased(random, &scene.name);
            carried(scene, &greeting(random, &name))
        }),
        word("name: full width", |random, scene| {
            let name = wide(&cased(random, &scene.name));
            carried(scene, &greeting(random, &name))
        }),
        word("name: mathematical letters", |random, scene| {
            let name = mathematical(&scene.name);
            carried(scene, &greeting(random, &name))
        }),
        word("name: spaced out", |random, scene| {
            let name = lettered(random, &scene.name);
            carried(scene, &greeting(random, &name))
        }),
        word("name: run together, or with wide gaps", |random, scene| {
            let gap = random.pick(&["", "  ", "\u{a0}", "\u{3000}", "-"]);
            let name = cased(random, &scene.name.replace(' ', gap));
            carried(scene, &greeting(random, &name))
        }),
        address("e-mail: own, in any case", |random, scene| {
            let email = {
                let email = own_email(random, scene);
                cased(random, email)
            };
            carried(scene, &enclosed(random, &email))
        }),
        address("e-mail: own, full width", |random, scene| {
            let email = own_email(random, scene);
            let email = if random.once_in(2) {
                wide(email)
            } else {
                email.replace('@', "＠").replace('.', "．")
            };
            carried(scene, &enclosed(random, &email))
        }),
        address("e-mail: own, spaced", |random, scene| {
            let gap = random.pick(&[" ", "  ", "\u{a0}", "\u{200b}"]);
            let email = own_email(random, scene).replace('@', &format!("{gap}@{gap}"));
            let email =
                if random.once_in(2) { email.replace('.', &format!("{gap}.{gap}")) } else { email };
            carried(scene, &enclosed(random, &email))
        }),
    ]
}

/// Seven digits or more that are not all of the BIN.
fn middle(random: &mut Random, scene: &Scene) -> String {
    let length = scene.pan.len();
    let start = random.within(3, length - 7);
    let end = random.within(start + 7, length);
    scene.pan[start..end].into()
}

fn own_email<'a>(random: &mut Random, scene: &'a Scene) -> &'a str {
    if random.once_in(3) { &scene.merchant_email } else { &scene.email }
}

fn telephone(random: &mut Random, scene: &Scene) -> String {
    if random.once_in(3) { scene.merchant_phone.clone() } else { scene.phone.clone() }
}

/// Without the country.
fn bare(phone: &str) -> String {
    phone.strip_prefix("+86").unwrap_or(phone).trim_start_matches('+').into()
}

fn greeting(random: &mut Random, name: &str) -> String {
    let (before, after) = random.pick(&[
        ("尊敬的", "先生"),
        ("持卡人", ""),
        ("", "您好"),
        ("Dear ", ","),
        ("(", ")"),
        ("姓名：", "。"),
        ("holder ", " paid"),
        ("客户", "女士"),
    ]);
    format!("{before}{name}{after}")
}
