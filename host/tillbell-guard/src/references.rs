//! References: RRN, STAN, authorisation code, terminal and merchant id.

use crate::facts::Fact;
use crate::marks::{self, Beside, What};
use crate::moments::Numbers;
use crate::sender::Sender;

/// The longest word that may touch a reference which begins with letters.
const WORD_LETTERS_MAX: usize = 12;
/// The fewest characters of a reference's end that stand for it.
const TAIL_MIN: usize = 4;
/// The longest reference: of a longer one its end.
const BYTES_MAX: usize = 32;
/// Letters and digits that are looked at on either side of a group.
const TOUCHING_MAX: usize = 24;

/// What may be told of a transaction's references.
pub(crate) struct References {
    all: [Reference; 5],
    has_letters: bool,
}

/// Its letters and digits, folded; none where it may not be told.
pub(crate) struct Reference {
    fact: Fact,
    bytes: [u8; BYTES_MAX],
    length: usize,
}

impl Reference {
    pub(crate) fn of(fact: Fact, text: &str) -> Self {
        let mut own = Self { fact, bytes: [0; BYTES_MAX], length: 0 };
        for byte in text.bytes().filter(u8::is_ascii_alphanumeric) {
            if own.length == BYTES_MAX {
                own.bytes.rotate_left(1);
                own.length -= 1;
            }
            own.bytes[own.length] = byte.to_ascii_lowercase();
            own.length += 1;
        }
        own
    }

    fn own(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    /// The glyph behind what stands here and is the reference or its end, and whether it has
    /// letters.
    fn ends(&self, numbers: &Numbers<'_>, from: usize) -> Option<(usize, bool)> {
        let (own, glyphs) = (self.own(), numbers.glyphs);
        let shortest = TAIL_MIN.min(own.len());
        // Read on, over signs, as long as letters and digits are the reference's.
        let mut read = [0u8; BYTES_MAX];
        let mut count = 0;
        let mut at = from;
        let mut end = None;
        while let Some(glyph) = glyphs.get(at) {
            match glyph.folded {
                letter if letter.is_ascii_alphanumeric() => {
                    if count == own.len() {
                        return None;
                    }
                    read[count] = letter as u8;
                    count += 1;
                    end = Some(at + 1);
                }
                ' ' | '-' | '/' | '.' if count < own.len() => {
                    // What was read may be its end already.
                    let is_tail = count >= shortest && own.ends_with(&read[..count]);
                    let may_go_on = own.starts_with(&read[..count])
                        && glyphs
                            .get(at + 1)
                            .is_some_and(|next| next.folded.is_ascii_alphanumeric());
                    if is_tail || !may_go_on {
                        break;
                    }
                }
                _ => break,
            }
            at += 1;
        }
        let is_it = count >= shortest && own.ends_with(&read[..count]);
        Some((end?, !read[..count].iter().all(u8::is_ascii_digit))).filter(|_| is_it)
    }
}

impl References {
    pub(crate) fn of(all: [Reference; 5]) -> Self {
        let has_letters = all.iter().any(|own| own.own().iter().any(u8::is_ascii_alphabetic));
        Self { all, has_letters }
    }

    /// Of a reference that stands at a group, whole or its end: the group behind it, which,
    /// and whether it has letters. `before` is what stands before the group.
    pub(crate) fn at(
        &self,
        numbers: &Numbers<'_>,
        group: usize,
        before: Beside,
        sender: Option<&Sender>,
        free: &dyn Fn(Fact) -> bool,
    ) -> Option<(usize, Fact, bool)> {
        let glyphs = numbers.glyphs;
        let start = numbers.start(group);
        // With the letters that touch it, and without those of a word that may.
        let touching = glyphs[..start].iter().rev().take(TOUCHING_MAX);
        let letters = touching.take_while(|glyph| glyph.is_letter()).count();
        let from = start - letters;
        // refTC…: a word that may touch a number, and the reference's own letters.
        let words = sender.map_or(&[][..], Sender::folded_words);
        let longest = if self.has_letters { letters.min(WORD_LETTERS_MAX) } else { 0 };
        let word =
            (1..longest).rev().find(|length| marks::may_touch(&glyphs[from..from + length], words));
        let behind_word = from + word.unwrap_or(0);
        let starts: &[usize] = match letters {
            0 => &[start],
            _ if matches!(before.what, What::Known | What::Mask) => &[from, start, behind_word],
            _ => &[from, behind_word],
        };
        // The last letter or digit of what touches the number, and of which there may be
        // more behind a sign.
        let touching = glyphs[numbers.end(group)..].iter().take(TOUCHING_MAX);
        let more = touching.take_while(|glyph| glyph.folded.is_ascii_alphanumeric()).count();
        let last = glyphs[numbers.end(group) + more - 1].folded as u8;
        let may_be = |own: &[u8]| {
            own.last() == Some(&last)
                || starts.iter().any(|start| {
                    own.first().is_some_and(|first| char::from(*first) == glyphs[*start].folded)
                })
        };
        let known = self.all.iter().filter(|own| may_be(own.own()) && free(own.fact));
        known.into_iter().find_map(|own| {
            starts.iter().find_map(|from| {
                let (end, has_letters) = own.ends(numbers, *from)?;
                let behind = (group..numbers.count()).find(|group| numbers.start(*group) >= end);
                let behind = behind.unwrap_or(numbers.count());
                // 632408000123一三九: the number goes on in words.
                let is_whole = numbers.end(behind - 1) <= end;
                is_whole.then_some((behind, own.fact, has_letters))
            })
        })
    }
}
