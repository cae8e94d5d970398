use std::fmt;

/// Why an event is not a transaction: the field, and what is wrong with it.
///
/// Neither part ever repeats a value of the event, so an error can be logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    field: String,
    detail: String,
}

/// The result of reading an event.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// Names the field (`amount.currency`, `DE4`; empty for the whole event)
    /// and what is wrong with it. Neither may contain a value of the event.
    pub fn new(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { field: field.into(), detail: detail.into() }
    }

    /// The field, such as `amount.currency` or `DE4`; empty where the event as
    /// a whole cannot be read.
    pub fn field(&self) -> &str {
        &self.field
    }

    /// What is wrong, in lower case and without a full stop.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The same error, one level further out: `currency` becomes
    /// `amount.currency`.
    pub fn within(mut self, outer: &str) -> Self {
        self.field =
            if self.field.is_empty() { outer.into() } else { format!("{outer}.{}", self.field) };
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.field.is_empty() {
            f.write_str(&self.detail)
        } else {
            write!(f, "{}: {}", self.field, self.detail)
        }
    }
}

impl std::error::Error for Error {}
