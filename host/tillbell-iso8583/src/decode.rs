//! From a message to a record.

use std::time::SystemTime;

use tillbell_transaction::{
    Approval, Card, Cardholder, EntryMode, Error, Ignored, IgnoredReason, Kind, Pan, Record,
    Result, Timestamp, Transaction, luhn,
};

use crate::alarms::Alarms;
use crate::amounts::Amounts;
use crate::dialect::{Dialect, Outcome, Pattern, Side, Table};
use crate::merchant;
use crate::message::Message;
use crate::moment::Stated;
use crate::pairing::{Answer, Half, Key, Request, Terms};
use crate::value::Value;

/// What a message says.
#[derive(Debug, Clone)]
pub struct Decoded {
    /// The transaction, or why there is none.
    pub record: Record,
    /// What could not be read and was left out, at most 16: the field and the cause, such as
    /// `DE54: expected blocks of 20 characters`. Somebody should look; no value is in it.
    pub alarms: Vec<Error>,
    /// What it is to another message; see [`Pairing`](crate::Pairing). An answer without a
    /// card is ignored, unless it is paired.
    pub half: Option<Half>,
}

/// Decodes the messages of one dialect.
#[derive(Debug, Clone)]
pub struct Decoder {
    dialect: Dialect,
    reference: Option<Timestamp>,
}

impl Decoder {
    /// A decoder of this dialect, which takes the computer's clock as its
    /// reference time, anew for every message.
    pub fn new(dialect: Dialect) -> Self {
        Self { dialect, reference: None }
    }

    /// Sets the time near which messages were sent, so that decoding an old
    /// feed gives the same years each time. Messages carry no year: the one
    /// that brings them closest to this time is taken, so they must be less
    /// than half a year away.
    pub fn reference_time(mut self, reference: Timestamp) -> Self {
        self.reference = Some(reference);
        self
    }

    pub(crate) fn table(&self) -> &Table {
        self.dialect.0.as_ref()
    }

    /// Decodes one message, without its length prefix.
    ///
    /// A response (third digit of the MTI 1 or 3) or an advice (2) that the
    /// dialect knows is a transaction; everything else is ignored, with the
    /// reason. An advice without a response code has happened, so it is
    /// approved, and so is a reversal's advice, where DE39 is a reason.
    ///
    /// What decides what is told must be readable: the type, DE3, the card, the amount and
    /// its currency, the response code, the time, and what says that a part is reversed.
    /// Anything else that cannot be read is left out, and [`Decoded::alarms`] says so. A
    /// response code in no list of the dialect makes no message.
    ///
    /// # Errors
    /// Names the field, such as `DE4`, and the byte where that helps; never a
    /// value. A message that cannot be scanned to its last byte is an error
    /// even if its type would be ignored.
    pub fn decode(&self, message: &[u8]) -> Result<Decoded> {
        let table = self.table();
        let mut message = Message::scan(table, message)?;
        let mut alarms = std::mem::take(&mut message.alarms);
        let ignored =
            |reason| Record::Ignored(Ignored { reason, mti: message.mti.as_str().into() });
        let (record, half) = match outcome(table, &message, message.mti.as_str())? {
            Outcome::Ignored(IgnoredReason::Request) => {
                (ignored(IgnoredReason::Request), self.request(&message))
            }
            Outcome::Ignored(reason) => (ignored(reason), None),
            Outcome::Kind { kind, original, second_event } => {
                match self.transaction(&message, kind, original, &mut alarms)? {
                    Err(reason) => (ignored(reason), None),
                    Ok((mut transaction, has_card)) => {
                        transaction.second_event = second_event;
                        let is_answer = matches!(function(&message.mti), b'1' | b'3');
                        match (is_answer, has_card) {
                            (true, false) => {
                                let answer = answer(table, &message, *transaction)?;
                                (ignored(IgnoredReason::Unpaired), Some(answer))
                            }
                            (true, true) => {
                                let half = transaction.merchant.name.is_empty().then(|| {
                                    Some(Half::Nameless(Terms::read(table, &message)?.key))
                                });
                                (Record::Transaction(transaction), half.flatten())
                            }
                            // An advice: its answer may lack the card.
                            (false, true) => {
                                (Record::Transaction(transaction), self.request(&message))
                            }
                            (false, false) => return Err(no_card()),
                        }
                    }
                }
            }
        };
        Ok(Decoded { record, alarms: alarms.into_vec(), half })
    }

    /// The time near which messages were sent.
    fn reference(&self) -> Result<Timestamp> {
        self.reference.map_or_else(now, Ok)
    }

    /// A request, or an advice that will be answered, as far as it can be read.
    fn request(&self, message: &Message<'_>) -> Option<Half> {
        let table = self.table();
        let terms = Terms::read(table, message)?;
        let value = |field: usize| message.owned(field).unwrap_or_default();
        // What cannot be read of it is missing, and nobody is alarmed twice.
        let mut alarms = Alarms::default();
        let is_advice = function(&message.mti) == b'2';
        let time = Stated::read(message)
            .and_then(|stated| stated.resolve(table, self.reference()?, is_advice, &mut alarms));
        let card = card(message).ok().flatten();
        let mut merchant = merchant::read(table, message, &mut alarms);
        if let Some(card) = &card {
            merchant.strike_card_number(card);
        }
        Some(Half::Request(Box::new(Request {
            terms,
            acquirer: value(32),
            rrn: value(37),
            time: time.ok().map(|time| time.unix_seconds()),
            card,
            merchant,
        })))
    }

    /// The transaction and whether it has its card, or the reason why nobody is told of it.
    fn transaction(
        &self,
        message: &Message<'_>,
        kind: Kind,
        original_kind: Option<Kind>,
        alarms: &mut Alarms,
    ) -> Result<std::result::Result<(Box<Transaction>, bool), IgnoredReason>> {
        let table = self.table();
        let Some(approval) = approval(message)? else {
            return Ok(Err(IgnoredReason::UnknownResponse));
        };
        let is_partial = approval == Approval::PartiallyApproved;
        let Some(amounts) = Amounts::read(table, message, kind, is_partial, alarms)? else {
            return Ok(Err(IgnoredReason::NothingReversed));
        };
        let is_advice = matches!(function(&message.mti), b'2' | b'3');
        let time = Stated::read(message)?.resolve(table, self.reference()?, is_advice, alarms)?;
        let card = card(message)?;
        let has_card = card.is_some();
        let stan = alarms.keep(message.owned(11));
        let taken_back = taken_back(table, message, kind, &stan, alarms)?;
        let optional = |number: usize, alarms: &mut Alarms| {
            alarms.keep(message.value(number)).map(|value| value.as_str().to_owned())
        };
        let mut transaction = Transaction {
            id: String::new(),
            kind,
            original_kind: taken_back.kind.or(original_kind),
            approval,
            amount: amounts.amount,
            original_amount: amounts.original,
            fee: amounts.fee,
            balance: amounts.balance,
            cashback: amounts.cashback,
            billing: amounts.billing,
            counts_from: None,
            time,
            card: card.unwrap_or_else(Card::unknown),
            cardholder: Cardholder { account: optional(102, alarms), ..Cardholder::default() },
            merchant: merchant::read(table, message, alarms),
            counterparty: optional(103, alarms),
            entry_mode: entry_mode(message, alarms),
            rrn: alarms.keep(message.owned(37)),
            stan,
            original_stan: taken_back.stan,
            original_id: None,
            has_own_id: false,
            second_event: None,
            authorisation_code: alarms.keep(message.owned(38)),
            acquirer: alarms.keep(message.owned(32)),
        };
        transaction.strike_card_numbers();
        transaction.id = transaction.derive_id();
        Ok(Ok((Box::new(transaction), has_card)))
    }
}

fn card(message: &Message<'_>) -> Result<Option<Card>> {
    let Some(value) = message.value(2)? else { return Ok(None) };
    let pan = |digits: &str| Pan::parse(digits).map_err(|error| Error::new("DE2", error.detail()));
    // Counted in bytes, the last zero may be none of it: its check digit says so.
    let digits = value.as_str();
    let side = message.may_be_padded(2);
    // No card's number begins with 0.
    let digits = match (side, digits.strip_prefix('0')) {
        (Some(Side::Right), Some(rest)) => rest,
        _ => digits,
    };
    let is_filled = digits.ends_with('0') && digits.len().is_multiple_of(2);
    if side == Some(Side::Left) && is_filled {
        let is_valid = |digits: &str| luhn(digits.as_bytes());
        let shorter = value.without_last();
        return match (is_valid(digits), is_valid(shorter)) {
            (true, false) => pan(digits).map(Card::from_pan).map(Some),
            (false, true) => pan(shorter).map(Card::from_pan).map(Some),
            _ => Err(Error::new("DE2", "a last zero that may fill it up, or be a digit")),
        };
    }
    pan(digits).map(Card::from_pan).map(Some)
}

fn no_card() -> Error {
    Error::new("DE2", "is missing")
}

impl Terms {
    /// None where too little is there to know a message's other half by, or something of
    /// that cannot be read: a STAN alone, or a terminal alone, is nobody's.
    fn read(table: &Table, message: &Message<'_>) -> Option<Self> {
        // Requests are answered by x1x0, advices by x3x0.
        let mti = message.mti.as_str();
        let is_of_advice = matches!(function(&message.mti), b'2' | b'3');
        let mut key = vec![format!("{}{}", mti.get(..2)?, if is_of_advice { '2' } else { '0' })];
        let mut said = 0;
        for field in &table.pairing {
            let value = message.owned(*field).ok()?;
            if value.is_empty() && *field == 11 {
                return None;
            }
            said += usize::from(!value.is_empty());
            key.push(value);
        }
        if said == 0 || said < 2.min(table.pairing.len()) {
            return None;
        }
        Some(Self {
            key: Key(key),
            processing: message.owned(3).ok()?,
            currency: message.owned(49).unwrap_or_default(),
            amount: message.value(4).ok().flatten().and_then(|value| value.number()),
            clock: clock(message),
        })
    }
}

/// DE12 as seconds of the day.
fn clock(message: &Message<'_>) -> Option<i64> {
    let value = message.value(12).ok().flatten()?;
    let digits = value.as_str();
    crate::moment::clock(digits.get(digits.len().checked_sub(6)?..)?)
}

fn answer(table: &Table, message: &Message<'_>, transaction: Transaction) -> Result<Half> {
    let terms = Terms::read(table, message).ok_or_else(no_card)?;
    Ok(Half::Answer(Box::new(Answer { terms, mti: message.mti.as_str().into(), transaction })))
}

fn now() -> Result<Timestamp> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::new(i64::try_from(since.as_secs()).unwrap_or_default(), 0)
}

/// The third digit of the MTI: 0 request, 1 response, 2 advice, 3 its response.
fn function(mti: &Value) -> u8 {
    mti.as_bytes()[2]
}

/// What a message of this type is, were it of that type.
fn outcome(table: &Table, message: &Message<'_>, mti: &str) -> Result<Outcome> {
    // Nearly every row asks for it, so it is opened once.
    let processing = message.value(3)?;
    table.mapping.outcome(mti, |part, patterns: &[Pattern]| {
        if part.field == 3 && part.is_whole() {
            let begins = |digits: &[u8]| patterns.iter().any(|pattern| pattern.begins(digits));
            return Ok(processing.as_ref().is_some_and(|value| begins(value.as_bytes())));
        }
        let Some(value) = message.part(part)? else { return Ok(false) };
        Ok(patterns.iter().any(|pattern| pattern.fits(value.as_bytes())))
    })
}

/// What the issuer said; none where the dialect does not know what that means.
fn approval(message: &Message<'_>) -> Result<Option<Approval>> {
    let is_advice = function(&message.mti) == b'2';
    if is_advice && message.mti.as_bytes()[1] == b'4' {
        return Ok(Some(Approval::Approved));
    }
    let Some(code) = message.value(39)? else {
        return if is_advice {
            Ok(Some(Approval::Approved))
        } else {
            Err(Error::new("DE39", "is missing"))
        };
    };
    let version = message.version;
    let known = [
        (&version.approved, Approval::Approved),
        (&version.partial, Approval::PartiallyApproved),
        (&version.declined, Approval::Declined),
    ];
    let listed = |list: &[Pattern]| list.iter().any(|pattern| pattern.fits(code.as_bytes()));
    Ok(known.into_iter().find(|(list, _)| listed(list)).map(|(_, approval)| approval))
}

fn entry_mode(message: &Message<'_>, alarms: &mut Alarms) -> EntryMode {
    let (start, length) = message.version.entry_mode;
    let Some(value) = alarms.keep(message.value(22)) else { return EntryMode::Unknown };
    let code = value.as_bytes().get(start..start + length).unwrap_or_default();
    let row = message.version.entry_modes.iter().find(|(known, _)| known.as_bytes() == code);
    row.map_or(EntryMode::Unknown, |(_, mode)| *mode)
}

/// What a message takes back.
#[derive(Default)]
struct TakenBack {
    kind: Option<Kind>,
    stan: Option<String>,
}

fn taken_back(
    table: &Table,
    message: &Message<'_>,
    kind: Kind,
    own_stan: &str,
    alarms: &mut Alarms,
) -> Result<TakenBack> {
    if !matches!(kind, Kind::Reversal | Kind::Void | Kind::Refund) {
        return Ok(TakenBack::default());
    }
    let mut mti = None;
    let mut stan = None;
    if let Some(original) = message.version.original
        && let Some(value) = alarms.keep(message.value(original.field))
    {
        let digits = |start: usize, length: usize| {
            let digits = value.as_str().get(start..start + length)?;
            digits.bytes().any(|digit| digit != b'0').then(|| digits.to_owned())
        };
        mti = original.mti.and_then(|start| digits(start, 4));
        stan = digits(original.stan, 6);
    }
    if kind != Kind::Reversal {
        return Ok(TakenBack { kind: None, stan });
    }
    if table.reversal_repeats_stan {
        stan = (!own_stan.is_empty()).then(|| own_stan.to_owned());
    }
    Ok(TakenBack { kind: original_kind(table, message, mti.as_deref())?, stan })
}

/// What a reversal takes back: what the response to the original would be, by
/// the reversal's own processing code. Where the original's type is not named,
/// a financial message and an authorisation must agree.
fn original_kind(
    table: &Table,
    message: &Message<'_>,
    original_mti: Option<&str>,
) -> Result<Option<Kind>> {
    let version = &message.mti.as_str()[..1];
    let types = match original_mti.map(str::as_bytes) {
        Some([_, class, function, _]) => {
            let answer = if matches!(function, b'2' | b'3') { '3' } else { '1' };
            vec![format!("{version}{}{answer}0", char::from(*class))]
        }
        _ => vec![format!("{version}210"), format!("{version}110")],
    };
    let mut found = None;
    for mti in types {
        if let Outcome::Kind { kind, .. } = outcome(table, message, &mti)? {
            if found.is_some_and(|found| found != kind) {
                return Ok(None);
            }
            found = Some(kind);
        }
    }
    Ok(found.filter(|kind| *kind != Kind::Reversal))
}
