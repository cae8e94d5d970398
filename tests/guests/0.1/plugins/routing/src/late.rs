//! Debits that are told late: with their date, or not at all.

use crate::facts::Scope;
use crate::interface::exports::tillbell::plugin::routing::{Decision, Outcome};

/// The reason of a debit that is told to nobody since it is too old.
const TOO_LATE: &str = "too-late";
/// The name of the rule by which that is decided.
const LATE: &str = "late";
/// What the name of a template ends in that gives the date.
const DATED: &str = "-dated";

/// What a bank says of debits that are decided late: `[late]`. Both count from the
/// transaction.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Late {
    /// Longer after it than this, templates are those that give the date.
    pub(crate) dated_after_seconds: Option<i64>,
    /// Longer after it than this, nobody is told.
    pub(crate) untold_after_seconds: Option<i64>,
}

impl Late {
    /// Whether a debit is too old to be told.
    pub(crate) fn is_untold(&self, decision: &Decision, scope: &Scope<'_>) -> bool {
        matches!(decision.outcome, Outcome::Notify(_))
            && scope.is_debit()
            && self.untold_after_seconds.is_some_and(|after| scope.age_seconds() > after)
    }

    /// The decision about one that is.
    pub(crate) fn untold() -> Decision {
        Decision { outcome: Outcome::Suppress, reason: TOO_LATE.into(), rule: LATE.into() }
    }

    /// Has a debit that is told late told with its date.
    pub(crate) fn date(&self, decision: &mut Decision, scope: &Scope<'_>) {
        let is_late = self.dated_after_seconds.is_some_and(|after| scope.age_seconds() > after);
        if let Outcome::Notify(deliveries) = &mut decision.outcome
            && is_late
            && scope.is_debit()
        {
            deliveries.iter_mut().for_each(|delivery| delivery.template.push_str(DATED));
        }
    }
}
