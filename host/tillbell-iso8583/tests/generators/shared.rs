//! What messages of all families have in common.

use std::collections::BTreeMap;

use tillbell_transaction::{Approval, Kind};

use super::facts::{self, Amount, Moment, Shop};
use super::rng::Rng;
use super::writers::{Sheet, Value, Wire};
use super::{Charset, filling};

const ALPHANUMERIC: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// A message that is being made up, and what it means so far.
pub(crate) struct Draft {
    pub(crate) sheet: Sheet,
    /// Facts by the names of `reading::facts_of`.
    pub(crate) wanted: Vec<(&'static str, String)>,
    pub(crate) card: &'static str,
    /// Fields that nothing may be put into at random, because it would mean something.
    pub(crate) taken: Vec<u8>,
}

impl Draft {
    pub(crate) fn new(mti: &str, card: &'static str, filler: u8) -> Self {
        let sheet = Sheet {
            header: Vec::new(),
            mti: mti.into(),
            fields: BTreeMap::new(),
            second_bitmap: false,
            filler,
        };
        Self { sheet, wanted: Vec::new(), card, taken: Vec::new() }
    }

    pub(crate) fn put(&mut self, field: u8, value: impl Into<Value>) {
        self.sheet.fields.insert(field, value.into());
    }

    /// The fact of a name; empty where none is.
    pub(crate) fn wanted(&self, name: &str) -> String {
        let found = self.wanted.iter().find(|(other, _)| *other == name);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    }

    /// Its MTI and its shorter fields, for people.
    pub(crate) fn shown(&self) -> String {
        let mut shown = self.sheet.mti.clone();
        for (field, value) in &self.sheet.fields {
            if let Value::Text(text) = value
                && text.len() < 60
            {
                shown += &format!(" {field}={text:?}");
            }
        }
        shown
    }

    /// Keeps fields free of random content.
    pub(crate) fn leave(&mut self, fields: &[u8]) {
        self.taken.extend(fields);
    }

    pub(crate) fn want(&mut self, name: &'static str, value: impl ToString) {
        self.wanted.retain(|(other, _)| *other != name);
        self.wanted.push((name, value.to_string()));
    }

    pub(crate) fn want_kind(&mut self, kind: Kind, original: Option<Kind>) {
        self.want("kind", kind);
        self.want("original_kind", original.map_or("", Kind::as_str));
    }

    pub(crate) fn want_approval(&mut self, approval: Approval) {
        self.want("approval", approval);
    }

    /// A reference that may be missing; what is there is wanted without its blanks.
    fn maybe(&mut self, rng: &mut Rng, field: u8, name: &'static str, value: String) {
        let is_there = rng.percent(85);
        self.want(name, if is_there { value.trim_end() } else { "" });
        self.leave(&[field]);
        if is_there {
            self.put(field, value);
        }
    }
}

/// What half of the packed messages have behind an odd number of digits.
pub(crate) fn filler(rng: &mut Rng) -> u8 {
    if rng.percent(50) { 0xF } else { 0 }
}

/// A reference of so many characters, sometimes shorter and filled with blanks.
pub(crate) fn reference(rng: &mut Rng, length: usize) -> String {
    let used = if rng.percent(20) { rng.between(1, length as i64) as usize } else { length };
    let text = match rng.below(3) {
        0 => rng.text(ALPHANUMERIC, used),
        _ => rng.digits(used),
    };
    format!("{text:length$}")
}

/// The card, its references and the merchant: what all versions have at the same places.
pub(crate) fn common(rng: &mut Rng, draft: &mut Draft) {
    let card = draft.card;
    draft.put(2, card);
    // PCI DSS, and what brands allow to be shown: eight digits from 16 on, else six.
    let first = if draft.card.len() >= 16 { 8 } else { 6 };
    draft.want("bin", &draft.card[..first]);
    draft.want("last4", &draft.card[draft.card.len() - 4..]);
    let stan = format!("{:06}", rng.between(1, 999_999));
    draft.maybe(rng, 11, "stan", stan);
    let category = rng.pick(&["5814", "5411", "6011", "7011", "0742", "5999"]).to_string();
    draft.maybe(rng, 18, "category", category);
    let length = rng.between(4, 11) as usize;
    let acquirer = rng.digits(length);
    draft.maybe(rng, 32, "acquirer", acquirer);
    let rrn = reference(rng, 12);
    draft.maybe(rng, 37, "rrn", rrn);
    let terminal = reference(rng, 8);
    draft.maybe(rng, 41, "terminal", terminal);
    let merchant = reference(rng, 15);
    draft.maybe(rng, 42, "merchant", merchant);
    draft.leave(&[1, 2, 3, 4, 7, 12, 13, 22, 25, 38, 39, 43, 49, 54]);
}

/// A code of the authorisation, which only what was approved has.
pub(crate) fn authorisation(rng: &mut Rng, draft: &mut Draft, approval: Approval) {
    draft.want("authorisation_code", "");
    if approval != Approval::Declined {
        let code = rng.text(ALPHANUMERIC, 6);
        draft.maybe(rng, 38, "authorisation_code", code);
    }
}

/// A merchant whose letters the wire has.
pub(crate) fn shop_for(rng: &mut Rng, wire: &Wire, ascii_only: bool) -> Shop {
    match wire.text {
        _ if ascii_only || rng.percent(50) => rng.pick(&facts::PLAIN),
        Charset::Gbk => rng.pick(&facts::CHINESE),
        _ => rng.pick(&facts::ACCENTED),
    }
}

/// Text in as many bytes as a part of a fixed field has.
fn filled(wire: &Wire, text: &str, bytes: usize) -> String {
    let used = wire.text.encode(text).len();
    assert!(used <= bytes, "{text} is too long");
    format!("{text}{}", " ".repeat(bytes - used))
}

/// DE43 of 1987 as the networks divide its 40 bytes: name 25, city 13, country 2 (Visa's
/// and AS 2805's manuals; the standard itself says 23, 13, 2 and 2).
pub(crate) fn merchant_1987(rng: &mut Rng, wire: &Wire, draft: &mut Draft, ascii_only: bool) {
    for name in ["name", "city", "country"] {
        draft.want(name, "");
    }
    if rng.percent(80) {
        let shop = shop_for(rng, wire, ascii_only);
        let text = filled(wire, shop.name, 25) + &filled(wire, shop.city, 13) + shop.country.0;
        draft.put(43, text);
        draft.want("name", shop.name);
        draft.want("city", shop.city);
        draft.want("country", shop.country.0);
    }
}

/// DE4 and DE49, whose currency is a number or three letters (a 3 or n 3 in both standards).
/// An inquiry has no amount, or zero.
pub(crate) fn amount(rng: &mut Rng, wire: &Wire, draft: &mut Draft, amount: &Amount, kind: Kind) {
    if kind != Kind::Inquiry || rng.percent(50) {
        draft.put(4, amount.twelve());
    }
    let is_packed = wire.format(&draft.sheet.mti, 49).unwrap().class == "n";
    let letters = rng.percent(10) && !is_packed;
    draft.put(49, if letters { amount.letters } else { amount.number });
    draft.want("amount", amount.said());
}

/// DE7 in UTC: when a message was sent, which is some seconds after the transaction, and
/// any time after it where an advice waited for a line.
pub(crate) fn transmission(rng: &mut Rng, draft: &mut Draft, moment: Moment) {
    let is_advice = matches!(draft.sheet.mti.as_bytes()[2], b'2' | b'3');
    let later = match rng.percent(30) && is_advice && super::draws("late-advices") {
        true => rng.between(1, 20) * 3_600,
        false => rng.between(0, 90),
    };
    draft.put(7, moment.transmission(later));
}

/// DE7, and DE12 and DE13 on the merchant's clock.
pub(crate) fn clock_1987(rng: &mut Rng, draft: &mut Draft, moment: Moment) {
    transmission(rng, draft, moment);
    draft.put(12, moment.local_time());
    draft.put(13, moment.local_date());
    draft.want("time", moment.said());
}

/// One block of DE54: account, amount type, currency, sign, 12 digits.
pub(crate) fn block(account: &str, kind: &str, amount: &Amount) -> String {
    let sign = if amount.minor_units < 0 { 'D' } else { 'C' };
    format!("{account}{kind}{}{sign}{}", amount.number, amount.twelve())
}

/// Balances in DE54, in any order: the available one of the account of DE3 is the one
/// that the cardholder is told (ISO 8583:1987, DE54; amount types 01 and 02).
pub(crate) fn balances(rng: &mut Rng, draft: &mut Draft, account: &str, amount: &Amount) {
    draft.want("balance", "");
    let mut blocks = draft.wanted_blocks();
    // One balance is that of the account, whatever its own type says.
    if blocks.is_empty() && account == "00" && rng.percent(20) {
        let available = amount.with(rng.between(0, 99_999_999));
        draft.put(54, block(rng.pick(&["10", "20", "30"]), "02", &available));
        draft.want("balance", available.said());
        return;
    }
    // Of two accounts, neither of which DE3 names, it is nobody's.
    if blocks.is_empty() && account == "00" && rng.percent(20) {
        let other = |rng: &mut Rng| amount.with(rng.between(0, 99_999_999));
        draft.put(54, block("10", "02", &other(rng)) + &block("20", "02", &other(rng)));
        return;
    }
    if rng.percent(50) {
        let available = amount.with(rng.between(-99_999, 99_999_999));
        blocks.push(block(account, "02", &available));
        draft.want("balance", available.said());
    }
    // The ledger's balance, and other accounts' balances, are not told.
    if rng.percent(30) {
        blocks.push(block(account, "01", &amount.with(rng.between(-99_999, 99_999_999))));
    }
    for other in ["10", "20", "30", "40"] {
        if other != account && account != "00" && blocks.len() < 6 && rng.percent(15) {
            let kind = rng.pick(&["01", "02"]);
            blocks.push(block(other, kind, &amount.with(rng.between(0, 99_999_999))));
        }
    }
    for last in (1..blocks.len()).rev() {
        blocks.swap(last, rng.below(last + 1));
    }
    if !blocks.is_empty() {
        draft.put(54, blocks.concat());
    }
}

impl Draft {
    /// Blocks of DE54 that are there already.
    fn wanted_blocks(&mut self) -> Vec<String> {
        match self.sheet.fields.remove(&54) {
            Some(Value::Text(text)) => {
                text.as_bytes().chunks(20).map(|b| String::from_utf8_lossy(b).into()).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// Everything else that a message may have, and a second bitmap for nothing.
pub(crate) fn rest(rng: &mut Rng, wire: &Wire, draft: &mut Draft) {
    draft.sheet.second_bitmap = rng.percent(5);
    filling::fill(rng, wire, draft);
    // The longest message that is read has 8 KiB: long private fields go first.
    while wire.write(&draft.sheet).bytes.len() > 8_000 {
        let longest = draft.sheet.fields.iter().max_by_key(|(_, value)| match value {
            Value::Text(text) => text.len(),
            Value::Bytes(bytes) => bytes.len(),
        });
        let field = *longest.unwrap().0;
        draft.sheet.fields.remove(&field);
    }
}
