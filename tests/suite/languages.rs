//! Plugins in other languages than the reference plugins': from `tillbell new` to a tested
//! bundle, in a folder outside the repository; what is said of those that cannot work.
//!
//! `tests/tools.sh` has the compilers. One that it could not fetch is not run, and is a failure
//! in CI (`TILLBELL_CI`).

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tillbell_tests::{Scratch, Watched, binary, cache_path, root};
use wit_parser::{Resolve, SizeAlign, TypeDefKind};

const ROLES: [&str; 3] = ["router", "masker", "renderer"];
const CLANG: &str = "clang";

/// The folder in which cargo builds.
fn target() -> PathBuf {
    binary().ancestors().nth(2).expect("target/PROFILE/tillbell").to_owned()
}

/// Zig, as `tests/tools.sh` has it.
fn zig() -> String {
    format!("{} -m ziglang", target().join("ziglang/bin/python").display())
}

/// Whether a compiler is there; in CI it must be.
fn is_there(compiler: &str, what: &[&str]) -> bool {
    let mut words = compiler.split(' ');
    let mut command = Command::new(words.next().expect("a program"));
    let is_there = command.args(words).args(what).output().is_ok_and(|all| all.status.success());
    let is_ci = std::env::var_os("TILLBELL_CI").is_some();
    assert!(is_there || !is_ci, "{compiler} is missing: tests/tools.sh");
    if !is_there {
        eprintln!("not run: {compiler} is missing");
    }
    is_there
}

fn has_clang() -> bool {
    is_there(CLANG, &["--version"]) && is_there("wasm-ld", &["--version"])
}

/// Runs a program in a folder with these variables; its exit code and what it printed.
fn run(folder: &Path, program: &str, arguments: &[&str], more: &[(&str, &str)]) -> (i32, String) {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .env("TILLBELL_CACHE", cache_path())
        // One folder for all crates: what they depend on is compiled once.
        .env("CARGO_TARGET_DIR", target().join("languages"))
        .envs(more.iter().copied())
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    (output.status.code().expect("an exit code"), text)
}

fn tillbell(folder: &Path, arguments: &[&str], more: &[(&str, &str)]) -> (i32, String) {
    run(folder, binary().to_str().expect("UTF-8"), arguments, more)
}

/// From nothing to a bundle that is built, tested and run; gives what `run` printed.
fn begin(role: &str, language: &str, name: &str, native: &[&str], more: &[(&str, &str)]) -> String {
    let scratch = Scratch::new();
    let (code, text) = tillbell(scratch.path(), &["new", role, name, "--lang", language], more);
    assert_eq!(code, 0, "{text}");
    let folder = scratch.path().join(name);
    let (code, text) = run(&folder, native[0], &native[1..], more);
    assert_eq!(code, 0, "{role} {language}: {text}");
    for (arguments, expected) in [
        (&["build"][..], "components/plugin.wasm: "),
        (&["test", "."], "2 cases: 2 passed, 0 failed"),
    ] {
        let (code, text) = tillbell(&folder, arguments, more);
        assert_eq!(code, 0, "{role} {language}: {text}");
        assert!(text.contains(expected), "{role} {language}: {text}");
    }
    let feed = ["run", ".", "--events", "events.jsonl", "--strict"];
    let (code, text) = tillbell(&folder, &feed, more);
    assert_eq!(code, 0, "{role} {language}: {text}");
    assert!(text.contains("4 transactions: 3 notified, 1 suppressed"), "{text}");
    text
}

/// The same words, whoever says them: all bundles of one name print the same day.
fn all_roles(language: &str, native: &[&str], more: &[(&str, &str)]) {
    let days = ROLES.map(|role| begin(role, language, "lantern", native, more));
    assert!(
        days[0].contains("Lantern Bank: 您尾号4242的卡11月20日08:31:05在咖啡实验室消费128.50元"),
        "{}",
        days[0]
    );
    assert!(days[0].contains("Lantern Bank: KWD 2.500 of KWD 12.500 at Souq"), "{}", days[0]);
    assert!(days.iter().all(|day| *day == days[0]), "{days:#?}");
}

#[test]
fn a_plugin_in_rust_begins_with_one_command() {
    all_roles("rust", &["cargo", "test", "--release", "--quiet", "--locked"], &[]);
}

#[test]
fn a_plugin_in_c_begins_with_one_command() {
    if has_clang() {
        all_roles("c", &["make", "test"], &[("CC", CLANG)]);
    }
    if is_there(&zig(), &["version"]) {
        begin("renderer", "c", "lantern", &["make", "test"], &[("CC", &format!("{} cc", zig()))]);
    }
}

#[test]
fn a_plugin_in_zig_begins_with_one_command() {
    if is_there(&zig(), &["version"]) {
        all_roles("zig", &["make", "test"], &[("ZIG", &zig())]);
    }
}

/// The names in C and Zig of what stands in the WIT.
fn spelled(name: &str, is_camel: bool) -> String {
    let words = name.split('-').map(|word| match is_camel {
        true => word[..1].to_uppercase() + &word[1..],
        false => word.to_owned(),
    });
    words.collect::<Vec<_>>().join(if is_camel { "" } else { "_" })
}

/// Every record and variant of the interface, and each field of it, lies in C and in Zig where
/// the component model has it.
#[test]
fn the_bindings_by_hand_are_those_of_the_interface() {
    let mut resolve = Resolve::default();
    resolve.push_dir(root().join("wit/0.2")).expect("an interface");
    let mut sizes = SizeAlign::default();
    sizes.fill(&resolve);
    let mut c = String::from("#include \"tillbell.h\"\n");
    let mut zig_text = String::from("const tillbell = @import(\"tillbell.zig\");\ncomptime {\n");
    let mut checked = 0;
    for (id, own) in resolve.types.iter() {
        let Some(name) = &own.name else { continue };
        let mut fields = Vec::new();
        match &own.kind {
            TypeDefKind::Record(record) => {
                let offsets = sizes.field_offsets(record.fields.iter().map(|field| &field.ty));
                for (field, (offset, _)) in record.fields.iter().zip(offsets) {
                    fields.push((spelled(&field.name, false), offset.size_wasm32()));
                }
            }
            TypeDefKind::Variant(variant) => {
                let cases = variant.cases.iter().map(|case| case.ty.as_ref());
                let offset = sizes.payload_offset(variant.tag(), cases).size_wasm32();
                fields.push(("value".to_owned(), offset));
            }
            _ => continue,
        }
        checked += 1;
        let bytes = sizes.size(&wit_parser::Type::Id(id)).size_wasm32();
        let (in_c, in_zig) = (spelled(name, false), spelled(name, true));
        writeln!(c, "_Static_assert(sizeof(tillbell_{in_c}) == {bytes}, \"{name}\");").unwrap();
        writeln!(zig_text, "if (@sizeOf(tillbell.{in_zig}) != {bytes}) @compileError(\"{name}\");")
            .unwrap();
        for (field, offset) in fields {
            let c_field = if field == "template" { "template_name" } else { &field };
            writeln!(
                c,
                "_Static_assert(offsetof(tillbell_{in_c}, {c_field}) == {offset}, \"{name}.{field}\");"
            )
            .unwrap();
            writeln!(
                zig_text,
                "if (@offsetOf(tillbell.{in_zig}, \"{field}\") != {offset}) @compileError(\"{name}.{field}\");"
            )
            .unwrap();
        }
    }
    zig_text.push_str("}\n");
    assert!(checked > 20, "{checked} types");
    let scratch = Scratch::new();
    let languages = root().join("examples/languages");
    for file in ["c/tillbell.h", "zig/tillbell.zig"] {
        let name = file.split('/').next_back().expect("a file");
        fs::copy(languages.join(file), scratch.path().join(name)).expect("copied");
    }
    fs::write(scratch.path().join("layout.c"), c).expect("written");
    fs::write(scratch.path().join("layout.zig"), zig_text).expect("written");
    if has_clang() {
        let arguments =
            ["--target=wasm32-freestanding", "-ffreestanding", "-fsyntax-only", "layout.c"];
        let (code, text) = run(scratch.path(), CLANG, &arguments, &[]);
        assert_eq!(code, 0, "{text}");
    }
    if is_there(&zig(), &["version"]) {
        let zig = zig();
        let mut words: Vec<_> = zig.split(' ').collect();
        words.extend([
            "build-obj",
            "layout.zig",
            "-target",
            "wasm32-freestanding",
            "-fno-emit-bin",
        ]);
        let (code, text) = run(scratch.path(), words[0], &words[1..], &[]);
        assert_eq!(code, 0, "{text}");
    }
}

/// The renderer of the examples, changed. Its name is its module's in the one target folder.
fn renderer(language: &str, name: &str, file: &str, from: &str, to: &str) -> (Scratch, PathBuf) {
    let scratch = Scratch::new();
    let (code, text) =
        tillbell(scratch.path(), &["new", "renderer", name, "--lang", language], &[]);
    assert_eq!(code, 0, "{text}");
    let folder = scratch.path().join(name);
    let path = folder.join(file);
    let text = fs::read_to_string(&path).expect("a file of the template");
    assert!(text.contains(from), "{file} has no {from:?}");
    fs::write(path, text.replacen(from, to, 1)).expect("written");
    (scratch, folder)
}

#[test]
fn a_panic_says_where_it_was() {
    let (_scratch, folder) = renderer(
        "rust",
        "panicking",
        "src/plugin.rs",
        "        let is_chinese",
        "        assert!(event.kind != \"purchase\", \"{view:?}\");\n        let is_chinese",
    );
    assert_eq!(tillbell(&folder, &["build"], &[]).0, 0);
    let (code, text) = tillbell(&folder, &["run", ".", "--events", "events.jsonl"], &[]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("log: error: panicked at src/plugin.rs:"), "{text}");
    assert!(!text.contains("View {"), "not what it says: {text}");
    if has_clang() {
        let (_scratch, folder) = renderer(
            "c",
            "panicking",
            "plugin.c",
            "    tillbell_writer text = {",
            "    TILLBELL_ASSERT(!tillbell_equal(call->view.event.kind, TILLBELL_TEXT(\"purchase\")));\n    tillbell_writer text = {",
        );
        assert_eq!(tillbell(&folder, &["build"], &[("CC", CLANG)]).0, 0);
        let (_, text) = tillbell(&folder, &["run", ".", "--events", "events.jsonl"], &[]);
        assert!(text.contains("log: error: panicked at plugin.c:"), "{text}");
    }
}

#[test]
fn a_stack_that_overflows_is_named() {
    if !has_clang() {
        return;
    }
    let deep = "static int deep(volatile const char *from, int depth) {\n    volatile char \
                memory[1024];\n    memory[0] = from[0];\n    return depth == 0 ? memory[0] : \
                deep(memory, depth - 1) + memory[1];\n}\n\nstatic tillbell_string what(";
    let (_scratch, folder) =
        renderer("c", "deep", "plugin.c", "static tillbell_string what(", deep);
    let path = folder.join("plugin.c");
    let text = fs::read_to_string(&path).expect("the plugin");
    let call = "    bool is_chinese = tillbell_starts_with(call->locale";
    let text = text.replacen(
        call,
        &format!("    if (deep(call->locale.data, 100) == 12345) TILLBELL_PANIC();\n{call}"),
        1,
    );
    fs::write(&path, text).expect("written");
    let environment = [("CC", CLANG)];
    let feed = ["run", ".", "--events", "events.jsonl"];
    let (code, text) = tillbell(&folder, &["build"], &environment);
    assert!(code == 0 && text.contains("64 KiB stack"), "{text}");
    let (code, text) = tillbell(&folder, &feed, &[]);
    assert_eq!(code, 0, "the host has words of its own: {text}");
    assert!(
        text.contains("perhaps its stack of 64 KiB overflowed: `tillbell build --stack-kib`"),
        "{text}"
    );
    let (code, text) = tillbell(&folder, &["build", "--stack-kib", "256"], &environment);
    assert!(code == 0 && text.contains("256 KiB stack"), "{text}");
    let (code, text) =
        tillbell(&folder, &["run", ".", "--events", "events.jsonl", "--strict"], &[]);
    assert_eq!(code, 0, "{text}");
}

/// What is not there says by its name what to use instead.
#[test]
fn what_cannot_work_in_a_plugin_is_said_when_it_is_built() {
    let clock = "        let now = std::time::SystemTime::now();\n        println!(\"{now:?}\");\n        let _ = std::thread::spawn(|| 1).join();\n        let is_chinese";
    let (_scratch, folder) =
        renderer("rust", "clock", "src/plugin.rs", "        let is_chinese", clock);
    let (code, text) = tillbell(&folder, &["build"], &[]);
    assert_eq!(code, 0, "{text}");
    for expected in [
        "warning: SystemTime::now and Instant::now panic here",
        "warning: thread::spawn fails here",
        "warning: println! and standard output go nowhere here",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    let dependency = "[dependencies]\ngetrandom = \"=0.2.17\"";
    let (_scratch, folder) = renderer("rust", "random", "Cargo.toml", "[dependencies]", dependency);
    let (code, text) = tillbell(&folder, &["build"], &[]);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("hint: getrandom: a plugin has no randomness"), "{text}");
}

/// A file of any language; what it was compiled from is taken with clang although CC names a
/// compiler of this machine alone.
#[test]
fn a_module_of_another_language_is_built_from_its_file() {
    if !has_clang() {
        return;
    }
    let (_scratch, folder) =
        renderer("c", "again", "plugin.c", "TILLBELL_RENDERER", "TILLBELL_RENDERER");
    assert_eq!(tillbell(&folder, &["build"], &[("CC", "cc")]).0, 0);
    let built = fs::read(folder.join("components/plugin.wasm")).expect("a component");
    for file in ["build/plugin.wasm", "components/plugin.wasm"] {
        let (code, text) = tillbell(&folder, &["build", file, "-o", "again.wasm"], &[]);
        assert_eq!(code, 0, "{text}");
        assert!(fs::read(folder.join("again.wasm")).expect("a component") == built, "{file}");
    }
    let (code, text) =
        tillbell(&folder, &["build", "build/plugin.wasm", "--debug", "-o", "names.wasm"], &[]);
    assert_eq!(code, 0, "{text}");
    assert!(
        fs::metadata(folder.join("names.wasm")).expect("a component").len() > built.len() as u64
    );
    let (code, text) = tillbell(&folder, &["build", "README.md"], &[]);
    assert!(code == 2 && text.contains("is not WebAssembly"), "{text}");
    let (code, text) = tillbell(&folder, &["build", "wit"], &[]);
    assert!(code == 2 && text.contains("has neither a Cargo.toml nor a Makefile"), "{text}");
    let (code, text) = tillbell(&folder, &["new", "router", "x", "--lang", "cobol"], &[]);
    assert!(code == 2 && text.contains("there is in c, rust, zig"), "{text}");
}

/// Word for word, by a shell that ends at the first line that fails.
#[test]
fn the_readme_of_the_examples_is_a_script() {
    let text = fs::read_to_string(root().join("examples/README.md")).expect("a README");
    let scripts = text.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    let script = scripts.collect::<String>();
    assert!(script.lines().count() >= 10, "{script}");
    let folder = Scratch::new();
    let path = std::env::var("PATH").expect("a PATH");
    let own = binary().parent().expect("a folder").display().to_string();
    let path = format!("{own}:{path}");
    let (code, said) = run(folder.path(), "sh", &["-eu", "-c", &script], &[("PATH", &path)]);
    assert_eq!(code, 0, "{said}");
    for expected in [
        "router got",
        "decision suppressed (declined) -> suppressed (not-honoured)",
        "exit 1: something differs",
        "rules: this router does not say why it decides",
        "what a call needs at most, on any machine:",
    ] {
        assert!(said.contains(expected), "{expected}:\n{said}");
    }
}

/// Source, component, cases and comparison: one save, one answer.
#[test]
fn a_watched_plugin_is_built_when_its_source_is_saved() {
    let scratch = Scratch::new();
    let (code, text) = tillbell(scratch.path(), &["new", "router", "beacon"], &[]);
    assert_eq!(code, 0, "{text}");
    let folder = scratch.path().join("beacon");
    let target = target().join("languages").display().to_string();
    let more = [("CARGO_TARGET_DIR", target.as_str())];
    let mut watched = Watched::start(
        folder.clone(),
        &[".", "--events", "events.jsonl"],
        &more,
        Duration::from_secs(180),
    );
    let began = watched.says("0 of them differ");
    let source = folder.join("src/plugin.rs");
    let text = fs::read_to_string(&source).expect("its source");
    let from = "nobody(\"declined\", \"declined\")";
    assert!(text.contains(from), "{text}");
    fs::write(&source, text.replace(from, "nobody(\"declined\", \"not-honoured\")"))
        .expect("saved");
    let differs = watched.says("decision suppressed (declined) -> suppressed (not-honoured)");
    assert!(began && differs, "{began} {differs}");
}
