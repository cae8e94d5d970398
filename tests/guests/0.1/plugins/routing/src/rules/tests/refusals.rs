use super::*;

#[test]
fn a_wrong_rule_is_refused_with_its_line() {
    let purchase = "kind == \"purchase\"\n'''";
    for (from, to, line, detail) in [
        ("[default]\nsuppress = \"no-rule\"", "", 0, "no [default]"),
        ("[default]\nsuppress", "[default]\ndefer", 45, "cannot defer"),
        ("approval == \"declined\"'", "approval == '", 14, "when: syntax error"),
        (purchase, "kind == \"purchase\" &&\n&& true\n'''", 32, "unexpected token (column 1)"),
        (
            purchase,
            "kind == \"purchase\"\n&& knd\n'''",
            32,
            "\"knd\"; did you mean kind? (column 4)",
        ),
        (
            "approval ==",
            "aproval ==",
            14,
            "undeclared reference to \"aproval\"; did you mean approval? (column 1)",
        ),
        ("\"CNY 5000.00\"", "\"CNY 5000.005\"", 24, "which has 2 decimals"),
        ("\"CNY 5000.00\"", "\"5000\"", 24, "CNY 100.00"),
        ("suppress = \"declined\"", "supress = \"declined\"", 15, "unknown key \"supress\""),
        ("suppress = \"declined\"", "suppress = \"Declined\"", 15, "a reason is"),
        ("suppress = \"declined\"", "suppress = \"d\"\nnotify = \"d\"", 12, "expected one of"),
        ("suppress = \"declined\"", "suppress = \"d\"\nto = []", 16, "unknown key \"to\""),
        ("suppress = \"declined\"", "suppress = true", 15, "text in quotes"),
        ("suppress = \"declined\"", "notify = \"d\"", 15, "to = [...]"),
        ("suppress = \"declined\"", "", 12, "expected one of"),
        ("approval == \"declined\"", "true", 18, "rule \"declined\" before it always holds"),
        ("name = \"small\"", "name = \"declined\"", 18, "earlier rule"),
        ("name = \"small\"", "name = \"default\"", 18, "name:"),
        ("name = \"small\"", "", 17, "name: is missing"),
        ("party = \"merchant\"", "party = \"bank\"", 36, "not \"bank\""),
        ("party = \"merchant\"", "party = \"merchant\", prio = 1", 36, "unknown key \"prio\""),
        ("template = \"purchase\", ex", "tmplate = \"purchase\", ex", 35, "template: is missing"),
        ("\"24h\"", "\"1 day\"", 35, "expires-after"),
        ("locale = \"zh-CN\"", "locale = \"fr\"", 36, "bank's locale"),
        (
            "merchant = \"22:00-07:00\"",
            "merchant = \"22:00-25:00\"",
            7,
            "merchant: expected a span",
        ),
        ("\"100.00\"", "\"100.005\"", 10, "2 decimals"),
        ("\"100.00\"", "100.00", 10, "text in quotes"),
        ("CNY = ", "RMBY = ", 10, "currency"),
        ("thresholds.cardholder", "thresholds.cardholders", 9, "unknown key"),
        ("[bank]", "[bank]\nlocale = \"en\"", 3, "unknown key \"locale\""),
        ("[bank]", "banks = 1\n[bank]", 2, "unknown key \"banks\""),
        ("priority = 100", "priority = 101", 26, "priority: expected 0 to 100"),
        ("priority = 100", "priority = \"high\"", 26, "priority: expected a whole number"),
        ("until = \"cardholder-quiet-end\"", "until = \"morning\"", 43, "until"),
        ("CNY = \"100.00\"", "CNY = \"100.00\"\nCNY = \"1.00\"", 11, "duplicate key"),
    ] {
        assert!(RULES.contains(from), "{from}");
        let diagnostic = refused(&RULES.replacen(from, to, 1));
        assert!(diagnostic.detail.contains(detail), "{to}: {}", diagnostic.detail);
        assert_eq!(diagnostic.line, line, "{to}: {}", diagnostic.detail);
        assert_eq!(diagnostic.file, "rules.toml");
    }
}

#[test]
fn a_template_named_by_the_kind_needs_the_kinds() {
    let open = WANTED.replace("kind in [\"purchase\", \"refund\", \"reversal\"]", "amount > 0");
    let diagnostic = refused(&open);
    assert!(diagnostic.detail.contains("lists the kinds"), "{}", diagnostic.detail);
    assert_eq!(diagnostic.line, 16);
}

#[test]
fn the_rule_file_is_one_toml_file() {
    assert!(matches!(Rules::read(&[]), Err(ConfigureError::Missing(_))));
    let file = |path: &str, contents: Vec<u8>| ConfigurationFile { path: path.into(), contents };
    let good = file("rules.toml", RULES.into());
    for (files, path, detail) in [
        (vec![good.clone(), file("more.toml", Vec::new())], "more.toml", "a second rule file"),
        (vec![file("a.toml", vec![0xff])], "a.toml", "UTF-8"),
        (vec![file("a.toml", vec![b' '; FILE_BYTES_MAX + 1])], "a.toml", "limit"),
    ] {
        let Err(ConfigureError::Invalid(diagnostic)) = Rules::read(&files) else { panic!() };
        assert_eq!(diagnostic.file, path);
        assert!(diagnostic.detail.contains(detail), "{}", diagnostic.detail);
    }
}

#[test]
fn limits_hold() {
    let rule = |n| format!("[[rule]]\nname = \"r{n}\"\nwhen = \"true\"\nsuppress = \"s\"\n");
    let rules: String = (0..=RULES_MAX).map(rule).collect();
    let deliveries = "{ party = \"merchant\", template = \"void\" },".repeat(DELIVERIES_MAX + 1);
    let locales = "\"en\",".repeat(LOCALES_MAX + 1);
    let thresholds: String = ('A'..='Z')
        .flat_map(|a| ('A'..='C').map(move |b| format!("{a}{b}X = \"1\"\n")))
        .take(THRESHOLDS_MAX + 1)
        .collect();
    for (from, to, detail) in [
        ("[default]", format!("{rules}[default]"), "limit 1000"),
        ("to = [", format!("to = [{deliveries}"), "expected 1 to 8"),
        ("locales = [", format!("locales = [{locales}"), "expected 1 to 32"),
        ("CNY = \"100.00\"", thresholds, "limit 64"),
    ] {
        let detail_seen = refused(&RULES.replacen(from, &to, 1)).detail;
        assert!(detail_seen.contains(detail), "{detail_seen}");
    }
}
