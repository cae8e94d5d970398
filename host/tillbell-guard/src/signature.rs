//! The sender's signature: first, once, and no other.

use crate::glyphs::{Glyph, Reading, is_bracket};
use crate::{Finding, Rule};

/// Adds a signature that is missing, doubled, hidden or foreign. It stands behind `mark`
/// bytes of the text.
pub(crate) fn find(
    text: &str,
    mark: usize,
    reading: &Reading,
    signature: &str,
    findings: &mut Vec<Finding>,
) {
    let glyphs = &reading.glyphs;
    let mut wrong = |start, end, reason| {
        findings.push(Finding { rule: Rule::Signature, start, end, reason });
    };
    if !text[mark..].starts_with(signature) {
        return wrong(0, 0, "the signature does not stand first");
    }
    let body = glyphs.partition_point(|glyph| (glyph.start as usize) < mark + signature.len());
    for sign in &reading.signs {
        let glyph = &glyphs[*sign as usize];
        if *sign as usize >= body && is_bracket(glyph.folded) {
            wrong(glyph.start as usize, glyph.end as usize, "a bracket that marks a sender");
        }
    }
    // The same letters again, with the sign that ends a signature: only those
    // without brackets have one.
    if signature.is_empty() || signature.starts_with(is_bracket) {
        return;
    }
    let own: Vec<char> =
        glyphs[..body].iter().map(|glyph| glyph.folded).filter(|folded| *folded != ' ').collect();
    if own.is_empty() {
        return;
    }
    let spaceless: Vec<&Glyph> =
        glyphs[body..].iter().filter(|glyph| glyph.folded != ' ').collect();
    for part in spaceless.windows(own.len()) {
        if part[0].folded == own[0]
            && part.iter().zip(&own).all(|(glyph, own)| glyph.folded == *own)
        {
            let end = part[part.len() - 1].end;
            wrong(part[0].start as usize, end as usize, "the signature stands twice");
        }
    }
}
