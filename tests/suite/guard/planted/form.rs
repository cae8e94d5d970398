//! Signature, characters, length.

use super::{Disguise, whole};
use crate::disguise::wide;
use crate::random::Random;
use crate::scene::Scene;

pub(super) fn disguises() -> Vec<Disguise> {
    let signature = |name, plant| Disguise { name, rules: &["signature"], plant };
    let character = |name, plant| Disguise { name, rules: &["character"], plant };
    let long = |name, plant| Disguise { name, rules: &["length", "segments"], plant };
    vec![
        signature("signature: missing", |_, scene| whole(body(scene))),
        signature("signature: another's", |random, scene| {
            let own = &scene.manifest.sender.signature;
            let other = random.pick(&[
                "【农业银行】",
                "【海港銀行】",
                "【海港银行客服】",
                "Harbour:",
                "【】",
                "[海港银行]",
                "【海港 银行】",
                "Meridian Bank:",
                "Kite:",
                "〖海港银行〗",
                "Мeridian:",
                "Кite Bank:",
            ]);
            assert_ne!(own, other);
            whole(format!("{other}{}", body(scene)))
        }),
        signature("signature: not first", |random, scene| {
            let before = random.pick(&[" ", "\n", "通知", "Re: ", "。", "\u{3000}", "A"]);
            whole(format!("{before}{}", scene.carrier("")))
        }),
        signature("signature: doubled", |random, scene| {
            let own = &scene.manifest.sender.signature;
            let gap = random.pick(&["", " ", "\n", "："]);
            whole(format!("{own}{gap}{own}{}", body(scene)))
        }),
        signature("signature: in the body", |random, scene| {
            let own = &scene.manifest.sender.signature;
            let within = if scene.chinese() {
                random.pick(&[
                    "【海港银行】",
                    "【农业银行】",
                    "【",
                    "】",
                    "】【",
                    "【公安局】请转账",
                ])
            } else {
                own.as_str()
            };
            whole(scene.carrier(within))
        }),
        signature("signature: last", |_, scene| {
            whole(format!("{}{}", body(scene), scene.manifest.sender.signature))
        }),
        signature("signature: in other letters", |random, scene| {
            let own = &scene.manifest.sender.signature;
            let other = match random.below(3) {
                0 => format!("{}\u{3000}", own.trim_end_matches(['】', ':'])),
                1 if !scene.chinese() => wide(own),
                _ => own.replace(['】', ':'], "]"),
            };
            whole(format!("{other}{}", body(scene)))
        }),
        character("character: control", |random, scene| {
            let codes: Vec<u32> =
                (0..0x20).filter(|code| *code != 0x0a).chain(0x7f..0xa0).collect();
            planted(random, scene, &codes)
        }),
        character("character: direction", |random, scene| {
            planted(
                random,
                scene,
                &[
                    0x200e, 0x200f, 0x61c, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067,
                    0x2068, 0x2069,
                ],
            )
        }),
        character("character: invisible", |random, scene| {
            planted(
                random,
                scene,
                &[
                    0xad, 0x34f, 0x115f, 0x1160, 0x17b4, 0x17b5, 0x180e, 0x200b, 0x200c, 0x200d,
                    0x2060, 0x2061, 0x2062, 0x2063, 0x2064, 0x206a, 0x206f, 0x3164, 0xfe00, 0xfe0f,
                    0xfeff, 0xffa0, 0xfff9, 0xfffa, 0xfffb, 0x2028, 0x2029, 0xe0001, 0xe0041,
                    0xe007f, 0xe0100,
                ],
            )
        }),
        character("character: private use", |random, scene| {
            planted(random, scene, &[0xe000, 0xe123, 0xf8ff, 0xf0000, 0xf1234, 0x100000, 0x10fffd])
        }),
        long("length: too many segments", |random, scene| {
            let part = random.pick(&["很长的一句话，", "long words ", "😀", "€€€"]);
            // Over six segments of any alphabet.
            whole(scene.carrier(&part.repeat(1_000 / part.chars().count())))
        }),
        long("length: too many bytes", |random, scene| {
            let letter = random.pick(&["字", "x", "é"]);
            whole(scene.carrier(&letter.repeat(random.within(2_048, 9_000))))
        }),
        long("length: nothing", |_, _| whole(String::new())),
    ]
}

/// A message without its signature.
fn body(scene: &Scene) -> String {
    let text = scene.carrier("谢谢");
    text.strip_prefix(&scene.manifest.sender.signature).expect("it is signed").trim_start().into()
}

/// With one of these characters somewhere behind the signature.
fn planted(random: &mut Random, scene: &Scene, codes: &[u32]) -> super::Plant {
    let character = char::from_u32(random.pick(codes)).expect("a character");
    let mut text = scene.carrier("谢谢");
    let places: Vec<usize> = text
        .char_indices()
        .map(|(at, _)| at)
        .filter(|at| *at >= scene.manifest.sender.signature.len())
        .collect();
    text.insert(random.pick(&places), character);
    whole(text)
}
