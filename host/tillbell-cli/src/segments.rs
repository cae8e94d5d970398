use std::io::{self, BufWriter, Write};

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use crate::Input;
use crate::feed::{Lines, TEXT_LINE_BYTES_MAX};

/// Count the SMS segments of texts: one text a line in, one JSON object out.
#[derive(Args)]
#[command(after_help = "\
Example:
  echo '【海港银行】您尾号0018的卡消费CNY 128.50' | tillbell segments
  {\"encoding\":\"UCS-2\",\"segments\":1,\"units\":29}")]
pub(crate) struct Opts {}

#[derive(Serialize)]
struct Row {
    encoding: &'static str,
    segments: usize,
    units: usize,
}

pub(crate) fn run(_: &Opts) -> Result<Input> {
    let mut lines = Lines::new(io::stdin().lock(), TEXT_LINE_BYTES_MAX);
    let mut output = BufWriter::new(io::stdout().lock());
    let mut input = Input::Accepted;
    while let Some(line) = lines.next()? {
        let text = line.whole().and_then(|bytes| {
            std::str::from_utf8(bytes)
                .map_err(|error| format!("not UTF-8 at byte {}", error.valid_up_to() + 1))
        });
        match text {
            Ok(text) => {
                let count = tillbell_sms::count(text);
                let row = Row {
                    encoding: count.encoding.as_str(),
                    segments: count.segments,
                    units: count.units,
                };
                serde_json::to_writer(&mut output, &row)?;
                output.write_all(b"\n")?;
            }
            Err(detail) => {
                eprintln!("line {}: {detail}", line.number);
                input = Input::SomeRejected;
            }
        }
    }
    output.flush()?;
    Ok(input)
}
