//! Names of merchants and counterparties: dirty ones, with what must not work in them any more, and
//! plain ones, which stay exactly as they are.

use crate::cards::issuers;
use crate::draw::Random;

const FIELDS: &[&str] = &["merchant.name", "merchant.name", "counterparty"];

/// Plain beginnings of names, in many languages.
const STEMS: &[&str] = &[
    "AMAZON",
    "PAYPAL",
    "Kiosk am Tor",
    "海港超市",
    "老王面馆",
    "CAFE LUNA",
    "Café Zoë",
    "さくら書店",
    "한강서점",
    "Кофейня Луна",
    "Panadería Sol",
    "Padaria Lua",
    "Yıldız Market",
    "مقهى القمر",
    "शर्मा भंडार",
    "ร้านกาแฟ",
    "Quán Trăng",
    "BLUE LINE TAXI",
    "山城咖啡",
    "ספרי הים",
    "欧阳娜娜",
    "SQ",
    "Bäckerei Grün",
];

/// A name that is not as harmless as it should be: its field, the name, and what must not stand in
/// it any more once it is clean (looked for as plain substrings, letter for letter). A number is
/// given in all the usual groupings, so that other separators do not help.
pub fn dirty_names(seed: u64) -> (&'static str, String, Vec<String>) {
    let mut random = Random::new(seed, "dirty-names");
    let field = random.one(FIELDS);
    let stem = random.pick(STEMS);
    let (tail, gone) = match random.below(100) {
        0..18 => link(&mut random),
        18..40 => called(&mut random),
        // A number alone may be a counterparty's account.
        40..52 if field == "merchant.name" => bare_number(&mut random),
        40..60 => short_with_cue(&mut random),
        60..70 => card(&mut random),
        70..84 => handle(&mut random),
        84..94 => signature(&mut random),
        _ => return (field, bidirectional(&mut random, stem), directions()),
    };
    let joint = if tail.starts_with(['*', '.', '-', '【', '[']) {
        ""
    } else {
        random.pick(&[" ", " ", "*", "-", " - ", "/", ", "])
    };
    let name = match random.below(4) {
        // A name that is nothing else.
        0 => tail,
        1 => format!("{tail} {stem}"),
        _ => format!("{stem}{joint}{tail}"),
    };
    let mut gone: Vec<String> =
        gone.into_iter().filter(|gone| name.contains(gone.as_str()) || is_number(gone)).collect();
    gone.sort_unstable();
    gone.dedup();
    (field, name, gone)
}

fn is_number(text: &str) -> bool {
    text.chars().any(|c| c.is_ascii_digit()) && !text.chars().any(char::is_alphabetic)
}

fn link(random: &mut Random) -> (String, Vec<String>) {
    let stem = random.pick(&["evil", "refund24", "secure-pay", "amazn", "bit", "hgbank", "pay-me"]);
    let end =
        random.pick(&["com", "cn", "top", "xyz", "net", "ru", "info", "co.uk", "com.cn", "io"]);
    // What is left of `~.^` must not be one address.
    let form = random.pick(&[
        "~.^",
        "https://~.^",
        "http://~.^/a",
        "www.~.^",
        "~[.]^",
        "~(.)^",
        "~ dot ^",
        "~[dot]^",
        "~点^",
        "~ 点^",
        "~。^",
        "~．^",
        "hxxp://~.^",
        "~\u{200b}.^",
        "~.^/r/x7",
        "help@~.^",
        "~․^",
    ]);
    let text = form.replace('~', stem).replace('^', end);
    let text = if random.chance(30) && !text.contains("://") { text.to_uppercase() } else { text };
    let is_upper = !text.contains(stem);
    let (stem, end) = if is_upper {
        (stem.to_uppercase(), end.to_uppercase())
    } else {
        (stem.into(), end.into())
    };
    // Also what a cleaner might make of it that works as well.
    let mut gone = vec![text.clone(), format!("{stem}.{end}")];
    for sign in ["http://", "https://", "hxxp://", "点", "[.]", "(.)", "[dot]", " dot ", "@"] {
        if text.contains(sign) && !gone.contains(&sign.to_owned()) {
            gone.push(match sign {
                "http://" | "https://" | "hxxp://" => sign.to_owned(),
                "@" => format!("@{stem}"),
                _ => format!("{sign}{end}"),
            });
        }
    }
    gone.retain(|gone| text.contains(gone.as_str()));
    (text, gone)
}

/// Groups of a number, and all the usual ways of writing them together.
fn grouped(random: &mut Random) -> (String, Vec<String>) {
    let pattern = random.pick(&[
        "138-????-????",
        "139 ???? ????",
        "1?? ???? ????",
        "400-???-????",
        "800-???-????",
        "0755-????????",
        "402-935-????",
        "8 800 ??? ?? ??",
        "020 ???? ????",
        "6?? ??? ???",
        "10 ???? ????",
        "95 ??? ????",
    ]);
    let text = random.fill(pattern);
    let groups: Vec<&str> = text.split([' ', '-']).collect();
    let gone =
        ["", " ", "-", ".", "/", "·"].iter().map(|separator| groups.join(separator)).collect();
    (text, gone)
}

fn called(random: &mut Random) -> (String, Vec<String>) {
    let (number, mut gone) = grouped(random);
    let cue = random.pick(&[
        "CALL ",
        "Call ",
        "TEL ",
        "Tel.",
        "TEL:",
        "PHONE ",
        "WhatsApp ",
        "致电",
        "请拨打",
        "电话",
        "電話",
        "客服电话:",
        "позвоните ",
        "тел. ",
        "llame al ",
        "ligue ",
        "appelez ",
        "Tél. ",
        "rufen Sie ",
        "전화 ",
        "โทร ",
        "gọi ",
        "اتصل على ",
        "arayın ",
        "hubungi ",
        "chiami ",
        "bel ",
        "कॉल करें ",
        "拨",
        "Ph ",
        "MOB ",
    ]);
    gone.push(format!("{cue}{number}"));
    let prefix = random.pick(&["", "", "", "+1 ", "+86 ", "0086 ", "+44"]);
    (format!("{cue}{prefix}{number}"), gone)
}

/// Without a cue, from seven digits on.
fn bare_number(random: &mut Random) -> (String, Vec<String>) {
    match random.below(5) {
        0 => grouped(random),
        1 => {
            let count = random.range(7, 12);
            let number = format!("{}{}", random.range(1, 9), random.digits(count - 1));
            let zero = random.one(&[0xff10, 0x0660, 0x0966, 0x1d7ce]);
            let disguised: String = number
                .bytes()
                .filter_map(|digit| char::from_u32(zero + u32::from(digit - b'0')))
                .collect();
            (disguised.clone(), vec![disguised, number])
        }
        _ => {
            let count = random.range(7, 12);
            let number = format!("{}{}", random.range(1, 9), random.digits(count - 1));
            (format!("{}{number}", random.pick(&["*", "", "", "#"])), vec![number])
        }
    }
}

/// Up to six digits, with a cue to call.
fn short_with_cue(random: &mut Random) -> (String, Vec<String>) {
    let count = random.range(4, 6);
    let number = format!("{}{}", random.range(1, 9), random.digits(count - 1));
    let cue = random.pick(&[
        "CALL ",
        "Call ",
        "call now ",
        "TEL ",
        "致电",
        "请致电",
        "拨打",
        "请拨",
        "WhatsApp ",
        "电话",
        "позвоните ",
        "llame al ",
        "appelez le ",
        "rufen Sie ",
        "ligue ",
        "DIAL ",
    ]);
    (format!("{cue}{number}"), vec![number])
}

fn card(random: &mut Random) -> (String, Vec<String>) {
    let number = issuers::number(random);
    let separator = random.pick(&["", "", " ", "-", ".", "\u{a0}"]);
    let groups: Vec<&str> =
        number.as_bytes().chunks(4).filter_map(|chunk| std::str::from_utf8(chunk).ok()).collect();
    let text = groups.join(separator);
    let mut gone: Vec<String> =
        ["", " ", "-", "."].iter().map(|separator| groups.join(separator)).collect();
    gone.push(text.clone());
    // Six and four digits may stay at the most.
    gone.push(number[..10].to_owned());
    (text, gone)
}

fn handle(random: &mut Random) -> (String, Vec<String>) {
    let stem = random.pick(&["abc", "kefu_", "wx_hb", "help", "refund_"]);
    let count = random.range(2, 5);
    let name = format!("{stem}{}", random.digits(count));
    let form = random.pick(&[
        "加微信#",
        "微信：#",
        "微信 #",
        "V信#",
        "VX:#",
        "WeChat #",
        "Telegram @#",
        "TG @#",
        "@#",
        "WhatsApp @#",
        "LINE ID #",
        "QQ%",
        "加QQ %",
        "QQ：%",
        "t.me/#",
        "wa.me/%",
        "微信号#",
        "添加微信 #",
    ]);
    if form.contains('%') {
        let count = random.range(8, 11);
        let number = format!("{}{}", random.range(1, 9), random.digits(count - 1));
        (form.replace('%', &number), vec![number])
    } else {
        (form.replace('#', &name), vec![name])
    }
}

fn signature(random: &mut Random) -> (String, Vec<String>) {
    let bank = random.pick(&[
        "建设银行",
        "工商银行",
        "招商银行",
        "中国银行",
        "Harbour Bank",
        "みずほ銀行",
        "海港银行",
        "国民银行",
        "公安局",
        "银联",
        "VISA",
    ]);
    let (open, close) = random.one(&[
        ("[", "]"),
        ("【", "】"),
        ("［", "］"),
        ("〔", "〕"),
        ("〖", "〗"),
        ("﹝", "﹞"),
        ("『", "』"),
    ]);
    let text = format!("{open}{bank}{close}");
    (text.clone(), vec![text, format!("【{bank}】"), format!("[{bank}]")])
}

fn bidirectional(random: &mut Random, stem: &str) -> String {
    let character =
        random.pick(&["\u{202e}", "\u{202d}", "\u{2066}", "\u{2067}", "\u{202a}", "\u{202b}"]);
    let ends: Vec<usize> = stem.char_indices().map(|(at, _)| at).collect();
    let at = ends[random.below(ends.len())];
    let close = random.pick(&["", "\u{202c}", "\u{2069}"]);
    format!("{}{character}{}{close}", &stem[..at], &stem[at..])
}

fn directions() -> Vec<String> {
    "\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}"
        .chars()
        .map(String::from)
        .collect()
}

/// A name that stays exactly as it is.
pub fn plain_names(seed: u64) -> String {
    const FIXED: &[&str] = &[
        "H&M",
        "Café Zoë",
        "建设银行ATM",
        "7-ELEVEN",
        "St. Mary's",
        "DR. SMITH",
        "No. 1 Noodles",
        "3M",
        "铁路12306",
        "中国移动10086",
        "中国电信10000",
        "C&A",
        "O'Reilly's",
        "L'Étoile",
        "A/S Bryggen",
        "T/A Rose",
        "Dunkin' Donuts",
        "Toys \"R\" Us",
        "Marks & Spencer",
        "Motel 6",
        "Hotel 1234",
        "Calle 80 Bar",
        "Telegraph Inn",
        "Line Friends",
        "Recall Vintage",
        "Scandinavian Co",
        "Forever 21",
        "Studio 54",
        "八十二銀行",
        "N26",
        "三井住友銀行ATM",
        "工商银行（上海分行）",
        "华为(深圳)",
        "Ben & Jerry's",
        "S. Oliver",
        "J. Crew",
        "E. Leclerc",
        "M. Müller",
        "Mr. Price",
        "Mrs. Fields",
        "St. Gallen Markt",
        "Ste. Anne",
        "Prof. Berg",
        "Fa. Meier",
        "Dr. Oetker",
        "Sta. Lucía",
        "Кафе «Луна»",
        "ООО \"Весна\"",
        "ИП Иванов А. С.",
        "Магазин № 5",
        "Аптека 36,6",
        "24 Horas Mercado",
        "Padaria 2 Irmãos",
        "São João",
        "Ñandú",
        "Çiçek",
        "Ødegård",
        "Łódź Bar",
        "Groß & Söhne",
        "Ab-Ovo",
        "A-1 Auto",
        "Route 66 Diner",
        "Pier 39",
        "Gate 12",
        "Terminal 3",
        "1号店",
        "第一百货",
        "三方支付",
        "一卡通",
        "千万家",
        "九州通",
        "六福珠宝",
        "七匹狼",
        "四川饭店",
        "一点点",
        "五芳斋",
        "百度网盘",
        "美团",
        "滴滴出行",
        "8号公馆",
        "360商城",
        "58同城",
        "1919酒类直供",
        "叁陆伍便利",
        "カフェ・ルナ",
        "セブン-イレブン",
        "109シネマズ",
        "さくら書店 2号店",
        "한강서점 3호점",
        "롯데마트",
        "GS25",
        "이마트24",
        "مقهى القمر",
        "مكتبة النور 2",
        "בית קפה 7",
        "ร้านกาแฟ 99",
        "शर्मा भंडार",
        "Phở 24",
        "Quán Ăn 1",
        "Warung Bu Tini",
        "Toko 88",
        "Yıldız A.Ş",
        "Ö/Z Market",
        "Bar/Café",
        "Hotel+Spa",
        "Fish & Chips #2",
        "U.S. Polo",
        "P.F. Changs",
        "AT&T",
        "Q8",
        "B&Q",
        "R/C Hobby",
        "W Hotel",
        "Kiosk 24/7",
        "Jo-Ann",
        "Τράπεζα Ακτή",
        "Καφέ 5",
        "Łowca",
        "Rock 'n' Roll",
        "WeWork",
        "Linear Design",
        "Telefon Café",
        "微光书店",
        "扣子咖啡",
        "点都德",
        "沙县小吃",
        "Dot Coffee",
        "Comma Books",
    ];
    let mut random = Random::new(seed, "plain-names");
    let stem = random.pick(STEMS);
    match random.below(10) {
        0..4 => random.pick(FIXED).to_owned(),
        4 => stem.to_owned(),
        5 => {
            let count = random.range(1, 6);
            format!("{stem} {}", random.digits(count))
        }
        6 => {
            let count = random.range(1, 6);
            format!("{stem} #{}", random.digits(count))
        }
        7 => {
            let form = random.pick(&[
                "7-ELEVEN #~",
                "STORE ~",
                "Shell ~",
                "ATM ~",
                "SUPERMARKET NO. ~",
                "UNIT ~",
                "Kiosk ~",
                "门店~",
                "~号店",
                "第~分店",
                "铁路~",
                "Tesco Stores ~",
                "SQ*~",
                "R~",
                "MCDONALD'S F~",
                "Filiale ~",
                "Tienda ~",
                "магазин ~",
                "~ Fashion",
                "店舗~",
                "loja ~",
                "gerai ~",
            ]);
            let count = random.range(1, 6);
            form.replace('~', &random.digits(count))
        }
        8 => {
            let person = random.pick(&[
                "O'Neill",
                "D'Angelo",
                "SMITH",
                "Müller",
                "de la Cruz",
                "van 't Hoff",
                "St. John",
                "Al-Sayed",
                "Jean-Luc",
                "Müller-Lüdenscheidt",
                "Ng",
                "N'Diaye",
            ]);
            let title = random
                .pick(&["DR. ", "Dr. ", "Mr. ", "Mrs. ", "", "M. ", "Sr. ", "Prof. ", "St. "]);
            format!("{title}{person}")
        }
        _ => {
            let end = random.pick(&[
                " & Sons",
                " Ltd",
                " Ltd.",
                " Inc.",
                " GmbH",
                " S.A.",
                " Co., Ltd.",
                "有限公司",
                "（旗舰店）",
                " (North)",
                "'s",
                " / Bar",
                " - Outlet",
                " No. 3",
                "株式会社",
                " A/S",
                " B.V.",
                " Sp. z o.o.",
                " & Co.",
            ]);
            format!("{stem}{end}")
        }
    }
}
