use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use tillbell::Host;
use tillbell_delivery::channel::FileChannel;
use tillbell_delivery::{Accepted, Batch, Outbox};
use tillbell_transaction::{Record, Timestamp, TokenKey, Transaction};

use crate::Input;
use crate::bundles::{self, BundleOpts, DeadlineOpts};
use crate::events::{Ahead, FeedOpts, Said, warn_of_left_out};
use crate::out::say;
use crate::outbox::{OutboxOpts, TokenOpts, now_ms};

/// Transactions of one commit.
const BATCH_TRANSACTIONS_MAX: usize = 64;
/// Deferred transactions that are decided at a time.
const UNDECIDED_MAX: usize = 256;
/// The channel that is written.
const CHANNEL: &str = "sms";

/// Process a feed of transactions and send each message once.
///
/// What was decided is kept in an outbox, before anything is sent. Contacts are those of `tillbell subscribers`: without consent nobody is told,
/// whatever the feed says. The same transaction again makes no second message, a
/// reversal cancels what was not sent. It may be interrupted at any moment and
/// started again with the same feed.
#[derive(Args)]
#[command(after_help = "\
Example:
  tillbell subscribers import --outbox outbox.db examples/feeds/subscribers.csv
  tillbell send examples/banks/* --events examples/feeds/day.jsonl \\
    --now 2026-11-20T21:30:00+08:00 \\
    --outbox outbox.db --to messages.jsonl
  tillbell status --outbox outbox.db --from 2026-11-20T00:00:00+08:00")]
pub(crate) struct Opts {
    /// Bundles: folders, or files of `tillbell bake`
    #[arg(required = true, value_name = "BUNDLE")]
    bundles: Vec<PathBuf>,
    #[command(flatten)]
    feed: FeedOpts,
    #[command(flatten)]
    outbox: OutboxOpts,
    #[command(flatten)]
    token: TokenOpts,
    /// Append the messages of channel sms to this file, one JSON object a line,
    /// recipients in clear
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    /// The clock, in RFC 3339 [default: this machine's]
    #[arg(long, value_name = "RFC3339", value_parser = Timestamp::parse)]
    now: Option<Timestamp>,
    #[command(flatten)]
    deadline: DeadlineOpts,
    #[command(flatten)]
    sources: BundleOpts,
}

/// What was done.
#[derive(Default)]
struct Done {
    accepted: u64,
    repeats: u64,
    malformed: u64,
    written: usize,
}

pub(crate) fn run(opts: &Opts) -> Result<Input> {
    let platform = opts.sources.platform()?;
    let host = bundles::host(&opts.bundles, &opts.sources, &platform, opts.deadline.deadline_ms)?;
    let key = opts.token.key()?;
    let lock = opts.outbox.send_lock()?;
    let mut outbox = opts.outbox.open_to_send(&lock)?;
    let named = || opts.to.display().to_string();
    let mut channel = FileChannel::open(&opts.to).with_context(named)?;
    channel.resume(&mut outbox, CHANNEL, opts.now_ms()?).with_context(named)?;
    let events = Ahead::open(&opts.feed, opts.now, key.clone(), BATCH_TRANSACTIONS_MAX)?;
    let mut done = Done::default();
    while opts.accept(&host, key.as_ref(), &mut outbox, &events, &mut done)? {
        done.written +=
            channel.deliver(&mut outbox, CHANNEL, opts.now_ms()?).with_context(named)?;
    }
    opts.decide(&host, &mut outbox)?;
    done.written += channel.deliver(&mut outbox, CHANNEL, opts.now_ms()?).with_context(named)?;
    say!(
        "{} transactions accepted, {} repeats, {} malformed; {} messages written",
        done.accepted,
        done.repeats,
        done.malformed,
        done.written
    );
    Ok(if done.malformed == 0 { Input::Accepted } else { Input::SomeRejected })
}

impl Opts {
    fn now_ms(&self) -> Result<i64> {
        self.now.map_or_else(now_ms, |now| Ok(now.unix_seconds() * 1_000))
    }

    /// Accepts some events; whether there may be more.
    fn accept(
        &self,
        host: &Host,
        key: Option<&TokenKey>,
        outbox: &mut Outbox,
        events: &Ahead,
        done: &mut Done,
    ) -> Result<bool> {
        // Nothing is locked while the feed is waited for.
        let Some(first) = events.next()? else { return Ok(false) };
        let batch = outbox.begin()?;
        let ready = std::iter::from_fn(|| events.ready().transpose());
        for said in std::iter::once(Ok(first)).chain(ready).take(BATCH_TRANSACTIONS_MAX) {
            let Said { place, record, alarms } = said?;
            warn_of_left_out(&place, &alarms);
            match record {
                Ok(Record::Transaction(mut transaction)) => {
                    if let Some(key) = key {
                        key.name_card(&mut transaction);
                    }
                    let mut decide = |batch: &Batch<'_>, transaction: &Transaction, now| {
                        let outcome = host.process_with(transaction, now, Some(batch));
                        for failure in &outcome.failures {
                            let id = &outcome.transaction;
                            eprintln!("{place}: warning: {id}: {}", failure.detail);
                        }
                        outcome
                    };
                    match batch.take_in(&mut transaction, self.now_ms()?, &mut decide)? {
                        Accepted::New(_) => done.accepted += 1,
                        Accepted::Repeat(_) => done.repeats += 1,
                    }
                }
                Ok(Record::Ignored(ignored)) if ignored.reason.is_alarm() => {
                    eprintln!("{place}: warning: {}", ignored.reason);
                }
                Ok(Record::Ignored(_)) => {}
                Err(error) => {
                    done.malformed += 1;
                    eprintln!("{place}: {error}");
                }
            }
        }
        batch.commit()?;
        Ok(true)
    }

    /// Decides what was deferred until now.
    fn decide(&self, host: &Host, outbox: &mut Outbox) -> Result<()> {
        loop {
            let batch = outbox.begin()?;
            let mut decide = |batch: &Batch<'_>, transaction: &Transaction, now| {
                host.process_with(transaction, now, Some(batch))
            };
            let mut unreadable =
                || eprintln!("warning: a deferred transaction cannot be read: it is set aside");
            let decided =
                batch.decide_due(UNDECIDED_MAX, self.now_ms()?, &mut decide, &mut unreadable)?;
            batch.commit()?;
            if decided < UNDECIDED_MAX {
                return Ok(());
            }
        }
    }
}
