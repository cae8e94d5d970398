use std::path::PathBuf;
use std::{fs, slice};

use anyhow::{Context, Result};
use clap::Args;
use tillbell::{Artefact, PluginReport, Role};
use tillbell_bake::{Anatomy, componentise};

use crate::bundles::{self, BundleOpts};
use crate::out::say;

/// Show what a bundle, an artefact or a component is made of.
#[derive(Args)]
#[command(after_help = "\
Examples:
  tillbell inspect examples/banks/harbour
  tillbell inspect harbour.tillbell --trust bank.pub.pem
  tillbell inspect routing.wasm")]
pub(crate) struct Opts {
    /// A bundle's folder, a file of `tillbell bake`, or a component
    path: PathBuf,
    #[command(flatten)]
    bundles: BundleOpts,
}

pub(crate) fn run(opts: &Opts) -> Result<()> {
    if opts.path.is_file() {
        let bytes =
            fs::read(&opts.path).with_context(|| format!("cannot read {}", opts.path.display()))?;
        if bytes.starts_with(b"\0asm") {
            return component(&bytes)
                .with_context(|| format!("{} is no plugin", opts.path.display()));
        }
    }
    let platform = opts.bundles.platform()?;
    for artefact in bundles::artefacts(slice::from_ref(&opts.path), &opts.bundles, &platform)? {
        if opts.path.is_file() {
            // A folder's are told when it is baked, just now.
            bundles::warn(&artefact.manifest().id, artefact.plugins());
        }
        print(&artefact)?;
    }
    Ok(())
}

fn component(bytes: &[u8]) -> Result<()> {
    let component = componentise(bytes)?;
    let anatomy = Anatomy::of(&component)?;
    let role = Role::ALL.into_iter().find(|role| anatomy.check(*role).is_ok());
    say!("world    {}", role.map_or("none of tillbell:plugin", Role::as_str));
    say!("imports  {}", list(&anatomy.imports));
    say!("exports  {}", list(&anatomy.exports));
    say!("size     {} bytes", component.len());
    say!("memory   {} KiB", anatomy.memory_bytes / 1024);
    say!("stack    {} KiB", anatomy.stack_bytes / 1024);
    Ok(())
}

fn print(artefact: &Artefact) -> Result<()> {
    let manifest = artefact.manifest();
    say!("bundle     {} {} (release {})", manifest.id, manifest.version, manifest.release);
    let ranges: Vec<_> = manifest.bin_ranges.iter().map(ToString::to_string).collect();
    say!("cards      {}", ranges.join(", "));
    say!("signature  {}", manifest.sender.signature);
    say!("hotline    {}", manifest.sender.hotline);
    say!("segments   at most {}", manifest.sender.max_segments);
    if !manifest.allowed_lints.is_empty() {
        let allowed: Vec<_> = manifest.allowed_lints.iter().map(|lint| lint.as_str()).collect();
        say!("lint       allowed: {}", allowed.join(", "));
    }
    say!("target     {}, {}", artefact.target(), artefact.engine());
    say!("key        {}", artefact.key().id());
    for plugin in artefact.plugins() {
        say!("");
        print_plugin(plugin)?;
    }
    Ok(())
}

fn print_plugin(plugin: &PluginReport) -> Result<()> {
    say!("world {}", plugin.role);
    say!("  imports        {}", list(&plugin.imports));
    say!("  exports        {}", list(&plugin.exports));
    say!("  component      {} bytes, sha256 {}", plugin.component_bytes, plugin.component_digest);
    say!("  configuration  sha256 {}", plugin.configuration_digest);
    say!("  snapshot       {} bytes", plugin.snapshot_bytes);
    say!("  code           {} bytes", plugin.code_bytes);
    say!("  memory         {} KiB", plugin.memory_bytes / 1024);
    say!("  stack          {} KiB", plugin.stack_bytes / 1024);
    for item in &plugin.configured {
        let segments = item
            .segments_max
            .map_or(String::new(), |segments| format!(", at most {segments} segments"));
        say!("  {} {} ({}:{}){segments}", item.sort, item.name, item.file, item.line);
    }
    if plugin.literals > 0 {
        say!("  {} literals, all guarded (as far as the plugin says)", plugin.literals);
    }
    Ok(())
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "nothing".into() } else { names.join(", ") }
}
