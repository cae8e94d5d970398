//! The one thing that makes a line of an entry.

use std::collections::HashSet;

use tillbell_transaction::case::Shown;
use tillbell_transaction::{Last4, Timestamp, Transaction, json};

use crate::shape::{Domain, substitute};
use crate::{AskedRecord, Decided, Entry, Head, KeyName, LINE_BYTES_MAX, TapeKey, names};

/// The most merchants of an operator's list.
pub const SOLE_TRADERS_MAX: usize = 100_000;
/// Digits of a BIN that every source gives.
const BIN_DIGITS: usize = 6;

/// Merchants that are people: by name or merchant id, whatever their case.
#[derive(Debug, Clone, Default)]
pub struct SoleTraders(HashSet<String>);

impl SoleTraders {
    /// Reads a list: one name or merchant id a line; blank lines and `#` are passed over.
    ///
    /// # Errors
    /// If it has more than [`SOLE_TRADERS_MAX`] lines.
    pub fn parse(text: &str) -> Result<Self, String> {
        let lines = text.lines().map(str::trim);
        let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        let all: HashSet<_> = lines.map(str::to_lowercase).take(SOLE_TRADERS_MAX + 1).collect();
        match all.len() > SOLE_TRADERS_MAX {
            true => Err(format!("more than {SOLE_TRADERS_MAX} merchants")),
            false => Ok(Self(all)),
        }
    }

    fn has(&self, name: &str) -> bool {
        !self.0.is_empty() && self.0.contains(&name.trim().to_lowercase())
    }
}

/// The substitutes of one key.
#[derive(Debug, Clone)]
pub struct Pseudonyms {
    key: TapeKey,
    sole_traders: SoleTraders,
}

impl Pseudonyms {
    /// Substitutes by a key, also for these merchants.
    pub fn new(key: TapeKey, sole_traders: SoleTraders) -> Self {
        Self { key, sole_traders }
    }

    /// The name of the key.
    pub fn key_name(&self) -> KeyName {
        self.key.name()
    }

    /// Whether a transaction on a tape of this key had this id: the source's own, or one
    /// that was derived of terminal, RRN, STAN, amount and kind. Not told of a sole trader's.
    pub fn is_id_of(&self, id: &str, on_tape: &Transaction) -> bool {
        let own = |domain: Domain, text: &str| substitute(&self.key, domain, b"", text);
        if on_tape.has_own_id {
            return own(Domain::Id, id) == on_tape.id;
        }
        let Transaction { rrn, stan, .. } = on_tape;
        let both = [rrn.as_str(), stan].into_iter().filter(|text| !text.is_empty());
        let both: Vec<_> = both.collect();
        let both = both.join("-");
        // The numbers keep their lengths, so they stand where their substitutes do.
        let Some(at) = on_tape.id.find(&both).filter(|_| id.len() == on_tape.id.len()) else {
            return false;
        };
        let numbers = |from: usize, length: usize| id.get(from..from + length);
        let stan_at = at + both.len() - stan.len();
        numbers(at, rrn.len()).is_some_and(|text| own(Domain::Rrn, text) == *rrn)
            && numbers(stan_at, stan.len()).is_some_and(|text| own(Domain::Stan, text) == *stan)
            && id.get(..at) == on_tape.id.get(..at)
            && id.get(at + both.len()..) == on_tape.id.get(at + both.len()..)
    }

    /// The first line of a day's tape, without a line break.
    pub fn head(&self, day: &str) -> String {
        let head = Head { tape: 1, day: day.into(), key: self.key.name().to_string() };
        serde_json::to_string(&head).unwrap_or_default()
    }

    /// Puts the line of a decision, in UTF-8 without a line break, into `line`, in the place of
    /// what it held. Gives false where it would be longer than [`LINE_BYTES_MAX`].
    pub fn write(&self, entry: Entry, line: &mut Vec<u8>) -> bool {
        let Entry { mut transaction, accepted_seconds, was_due, verdict, asked } = entry;
        let said = Shown::of(&transaction);
        let Ok(accepted) = Timestamp::new(accepted_seconds, 0) else { return false };
        let decided = Decided {
            accepted: accepted.to_string(),
            due: was_due,
            verdict,
            asked: asked.into_iter().map(|asked| AskedRecord::of(asked, said)).collect(),
        };
        self.replace(&mut transaction);
        line.clear();
        line.extend_from_slice(b"{\"event\":");
        json::append_transaction(line, &transaction);
        let decided_at = line.len();
        if serde_json::to_writer(&mut *line, &decided).is_err() {
            return false;
        }
        // One object of both.
        line[decided_at] = b',';
        line.len() <= LINE_BYTES_MAX
    }

    /// Puts substitutes in the place of what says who somebody is.
    pub fn replace(&self, transaction: &mut Transaction) {
        let own = |domain: Domain, text: &str| substitute(&self.key, domain, b"", text);
        let each = |domain: Domain, text: &mut String| *text = own(domain, text);
        let perhaps = |domain: Domain, text: &mut Option<String>| {
            if let Some(text) = text {
                *text = own(domain, text);
            }
        };
        let name = |text: &mut Option<String>| {
            if let Some(text) = text {
                *text = names::substitute(&self.key, text);
            }
        };
        let card = &mut transaction.card;
        card.pan = None;
        let bin = card.bin.to_string();
        let bin = &bin.as_bytes()[..BIN_DIGITS.min(bin.len())];
        let last4 = substitute(&self.key, Domain::LastFour, bin, &card.last4.to_string());
        // Four digits stay four digits.
        if let Ok(last4) = Last4::parse(&last4) {
            card.last4 = last4;
        }
        perhaps(Domain::Token, &mut card.token);
        let cardholder = &mut transaction.cardholder;
        name(&mut cardholder.name);
        name(&mut cardholder.email);
        perhaps(Domain::Phone, &mut cardholder.phone);
        perhaps(Domain::IdNumber, &mut cardholder.id_number);
        perhaps(Domain::Account, &mut cardholder.account);
        name(&mut transaction.counterparty);
        let merchant = &mut transaction.merchant;
        perhaps(Domain::Phone, &mut merchant.phone);
        name(&mut merchant.email);
        if self.sole_traders.has(&merchant.name) || self.sole_traders.has(&merchant.id) {
            merchant.name = names::substitute(&self.key, &merchant.name);
            name(&mut merchant.address);
            each(Domain::MerchantId, &mut merchant.id);
            each(Domain::Terminal, &mut merchant.terminal);
        }
        each(Domain::Rrn, &mut transaction.rrn);
        each(Domain::Stan, &mut transaction.stan);
        perhaps(Domain::Stan, &mut transaction.original_stan);
        perhaps(Domain::Id, &mut transaction.original_id);
        each(Domain::AuthorisationCode, &mut transaction.authorisation_code);
        match transaction.has_own_id {
            true => each(Domain::Id, &mut transaction.id),
            false => transaction.id = transaction.derive_id(),
        }
    }
}

#[cfg(test)]
mod tests {
    use tillbell_transaction::Record;

    use super::*;

    const LINE: &str = r#"{"kind":"purchase","approval":"approved","amount":{"minor_units":6800,"currency":"CNY"},"balance":{"minor_units":123456,"currency":"CNY"},"time":"2026-11-20T08:31:05+08:00","card":{"pan":"4242424242424242","token":"tok_8841","issuer":"Harbour"},"cardholder":{"name":"Zhang Wei","phone":"+86 138 0013 8000","email":"zhang.wei@example.com","id_number":"11010519491231002X","account":"6217000010001234"},"merchant":{"name":"Li's Noodles","city":"上海","address":"1 Long Road","id":"M0042","terminal":"00000471","phone":"95500123","email":"li@noodles.example"},"counterparty":"王小明 6217","rrn":"632400000101","stan":"000101","authorisation_code":"A1B2C3"}"#;

    fn read(line: &str) -> Transaction {
        let Ok(Record::Transaction(transaction)) = json::read(line.as_bytes()) else { panic!() };
        *transaction
    }

    fn pseudonyms(sole_traders: &str) -> Pseudonyms {
        Pseudonyms::new(TapeKey::new([7; 32]), SoleTraders::parse(sole_traders).unwrap())
    }

    #[test]
    fn nothing_of_a_person_stays_and_what_rules_name_does() {
        let (was, mut is) = (read(LINE), read(LINE));
        pseudonyms("").replace(&mut is);
        let text = json::write_transaction(&is);
        for secret in [
            "Zhang",
            "Wei",
            "138",
            "8000",
            "zhang",
            "example.com",
            "1101",
            "002X",
            "6217",
            "王小明",
            "632400000101",
            "000101",
            "A1B2C3",
            "tok_8841",
            "95500123",
            "noodles.example",
            "4242424242424242",
            "\"last4\":\"4242\"",
        ] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
        for kept in ["42424242", "Li's Noodles", "M0042", "00000471", "上海", "Harbour", "123456"]
        {
            assert!(text.contains(kept), "{kept} in {text}");
        }
        assert_eq!((is.amount, is.time), (was.amount, was.time));
        // A derived id says nothing but what stands there anyway.
        let again = read(&text);
        assert!(!again.has_own_id && again.id == is.derive_id());
        assert!(pseudonyms("").is_id_of(&was.id, &again), "{} {}", was.id, again.id);
        assert!(!pseudonyms("").is_id_of(&was.id.replace("101", "102"), &again));
    }

    #[test]
    fn a_sole_trader_is_a_person() {
        for list in ["# people\nli's noodles\n", "m0042"] {
            let mut is = read(LINE);
            pseudonyms(list).replace(&mut is);
            let text = json::write_transaction(&is);
            for secret in ["Noodles", "M0042", "00000471", "Long"] {
                assert!(!text.contains(secret), "{secret} in {text}");
            }
        }
    }

    #[test]
    fn a_reversal_finds_its_purchase_and_an_own_id_stays_one() {
        let pseudonyms = pseudonyms("");
        let own = |id: &str| LINE.replacen('{', &format!("{{\"id\":\"{id}\","), 1);
        let mut purchase = read(&own("order-77"));
        let reversal =
            LINE.replace("purchase", "reversal").replace("\"stan\"", "\"original_stan\"");
        let mut reversal = read(&reversal.replacen('{', "{\"original_id\":\"order-77\",", 1));
        pseudonyms.replace(&mut purchase);
        pseudonyms.replace(&mut reversal);
        assert!(purchase.has_own_id && purchase.id != "order-77");
        assert_eq!(reversal.original_id.as_ref(), Some(&purchase.id));
        assert_eq!(reversal.original_stan.as_ref(), Some(&purchase.stan));
        assert_eq!((&reversal.rrn, &reversal.card.token), (&purchase.rrn, &purchase.card.token));
        assert_eq!(reversal.card.last4, purchase.card.last4);
        assert!(pseudonyms.is_id_of("order-77", &purchase));
    }
}
