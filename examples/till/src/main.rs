//! `tillbell-till`: the host as one small program on a terminal.
//!
//! Transactions come in as ISO 8583 or JSON, messages go out to a file or a
//! command, and what was accepted is in a store before it is acknowledged, so
//! that a power cut loses nothing. README.md says what is stored and what a
//! power cut does.
//!
//! ```text
//! command line ─▶ options      reader threads ─▶ mailbox ─▶ till ─▶ store
//!                              (input, socket)                 └──▶ output or command
//! ```

mod command;
mod deferred;
mod former;
mod input;
mod lines;
mod mailbox;
mod options;
mod output;
#[cfg(test)]
#[path = "../tests/support/scratch.rs"]
mod scratch;
mod sink;
mod socket;
mod start;
mod store;
mod till;

use std::error::Error;
use std::process::ExitCode;

use options::{Options, Request};

/// What most functions here return; the error is for people.
type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Everything that came in was accepted.
const ACCEPTED: u8 = 0;
/// Some records could not be read; the others were accepted.
const SOME_REJECTED: u8 = 1;
/// The till could not start.
const NOT_STARTED: u8 = 2;
/// The till had to stop; what it had accepted is kept.
const STOPPED: u8 = 3;

fn main() -> ExitCode {
    let options = match options::parse(std::env::args_os().skip(1)) {
        Ok(Request::Run(options)) => options,
        Ok(Request::Help) => {
            print!("{}", options::HELP);
            return ACCEPTED.into();
        }
        Ok(Request::Version) => {
            println!("tillbell-till {}", env!("CARGO_PKG_VERSION"));
            return ACCEPTED.into();
        }
        Err(detail) => {
            eprintln!("tillbell-till: {detail}; --help says more");
            return NOT_STARTED.into();
        }
    };
    match run(&options) {
        Ok(code) | Err(code) => code.into(),
    }
}

/// Starts, works, and says how it ended.
fn run(options: &Options) -> std::result::Result<u8, u8> {
    let say = |code| {
        move |error: Box<dyn Error + Send + Sync>| {
            eprintln!("tillbell-till: {}", chain(error.as_ref()));
            code
        }
    };
    let (mut till, mailbox) = start::start(options).map_err(say(NOT_STARTED))?;
    let ended = till.run(&mailbox).map_err(say(STOPPED));
    start::end(options);
    till.report();
    Ok(if ended? { ACCEPTED } else { SOME_REJECTED })
}

/// An error and what caused it, in one line.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
