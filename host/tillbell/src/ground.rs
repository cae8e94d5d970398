//! Why a transaction was decided as it was.

use tillbell_transaction::case::{Excuse, Nothing};

/// Why a transaction was decided as it was: the rule that decided, and its reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ground {
    /// A rule of the bank's.
    Bank {
        /// Its name, 1 to 64 bytes, which does not begin with `host:`.
        rule: String,
        /// Why, as a code such as `below-threshold`.
        reason: String,
    },
    /// A rule of the bank's named messages, and the guard blocked each of them.
    Blocked {
        /// Its name.
        rule: String,
    },
    /// The host, where no rule of a bank's may decide, or could.
    Host(HostGround),
}

/// Why the host decided. A closed list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostGround {
    /// No bundle speaks for the card.
    NoBundle,
    /// The bundle rests after failures in a row: its declared default.
    BundleTripped,
    /// The router failed: its bundle's declared default.
    RouteFailed,
    /// It was seen before.
    Repeat,
    /// A reversal waits for its original, which was not seen.
    OriginalAwaited,
    /// A change waits for the decision about its original.
    OriginalDeferred,
    /// It changes nothing.
    Nothing(Nothing),
    /// What it corrects was not told.
    OriginalNotTold,
    /// Each of its messages had expired before it could be handed over.
    Expired,
    /// The bank put it off beyond the bounds.
    DeferredTooOften,
    /// Too many transactions wait for their decision.
    TooManyDeferred,
    /// What is stored of it cannot be read.
    Unreadable,
}

impl HostGround {
    /// All of them.
    const ALL: [Self; 14] = [
        Self::NoBundle,
        Self::BundleTripped,
        Self::RouteFailed,
        Self::Repeat,
        Self::OriginalAwaited,
        Self::OriginalDeferred,
        Self::Nothing(Nothing::Declined),
        Self::Nothing(Nothing::AlreadyReversed),
        Self::Nothing(Nothing::Unchanged),
        Self::OriginalNotTold,
        Self::Expired,
        Self::DeferredTooOften,
        Self::TooManyDeferred,
        Self::Unreadable,
    ];

    /// The name in reports, which begins with `host:`.
    pub fn rule(self) -> &'static str {
        match self {
            Self::NoBundle => "host:select",
            Self::BundleTripped | Self::RouteFailed => "host:on-failure",
            Self::DeferredTooOften | Self::TooManyDeferred => "host:deferral",
            _ => "host:case",
        }
    }

    /// The code in reports.
    pub fn reason(self) -> &'static str {
        match self {
            Self::NoBundle => "no-bundle",
            Self::BundleTripped => "bundle-tripped",
            Self::RouteFailed => "route-failed",
            Self::Repeat => "repeat",
            Self::OriginalAwaited => "original-awaited",
            Self::OriginalDeferred => "original-deferred",
            Self::Nothing(nothing) => nothing.as_str(),
            Self::OriginalNotTold => "original-not-told",
            Self::Expired => Excuse::Expired.as_str(),
            Self::DeferredTooOften => "deferred-too-often",
            Self::TooManyDeferred => "too-many-deferred",
            Self::Unreadable => "unreadable-event",
        }
    }
}

impl Ground {
    /// The rule that decided: one of the bank's, or one of the host's, whose names
    /// begin with `host:`.
    pub fn rule(&self) -> &str {
        match self {
            Self::Bank { rule, .. } | Self::Blocked { rule } => rule,
            Self::Host(ground) => ground.rule(),
        }
    }

    /// Why, as a code such as `below-threshold`.
    pub fn reason(&self) -> &str {
        match self {
            Self::Bank { reason, .. } => reason,
            Self::Blocked { .. } => "blocked-by-guard",
            Self::Host(ground) => ground.reason(),
        }
    }

    /// What a store kept of one; none for a ground that no host of today gives.
    pub fn read(rule: &str, reason: &str) -> Option<Self> {
        if rule.starts_with("host:") {
            let is_it = |known: &HostGround| (known.rule(), known.reason()) == (rule, reason);
            return HostGround::ALL.into_iter().find(is_it).map(Self::Host);
        }
        Some(match reason {
            "blocked-by-guard" => Self::Blocked { rule: rule.into() },
            _ => Self::Bank { rule: rule.into(), reason: reason.into() },
        })
    }

    /// Why a party that none of the messages is for is not told.
    pub fn excuse(&self) -> Excuse {
        match self {
            Self::Blocked { .. } => Excuse::Blocked,
            Self::Host(HostGround::NoBundle) => Excuse::NoBundle,
            Self::Host(HostGround::BundleTripped | HostGround::RouteFailed) => Excuse::PluginFailed,
            Self::Host(HostGround::DeferredTooOften | HostGround::TooManyDeferred) => {
                Excuse::DeferredTooOften
            }
            Self::Host(HostGround::Expired) => Excuse::Expired,
            Self::Bank { .. } | Self::Host(_) => Excuse::NotNamed,
        }
    }
}

impl From<HostGround> for Ground {
    fn from(ground: HostGround) -> Self {
        Self::Host(ground)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_of_a_ground_is_read_again() {
        let of_host = HostGround::ALL.into_iter().map(Ground::Host);
        let bank = Ground::Bank { rule: "debits".into(), reason: "above-threshold".into() };
        let blocked = Ground::Blocked { rule: "debits".into() };
        for ground in of_host.chain([bank, blocked]) {
            assert_eq!(Ground::read(ground.rule(), ground.reason()), Some(ground.clone()));
            assert_eq!(matches!(ground, Ground::Host(_)), ground.rule().starts_with("host:"));
        }
        assert_eq!(Ground::read("host:correlation", "original-not-seen"), None);
    }

    /// A bank may use the host's codes as its own reasons: they excuse nothing.
    #[test]
    fn a_banks_reason_is_no_ground_of_the_hosts() {
        let ground = Ground::read("quiet", "no-bundle").unwrap();
        assert_eq!(ground.excuse(), Excuse::NotNamed);
    }
}
