//! What a renderer says that its templates hold whatever happens: each is looked at when
//! the bundle is baked, on all roads through a template.

use std::ops::Range;

use tillbell::bindings::types;
use tillbell::guard::{Cure, Guard, Policy};
use tillbell::{Error, ErrorKind, Manifest, Result};

/// The sort of a `configured` item that is no rule, profile or template.
pub(crate) const SORT: &str = "literal";
/// Characters that are shown on either side of what was found.
const SHOWN_MAX: usize = 24;

/// Refuses a template's own words if no text with them could leave. It is the plugin's
/// claim: what it does not say is seen when the bundle is rehearsed.
///
/// # Errors
/// [`ErrorKind::Configuration`], with file, line, the place and the line of the manifest
/// that would allow it.
pub(crate) fn check(item: &types::Configured, manifest: &Manifest, policy: &Policy) -> Result<()> {
    let guard = Guard::new().with_sender(&manifest.sender).tightened(policy);
    for literal in &item.samples {
        let Some(finding) = guard.inspect_literal(literal).into_iter().next() else { continue };
        let line = line_of(item, literal, finding.start);
        let cure = advice(Cure::of(&finding, literal, &manifest.sender));
        let (file, rule, reason) = (&item.file, finding.rule, finding.reason);
        let place = marked(literal, finding.start..finding.end);
        let detail = format!("{file}:{line}: {rule}: {reason}: {place}{cure}");
        return Err(Error::new(ErrorKind::Configuration, detail));
    }
    Ok(())
}

/// The line of its file that a byte of a literal stands in.
pub(crate) fn line_of(item: &types::Configured, literal: &str, byte: usize) -> usize {
    let passed = literal.get(..byte).unwrap_or_default();
    item.line as usize + passed.matches('\n').count()
}

/// What follows a refusal: the manifest's line, if one would help.
pub(crate) fn advice(cure: Option<Cure>) -> String {
    cure.map(|cure| format!("; if it is the bank's own, tillbell.toml needs: {cure}"))
        .unwrap_or_default()
}

/// The text around what was found, with it in guillemets: `…请拨打«12315»投诉…`. A field is `{}`.
pub(crate) fn marked(text: &str, found: Range<usize>) -> String {
    let (start, end) = (found.start.min(text.len()), found.end.min(text.len()));
    let (start, end) = (text.floor_char_boundary(start), text.ceil_char_boundary(end.max(start)));
    let (before, found, behind) = (&text[..start], &text[start..end], &text[end..]);
    let from = before.char_indices().rev().nth(SHOWN_MAX - 1).map_or(0, |(at, _)| at);
    let to = behind.char_indices().nth(SHOWN_MAX).map_or(behind.len(), |(at, _)| at);
    let dots = |is_cut: bool| if is_cut { "…" } else { "" };
    let (first, last) = (dots(from > 0), dots(to < behind.len()));
    format!("\"{first}{}«{found}»{}{last}\"", &before[from..], &behind[..to])
        .replace('\u{fffc}', "{}")
        .replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_is_marked() {
        assert_eq!(marked("尾号\u{fffc}，24小时", 12..14), "\"尾号{}，«24»小时\"");
        let long = format!("{}9{}", "a".repeat(40), "b".repeat(40));
        let shown = format!("\"…{}«9»{}…\"", "a".repeat(24), "b".repeat(24));
        assert_eq!(marked(&long, 40..41), shown);
        assert_eq!(marked("", 0..0), "\"«»\"");
    }
}
