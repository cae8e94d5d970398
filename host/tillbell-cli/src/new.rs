use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use tillbell::Role;
use tillbell_kit::new;

use crate::Input;
use crate::bundles::{self, CacheOpts};
use crate::out::say;
use crate::test;

/// Make something to begin with.
#[derive(Args)]
#[command(after_help = "\
Examples:
  tillbell new bank my-bank && tillbell run my-bank --events my-bank/events.jsonl
  tillbell new renderer my-words --lang c && cd my-words && tillbell build && tillbell test .")]
pub(crate) struct Opts {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// A bank's bundle: rules, masking, words, cases and sample events. It needs no
    /// toolchain and no network: its plugins are this command's
    Bank(Place),
    /// A router of one's own, in a bundle that runs it
    Router(Plugin),
    /// A masker of one's own, in a bundle that runs it
    Masker(Plugin),
    /// A renderer of one's own, in a bundle that runs it
    Renderer(Plugin),
}

#[derive(Args)]
struct Place {
    /// Its name, and the folder that is made: lower case letters, digits, hyphens
    name: String,
    /// Another folder
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    #[command(flatten)]
    cache: CacheOpts,
}

#[derive(Args)]
struct Plugin {
    #[command(flatten)]
    place: Place,
    /// The language that it is written in
    #[arg(long, value_name = "LANGUAGE", default_value = "rust")]
    lang: String,
}

impl Place {
    fn folder(&self) -> PathBuf {
        self.folder.clone().unwrap_or_else(|| PathBuf::from(&self.name))
    }

    /// Pins the built-in plugins that the bundle runs.
    fn pin(&self, folder: &Path) -> Result<()> {
        self.cache.shelf().update(folder, &bundles::manifest_of(folder)?)?;
        Ok(())
    }
}

pub(crate) fn run(opts: &Opts) -> Result<Input> {
    match &opts.what {
        What::Bank(place) => bank(place),
        What::Router(opts) => plugin(opts, Role::Router),
        What::Masker(opts) => plugin(opts, Role::Masker),
        What::Renderer(opts) => plugin(opts, Role::Renderer),
    }
}

fn bank(place: &Place) -> Result<Input> {
    let folder = place.folder();
    new::bank(&place.name, &folder).with_context(|| format!("{}", folder.display()))?;
    place.pin(&folder)?;
    // Its snapshots are what it says: made here, so that they name the bank.
    let tested = test::bless_new(&folder, &place.cache)?;
    let folder = folder.display();
    say!("{folder} is a bundle; what stands where says {folder}/README.md. Next:");
    say!("  tillbell run {folder} --events {folder}/events.jsonl");
    say!("  tillbell test {folder}");
    Ok(tested)
}

fn plugin(opts: &Plugin, role: Role) -> Result<Input> {
    let Plugin { place, lang } = opts;
    let folder = place.folder();
    new::plugin(role, lang, &place.name, &folder)
        .with_context(|| format!("{role} {}: {lang}", folder.display()))?;
    place.pin(&folder)?;
    let folder = folder.display();
    say!(
        "{folder} is a {role} and a bundle around it; what stands where says {folder}/README.md. Next:"
    );
    say!("  cd {folder}");
    say!("  tillbell build");
    say!("  tillbell test .");
    say!("  tillbell run . --events events.jsonl");
    Ok(Input::Accepted)
}
