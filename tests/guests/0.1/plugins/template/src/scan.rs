//! A look at a template's source that the engine does not offer: which names,
//! filters, tests and parts it mentions, and on which lines. Rendering samples
//! finds what goes wrong on the roads they take; this finds a typing error on
//! any road.

/// One word or mark inside `{{ … }}` or `{% … %}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Word<'s> {
    /// `{{` or `{%`.
    Open,
    /// A name with what follows its dots: `card.last4`.
    Name(&'s str),
    /// A string, without its quotes.
    Text(&'s str),
    /// A number without a sign.
    Number(&'s str),
    /// Any other character.
    Mark(char),
}

/// A word and its line, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token<'s> {
    pub(crate) line: u32,
    pub(crate) word: Word<'s>,
}

/// What a template mentions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mention<'s> {
    Filter(&'s str),
    Test(&'s str),
    /// A part that is included or imported.
    Part(&'s str),
    /// A part that is named by anything but a string.
    ComputedPart,
    /// A name that the template itself gives a value.
    Assigned(&'s str),
}

/// A piece of a source, in its order. Comments are none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece<'s> {
    /// Text as it stands, and the line it begins on.
    Text { line: u32, text: &'s str },
    /// `{{ … }}`, and the line it begins on.
    Expression { line: u32, words: Vec<Token<'s>> },
    /// `{% … %}`, and the line it begins on.
    Statement { line: u32, words: Vec<Token<'s>> },
}

/// Splits what stands between braces into words.
pub(crate) fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    for piece in pieces(source) {
        if let Piece::Expression { line, words } | Piece::Statement { line, words } = piece {
            tokens.push(Token { line, word: Word::Open });
            tokens.extend(words);
        }
    }
    tokens
}

/// Splits a source into text and tags.
pub(crate) fn pieces(source: &str) -> Vec<Piece<'_>> {
    let mut scanner = Scanner { rest: source, line: 1, pieces: Vec::new() };
    let mut from = 0;
    while let Some(start) = scanner.rest[from..].find('{') {
        let at = from + start;
        match scanner.rest.as_bytes().get(at + 1) {
            Some(b'#') => {
                scanner.text(at);
                scanner.skip_to("#}");
            }
            Some(b'{') => {
                scanner.text(at);
                scanner.tag("}}");
            }
            Some(b'%') => {
                scanner.text(at);
                scanner.tag("%}");
            }
            _ => {
                from = at + 1;
                continue;
            }
        }
        from = 0;
    }
    scanner.text(scanner.rest.len());
    scanner.pieces
}

struct Scanner<'s> {
    rest: &'s str,
    line: u32,
    pieces: Vec<Piece<'s>>,
}

impl<'s> Scanner<'s> {
    /// Moves on, counting lines; gives what was passed.
    fn skip(&mut self, bytes: usize) -> &'s str {
        let (passed, rest) = self.rest.split_at(bytes.min(self.rest.len()));
        self.line += passed.bytes().filter(|byte| *byte == b'\n').count() as u32;
        self.rest = rest;
        passed
    }

    fn skip_to(&mut self, end: &str) {
        let at = self.rest.find(end).map_or(self.rest.len(), |at| at + end.len());
        self.skip(at);
    }

    fn text(&mut self, bytes: usize) {
        let line = self.line;
        let text = self.skip(bytes);
        if !text.is_empty() {
            self.pieces.push(Piece::Text { line, text });
        }
    }

    /// Reads a tag of which the opening mark stands here.
    fn tag(&mut self, end: &str) {
        self.skip(2);
        let line = self.line;
        let words = self.words(end);
        let is_raw = matches!(words.first(), Some(Token { word: Word::Name("raw"), .. }));
        if end == "}}" {
            self.pieces.push(Piece::Expression { line, words });
            return;
        }
        self.pieces.push(Piece::Statement { line, words });
        if is_raw {
            let text = self.rest.find("endraw").unwrap_or(self.rest.len());
            let text = self.rest[..text].rfind("{%").unwrap_or(text);
            self.text(text);
            self.skip_to("endraw");
            self.skip_to("%}");
        }
    }

    /// The words up to a tag's end.
    fn words(&mut self, end: &str) -> Vec<Token<'s>> {
        let mut words = Vec::new();
        // `{%-` and `{%+` are about white space.
        if self.rest.starts_with(['-', '+']) {
            self.skip(1);
        }
        while let Some(character) = self.rest.chars().next() {
            if self.rest.starts_with(end) {
                self.skip(end.len());
                break;
            }
            let line = self.line;
            let until = |scanner: &Self, ends: fn(char) -> bool| {
                scanner.rest.find(ends).unwrap_or(scanner.rest.len())
            };
            let word = match character {
                '"' | '\'' => Word::Text(self.string(character)),
                'a'..='z' | 'A'..='Z' | '_' => {
                    let length =
                        until(self, |c| !c.is_ascii_alphanumeric() && c != '_' && c != '.');
                    Word::Name(self.skip(length))
                }
                '0'..='9' => {
                    let length = until(self, |c| !c.is_ascii_digit() && c != '_' && c != '.');
                    Word::Number(self.skip(length))
                }
                _ => {
                    self.skip(character.len_utf8());
                    if character.is_whitespace() {
                        continue;
                    }
                    Word::Mark(character)
                }
            };
            words.push(Token { line, word });
        }
        words
    }

    fn string(&mut self, quote: char) -> &'s str {
        self.skip(1);
        let mut escaped = false;
        let end = self.rest.find(|character: char| {
            let ends = character == quote && !escaped;
            escaped = character == '\\' && !escaped;
            ends
        });
        let text = self.skip(end.unwrap_or(self.rest.len()));
        self.skip(1);
        text
    }
}

/// Reads out of the words what they mention.
pub(crate) fn mentions<'s>(tokens: &[Token<'s>]) -> Vec<(u32, Mention<'s>)> {
    let mut mentions = Vec::new();
    for tag in tokens.split(|token| token.word == Word::Open) {
        let keyword = match tag.first() {
            Some(Token { word: Word::Name(keyword), .. }) => *keyword,
            _ => "",
        };
        for (index, token) in tag.iter().enumerate() {
            let next = tag.get(index + 1).map(|token| token.word);
            let after = tag.get(index + 2).map(|token| token.word);
            let mention = match (token.word, next, after) {
                (Word::Mark('|'), Some(Word::Name(name)), _) => Mention::Filter(name),
                (Word::Name("filter"), Some(Word::Name(name)), _) if index == 0 => {
                    Mention::Filter(name)
                }
                (Word::Name("is"), Some(Word::Name("not")), Some(Word::Name(name))) => {
                    Mention::Test(name)
                }
                (Word::Name("is"), Some(Word::Name(name)), _) => Mention::Test(name),
                (Word::Name("include" | "import" | "from" | "extends"), next, _) if index == 0 => {
                    match next {
                        Some(Word::Text(name)) => Mention::Part(name),
                        _ => Mention::ComputedPart,
                    }
                }
                (Word::Name(name), next, after) if assigns(keyword, index, next, after) => {
                    Mention::Assigned(name)
                }
                _ => continue,
            };
            mentions.push((token.line, mention));
        }
    }
    mentions
}

/// Finds the line where blocks and brackets are nested deeper than `depth_max`,
/// each `elif` counted as one more `if`: the engine's parser recurses as deep.
pub(crate) fn nested_deeper(tokens: &[Token<'_>], depth_max: usize) -> Option<u32> {
    // How deep each open block has made it.
    let mut blocks: Vec<usize> = Vec::new();
    for tag in tokens.split(|token| token.word == Word::Open) {
        match tag.first().map(|token| token.word) {
            Some(Word::Name("elif")) => {
                if let Some(depth) = blocks.last_mut() {
                    *depth += 1;
                }
            }
            Some(Word::Name("set")) if tag.iter().any(|token| token.word == Word::Mark('=')) => {}
            Some(Word::Name(
                "if" | "for" | "with" | "macro" | "call" | "filter" | "set" | "block"
                | "autoescape",
            )) => blocks.push(blocks.last().map_or(1, |depth| depth + 1)),
            Some(Word::Name(end)) if end.starts_with("end") => {
                blocks.pop();
            }
            _ => {}
        }
        let mut depth = blocks.last().copied().unwrap_or(0);
        for token in tag {
            match token.word {
                Word::Mark('(' | '[' | '{') => depth += 1,
                Word::Mark(')' | ']' | '}') => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth > depth_max {
                return Some(token.line);
            }
        }
    }
    None
}

/// Finds the line of the first tag of more than `words_max` words, each dot of a
/// name counted as one more: the parser may recurse once for each.
pub(crate) fn longer(tokens: &[Token<'_>], words_max: usize) -> Option<u32> {
    tokens.split(|token| token.word == Word::Open).find_map(|tag| {
        let words: usize = tag
            .iter()
            .map(|token| match token.word {
                Word::Name(name) => 1 + name.matches('.').count(),
                _ => 1,
            })
            .sum();
        tag.first().filter(|_| words > words_max).map(|first| first.line)
    })
}

/// Tells whether the name at this place of a tag gets a value there.
fn assigns(keyword: &str, index: usize, next: Option<Word<'_>>, after: Option<Word<'_>>) -> bool {
    match keyword {
        "set" if index == 1 => true,
        "set" | "with" => {
            index > 0 && next == Some(Word::Mark('=')) && after != Some(Word::Mark('='))
        }
        "for" | "macro" | "call" => index > 0,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_their_lines() {
        let found = tokens("a {b} {{ x.y|f('}}') }}\n{# {{ no }} #}{%- if\nz -%}{% raw %}{{ no }}");
        let words: Vec<_> = found.iter().map(|token| (token.line, token.word)).collect();
        assert_eq!(
            words,
            [
                (1, Word::Open),
                (1, Word::Name("x.y")),
                (1, Word::Mark('|')),
                (1, Word::Name("f")),
                (1, Word::Mark('(')),
                (1, Word::Text("}}")),
                (1, Word::Mark(')')),
                (2, Word::Open),
                (2, Word::Name("if")),
                (3, Word::Name("z")),
                (3, Word::Mark('-')),
                (3, Word::Open),
                (3, Word::Name("raw")),
            ]
        );
    }

    #[test]
    fn mentions_are_found() {
        let source = "{% set a = b %}{% include '_p.txt' %}{% with c = a == b, d = 1 %}\
                      {{ x | upper if x is not none }}{% for e in y %}{% include z %}\
                      {% filter lower %}{% if f is defined %}{% set g %}";
        let found: Vec<_> = mentions(&tokens(source)).into_iter().map(|(_, found)| found).collect();
        assert_eq!(
            found,
            [
                Mention::Assigned("a"),
                Mention::Part("_p.txt"),
                Mention::Assigned("c"),
                Mention::Assigned("d"),
                Mention::Filter("upper"),
                Mention::Test("none"),
                Mention::Assigned("e"),
                Mention::Assigned("in"),
                Mention::Assigned("y"),
                Mention::ComputedPart,
                Mention::Filter("lower"),
                Mention::Test("defined"),
                Mention::Assigned("g"),
            ]
        );
    }

    #[test]
    fn nesting_is_counted() {
        let deeper = |source: &str| nested_deeper(&tokens(source), 3);
        assert_eq!(
            deeper("{{ (((1))) }}{% if a %}{% if b %}{{ [1] }}{% endif %}{% endif %}"),
            None
        );
        assert_eq!(deeper("{% set a = 1 %}{% set b = 1 %}{% set c = 1 %}{% set d = 1 %}"), None);
        assert_eq!(deeper("\n{{ ((((1)))) }}"), Some(2));
        assert_eq!(deeper("{% if a %}{% for b in c %}{% set d %}\n{{ f(1) }}"), Some(2));
        assert_eq!(deeper("{% if a %}{% elif b %}{% elif c %}\n{% elif d %}"), Some(2));
    }

    #[test]
    fn words_of_a_tag_are_counted() {
        let longer = |source: &str| longer(&tokens(source), 4);
        assert_eq!(longer("{{- a.b.c + -}} {%- if a.b %}"), Some(1));
        assert_eq!(longer("{{ a.b.c }}{% if a %}{{ \"a b c d e f\" }}"), None);
        assert_eq!(longer("\n{{ -----1 }}"), Some(2));
        assert_eq!(longer("\n{{ a.b.c.d.e }}"), Some(2));
    }

    #[test]
    fn a_broken_source_ends() {
        for source in ["{{", "{% \"", "{#", "{{ 'a\\", "{% raw %}", "{{ é }}", "{"] {
            tokens(source);
        }
    }
}
