//! Texts as the bank's own templates give them, in Chinese and in English.

use super::calendar as c;
use super::facts::{KINDS, Kind, Place, facts};
use super::render::{Layout, Renderer};
use super::writing::{ENGLISH, PLAIN_POINT};
use crate::random::Random;
use crate::{Party, Sample};

/// Clean: the bank's own templates with random facts; all words that touch a
/// number are declared, and numbers that stand in sentences are in phrases.
pub fn own(seed: u64) -> Sample {
    let mut random = Random::new(seed, 3);
    let layout = random.pick(&BANKS);
    let kind = *random.pick(&KINDS);
    let mut facts = facts(&mut random, &layout.place, kind);
    if kind == Kind::Inquiry && facts.balance.is_none() {
        facts.balance = Some(facts.amount);
    }
    let party = if random.is(25) && kind != Kind::Transfer && kind != Kind::Inquiry {
        Party::Merchant
    } else {
        Party::Cardholder
    };
    let locale = random.pick(locales(layout.language));
    let mut renderer = Renderer::new(&mut random, layout, &facts, party, true);
    let templates = templates(layout.language, kind, party);
    let mut texts = Vec::new();
    for _ in 0..8 {
        let template = *renderer.random.pick(templates);
        if let Some(text) = renderer.text(template) {
            texts.push(text);
            break;
        }
    }
    if texts.is_empty() {
        let plain = if layout.language == "zh" {
            "‹尾号›{last4}‹卡›{date} {clock}"
        } else {
            "Card {last4} {date} {clock}"
        };
        texts.extend(renderer.text(plain));
    }
    let sender = renderer.sender;
    Sample {
        class: layout.class,
        sender,
        transaction: facts.json(),
        party,
        locale,
        texts,
        is_dirty: false,
        collision: None,
    }
}

fn locales(language: &str) -> &'static [&'static str] {
    if language == "zh" { &["zh-CN", "zh", "zh-SG"] } else { &["en", "en-US", "en-GB", "en-SG"] }
}

/// All the templates of a bank, for other generators.
pub fn all_templates(language: &str) -> impl Iterator<Item = (Kind, &'static str)> {
    let language = if language == "zh" { "zh" } else { "en" };
    KINDS.into_iter().flat_map(move |kind| {
        templates(language, kind, Party::Cardholder).iter().map(move |template| (kind, *template))
    })
}

pub const BANKS: [Layout; 2] = [
    Layout {
        class: "own-zh",
        language: "zh",
        place: Place {
            locale: "zh-CN",
            currencies: &["CNY"],
            offset_minutes: 480,
            merchants: &[
                "海港超市",
                "7-ELEVEN #????",
                "铁路12306",
                "N26",
                "八十二銀行",
                "中国移动10086",
                "85度C",
                "7天连锁酒店??店",
                "三只松鼠",
                "沃尔玛???店",
                "APPLE STORE R???",
                "SHELL ??????",
                "建设银行ATM",
                "1号店",
                "千百味",
                "Coffee 24/7",
                "一点点",
                "58同城",
                "A101 YENI ????",
            ],
            cities: &["上海", "北京", "三亚", "九江", "SINGAPORE 018956"],
            names: &["张三", "欧阳娜娜", "万一", "李四光", "JOHN SMITH"],
            phone: ("+8613", 9),
        },
        styles: &[PLAIN_POINT, ENGLISH],
        months: &c::NUMBERS,
        dates: &[
            "%o月%e日",
            "%m月%d日",
            "%Y年%o月%e日",
            "%Y-%m-%d",
            "%m-%d",
            "%Y/%m/%d",
            "%Y年%m月%d日",
        ],
        clocks: &["%H:%M", "%h时%M分", "%H时%M分", "%H:%M:%S", "%h:%M", "%H时%M分%S秒"],
        cards: &[
            "您‹尾号›{last4}‹的卡›",
            "您‹尾号为›{last4}‹的银行卡›",
            "‹尾号›{last4}‹卡›",
            "您的卡（‹尾号›{last4}）",
            "您‹卡›{bin}******{last4}",
            "您‹尾号›*{last4}‹账户›",
            "您末四位为 {last4} ‹的卡›",
        ],
        moneys: &[
            "#元",
            "人民币#元",
            "¥#",
            "CNY #",
            "CNY#",
            "#CNY",
            "￥#",
            "RMB#",
            "# 元",
            "RMB #",
        ],
        hotlines: &[
            "955##",
            "95###",
            "400-###-####",
            "400 ### ####",
            "+86 21 #### ####",
            "021-########",
            "4008######",
            "1010####",
        ],
        signatures: &["", "【海港银行】", "【海港银行】", "【八十二银行】", "【N26银行】"],
        labels: ["手续费", "余额", "金额"],
        templates: &[],
    },
    Layout {
        class: "own-en",
        language: "en",
        place: Place {
            locale: "en-SG",
            currencies: &["USD", "SGD", "EUR", "GBP", "INR", "KWD", "JPY", "CNY"],
            offset_minutes: 480,
            merchants: &[
                "7-ELEVEN #????",
                "N26",
                "八十二銀行",
                "Harbour Market",
                "24 HOUR FITNESS ???",
                "Pier 39",
                "STUDIO 54",
                "SHELL ??????",
                "1-800 Flowers",
                "99 SPEEDMART ????",
                "MOTEL 6 ????",
                "B2B Supplies ?",
                "O'Neill's",
                "CAFE 1900 ??",
                "SBB CFF FFS",
                "K11 MALL ??",
                "Number 10",
            ],
            cities: &["SINGAPORE", "LONDON SW1A", "SINGAPORE 018956", "PARIS 15"],
            names: &["John Smith", "TAN AH KOW", "Mary-Ann O'Neill"],
            phone: ("+65", 8),
        },
        styles: &[ENGLISH, PLAIN_POINT],
        months: &c::ENGLISH,
        dates: &[
            "%e %b %Y",
            "%d/%m/%Y",
            "%Y-%m-%d",
            "%d %b",
            "%e %B %Y",
            "%b %e",
            "%d-%b-%y",
            "%B %e, %Y",
            "%d/%m",
        ],
        clocks: &["%H:%M", "%I:%M %p", "%l:%M %p", "%H:%M:%S", "%l:%M%q"],
        cards: &[
            "card ending {last4}",
            "your card ending in {last4}",
            "card *{last4}",
            "card {bin}******{last4}",
            "card ••••{last4}",
            "card ‹no›.{last4}",
            "‹A/c› XX{last4}",
            "card XXXX{last4}",
            "‹card›{last4}",
            "card #{last4}",
            "card (…{last4})",
        ],
        moneys: &["¤ #", "¤#", "# ¤", "#¤"],
        hotlines: &[
            "1-800-###-####",
            "+65 6### ####",
            "1800 ### ###",
            "0800 ### ###",
            "6###-####",
            "+1 212 555 01##",
            "95500",
            "116 116",
            "+965 1800 800",
            "020 7### ####",
        ],
        signatures: &["", "Kite Bank:", "Kite Bank:", "N26 Bank:", "Bank 1st:"],
        labels: ["Fee ", "Balance ", "Total "],
        templates: &[],
    },
];

fn templates(language: &str, kind: Kind, party: Party) -> &'static [&'static str] {
    match (language == "zh", party) {
        (true, Party::Merchant) => ZH_MERCHANT,
        (false, Party::Merchant) => EN_MERCHANT,
        (true, _) => zh(kind),
        (false, _) => en(kind),
    }
}

const ZH_MERCHANT: &[&str] = &[
    "{shop}：{date}{clock}‹收款›{amt}，卡‹尾号›{last4}[，参考号 {rrn}]。",
    "‹商户›{shop}[（{mid}）]于 {date} {clock}‹收款›{amt}[，‹终端›{term}][，‹凭证号›{stan}]。",
    "收款通知：‹金额›{amt}，‹时间›{date} {clock}，‹卡号尾号›{last4}[，‹授权码›{auth}]。[如有疑问‹请致电›{hotline}。]",
    "贵店 {date} ‹退款›{amt}，卡‹尾号›{last4}[，‹参考号›{rrn}][，«24小时»客服 {hotline}]。",
    "{shop} {date} {clock} ‹撤销›{amt}[，‹凭证号›{stan}][，‹参考号后四位›{rrntail}]。",
];

const EN_MERCHANT: &[&str] = &[
    "{shop}: {amt} received on {date} at {clock}, card ending {last4}[, ref {rrn}].",
    "Sale of {amt} at terminal {term}, {date} {clock}. [Auth {auth}.] [STAN {stan}.] Card {last4}.",
    "{date} {clock} payment {amt}[ (MID {mid})][, RRN {rrn}]. [Help: {hotline}, «24/7 merchant desk».]",
    "Refund of {amt} made by {shop} on {date}; card {last4}[; ‹ref›{rrn}][; voucher {stan}].",
];

fn zh(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Purchase => &[
            "{card}‹于›{date}{clock}‹在›{shop}‹消费›{amt}[，‹余额›{bal}]。[如非本人操作‹请致电›{hotline}。]",
            "{card}{date}{clock}‹消费›{amt}[，‹商户›{shop}][，‹手续费›{fee}][，‹可用余额›{bal}]。",
            "{card}‹在›{shop}[（{city}）]‹消费›{amt}[（‹原币›{orig}）]，{date} {clock}[，‹授权码›{auth}]。",
            "{name}，您好！{card}{date}{clock}‹支出›{amt}。[«24小时客服热线{hotline}»]",
            "{card}\n{date} {clock}\n{shop}\n‹消费›{amt}[\n‹余额›{bal}]",
        ],
        Kind::Cash => &[
            "{card}‹于›{date}{clock}‹取现›{amt}[，‹手续费›{fee}][，‹余额›{bal}]。[«7x24小时客服»：{hotline}]",
            "{card}{date} {clock} ‹ATM取款›{amt}[，‹终端›{term}][，‹余额›{bal}]。",
        ],
        Kind::Refund => &[
            "{shop}‹于›{date}{clock}‹退款›{amt}，已退回{card}[，‹余额›{bal}]。",
            "{card}‹收到退款›{amt}[，‹参考号›{rrn}]，{date}。",
        ],
        Kind::Reversal => &[
            "{card}‹于›{date}{clock}‹在›{shop}‹的交易›{amt}‹已冲正›[，‹余额›{bal}]。",
            "冲正通知：{card}，‹金额›{amt}，{date} {clock}[，‹凭证号›{stan}]。",
        ],
        Kind::Void => &[
            "{card}{date}{clock}‹消费›{amt}‹已撤销›[，‹参考号›{rrn}][，‹余额›{bal}]。",
            "{shop}‹撤销了›{date}‹的消费›{amt}，{card}。",
        ],
        Kind::Partial => {
            &["{card}{date}{clock}‹部分批准›：‹实际扣款›{amt}，‹申请金额›{orig}[，‹余额›{bal}]。"]
        }
        Kind::Adjustment => &[
            "{card}‹交易金额由›{orig}‹调整为›{amt}，{date} {clock}[，‹余额›{bal}]。",
            "调账通知：‹原›{orig}，‹现›{amt}。{card}，{shop}，{date}。",
        ],
        Kind::PreAuthorisation => &[
            "{card}{date}{clock}‹预授权›{amt}[，‹商户›{shop}][，‹授权码›{auth}][，‹可用余额›{bal}]。",
        ],
        Kind::Completion => {
            &["{card}‹预授权完成›{amt}（‹预授权›{orig}），{date} {clock}[，‹余额›{bal}]。"]
        }
        Kind::Transfer => &[
            "{card}{date}{clock}‹向›{party}‹转账›{amt}[，‹手续费›{fee}][，‹余额›{bal}]。",
            "您‹账户›[（{acct}）]{date}{clock}‹转出›{amt}，收款人 {party} [，‹流水号›{rrn}]。",
        ],
        Kind::Inquiry => &[
            "{card}‹截至›{date}{clock}‹余额›{bal}。[«24小时客服热线{hotline}»]",
            "您查询的账户‹余额为›{bal}[，{date}]。",
        ],
        Kind::Small => &[
            "{card}{date}{clock}‹小额消费›{amt}[，‹商户›{shop}][，‹提醒限额›{limit}]。",
            "小额免密：{card}‹消费›{amt}，{shop}，{date} {clock}[，‹余额›{bal}]。[挂失请拨 {lost}。]",
            "[‹手机›{phone}：]{card}‹消费›{amt}，{date}。[«回复TD{last4}退订»]",
        ],
    }
}

fn en(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Purchase => &[
            "{amt} spent on {card} at {shop} on {date} at {clock}.[ Balance {bal}.][ Not you? Call {hotline}.]",
            "Purchase {amt}[ (orig. {orig})] at {shop}[, {city}], {date} {clock}, {card}[, fee {fee}][, available {bal}].",
            "Dear {name}, {card} was used for {amt} at {shop}. {date} {clock}[. Auth {auth}][. Ref {rrn}]",
            "{card}: {amt}, {shop}, {date} {clock}[, bal. {bal}]. [«Available 24/7»: {hotline}]",
            "Purchase\n{amt}\n{shop}\n{card}\n{date} {clock}[\nBalance {bal}]",
            "[{brand} ]{card} used: {amt} at {shop}, {date}. [«To block it, send BLOCK {last4} to 9215».]",
        ],
        Kind::Cash => &[
            "Cash withdrawal of {amt} on {date} at {clock} with {card}[, terminal {term}][, fee {fee}][, balance {bal}].",
            "You took out {amt} at {shop} on {date}. {card}.[ Balance: {bal}.] [Lost your card? {lost}.]",
        ],
        Kind::Refund => &[
            "Refund of {amt} from {shop} to {card} on {date}[. Balance {bal}][. Ref {rrn}]",
            "{samt} refunded, {card}, {date} {clock}.",
        ],
        Kind::Reversal => {
            &["Reversed: {amt} at {shop}, {date} {clock}, {card}[. Balance {bal}][. STAN {stan}]"]
        }
        Kind::Void => &[
            "The purchase of {amt} at {shop} was cancelled on {date} at {clock}; {card}[; balance {bal}].",
        ],
        Kind::Partial => {
            &["{card}: {amt} of {orig} approved at {shop}, {date} {clock}[. Balance {bal}]."]
        }
        Kind::Adjustment => &[
            "The amount of {orig} at {shop} was changed to {amt}, {date}. {card}[. Balance {bal}].",
        ],
        Kind::PreAuthorisation => &[
            "{amt} held on {card} by {shop} on {date}, {clock}[, code {auth}][, available {bal}].",
        ],
        Kind::Completion => {
            &["Hold of {orig} completed for {amt}, {card}, {shop}, {date}[, balance {bal}]."]
        }
        Kind::Transfer => &[
            "{amt} sent to {party} on {date} at {clock}[ from A/c {acct}][, fee {fee}][, balance {bal}][. Ref {rrn}]",
        ],
        Kind::Inquiry => &[
            "Balance of {card} on {date} at {clock}: {bal}.",
            "{card}: balance {bal}[ ({date})]. [«Help 24x7» on {hotline}]",
        ],
        Kind::Small => &[
            "Small purchase of {amt} at {shop}, {card}, {date} {clock}[ (your limit: {limit})].",
            "[Mobile {phone}: ]{amt}, {shop}, {date} {clock}, {card}[. «Spend below {amount} is silent»].",
        ],
    }
}
