//! Text lines of standard input, and a JSON line for each.

use std::io::{self, BufWriter, StdoutLock, Write};

use anyhow::Result;
use tillbell_transaction::Lines;

use crate::Input;

/// The longest text line that is counted, in bytes.
const TEXT_LINE_BYTES_MAX: usize = 1024 * 1024;

/// Writes one JSON line for each text line of standard input. A line that is no
/// text is named on standard error, and the rest goes on.
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
        match text {
            Ok(text) => {
                if row(text, &mut output)? == Input::SomeRejected {
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
