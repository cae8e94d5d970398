//! What the command says of one event and of a bundle that is wrong: to a developer who asks
//! why, and to one who made a mistake.

use std::fs;

use serde_json::Value;
use tillbell_tests::{Scratch, bank, root, tillbell};

const TEXT: &str = "templates/purchase.cardholder.zh-CN.txt";

fn said(arguments: &[&str]) -> (i32, String, String) {
    let output = tillbell(arguments, b"");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().expect("an exit code"), text(&output.stdout), text(&output.stderr))
}

fn feed() -> String {
    root().join("examples/feeds/day.jsonl").display().to_string()
}

/// The first event of the feed that Harbour Bank told somebody of with this template.
fn event(folder: &str, template: &str) -> String {
    let (_, text, _) = said(&["run", folder, "--events", &feed(), "--json"]);
    let rows = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("a row"));
    let is_it = |row: &Value| {
        let messages = row["messages"].as_array().expect("messages");
        messages.iter().any(|own| own["template"] == template && own["party"] == "cardholder")
    };
    let mut rows = rows.filter(is_it);
    let row = rows.next().expect("an event with it");
    row["transaction"].as_str().expect("an id").to_owned()
}

#[test]
fn every_rule_is_told_with_the_parts_of_its_condition_and_their_values() {
    let folder = bank("harbour").display().to_string();
    let event = event(&folder, "purchase");
    let (code, text, _) = said(&["explain", &folder, "--events", &feed(), "--only", &event]);
    assert_eq!(code, 0, "{text}");
    for expected in [
        "  inquiry (rules.toml:26): passed over",
        "    no  kind == \"inquiry\"    [kind is \"purchase\"]",
        "      no  approval == \"declined\"    [approval is \"approved\"]",
        ": decides",
        ": not reached",
        "masked for the cardholder",
        "is left out",
        "text for the cardholder: purchase in zh-CN, templates/purchase.cardholder.zh-CN.txt:1",
        " last-four",
        " amount",
    ] {
        assert!(text.contains(expected), "{expected}:\n{text}");
    }
    assert!(!text.contains("13800138000"), "{text}");

    let asked = ["explain", &folder, "--events", &feed(), "--only", &event, "--json"];
    let (_, json, _) = said(&asked);
    let row: Value = serde_json::from_str(&json).expect("an object");
    let rules = row["rules"].as_array().expect("rules");
    let deciding: Vec<_> = rules.iter().filter(|rule| rule["effect"] == "decides").collect();
    assert_eq!(deciding.len(), 1);
    assert_eq!(deciding[0]["name"], row["rule"]);
    // What accounts for each number is one of the transaction's facts.
    let accounted = row["texts"][0]["accounted"].as_array().expect("numbers");
    assert!(accounted.iter().any(|own| own["by"] == "last-four"), "{json}");
}

/// Why somebody is not told stands where the rule does.
#[test]
fn who_is_left_out_is_named_with_the_reason() {
    let folder = bank("harbour").display().to_string();
    let small = "20261120-00000312-632400000103-000103-1550-purchase";
    let (code, text, _) = said(&["explain", &folder, "--events", &feed(), "--only", small]);
    assert_eq!(code, 0, "{text}");
    assert!(
        text.contains("not told: the cardholder by sms: the debit is below the threshold"),
        "{text}"
    );
}

/// The explanation and the decision are made by two ways through the router: they agree.
#[test]
fn what_explains_is_what_decided() {
    let folder = bank("harbour").display().to_string();
    let (_, text, _) = said(&["run", &folder, "--events", &feed(), "--json"]);
    let mut compared = 0;
    for line in text.lines().take(40) {
        let row: Value = serde_json::from_str(line).expect("a row");
        let rule = row["rule"].as_str().expect("a rule");
        // What the host decides, no rule explains.
        if rule.starts_with("host:") {
            continue;
        }
        let event = row["transaction"].as_str().expect("an id");
        let asked = ["explain", &folder, "--events", &feed(), "--only", event, "--json"];
        let (_, json, _) = said(&asked);
        let explained: Value = serde_json::from_str(&json).expect("an object");
        let rules = explained["rules"].as_array().unwrap_or_else(|| panic!("{event}: {json}"));
        let deciding = rules.iter().find(|rule| rule["effect"] == "decides").expect("one");
        // Silent debits are told of together: the rule is the summary's.
        if rule != "summary" {
            assert_eq!(deciding["name"], rule, "{event}");
            compared += 1;
        }
    }
    assert!(compared >= 10, "{compared}");
}

#[test]
fn what_is_baked_does_not_carry_the_explanation() {
    let (_, text, _) = said(&["inspect", &bank("harbour").display().to_string()]);
    assert!(text.contains("tillbell:explain/explaining@0.2.0"), "{text}");
    let scratch = Scratch::new();
    let (key, artefact) = (scratch.path().join("k.pem"), scratch.path().join("a.tillbell"));
    let made = std::process::Command::new("openssl")
        .args(["genpkey", "-algorithm", "ed25519", "-out"])
        .arg(&key)
        .output()
        .expect("openssl");
    assert!(made.status.success());
    let public = scratch.path().join("k.pub.pem");
    let made = std::process::Command::new("openssl")
        .args(["pkey", "-pubout", "-in"])
        .arg(&key)
        .arg("-out")
        .arg(&public)
        .output()
        .expect("openssl");
    assert!(made.status.success());
    let path = |path: &std::path::Path| path.display().to_string();
    let folder = path(&bank("harbour"));
    let (code, _, error) = said(&["bake", &folder, "--sign", &path(&key), "-o", &path(&artefact)]);
    assert_eq!(code, 0, "{error}");
    let trust = path(&public);
    let (code, text, error) = said(&[
        "explain",
        &path(&artefact),
        "--trust",
        &trust,
        "--events",
        &feed(),
        "--only",
        &event(&folder, "purchase"),
    ]);
    assert_eq!(code, 0, "{error}");
    assert!(text.contains("rules: this router does not say why it decides"), "{text}");
    assert!(text.contains("masked for the cardholder"), "{text}");
}

#[test]
fn run_shows_what_each_plugin_got_and_gave() {
    let folder = bank("harbour").display().to_string();
    let event = event(&folder, "purchase");
    let asked = ["run", &folder, "--events", &feed(), "--only", &event, "--facts"];
    let (_, text, _) = said(&asked);
    for expected in ["router got", "masker gave", "renderer got, for the cardholder", "event.kind"]
    {
        assert!(text.contains(expected), "{expected}:\n{text}");
    }
    assert!(!text.contains("13800138000"), "{text}");
    let (_, text, _) = said(&[&asked[..], &["--show-recipients"]].concat());
    assert!(text.contains("13800138000"), "{text}");
    let (_, json, _) = said(&[&asked[..], &["--json", "--times"]].concat());
    // The event comes twice; the second time it is a repeat, and no plugin is asked.
    let first = json.lines().next().expect("a row");
    let row: Value = serde_json::from_str(first).expect("one row");
    let roles: Vec<_> = row["calls"].as_array().expect("calls").iter().collect();
    assert_eq!(roles[0]["role"], "router");
    assert_eq!(roles[0]["gave"]["outcome"], "notify");
    assert!(roles[0]["nanoseconds"].as_u64().is_some_and(|time| time > 0));
    assert!(roles[0]["over_deadline"].is_boolean());
}

/// A number that a template computes for one shop: no bake can know it.
#[test]
fn a_text_that_is_kept_back_is_shown_with_its_place() {
    let scratch = Scratch::copy_of_bank("harbour");
    let more =
        "{% if merchant_name == \"海港超市\" %}共{{ (merchant_name | length) * 111 }}元{% endif %}";
    let path = scratch.path().join(TEXT);
    let text = fs::read_to_string(&path).expect("a template");
    fs::write(&path, format!("{text}{more}")).expect("written");
    let folder = scratch.path().display().to_string();
    let (_, text, error) = said(&["run", &folder, "--events", &feed()]);
    assert!(text.contains("kept back from the cardholder: amount: "), "{text}{error}");
    assert!(text.contains("共«444»元"), "{text}");
}

#[test]
fn a_bundle_is_tried_as_on_its_platform() {
    let scratch = Scratch::new();
    let platform = scratch.path().join("platform.toml");
    let path = platform.display().to_string();
    let folder = bank("harbour").display().to_string();
    for (text, expected) in [
        ("channels = [\"push\"]", "channel \"sms\": the platform has push"),
        ("[limits]\ncomponent-kib = 100", "larger than 102400 bytes"),
        ("[limits]\nmemory-kib = 128", "limit"),
        ("[limits]\ndeadline-ms = 0", "limit deadline_ms: expected 1 to 1,000"),
        ("[limit]\n", "line 1: unknown field `limit`"),
        ("[policy]\nsegments-max = 1", "segments, limit"),
    ] {
        fs::write(&platform, text).expect("written");
        let asked = ["run", &folder, "--events", &feed(), "--platform", &path, "--no-cache"];
        let (code, _, error) = said(&asked);
        assert_eq!(code, 2, "{text}: {error}");
        assert!(error.contains(expected), "{text}: {error}");
    }
    fs::write(&platform, "[prices]\nsms = \"0.045 CNY\"").expect("written");
    let asked = ["diff", &folder, &folder, "--events", &feed(), "--platform", &path];
    let (code, text, _) = said(&asked);
    assert_eq!(code, 0, "{text}");
    let segments = text.lines().find(|line| line.starts_with("segments")).expect("a line");
    let segments: u64 = segments.split_whitespace().nth(1).expect("n").parse().expect("n");
    let cost = segments * 45_000;
    let cost = format!("cost         {}.{:06} CNY", cost / 1_000_000, cost % 1_000_000);
    assert!(text.contains(&cost), "{cost}:\n{text}");
}

#[test]
fn a_bench_says_what_a_call_needs_on_any_machine() {
    let folder = bank("harbour").display().to_string();
    let needs = || {
        let (code, text, error) = said(&["bench", &folder, "--events", &feed(), "--rounds", "1"]);
        assert_eq!(code, 0, "{error}");
        let lines = text.lines().skip_while(|line| !line.starts_with("what a call needs"));
        lines.take(4).map(str::to_owned).collect::<Vec<_>>()
    };
    let first = needs();
    assert_eq!(first.len(), 4, "{first:?}");
    assert!(first[3].contains("renderer") && first[3].contains(" fuel, "), "{first:?}");
    assert_eq!(first, needs(), "fuel is repeatable");
}

/// Each is a kind of slip; what is said names the place and the cure.
#[test]
fn a_slip_in_a_bundle_is_refused_with_its_place_and_its_cure() {
    let rules = "rules.toml";
    for (file, from, to, expected) in [
        ("privacy.toml", "counterparty = ", "counterprty = ", "known are profile, card, "),
        ("tillbell.toml", "【海港银行】", "", "signature: expected who sends"),
        ("tillbell.toml", "【海港银行】", "【海港银行", "with both brackets or none"),
        (
            "tillbell.toml",
            "\n[router]",
            "\n[limits]\nmemory-kib = 65536\n\n[router]",
            "limits.memory-kib: 65536, the platform allows 2048",
        ),
        (
            rules,
            "\"small-debits\"",
            "\"smal-debits\"",
            "template \"smal-debits\": the renderer has",
        ),
        (
            rules,
            "\"verification\", opt",
            "\"verifications\", opt",
            "rules.toml:63: to the cardholder: template",
        ),
        (rules, "[\"zh-CN\", \"en\"]", "[\"zn-CN\", \"en\"]", "locale \"zn-CN\": the renderer has"),
        (rules, "[\"zh-CN\", \"en\"]", "[\"zh-CN\", \"fr\"]", "locale \"fr\": the renderer has"),
        (
            rules,
            "priority = 80 }",
            "channel = \"smss\" }",
            "channel \"smss\": the platform has sms",
        ),
        (rules, "kind == \"inquiry\"", "true", "rule \"inquiry\" before it always holds"),
        (
            rules,
            "approval == \"declined\" && !(country in [\"CN\", \"\"])",
            "approval == \"declined\"",
            "which decides before",
        ),
        (rules, "[\"CN\", \"\"]", "[\"cn\"]", "country is never \"cn\"; it is two capitals"),
        (
            rules,
            "kind == \"inquiry\"",
            "category == \"701\"",
            "category is never \"701\"; it is four digits",
        ),
        (rules, "kind == \"inquiry\"", "time.hour >= 25", "time.hour is never 25; it is 0 to 24"),
        (rules, "kind == \"inquiry\"", "kind = \"inquiry\"", "what is equal is compared by =="),
        (rules, "kind == \"inquiry\"", "kind == \"inquiry\" and amount > 0", "and is written &&"),
        (rules, "kind == \"inquiry\"", "kind == “inquiry”", "texts stand in straight quotes"),
        (rules, "kind == \"inquiry\"", "amout > 0", "did you mean amount?"),
        (rules, "kind == \"inquiry\"", "shop > 0", "known are kind, original_kind, approval"),
        (
            rules,
            "{ party = \"cardholder\", template = \"adjustment\", priority = 80 },",
            "{ party = \"cardholder\", template = \"adjustment\" }, { party = \"cardholder\", template = \"adjustment\" },",
            "the same delivery stands there twice",
        ),
    ] {
        let scratch = Scratch::copy_of_bank("harbour");
        scratch.replace(file, from, to);
        let folder = scratch.path().display().to_string();
        let (code, _, error) = said(&["inspect", &folder]);
        assert_eq!(code, 2, "{to}: {error}");
        assert!(error.contains(expected), "{to}: {error}");
        assert!(error.contains(file), "{to}: names no file: {error}");
    }
}

/// To change a telephone number withdraws no consent.
#[test]
fn a_subscriber_who_is_changed_still_consents() {
    let scratch = Scratch::new();
    let outbox = scratch.path().join("outbox.db").display().to_string();
    let add = |more: &[&str]| {
        let base = ["subscribers", "add", "--outbox", &outbox, "cardholder", "tok_1"];
        said(&[&base[..], more].concat())
    };
    assert_eq!(
        add(&["--phone", "+86 138 0013 8000", "--consent", "2026-01-05T10:00:00+08:00"]).0,
        0
    );
    assert_eq!(add(&["--phone", "+86 139 0013 8111"]).0, 0);
    let list = || said(&["subscribers", "list", "--outbox", &outbox]).1;
    assert!(list().contains("2026-01-05T10:00:00+08:00"), "{}", list());
    let (code, _, error) = add(&["--consent", "2126-01-05T10:00:00+08:00"]);
    assert_eq!(code, 2, "{error}");
    assert!(error.contains("consent: is dated later than today"), "{error}");
    let (code, _, error) = add(&["--no-consent"]);
    assert_eq!(code, 0);
    assert!(error.contains("without consent nobody is told"), "{error}");
    assert!(list().contains("none"), "{}", list());
}
