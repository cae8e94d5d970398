use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use clap::builder::PossibleValuesParser;
use clap::builder::TypedValueParser as _;
use tillbell::Target;
use tillbell_bake::SigningKey;

use crate::bundles::{self, CacheOpts, PlatformOpts};
use crate::out::say;

/// Make a bundle into one signed file that a host without a compiler runs.
#[derive(Args)]
#[command(after_help = "\
A host runs what is signed by a key that it trusts. A key and its public half:
  openssl genpkey -algorithm ed25519 -out bank.pem
  openssl pkey -in bank.pem -pubout -out bank.pub.pem

Examples:
  tillbell bake examples/banks/harbour --sign bank.pem -o harbour.tillbell
  tillbell bake examples/banks/harbour --sign bank.pem --target pulley32 \\
    -o harbour.armv7.tillbell
  tillbell run harbour.tillbell --trust bank.pub.pem \\
    --events examples/feeds/day.jsonl")]
pub(crate) struct Opts {
    /// The bundle's folder
    bundle: PathBuf,
    /// The file to write
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// The private key that signs it: Ed25519, in PEM
    #[arg(long, value_name = "KEY")]
    sign: PathBuf,
    /// What it is for: native code of a processor, or code for the interpreter
    /// of any processor with pointers of that width
    #[arg(long, value_name = "TARGET", default_value_t = Target::host(), value_parser = targets())]
    target: Target,
    #[command(flatten)]
    cache: CacheOpts,
    #[command(flatten)]
    platform: PlatformOpts,
}

fn targets() -> impl clap::builder::TypedValueParser<Value = Target> {
    PossibleValuesParser::new(Target::ALL.map(Target::as_str))
        .try_map(|name| name.parse::<Target>())
}

pub(crate) fn run(opts: &Opts) -> Result<()> {
    if !opts.bundle.is_dir() {
        bail!("{} is not a bundle's folder", opts.bundle.display());
    }
    let key = SigningKey::from_pem(&bundles::read_key(&opts.sign)?)
        .with_context(|| format!("cannot sign with {}", opts.sign.display()))?;
    let platform = opts.platform.read()?;
    let draft = bundles::draft(&opts.bundle, opts.target, &opts.cache, &platform)?;
    let bytes = key.seal(&draft);
    put(&opts.output, &bytes).with_context(|| format!("cannot write {}", opts.output.display()))?;
    let (output, length, key) = (opts.output.display(), bytes.len(), key.public().id());
    say!("{output}: {length} bytes, for {}, signed by {key}", opts.target);
    Ok(())
}

/// Writes beside and renames: a host may have the old file mapped.
fn put(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut name = path.file_name().context("is no name of a file")?.to_owned();
    name.push(format!(".{}", std::process::id()));
    let beside = path.with_file_name(name);
    let written = File::create(&beside)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    Ok(written?)
}
