use std::io::{self, BufWriter, Write};

use anyhow::Result;
use clap::Args;
use tillbell_iso8583::Frames;
use tillbell_transaction::json;

use crate::Input;
use crate::dialects::DialectOpts;

/// Decode ISO 8583 messages on standard input to canonical JSON lines.
#[derive(Args)]
#[command(after_help = "\
A message that makes no notification (a request, an echo) gives a line that
says why: {\"ignored\":{\"reason\":\"request\",\"mti\":\"0200\"}}. Card numbers are
truncated to BIN and last 4.

Example:
  tillbell decode --dialect unionpay-pos < examples/feeds/day-unionpay.hex")]
pub(crate) struct Opts {
    #[command(flatten)]
    dialect: DialectOpts,
}

pub(crate) fn run(opts: &Opts) -> Result<Input> {
    let decoder = opts.dialect.decoder(None)?;
    let mut frames = Frames::new(io::stdin().lock(), opts.dialect.framing());
    let mut output = BufWriter::new(io::stdout().lock());
    let mut input = Input::Accepted;
    while let Some(frame) = frames.next()? {
        match frame.message.and_then(|message| decoder.decode(message)) {
            Ok(record) => {
                output.write_all(json::write(&record).as_bytes())?;
                output.write_all(b"\n")?;
            }
            Err(error) => {
                eprintln!("-:{}: {error}", frame.number);
                input = Input::SomeRejected;
            }
        }
    }
    output.flush()?;
    Ok(input)
}
