use tillbell_transaction::{Record, json};

use super::*;

fn sender(signature: &str, max_segments: usize) -> Sender {
    Sender::new(signature, "95500", max_segments).with_links(vec!["harbour.example".into()])
}

fn transaction(card: &str) -> Transaction {
    let text = format!(
        r#"{{"kind":"purchase","approval":"approved","amount":{{"minor_units":128050,"currency":"CNY"}},"balance":{{"minor_units":302175,"currency":"CNY"}},"time":"2026-11-20T08:31:05+08:00","card":{card},"cardholder":{{"name":"欧阳娜娜","phone":"+8613800138000","email":"nana@mail.example","id_number":"11010519491231002X"}},"merchant":{{"name":"咖啡实验室","city":"上海","country":"CN","id":"305310057340001","terminal":"00000312","phone":"02155550100"}},"rrn":"632408000123","stan":"000123"}}"#
    );
    match json::read(text.as_bytes()) {
        Ok(Record::Transaction(transaction)) => *transaction,
        _ => panic!("no transaction"),
    }
}

const CARD: &str = r#"{"pan":"6216261000000000018"}"#;

fn names(findings: Vec<Finding>) -> Vec<Rule> {
    let mut rules: Vec<_> = findings.into_iter().map(|finding| finding.rule).collect();
    rules.dedup();
    rules
}

/// What is found without a transaction.
fn rules(text: &str) -> Vec<Rule> {
    let sender = sender("【海港银行】", 5);
    names(Guard::new().with_sender(&sender).inspect(&format!("【海港银行】{text}")))
}

/// What is found with one.
fn known(text: &str) -> Vec<Rule> {
    let sender = sender("【海港银行】", 5);
    let transaction = transaction(CARD);
    let guard = Guard::new().with_sender(&sender).with_transaction(&transaction);
    names(guard.inspect(&format!("【海港银行】{text}")))
}

#[test]
fn ordinary_messages_pass() {
    for text in [
        "您尾号0018的卡11月20日08:31:05在咖啡实验室消费CNY 1,280.50，余额CNY 3,021.75。祝您生活愉快！如有疑问请致电95500",
        "凭证号632408000123，授权码654321，终端00000312，商户898310057340001",
        "订单20261120083105，时间2026-11-20 08:31:05",
        "Card ending 4242: purchase USD 20.00 at Coffee Lab, 2026-11-20 08:31:05, ref 632408000123. Have a nice day! Call 95500.",
        "millisecond epoch 1795163465000 and 1795163465001",
    ] {
        assert_eq!(rules(text), [], "{text}");
    }
}

#[test]
fn a_card_number_is_found_in_any_spacing_and_script() {
    for text in [
        "卡号4242424242424242消费",
        "卡号6216261000000000018消费",
        "4242 4242 4242 4242",
        "4242-4242-4242-4242",
        "4242.4242.4242.4242",
        "4 2 4 2 4 2 4 2 4 2 4 2 4 2 4 2",
        "4242 - 4242 - 4242 - 4242",
        "４２４２４２４２４２４２４２４２",
        "٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢",
        "④②④②④②④②④②④②④②④②",
        "𝟒𝟐𝟒𝟐𝟒𝟐𝟒𝟐𝟒𝟐𝟒𝟐𝟒𝟐𝟒𝟐",
        "378282246310005",
        "3782 822463 10005",
        "5555555555554444",
        "3566002020360505",
        "30569309025904",
        "6205500000000000004",
        "交易12 4242424242424242 34",
    ] {
        assert_eq!(rules(text), [Rule::Pan], "{text}");
    }
    let hidden = "4242\u{200b}4242\u{200b}4242\u{200b}4242";
    assert!(rules(hidden).contains(&Rule::Pan));
}

#[test]
fn the_place_is_told_and_nothing_more() {
    let text = "卡4242 4242 4242 4242。";
    let findings = Guard::new().inspect(text);
    assert_eq!(&text[findings[0].start..findings[0].end], "4242 4242 4242 4242");
    assert!(!format!("{findings:?}").contains("4242"));
}

#[test]
fn this_very_card_is_found_in_pieces() {
    for text in [
        "99621626100000000001899",
        "6216 26 10 00 00 00 00 00 018",
        "第621段6261第0000第000000第018",
        "号1000000000",
        "尾号000018",
    ] {
        assert!(known(text).contains(&Rule::Pan), "{text}");
    }
    for text in ["621626****0018", "62162610 尾号0018", "终端00000312"] {
        assert_eq!(known(text), [], "{text}");
    }
}

#[test]
fn two_messages_together_give_no_card_away() {
    let transaction = transaction(CARD);
    for (first, second) in
        [("621626", "1000 于 0000 于 00018"), ("1000 于 0000 于 00018", "621626")]
    {
        let mut guard = Guard::new().with_transaction(&transaction);
        assert!(!names(guard.inspect(first)).contains(&Rule::Pan));
        assert!(!names(guard.inspect(second)).contains(&Rule::Pan));
        guard.remember(first);
        assert!(names(guard.inspect(second)).contains(&Rule::Pan));
    }
}

#[test]
fn a_card_of_which_the_ends_are_known_is_found_in_pieces() {
    let transaction = transaction(r#"{"bin":"621626","last4":"0018"}"#);
    let guard = Guard::new().with_transaction(&transaction);
    assert!(names(guard.inspect("于6216261于000000000018")).contains(&Rule::Pan));
    assert_eq!(guard.inspect("621626******0018"), []);
}

#[test]
fn secrets_are_found_by_value() {
    for text in [
        "致欧阳娜娜",
        "欧 阳 娜 娜",
        "手机13800138000",
        "138-0013-8000",
        "１３８００１３８０００",
        "0086 138 0013 8000",
        "门店021 5555 0100",
        "证件110105 19491231",
        "nana.mail.example",
    ] {
        assert!(known(text).contains(&Rule::Secret), "{text}: {:?}", known(text));
    }
    for text in ["欧阳*女士", "138****8000", "1***************X", "n***", "凭证632408000123"]
    {
        assert_eq!(known(text), [], "{text}");
    }
}

#[test]
fn a_number_that_goes_on_in_words_is_another() {
    for text in ["凭证632408000123", "尾号**0018", "手机138****8000"] {
        assert_eq!(known(text), [], "{text}");
        for more in ["一三九", "幺三九〇〇", "１３９"] {
            assert!(!known(&format!("{text}{more}")).is_empty(), "{text}{more}");
        }
    }
}

#[test]
fn what_nobody_should_send_is_found() {
    for (text, rule) in [
        ("安全码 123", Rule::SecurityCode),
        ("CVV：123", Rule::SecurityCode),
        ("cvc2 is 1234", Rule::SecurityCode),
        ("验证码482913", Rule::OneTimePassword),
        ("您的验证码是：4829", Rule::OneTimePassword),
        ("OTP 482 913", Rule::OneTimePassword),
        ("482913 is your verification code", Rule::OneTimePassword),
        ("482913为您的验证码", Rule::OneTimePassword),
        ("GB82 WEST 1234 5698 7654 32", Rule::Iban),
        ("de89370400440532013000", Rule::Iban),
        ("a.b@mail.com", Rule::Email),
        ("a＠ｍａｉｌ．ｃｏｍ", Rule::Email),
    ] {
        assert!(rules(text).contains(&rule), "{text}: {:?}", rules(text));
    }
    for text in [
        "授权码654321，请勿泄露验证码",
        "验证码不会向您索要，请致电95500",
        "GB82 WEST 1234 5698 7654 33",
    ] {
        assert_eq!(rules(text), [], "{text}");
    }
}

#[test]
fn only_the_transactions_amounts_may_be_named() {
    for text in [
        "消费1,280.50元",
        "消费1280.50",
        "CNY 1280.50",
        "¥1,280.50",
        "￥1280.50",
        "人民币１２８０.５０",
        "余额3,021.75元",
        "壹仟贰佰捌拾元伍角",
        "RMB 1,280.50 on 20 Nov",
        "3 021,75 CNY",
        "11.20 08.31",
        "¥1280.5",
    ] {
        assert_eq!(known(text), [], "{text}");
    }
    for text in [
        "消费1,280.51元",
        "消费128050",
        "消费12805.0元",
        "USD 1,280.50",
        "1280.50美元",
        "$1,280.50",
        "CNY 1280",
        "金额：999",
        "1.3万元",
        "壹仟贰佰捌拾壹元",
        "amount 1281.50.",
        "total 12,805",
        "9,999.99",
    ] {
        let rules = known(text);
        assert!(!rules.is_empty(), "{text}");
        assert!(
            rules.iter().all(|rule| (Rule::Amount..=Rule::Unaccounted).contains(rule)),
            "{text}"
        );
    }
    for text in ["USD 1,280.50", "1280.50美元", "$1,280.50", "1.3万元", "CNY 1280"] {
        assert_eq!(known(text), [Rule::Amount], "{text}");
    }
    // Numbers from nowhere, which a bank declares as phrases.
    for text in ["费率3.85%", "8折优惠，第2笔，30天"] {
        assert_eq!(known(text), [Rule::Unaccounted], "{text}");
    }
}

#[test]
fn only_the_banks_links_and_hotline_may_be_named() {
    for text in [
        "详见 harbour.example",
        "https://www.Harbour.example/a?b=c.com",
        "请致电95500",
        "电话：95500转1",
        "疑问请电95500，谢谢",
        "电话138****8000",
        "Call 95500 2026-11-20 08:31",
        "Call us and quote ref 632408000123",
        "元。Call",
        "at 10.30.am",
        "Trading Co.Ltd",
        "7-Eleven, No.5, 85.C",
    ] {
        assert_eq!(rules(text), [], "{text}");
    }
    for text in [
        "evil.com",
        "http://evil",
        "www.evil.cn请点击",
        "hárbour.example",
        "hаrbour.example",
        "harbour.example.evil.com",
        "evil-harbour.example",
        "xn--80ak6aa92e.com",
        "苹果.中国",
        "evil。com",
        "ｅｖｉｌ．ｃｏｍ",
        "evil.сom",
        "https://192.0.2.1/",
        "192.0.2.1",
        "t.co/abc",
        // Some telephones take the Chinese for a part of the name.
        "详见harbour.example",
    ] {
        assert_eq!(rules(text), [Rule::Link], "{text}");
    }
    assert!(!rules("https://harbour.example@evil.com/").is_empty());
    for text in [
        "请致电13900001111",
        "call +1 900 555 0199",
        "+44 7700 900123",
        "客服热线：400-123-4567",
        "电话 021 6666 0100",
        "Not you? 0900 555 0199",
    ] {
        assert_eq!(rules(text), [Rule::CallBack], "{text}");
    }
}

#[test]
fn numbers_by_chance_pass() {
    // No issuer's range, a wrong check digit, too short, a wrong length.
    for text in ["1234567812345670", "4242424242424241", "424242424242", "3782822463100050"] {
        assert_eq!(rules(text), [], "{text}");
    }
}

#[test]
fn an_identity_number_is_found() {
    for text in ["身份证11010519491231002X", "证件号 110105 19491231 002x", "620102199003073139"]
    {
        let digits = text.chars().filter(char::is_ascii_digit).count();
        assert_eq!(rules(text), [Rule::IdNumber], "{text} ({digits})");
    }
    assert_eq!(rules("11010519491231002 11"), []);
}

#[test]
fn characters_that_deceive_are_found() {
    for character in [
        '\0', '\t', '\r', '\u{202e}', '\u{2066}', '\u{200b}', '\u{feff}', '\u{e000}', '\u{ad}',
        '\u{85}',
    ] {
        assert_eq!(rules(&format!("a{character}b")), [Rule::Character], "{character:?}");
    }
    assert_eq!(rules("a\nb é ñ 中 😀"), []);
}

#[test]
fn the_signature_stands_first_and_once() {
    let own = sender("【海港银行】", 5);
    let rules = |text: &str| names(Guard::new().with_sender(&own).inspect(text));
    for text in [
        "消费",
        " 【海港银行】消费",
        "【海港银行】消费【海港银行】",
        "【海港银行】【别家】消费",
        "【海港银行】〖别家〗消费",
        "【海湾银行】消费",
    ] {
        assert_eq!(rules(text), [Rule::Signature], "{text}");
    }
    let plain = sender("Meridian:", 5);
    let rules = |text: &str| names(Guard::new().with_sender(&plain).inspect(text));
    assert_eq!(rules("Meridian: thank you for choosing Meridian"), []);
    assert_eq!(rules("Meridian: a purchase ＭＥＲＩＤＩＡＮ ："), [Rule::Signature]);
    let unsigned = sender("", 5);
    let rules = |text: &str| names(Guard::new().with_sender(&unsigned).inspect(text));
    assert_eq!(rules("a purchase"), []);
    assert_eq!(rules("【海港银行】a purchase"), [Rule::Signature]);
}

#[test]
fn length_and_segments_are_bounded() {
    let one = sender("", 1);
    let rules = |text: &str| names(Guard::new().with_sender(&one).inspect(text));
    assert_eq!(rules(&"a".repeat(160)), []);
    assert_eq!(rules(&"a".repeat(161)), [Rule::Segments]);
    assert_eq!(rules(&"消".repeat(71)), [Rule::Segments]);
    assert_eq!(rules(""), [Rule::Length]);
    assert!(rules(&"a".repeat(TEXT_BYTES_MAX + 1)).contains(&Rule::Length));
}

#[test]
fn a_policy_only_tightens() {
    let sender = sender("", 5);
    let strict = Policy { links: false, segments_max: 1, ..Policy::default() };
    let guard = || Guard::new().with_sender(&sender);
    assert_eq!(guard().inspect("harbour.example"), []);
    let tightened = guard().tightened(&strict).tightened(&Policy::default());
    assert_eq!(names(tightened.inspect("harbour.example")), [Rule::Link]);
    assert_eq!(names(tightened.inspect(&"a".repeat(161))), [Rule::Segments]);
}

#[test]
fn a_log_line_keeps_no_long_number() {
    assert_eq!(redact("card 4242 4242 4242 4242 at 08:31"), "card #### #### #### #### at 08:31");
    assert_eq!(redact("amount 128.50"), "amount 128.50");
}

#[test]
fn a_log_line_keeps_no_secret_of_the_transaction() {
    let transaction = transaction(CARD);
    let guard = Guard::new().with_transaction(&transaction);
    for (line, struck) in [
        ("told 欧阳娜娜 at 138 0013 8000", "told #### at #############"),
        ("nana@mail.example has no profile", "################# has no profile"),
        ("took 3 rules, amount 99.00", "took 3 rules, amount 99.00"),
    ] {
        assert_eq!(guard.strike(line), struck);
    }
}
