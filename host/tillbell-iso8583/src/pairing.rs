//! Requests and the answers that leave out what the request said.
//!
//! An answer often has neither card (DE2) nor merchant (DE43); the request has both, and no
//! RRN. [`Pairing`] finds the request of an answer: the fields that the dialect names
//! (`pairing`; STAN, terminal and merchant where it says nothing) are the same, and nothing
//! contradicts: the processing code, the acquirer, the RRN and the currency where both have
//! one, the amount (of a partial approval at most as much), and the times that the messages
//! state are within 120 s. The answer's fields win; of a request are kept the card's BIN,
//! length, last four digits and token, and the merchant, never the card number. Where two
//! requests could be meant nothing is paired and an alarm says so.
//!
//! It is pure: time comes in. A request is kept for 120 s, an answer waits 5 s for one that
//! is late; both are bounded in number, and what is given up is counted. At an orderly stop
//! requests may be written down, and are taken back by the next start.

mod kept;

use std::collections::{HashMap, VecDeque};
use std::fmt;

use tillbell_transaction::{
    Approval, Card, Error, Ignored, IgnoredReason, Merchant, Record, TokenKey, Transaction,
};

use crate::decode::Decoded;

/// How long a request is kept, in milliseconds.
pub const REQUEST_MS: i64 = 120_000;
/// How long an answer waits for its request, in milliseconds.
pub const ANSWER_MS: i64 = 5_000;
/// Requests that are kept at a time; of more the oldest is given up.
pub const REQUESTS_MAX: usize = 65_536;
/// Answers that wait at a time.
pub const ANSWERS_MAX: usize = 4_096;
/// Requests with one key that are told apart.
const OF_ONE_KEY_MAX: usize = 4;
/// How far the times may be apart that a request and its answer state, in seconds.
const STATED_SECONDS: i64 = REQUEST_MS / 1_000;

/// What a message is to another.
#[derive(Debug, Clone)]
pub enum Half {
    /// A request: what its answer may leave out.
    Request(Box<Request>),
    /// An answer without a card: a transaction but for that.
    Answer(Box<Answer>),
    /// A transaction whose merchant has no name: a request may have it.
    Nameless(Key),
}

/// What a request and its answer have in common.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Key(pub(crate) Vec<String>);

/// Shows nothing of it: a merchant's number may be a card's.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

/// What a request and its answer must agree in.
#[derive(Debug, Clone)]
pub(crate) struct Terms {
    pub(crate) key: Key,
    pub(crate) processing: String,
    pub(crate) currency: String,
    pub(crate) amount: Option<u64>,
    /// DE12, in seconds of the day.
    pub(crate) clock: Option<i64>,
}

/// A request, without its card's number once it is kept.
#[derive(Clone)]
pub struct Request {
    pub(crate) terms: Terms,
    pub(crate) acquirer: String,
    pub(crate) rrn: String,
    /// When it says that it was sent.
    pub(crate) time: Option<i64>,
    pub(crate) card: Option<Card>,
    pub(crate) merchant: Merchant,
}

/// Shows nothing of it: it may hold a card's number.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Request(..)")
    }
}

/// An answer without its card.
#[derive(Debug, Clone)]
pub struct Answer {
    pub(crate) terms: Terms,
    pub(crate) mti: String,
    /// Its card is a placeholder until the answer is paired.
    pub(crate) transaction: Transaction,
}

impl Answer {
    /// What it says, with a placeholder for its card: for people who look, and no event.
    pub fn shown(&self) -> Transaction {
        self.transaction.clone()
    }

    fn said(&self) -> Said {
        let own = &self.transaction;
        let time = own.time.unix_seconds();
        (own.rrn.clone(), own.authorisation_code.clone(), own.approval, time)
    }

    fn unpaired(self: Box<Self>, cause: &str, mut alarms: Vec<Error>) -> Decoded {
        let record =
            Record::Ignored(Ignored { reason: IgnoredReason::Unpaired, mti: self.mti.clone() });
        alarms.push(Error::new("DE2", cause));
        Decoded { record, alarms, half: Some(Half::Answer(self)) }
    }
}

/// What was counted of a pairing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Paired {
    /// Answers that got their card from a request.
    pub paired: u64,
    /// Answers whose request was not found, or was not clear.
    pub unpaired: u64,
}

/// Requests that wait for their answers, and answers for late requests. One for all
/// connections of a source.
#[derive(Debug)]
pub struct Pairing<T> {
    requests: HashMap<Key, Kept>,
    /// Keys in the order of their requests, each with when it ends.
    order: VecDeque<(i64, Key)>,
    waiting: VecDeque<Waiting<T>>,
    /// How many answers wait with a key.
    wanted: HashMap<Key, usize>,
    token_key: Option<TokenKey>,
    counts: Paired,
}

/// Requests with the same key.
#[derive(Debug)]
struct Kept {
    until: i64,
    requests: Vec<Known>,
}

/// What makes an answer the same as another: RRN, authorisation code, approval, time.
type Said = (String, String, Approval, i64);

/// A request that is kept.
#[derive(Debug)]
struct Known {
    request: Request,
    /// How many digits the card's number has.
    card_digits: usize,
    /// What its answer said, once it has one.
    answered: Option<Said>,
}

#[derive(Debug)]
struct Waiting<T> {
    until: i64,
    /// What it was called when it came.
    tag: T,
    answer: Box<Answer>,
    alarms: Vec<Error>,
}

/// A message that is decided, and the tag with which it came.
pub type Tagged<T> = (T, Decoded);

impl<T> Pairing<T> {
    /// A pairing in which a request's card gets its token by this key.
    pub fn new(token_key: Option<TokenKey>) -> Self {
        Self {
            requests: HashMap::new(),
            order: VecDeque::new(),
            waiting: VecDeque::new(),
            wanted: HashMap::new(),
            token_key,
            counts: Paired::default(),
        }
    }

    /// What was paired until now.
    pub fn counts(&self) -> Paired {
        self.counts
    }

    /// Requests and answers that wait.
    pub fn waiting(&self) -> (usize, usize) {
        (self.requests.len(), self.waiting.len())
    }

    /// Takes a message, which the caller knows by `tag`, and gives all that is decided now:
    /// mostly the message itself, at times an earlier answer before it.
    pub fn take(&mut self, tag: T, decoded: Decoded, now_ms: i64) -> Vec<Tagged<T>> {
        let mut out = self.expire(now_ms);
        let Decoded { mut record, alarms, half } = decoded;
        match half {
            None => out.push((tag, Decoded { record, alarms, half: None })),
            Some(Half::Nameless(key)) => {
                let kept = self.requests.get(&key).map_or(&[][..], |kept| &kept.requests);
                if let ([known], Record::Transaction(transaction)) = (kept, &mut record) {
                    name(&mut transaction.merchant, &known.request.merchant);
                    transaction.strike_card_numbers();
                }
                out.push((tag, Decoded { record, alarms, half: None }));
            }
            Some(Half::Request(request)) => {
                let key = request.terms.key.clone();
                self.keep(*request, now_ms);
                out.push((tag, Decoded { record, alarms, half: None }));
                let late = self.late(&key);
                let kept = self.requests.get(&key);
                let newest = kept.and_then(|kept| kept.requests.last());
                let agrees =
                    |one: &Waiting<T>| newest.is_some_and(|known| known.agrees(&one.answer));
                let said: Vec<_> =
                    late.iter().filter(|one| agrees(one)).map(|one| one.answer.said()).collect();
                let is_clear = said.windows(2).all(|pair| pair[0] == pair[1]);
                for waiting in late {
                    out.extend(match is_clear {
                        true => self.pair(waiting),
                        false => {
                            let cause = "is missing, and two answers wait for one request";
                            Some(self.refuse(waiting, cause))
                        }
                    });
                }
            }
            Some(Half::Answer(answer)) => {
                let until = now_ms.saturating_add(ANSWER_MS);
                out.extend(self.pair(Waiting { until, tag, answer, alarms }));
                if self.waiting.len() > ANSWERS_MAX
                    && let Some(oldest) = self.waiting.pop_front()
                {
                    out.push(self.give_up(oldest, "is missing, and too many answers wait"));
                }
            }
        }
        out
    }

    /// Gives up answers that waited too long, and forgets old requests.
    pub fn expire(&mut self, now_ms: i64) -> Vec<Tagged<T>> {
        let mut out = Vec::new();
        while self.waiting.front().is_some_and(|waiting| waiting.until <= now_ms)
            && let Some(oldest) = self.waiting.pop_front()
        {
            let cause = match self.requests.contains_key(&oldest.answer.terms.key) {
                true => "is missing, and the request contradicts",
                false => "is missing, and no request was seen",
            };
            out.push(self.give_up(oldest, cause));
        }
        while let Some((until, key)) = self.order.front()
            && (*until <= now_ms || self.order.len() > REQUESTS_MAX)
        {
            if self.requests.get(key).is_some_and(|kept| kept.until == *until) {
                self.requests.remove(key);
            }
            self.order.pop_front();
        }
        out
    }

    /// Gives up whatever waits: at the end of a feed.
    pub fn finish(&mut self) -> Vec<Tagged<T>> {
        self.expire(i64::MAX)
    }

    fn give_up(&mut self, waiting: Waiting<T>, cause: &str) -> Tagged<T> {
        if let Some(count) = self.wanted.get_mut(&waiting.answer.terms.key) {
            *count -= 1;
            if *count == 0 {
                self.wanted.remove(&waiting.answer.terms.key);
            }
        }
        self.refuse(waiting, cause)
    }

    fn refuse(&mut self, waiting: Waiting<T>, cause: &str) -> Tagged<T> {
        self.counts.unpaired += 1;
        (waiting.tag, waiting.answer.unpaired(cause, waiting.alarms))
    }

    /// Keeps a request, without its card's number.
    fn keep(&mut self, mut request: Request, now_ms: i64) {
        let mut card_digits = 0;
        if let Some(card) = &mut request.card {
            if let Some(key) = &self.token_key {
                key.name(card);
            }
            card_digits = card.pan.as_ref().map_or(0, |pan| pan.digit_count() as usize);
            card.pan = None;
        }
        let known = Known { request, card_digits, answered: None };
        self.remember(known, now_ms.saturating_add(REQUEST_MS));
    }

    /// Keeps a request until then; one that was sent again stands for the one before.
    fn remember(&mut self, known: Known, until: i64) {
        let key = known.request.terms.key.clone();
        self.order.push_back((until, key.clone()));
        let kept = self.requests.entry(key).or_insert(Kept { until, requests: Vec::new() });
        kept.until = until;
        match kept.requests.iter_mut().find(|other| other.request.is_repeat(&known.request)) {
            Some(other) => *other = known,
            None => {
                if kept.requests.len() == OF_ONE_KEY_MAX {
                    kept.requests.remove(0);
                }
                kept.requests.push(known);
            }
        }
    }

    /// The answers that waited for this request.
    fn late(&mut self, key: &Key) -> Vec<Waiting<T>> {
        if self.wanted.remove(key).is_none() {
            return Vec::new();
        }
        let (late, rest): (Vec<_>, Vec<_>) =
            self.waiting.drain(..).partition(|waiting| waiting.answer.terms.key == *key);
        self.waiting = rest.into();
        late
    }

    /// Pairs an answer or refuses it; nothing where it waits for its request.
    fn pair(&mut self, waiting: Waiting<T>) -> Option<Tagged<T>> {
        let kept = self.requests.get_mut(&waiting.answer.terms.key);
        let mut agreeing = kept
            .into_iter()
            .flat_map(|kept| &mut kept.requests)
            .filter(|known| known.agrees(&waiting.answer));
        let cause = match (agreeing.next(), agreeing.next()) {
            (None, _) => {
                *self.wanted.entry(waiting.answer.terms.key.clone()).or_default() += 1;
                self.waiting.push_back(waiting);
                return None;
            }
            (Some(_), Some(_)) => "is missing, and two requests could be meant",
            (Some(known), None) => match &known.request.card {
                None => "is missing, and in the request too",
                Some(card) => {
                    known.answered = Some(waiting.answer.said());
                    let mut transaction = waiting.answer.transaction;
                    transaction.card = card.clone();
                    name(&mut transaction.merchant, &known.request.merchant);
                    transaction.strike_card_number_of(known.card_digits);
                    transaction.id = transaction.derive_id();
                    self.counts.paired += 1;
                    let record = Record::Transaction(Box::new(transaction));
                    return Some((
                        waiting.tag,
                        Decoded { record, alarms: waiting.alarms, half: None },
                    ));
                }
            },
        };
        Some(self.refuse(waiting, cause))
    }
}

/// Gives a merchant what it does not say itself.
fn name(own: &mut Merchant, request: &Merchant) {
    if own.name.is_empty() {
        own.name.clone_from(&request.name);
        own.city.clone_from(&request.city);
        own.country.clone_from(&request.country);
    }
    if own.category.is_empty() {
        own.category.clone_from(&request.category);
    }
}

impl Request {
    /// Whether another one says the same: it was sent again.
    fn is_repeat(&self, other: &Self) -> bool {
        let card = |request: &Self| {
            request.card.as_ref().map(|card| (card.bin, card.last4, card.token.clone()))
        };
        self.terms.processing == other.terms.processing
            && self.terms.amount == other.terms.amount
            && self.terms.currency == other.terms.currency
            && self.acquirer == other.acquirer
            && card(self) == card(other)
    }
}

impl Known {
    /// Whether an answer may be this one's: nothing contradicts, and it had no other.
    fn agrees(&self, answer: &Answer) -> bool {
        let (request, own) = (&self.request, &answer.transaction);
        let (asked, said) = (&request.terms, &answer.terms);
        let is_same = |one: &str, other: &str| one.is_empty() || other.is_empty() || one == other;
        let is_part = own.approval == Approval::PartiallyApproved;
        let amounts = match (asked.amount, said.amount) {
            (Some(asked), Some(approved)) if is_part => approved <= asked,
            (Some(asked), Some(approved)) => asked == approved,
            _ => true,
        };
        let times = request.time.is_none_or(|time| {
            (-ANSWER_MS / 1_000..=STATED_SECONDS).contains(&(own.time.unix_seconds() - time))
        });
        // At midnight they begin anew.
        let clocks = match (asked.clock, said.clock) {
            (Some(one), Some(other)) => {
                let apart = (other - one).rem_euclid(86_400);
                apart.min(86_400 - apart) <= STATED_SECONDS
            }
            _ => true,
        };
        asked.processing == said.processing
            && amounts
            && times
            && clocks
            && is_same(&request.acquirer, &own.acquirer)
            && is_same(&request.rrn, &own.rrn)
            && is_same(&asked.currency, &said.currency)
            && self.answered.as_ref().is_none_or(|said| *said == answer.said())
    }
}
