use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;
use serde::Serialize;
use tillbell::{ConfiguredItem, Role};
use tillbell_bake::ExplainedRule;
use tillbell_kit::explain::{self, Explained, Masked, Treated};
use tillbell_kit::seen::Detail;
use tillbell_kit::{Happened, World, block};
use tillbell_transaction::Record;

use crate::Input;
use crate::bundles::{self, BundleOpts};
use crate::events::{Events, FeedOpts, warn_of_left_out};
use crate::people::PeopleOpts;

/// Say why a bundle says what it says of one event.
///
/// Every rule in its order with the parts of its condition and their values, what was masked
/// how, which template was taken, what accounts for each number of a text.
#[derive(Args)]
#[command(after_help = "\
The events before it happen all the same: counters, repeats and reversals are as on
that day. Rules are explained by routers that can say so, as the built-in one, of a
bundle's folder; of others, and of artefacts, you see what the host sees.

Examples:
  tillbell explain examples/banks/harbour --event event.json
  tillbell explain examples/banks/harbour --events examples/feeds/day.jsonl --only ID")]
pub(crate) struct Opts {
    /// The bundle's folder, or a file of `tillbell bake`
    bundle: PathBuf,
    #[command(flatten)]
    feed: FeedOpts,
    #[command(flatten)]
    people: PeopleOpts,
    /// The event's id [default: the last one of the feed]
    #[arg(long, value_name = "ID")]
    only: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// Print what is somebody's own in full
    #[arg(long)]
    show_recipients: bool,
    #[command(flatten)]
    sources: BundleOpts,
}

/// Wall time of one call, in milliseconds: a slow laptop must not change what is explained.
const DEADLINE_MS: u32 = 1_000;

pub(crate) fn run(opts: &Opts) -> Result<Input> {
    let platform = opts.sources.platform()?;
    let bundle = std::slice::from_ref(&opts.bundle);
    let artefacts = bundles::artefacts(bundle, &opts.sources, &platform)?;
    let host = bundles::host_of(&artefacts, &platform, DEADLINE_MS)?;
    let table = opts.people.table()?;
    let mut world = World::new(&host).with_subscribers(table.as_ref()).looking_on(Detail::Fields);
    let is_meant =
        |own: &Happened| opts.only.as_ref().is_none_or(|only| *only == own.outcome.transaction);
    let mut meant: Option<Happened> = None;
    let mut keep = |all: Vec<Happened>| {
        for own in all.into_iter().filter(is_meant) {
            // An event that comes again is decided once: what its bank said is explained.
            let is_again = |known: &Happened| {
                own.seen.asked.is_empty() && known.outcome.transaction == own.outcome.transaction
            };
            if !meant.as_ref().is_some_and(is_again) {
                meant = Some(own);
            }
        }
    };
    let mut events = Events::open(&opts.feed, None, None)?;
    while let Some(event) = events.next()? {
        warn_of_left_out(&event.place, &event.alarms);
        match event.record {
            Ok(Record::Transaction(ref transaction)) => {
                keep(world.take(transaction.clone()));
            }
            Ok(Record::Ignored(_)) => {}
            Err(ref error) => eprintln!("{}: {error}", event.place),
        }
    }
    // What waited for its time is decided at the end.
    keep(world.end());
    let Some(happened) = meant else {
        match &opts.only {
            Some(only) => bail!("the feed has no event {only:?}"),
            None => bail!("the feed has no transaction"),
        }
    };
    let rules = match happened.seen.asked.last() {
        Some((transaction, now)) => {
            bundles::explain(&opts.bundle, &opts.sources, &platform, transaction, *now)?
        }
        None => None,
    };
    let plugins = artefacts.iter().flat_map(|artefact| artefact.plugins());
    let renderer = plugins.filter(|plugin| plugin.role == Role::Renderer);
    let configured: Vec<ConfiguredItem> =
        renderer.flat_map(|plugin| plugin.configured.clone()).collect();
    let explained = explain::explain(&happened, rules, &configured);
    let mut output = io::stdout().lock();
    if opts.json {
        serde_json::to_writer(&mut output, &Row::of(&happened, &explained, opts.show_recipients))
            .map_err(io::Error::from)?;
        writeln!(output)?;
    } else {
        let style = block::Style {
            show_recipients: opts.show_recipients,
            deadline_ms: platform.limits.deadline_ms,
            ..block::Style::default()
        };
        writeln!(output, "{}", happened.block_in(style))?;
        write!(output, "{}", explained.block(opts.show_recipients))?;
    }
    Ok(Input::Accepted)
}

#[derive(Serialize)]
struct Row<'a> {
    transaction: &'a str,
    decision: &'a str,
    rule: &'a str,
    reason: &'a str,
    rules: Option<Vec<RuleRow<'a>>>,
    masked: Vec<MaskedRow<'a>>,
    texts: Vec<TextRow<'a>>,
}

#[derive(Serialize)]
struct RuleRow<'a> {
    name: &'a str,
    file: &'a str,
    line: u32,
    effect: &'a str,
    parts: Vec<PartRow<'a>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    left_out: &'a [String],
}

#[derive(Serialize)]
struct PartRow<'a> {
    depth: u8,
    condition: &'a str,
    /// None where it cannot be told.
    holds: Option<bool>,
    facts: Vec<&'a (String, String)>,
}

#[derive(Serialize)]
struct MaskedRow<'a> {
    party: &'a str,
    fields: Vec<FieldRow<'a>>,
}

#[derive(Serialize)]
struct FieldRow<'a> {
    field: &'a str,
    given: String,
    shown: Option<String>,
}

#[derive(Serialize)]
struct TextRow<'a> {
    party: &'a str,
    template: &'a str,
    locale: &'a str,
    file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    accounted: Vec<AccountedRow<'a>>,
}

#[derive(Serialize)]
struct AccountedRow<'a> {
    part: &'a str,
    by: &'a str,
}

impl<'a> Row<'a> {
    fn of(happened: &'a Happened, explained: &'a Explained, in_full: bool) -> Self {
        let outcome = &happened.outcome;
        let rules = explained.rules.as_ref();
        Self {
            transaction: &outcome.transaction,
            decision: outcome.decision.as_str(),
            rule: outcome.rule(),
            reason: outcome.reason(),
            rules: rules.map(|rules| rules.iter().map(RuleRow::of).collect()),
            masked: explained.masked.iter().map(|own| MaskedRow::of(own, in_full)).collect(),
            texts: explained.texts.iter().map(TextRow::of).collect(),
        }
    }
}

impl<'a> RuleRow<'a> {
    fn of(rule: &'a ExplainedRule) -> Self {
        let parts = rule.parts.iter().map(|part| PartRow {
            depth: part.depth,
            condition: &part.condition,
            holds: part.holds.as_ref().ok().copied(),
            facts: part.facts.iter().collect(),
        });
        Self {
            name: &rule.name,
            file: &rule.file,
            line: rule.line,
            effect: rule.effect.as_str(),
            parts: parts.collect(),
            left_out: &rule.left_out,
        }
    }
}

impl<'a> MaskedRow<'a> {
    fn of(masked: &'a Masked, in_full: bool) -> Self {
        let fields = masked.fields.iter().map(|(field, treated)| FieldRow {
            field: &field.path,
            given: field.shown(in_full),
            shown: match treated {
                Treated::Kept => Some(field.shown(in_full)),
                Treated::Changed(shown) => Some(shown.shown(in_full)),
                Treated::LeftOut => None,
            },
        });
        Self { party: masked.party.as_str(), fields: fields.collect() }
    }
}

impl<'a> TextRow<'a> {
    fn of(own: &'a explain::Explanation) -> Self {
        let seen = own.text.as_ref();
        let accounted = seen.iter().flat_map(|seen| {
            seen.accounted.iter().map(|accounted| AccountedRow {
                part: seen.text.get(accounted.start..accounted.end).unwrap_or_default(),
                by: accounted.by.as_str(),
            })
        });
        Self {
            party: own.party.as_str(),
            template: &own.asked.0,
            locale: &own.asked.1,
            file: own.template.as_ref().map(|item| format!("{}:{}", item.file, item.line)),
            failure: seen.err().map(String::as_str),
            text: seen.ok().map(tillbell_kit::seen::SeenText::marked),
            accounted: accounted.collect(),
        }
    }
}
