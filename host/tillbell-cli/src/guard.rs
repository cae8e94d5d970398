use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use serde::{Deserialize, Serialize};
use tillbell::Manifest;
use tillbell::guard::{Accounted, Finding, Guard, Reader, Shown};
use tillbell_transaction::{Party, Record, Transaction, json};

use crate::Input;
use crate::bundles::{self, TrustOpts};
use crate::feed::{self, BadLine};

/// The largest file with a transaction, in bytes.
const TRANSACTION_BYTES_MAX: u64 = 64 * 1024;

/// Check texts as the host's guard does: one text a line in, one JSON object
/// out.
///
/// Without a transaction no number is accounted for: what nobody may send is
/// found all the same (card, identity and account numbers, e-mail addresses,
/// codes, links, characters). A blocked text makes the exit code 1.
#[derive(Args)]
#[command(after_help = "\
Examples:
  echo 'Card 4242 4242 4242 4242, see evil.com' | tillbell guard
  {\"verdict\":\"block\",\"findings\":[{\"rule\":\"pan\",\"start\":5,\"end\":24},{\"rule\":\"link\",\"start\":30,\"end\":38}]}

  tillbell guard --bundle examples/banks/harbour --transaction event.json < texts.txt

  # what accounts for each number, of texts with line breaks in them
  echo '{\"text\":\"Paid USD 12.50\\ncard 0018\",\"party\":\"cardholder\",\"locale\":\"en\"}' \\
    | tillbell guard --json --explain --transaction event.json
  {\"verdict\":\"pass\",\"findings\":[],\"accounted\":[{\"by\":\"amount\",\"start\":9,\"end\":14},{\"by\":\"last-four\",\"start\":20,\"end\":24}]}")]
pub(crate) struct Opts {
    /// A bundle's folder or a file of `tillbell bake`: its signature, numbers, links,
    /// words, phrases and segments are held against the texts
    #[arg(long, value_name = "BUNDLE")]
    bundle: Option<PathBuf>,
    #[command(flatten)]
    trust: TrustOpts,
    /// A file with one transaction in canonical JSON: every number of a text must be
    /// one of its facts, or the bundle's
    #[arg(long, value_name = "FILE")]
    transaction: Option<PathBuf>,
    /// Each line is a JSON object: `text`, and if known `party` (cardholder, merchant)
    /// and `locale` (such as zh-CN)
    #[arg(long)]
    json: bool,
    /// Say what accounts for each number; needs a transaction
    #[arg(long, requires = "transaction")]
    explain: bool,
}

#[derive(Serialize)]
struct Verdict {
    verdict: &'static str,
    findings: Vec<Row>,
    #[serde(skip_serializing_if = "Option::is_none")]
    accounted: Option<Vec<Account>>,
}

#[derive(Serialize)]
struct Row {
    rule: &'static str,
    start: usize,
    end: usize,
}

#[derive(Serialize)]
struct Account {
    by: &'static str,
    start: usize,
    end: usize,
}

/// A line of `--json`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    text: String,
    party: Option<String>,
    #[serde(default)]
    locale: String,
}

impl Verdict {
    fn of(findings: &[Finding], accounted: Option<Vec<Accounted>>) -> Self {
        let row = |finding: &Finding| Row {
            rule: finding.rule.as_str(),
            start: finding.start,
            end: finding.end,
        };
        let account = |accounted: Accounted| Account {
            by: accounted.by.as_str(),
            start: accounted.start,
            end: accounted.end,
        };
        Self {
            verdict: if findings.is_empty() { "pass" } else { "block" },
            findings: findings.iter().map(row).collect(),
            accounted: accounted.map(|all| all.into_iter().map(account).collect()),
        }
    }
}

pub(crate) fn run(opts: &Opts) -> Result<Input> {
    let manifest =
        opts.bundle.as_deref().map(|path| bundles::manifest(path, &opts.trust)).transpose()?;
    let transaction = opts.transaction.as_deref().map(transaction).transpose()?;
    let mut guard = known(manifest.as_ref(), transaction.as_ref());
    feed::each_text(|line, output| {
        let read;
        let text = if opts.json {
            read = read_line(line).map_err(BadLine)?;
            guard.turn_to(read.1);
            read.0.as_str()
        } else {
            line
        };
        let findings = guard.inspect(text);
        let accounted = opts.explain.then(|| guard.explain(text));
        serde_json::to_writer(output, &Verdict::of(&findings, accounted))?;
        Ok(if findings.is_empty() { Input::Accepted } else { Input::SomeRejected })
    })
}

/// A line of `--json`: its text and who reads it.
fn read_line(line: &str) -> std::result::Result<(String, Reader), String> {
    let Line { text, party, locale } =
        serde_json::from_str(line).map_err(|error| format!("not a text of --json: {error}"))?;
    let reader = match party {
        None => Reader::default(),
        Some(party) => {
            let party = Party::parse(&party).map_err(|error| error.to_string())?;
            Reader::new(party, &locale, Shown::ALL)
        }
    };
    Ok((text, reader))
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
