//! Fills a layout with the facts of a transaction.
//!
//! A template holds `{field}`, `[what is left out when a field in it is
//! absent]`, `‹word that touches a number›`, `«phrase with fixed numbers»` and
//! `⟪one¦of¦these⟫`.

use super::calendar::Months;
use super::currencies::Currency;
use super::facts::{Facts, Money, Place};
use super::writing::{Style, write_one};
use crate::random::Random;
use crate::{Party, Sender};

/// How the banks of a country write.
pub struct Layout {
    /// The class of clean samples.
    pub class: &'static str,
    pub language: &'static str,
    pub place: Place,
    /// The first one is the locale's.
    pub styles: &'static [Style],
    pub months: &'static Months,
    pub dates: &'static [&'static str],
    pub clocks: &'static [&'static str],
    pub cards: &'static [&'static str],
    /// `¤` is the mark and `#` the number.
    pub moneys: &'static [&'static str],
    /// A digit for each `#`.
    pub hotlines: &'static [&'static str],
    pub signatures: &'static [&'static str],
    /// Words for a fee, a balance and a sum, before a number.
    pub labels: [&'static str; 3],
    pub templates: &'static [&'static str],
}

/// The number in a text that another text may take the place of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    Amount,
    Fee,
    Balance,
}

pub struct Renderer<'a> {
    pub random: &'a mut Random,
    pub layout: &'a Layout,
    pub facts: &'a Facts,
    pub party: Party,
    pub is_declared: bool,
    pub sender: Sender,
    /// Whether forms are used that the bank's own templates do not have.
    pub is_free: bool,
    /// Zero of the digits that stand in place of the Latin ones.
    pub zero: char,
    /// The class, where it is another than the layout's.
    pub class: Option<&'static str>,
    /// Stands in place of the slot's money, once.
    pub replacement: Option<(Slot, String)>,
}

impl<'a> Renderer<'a> {
    pub fn new(
        random: &'a mut Random,
        layout: &'a Layout,
        facts: &'a Facts,
        party: Party,
        is_declared: bool,
    ) -> Self {
        let hotline = fill_digits(random.word(layout.hotlines), random);
        let signature = random.pick(layout.signatures).to_string();
        let sender = Sender { signature, hotline, segments_max: 10, ..Sender::default() };
        Self {
            random,
            layout,
            facts,
            party,
            is_declared,
            sender,
            is_free: false,
            zero: '0',
            class: None,
            replacement: None,
        }
    }

    /// The whole text, behind the signature.
    pub fn text(&mut self, template: &str) -> Option<String> {
        let marked = self.fill(template)?;
        if self.is_declared && self.is_free {
            for word in touching(&marked) {
                add(&mut self.sender.words, &word);
            }
        }
        let body = marked.replace([START, END], "");
        let signature = &self.sender.signature;
        let gap = if signature.is_empty() || signature.ends_with('】') { "" } else { " " };
        Some(format!("{signature}{gap}{}", body.trim()))
    }

    /// Nothing where a field is absent.
    pub fn fill(&mut self, template: &str) -> Option<String> {
        let mut out = String::new();
        let mut rest = template;
        while let Some(c) = rest.chars().next() {
            let close = match c {
                '{' => '}',
                '[' => ']',
                '‹' => '›',
                '«' => '»',
                '⟪' => '⟫',
                _ => {
                    out.push(c);
                    rest = &rest[c.len_utf8()..];
                    continue;
                }
            };
            let (inner, after) = inside(rest, c, close);
            rest = after;
            match c {
                '{' => {
                    let text = self.field(inner)?;
                    let text = self.native(inner, text);
                    let is_digit = |c: char| c.is_numeric();
                    if out.trim_end_matches([START, END]).ends_with(is_digit)
                        && text.trim_start_matches([START, END]).starts_with(is_digit)
                    {
                        out.push(' ');
                    }
                    if matches!(inner, "shop" | "city" | "name" | "party" | "issuer" | "brand") {
                        out += &text;
                    } else {
                        out.push(START);
                        out += &text;
                        out.push(END);
                    }
                }
                '[' => {
                    if self.random.is(85)
                        && let Some(text) = self.fill(inner)
                    {
                        out += &text;
                    }
                }
                '‹' => {
                    if self.is_declared {
                        add(&mut self.sender.words, inner);
                    }
                    out += inner;
                }
                '«' => {
                    if !self.is_declared {
                        return None;
                    }
                    out += &self.fill(inner)?;
                    add(&mut self.sender.phrases, inner);
                }
                _ => {
                    let choices = choices(inner);
                    let choice = *self.random.pick(&choices);
                    out += &self.fill(choice)?;
                }
            }
        }
        Some(out)
    }

    fn field(&mut self, name: &str) -> Option<String> {
        let facts = self.facts;
        let is_cardholder = self.party == Party::Cardholder;
        let own = is_cardholder.then_some(());
        let full = |text: &str| (!text.is_empty()).then(|| text.to_string());
        Some(match name {
            "card" => {
                for _ in 0..4 {
                    let template = *self.random.pick(self.layout.cards);
                    if let Some(card) = self.fill(template) {
                        return Some(card);
                    }
                }
                facts.last4.clone()
            }
            "last4" => facts.last4.clone(),
            "bin" => facts.bin.clone(),
            "date" => return self.time(self.layout.dates),
            "clock" => return self.time(self.layout.clocks),
            "amt" => self.money(Slot::Amount, facts.amount, true),
            "num" => self.money(Slot::Amount, facts.amount, false),
            "amount" => self.own_money(facts.amount),
            "samt" => {
                let sign = *self.random.pick(&["+", "-", "-", "−"]);
                let text = self.money(Slot::Amount, facts.amount, true);
                format!("{sign}{text}")
            }
            "fee" => {
                own?;
                let fee = facts.fee?;
                self.money(Slot::Fee, fee, true)
            }
            "bal" => {
                own?;
                let balance = facts.balance?;
                self.money(Slot::Balance, balance, true)
            }
            "balnum" => {
                own?;
                let balance = facts.balance?;
                self.money(Slot::Balance, balance, false)
            }
            "orig" => self.own_money(facts.original_amount?),
            "limit" => {
                own?;
                self.own_money(facts.threshold?)
            }
            "shop" => self.cut(&facts.merchant),
            "city" => full(&facts.city)?,
            "rrn" => full(&facts.rrn)?,
            "rrntail" => tail(&facts.rrn, 4 + self.random.below(4) as usize)?,
            "stan" => full(&facts.stan)?,
            "auth" => full(&facts.authorisation_code)?,
            "term" => full(&facts.terminal)?,
            "mid" => full(&facts.merchant_id)?,
            "midtail" => tail(&facts.merchant_id, 4)?,
            "name" => {
                own?;
                full(&facts.cardholder)?
            }
            "issuer" => full(facts.issuer)?,
            "brand" => full(facts.brand)?,
            "phone" => {
                own?;
                self.masked_phone()?
            }
            "acct" => {
                own?;
                let tail = tail(&facts.account, 4)?;
                let mask = *self.random.pick(&["XXXXXX", "X", "******", "*", "xx", "XX", "••••"]);
                format!("{mask}{tail}")
            }
            "party" => {
                own?;
                let party = full(&facts.counterparty)?;
                if party.bytes().all(|byte| byte.is_ascii_digit()) {
                    format!("{}{}", self.random.pick(&["XXXXXX", "****", "**"]), &party[6..])
                } else {
                    party
                }
            }
            "hotline" => {
                let hotline = self.sender.hotline.clone();
                match self.random.below(20) {
                    0 if self.is_free => hotline.replace('-', " "),
                    1 if self.is_free => hotline.replace(['-', ' '], ""),
                    _ => hotline,
                }
            }
            "lost" => {
                let number = fill_digits(self.random.word(self.layout.hotlines), self.random);
                add(&mut self.sender.numbers, &number);
                number
            }
            "percent" => self.random.between(1, 99).to_string(),
            "count" => self.random.between(1, 999).to_string(),
            _ => panic!("no field {name}"),
        })
    }

    /// Money, times and cards in the digits of the language.
    fn native(&self, field: &str, text: String) -> String {
        let fields = ["card", "last4", "date", "clock", "amt", "samt", "num", "bal", "fee"];
        if self.zero == '0' || !fields.contains(&field) {
            return text;
        }
        let digit = |c: char| match c.to_digit(10) {
            Some(value) => char::from_u32(self.zero as u32 + value).unwrap_or(c),
            None => c,
        };
        text.chars().map(digit).collect()
    }

    fn time(&mut self, formats: &'static [&'static str]) -> Option<String> {
        let format = *self.random.pick(formats);
        let text = self.facts.time.format(format, self.layout.months);
        self.fill(&text)
    }

    /// The slot's replacement, or the money.
    fn money(&mut self, slot: Slot, money: Money, is_marked: bool) -> String {
        if let Some((wanted, _)) = &self.replacement
            && *wanted == slot
            && let Some((_, text)) = self.replacement.take()
        {
            return text;
        }
        if is_marked { self.own_money(money) } else { self.number(money) }
    }

    /// Digits, with a sign for what is below zero.
    pub fn number(&mut self, money: Money) -> String {
        let exponent = money.currency.exponent;
        let digits = write_one(money.minor, exponent, self.layout.styles, self.random);
        let sign = if money.minor >= 0 { "" } else { *self.random.pick(&["-", "-", "-", "−"]) };
        format!("{sign}{digits}")
    }

    /// The money beside its own currency's mark.
    pub fn own_money(&mut self, money: Money) -> String {
        let number = self.number(money);
        let language = self.layout.language;
        if self.is_free && language == "zh" && money.currency.code == "CNY" && self.random.is(2) {
            self.class = Some("foreign-china-numerals");
            let minor = money.minor.unsigned_abs();
            let sign = if money.minor < 0 { "负" } else { "" };
            return format!("人民币{sign}{}", crate::money::numerals::yuan(minor, true));
        }
        if self.random.is(15) {
            let name = *self.random.pick(&money.currency.names_in(language));
            return if name == "人民币" || name == "人民幣" {
                format!("{name}{number}元")
            } else {
                let is_joined = is_without_spaces(language) && !name.is_ascii();
                format!("{number}{}{name}", if is_joined { "" } else { " " })
            };
        }
        let mut pattern = *self.random.pick(self.layout.moneys);
        if !pattern.contains('¤') && self.layout.place.currencies[0] != money.currency.code {
            pattern = self.random.word(&["¤ #", "# ¤", "¤#", "#¤"]);
        }
        let mark = own_mark(money.currency, pattern, language, self.random);
        pattern.replace('¤', mark).replace('#', &number)
    }

    /// A name, whole, cut at a word, or cut at a width of 20 or more.
    fn cut(&mut self, name: &str) -> String {
        let length = name.chars().count();
        if self.random.is(94) || length < 8 {
            return name.into();
        }
        if self.random.is(50)
            && let Some((head, _)) = name.rsplit_once(' ')
            && head.chars().count() >= 4
        {
            return head.into();
        }
        name.chars().take(20).collect::<String>().trim_end().into()
    }

    fn masked_phone(&mut self) -> Option<String> {
        let phone = &self.facts.phone;
        if phone.len() < 9 {
            return None;
        }
        let tail = &phone[phone.len() - self.random.between(2, 4) as usize..];
        let head = &phone[..self.random.between(3, 5) as usize];
        let mask = *self.random.pick(&["****", "***", "******", "XXXX", "••••"]);
        let head = match head.strip_prefix("+86") {
            Some(_) if self.random.is(50) => &phone[3..6],
            _ => head,
        };
        Some(if self.random.is(40) {
            format!("{mask}{tail}")
        } else {
            format!("{head}{mask}{tail}")
        })
    }

    /// A short line for a money, as the layout's language says it.
    pub fn labelled(&self, slot: Slot, text: &str) -> String {
        let label = self.layout.labels[match slot {
            Slot::Fee => 0,
            Slot::Balance => 1,
            Slot::Amount => 2,
        }];
        format!("{label}{text}")
    }
}

/// A mark of the currency that can stand where the pattern wants it.
fn own_mark(
    currency: &'static Currency,
    pattern: &str,
    language: &str,
    random: &mut Random,
) -> &'static str {
    let is_before = pattern.starts_with('¤');
    if currency.marks.is_empty() || random.is(45) {
        return currency.code;
    }
    let mark = *random.pick(currency.marks);
    let is_foreign_yuan = mark == "元" && currency.code != "CNY" && language != "zh-TW";
    if is_foreign_yuan
        || (is_before && mark == ":-")
        || (is_before && matches!(mark, "元" | "円" | "원" | "р" | "р." | "ש\"ח"))
    {
        return currency.code;
    }
    mark
}

pub fn is_without_spaces(language: &str) -> bool {
    matches!(language, "zh" | "zh-TW" | "ja" | "ko" | "th")
}

fn tail(text: &str, count: usize) -> Option<String> {
    (text.len() >= count).then(|| text[text.len() - count..].to_string())
}

fn add(list: &mut Vec<String>, text: &str) {
    if !list.iter().any(|have| have == text) {
        list.push(text.into());
    }
}

pub fn fill_digits(pattern: &str, random: &mut Random) -> String {
    pattern
        .chars()
        .map(|c| if c == '#' { char::from(b'0' + random.below(10) as u8) } else { c })
        .collect()
}

/// Where a field begins and ends, until the text is finished.
const START: char = '\u{e000}';
const END: char = '\u{e001}';

/// The words that a bank declares for this text: letters that touch a field's
/// digits. Where words are not spaced, a long row of letters is cut.
fn touching(marked: &str) -> Vec<String> {
    let chars: Vec<char> = marked.chars().collect();
    let mut words = Vec::new();
    let is_mark = |c: &&char| matches!(**c, START | END);
    for (index, c) in chars.iter().enumerate() {
        let mut word = String::new();
        if *c == START {
            let first = chars[index..].iter().find(|c| !is_mark(c));
            if first.is_some_and(|c| c.is_numeric()) {
                let before = chars[..index].iter().rev().skip_while(is_mark);
                let letters: Vec<char> = before.take_while(|c| is_letter(c)).copied().collect();
                word = letters[..kept(&letters)].iter().rev().collect();
            }
        } else if *c == END {
            let last = chars[..index].iter().rev().find(|c| !is_mark(c));
            if last.is_some_and(|c| c.is_numeric()) {
                let behind = chars[index..].iter().skip_while(is_mark);
                let letters: Vec<char> = behind.take_while(|c| is_letter(c)).copied().collect();
                word = letters[..kept(&letters)].iter().collect();
            }
        }
        if !word.trim_matches(['x', 'X']).is_empty() {
            words.push(word);
        }
    }
    words
}

fn is_letter(c: &char) -> bool {
    c.is_alphabetic() && !matches!(*c, START | END)
}

fn kept(letters: &[char]) -> usize {
    let is_long = letters.len() > 6 && letters.iter().all(|c| *c > '\u{2e80}');
    if is_long { 2 } else { letters.len() }
}

/// What stands between a bracket and its partner, and what is behind.
fn inside(text: &str, open: char, close: char) -> (&str, &str) {
    let mut depth = 0;
    for (index, c) in text.char_indices() {
        if c == open {
            depth += 1;
        } else if c == close {
            depth -= 1;
            if depth == 0 {
                return (&text[open.len_utf8()..index], &text[index + c.len_utf8()..]);
            }
        }
    }
    panic!("no {close} in {text}");
}

fn choices(text: &str) -> Vec<&str> {
    let (mut depth, mut start, mut found) = (0, 0, Vec::new());
    for (index, c) in text.char_indices() {
        match c {
            '⟪' => depth += 1,
            '⟫' => depth -= 1,
            '¦' if depth == 0 => {
                found.push(&text[start..index]);
                start = index + c.len_utf8();
            }
            _ => {}
        }
    }
    found.push(&text[start..]);
    found
}
