//! The manifest: a text is a manifest, or an error that names a line of it.

use tillbell::{ErrorKind, Manifest, SEGMENTS_MAX};

use super::lines_of;

/// # Panics
/// If an error names no line, or a value is out of its bounds.
pub fn holds(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    match Manifest::parse(text) {
        Ok(manifest) => {
            assert!((1..=SEGMENTS_MAX).contains(&manifest.sender.max_segments));
            assert!(!manifest.bin_ranges.is_empty());
        }
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Manifest);
            let shown = error.to_string();
            let line = shown.strip_prefix("tillbell.toml:").and_then(|rest| rest.split_once(':'));
            let line: usize = line.and_then(|(line, _)| line.parse().ok()).expect(&shown);
            assert!((1..=text.lines().count() + 1).contains(&line), "{shown}");
        }
    }
}

/// The examples' manifests.
pub fn seeds() -> Vec<Vec<u8>> {
    ["harbour", "meridian", "kite"]
        .map(|bank| lines_of(&format!("examples/banks/{bank}/tillbell.toml")).join(&b'\n'))
        .into()
}
