//! The `tillbell` command: one file for each subcommand.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod bake;
mod bench;
mod build;
mod bundles;
mod decode;
mod dialect;
mod dialects;
mod diff;
mod events;
mod explain;
mod feed;
mod guard;
mod guest;
mod inspect;
mod manual;
mod new;
mod out;
mod outbox;
mod people;
mod plugin;
mod replay;
mod report;
mod run;
mod segments;
mod send;
mod serve;
mod shape;
mod status;
mod subscribers;
mod test;
mod watch;

/// Turn card transactions into messages, with plugins that banks ship.
#[derive(Parser)]
#[command(
    name = "tillbell",
    version,
    about,
    after_help = "\
Exit code: 0 all fine, 1 some input was rejected, 2 could not run.

Examples:
  tillbell run examples/banks/harbour --events examples/feeds/day.jsonl
  tillbell test examples/banks/harbour
  tillbell build plugins/routing -o routing.wasm
  tillbell inspect examples/banks/harbour"
)]
struct Opts {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    New(new::Opts),
    Run(run::Opts),
    Explain(explain::Opts),
    Test(test::Opts),
    Diff(diff::Opts),
    Replay(replay::Opts),
    Watch(watch::Opts),
    Bench(bench::Opts),
    Build(build::Opts),
    Plugin(plugin::Opts),
    Bake(bake::Opts),
    Inspect(inspect::Opts),
    Decode(decode::Opts),
    Dialect(dialect::Opts),
    Segments(segments::Opts),
    Guard(guard::Opts),
    Subscribers(subscribers::Opts),
    Send(send::Opts),
    Serve(serve::Opts),
    Status(status::Opts),
    Completions(manual::Completions),
    Manual(manual::Manual),
}

/// Whether all input was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Input {
    Accepted,
    SomeRejected,
}

fn main() -> ExitCode {
    let done = match Opts::parse().command {
        Command::New(opts) => new::run(&opts),
        Command::Run(opts) => run::run(&opts),
        Command::Explain(opts) => explain::run(&opts),
        Command::Test(opts) => test::run(&opts),
        Command::Diff(opts) => diff::run(&opts),
        Command::Replay(opts) => replay::run(&opts),
        Command::Watch(opts) => watch::run(&opts),
        Command::Bench(opts) => bench::run(&opts),
        Command::Build(opts) => build::run(&opts).map(|()| Input::Accepted),
        Command::Plugin(opts) => plugin::run(&opts).map(|()| Input::Accepted),
        Command::Bake(opts) => bake::run(&opts).map(|()| Input::Accepted),
        Command::Inspect(opts) => inspect::run(&opts).map(|()| Input::Accepted),
        Command::Decode(opts) => decode::run(&opts),
        Command::Dialect(opts) => dialect::run(&opts),
        Command::Segments(opts) => segments::run(&opts),
        Command::Guard(opts) => guard::run(&opts),
        Command::Subscribers(opts) => subscribers::run(&opts),
        Command::Send(opts) => send::run(&opts),
        Command::Serve(opts) => serve::run(&opts).map(|()| Input::Accepted),
        Command::Status(opts) => status::run(&opts),
        Command::Completions(opts) => {
            manual::completions(&opts);
            Ok(Input::Accepted)
        }
        Command::Manual(opts) => manual::manual(&opts).map(|()| Input::Accepted),
    };
    match done {
        Ok(Input::Accepted) => ExitCode::SUCCESS,
        Ok(Input::SomeRejected) => ExitCode::from(1),
        Err(error) if reader_left(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tillbell: {error}");
            for cause in error.chain().skip(1) {
                eprintln!("  because: {cause}");
            }
            ExitCode::from(2)
        }
    }
}

/// Whether standard output was closed by whoever read it, as `head` does.
fn reader_left(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<std::io::Error>()
        .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}
