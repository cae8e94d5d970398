//! What a till of store form 1 remembered: digests, which cannot become cases.
//!
//! For as long as they are in the store, a repeat of what that till saw makes no
//! second message, and a reversal of what it told nobody of is told to nobody. A
//! reversal of what it told is told as one whose original was not seen.

use std::collections::HashMap;

use tillbell::HostGround;
use tillbell_transaction::case::Nothing;
use tillbell_transaction::{Kind, Transaction, correlation_digest};

/// How far a reversal and its original may be apart, in seconds.
const REACH_SECONDS: i64 = 2 * 86_400;

/// What was seen before the store had cases.
#[derive(Default)]
pub(crate) struct Former(HashMap<[u8; 16], (State, i64)>);

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Told,
    NotTold,
    Reversed,
}

impl Former {
    /// Reads an entry; none if it is anything else.
    pub(crate) fn add(&mut self, entry: &[u8]) -> Option<()> {
        let (digest, rest) = entry.split_first_chunk()?;
        let (state, seconds) = rest.split_first()?;
        let state = match state {
            0 => State::Told,
            1 => State::NotTold,
            2 => State::Reversed,
            _ => return None,
        };
        self.0.insert(*digest, (state, i64::from_be_bytes(seconds.try_into().ok()?)));
        Some(())
    }

    /// Why a transaction is told to nobody; none if it is new.
    pub(crate) fn settle(&self, transaction: &Transaction) -> Option<HostGround> {
        if self.0.is_empty() || (transaction.rrn.is_empty() && transaction.stan.is_empty()) {
            return None;
        }
        let reversed = HostGround::Nothing(Nothing::AlreadyReversed);
        if self.0.contains_key(&own(transaction)) {
            return Some(HostGround::Repeat);
        }
        if transaction.kind != Kind::Reversal {
            let state = self.state(transaction, transaction.kind, &transaction.stan);
            return (state == Some(State::Reversed)).then_some(reversed);
        }
        let said = transaction.original_kind;
        let stan = transaction.original_stan.as_deref().unwrap_or_default();
        let kinds = Kind::ALL
            .iter()
            .filter(|kind| **kind != Kind::Reversal && said.is_none_or(|said| said == **kind));
        let states = kinds.filter_map(|kind| self.state(transaction, *kind, stan));
        match states.min_by_key(|state| *state as u8)? {
            State::Told => None,
            State::NotTold => Some(HostGround::OriginalNotTold),
            State::Reversed => Some(reversed),
        }
    }

    /// What became of the transaction of this kind that has this STAN or this RRN.
    fn state(&self, transaction: &Transaction, kind: Kind, stan: &str) -> Option<State> {
        let (merchant, now) = (&transaction.merchant, transaction.time.unix_seconds());
        let numbers = [("stan", stan), ("rrn", transaction.rrn.as_str())];
        numbers
            .into_iter()
            .filter(|(_, number)| !number.is_empty())
            .find_map(|(by, number)| {
                let place = [&*transaction.acquirer, &merchant.id, &merchant.terminal];
                let [acquirer, merchant, terminal] = place;
                let name = [by, acquirer, merchant, terminal, kind.as_str(), number];
                self.0.get(&correlation_digest(name))
            })
            .filter(|(_, seconds)| seconds.abs_diff(now) <= REACH_SECONDS.unsigned_abs())
            .map(|(state, _)| *state)
    }
}

/// The digest of a transaction itself.
fn own(transaction: &Transaction) -> [u8; 16] {
    let Transaction { acquirer, merchant, rrn, stan, .. } = transaction;
    let (kind, day) = (transaction.kind.as_str(), transaction.time.local_day().to_string());
    correlation_digest(["own", acquirer, &merchant.id, &merchant.terminal, kind, &day, rrn, stan])
}
