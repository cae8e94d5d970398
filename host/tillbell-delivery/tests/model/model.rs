//! What should be: written from the rules, not from the code. It knows what
//! happened, and what a peer was handed; it judges what the outbox does.

use std::collections::BTreeSet;

use tillbell_delivery::State;
use tillbell_transaction::Party;

use crate::peer::{Fate, Message};

/// A party and a channel: what is told there adds up by itself.
pub(crate) const WAYS: [(Party, &str); 3] =
    [(Party::Cardholder, "sms"), (Party::Merchant, "sms"), (Party::Cardholder, "push")];
const FINAL_BY_NETTING: [&str; 2] = ["reversed", "told-by-another"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    Debit,
    /// What is held: a second sum, told like a debit.
    Hold,
    /// A debit that ends a hold, or a part of it.
    Completion,
    Adjustment,
    Reversal,
    Orphan,
    /// A reversal in another currency: a sum of its own.
    Foreign,
}

#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) what: What,
    pub(crate) case: u8,
    /// The event whose position it changes.
    pub(crate) root: usize,
    /// The hold that it ends, and how much of it.
    pub(crate) ends: Option<(usize, i64)>,
    pub(crate) stan: String,
    pub(crate) amount: i64,
    /// The position before it, and what it adds.
    pub(crate) before: i64,
    pub(crate) moved: i64,
    pub(crate) declined: bool,
    /// On how many of [`WAYS`] its bank tells it.
    pub(crate) ways: usize,
    /// As JSON, for a repeat.
    pub(crate) json: String,
    /// Its number and name in the outbox.
    pub(crate) id: i64,
    pub(crate) name: String,
    /// What the bank was shown: kind, amount, amount before.
    pub(crate) shown: Option<(String, i64, Option<i64>)>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Model {
    pub(crate) events: Vec<Event>,
    pub(crate) messages: Vec<Message>,
}

pub(crate) type Verdict = Result<(), String>;

macro_rules! hold {
    ($condition:expr, $($why:tt)+) => { if !$condition { return Err(format!($($why)+)); } };
}
pub(crate) use hold;

impl Model {
    /// What is left of a root, over all that was accepted.
    pub(crate) fn position(&self, root: usize) -> i64 {
        let ends = self.events.iter().filter_map(|event| event.ends);
        let ended: i64 = ends.filter(|(hold, _)| *hold == root).map(|(_, amount)| amount).sum();
        self.moved(root) - ended
    }

    /// What the events of a root come to: what its messages tell.
    fn moved(&self, root: usize) -> i64 {
        self.events.iter().filter(|event| event.root == root).map(|event| event.moved).sum()
    }

    fn of(&self, root: usize, way: usize) -> impl Iterator<Item = &Message> {
        let of =
            move |message: &&Message| self.events[message.event].root == root && message.way == way;
        self.messages.iter().filter(of)
    }

    /// A new event gets its place. An original takes its orphan in.
    pub(crate) fn happen(&mut self, event: Event, orphan: Option<usize>) {
        let (root, amount) = (self.events.len(), event.amount);
        self.events.push(event);
        if let Some(orphan) = orphan.map(|orphan| &mut self.events[orphan]) {
            (orphan.root, orphan.before) = (root, amount);
            orphan.moved = -orphan.amount.min(amount);
        }
    }

    /// A peer is handed a message: it may be, now.
    pub(crate) fn hand_out(&self, at: usize, number: u32, queue: &str, skips: &[u32]) -> Verdict {
        let message = &self.messages[at];
        let event = &self.events[message.event];
        let who = format!("message {} of e{}", message.id, message.event);
        let last = message.attempts.iter().map(|attempt| attempt.number).max().unwrap_or(0);
        hold!(number > last, "{who}: attempt {number} after {last}");
        hold!(message.state().waits(), "{who} leaves and is {}", message.state());
        hold!(message.open().is_none(), "{who} leaves while an attempt is open");
        hold!(!event.declined, "{who} tells a declined reversal");
        let is_change = event.what != What::Adjustment || event.moved != 0;
        hold!(is_change, "{who} tells an adjustment to what there was");
        let heard = message.heard(queue);
        let doubts = message.attempts.iter().filter(|a| a.fate == Fate::Doubted).count();
        hold!(heard.iter().all(|part| skips.contains(part)), "{who}: {heard:?} sent again");
        hold!(heard.len() < message.segments as usize, "{who}: all was taken, and it leaves");
        hold!(doubts < 2, "{who} was in doubt twice and leaves");
        if event.moved > 0 && self.moved(event.root) == 0 {
            let has_left = message.attempts.iter().any(|a| !a.has.is_empty());
            hold!(has_left || doubts > 0, "{who}, a debit, leaves after its full reversal");
            hold!(doubts == 0, "{who}, in doubt and reversed, leaves again");
        }
        // Once it was in doubt somebody may have it, whatever receipts say of one attempt.
        let was_unsure = message.attempts.iter().any(|attempt| attempt.resolved);
        if event.what == What::Reversal && !was_unsure && !message.may_have_left() {
            let mut others = self.of(event.root, message.way).filter(|m| m.id != message.id);
            hold!(others.any(Message::may_be_told), "{who} takes back what nobody was told");
        }
        // What waits before it, and has not left either.
        let is_before = |other: &&Message| {
            let theirs = &self.events[other.event];
            let is_original = event.what == What::Orphan
                && last == 0
                && event.root == other.event
                && other.event != message.event;
            (theirs.case, other.way) == (event.case, message.way)
                && (other.event < message.event && theirs.what != What::Orphan || is_original)
                && other.state().waits()
                && !other.may_have_left()
        };
        if let (Some(first), false) =
            (self.messages.iter().find(is_before), message.may_have_left())
        {
            return Err(format!("{who} leaves before e{}, which waits", first.event));
        }
        Ok(())
    }

    pub(crate) fn come(&self, at: usize, next: &[(State, Option<String>)]) -> Verdict {
        let message = &self.messages[at];
        let who = format!("message {} of e{}", message.id, message.event);
        let known = message.states.len();
        hold!(next.get(..known) == Some(&message.states[..]), "{who}: history is rewritten");
        for pair in next.windows(2).skip(known.saturating_sub(1)) {
            let (from, to) = (pair[0].0, pair[1].0);
            hold!(!from.is_final() || to == State::Delivered, "{who}: {from} becomes {to}");
            hold!(from != State::Delivered, "{who}: delivered becomes {to}");
        }
        let Some((state, cause)) = next.get(known..).and_then(<[_]>::last) else { return Ok(()) };
        let took = message.attempts.iter().any(|attempt| !attempt.heard.is_empty());
        let was_doubted = message.attempts.iter().any(|a| a.fate == Fate::Doubted);
        let is_excused = matches!(state, State::Failed | State::Expired);
        hold!(!is_excused || !was_doubted, "{who} is {state}, and may have left");
        let arrived = message.attempts.iter().any(|attempt| !attempt.arrived.is_empty());
        hold!(!is_excused || !arrived, "{who} is {state}, and a part of it arrived");
        if *state == State::Expired && message.lost == 0 {
            hold!(message.expires_ms.is_some(), "{who} expires and has no end");
            hold!(!took, "{who} expires, partly sent");
        }
        // Not yet of Delivered: see the regression that is ignored.
        if *state == State::Submitted {
            let has: BTreeSet<_> = message.attempts.iter().flat_map(|a| a.has.iter()).collect();
            hold!(has.len() == message.segments as usize, "{who} is {state}, only {has:?} left");
        }
        if *state == State::Cancelled {
            hold!(cause.is_some(), "{who} is cancelled without a code");
            hold!(!message.may_have_left(), "{who} is cancelled ({cause:?}), and may have left");
        }
        Ok(())
    }

    /// All is at rest: each event is told, netted, excused or in doubt for good.
    pub(crate) fn rest(&self) -> Verdict {
        for message in &self.messages {
            let who = format!("message {} of e{}", message.id, message.event);
            hold!(message.state().is_final(), "{who} does not come to rest: {:?}", message.states);
        }
        for root in (0..self.events.len()).filter(|root| self.events[*root].root == *root) {
            for (way, name) in WAYS.into_iter().enumerate() {
                let at_rest = self.rest_of(root, way);
                at_rest.map_err(|why| format!("root e{root}, {name:?}: {why}"))?;
            }
        }
        Ok(())
    }

    fn rest_of(&self, root: usize, way: usize) -> Verdict {
        let moved = |message: &Message| self.events[message.event].moved;
        let all: Vec<&Message> = self.of(root, way).collect();
        let by = |cause: &str| -> Vec<&Message> {
            let is_so = |m: &&&Message| m.state() == State::Cancelled && m.cause() == cause;
            all.iter().filter(is_so).copied().collect()
        };
        // What expired or failed was handed back: it may cancel out with the rest, as
        // may what another was to tell that cancelled out itself.
        let is_netted = |m: &&&Message| FINAL_BY_NETTING.contains(&m.cause());
        let is_back = |m: &&&Message| !is_netted(m) && m.state() != State::Delivered;
        // So may what nobody is to hear of on this way.
        let unnamed = || {
            let named = |number| all.iter().any(|m| m.event == number);
            let events = self.events.iter().enumerate();
            events.filter(move |(n, e)| e.root == root && !named(*n)).map(|(_, e)| e.moved)
        };
        let may_be_nothing = |sure: Vec<&Message>, more: Vec<&Message>| {
            let sure = BTreeSet::from([sure.into_iter().map(moved).sum::<i64>()]);
            let back = all.iter().filter(is_back).copied().chain(more).map(moved).chain(unnamed());
            let add = |sums: BTreeSet<i64>, one| {
                sums.iter().flat_map(|sum| [*sum, sum + one]).collect::<BTreeSet<_>>()
            };
            back.fold(sure, add).contains(&0)
        };
        let is_nothing = may_be_nothing(by("reversed"), by("told-by-another"));
        hold!(is_nothing, "what cancels out is not nothing: {}", self.show(&all));
        let is_nothing = may_be_nothing(all.iter().filter(is_netted).copied().collect(), vec![]);
        let is_foreign = |m: &&Message| self.events[m.event].what == What::Foreign;
        let netted = all.iter().filter(is_netted).copied().find(is_foreign);
        hold!(netted.is_none(), "another currency's is netted: {}", self.show(&all));
        for netted in by("told-by-another") {
            let tells = |m: &&&Message| {
                (m.event > netted.event || self.events[m.event].what == What::Orphan)
                    && !is_netted(m)
                    && !is_foreign(m)
            };
            // Or its reversal would, and nobody is to hear of that on this way.
            let mut later = self.events.iter().enumerate().skip(netted.event + 1);
            let is_unnamed = |n| all.iter().all(|m| m.event != n);
            let excuses = later.any(|(n, e)| e.root == root && e.moved < 0 && is_unnamed(n));
            let is_told = is_nothing || excuses || all.iter().any(|m| tells(&m));
            hold!(is_told, "e{} is told by nobody: {}", netted.event, self.show(&all));
        }
        // A reversal that waited is excused, or was never written, only if nobody was
        // told of what it takes back.
        let is_sure = |m: &&&Message| {
            let is_over = |(state, _): &(State, _)| matches!(state, State::Failed | State::Expired);
            m.state() == State::Delivered && !m.states.iter().any(is_over)
        };
        for number in 0..self.events.len() {
            let event = &self.events[number];
            let is_it = (event.what, event.root) == (What::Reversal, root) && way < event.ways;
            if !is_it || event.moved == 0 {
                continue;
            }
            let own = all.iter().find(|m| m.event == number);
            let is_excused =
                own.is_none_or(|m| m.state() == State::Suppressed && m.states.len() > 1);
            let told = all.iter().filter(is_sure).any(|m| m.event < number);
            hold!(!is_excused || !told, "e{number} is excused: {}", self.show(&all));
        }
        Ok(())
    }

    fn show(&self, messages: &[&Message]) -> String {
        let show = |m: &&Message| {
            format!("e{} {:+} {} {}", m.event, self.events[m.event].moved, m.state(), m.cause())
        };
        messages.iter().map(show).collect::<Vec<_>>().join(", ")
    }
}
