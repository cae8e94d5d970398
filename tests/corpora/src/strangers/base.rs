//! A good text of a bank, in pieces, into which the generators put what must not be there.

use super::facts::{Facts, Money, Rows};
use super::locales::{self, Locale};
use crate::draw::Random;
use crate::{Party, Sample, Sender};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    Literal,
    Signature,
    Last4,
    Amount,
    Merchant,
    Date,
    Clock,
    Hotline,
    Balance,
    Reference,
    Phrase,
}

#[derive(Clone, Debug)]
pub struct Piece {
    pub slot: Slot,
    pub text: String,
}

pub struct Base {
    pub locale: &'static Locale,
    pub facts: Facts,
    pub sender: Sender,
    pub party: Party,
    pub pieces: Vec<Piece>,
}

/// The good text of a seed, as it is before `strangers::long` and the others change it: clean.
pub fn control(seed: u64) -> Sample {
    let base = Base::new(seed);
    let text = base.text();
    base.sample("control", vec![text], false)
}

impl Base {
    pub fn new(seed: u64) -> Self {
        Self::with(seed, None)
    }

    /// For this party if one is given.
    pub fn with(seed: u64, party: Option<Party>) -> Self {
        let mut random = Random::new(seed, "base");
        let locale = locales::pick(&mut random);
        let facts = Facts::new(&mut random, locale);
        let drawn = if random.chance(80) { Party::Cardholder } else { Party::Merchant };
        let party = party.unwrap_or(drawn);
        let hotline = random.pick(locale.hotlines);
        let mut sender = Sender {
            signature: random.pick(locale.signatures).to_owned(),
            hotline: random.fill(hotline),
            phrases: locale.phrases.iter().map(|&phrase| phrase.to_owned()).collect(),
            segments_max: 10,
            ..Sender::default()
        };
        if random.chance(30) {
            let number = random.pick(locale.hotlines);
            sender.numbers.push(random.fill(number));
        }
        if random.chance(40) {
            sender
                .links
                .push(random.pick(&["harbourbank.example", "kitebank.com", "hgbank.cn"]).into());
        }
        let layouts = if party == Party::Cardholder { locale.layouts } else { locale.takings };
        // A balance that is absent cannot be named.
        let fitting: Vec<&str> = layouts
            .iter()
            .copied()
            .filter(|layout| facts.balance.is_some() || !layout.contains("{b}"))
            .collect();
        let layout = fitting[random.below(fitting.len())];
        let mut base = Self { locale, facts, sender, party, pieces: Vec::new() };
        base.lay_out(layout, &mut random);
        base.declare_words();
        base
    }

    fn lay_out(&mut self, layout: &str, random: &mut Random) {
        if !self.sender.signature.is_empty() {
            let is_tight = self.sender.signature.starts_with('【');
            self.pieces.push(Piece { slot: Slot::Signature, text: self.sender.signature.clone() });
            self.pieces.push(Piece {
                slot: Slot::Literal,
                text: if is_tight { String::new() } else { " ".into() },
            });
        }
        let date = random.pick(self.locale.dates);
        let has_seconds = random.chance(25);
        let is_grouped = random.chance(50);
        let mark = random.below(4);
        let mut rest = layout;
        while let Some(start) = rest.find('{') {
            if start > 0 {
                self.push(Slot::Literal, rest[..start].to_owned());
            }
            let facts = &self.facts;
            let (slot, text) = match &rest[start + 1..start + 2] {
                "l" => (Slot::Last4, facts.last4.clone()),
                "a" => (Slot::Amount, self.money(facts.amount, is_grouped, mark)),
                "b" => {
                    let balance = facts.balance.unwrap_or(facts.amount);
                    (Slot::Balance, self.money(balance, is_grouped, mark))
                }
                "m" => (Slot::Merchant, facts.merchant.clone()),
                "d" => (Slot::Date, facts.time.date(date)),
                "c" => {
                    let clock = facts.time.clock(has_seconds);
                    let touches = self.pieces.last().is_some_and(|piece| {
                        piece.slot == Slot::Date
                            && piece.text.ends_with(|c: char| c.is_ascii_digit())
                    });
                    if touches {
                        self.push(Slot::Literal, " ".into());
                    }
                    (Slot::Clock, clock)
                }
                "h" => (Slot::Hotline, self.sender.hotline.clone()),
                "r" => (Slot::Reference, facts.rrn.clone()),
                _ => {
                    let phrase = random.pick(self.locale.phrases);
                    (Slot::Phrase, phrase.replace("{last4}", &facts.last4))
                }
            };
            self.push(slot, text);
            rest = &rest[start + 3..];
        }
        self.push(Slot::Literal, rest.to_owned());
    }

    fn push(&mut self, slot: Slot, text: String) {
        self.pieces.push(Piece { slot, text });
    }

    /// An amount with its mark, as a bank of the locale writes it.
    pub fn money(&self, money: Money, is_grouped: bool, mark: usize) -> String {
        let number = money.number(self.locale.is_comma, is_grouped);
        let code = money.currency;
        match (code, mark) {
            ("CNY", 0 | 1) => format!("{number}元"),
            ("JPY", 0 | 1) => format!("{number}円"),
            ("KRW", 0 | 1) => format!("{number}원"),
            ("CNY", 2) => format!("¥{number}"),
            ("USD", 0) => format!("${number}"),
            ("EUR", 0) => format!("{number} €"),
            ("EUR", 1) => format!("€{number}"),
            ("GBP", 0) => format!("£{number}"),
            ("INR", 0) => format!("Rs.{number}"),
            ("INR", 1) => format!("₹{number}"),
            ("BRL", 0) => format!("R$ {number}"),
            ("THB", 0) => format!("฿{number}"),
            ("RUB", 0) => format!("{number} ₽"),
            ("IDR", 0) => format!("Rp{number}"),
            ("SEK", 0) => format!("{number} kr"),
            ("PLN", 0) => format!("{number} zł"),
            ("UAH", 0) => format!("{number} ₴"),
            ("TRY", 0) => format!("₺{number}"),
            ("ILS", 0) => format!("₪{number}"),
            ("VND", 0) => format!("{number} ₫"),
            (_, 1) => format!("{number} {code}"),
            _ => format!("{code} {number}"),
        }
    }

    /// Declares the letters that stand beside the text's numbers; in Chinese and Japanese also the two
    /// nearest of them.
    fn declare_words(&mut self) {
        let mut words: Vec<String> = Vec::new();
        // Without spaces between words, a word is only the nearest letters.
        let has_spaces = !matches!(self.locale.tag, "zh-CN" | "zh-TW" | "ja");
        for (index, piece) in self.pieces.iter().enumerate() {
            let is_number = !matches!(
                piece.slot,
                Slot::Literal | Slot::Signature | Slot::Merchant | Slot::Phrase
            );
            if !is_number {
                continue;
            }
            if let Some(before) = index.checked_sub(1).map(|index| &self.pieces[index]) {
                let text = before.text.trim_end_matches([' ', ':', '：', '.']);
                let word: Vec<char> = text.chars().rev().take_while(|c| is_letter(*c)).collect();
                let word: String = word.iter().rev().collect();
                let count = word.chars().count();
                if !has_spaces {
                    words.push(word.chars().skip(count.saturating_sub(2)).collect());
                }
                words.push(word);
            }
            if let Some(after) = self.pieces.get(index + 1) {
                let text = after.text.trim_start_matches(' ');
                let word: String = text.chars().take_while(|c| is_letter(*c)).collect();
                if !has_spaces {
                    words.push(word.chars().take(2).collect());
                }
                words.push(word);
            }
        }
        words.retain(|word| !word.is_empty());
        words.sort_unstable();
        words.dedup();
        self.sender.words = words;
    }

    pub fn text(&self) -> String {
        self.pieces.iter().map(|piece| piece.text.as_str()).collect()
    }

    pub fn find(&self, slot: Slot) -> Option<usize> {
        self.pieces.iter().position(|piece| piece.slot == slot)
    }

    pub fn rows(&self) -> Rows {
        self.facts.rows(&self.sender, self.party)
    }

    /// Puts a text at the end, behind a sentence's end.
    pub fn append(&mut self, text: &str) {
        let is_open = self.text().ends_with(|c: char| c.is_alphanumeric());
        let start = match (is_open, self.locale.tag) {
            (true, "zh-CN" | "zh-TW" | "ja") => "，",
            (true, _) => ". ",
            (false, "zh-CN" | "zh-TW" | "ja") => "",
            (false, _) => " ",
        };
        self.push(Slot::Literal, format!("{start}{text}"));
    }

    /// Puts a text into a line of its own.
    pub fn push_line(&mut self, text: &str) {
        self.push(Slot::Literal, format!("\n{text}"));
    }

    /// Puts a text before this piece.
    pub fn insert(&mut self, at: usize, text: String) {
        self.pieces.insert(at, Piece { slot: Slot::Literal, text });
    }

    pub fn sample(self, class: &'static str, texts: Vec<String>, is_dirty: bool) -> Sample {
        Sample {
            class,
            transaction: self.facts.json(),
            sender: self.sender,
            party: self.party,
            locale: self.locale.tag,
            texts,
            is_dirty,
            collision: None,
        }
    }
}

/// A letter, or a mark that belongs to one (Thai, Hindi).
fn is_letter(character: char) -> bool {
    character.is_alphabetic()
        || matches!(u32::from(character), 0x0900..=0x0dff | 0x0e00..=0x0e7f | 0x0300..=0x036f)
            && !character.is_numeric()
}
