//! From a message to a record.

use std::time::SystemTime;

use tillbell_transaction::{
    Approval, Card, Cardholder, EntryMode, Error, Ignored, Kind, Pan, Record, Result, Timestamp,
    Transaction,
};

use crate::amounts::Amounts;
use crate::dialect::{Dialect, Outcome, Pattern, Table};
use crate::merchant;
use crate::message::Message;
use crate::moment::Stated;

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

    /// Decodes one message, without its length prefix.
    ///
    /// A response (third digit of the MTI 1 or 3) or an advice (2) that the
    /// dialect knows is a transaction; everything else is ignored, with the
    /// reason. An advice without a response code has happened, so it is
    /// approved, and so is a reversal's advice, where DE39 is a reason.
    ///
    /// # Errors
    /// Names the field, such as `DE4`, and the byte where that helps; never a
    /// value. A message that cannot be scanned to its last byte is an error
    /// even if its type would be ignored.
    pub fn decode(&self, message: &[u8]) -> Result<Record> {
        let table = self.dialect.0.as_ref();
        let message = Message::scan(table, message)?;
        match outcome(table, &message, message.mti.as_str())? {
            Outcome::Ignored(reason) => {
                Ok(Record::Ignored(Ignored { reason, mti: message.mti.as_str().into() }))
            }
            Outcome::Kind { kind, original, second_event } => {
                let mut transaction = self.transaction(&message, kind, original)?;
                transaction.second_event = second_event;
                Ok(Record::Transaction(Box::new(transaction)))
            }
        }
    }

    fn transaction(
        &self,
        message: &Message<'_>,
        kind: Kind,
        original_kind: Option<Kind>,
    ) -> Result<Transaction> {
        let table = self.dialect.0.as_ref();
        let approval = approval(message)?;
        let amounts = Amounts::read(table, message, kind, approval == Approval::PartiallyApproved)?;
        let is_advice = matches!(function(message.mti.as_str()), b'2' | b'3');
        let time = Stated::read(message)?.resolve(
            self.reference.map_or_else(now, Ok)?,
            table.utc_offset_minutes,
            is_advice,
        )?;
        let pan = message.value(2)?.ok_or_else(|| Error::new("DE2", "is missing"))?;
        let pan = Pan::parse(pan.as_str()).map_err(|error| Error::new("DE2", error.detail()))?;
        let stan = message.owned(11)?;
        let taken_back = taken_back(table, message, kind, &stan)?;
        let mut transaction = Transaction {
            id: String::new(),
            kind,
            original_kind: taken_back.kind.or(original_kind),
            approval,
            amount: amounts.amount,
            original_amount: amounts.original,
            fee: amounts.fee,
            balance: amounts.balance,
            counts_from: None,
            time,
            card: Card::from_pan(pan),
            cardholder: Cardholder {
                account: message.value(102)?.map(|value| value.as_str().into()),
                ..Cardholder::default()
            },
            merchant: merchant::read(table, message)?,
            counterparty: message.value(103)?.map(|value| value.as_str().into()),
            entry_mode: entry_mode(message)?,
            rrn: message.owned(37)?,
            stan,
            original_stan: taken_back.stan,
            original_id: None,
            has_own_id: false,
            second_event: None,
            authorisation_code: message.owned(38)?,
            acquirer: message.owned(32)?,
        };
        transaction.strike_card_numbers();
        transaction.id = transaction.derive_id();
        Ok(transaction)
    }
}

fn now() -> Result<Timestamp> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::new(i64::try_from(since.as_secs()).unwrap_or_default(), 0)
}

/// The third digit of the MTI: 0 request, 1 response, 2 advice, 3 its response.
fn function(mti: &str) -> u8 {
    mti.as_bytes()[2]
}

/// What a message of this type is, were it of that type.
fn outcome(table: &Table, message: &Message<'_>, mti: &str) -> Result<Outcome> {
    // Nearly every row asks for it, so it is opened once.
    let processing = message.value(3)?;
    table.mapping.outcome(mti, |field, pattern: &Pattern| {
        if field == 3 {
            return Ok(processing.as_ref().is_some_and(|value| pattern.begins(value.as_str())));
        }
        Ok(message.value(field)?.is_some_and(|value| pattern.fits(value.as_str())))
    })
}

fn approval(message: &Message<'_>) -> Result<Approval> {
    let mti = message.mti.as_str();
    let is_advice = function(mti) == b'2';
    if is_advice && mti.as_bytes()[1] == b'4' {
        return Ok(Approval::Approved);
    }
    let Some(code) = message.value(39)? else {
        return if is_advice {
            Ok(Approval::Approved)
        } else {
            Err(Error::new("DE39", "is missing"))
        };
    };
    let listed = |list: &[String]| list.iter().any(|listed| listed == code.as_str());
    Ok(if listed(&message.version.approved) {
        Approval::Approved
    } else if listed(&message.version.partial) {
        Approval::PartiallyApproved
    } else {
        Approval::Declined
    })
}

fn entry_mode(message: &Message<'_>) -> Result<EntryMode> {
    let (start, length) = message.version.entry_mode;
    let Some(value) = message.value(22)? else { return Ok(EntryMode::Unknown) };
    let code = value.as_str().get(start..start + length).unwrap_or_default();
    let row = message.version.entry_modes.iter().find(|(known, _)| known == code);
    Ok(row.map_or(EntryMode::Unknown, |(_, mode)| *mode))
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
) -> Result<TakenBack> {
    if !matches!(kind, Kind::Reversal | Kind::Void | Kind::Refund) {
        return Ok(TakenBack::default());
    }
    let mut mti = None;
    let mut stan = None;
    if let Some(original) = message.version.original
        && let Some(value) = message.value(original.field)?
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
