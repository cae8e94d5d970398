//! The ISO 8583 options that several subcommands share.

use anyhow::Result;
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use tillbell_iso8583::{Decoder, Dialect, Framing};
use tillbell_transaction::Timestamp;

/// Which ISO 8583, and how its messages stand in the feed.
#[derive(Args, Clone)]
pub(crate) struct DialectOpts {
    /// A built-in dialect (of `tillbell dialect list`) or a dialect file of your
    /// own
    #[arg(long, value_name = "NAME", default_value = "iso1987-ascii")]
    dialect: String,
    /// How messages stand in the feed: a line each in hex digits, behind their length in two
    /// bytes or four digits (-inclusive: which counts itself), or between STX and ETX with an
    /// LRC behind
    #[arg(long, value_name = "NAME", default_value = "hex", value_parser = framings())]
    framing: Framing,
    /// A time near which the messages were sent: they carry no year [default:
    /// now]
    #[arg(long, value_name = "RFC3339", value_parser = Timestamp::parse)]
    reference: Option<Timestamp>,
}

/// The framings by their names.
fn framings() -> impl TypedValueParser<Value = Framing> {
    PossibleValuesParser::new(Framing::names())
        .map(|name| Framing::parse(&name).expect("one of the names"))
}

impl DialectOpts {
    pub(crate) fn framing(&self) -> Framing {
        self.framing
    }

    /// The decoder; `now` is the reference time where none was named.
    pub(crate) fn decoder(&self, now: Option<Timestamp>) -> Result<Decoder> {
        let decoder = Decoder::new(named(&self.dialect)?);
        Ok(match self.reference.or(now) {
            Some(reference) => decoder.reference_time(reference),
            None => decoder,
        })
    }
}

/// A dialect, built in or of a file.
pub(crate) fn named(name: &str) -> Result<Dialect> {
    Ok(Dialect::open(name)?)
}
