//! What `tillbell new` makes. A bank's bundle: the words and rules of an example bank, and what
//! stands in `templates/bank`. A plugin in a bundle, for each role and language: the example of
//! that language, which is a renderer, over the example's bank; for another role what stands in
//! `templates/ROLE` and `templates/ROLE/LANGUAGE` takes the place of files of the same name.

#![expect(clippy::unwrap_used, reason = "a build that cannot go on ends, and says where")]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

const EXAMPLE: &str = "../../examples/banks/meridian";
const LANGUAGES: &str = "../../examples/languages";
const WIT: &str = "../../wit/0.2";
/// The bundle around the examples of all languages.
const BANK: &str = "bank";
/// What stands in an example that is a bundle by itself.
const MANIFEST: &str = "tillbell.toml";
/// Folders whose language is asked for by another name.
const SHORT: [(&str, &str); 1] = [("javascript", "js")];
/// Files with a dot before their names that belong to an example.
const HIDDEN: [&str; 2] = [".gitignore", ".npmrc"];
/// What compilers and commands leave in an example's folder, and what only belongs there.
const OUTPUTS: [&str; 5] = ["target", "build", ".zig-cache", "node_modules", "components"];
/// Files of the examples that a role does not need: what would configure the built-in plugin
/// that it takes the place of, and imports that its world does not have.
const LEFT_OUT: [(&str, &str); 3] =
    [("router", "rules.toml"), ("masker", "privacy.toml"), ("masker", "src/counters.rs")];

type Files = BTreeMap<String, PathBuf>;

fn main() {
    let own = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap());
    let templates = own.join("templates");
    for folder in [&own.join(EXAMPLE), &own.join(WIT), &templates] {
        println!("cargo::rerun-if-changed={}", folder.display());
    }
    let mut bank = Files::new();
    for name in ["rules.toml", "privacy.toml", "templates"] {
        collect(&own.join(EXAMPLE).join(name), name, &mut bank);
    }
    collect(&templates.join("bank"), "", &mut bank);
    write("bank.rs", &list(&bank));

    let mut plugins = String::from("&[\n");
    for language in folders(&own.join(LANGUAGES)) {
        if language == BANK {
            continue;
        }
        for role in ["router", "masker", "renderer"] {
            let role_folder = templates.join(role).join(&language);
            if role != "renderer" && !role_folder.is_dir() {
                continue;
            }
            let mut files = Files::new();
            let example = own.join(LANGUAGES).join(&language);
            if !example.join(MANIFEST).is_file() {
                collect(&own.join(LANGUAGES).join(BANK), "", &mut files);
            }
            collect(&example, "", &mut files);
            collect(&own.join(WIT), "wit", &mut files);
            if role != "renderer" {
                collect(&templates.join("plugin"), "", &mut files);
                let manifest = templates.join(role).join("tillbell.toml");
                collect(&manifest, "tillbell.toml", &mut files);
                collect(&role_folder, "", &mut files);
            }
            for (_, file) in LEFT_OUT.iter().filter(|(own, _)| *own == role) {
                files.remove(*file);
            }
            let short = SHORT.iter().find(|(long, _)| *long == language);
            let name = short.map_or(language.as_str(), |(_, short)| short);
            writeln!(plugins, "({role:?}, {name:?}, {}),", list(&files)).unwrap();
        }
    }
    plugins.push(']');
    write("plugins.rs", &plugins);
}

fn write(name: &str, code: &str) {
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap());
    fs::write(out.join(name), code).unwrap();
}

/// The files as a slice of pairs in Rust.
fn list(files: &Files) -> String {
    let mut code = String::from("&[\n");
    for (name, path) in files {
        println!("cargo::rerun-if-changed={}", path.display());
        writeln!(code, "({name:?}, include_str!({:?})),", path.display().to_string()).unwrap();
    }
    code.push(']');
    code
}

/// The names of a folder's folders, sorted.
fn folders(path: &Path) -> Vec<String> {
    println!("cargo::rerun-if-changed={}", path.display());
    let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap());
    let folders = entries.filter(|entry| entry.path().is_dir());
    let mut names: Vec<_> = folders.map(|entry| entry.file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// The files of a folder, by their path in what is made.
fn collect(path: &Path, name: &str, files: &mut Files) {
    if path.is_file() {
        files.insert(name.to_owned(), path.to_owned());
        return;
    }
    for entry in fs::read_dir(path).unwrap().map(|entry| entry.unwrap()) {
        let own = entry.file_name().into_string().unwrap();
        let is_hidden = own.starts_with('.') && !HIDDEN.contains(&own.as_str());
        if OUTPUTS.contains(&own.as_str()) || is_hidden {
            continue;
        }
        let name = if name.is_empty() { own } else { format!("{name}/{own}") };
        collect(&entry.path(), &name, files);
    }
}
