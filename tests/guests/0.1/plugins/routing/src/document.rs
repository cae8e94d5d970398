//! A TOML file read key by key, so that whatever is wrong is told with its line
//! and its key, and no key goes unread.

use std::borrow::Cow;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::interface::tillbell::plugin::types::{ConfigureError, Diagnostic};

pub(crate) type Result<T> = std::result::Result<T, ConfigureError>;

/// One file, with what is needed to name a place in it.
pub(crate) struct Document<'a> {
    path: &'a str,
    text: &'a str,
    /// The bytes at which lines begin, but for the first.
    breaks: Vec<usize>,
}

/// One table of a file. Keys are taken out of it as they are read.
pub(crate) struct Table<'a> {
    document: &'a Document<'a>,
    entries: DeTable<'a>,
    /// The line it begins at, counted from 1.
    pub(crate) line: u32,
}

/// A value with its line and the key it stands behind.
pub(crate) struct Placed<'a, T> {
    document: &'a Document<'a>,
    pub(crate) key: Cow<'a, str>,
    pub(crate) line: u32,
    pub(crate) value: T,
}

/// A value of any type.
pub(crate) type Value<'a> = Placed<'a, Spanned<DeValue<'a>>>;

/// The values of a list.
pub(crate) type Values<'a> = Placed<'a, Vec<Value<'a>>>;

impl<'a> Document<'a> {
    pub(crate) fn new(path: &'a str, text: &'a str) -> Self {
        let breaks = text.match_indices('\n').map(|(at, _)| at + 1).collect();
        Self { path, text, breaks }
    }

    /// The table that is the whole file.
    pub(crate) fn root(&'a self) -> Result<Table<'a>> {
        let root = DeTable::parse(self.text).map_err(|error| {
            let line = error.span().map_or(0, |span| self.line(span.start));
            self.wrong(line, error.message().trim().replace('\n', ", "))
        })?;
        Ok(Table { document: self, entries: root.into_inner(), line: 0 })
    }

    pub(crate) fn wrong(&self, line: u32, detail: impl Into<String>) -> ConfigureError {
        let detail = detail.into();
        ConfigureError::Invalid(Diagnostic { file: self.path.into(), line, detail })
    }

    /// The line of a byte, counted from 1.
    fn line(&self, byte: usize) -> u32 {
        let before = self.breaks.partition_point(|start| *start <= byte);
        u32::try_from(before).unwrap_or(u32::MAX - 1) + 1
    }

    /// The line of a text's first character: TOML drops a line break right
    /// after the opening quotes of a text of several lines.
    fn line_of_text(&self, start: usize) -> u32 {
        let written = self.text.get(start..).unwrap_or_default();
        let opened = written.strip_prefix("'''").or_else(|| written.strip_prefix("\"\"\""));
        let broken = opened.is_some_and(|text| text.starts_with('\n') || text.starts_with("\r\n"));
        self.line(start) + u32::from(broken)
    }
}

impl<'a> Table<'a> {
    pub(crate) fn wrong(&self, detail: impl Into<String>) -> ConfigureError {
        self.document.wrong(self.line, detail)
    }

    fn take(&mut self, key: &str) -> Option<Placed<'a, Spanned<DeValue<'a>>>> {
        let (key, value) = self.entries.remove_entry(key)?;
        let line = self.document.line(key.span().start);
        Some(Placed { document: self.document, key: key.into_inner(), line, value })
    }

    /// A text; its line is that of its first character.
    pub(crate) fn text(&mut self, key: &str) -> Result<Option<Placed<'a, Cow<'a, str>>>> {
        self.take(key).map(Placed::text).transpose()
    }

    /// A text that must be there.
    pub(crate) fn required_text(&mut self, key: &str) -> Result<Placed<'a, Cow<'a, str>>> {
        self.text(key)?.ok_or_else(|| self.wrong(format!("{key}: is missing")))
    }

    /// `true` or `false`; false where it is not said.
    pub(crate) fn flag(&mut self, key: &str) -> Result<bool> {
        let Some(placed) = self.take(key) else { return Ok(false) };
        match placed.value.get_ref() {
            DeValue::Boolean(flag) => Ok(*flag),
            _ => Err(placed.wrong("expected true or false")),
        }
    }

    /// A whole number.
    pub(crate) fn number(&mut self, key: &str) -> Result<Option<Placed<'a, i64>>> {
        let Some(placed) = self.take(key) else { return Ok(None) };
        match placed.value.get_ref() {
            DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
                .map(|number| Some(placed.with(number)))
                .map_err(|_| placed.wrong("is too large")),
            _ => Err(placed.wrong("expected a whole number")),
        }
    }

    /// A table; an empty one where it is not there.
    pub(crate) fn table(&mut self, key: &str) -> Result<Table<'a>> {
        let document = self.document;
        match self.take(key) {
            Some(placed) => placed.table(),
            None => Ok(Table { document, entries: DeTable::new(), line: self.line }),
        }
    }

    /// The values of a list; none where it is not there.
    pub(crate) fn list(&mut self, key: &str) -> Result<Option<Values<'a>>> {
        let Some(placed) = self.take(key) else { return Ok(None) };
        let Placed { document, key, line, value } = placed;
        let DeValue::Array(array) = value.into_inner() else {
            return Err(document.wrong(line, format!("{key}: expected a list")));
        };
        let values = array.into_iter().map(|value| {
            let line = document.line(value.span().start);
            Placed { document, key: key.clone(), line, value }
        });
        let values = values.collect();
        Ok(Some(Placed { document, key, line, value: values }))
    }

    /// Whether a key is there.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    /// The keys that are left, with their values as texts.
    pub(crate) fn texts(&mut self) -> Result<Vec<Placed<'a, Cow<'a, str>>>> {
        let keys: Vec<String> = self.entries.keys().map(|key| key.get_ref().to_string()).collect();
        keys.iter().filter_map(|key| self.text(key).transpose()).collect()
    }

    /// Refuses keys that nobody took.
    pub(crate) fn finish(self, known: &str) -> Result<()> {
        match self.entries.keys().min_by_key(|key| key.span().start) {
            Some(key) => {
                let detail = format!("unknown key {:?}; known are {known}", key.get_ref());
                Err(self.document.wrong(self.document.line(key.span().start), detail))
            }
            None => Ok(()),
        }
    }
}

impl<'a, T> Placed<'a, T> {
    pub(crate) fn wrong(&self, detail: impl AsRef<str>) -> ConfigureError {
        self.document.wrong(self.line, format!("{}: {}", self.key, detail.as_ref()))
    }

    fn with<U>(&self, value: U) -> Placed<'a, U> {
        Placed { document: self.document, key: self.key.clone(), line: self.line, value }
    }
}

impl<'a> Placed<'a, Spanned<DeValue<'a>>> {
    pub(crate) fn text(self) -> Result<Placed<'a, Cow<'a, str>>> {
        let Placed { document, key, line, value } = self;
        let start = value.span().start;
        match value.into_inner() {
            DeValue::String(text) => {
                Ok(Placed { document, key, line: document.line_of_text(start), value: text })
            }
            _ => Err(document.wrong(line, format!("{key}: expected a text in quotes"))),
        }
    }

    pub(crate) fn table(self) -> Result<Table<'a>> {
        let Placed { document, key, line, value } = self;
        match value.into_inner() {
            DeValue::Table(entries) => Ok(Table { document, entries, line }),
            _ => Err(document.wrong(line, format!("{key}: expected a table"))),
        }
    }
}
