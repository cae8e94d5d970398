//! Requests and the answers that leave out what the request said.
//!
//! An answer often has neither card (DE2) nor merchant (DE43); the request has both, and no
//! RRN. [`Pairing`] finds the request of an answer: the fields that the dialect names
//! (`pairing`; STAN, terminal and merchant where it says nothing) and the acquirer where both
//! have one are the same, the processing code agrees, and the amount unless only a part was
//! approved. The answer's fields win; of a request are kept the card's BIN, last four digits
//! and token, and the merchant, never the card number. Where two requests could be meant, or
//! something contradicts, nothing is paired and an alarm says so.
//!
//! It is pure: time comes in. A request is kept for 120 s, an answer waits 5 s for one that
//! is late; both are bounded in number, and what is given up is counted.

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
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key(pub(crate) Vec<String>);

/// A request, without its card's number once it is kept.
#[derive(Clone)]
pub struct Request {
    pub(crate) key: Key,
    pub(crate) acquirer: String,
    pub(crate) processing: String,
    pub(crate) amount: Option<u64>,
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
    pub(crate) key: Key,
    pub(crate) processing: String,
    pub(crate) amount: Option<u64>,
    pub(crate) mti: String,
    /// Its card is none: it is given one, or nobody sees it.
    pub(crate) transaction: Transaction,
}

impl Answer {
    /// What it says, as canonical JSON without a card: for people who look, and no event.
    pub fn shown(&self) -> Transaction {
        self.transaction.clone()
    }

    fn unpaired(self: Box<Self>, cause: &str, alarms: Vec<Error>) -> Decoded {
        let record =
            Record::Ignored(Ignored { reason: IgnoredReason::Unpaired, mti: self.mti.clone() });
        let mut alarms = alarms;
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

#[derive(Debug)]
struct Kept {
    until: i64,
    request: Request,
    /// Whether another request with the same key said something else.
    is_ambiguous: bool,
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
                let kept = self.requests.get(&key).filter(|kept| !kept.is_ambiguous);
                if let (Some(kept), Record::Transaction(transaction)) = (kept, &mut record) {
                    name(&mut transaction.merchant, &kept.request.merchant);
                }
                out.push((tag, Decoded { record, alarms, half: None }));
            }
            Some(Half::Request(request)) => {
                let key = request.key.clone();
                self.keep(*request, now_ms);
                for waiting in self.late(&key) {
                    out.push((waiting.tag, self.pair(waiting.answer, waiting.alarms)));
                }
                out.push((tag, Decoded { record, alarms, half: None }));
            }
            Some(Half::Answer(answer)) if self.requests.contains_key(&answer.key) => {
                out.push((tag, self.pair(answer, alarms)));
            }
            Some(Half::Answer(answer)) => {
                if self.waiting.len() == ANSWERS_MAX
                    && let Some(oldest) = self.waiting.pop_front()
                {
                    out.push(self.give_up(oldest, "is missing, and too many answers wait"));
                }
                let until = now_ms.saturating_add(ANSWER_MS);
                *self.wanted.entry(answer.key.clone()).or_default() += 1;
                self.waiting.push_back(Waiting { until, tag, answer, alarms });
            }
        }
        out
    }

    /// Gives up answers that waited too long, and forgets old requests.
    pub fn expire(&mut self, now_ms: i64) -> Vec<Tagged<T>> {
        while let Some((until, key)) = self.order.front()
            && (*until <= now_ms || self.order.len() > REQUESTS_MAX)
        {
            if self.requests.get(key).is_some_and(|kept| kept.until == *until) {
                self.requests.remove(key);
            }
            self.order.pop_front();
        }
        let mut out = Vec::new();
        while self.waiting.front().is_some_and(|waiting| waiting.until <= now_ms)
            && let Some(oldest) = self.waiting.pop_front()
        {
            out.push(self.give_up(oldest, "is missing, and no request was seen"));
        }
        out
    }

    /// Gives up whatever waits: at the end of a feed.
    pub fn finish(&mut self) -> Vec<Tagged<T>> {
        self.expire(i64::MAX)
    }

    fn give_up(&mut self, waiting: Waiting<T>, cause: &str) -> Tagged<T> {
        self.counts.unpaired += 1;
        if let Some(count) = self.wanted.get_mut(&waiting.answer.key) {
            *count -= 1;
            if *count == 0 {
                self.wanted.remove(&waiting.answer.key);
            }
        }
        (waiting.tag, waiting.answer.unpaired(cause, waiting.alarms))
    }

    /// Keeps a request, without its card's number.
    fn keep(&mut self, mut request: Request, now_ms: i64) {
        if let Some(card) = &mut request.card {
            if let Some(key) = &self.token_key {
                key.name(card);
            }
            card.pan = None;
        }
        let until = now_ms.saturating_add(REQUEST_MS);
        let is_ambiguous = self
            .requests
            .get(&request.key)
            .is_some_and(|kept| kept.is_ambiguous || !kept.request.is_repeat(&request));
        self.order.push_back((until, request.key.clone()));
        self.requests.insert(request.key.clone(), Kept { until, request, is_ambiguous });
    }

    /// The answers that waited for this request.
    fn late(&mut self, key: &Key) -> Vec<Waiting<T>> {
        if self.wanted.remove(key).is_none() {
            return Vec::new();
        }
        let (late, rest): (Vec<_>, Vec<_>) =
            self.waiting.drain(..).partition(|waiting| waiting.answer.key == *key);
        self.waiting = rest.into();
        late
    }

    fn pair(&mut self, mut answer: Box<Answer>, alarms: Vec<Error>) -> Decoded {
        let Some(kept) = self.requests.get(&answer.key) else {
            self.counts.unpaired += 1;
            return answer.unpaired("is missing, and no request was seen", alarms);
        };
        let cause = match &kept.request.card {
            _ if kept.is_ambiguous => "is missing, and two requests could be meant",
            _ if !kept.request.agrees(&answer) => "is missing, and the request contradicts",
            None => "is missing, and in the request too",
            Some(card) => {
                answer.transaction.card = card.clone();
                name(&mut answer.transaction.merchant, &kept.request.merchant);
                answer.transaction.strike_card_numbers();
                answer.transaction.id = answer.transaction.derive_id();
                self.counts.paired += 1;
                let record = Record::Transaction(Box::new(answer.transaction));
                return Decoded { record, alarms, half: None };
            }
        };
        self.counts.unpaired += 1;
        answer.unpaired(cause, alarms)
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
        self.processing == other.processing
            && self.amount == other.amount
            && self.acquirer == other.acquirer
            && card(self) == card(other)
    }

    /// Whether an answer may be this one's.
    fn agrees(&self, answer: &Answer) -> bool {
        let acquirer = &answer.transaction.acquirer;
        let is_one = self.acquirer.is_empty() || acquirer.is_empty() || self.acquirer == *acquirer;
        let is_part = answer.transaction.approval == Approval::PartiallyApproved;
        is_one
            && self.processing == answer.processing
            && (is_part || self.amount.is_none() || self.amount == answer.amount)
    }
}
