//! What a transaction is to the events of its case that were found.

use super::event::{Event, EventNumber, Names, direction, takes_back};
use super::{CASE_EVENTS_MAX, CaseEntry, STAN_SECONDS_MAX};
use crate::{Approval, Kind, Money, SecondEvent, Transaction};

/// What a transaction is to the events before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// It stands by itself: the first of its case, or one that adds.
    Stands,
    /// It is this event again.
    Repeats(EventNumber),
    /// It replaces the amount of a root.
    Replaces {
        /// The event whose position it changes.
        root: EventNumber,
        /// The position before.
        from: Money,
    },
    /// It takes back a root, or a part of it.
    TakesBack {
        /// The event whose position it changes.
        root: EventNumber,
        /// The position before; none where it is not known.
        from: Option<Money>,
        /// Whether nothing of the root is left.
        is_full: bool,
    },
    /// It takes back what took back a root: money moves as at first.
    Restores {
        /// The event whose position it changes.
        root: EventNumber,
    },
    /// It takes back something that was not seen.
    Orphan,
    /// It changes nothing, and nobody is told.
    Changes(Nothing),
}

/// Why an event changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nothing {
    /// A reversal, void, completion or adjustment that was declined.
    Declined,
    /// Nothing is left to take back.
    AlreadyReversed,
    /// An adjustment to the amount that there is.
    Unchanged,
}

impl Nothing {
    /// The code in decisions.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Declined => "declined-without-effect",
            Self::AlreadyReversed => "already-reversed",
            Self::Unchanged => "amount-unchanged",
        }
    }
}

/// What plugins may see of an event, where it is not what its source says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// What happened.
    pub kind: Kind,
    /// What is taken back or changed; none where it was not seen.
    pub original_kind: Option<Kind>,
    /// What moved; for an adjustment the new position.
    pub amount: Money,
    /// The position before, or what was asked for.
    pub original_amount: Option<Money>,
}

impl Shown {
    /// What the source says.
    pub fn of(transaction: &Transaction) -> Self {
        let Transaction { kind, original_kind, amount, original_amount, .. } = *transaction;
        Self { kind, original_kind, amount, original_amount }
    }

    /// Writes it into a transaction.
    pub fn apply(self, transaction: &mut Transaction) {
        transaction.kind = self.kind;
        transaction.original_kind = self.original_kind;
        transaction.amount = self.amount;
        transaction.original_amount = self.original_amount;
    }
}

/// A transaction, judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// What it is.
    pub relation: Relation,
    /// What is kept of it; without a number yet.
    pub event: Event,
    /// What plugins see of it.
    pub shown: Shown,
    /// For an adjustment: what plugins see for a party that was never told of the
    /// debit. It is the debit itself then, with the new amount.
    pub as_debit: Option<Shown>,
    /// An event whose case it joins; none for a new case.
    pub joins: Option<EventNumber>,
    /// Orphans whose original it is, the oldest first; their events as they are
    /// from now on, once [`Event::number`] of this one is known: see
    /// [`Judged::adopt`]. They move to its case, if they stood in another.
    pub orphans: Vec<Event>,
}

impl Judged {
    /// Gives the event its number, and makes its orphans part of it.
    pub fn adopt(&mut self, number: EventNumber) {
        self.event.number(number);
        let (mut position, mut hold) = (self.event.moved, self.event.held);
        for orphan in &mut self.orphans {
            orphan.join(number, position, hold);
            position += orphan.moved;
            hold += orphan.held;
        }
    }
}

/// Judges a transaction by the events that were found under its [`super::links`], all
/// those of their cases included; `window_seconds` is how far references reach.
pub fn judge(found: &[CaseEntry], transaction: &Transaction, window_seconds: i64) -> Judged {
    Judge { found, transaction, event: Event::of(transaction), window_seconds }.judge()
}

struct Judge<'a> {
    found: &'a [CaseEntry],
    transaction: &'a Transaction,
    event: Event,
    window_seconds: i64,
}

impl Judge<'_> {
    fn judge(self) -> Judged {
        let shown = Shown::of(self.transaction);
        let is_declined = self.transaction.approval == Approval::Declined;
        if let Some(repeated) = self.repeated() {
            return self.judged(Relation::Repeats(repeated), shown);
        }
        let kind = self.transaction.kind;
        let needs_approval =
            takes_back(kind) || matches!(kind, Kind::Completion | Kind::Adjustment);
        if is_declined && needs_approval {
            return self.judged(Relation::Changes(Nothing::Declined), shown);
        }
        if takes_back(kind) {
            return self.taking_back(shown);
        }
        if !is_declined && let Some(root) = self.replaced() {
            return self.replacing(root, shown);
        }
        self.standing(shown)
    }

    fn judged(self, relation: Relation, shown: Shown) -> Judged {
        let Self { mut event, .. } = self;
        if matches!(relation, Relation::Changes(_) | Relation::Repeats(_)) {
            (event.is_effective, event.moved, event.held) = (false, 0, 0);
        }
        event.is_full = matches!(relation, Relation::TakesBack { is_full: true, .. });
        let joins = match relation {
            Relation::Repeats(root)
            | Relation::Replaces { root, .. }
            | Relation::TakesBack { root, .. }
            | Relation::Restores { root } => Some(root),
            _ => None,
        };
        Judged { relation, event, shown, as_debit: None, joins, orphans: Vec::new() }
    }

    /// Events within reach, the newest first.
    fn events(&self) -> impl Iterator<Item = &Event> {
        let reach = self.window_seconds;
        self.found
            .iter()
            .rev()
            .map(|entry| &entry.event)
            .filter(move |event| self.near(event, reach))
    }

    fn near(&self, event: &Event, seconds: i64) -> bool {
        event.unix_seconds.abs_diff(self.event.unix_seconds) <= seconds.unsigned_abs()
    }

    fn event_of(&self, number: EventNumber) -> Option<&Event> {
        self.found.iter().map(|entry| &entry.event).find(|event| event.number == number)
    }

    /// What is left of a root; none where it is not known.
    fn position(&self, root: EventNumber) -> Option<i64> {
        let currency = self.event_of(root)?.amount?.currency();
        let parts = self.found.iter().map(|entry| &entry.event);
        Some(
            parts
                .filter(|event| event.root == root)
                .filter(|event| event.amount.is_some_and(|amount| amount.currency() == currency))
                .map(|event| event.moved)
                .sum(),
        )
    }

    fn hold(&self, root: EventNumber) -> i64 {
        let parts = self.found.iter().map(|entry| &entry.event);
        parts.filter(|event| event.hold_root == root).map(|event| event.held).sum()
    }

    /// The event that comes again.
    fn repeated(&self) -> Option<EventNumber> {
        let alike: Vec<_> = self
            .events()
            .filter(|event| {
                event.kind == self.event.kind && event.is_declined == self.event.is_declined
            })
            .filter_map(|event| Some((event, self.likeness(event)?)))
            .collect();
        match self.transaction.second_event {
            Some(SecondEvent::Repeat) => return alike.first().map(|(event, _)| event.number),
            Some(_) => return None,
            None => {}
        }
        let states_position = self.transaction.original_amount.is_some_and(|amount| {
            let position = |event: &Event| self.position(event.root);
            alike.iter().any(|(event, _)| {
                Some(amount.minor_units()) == position(event) && amount != self.transaction.amount
            })
        });
        // "450.00 again, and it was 531.00 before" is an adjustment back, unless an
        // adjustment of that instant said the same.
        if states_position && !takes_back(self.event.kind) {
            let said = self.transaction.original_amount.map(|amount| amount.minor_units());
            return alike
                .iter()
                .find(|(event, likeness)| {
                    *likeness == Likeness::Same
                        && event.amount == self.event.amount
                        && event.unix_seconds == self.event.unix_seconds
                        && said == self.before(event)
                })
                .map(|(event, _)| event.number);
        }
        alike
            .into_iter()
            .find(|(event, likeness)| {
                event.amount == self.event.amount && *likeness != Likeness::Family
            })
            .map(|(event, _)| event.number)
    }

    /// What an adjustment's root was before it; none for another event.
    fn before(&self, event: &Event) -> Option<i64> {
        let root = self.event_of(event.root).filter(|root| root.number != event.number)?;
        let change = event.moved * direction(root.kind).signum() + event.held;
        Some(event.amount?.minor_units() - change)
    }

    /// How like this transaction an event of the same kind is.
    fn likeness(&self, event: &Event) -> Option<Likeness> {
        let (own, other) = (&self.event.names, &event.names);
        let is_equal = |one: u64, two: u64| one != 0 && one == two;
        let differs = |one: u64, two: u64| one != 0 && two != 0 && one != two;
        if is_equal(own.id, other.id) {
            return Some(Likeness::Same);
        }
        if is_equal(own.rrn, other.rrn) {
            return Some(match (is_equal(own.stan, other.stan), differs(own.stan, other.stan)) {
                (true, _) => Likeness::Same,
                (_, true) => Likeness::Family,
                // One of them has no STAN: the amount decides.
                _ => Likeness::Similar,
            });
        }
        let is_similar = !differs(own.rrn, other.rrn)
            && is_equal(own.stan, other.stan)
            && !differs(own.id, other.id)
            && self.near(event, STAN_SECONDS_MAX);
        is_similar.then_some(Likeness::Similar)
    }

    /// The root whose amount this transaction replaces.
    fn replaced(&self) -> Option<EventNumber> {
        let is_said = self.event.kind == Kind::Adjustment;
        let replaces = self.transaction.second_event == Some(SecondEvent::Replaces);
        if self.transaction.second_event == Some(SecondEvent::Adds) {
            return None;
        }
        self.events()
            .filter(|event| event.is_effective && !event.takes_back())
            .find(|event| {
                let Some(before) = event.amount else { return false };
                if before.currency() != self.transaction.amount.currency() {
                    return false;
                }
                if is_said {
                    return self.reference(event).is_some();
                }
                if event.kind != self.event.kind {
                    return false;
                }
                let states_position = || {
                    let said = self.transaction.original_amount.map(|amount| amount.minor_units());
                    let currency = self.transaction.original_amount.map(|amount| amount.currency());
                    currency == Some(before.currency())
                        && said.is_some()
                        && said == self.standing_of(event.root)
                };
                match self.likeness(event) {
                    None => false,
                    Some(_) if replaces => true,
                    Some(Likeness::Same) => true,
                    // The same RRN, or neither has another: the amount before says so.
                    Some(_) => {
                        is_equal_name(self.event.names.rrn, event.names.rrn) && states_position()
                    }
                }
            })
            .map(|event| event.root)
    }

    /// The position of a debit, or what is held.
    fn standing_of(&self, root: EventNumber) -> Option<i64> {
        match self.event_of(root)?.kind {
            Kind::PreAuthorisation => Some(self.hold(root)),
            kind => self.position(root).map(|position| position * direction(kind).signum()),
        }
    }

    fn replacing(mut self, root: EventNumber, shown: Shown) -> Judged {
        let (Some(first), Some(standing)) = (self.event_of(root), self.standing_of(root)) else {
            return self.standing(shown);
        };
        let (kind, amount) = (first.kind, self.transaction.amount);
        let change = amount.minor_units() - standing;
        let Ok(from) = Money::new(standing, amount.currency()) else { return self.standing(shown) };
        self.event.root = root;
        if change == 0 {
            return self.judged(Relation::Changes(Nothing::Unchanged), shown);
        }
        match kind {
            Kind::PreAuthorisation => (self.event.moved, self.event.held) = (0, change),
            _ => (self.event.moved, self.event.held) = (direction(kind) * change, 0),
        }
        let adjusted = Shown {
            kind: Kind::Adjustment,
            original_kind: Some(kind),
            amount,
            original_amount: Some(from),
        };
        let debit = Shown { kind, original_kind: None, amount, original_amount: None };
        let mut judged = self.judged(Relation::Replaces { root, from }, adjusted);
        judged.as_debit = Some(debit);
        judged
    }

    /// How surely this transaction refers to an event, from 1 (STAN and terminal)
    /// to 4 (the source's own id); none if it does not.
    fn reference(&self, event: &Event) -> Option<u8> {
        let (own, other): (&Names, &Names) = (&self.event.names, &event.names);
        if is_equal_name(own.original_id, other.id) {
            return Some(4);
        }
        if is_equal_name(own.original_stan, other.stan) {
            return Some(3);
        }
        // It names another one.
        let names_another =
            (own.original_id != 0 && other.id != 0) || (own.original_stan != 0 && other.stan != 0);
        if names_another {
            return None;
        }
        if is_equal_name(own.rrn, other.rrn) {
            return Some(2);
        }
        let is_near = self.near(event, STAN_SECONDS_MAX);
        let contradicts = own.rrn != 0 && other.rrn != 0;
        (is_near && !contradicts && is_equal_name(own.stan, other.stan)).then_some(1)
    }

    fn taking_back(mut self, shown: Shown) -> Judged {
        if !self.event.is_effective {
            return self.standing(shown);
        }
        let amount = self.transaction.amount.minor_units();
        let target = self
            .events()
            .filter(|event| self.may_take_back(event))
            .filter_map(|event| {
                let reference = self.reference(event)?;
                let left = self.left(event).map(i64::abs);
                let fits = left.map_or(1, |left| u8::from(left >= amount) + u8::from(left > 0));
                Some(((reference, fits, event.number), event))
            })
            .max_by_key(|(key, _)| *key)
            .map(|(_, event)| event.clone());
        let Some(target) = target else {
            self.event.is_orphan = true;
            // As far as anybody knows, money comes back.
            self.event.moved = -amount;
            let shown = Shown { original_kind: None, ..shown };
            return self.judged(Relation::Orphan, shown);
        };
        let root = target.root;
        let first = self.event_of(root).map_or(target.kind, |first| first.kind);
        self.event.root = root;
        let Some(before) = target.amount else {
            // Nothing is known of its amount: only the whole of it is known to go.
            let said = self.transaction.original_amount;
            let is_full = said.is_none_or(|said| said == self.transaction.amount);
            let shown = Shown { original_kind: Some(first), ..shown };
            return self.judged(Relation::TakesBack { root, from: None, is_full }, shown);
        };
        if before.currency() != self.transaction.amount.currency() {
            // A sum of its own; no amount is written with another's currency.
            self.event.moved = -direction(first) * amount;
            let shown = Shown { original_kind: Some(first), original_amount: None, ..shown };
            return self.judged(Relation::TakesBack { root, from: None, is_full: false }, shown);
        }
        let Some(left) = self.left(&target).filter(|left| *left != 0) else {
            return self.judged(Relation::Changes(Nothing::AlreadyReversed), shown);
        };
        let taken = -left.signum() * amount.min(left.abs());
        let is_hold = first == Kind::PreAuthorisation;
        (self.event.moved, self.event.held) = if is_hold { (0, taken) } else { (taken, 0) };
        let money = |minor_units: i64| Money::new(minor_units, before.currency()).ok();
        let moved = money(taken.abs()).unwrap_or(self.transaction.amount);
        if target.takes_back() {
            let shown =
                Shown { kind: first, original_kind: None, amount: moved, original_amount: None };
            return self.judged(Relation::Restores { root }, shown);
        }
        let from = money(left.abs());
        let shown =
            Shown { original_kind: Some(first), amount: moved, original_amount: from, ..shown };
        let is_full = taken == -left;
        self.judged(Relation::TakesBack { root, from, is_full }, shown)
    }

    /// Whether this transaction may take back an event of that kind.
    fn may_take_back(&self, event: &Event) -> bool {
        if event.is_declined || event.is_orphan {
            return false;
        }
        if event.amount.is_some() && event.moved == 0 && event.held == 0 {
            return false;
        }
        let first = self.event_of(event.root).map(|first| first.kind);
        let is_named = is_equal_name(self.event.names.original_id, event.names.id)
            || is_equal_name(self.event.names.original_stan, event.names.stan);
        match self.transaction.original_kind {
            Some(kind) => kind == event.kind || (!event.takes_back() && Some(kind) == first),
            None => !event.takes_back() || (is_named && event.kind != self.event.kind),
        }
    }

    /// What of an event can still be taken back.
    fn left(&self, event: &Event) -> Option<i64> {
        let first = self.event_of(event.root)?.kind;
        let standing = match first {
            Kind::PreAuthorisation => self.hold(event.root),
            _ => self.position(event.root)?,
        };
        if !event.takes_back() {
            return Some(standing);
        }
        // What was taken back, as far as it was not given again.
        let own = if first == Kind::PreAuthorisation { event.held } else { event.moved };
        let whole = self.event_of(event.root)?.amount?.minor_units();
        let missing = whole - standing.abs();
        Some(own.signum() * own.abs().min(missing.max(0)))
    }

    fn standing(mut self, mut shown: Shown) -> Judged {
        let kind = self.event.kind;
        let is_check = shown.amount.minor_units() == 0
            && !self.event.is_declined
            && matches!(kind, Kind::Purchase | Kind::PreAuthorisation | Kind::Payment);
        if is_check {
            shown.kind = Kind::Verification;
        }
        // One that changed nothing (a declined reversal, a second one) has a case of
        // its own: behind it, this would not wait for the debits before it.
        let newest = |is_effective: bool| {
            self.events()
                .filter(|event| event.is_effective == is_effective)
                .find(|event| self.reference(event).is_some_and(|reference| reference >= 2))
                .map(|event| event.number)
        };
        let mut joins = newest(true).or_else(|| newest(false));
        if kind == Kind::Completion && self.event.is_effective {
            let hold = self
                .events()
                .filter(|event| event.kind == Kind::PreAuthorisation && event.root == event.number)
                .find(|event| self.reference(event).is_some() && self.hold(event.root) > 0)
                .map(|event| event.root);
            if let Some(hold) = hold {
                let held = self.hold(hold);
                self.event.held = -held.min(self.transaction.amount.minor_units());
                self.event.hold_root = hold;
                joins = Some(hold);
            }
        }
        let orphans = self.orphans();
        joins = orphans.last().map(|orphan| orphan.number).or(joins);
        // A case has an end: what does not fit opens another.
        joins = joins.filter(|number| {
            let case = self.found.iter().find(|entry| entry.event.number == *number);
            let case = case.map(|entry| entry.case);
            self.found.iter().filter(|entry| Some(entry.case) == case).count() < CASE_EVENTS_MAX
        });
        let mut judged = self.judged(Relation::Stands, shown);
        (judged.joins, judged.orphans) = (joins, orphans);
        judged
    }

    /// Orphans that take this transaction back, the oldest first.
    fn orphans(&self) -> Vec<Event> {
        if !self.event.is_effective {
            return Vec::new();
        }
        let own = &self.event.names;
        let refers = |orphan: &Event| {
            let theirs = &orphan.names;
            if theirs.original_id != 0 && own.id != 0 {
                return theirs.original_id == own.id;
            }
            if theirs.original_stan != 0 && own.stan != 0 {
                return theirs.original_stan == own.stan;
            }
            is_equal_name(theirs.rrn, own.rrn)
                || (is_equal_name(theirs.stan, own.stan)
                    && (theirs.rrn == 0 || own.rrn == 0)
                    && self.near(orphan, STAN_SECONDS_MAX))
        };
        let mut orphans: Vec<_> = self
            .events()
            .filter(|event| event.is_orphan)
            .filter(|event| event.original_kind.is_none_or(|kind| kind == self.event.kind))
            .filter(|event| {
                let currency = |amount: Option<Money>| amount.map(|amount| amount.currency());
                currency(event.amount) == currency(self.event.amount)
            })
            .filter(|event| refers(event))
            .cloned()
            .collect();
        orphans.reverse();
        orphans
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Likeness {
    /// The same, whatever its amount.
    Same,
    /// The same, if its amount is.
    Similar,
    /// The same RRN with another STAN.
    Family,
}

fn is_equal_name(one: u64, two: u64) -> bool {
    one != 0 && one == two
}
