//! A program of one's own with the host in it: baked bundles from the command
//! line, transactions from standard input, messages to standard output.
//!
//! ```text
//! tillbell bake examples/banks/harbour -o harbour.tillbell
//! cargo run --release -p embed-rust harbour.tillbell < examples/feeds/day.jsonl
//! ```

use std::error::Error;
use std::io::{self, BufRead};
use std::{env, fs};

use tillbell::{Artefact, Decision, Host, Limits};
use tillbell_transaction::{Record, json};

fn main() -> Result<(), Box<dyn Error>> {
    // The vendor's maximum; a bank's bundle may only ask for less.
    let limits = Limits { deadline_ms: 5, ..Limits::default() };
    let mut host = Host::new(limits)?;
    for path in env::args().skip(1) {
        let bytes = fs::read(path)?;
        #[expect(unsafe_code, reason = "native code is trusted on our word")]
        // SAFETY: these files were baked on our own build machine.
        let artefact = unsafe { Artefact::from_trusted_bytes(&bytes)? };
        host.load(&artefact)?;
    }
    for (number, line) in io::stdin().lock().split(b'\n').enumerate() {
        let transaction = match json::read(&line?) {
            Ok(Record::Transaction(transaction)) => transaction,
            Ok(Record::Ignored(_)) => continue,
            Err(error) => {
                eprintln!("line {}: {error}", number + 1);
                continue;
            }
        };
        // Never fails, never panics, never hangs: what a plugin does wrong is
        // part of the outcome.
        let outcome = host.process(&transaction, transaction.time);
        match outcome.decision {
            Decision::Notified => {
                for message in &outcome.messages {
                    let to = message.masked_recipient().unwrap_or_else(|| "?".into());
                    println!("{} {} {to}: {}", message.party, message.channel, message.text);
                }
            }
            decision => println!("{}: {}", decision.as_str(), outcome.reason),
        }
    }
    Ok(())
}
