//! Which waiting messages must not leave, now that the case is what it is.

use super::event::{Event, EventNumber, is_over};

/// Why an event is not told on a way. A closed list: whoever asks why a customer
/// got nothing gets one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Excuse {
    /// The bank's rule does not name the party on this way.
    NotNamed = 1,
    /// Nobody is known there, or nothing by which this channel could reach them.
    NoContact = 2,
    /// They did not consent, or no more.
    NoConsent = 3,
    /// Its time was over before it was sent.
    Expired = 4,
    /// It was refused for good, or too often.
    Failed = 5,
    /// The guard blocked every text.
    Blocked = 6,
    /// A plugin failed, and the bundle's default tells nobody.
    PluginFailed = 7,
    /// The bank put it off beyond the bounds.
    DeferredTooOften = 8,
    /// No bundle speaks for the card.
    NoBundle = 9,
}

impl Excuse {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::NotNamed,
        Self::NoContact,
        Self::NoConsent,
        Self::Expired,
        Self::Failed,
        Self::Blocked,
        Self::PluginFailed,
        Self::DeferredTooOften,
        Self::NoBundle,
    ];

    /// The code in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotNamed => "not-named",
            Self::NoContact => "no-contact",
            Self::NoConsent => "no-consent",
            Self::Expired => "expired",
            Self::Failed => "failed",
            Self::Blocked => "blocked",
            Self::PluginFailed => "plugin-failed",
            Self::DeferredTooOften => "deferred-too-often",
            Self::NoBundle => "no-bundle",
        }
    }

    /// The excuse of this number, as stores keep it.
    pub fn at(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|excuse| *excuse as u8 == number)
    }
}

/// What became of an event on one way: a party and a routed channel, fallbacks
/// included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Its message waits; nothing of it has left.
    Waiting,
    /// Its message is being attempted, or it is not known yet whether it left.
    Attempted,
    /// Its message was taken over by a peer, or handed over.
    Told,
    /// It will never be known whether its message left.
    Doubtful,
    /// It is not told, and this is why.
    Excused(Excuse),
    /// Another event's message tells it too; the event itself where it and others
    /// add up to nothing, and no message tells them.
    Netted(EventNumber),
}

impl Fate {
    /// The code in reports: `waiting`, `attempted`, `told`, `doubtful`, `netted`, or
    /// why it is excused.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Attempted => "attempted",
            Self::Told => "told",
            Self::Doubtful => "doubtful",
            Self::Excused(excuse) => excuse.as_str(),
            Self::Netted(_) => "netted",
        }
    }
}

/// An event of one root, and its fate on a way.
#[derive(Debug, Clone, Copy)]
pub struct Held<'a> {
    /// The event.
    pub event: &'a Event,
    /// Its fate.
    pub fate: Fate,
}

/// What is to be done with an event on a way. Where it has a message that waits,
/// that message is cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is told by another event's message, or by none: see [`Fate::Netted`].
    Net {
        /// The event.
        event: EventNumber,
        /// The one whose message tells it; itself for none.
        into: EventNumber,
    },
    /// It is not told.
    Excuse {
        /// The event.
        event: EventNumber,
        /// Why.
        excuse: Excuse,
    },
}

/// Decides what of a root's events is not to leave on one way. `held` has every
/// effective event of the root with its fate, the root first, then in the order of
/// their numbers. Doing what it says and asking again gives nothing more.
///
/// - events at the end that add up to nothing, none of which left, are told by no
///   message, unless a message of theirs tells an earlier event too
/// - once something left and nothing of the root remains, a debit that waits is
///   told by its reversal
/// - where everything before it is excused, a reversal is excused too (unless the
///   bank insists), and an adjustment tells what it adjusts
pub fn weigh(held: &[Held<'_>]) -> Vec<Verdict> {
    let mut way =
        Way { held, fates: held.iter().map(|held| held.fate).collect(), verdicts: vec![] };
    way.cancel_out();
    way.take_back();
    way.excuse();
    way.verdicts
}

struct Way<'a> {
    held: &'a [Held<'a>],
    fates: Vec<Fate>,
    verdicts: Vec<Verdict>,
}

impl Way<'_> {
    fn net(&mut self, at: usize, into: EventNumber) {
        let event = self.held[at].event.number;
        self.fates[at] = Fate::Netted(into);
        self.verdicts.push(Verdict::Net { event, into });
    }

    /// Whether a message that tells this event left, or may have.
    fn has_left(&self, at: usize) -> bool {
        match self.fates[at] {
            Fate::Attempted | Fate::Told | Fate::Doubtful => true,
            Fate::Netted(into) if into != self.held[at].event.number => {
                self.at(into).is_some_and(|target| target != at && self.has_left_itself(target))
            }
            _ => false,
        }
    }

    fn has_left_itself(&self, at: usize) -> bool {
        matches!(self.fates[at], Fate::Attempted | Fate::Told | Fate::Doubtful)
    }

    /// The fate of what tells an event in the end: an event that is netted into
    /// another fares as that one does.
    fn end(&self, mut at: usize) -> Fate {
        for _ in 0..self.held.len() {
            let Fate::Netted(into) = self.fates[at] else { break };
            let Some(target) = self.at(into).filter(|target| *target != at) else { break };
            at = target;
        }
        self.fates[at]
    }

    fn at(&self, number: EventNumber) -> Option<usize> {
        self.held.iter().position(|held| held.event.number == number)
    }

    /// What an event added to what the root is; none where that is not known.
    fn change(&self, at: usize) -> Option<i64> {
        let (root, event) = (self.held[0].event, self.held[at].event);
        (root.amount.is_some() && event.amount.is_some()).then_some(event.change())
    }

    /// Whether a message of an event from here on tells one before, too.
    fn tells_before(&self, from: usize) -> bool {
        let told_by = |fate: &Fate| match fate {
            Fate::Netted(into) => self.at(*into),
            _ => None,
        };
        self.fates[..from].iter().filter_map(told_by).any(|at| at >= from)
    }

    /// Whether it is a sum of its own, in another currency.
    fn is_foreign(&self, at: usize) -> bool {
        self.held[at].event.is_foreign(self.held[0].event)
    }

    /// Whether it goes the way of the root: a debit, an adjustment upwards, what
    /// restores a debit.
    fn is_debit(&self, at: usize) -> bool {
        if at == 0 {
            return true;
        }
        let root = self.held[0].event;
        match (root.change(), self.change(at)) {
            (root, Some(change)) if root != 0 => root.signum() == change.signum(),
            _ => !self.held[at].event.takes_back(),
        }
    }

    /// Events at the end that add up to nothing, as many as do.
    fn cancel_out(&mut self) {
        let (mut sum, mut from, mut waits) = (0_i64, None, false);
        let mut waiting_from = false;
        for at in (0..self.held.len()).rev() {
            if self.is_foreign(at) {
                continue;
            }
            if self.has_left(at) {
                break;
            }
            // What adds up to nothing already adds nothing.
            if self.fates[at] == Fate::Netted(self.held[at].event.number) {
                continue;
            }
            // A debit that was given to its reversal comes back with it.
            waits |= self.end(at) == Fate::Waiting && self.is_debit(at);
            match self.change(at) {
                Some(change) => sum += change,
                // Of a root whose amount is not known only the whole is known to go.
                None => {
                    let is_full = self.held[at + 1..].iter().any(|held| held.event.is_full);
                    if at == 0 && is_full {
                        (from, waiting_from) = (Some(at), waits);
                    }
                    continue;
                }
            }
            if sum == 0 && at + 1 < self.held.len() && !self.tells_before(at) {
                (from, waiting_from) = (Some(at), waits);
            }
        }
        let Some(from) = from.filter(|_| waiting_from) else { return };
        for at in from..self.held.len() {
            let is_open = matches!(self.fates[at], Fate::Waiting | Fate::Excused(_));
            if is_open && !self.is_foreign(at) {
                self.net(at, self.held[at].event.number);
            }
        }
    }

    /// Debits that wait although nothing of the root remains: its reversal tells
    /// them.
    fn take_back(&mut self) {
        let is_over = is_over(self.held[0].event, self.held.iter().map(|held| held.event));
        let mut own = (0..self.held.len()).rev().filter(|at| !self.is_foreign(*at));
        let reversal = own.find(|at| !self.is_debit(*at));
        let Some(reversal) = reversal.filter(|_| is_over) else { return };
        let into = self.held[reversal].event.number;
        for at in 0..self.held.len() {
            if self.is_debit(at) && !self.is_foreign(at) && self.fates[at] == Fate::Waiting {
                self.net(at, into);
            }
        }
    }

    /// What corrects something of which nobody heard.
    fn excuse(&mut self) {
        let mut excuse = None;
        let mut is_known = false;
        for at in 0..self.held.len() {
            let event = self.held[at].event;
            match self.fates[at] {
                Fate::Attempted | Fate::Told | Fate::Doubtful => is_known = true,
                Fate::Netted(_) => match self.end(at) {
                    // What was to tell it is not told: it is handed back.
                    Fate::Excused(why) if self.is_debit(at) => excuse = Some(why),
                    _ => is_known |= self.has_left(at),
                },
                Fate::Excused(why) if self.is_debit(at) => excuse = Some(why),
                Fate::Excused(_) => {}
                Fate::Waiting => {
                    let Some(why) = excuse.filter(|_| !is_known) else {
                        is_known = true;
                        continue;
                    };
                    if !self.is_debit(at) && event.takes_back() {
                        if event.is_insisted {
                            is_known = true;
                            continue;
                        }
                        self.fates[at] = Fate::Excused(why);
                        self.verdicts.push(Verdict::Excuse { event: event.number, excuse: why });
                        continue;
                    }
                    // Its message names the position: it tells all before it.
                    let tells = if self.is_foreign(at) { 0 } else { at };
                    for earlier in 0..tells {
                        let is_back = matches!(self.end(earlier), Fate::Excused(_));
                        if is_back && !self.is_foreign(earlier) {
                            self.net(earlier, event.number);
                        }
                    }
                    is_known = true;
                }
            }
        }
    }
}
