//! Writes Harbour Bank's files into the plugin.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("set by cargo"));
    let bank = here.join("../../../examples/banks/harbour");
    println!("cargo:rerun-if-changed={}", bank.display());
    let read = |path: &Path| fs::read_to_string(path).expect("a file of the bank");
    let manifest = read(&bank.join("tillbell.toml"));
    let value = |key: &str| {
        let line = manifest.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = "));
        line.expect("a key of the manifest").to_owned()
    };
    let mut code = format!(
        "pub const SIGNATURE: &str = {};\npub const HOTLINE: &str = {};\n\
         pub const RULES: &str = {:?};\npub const PRIVACY: &str = {:?};\n\
         pub const TEMPLATES: &[(&str, &str)] = &[\n",
        value("signature"),
        value("hotline"),
        read(&bank.join("rules.toml")),
        read(&bank.join("privacy.toml")),
    );
    let mut templates: Vec<_> = fs::read_dir(bank.join("templates"))
        .expect("the templates' folder")
        .map(|entry| entry.expect("a template").path())
        .collect();
    templates.sort();
    for path in templates {
        let name = path.file_name().and_then(|name| name.to_str()).expect("a file's name");
        writeln!(code, "({:?}, {:?}),", format!("templates/{name}"), read(&path))
            .expect("a string");
    }
    code.push_str("];\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("set by cargo")).join("files.rs");
    fs::write(out, code).expect("the files written");
}
