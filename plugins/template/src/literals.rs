//! What a template writes whatever happens: the text between its tags and the constants
//! that it prints, on every road through it. The host looks at each when a bundle is
//! baked; samples take only some of the roads.

use crate::scan::{Piece, Token, Word, pieces};

/// Stands where an expression is printed: OBJECT REPLACEMENT CHARACTER.
const EXPRESSION: char = '\u{fffc}';
/// Filters whose arguments are patterns, styles or lengths, and are never printed. Of
/// others a string may be.
const PATTERN_FILTERS: [&str; 6] = ["money", "date", "clock", "datetime", "number", "truncate"];

/// A text that stands in a template, and the line it begins on, counted from 1.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Literal {
    pub(crate) line: u32,
    pub(crate) text: String,
}

/// Finds all of a source. Text without a letter or digit is left out.
pub(crate) fn literals(source: &str) -> Vec<Literal> {
    let mut found = Found { text: String::new(), line: 1, literals: Vec::new() };
    for piece in pieces(source) {
        match piece {
            Piece::Text { line, text } => {
                let skipped = text.len() - text.trim_start().len();
                if found.text.is_empty() {
                    found.line = line + text[..skipped].matches('\n').count() as u32;
                    found.text.push_str(&text[skipped..]);
                } else {
                    found.text.push_str(text);
                }
            }
            Piece::Expression { line, words } => {
                if found.text.is_empty() {
                    found.line = line;
                }
                found.text.push(EXPRESSION);
                found.constants(&words, true);
            }
            Piece::Statement { words, .. } => {
                found.flush();
                let keyword = words.first().map(|first| first.word);
                if let Some(Word::Name("set" | "with" | "macro" | "call")) = keyword {
                    found.constants(&words, false);
                }
            }
        }
    }
    found.flush();
    found.literals
}

struct Found {
    text: String,
    line: u32,
    literals: Vec<Literal>,
}

impl Found {
    fn flush(&mut self) {
        let text = std::mem::take(&mut self.text);
        self.keep(self.line, text.trim_end());
    }

    fn keep(&mut self, line: u32, text: &str) {
        if text.chars().any(char::is_alphanumeric) {
            self.literals.push(Literal { line, text: text.into() });
        }
    }

    /// Keeps the constants of a tag that may be printed: not those that are compared or
    /// decide, nor slices, nor arguments of filters that are patterns. Numbers that a name
    /// is given are lengths, mostly: `has_numbers` is not of those.
    fn constants(&mut self, words: &[Token<'_>], has_numbers: bool) {
        // What each open bracket holds: whether it may be printed.
        let mut brackets: Vec<bool> = Vec::new();
        let mut decides = false;
        for (at, token) in words.iter().enumerate() {
            let word = |at: Option<usize>| at.and_then(|at| words.get(at)).map(|token| token.word);
            let (before, second) = (word(at.checked_sub(1)), word(at.checked_sub(2)));
            match token.word {
                Word::Name("if" | "elif") => decides = true,
                Word::Name("else") => decides = false,
                Word::Mark(bracket @ ('(' | '[' | '{')) => {
                    let is_printed = match (before, second) {
                        (Some(Word::Name(filter)), Some(Word::Mark('|'))) if bracket == '(' => {
                            !PATTERN_FILTERS.contains(&filter)
                        }
                        // `kind in [`, `body[`.
                        (Some(Word::Name("in")), _) => false,
                        (Some(Word::Name(_) | Word::Text(_) | Word::Mark(')' | ']')), _) => {
                            bracket != '['
                        }
                        _ => true,
                    };
                    let is_outside_printed = brackets.last().copied().unwrap_or(true);
                    brackets.push(is_printed && is_outside_printed);
                }
                Word::Mark(')' | ']' | '}') => {
                    brackets.pop();
                }
                Word::Number(_)
                    if !has_numbers || is_operator(before) || is_operator(word(Some(at + 1))) => {}
                Word::Text(text) | Word::Number(text)
                    if !decides
                        && brackets.last().copied().unwrap_or(true)
                        && !is_compared(before, second)
                        && !is_compared(word(Some(at + 1)), word(Some(at + 2))) =>
                {
                    self.keep(token.line, text);
                }
                _ => {}
            }
        }
    }
}

/// Whether a number is calculated with.
fn is_operator(beside: Option<Word<'_>>) -> bool {
    matches!(beside, Some(Word::Mark('+' | '-' | '*' | '/' | '%')))
}

/// Whether a constant is compared, by the word beside it and the one beyond. A single
/// equals sign gives a value.
fn is_compared(beside: Option<Word<'_>>, beyond: Option<Word<'_>>) -> bool {
    match beside {
        Some(Word::Mark('=')) => matches!(beyond, Some(Word::Mark('=' | '!' | '<' | '>'))),
        Some(Word::Mark('<' | '>' | '!')) => true,
        Some(Word::Name("in" | "is" | "not")) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(source: &str) -> Vec<(u32, String)> {
        literals(source).into_iter().map(|literal| (literal.line, literal.text)).collect()
    }

    fn is(source: &str, expected: &[(u32, &str)]) {
        let expected: Vec<_> =
            expected.iter().map(|(line, text)| (*line, (*text).to_owned())).collect();
        assert_eq!(found(source), expected, "{source}");
    }

    #[test]
    fn text_stands_on_its_line_with_a_sign_for_each_expression() {
        is(
            "\n 尾号{{ card.last4 }}卡，\n致电{{ hotline }}",
            &[(2, "尾号\u{fffc}卡，\n致电\u{fffc}")],
        );
        is("{{ a }}, b{# no #}c", &[(1, "\u{fffc}, bc")]);
        is("。{{ a }}!", &[]);
        is("{% raw %}a {{ b }}{% endraw %}", &[(1, "a {{ b }}")]);
    }

    #[test]
    fn each_branch_is_found() {
        is(
            "a{% if x == \"1\" %}b 24{% elif y == 2 %}c\n{% else %}d{% endif %}e",
            &[(1, "a"), (1, "b 24"), (1, "c"), (2, "d"), (2, "e")],
        );
    }

    #[test]
    fn constants_that_are_printed_are_found() {
        is("{{ \"95588\" }}", &[(1, "95588")]);
        is("{{ \"a\" if x == \"b\" else \"c\" }}", &[(1, "a"), (1, "c")]);
        is("{% set t = \"退款\" ~ u %}{{ \"a\" ~ 24 }}", &[(1, "退款"), (1, "a"), (1, "24")]);
        is("{{ x|default(\"card\") }}{{ x or \"贵店\" }}", &[(1, "card"), (1, "贵店")]);
        is("{% macro m(a, b=\"c\") %}{% endmacro %}{{ m(\"d\") }}", &[(1, "c"), (1, "d")]);
    }

    #[test]
    fn the_words_of_a_plural_are_printed() {
        is(
            "{{ n|number(\"native\") }}{{ n|plural(one=\"a purchase\", other=\"7 of them\") }}",
            &[(1, "a purchase"), (1, "7 of them")],
        );
    }

    #[test]
    fn constants_that_are_not_printed_are_left_out() {
        is("{{ time|datetime(\"%-d 24\") }}{{ a|money(\"plain\") }}{{ body[0:123] }}", &[]);
        is("{% set part = kind in [\"void1\"] or approval == \"full\" or 3 < n %}", &[]);
        is("{% if body|length <= 123 %}{% include \"_a1.txt\" %}{% endif %}", &[]);
        is("{{ amount.minor_units * 2 }}{{ 3 + n }}", &[]);
        is("{% set room = 125 if body is ascii else 99 %}", &[]);
        is("{% for k in [\"a1\"] %}{{ k }}{% endfor %}", &[]);
    }
}
