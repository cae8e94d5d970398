//! A case, run.

use tillbell::{Author, Decision, Host, Message, Outcome};
use tillbell_transaction::{Party, Timestamp};

use super::file::{Case, Doing, Expected};
use super::snapshot;
use super::{Fault, Verdict, What};
use crate::{Happened, World};

/// Runs a case in a world of its own, and holds what it says against its snapshot; none
/// where there is none yet.
pub fn run(host: &Host, case: &Case, known: Option<&str>) -> Verdict {
    let mut world = World::new(host).with_subscribers(case.subscribers.as_ref());
    let known_steps = known.map(snapshot::steps);
    let mut verdict = Verdict {
        name: case.name.clone(),
        faults: Vec::new(),
        snapshot: String::new(),
        happened: Vec::new(),
    };
    if !case.about.is_empty() {
        verdict.snapshot = format!("# {}\n\n", case.about.replace('\n', " "));
    }
    if known.is_none() {
        verdict.faults.push(Fault { step: 0, what: What::NoSnapshot, facts: String::new() });
    }
    let mut now = case.clock;
    for (index, step) in case.steps.iter().enumerate() {
        let number = index + 1;
        let happened = match &step.doing {
            Doing::Event(event) => {
                now = Some(now.map_or(event.time, |now| later(now, event.time)));
                world.take(event.clone())
            }
            Doing::Pass(seconds) => pass(&mut world, &mut now, |now| now.unix_seconds() + seconds),
            Doing::Until(until) => pass(&mut world, &mut now, |_| until.unix_seconds()),
            Doing::Arrived { ways, did } => {
                for (party, channel) in ways {
                    let last = verdict.happened.iter().rev();
                    let mut last = last.filter(|own| own.outcome.has_message(*party, channel));
                    match last.next() {
                        Some(_) if *did => {}
                        Some(own) => world.lose(own, *party, channel),
                        None => verdict.faults.push(Fault {
                            step: number,
                            what: What::Other {
                                name: if *did { "delivered" } else { "failed" },
                                wanted: format!("a message to the {party} by {channel}"),
                                got: "none before this step".into(),
                            },
                            facts: String::new(),
                        }),
                    }
                }
                Vec::new()
            }
        };
        let body: Vec<_> = happened.iter().map(Happened::block).collect();
        let body = body.join("\n");
        verdict.snapshot.push_str(&snapshot::part(number, &body));
        let facts = happened.last().map(facts).unwrap_or_default();
        let faults = check(&step.expected, &happened).into_iter();
        verdict.faults.extend(faults.map(|what| Fault {
            step: number,
            what,
            facts: facts.clone(),
        }));
        if let Some(known) = &known_steps {
            let was = known.iter().find(|(own, _)| *own == number).map_or("", |(_, body)| body);
            let changes = snapshot::changes(was, body.trim_end());
            if !changes.is_empty() {
                verdict.faults.push(Fault { step: number, what: What::Text(changes), facts });
            }
        }
        verdict.happened.extend(happened);
    }
    verdict
}

fn later(one: Timestamp, other: Timestamp) -> Timestamp {
    if one.unix_seconds() > other.unix_seconds() { one } else { other }
}

/// Lets time go on; before the first event there is none.
fn pass(
    world: &mut World<'_>,
    now: &mut Option<Timestamp>,
    until: impl Fn(Timestamp) -> i64,
) -> Vec<Happened> {
    let Some(from) = *now else { return Vec::new() };
    let Ok(until) = Timestamp::new(until(from), from.utc_offset_minutes()) else {
        return Vec::new();
    };
    *now = Some(later(from, until));
    world.pass(until)
}

/// What is not as a step expects; of several that happened the last counts.
fn check(expected: &Expected, happened: &[Happened]) -> Vec<What> {
    let mut faults = Vec::new();
    if !expected.trouble {
        faults.extend(happened.iter().flat_map(trouble).map(What::Trouble));
    }
    let mut other = |name, wanted: &str, got: String| {
        faults.push(What::Other { name, wanted: wanted.to_owned(), got });
    };
    let last = happened.last();
    let nothing = || "nothing happened".to_owned();
    let got =
        |of: fn(&Outcome) -> &str| last.map_or_else(nothing, |own| of(&own.outcome).to_owned());
    for (name, wanted, got) in [
        ("decision", &expected.decision, got(|outcome| outcome.decision.as_str())),
        ("rule", &expected.rule, got(Outcome::rule)),
        ("reason", &expected.reason, got(Outcome::reason)),
    ] {
        if let Some(wanted) = wanted.as_ref().filter(|wanted| **wanted != got) {
            other(name, wanted, got);
        }
    }
    // Nothing is sent to who is not there.
    let is_sent = |own: &Happened, message: &Message| {
        message.recipient.is_some() || !own.absent.iter().any(|(of, _)| *of == message.party)
    };
    let all =
        last.iter().flat_map(|own| own.outcome.messages.iter().filter(|one| is_sent(own, one)));
    let messages: Vec<&Message> = all.collect();
    if let Some(told) = &expected.told {
        for wanted in told {
            if !messages.iter().any(|message| is_told(message, wanted)) {
                other("told", wanted, list(&messages));
            }
        }
    }
    if expected.nobody_else {
        let told = expected.told.as_deref().unwrap_or_default();
        let extra = |message: &&&Message| !told.iter().any(|wanted| is_told(message, wanted));
        let extra: Vec<_> = messages.iter().filter(extra).map(|message| way(message)).collect();
        if !extra.is_empty() {
            other("nobody_else", "nobody else", extra.join(", "));
        }
    }
    if let Some(wanted) = &expected.absent {
        let absent = last.iter().flat_map(|own| &own.absent);
        let absent: Vec<_> =
            absent.map(|(party, absence)| format!("{party} {}", absence.as_str())).collect();
        if absent != *wanted {
            other("absent", &wanted.join(", "), absent.join(", "));
        }
    }
    let segments: usize = messages.iter().map(|message| message.segments).sum();
    if expected.segments.is_some_and(|wanted| wanted != segments) {
        other("segments", &expected.segments.unwrap_or(0).to_string(), segments.to_string());
    }
    if expected.segments_max.is_some_and(|most| segments > most) {
        let wanted = format!("at most {}", expected.segments_max.unwrap_or(0));
        other("segments_max", &wanted, segments.to_string());
    }
    let says = |words: &str| messages.iter().any(|message| message.text.contains(words));
    for words in expected.says.iter().filter(|words| !says(words)) {
        other("says", words, "no text with it".into());
    }
    for words in expected.says_not.iter().filter(|words| says(words)) {
        other("says_not", words, "a text with it".into());
    }
    faults
}

/// `cardholder sms`, and a contact behind it where that was asked for.
fn is_told(message: &Message, wanted: &str) -> bool {
    let way = way(message);
    wanted == way
        || wanted.strip_prefix(&way).and_then(|rest| rest.strip_prefix(' ')).is_some_and(|to| {
            let digits = |text: &str| text.replace([' ', '-'], "");
            message.recipient.as_deref().is_some_and(|own| digits(own) == digits(to))
        })
}

fn way(message: &Message) -> String {
    format!("{} {}", message.party, message.channel)
}

fn list(messages: &[&Message]) -> String {
    match messages {
        [] => "nobody".into(),
        messages => messages.iter().map(|message| way(message)).collect::<Vec<_>>().join(", "),
    }
}

/// What the bundle did not say itself.
fn trouble(happened: &Happened) -> Vec<String> {
    let outcome = &happened.outcome;
    let failures = outcome.failures.iter().map(|failure| format!("failed: {}", failure.detail));
    let by_host = outcome.messages.iter().filter(|message| message.author == Author::Host);
    let by_host =
        by_host.map(|message| format!("the {} is told in the host's words", message.party));
    failures.chain(by_host).collect()
}

/// What of an event mostly decides what is said of it.
fn facts(happened: &Happened) -> String {
    let own = &happened.transaction;
    let mut facts = vec![
        format!("kind={}", own.kind),
        format!("approval={}", own.approval),
        format!("amount={}", own.amount),
        format!("time={}", own.time),
    ];
    let locale = |party: Party| match party {
        Party::Cardholder => own.cardholder.preferences.locale.clone(),
        Party::Merchant => own.merchant.preferences.locale.clone(),
    };
    for party in Party::ALL {
        facts.extend(locale(*party).map(|locale| format!("{party}.locale={locale}")));
    }
    if !own.merchant.country.is_empty() {
        facts.push(format!("country={}", own.merchant.country));
    }
    if !own.merchant.category.is_empty() {
        facts.push(format!("category={}", own.merchant.category));
    }
    if let Decision::Deferred(until) = happened.outcome.decision {
        facts.push(format!("until={until}"));
    }
    facts.join(", ")
}
