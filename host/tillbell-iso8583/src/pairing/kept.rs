//! What a pairing remembers, written down at an orderly stop and read at the next start.

use std::io::{self, BufRead, Read, Write};

use serde::{Deserialize, Serialize};
use tillbell_transaction::{Approval, Bin, Card, Last4, Merchant};

use super::{Key, Known, OF_ONE_KEY_MAX, Pairing, REQUEST_MS, REQUESTS_MAX, Request, Terms};

/// The longest line, in bytes: one request, whose texts a message bounds.
const LINE_BYTES_MAX: usize = 16 * 1024;

/// A request as it stands in a line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    left_ms: i64,
    key: Vec<String>,
    processing: String,
    currency: String,
    amount: Option<u64>,
    clock: Option<i64>,
    acquirer: String,
    rrn: String,
    time: Option<i64>,
    card: Option<CardLine>,
    card_digits: usize,
    merchant: MerchantLine,
    answered: Option<(String, String, String, i64)>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CardLine {
    bin: String,
    last4: String,
    brand: String,
    issuer: String,
    token: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MerchantLine {
    name: String,
    city: String,
    country: String,
    id: String,
    terminal: String,
    category: String,
}

impl<T> Pairing<T> {
    /// Writes the requests that are kept, a JSON line each: BIN and last four digits of a card
    /// and its token, and never its number. Answers that wait are not written: see
    /// [`Pairing::finish`].
    ///
    /// # Errors
    /// What the writer says.
    pub fn write_requests(&self, now_ms: i64, to: &mut impl Write) -> io::Result<()> {
        // In the order in which they came, so that of more than can be kept the newest stay.
        for (until, key) in &self.order {
            let Some(kept) = self.requests.get(key).filter(|kept| kept.until == *until) else {
                continue;
            };
            for known in &kept.requests {
                let left_ms = until.saturating_sub(now_ms);
                serde_json::to_writer(&mut *to, &Line::of(known, left_ms))?;
                to.write_all(b"\n")?;
            }
        }
        Ok(())
    }

    /// Takes back what [`Pairing::write_requests`] wrote, `passed_ms` ago: how many requests
    /// are kept again, and how many lines could not be read.
    ///
    /// # Errors
    /// What the reader says; what was read before stays.
    pub fn read_requests(
        &mut self,
        from: &mut impl BufRead,
        passed_ms: i64,
        now_ms: i64,
    ) -> io::Result<(usize, usize)> {
        let (mut kept, mut wrong) = (0, 0);
        let mut line = Vec::new();
        for _ in 0..REQUESTS_MAX * OF_ONE_KEY_MAX {
            line.clear();
            let mut own = from.by_ref().take(LINE_BYTES_MAX as u64);
            if own.read_until(b'\n', &mut line)? == 0 {
                break;
            }
            match serde_json::from_slice::<Line>(&line).ok().and_then(Line::known) {
                None => wrong += 1,
                Some((known, left_ms)) => {
                    let left_ms = left_ms.min(REQUEST_MS).saturating_sub(passed_ms.max(0));
                    if left_ms > 0 {
                        self.remember(known, now_ms.saturating_add(left_ms));
                        kept += 1;
                    }
                }
            }
        }
        Ok((kept, wrong))
    }
}

impl Line {
    fn of(known: &Known, left_ms: i64) -> Self {
        let Request { terms, acquirer, rrn, time, card, merchant } = &known.request;
        Self {
            left_ms,
            key: terms.key.0.clone(),
            processing: terms.processing.clone(),
            currency: terms.currency.clone(),
            amount: terms.amount,
            clock: terms.clock,
            acquirer: acquirer.clone(),
            rrn: rrn.clone(),
            time: *time,
            card: card.as_ref().map(|card| CardLine {
                bin: card.bin.to_string(),
                last4: card.last4.to_string(),
                brand: card.brand.clone(),
                issuer: card.issuer.clone(),
                token: card.token.clone(),
            }),
            card_digits: known.card_digits,
            merchant: MerchantLine {
                name: merchant.name.clone(),
                city: merchant.city.clone(),
                country: merchant.country.clone(),
                id: merchant.id.clone(),
                terminal: merchant.terminal.clone(),
                category: merchant.category.clone(),
            },
            answered: known.answered.as_ref().map(|(rrn, code, approval, time)| {
                (rrn.clone(), code.clone(), approval.as_str().to_owned(), *time)
            }),
        }
    }

    /// The request, and how long it is kept.
    fn known(self) -> Option<(Known, i64)> {
        let card = match self.card {
            None => None,
            Some(raw) => {
                let bin = Bin::parse(&raw.bin).ok()?;
                let mut card = Card::truncated(bin, Last4::parse(&raw.last4).ok()?);
                card.brand = raw.brand;
                card.issuer = raw.issuer;
                card.token = raw.token;
                Some(card)
            }
        };
        let answered = match self.answered {
            None => None,
            Some((rrn, code, approval, time)) => {
                Some((rrn, code, Approval::parse(&approval).ok()?, time))
            }
        };
        let terms = Terms {
            key: Key(self.key),
            processing: self.processing,
            currency: self.currency,
            amount: self.amount,
            clock: self.clock,
        };
        let raw = self.merchant;
        let merchant = Merchant {
            name: raw.name,
            city: raw.city,
            country: raw.country,
            id: raw.id,
            terminal: raw.terminal,
            category: raw.category,
            ..Merchant::default()
        };
        let (acquirer, rrn, time) = (self.acquirer, self.rrn, self.time);
        let request = Request { terms, acquirer, rrn, time, card, merchant };
        Some((Known { request, card_digits: self.card_digits, answered }, self.left_ms))
    }
}
