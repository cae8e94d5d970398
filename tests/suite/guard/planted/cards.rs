//! Card numbers: anyone's, and this transaction's own in pieces.

use super::{Disguise, Plant, carried};
use crate::disguise::{
    SEPARATORS, digits, enclosed, folded, gap, mathematical, motley, script, spaced, wide,
};
use crate::random::Random;
use crate::scene::{Scene, pan};

/// An own number may be told by its value as well as by its form.
const RULES: &[&str] = &["pan", "secret"];

pub(super) fn disguises() -> Vec<Disguise> {
    let disguise = |name, plant| Disguise { name, rules: RULES, plant };
    vec![
        disguise("card: plain", |random, scene| {
            let number = any(random, scene);
            carried(scene, &enclosed(random, &number))
        }),
        disguise("card: between Chinese characters", |random, scene| {
            let number = any(random, scene);
            carried(scene, &format!("卡号{number}消费"))
        }),
        disguise("card: one separator", |random, scene| {
            let number = any(random, scene);
            let separator = random.pick(&SEPARATORS);
            let groups: Vec<&str> = (0..number.len())
                .step_by(4)
                .map(|at| &number[at..number.len().min(at + 4)])
                .collect();
            carried(scene, &enclosed(random, &groups.join(separator)))
        }),
        disguise("card: one to four separators", |random, scene| {
            let number = any(random, scene);
            let number = spaced(random, &number);
            carried(scene, &enclosed(random, &number))
        }),
        disguise("card: digits of a script", |random, scene| {
            let number = any(random, scene);
            let number = script(random, &number);
            carried(scene, &enclosed(random, &number))
        }),
        disguise("card: full width", |random, scene| {
            let number = any(random, scene);
            carried(scene, &enclosed(random, &wide(&number)))
        }),
        disguise("card: each digit of another script", |random, scene| {
            let number = any(random, scene);
            let number = motley(random, &number);
            carried(scene, &enclosed(random, &number))
        }),
        disguise("card: circled, superscript and the like", |random, scene| {
            let number = any(random, scene);
            let number = folded(random, &number);
            carried(scene, &enclosed(random, &number))
        }),
        disguise("card: mathematical", |random, scene| {
            let number = any(random, scene);
            carried(scene, &enclosed(random, &mathematical(&number)))
        }),
        disguise("card: any digits, any separators", |random, scene| {
            let number = any(random, scene);
            let number = digits(random, &number);
            let number = spaced(random, &number);
            carried(scene, &enclosed(random, &number))
        }),
        disguise("card: between other numbers", |random, scene| {
            let number = any(random, scene);
            let (before, after) = (random.digits(2), random.digits(3));
            carried(scene, &format!("编号{before} {number} {after}"))
        }),
        disguise("card: track 1 or 2", |random, scene| {
            let number = any(random, scene);
            let rest = random.digits(9);
            let track =
                random.pick(&[";{}=2912101", "%B{}^ZHANG/SAN^2912101", "{}D2912101", "{}=2912"]);
            carried(scene, &format!("{}{rest}?", track.replace("{}", &number)))
        }),
        disguise("own card: in two fields", |random, scene| {
            let (one, two) = halves(random, scene);
            let (first, second) = random.pick(&[
                ("卡号前段", "，后段"),
                ("卡", "，持卡人尾段"),
                ("Card begins ", " and goes on "),
                ("ref A", ", ref B"),
                ("（", "）及（"),
            ]);
            carried(scene, &format!("{first}{one}{second}{two}"))
        }),
        disguise("own card: in two fields, with a number between", |random, scene| {
            let (one, two) = halves(random, scene);
            let between = random.digits(2);
            carried(scene, &format!("卡号前段{one}，第{between}笔，后段{two}"))
        }),
        disguise("own card: one part, and in pieces", |random, scene| {
            let (one, two) = halves(random, scene);
            let gap = gap(random);
            let two = digits(random, &two);
            carried(scene, &format!("{one}{gap}后{gap}{two}"))
        }),
        disguise("own card: in two messages", |random, scene| {
            let (one, two) = halves(random, scene);
            Plant {
                texts: vec![
                    scene.carrier(&format!("卡号前段{one}")),
                    scene.carrier(&format!("卡号后段{two}")),
                ],
            }
        }),
        disguise("own card: truncated otherwise in each message", |random, scene| {
            let (first, rest) = scene.pan.split_at(6);
            let (middle, last) = rest.split_at(rest.len() - 4);
            let stars = "*".repeat(middle.len());
            // A short middle by itself is any number.
            let last_too = middle.len() < 6 || random.once_in(2);
            let end = if last_too { last } else { "****" };
            Plant {
                texts: vec![
                    scene.carrier(&format!("卡号{first}{stars}{last}")),
                    scene.carrier(&format!("卡号******{middle}{end}")),
                ],
            }
        }),
    ]
}

/// Half of the time this card's number, half of the time any.
fn any(random: &mut Random, scene: &Scene) -> String {
    if random.once_in(2) { scene.pan.clone() } else { pan(random) }
}

/// This card's number in two parts.
fn halves(random: &mut Random, scene: &Scene) -> (String, String) {
    let at = random.within(7, scene.pan.len() - 6);
    let (one, two) = scene.pan.split_at(at);
    (one.into(), two.into())
}
