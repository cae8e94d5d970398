use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use tillbell_iso8583::{Decoder, Dialect, Explained, Frames, Framing};
use tillbell_transaction::{Timestamp, json};

use crate::Input;
use crate::dialects;
use crate::out::say;

/// Look at ISO 8583 dialects, and write one of your own.
#[derive(Args)]
#[command(after_help = "\
Examples:
  tillbell dialect list
  tillbell dialect show unionpay-pos > bank.toml
  tillbell dialect check bank.toml --try 02107020…
  tillbell dialect explain 02107020… --dialect bank.toml
How a dialect is written stands in host/tillbell-iso8583/README.md.")]
pub(crate) struct Opts {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The dialects that are built in, and what each is
    List,
    /// The file of one that is built in
    Show {
        /// Its name
        name: String,
    },
    /// Whether a dialect file is right; errors name line and key
    Check {
        /// The file
        file: PathBuf,
        /// A message in hex digits that it should read
        #[arg(long = "try", value_name = "HEX")]
        message: Option<String>,
        /// A time near which the message was sent [default: now]
        #[arg(long, value_name = "RFC3339", value_parser = Timestamp::parse)]
        reference: Option<Timestamp>,
    },
    /// A message field by field: bytes and values, without card data
    Explain {
        /// The message in hex digits, without what frames it
        message: String,
        /// A built-in dialect, or a file of your own
        #[arg(long, value_name = "NAME", default_value = "iso1987-ascii")]
        dialect: String,
        /// A time near which it was sent [default: now]
        #[arg(long, value_name = "RFC3339", value_parser = Timestamp::parse)]
        reference: Option<Timestamp>,
    },
}

pub(crate) fn run(opts: &Opts) -> Result<Input> {
    match &opts.command {
        Command::List => {
            for name in Dialect::names() {
                say!("{name:<22} {}", summary(name));
            }
            Ok(Input::Accepted)
        }
        Command::Show { name } => match Dialect::text(name) {
            Some(text) => {
                print!("{text}");
                Ok(Input::Accepted)
            }
            None => {
                let names: Vec<_> = Dialect::names().collect();
                bail!("{name:?} is not built in; there are {}", names.join(", "));
            }
        },
        Command::Check { file, message, reference } => {
            let name = file.to_string_lossy();
            fs::metadata(file).with_context(|| format!("cannot read {name}"))?;
            let dialect = dialects::named(&name)?;
            say!("{name}: reads");
            let Some(message) = message else { return Ok(Input::Accepted) };
            explain(dialect, message, *reference)
        }
        Command::Explain { message, dialect, reference } => {
            explain(dialects::named(dialect)?, message, *reference)
        }
    }
}

/// The first sentence of a built-in dialect's file.
fn summary(name: &str) -> String {
    let text = Dialect::text(name).unwrap_or_default();
    let comment = text.lines().take_while(|line| line.starts_with('#'));
    let comment: Vec<_> = comment.map(|line| line.trim_start_matches(['#', ' '])).collect();
    let comment = comment.join(" ");
    comment.split_once(". ").map_or(comment.clone(), |(first, _)| first.to_owned())
}

/// Prints a message, part by part, and what comes of it.
fn explain(dialect: Dialect, hex: &str, reference: Option<Timestamp>) -> Result<Input> {
    let mut frames = Frames::new(hex.as_bytes(), Framing::HexLines);
    let Some(frame) = frames.next()? else { bail!("expected a message in hex digits") };
    let message = frame.message?;
    let mut decoder = Decoder::new(dialect);
    if let Some(reference) = reference {
        decoder = decoder.reference_time(reference);
    }
    let Explained { parts, decoded } = decoder.explain(message);
    say!("{:<16} {:>4} {:>5}  value", "part", "at", "bytes");
    for part in parts {
        say!("{:<16} {:>4} {:>5}  {}", part.name, part.first, part.bytes, part.value);
    }
    say!("");
    match decoded {
        Ok(decoded) => {
            for alarm in &decoded.alarms {
                say!("left out: {alarm}");
            }
            say!("{}", json::write(&decoded.record));
            Ok(Input::Accepted)
        }
        Err(error) => {
            say!("refused: {error}");
            Ok(Input::SomeRejected)
        }
    }
}
