use super::*;

const SIGNED: Knowledge<'_> =
    Knowledge { signature: "【海港银行】", max_segments: 5, pan: None };

fn rules(text: &str) -> Vec<Rule> {
    inspect(&format!("【海港银行】{text}"), &SIGNED)
        .into_iter()
        .map(|finding| finding.rule)
        .collect()
}

#[test]
fn ordinary_messages_pass() {
    for text in [
        "您尾号0018的卡11月20日08:31:05在咖啡实验室消费CNY 128.50，余额CNY 3,021.75。祝您生活愉快！如有疑问请致电95500",
        "凭证号632408000123，授权码654321，终端00000312，商户898310057340001",
        "订单20261120083105，时间2026-11-20 08:31:05",
        "Card ending 4242: purchase USD 20.00 at Coffee Lab, 2026-11-20 08:31:05, ref 632408000123. Have a nice day! +965 1800 800",
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
    let findings = inspect("【海港银行】卡4242 4242 4242 4242。", &SIGNED);
    let text = "【海港银行】卡4242 4242 4242 4242。";
    assert_eq!(&text[findings[0].start..findings[0].end], "4242 4242 4242 4242");
    assert!(!format!("{findings:?}").contains("4242"));
}

#[test]
fn this_very_card_is_found_even_inside_a_longer_number() {
    let pan = Pan::parse("6250947000000014").unwrap();
    let knowledge = Knowledge { pan: Some(&pan), ..SIGNED };
    for text in ["【海港银行】9962509470000000149", "【海港银行】6250-9470-0000-0014"] {
        assert_eq!(inspect(text, &knowledge)[0].rule, Rule::Pan, "{text}");
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
    let rules = |text: &str| -> Vec<Rule> {
        inspect(text, &SIGNED).into_iter().map(|finding| finding.rule).collect()
    };
    for text in [
        "消费",
        " 【海港银行】消费",
        "【海港银行】消费【海港银行】",
        "【海港银行】【别家】消费",
        "【海湾银行】消费",
    ] {
        assert!(rules(text).iter().all(|rule| *rule == Rule::Signature), "{text}");
        assert!(!rules(text).is_empty(), "{text}");
    }
    let unsigned = Knowledge { signature: "", ..SIGNED };
    assert_eq!(inspect("a purchase", &unsigned), []);
    assert_eq!(inspect("【海港银行】a purchase", &unsigned).len(), 2);
}

#[test]
fn length_and_segments_are_bounded() {
    let one = Knowledge { signature: "", max_segments: 1, pan: None };
    assert_eq!(inspect(&"a".repeat(160), &one), []);
    assert_eq!(inspect(&"a".repeat(161), &one)[0].rule, Rule::Segments);
    assert_eq!(inspect(&"消".repeat(71), &one)[0].rule, Rule::Segments);
    assert_eq!(inspect("", &one)[0].rule, Rule::Length);
    assert!(inspect(&"a".repeat(TEXT_BYTES_MAX + 1), &one).iter().any(|f| f.rule == Rule::Length));
}

#[test]
fn a_log_line_keeps_no_long_number() {
    assert_eq!(redact("card 4242 4242 4242 4242 at 08:31"), "card #### #### #### #### at 08:31");
    assert_eq!(redact("amount 128.50"), "amount 128.50");
}
