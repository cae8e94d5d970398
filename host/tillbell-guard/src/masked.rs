//! Values of which a part is hidden: telephones, identity and account numbers, the card.

use std::ops::Range;

use crate::facts::Fact;
use crate::marks::{self, Beside};
use crate::moments::Numbers;

/// Glyphs of a masked value at the most.
const GLYPHS_MAX: usize = 40;
/// Signs that hide digits, where one digit alone is shown.
const MASKS_MIN: usize = 3;
/// Digits of a masked value that stay hidden, at least.
const HIDDEN_DIGITS_MIN: usize = 2;
/// Digits of it that are shown, at most.
const SHOWN_DIGITS_MAX: usize = 8;
/// Digits behind a mask that are read, at most.
const TAIL_DIGITS_MAX: usize = 24;
/// Digits of a value's end that may stand without the rest.
const TAIL_DIGITS: Range<usize> = 3..5;

/// What may be told in part.
pub(crate) struct Masked<'a> {
    pub(crate) fields: [(Fact, Option<&'a str>); 5],
    pub(crate) last4: [u8; 4],
    pub(crate) bin: [u8; 8],
    /// Digits of the BIN; 0 where it may not be told.
    pub(crate) bin_length: usize,
}

impl Masked<'_> {
    /// Head, mask and tail of one field, or the card's; a tail alone of some.
    pub(crate) fn at(
        &self,
        numbers: &Numbers<'_>,
        group: usize,
        free: &dyn Fn(Fact) -> bool,
    ) -> Option<(usize, Fact)> {
        let glyphs = numbers.glyphs;
        // Digits and, between them, hidden ones.
        let mut head = [0u8; SHOWN_DIGITS_MAX];
        let mut tail = [0u8; TAIL_DIGITS_MAX];
        let (mut head_length, mut tail_length) = (0, 0);
        let start = numbers.start(group);
        let hidden_before = start.checked_sub(1).is_some_and(|at| {
            let skipped = glyphs[..=at]
                .iter()
                .rev()
                .take(2)
                .take_while(|glyph| matches!(glyph.folded, ' ' | '-'))
                .count();
            at.checked_sub(skipped).is_some_and(|at| {
                marks::hides(glyphs[at].folded)
                    || (glyphs[at].folded == '.' && at > 0 && glyphs[at - 1].folded == '.')
            })
        });
        let behind = glyphs[numbers.end(group)..].iter().find(|glyph| glyph.folded != ' ');
        let may_be_masked = hidden_before
            || behind.is_some_and(|glyph| {
                marks::hides(glyph.folded) || matches!(glyph.folded, '-' | '.') || glyph.is_digit()
            });
        if !may_be_masked {
            return self.tail_alone(numbers.values(group), free).map(|fact| (group + 1, fact));
        }
        let mut has_mask = hidden_before;
        let mut end = group;
        let mut at = start;
        // The group behind the last digit that still makes a value.
        let mut pending_mask = false;
        let mut masks = 0;
        while let Some(glyph) = glyphs.get(at).filter(|_| at - start <= GLYPHS_MAX) {
            match glyph.folded {
                digit if digit.is_ascii_digit() => {
                    if pending_mask || has_mask {
                        has_mask = true;
                        // A second mask starts the tail anew: nothing may stand between.
                        if pending_mask && tail_length > 0 {
                            return None;
                        }
                        pending_mask = false;
                        *tail.get_mut(tail_length)? = digit as u8;
                        tail_length += 1;
                    } else if head_length == SHOWN_DIGITS_MAX {
                        // More than may be shown: no masked value.
                        break;
                    } else {
                        head[head_length] = digit as u8;
                        head_length += 1;
                    }
                }
                // x1598 behind ***295 is another.
                mask if marks::hides(mask) && tail_length > 0 && glyphs[at - 1].folded == ' ' => {
                    break;
                }
                mask if marks::hides(mask) => {
                    pending_mask = true;
                    masks += 1;
                }
                ' ' | '-' | '.' => {
                    // Behind the tail a number may follow that is another.
                    let next = glyphs.get(at + 1).map_or(' ', |glyph| glyph.folded);
                    let goes_on = marks::hides(next)
                        || (next.is_ascii_digit() && (pending_mask || !has_mask));
                    if !goes_on {
                        break;
                    }
                }
                _ => break,
            }
            at += 1;
        }
        while end < numbers.count() && numbers.start(end) < at {
            end += 1;
        }
        // ****0018一三九: the number goes on in words.
        if end > group && numbers.end(end - 1) > at {
            return None;
        }
        let (head, tail) = (&head[..head_length], &tail[..tail_length]);
        if head.len() + tail.len() < 2 && masks < MASKS_MIN {
            return None;
        }
        if has_mask || pending_mask {
            let is_card = head.len() <= self.bin_length
                && self.bin[..self.bin_length].starts_with(head)
                && tail.len() <= 4
                && self.last4.ends_with(tail)
                && !(head.is_empty() && tail.is_empty());
            if is_card && (free(Fact::Bin) || head.is_empty()) {
                return Some((end, if head.is_empty() { Fact::LastFour } else { Fact::Bin }));
            }
        }
        if !has_mask && !pending_mask {
            return self.tail_alone(numbers.values(group), free).map(|fact| (group + 1, fact));
        }
        self.fields.iter().find_map(|(fact, own)| {
            let own = own.filter(|_| free(*fact))?;
            let digits = || own.bytes().filter(u8::is_ascii_digit);
            let known = digits().count();
            // Of a card's number the host keeps the last four alone.
            let hidden = own.bytes().filter(|byte| *byte == b'*').count();
            let length = known + hidden;
            // Digits of the field that stand before the head.
            let is_skipped = |head: &[u8], from: usize| {
                head.is_empty()
                    || hidden == 0 && digits().skip(from).take(head.len()).eq(head.iter().copied())
            };
            let is_tail = |tail: &[u8]| {
                tail.len() < length
                    && tail.len() <= known
                    && digits().skip(known - tail.len()).eq(tail.iter().copied())
            };
            let shown = head.len() + tail.len();
            // +86 138 …: as it is dialled at home, then two digits of that are hidden.
            let at_home = if own.starts_with('+') { 3 } else { 0 };
            let fits = shown > 0
                && shown <= SHOWN_DIGITS_MAX
                && is_tail(tail)
                && (0..=at_home).any(|from| {
                    from + shown + HIDDEN_DIGITS_MIN <= length && is_skipped(head, from)
                });
            fits.then_some((end, *fact))
        })
    }

    /// The account or telephone whose end these digits are.
    fn tail_alone(&self, values: &[u8], free: &dyn Fn(Fact) -> bool) -> Option<Fact> {
        if !TAIL_DIGITS.contains(&values.len()) {
            return None;
        }
        self.fields.iter().find_map(|(fact, own)| {
            let own = own.filter(|_| free(*fact))?;
            let is_short = values.len() < 4;
            if is_short && !matches!(fact, Fact::Account | Fact::Counterparty) {
                return None;
            }
            let mut digits = own.bytes().rev().filter(u8::is_ascii_digit);
            let is_tail = values.iter().rev().all(|digit| digits.next() == Some(*digit));
            (is_tail && (digits.next().is_some() || own.contains('*'))).then_some(*fact)
        })
    }

    /// Whether the letters that touch a number begin a field: DE89…, of an account.
    pub(crate) fn begins_with_letters(
        &self,
        numbers: &Numbers<'_>,
        group: usize,
        before: Beside,
    ) -> bool {
        let letters = &numbers.glyphs[before.edge..numbers.start(group)];
        self.fields.iter().any(|(_, own)| {
            own.is_some_and(|own| {
                own.chars()
                    .take_while(|own| own.is_ascii_alphabetic())
                    .map(|own| own.to_ascii_lowercase())
                    .eq(letters.iter().map(|glyph| glyph.folded).filter(|folded| *folded != ' '))
            })
        })
    }
}
