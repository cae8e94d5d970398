//! What a bank costs as its rules become more. The last rule decides: every
//! condition before it is about purchases too, and has to be asked.

use std::fmt::Write as _;
use std::fs;

use tillbell::{Limits, Role};
use tillbell_tests::Scratch;

use crate::bank;
use crate::clock::Clock;
use crate::processes::median;

/// How many rules.
const COUNTS: [usize; 3] = [10, 100, 1_000];
/// The platform's limit here: the usual 2 MiB are too few for a thousand of
/// these rules, and the bake says so.
const MEMORY_BYTES: usize = 8 * 1024 * 1024;
/// Transactions of one measurement, and how often it is taken.
const TRANSACTIONS: usize = 500;
const TURNS: usize = 5;

/// A file with so many rules, of which the last decides.
fn file(count: usize) -> String {
    let mut file = String::from("[bank]\nlocales = [\"zh-CN\", \"en\"]\n");
    for number in 1..count {
        let _ = write!(
            file,
            "\n[[rule]]\nname = \"merchant-{number}\"\n\
             when = 'kind == \"purchase\" && merchant_id == \"90000000000{number:04}\" \
             && amount > {number}'\nnotify = \"watched\"\nto = [\n\
             {{ party = \"cardholder\", template = \"kind\" }},\n\
             {{ party = \"merchant\", template = \"kind\" }},\n]\n"
        );
    }
    file.push_str(
        "\n[[rule]]\nname = \"last\"\nwhen = 'kind == \"purchase\"'\nnotify = \"last\"\n\
         to = [{ party = \"cardholder\", template = \"kind\" }]\n\
         \n[default]\nsuppress = \"no-rule\"\n",
    );
    file
}

/// Measures each count; gives the table.
pub(crate) fn table() -> String {
    let mut table = String::from(
        "| rules | bake | the router's memory | one transaction | of which route |\n\
         | ---: | ---: | ---: | ---: | ---: |\n",
    );
    let limits = Limits { memory_bytes: MEMORY_BYTES, ..bank::limits() };
    let transaction = crate::transactions().swap_remove(0);
    for count in COUNTS {
        let scratch = Scratch::copy_of_bank("harbour");
        fs::write(scratch.path().join("rules.toml"), file(count)).expect("the rules written");
        let clock = Clock::start();
        let artefact = bank::artefact(&bank::bake(&bank::open(scratch.path()), &limits));
        let baking = clock.micros() / 1e6;
        let report = artefact.plugins().iter().find(|plugin| plugin.role == Role::Router);
        let memory = report.map_or(0, |report| report.memory_bytes) / 1024;
        let host = bank::host(&limits, [&artefact]);
        let mut routing = Vec::new();
        let mut turn = || {
            let clock = Clock::start();
            for _ in 0..TRANSACTIONS {
                let outcome = host.process(&transaction, transaction.time);
                assert_eq!(outcome.rule(), "last");
                assert_eq!(outcome.messages.len(), 1, "one message");
                routing.push(outcome.times.route.as_secs_f64() * 1e6);
            }
            clock.micros() / TRANSACTIONS as f64
        };
        turn();
        let whole = median((0..TURNS).map(|_| turn()).collect());
        let route = median(routing);
        let _ = writeln!(
            table,
            "| {count} | {baking:.1} s | {memory} KiB | {whole:.1} µs | {route:.1} µs |"
        );
    }
    table
}
