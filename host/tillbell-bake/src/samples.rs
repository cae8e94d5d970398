//! What `configure` answers, looked at when a bundle is baked: its samples are counted,
//! its literals guarded.

use tillbell::bindings::types;
use tillbell::{ConfiguredItem, Error, ErrorKind, Manifest, Result};

use crate::literals;

/// The most rules, profiles and templates of one plugin.
const ITEMS_MAX: usize = 4_096;
/// The most literals of one plugin.
const LITERALS_MAX: usize = 16_384;
/// The most samples of one template.
const SAMPLES_MAX: usize = 8;

/// What a plugin understood, and how many literals it says that it has.
pub(crate) struct Checked {
    pub(crate) items: Vec<ConfiguredItem>,
    pub(crate) literals: usize,
}

/// Refuses a template whose sample needs too many segments, or, where it guards, whose own
/// words could not leave.
pub(crate) fn check(
    configured: Vec<types::Configured>,
    manifest: &Manifest,
    guards: bool,
) -> Result<Checked> {
    let (literals, items): (Vec<_>, Vec<_>) =
        configured.into_iter().partition(|item| item.sort == literals::SORT);
    for (count, limit, what) in
        [(items.len(), ITEMS_MAX, "configured items"), (literals.len(), LITERALS_MAX, "literals")]
    {
        if count > limit {
            let detail = format!("{count} {what}, limit {limit}");
            return Err(Error::new(ErrorKind::Limit, detail));
        }
    }
    for literal in literals.iter().filter(|_| guards) {
        literals::check(literal, manifest)?;
    }
    let items: Result<_> = items.into_iter().map(|item| counted(item, manifest)).collect();
    Ok(Checked { items: items?, literals: literals.len() })
}

fn counted(item: types::Configured, manifest: &Manifest) -> Result<ConfiguredItem> {
    let types::Configured { sort, name, file, line, samples } = item;
    let wrong = |detail: String| {
        Error::new(ErrorKind::Configuration, format!("{file}:{line}: {sort} {name:?}: {detail}"))
    };
    if samples.len() > SAMPLES_MAX {
        return Err(wrong(format!("{} samples, limit {SAMPLES_MAX}", samples.len())));
    }
    let segments_max = samples.iter().map(|sample| tillbell_sms::count(sample).segments).max();
    let limit = manifest.sender.max_segments;
    if let Some(segments) = segments_max.filter(|segments| *segments > limit) {
        return Err(wrong(format!("{segments} segments, limit {limit}")));
    }
    Ok(ConfiguredItem { sort, name, file, line, segments_max })
}
