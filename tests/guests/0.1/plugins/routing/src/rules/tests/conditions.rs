use super::*;

#[test]
fn a_wrong_condition_is_refused() {
    for (when, detail) in [
        ("amount", "of type int, not true or false"),
        ("frobnicate(approval)", "undeclared reference to \"frobnicate\""),
        ("false && frobnicate(amount, 1)", "undeclared reference to \"frobnicate\""),
        ("false && approval.matches(\"a\")", "undeclared reference to \"matches\""),
        ("cardholder.name == \"\"", "undeclared reference to \"cardholder.name\""),
        ("cardholder == \"\"", "undeclared reference to \"cardholder\""),
        ("bin == 621626", "\"==\" cannot be applied to string and int"),
        ("amount > \"100\"", "\">\" cannot be applied to int and string"),
        ("amount > 100.0", "a number with decimals"),
        ("amount && true", "\"&&\" cannot be applied to int and bool"),
        ("kind == \"pruchase\"", "kind is never \"pruchase\""),
        ("kind in [\"purchase\", \"viod\"]", "kind is never \"viod\""),
        ("entry_mode != \"chips\"", "entry_mode is never"),
        ("amount >= money(\"CNY 1.00\")", "wants currency == \"CNY\" && in front of it"),
        ("currency == \"USD\" && amount >= money(\"CNY 1.00\")", "in front of it"),
        ("currency == \"CNY\" || amount >= money(\"CNY 1.00\")", "in front of it"),
        ("currency == \"JPY\" && amount >= money(\"JPY 1.5\")", "has 0 decimals"),
        ("currency == \"CNY\" && amount >= money(currency)", "wants a text"),
        ("currency == \"CNY\" && amount >= money(\"CNY 1\", 2)", "undeclared reference"),
        ("has(time.hour)", "every fact is there"),
        ("[\"a\"].map(a, a) == [\"b\"]", "no use here"),
        ("[\"a\"].exists(kind, kind == \"a\")", "is a fact"),
        ("[].exists(a, a == 1)", "an empty list"),
        ("amount / 0 == 1", "division by zero"),
        ("9223372036854775807 + amount > 0", "overflows"),
        ("{\"a\": 1}.a == 1", "field of a value that has none"),
        ("[1, \"a\"] == [1]", "different types"),
        ("kind == \"purchase\" ? true : 1", "\"?\" cannot be applied"),
        ("cardholder.channels[0] == \"sms\"", "\"[\" cannot be applied"),
        ("", "when: "),
        ("kind = \"purchase\"", "compared by =="),
        ("kind == “purchase”", "straight quotes"),
        ("kind == \"void\" and amount > 0", "and is written &&"),
        ("amout > 5", "did you mean amount?"),
        ("shop == \"x\"", "known are kind, original_kind"),
        ("country == \"cn\"", "two capitals"),
        ("category in [\"701\"]", "four digits"),
        ("currency == \"RMBY\"", "three capitals"),
        ("time.hour >= 25", "time.hour is never 25; it is 0 to 24"),
        ("time.weekday in [0, 6]", "time.weekday is never 0"),
    ] {
        let diagnostic = refused(&RULES.replace("approval == \"declined\"", when));
        assert!(diagnostic.detail.contains(detail), "{when}: {}", diagnostic.detail);
        assert_eq!(diagnostic.line, 14, "{when}");
    }
    let deep = format!("{}true{}", "size(".repeat(500), ")".repeat(500));
    let sums = format!("amount == 1{}", " + 1".repeat(1_000));
    let calls = format!("brand{} == \"\"", ".f()".repeat(900));
    let members = format!("brand{} == \"\"", ".f".repeat(1_500));
    for when in [deep, sums, calls, members, " ".repeat(CONDITION_BYTES_MAX + 1)] {
        let diagnostic = refused(&RULES.replace("approval == \"declined\"", &when));
        assert_eq!(diagnostic.line, 14, "{}", diagnostic.detail);
        assert!(diagnostic.detail.chars().count() < 700, "{}", diagnostic.detail);
    }
}

#[test]
fn conditions_mean_what_they_say() {
    let mut facts = facts("purchase", 20_000);
    facts.event.original_kind = Some("completion".into());
    facts.cardholder.threshold =
        Some(Money { minor_units: 7, currency: "CNY".into(), exponent: 2 });
    for (when, expected) in [
        ("size(kind) > 0", true),
        (r#""purchase" == kind"#, true),
        (r#"kind in ["refund", "purchase"] && approval == "approved""#, true),
        (r#"kind in ["refund", "void"] && approval == "approved""#, false),
        (r#"amount == 20000 && kind == "purchase" && kind in ["purchase"]"#, true),
        (r#"kind == "refund" || amount > 5"#, true),
        (r#"!(kind == "refund")"#, true),
        (r#"original_kind == "completion" && original_amount == 0"#, true),
        (r#"currency == "CNY" && amount == money("CNY 200.00")"#, true),
        (r#"(currency == "CNY" && amount < money("CNY 200")) || currency == "JPY""#, false),
        (r#"currency == "JPY" ? amount > money("JPY 1") : exponent == 2"#, true),
        (r#"["6216", "6217"].exists(prefix, bin.startsWith(prefix))"#, true),
        (r#"["6216", "6217"].all(prefix, bin.startsWith(prefix))"#, false),
        (r#"["6216", "6217"].exists_one(prefix, bin.startsWith(prefix))"#, true),
        (r#"[1, 2].all(a, [3, 4].exists(b, a + b == 5))"#, true),
        (r#"merchant_id.endsWith("1") && terminal_id.contains("3") && size(bin) == 8"#, true),
        (r#"category in ["5814"] && amount in [1, 20000]"#, true),
        (r#"card_token == "" && brand == "unionpay" && entry_mode == "chip""#, true),
        (r#"time.year == 2026 && time.month == 11 && time.day == 20"#, true),
        (r#"time.weekday == 5 && time.hour == 8 && time.minute == 31"#, true),
        (r#""sms" in cardholder.channels && merchant.channels.size() == 0"#, true),
        (r#"cardholder.locale == "zh-CN" && merchant.locale == """#, true),
        (r#"cardholder.threshold == 7 && merchant.threshold == 0"#, true),
        (r#"!cardholder.below_threshold && !cardholder.quiet && country != "KW""#, true),
        (r#"amount / 2 + 1 - 3 * 2 == 9995 && amount % 7 == 1 && -amount < 0"#, true),
    ] {
        let text = RULES.replace("approval == \"declined\"", when);
        let (rules, _) = read(&text).map_err(|error| format!("{when}: {error:?}")).unwrap();
        let rule = rules.route(&facts, NOW).unwrap().rule;
        assert_eq!(rule == "declined", expected, "{when}: {rule}");
    }
}
