//! Subscribers as a table that people keep in a spreadsheet.

use std::io::{self, Read, Write};

use csv::{ReaderBuilder, StringRecord, WriterBuilder};
use tillbell_transaction::{Money, Party, QuietHours, Timestamp};

use crate::subscriber::{Contact, Error, Result, Subscriber, wrong};

/// The columns; the first line of a file names those that it has, in any order.
/// `party` and `reference` must be there; a cell may be empty.
pub const COLUMNS: [&str; 10] = [
    "party",
    "reference",
    "phone",
    "email",
    "locale",
    "threshold",
    "currency",
    "quiet_hours",
    "utc_offset_minutes",
    "consent",
];
/// The most rows of one file.
pub const ROWS_MAX: usize = 10_000_000;

/// Reads a file: each row as a subscriber, or the error that names its line and
/// column and repeats no cell. The rows behind a wrong one are read.
///
/// # Errors
/// If the first line does not name columns.
pub fn read<R: Read>(file: R) -> Result<impl Iterator<Item = Result<Subscriber>>> {
    let mut reader = ReaderBuilder::new().trim(csv::Trim::All).from_reader(file);
    let headers = reader.headers().map_err(|error| at_line(1, &unreadable(&error)))?.clone();
    let mut places = [None; COLUMNS.len()];
    for (place, header) in headers.iter().enumerate() {
        // A byte order mark, as spreadsheets write it.
        let header = header.trim_start_matches('\u{feff}');
        let column = COLUMNS.iter().position(|column| *column == header).ok_or_else(|| {
            at_line(1, &format!("column {} is none of {}", place + 1, COLUMNS.join(", ")))
        })?;
        if places[column].replace(place).is_some() {
            return Err(at_line(1, &format!("column {} is named twice", COLUMNS[column])));
        }
    }
    for needed in [0, 1] {
        if places[needed].is_none() {
            return Err(at_line(1, &format!("there is no column {}", COLUMNS[needed])));
        }
    }
    let rows = reader.into_records().enumerate().map(move |(index, row)| {
        let line = row.as_ref().ok().and_then(StringRecord::position).map(csv::Position::line);
        let line = line.unwrap_or(index as u64 + 2);
        if index >= ROWS_MAX {
            return Err(at_line(line, &format!("over {ROWS_MAX} rows")));
        }
        let row = row.map_err(|error| at_line(line, &unreadable(&error)))?;
        let cell = |column: usize| places[column].and_then(|place| row.get(place)).unwrap_or("");
        subscriber(cell).map_err(|error| at_line(line, &error.to_string()))
    });
    Ok(rows)
}

fn subscriber<'a>(cell: impl Fn(usize) -> &'a str) -> Result<Subscriber> {
    let filled = |column: usize| Some(cell(column)).filter(|text| !text.is_empty());
    let party = Party::ALL.iter().copied().find(|party| party.as_str() == cell(0));
    let party = party.ok_or_else(|| wrong("party: expected cardholder or merchant"))?;
    let mut subscriber = Subscriber::new(party, cell(1))?;
    subscriber.phone = filled(2).map(Contact::phone).transpose()?;
    subscriber.email = filled(3).map(Contact::email).transpose()?;
    if let Some(tag) = filled(4) {
        subscriber = subscriber.with_locale(tag)?;
    }
    subscriber.threshold = match (filled(5), filled(6)) {
        (None, None) => None,
        (Some(amount), Some(currency)) => Some(
            Money::parse(amount, currency).map_err(|error| wrong(format!("threshold: {error}")))?,
        ),
        _ => return Err(wrong("threshold: expected an amount and its currency, or neither")),
    };
    subscriber.quiet_hours =
        filled(7).map(QuietHours::parse).transpose().map_err(|error| wrong(error.to_string()))?;
    if let Some(minutes) = filled(8) {
        let minutes =
            minutes.parse().map_err(|_| wrong("utc_offset_minutes: expected -840 to 840"))?;
        subscriber = subscriber.with_utc_offset_minutes(minutes)?;
    }
    subscriber.consent = filled(9)
        .map(Timestamp::parse)
        .transpose()
        .map_err(|error| wrong(format!("consent: {error}")))?;
    Ok(subscriber)
}

/// Writes subscribers as [`read`] reads them, with contacts in clear.
pub struct Writer<W: Write>(csv::Writer<W>);

impl<W: Write> Writer<W> {
    /// Writes the names of the columns.
    ///
    /// # Errors
    /// If the output cannot be written.
    pub fn new(output: W) -> io::Result<Self> {
        let mut writer = WriterBuilder::new().from_writer(output);
        writer.write_record(COLUMNS)?;
        Ok(Self(writer))
    }

    /// Writes one.
    ///
    /// # Errors
    /// If the output cannot be written.
    pub fn write(&mut self, subscriber: &Subscriber) -> io::Result<()> {
        let threshold = subscriber.threshold;
        self.0.write_record([
            subscriber.party.as_str(),
            &subscriber.reference,
            subscriber.phone.as_ref().map_or("", Contact::as_str),
            subscriber.email.as_ref().map_or("", Contact::as_str),
            subscriber.locale.as_deref().unwrap_or(""),
            &threshold.map_or(String::new(), |money| money.decimal()),
            threshold.map_or("", |money| money.currency()),
            &text(subscriber.quiet_hours),
            &text(subscriber.utc_offset_minutes),
            &text(subscriber.consent),
        ])?;
        Ok(())
    }

    /// Writes what is held back yet.
    ///
    /// # Errors
    /// If the output cannot be written.
    pub fn finish(mut self) -> io::Result<()> {
        self.0.flush()
    }
}

fn text(value: Option<impl ToString>) -> String {
    value.map_or(String::new(), |value| value.to_string())
}

fn at_line(line: u64, detail: &str) -> Error {
    wrong(format!("line {line}: {detail}"))
}

/// What is wrong with the file's form, without its contents.
fn unreadable(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Utf8 { err, .. } => format!("column {}: not UTF-8", err.field() + 1),
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("{len} cells, expected {expected_len}")
        }
        _ => "cannot be read".into(),
    }
}
