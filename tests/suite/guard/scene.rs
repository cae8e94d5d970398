//! A transaction and the bank that speaks of it, made up.

use tillbell::Manifest;
use tillbell::guard::clean;
use tillbell_tests::transaction;
use tillbell_transaction::{Money, Transaction};

use crate::random::Random;

/// The language of a message.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    Chinese,
    English,
}

/// What happened, and all that is known of it.
pub(crate) struct Scene {
    pub(crate) manifest: Manifest,
    pub(crate) transaction: Transaction,
    pub(crate) language: Language,
    pub(crate) pan: String,
    pub(crate) name: String,
    pub(crate) phone: String,
    pub(crate) email: String,
    pub(crate) id_number: String,
    pub(crate) account: String,
    pub(crate) merchant_phone: String,
    pub(crate) merchant_email: String,
    pub(crate) clock: Clock,
}

/// The wall clock of the transaction.
pub(crate) struct Clock {
    pub(crate) month: usize,
    pub(crate) day: usize,
    pub(crate) hour: usize,
    pub(crate) minute: usize,
    pub(crate) second: usize,
}

/// The banks: signature, hotline, links, locale.
const BANKS: [(&str, &str, &str, Language); 4] = [
    ("【海港银行】", "95500", "\"harbour.example\", \"m.harbour.example\"", Language::Chinese),
    ("【滨江农商行】", "400-820-5555", "\"binjiang.example\"", Language::Chinese),
    (
        "Meridian:",
        "+965 1800 800",
        "\"meridian.example\", \"pay.meridian.example\"",
        Language::English,
    ),
    ("Kite Bank:", "+1 800 555 0142", "\"kite.example\"", Language::English),
];
/// The first acquirers' digits of a Chinese merchant's number.
const ACQUIRERS: [&str; 11] =
    ["898", "102", "103", "104", "105", "301", "303", "305", "308", "309", "310"];
const REGIONS: [&str; 8] = ["1000", "2900", "3100", "4403", "5840", "7910", "3310", "6510"];
pub(crate) const CATEGORIES: [&str; 8] =
    ["5411", "5814", "7011", "4111", "5812", "5541", "6011", "5311"];
const CHINESE_NAMES: [&str; 12] = [
    "欧阳娜娜",
    "张三",
    "李雷",
    "韩梅梅",
    "王小明",
    "司马相如",
    "诸葛亮",
    "陈思远",
    "赵一曼",
    "周杰",
    "阿依古丽",
    "刘慧娟",
];
const LATIN_NAMES: [&str; 10] = [
    "Zhang San",
    "Nana Ouyang",
    "Fatima Al-Sabah",
    "John Q. Public",
    "Maria Garcia",
    "Olu Adeyemi",
    "Siobhan O'Neill",
    "Jean-Luc Moreau",
    "Anna Schmidt",
    "Omar Haddad",
];
/// What shops are called: digits, dots and all.
pub(crate) const CHINESE_MERCHANTS: [&str; 16] = [
    "咖啡实验室",
    "海港超市",
    "7-Eleven便利店",
    "85°C蛋糕店",
    "铁路12306",
    "360商城",
    "1号店",
    "58同城",
    "3M旗舰店",
    "7天酒店",
    "永辉超市24小时店",
    "No.5咖啡馆",
    "上海电力",
    "外滩大酒店",
    "99Ranch超市",
    "中石化第101加油站",
];
pub(crate) const ENGLISH_MERCHANTS: [&str; 16] = [
    "Coffee Lab",
    "Corner Diner",
    "7-Eleven",
    "85C Bakery Cafe",
    "No. 5 Bistro",
    "Forever 21",
    "Starbucks #04521",
    "St. John's Inn",
    "P.F. Chang's",
    "Dr. Martens",
    "Pret A Manger Co., Ltd.",
    "99 Ranch Market",
    "Motel 6",
    "Studio 54",
    "3M Store",
    "Al Salam Market 12",
];

impl Scene {
    pub(crate) fn new(random: &mut Random) -> Self {
        let (signature, hotline, links, language) = random.pick(&BANKS);
        let manifest = manifest(signature, hotline, links, language);
        let chinese = language == Language::Chinese;
        let pan = pan(random);
        let name = match chinese && !random.once_in(4) {
            true => random.pick(&CHINESE_NAMES),
            false => random.pick(&LATIN_NAMES),
        };
        let phone = phone(random, chinese);
        let merchant_phone = if random.once_in(3) {
            format!("0{}{}", random.pick(&["21", "10", "755", "571"]), random.digits(8))
        } else {
            self::phone(random, chinese)
        };
        let login: String =
            (0..random.within(4, 9)).map(|_| char::from(b'a' + random.below(26) as u8)).collect();
        let email = format!(
            "{login}.{}@{}",
            random.digits(2),
            random.pick(&["mail.example", "post.example.com"])
        );
        let merchant_email = format!("till{}@shop.example", random.digits(3));
        let id_number = id_number(random);
        let length = random.within(9, 18);
        let account = format!("{}{}", random.within(1, 9), random.digits(length));
        let clock = Clock {
            month: random.within(1, 12),
            day: random.within(1, 28),
            hour: random.below(24),
            minute: random.below(60),
            second: random.below(60),
        };
        let merchant = random.pick(if chinese { &CHINESE_MERCHANTS } else { &ENGLISH_MERCHANTS });
        let currency = if chinese && !random.once_in(5) {
            "CNY"
        } else {
            random.pick(&["USD", "USD", "JPY", "KWD", "CNY", "EUR"])
        };
        let money = |random: &mut Random| {
            let digits = random.within(3, 8);
            let units = format!("{}{}", random.within(1, 9), random.digits(digits - 1));
            format!(r#"{{"minor_units":{units},"currency":"{currency}"}}"#)
        };
        let merchant_id = format!(
            "{}{}{}{}",
            random.pick(&ACQUIRERS),
            random.pick(&REGIONS),
            random.pick(&CATEGORIES),
            random.digits(4)
        );
        let mut text = format!(
            r#"{{"kind":"{}","approval":"approved","amount":{},"time":"2026-{:02}-{:02}T{:02}:{:02}:{:02}+08:00","card":{{"pan":"{pan}"}},"cardholder":{{"name":"{name}","phone":"{phone}","email":"{email}","id_number":"{id_number}","account":"{account}"}},"merchant":{{"name":"{merchant}","city":"{}","country":"CN","id":"{merchant_id}","terminal":"{}","category":"5814","phone":"{merchant_phone}","email":"{merchant_email}"}},"rrn":"{}","stan":"{}","authorisation_code":"{}""#,
            random.pick(&["purchase", "refund", "cash-withdrawal", "reversal", "payment"]),
            money(random),
            clock.month,
            clock.day,
            clock.hour,
            clock.minute,
            clock.second,
            if chinese { "上海" } else { "Boston" },
            random.digits(8),
            random.digits(12),
            random.digits(6),
            random.digits(6),
        );
        for (field, times) in [("balance", 2), ("fee", 4), ("original_amount", 5)] {
            if random.once_in(times) {
                text += &format!(r#","{field}":{}"#, money(random));
            }
        }
        text.push('}');
        let transaction = transaction(&text);
        Self {
            manifest,
            transaction,
            language,
            pan,
            name: name.into(),
            phone,
            email,
            id_number,
            account,
            merchant_phone,
            merchant_email,
            clock,
        }
    }

    pub(crate) fn chinese(&self) -> bool {
        self.language == Language::Chinese
    }

    /// The amounts that a message may name.
    pub(crate) fn amounts(&self) -> Vec<Money> {
        let more =
            [self.transaction.balance, self.transaction.fee, self.transaction.original_amount];
        std::iter::once(self.transaction.amount).chain(more.into_iter().flatten()).collect()
    }

    /// A message as banks write them, without an end: something is to follow.
    pub(crate) fn carrier(&self, something: &str) -> String {
        let Self { transaction, manifest, clock, .. } = self;
        let (last4, amount) = (transaction.card.last4, transaction.amount.decimal());
        let merchant = clean::name(&transaction.merchant.name);
        let (signature, hotline) = (&manifest.sender.signature, &manifest.sender.hotline);
        let Clock { month, day, hour, minute, second } = clock;
        if self.chinese() {
            let currency = transaction.amount.currency();
            format!(
                "{signature}您尾号{last4}卡{month}月{day}日{hour:02}:{minute:02}:{second:02}在{merchant}消费{currency} {amount}，{something}，疑问请电{hotline}。"
            )
        } else {
            format!(
                "{signature} Purchase {} at {merchant}, card {last4}, {hour:02}:{minute:02}:{second:02}. {something} Not you? {hotline}. Thank you.",
                transaction.amount
            )
        }
    }
}

fn manifest(signature: &str, hotline: &str, links: &str, language: Language) -> Manifest {
    let locale = if language == Language::Chinese { "zh-CN" } else { "en" };
    let text = format!(
        r#"id = "bank"
version = "1.0.0"
release = 1
bin-ranges = ["621626"]
signature = "{signature}"
hotline = "{hotline}"
allowed-links = [{links}]
phrases = [
  "今日第{{count}}笔，共{{count}}笔", "{{count}}小时内有效", "预计1-3个工作日到账", "预计7个工作日到账",
  "享{{percent}}折优惠", "费率0.38%", "{{count}} of {{count}} today", "Valid for {{count}} hours",
  "Expect it in 1-3 working days", "Expect it in 3 to 5 working days", "1.5% cashback", "{{percent}}% cashback",
]
max-segments = 6
locale = "{locale}"
[router]
component = "r"
[masker]
component = "m"
[renderer]
component = "t"
"#
    );
    Manifest::parse(&text).expect("a manifest")
}

/// A card number of a real range, with its check digit.
pub(crate) fn pan(random: &mut Random) -> String {
    const RANGES: [(&str, usize); 22] = [
        ("4", 13),
        ("4", 16),
        ("4", 19),
        ("51", 16),
        ("53", 16),
        ("55", 16),
        ("2221", 16),
        ("2720", 16),
        ("34", 15),
        ("37", 15),
        ("300", 14),
        ("36", 14),
        ("38", 14),
        ("3528", 16),
        ("3589", 16),
        ("62", 16),
        ("62", 17),
        ("62", 18),
        ("62", 19),
        ("6011", 16),
        ("65", 16),
        ("62", 16),
    ];
    loop {
        let (prefix, length) = random.pick(&RANGES);
        let mut digits = format!("{prefix}{}", random.digits(length - prefix.len() - 1));
        digits.push(check_digit(&digits));
        // Eighteen digits may be an identity number too; that is another rule.
        if !(length == 18 && is_id_number(&digits)) {
            return digits;
        }
    }
}

/// The check digit by Luhn's formula.
fn check_digit(digits: &str) -> char {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let digit = u32::from(digit - b'0');
            match place % 2 {
                0 if digit > 4 => digit * 2 - 9,
                0 => digit * 2,
                _ => digit,
            }
        })
        .sum();
    char::from(b'0' + ((10 - sum % 10) % 10) as u8)
}

/// A Chinese identity number with its check character (GB 11643).
pub(crate) fn id_number(random: &mut Random) -> String {
    let region = random.pick(&["110105", "310101", "440305", "510107", "650102", "330106"]);
    let digits = format!(
        "{region}{}{:02}{:02}{}",
        random.within(1950, 2007),
        random.within(1, 12),
        random.within(1, 28),
        random.digits(3)
    );
    let check = id_check(&digits);
    digits + &check.to_string()
}

fn id_check(digits: &str) -> char {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 =
        digits.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    "10X98765432".chars().nth((sum % 11) as usize).expect("below 11")
}

fn is_id_number(digits: &str) -> bool {
    digits.chars().nth(17) == Some(id_check(&digits[..17]))
}

/// A mobile number, as sources write them.
pub(crate) fn phone(random: &mut Random, chinese: bool) -> String {
    let number = format!("1{}{}", random.pick(&["38", "39", "86", "50", "77"]), random.digits(8));
    match (chinese, random.below(3)) {
        (true, 0) => number,
        (true, _) => format!("+86{number}"),
        (false, 0) => format!("+1{}555{}", random.pick(&["202", "617", "212"]), random.digits(4)),
        (false, 1) => format!("+447700{}", random.digits(6)),
        (false, _) => format!("+9655{}", random.digits(7)),
    }
}
