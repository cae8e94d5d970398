//! Standard output, which whoever reads it may close at any time.

use std::fmt;
use std::io::{self, IsTerminal, Write};

/// Prints a line, from a function that gives a [`Result`]: an output that was closed ends the
/// command, and not in a panic.
macro_rules! say {
    ($($text:tt)*) => { $crate::out::line(format_args!($($text)*))? };
}
pub(crate) use say;

pub(crate) fn line(text: fmt::Arguments<'_>) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{text}")
}

/// A word in green or red, where a terminal shows it and nobody asked for none (NO_COLOR).
pub(crate) fn verdict(word: &str, is_good: bool) -> String {
    let asks_for_none = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    if asks_for_none || !io::stdout().is_terminal() {
        return word.to_owned();
    }
    format!("\u{1b}[{}m{word}\u{1b}[0m", if is_good { 32 } else { 31 })
}
