//! Looks at what a filter is given, on whatever road through a template that stands:
//! samples take only some.

use crate::filters::{UNKNOWN_CATEGORY, parse_digits};
use crate::locale::CATEGORIES;
use crate::moment::{Moment, UNKNOWN_DIGITS, UNKNOWN_PATTERN};
use crate::money::{Form, UNKNOWN_STYLE};
use crate::scan::{Token, Word};

/// One argument of a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Argument<'s> {
    /// A string as it stands.
    Text(&'s str),
    /// `name=`, whatever follows.
    Named(&'s str),
    /// What only rendering can tell.
    Computed,
}

/// Finds the first filter with an argument that it does not know: its line, and the cure.
pub(crate) fn first_wrong(tokens: &[Token<'_>]) -> Option<(u32, &'static str)> {
    tokens.iter().enumerate().find_map(|(at, token)| {
        let is_filter = at > 0 && tokens[at - 1].word == Word::Mark('|');
        let is_block = at > 1
            && tokens[at - 1].word == Word::Name("filter")
            && tokens[at - 2].word == Word::Open;
        match token.word {
            Word::Name(filter) if is_filter || is_block => {
                Some((token.line, wrong(filter, &arguments(&tokens[at + 1..]))?))
            }
            _ => None,
        }
    })
}

/// The arguments in the brackets that open here; none where none do.
fn arguments<'s>(tokens: &[Token<'s>]) -> Vec<Argument<'s>> {
    let mut arguments = Vec::new();
    if tokens.first().is_none_or(|token| token.word != Word::Mark('(')) {
        return arguments;
    }
    let (mut depth, mut start) = (1, 1);
    for (at, token) in tokens.iter().enumerate().skip(1) {
        match token.word {
            Word::Mark('(' | '[' | '{') => depth += 1,
            Word::Mark(')' | ']' | '}') => depth -= 1,
            Word::Open => break,
            _ => {}
        }
        if depth == 0 || (depth == 1 && token.word == Word::Mark(',')) {
            if start < at {
                arguments.push(argument(&tokens[start..at]));
            }
            start = at + 1;
        }
        if depth == 0 {
            break;
        }
    }
    arguments
}

fn argument<'s>(words: &[Token<'s>]) -> Argument<'s> {
    match words {
        [Token { word: Word::Text(text), .. }] if !text.contains('\\') => Argument::Text(text),
        [
            Token { word: Word::Name(name), .. },
            Token { word: Word::Mark('='), .. },
            Token { word, .. },
            ..,
        ] if *word != Word::Mark('=') => Argument::Named(name),
        _ => Argument::Computed,
    }
}

/// What is wrong with a filter's arguments, as far as it stands in the template.
fn wrong(filter: &str, arguments: &[Argument<'_>]) -> Option<&'static str> {
    let texts: Vec<_> = arguments
        .iter()
        .map_while(|argument| match argument {
            Argument::Text(text) => Some(*text),
            _ => None,
        })
        .collect();
    let is_whole = texts.len() == arguments.len();
    let has_digits = |at: usize| parse_digits(texts.get(at).copied()).is_ok();
    match filter {
        "money" if is_whole && texts.len() <= 3 => {
            let style = texts.first().unwrap_or(&"code");
            let words = [texts.get(1).copied(), texts.get(2).copied()];
            Form::parse(style, words).is_err().then_some(UNKNOWN_STYLE)
        }
        "money" => is_whole.then_some(UNKNOWN_STYLE),
        "date" | "clock" | "datetime" => {
            let is_pattern = texts.first().is_none_or(|pattern| Moment::is_pattern(pattern));
            match is_pattern {
                false => Some(UNKNOWN_PATTERN),
                true => (!has_digits(1)).then_some(UNKNOWN_DIGITS),
            }
        }
        "number" => (!has_digits(0)).then_some(UNKNOWN_DIGITS),
        "plural" => {
            let is_known = |argument: &Argument<'_>| match argument {
                Argument::Named(name) => CATEGORIES.contains(name),
                _ => false,
            };
            let is_right =
                arguments.iter().all(is_known) && arguments.contains(&Argument::Named("other"));
            (!is_right).then_some(UNKNOWN_CATEGORY)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::tokens;

    #[test]
    fn what_a_filter_does_not_know_is_found_with_its_line() {
        for (source, expected) in [
            ("{{ a|money }}{{ a|money(\"locale\", \"code\", \"native\") }}", None),
            ("{{ a|money(style) }}{{ a|money(\"lo\" ~ b) }}{{ a|money(\"\\x\") }}", None),
            ("{{ a\n|money(\"roman\") }}", Some((2, UNKNOWN_STYLE))),
            ("{{ a|money(\"symbol\", \"native\") }}", Some((1, UNKNOWN_STYLE))),
            ("{{ a|money(\"locale\", \"code\", \"native\", \"x\") }}", Some((1, UNKNOWN_STYLE))),
            ("{{ t|datetime(\"%-d %B\", \"native\") }}{{ t|date }}", None),
            ("{{ t|clock(\"%Q\") }}", Some((1, UNKNOWN_PATTERN))),
            ("{{ t|date(\"%d\", \"roman\") }}", Some((1, UNKNOWN_DIGITS))),
            ("{{ n|number(\"native\") }}{{ n|number }}", None),
            ("{{ n|number(\"code\") }}", Some((1, UNKNOWN_DIGITS))),
            ("{{ n|plural(one=\"a\", other=b ~ (\"c\", d)) }}", None),
            ("{{ n|plural(one=\"a\",\nother=\"b\",) }}", None),
            ("{{ n|plural(one=\"a\") }}", Some((1, UNKNOWN_CATEGORY))),
            ("{{ n|plural(single=\"a\", other=\"b\") }}", Some((1, UNKNOWN_CATEGORY))),
            ("{{ n|plural(\"a\", other=\"b\") }}", Some((1, UNKNOWN_CATEGORY))),
            ("{{ n|plural }}", Some((1, UNKNOWN_CATEGORY))),
            ("{% filter money(\"roman\") %}{% endfilter %}", Some((1, UNKNOWN_STYLE))),
            ("{{ a|replace(\"roman\", \"b\") }}{{ a.money(\"roman\") }}", None),
            ("{{ a|money(\"locale\"", None),
            ("{{ a|plural(((", Some((1, UNKNOWN_CATEGORY))),
            ("{{ |", None),
        ] {
            assert_eq!(first_wrong(&tokens(source)), expected, "{source}");
        }
    }
}
