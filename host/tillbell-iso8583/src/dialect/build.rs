//! A table from a dialect file and those it extends.

use std::collections::BTreeMap;

use tillbell_transaction::{EntryMode, IgnoredReason, Kind, Money, SecondEvent};

use super::charset::{CHARSETS, Charset, Page};
use super::field::{Field, Writing, Written};
use super::layout::Layout;
use super::mapping::{Mapping, Outcome, Pattern, Row};
use super::part::FieldPart;
use super::raw::{File, RawDialect, RawHeader, RawMerchant, RawRow, RawVersion, Several, Text};
use super::{
    ALWAYS_DROPPED, AmountParts, Bitmap, DialectError, FIELDS, Header, MAPPING_ROWS_MAX,
    MerchantParts, Original, OriginalAmount, PartialReversal, Table, Version, builtin_text,
};

/// How many dialects may stand behind one another.
const EXTENDS_MAX: usize = 4;

/// STAN, terminal and merchant: what a request and its answer have in common, unless a
/// dialect says otherwise.
const PAIRING: [usize; 3] = [11, 41, 42];
/// Fields of a pairing, at the most.
const PAIRING_MAX: usize = 8;

/// Fields that decide what is told, in every dialect; those that its rows and amounts ask
/// for are added.
const DECIDING: [usize; 14] = [2, 3, 4, 7, 11, 12, 13, 24, 25, 30, 39, 49, 60, 95];

/// Reads a file and those it extends, the furthest of them first.
pub(super) fn parse(text: &str, file_name: &str) -> Result<Table, DialectError> {
    let mut file = File { name: file_name, text };
    let mut layers = Vec::new();
    loop {
        let raw = file.read()?;
        let extends = raw.extends.clone();
        layers.push((file, raw));
        let Some(extends) = extends else { break };
        let (owner, _) = layers.last().expect("one was pushed");
        let base =
            builtin_text(extends.as_ref()).filter(|_| layers.len() < EXTENDS_MAX).ok_or_else(
                || owner.error(extends.span().start, "extends", "expected a built-in dialect"),
            )?;
        file = File { name: builtin_name(extends.as_ref()), text: base };
    }
    let mut builder = Builder::default();
    for (file, raw) in layers.iter().rev() {
        builder.settings(file, raw)?;
    }
    for (file, raw) in layers.iter().rev() {
        builder.fields(file, raw)?;
    }
    for (file, raw) in &layers {
        builder.rows(file, raw)?;
    }
    let (file, _) = &layers[0];
    builder.finish(file)
}

fn builtin_name(name: &str) -> &'static str {
    super::BUILTIN.iter().find(|(known, _)| *known == name).map_or("", |(name, _)| name)
}

/// A table that is being put together.
#[derive(Default)]
struct Builder {
    mti: Written,
    bitmap: Bitmap,
    writing: Writing,
    currency: Option<u16>,
    utc_offset_minutes: Option<i16>,
    local_transmission: bool,
    has_one_clock: bool,
    replaces_wrong_clock: bool,
    reversal_repeats_stan: bool,
    pairing: Option<Vec<usize>>,
    headers: Vec<Header>,
    layout: Option<Layout>,
    separated: Option<Layout>,
    merchant: MerchantParts,
    fields: BTreeMap<usize, Field>,
    versions: BTreeMap<usize, VersionBuilder>,
    rows: Vec<Row>,
    /// Where the last row stands, for the error if it does not fit everything.
    last_row: usize,
}

#[derive(Default)]
struct VersionBuilder {
    fields: BTreeMap<usize, Field>,
    approved: Vec<Pattern>,
    partial: Vec<Pattern>,
    declined: Vec<Pattern>,
    entry_mode: (usize, usize),
    entry_modes: BTreeMap<String, EntryMode>,
    original: Option<Original>,
    original_amount: Option<OriginalAmount>,
    amounts: AmountParts,
    partial_reversal: Option<PartialReversal>,
}

/// Sets what a key says, if it is there.
fn choose<T>(
    file: &File<'_>,
    said: Option<&Text>,
    key: &str,
    known: &[(&str, T)],
    setting: &mut T,
) -> Result<(), DialectError>
where
    T: Copy,
{
    let Some(said) = said else { return Ok(()) };
    match known.iter().find(|(name, _)| name == said.as_ref()) {
        Some((_, value)) => *setting = *value,
        None => {
            let names: Vec<_> = known.iter().map(|(name, _)| *name).collect();
            let detail = format!("expected {}", names.join(" or "));
            return Err(file.error(said.span().start, key, detail));
        }
    }
    Ok(())
}

/// Sets the part that a key names, if it is there.
fn choose_part(
    file: &File<'_>,
    said: Option<&Text>,
    key: &str,
    setting: &mut Option<FieldPart>,
) -> Result<(), DialectError> {
    let Some(said) = said else { return Ok(()) };
    let part = FieldPart::parse(said.as_ref())
        .map_err(|detail| file.error(said.span().start, key, detail))?;
    *setting = Some(part);
    Ok(())
}

impl Builder {
    /// How messages are written, but for their fields.
    fn settings(&mut self, file: &File<'_>, raw: &RawDialect) -> Result<(), DialectError> {
        let encoding = &raw.encoding;
        let ascii = [("ascii", Written::Ascii), ("ebcdic", Written::Ebcdic), ("bcd", Written::Bcd)];
        let mut lengths = ascii.to_vec();
        lengths.push(("binary", Written::Binary));
        choose(file, encoding.mti.as_ref(), "encoding.mti", &ascii, &mut self.mti)?;
        choose(
            file,
            encoding.digits.as_ref(),
            "encoding.digits",
            &ascii,
            &mut self.writing.digits,
        )?;
        let of_lengths = &mut self.writing.lengths;
        choose(file, encoding.lengths.as_ref(), "encoding.lengths", &lengths, of_lengths)?;
        let binary = [("raw", false), ("hex", true)];
        let of_binary = &mut self.writing.hex_binary;
        choose(file, encoding.binary.as_ref(), "encoding.binary", &binary, of_binary)?;
        let bitmap = [
            ("binary", None),
            ("hex", Some(Charset::Utf8)),
            ("hex-ebcdic", Some(Charset::Ebcdic(Page::P037))),
        ];
        choose(file, encoding.bitmap.as_ref(), "encoding.bitmap", &bitmap, &mut self.bitmap.hex)?;
        let bitmaps = [("as-needed", false), ("always-two", true)];
        let of_bitmaps = &mut self.bitmap.is_always_double;
        choose(file, encoding.bitmaps.as_ref(), "encoding.bitmaps", &bitmaps, of_bitmaps)?;
        let of_text = &mut self.writing.charset;
        choose(file, encoding.text.as_ref(), "encoding.text", CHARSETS, of_text)?;
        let clocks = [("utc", false), ("local", true)];
        let of_clock = &mut self.local_transmission;
        choose(file, raw.transmission_time.as_ref(), "transmission_time", &clocks, of_clock)?;
        let wrong = [("refused", false), ("receipt", true)];
        let of_wrong = &mut self.replaces_wrong_clock;
        choose(file, raw.wrong_clock.as_ref(), "wrong_clock", &wrong, of_wrong)?;
        if let Some(currency) = &raw.currency {
            let number = currency.as_ref().parse().ok();
            let known = number.filter(|number| Money::from_numeric(0, *number).is_ok());
            let detail = "expected an ISO 4217 number of three digits";
            self.currency =
                Some(known.ok_or_else(|| file.error(currency.span().start, "currency", detail))?);
        }
        if let Some(minutes) = &raw.utc_offset_minutes {
            let known = i16::try_from(*minutes.as_ref()).ok();
            let known = known.filter(|minutes| (-840..=840).contains(minutes));
            self.utc_offset_minutes = Some(known.ok_or_else(|| {
                file.error(minutes.span().start, "utc_offset_minutes", "expected -840 to 840")
            })?);
        }
        self.has_one_clock = raw.one_clock.unwrap_or(self.has_one_clock);
        if let Some(repeats) = raw.reversal_repeats_stan {
            self.reversal_repeats_stan = repeats;
        }
        if let Some(fields) = &raw.pairing {
            let at = fields.span().start;
            let is_right = |field: &usize| {
                (3..FIELDS).contains(field) && *field != 65 && !ALWAYS_DROPPED.contains(field)
            };
            if fields.as_ref().len() > PAIRING_MAX || !fields.as_ref().iter().all(is_right) {
                return Err(file.error(
                    at,
                    "pairing",
                    "expected up to 8 fields that may be opened",
                ));
            }
            self.pairing = Some(fields.as_ref().clone());
        }
        if let Some(headers) = &raw.header {
            self.headers = headers.iter().map(|raw| header(file, raw)).collect::<Result<_, _>>()?;
        }
        raw.merchant.as_ref().map_or(Ok(()), |merchant| self.merchant(file, merchant))
    }

    fn merchant(&mut self, file: &File<'_>, raw: &RawMerchant) -> Result<(), DialectError> {
        let parse = |said: &Text, key: &str, is_separated| {
            Layout::parse(said.as_ref(), is_separated)
                .map_err(|detail| file.error(said.span().start, key, detail))
        };
        if let Some(said) = &raw.layout {
            self.layout = Some(parse(said, "merchant.layout", false)?);
        } else if let (Some(name), Some(city), Some(country)) = (raw.name, raw.city, raw.country) {
            self.layout = Some(Layout::of_lengths(name, city, country));
        }
        if let Some(said) = &raw.separated {
            self.separated = Some(parse(said, "merchant.separated", true)?);
        }
        Ok(())
    }

    /// The field table and the versions.
    fn fields(&mut self, file: &File<'_>, raw: &RawDialect) -> Result<(), DialectError> {
        // A field keeps its notation when a later file changes the packing, so
        // all files' fields are read with the packing that holds in the end.
        let writing = self.writing;
        field_table(file, "fields", &raw.fields, writing, &mut self.fields)?;
        for (name, spanned) in &raw.versions {
            let key = format!("versions.{name}");
            let at = spanned.span().start;
            let raw = spanned.as_ref();
            let digit = match name.parse::<usize>() {
                Ok(digit @ 0..=9) if name.len() == 1 => digit,
                _ => return Err(file.error(at, &key, "expected the first digit of an MTI")),
            };
            let version = self.versions.entry(digit).or_default();
            let table = format!("{key}.fields");
            field_table(file, &table, &raw.fields, writing, &mut version.fields)?;
            version.codes(file, at, &key, raw)?;
            if let Some(slice) = &raw.entry_mode {
                version.entry_mode = (slice.start, slice.length);
            }
            for (code, mode) in &raw.entry_modes {
                let key = format!("{key}.entry_modes.{code}");
                let mode = EntryMode::parse(mode.as_ref())
                    .map_err(|error| file.error(mode.span().start, &key, error.detail()))?;
                version.entry_modes.insert(code.clone(), mode);
            }
            if let Some(original) = &raw.original {
                let at = original.field.span().start;
                let field = file.field(at, &key, &original.field.as_ref().to_string())?;
                version.original = Some(Original { field, mti: original.mti, stan: original.stan });
            }
            if let Some(amount) = &raw.original_amount {
                let at = amount.field.span().start;
                let field = file.field(at, &key, &amount.field.as_ref().to_string())?;
                version.original_amount =
                    Some(OriginalAmount { field, amount_type: amount.r#type.clone() });
            }
            if let Some(number) = &raw.replacement_amounts {
                let field = file.field(number.span().start, &key, &number.as_ref().to_string())?;
                version.partial_reversal = Some(PartialReversal::Remaining(field));
            }
            if let Some(partial) = &raw.partial_reversal {
                let at = partial.original.span().start;
                let field = file.field(at, &key, &partial.original.as_ref().to_string())?;
                let at = partial.when.span().start;
                let mut when = partial.when.as_ref().iter();
                let (Some((part, pattern)), None) = (when.next(), when.next()) else {
                    return Err(file.error(at, &key, "expected one field and its value"));
                };
                let part = FieldPart::parse(part).map_err(|error| file.error(at, &key, error))?;
                let when = (part, Pattern(pattern.clone()));
                version.partial_reversal = Some(PartialReversal::Original { field, when });
            }
            if let Some(amounts) = &raw.amounts {
                let own = &mut version.amounts;
                for (said, name, own) in [
                    (&amounts.original, "original", &mut own.original),
                    (&amounts.fee, "fee", &mut own.fee),
                    (&amounts.balance, "balance", &mut own.balance),
                    (&amounts.cashback, "cashback", &mut own.cashback),
                ] {
                    choose_part(file, said.as_ref(), &format!("{key}.amounts.{name}"), own)?;
                }
            }
        }
        let parts = raw.merchant.as_ref().and_then(|merchant| merchant.parts.as_ref());
        if let Some(parts) = parts {
            let own = &mut self.merchant;
            for (said, name, own) in [
                (&parts.name, "name", &mut own.name),
                (&parts.city, "city", &mut own.city),
                (&parts.country, "country", &mut own.country),
                (&parts.category, "category", &mut own.category),
            ] {
                choose_part(file, said.as_ref(), &format!("merchant.parts.{name}"), own)?;
            }
        }
        Ok(())
    }

    /// The mapping rows, those of the extending file first.
    fn rows(&mut self, file: &File<'_>, raw: &RawDialect) -> Result<(), DialectError> {
        for row in &raw.mapping {
            let at = row.span().start;
            if self.rows.len() == MAPPING_ROWS_MAX {
                return Err(file.error(at, "mapping", format!("over {MAPPING_ROWS_MAX} rows")));
            }
            self.rows.push(mapping_row(file, at, row.as_ref())?);
            self.last_row = at;
        }
        Ok(())
    }

    /// Every part of a field that is named, and by which key.
    fn parts(&self) -> Vec<(&'static str, &FieldPart)> {
        let rows = self.rows.iter().flat_map(|row| &row.when);
        let mut parts: Vec<_> = rows.map(|(part, _)| ("mapping.when", part)).collect();
        for version in self.versions.values() {
            let own = &version.amounts;
            let amounts = [&own.original, &own.fee, &own.balance, &own.cashback];
            parts.extend(amounts.into_iter().flatten().map(|part| ("amounts", part)));
            if let Some(PartialReversal::Original { when: (part, _), .. }) =
                &version.partial_reversal
            {
                parts.push(("partial_reversal.when", part));
            }
        }
        let own = &self.merchant;
        let merchant = [&own.name, &own.city, &own.country, &own.category];
        parts.extend(merchant.into_iter().flatten().map(|part| ("merchant.parts", part)));
        parts
    }

    /// A part with a tag is one of a field that some version divides.
    fn check_parts(&self, file: &File<'_>) -> Result<(), DialectError> {
        let is_divided = |part: &FieldPart| {
            let own = self.versions.values().filter_map(|version| version.fields.get(&part.field));
            own.chain(self.fields.get(&part.field)).any(|field| field.divided.is_some())
        };
        let mut tagged = self.parts().into_iter().filter(|(_, part)| !part.tags.is_empty());
        match tagged.find(|(_, part)| !is_divided(part)) {
            None => Ok(()),
            Some((key, part)) => Err(DialectError {
                file: file.name.into(),
                line: 0,
                key: key.into(),
                detail: format!(
                    "{part}: its field has no elements: add tlv:2+3 or ber to fields.{}",
                    part.field
                ),
            }),
        }
    }

    /// Fields of which one that is over its length is an error: they decide what is told.
    fn deciding(&self) -> [bool; FIELDS] {
        let mut deciding = [false; FIELDS];
        let named = self.parts().into_iter().filter(|(key, _)| *key != "merchant.parts");
        let rows = named.map(|(_, part)| part.field);
        for field in DECIDING.into_iter().chain(rows) {
            deciding[field] = true;
        }
        deciding
    }

    fn finish(self, file: &File<'_>) -> Result<Table, DialectError> {
        let whole = |key: &str, detail: &str| DialectError {
            file: file.name.into(),
            line: 0,
            key: key.into(),
            detail: detail.into(),
        };
        let total = self.rows.last().is_some_and(|row| {
            row.mti.is_empty()
                && row.when.is_empty()
                && row.outcome == Outcome::Ignored(IgnoredReason::UnknownMapping)
        });
        if !total {
            let detail = "the last row must be ignored = \"unknown-mapping\" alone";
            return Err(file.error(self.last_row, "mapping", detail));
        }
        self.check_parts(file)?;
        let deciding = self.deciding();
        let layout = self.layout.ok_or_else(|| whole("merchant", "is missing"))?;
        if self.versions.is_empty() {
            return Err(whole("versions", "is missing"));
        }
        let mut versions: [Option<Box<Version>>; 10] = Default::default();
        for (digit, built) in self.versions {
            versions[digit] = Some(Box::new(built.finish(&self.fields, file.name)?));
        }
        let stem = file.name.rsplit(['/', '\\']).next().unwrap_or_default();
        Ok(Table {
            name: stem.strip_suffix(".toml").unwrap_or(stem).into(),
            mti: self.mti,
            bitmap: self.bitmap,
            headers: self.headers,
            layout,
            separated: self.separated,
            merchant: self.merchant,
            deciding,
            currency: self.currency,
            utc_offset_minutes: self.utc_offset_minutes,
            local_transmission: self.local_transmission,
            has_one_clock: self.has_one_clock,
            replaces_wrong_clock: self.replaces_wrong_clock,
            reversal_repeats_stan: self.reversal_repeats_stan,
            pairing: self.pairing.unwrap_or_else(|| PAIRING.to_vec()),
            versions,
            mapping: Mapping(self.rows),
        })
    }
}

impl VersionBuilder {
    /// The response codes; a list stands for that of the file that is extended.
    fn codes(
        &mut self,
        file: &File<'_>,
        at: usize,
        key: &str,
        raw: &RawVersion,
    ) -> Result<(), DialectError> {
        for (said, name, own) in [
            (&raw.approved, "approved", &mut self.approved),
            (&raw.partial, "partial", &mut self.partial),
            (&raw.declined, "declined", &mut self.declined),
        ] {
            let Some(said) = said else { continue };
            let is_code = |code: &String| {
                (2..=4).contains(&code.len())
                    && code.bytes().all(|byte| byte.is_ascii_alphanumeric())
            };
            if !said.iter().all(is_code) {
                let detail = "expected codes of two to four letters and digits, x for any";
                return Err(file.error(at, &format!("{key}.{name}"), detail));
            }
            *own = said.iter().cloned().map(Pattern).collect();
        }
        Ok(())
    }

    fn finish(
        self,
        common: &BTreeMap<usize, Field>,
        file_name: &str,
    ) -> Result<Version, DialectError> {
        let mut fields = [None; FIELDS];
        for (number, field) in common.iter().chain(&self.fields) {
            fields[*number] = Some(*field);
        }
        for number in ALWAYS_DROPPED {
            if fields[number].is_some_and(|field: Field| !field.dropped) {
                return Err(DialectError {
                    file: file_name.into(),
                    line: 0,
                    key: format!("fields.{number}"),
                    detail: "must be dropped".into(),
                });
            }
        }
        Ok(Version {
            fields,
            approved: self.approved,
            partial: self.partial,
            declined: self.declined,
            entry_mode: self.entry_mode,
            entry_modes: self.entry_modes.into_iter().collect(),
            original: self.original,
            original_amount: self.original_amount,
            amounts: self.amounts,
            partial_reversal: self.partial_reversal,
        })
    }
}

fn header(file: &File<'_>, raw: &RawHeader) -> Result<Header, DialectError> {
    let bytes = *raw.bytes.as_ref();
    if !(1..=64).contains(&bytes) {
        return Err(file.error(raw.bytes.span().start, "header.bytes", "expected 1 to 64"));
    }
    let Some(starts_with) = &raw.starts_with else {
        return Ok(Header { name: raw.name.clone(), bytes, starts_with: Vec::new() });
    };
    let digits = starts_with.as_ref();
    let nibbles: Option<Vec<u8>> =
        digits.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    match nibbles {
        Some(starts_with) if (1..=bytes * 2).contains(&starts_with.len()) => {
            Ok(Header { name: raw.name.clone(), bytes, starts_with })
        }
        _ => {
            let at = starts_with.span().start;
            Err(file.error(at, "header.starts_with", "expected the first hex digits"))
        }
    }
}

fn field_table(
    file: &File<'_>,
    key: &str,
    raw: &BTreeMap<String, Text>,
    writing: Writing,
    fields: &mut BTreeMap<usize, Field>,
) -> Result<(), DialectError> {
    for (number, notation) in raw {
        let key = format!("{key}.{number}");
        let at = notation.span().start;
        let number = file.field(at, &key, number)?;
        let field = Field::parse(notation.as_ref(), writing)
            .map_err(|detail| file.error(at, &key, detail))?;
        fields.insert(number, field);
    }
    Ok(())
}

fn mapping_row(file: &File<'_>, at: usize, raw: &RawRow) -> Result<Row, DialectError> {
    let error = |key: &str, detail: &str| file.error(at, &format!("mapping.{key}"), detail);
    let patterns = raw.mti.as_ref().map_or(&[][..], Several::all);
    let digits = |text: &str| text.bytes().all(|byte| byte == b'x' || byte.is_ascii_digit());
    if patterns.iter().any(|text| text.len() != 4 || !digits(text)) {
        return Err(error("mti", "expected four digits, with x for any"));
    }
    let mut when = Vec::new();
    if let Some(processing) = &raw.processing {
        if !(1..=6).contains(&processing.len()) || !digits(processing) {
            return Err(error("processing", "expected 1 to 6 digits, with x for any"));
        }
        let part = FieldPart { field: 3, tags: Vec::new(), place: None, is_hex: false };
        when.push((part, vec![Pattern(processing.clone())]));
    }
    for (part, values) in &raw.when {
        let values = values.all();
        if values.is_empty() || values.iter().any(String::is_empty) {
            return Err(error("when", "expected a value, or several of which one must fit"));
        }
        let part = FieldPart::parse(part).map_err(|detail| error("when", &detail))?;
        when.push((part, values.iter().cloned().map(Pattern).collect()));
    }
    let kind = |key: &str, text: &Option<String>| -> Result<Option<Kind>, DialectError> {
        let parsed = text.as_deref().map(Kind::parse).transpose();
        parsed.map_err(|reason| error(key, reason.detail()))
    };
    let outcome = match (kind("kind", &raw.kind)?, &raw.ignored) {
        (Some(kind_of_row), None) => {
            // Only a response or an advice says that something happened.
            let decided = |text: &String| matches!(text.as_bytes()[2], b'1' | b'2' | b'3');
            if patterns.is_empty() || !patterns.iter().all(decided) {
                let detail = "a kind needs a third digit of 1, 2 or 3: responses and advices";
                return Err(error("mti", detail));
            }
            let second_event = raw.second_event.as_deref().map(SecondEvent::parse).transpose();
            let second_event =
                second_event.map_err(|reason| error("second_event", reason.detail()))?;
            let original = kind("original", &raw.original)?;
            Outcome::Kind { kind: kind_of_row, original, second_event }
        }
        (None, Some(reason)) => Outcome::Ignored(
            IgnoredReason::parse(reason).map_err(|reason| error("ignored", reason.detail()))?,
        ),
        _ => return Err(error("kind", "expected either kind or ignored")),
    };
    Ok(Row { mti: patterns.iter().cloned().map(Pattern).collect(), when, outcome })
}
