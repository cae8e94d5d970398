//! Lists of words, sorted by their first character, and how a word of one is found.

/// The code points that words begin with, as they are sorted.
pub(crate) const fn firsts<C, const N: usize>(words: &[(&str, C)]) -> [u32; N] {
    let mut firsts = [0; N];
    let mut at = 0;
    while at < N {
        firsts[at] = code_point(words[at].0.as_bytes()).0;
        at += 1;
    }
    firsts
}

/// The first code point of a text of one to three bytes a character, and the rest.
pub(crate) const fn code_point(text: &[u8]) -> (u32, &[u8]) {
    let (length, code) = match text[0] {
        0..0x80 => (1, text[0] as u32),
        0x80..0xe0 => (2, (text[0] as u32 & 0x1f) << 6 | text[1] as u32 & 0x3f),
        _ => {
            let (second, third) = (text[1] as u32 & 0x3f, text[2] as u32 & 0x3f);
            (3, (text[0] as u32 & 0xf) << 12 | second << 6 | third)
        }
    };
    (code, text.split_at(length).1)
}

/// The words that begin with a code point.
pub(crate) fn beginning<'a, C>(
    words: &'a [(&'a str, C)],
    firsts: &[u32],
    first: u32,
) -> &'a [(&'a str, C)] {
    let from = firsts.partition_point(|own| *own < first);
    let count = firsts[from..].iter().take_while(|own| **own == first).count();
    &words[from..from + count]
}

/// Of words the longest that stands in a text, by where it ends there, and its end.
pub(crate) fn longest<C: Copy>(
    words: &[(&str, C)],
    ends: impl Fn(&str) -> Option<usize>,
) -> Option<(C, usize)> {
    words.iter().filter_map(|(word, cue)| Some((*cue, ends(word)?))).max_by_key(|(_, end)| *end)
}
