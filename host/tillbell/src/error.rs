use std::error::Error as StdError;
use std::fmt;

/// What sort of thing went wrong. Matched on by embedders; the text of an
/// error is for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The bundle's manifest says something that is not allowed.
    Manifest,
    /// A file of the bundle is missing, too large, or outside its folder.
    File,
    /// A component has the wrong world, a foreign import, or is no component.
    Component,
    /// A plugin refused its configuration: a rule or a template is wrong.
    Configuration,
    /// Two bundles claim the same cards or the same name.
    Overlap,
    /// An artefact is cut short, or made for another version, target or engine.
    Artefact,
    /// An artefact is signed by a key that is not trusted (with this bundle),
    /// or does not match its signature.
    Untrusted,
    /// A release that is older than one that ran before.
    Downgrade,
    /// A plugin ran into its deadline, or used up its fuel.
    Deadline,
    /// A plugin asked for more memory or tables, or recursed deeper, or
    /// returned more than it may.
    Limit,
    /// A plugin trapped for another reason.
    Trap,
    /// A plugin answered with an error of its interface.
    Refused,
    /// A plugin answered with something that its interface rules out.
    InvalidResult,
    /// The guard found something in a text that must not leave.
    Guard,
    /// A bundle rests after its plugins broke time after time.
    Tripped,
    /// The host itself could not: the engine, the operating system, too many
    /// transactions at once.
    Host,
}

impl ErrorKind {
    /// Whether a plugin broke: by a limit, a trap, or a result that its
    /// interface rules out. (A refusal is an answer.)
    pub fn is_breakage(self) -> bool {
        matches!(self, Self::Deadline | Self::Limit | Self::Trap | Self::InvalidResult)
    }
}

/// An error of the host library: what sort, in which thing, and why.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    detail: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// The result of most functions of this crate.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error of this kind. The detail names the thing and the fact, in lower
    /// case, without a full stop and without any personal value.
    pub fn new(kind: ErrorKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), source: None }
    }

    /// The same error with the error that caused it.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What sort of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The same error, with what it is about in front: `bundle "harbour": …`.
    #[must_use]
    pub fn within(mut self, outer: impl fmt::Display) -> Self {
        self.detail = format!("{outer}: {}", self.detail);
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|source| source.as_ref() as &(dyn StdError + 'static))
    }
}
