//! How long a bundle takes over a feed.

use std::collections::BTreeMap;
use std::time::Duration;

use tillbell::{Host, Role};
use tillbell_subscribers::Table;
use tillbell_transaction::Transaction;

use crate::World;
use crate::seen::Detail;

/// Events that are measured at the most, rounds counted.
const SAMPLES_MAX: usize = 1_000_000;

/// A median, and what one of a hundred takes at least.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spread {
    /// How many were measured.
    pub count: usize,
    /// Half of them took less.
    pub median: Duration,
    /// One of a hundred took more.
    pub p99: Duration,
    /// The longest.
    pub most: Duration,
}

/// What a plugin needed, as events asked it; the same on every machine.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Needed {
    /// The most of Wasmtime's fuel that one call used: about one an instruction.
    pub fuel: u64,
    /// The largest linear memory, in bytes.
    pub memory_bytes: usize,
}

/// Takes events through a host whose limits name fuel, once, and gives what each plugin needed.
pub fn needs(
    host: &Host,
    events: &[Transaction],
    subscribers: Option<&Table>,
) -> Vec<(Role, Needed)> {
    let mut world = World::new(host).with_subscribers(subscribers).looking_on(Detail::Calls);
    let mut needs = Role::ALL.map(|role| (role, Needed::default()));
    for event in events {
        for call in world.take(Box::new(event.clone())).iter().flat_map(|own| &own.seen.calls) {
            for (_, needed) in needs.iter_mut().filter(|(role, _)| *role == call.role) {
                needed.fuel = needed.fuel.max(call.spent.fuel.unwrap_or(0));
                needed.memory_bytes = needed.memory_bytes.max(call.spent.memory_bytes);
            }
        }
    }
    needs.into()
}

/// What was measured.
#[derive(Debug, Clone, Default)]
pub struct Measured {
    /// By stage, for each transaction that has it: `route`, `mask`, `render`, `guard`, and all
    /// of them together.
    pub stages: Vec<(&'static str, Spread)>,
    /// All stages, by the rule that decided; the slowest median first.
    pub rules: Vec<(String, Spread)>,
    /// Rendering one text, by its template, party and locale; the slowest median first.
    pub templates: Vec<(String, Spread)>,
    /// Transactions in which one stage took longer than a call may take on the platform.
    pub over: usize,
}

/// Takes events through a bundle so many times, each time in a world of its own, and measures
/// from the second time on: the first one warms up. `call` is what a platform gives a call.
pub fn measure(
    host: &Host,
    events: &[Transaction],
    subscribers: Option<&Table>,
    rounds: usize,
    call: Duration,
) -> Measured {
    let mut stages: [Vec<Duration>; 5] = Default::default();
    let mut rules: BTreeMap<String, Vec<Duration>> = BTreeMap::new();
    let mut templates: BTreeMap<String, Vec<Duration>> = BTreeMap::new();
    let mut over = 0;
    'rounds: for round in 0..=rounds {
        let mut world = World::new(host).with_subscribers(subscribers);
        for event in events {
            for own in world.take(Box::new(event.clone())) {
                let times = own.outcome.times;
                let each = [times.route, times.mask, times.render, times.guard];
                let whole: Duration = each.iter().sum();
                if round == 0 || whole.is_zero() {
                    continue;
                }
                if stages[4].len() == SAMPLES_MAX {
                    break 'rounds;
                }
                for (all, time) in stages.iter_mut().zip(each) {
                    if !time.is_zero() {
                        all.push(time);
                    }
                }
                stages[4].push(whole);
                over += usize::from(each.iter().any(|time| *time > call));
                rules.entry(own.outcome.rule().to_owned()).or_default().push(whole);
                let messages = &own.outcome.messages;
                let Ok(count) = u32::try_from(messages.len()) else { continue };
                for message in messages {
                    let name = format!("{}.{}.{}", message.template, message.party, message.locale);
                    templates.entry(name).or_default().push(times.render / count.max(1));
                }
            }
        }
    }
    let names = ["route", "mask", "render", "guard", "all"];
    let stages = names.into_iter().zip(stages.into_iter().map(spread)).collect();
    Measured { stages, rules: slowest(rules), templates: slowest(templates), over }
}

fn slowest(all: BTreeMap<String, Vec<Duration>>) -> Vec<(String, Spread)> {
    let mut all: Vec<_> = all.into_iter().map(|(name, times)| (name, spread(times))).collect();
    all.sort_by_key(|(_, spread)| std::cmp::Reverse(spread.median));
    all
}

fn spread(mut times: Vec<Duration>) -> Spread {
    times.sort_unstable();
    let at = |of_hundred: usize| {
        times.get(times.len() * of_hundred / 100).or(times.last()).copied().unwrap_or_default()
    };
    let most = times.last().copied().unwrap_or_default();
    Spread { count: times.len(), median: at(50), p99: at(99), most }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_is_of_what_was_measured() {
        let times = (1..=200).map(Duration::from_micros).collect();
        let spread = spread(times);
        let micros = |time: Duration| time.as_micros();
        assert_eq!((spread.count, micros(spread.median), micros(spread.p99)), (200, 101, 199));
        assert_eq!(super::spread(Vec::new()), Spread::default());
    }
}
