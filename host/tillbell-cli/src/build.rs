use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::guest::{TARGET, Toolchain};
use crate::out::say;
use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use serde::Deserialize;
use tillbell_bake::{Anatomy, componentise};

/// Finds or installs a toolchain for guests; shared with the repository's own
/// scripts.
const TOOLCHAIN_SCRIPT: &str = include_str!("guest-toolchain.sh");

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
    let toolchain = find(opts.no_install)?;
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

fn find(no_install: bool) -> Result<Toolchain> {
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
    Toolchain::parse(&String::from_utf8_lossy(&output.stdout))
        .context("the toolchain script named no cargo")
}

/// Compiles the crate and gives the path of the core module.
fn compile(opts: &Opts, toolchain: &Toolchain) -> Result<PathBuf> {
    let manifest = opts.dir.join("Cargo.toml");
    if !manifest.is_file() {
        bail!("{} is not a crate: it has no Cargo.toml", opts.dir.display());
    }
    let mut cargo = toolchain.build(&manifest, &opts.opt_level, &[]);
    cargo.arg("--message-format=json-render-diagnostics").stdout(Stdio::piped());
    if toolchain.is_debian() {
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
