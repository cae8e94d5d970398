//! Requests that have a card, and answers that have none.

use tillbell_transaction::Approval;

use super::facts::CARDS;
use super::rng::Rng;
use super::shared::{self, Draft};
use super::writers::{Sheet, Value};
use super::{Family, Sample};

/// What a request and its answer have in common.
#[derive(Clone)]
pub(crate) struct Keys {
    pub(crate) stan: String,
    pub(crate) terminal: String,
    pub(crate) merchant: String,
}

/// Two halves of a transaction, and what the answer means where its request is known.
pub(crate) struct Pair {
    pub(crate) request: Vec<u8>,
    /// The same request of another card.
    pub(crate) of_another_card: Vec<u8>,
    pub(crate) answer: Vec<u8>,
    /// The answer's facts.
    pub(crate) sample: Sample,
}

/// Fields that only an answer has: references of the host, its decision, and balances.
const OF_THE_ANSWER: [u8; 6] = [37, 38, 39, 44, 54, 95];
/// Fields that only a request has: the card in all its forms, the PIN and the shop.
const OF_THE_REQUEST: [u8; 9] = [2, 14, 34, 35, 36, 43, 45, 52, 55];

impl Family {
    /// A request with its answer.
    pub(crate) fn pair(&self, rng: &mut Rng, reference: &'static str, keys: &Keys) -> Pair {
        let mut draft = self.answer(rng, reference);
        draft.put(11, keys.stan.as_str());
        draft.put(41, keys.terminal.as_str());
        draft.put(42, keys.merchant.as_str());
        draft.want("stan", &keys.stan);
        draft.want("terminal", &keys.terminal);
        draft.want("merchant", &keys.merchant);
        shared::rest(rng, self.wire, &mut draft);
        let mut sheet = request_of(&draft);
        let request = self.wire.write(&sheet).bytes;
        for field in [34, 35, 36, 45] {
            sheet.fields.remove(&field);
        }
        let others = CARDS.iter().filter(|card| **card != draft.card).copied();
        let others: Vec<&'static str> = others.collect();
        sheet.fields.insert(2, rng.pick(&others).into());
        let of_another_card = self.wire.write(&sheet).bytes;
        for field in OF_THE_REQUEST {
            draft.sheet.fields.remove(&field);
        }
        let written = self.wire.write(&draft.sheet);
        let answer = written.bytes.clone();
        Pair { request, of_another_card, answer, sample: Sample { draft, written, reference } }
    }

    /// A message that answers another: the MTI's third digit is odd.
    fn answer(&self, rng: &mut Rng, reference: &'static str) -> Draft {
        loop {
            let draft = (self.draw)(rng, self.wire, reference);
            if matches!(draft.sheet.mti.as_bytes()[2], b'1' | b'3') {
                return draft;
            }
        }
    }
}

/// What was asked: the same without the answer's fields, and of a part that was approved
/// the whole.
fn request_of(draft: &Draft) -> Sheet {
    let mut sheet = draft.sheet.clone();
    let asks = if sheet.mti.as_bytes()[2] == b'3' { "20" } else { "00" };
    sheet.mti.replace_range(2..4, asks);
    for field in OF_THE_ANSWER {
        sheet.fields.remove(&field);
    }
    let is_partial = draft.wanted("approval") == Approval::PartiallyApproved.as_str();
    if is_partial && let Some(Value::Text(amount)) = sheet.fields.get_mut(&4) {
        let whole = amount.parse::<u64>().unwrap() / 2 + 500_000_000_000;
        *amount = format!("{whole:012}");
    }
    sheet
}
