//! Lists the guests that misbehave, so that one without a test is an error.

use std::path::Path;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=guests");
    let mut names: Vec<_> = fs::read_dir("guests")
        .expect("tests/guests")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "wat"))
        .map(|path| path.file_stem().expect("a file").to_string_lossy().into_owned())
        .collect();
    names.sort();
    let names = names.join(", ");
    let text =
        format!("macro_rules! for_each_guest {{ ($visit:ident) => {{ $visit!({names}); }}; }}\n");
    let folder = env::var_os("OUT_DIR").expect("set by cargo");
    fs::write(Path::new(&folder).join("guests.rs"), text).expect("the list written");
}
