use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use tillbell_delivery::subscribers::{self, Contact, Imported, Subscriber};
use tillbell_transaction::{Money, Pan, Party, QuietHours, Timestamp};

use crate::Input;
use crate::feed;
use crate::out::say;
use crate::outbox::{OutboxOpts, TokenOpts, now_ms};

/// Rows of one commit, and wrong rows that are named: the rest is counted.
const ROWS_A_COMMIT: usize = 10_000;
const WRONG_NAMED_MAX: usize = 100;

/// How far ahead of this machine's clock a consent may be dated, in seconds: clocks of others
/// differ, and some write the end of a day.
const CONSENT_AHEAD_SECONDS: i64 = 86_400;
/// What is wrong with a consent that has not begun.
const LATER: &str = "is dated later than today: nobody is told before it begins, so add it then";

/// Keep the table of who may be told, where and how.
///
/// A subscriber is a cardholder, known by the card's token, or a merchant, known
/// by its id. Without consent nobody is told. The table stands in the file of the
/// outbox; a running `tillbell serve` sees what changes.
#[derive(Args)]
#[command(after_help = "\
The columns of a file, in any order; party and reference must be there:
  party               cardholder or merchant
  reference           the card's token (never its number), the merchant's id
  phone, email        where to tell: sms, email
  locale              such as zh-CN
  threshold, currency debits below are not worth a message: 100.00, CNY
  quiet_hours         22:00-07:00, on this person's wall clock
  utc_offset_minutes  that clock: 480
  consent             since when, in RFC 3339; empty: does not consent

Examples:
  tillbell subscribers import --outbox outbox.db subscribers.csv
  tillbell subscribers add --outbox outbox.db cardholder tok_0018 --phone '+86 138 0013 8000' --consent 2026-11-20T08:31:05+08:00
  tillbell subscribers list --outbox outbox.db
  tillbell subscribers export --outbox outbox.db > subscribers.csv

Where sources send card numbers and no tokens, `send` makes tokens by a key, and
this makes the same for the table:
  openssl rand -hex 32 > token.key
  tillbell subscribers token --token-key token.key < numbers > tokens")]
pub(crate) struct Opts {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Add and change those of a CSV file; the others stay
    Import {
        #[command(flatten)]
        table: OutboxOpts,
        /// The file, with the names of its columns in the first line
        file: PathBuf,
    },
    /// Add one, or change the one of this reference: what is not named stays as it is
    Add(Box<Add>),
    /// Remove one
    Remove {
        #[command(flatten)]
        table: OutboxOpts,
        /// cardholder or merchant
        #[arg(value_parser = party)]
        party: Party,
        /// The card's token, the merchant's id
        reference: String,
    },
    /// Print them, contacts masked
    List(OutboxOpts),
    /// Print them as a CSV file, contacts in clear
    Export(OutboxOpts),
    /// Print the token of each card number on standard input, one a line
    Token(TokenOpts),
}

#[derive(Args)]
struct Add {
    #[command(flatten)]
    table: OutboxOpts,
    /// cardholder or merchant
    #[arg(value_parser = party)]
    party: Party,
    /// The card's token, the merchant's id
    reference: String,
    /// Where to tell by sms
    #[arg(long)]
    phone: Option<String>,
    /// Where to tell by email
    #[arg(long)]
    email: Option<String>,
    /// The language, such as zh-CN
    #[arg(long)]
    locale: Option<String>,
    /// Debits below are not worth a message, such as 100.00
    #[arg(long, requires = "currency")]
    threshold: Option<String>,
    /// The threshold's currency, such as CNY
    #[arg(long, requires = "threshold")]
    currency: Option<String>,
    /// When optional messages are not wanted, such as 22:00-07:00
    #[arg(long)]
    quiet_hours: Option<String>,
    /// The wall clock: minutes ahead of UTC
    #[arg(long, allow_hyphen_values = true)]
    utc_offset_minutes: Option<i16>,
    /// Since when this person consents, such as 2026-11-20T08:31:05+08:00
    #[arg(long, conflicts_with = "no_consent")]
    consent: Option<String>,
    /// This person does not consent any more
    #[arg(long)]
    no_consent: bool,
}

fn party(name: &str) -> Result<Party, String> {
    let known = Party::ALL.iter().copied().find(|party| party.as_str() == name);
    known.ok_or_else(|| "expected cardholder or merchant".into())
}

pub(crate) fn run(opts: &Opts) -> Result<Input> {
    match &opts.command {
        Command::Import { table, file } => import(table, file),
        Command::Add(one) => add(one),
        Command::Remove { table, party, reference } => {
            let mut outbox = table.open()?;
            let batch = outbox.begin()?;
            let removed = batch.unsubscribe(*party, reference)?;
            batch.commit()?;
            match removed {
                true => say!("removed"),
                false => bail!("there is no {party} of this reference", party = party.as_str()),
            }
            Ok(Input::Accepted)
        }
        Command::List(table) => list(table),
        Command::Export(table) => export(table),
        Command::Token(key) => tokens(key),
    }
}

fn tokens(opts: &TokenOpts) -> Result<Input> {
    let key = opts.required()?;
    feed::each_text(|text, output| match Pan::parse(text.trim()) {
        Ok(pan) => {
            output.write_all(key.token(&pan).as_bytes())?;
            Ok(Input::Accepted)
        }
        Err(_) => Ok(Input::SomeRejected),
    })
}

fn import(table: &OutboxOpts, path: &Path) -> Result<Input> {
    let named = || path.display().to_string();
    let file = File::open(path).with_context(named)?;
    let mut rows = subscribers::read(io::BufReader::new(file)).with_context(named)?.peekable();
    let mut outbox = table.open()?;
    let latest = latest_consent()?;
    let (mut added, mut changed, mut same, mut wrong) = (0, 0, 0, 0usize);
    let mut refuse = |why: &dyn std::fmt::Display| {
        wrong += 1;
        if wrong <= WRONG_NAMED_MAX {
            eprintln!("{}: {why}", path.display());
        }
    };
    while rows.peek().is_some() {
        let batch = outbox.begin()?;
        for row in rows.by_ref().take(ROWS_A_COMMIT) {
            match row {
                Ok(subscriber) if subscriber.consents_after(latest) => {
                    refuse(&format_args!("{}: consent: {LATER}", subscriber.reference));
                }
                Ok(subscriber) => match batch.subscribe(&subscriber, now_ms()?)? {
                    Imported::Added => added += 1,
                    Imported::Changed => changed += 1,
                    Imported::Same => same += 1,
                },
                Err(error) => refuse(&error),
            }
        }
        batch.commit()?;
    }
    say!("{added} added, {changed} changed, {same} as they were, {wrong} wrong");
    Ok(if wrong == 0 { Input::Accepted } else { Input::SomeRejected })
}

/// The latest date that a consent may have today.
fn latest_consent() -> Result<Timestamp> {
    Ok(Timestamp::new(now_ms()? / 1_000 + CONSENT_AHEAD_SECONDS, 0)?)
}

fn add(one: &Add) -> Result<Input> {
    let mut outbox = one.table.open()?;
    let batch = outbox.begin()?;
    let new = Subscriber::new(one.party, &one.reference)?;
    let mut subscriber = batch.subscriber(one.party, &one.reference)?.unwrap_or(new);
    if let Some(phone) = &one.phone {
        subscriber.phone = Some(Contact::phone(phone)?);
    }
    if let Some(email) = &one.email {
        subscriber.email = Some(Contact::email(email)?);
    }
    if let Some(tag) = &one.locale {
        subscriber = subscriber.with_locale(tag)?;
    }
    if let (Some(amount), Some(currency)) = (&one.threshold, &one.currency) {
        subscriber.threshold = Some(Money::parse(amount, currency).context("threshold")?);
    }
    if let Some(hours) = &one.quiet_hours {
        subscriber.quiet_hours = Some(QuietHours::parse(hours)?);
    }
    if let Some(minutes) = one.utc_offset_minutes {
        subscriber = subscriber.with_utc_offset_minutes(minutes)?;
    }
    if let Some(consent) = &one.consent {
        subscriber.consent = Some(Timestamp::parse(consent).context("consent")?);
    }
    if one.no_consent {
        subscriber.consent = None;
    }
    if subscriber.consents_after(latest_consent()?) {
        bail!("consent: {LATER}");
    }
    if subscriber.consent.is_none() {
        eprintln!("warning: without consent nobody is told: --consent says since when");
    }
    let done = batch.subscribe(&subscriber, now_ms()?)?;
    batch.commit()?;
    say!(
        "{}",
        match done {
            Imported::Added => "added",
            Imported::Changed => "changed",
            Imported::Same => "as it was",
        }
    );
    Ok(Input::Accepted)
}

fn list(table: &OutboxOpts) -> Result<Input> {
    let outbox = table.open_existing()?;
    let mut output = BufWriter::new(io::stdout().lock());
    writeln!(
        output,
        "{:<11} {:<24} {:<22} {:<8} consent",
        "party", "reference", "contact", "locale"
    )?;
    outbox.subscribers(|subscriber| -> Result<()> {
        let contact = subscriber.phone.as_ref().or(subscriber.email.as_ref());
        writeln!(
            output,
            "{:<11} {:<24} {:<22} {:<8} {}",
            subscriber.party.as_str(),
            subscriber.reference,
            contact.map_or("none".into(), Contact::masked),
            subscriber.locale.as_deref().unwrap_or("-"),
            subscriber.consent.map_or("none".into(), |time| time.to_string()),
        )?;
        Ok(())
    })?;
    output.flush()?;
    Ok(Input::Accepted)
}

fn export(table: &OutboxOpts) -> Result<Input> {
    let outbox = table.open_existing()?;
    let mut writer = subscribers::Writer::new(BufWriter::new(io::stdout().lock()))?;
    outbox.subscribers(|subscriber| anyhow::Ok(writer.write(&subscriber)?))?;
    writer.finish()?;
    Ok(Input::Accepted)
}
