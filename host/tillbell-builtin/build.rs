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

#[path = "../tillbell-cli/src/guest.rs"]
mod guest;

use guest::{STACK_KIB, Settings, TARGET, Toolchain};

const PLUGINS: [&str; 3] = ["routing", "privacy", "template"];

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
    let shared = root.join("host/tillbell-cli/src");
    let script = shared.join("guest-toolchain.sh");
    println!("cargo::rerun-if-changed={}", shared.join("guest.rs").display());
    println!("cargo::rerun-if-changed={}", script.display());
    println!("cargo::rerun-if-changed=build.rs");
    let toolchain = find(&script);
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

fn find(script: &Path) -> Toolchain {
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
    Toolchain::parse(&String::from_utf8_lossy(&output.stdout)).unwrap()
}

/// Builds a plugin, and gives the path of its module.
fn build(toolchain: &Toolchain, root: &Path, target: &Path, name: &str) -> PathBuf {
    // Where this machine keeps things makes no difference to the module.
    let mut flags = vec![format!("--remap-path-prefix={}=.", root.display())];
    if let Some(home) = cargo_home() {
        flags.push(format!("--remap-path-prefix={}=cargo", home.display()));
    }
    let manifest = root.join("plugins").join(name).join("Cargo.toml");
    let settings =
        Settings { opt_level: "3", stack_kib: STACK_KIB, keeps_names: false, more_flags: &flags };
    let mut cargo = toolchain.build(&manifest, &settings);
    cargo.args(["--locked", "--quiet"]).arg("--target-dir").arg(target);
    // What the outer cargo, clippy or rustdoc set for the host's crates is not for guests.
    let is_foreign = |name: &str| {
        ["RUSTC", "RUSTDOC", "CARGO_BUILD_", "CARGO_PROFILE_", "CARGO_TARGET_"]
            .iter()
            .any(|begin| name.starts_with(begin))
    };
    let own: Vec<_> = cargo.get_envs().map(|(name, _)| name.to_owned()).collect();
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(is_foreign) && !own.contains(&name) {
            cargo.env_remove(&name);
        }
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
