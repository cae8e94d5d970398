//! Why the rules decide as they do: each rule with the parts of its condition and what they
//! come to. For a developer; no decision is made by it.

use crate::bare;
use crate::condition::Language;
use crate::document::Document;
use crate::facts::{Scope, Seen};
use crate::interface::exports::tillbell::explain::explaining::{Effect, Fact, Part, Rule, Truth};
use crate::interface::tillbell::plugin::types::{ConfigurationFile, ConfigureError, Facts, Time};
use crate::rules::{Rules, Verdict};
use crate::vocabulary;

/// How deep parts of parts are told apart.
const DEPTH_MAX: u8 = 8;

/// Explains the rules of these files over a transaction's facts.
///
/// # Errors
/// As [`Rules::read`].
pub fn explain(
    files: &[ConfigurationFile],
    facts: &Facts,
    now: Time,
) -> Result<Vec<Rule>, ConfigureError> {
    let (rules, mut configured) = Rules::read(files)?;
    configured.retain(|item| item.sort == "rule");
    let conditions = conditions(files)?;
    let scope = rules.scope(facts, now);
    let verdicts = rules.verdicts(&scope);
    let mut explained = Vec::with_capacity(verdicts.len());
    let mut is_decided = false;
    for (index, verdict) in verdicts.into_iter().enumerate() {
        let Some(item) = configured.get(index) else { break };
        let mut parts = Vec::new();
        if let Some(condition) = conditions.get(index) {
            part(condition, 0, rules.language(), &scope, &mut parts);
            if let (Some(whole), Verdict::Failed(detail)) = (parts.first_mut(), &verdict) {
                whole.truth = Truth::CannotBeTold(detail.clone());
            }
        }
        let effect = match verdict {
            _ if is_decided => Effect::NotReached,
            Verdict::Decides | Verdict::Failed(_) => Effect::Decides,
            Verdict::NothingToDo => Effect::NothingToDo,
            Verdict::PassedOver => Effect::PassedOver,
        };
        is_decided |= effect == Effect::Decides;
        let (name, file) = (item.name.clone(), item.file.clone());
        let left_out = match effect {
            Effect::Decides => rules.left_out(index, &scope),
            _ => Vec::new(),
        };
        explained.push(Rule { name, file, line: item.line, effect, parts, left_out });
    }
    Ok(explained)
}

/// The conditions as they are written, in the order of the rules.
fn conditions(files: &[ConfigurationFile]) -> Result<Vec<String>, ConfigureError> {
    let file = files.iter().find(|file| file.path.ends_with(".toml"));
    let text = file.and_then(|file| std::str::from_utf8(&file.contents).ok()).unwrap_or_default();
    let document = Document::new(file.map_or("", |file| &file.path), text);
    let mut conditions = Vec::new();
    if let Some(tables) = document.root()?.list("rule")? {
        for table in tables.value {
            conditions.push(table.table()?.required_text("when")?.value.into_owned());
        }
    }
    Ok(conditions)
}

/// Adds a condition and its parts.
fn part(source: &str, depth: u8, language: &Language, scope: &Scope<'_>, parts: &mut Vec<Part>) {
    let truth = match language.holds(source, scope) {
        Ok(true) => Truth::Holds,
        Ok(false) => Truth::Fails,
        Err(detail) => Truth::CannotBeTold(detail),
    };
    let within = if depth < DEPTH_MAX { split(source) } else { Vec::new() };
    let facts = if within.is_empty() { facts(source, scope) } else { Vec::new() };
    let condition = source.split_whitespace().collect::<Vec<_>>().join(" ");
    parts.push(Part { depth, condition, truth, facts });
    for own in within {
        part(own, depth + 1, language, scope, parts);
    }
}

/// The parts that `||`, else `&&`, else `!` makes a condition of; none of one that has none.
fn split(source: &str) -> Vec<&str> {
    let source = unwrapped(source.trim());
    let places = outside(source);
    let at = |index: usize| source.as_bytes().get(index).copied();
    // `a ? b : c` binds less than all others.
    if places.iter().any(|place| at(*place) == Some(b'?')) {
        return Vec::new();
    }
    for operator in *b"|&" {
        let is_operator =
            |place: &&usize| at(**place) == Some(operator) && at(**place + 1) == Some(operator);
        let ends: Vec<_> = places.iter().filter(is_operator).copied().collect();
        if !ends.is_empty() {
            let mut parts = Vec::with_capacity(ends.len() + 1);
            let mut from = 0;
            for end in ends {
                // The second sign of an operator is no beginning of another.
                if end >= from {
                    parts.push(source[from..end].trim());
                    from = end + 2;
                }
            }
            parts.push(source[from..].trim());
            return parts;
        }
    }
    match source.strip_prefix('!') {
        Some(rest) if !rest.starts_with('=') => vec![rest.trim()],
        _ => Vec::new(),
    }
}

/// A condition without parentheses around the whole of it.
fn unwrapped(mut source: &str) -> &str {
    while source.starts_with('(') && source.ends_with(')') {
        let inner = &source[1..source.len() - 1];
        // `(a) && (b)` begins and ends with them, too.
        let mut depth = 0i32;
        let is_one = bare::bytes(inner).all(|(_, sign)| {
            depth += i32::from(sign == b'(') - i32::from(sign == b')');
            depth >= 0
        });
        if !is_one {
            break;
        }
        source = inner.trim();
    }
    source
}

/// The bytes that stand in no parentheses, brackets or text.
fn outside(source: &str) -> Vec<usize> {
    let mut depth = 0i32;
    let mut places = Vec::new();
    for (at, sign) in bare::bytes(source) {
        match sign {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth -= 1,
            _ if depth == 0 => places.push(at),
            _ => {}
        }
    }
    places
}

/// The facts that a condition names, each once.
fn facts(source: &str, scope: &Scope<'_>) -> Vec<Fact> {
    let mut facts: Vec<Fact> = Vec::new();
    for word in bare::names(source) {
        // `bin.startsWith` names `bin`.
        let name = match vocabulary::fact(word) {
            Some(_) => word,
            None => word.split('.').next().unwrap_or_default(),
        };
        let is_new = vocabulary::fact(name).is_some() && facts.iter().all(|own| own.name != name);
        let value = scope.see(name).filter(|_| is_new);
        facts.extend(value.map(|value| Fact { name: name.to_owned(), value: shown(value) }));
    }
    facts
}

fn shown(value: Seen<'_>) -> String {
    match value {
        Seen::Text(text) => format!("{text:?}"),
        Seen::Made(text) => format!("{text:?}"),
        Seen::Number(number) => number.to_string(),
        Seen::Truth(truth) => truth.to_string(),
        Seen::Texts(texts) => format!("{texts:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn a_condition_falls_apart_where_its_operators_stand() {
        for (source, parts) in [
            ("kind == \"a\"", &[][..]),
            ("a && b", &["a", "b"]),
            ("(a && b) || !c", &["(a && b)", "!c"]),
            ("((a && b))", &["a", "b"]),
            ("(a) && (b)", &["(a)", "(b)"]),
            ("x == \"a && b\" && c", &["x == \"a && b\"", "c"]),
            ("x == 'it\\'s || b'", &[]),
            ("![1, 2].exists(n, n == 1 || n == 2)", &["[1, 2].exists(n, n == 1 || n == 2)"]),
            ("a ? b && c : d", &[]),
            ("a != b", &[]),
            ("", &[]),
        ] {
            assert_eq!(split(source), parts, "{source}");
        }
    }

    #[test]
    fn each_rule_is_told_with_its_parts_and_their_values() {
        let rules = r#"
            [bank]
            locales = ["en"]
            [[rule]]
            name = "far"
            when = '''kind == "purchase" &&
              (currency == "USD" && amount >= money("USD 10.00") || country == "KW")'''
            suppress = "far"
            [[rule]]
            name = "all"
            when = 'kind == "purchase"'
            suppress = "all"
            [[rule]]
            name = "later"
            when = 'bin.startsWith("6")'
            suppress = "later"
            [default]
            suppress = "none"
        "#;
        let file = ConfigurationFile { path: "rules.toml".into(), contents: rules.into() };
        let facts = samples::facts().find(|facts| facts.event.kind == "purchase").unwrap();
        let explained = explain(&[file], &facts, samples::NOW).unwrap();
        let effects: Vec<_> =
            explained.iter().map(|rule| (rule.name.as_str(), rule.effect)).collect();
        assert_eq!(
            effects,
            [
                ("far", Effect::PassedOver),
                ("all", Effect::Decides),
                ("later", Effect::NotReached),
                ("default", Effect::NotReached)
            ]
        );
        let far: Vec<_> = explained[0]
            .parts
            .iter()
            .map(|part| (part.depth, part.condition.as_str(), matches!(part.truth, Truth::Holds)))
            .collect();
        assert_eq!(far[1], (1, "kind == \"purchase\"", true));
        assert_eq!(far[2].0, 1);
        assert_eq!(far[4].1, "currency == \"USD\"");
        assert!(explained[3].parts.is_empty());
        let named = &explained[2].parts[0].facts;
        assert_eq!(named.iter().map(|fact| fact.name.as_str()).collect::<Vec<_>>(), ["bin"]);
    }
}
