//! What a condition may name: the facts with their types, and the values that
//! some of them are limited to.

use crate::interface::tillbell::plugin::types::Party;
use crate::thresholds;

/// The type of an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    Truth,
    Number,
    Text,
    Texts,
    Numbers,
}

impl Type {
    /// CEL's word for it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Truth => "bool",
            Self::Number => "int",
            Self::Text => "string",
            Self::Texts => "list of strings",
            Self::Numbers => "list of ints",
        }
    }
}

/// The kinds of transaction, as the interface lists them.
pub(crate) const KINDS: [&str; 14] = [
    "purchase",
    "purchase-with-cashback",
    "cash-withdrawal",
    "refund",
    "void",
    "pre-authorisation",
    "completion",
    "deposit",
    "payment",
    "transfer",
    "reversal",
    "inquiry",
    "adjustment",
    "verification",
];

/// The kinds that take money from the cardholder: thresholds are for these. An
/// adjustment is none of them: what it changed may be of any size.
const DEBITS: [&str; 7] = [
    "purchase",
    "purchase-with-cashback",
    "cash-withdrawal",
    "pre-authorisation",
    "completion",
    "payment",
    "transfer",
];

const APPROVALS: [&str; 3] = ["approved", "partially-approved", "declined"];

const ENTRY_MODES: [&str; 7] =
    ["chip", "contactless", "magstripe", "manual", "qr", "ecommerce", "unknown"];

/// Every fact that a condition may name. `cardholder.` and `merchant.` names
/// are the same but for the party.
pub(crate) const FACTS: [(&str, Type); 32] = [
    ("kind", Type::Text),
    ("original_kind", Type::Text),
    ("approval", Type::Text),
    ("amount", Type::Number),
    ("original_amount", Type::Number),
    ("age_minutes", Type::Number),
    ("currency", Type::Text),
    ("exponent", Type::Number),
    ("bin", Type::Text),
    ("brand", Type::Text),
    ("card_token", Type::Text),
    ("category", Type::Text),
    ("country", Type::Text),
    ("entry_mode", Type::Text),
    ("merchant_id", Type::Text),
    ("terminal_id", Type::Text),
    ("time.year", Type::Number),
    ("time.month", Type::Number),
    ("time.day", Type::Number),
    ("time.weekday", Type::Number),
    ("time.hour", Type::Number),
    ("time.minute", Type::Number),
    ("cardholder.locale", Type::Text),
    ("cardholder.channels", Type::Texts),
    ("cardholder.threshold", Type::Number),
    ("cardholder.below_threshold", Type::Truth),
    ("cardholder.quiet", Type::Truth),
    ("merchant.locale", Type::Text),
    ("merchant.channels", Type::Texts),
    ("merchant.threshold", Type::Number),
    ("merchant.below_threshold", Type::Truth),
    ("merchant.quiet", Type::Truth),
];

/// The type of a fact, if there is one of this name.
pub(crate) fn fact(name: &str) -> Option<Type> {
    FACTS.iter().find(|(fact, _)| *fact == name).map(|(_, of)| *of)
}

/// Whether a name begins the name of a fact, as `time` does.
pub(crate) fn begins_fact(name: &str) -> bool {
    FACTS.iter().any(|(fact, _)| fact.split('.').next() == Some(name))
}

/// The values a fact is limited to, if it is: anything else is a slip of the
/// pen. A rule for a kind that later hosts add needs a later router.
pub(crate) fn values(fact: &str) -> Option<&'static [&'static str]> {
    match fact {
        "kind" | "original_kind" => Some(&KINDS),
        "approval" => Some(&APPROVALS),
        "entry_mode" => Some(&ENTRY_MODES),
        _ => None,
    }
}

/// Why a fact never is this text; none where it may be.
pub(crate) fn never(fact: &str, text: &str) -> Option<String> {
    if let Some(values) = values(fact) {
        return (!values.contains(&text)).then(|| format!("it is one of {}", values.join(", ")));
    }
    let digits = |most: usize| text.len() <= most && text.bytes().all(|b| b.is_ascii_digit());
    let (fits, expected) = match fact {
        "country" => (
            text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase()),
            "it is two capitals of ISO 3166, such as CN",
        ),
        "currency" => {
            (thresholds::is_currency(text), "it is three capitals of ISO 4217, such as CNY")
        }
        "category" => (text.len() == 4 && digits(4), "it is four digits, such as 5411"),
        "bin" => (digits(8), "it is up to eight digits"),
        _ => return None,
    };
    (!fits).then(|| expected.to_owned())
}

/// Whether a fact is "" where nothing is known of it.
pub(crate) fn may_be_absent(fact: &str) -> bool {
    matches!(fact, "original_kind" | "country" | "category" | "bin")
}

/// The least and the greatest number that a fact can be compared with to any effect.
pub(crate) fn range(fact: &str) -> Option<(i64, i64)> {
    match fact {
        "time.month" => Some((1, 12)),
        "time.day" => Some((1, 31)),
        "time.weekday" => Some((1, 7)),
        // `< 24` and `< 60` are what some write for all day and all hour.
        "time.hour" => Some((0, 24)),
        "time.minute" => Some((0, 60)),
        "exponent" => Some((0, 9)),
        _ => None,
    }
}

/// A party's name in rules.
pub(crate) fn party(party: Party) -> &'static str {
    match party {
        Party::Cardholder => "cardholder",
        Party::Merchant => "merchant",
    }
}

/// Whether transactions of this kind take money from the cardholder.
pub(crate) fn is_debit(kind: &str) -> bool {
    DEBITS.contains(&kind)
}

/// A set of kinds. One bit stands for all kinds not known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kinds(u16);

impl Kinds {
    pub(crate) const ALL: Self = Self(u16::MAX);
    const OTHER: u16 = 1 << KINDS.len();

    pub(crate) fn of(kind: &str) -> Self {
        Self(KINDS.iter().position(|known| *known == kind).map_or(Self::OTHER, |bit| 1 << bit))
    }

    pub(crate) fn listed(kinds: &[&str]) -> Self {
        kinds.iter().fold(Self(0), |all, kind| Self(all.0 | Self::of(kind).0))
    }

    pub(crate) fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether only kinds known here are in it.
    pub(crate) fn is_known(self) -> bool {
        self.0 & Self::OTHER == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_of_kinds() {
        let some = Kinds::listed(&["purchase", "refund"]);
        assert!(some.meets(Kinds::of("refund")) && !some.meets(Kinds::of("void")));
        assert!(some.is_known() && !Kinds::ALL.is_known());
        assert!(!some.meets(Kinds::of("instalment")) && Kinds::ALL.meets(Kinds::of("instalment")));
    }

    #[test]
    fn debits_are_kinds() {
        assert!(DEBITS.iter().all(|kind| KINDS.contains(kind)));
        assert!(!is_debit("refund") && !is_debit("reversal") && is_debit("purchase"));
        assert!(!is_debit("adjustment") && !is_debit("verification"));
    }
}
