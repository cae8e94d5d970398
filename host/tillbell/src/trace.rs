//! What happens on the road of one transaction, for a developer who asks: what each plugin got
//! and gave, what it took, and what the guard saw ([`crate::Host::process_traced`]).
//!
//! Nothing is copied for it, and nothing is made where nobody asks. What is shown holds what
//! the transaction holds: it is for test data, and for no log.

use std::time::Duration;

use tillbell_transaction::Party;

use crate::bindings::{routing, types};
use crate::guard::{Accounted, Finding};
use crate::{Error, Role, Witness};

/// Who looks on at a decision.
#[derive(Default)]
pub(crate) struct Onlookers<'t> {
    pub(crate) tracer: Option<Tracer<'t>>,
    pub(crate) witness: Option<&'t mut Witness>,
}

/// Who is told of each step.
pub type Tracer<'a> = &'a mut dyn FnMut(Traced<'_>);

/// One step of the road.
#[expect(clippy::large_enum_variant, reason = "shown for a moment, and never kept")]
pub enum Traced<'a> {
    /// A plugin was called.
    Call(Call<'a>),
    /// A plugin's text was guarded.
    Text(GuardedText<'a>),
}

/// A call of a plugin.
pub struct Call<'a> {
    /// The plugin.
    pub role: Role,
    /// What it got.
    pub given: Given<'a>,
    /// What it gave, or how it failed.
    pub gave: std::result::Result<Gave<'a>, &'a Error>,
    /// What the call took.
    pub spent: Spent,
}

/// What a plugin got.
pub enum Given<'a> {
    /// The router: the facts and the clock.
    Facts(types::Facts<'a>, types::Time),
    /// The masker: whose views are asked for, and what they are made of.
    Sensitive(&'a [Party], types::Sensitive<'a>),
    /// The renderer: the template, the locale and the view.
    View(&'a str, &'a str, &'a types::ViewResult),
}

/// What a plugin gave.
pub enum Gave<'a> {
    /// The router's decision.
    Decision(&'a routing::Decision),
    /// The masker's views, in the order of the parties; none for one that failed.
    Views(Vec<Option<&'a types::ViewResult>>),
    /// The renderer's text.
    Text(&'a str),
}

/// What one call took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spent {
    /// Wall time, instantiation included.
    pub time: Duration,
    /// Wasmtime's fuel; none unless [`crate::Limits::fuel`] is set.
    pub fuel: Option<u64>,
    /// The largest linear memory that the plugin had, in bytes.
    pub memory_bytes: usize,
}

/// A text before the guard let it pass or kept it back.
pub struct GuardedText<'a> {
    /// Who would read it.
    pub party: Party,
    /// Its language, a BCP 47 tag.
    pub locale: &'a str,
    /// The text.
    pub text: &'a str,
    /// What the guard found; empty where it may leave.
    pub findings: &'a [Finding],
    /// What accounts for each of its numbers.
    pub accounted: &'a [Accounted],
}
