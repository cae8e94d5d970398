//! Amounts: DE4 and DE49, DE54, DE28, DE30, DE95; DE6, DE10 and DE51 of the card.

use tillbell_transaction::{Billing, ConversionRate, Error, Kind, Money, Result};

use crate::alarms::Alarms;
use crate::dialect::{FieldPart, OriginalAmount, PartialReversal, Table};
use crate::message::Message;
use crate::value::number;

/// One block of DE54: account type 2, amount type 2, currency 3, sign 1,
/// amount 12.
const BLOCK_BYTES: usize = 20;
const BLOCKS_MAX: usize = 50;
/// Amount types: what may be spent.
const AVAILABLE: &[u8] = b"02";
/// Amount types: cash handed out with a purchase.
const CASH: &[u8] = b"40";
/// The account that is not said.
const UNSPECIFIED: &[u8] = b"00";

/// Everything a message says of money.
pub(crate) struct Amounts {
    pub(crate) amount: Money,
    pub(crate) original: Option<Money>,
    pub(crate) fee: Option<Money>,
    pub(crate) balance: Option<Money>,
    pub(crate) cashback: Option<Money>,
    pub(crate) billing: Option<Billing>,
}

impl Amounts {
    /// Reads the amounts of a transaction; none of a reversal that takes back nothing. The
    /// original amount is that of a partial approval, or of a reversal that leaves a part of
    /// it standing.
    ///
    /// # Errors
    /// Names the field that is missing or no amount of its currency, where the amount
    /// depends on it; of others an alarm says so.
    pub(crate) fn read(
        table: &Table,
        message: &Message<'_>,
        kind: Kind,
        is_partial: bool,
        alarms: &mut Alarms,
    ) -> Result<Option<Self>> {
        let currency = Currency::read(table, message)?;
        let asked = match message.value(4)? {
            Some(value) => digits("DE4", value.as_str())?,
            // A balance asked for moves no money.
            None if kind == Kind::Inquiry => 0,
            None => return Err(Error::new("DE4", "is missing")),
        };
        let (mut amount, mut original) = (asked, None);
        if kind == Kind::Reversal
            && let Some((before, remaining)) = part(message, asked)?
        {
            amount = before - remaining;
            if amount == 0 {
                return Ok(None);
            }
            original = Some(currency.money("DE4", before)?);
        }
        if is_partial {
            let approved = currency.money("DE4", amount)?;
            original = alarms.keep(original_amount(message, &currency, approved));
        }
        let amount = currency.money("DE4", amount)?;
        let processing = message.value(3)?;
        let processing = processing.as_ref().map_or("", |value| value.as_str());
        let has_cashback = kind == Kind::PurchaseWithCashback;
        Ok(Some(Self {
            amount,
            original,
            fee: alarms.keep(fee(message, &currency)),
            balance: alarms.keep(balance(message, processing, &currency)),
            cashback: has_cashback
                .then(|| alarms.keep(cashback(message, &currency, amount)))
                .flatten(),
            billing: alarms.keep(billing(message)),
        }))
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

/// What there was before a reversal of a part, and what remains of it; none where all is
/// taken back.
fn part(message: &Message<'_>, asked: i64) -> Result<Option<(i64, i64)>> {
    let first = |field: usize| -> Result<Option<i64>> {
        let Some(value) = message.value(field)? else { return Ok(None) };
        let name = format!("DE{field}");
        digits(&name, value.as_str().get(..12).unwrap_or_default()).map(Some)
    };
    let (field, before, remaining) = match &message.version.partial_reversal {
        Some(PartialReversal::Remaining(field)) => match first(*field)? {
            // Nothing remains.
            None | Some(0) => return Ok(None),
            Some(remaining) => (*field, asked, remaining),
        },
        Some(PartialReversal::Original { field, when: (other, pattern) }) => {
            let fits = message.part(other)?.is_some_and(|value| pattern.fits(value.as_bytes()));
            if !fits {
                return Ok(None);
            }
            let missing = || Error::new(format!("DE{field}"), "is missing in a partial reversal");
            (*field, first(*field)?.ok_or_else(missing)?, asked)
        }
        None => return Ok(None),
    };
    if remaining > before {
        return Err(Error::new(format!("DE{field}"), "more remains than there was"));
    }
    Ok(Some((before, remaining)))
}

/// What was asked for, where less was approved.
fn original_amount(
    message: &Message<'_>,
    currency: &Currency,
    approved: Money,
) -> Result<Option<Money>> {
    let part = &message.version.amounts.original;
    let (name, asked) = if let Some(part) = part
        && let Some(said) = said(message, part, currency)?
    {
        (part.to_string(), Some(said.money))
    } else {
        by_iso(message, currency)?
    };
    let fits = |asked: &Money| {
        asked.currency() == approved.currency() && asked.minor_units() >= approved.minor_units()
    };
    match asked {
        Some(asked) if !fits(&asked) => {
            Err(Error::new(name, "an amount asked for that the approved one is no part of"))
        }
        asked => Ok(asked),
    }
}

/// The amount asked for where ISO 8583 has it, and the field's name.
fn by_iso(message: &Message<'_>, currency: &Currency) -> Result<(String, Option<Money>)> {
    let Some(OriginalAmount { field, amount_type }) = &message.version.original_amount else {
        return Ok((String::new(), None));
    };
    let name = format!("DE{field}");
    let asked = if let Some(amount_type) = amount_type {
        let blocks = blocks(message, *field)?;
        let of_type = blocks.iter().filter(|block| block.amount_type == amount_type.as_bytes());
        one_of(of_type, *field)?
    } else if let Some(value) = message.value(*field)? {
        let minor_units = digits(&name, value.as_str().get(..12).unwrap_or_default())?;
        Some(currency.money(&name, minor_units)?)
    } else {
        None
    };
    Ok((name, asked))
}

/// An amount that a dialect's part of a field says.
struct Said {
    /// Whether C stands before it.
    is_credit: bool,
    /// Whether D does.
    is_debit: bool,
    money: Money,
}

/// The amount of a part: digits, and C or D before them.
fn said(message: &Message<'_>, part: &FieldPart, currency: &Currency) -> Result<Option<Said>> {
    let Some(value) = message.part(part)? else { return Ok(None) };
    let name = part.to_string();
    let text = value.as_str();
    let (is_credit, is_debit) = (text.starts_with('C'), text.starts_with('D'));
    let amount = digits(&name, text.strip_prefix(['C', 'D']).unwrap_or(text))?;
    let money = currency.money(&name, amount)?;
    Ok(Some(Said { is_credit, is_debit, money }))
}

/// The amount of blocks that say the same.
fn one_of<'a>(mut blocks: impl Iterator<Item = &'a Block>, field: usize) -> Result<Option<Money>> {
    let Some(first) = blocks.next() else { return Ok(None) };
    match blocks.all(|other| other.rest == first.rest) {
        true => first.money(field).map(Some),
        false => Err(Error::new(format!("DE{field}"), "two amounts of one sort that differ")),
    }
}

/// The cash of a purchase with cashback: a block of DE54, a part of DE4.
fn cashback(message: &Message<'_>, currency: &Currency, whole: Money) -> Result<Option<Money>> {
    let (name, cash) = match &message.version.amounts.cashback {
        Some(part) => (part.to_string(), said(message, part, currency)?.map(|said| said.money)),
        None => {
            let blocks = blocks(message, 54)?;
            let cash = one_of(blocks.iter().filter(|block| block.amount_type == CASH), 54)?;
            // Its sign is the account's: a debit.
            let cash = cash.map(|cash| Money::new(cash.minor_units().abs(), cash.currency()));
            ("DE54".to_owned(), cash.transpose()?)
        }
    };
    let is_part = |cash: &Money| {
        cash.currency() == whole.currency() && cash.minor_units() <= whole.minor_units()
    };
    match cash {
        Some(cash) if !is_part(&cash) => Err(Error::new(name, "cash that is no part of DE4")),
        cash => Ok(cash.filter(|cash| cash.minor_units() > 0)),
    }
}

/// What the card's account is charged: DE6 in DE51, and by which rate of DE10. DE6 alone is
/// none.
fn billing(message: &Message<'_>) -> Result<Option<Billing>> {
    let Some(value) = message.value(6)? else { return Ok(None) };
    let minor_units = digits("DE6", value.as_str())?;
    if minor_units == 0 {
        return Ok(None);
    }
    // Without its currency it says nothing.
    let Some(currency) = message.value(51)? else { return Ok(None) };
    let amount = money(currency.as_str().as_bytes(), minor_units).map_err(|error| {
        let field = if error.field() == "currency" { "DE51" } else { "DE6" };
        Error::new(field, error.detail())
    })?;
    // How many decimals, then seven digits.
    let rate = match message.value(10)? {
        None => None,
        Some(rate) => {
            let (decimals, digits) = rate.as_str().split_at_checked(1).unwrap_or_default();
            let decimals = number(decimals).and_then(|decimals| u8::try_from(decimals).ok());
            let digits = number(digits).and_then(|digits| u32::try_from(digits).ok());
            match decimals.zip(digits) {
                // Nothing is said of it.
                Some((_, 0)) => None,
                Some((decimals, digits)) => Some(
                    ConversionRate::new(digits, decimals)
                        .map_err(|error| Error::new("DE10", error.detail()))?,
                ),
                None => return Err(Error::new("DE10", "expected eight digits")),
            }
        }
    };
    Ok(Some(Billing { amount, rate }))
}

/// DE28 where it is a fee: charged (D), not granted (C).
fn fee(message: &Message<'_>, currency: &Currency) -> Result<Option<Money>> {
    if let Some(part) = &message.version.amounts.fee
        && let Some(said) = said(message, part, currency)?
    {
        return Ok((!said.is_credit && said.money.minor_units() > 0).then_some(said.money));
    }
    if !message.is_signed(28) {
        return Ok(None);
    }
    let Some(value) = message.value(28)? else { return Ok(None) };
    let Some(amount) = value.as_str().strip_prefix('D') else { return Ok(None) };
    let fee = currency.money("DE28", digits("DE28", amount)?)?;
    Ok((fee.minor_units() > 0).then_some(fee))
}

/// What may be spent of the account that the transaction is about: of DE3 the second two
/// digits for a debit, the third for a credit (2x, also where it is reversed). An account
/// that is not said is one only if no other's blocks stand there. What is booked is never
/// what may be spent.
fn balance(message: &Message<'_>, processing: &str, currency: &Currency) -> Result<Option<Money>> {
    if let Some(part) = &message.version.amounts.balance
        && let Some(said) = said(message, part, currency)?
    {
        let sign = if said.is_debit { -1 } else { 1 };
        return Money::new(sign * said.money.minor_units(), said.money.currency()).map(Some);
    }
    let place = if processing.starts_with('2') { 4..6 } else { 2..4 };
    let account = processing.get(place).unwrap_or_default().as_bytes();
    let blocks = blocks(message, 54)?;
    let Some(first) = blocks.first() else { return Ok(None) };
    let is_one = blocks.iter().all(|block| block.account == first.account);
    let is_own = |block: &&Block| match account == UNSPECIFIED || block.account == UNSPECIFIED {
        true => is_one,
        false => block.account == account,
    };
    let available = blocks.iter().filter(|block| block.amount_type == AVAILABLE);
    one_of(available.filter(is_own), 54)
}

/// A block of DE54.
struct Block {
    index: usize,
    account: [u8; 2],
    amount_type: [u8; 2],
    rest: [u8; 16],
}

impl Block {
    fn money(&self, field: usize) -> Result<Money> {
        let error = |detail: &str| {
            Error::new(format!("DE{field}"), format!("block {}: {detail}", self.index + 1))
        };
        let sign = match self.rest[3] {
            b'C' => 1,
            b'D' => -1,
            _ => return Err(error("a sign that is neither C nor D")),
        };
        let amount = std::str::from_utf8(&self.rest[4..])
            .ok()
            .and_then(number)
            .and_then(|amount| i64::try_from(amount).ok())
            .ok_or_else(|| error("not an amount in digits"))?;
        money(&self.rest[..3], sign * amount)
            .map_err(|reason| error(&format!("{}: {}", reason.field(), reason.detail())))
    }
}

/// The blocks of a field such as DE54.
fn blocks(message: &Message<'_>, field: usize) -> Result<Vec<Block>> {
    let Some((bytes, charset)) = message.text(field) else { return Ok(Vec::new()) };
    let ascii: Vec<u8> = bytes.iter().map(|byte| charset.ascii(*byte)).collect();
    let (blocks, rest) = ascii.as_chunks::<BLOCK_BYTES>();
    if rest.iter().any(|byte| !matches!(byte, b' ' | 0)) || blocks.len() > BLOCKS_MAX {
        return Err(Error::new(format!("DE{field}"), "expected blocks of 20 characters"));
    }
    let blocks = blocks.iter().enumerate().map(|(index, block)| {
        let mut own = Block {
            index,
            account: [block[0], block[1]],
            amount_type: [block[2], block[3]],
            rest: [0; 16],
        };
        own.rest.copy_from_slice(&block[4..]);
        own
    });
    Ok(blocks.collect())
}
