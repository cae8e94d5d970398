//! The ISO 8583 options that several subcommands share.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use tillbell_iso8583::{DIALECT_BYTES_MAX, Decoder, Dialect, Framing};
use tillbell_transaction::Timestamp;

/// Which ISO 8583, and how its messages stand in the feed.
#[derive(Args, Clone)]
pub(crate) struct DialectOpts {
    /// A built-in dialect (iso1987-ascii, iso1987-binary, unionpay-pos) or a
    /// dialect file of your own
    #[arg(long, value_name = "NAME", default_value = "iso1987-ascii")]
    dialect: String,
    /// How messages stand in the feed
    #[arg(long, value_enum, default_value_t = FramingName::Hex)]
    framing: FramingName,
    /// A time near which the messages were sent: they carry no year [default:
    /// now]
    #[arg(long, value_name = "RFC3339", value_parser = Timestamp::parse)]
    reference: Option<Timestamp>,
}

#[derive(Clone, Copy, ValueEnum)]
enum FramingName {
    /// One message a line in hex digits
    Hex,
    /// Each behind its length in two bytes, high byte first
    Length2,
    /// Each behind its length in four ASCII digits
    Length4,
}

impl DialectOpts {
    pub(crate) fn framing(&self) -> Framing {
        match self.framing {
            FramingName::Hex => Framing::HexLines,
            FramingName::Length2 => Framing::LengthBinary,
            FramingName::Length4 => Framing::LengthAscii,
        }
    }

    /// The decoder; `now` is the reference time where none was named.
    pub(crate) fn decoder(&self, now: Option<Timestamp>) -> Result<Decoder> {
        let decoder = Decoder::new(self.dialect()?);
        Ok(match self.reference.or(now) {
            Some(reference) => decoder.reference_time(reference),
            None => decoder,
        })
    }

    fn dialect(&self) -> Result<Dialect> {
        if let Some(dialect) = Dialect::builtin(&self.dialect) {
            return Ok(dialect);
        }
        let path = Path::new(&self.dialect);
        if !path.is_file() {
            let names: Vec<_> = Dialect::names().collect();
            bail!("{:?} is neither a dialect ({}) nor a file", self.dialect, names.join(", "));
        }
        let named = || format!("dialect {} is refused", path.display());
        let length = fs::metadata(path).with_context(named)?.len();
        if length > DIALECT_BYTES_MAX as u64 {
            bail!("dialect {}: {length} bytes, limit {DIALECT_BYTES_MAX}", path.display());
        }
        let text = fs::read_to_string(path).with_context(named)?;
        Dialect::parse(&text, &self.dialect).with_context(named)
    }
}
