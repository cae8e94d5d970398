//! What each plugin of a road got and gave, as fields with names: those of the interface.

mod records;

use std::time::Duration;

use tillbell::Role;
use tillbell::guard::{Accounted, Finding};
use tillbell::trace::{Call, Gave, Given, GuardedText, Spent, Traced};
use tillbell_transaction::{Party, Timestamp, Transaction};

/// What became visible of one decision.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// The calls, in order.
    pub calls: Vec<SeenCall>,
    /// The texts as the guard saw them; without fields those alone that it kept back.
    pub texts: Vec<SeenText>,
    /// What the router was asked about, as it was shown, and the clock; with fields alone.
    pub asked: Vec<(Transaction, Timestamp)>,
}

/// A call of a plugin.
#[derive(Debug, Clone)]
pub struct SeenCall {
    /// The plugin.
    pub role: Role,
    /// Whose view or text it is about; none for the router.
    pub party: Option<Party>,
    /// What it got; empty unless fields were asked for.
    pub given: Vec<Field>,
    /// What it gave, or how it failed.
    pub gave: Result<Vec<Field>, String>,
    /// What the call took; of one that makes several views, all of it.
    pub spent: Spent,
}

/// A text, and what the guard says of it.
#[derive(Debug, Clone)]
pub struct SeenText {
    /// Who would read it.
    pub party: Party,
    /// Its language, a BCP 47 tag.
    pub locale: String,
    /// The text, in full.
    pub text: String,
    /// What the guard found; empty where it may leave.
    pub findings: Vec<Finding>,
    /// What accounts for each of its numbers.
    pub accounted: Vec<Accounted>,
}

/// One value of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its path in the interface's names, such as `event.amount`.
    pub path: String,
    /// The value as text, in full.
    pub value: String,
    /// Whether it is somebody's own: shown masked unless asked for.
    pub is_personal: bool,
}

/// How much is kept of a road.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Calls without their fields, and texts that were kept back.
    Calls,
    /// All.
    Fields,
}

impl Seen {
    /// Keeps a step.
    pub(crate) fn note(&mut self, step: Traced<'_>, detail: Detail) {
        match step {
            Traced::Call(call) => self.calls.extend(seen_calls(&call, detail)),
            // One that may leave stands in the outcome.
            Traced::Text(text) if detail == Detail::Calls && text.findings.is_empty() => {}
            Traced::Text(GuardedText { party, locale, text, findings, accounted }) => {
                self.texts.push(SeenText {
                    party,
                    locale: locale.to_owned(),
                    text: text.to_owned(),
                    findings: findings.to_vec(),
                    accounted: accounted.to_vec(),
                });
            }
        }
    }

    /// Calls that a platform would have ended, which gives each so many milliseconds.
    pub fn ended(&self, deadline_ms: u32) -> impl Iterator<Item = &SeenCall> {
        self.calls.iter().filter(move |call| call.is_over(deadline_ms))
    }

    /// Texts that the guard kept back.
    pub fn blocked(&self) -> impl Iterator<Item = &SeenText> {
        self.texts.iter().filter(|text| !text.findings.is_empty())
    }
}

impl SeenCall {
    /// Whether it took longer than so many milliseconds.
    pub fn is_over(&self, deadline_ms: u32) -> bool {
        self.spent.time > Duration::from_millis(deadline_ms.into())
    }
}

/// One for each party of a call that makes several views.
fn seen_calls(call: &Call<'_>, detail: Detail) -> Vec<SeenCall> {
    let with_fields = detail == Detail::Fields;
    let seen = |party, given: Option<Vec<Field>>, gave| SeenCall {
        role: call.role,
        party,
        given: given.unwrap_or_default(),
        gave,
        spent: call.spent,
    };
    let gave = |party: usize| match &call.gave {
        Err(error) => Err(error.to_string()),
        Ok(Gave::Views(views)) => match views.get(party).copied().flatten() {
            Some(view) => Ok(if with_fields { records::view(view) } else { Vec::new() }),
            None => Err("no view of this party".to_owned()),
        },
        Ok(_) if !with_fields => Ok(Vec::new()),
        Ok(Gave::Decision(decision)) => Ok(records::decision(decision)),
        Ok(Gave::Text(text)) => Ok(vec![Field::new("text", text)]),
    };
    match &call.given {
        Given::Facts(facts, now) => {
            vec![seen(None, with_fields.then(|| records::facts(facts, *now)), gave(0))]
        }
        Given::Sensitive(parties, sensitive) => {
            let given = || with_fields.then(|| records::sensitive(sensitive));
            let parties = parties.iter().enumerate();
            parties.map(|(at, party)| seen(Some(*party), given(), gave(at))).collect()
        }
        Given::View(template, locale, view) => {
            let given = with_fields.then(|| records::wanted(template, locale, view));
            vec![seen(Party::parse(&view.role).ok(), given, gave(0))]
        }
    }
}

impl Field {
    fn new(path: &str, value: impl ToString) -> Self {
        Self { path: path.to_owned(), value: value.to_string(), is_personal: false }
    }

    fn personal(path: &str, value: impl ToString) -> Self {
        Self { is_personal: true, ..Self::new(path, value) }
    }

    /// The value as it may be shown: of a personal one the first and the last character.
    pub fn shown(&self, in_full: bool) -> String {
        if in_full || !self.is_personal {
            return self.value.clone();
        }
        let count = self.value.chars().count();
        let is_edge = |at: usize| count > 3 && (at == 0 || at + 1 == count);
        let own = self.value.chars().enumerate();
        own.map(|(at, character)| match is_edge(at) || !character.is_alphanumeric() {
            true => character,
            false => '*',
        })
        .collect()
    }
}

impl SeenText {
    /// The text with each place that was found in `«»`; what is somebody's secret is `*` there.
    pub fn marked(&self) -> String {
        let mut marked = String::with_capacity(self.text.len() + 16);
        let is_whole = |finding: &&Finding| finding.start == 0 && finding.end >= self.text.len();
        let places: Vec<_> = self.findings.iter().filter(|own| !is_whole(own)).collect();
        let is_secret = |at: usize| {
            let mut secrets = self.findings.iter().filter(|finding| finding.rule.is_secret());
            secrets.any(|finding| (finding.start..finding.end).contains(&at))
        };
        for (at, character) in self.text.char_indices() {
            let ends = places.iter().filter(|finding| finding.end == at && finding.start < at);
            ends.for_each(|_| marked.push('»'));
            places.iter().filter(|finding| finding.start == at).for_each(|_| marked.push('«'));
            let is_hidden = is_secret(at) && character.is_alphanumeric();
            marked.push(if is_hidden { '*' } else { character });
        }
        let ends = places.iter().filter(|finding| finding.end >= self.text.len());
        ends.for_each(|_| marked.push('»'));
        marked
    }

    /// What was found, each rule and reason once.
    pub fn reasons(&self) -> String {
        let mut reasons: Vec<String> = Vec::new();
        for finding in &self.findings {
            let reason = format!("{}: {}", finding.rule, finding.reason);
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
        reasons.join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tillbell::guard::Rule;

    fn text(text: &str, findings: &[(Rule, &str)]) -> SeenText {
        let finding = |(rule, part): &(Rule, &str)| {
            let start = text.find(part).unwrap();
            Finding { rule: *rule, start, end: start + part.len(), reason: "why" }
        };
        SeenText {
            party: Party::Cardholder,
            locale: "en".into(),
            text: text.into(),
            findings: findings.iter().map(finding).collect(),
            accounted: Vec::new(),
        }
    }

    #[test]
    fn the_place_of_a_finding_is_marked_and_a_secret_is_not_repeated() {
        let amount = text("消费999.00元", &[(Rule::Amount, "999.00")]);
        assert_eq!(amount.marked(), "消费«999.00»元");
        assert_eq!(amount.reasons(), "amount: why");
        let pan = text("card 4242 4242 4242 4242", &[(Rule::Pan, "4242 4242 4242 4242")]);
        assert_eq!(pan.marked(), "card «**** **** **** ****»");
        let whole = text("abc", &[(Rule::Signature, "abc")]);
        assert_eq!(whole.marked(), "abc");
    }

    #[test]
    fn a_personal_value_is_shown_by_its_edges() {
        let field = Field::personal("cardholder.phone", "+86 13800138000");
        assert_eq!(field.shown(false), "+** **********0");
        assert_eq!(field.shown(true), "+86 13800138000");
        assert_eq!(Field::personal("cardholder.name", "王小明").shown(false), "***");
        assert_eq!(Field::new("event.kind", "purchase").shown(false), "purchase");
    }
}
