//! Marks and isolates of the bidirectional algorithm (Unicode annex 9), in texts that
//! run from right to left.
//!
//! Such texts need them: behind Arabic letters `2026-11-20` and `+965 1800 800` are shown
//! with their parts in reverse unless a mark says otherwise. Overrides and embeddings are
//! refused everywhere, and in other languages all of them. What is left may order the text
//! anew, so each stands only where the order that is seen is the order that was read:
//!
//! - in a line that itself runs from right to left;
//! - isolates in pairs, within one line, at most [`DEPTH_MAX`] deep;
//! - inside no word, number or link, and between no sign and its number;
//! - nowhere between two numbers that no letter parts;
//! - between text that runs from left to right on both sides, only the mark that changes
//!   nothing there. Else `USD 18` behind `128.50` would be seen as `18 128.50`, and `com`
//!   before `.evil` as a domain. Nor does an isolate stand there, whatever it holds;
//! - an isolate that runs from left to right holds no other of them, and not both letters
//!   that run the other way and digits: their number would be seen beside another word.

use std::ops::Range;

use crate::glyphs;
use crate::{Finding, Rule};

/// How deep isolates may be nested: a sentence, a name in it, and room.
const DEPTH_MAX: usize = 4;
/// The most of them in one text.
const CONTROLS_MAX: usize = 64;

const LEFT_MARK: char = '\u{200e}';
const RIGHT_MARK: char = '\u{200f}';
const ARABIC_MARK: char = '\u{61c}';
const LEFT_ISOLATE: char = '\u{2066}';
const RIGHT_ISOLATE: char = '\u{2067}';
const FIRST_STRONG_ISOLATE: char = '\u{2068}';
const POP_ISOLATE: char = '\u{2069}';

/// Whether a character is a mark or an isolate's begin or end: what a language that runs
/// from right to left may need.
pub(crate) fn is_control(character: char) -> bool {
    is_mark(character) || matches!(character, LEFT_ISOLATE..=POP_ISOLATE)
}

fn is_mark(character: char) -> bool {
    matches!(character, LEFT_MARK | RIGHT_MARK | ARABIC_MARK)
}

/// The bytes of the mark, if any, by which a text says that it runs from right to left: it
/// may stand before a signature in Latin letters.
pub(crate) fn leading_mark(text: &str) -> usize {
    let first = text.chars().next();
    first.filter(|first| matches!(*first, RIGHT_MARK | ARABIC_MARK)).map_or(0, char::len_utf8)
}

/// Whether a language is written from right to left, by its BCP 47 tag (CLDR 48).
pub(crate) fn is_right_to_left(locale: &str) -> bool {
    const LANGUAGES: [&str; 20] = [
        "ar", "arc", "ckb", "dv", "fa", "glk", "he", "iw", "ks", "lrc", "mzn", "nqo", "pnb", "ps",
        "sd", "syr", "ug", "ur", "yi", "ji",
    ];
    const SCRIPTS: [&str; 10] =
        ["Adlm", "Arab", "Aran", "Hebr", "Mand", "Nkoo", "Rohg", "Samr", "Syrc", "Thaa"];
    let is_one = |list: &[&str], part: &str| list.iter().any(|own| own.eq_ignore_ascii_case(part));
    let mut parts = locale.split('-');
    let language = parts.next().unwrap_or_default();
    let script =
        parts.find(|part| part.len() == 4 && part.bytes().all(|b| b.is_ascii_alphabetic()));
    script.map_or_else(|| is_one(&LANGUAGES, language), |script| is_one(&SCRIPTS, script))
}

/// What a character is to the order of a line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    /// It runs from left to right, or may.
    Left,
    /// A letter that runs from right to left.
    Right,
    Digit,
    /// It belongs to the number or the word that it touches.
    Sign,
    Space,
    /// Punctuation.
    Neutral,
    /// It sits on the character before.
    Hidden,
    Control(char),
}

impl Sort {
    fn of(character: char) -> Self {
        match character {
            _ if is_control(character) => Self::Control(character),
            '+' | '-' | '%' | '#' | '*' | '/' | '\\' | '@' | '_' | '&' | '=' | '~' | '^' | '\'' => {
                Self::Sign
            }
            '\u{2010}'..='\u{2015}'
            | '\u{2030}'
            | '\u{2212}'
            | '\u{609}'
            | '\u{60a}'
            | '\u{66a}'
            | '\u{b1}' => Self::Sign,
            '$' | '\u{a2}'..='\u{a5}' | '\u{20a0}'..='\u{20cf}' | '\u{60b}' | '\u{fdfc}' => {
                Self::Sign
            }
            _ if character.is_whitespace() => Self::Space,
            _ if glyphs::is_hidden(character) || is_point(character) => Self::Hidden,
            _ if character.is_alphabetic() && is_of_right(character) => Self::Right,
            _ if character.is_alphabetic() => Self::Left,
            _ if character.is_numeric() => Self::Digit,
            '\0'..='\u{bf}' | '\u{2016}'..='\u{205e}' => Self::Neutral,
            _ if is_of_right(character) => Self::Neutral,
            // Pictures too: some run from left to right.
            _ => Self::Left,
        }
    }

    fn is_of_word(self) -> bool {
        matches!(self, Self::Left | Self::Right | Self::Digit)
    }
}

/// Whether it is of a script that is written from right to left.
fn is_of_right(character: char) -> bool {
    matches!(character, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefe}'
        | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}

/// The points and vowel signs of Hebrew, Arabic, Syriac and Thaana.
fn is_point(character: char) -> bool {
    matches!(character, '\u{591}'..='\u{5bd}' | '\u{5bf}' | '\u{5c1}' | '\u{5c2}' | '\u{5c4}'
        | '\u{5c5}' | '\u{5c7}' | '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}' | '\u{670}'
        | '\u{6d6}'..='\u{6dc}' | '\u{6df}'..='\u{6e4}' | '\u{6e7}' | '\u{6e8}' | '\u{6ea}'..='\u{6ed}'
        | '\u{711}' | '\u{730}'..='\u{74a}' | '\u{7a6}'..='\u{7b0}' | '\u{7eb}'..='\u{7f3}'
        | '\u{816}'..='\u{82d}' | '\u{859}'..='\u{85b}' | '\u{897}'..='\u{89f}'
        | '\u{8ca}'..='\u{8ff}' | '\u{fb1e}')
}

/// Adds what turns the order of a text that runs from right to left as it must not.
/// `links` are bytes of the text that are shown as they stand.
pub(crate) fn find(text: &str, links: &[Range<usize>], findings: &mut Vec<Finding>) {
    let mut start = 0;
    let mut room = CONTROLS_MAX;
    // Each line is ordered for itself.
    for written in text.split('\n') {
        let line = Line::of(written, start);
        start += written.len() + 1;
        if line.controls.len() > room {
            let at = line.places[line.controls[room]].at;
            let reason = "more than 64 bidirectional controls";
            findings.push(Finding { rule: Rule::Character, start: at, end: text.len(), reason });
            return;
        }
        room -= line.controls.len();
        line.find(links, findings);
    }
}

/// The characters of a line.
struct Line {
    places: Vec<Place>,
    /// Where marks and isolates stand among them.
    controls: Vec<usize>,
}

struct Place {
    /// The byte of the text.
    at: usize,
    sort: Sort,
    /// Whether it stands in an isolate that runs from left to right: its first letter is
    /// seen beside what follows the isolate, and not its last.
    is_in_left: bool,
}

impl Line {
    fn of(line: &str, start: usize) -> Self {
        let places = line.char_indices();
        let places = places.map(|(at, one)| Place {
            at: start + at,
            sort: Sort::of(one),
            is_in_left: false,
        });
        let places: Vec<_> = places.filter(|place| place.sort != Sort::Hidden).collect();
        let is_control = |at: &usize| matches!(places[*at].sort, Sort::Control(_));
        let controls = (0..places.len()).filter(is_control).collect();
        Self { places, controls }
    }

    /// The places in an isolate that begins here and runs from left to right.
    fn in_left_isolate(&self, at: usize) -> Range<usize> {
        let runs_left = match self.places[at].sort {
            Sort::Control(LEFT_ISOLATE) => true,
            Sort::Control(FIRST_STRONG_ISOLATE) => self.first_strong(at + 1) != Some(Sort::Right),
            _ => false,
        };
        let held = self.places[at + 1..].iter().take(if runs_left { usize::MAX } else { 0 });
        let held = held.take_while(|place| place.sort != Sort::Control(POP_ISOLATE));
        at + 1..at + 1 + held.count()
    }

    fn find(mut self, links: &[Range<usize>], findings: &mut Vec<Finding>) {
        if self.controls.is_empty() {
            return;
        }
        for at in 0..self.controls.len() {
            for place in self.in_left_isolate(self.controls[at]) {
                self.places[place].is_in_left = true;
            }
        }
        let is_right = self.first_strong(0) == Some(Sort::Right);
        let mut depth = Vec::with_capacity(DEPTH_MAX);
        for at in &self.controls {
            let Place { at: start, sort: Sort::Control(control), .. } = self.places[*at] else {
                continue;
            };
            let mut wrong = |reason| {
                let end = start + control.len_utf8();
                findings.push(Finding { rule: Rule::Character, start, end, reason });
            };
            if !is_right {
                wrong("a bidirectional control in a line that does not run from right to left");
            }
            if control == POP_ISOLATE && depth.pop().is_none() {
                wrong("an isolate that ends without a begin");
            }
            if matches!(control, LEFT_ISOLATE..POP_ISOLATE) {
                depth.push(*at);
            }
            if depth.len() > DEPTH_MAX {
                wrong("isolates more than 4 deep");
                return;
            }
            if links.iter().any(|link| link.start < start && start < link.end) {
                wrong("a bidirectional control inside a link");
            }
            if let Some(reason) = self.misplaced(*at, control) {
                wrong(reason);
            }
            if self.is_between_left(*at) {
                wrong("an isolate between text that runs from left to right");
            }
            if let Some(reason) = self.misfilled(*at) {
                wrong(reason);
            }
        }
        if let Some(open) = depth.first() {
            let start = self.places[*open].at;
            let end = start + LEFT_ISOLATE.len_utf8();
            let reason = "an isolate that does not end in its line";
            findings.push(Finding { rule: Rule::Character, start, end, reason });
        }
    }

    /// The direction of what begins here, outside of isolates in it: that of its first
    /// strong character.
    fn first_strong(&self, from: usize) -> Option<Sort> {
        let mut depth = 0usize;
        for place in &self.places[from..] {
            match place.sort {
                Sort::Control(POP_ISOLATE) => depth = depth.checked_sub(1)?,
                Sort::Control(LEFT_ISOLATE..POP_ISOLATE) => depth += 1,
                Sort::Control(LEFT_MARK) if depth == 0 => return Some(Sort::Left),
                Sort::Control(_) if depth == 0 => return Some(Sort::Right),
                strong @ (Sort::Left | Sort::Right) if depth == 0 => return Some(strong),
                _ => {}
            }
        }
        None
    }

    /// Why a control must not stand between what stands on its two sides.
    fn misplaced(&self, at: usize, control: char) -> Option<&'static str> {
        let (before, behind) = (&self.places[..at], &self.places[at + 1..]);
        let sort = |place: &Place| place.sort;
        if is_mark(control)
            && matches!(before.last().map(sort), Some(Sort::Control(last)) if is_mark(last))
        {
            return Some("a bidirectional mark beside another");
        }
        let opens = |sort: Sort| matches!(sort, Sort::Control(LEFT_ISOLATE..POP_ISOLATE));
        if control == POP_ISOLATE && before.last().is_some_and(|last| opens(last.sort)) {
            return Some("an isolate that holds nothing");
        }
        let seen = |sort: &Sort| !matches!(sort, Sort::Control(_));
        let touched =
            (before.iter().rev().map(sort).find(seen), behind.iter().map(sort).find(seen));
        let parts = |one: Sort, other: Sort| {
            one.is_of_word()
                && (other == Sort::Sign
                    || (other.is_of_word() && (one == Sort::Right) == (other == Sort::Right)))
        };
        if let (Some(one), Some(other)) = touched
            && (parts(one, other) || parts(other, one))
        {
            return Some("a bidirectional control inside a word or a number");
        }
        let word = |place: &Place| match place.sort {
            Sort::Right if place.is_in_left => Some(Sort::Left),
            sort => sort.is_of_word().then_some(sort),
        };
        let near = (before.iter().rev().find_map(word), behind.iter().find_map(word));
        match near {
            (Some(Sort::Digit), Some(Sort::Digit)) => {
                Some("a bidirectional control between two numbers")
            }
            (Some(Sort::Left | Sort::Digit), Some(Sort::Left | Sort::Digit))
                if control != LEFT_MARK =>
            {
                Some("a bidirectional control between text that runs from left to right")
            }
            // 1 285 USD behind Arabic letters would show 285 USD 1.
            (Some(Sort::Digit), Some(Sort::Left)) => {
                Some("a bidirectional control behind a number")
            }
            // Before 128.50 CNY 18 USD it would show CNY 18 USD 128.50.
            (None, Some(Sort::Digit))
                if matches!(control, RIGHT_MARK | ARABIC_MARK | RIGHT_ISOLATE) =>
            {
                Some("a bidirectional control before a number that nothing stands before")
            }
            _ => None,
        }
    }

    /// Whether an isolate begins here that is ordered from left to right among its
    /// neighbours, whatever it holds: marks count, what other isolates hold does not.
    fn is_between_left(&self, at: usize) -> bool {
        if !matches!(self.places[at].sort, Sort::Control(LEFT_ISOLATE..POP_ISOLATE)) {
            return false;
        }
        let (before, behind) = (self.places[..at].iter().rev(), self.places[at..].iter());
        let opens = |sort| matches!(sort, Sort::Control(LEFT_ISOLATE..POP_ISOLATE));
        let closes = |sort| matches!(sort, Sort::Control(POP_ISOLATE));
        runs_left(before, closes, opens) && runs_left(behind, opens, closes)
    }

    /// What an isolate that runs from left to right must not hold.
    fn misfilled(&self, at: usize) -> Option<&'static str> {
        let held = &self.places[self.in_left_isolate(at)];
        let holds = |sort: Sort| held.iter().any(|place| place.sort == sort);
        if held.iter().any(|place| matches!(place.sort, Sort::Control(_))) {
            return Some("a bidirectional control in an isolate that runs from left to right");
        }
        (holds(Sort::Right) && holds(Sort::Digit)).then_some(
            "letters from right to left with digits in an isolate that runs from left to right",
        )
    }
}

/// Whether the first that has a direction runs from left to right, what is enclosed left
/// out; none where what encloses all of it ends.
fn runs_left<'a>(
    places: impl Iterator<Item = &'a Place>,
    enters: impl Fn(Sort) -> bool,
    leaves: impl Fn(Sort) -> bool,
) -> bool {
    let mut depth = 0usize;
    for Place { sort, .. } in places {
        match *sort {
            sort if enters(sort) => depth += 1,
            sort if leaves(sort) && depth == 0 => return false,
            sort if leaves(sort) => depth -= 1,
            Sort::Left | Sort::Digit | Sort::Control(LEFT_MARK) if depth == 0 => return true,
            Sort::Right | Sort::Control(_) if depth == 0 => return false,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use tillbell_transaction::{Party, Record, Transaction, json};

    use super::*;
    use crate::{Fact, Guard, Reader, Sender, Shown};

    #[test]
    fn a_language_has_its_direction() {
        for locale in ["ar", "ar-EG", "AR", "he", "fa-IR", "ur-PK", "pa-Arab", "pa-Arab-PK", "yi"] {
            assert!(is_right_to_left(locale), "{locale}");
        }
        for locale in ["", "en", "en-GB", "pa", "ar-Latn", "zh-Hant", "tr", "arn", "-", "sr-Cyrl"] {
            assert!(!is_right_to_left(locale), "{locale}");
        }
    }

    /// A text as it is written here: marks and isolates by the letters of their names.
    fn text(written: &str) -> String {
        let controls = [
            ("<LRM>", LEFT_MARK),
            ("<RLM>", RIGHT_MARK),
            ("<ALM>", ARABIC_MARK),
            ("<LRI>", LEFT_ISOLATE),
            ("<RLI>", RIGHT_ISOLATE),
            ("<FSI>", FIRST_STRONG_ISOLATE),
            ("<PDI>", POP_ISOLATE),
            ("<RLO>", '\u{202e}'),
            ("<LRO>", '\u{202d}'),
            ("<RLE>", '\u{202b}'),
            ("<LRE>", '\u{202a}'),
            ("<PDF>", '\u{202c}'),
            ("<ZWSP>", '\u{200b}'),
        ];
        controls.into_iter().fold(written.into(), |text: String, (name, control)| {
            text.replace(name, control.encode_utf8(&mut [0; 4]))
        })
    }

    fn transaction() -> Transaction {
        let text = r#"{"kind":"purchase","approval":"approved","amount":{"minor_units":12850,"currency":"CNY"},"fee":{"minor_units":1800,"currency":"USD"},"balance":{"minor_units":-50000,"currency":"CNY"},"time":"2026-11-20T08:31:05+08:00","card":{"pan":"4242424242424242"},"merchant":{"name":"KFC العليا","city":"Riyadh","country":"SA"},"rrn":"632408000123"}"#;
        match json::read(text.as_bytes()) {
            Ok(Record::Transaction(transaction)) => *transaction,
            _ => panic!("no transaction"),
        }
    }

    /// The rules and reasons that a reader's text breaks.
    fn found(locale: &str, written: &str) -> Vec<(Rule, &'static str)> {
        let sender = Sender::new("", "95500", 5).with_links(vec!["harbour.example".into()]);
        let transaction = transaction();
        let reader = Reader::new(Party::Cardholder, locale, Shown::ALL);
        let guard =
            Guard::new().with_sender(&sender).with_reader(reader).with_transaction(&transaction);
        let findings = guard.inspect(&text(written));
        findings.into_iter().map(|finding| (finding.rule, finding.reason)).collect()
    }

    #[test]
    fn what_such_languages_need_passes() {
        for written in [
            "شراء CNY 128.50 بتاريخ <LRM>2026-11-20 08:31:05",
            "<RLM>KFC شراء CNY 128.50.<RLM>",
            "<ALM>شراء CNY 128.50",
            "شراء <LRI>CNY 128.50<PDI> في <FSI>KFC العليا<PDI> بتاريخ <LRI>2026-11-20<PDI>.",
            "شراء <RLI>شراء <LRI>128.50 CNY<PDI> من <FSI>Riyadh<PDI><PDI>",
            "المبلغ (<LRI>CNY 128.50<PDI>)، للاستفسار: <LRM>95500.",
            "بـ<LRI>CNY 128.50<PDI>، ثم",
            "שולם <LRI>CNY 128.50<PDI> בכרטיס <LRM>4242",
            "الرصيد <LRM>-500.00 CNY",
            "انظر <LRI>harbour.example/a<PDI>. شكرا",
            "انظر <LRI>https://harbour.example/a<PDI>",
            "في Riyadh, <LRM>2026-11-20",
            "KFC العليا\nشراء\n<RLM>KFC العليا",
        ] {
            assert_eq!(found("ar-SA", written), [], "{written}");
        }
    }

    #[test]
    fn in_other_languages_all_are_refused() {
        for control in ["<LRM>", "<RLM>", "<ALM>", "<LRI>", "<RLI>", "<FSI>", "<PDI>"] {
            for locale in ["en", "zh-CN", "ar-Latn", ""] {
                let written = format!("شراء {control} CNY 128.50 شراء");
                let found = found(locale, &written);
                assert_eq!(found, [(Rule::Character, glyphs::DECEIVES)], "{locale} {written}");
            }
        }
        let balanced = found("en", "شراء <LRI>CNY 128.50<PDI>");
        assert_eq!(balanced.len(), 2);
        // Nor where nobody knows the language.
        assert!(!Guard::new().inspect(&text("شراء <LRM>")).is_empty());
    }

    #[test]
    fn overrides_and_embeddings_are_refused_in_every_language() {
        for control in ["<RLO>", "<LRO>", "<RLE>", "<LRE>", "<PDF>", "<ZWSP>"] {
            let found = found("ar", &format!("شراء {control} شراء"));
            assert_eq!(found, [(Rule::Character, glyphs::DECEIVES)], "{control}");
        }
    }

    #[test]
    fn what_orders_a_text_anew_is_refused() {
        for written in [
            // Within digits and within one number.
            "شراء CNY 1<RLM>28.50",
            "شراء CNY 128<LRM>.50",
            "شراء CNY 128.<RLM>50",
            "شراء 128<RLI>.<PDI>50",
            "<LRI>128<PDI>.<LRI>50<PDI> شراء",
            "بتاريخ 2026-<RLM>11-20",
            "بتاريخ 2026<ALM>-11-20",
            "للاستفسار 955<LRM>00",
            // Between numbers.
            "شراء 128.50 <LRM>2026-11-20",
            "<LRI>CNY 128.50<PDI> <LRI>USD 18.00<PDI> شراء",
            // A sign, a mark of money.
            "الرصيد -<LRM>500.00",
            "الرصيد -<LRI>500.00<PDI>",
            "الرصيد <LRI>-<PDI>500.00",
            "شراء <LRI>128.50<PDI>%",
            "شراء CNY <RLM>128.50",
            "شراء CNY <LRI>128.50<PDI>",
            "شراء <LRI>128.50<PDI> CNY",
            "شراء ¥<RLM>128.50",
            "شراء <LRI>CNY<PDI> 128.50",
            "شراء 128.50<LRM> CNY",
            "شراء 128.50 <LRM>CNY",
            "<RLM>128.50 CNY 18.00 USD شراء",
            "<RLI>128.50 CNY 18.00 USD<PDI> شراء",
            "<LRI>شراء 128.50 CNY<PDI> شراء",
            "شراء <FSI>KFC 128.50 شراء CNY<PDI>",
            "شراء USD <RLI>شراء 18.00<PDI> <LRM>",
            "شراء USD <RLI>شراء 18.00<PDI> <FSI>شراء<PDI> <LRM>شراء",
            // Words.
            "شر<LRM>اء",
            "شراء KF<LRM>C",
            "شراء KF<RLI><PDI>C",
            "63240<LRM>8000123 شراء",
            // What would be seen as a domain, and the bank's own.
            "شراء com<RLM>.<RLM>evil",
            "شراء <LRI>com<PDI> . <LRI>evil<PDI>",
            "شراء <LRI>com<PDI>. <LRI>evil<PDI>",
            "شراء com<RLM>\u{64b}.<RLM>evil",
            "شراء <LRI>com شراء<PDI><LRI>.<PDI>evil",
            "شراء <FSI>com شراء<PDI><LRI>.<PDI>evil",
            "انظر harbour<LRM>.example",
            "انظر harbour.example<LRM>/a",
            "انظر harbour.example/<LRM>a",
            // Isolates.
            "شراء <LRI>CNY 128.50",
            "شراء CNY 128.50<PDI> شراء",
            "شراء <PDI>CNY 128.50 <LRI>شراء",
            "شراء <LRI>CNY 128.50\nشراء<PDI>",
            "شراء <LRI><PDI> شراء",
            "<RLI>ا<RLI>ا<RLI>ا<RLI>ا<RLI>ا<PDI><PDI><PDI><PDI><PDI> شراء",
            "شراء <LRI>KFC <RLI>شراء<PDI><PDI> شراء",
            "شراء <FSI>KFC <LRM><PDI> شراء",
            // More than say something.
            "شراء <LRM><RLM> شراء",
            // Lines that run from left to right.
            "<RLI>شراء<PDI>",
            "KFC <LRM>شراء",
            "<LRM>شراء",
            "شراء\nKFC <RLM>شراء",
            "KFC <RLI>شراء<PDI>",
            "<LRM>",
            "\u{1f1e8}\u{1f1f3} شراء <LRM>",
        ] {
            let found = found("ar", written);
            // In a domain it makes another one.
            let is_refused = |(rule, _): &_| matches!(rule, Rule::Character | Rule::Link);
            assert!(found.iter().any(is_refused), "{written} {found:?}");
        }
    }

    #[test]
    fn isolates_are_four_deep_at_the_most() {
        let nested = |depth: usize| {
            let text = format!("شراء {}{}", "<RLI>ا ".repeat(depth), "<PDI>".repeat(depth));
            found("ar", &text)
        };
        assert_eq!(nested(4), []);
        assert_eq!(nested(5), [(Rule::Character, "isolates more than 4 deep")]);
    }

    #[test]
    fn there_are_sixty_four_at_the_most() {
        let many = |count: usize| found("ar", &"ا <LRM>".repeat(count));
        assert_eq!(many(64), []);
        assert_eq!(many(65), [(Rule::Character, "more than 64 bidirectional controls")]);
        // Over all lines.
        let lines = found("ar", &"ا <LRM>ا\n".repeat(65));
        assert_eq!(lines, [(Rule::Character, "more than 64 bidirectional controls")]);
    }

    #[test]
    fn what_stands_beside_them_is_accounted_for_and_counted() {
        let sender = Sender::new("Harbour:", "+965 1800 800", 2);
        let transaction = transaction();
        let reader = Reader::new(Party::Cardholder, "ar", Shown::ALL);
        let mut guard =
            Guard::new().with_sender(&sender).with_reader(reader).with_transaction(&transaction);
        let written = text(
            "<RLM>Harbour: شراء <LRI>CNY 128.50<PDI> بتاريخ <LRM>2026-11-20. للاستفسار: <LRM>+965 1800 800",
        );
        let (findings, count, accounted) = guard.pass_explained(&written, reader);
        assert_eq!(findings, []);
        assert_eq!((count.encoding, count.segments), (tillbell_sms::Encoding::Ucs2, 2));
        let facts: Vec<_> =
            accounted.iter().map(|of| (&written[of.start..of.end], of.by)).collect();
        assert_eq!(
            facts,
            [("128.50", Fact::Amount), ("2026-11-20", Fact::Date), ("965 1800 800", Fact::Hotline)]
        );
        // Another amount, and a card number in pieces, are found as ever.
        for (wrong, rule) in [
            ("<RLM>Harbour: شراء <LRI>CNY 128.51<PDI> شكرا", Rule::Amount),
            ("<RLM>Harbour: شراء <LRI>USD 128.50<PDI> شكرا", Rule::Amount),
            ("<RLM>Harbour: شراء <LRI>4242 4242 4242 4242<PDI> شكرا", Rule::Pan),
            ("<RLM>Harbour: شراء 4242<LRM> 4242<LRM> 4242<LRM> 4242", Rule::Pan),
            ("<RLM>Harbour: شراء <LRI>evil.com<PDI> شكرا", Rule::Link),
            ("شراء <RLM>Harbour: CNY 128.50", Rule::Signature),
            ("<LRM>Harbour: شراء", Rule::Signature),
            ("<RLM> Harbour: شراء", Rule::Signature),
            ("<RLM><RLM>Harbour: شراء", Rule::Signature),
            ("<RLM>Har<LRM>bour: شراء", Rule::Signature),
            ("<RLM>Harbour: شراء Har<LRM>bour:", Rule::Signature),
        ] {
            let findings = guard.inspect(&text(wrong));
            assert!(findings.iter().any(|found| found.rule == rule), "{wrong} {findings:?}");
        }
        // A text that runs from left to right begins with its signature.
        guard.turn_to(Reader::new(Party::Cardholder, "en", Shown::ALL));
        let rules = |written: &str| -> Vec<_> {
            guard.inspect(&text(written)).iter().map(|found| found.rule).collect()
        };
        assert_eq!(rules("<RLM>Harbour: hello"), [Rule::Signature, Rule::Character]);
    }

    #[test]
    fn a_templates_own_words_are_pieces_of_lines() {
        let guard = Guard::new();
        assert_eq!(guard.inspect_literal(&text("في <LRI>\u{fffc}")), []);
        assert!(!guard.inspect_literal(&text("في <RLO>\u{fffc}")).is_empty());
    }

    #[test]
    fn a_merchants_name_keeps_none() {
        let name = text("KFC <RLI>العليا<PDI><RLM> 12<ALM><LRM>");
        assert_eq!(crate::clean::name(&name), "KFC العليا 12");
    }
}
