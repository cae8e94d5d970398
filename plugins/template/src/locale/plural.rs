//! CLDR's plural categories of whole numbers. The rules are CLDR's own, without what only
//! decimals and powers decide.

/// All categories, in CLDR's order. `other` is every locale's last.
pub(crate) const CATEGORIES: [&str; 6] = ["zero", "one", "two", "few", "many", "other"];

/// The category of a count by rules such as `one:i=1;few:i%10=2..4&i%100!=12..14`.
pub(super) fn category(rules: &str, count: u64) -> &'static str {
    rules
        .split(';')
        .filter_map(|rule| rule.split_once(':'))
        .find(|(_, condition)| {
            condition.split('|').any(|road| road.split('&').all(|relation| holds(relation, count)))
        })
        .and_then(|(name, _)| CATEGORIES.into_iter().find(|category| *category == name))
        .unwrap_or("other")
}

/// Whether one relation holds: `i=1`, `i%100!=12..14`, `i=0,1`.
fn holds(relation: &str, count: u64) -> bool {
    let Some((operand, ranges)) = relation.split_once('=') else { return false };
    let (operand, is_negated) = match operand.strip_suffix('!') {
        Some(operand) => (operand, true),
        None => (operand, false),
    };
    let number = |text: &str| text.parse::<u64>().unwrap_or(u64::MAX);
    let value = match operand.split_once('%') {
        Some((_, divisor)) => count % number(divisor).max(1),
        None => count,
    };
    let is_within = ranges.split(',').any(|range| match range.split_once("..") {
        Some((from, to)) => (number(from)..=number(to)).contains(&value),
        None => value == number(range),
    });
    is_within != is_negated
}
