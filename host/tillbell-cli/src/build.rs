use std::fs;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use tillbell::{BUILTIN, Limits, MANIFEST_FILE, Role};
use tillbell_bake::Plugin;
use tillbell_kit::compile::{self, CargoSaid, Source};

use crate::bundles::{self, PlatformOpts};
use crate::guest::{STACK_KIB, Settings, TARGET, Toolchain};
use crate::out::say;

/// Finds or installs a toolchain for guests; shared with the repository's own
/// scripts.
const TOOLCHAIN_SCRIPT: &str = include_str!("guest-toolchain.sh");

/// Build a plugin's source, or a module of any language, into a component.
///
/// A folder with a Cargo.toml is compiled by cargo, one with a Makefile by make (see
/// `tillbell new`); a file is a core module or a component that somebody else compiled. What
/// the plugin imports and exports, its size and memory are held against what a host takes.
#[derive(Args)]
#[command(after_help = "\
For Rust a toolchain for wasm32-unknown-unknown is found, or installed where that is
possible; for C clang with lld, or Zig. Otherwise you are told what to type.

Examples:
  tillbell build plugins/routing -o examples/banks/harbour/components/routing.wasm
  tillbell build module.wasm -o plugin.wasm")]
pub(crate) struct Opts {
    /// The source's folder, or a file
    #[arg(default_value = ".")]
    source: PathBuf,
    /// The file to write [default: the one that tillbell.toml in the folder names for this
    /// role, else MODULE.component.wasm beside the module]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// How Rust's compiler optimises: s or z for size, 3 for speed
    #[arg(long, value_name = "LEVEL", default_value = "3", value_parser = ["s", "z", "2", "3"])]
    opt_level: String,
    /// The plugin's stack: the smaller its memory, the quicker a fresh instance
    #[arg(long, value_name = "KIB", default_value_t = STACK_KIB, value_parser = clap::value_parser!(u32).range(4..=1024))]
    stack_kib: u32,
    /// Keep the names of functions
    #[arg(long)]
    debug: bool,
    /// Only look for a toolchain, install nothing
    #[arg(long)]
    no_install: bool,
    #[command(flatten)]
    platform: PlatformOpts,
}

/// Builds the plugin of a folder, as it is built without options.
pub(crate) fn folder(source: &Path, platform: &PlatformOpts) -> Result<()> {
    run(&Opts {
        source: source.to_owned(),
        output: None,
        opt_level: "3".into(),
        stack_kib: STACK_KIB,
        debug: false,
        no_install: true,
        platform: platform.clone(),
    })
}

pub(crate) fn run(opts: &Opts) -> Result<()> {
    let module = match Source::at(&opts.source)? {
        Source::Crate(manifest) => compile_crate(opts, &manifest)?,
        Source::Make(folder) => compile_by_make(opts, &folder)?,
        Source::Module(file) => file,
    };
    let bytes = fs::read(&module).with_context(|| format!("cannot read {}", module.display()))?;
    let Plugin { component, role, anatomy, warnings } =
        Plugin::of(&bytes, opts.debug, &limits(opts)?)
            .with_context(|| format!("{} is no plugin", opts.source.display()))?;
    for warning in warnings {
        eprintln!("warning: {warning}");
    }
    let output = match &opts.output {
        Some(output) => output.clone(),
        None => {
            named(&opts.source, role)?.unwrap_or_else(|| module.with_extension("component.wasm"))
        }
    };
    if let Some(folder) = output.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    fs::write(&output, &component).with_context(|| format!("cannot write {}", output.display()))?;
    say!(
        "{}: {role}, {} bytes, {} KiB memory, {} KiB stack, imports {}",
        output.display(),
        component.len(),
        anatomy.memory_bytes / 1024,
        anatomy.stack_bytes / 1024,
        if anatomy.imports.is_empty() { "nothing".into() } else { anatomy.imports.join(", ") },
    );
    Ok(())
}

/// What the plugin of the bundle around it may have: that of the wide engine, where the
/// manifest names that.
fn limits(opts: &Opts) -> Result<Limits> {
    let limits = opts.platform.read()?.limits;
    if !opts.source.join(MANIFEST_FILE).is_file() {
        return Ok(limits);
    }
    let manifest = bundles::manifest_of(&opts.source)?;
    let is_own = |role: &Role| !manifest.plugin(*role).component.starts_with(BUILTIN);
    Ok(match Role::ALL.into_iter().find(is_own) {
        Some(role) => limits.of_plugin(&manifest, role)?,
        None => limits,
    })
}

/// The file that the bundle around a plugin names for its role.
fn named(source: &Path, role: Role) -> Result<Option<PathBuf>> {
    if !source.join(MANIFEST_FILE).is_file() {
        return Ok(None);
    }
    let manifest = bundles::manifest_of(source)?;
    let component = &manifest.plugin(role).component;
    Ok((!component.starts_with(BUILTIN)).then(|| source.join(component)))
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
fn compile_crate(opts: &Opts, manifest: &Path) -> Result<PathBuf> {
    let toolchain = find(opts.no_install)?;
    let settings = Settings {
        opt_level: &opts.opt_level,
        stack_kib: opts.stack_kib,
        // They are read, and then left out.
        keeps_names: true,
        more_flags: &[],
    };
    let mut cargo = toolchain.build(manifest, &settings);
    let rendered = if std::io::stderr().is_terminal() { "-diagnostic-rendered-ansi" } else { "" };
    cargo.arg(format!("--message-format=json{rendered}")).stdout(Stdio::piped());
    if toolchain.is_debian() {
        // Another compiler's files would be taken for stale ones each time.
        let target = std::env::var("CARGO_TARGET_DIR").unwrap_or_else(|_| "target".into());
        cargo.env("CARGO_TARGET_DIR", Path::new(&target).join("debian"));
    }
    let output = cargo
        .spawn()
        .and_then(std::process::Child::wait_with_output)
        .with_context(|| format!("cannot run {}", toolchain.cargo))?;
    let said = CargoSaid::read(&output.stdout);
    eprint!("{}", said.messages);
    if !output.status.success() {
        for hint in said.hints {
            eprintln!("hint: {hint}");
        }
        bail!("{} does not compile", opts.source.display());
    }
    said.module
        .ok_or_else(|| anyhow!("{} has no library of crate-type cdylib", opts.source.display()))
}

/// Runs make in a folder and gives the path of the core module.
fn compile_by_make(opts: &Opts, folder: &Path) -> Result<PathBuf> {
    let (mut make, module) = compile::make(folder, opts.stack_kib)?;
    let status = make.stdout(std::io::stderr()).status().context("cannot run make")?;
    if !status.success() {
        bail!("{} does not compile", folder.display());
    }
    Ok(module)
}
