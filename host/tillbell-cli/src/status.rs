use std::collections::BTreeSet;
use std::io::{self, BufWriter, Write};

use anyhow::Result;
use clap::Args;
use serde::Serialize;
use tillbell_delivery::{CaseEvent, Cause, Depth, Parts, Period, Summary, Trail};
use tillbell_transaction::{Money, Timestamp};

use crate::Input;
use crate::outbox::{OutboxOpts, now_ms};

/// Tell what became of transactions and messages: of one, or of all of a period.
#[derive(Args)]
#[command(after_help = "\
Examples:
  tillbell status --outbox outbox.db
  tillbell status --outbox outbox.db --from 2026-11-20T00:00:00+08:00 --json
  tillbell status --outbox outbox.db --part-price 0.045
  tillbell status --outbox outbox.db --transaction 20261120-00000312-632408000123-000123-12850-purchase")]
pub(crate) struct Opts {
    #[command(flatten)]
    outbox: OutboxOpts,
    /// Why did this customer get nothing: every step of this transaction
    #[arg(long, value_name = "ID", conflicts_with_all = ["from", "to", "promise_s"])]
    transaction: Option<String>,
    /// Accepted from here on [default: 24 hours ago]
    #[arg(long, value_name = "RFC3339", value_parser = Timestamp::parse)]
    from: Option<Timestamp>,
    /// Accepted before [default: now]
    #[arg(long, value_name = "RFC3339", value_parser = Timestamp::parse)]
    to: Option<Timestamp>,
    /// After so many seconds a message is late
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(i64).range(1..=604_800))]
    promise_s: i64,
    /// What a segment costs, such as 0.045: adds the cost by bank and template
    #[arg(long, value_name = "PRICE", value_parser = price)]
    part_price: Option<i64>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// The decimals of a price, and of a cost.
const PRICE_DECIMALS: usize = 6;

/// Reads a price, in millionths.
fn price(text: &str) -> std::result::Result<i64, String> {
    let expected = || "expected a price such as 0.045, with at most 6 decimals".to_owned();
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let fits = (1..=9).contains(&whole.len()) && decimals.len() <= PRICE_DECIMALS;
    if !fits || !is_number(whole) || !is_number(decimals) {
        return Err(expected());
    }
    format!("{whole}{decimals:0<PRICE_DECIMALS$}").parse().map_err(|_| expected())
}

/// What so many segments cost.
fn cost(parts: u64, price: i64) -> String {
    let millionths = i128::from(parts) * i128::from(price);
    let text = format!("{}.{:06}", millionths / 1_000_000, millionths % 1_000_000);
    let shown = text.trim_end_matches('0');
    // Two decimals at least, as amounts have them.
    let point = text.find('.').unwrap_or(0);
    text[..shown.len().max(point + 3)].to_owned()
}

pub(crate) fn run(opts: &Opts) -> Result<Input> {
    let outbox = opts.outbox.open_existing()?;
    let mut output = BufWriter::new(io::stdout().lock());
    if let Some(name) = &opts.transaction {
        let trails = outbox.trails(name)?;
        for trail in &trails {
            match opts.json {
                true => {
                    serde_json::to_writer(&mut output, &TrailRow::of(trail))?;
                    writeln!(output)?;
                }
                false => print_trail(&mut output, trail)?,
            }
        }
        output.flush()?;
        if trails.is_empty() {
            eprintln!("no transaction of this name was accepted");
            return Ok(Input::SomeRejected);
        }
        return Ok(Input::Accepted);
    }
    let now_ms = now_ms()?;
    let ms = |time: Timestamp| time.unix_seconds() * 1_000;
    let period = Period {
        from_ms: opts.from.map_or(now_ms - 86_400_000, ms),
        to_ms: opts.to.map_or(now_ms + 1, ms),
        promise_ms: opts.promise_s * 1_000,
        now_ms,
    };
    let summary = outbox.summary(period)?;
    match opts.json {
        true => {
            serde_json::to_writer(&mut output, &SummaryRow::of(&summary, opts.part_price))?;
            writeln!(output)?;
        }
        false => print_summary(&mut output, &summary, opts, now_ms)?,
    }
    output.flush()?;
    Ok(Input::Accepted)
}

fn print_trail(output: &mut impl Write, trail: &Trail) -> Result<()> {
    let bundle = trail.bundle.as_deref().unwrap_or("no bank");
    writeln!(
        output,
        "{} · {bundle}{} · {}: {} ({}) · accepted {}",
        trail.name,
        trail.release.map_or(String::new(), |release| format!(" release {release}")),
        trail.decision,
        trail.reason,
        trail.rule,
        time(trail.accepted_ms)
    )?;
    if trail.counts_from_acceptance {
        writeln!(output, "  its own time cannot be right: what counts is when it was accepted")?;
    }
    for message in &trail.messages {
        write!(
            output,
            "  message {} · {} · {} · {} · {} segments",
            message.id,
            message.party.as_str(),
            message.channel,
            message.template,
            message.segments
        )?;
        match message.corrects {
            Some(corrected) => writeln!(output, " · corrects message {corrected}")?,
            None => writeln!(output)?,
        }
        for change in &message.changes {
            let cause = change.cause.as_ref().map_or("", Cause::as_str);
            writeln!(output, "    {} {:<10} {cause}", time(change.at_ms), change.state.as_str())?;
        }
    }
    if trail.case.len() > 1 {
        print_case(output, &trail.case)?;
    }
    Ok(())
}

/// The events of a case, who was told of which, and what they add up to.
fn print_case(output: &mut impl Write, case: &[CaseEvent]) -> Result<()> {
    writeln!(output, "  case of {} events", case.len())?;
    for event in case {
        let amount = match event.currency {
            Some(currency) => decimal(event.moved, currency),
            None => "an amount that is not known".into(),
        };
        let held = match (event.held, event.currency) {
            (0, _) | (_, None) => String::new(),
            (held, Some(currency)) => format!(", held {}", decimal(held, currency)),
        };
        writeln!(
            output,
            "    event {} · {} · {amount}{held} · {}",
            event.id, event.kind, event.name
        )?;
        for way in &event.ways {
            let by = match way.channel.as_str() {
                "" => String::new(),
                channel => format!(" by {channel}"),
            };
            let into =
                event.teller(way).map_or(String::new(), |into| format!(" into event {into}"));
            writeln!(output, "      {}{by}: {}{into}", way.party.as_str(), way.fate.as_str())?;
        }
    }
    let currencies: BTreeSet<_> = case.iter().filter_map(|event| event.currency).collect();
    for currency in currencies {
        let of_it = || case.iter().filter(|event| event.currency == Some(currency));
        let moved = of_it().map(|event| event.moved).sum();
        let held = of_it().map(|event| event.held).sum();
        write!(output, "    together {}", decimal(moved, currency))?;
        match held {
            0 => writeln!(output)?,
            held => writeln!(output, ", held {}", decimal(held, currency))?,
        }
    }
    Ok(())
}

fn decimal(minor_units: i64, currency: &str) -> String {
    Money::new(minor_units, currency).map_or(String::new(), |money| money.to_string())
}

fn print_summary(
    output: &mut impl Write,
    summary: &Summary,
    opts: &Opts,
    now_ms: i64,
) -> Result<()> {
    let promise_s = opts.promise_s;
    writeln!(output, "transactions")?;
    for (decision, count) in &summary.decisions {
        writeln!(output, "  {decision:<12} {count:>10}")?;
    }
    writeln!(output, "messages")?;
    for (state, count) in &summary.states {
        writeln!(output, "  {:<12} {count:>10}", state.as_str())?;
    }
    writeln!(output, "  {:<12} {:>10}  (over {promise_s} s)", "late", summary.late)?;
    if let Some(oldest_ms) = summary.oldest_ms {
        let seconds = (now_ms - oldest_ms).max(0) / 1_000;
        writeln!(output, "  the oldest in the queue waits since {}, {seconds} s", time(oldest_ms))?;
    }
    for depth in &summary.routeless {
        let Depth { queue, .. } = depth;
        let messages = depth.waiting();
        writeln!(output, "  queue {queue}: {messages} messages wait, and no route takes them")?;
    }
    if let Some(times) = summary.times {
        let s = |ms: i64| ms as f64 / 1_000.0;
        writeln!(
            output,
            "delivered in  {:.1} s (half), {:.1} s (95 %), {:.1} s (99 %)",
            s(times.p50_ms),
            s(times.p95_ms),
            s(times.p99_ms)
        )?;
    }
    if !summary.causes.is_empty() {
        writeln!(output, "why not")?;
        for row in &summary.causes {
            writeln!(output, "  {:<10} {:<28} {:>8}", row.state.as_str(), row.cause, row.messages)?;
        }
    }
    if !summary.parts.is_empty() {
        write!(output, "{:<14} {:<28} {:>8} {:>8}", "bank", "template", "messages", "segments")?;
        writeln!(output, "{}", if opts.part_price.is_some() { "         cost" } else { "" })?;
        for row in &summary.parts {
            let Parts { bundle, template, messages, parts } = row;
            write!(output, "{bundle:<14} {template:<28} {messages:>8} {parts:>8}")?;
            match opts.part_price {
                Some(price) => writeln!(output, " {:>12}", cost(*parts, price))?,
                None => writeln!(output)?,
            }
        }
    }
    Ok(())
}

/// An instant in UTC, with milliseconds.
fn time(at_ms: i64) -> String {
    let text =
        Timestamp::new(at_ms.div_euclid(1_000), 0).map_or(String::new(), |at| at.to_string());
    text.replace('Z', &format!(".{:03}Z", at_ms.rem_euclid(1_000)))
}

#[derive(Serialize)]
struct TrailRow<'a> {
    transaction: &'a str,
    bundle: Option<&'a str>,
    release: Option<u64>,
    decision: &'a str,
    reason: &'a str,
    rule: &'a str,
    accepted: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    counts_from: Option<&'static str>,
    messages: Vec<MessageRow<'a>>,
    case: Vec<EventRow<'a>>,
}

#[derive(Serialize)]
struct EventRow<'a> {
    transaction: &'a str,
    event: i64,
    kind: &'a str,
    moved: i64,
    held: i64,
    currency: Option<&'a str>,
    ways: Vec<WayRow<'a>>,
}

#[derive(Serialize)]
struct WayRow<'a> {
    party: &'a str,
    channel: &'a str,
    fate: &'a str,
    into: Option<i64>,
}

#[derive(Serialize)]
struct MessageRow<'a> {
    id: i64,
    party: &'a str,
    channel: &'a str,
    template: &'a str,
    release: Option<u64>,
    segments: usize,
    attempts: u32,
    corrects: Option<i64>,
    changes: Vec<ChangeRow<'a>>,
}

#[derive(Serialize)]
struct ChangeRow<'a> {
    at: String,
    state: &'static str,
    cause: Option<&'a str>,
}

impl<'a> TrailRow<'a> {
    fn of(trail: &'a Trail) -> Self {
        let messages = trail.messages.iter().map(|message| MessageRow {
            id: message.id,
            party: message.party.as_str(),
            channel: &message.channel,
            template: &message.template,
            release: message.release,
            segments: message.segments,
            attempts: message.attempts,
            corrects: message.corrects,
            changes: message
                .changes
                .iter()
                .map(|change| ChangeRow {
                    at: time(change.at_ms),
                    state: change.state.as_str(),
                    cause: change.cause.as_ref().map(Cause::as_str),
                })
                .collect(),
        });
        Self {
            transaction: &trail.name,
            bundle: trail.bundle.as_deref(),
            release: trail.release,
            decision: &trail.decision,
            reason: &trail.reason,
            rule: &trail.rule,
            accepted: time(trail.accepted_ms),
            counts_from: trail.counts_from_acceptance.then_some("acceptance"),
            messages: messages.collect(),
            case: trail.case.iter().map(EventRow::of).collect(),
        }
    }
}

impl<'a> EventRow<'a> {
    fn of(event: &'a CaseEvent) -> Self {
        let ways = event.ways.iter().map(|way| WayRow {
            party: way.party.as_str(),
            channel: &way.channel,
            fate: way.fate.as_str(),
            into: event.teller(way),
        });
        Self {
            transaction: &event.name,
            event: event.id,
            kind: event.kind,
            moved: event.moved,
            held: event.held,
            currency: event.currency,
            ways: ways.collect(),
        }
    }
}

#[derive(Serialize)]
struct SummaryRow<'a> {
    transactions: serde_json::Map<String, serde_json::Value>,
    messages: serde_json::Map<String, serde_json::Value>,
    late: u64,
    oldest: Option<String>,
    /// Queues that no route takes, with the messages that wait there.
    routeless: serde_json::Map<String, serde_json::Value>,
    delivered_ms: Option<TimesRow>,
    causes: Vec<CauseRow<'a>>,
    parts: Vec<PartsRow<'a>>,
}

#[derive(Serialize)]
struct TimesRow {
    p50: i64,
    p95: i64,
    p99: i64,
}

#[derive(Serialize)]
struct CauseRow<'a> {
    state: &'static str,
    cause: &'a str,
    messages: u64,
}

#[derive(Serialize)]
struct PartsRow<'a> {
    bundle: &'a str,
    template: &'a str,
    messages: u64,
    segments: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    cost: Option<String>,
}

impl<'a> SummaryRow<'a> {
    fn of(summary: &'a Summary, price: Option<i64>) -> Self {
        let decisions =
            summary.decisions.iter().map(|(name, count)| (name.clone(), (*count).into()));
        let states =
            summary.states.iter().map(|(state, count)| (state.to_string(), (*count).into()));
        let routeless = summary.routeless.iter();
        let routeless = routeless.map(|depth| (depth.queue.clone(), depth.waiting().into()));
        let causes = summary.causes.iter().map(|row| CauseRow {
            state: row.state.as_str(),
            cause: &row.cause,
            messages: row.messages,
        });
        let parts = summary.parts.iter().map(|row| PartsRow {
            bundle: &row.bundle,
            template: &row.template,
            messages: row.messages,
            segments: row.parts,
            cost: price.map(|price| cost(row.parts, price)),
        });
        Self {
            transactions: decisions.collect(),
            messages: states.collect(),
            late: summary.late,
            oldest: summary.oldest_ms.map(time),
            routeless: routeless.collect(),
            delivered_ms: summary.times.map(|times| TimesRow {
                p50: times.p50_ms,
                p95: times.p95_ms,
                p99: times.p99_ms,
            }),
            causes: causes.collect(),
            parts: parts.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cost_is_exact() {
        for (parts, text, wanted) in [
            (3, "0.045", "0.135"),
            (0, "0.045", "0.00"),
            (1_000_000_000, "0.0451", "45100000.00"),
            (7, "1", "7.00"),
            (1, "0.000001", "0.000001"),
        ] {
            assert_eq!(cost(parts, price(text).unwrap()), wanted, "{parts} at {text}");
        }
        for wrong in ["", "-1", "0.0000001", "1,5", "x", "1234567890"] {
            assert!(price(wrong).is_err(), "{wrong}");
        }
    }
}
