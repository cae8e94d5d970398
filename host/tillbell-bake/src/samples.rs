//! What `configure` answers, looked at when a bundle is baked: its samples are counted,
//! its literals guarded.

use tillbell::bindings::types;
use tillbell::guard::Policy;
use tillbell::{ConfiguredItem, Error, ErrorKind, Manifest, Result};

use crate::{lint, literals};

/// The most rules, profiles and templates of one plugin.
const ITEMS_MAX: usize = 4_096;
/// The most literals of one plugin.
const LITERALS_MAX: usize = 16_384;
/// The most samples of one template.
const SAMPLES_MAX: usize = 8;

/// What a plugin understood, how many literals it says that it has, and what the bank
/// should look at in them.
pub(crate) struct Checked {
    pub(crate) items: Vec<ConfiguredItem>,
    pub(crate) literals: usize,
    pub(crate) warnings: Vec<String>,
}

/// Refuses a template whose sample needs too many segments, or, under a policy, whose own
/// words could not leave. Words that may leave and should not are warnings.
pub(crate) fn check(
    configured: Vec<types::Configured>,
    manifest: &Manifest,
    policy: Option<&Policy>,
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
    if let Some(policy) = policy {
        for literal in &literals {
            literals::check(literal, manifest, policy)?;
        }
    }
    let items: Result<_> = items.into_iter().map(|item| counted(item, manifest)).collect();
    let warnings = lint::warnings(&literals, manifest);
    Ok(Checked { items: items?, literals: literals.len(), warnings })
}

/// Says which letter makes a text of mostly other letters UCS-2, with 70 characters to a
/// segment in place of 160; nothing of a text in a script that needs it.
fn first_odd(text: &str) -> Option<String> {
    let odd = tillbell_sms::first_beyond_gsm(text)?;
    let beyond = text
        .chars()
        .filter(|letter| tillbell_sms::first_beyond_gsm(letter.encode_utf8(&mut [0; 4])).is_some());
    let is_rare = beyond.count() * 4 <= text.chars().count();
    is_rare.then(|| format!("; {odd:?} makes it UCS-2, 70 characters to a segment in place of 160"))
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
        let of_it = |sample: &&String| tillbell_sms::count(sample).segments == segments;
        let beyond = samples.iter().find(of_it).and_then(|sample| first_odd(sample));
        return Err(wrong(format!(
            "{segments} segments, limit {limit}{beyond}",
            beyond = beyond.unwrap_or_default()
        )));
    }
    Ok(ConfiguredItem { sort, name, file, line, segments_max })
}
