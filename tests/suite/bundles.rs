//! Bundles that must be refused, and why: before any event is read, with file,
//! line and key.

use std::fs;

use tillbell::{ErrorKind, Host, Limits, Target};
use tillbell_bake::Baker;
use tillbell_tests::{Scratch, bake, bank, host, open, signed, tillbell};

/// Changes a copy of a bank by one replacement and bakes it.
fn refused(file: &str, from: &str, to: &str) -> (ErrorKind, String) {
    let scratch = Scratch::copy_of_bank("harbour");
    scratch.replace(file, from, to);
    match bake(scratch.path()) {
        Ok(_) => panic!("accepted {to:?} in {file}"),
        Err(error) => (error.kind(), error.to_string()),
    }
}

#[test]
fn every_example_bank_is_accepted() {
    host(&[&bank("harbour"), &bank("meridian"), &bank("kite")]);
}

#[test]
fn a_missing_file_is_named() {
    let (kind, text) = refused("tillbell.toml", "rules.toml", "rulez.toml");
    assert_eq!(kind, ErrorKind::File);
    assert!(text.contains("\"rulez.toml\": no such file"), "{text}");
    let scratch = Scratch::copy_of_bank("harbour");
    fs::remove_file(scratch.path().join("components/template.wasm")).unwrap();
    let error = bake(scratch.path()).err().unwrap().to_string();
    assert!(error.contains("[renderer]: \"components/template.wasm\": no such file"), "{error}");
}

#[test]
fn nothing_outside_the_folder_can_be_named() {
    for path in ["../rules.toml", "/etc/hostname", "templates/../../x", "a/../rules.toml"] {
        let (kind, text) = refused("tillbell.toml", "rules.toml", path);
        assert_eq!(kind, ErrorKind::File, "{path}");
        assert!(text.contains(path) && text.contains("outside the bundle's folder"), "{text}");
    }
    let scratch = Scratch::copy_of_bank("harbour");
    let rules = scratch.path().join("rules.toml");
    fs::remove_file(&rules).unwrap();
    std::os::unix::fs::symlink("/etc/hostname", &rules).unwrap();
    let error = bake(scratch.path()).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::File);
    assert!(error.to_string().contains("\"rules.toml\": leads outside"), "{error}");
}

#[test]
fn a_wrong_world_is_named() {
    let (kind, text) =
        refused("tillbell.toml", "components/routing.wasm", "components/template.wasm");
    assert_eq!(kind, ErrorKind::Component);
    assert!(text.contains("tillbell:plugin/routing@0.2.0"), "{text}");
}

#[test]
fn a_foreign_import_is_named() {
    // (component (import "wasi:cli/stdout@0.2.0" (instance))), and a core
    // module that imports env.get.
    let component: &[u8] = &[
        0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00, 0x07, 0x03, 0x01, 0x42, 0x00, 0x0a, 0x1a,
        0x01, 0x00, 0x15, b'w', b'a', b's', b'i', b':', b'c', b'l', b'i', b'/', b's', b't', b'd',
        b'o', b'u', b't', b'@', b'0', b'.', b'2', b'.', b'0', 0x05, 0x00,
    ];
    let module: &[u8] = &[
        0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x04, 0x01, 0x60, 0x00, 0x00, 0x02,
        0x0b, 0x01, 0x03, b'e', b'n', b'v', 0x03, b'g', b'e', b't', 0x00, 0x00,
    ];
    for (wasm, import) in [(component, "wasi:cli/stdout@0.2.0"), (module, "env#get")] {
        let scratch = Scratch::copy_of_bank("harbour");
        fs::write(scratch.path().join("components/routing.wasm"), wasm).unwrap();
        let error = bake(scratch.path()).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Component, "{error}");
        assert!(error.to_string().contains(&format!("imports \"{import}\"")), "{error}");
    }
}

#[test]
fn what_is_no_component_is_refused() {
    for bytes in [&b""[..], b"hello", b"\0asm", b"\0asm\x0d\0\x01\0\xff\xff"] {
        let scratch = Scratch::copy_of_bank("harbour");
        fs::write(scratch.path().join("components/routing.wasm"), bytes).unwrap();
        let error = bake(scratch.path()).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Component, "{bytes:?}: {error}");
    }
    let scratch = Scratch::copy_of_bank("harbour");
    fs::write(scratch.path().join("components/routing.wasm"), vec![0; 1024 * 1024 + 1]).unwrap();
    let error = bake(scratch.path()).err().unwrap().to_string();
    assert!(error.contains("larger than 1048576 bytes"), "{error}");
}

#[test]
fn ranges_that_overlap_do_not_load_together() {
    let mut host = Host::new(Limits::default()).unwrap();
    host.load(&bake(&bank("harbour")).unwrap()).unwrap();
    let scratch = Scratch::copy_of_bank("harbour");
    scratch.replace("tillbell.toml", "id = \"harbour\"", "id = \"impostor\"");
    let error = host.load(&bake(scratch.path()).unwrap()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Overlap);
    assert!(
        error.to_string().contains("\"impostor\"") && error.to_string().contains("\"harbour\"")
    );
    let error = host.load(&bake(&bank("harbour")).unwrap()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Overlap);
    // The host is as it was: another bank still loads.
    host.load(&bake(&bank("kite")).unwrap()).unwrap();
    assert_eq!(host.manifests().count(), 2);
}

#[test]
fn a_broken_rule_is_refused_with_file_and_line() {
    let (kind, text) = refused("rules.toml", "when = '", "when = '&& ");
    assert_eq!(kind, ErrorKind::Configuration);
    assert!(text.contains("bundle \"harbour\": router: rules.toml:"), "{text}");
    assert!(text.contains(": when: "), "{text}");
}

/// The plugin takes a thousand; what they need is the platform's to allow.
#[test]
fn a_thousand_rules_need_more_than_the_usual_memory() {
    let scratch = Scratch::copy_of_bank("harbour");
    let rule = |number| {
        format!(
            "[[rule]]\nname = \"rule-{number}\"\n\
             when = 'kind == \"purchase\" && merchant_id == \"{number:015}\"'\nnotify = \"n\"\n\
             to = [{{ party = \"cardholder\", template = \"kind\" }}, \
             {{ party = \"merchant\", template = \"kind\" }}]\n"
        )
    };
    let rules: String = (1..=1_000).map(rule).collect();
    let rules =
        format!("[bank]\nlocales = [\"zh-CN\"]\n{rules}[default]\nsuppress = \"no-rule\"\n");
    fs::write(scratch.path().join("rules.toml"), rules).unwrap();
    let error = bake(scratch.path()).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
    assert!(error.to_string().contains("after configuration, limit 2097152"), "{error}");
    let limits = Limits { memory_bytes: 8 * 1024 * 1024, ..Limits::default() };
    let baker = Baker::new(limits.clone(), Target::host(), None).unwrap();
    let draft = baker.bake(&open(scratch.path()).unwrap(), &|_| ()).unwrap();
    Host::new(limits).unwrap().load(&signed(&draft)).unwrap();
}

#[test]
fn a_broken_template_is_refused_with_file_and_line() {
    let scratch = Scratch::copy_of_bank("harbour");
    let file = "templates/purchase.cardholder.zh-CN.txt";
    fs::write(scratch.path().join(file), "{{ signature }}\n{{ ammount }}").unwrap();
    let error = bake(scratch.path()).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.to_string().contains(&format!("{file}:2: ")), "{error}");
}

#[test]
fn a_template_that_could_never_be_sent_is_refused() {
    for (text, expected) in [
        (
            "{{ amount|money }}",
            "the guard would block a text of template \"purchase\" to the \
          cardholder in zh-CN (purchase as usual): signature: ",
        ),
        ("{{ signature }}4242 4242 4242 4242", "txt:1: pan: "),
        ("{{ signature }}{{ signature }}", "(purchase as usual): signature: "),
        // What it adds up is no fact, and no entry of the manifest makes it one.
        (
            "{{ signature }}{{ amount.minor_units * 2 }}",
            "(purchase as usual): unaccounted: a number that nothing accounts for: \
             \"【海港银行】«25700»\"",
        ),
        // In a branch that few transactions take.
        (
            "{{ signature }}{{ amount|money }}{% if amount.currency == \"KWD\" %}, {{ amount.minor_units }}{% endif %}",
            "(purchase in KWD): unaccounted: a number that nothing accounts for: \
             \"【海港银行】KWD 12.850, «12850»\"",
        ),
        ("{{ signature }}{{ \"很长的话\" * 60 }}", "segments, limit"),
    ] {
        let scratch = Scratch::copy_of_bank("harbour");
        let file = "templates/purchase.cardholder.zh-CN.txt";
        fs::write(scratch.path().join(file), text).unwrap();
        let error = bake(scratch.path()).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(error.to_string().contains(expected), "{error}");
    }
}

/// A constant on a road that no sample takes is found in the template, or the part that it
/// includes, and the line that is told cures it.
#[test]
fn a_constant_that_nothing_explains_is_refused_with_the_line_that_cures_it() {
    let part = "templates/_cardholder.zh-CN.txt";
    for (text, place, cure) in [
        ("，24小时在线", "\"，«24»小时在线\"", "phrases = [\"24小时在线\"]"),
        (
            "，投诉请拨12378901",
            "\"，投诉请拨«12378901»\"",
            "numbers = [{ number = \"12378901\", purpose = \"…\" }]",
        ),
        (
            "，见 bank.example/help",
            "\"，见 «bank.example»/help\"",
            "allowed-links = [\"bank.example\"]",
        ),
        (
            "，回复BLOCK{{ card.last4 }}到9215 锁卡",
            "\"，回复BLOCK{}到«9215» 锁卡\"",
            "phrases = [\"9215 锁卡\"]",
        ),
    ] {
        let scratch = Scratch::copy_of_bank("harbour");
        let path = scratch.path().join(part);
        let source = fs::read_to_string(&path).unwrap();
        let line = source.lines().count() + 1;
        fs::write(
            &path,
            format!("{source}{{% if merchant_name == \"nobody\" %}}{text}{{% endif %}}"),
        )
        .unwrap();
        let error = bake(scratch.path()).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        let error = error.to_string();
        assert!(error.contains(&format!("renderer: {part}:{line}: ")), "{error}");
        assert!(error.contains(place), "{error}");
        let told = error.split_once("tillbell.toml needs: ").expect(&error).1;
        assert_eq!(told, cure);
        scratch.replace("tillbell.toml", "locale =", &format!("{told}\nlocale ="));
        bake(scratch.path()).unwrap_or_else(|error| panic!("{told}: {error}"));
    }
}

/// A plugin that is no set of templates says nothing of its constants: they are found by
/// rehearsing.
#[test]
fn what_a_program_writes_is_rehearsed() {
    let scratch = Scratch::copy_of_bank("kite");
    for entry in fs::read_dir(scratch.path().join("templates")).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap().to_string_lossy().starts_with("refund.") {
            fs::remove_file(path).unwrap();
        }
    }
    let artefact = bake(scratch.path()).unwrap();
    let warnings = &artefact.plugins()[0].warnings;
    assert!(
        warnings[0].starts_with(
            "asks for what the renderer does not have (template \"refund\" to the cardholder in "
        ),
        "{warnings:?}"
    );
}

/// What a kind ends in is a matter of the bank, so nothing is refused for it;
/// each of the example banks has a rule for each kind.
#[test]
fn a_kind_that_no_rule_meets_is_a_warning() {
    for name in ["harbour", "meridian", "kite"] {
        let artefact = bake(&bank(name)).unwrap();
        let warnings = artefact.plugins().iter().map(|plugin| plugin.warnings.len());
        assert_eq!(warnings.sum::<usize>(), 0, "{name}");
    }
    let scratch = Scratch::copy_of_bank("harbour");
    let rule = |more: &str| format!("when = 'kind == \"adjustment\"{more}'");
    scratch.replace("rules.toml", &rule(""), &rule(" && merchant_id == \"898310057340001\""));
    let path = scratch.path().display().to_string();
    // Baked, and then found baked.
    for _ in 0..2 {
        let output = tillbell(&["run", &path, "--events", "-"], b"");
        assert_eq!(output.status.code(), Some(0));
        assert_eq!(
            String::from_utf8_lossy(&output.stderr),
            "warning: bundle \"harbour\": router: no rule meets kind \"adjustment\": \
             it ends in the default \"no-rule\"\n"
        );
    }
}

#[test]
fn a_broken_profile_is_refused_with_file_and_line() {
    let scratch = Scratch::copy_of_bank("harbour");
    let text = fs::read_to_string(scratch.path().join("privacy.toml")).unwrap();
    let lines = text.lines().count();
    fs::write(scratch.path().join("privacy.toml"), format!("{text}\n[nonsense]\na = 1\n")).unwrap();
    let error = bake(scratch.path()).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.to_string().contains(&format!("privacy.toml:{}", lines + 2)), "{error}");
}

#[test]
fn the_command_refuses_before_it_reads_an_event() {
    let scratch = Scratch::copy_of_bank("harbour");
    scratch.replace("tillbell.toml", "release = ", "relaese = ");
    let path = scratch.path().display().to_string();
    let output = tillbell(&["run", &path, "--events", "-"], b"{}\n");
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("unknown field `relaese`") && text.contains("tillbell.toml:"), "{text}");
}

/// A component that was built before there were counters imports nothing of them,
/// and one that asks for what its bundle was not granted is told so.
#[test]
fn plugins_without_counters_run_and_those_without_a_grant_are_silent() {
    // Kite's router imports types alone.
    let kite = tillbell_tests::tillbell(
        &["inspect", &tillbell_tests::bank("kite").display().to_string()],
        b"",
    );
    let shown = String::from_utf8_lossy(&kite.stdout).into_owned();
    let router = shown.split("router").nth(1).expect("a router");
    let imports = router.lines().find(|line| line.contains("imports")).expect("its imports");
    assert!(!imports.contains("counters"), "{shown}");
}
