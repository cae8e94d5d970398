use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::out::say;
use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use serde::Deserialize;
use tillbell_bake::{Anatomy, componentise};

/// Finds or installs a toolchain for guests; shared with the repository's own
/// scripts.
const TOOLCHAIN_SCRIPT: &str = include_str!("guest-toolchain.sh");
/// The stack of a guest, in bytes: the smaller its memory, the quicker a fresh
/// instance.
const STACK_BYTES: u32 = 64 * 1024;
const TARGET: &str = "wasm32-unknown-unknown";

/// Build a plugin crate into a component.
#[derive(Args)]
#[command(after_help = "\
A toolchain for wasm32-unknown-unknown is found, or installed where that is
possible; otherwise you are told what to type.

Example:
  tillbell build plugins/routing -o examples/banks/harbour/components/routing.wasm")]
pub(crate) struct Opts {
    /// The crate's folder
    #[arg(default_value = ".")]
    dir: PathBuf,
    /// The file to write [default: NAME.wasm in the crate's target folder]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// How the compiler optimises: s for size, 3 for speed
    #[arg(long, value_name = "LEVEL", default_value = "3", value_parser = ["s", "z", "2", "3"])]
    opt_level: String,
    /// Only look for a toolchain, install nothing
    #[arg(long)]
    no_install: bool,
}

pub(crate) fn run(opts: &Opts) -> Result<()> {
    let toolchain = Toolchain::find(opts.no_install)?;
    let module = compile(opts, &toolchain)?;
    let bytes = fs::read(&module).with_context(|| format!("cannot read {}", module.display()))?;
    let component =
        componentise(&bytes).with_context(|| format!("{} is no plugin", opts.dir.display()))?;
    let output = opts.output.clone().unwrap_or_else(|| module.with_extension("component.wasm"));
    if let Some(folder) = output.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    fs::write(&output, &component).with_context(|| format!("cannot write {}", output.display()))?;
    let anatomy = Anatomy::of(&component)?;
    say!(
        "{}: {} bytes, {} KiB memory, {} KiB stack, imports {}",
        output.display(),
        component.len(),
        anatomy.memory_bytes / 1024,
        anatomy.stack_bytes / 1024,
        if anatomy.imports.is_empty() { "nothing".into() } else { anatomy.imports.join(", ") },
    );
    Ok(())
}

/// A toolchain that has the target, as the script found it.
#[derive(Default)]
struct Toolchain {
    cargo: String,
    rustc: String,
    cargo_args: Vec<String>,
    rustflags: Vec<String>,
    bootstrap: bool,
    way: String,
}

impl Toolchain {
    fn find(no_install: bool) -> Result<Self> {
        let mut shell = Command::new("sh");
        shell.arg("-s").arg("--");
        if no_install {
            shell.arg("--no-install");
        }
        let mut child =
            shell.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().context("cannot run sh")?;
        if let Some(mut input) = child.stdin.take() {
            input.write_all(TOOLCHAIN_SCRIPT.as_bytes()).context("cannot run sh")?;
        }
        let output = child.wait_with_output().context("cannot run sh")?;
        if !output.status.success() {
            bail!("no Rust toolchain for {TARGET}; what to type is written above");
        }
        let mut toolchain = Self::default();
        let words = |text: &str| text.split_whitespace().map(Into::into).collect();
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            let Some((key, value)) = line.split_once('=') else { continue };
            let value = value.trim_matches('\'');
            match key {
                "TILLBELL_GUEST_CARGO" => toolchain.cargo = value.into(),
                "TILLBELL_GUEST_RUSTC" => toolchain.rustc = value.into(),
                "TILLBELL_GUEST_CARGO_ARGS" => toolchain.cargo_args = words(value),
                "TILLBELL_GUEST_RUSTFLAGS" => toolchain.rustflags = words(value),
                "TILLBELL_GUEST_BOOTSTRAP" => toolchain.bootstrap = value == "1",
                "TILLBELL_GUEST_WAY" => toolchain.way = value.into(),
                _ => {}
            }
        }
        if toolchain.cargo.is_empty() {
            bail!("the toolchain script named no cargo");
        }
        Ok(toolchain)
    }
}

/// Compiles the crate and gives the path of the core module.
fn compile(opts: &Opts, toolchain: &Toolchain) -> Result<PathBuf> {
    let manifest = opts.dir.join("Cargo.toml");
    if !manifest.is_file() {
        bail!("{} is not a crate: it has no Cargo.toml", opts.dir.display());
    }
    let mut cargo = Command::new(&toolchain.cargo);
    cargo
        .args(["build", "--release", "--lib", "--message-format=json-render-diagnostics"])
        .args(["--target", TARGET])
        .arg("--manifest-path")
        .arg(&manifest)
        .args(&toolchain.cargo_args);
    // The crate's own profile is not asked: a plugin is built for the sandbox.
    let opt_level = match opts.opt_level.parse::<u8>() {
        Ok(number) => format!("opt-level={number}"),
        Err(_) => format!("opt-level={:?}", opts.opt_level),
    };
    for setting in [
        opt_level.as_str(),
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
    cargo
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"))
        .env_remove("RUSTFLAGS")
        .stdout(Stdio::piped());
    if !toolchain.rustc.is_empty() {
        cargo.env("RUSTC", &toolchain.rustc);
    }
    if toolchain.bootstrap {
        cargo.env("RUSTC_BOOTSTRAP", "1");
    }
    if toolchain.way == "debian" {
        // Another compiler's files would be taken for stale ones each time.
        let target = std::env::var("CARGO_TARGET_DIR").unwrap_or_else(|_| "target".into());
        cargo.env("CARGO_TARGET_DIR", Path::new(&target).join("debian"));
    }
    let output = cargo
        .spawn()
        .and_then(std::process::Child::wait_with_output)
        .with_context(|| format!("cannot run {}", toolchain.cargo))?;
    if !output.status.success() {
        bail!("{} does not compile", opts.dir.display());
    }
    module_of(&output.stdout)
        .ok_or_else(|| anyhow!("{} has no library of crate-type cdylib", opts.dir.display()))
}

#[derive(Deserialize)]
struct CargoMessage {
    reason: String,
    #[serde(default)]
    filenames: Vec<PathBuf>,
}

/// The last module that cargo says it made: the crate's own.
fn module_of(messages: &[u8]) -> Option<PathBuf> {
    String::from_utf8_lossy(messages)
        .lines()
        .filter_map(|line| serde_json::from_str::<CargoMessage>(line).ok())
        .filter(|message| message.reason == "compiler-artifact")
        .flat_map(|message| message.filenames)
        .rfind(|file| file.extension().is_some_and(|extension| extension == "wasm"))
}
