use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use serde::Serialize;
use tillbell::Manifest;
use tillbell::guard::{Finding, Guard};
use tillbell_transaction::{Record, Transaction, json};

use crate::Input;
use crate::bundles::{self, TrustOpts};
use crate::feed;

/// The largest file with a transaction, in bytes.
const TRANSACTION_BYTES_MAX: u64 = 64 * 1024;

/// Check texts as the host's guard does: one text a line in, one JSON object
/// out.
///
/// Without a bundle and a transaction the rules that need neither apply: card,
/// identity and account numbers, e-mail addresses, codes, every link,
/// characters. A blocked text makes the exit code 1.
#[derive(Args)]
#[command(after_help = "\
Examples:
  echo 'Card 4242 4242 4242 4242, see evil.com' | tillbell guard
  {\"verdict\":\"block\",\"findings\":[{\"rule\":\"pan\",\"start\":5,\"end\":24},{\"rule\":\"link\",\"start\":30,\"end\":38}]}

  tillbell guard --bundle examples/banks/harbour --transaction event.json < texts.txt")]
pub(crate) struct Opts {
    /// A bundle's folder or a file of `tillbell bake`: its signature, hotline,
    /// links and segments are held against the texts
    #[arg(long, value_name = "BUNDLE")]
    bundle: Option<PathBuf>,
    #[command(flatten)]
    trust: TrustOpts,
    /// A file with one transaction in canonical JSON: its amounts and secrets
    /// are held against the texts
    #[arg(long, value_name = "FILE")]
    transaction: Option<PathBuf>,
}

#[derive(Serialize)]
struct Verdict {
    verdict: &'static str,
    findings: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    rule: &'static str,
    start: usize,
    end: usize,
}

impl Verdict {
    fn of(findings: &[Finding]) -> Self {
        let row = |finding: &Finding| Row {
            rule: finding.rule.as_str(),
            start: finding.start,
            end: finding.end,
        };
        Self {
            verdict: if findings.is_empty() { "pass" } else { "block" },
            findings: findings.iter().map(row).collect(),
        }
    }
}

pub(crate) fn run(opts: &Opts) -> Result<Input> {
    let manifest =
        opts.bundle.as_deref().map(|path| bundles::manifest(path, &opts.trust)).transpose()?;
    let transaction = opts.transaction.as_deref().map(transaction).transpose()?;
    let guard = known(manifest.as_ref(), transaction.as_ref());
    feed::each_text(|text, output| {
        let findings = guard.inspect(text);
        serde_json::to_writer(output, &Verdict::of(&findings))?;
        Ok(if findings.is_empty() { Input::Accepted } else { Input::SomeRejected })
    })
}

fn known<'a>(manifest: Option<&'a Manifest>, transaction: Option<&'a Transaction>) -> Guard<'a> {
    let mut guard = Guard::new();
    if let Some(manifest) = manifest {
        guard = guard.with_sender(&manifest.sender);
    }
    if let Some(transaction) = transaction {
        guard = guard.with_transaction(transaction);
    }
    guard
}

fn transaction(path: &Path) -> Result<Transaction> {
    let named = || format!("cannot read transaction {}", path.display());
    let length = fs::metadata(path).with_context(named)?.len();
    if length > TRANSACTION_BYTES_MAX {
        bail!("transaction {}: {length} bytes, limit {TRANSACTION_BYTES_MAX}", path.display());
    }
    let bytes = fs::read(path).with_context(named)?;
    match json::read(&bytes).with_context(named)? {
        Record::Transaction(transaction) => Ok(*transaction),
        Record::Ignored(_) => bail!("{} holds no transaction", path.display()),
    }
}
