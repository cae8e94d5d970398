//! Reads a bank's privacy file. Whatever it does not understand it refuses,
//! naming file, line and key: a typing error must not show more than was
//! meant.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::{Field, KEPT_CHARACTERS_MAX, Party, Profile, Profiles, Treatment, Truncation};

/// The largest privacy file, in bytes.
pub const FILE_BYTES_MAX: usize = 64 * 1024;
/// What may stand for a hidden character: never a digit, and each one septet
/// of the GSM alphabet.
const MASK_CHARACTERS: [&str; 4] = ["*", "#", "x", "X"];

/// One configuration file, as it stands in the bundle.
#[derive(Debug, Clone)]
pub struct ConfigurationFile {
    /// The path inside the bundle.
    pub path: String,
    /// The bytes.
    pub contents: Vec<u8>,
}

/// Why a file is not accepted, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The path as it was given.
    pub file: String,
    /// The line, counted from 1; 0 where no line can be named.
    pub line: u32,
    /// What is wrong, in lower case.
    pub detail: String,
}

/// A profile that was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Configured {
    /// Party and built-in profile, such as `cardholder:strict`.
    pub name: String,
    /// The file, "" where the strictest profile holds for want of one.
    pub file: String,
    /// The line of the party's section; 0 where it has none.
    pub line: u32,
}

impl Profiles {
    /// Reads the files: none, or exactly one whose name ends in `.toml`.
    ///
    /// # Errors
    /// The first thing that is not allowed, with file and line.
    pub fn configure(files: &[ConfigurationFile]) -> Result<Self, Refusal> {
        Self::describe(files).map(|(profiles, _)| profiles)
    }

    /// Reads the files and lists what was understood: one profile per party.
    ///
    /// # Errors
    /// As [`Profiles::configure`].
    pub fn describe(files: &[ConfigurationFile]) -> Result<(Self, Vec<Configured>), Refusal> {
        let refuse = |file: &ConfigurationFile, detail: String| Refusal {
            file: file.path.clone(),
            line: 0,
            detail,
        };
        if let Some(file) = files.iter().find(|file| !file.path.ends_with(".toml")) {
            return Err(refuse(file, "is not a .toml file".into()));
        }
        let (path, text) = match files {
            [] => ("", ""),
            [file] if file.contents.len() > FILE_BYTES_MAX => {
                return Err(refuse(file, format!("is larger than {FILE_BYTES_MAX} bytes")));
            }
            [file] => match std::str::from_utf8(&file.contents) {
                Ok(text) => (file.path.as_str(), text),
                Err(_) => return Err(refuse(file, "is not UTF-8".into())),
            },
            [first, second, ..] => {
                return Err(refuse(
                    second,
                    format!("is a second .toml file beside {}", first.path),
                ));
            }
        };
        let document = Document { path, text };
        let profiles = document.profiles()?;
        let configured = Party::ALL.map(|party| Configured {
            name: format!("{}:{}", party.as_str(), profiles.of(party).name),
            file: path.into(),
            line: document.section_line(party),
        });
        Ok((profiles, configured.into()))
    }
}

type Table<'t> = DeTable<'t>;
type Value<'t> = Spanned<DeValue<'t>>;

struct Document<'t> {
    path: &'t str,
    text: &'t str,
}

impl<'t> Document<'t> {
    fn parse(&self) -> Result<Spanned<Table<'t>>, Refusal> {
        DeTable::parse(self.text).map_err(|error| {
            let detail = error.message().trim().replace('\n', ", ");
            self.wrong(error.span().unwrap_or_default(), detail)
        })
    }

    fn profiles(&self) -> Result<Profiles, Refusal> {
        let document = self.parse()?;
        let mut profiles = Profiles::strict();
        // Where each party's card was decided, for the check below.
        let mut decided: [Option<Range<usize>>; 2] = [None, None];
        for (key, value) in document.get_ref() {
            let party = Party::ALL.into_iter().find(|party| party.as_str() == key.get_ref());
            let Some(party) = party else {
                let detail =
                    format!("unknown party {:?}, expected cardholder, merchant", key.get_ref());
                return Err(self.wrong(key.span(), detail));
            };
            let DeValue::Table(section) = value.get_ref() else {
                let detail = format!("{}: expected a section [{0}]", party.as_str());
                return Err(self.wrong(key.span(), detail));
            };
            let (profile, card) = self.profile(party, section)?;
            decided[party as usize] = card;
            match party {
                Party::Cardholder => profiles.cardholder = profile,
                Party::Merchant => profiles.merchant = profile,
            }
        }
        if profiles.cardholder.card != profiles.merchant.card {
            let place = decided.into_iter().flatten().max_by_key(|span| span.start);
            return Err(self.wrong(
                place.unwrap_or_default(),
                "card: the parties see different digits of one card, which together show more of \
                 it: give both sections the same card"
                    .into(),
            ));
        }
        Ok(profiles)
    }

    /// Reads a party's section; also where its card was decided.
    fn profile(
        &self,
        party: Party,
        section: &Table<'t>,
    ) -> Result<(Profile, Option<Range<usize>>), Refusal> {
        let mut card = None;
        let mut profile = match section.get("profile") {
            None => Profile::strict(party),
            Some(value) => {
                card = Some(value.span());
                let name = self.string("profile", value)?;
                Profile::built_in(name, party).ok_or_else(|| {
                    let names: Vec<_> = Profile::names().collect();
                    let detail = format!("unknown profile {name:?}, expected {}", names.join(", "));
                    self.wrong(value.span(), detail)
                })?
            }
        };
        for (key, value) in section {
            match key.get_ref().as_ref() {
                "profile" => {}
                "card" => {
                    card = Some(value.span());
                    profile.card = self.truncation(value)?;
                }
                name => {
                    let field = Field::named(name).ok_or_else(|| {
                        let known: Vec<_> = Field::ALL.iter().map(|field| field.as_str()).collect();
                        let detail = format!(
                            "unknown field {name:?}; known are profile, card, {}",
                            known.join(", ")
                        );
                        self.wrong(key.span(), detail)
                    })?;
                    profile.set(field, self.treatment(party, field, value)?);
                }
            }
        }
        Ok((profile, card))
    }

    fn truncation(&self, value: &Value<'t>) -> Result<Truncation, Refusal> {
        match self.string("card", value)? {
            "last-4" => Ok(Truncation::Last4),
            "bin-and-last-4" => Ok(Truncation::BinAndLast4),
            other => {
                let detail =
                    format!("card: expected \"last-4\", \"bin-and-last-4\", not {other:?}");
                Err(self.wrong(value.span(), detail))
            }
        }
    }

    fn treatment(
        &self,
        party: Party,
        field: Field,
        value: &Value<'t>,
    ) -> Result<Treatment, Refusal> {
        let key = field.as_str();
        let treatment = match value.get_ref() {
            DeValue::Table(table) => self.keep(key, table, value.span())?,
            _ => match self.string(key, value)? {
                "drop" => Treatment::Drop,
                "show" => Treatment::Show,
                "surname" => Treatment::Surname,
                "email" => Treatment::Email,
                "city" => Treatment::City,
                "name-or-number" => Treatment::NameOrNumber,
                other => {
                    let allowed = field.allowed(party);
                    let detail = format!("{key}: unknown treatment {other:?}, expected {allowed}");
                    return Err(self.wrong(value.span(), detail));
                }
            },
        };
        if field.allows(party, treatment) {
            return Ok(treatment);
        }
        let detail = format!(
            "{key}: {} is not allowed for the {}, expected {}",
            treatment.as_written(),
            party.as_str(),
            field.allowed(party)
        );
        Err(self.wrong(value.span(), detail))
    }

    fn keep(
        &self,
        field: &str,
        table: &Table<'t>,
        place: Range<usize>,
    ) -> Result<Treatment, Refusal> {
        let (mut first, mut last, mut mask) = (0, 0, '*');
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "keep-first" => first = self.count(field, "keep-first", value)?,
                "keep-last" => last = self.count(field, "keep-last", value)?,
                "mask" => {
                    let text = self.string(field, value)?;
                    mask = match text.chars().next() {
                        Some(character) if MASK_CHARACTERS.contains(&text) => character,
                        _ => {
                            let detail = format!("{field}: mask: expected *, #, x or X");
                            return Err(self.wrong(value.span(), detail));
                        }
                    };
                }
                other => {
                    let detail = format!(
                        "{field}: unknown key {other:?}, expected keep-first, keep-last, mask"
                    );
                    return Err(self.wrong(key.span(), detail));
                }
            }
        }
        if first == 0 && last == 0 {
            let detail = format!("{field}: keeps nothing: write \"drop\"");
            return Err(self.wrong(place, detail));
        }
        Ok(Treatment::Keep { first, last, mask })
    }

    fn count(&self, field: &str, key: &str, value: &Value<'t>) -> Result<u8, Refusal> {
        let count = match value.get_ref() {
            DeValue::Integer(integer) => u8::from_str_radix(integer.as_str(), integer.radix()).ok(),
            _ => None,
        };
        count.filter(|count| *count <= KEPT_CHARACTERS_MAX).ok_or_else(|| {
            let detail = format!("{field}: {key}: expected 0 to {KEPT_CHARACTERS_MAX}");
            self.wrong(value.span(), detail)
        })
    }

    fn string<'v>(&self, key: &str, value: &'v Value<'t>) -> Result<&'v str, Refusal> {
        value.get_ref().as_str().ok_or_else(|| {
            let found = value.get_ref().type_str();
            self.wrong(value.span(), format!("{key}: expected a string, found {found}"))
        })
    }

    /// The line of `[party]`; 0 where the file has none.
    fn section_line(&self, party: Party) -> u32 {
        let Ok(document) = self.parse() else {
            return 0;
        };
        document
            .get_ref()
            .get_key_value(party.as_str())
            .map_or(0, |(key, _)| self.line(key.span().start))
    }

    fn line(&self, byte: usize) -> u32 {
        let before = self.text.bytes().take(byte).filter(|byte| *byte == b'\n').count();
        u32::try_from(before).unwrap_or(u32::MAX - 1) + 1
    }

    fn wrong(&self, place: Range<usize>, detail: String) -> Refusal {
        Refusal { file: self.path.into(), line: self.line(place.start), detail }
    }
}

#[cfg(test)]
mod tests;
