//! What `tillbell serve` finds wrong before it runs, and that a SIGHUP with
//! anything wrong in it changes nothing.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use tillbell_tests::delivery::{Daemon, certificate, desk, event, written};
use tillbell_tests::{Scratch, bank, tillbell};

const HTTP: &str = "[http]\nlisten = \"127.0.0.1:0\"\n";
const FILE: &str = "[[route]]\nchannel = \"sms\"\nfile = \"messages.jsonl\"\n";
/// A gateway where nobody is.
const GATEWAY: &str = "[[route]]\nchannel = \"push\"\n[route.http]\nurl = \"http://127.0.0.1:9/\"\n\
                       json = '{\"to\":{{ to }},\"text\":{{ text }}}'\n";

fn config(scratch: &Scratch) -> String {
    fs::read_to_string(scratch.path().join("serve.toml")).expect("a configuration")
}

fn configure(scratch: &Scratch, text: &str) {
    fs::write(scratch.path().join("serve.toml"), text).expect("written");
}

/// What `serve --check` exits with and says.
fn check(scratch: &Scratch) -> (Option<i32>, String) {
    let config = scratch.path().join("serve.toml").display().to_string();
    let output = tillbell(&["serve", "--config", &config, "--check"], b"");
    let said = if output.status.success() { output.stdout } else { output.stderr };
    (output.status.code(), String::from_utf8(said).expect("UTF-8"))
}

/// A folder with a copy of a bank, as this release.
fn release(folder: &Path, name: &str, number: u32) {
    let (from, to) = (bank(name), folder.join(name));
    copy(&from, &to);
    let manifest = fs::read_to_string(from.join("tillbell.toml")).expect("a manifest");
    let manifest = manifest.replace("release = 1", &format!("release = {number}"));
    fs::write(to.join("tillbell.toml"), manifest).expect("written");
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        match entry.file_type().expect("a type").is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).expect("copied")),
        }
    }
}

/// Sends SIGHUP, and waits until something with this in it is said after it.
fn hang_up(daemon: &Daemon, text: &str) -> Vec<String> {
    let before = daemon.lines().len();
    daemon.signal("-HUP");
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        let lines = daemon.lines().split_off(before);
        if lines.iter().any(|line| line.contains(text)) {
            return lines;
        }
        assert!(Instant::now() < until, "no {text:?}: {lines:?}");
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn check_finds_each_mistake_by_name() {
    let scratch = desk("");
    let (certificate, _) = certificate(scratch.path());
    fs::write(scratch.path().join("other.key"), "no key").expect("written");
    fs::create_dir(scratch.path().join("folder")).expect("a folder");
    fs::write(scratch.path().join("text"), "this is no outbox").expect("written");
    let http = |rest: &str| format!("{HTTP}{rest}{FILE}");
    let gateway = |rest: &str| format!("{HTTP}{GATEWAY}{rest}");
    let template = |json: &str| {
        let good = r#"{"to":{{ to }},"text":{{ text }}}"#;
        format!("{HTTP}{}", GATEWAY.replace(good, json))
    };
    let second = "[[client]]\nname = \"test\"\ntoken-sha256 = \"";
    for (rest, said) in [
        (template(r#"{"to":{{ phone }}}"#), "route push: json: unknown name \"phone\""),
        (template(r#"{"to":{{ to }}"#), "route push: json: its text is not JSON"),
        (template("{{ to "), "route push: json: the template is wrong"),
        (
            gateway("headers = { \"X-A\" = \"a\\nb\" }\n"),
            "route push: header x-a: its value does not fit a header",
        ),
        (
            gateway("hmac = { key-file = \"missing.key\", header = \"X-S\" }\n"),
            "missing.key: cannot be read: No such file",
        ),
        (
            gateway(
                "[route.http.receipt]\nid = \"/id\"\nstate = \"/state\"\ndelivered = [\"OK\"]\n\
                 hmac = { key-file = \"gone.key\", header = \"X-S\" }\n",
            ),
            "gone.key: cannot be read: No such file",
        ),
        (
            gateway(
                "[route.http.receipt]\nid = \"id\"\nstate = \"/state\"\ndelivered = [\"OK\"]\n",
            ),
            "route push: receipt.id: not a JSON pointer",
        ),
        (
            gateway("tls-ca = \"serve.toml\"\n").replace("http:", "https:"),
            "there is no certificate",
        ),
        (
            format!("{HTTP}[[route]]\nchannel = \"sms\"\n[route.smpp]\ntls-ca = \"no.pem\"\n"),
            "no.pem: cannot be read",
        ),
        (
            format!("{HTTP}{}", FILE.replace("messages.jsonl", "folder")),
            "route sms: file: FOLDER/folder: is a folder, expected a file",
        ),
        (
            format!("{HTTP}{}", FILE.replace("messages.jsonl", "missing/messages.jsonl")),
            "missing/messages.jsonl: its folder FOLDER/missing is not there",
        ),
        (format!("{HTTP}{FILE}{FILE}"), "route sms/1: file: FOLDER/messages.jsonl: is written by"),
        (
            format!(
                "{}[tap]\nlisten = \"127.0.0.1:8480\"\n",
                HTTP.replace("127.0.0.1:0", "127.0.0.1:8480")
            ),
            "tap.listen: 127.0.0.1:8480: http.listen binds port 8480 too",
        ),
        (
            format!("{HTTP}[tap]\nlisten = \"127.0.0.1:0\"\ndialect = \"missing.toml\"\n"),
            "tap.dialect: FOLDER/missing.toml: neither a dialect",
        ),
        (http("tls-certificates = \"tls.pem\"\n"), "http: TLS needs tls-certificates and tls-key"),
        (
            http("tls-certificates = \"tls.pem\"\ntls-key = \"other.key\"\n"),
            "other.key: no key in PEM",
        ),
        (http("tls-certificates = \"serve.toml\"\ntls-key = \"tls.key\"\n"), "serve.toml: "),
        (
            format!(
                "{HTTP}{}[route.smpp]\ndoubt-seconds = 120\n",
                "[[route]]\nchannel = \"sms\"\ngive-up-minutes = 1\n"
            ),
            "route sms: give-up-minutes: 1, shorter than doubt-seconds: 120",
        ),
        (format!("{HTTP}{FILE}{second}{}\"\n", "0".repeat(64)), "client \"test\": name: another"),
        (
            format!("{HTTP}{FILE}{second}\"\n").replace("\"test\"", "\"\""),
            "client \"\": token-sha256",
        ),
        (
            format!("{HTTP}{FILE}[notices.consent-withdrawm]\n\"\" = \"Bye.\"\n"),
            "notices.consent-withdrawm: no such notice",
        ),
        (
            format!("token-key = \"no.key\"\n{HTTP}{FILE}"),
            "token-key: FOLDER/no.key: cannot be read",
        ),
        (
            format!("releases = \"gone/releases\"\n{HTTP}{FILE}"),
            "releases: FOLDER/gone/releases: its",
        ),
        (format!("trust = [\"no.pem\"]\n{HTTP}{FILE}"), "cannot read key FOLDER/no.pem"),
    ] {
        Daemon::configure(scratch.path(), &rest);
        let (code, text) = check(&scratch);
        let said = said.replace("FOLDER", &scratch.path().display().to_string());
        assert!(text.contains(&said), "{said}: {text}\n{}", config(&scratch));
        assert_eq!(code, Some(2), "{text}");
    }
    Daemon::configure(scratch.path(), &format!("{HTTP}{FILE}"));
    let good = config(&scratch);
    for (outbox, said) in [
        ("folder", "outbox: FOLDER/folder: is a folder, expected a file"),
        ("gone/outbox.db", "outbox: FOLDER/gone/outbox.db: its folder FOLDER/gone is not there"),
        ("/proc/outbox.db", "outbox: /proc/outbox.db: its folder /proc cannot be written"),
        ("text", "outbox: FOLDER/text: is not an outbox"),
    ] {
        configure(&scratch, &good.replace("\"outbox.db\"", &format!("{outbox:?}")));
        let (code, text) = check(&scratch);
        let said = said.replace("FOLDER", &scratch.path().display().to_string());
        assert!(code == Some(2) && text.contains(&said), "{said}: {text}");
    }
    // What runs, and is hardly meant.
    configure(&scratch, &good.replace(FILE, "").replace(HTTP, ""));
    let (code, text) = check(&scratch);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("warning: there is no [[route]]: messages wait"), "{text}");
    assert!(text.contains("warning: client \"test\": may ask nothing"), "{text}");
    assert!(!text.contains(&certificate), "{text}");
}

/// A look leaves no trace: neither a release in the ledger nor a file.
#[test]
fn check_changes_nothing() {
    let scratch = desk(&format!("releases = \"releases\"\n{HTTP}{FILE}"));
    let names = || {
        let entries = fs::read_dir(scratch.path()).expect("a folder");
        let mut names: Vec<_> = entries.map(|entry| entry.expect("an entry").file_name()).collect();
        names.sort_unstable();
        names
    };
    let before = names();
    let (code, text) = check(&scratch);
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(names(), before);
}

/// A typo in one route's template: all routes and bundles run on.
#[test]
fn a_reload_with_a_typo_changes_nothing_and_says_what_is_wrong() {
    let scratch = desk("");
    release(scratch.path(), "harbour", 1);
    Daemon::configure(scratch.path(), &format!("releases = \"releases\"\n{HTTP}{FILE}{GATEWAY}"));
    let bundle = format!("{:?}", bank("harbour"));
    configure(&scratch, &config(&scratch).replace(&bundle, "\"harbour\""));
    let daemon = Daemon::start(scratch.path());
    let mut client = daemon.client();
    assert_eq!(client.post(&event(1, 100)).expect("an answer").status, 202);
    written(&scratch, 2);
    // With it a later release, another client and another file.
    release(scratch.path(), "harbour", 2);
    let good = config(&scratch);
    let digest = good.split("token-sha256 = \"").nth(1).and_then(|rest| rest.get(..64));
    let text = good
        .replace("{{ text }}", "{{ txt }}")
        .replace("messages.jsonl", "other.jsonl")
        .replace(digest.expect("a digest"), &"0".repeat(64));
    configure(&scratch, &text);
    let lines = hang_up(&daemon, "what ran before runs on");
    let said = "reload: route push: json: unknown name \"txt\": what ran before runs on";
    assert!(lines.iter().any(|line| line.ends_with(said)), "{lines:?}");
    assert_eq!(client.post(&event(2, 100)).expect("an answer").status, 202);
    assert_eq!(client.get("/readyz").expect("an answer").status, 200);
    written(&scratch, 4);
    assert!(!scratch.path().join("other.jsonl").exists());
    let ledger = || fs::read_to_string(scratch.path().join("releases")).expect("a ledger");
    assert!(ledger().contains("harbour 1\n"), "{}", ledger());
    // Without the typo all of it changes.
    configure(&scratch, &text.replace("{{ txt }}", "{{ text }}"));
    let lines = hang_up(&daemon, "reload: done");
    assert!(lines.iter().any(|line| line.contains("release 2 follows release 1")), "{lines:?}");
    assert!(lines.iter().any(|line| line.contains("other routes begin")), "{lines:?}");
    assert_eq!(client.post(&event(3, 100)).expect("an answer").status, 401);
    assert!(ledger().contains("harbour 2\n"), "{}", ledger());
    // And what runs now is what the next change is held against.
    let lines = hang_up(&daemon, "reload: done");
    assert!(lines.iter().any(|line| line.contains("release 2 runs already")), "{lines:?}");
    assert!(!lines.iter().any(|line| line.contains("other routes begin")), "{lines:?}");
    daemon.stop();
}

/// A second bundle that is refused leaves the first as it was.
#[test]
fn a_bad_second_bundle_changes_nothing() {
    let scratch = desk("");
    release(scratch.path(), "harbour", 3);
    release(scratch.path(), "meridian", 3);
    Daemon::configure(scratch.path(), &format!("releases = \"releases\"\n{HTTP}{FILE}"));
    let bundle = format!("[{:?}]", bank("harbour"));
    configure(&scratch, &config(&scratch).replace(&bundle, "[\"harbour\", \"meridian\"]"));
    let daemon = Daemon::start(scratch.path());
    let ledger = scratch.path().join("releases");
    let entered = fs::read_to_string(&ledger).expect("a ledger");
    assert_eq!(entered, "tillbell releases 1\nharbour 3\nmeridian 3\n");
    release(scratch.path(), "harbour", 4);
    release(scratch.path(), "meridian", 2);
    let lines = hang_up(&daemon, "what ran before runs on");
    assert!(!lines.iter().any(|line| line.contains("follows release")), "{lines:?}");
    let because = "release 2 does not follow release 3";
    if !lines.iter().any(|line| line.contains(because)) {
        daemon.wait(because);
    }
    assert_eq!(fs::read_to_string(&ledger).expect("a ledger"), entered);
    assert_eq!(daemon.client().post(&event(1, 100)).expect("an answer").status, 202);
    written(&scratch, 2);
    release(scratch.path(), "meridian", 4);
    let lines = hang_up(&daemon, "reload: done");
    for bank in ["harbour", "meridian"] {
        let said = format!("bundle {bank:?}: release 4 follows release 3");
        assert!(lines.iter().any(|line| line.ends_with(&said)), "{lines:?}");
    }
    daemon.stop();
}

/// A rotated key is another route, though the configuration is the same.
#[test]
fn a_new_key_is_taken_at_a_reload() {
    let gateway = format!("{GATEWAY}hmac = {{ key-file = \"gateway.key\", header = \"X-S\" }}\n");
    let scratch = desk(&format!("{HTTP}{FILE}{gateway}"));
    let key = scratch.path().join("gateway.key");
    fs::write(&key, "one\n").expect("a key");
    let daemon = Daemon::start(scratch.path());
    let begin = |lines: &[String]| lines.iter().any(|line| line.contains("other routes begin"));
    assert!(!begin(&hang_up(&daemon, "reload: done")));
    fs::write(&key, "two\n").expect("a key");
    assert!(begin(&hang_up(&daemon, "reload: done")));
    fs::remove_file(&key).expect("removed");
    hang_up(&daemon, "gateway.key: cannot be read");
    assert_eq!(daemon.client().get("/readyz").expect("an answer").status, 200);
    daemon.stop();
}

/// Artefacts and keys come as files, as lists and as folders of them.
#[test]
fn folders_of_artefacts_and_lists_of_keys_load() {
    use std::process::Command;
    let scratch = desk("");
    let at = |name: &str| scratch.path().join(name).display().to_string();
    for folder in ["artefacts", "keys"] {
        fs::create_dir(scratch.path().join(folder)).expect("a folder");
    }
    for name in ["harbour", "meridian"] {
        let (secret, public) = (at(&format!("{name}.secret")), at(&format!("keys/{name}.pem")));
        for arguments in [
            vec!["genpkey", "-algorithm", "ed25519", "-out", &secret],
            vec!["pkey", "-in", &secret, "-pubout", "-out", &public],
        ] {
            assert!(Command::new("openssl").args(arguments).status().expect("openssl").success());
        }
        let output = at(&format!("artefacts/{name}.tillbell"));
        let folder = bank(name).display().to_string();
        let baked = tillbell(&["bake", &folder, "--sign", &secret, "-o", &output], b"");
        assert!(baked.status.success(), "{}", String::from_utf8_lossy(&baked.stderr));
    }
    fs::write(scratch.path().join("artefacts/README"), "no artefact").expect("written");
    let both = ["keys/harbour.pem", "keys/meridian.pem"].map(at);
    for (trust, bundles, said) in [
        ("\"keys\"", "[\"artefacts\"]", ": fine"),
        ("[\"keys/harbour.pem\", \"keys/meridian.pem\"]", "[\"artefacts\"]", ": fine"),
        ("\"keys/harbour.pem\"", "[\"artefacts/harbour.tillbell\"]", ": fine"),
        ("\"keys/harbour.pem\"", "[\"artefacts\"]", "meridian.tillbell is refused"),
        ("[]", "[\"artefacts\"]", "--trust names the public key"),
        ("\"keys\"", "[\"keys\"]", "no file in it ends with .tillbell"),
        ("\"artefacts\"", "[\"artefacts\"]", "no file in it ends with .pem"),
        ("[\"keys\", \"gone.pem\"]", "[\"artefacts\"]", "gone.pem"),
        ("7", "[\"artefacts\"]", "expected a path, or a list of paths"),
    ] {
        Daemon::configure(scratch.path(), &format!("trust = {trust}\n{HTTP}{FILE}"));
        let bundle = format!("[{:?}]", bank("harbour"));
        configure(&scratch, &config(&scratch).replace(&bundle, bundles));
        let (_, text) = check(&scratch);
        assert!(text.contains(said), "{trust} {bundles}: {text}");
    }
    let [one, other] = both;
    let folder = at("artefacts");
    let arguments = [
        ["run", folder.as_str()],
        ["--events", "examples/feeds/day.jsonl"],
        ["--trust", one.as_str()],
        ["--trust", other.as_str()],
    ]
    .concat();
    let ran = tillbell(&arguments, b"");
    // The day has lines that are no events.
    assert_eq!(ran.status.code(), Some(1), "{}", String::from_utf8_lossy(&ran.stderr));
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(said.contains("harbour") && said.contains("meridian"), "{said}");
}
