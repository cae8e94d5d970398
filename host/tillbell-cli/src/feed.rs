//! Text lines of standard input, and a JSON line for each.

use std::fmt;
use std::io::{self, BufWriter, StdoutLock, Write};

use anyhow::Result;
use tillbell_transaction::Lines;

use crate::Input;

/// The longest text line that is counted, in bytes.
const TEXT_LINE_BYTES_MAX: usize = 1024 * 1024;

/// A line that cannot be used, and why; it is named, and the rest goes on.
#[derive(Debug)]
pub(crate) struct BadLine(pub(crate) String);

impl fmt::Display for BadLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadLine {}

/// Writes one JSON line for each text line of standard input. A line that is no
/// text, or a [`BadLine`], is named on standard error, and the rest goes on.
pub(crate) fn each_text(
    mut row: impl FnMut(&str, &mut BufWriter<StdoutLock<'_>>) -> Result<Input>,
) -> Result<Input> {
    let mut lines = Lines::new(io::stdin().lock(), TEXT_LINE_BYTES_MAX);
    let mut output = BufWriter::new(io::stdout().lock());
    let mut input = Input::Accepted;
    while let Some(line) = lines.next()? {
        let text = line.whole().and_then(|bytes| {
            std::str::from_utf8(bytes)
                .map_err(|error| format!("not UTF-8 at byte {}", error.valid_up_to() + 1))
        });
        let verdict = match text.map(|text| row(text, &mut output)) {
            Ok(Err(error)) => Err(error.downcast::<BadLine>()?.0),
            Ok(Ok(verdict)) => Ok(verdict),
            Err(detail) => Err(detail),
        };
        match verdict {
            Ok(verdict) => {
                if verdict == Input::SomeRejected {
                    input = Input::SomeRejected;
                }
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
