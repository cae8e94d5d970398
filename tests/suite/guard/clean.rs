//! Messages that may leave, full of what looks like something else:
//! references, times, terminals, amounts, shops with digits in their names.

use tillbell::guard::clean;
use tillbell_transaction::Money;

use crate::planted::grouped;
use crate::random::Random;
use crate::scene::{Clock, Scene};

/// A clean message in the bank's language.
pub(crate) fn message(random: &mut Random, scene: &Scene) -> String {
    let sentences = random.within(0, 3);
    match (random.once_in(20), scene.chinese()) {
        // What secrets are planted in, with none.
        (true, true) => scene.carrier(&chinese_detail(random, scene)),
        (true, false) => scene.carrier(&format!("{}.", english_detail(random, scene))),
        (false, true) => chinese(random, scene, sentences),
        (false, false) => english(random, scene, sentences),
    }
}

fn chinese(random: &mut Random, scene: &Scene, sentences: usize) -> String {
    let transaction = &scene.transaction;
    // As the host shows it to plugins.
    let merchant = clean::name(&transaction.merchant.name);
    let last4 = transaction.card.last4;
    let card = card(random, scene);
    let time = time(random, scene);
    let verb = random.pick(&["消费", "退款入账", "取款", "冲正", "缴费", "预授权", "收款", "支出"]);
    let amount = price(random, &transaction.amount);
    let mut text = match random.below(5) {
        0 => format!("您尾号{last4}卡{time}在{merchant}{verb}{amount}"),
        1 => format!("{merchant}于{time}{verb}{amount}，{card}"),
        2 => format!(
            "{greeting}，您的{card}于{time}{verb}{amount}，商户：{merchant}",
            greeting = surname(scene)
        ),
        3 => format!("您{card}于{time}{verb}人民币{}元（{merchant}）", own(random, scene)),
        _ => format!("{verb}提醒：{card}，{time}，{merchant}，{amount}"),
    };
    if text.contains("人民币") && transaction.amount.currency() != "CNY" {
        text = format!("您尾号{last4}卡{time}在{merchant}{verb}{amount}");
    }
    if let Some(balance) = &transaction.balance
        && random.once_in(2)
    {
        let balance = price(random, balance);
        text +=
            &format!("，{}{balance}", random.pick(&["余额", "可用余额", "余额为", "账户余额："]));
    }
    if let Some(fee) = &transaction.fee {
        text += &format!("，手续费{}", price(random, fee));
    }
    if let Some(original) = &transaction.original_amount {
        text += &format!("，原交易{}", price(random, original));
    }
    for _ in 0..sentences {
        text.push_str(random.pick(&["，", "。", "；", " ", "，"]));
        text += &chinese_detail(random, scene);
    }
    let hotline = &scene.manifest.sender.hotline;
    let end = random.pick(&[
        "，疑问请电{}，谢谢。",
        "。如非本人操作请致电{}",
        "。客服热线：{}。",
        "，查询{}，谢谢。",
        "。客服电话{}",
        "。如有疑问请拨打{}。",
        "。祝您生活愉快！",
        "，详询{}。",
        "。请勿向任何人泄露密码和验证码。客服{}。",
        "。切勿透露安全码、验证码，疑问请电{}。",
    ]);
    format!("{}{text}{}", scene.manifest.sender.signature, end.replace("{}", hotline))
}

fn chinese_detail(random: &mut Random, scene: &Scene) -> String {
    let transaction = &scene.transaction;
    match random.below(18) {
        0 => format!("凭证号{}", transaction.rrn),
        1 => format!("参考号：{}", transaction.rrn),
        2 => format!("流水号{}", transaction.stan),
        3 => format!("授权码{}", transaction.authorisation_code),
        4 => format!("终端{}", transaction.merchant.terminal),
        5 => format!("商户号{}", transaction.merchant.id),
        6 => format!(
            "商户编号：{}，终端号：{}",
            transaction.merchant.id, transaction.merchant.terminal
        ),
        7 => format!("订单尾号{}", &transaction.rrn[transaction.rrn.len() - 6..]),
        8 => format!("交易时间{}", stamp(random, scene)),
        9 => format!("手机尾号{}", &scene.phone[scene.phone.len() - 4..]),
        10 => format!("手机{}", masked(random, scene)),
        11 => format!("今日第{}笔，共{}笔", random.within(1, 9), random.within(9, 30)),
        12 => format!("{}小时内有效", random.pick(&["24", "48", "72", "2"])),
        13 => format!("预计{}个工作日到账", random.pick(&["1-3", "7"])),
        14 => format!("享{}折优惠", random.pick(&["9", "95"])),
        15 => "费率0.38%".into(),
        16 => format!("详情 {}", link(random, scene)),
        _ => {
            // Without a space the Chinese would be a part of a bare domain.
            let link = link(random, scene);
            let space = if link.starts_with("https") { "" } else { " " };
            format!("详见{space}{link}")
        }
    }
}

fn english(random: &mut Random, scene: &Scene, sentences: usize) -> String {
    let transaction = &scene.transaction;
    // As the host shows it to plugins.
    let merchant = clean::name(&transaction.merchant.name);
    let last4 = transaction.card.last4;
    let card = english_card(random, scene);
    let time = time(random, scene);
    let verb =
        random.pick(&["Purchase", "Refund", "Cash withdrawal", "Reversal", "Sale", "Payment"]);
    let amount = price(random, &transaction.amount);
    let mut text = match random.below(4) {
        0 => format!("{verb} {amount} at {merchant}, Boston on {time}, card {last4}."),
        1 => format!("{verb}: {amount}, {merchant}, {time}, {card}."),
        2 => format!("You spent {amount} with {card} at {merchant} ({time})."),
        _ => format!("{card}: {verb} of {amount} at {merchant} on {time}."),
    };
    if let Some(balance) = &transaction.balance
        && random.once_in(2)
    {
        let balance = price(random, balance);
        text +=
            &format!(" {}{balance}.", random.pick(&["Balance ", "Available balance: ", "Bal. "]));
    }
    if let Some(fee) = &transaction.fee {
        text += &format!(" Fee {}.", price(random, fee));
    }
    if let Some(original) = &transaction.original_amount {
        text += &format!(" Originally {}.", price(random, original));
    }
    for _ in 0..sentences {
        text.push(' ');
        text += &english_detail(random, scene);
        text.push('.');
    }
    let end = random.pick(&[
        " Not you? {}. Thank you.",
        " Help {}. Thank you.",
        " Questions? Call {}.",
        " Thank you.",
        " Hotline: {}",
        " Tel: {}.",
        " If this was not you, call {} now.",
        "",
        " Never share your OTP or CVV. Help {}.",
        " We never ask for your PIN, password or security code. {}.",
    ]);
    let hotline = &scene.manifest.sender.hotline;
    format!("{} {text}{}", scene.manifest.sender.signature, end.replace("{}", hotline))
}

fn english_detail(random: &mut Random, scene: &Scene) -> String {
    let transaction = &scene.transaction;
    match random.below(17) {
        0 => format!("Ref {}", transaction.rrn),
        1 => format!("RRN: {}", transaction.rrn),
        2 => format!("Trace {}", transaction.stan),
        3 => format!("Authorisation code {}", transaction.authorisation_code),
        4 => format!("Auth {}", transaction.authorisation_code),
        5 => format!("Terminal {}", transaction.merchant.terminal),
        6 => format!("MID {} TID {}", transaction.merchant.id, transaction.merchant.terminal),
        7 => format!("Merchant ID {}", transaction.merchant.id),
        8 => format!("Order no. {}", transaction.rrn),
        9 => format!("Time {}", stamp(random, scene)),
        10 => format!("Phone on file {}", masked(random, scene)),
        11 => format!("{} of {} today", random.within(1, 9), random.within(9, 30)),
        12 => format!("Valid for {} hours", random.pick(&["24", "48", "72", "2"])),
        13 => format!("Expect it in {} working days", random.pick(&["1-3", "3 to 5"])),
        14 => format!("{}% cashback", random.pick(&["1.5", "5"])),
        15 => format!("Details {}", link(random, scene)),
        _ => format!("See {}", link(random, scene)),
    }
}

/// An amount in one of the usual forms.
fn price(random: &mut Random, money: &Money) -> String {
    let decimal = money.decimal();
    let text = if random.once_in(2) { grouped(&decimal) } else { decimal };
    let forms: &[&str] = match money.currency() {
        "CNY" => &["{}元", "CNY {}", "¥{}", "￥{}", "人民币{}元", "RMB {}", "CNY{}"],
        "USD" => &["USD {}", "${}", "US${}", "USD{}", "{} USD"],
        "JPY" => &["JPY {}", "{} JPY", "¥{}"],
        "EUR" => &["EUR {}", "€{}", "{} EUR"],
        _ => &["KWD {}", "{} KWD"],
    };
    random.pick(forms).replace("{}", &text)
}

/// The amount's number.
fn own(random: &mut Random, scene: &Scene) -> String {
    let decimal = scene.transaction.amount.decimal();
    if random.once_in(2) { grouped(&decimal) } else { decimal }
}

fn card(random: &mut Random, scene: &Scene) -> String {
    let last4 = scene.transaction.card.last4;
    match random.below(8) {
        0 => format!("尾号{last4}的卡"),
        1 => format!("银联尾号{last4}卡"),
        2 => format!("卡（{last4}）"),
        3 => format!("卡号**** **** **** {last4}"),
        4 => format!("卡号{}******{last4}", &scene.pan[..6]),
        5 => format!("卡号{}****{last4}", &scene.pan[..4]),
        6 => format!("卡*{last4}"),
        _ => format!("末四位{last4}的卡"),
    }
}

fn english_card(random: &mut Random, scene: &Scene) -> String {
    let last4 = scene.transaction.card.last4;
    match random.below(6) {
        0 => format!("card {last4}"),
        1 => format!("Mastercard {last4}"),
        2 => format!("card ending {last4}"),
        3 => format!("card **** **** **** {last4}"),
        4 => format!("card {}XXXXXX{last4}", &scene.pan[..6]),
        _ => format!("card *{last4}"),
    }
}

fn surname(scene: &Scene) -> String {
    let first: String = scene.name.chars().take(1).collect();
    format!("尊敬的{first}*")
}

/// The time in one of many notations.
fn time(random: &mut Random, scene: &Scene) -> String {
    let Clock { month, day, hour, minute, second } = scene.clock;
    let name = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        [month - 1];
    if scene.chinese() {
        match random.below(8) {
            0 => format!("{month}月{day}日{hour:02}:{minute:02}:{second:02}"),
            1 => format!("2026年{month}月{day}日{hour}时{minute}分"),
            2 => format!("{month:02}月{day:02}日{hour:02}:{minute:02}"),
            3 => format!("2026-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"),
            4 => format!("2026/{month}/{day} {hour}:{minute:02}"),
            5 => format!("2026.{month:02}.{day:02} {hour:02}:{minute:02}"),
            6 => format!("{month:02}{day:02} {hour:02}{minute:02}"),
            _ => format!("今日{hour:02}:{minute:02}"),
        }
    } else {
        match random.below(8) {
            0 => format!("{day} {name} {hour:02}:{minute:02}:{second:02}"),
            1 => format!("{name} {day}, 2026, {hour:02}:{minute:02}"),
            2 => format!("{day:02}/{month:02}/2026 {hour:02}:{minute:02}"),
            3 => format!("{month}/{day}/26 {}:{minute:02} pm", (hour + 11) % 12 + 1),
            4 => format!("2026-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}+08:00"),
            5 => format!("{day}.{month}.2026, {hour:02}.{minute:02}"),
            6 => format!("{day:02}-{name}-26 {hour:02}:{minute:02}"),
            _ => format!("{hour:02}:{minute:02} today"),
        }
    }
}

/// A number of 14 or 17 digits that is the time.
fn stamp(random: &mut Random, scene: &Scene) -> String {
    let Clock { month, day, hour, minute, second } = scene.clock;
    let stamp = format!("2026{month:02}{day:02}{hour:02}{minute:02}{second:02}");
    if random.once_in(2) { stamp } else { format!("{stamp}000") }
}

/// The cardholder's telephone as it may be shown.
fn masked(random: &mut Random, scene: &Scene) -> String {
    let bare = scene.phone.trim_start_matches("+86").trim_start_matches('+');
    let (head, tail) = (&bare[..3], &bare[bare.len() - 2..]);
    match random.below(4) {
        0 => format!("{head}****{tail}"),
        1 => format!("{head}****{}", &bare[bare.len() - 4..]),
        2 => format!("{head}******{tail}"),
        _ => format!("{head}*{tail}"),
    }
}

/// A link to one of the bank's own domains, with the reference at most.
fn link(random: &mut Random, scene: &Scene) -> String {
    let allowed = &scene.manifest.sender.allowed_links;
    let domain = &allowed[random.below(allowed.len())];
    let number = &scene.transaction.rrn;
    match random.below(5) {
        0 => format!("https://{domain}/d/{number}"),
        1 => format!("https://{domain}"),
        2 => domain.clone(),
        3 => format!("https://{domain}/x?id={number}&l=zh"),
        _ => format!("{domain}/app"),
    }
}
