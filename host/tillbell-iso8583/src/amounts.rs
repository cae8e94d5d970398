//! Amounts: DE4 and DE49, DE54, DE28, DE30, DE95.

use tillbell_transaction::{Error, Kind, Money, Result};

use crate::dialect::{OriginalAmount, Table};
use crate::message::Message;
use crate::value::number;

/// One block of DE54: account type 2, amount type 2, currency 3, sign 1,
/// amount 12.
const BLOCK_BYTES: usize = 20;
const AVAILABLE: &[u8] = b"02";
const LEDGER: &[u8] = b"01";

/// Everything a message says of money.
pub(crate) struct Amounts {
    pub(crate) amount: Money,
    pub(crate) original: Option<Money>,
    pub(crate) fee: Option<Money>,
    pub(crate) balance: Option<Money>,
}

impl Amounts {
    /// Reads the amounts of a transaction. The original amount is that of a
    /// partial approval, or of a reversal that leaves a part of it standing.
    ///
    /// # Errors
    /// Names the field that is missing or no amount of its currency.
    pub(crate) fn read(
        table: &Table,
        message: &Message<'_>,
        kind: Kind,
        is_partial: bool,
    ) -> Result<Self> {
        let currency = Currency::read(table, message)?;
        let asked = match message.value(4)? {
            Some(value) => digits("DE4", value.as_str())?,
            // A balance asked for moves no money.
            None if kind == Kind::Inquiry => 0,
            None => return Err(Error::new("DE4", "is missing")),
        };
        let (mut amount, mut original) = (asked, None);
        if kind == Kind::Reversal
            && let Some(standing) = standing(message)?
        {
            // Below 0 where more remains than there was.
            amount = asked - standing;
            if amount < 0 {
                return Err(Error::new("DE95", "more remains than there was in DE4"));
            }
            original = Some(currency.money("DE4", asked)?);
        }
        if is_partial {
            original = original_amount(message, &currency)?;
        }
        Ok(Self {
            amount: currency.money("DE4", amount)?,
            original,
            fee: fee(message, &currency)?,
            balance: block(message, 54, AVAILABLE)?.or(block(message, 54, LEDGER)?),
        })
    }
}

/// The currency of the transaction.
struct Currency {
    code: [u8; 3],
}

impl Currency {
    /// DE49, digits or letters, or the dialect's own.
    fn read(table: &Table, message: &Message<'_>) -> Result<Self> {
        let code = match (message.value(49)?, table.currency) {
            (Some(value), _) => value
                .as_str()
                .as_bytes()
                .try_into()
                .map_err(|_| Error::new("DE49", "expected three characters"))?,
            // At most 999: it is a number of ISO 4217.
            (None, Some(number)) => {
                let digit = |divisor: u16| b'0' + (number / divisor % 10) as u8;
                [digit(100), digit(10), digit(1)]
            }
            (None, None) => {
                return Err(Error::new("DE49", "is missing, and the dialect has no currency"));
            }
        };
        Ok(Self { code })
    }

    fn money(&self, field: &str, minor_units: i64) -> Result<Money> {
        money(&self.code, minor_units).map_err(|error| match error.field() {
            "currency" => Error::new("DE49", error.detail()),
            _ => Error::new(field, error.detail()),
        })
    }
}

fn money(currency: &[u8], minor_units: i64) -> Result<Money> {
    let code = std::str::from_utf8(currency).unwrap_or_default();
    match number(code) {
        // Three digits fit.
        Some(number) => Money::from_numeric(minor_units, number as u16),
        None => Money::new(minor_units, code),
    }
}

fn digits(field: &str, text: &str) -> Result<i64> {
    number(text)
        .and_then(|number| i64::try_from(number).ok())
        .ok_or_else(|| Error::new(field, "not an amount in digits"))
}

/// DE95 (1987): the first 12 digits are what remains of the amount; none where
/// it is absent, or where nothing remains.
fn standing(message: &Message<'_>) -> Result<Option<i64>> {
    let Some(field) = message.version.replacement_amounts else { return Ok(None) };
    let Some(value) = message.value(field)? else { return Ok(None) };
    let first = value.as_str().get(..12).unwrap_or_default();
    let standing = digits(&format!("DE{field}"), first)?;
    Ok((standing > 0).then_some(standing))
}

fn original_amount(message: &Message<'_>, currency: &Currency) -> Result<Option<Money>> {
    let Some(OriginalAmount { field, amount_type }) = &message.version.original_amount else {
        return Ok(None);
    };
    if let Some(amount_type) = amount_type {
        return block(message, *field, amount_type.as_bytes());
    }
    let Some(value) = message.value(*field)? else { return Ok(None) };
    let name = format!("DE{field}");
    let minor_units = digits(&name, value.as_str().get(..12).unwrap_or_default())?;
    currency.money(&name, minor_units).map(Some)
}

/// DE28 where it is a fee: charged (D), not granted (C).
fn fee(message: &Message<'_>, currency: &Currency) -> Result<Option<Money>> {
    if !message.is_signed(28) {
        return Ok(None);
    }
    let Some(value) = message.value(28)? else { return Ok(None) };
    let Some(amount) = value.as_str().strip_prefix('D') else { return Ok(None) };
    let fee = currency.money("DE28", digits("DE28", amount)?)?;
    Ok((fee.minor_units() > 0).then_some(fee))
}

/// The first block of this amount type; blocks of other types are passed over.
fn block(message: &Message<'_>, field: usize, amount_type: &[u8]) -> Result<Option<Money>> {
    let Some(text) = message.text(field) else { return Ok(None) };
    let error = |at: usize, detail: &str| {
        Error::new(format!("DE{field}"), format!("block {}: {detail}", at + 1))
    };
    for (at, block) in text.chunks(BLOCK_BYTES).enumerate() {
        if block.len() < BLOCK_BYTES {
            return Err(error(at, "expected 20 characters"));
        }
        if &block[2..4] != amount_type {
            continue;
        }
        let sign = match block[7] {
            b'C' => 1,
            b'D' => -1,
            _ => return Err(error(at, "a sign that is neither C nor D")),
        };
        let amount = std::str::from_utf8(&block[8..])
            .ok()
            .and_then(number)
            .and_then(|amount| i64::try_from(amount).ok())
            .ok_or_else(|| error(at, "not an amount in digits"))?;
        return money(&block[4..7], sign * amount)
            .map(Some)
            .map_err(|reason| error(at, &format!("{}: {}", reason.field(), reason.detail())));
    }
    Ok(None)
}
