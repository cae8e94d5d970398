//! The cases of a host that keeps them in memory: `tillbell run`, the till, C.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use super::event::{Event, EventNumber, links};
use super::{CASE_EVENTS_MAX, Excuse, Fate, Held, Verdict, weigh};
use crate::{CorrelationDigest, Party, Transaction, correlation_digest};

/// An event as [`super::judge`] gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseEntry {
    /// The case's number: that of its first event.
    pub case: EventNumber,
    /// The event.
    pub event: Event,
    /// Until when its decision waits, in seconds since 1970; none once it is
    /// decided.
    pub undecided_until: Option<i64>,
}

/// A party and a channel, as a book keeps them.
type Way = (u8, u32);
/// Stands for every way: of an event that was not decided, nobody knows which
/// ways it has.
const EVERY_WAY: Way = (u8::MAX, 0);

/// The events of the last transactions and who was told of them. *Told* means
/// handed over: nothing waits here but decisions.
///
/// It keeps a bounded number of events, the oldest forgotten first. What it keeps
/// can be stored: [`Book::restored`], [`Book::changes`].
#[derive(Debug)]
pub struct Book {
    pub(super) entries: BTreeMap<EventNumber, Entry>,
    found_by: HashMap<CorrelationDigest, Vec<EventNumber>>,
    /// Each event behind its case.
    cases: BTreeSet<(EventNumber, EventNumber)>,
    events_max: usize,
    next: EventNumber,
    /// Entries that changed since [`Book::changes`], where somebody stores them.
    changed: Option<VecDeque<EventNumber>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    kept: CaseEntry,
    links: Vec<CorrelationDigest>,
    fates: Vec<(Way, Fate)>,
}

/// What has to be done to a stored [`Book`] to make it the one in memory.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BookChanges {
    /// Entries that are new or have changed, by their number.
    pub written: Vec<(EventNumber, Vec<u8>)>,
    /// Entries with a lower number are forgotten.
    pub oldest: EventNumber,
}

fn way(party: Party, channel: &str) -> Way {
    let [a, b, c, d, ..] = correlation_digest(["way", channel]);
    (party as u8, u32::from_be_bytes([a, b, c, d]))
}

impl Book {
    /// Remembers the last `events_max` transactions, in about 600 bytes each.
    pub fn new(events_max: usize) -> Self {
        Self {
            entries: BTreeMap::new(),
            found_by: HashMap::new(),
            cases: BTreeSet::new(),
            events_max: events_max.max(1),
            next: 1,
            changed: None,
        }
    }

    /// The events found for a transaction, all those of their cases included, in
    /// the order of their numbers: at most [`CASE_EVENTS_MAX`] of each case.
    pub fn find(&self, transaction: &Transaction) -> Vec<CaseEntry> {
        let mut cases: Vec<_> = links(transaction)
            .iter()
            .filter_map(|link| self.found_by.get(link))
            .flatten()
            .filter_map(|number| Some(self.entries.get(number)?.kept.case))
            .collect();
        cases.sort_unstable();
        cases.dedup();
        let mut numbers: Vec<_> =
            cases.into_iter().flat_map(|case| self.of_case(case).take(CASE_EVENTS_MAX)).collect();
        numbers.sort_unstable();
        numbers
            .iter()
            .filter_map(|number| self.entries.get(number))
            .map(|entry| entry.kept.clone())
            .collect()
    }

    /// What is kept of an event; none if it is forgotten.
    pub fn get(&self, number: EventNumber) -> Option<&CaseEntry> {
        self.entries.get(&number).map(|entry| &entry.kept)
    }

    /// Events whose decision waits, in the order of their numbers.
    pub fn undecided(&self) -> impl Iterator<Item = &CaseEntry> {
        let kept = self.entries.values().map(|entry| &entry.kept);
        kept.filter(|kept| kept.undecided_until.is_some())
    }

    fn of_case(&self, case: EventNumber) -> impl Iterator<Item = EventNumber> {
        let numbers = self.cases.range((case, EventNumber::MIN)..=(case, EventNumber::MAX));
        numbers.map(|(_, number)| *number)
    }

    /// The number that the next event gets.
    pub fn next(&self) -> EventNumber {
        self.next
    }

    /// Adds an event whose number is [`Book::next`], with nobody told of it yet.
    pub fn add(
        &mut self,
        transaction: &Transaction,
        event: Event,
        joins: Option<EventNumber>,
        undecided_until: Option<i64>,
    ) {
        let number = event.number;
        let case = joins.and_then(|joins| Some(self.entries.get(&joins)?.kept.case));
        let kept = CaseEntry { case: case.unwrap_or(number), event, undecided_until };
        let links = links(transaction);
        for link in &links {
            self.found_by.entry(*link).or_default().push(number);
        }
        self.cases.insert((kept.case, number));
        self.entries.insert(number, Entry { kept, links, fates: Vec::new() });
        self.next = self.next.max(number + 1);
        self.change(number);
        self.forget();
    }

    /// Puts an event in the place of what is kept of it. One that found its root
    /// in another case moves there.
    pub fn put(&mut self, event: Event, undecided_until: Option<i64>) {
        let number = event.number;
        let case = self.entries.get(&event.root).map(|root| root.kept.case);
        if let Some(entry) = self.entries.get_mut(&number) {
            self.cases.remove(&(entry.kept.case, number));
            entry.kept.case = case.unwrap_or(entry.kept.case);
            self.cases.insert((entry.kept.case, number));
            entry.kept.event = event;
            entry.kept.undecided_until = undecided_until;
            self.change(number);
        }
    }

    /// Whether a party was told of any event of a root.
    pub fn is_told(&self, root: EventNumber, party: Party) -> bool {
        let of_root = self.of_root(root);
        of_root.iter().filter_map(|number| self.entries.get(number)).any(|entry| {
            let own = entry.kept.event.number;
            let mut fates = entry.fates.iter().filter(|((of, _), _)| *of == party as u8);
            fates.any(|(_, fate)| match fate {
                Fate::Told => true,
                // Into itself: no message tells it.
                Fate::Netted(into) => *into != own,
                _ => false,
            })
        })
    }

    /// Ends events that add up to nothing before anybody decided them: nobody is
    /// told of them, on any way.
    pub fn overrule(&mut self, numbers: &[EventNumber]) {
        for number in numbers {
            if let Some(entry) = self.entries.get_mut(number) {
                entry.kept.undecided_until = None;
            }
            self.set(*number, EVERY_WAY, Fate::Netted(*number));
        }
    }

    /// Records that another event's message tells of this one too, as a summary
    /// does: its parties and channels are these.
    pub fn tell(&mut self, number: EventNumber, by: &[(Party, &str)]) {
        for (party, channel) in by {
            self.set(number, way(*party, channel), Fate::Told);
        }
    }

    /// Records that messages of an event, which were handed over, told these parties by these
    /// channels nothing after all.
    pub fn excuse(&mut self, number: EventNumber, by: &[(Party, &str)], excuse: Excuse) {
        for (party, channel) in by {
            self.set(number, way(*party, channel), Fate::Excused(excuse));
        }
    }

    /// Records who is told of an event that is decided, and gives the fate of each
    /// of its messages: only what is [`Fate::Told`] is to be handed over.
    pub fn settle(&mut self, number: EventNumber, routed: &[(Party, &str)]) -> Vec<Fate> {
        let routed: Vec<_> = routed.iter().map(|(party, channel)| way(*party, channel)).collect();
        let Some(own) = self.entries.get(&number).map(|entry| entry.kept.event.clone()) else {
            return vec![Fate::Told; routed.len()];
        };
        if !own.is_effective {
            return vec![Fate::Told; routed.len()];
        }
        let of_root = self.of_root(own.root);
        let mut ways: Vec<_> = of_root
            .iter()
            .filter_map(|number| self.entries.get(number))
            .flat_map(|entry| entry.fates.iter().map(|(way, _)| *way))
            .filter(|way| *way != EVERY_WAY)
            .chain(routed.iter().copied())
            .collect();
        ways.sort_unstable();
        ways.dedup();
        for way in ways {
            let fate_of = |entry: &Entry| {
                let known =
                    |way| entry.fates.iter().find(|(of, _)| *of == way).map(|(_, fate)| *fate);
                let is_new = entry.kept.event.number == number && routed.contains(&way);
                if is_new {
                    Fate::Waiting
                } else {
                    let unnamed = Fate::Excused(Excuse::NotNamed);
                    known(way).or_else(|| known(EVERY_WAY)).unwrap_or(unnamed)
                }
            };
            let held: Vec<_> = of_root
                .iter()
                .filter_map(|number| self.entries.get(number))
                .map(|entry| Held { event: &entry.kept.event, fate: fate_of(entry) })
                .collect();
            let verdicts = weigh(&held);
            let is_routed = routed.contains(&way);
            let mut fates = Vec::with_capacity(verdicts.len() + 1);
            if is_routed {
                fates.push((number, Fate::Told));
            }
            fates.extend(verdicts.into_iter().map(|verdict| match verdict {
                Verdict::Net { event, into } => (event, Fate::Netted(into)),
                Verdict::Excuse { event, excuse } => (event, Fate::Excused(excuse)),
            }));
            for (event, fate) in fates {
                self.set(event, way, fate);
            }
        }
        let fates = self.entries.get(&number).map(|entry| entry.fates.as_slice()).unwrap_or(&[]);
        let fate_on = |way: &Way| fates.iter().find(|(of, _)| of == way).map(|(_, fate)| *fate);
        routed.iter().map(|way| fate_on(way).unwrap_or(Fate::Told)).collect()
    }

    /// The decided, effective events of a root: the root first.
    fn of_root(&self, root: EventNumber) -> Vec<EventNumber> {
        let Some(case) = self.entries.get(&root).map(|entry| entry.kept.case) else {
            return Vec::new();
        };
        let kept = |number: &EventNumber| self.entries.get(number).map(|entry| &entry.kept);
        let mut numbers: Vec<_> = self
            .of_case(case)
            .filter(|number| {
                kept(number).is_some_and(|kept| {
                    let is_decided = kept.undecided_until.is_none();
                    kept.event.root == root && kept.event.is_effective && is_decided
                })
            })
            .take(CASE_EVENTS_MAX)
            .collect();
        numbers.sort_unstable_by_key(|number| (*number != root, *number));
        numbers
    }

    fn set(&mut self, number: EventNumber, way: Way, fate: Fate) {
        let Some(entry) = self.entries.get_mut(&number) else { return };
        match entry.fates.iter_mut().find(|(of, _)| *of == way) {
            Some((_, known)) => *known = fate,
            None => entry.fates.push((way, fate)),
        }
        self.change(number);
    }

    fn change(&mut self, number: EventNumber) {
        if let Some(changed) = &mut self.changed
            && changed.back() != Some(&number)
        {
            changed.push_back(number);
        }
    }

    fn forget(&mut self) {
        while self.entries.len() > self.events_max {
            let Some((number, entry)) = self.entries.pop_first() else { return };
            self.cases.remove(&(entry.kept.case, number));
            for link in entry.links {
                if let Some(found) = self.found_by.get_mut(&link) {
                    found.retain(|other| *other != number);
                    if found.is_empty() {
                        self.found_by.remove(&link);
                    }
                }
            }
        }
    }

    /// As it was when its entries were stored, in any order. From here on
    /// [`Book::changes`] has to be called after every few transactions. An entry
    /// that cannot be read gives its number.
    ///
    /// # Errors
    /// The number of an entry that cannot be read.
    pub fn restored(
        events_max: usize,
        next: EventNumber,
        entries: impl IntoIterator<Item = (EventNumber, Vec<u8>)>,
    ) -> Result<Self, EventNumber> {
        let mut book = Self::new(events_max);
        book.next = next.max(1);
        for (number, bytes) in entries {
            let entry = Entry::read(number, &bytes).ok_or(number)?;
            for link in &entry.links {
                book.found_by.entry(*link).or_default().push(number);
            }
            book.cases.insert((entry.kept.case, number));
            book.entries.insert(number, entry);
            book.next = book.next.max(number + 1);
        }
        book.changed = Some(VecDeque::new());
        book.forget();
        Ok(book)
    }

    /// Takes what changed since the last call; nothing is collected for a book that
    /// was made by [`Book::new`].
    pub fn changes(&mut self) -> BookChanges {
        let mut changed: Vec<_> =
            self.changed.as_mut().map(std::mem::take).unwrap_or_default().into();
        changed.sort_unstable();
        changed.dedup();
        let entry = |number: EventNumber| Some((number, self.entries.get(&number)?.write()));
        BookChanges {
            written: changed.into_iter().filter_map(entry).collect(),
            oldest: self.entries.first_key_value().map_or(self.next, |(number, _)| *number),
        }
    }
}

impl Entry {
    fn write(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(256);
        bytes.extend(self.kept.case.to_be_bytes());
        bytes.extend(self.kept.undecided_until.unwrap_or(i64::MIN).to_be_bytes());
        bytes.push(self.links.len() as u8);
        bytes.push(self.fates.len() as u8);
        self.links.iter().for_each(|link| bytes.extend(link));
        for ((party, channel), fate) in &self.fates {
            let (sort, number) = match fate {
                Fate::Waiting => (0, 0),
                Fate::Attempted => (1, 0),
                Fate::Told => (2, 0),
                Fate::Doubtful => (3, 0),
                Fate::Excused(excuse) => (4, *excuse as i64),
                Fate::Netted(into) => (5, *into),
            };
            bytes.extend([*party, sort]);
            bytes.extend(channel.to_be_bytes());
            bytes.extend(number.to_be_bytes());
        }
        bytes.extend(self.kept.event.write());
        bytes
    }

    fn read(number: EventNumber, bytes: &[u8]) -> Option<Self> {
        let (case, rest) = bytes.split_first_chunk()?;
        let (until, rest) = rest.split_first_chunk()?;
        let ([links, fates], mut rest) = rest.split_first_chunk::<2>()?;
        let until = i64::from_be_bytes(*until);
        let mut read = Self {
            kept: CaseEntry {
                case: i64::from_be_bytes(*case),
                event: {
                    let before = usize::from(*links) * 16 + usize::from(*fates) * 14;
                    Event::read(number, rest.get(before..)?)?
                },
                undecided_until: (until != i64::MIN).then_some(until),
            },
            links: Vec::with_capacity((*links).into()),
            fates: Vec::with_capacity((*fates).into()),
        };
        for _ in 0..*links {
            let (link, left) = rest.split_first_chunk()?;
            read.links.push(*link);
            rest = left;
        }
        for _ in 0..*fates {
            let ([party, sort], left) = rest.split_first_chunk::<2>()?;
            let (channel, left) = left.split_first_chunk()?;
            let (number, left) = left.split_first_chunk()?;
            let number = i64::from_be_bytes(*number);
            let fate = match sort {
                0 => Fate::Waiting,
                1 => Fate::Attempted,
                2 => Fate::Told,
                3 => Fate::Doubtful,
                4 => Fate::Excused(Excuse::at(u8::try_from(number).ok()?)?),
                5 => Fate::Netted(number),
                _ => return None,
            };
            read.fates.push(((*party, u32::from_be_bytes(*channel)), fate));
            rest = left;
        }
        Some(read)
    }
}
