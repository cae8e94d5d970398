//! What a host loads: artefacts that a trusted key signed, for its target, its
//! version and settings, of a release that is not older than what ran.

use std::fs;
use std::path::Path;

use tillbell::{
    Artefact, Draft, Error, ErrorKind, Host, Limits, PublicKey, ReleaseLedger, Target, Trust,
};
use tillbell_bake::{Baker, SigningKey};
use tillbell_tests::properties::artefact::{assert_refused, small, trust};
use tillbell_tests::{Scratch, bake, bank, key, open, signed, tillbell, transaction};

const PURCHASE: &str = r#"{"kind":"purchase","approval":"approved","amount":{"minor_units":12850,"currency":"CNY"},"time":"2026-11-20T08:31:05+08:00","card":{"pan":"6216261000000000018"},"cardholder":{"name":"欧阳娜娜","phone":"13800138000"},"merchant":{"name":"咖啡实验室","city":"上海","country":"CN","id":"898310057340001","terminal":"00000312","phone":"02155550100"},"rrn":"632408000123","stan":"000123"}"#;

/// The key of RFC 8032, section 7.1, test 1, as OpenSSL writes it.
const SECRET_PEM: &str = "-----BEGIN PRIVATE KEY-----\n\
    MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n\
    -----END PRIVATE KEY-----\n";
const PUBLIC_PEM: &str = "-----BEGIN PUBLIC KEY-----\n\
    MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n\
    -----END PUBLIC KEY-----\n";
/// Another: of test 2.
const OTHER_PUBLIC_PEM: &str = "-----BEGIN PUBLIC KEY-----\n\
    MCowBQYDK2VwAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=\n\
    -----END PUBLIC KEY-----\n";

#[test]
fn every_flipped_byte_of_an_artefact_is_refused() {
    assert!(Artefact::from_bytes(small(), &trust()).is_ok());
    for at in 0..small().len() {
        let mut bytes = small().to_vec();
        bytes[at] ^= 1 << (at % 8);
        assert_refused(&bytes);
    }
}

#[test]
fn every_cut_of_an_artefact_and_what_is_put_behind_it_is_refused() {
    for length in 0..small().len() {
        assert_refused(&small()[..length]);
    }
    assert_refused(&[small(), &[0]].concat());
}

#[test]
fn a_files_flipped_bytes_are_refused_before_it_is_mapped() {
    let scratch = Scratch::new();
    let path = scratch.path().join("harbour.tillbell");
    let draft = draft(&bank("harbour"), Target::host());
    let good = key().seal(&draft);
    for at in (0..good.len()).step_by(good.len() / 97) {
        let mut bytes = good.clone();
        bytes[at] ^= 0x80;
        fs::write(&path, &bytes).unwrap();
        assert!(Artefact::open(&path, &trusting(key().public())).is_err(), "byte {at}");
    }
    fs::write(&path, &good).unwrap();
    let artefact = Artefact::open(&path, &trusting(key().public())).unwrap();
    let mut host = Host::new(limits()).unwrap();
    host.load(&artefact).unwrap();
    // The pages live as long as the host, not as the value or the name.
    drop(artefact);
    fs::remove_file(&path).unwrap();
    assert_eq!(texts(&host).len(), 2);
}

#[test]
fn what_does_not_fit_is_named() {
    let error = Artefact::from_bytes(&key().seal(&draft(&bank("kite"), Target::host())), &trust())
        .unwrap_err();
    let expected = format!("is signed by key {}, which is not trusted", key().public().id());
    assert_is(&error, ErrorKind::Untrusted, &expected);

    let mut host = Host::new(limits()).unwrap();
    let other = match Target::host() {
        Target::Aarch64 => Target::X86_64,
        _ => Target::Aarch64,
    };
    let error = host.load(&signed(&draft(&bank("harbour"), other))).unwrap_err();
    let expected =
        format!("bundle \"harbour\": was baked for {other}, this host runs {}", Target::host());
    assert_is(&error, ErrorKind::Artefact, &expected);

    let manifest = fs::read_to_string(bank("harbour").join("tillbell.toml")).unwrap();
    let plugins = Artefact::from_bytes(small(), &trust()).unwrap().plugins().to_vec();
    let older = Draft::new(
        manifest,
        Target::host(),
        "wasmtime 47, settings 1".into(),
        plugins,
        vec![Vec::new(); 3],
    );
    let error = host.load(&signed(&older)).unwrap_err();
    let expected = "bundle \"harbour\": was baked for wasmtime 47, settings 1, this host runs \
                    wasmtime 48, settings 2";
    assert_is(&error, ErrorKind::Artefact, expected);

    let fuelled = Limits { fuel: Some(50_000_000), ..limits() };
    let error = Host::new(fuelled).unwrap().load(&bake(&bank("harbour")).unwrap()).unwrap_err();
    let expected = "bundle \"harbour\": was baked for wasmtime 48, settings 2, this host runs \
                    wasmtime 48, settings 2, fuel";
    assert_is(&error, ErrorKind::Artefact, expected);
}

#[test]
fn a_key_signs_for_the_bundles_it_is_trusted_with() {
    let bytes = key().seal(&draft(&bank("harbour"), Target::host()));
    let mut trust = Trust::new();
    trust.add(key().public(), Some("meridian")).unwrap();
    let error = Artefact::from_bytes(&bytes, &trust).unwrap_err();
    let expected =
        format!("is signed by key {}, which is not trusted with \"harbour\"", key().public().id());
    assert_is(&error, ErrorKind::Untrusted, &expected);
    trust.add(key().public(), Some("harbour")).unwrap();
    assert!(Artefact::from_bytes(&bytes, &trust).is_ok());
}

#[test]
fn a_release_below_one_that_ran_does_not_run_again() {
    let scratch = Scratch::new();
    let path = scratch.path().join("releases");
    let host = || {
        let ledger = ReleaseLedger::open(&path).unwrap();
        Host::builder(limits()).ledger(ledger).build().unwrap()
    };
    host().load(&release(4)).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "tillbell releases 1\nharbour 4\n");

    let mut second = host();
    second.load(&release(4)).unwrap();
    second.replace(&release(6)).unwrap();

    let mut third = host();
    let error = third.load(&release(5)).unwrap_err();
    let expected = "bundle \"harbour\": release 5, but 6 ran before";
    assert_is(&error, ErrorKind::Downgrade, expected);
    third.load(&release(6)).unwrap();
    assert_eq!(ReleaseLedger::open(&path).unwrap().release("harbour"), Some(6));
    assert_eq!(ReleaseLedger::open(&path).unwrap().release("kite"), None);
}

#[test]
fn a_release_that_cannot_be_entered_does_not_run() {
    let scratch = Scratch::new();
    let ledger = ReleaseLedger::open(&scratch.path().join("no/folder")).unwrap();
    let mut host = Host::builder(limits()).ledger(ledger).build().unwrap();
    let error = host.load(&release(1)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::File, "{error}");
    assert!(error.to_string().ends_with("cannot be written"), "{error}");
    assert_eq!(host.manifests().count(), 0);
}

#[test]
fn a_ledger_that_is_none_stops_the_host() {
    let scratch = Scratch::new();
    let path = scratch.path().join("releases");
    for (text, expected) in [
        ("", "line 1: expected \"tillbell releases 1\""),
        ("harbour 1\n", "line 1: expected"),
        ("tillbell releases 1\nharbour\n", "line 2: expected a bundle and its release"),
        ("tillbell releases 1\nharbour 1\nkite x\n", "line 3: expected"),
        ("tillbell releases 1\nharbour 12", "is cut short"),
        (&"x".repeat(2_000_000), "cannot be read"),
    ] {
        fs::write(&path, text).unwrap();
        let error = ReleaseLedger::open(&path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::File);
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn the_interpreter_says_what_native_code_says() {
    let interpreted = signed(&draft(&bank("harbour"), Target::interpreter()));
    let mut host = Host::builder(limits()).target(Target::interpreter()).build().unwrap();
    host.load(&interpreted).unwrap();
    let mut native = Host::new(limits()).unwrap();
    native.load(&bake(&bank("harbour")).unwrap()).unwrap();
    assert_eq!(texts(&host).len(), 2);
    assert_eq!(texts(&host), texts(&native));
}

#[test]
fn a_host_without_a_clock_of_its_own_is_ticked() {
    let limits = Limits { deadline_ms: 1, ..Limits::default() };
    let guest = tillbell_tests::guests::Guest::read("spin").in_bank();
    let mut host = Host::builder(limits).ticked().build().unwrap();
    host.load(&bake(guest.path()).unwrap()).unwrap();
    let refund = transaction(&PURCHASE.replace("purchase", "refund"));
    let outcome = std::thread::scope(|scope| {
        let call = scope.spawn(|| host.process(&refund, refund.time));
        let ticker = host.ticker();
        while !call.is_finished() {
            ticker.tick();
            std::thread::yield_now();
        }
        call.join().unwrap()
    });
    assert_eq!(outcome.failures[0].kind, ErrorKind::Deadline);
}

#[test]
fn the_command_signs_with_openssls_keys_and_runs_what_it_trusts() {
    let scratch = Scratch::new();
    let at = |name: &str| scratch.path().join(name).display().to_string();
    fs::write(at("bank.pem"), SECRET_PEM).unwrap();
    fs::write(at("bank.pub.pem"), PUBLIC_PEM).unwrap();
    fs::write(at("other.pub.pem"), OTHER_PUBLIC_PEM).unwrap();
    let (harbour, file) = (bank("harbour").display().to_string(), at("harbour.tillbell"));
    let baked = tillbell(&["bake", &harbour, "--sign", &at("bank.pem"), "-o", &file], b"");
    assert!(baked.status.success(), "{baked:?}");
    let public = SigningKey::from_pem(SECRET_PEM).unwrap().public();
    let printed = String::from_utf8(baked.stdout).unwrap();
    assert!(printed.ends_with(&format!("for {}, signed by {}\n", Target::host(), public.id())));

    let run = |trust: &[&str]| {
        let arguments = [&["run", &file, "--events", "-"], trust].concat();
        let output = tillbell(&arguments, PURCHASE.as_bytes());
        let said = if output.status.success() { output.stdout } else { output.stderr };
        (output.status.code(), String::from_utf8(said).unwrap())
    };
    let (code, said) = run(&["--trust", &at("bank.pub.pem")]);
    assert_eq!(code, Some(0));
    assert!(said.contains("海港银行"), "{said}");
    let (code, said) = run(&["--trust", &at("other.pub.pem")]);
    assert_eq!(code, Some(2));
    assert!(said.contains(&format!("is signed by key {}", public.id())), "{said}");
    let (code, said) = run(&[]);
    assert_eq!(code, Some(2));
    assert!(said.contains("--trust names the public key of who signed it"), "{said}");
    let (code, said) = run(&["--trust", &at("bank.pem")]);
    assert_eq!(code, Some(2));
    assert!(said.contains("expected a PEM public key"), "{said}");
}

fn limits() -> Limits {
    Limits { deadline_ms: 250, ..Limits::default() }
}

fn trusting(key: PublicKey) -> Trust {
    let mut trust = Trust::new();
    trust.add(key, None).expect("one key");
    trust
}

fn draft(folder: &Path, target: Target) -> Draft {
    let bundle = open(folder).expect("a bundle");
    let baker = Baker::new(Limits::default(), target, None).expect("a baker");
    baker.bake(&bundle, &|_| ()).expect("a bundle that bakes")
}

fn release(number: u64) -> Artefact {
    let folder = Scratch::copy_of_bank("harbour");
    folder.replace("tillbell.toml", "release = 1", &format!("release = {number}"));
    bake(folder.path()).expect("a release that bakes")
}

fn texts(host: &Host) -> Vec<String> {
    let purchase = transaction(PURCHASE);
    let outcome = host.process(&purchase, purchase.time);
    assert_eq!(outcome.failures, []);
    outcome.messages.into_iter().map(|message| message.text).collect()
}

fn assert_is(error: &Error, kind: ErrorKind, text: &str) {
    assert_eq!((error.kind(), error.to_string().as_str()), (kind, text));
}
