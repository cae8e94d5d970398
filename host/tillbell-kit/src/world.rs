use tillbell::{CaseSettings, Docket, Host, Outcome, Taken, Waits};
use tillbell_subscribers::{Absence, Table};
use tillbell_transaction::case::{EventNumber, Excuse, Relation};
use tillbell_transaction::{Party, Timestamp, Transaction};

use crate::seen::{Detail, Seen};
use crate::tallies::{Asked, Summed, Tallies};

/// How many transactions are remembered, to recognise repeats and reversals.
const REMEMBERED: usize = 100_000;

/// One world in memory: what a host and its outbox know of cards and people. Its clock is
/// each event's own time, unless another is set.
pub struct World<'a> {
    host: &'a Host,
    docket: Docket,
    tallies: Tallies,
    subscribers: Option<&'a Table>,
    clock: Option<Timestamp>,
    detail: Option<Detail>,
}

/// What became of an event.
#[derive(Debug, Clone)]
pub struct Happened {
    /// The event; who is told, and as what, is the table's, where there is one.
    pub transaction: Box<Transaction>,
    /// What was decided, and the messages.
    pub outcome: Outcome,
    /// Whether it had waited: put off by its bank, or for its original.
    pub was_due: bool,
    /// How many that waited are told to nobody, since together they come to nothing.
    pub overruled: usize,
    /// Parties that nothing can be sent to, and why; with a table alone.
    pub absent: Vec<(Party, Absence)>,
    /// What was seen on the way; empty unless the world looks on.
    pub seen: Seen,
    number: EventNumber,
}

impl<'a> World<'a> {
    /// A world in which nothing has happened yet.
    pub fn new(host: &'a Host) -> Self {
        Self {
            host,
            docket: Docket::new(REMEMBERED, CaseSettings::default()),
            tallies: Tallies::default(),
            subscribers: None,
            clock: None,
            detail: None,
        }
    }

    /// The same, with the people who may be told, where there is a table: what sources say of
    /// contacts counts no more.
    #[must_use]
    pub fn with_subscribers(mut self, table: Option<&'a Table>) -> Self {
        self.subscribers = table;
        self
    }

    /// The same, at this time, where one is named, whatever events say.
    #[must_use]
    pub fn at(mut self, clock: Option<Timestamp>) -> Self {
        self.clock = clock;
        self
    }

    /// The same, with what plugins got and gave in [`Happened::seen`].
    #[must_use]
    pub fn looking_on(mut self, detail: Detail) -> Self {
        self.detail = Some(detail);
        self
    }

    /// Decides what is due before an event, and then the event; that stands last.
    pub fn take(&mut self, mut transaction: Box<Transaction>) -> Vec<Happened> {
        let now = self.clock.unwrap_or(transaction.time);
        let mut all = self.pass(now);
        if let Some(table) = self.subscribers {
            table.introduce(&mut transaction);
        }
        let Self { host, docket, tallies, detail, .. } = self;
        let mut seen = Seen::default();
        let taken = docket.take(&mut transaction, now, &mut |transaction, now| {
            let asked = Asked { tallies, number: None };
            process(host, transaction, now, &asked, *detail, &mut seen)
        });
        all.push(self.keep(transaction, taken, false, seen));
        all
    }

    /// Decides what is due until a time.
    pub fn pass(&mut self, until: Timestamp) -> Vec<Happened> {
        let mut all = Vec::new();
        while let Some(waits) = self.docket.next_due(until.unix_seconds()) {
            all.extend(self.decide(waits));
        }
        all
    }

    /// Decides orphans whose original does not come any more.
    pub fn end(&mut self) -> Vec<Happened> {
        let orphans = self.docket.orphans();
        orphans.into_iter().filter_map(|waits| self.decide(waits)).collect()
    }

    /// How many wait for their decision.
    pub fn waiting(&self) -> usize {
        self.docket.waiting()
    }

    /// A message of an event did not arrive: the party was not told by this channel.
    pub fn lose(&mut self, happened: &Happened, party: Party, channel: &str) {
        self.docket.excuse(happened.number, &[(party, channel)], Excuse::Failed);
    }

    /// Decides a transaction that waited, at the time that it waited for.
    fn decide(&mut self, waits: Waits) -> Option<Happened> {
        let Waits { number, until_seconds, .. } = waits;
        let mut transaction = self.docket.recall(number)?;
        let now = Timestamp::new(until_seconds, transaction.time.utc_offset_minutes())
            .unwrap_or(transaction.time);
        if let Some(table) = self.subscribers {
            table.introduce(&mut transaction);
        }
        let Self { host, docket, tallies, detail, .. } = self;
        let mut seen = Seen::default();
        let taken = docket.decide(number, &mut transaction, now, &mut |transaction, now| {
            let asked = Asked { tallies, number: Some(number) };
            process(host, transaction, now, &asked, *detail, &mut seen)
        })?;
        Some(self.keep(Box::new(transaction), taken, true, seen))
    }

    /// Keeps counters, and who could not be told.
    fn keep(
        &mut self,
        transaction: Box<Transaction>,
        taken: Taken,
        was_due: bool,
        seen: Seen,
    ) -> Happened {
        let Taken { number, relation, mut outcome, overruled, .. } = taken;
        for Summed { debits, told_on } in self.tallies.keep(number, &transaction, &outcome) {
            let ways = told_on.iter().map(|(party, channel)| (*party, channel.as_str()));
            let ways: Vec<_> =
                ways.filter(|(party, channel)| outcome.has_message(*party, channel)).collect();
            self.docket.tell(&debits, &ways);
        }
        let gone: Option<EventNumber> = match relation {
            Relation::TakesBack { root, is_full: true, .. } => Some(root),
            _ => None,
        };
        overruled.iter().copied().chain(gone).for_each(|number| self.tallies.uncount(number));
        if outcome.bundle.is_none() {
            outcome.bundle = self.host.bundle_of(&transaction).map(|manifest| manifest.id.clone());
        }
        let absent = self.absent(number, &transaction, &outcome);
        let overruled = overruled.len();
        Happened { transaction, outcome, was_due, overruled, absent, seen, number }
    }

    /// Who has no recipient; nothing of it is told to them.
    fn absent(
        &mut self,
        number: EventNumber,
        transaction: &Transaction,
        outcome: &Outcome,
    ) -> Vec<(Party, Absence)> {
        let Some(table) = self.subscribers else { return Vec::new() };
        let mut absent = Vec::new();
        for message in outcome.messages.iter().filter(|message| message.recipient.is_none()) {
            let absence = table.absence(transaction, message.party);
            let way = [(message.party, message.channel.as_str())];
            self.docket.excuse(number, &way, absence.excuse());
            if !absent.iter().any(|(party, _)| *party == message.party) {
                absent.push((message.party, absence));
            }
        }
        absent
    }
}

/// Asks the host, looking on where that is wanted.
fn process(
    host: &Host,
    transaction: &Transaction,
    now: Timestamp,
    asked: &Asked<'_>,
    detail: Option<Detail>,
    seen: &mut Seen,
) -> Outcome {
    if detail == Some(Detail::Fields) {
        seen.asked.push((transaction.clone(), now));
    }
    match detail {
        None => host.process_with(transaction, now, Some(asked)),
        Some(detail) => host.process_traced(transaction, now, Some(asked), &mut |step| {
            seen.note(step, detail);
        }),
    }
}

impl Happened {
    /// Whether the bundle did not say all of this itself: a plugin failed, the guard kept a
    /// text back, or the host's own words stand in for it.
    pub fn has_trouble(&self) -> bool {
        let by_host = |message: &tillbell::Message| message.author == tillbell::Author::Host;
        !self.outcome.failures.is_empty() || self.outcome.messages.iter().any(by_host)
    }
}
