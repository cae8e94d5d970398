//! Numbers of others: identity numbers, IBANs, addresses, codes.

use super::{Disguise, carried};
use crate::disguise::{cased, digits, enclosed, spaced, wide};
use crate::random::Random;
use crate::scene::id_number;

pub(super) fn disguises() -> Vec<Disguise> {
    let identity = |name, plant| Disguise { name, rules: &["id-number"], plant };
    let iban_ = |name, plant| Disguise { name, rules: &["iban"], plant };
    let email_ = |name, plant| Disguise { name, rules: &["email"], plant };
    const CODES: &[&str] = &["security-code", "one-time-password"];
    let code = |name, plant| Disguise { name, rules: CODES, plant };
    vec![
        identity("identity number: plain", |random, scene| {
            let id = id_number(random);
            carried(scene, &enclosed(random, &id))
        }),
        identity("identity number: any digits, any X", |random, scene| {
            let x = random.pick(&["x", "X", "Ｘ", "ｘ", "𝐗"]);
            let id = id_number(random);
            let id = digits(random, &id).replace('X', x);
            carried(scene, &enclosed(random, &id))
        }),
        identity("identity number: spaced", |random, scene| {
            let id = id_number(random);
            let id = if random.once_in(2) {
                let gap = random.pick(&[" ", "-", "\u{a0}", "."]);
                format!("{}{gap}{}{gap}{}", &id[..6], &id[6..14], &id[14..])
            } else {
                spaced(random, &id)
            };
            carried(scene, &format!("证件{id}已核验"))
        }),
        iban_("IBAN: plain", |random, scene| {
            let iban = iban(random);
            carried(scene, &iban_place(random, &iban))
        }),
        iban_("IBAN: in groups of four", |random, scene| {
            let iban = groups(&iban(random), random.pick(&[" ", "-", "\u{a0}", "  "]));
            carried(scene, &iban_place(random, &iban))
        }),
        iban_("IBAN: lower or mixed case, full width", |random, scene| {
            let iban = iban(random);
            let iban = if random.once_in(2) { groups(&iban, " ") } else { iban };
            let iban = if random.once_in(3) { wide(&iban) } else { cased(random, &iban) };
            carried(scene, &iban_place(random, &iban))
        }),
        email_("e-mail: plain", |random, scene| {
            let email = email(random);
            carried(scene, &enclosed(random, &email))
        }),
        email_("e-mail: full width, any case", |random, scene| {
            let email = email(random);
            let email = cased(random, &email);
            let email = match random.below(3) {
                0 => wide(&email),
                1 => email.replace('@', "＠"),
                _ => email.replace('@', "﹫"),
            };
            carried(scene, &enclosed(random, &email))
        }),
        code("security code", |random, scene| {
            let length = random.pick(&[3, 3, 4]);
            let number = random.digits(length);
            let number = digits(random, &number);
            let cue = random.pick(&SECURITY_CUES);
            let cue = cased(random, cue);
            let cue = if random.once_in(5) { wide(&cue) } else { cue };
            let link =
                random.pick(&["", " ", ":", "：", " is ", "为", "是", ": ", "=", " # ", "（"]);
            carried(scene, &format!("{cue}{link}{number}。"))
        }),
        code("one-time password: behind its name", |random, scene| {
            let number = password(random);
            let cue = random.pick(&PASSWORD_CUES);
            let cue = cased(random, cue);
            let link =
                random.pick(&["", " ", ":", "：", " is ", "为", "是", ": ", " - ", "（", "是："]);
            carried(scene, &format!("{cue}{link}{number}。"))
        }),
        code("one-time password: before its name", |random, scene| {
            let number = password(random);
            let text = random.pick(&[
                "{} is your verification code",
                "{}是您的验证码",
                "{}（验证码）",
                "{} 为本次动态密码",
                "{} is your OTP",
                "Use {} as your one-time password",
                "use {} to verify: one-time passcode",
                "输入{}作为验证码",
                "{}，您的校验码",
                "{} - your one time password",
            ]);
            carried(scene, &text.replace("{}", &number))
        }),
        code("one-time password: in two parts", |random, scene| {
            let (one, two) = (random.digits(3), random.digits(3));
            let gap = random.pick(&[" ", "-", "\u{a0}", " - "]);
            let cue = random.pick(&PASSWORD_CUES);
            carried(scene, &format!("{cue}：{one}{gap}{two}"))
        }),
    ]
}

const SECURITY_CUES: [&str; 12] = [
    "CVV",
    "CVV2",
    "CVC",
    "CVC2",
    "CVN",
    "CVN2",
    "安全码",
    "卡片安全码",
    "security code",
    "CVV码",
    "CVV code",
    "card verification value",
];
const PASSWORD_CUES: [&str; 12] = [
    "验证码",
    "动态码",
    "动态密码",
    "短信验证码",
    "校验码",
    "一次性密码",
    "OTP",
    "verification code",
    "one-time password",
    "one-time passcode",
    "Your OTP code",
    "动态口令",
];

fn password(random: &mut Random) -> String {
    let length = random.pick(&[4, 6, 6, 6, 8]);
    let number = random.digits(length);
    digits(random, &number)
}

fn email(random: &mut Random) -> String {
    let login = random.pick(&["li.lei", "sales", "a", "info+cn", "o_neill", "x-y.z", "zhang3"]);
    let number = random.below(1_000);
    let domain =
        random.pick(&["corp.cn", "mail.co.uk", "evil.example", "qq.com", "a-b.org", "公司.cn"]);
    format!("{login}{number}@{domain}")
}

fn groups(text: &str, gap: &str) -> String {
    let parts: Vec<&str> =
        (0..text.len()).step_by(4).map(|at| &text[at..text.len().min(at + 4)]).collect();
    parts.join(gap)
}

/// An IBAN runs into letters before it only where a space or a sign ends them.
fn iban_place(random: &mut Random, iban: &str) -> String {
    let (before, after) = random.pick(&[
        ("账户", "已入账"),
        ("IBAN ", " credited"),
        ("IBAN: ", "."),
        ("（", "）"),
        ("收款账号：", "，"),
        ("to ", ","),
        ("\"", "\""),
    ]);
    format!("{before}{iban}{after}")
}

/// An IBAN of some country, with its check digits (ISO 13616).
fn iban(random: &mut Random) -> String {
    let (country, body) = match random.below(8) {
        0 => ("GB", format!("WEST{}", random.digits(14))),
        1 => ("DE", random.digits(18)),
        2 => ("FR", random.digits(23)),
        3 => ("KW", format!("CBKU{}", random.digits(22))),
        4 => ("NL", format!("ABNA{}", random.digits(10))),
        5 => ("CH", random.digits(17)),
        6 => ("AE", random.digits(19)),
        _ => ("SA", random.digits(20)),
    };
    let value = |text: &str| {
        text.chars().fold(0u32, |sum, character| {
            let digit = character.to_digit(36).expect("a letter or digit");
            let by = if digit > 9 { 100 } else { 10 };
            (sum * by + digit) % 97
        })
    };
    let check = 98 - value(&format!("{body}{country}00"));
    format!("{country}{check:02}{body}")
}
