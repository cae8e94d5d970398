//! A program of one's own with the host in it: a bank's key and its baked
//! bundles from the command line, transactions from standard input, messages to standard output.
//!
//! ```text
//! openssl genpkey -algorithm ed25519 -out bank.pem
//! openssl pkey -in bank.pem -pubout -out bank.pub.pem
//! tillbell bake examples/banks/harbour --sign bank.pem -o harbour.tillbell
//! cargo run --release -p embed-rust bank.pub.pem harbour.tillbell \
//!     < examples/feeds/day.jsonl
//! ```

use std::error::Error;
use std::io::{self, BufRead};
use std::{env, fs};

use tillbell::{Artefact, Decision, Host, Limits, Trust};
use tillbell_transaction::{Record, json};

fn main() -> Result<(), Box<dyn Error>> {
    // The vendor's maximum; a bank's bundle may only ask for less.
    let limits = Limits { deadline_ms: 5, ..Limits::default() };
    let mut host = Host::new(limits)?;
    let mut arguments = env::args_os().skip(1);
    let keys = arguments.next().ok_or("expected the public key that signed the bundles")?;
    let trust = Trust::from_pem(&fs::read_to_string(keys)?)?;
    for path in arguments {
        host.load(&Artefact::open(path.as_ref(), &trust)?)?;
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
            decision => println!("{}: {}", decision.as_str(), outcome.reason()),
        }
    }
    Ok(())
}
