//! The renderer in JavaScript of `examples/languages/javascript`: built from npm, baked for
//! the wide engine and run. Where its packages cannot be fetched it is not run, which in CI
//! is a failure.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use tillbell::{Bundle, Limits, Target, WideLimits};
use tillbell_bake::Baker;
use tillbell_tests::{Scratch, cache_path, copy, root, tillbell};

/// What the component is made of.
const SOURCES: [&str; 4] = ["renderer.js", "build.js", "package.json", "package-lock.json"];
/// What is the bundle in the example's folder.
const BUNDLE: [&str; 7] = [
    "tillbell.toml",
    "rules.toml",
    "privacy.toml",
    "texts.json",
    "events.jsonl",
    "tests",
    "components",
];
/// How long npm may take, in seconds.
const INSTALL_SECONDS: &str = "300";

fn example() -> PathBuf {
    root().join("examples/languages/javascript")
}

/// The bundle with its renderer built; none where it cannot be, and this is not CI.
fn bundle() -> Option<Scratch> {
    let component = example().join("components/renderer.wasm");
    if !is_newer(&component, &SOURCES.map(|source| example().join(source)))
        && let Err(why) =
            install().and_then(|()| run("node", &["build.js", "components/renderer.wasm"]))
    {
        assert!(
            std::env::var_os("TILLBELL_CI").is_none(),
            "JavaScript's renderer is not built: {why}"
        );
        println!("not run: {why}");
        return None;
    }
    let scratch = Scratch::new();
    for file in BUNDLE {
        let (from, to) = (example().join(file), scratch.path().join(file));
        if from.is_dir() {
            fs::create_dir_all(&to).expect("a folder made");
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).expect("a file copied");
        }
    }
    Some(scratch)
}

/// Whether a file is there and newer than others.
fn is_newer(file: &Path, others: &[PathBuf]) -> bool {
    let changed = |path: &Path| -> Option<SystemTime> { path.metadata().ok()?.modified().ok() };
    changed(file).is_some_and(|own| {
        others.iter().all(|other| changed(other).is_some_and(|other| other <= own))
    })
}

/// Fetches the packages that the lock file names, unless they are there.
fn install() -> Result<(), String> {
    let lock = example().join("package-lock.json");
    if is_newer(&example().join("node_modules/.package-lock.json"), &[lock]) {
        return Ok(());
    }
    let arguments = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"];
    run("timeout", &[&[INSTALL_SECONDS], &arguments[..]].concat())
}

fn run(program: &str, arguments: &[&str]) -> Result<(), String> {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(example())
        .output()
        .map_err(|error| format!("{program}: {error}"))?;
    match output.status.success() {
        true => Ok(()),
        false => {
            let said = [output.stdout, output.stderr].concat();
            Err(format!("{program}: {}", String::from_utf8_lossy(&said)))
        }
    }
}

/// Bakes a bundle into the cache of the suite's commands, each of which has two minutes: a
/// busy machine takes longer for this.
fn bake(folder: &Path) {
    let limits = Limits { wide: Some(WideLimits::default()), ..Limits::default() };
    let open = |path: &Path| Dir::open_ambient_dir(path, ambient_authority()).expect("a folder");
    let builtin = |name: &str| {
        let module = tillbell_builtin::module(name).expect("a plugin of the command");
        Ok(module.to_vec())
    };
    let bundle = Bundle::open_with(&open(folder), &limits, &builtin).expect("a bundle");
    fs::create_dir_all(cache_path()).expect("the cache's folder");
    let baker = Baker::new(limits, Target::host(), Some(open(&cache_path()))).expect("a baker");
    baker.bake(&bundle, &|_| ()).expect("baked");
}

/// As its author tests it, without a sandbox and without a package.
#[test]
fn the_renderers_own_tests_pass() {
    match run("node", &["--test"]) {
        Ok(()) => {}
        Err(why)
            if std::env::var_os("TILLBELL_CI").is_none()
                && why.starts_with("node: No such file") =>
        {
            println!("not run: {why}");
        }
        Err(why) => panic!("{why}"),
    }
}

/// One test, for the bundle is baked once.
#[test]
fn the_example_is_built_baked_tested_and_run() {
    let Some(bundle) = bundle() else { return };
    bake(bundle.path());
    let folder = bundle.path().to_str().expect("a path in UTF-8");
    let events = format!("{folder}/events.jsonl");
    let output = |arguments: &[&str]| {
        let output = tillbell(arguments, b"");
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(said).expect("UTF-8"))
    };

    let (passed, said) = output(&["test", folder]);
    assert!(passed, "{said}");
    let (strictly, said) = output(&["run", folder, "--events", &events, "--strict"]);
    assert!(strictly, "{said}");
    for text in [
        "Lantern Bank: Purchase KWD 12.500 at Souq Al-Mubarakiya on 20 Nov 09:30, card 4242. \
         Bal KWD 412.350. Not you? +965 1800 800.",
        "Lantern Bank: Purchase JPY 123,450 at 東京駅 喫茶室 on 20 Nov 21:05, card 4444. Not \
         you? +965 1800 800.",
    ] {
        assert!(said.contains(text), "{said}");
    }

    // A daemon that does not allow it says so.
    fs::write(
        bundle.path().join("serve.toml"),
        format!("outbox = \"outbox.db\"\nbundles = [{folder:?}]\n[[route]]\nchannel = \"sms\"\nfile = \"out\"\n"),
    )
    .expect("a configuration");
    let serve = format!("{folder}/serve.toml");
    let (passed, said) = output(&["serve", "--config", &serve, "--check"]);
    assert!(!passed && said.contains("this platform has no wide engine"), "{said}");
    let configuration = fs::read_to_string(&serve).expect("a configuration");
    fs::write(&serve, format!("platform.wide = true\n{configuration}")).expect("a configuration");
    let (passed, said) = output(&["serve", "--config", &serve, "--check"]);
    assert!(passed, "{said}");
}
