use super::*;

const GOOD: &str = r#"
outbox = "outbox.db"
bundles = ["harbour.tillbell"]

[http]
listen = "127.0.0.1:0"

[[client]]
name = "acquirer"
token-sha256 = "0000000000000000000000000000000000000000000000000000000000000000"

[[route]]
channel = "sms"
[route.smpp]
port = 2775
password = "secret"

[[route]]
channel = "sms"
file = "late.jsonl"

[notices.consent-withdrawn]
"" = "No more messages."
"#;

fn wrong(old: &str, new: &str) -> String {
    assert!(GOOD.contains(old), "{old}");
    Config::parse(&GOOD.replace(old, new), Path::new("")).unwrap_err().to_string()
}

#[test]
fn routes_have_queues_and_paths_a_folder() {
    let config = Config::parse(GOOD, Path::new("etc")).unwrap();
    let queues: Vec<_> = config.queues().into_iter().map(|(queue, _)| queue).collect();
    assert_eq!(queues, ["sms", "sms/1"]);
    assert_eq!(config.outbox, Path::new("etc/outbox.db"));
    assert_eq!(config.routes[1].file.as_deref(), Some(Path::new("etc/late.jsonl")));
}

#[test]
fn what_is_wrong_is_named_and_no_secret_is_shown() {
    for (old, new, error) in [
        (
            "127.0.0.1:0",
            "0.0.0.0:80",
            "http.listen: is not a loopback address; say public = true if it is meant",
        ),
        (
            "outbox = \"outbox.db\"",
            "outbox = \"outbox.db\"\nkeep-days = 1",
            "keep-days: 1, expected 7 to 36500",
        ),
        ("file = \"late.jsonl\"", "", "route 2: expected one of smpp, http, file, console"),
        (
            "channel = \"sms\"\nfile",
            "channel = \"S M\"\nfile",
            "route 2: channel: expected lower case letters, digits and hyphens",
        ),
        ("port = 2775", "port = 2775\nwindow = 0", "route 1: smpp: window: 0, expected 1 to 1000"),
        (
            "name = \"acquirer\"\ntoken-sha256 = \"00",
            "name = \"acquirer\"\ntoken-sha256 = \"x",
            "client \"acquirer\": token-sha256: expected 64 hexadecimal digits",
        ),
    ] {
        assert_eq!(wrong(old, new), error);
    }
    let error = wrong("password = \"secret\"", "password = secret");
    assert!(error.starts_with("line 16: ") && !error.contains("secret"), "{error}");
    assert!(wrong("outbox =", "outboxes =").contains("outboxes"));
}

#[test]
fn keys_are_named_by_a_path_or_a_list_and_a_dialect_by_its_file() {
    let with = |rest: &str| {
        let text = GOOD.replace("outbox =", &format!("{rest}\noutbox ="));
        Config::parse(&text, Path::new("etc"))
    };
    let trust = |rest: &str| with(rest).unwrap().trust;
    assert_eq!(trust(""), [""; 0].map(PathBuf::from));
    assert_eq!(trust("trust = \"keys\""), [Path::new("etc/keys")]);
    let both = [Path::new("etc/a.pem"), Path::new("/b.pem")];
    assert_eq!(trust("trust = [\"a.pem\", \"/b.pem\"]"), both);
    let error = with("trust = 7").unwrap_err().to_string();
    assert!(error.contains("expected a path, or a list of paths"), "{error}");
    let dialect = |name: &str| {
        let tap = format!("{GOOD}\n[tap]\nlisten = \"127.0.0.1:0\"\ndialect = {name:?}\n");
        Config::parse(&tap, Path::new("etc")).unwrap().tap.unwrap().dialect
    };
    assert_eq!(dialect("iso1987-ascii"), "iso1987-ascii");
    assert_eq!(dialect("own.toml"), "etc/own.toml");
}
