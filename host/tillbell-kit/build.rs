//! The bundle that `tillbell new bank` makes: the words and rules of an example bank, and what
//! stands in `templates/bank`.

#![expect(clippy::unwrap_used, reason = "a build that cannot go on ends, and says where")]

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

const EXAMPLE: &str = "../../examples/banks/meridian";

fn main() {
    let own = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap());
    let mut files = Vec::new();
    for name in ["rules.toml", "privacy.toml", "templates"] {
        collect(&own.join(EXAMPLE).join(name), name, &mut files);
    }
    collect(&own.join("templates/bank"), "", &mut files);
    let mut code = String::from("&[\n");
    for (name, path) in files {
        println!("cargo::rerun-if-changed={}", path.display());
        writeln!(code, "({name:?}, include_str!({:?})),", path.display().to_string()).unwrap();
    }
    code.push(']');
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap());
    fs::write(out.join("bank.rs"), code).unwrap();
}

/// The files of a folder, by their path in the bundle; sorted.
fn collect(path: &Path, name: &str, files: &mut Vec<(String, PathBuf)>) {
    println!("cargo::rerun-if-changed={}", path.display());
    if path.is_file() {
        files.push((name.to_owned(), path.to_owned()));
        return;
    }
    let mut entries: Vec<_> = fs::read_dir(path).unwrap().map(|entry| entry.unwrap()).collect();
    entries.sort_by_key(|entry| entry.file_name());
    for entry in entries {
        let own = entry.file_name().into_string().unwrap();
        let name = if name.is_empty() { own } else { format!("{name}/{own}") };
        collect(&entry.path(), &name, files);
    }
}
