//! Handles, invitations, links in disguise, service codes and characters that nobody sees.

use super::base::{Base, Slot};
use crate::Sample;
use crate::draw::Random;

const WECHAT: &[&str] = &[
    "加微信#",
    "微信：#",
    "微信号 #",
    "请添加客服微信 #",
    "V信#",
    "VX:#",
    "vx #",
    "WeChat: #",
    "wechat id #",
    "add WeChat #",
    "微 信 #",
    "威信#",
    "薇信：#",
    "加V：#",
    "+v #",
    "微\u{200b}信#",
    "Weixin #",
    "加我微信\n#",
];
const QQ: &[&str] = &["QQ #", "QQ：#", "加QQ#", "扣扣#", "QQ群 #", "q q: #", "企鹅号#", "ＱＱ #"];
const TELEGRAM: &[&str] = &[
    "Telegram @#",
    "Telegram: #",
    "TG：@#",
    "tg @#",
    "telegram me at #",
    "t.me/#",
    "电报 @#",
    "Телеграм @#",
    "telegram.me/#",
];
const WHATSAPP: &[&str] = &[
    "WhatsApp: #",
    "whatsapp @#",
    "wa.me/#",
    "message # on WhatsApp",
    "Whats App #",
    "WA: #",
    "واتساب #",
    "api.whatsapp.com/send?phone=#",
];
const LINE: &[&str] = &[
    "LINE ID: #",
    "LINE ID #",
    "Line: @#",
    "加LINE：#",
    "line.me/ti/p/#",
    "ไลน์ @#",
    "LINE公式 @#",
];
const NAMES: &[&str] =
    &["@#", "contact @#", "follow @#", "＠#", "see @# for help", "@ #", "联系@#"];
const INVITATIONS: &[&str] = &[
    "关注公众号“海港助手”",
    "搜索公众号：海港服务",
    "请关注微信公众号 HaiGangHelp",
    "扫描下方二维码领取",
    "扫码领红包",
    "请扫二维码验证身份",
    "长按识别二维码",
    "Scan the QR code to claim",
    "scan this QR code",
    "Scan QR to verify your card",
    "掃描QR碼領取",
    "QRコードを読み取ってください",
    "QR코드를 스캔하세요",
    "Escanee el código QR",
    "Scannez le code QR",
    "Scannen Sie den QR-Code",
    "Отсканируйте QR-код",
    "加入企业微信群",
    "小程序搜索“海港理赔”",
    "添加企业微信客服",
    "公 众 号：海港助手",
    "quét mã QR",
];
const USSD: &[&str] = &[
    "*99#",
    "*#06#",
    "dial *99#",
    "**21*?????????#",
    "*123*?#",
    "##002#",
    "*21*1??????????#",
    "＊99＃",
    "拨打*100#",
    "*#*#4636#*#*",
    "* 99 #",
    "#31#?????????",
    "*901*000*????#",
    "набери *100#",
    "＊＃06＃",
    "*737#",
];
const STEMS: &[&str] = &[
    "evil",
    "secure-pay",
    "hg-bank",
    "kitebank-help",
    "refund24",
    "bit",
    "t",
    "card-verify",
    "95588x",
    "harbourbank",
    "my",
    "x1",
];
const ENDS: &[&str] = &[
    "com",
    "cn",
    "net",
    "top",
    "xyz",
    "info",
    "ru",
    "io",
    "cc",
    "me",
    "vip",
    "app",
    "co.uk",
    "com.cn",
    "link",
    "site",
    "ly",
    "com/r/a",
    "cn/x7",
    "top/login",
];
/// `~` is the stem, `^` the end.
const LINKS: &[&str] = &[
    "~.^",
    "https://~.^",
    "http://~.^/a",
    "www.~.^",
    "~[.]^",
    "~(.)^",
    "~{.}^",
    "~ .^",
    "~. ^",
    "~ . ^",
    "~ dot ^",
    "~ (dot) ^",
    "~[dot]^",
    "~ DOT ^",
    "~点^",
    "~點^",
    "~ 点 ^",
    "~。^",
    "~．^",
    "~｡^",
    "hxxp://~.^",
    "hxxps://~[.]^",
    "hxxps[:]//~[.]^",
    "h t t p : / / ~ . ^",
    "http:// ~.^",
    "//~.^",
    "~\u{2024}^",
    "~·^",
    "~\u{200b}.^",
    "~.\u{200b}^",
    "~\u{2060}.\u{2060}^",
    "~.\n^",
    "~\n.^",
    "~%2E^",
    "HTTPS://~.^",
    "ftp://~.^",
    "help@~.^",
    "mailto:help@~.^",
    "help[at]~[.]^",
    "help at ~ dot ^",
    "https：//~.^",
    "http:\\\\~.^",
    "~\u{ad}.^",
    "tap ~.^ now",
    "请点击~.^",
    "点击 ~.^/a 验证",
    "登录~.^查看",
    "<~.^>",
    "“~.^”",
    "~.^。",
    "~.^:8080",
    "user@~.^",
    "~-.^",
    "~точка^",
    "~ punto ^",
    "~【.】^",
    "~（.）^",
    "~ [ . ] ^",
    "~<.>^",
    "~\"\u{2e}\"^",
];
const ADDRESSES: &[&str] = &[
    "203.0.113.7",
    "http://198.51.100.23/x",
    "203 . 0 . 113 . 7",
    "203[.]0[.]113[.]7",
    "192.0.2.77:8080",
    "http://3405803783/",
    "http://0xCB007107/",
    "２０３．０．１１３．７",
    "2001:db8::7",
    "[2001:db8::7]",
    "http://[2001:db8:0:1::9]/a",
    "203。0。113。7",
    "::ffff:203.0.113.7",
    "fe80::1",
    "203.0.113.7/pay",
    "2001:DB8:85A3::8A2E:370:7334",
];
const INTERNATIONAL: &[&str] = &[
    "xn--80ak6aa92e.com",
    "https://xn--fiqs8s.cn",
    "海港银行.中国",
    "банк-помощь.рф",
    "例え.jp",
    "💰.ws",
    "bücher-bank.de",
    "www.海港.公司",
    "ｅｖｉｌ．ｃｏｍ",
    "ⓔⓥⓘⓛ.ⓒⓞⓜ",
    "𝐞𝐯𝐢𝐥.𝐜𝐨𝐦",
    "evil.ⅽom",
    "evіl.com",
    "gооgle.com",
    "ᴇᴠɪʟ.com",
    "ｔ．ｃｎ／ａ",
];
/// Formats and directions.
const HIDDEN: &[&str] = &[
    "\u{202e}", "\u{202d}", "\u{202a}", "\u{202b}", "\u{202c}", "\u{2066}", "\u{2067}", "\u{2068}",
    "\u{2069}",
];
const ZERO_WIDTH: &[&str] = &[
    "\u{200b}",
    "\u{200d}",
    "\u{200c}",
    "\u{2060}",
    "\u{feff}",
    "\u{ad}",
    "\u{180e}",
    "\u{2061}",
    "\u{2062}",
    "\u{2063}",
    "\u{2064}",
    "\u{206a}",
    "\u{e0041}",
    "\u{fff9}",
    "\u{1d173}",
];

/// Dirty: a way to a stranger in an otherwise good text: a messenger's handle, an invitation, a
/// link or an address in disguise, a service code, or hidden characters.
pub fn handles(seed: u64) -> Sample {
    let mut random = Random::new(seed, "handles");
    let mut base = Base::new(seed);
    let (class, text) = match random.below(100) {
        0..10 => ("handle-wechat", handle(&mut random, WECHAT)),
        10..14 => {
            let count = random.range(7, 10);
            let number = random.digits(count);
            ("handle-qq", random.pick(QQ).replace('#', &number))
        }
        14..20 => ("handle-telegram", handle(&mut random, TELEGRAM)),
        20..26 => ("handle-whatsapp", handle(&mut random, WHATSAPP)),
        26..30 => ("handle-line", handle(&mut random, LINE)),
        30..36 => ("handle-name", handle(&mut random, NAMES)),
        36..46 => ("handle-invitation", random.pick(INVITATIONS).to_owned()),
        46..70 => ("handle-link", link(&mut random)),
        70..74 => ("handle-own-link-look-alike", own_look_alike(&mut random, &mut base)),
        74..80 => ("handle-address", random.pick(ADDRESSES).to_owned()),
        80..85 => ("handle-international-link", random.pick(INTERNATIONAL).to_owned()),
        85..92 => {
            let pattern = random.pick(USSD);
            ("handle-ussd", random.fill(pattern))
        }
        92..96 => return hidden(&mut random, base, "handle-bidirectional", HIDDEN),
        _ => {
            // Joiners belong to the writing of these.
            if matches!(base.locale.tag, "ar" | "fa" | "he" | "hi" | "bn" | "th") {
                return hidden(&mut random, base, "handle-bidirectional", HIDDEN);
            }
            return hidden(&mut random, base, "handle-zero-width", ZERO_WIDTH);
        }
    };
    match random.below(10) {
        0 => {
            base.push_line(&text);
        }
        1 => {
            if let Some(index) = base.find(Slot::Merchant) {
                base.pieces[index].text.push_str(&format!(" {text}"));
            }
        }
        2 if class != "handle-name" => {
            if let Some(index) = base.find(Slot::Merchant) {
                base.pieces[index].text = text;
            }
        }
        3 => base.append(&format!("({text})")),
        4 => {
            let from = if base.find(Slot::Signature).is_some() { 2 } else { 0 };
            let at = random.range(from, base.pieces.len());
            base.insert(at, format!(" {text} "));
        }
        _ => base.append(&text),
    }
    let text = base.text();
    base.sample(class, vec![text], true)
}

fn handle(random: &mut Random, patterns: &[&str]) -> String {
    let stem = random.pick(&[
        "abc",
        "kefu_",
        "bank.help",
        "harbour_desk",
        "hgkf",
        "support-",
        "wx_",
        "Kite",
        "alice_",
        "zs",
    ]);
    let count = random.range(2, 5);
    let name = format!("{stem}{}", random.digits(count));
    random.pick(patterns).replace('#', &name)
}

fn link(random: &mut Random) -> String {
    let (stem, end) = (random.pick(STEMS), random.pick(ENDS));
    let text = random.pick(LINKS).replace('~', stem).replace('^', end);
    if random.chance(10) { text.to_uppercase() } else { text }
}

/// The bank's own domain with a letter from elsewhere, as a part of another's, or misspelt.
fn own_look_alike(random: &mut Random, base: &mut Base) -> String {
    let own = random.pick(&["kitebank.com", "hgbank.cn", "harbourbank.net"]);
    base.sender.links = vec![own.to_owned()];
    let (name, end) = own.split_once('.').unwrap_or((own, "com"));
    match random.below(8) {
        0 => own.replacen('a', "а", 1),
        1 => format!("{own}.evil.top"),
        2 => format!("evil-{own}"),
        3 => format!("https://{own}@evil.top/a"),
        4 => format!("{name}-{end}.top"),
        5 => own.replacen('b', "ь", 1),
        6 => format!("{name}x.{end}"),
        _ => format!("{name}.{end}.co"),
    }
}

/// Hidden characters in a word, in a number, or around a fact.
fn hidden(random: &mut Random, mut base: Base, class: &'static str, list: &[&str]) -> Sample {
    let character = random.pick(list);
    let start = if base.find(Slot::Signature).is_some() { 2 } else { 0 };
    let full: Vec<usize> = (start..base.pieces.len())
        .filter(|&index| base.pieces[index].text.chars().count() > 1)
        .collect();
    let index = full[random.below(full.len())];
    let text = &mut base.pieces[index].text;
    let ends: Vec<usize> = text.char_indices().skip(1).map(|(at, _)| at).collect();
    let at = ends[random.below(ends.len())];
    text.insert_str(at, character);
    if random.chance(30) {
        *text = format!("{character}{text}");
    }
    let text = base.text();
    base.sample(class, vec![text], true)
}
