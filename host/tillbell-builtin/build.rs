//! Builds the reference plugins as core modules, with a cargo and a target folder of their own:
//! cargo builds no dependency for another target than its own.
//!
//! `TILLBELL_BUILTIN` names a folder with `routing.wasm`, `privacy.wasm` and `template.wasm`
//! that are taken instead. A toolchain for `wasm32-unknown-unknown` is found, or had by
//! `rustup target add`; no package of the system is installed: without one this stops and says
//! what to type.

#![expect(clippy::unwrap_used, reason = "a build that cannot go on ends, and says where")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

const PLUGINS: [&str; 3] = ["routing", "privacy", "template"];
const TARGET: &str = "wasm32-unknown-unknown";
/// As `tillbell build` has it.
const STACK_BYTES: u32 = 64 * 1024;

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap());
    let own = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap());
    let root = own.join("../..").canonicalize().unwrap();
    println!("cargo::rerun-if-env-changed=TILLBELL_BUILTIN");
    if let Some(folder) = env::var_os("TILLBELL_BUILTIN") {
        for name in PLUGINS {
            let file = PathBuf::from(&folder).join(name).with_extension("wasm");
            println!("cargo::rerun-if-changed={}", file.display());
            copy(&file, &out, name);
        }
        return;
    }
    for path in ["plugins", "wit", "Cargo.toml", "Cargo.lock"] {
        println!("cargo::rerun-if-changed={}", root.join(path).display());
    }
    let script = root.join("host/tillbell-cli/src/guest-toolchain.sh");
    println!("cargo::rerun-if-changed={}", script.display());
    let toolchain = Toolchain::find(&script);
    // target/PROFILE/build/NAME-HASH/out: one for all profiles.
    let target = out.ancestors().nth(4).unwrap().join("builtin");
    for name in PLUGINS {
        let module = build(&toolchain, &root, &target, name);
        copy(&module, &out, name);
    }
}

fn copy(from: &Path, out: &Path, name: &str) {
    let to = out.join(name).with_extension("wasm");
    let copied = fs::copy(from, &to);
    assert!(copied.is_ok(), "{}: {}", from.display(), copied.unwrap_err());
}

/// What the script found.
struct Toolchain {
    cargo: String,
    rustc: String,
    cargo_args: Vec<String>,
    rustflags: Vec<String>,
    needs_bootstrap: bool,
}

impl Toolchain {
    fn find(script: &Path) -> Self {
        let look = |more: &[&str], skip: &str| {
            let mut shell = Command::new("sh");
            shell.arg(script).args(more).env("TILLBELL_TOOLCHAIN_SKIP", skip);
            shell.stderr(Stdio::inherit()).output().unwrap()
        };
        // Debian's packages are for `tillbell build` to install, not for a build script; where
        // they are, they do.
        let mut output = look(&[], "debian");
        if !output.status.success() {
            output = look(&["--no-install"], "");
        }
        assert!(
            output.status.success(),
            "no Rust toolchain for {TARGET}: `rustup target add {TARGET}`, or TILLBELL_BUILTIN \
             names a folder of prebuilt plugins"
        );
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let value = |key: &str| {
            let lines = text.lines().filter_map(|line| line.split_once('='));
            let mut values = lines.filter(|(own, _)| *own == key);
            let value = values.next().map_or("", |(_, value)| value);
            value.trim_matches('\'').to_owned()
        };
        let words = |key: &str| value(key).split_whitespace().map(Into::into).collect();
        Self {
            cargo: value("TILLBELL_GUEST_CARGO"),
            rustc: value("TILLBELL_GUEST_RUSTC"),
            cargo_args: words("TILLBELL_GUEST_CARGO_ARGS"),
            rustflags: words("TILLBELL_GUEST_RUSTFLAGS"),
            needs_bootstrap: value("TILLBELL_GUEST_BOOTSTRAP") == "1",
        }
    }
}

/// Builds a plugin, and gives the path of its module.
fn build(toolchain: &Toolchain, root: &Path, target: &Path, name: &str) -> PathBuf {
    let mut cargo = Command::new(&toolchain.cargo);
    cargo
        .args(["build", "--release", "--lib", "--locked", "--quiet", "--target", TARGET])
        .arg("--manifest-path")
        .arg(root.join("plugins").join(name).join("Cargo.toml"))
        .arg("--target-dir")
        .arg(target)
        .args(&toolchain.cargo_args);
    for setting in [
        "opt-level=3",
        "lto=true",
        "codegen-units=1",
        "panic=\"abort\"",
        "strip=true",
        "debug=false",
    ] {
        cargo.arg("--config").arg(format!("profile.release.{setting}"));
    }
    let mut flags = toolchain.rustflags.clone();
    flags.push(format!("-Clink-arg=-zstack-size={STACK_BYTES}"));
    // Where this machine keeps things makes no difference to the module.
    flags.push(format!("--remap-path-prefix={}=.", root.display()));
    if let Some(home) = cargo_home() {
        flags.push(format!("--remap-path-prefix={}=cargo", home.display()));
    }
    // What the outer cargo, clippy or rustdoc set for the host's crates is not for guests.
    let is_foreign = |name: &str| {
        ["RUSTC", "RUSTDOC", "RUSTFLAGS", "CARGO_BUILD_", "CARGO_PROFILE_", "CARGO_TARGET_"]
            .iter()
            .any(|begin| name.starts_with(begin))
            || name == "CARGO_ENCODED_RUSTFLAGS"
    };
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(is_foreign) {
            cargo.env_remove(&name);
        }
    }
    cargo.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
    if !toolchain.rustc.is_empty() {
        cargo.env("RUSTC", &toolchain.rustc);
    }
    if toolchain.needs_bootstrap {
        cargo.env("RUSTC_BOOTSTRAP", "1");
    }
    let status = cargo.status().unwrap();
    assert!(status.success(), "plugins/{name} does not compile");
    let file = format!("tillbell_{name}.wasm");
    let module = target.join(TARGET).join("release").join(file);
    assert!(module.is_file(), "{} is missing", module.display());
    module
}

/// Where cargo keeps the sources of libraries.
fn cargo_home() -> Option<PathBuf> {
    let home = || Some(PathBuf::from(env::var_os("HOME")?).join(".cargo"));
    env::var_os("CARGO_HOME").map(PathBuf::from).or_else(home)
}
