//! Links and telephone numbers that are not the bank's.

use super::{Disguise, carried};
use crate::disguise::{digits, wide};
use crate::random::Random;
use crate::scene::{Scene, phone};

pub(super) fn disguises() -> Vec<Disguise> {
    let link = |name, plant| Disguise { name, rules: &["link"], plant };
    let call = |name, plant| Disguise { name, rules: &["call-back", "secret"], plant };
    vec![
        link("link: with a scheme", |random, scene| {
            let scheme = random.pick(&[
                "http://",
                "https://",
                "HTTP://",
                "https://www.",
                "ftp://",
                "hTTps://",
            ]);
            let link = format!("{scheme}{}{}", domain(random), path(random));
            carried(scene, &around(random, &link))
        }),
        link("link: bare", |random, scene| {
            let link = format!("{}{}", domain(random), path(random));
            carried(scene, &around(random, &link))
        }),
        link("link: www", |random, scene| {
            let link = format!("www.{}{}", domain(random), path(random));
            carried(scene, &around(random, &link))
        }),
        link("link: punycode", |random, scene| {
            let label =
                random.pick(&["xn--fiq228c", "xn--80ak6aa92e", "xn--e1afmkfd", "xn--55qx5d"]);
            let link = format!("{}{label}.{}", random.pick(&["", "https://", "www."]), top(random));
            carried(scene, &around(random, &link))
        }),
        link("link: of another alphabet", |random, scene| {
            let link = random.pick(&[
                "银行.中国",
                "海港银行.公司",
                "例え.jp",
                "банк.рф",
                "https://пример.рф/a",
                "harbour银行.cn",
                "http://例子.测试",
            ]);
            carried(scene, &around(random, link))
        }),
        link("link: looks like the bank's", |random, scene| {
            let own = allowed(scene);
            const LOOKS: [(char, char); 6] =
                [('a', 'а'), ('e', 'е'), ('i', 'і'), ('r', 'г'), ('a', 'ɑ'), ('e', 'ё')];
            let looks: Vec<_> =
                LOOKS.into_iter().filter(|(letter, _)| own.contains(*letter)).collect();
            let (letter, other) = random.pick(&looks);
            let look = own.replacen(letter, &other.to_string(), 1);
            let link = format!("{}{look}{}", random.pick(&["", "https://"]), path(random));
            carried(scene, &around(random, &link))
        }),
        link("link: full width", |random, scene| {
            let plain = domain(random);
            let link = match random.below(4) {
                0 => wide(&plain),
                1 => plain.replace('.', "．"),
                2 => plain.replace('.', "。"),
                _ => format!("https：／／{plain}"),
            };
            carried(scene, &around(random, &link))
        }),
        link("link: the bank's name within another's", |random, scene| {
            let (own, evil) = (allowed(scene), domain(random));
            let link = random.pick(&[
                "OWN.EVIL",
                "https://OWN.EVIL/x",
                "evil-OWN",
                "https://notOWN/x",
                "OWN.cn",
                "https://EVIL/OWN",
                "https://EVIL?u=OWN",
                "https://EVIL#OWN",
                "https://OWN.com",
                "http://xOWN",
            ]);
            let link = link.replace("OWN", own).replace("EVIL", &evil);
            carried(scene, &around(random, &link))
        }),
        link("link: Chinese right before the bank's name", |random, scene| {
            // Telephones make one domain of it, which anybody may own.
            let word = random.pick(&["详见", "登录", "请点击", "银行"]);
            carried(scene, &format!("{word}{}", allowed(scene)))
        }),
        link("link: the bank's name as a user", |random, scene| {
            let (own, evil) = (allowed(scene), domain(random));
            let link = random.pick(&[
                "https://OWN@EVIL",
                "https://OWN:443@EVIL/x",
                "http://OWN%2f@EVIL",
                "https://OWN\\@EVIL",
                "https:\\\\EVIL",
                "//EVIL/OWN",
                "https://OWN%00.EVIL",
                "https://OWN&@EVIL",
            ]);
            let link = link.replace("OWN", own).replace("EVIL", &evil);
            carried(scene, &around(random, &link))
        }),
        link("link: address of a computer", |random, scene| {
            let part = |random: &mut Random| random.within(1, 254);
            let address =
                format!("{}.{}.{}.{}", part(random), part(random), part(random), part(random));
            let link = match random.below(5) {
                0 => format!("http://{address}/pay"),
                1 => format!("https://{address}"),
                2 => format!("{address}/pay"),
                3 => format!("http://{}/", random.within(1 << 24, 1 << 31)),
                _ => format!("http://[2001:db8::{}]/", part(random)),
            };
            carried(scene, &around(random, &link))
        }),
        link("link: port, or another scheme", |random, scene| {
            let evil = domain(random);
            let link = random.pick(&[
                "EVIL:8443/x",
                "weixin://dl/business/?t=EVIL",
                "alipays://platformapi/startapp?u=EVIL",
                "market://details?id=EVIL",
                "EVIL/",
                "EVIL?x=1",
                "javascript://EVIL/%0a",
            ]);
            carried(scene, &around(random, &link.replace("EVIL", &evil)))
        }),
        call("call-back: Chinese", |random, scene| {
            let number = foreign_number(random, scene);
            let text = random.pick(&[
                "请致电{}",
                "客服热线：{}",
                "客服电话{}",
                "请拨打{}核实",
                "如有疑问请联系{}",
                "回电{}",
                "电话:{}",
                "咨询{}",
                "请速电{}",
                "联系电话：{}",
                "热线{}",
            ]);
            carried(scene, &text.replace("{}", &number))
        }),
        call("call-back: English", |random, scene| {
            let number = foreign_number(random, scene);
            let text = random.pick(&[
                "call {}",
                "Call us on {}",
                "Tel: {}",
                "hotline {}",
                "Phone {}",
                "dial {}",
                "contact {}",
                "Helpline: {}",
                "ring {}",
                "call our team at {}",
                "Tel.{}",
            ]);
            carried(scene, &text.replace("{}", &number))
        }),
        call("call-back: in any digits", |random, scene| {
            let number = foreign_number(random, scene);
            let number = digits(random, &number);
            let cue = random.pick(&["请致电", "客服热线：", "call ", "拨打"]);
            carried(scene, &format!("{cue}{number}"))
        }),
    ]
}

/// The first of the bank's own domains.
fn allowed(scene: &Scene) -> &str {
    &scene.manifest.sender.allowed_links[0]
}

fn top(random: &mut Random) -> &'static str {
    random.pick(&[
        "com", "cn", "net", "org", "top", "xyz", "vip", "cc", "io", "me", "info", "app", "shop",
        "ru", "tk", "link", "club", "online", "site", "com.cn", "co.uk", "tv", "biz", "work",
    ])
}

fn domain(random: &mut Random) -> String {
    let label = random.pick(&[
        "evil",
        "bank-safe",
        "t",
        "pay1",
        "secure.login",
        "h4rbour",
        "bit",
        "abc",
        "xn-x",
    ]);
    format!("{label}{}.{}", random.below(100), top(random))
}

fn path(random: &mut Random) -> String {
    match random.below(4) {
        0 => format!("/{}", random.digits(4)),
        1 => "/x?id=1".into(),
        2 => "/".into(),
        _ => String::new(),
    }
}

fn around(random: &mut Random, link: &str) -> String {
    let (before, after) = random.pick(&[
        ("点击", "查看"),
        ("详情 ", " "),
        ("See ", " now"),
        ("（", "）"),
        ("请登录", "，"),
        ("visit ", "."),
        ("", ""),
        ("：", "。"),
        ("<", ">"),
    ]);
    format!("{before}{link}{after}")
}

/// A telephone number that is not the bank's.
fn foreign_number(random: &mut Random, scene: &Scene) -> String {
    let ascii = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    loop {
        let chinese = random.once_in(2);
        let number = match random.below(8) {
            0 => format!("400-{}-{}", random.digits(3), random.digits(4)),
            1 => format!("021-{}", random.digits(8)),
            2 => format!("+1 900 555 {}", random.digits(4)),
            3 => format!("955{}", random.digits(2)),
            4 => format!("0800 {}", random.digits(6)),
            5 => format!("(0755) {}", random.digits(8)),
            6 => format!("400{}", random.digits(7)),
            _ => phone(random, chinese),
        };
        if ascii(&number) != ascii(&scene.manifest.sender.hotline) {
            return number;
        }
    }
}
