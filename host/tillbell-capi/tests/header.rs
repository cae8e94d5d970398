//! `tillbell.h` is written by hand, for people; here it is held against the
//! Rust side, as cbindgen reads it: the same functions with the same types, the
//! same fields at the same places, the same numbers.
#![cfg(target_os = "linux")]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use cbindgen::{Builder, Config, ItemType, Language};
use tillbell_tests::Scratch;

/// What cbindgen makes of these items, with this before each type's name.
fn generated(items: Vec<ItemType>, prefix: &str) -> String {
    let mut config = Config { language: Language::C, no_includes: true, ..Config::default() };
    config.export.item_types = items;
    config.export.prefix = (!prefix.is_empty()).then(|| prefix.to_owned());
    config.style = cbindgen::Style::Type;
    let mut text = Vec::new();
    Builder::new()
        .with_crate(env!("CARGO_MANIFEST_DIR"))
        .with_config(config)
        .generate()
        .expect("the crate is read")
        .write(&mut text);
    String::from_utf8(text).expect("C is ASCII")
}

fn header() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("include/tillbell.h");
    std::fs::read_to_string(path).expect("the header")
}

/// The words of a text that begin so.
fn words<'a>(text: &'a str, start: &str) -> BTreeSet<&'a str> {
    text.split(|character: char| !character.is_ascii_alphanumeric() && character != '_')
        .filter(|word| word.starts_with(start))
        .collect()
}

/// The names of a text that a `(` follows.
fn functions(text: &str) -> BTreeSet<&str> {
    let calls = text.split('(').filter_map(|before| {
        before
            .rsplit(|character: char| !character.is_ascii_alphanumeric() && character != '_')
            .next()
    });
    calls.filter(|name| name.starts_with("tb_")).collect()
}

fn compiles(source: &str) {
    let scratch = Scratch::new();
    let file = scratch.path().join("check.c");
    std::fs::write(&file, source).expect("written");
    let output = Command::new("cc")
        .args(["-std=c11", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-I"])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("include"))
        .arg(file)
        .output()
        .expect("a C compiler");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn functions_have_the_types_that_they_have_in_rust() {
    let rust = generated(vec![ItemType::Functions], "");
    // A second declaration with other types does not compile.
    compiles(&format!("#include \"tillbell.h\"\n{rust}"));
    let stripped: String =
        header().split("/*").map(|part| part.rsplit("*/").next().unwrap()).collect();
    assert_eq!(functions(&stripped), functions(&rust));
}

#[test]
fn structs_have_the_fields_that_they_have_in_rust() {
    let rust =
        generated(vec![ItemType::Structs, ItemType::Typedefs, ItemType::OpaqueItems], "rust_");
    let mut checks = String::new();
    let mut count = 0;
    for item in rust.split("typedef struct {").skip(1) {
        let (fields, rest) = item.split_once('}').expect("an end");
        let name = rest.split(';').next().expect("a name").trim();
        let c = name.strip_prefix("rust_").expect("the prefix");
        checks.push_str(&format!("_Static_assert(sizeof({name}) == sizeof({c}), \"{c}\");\n"));
        let mut names = Vec::new();
        for line in fields.lines().map(str::trim).filter(|line| line.ends_with(';')) {
            let field = line.trim_end_matches(';').rsplit([' ', '*']).next().expect("a field");
            names.push(field);
            checks.push_str(&format!(
                "_Static_assert(offsetof({name}, {field}) == offsetof({c}, {field}) && \
                 sizeof((({name} *)0)->{field}) == sizeof((({c} *)0)->{field}), \"{c}.{field}\");\n"
            ));
        }
        let header = header();
        let (_, own) = header.split_once(&format!("typedef struct {c} {{")).expect("in the header");
        let own = own.split_once('}').expect("an end").0;
        let own = own.lines().filter(|line| line.contains(';')).count();
        assert_eq!(own, names.len(), "fields of {c}: {names:?}");
        count += 1;
    }
    assert_eq!(count, 8, "{rust}");
    compiles(&format!("#include \"tillbell.h\"\n{rust}\n{checks}"));
}

#[test]
fn constants_have_the_numbers_that_they_have_in_rust() {
    let rust = generated(vec![ItemType::Constants], "");
    let header = header();
    let mut checks = String::new();
    let mut names = BTreeSet::new();
    for line in rust.lines() {
        let Some((name, value)) =
            line.strip_prefix("#define ").and_then(|line| line.split_once(' '))
        else {
            continue;
        };
        names.insert(name);
        checks.push_str(&format!("_Static_assert({name} == {value}, \"{name}\");\n"));
    }
    let defined: BTreeSet<_> = header
        .lines()
        .filter_map(|line| line.strip_prefix("#define ")?.split(' ').next())
        .filter(|name| name.starts_with("TB_"))
        .collect();
    assert_eq!(names, defined);
    assert!(words(&header, "TB_").is_superset(&names));
    compiles(&format!("#include \"tillbell.h\"\n{checks}"));
}
