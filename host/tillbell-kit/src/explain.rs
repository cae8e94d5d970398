//! Why a bundle said what it said of one event: every rule with the parts of its condition,
//! what was masked how, which template of which fallback, what accounts for each number.

use std::fmt::Write;

use tillbell::{ConfiguredItem, Role, TextName};
use tillbell_bake::ExplainedRule;
use tillbell_transaction::Party;

use crate::Happened;
use crate::seen::{Field, SeenCall, SeenText};

/// An explanation.
#[derive(Debug, Clone)]
pub struct Explained {
    /// The rules in their order; none where the router does not say.
    pub rules: Option<Vec<ExplainedRule>>,
    /// Whether the bundle's router was asked at all.
    pub is_asked: bool,
    /// What each party may see.
    pub masked: Vec<Masked>,
    /// The texts.
    pub texts: Vec<Explanation>,
}

/// How one party's view was made.
#[derive(Debug, Clone)]
pub struct Masked {
    /// The party.
    pub party: Party,
    /// What the masker got, and what became of it.
    pub fields: Vec<(Field, Treated)>,
    /// What the view holds that was not given under this name.
    pub added: Vec<Field>,
}

/// What became of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Treated {
    /// It is shown as it is.
    Kept,
    /// It is shown in another form.
    Changed(Field),
    /// It is not shown.
    LeftOut,
}

/// Where a text came from, and what it says.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// Who reads it.
    pub party: Party,
    /// The template and the locale that the router asked for.
    pub asked: (String, String),
    /// What the renderer has for it: `purchase.cardholder.zh`, with file and line.
    pub template: Option<ConfiguredItem>,
    /// The text, what was found and what accounts for its numbers; none where the renderer
    /// failed, and why.
    pub text: Result<SeenText, String>,
}

/// Explains what happened, of which the world kept all fields ([`crate::seen::Detail::Fields`]).
/// `configured` is what the renderer says that it has.
pub fn explain(
    happened: &Happened,
    rules: Option<Vec<ExplainedRule>>,
    configured: &[ConfiguredItem],
) -> Explained {
    let seen = &happened.seen;
    let of = |role: Role| seen.calls.iter().filter(move |call| call.role == role);
    let mut texts = seen.texts.iter();
    let explanation = |call: &SeenCall| {
        let given = |path: &str| {
            let found = call.given.iter().find(|field| field.path == path);
            found.map(|field| field.value.clone()).unwrap_or_default()
        };
        let party = call.party.unwrap_or(Party::Cardholder);
        let asked = (given("template"), given("locale"));
        // A text that was made was guarded next.
        let text = match &call.gave {
            Ok(_) => texts.next().cloned().ok_or_else(|| "it was not guarded".to_owned()),
            Err(failure) => Err(failure.clone()),
        };
        let template = fallback(configured, &asked.0, party, &asked.1).cloned();
        Explanation { party, asked, template, text }
    };
    let texts = of(Role::Renderer).map(explanation).collect();
    let is_asked = of(Role::Router).next().is_some();
    Explained { rules, is_asked, masked: of(Role::Masker).filter_map(masked).collect(), texts }
}

/// What a renderer has for a template: in this locale, else in its language.
fn fallback<'a>(
    configured: &'a [ConfiguredItem],
    template: &str,
    party: Party,
    locale: &str,
) -> Option<&'a ConfiguredItem> {
    let serves = |item: &ConfiguredItem| {
        let is_it = |name: &TextName| (name.template.as_str(), name.party) == (template, party);
        TextName::of(item).filter(is_it).map_or(0, |name| name.serves(locale))
    };
    configured.iter().filter(|item| serves(item) > 0).max_by_key(|item| serves(item))
}

fn masked(call: &SeenCall) -> Option<Masked> {
    let view = call.gave.as_ref().ok()?;
    let name = |given: &str| match given {
        "merchant.merchant-id" => "merchant-id".to_owned(),
        "merchant.terminal-id" => "terminal-id".to_owned(),
        given => match given.split_once('.') {
            Some((party @ ("cardholder" | "merchant"), field)) => format!("{party}-{field}"),
            _ => given.to_owned(),
        },
    };
    let treated = |field: &Field| {
        let shown = view.iter().find(|shown| shown.path == name(&field.path));
        let treated = match shown {
            None => Treated::LeftOut,
            Some(shown) if shown.value == field.value => Treated::Kept,
            Some(shown) => Treated::Changed(shown.clone()),
        };
        (field.clone(), treated)
    };
    let is_new = |shown: &&Field| {
        shown.path != "role" && !call.given.iter().any(|field| name(&field.path) == shown.path)
    };
    Some(Masked {
        party: call.party?,
        fields: call.given.iter().map(treated).collect(),
        added: view.iter().filter(is_new).cloned().collect(),
    })
}

impl Explained {
    /// This as lines of text; what is somebody's own is masked unless it is asked for.
    pub fn block(&self, in_full: bool) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = self.write(&mut text, in_full);
        text
    }

    fn write(&self, text: &mut String, in_full: bool) -> std::fmt::Result {
        match &self.rules {
            None if self.is_asked => {
                writeln!(text, "rules: this router does not say why it decides")?;
            }
            None => writeln!(text, "rules: the host decided by itself, no rule was asked")?,
            Some(rules) => {
                writeln!(text, "rules")?;
                rules.iter().try_for_each(|rule| write_rule(text, rule))?;
            }
        }
        for Masked { party, fields, added } in &self.masked {
            writeln!(text, "\nmasked for the {party}")?;
            for (field, treated) in fields {
                let value = field.shown(in_full);
                let became = match treated {
                    Treated::Kept => "is shown".to_owned(),
                    Treated::LeftOut => "is left out".to_owned(),
                    Treated::Changed(shown) => format!("is shown as {}", shown.shown(in_full)),
                };
                writeln!(text, "  {:<24} {value}: {became}", field.path)?;
            }
            for field in added {
                writeln!(text, "  {:<24} {}: is added", field.path, field.shown(in_full))?;
            }
        }
        for explanation in &self.texts {
            writeln!(text)?;
            explanation.write(text)?;
        }
        Ok(())
    }
}

fn write_rule(text: &mut String, rule: &ExplainedRule) -> std::fmt::Result {
    let ExplainedRule { name, file, line, effect, parts, left_out } = rule;
    writeln!(text, "  {name} ({file}:{line}): {}", effect.as_str())?;
    for part in parts {
        let mark = match &part.holds {
            Ok(true) => "yes",
            Ok(false) => "no",
            Err(_) => "?",
        };
        let indent = usize::from(part.depth) * 2;
        write!(text, "    {:indent$}{mark:<4}{}", "", part.condition)?;
        let facts: Vec<_> =
            part.facts.iter().map(|(name, value)| format!("{name} is {value}")).collect();
        if !facts.is_empty() {
            write!(text, "    [{}]", facts.join(", "))?;
        }
        if let Err(why) = &part.holds {
            write!(text, "    {why}")?;
        }
        writeln!(text)?;
    }
    left_out.iter().try_for_each(|left_out| writeln!(text, "    not told: {left_out}"))
}

impl Explanation {
    fn write(&self, text: &mut String) -> std::fmt::Result {
        let (template, locale) = &self.asked;
        let from = match &self.template {
            None => "the renderer does not say from where".to_owned(),
            Some(item) => {
                let is_exact = TextName::of(item).is_some_and(|name| name.serves(locale) == 2);
                let fallback = if is_exact { "" } else { ", its language" };
                format!("{}:{}{fallback}", item.file, item.line)
            }
        };
        writeln!(text, "text for the {}: {template} in {locale}, {from}", self.party)?;
        let seen = match &self.text {
            Ok(seen) => seen,
            Err(why) => return writeln!(text, "  failed: {why}"),
        };
        if !seen.findings.is_empty() {
            writeln!(text, "  kept back: {}", seen.reasons())?;
        }
        for line in seen.marked().lines() {
            writeln!(text, "  {line}")?;
        }
        for accounted in &seen.accounted {
            let part = seen.text.get(accounted.start..accounted.end).unwrap_or_default();
            writeln!(text, "    {part:<24} {}", accounted.by.as_str())?;
        }
        Ok(())
    }
}
