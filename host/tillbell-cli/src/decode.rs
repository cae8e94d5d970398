use std::io::{self, BufWriter, Write};

use anyhow::Result;
use clap::Args;
use tillbell_iso8583::{Answer, Frames, Half, Messages, Place};
use tillbell_transaction::{Record, json};

use crate::Input;
use crate::dialects::DialectOpts;
use crate::events::warn_of_left_out;

/// Decode ISO 8583 messages on standard input to canonical JSON lines.
#[derive(Args)]
#[command(after_help = "\
A message that makes no notification (a request, an echo) gives a line that
says why: {\"ignored\":{\"reason\":\"request\",\"mti\":\"0200\"}}. Card numbers are
truncated to BIN and last 4. An answer without a card gets that of its request;
where none was seen it is shown without, marked \"unpaired\", and is no event. What
cannot be read and decides nothing is left out, with a warning that names its field.

Example:
  tillbell decode --dialect unionpay-pos < examples/feeds/day-unionpay.hex")]
pub(crate) struct Opts {
    #[command(flatten)]
    dialect: DialectOpts,
}

pub(crate) fn run(opts: &Opts) -> Result<Input> {
    let frames = Frames::new(io::stdin().lock(), opts.dialect.framing());
    let mut messages = Messages::new(frames, opts.dialect.decoder(None)?, None);
    let mut output = BufWriter::new(io::stdout().lock());
    let mut input = Input::Accepted;
    while let Some((Place { number, .. }, decoded)) = messages.next(|| 0)? {
        match decoded {
            Ok(decoded) => {
                warn_of_left_out(&format_args!("-:{number}"), &decoded.alarms);
                let line = match decoded.half {
                    Some(Half::Answer(answer)) => without_card(&answer)?,
                    _ => json::write(&decoded.record),
                };
                writeln!(output, "{line}")?;
            }
            Err(error) => {
                eprintln!("-:{number}: {error}");
                input = Input::SomeRejected;
            }
        }
    }
    output.flush()?;
    Ok(input)
}

/// What an answer says whose request was not seen: no event, as it has no card.
fn without_card(answer: &Answer) -> Result<String> {
    let whole = json::write(&Record::Transaction(Box::new(answer.shown())));
    let mut shown: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&whole)?;
    shown.remove("card");
    shown.insert("unpaired".into(), true.into());
    Ok(serde_json::to_string(&shown)?)
}
