//! What templates render from their samples, guarded and counted at deploy
//! time.

use tillbell::bindings::types;
use tillbell::guard::{Guard, Rule};
use tillbell::{ConfiguredItem, Error, ErrorKind, Manifest, Result};

/// The most rules, profiles and templates of one plugin.
const ITEMS_MAX: usize = 4_096;
/// The most samples of one template.
const SAMPLES_MAX: usize = 8;

/// Refuses a template whose sample would not be allowed to leave.
pub(crate) fn check(
    configured: Vec<types::Configured>,
    manifest: &Manifest,
) -> Result<Vec<ConfiguredItem>> {
    if configured.len() > ITEMS_MAX {
        let detail = format!("{} configured items, limit {ITEMS_MAX}", configured.len());
        return Err(Error::new(ErrorKind::Limit, detail));
    }
    configured.into_iter().map(|item| checked(item, manifest)).collect()
}

fn checked(item: types::Configured, manifest: &Manifest) -> Result<ConfiguredItem> {
    let types::Configured { sort, name, file, line, samples } = item;
    let wrong = |detail: String| {
        Error::new(ErrorKind::Configuration, format!("{file}:{line}: {sort} {name:?}: {detail}"))
    };
    if samples.len() > SAMPLES_MAX {
        return Err(wrong(format!("{} samples, limit {SAMPLES_MAX}", samples.len())));
    }
    let guard = Guard::new().with_sender(&manifest.sender);
    let mut segments_max = None;
    for sample in &samples {
        let segments = tillbell_sms::count(sample).segments;
        segments_max = segments_max.max(Some(segments));
        if let Some(finding) = guard.inspect(sample).first() {
            let detail = match finding.rule {
                Rule::Segments => {
                    format!("{segments} segments, limit {}", manifest.sender.max_segments)
                }
                rule => format!("a sample text is blocked by the guard: {rule}"),
            };
            return Err(wrong(detail));
        }
    }
    Ok(ConfiguredItem { sort, name, file, line, segments_max })
}
