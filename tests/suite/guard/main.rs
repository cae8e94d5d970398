//! The guard, by our own generator: 100,000 texts with a secret each, disguised,
//! of which none may leave; 100,000 clean ones, of which nearly all must; and
//! texts of every shape, none of which may take more than its share of time.
//!
//! The corpora are made anew on each run from fixed seeds. Card and identity
//! numbers in them are made up from ranges, and stand in no file.

mod clean;
mod disguise;
mod growth;
mod planted;
mod random;
mod scene;

use std::collections::BTreeMap;
use std::thread;

use planted::DISGUISES;
use random::Random;
use scene::Scene;
use tillbell::guard::Guard;

/// How many texts each corpus has.
const TEXTS: usize = 100_000;
/// How many clean texts in a million may be blocked.
const BLOCKED_PER_MILLION_MAX: usize = 1_000;
/// How many examples are printed.
const SHOWN: usize = 10;
const THREADS: usize = 2;

/// What went wrong, in order of the texts: which disguise or rule, and the
/// text.
type Wrong = Vec<(String, String)>;

/// Looks at all texts of a corpus, on two threads.
fn each(wrong: impl Fn(usize) -> Option<(String, String)> + Sync) -> Wrong {
    let part = |thread: usize| -> Wrong {
        (0..TEXTS).filter(|number| number % THREADS == thread).filter_map(&wrong).collect()
    };
    thread::scope(|scope| {
        let parts: Vec<_> = (0..THREADS).map(|thread| scope.spawn(move || part(thread))).collect();
        parts.into_iter().flat_map(|part| part.join().expect("no panic")).collect()
    })
}

/// How often each name occurs, and the first few texts of each.
fn summary(wrong: &Wrong) -> String {
    let mut by_name: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, text) in wrong {
        by_name.entry(name).or_default().push(text);
    }
    let mut lines = Vec::new();
    for (name, texts) in &by_name {
        lines.push(format!("{:>7}  {name}", texts.len()));
    }
    let per_name = SHOWN.div_ceil(by_name.len().max(1));
    for (name, texts) in by_name {
        lines.extend(texts.iter().take(per_name).map(|text| format!("{name}: {text}")));
    }
    lines.join("\n")
}

#[test]
fn no_planted_secret_is_missed() {
    let missed = each(|number| {
        let mut random = Random::of(number as u64);
        let scene = Scene::new(&mut random);
        let disguise = &DISGUISES[number % DISGUISES.len()];
        let plant = (disguise.plant)(&mut random, &scene);
        let mut guard =
            Guard::new().with_sender(&scene.manifest.sender).with_transaction(&scene.transaction);
        let blocked = plant.texts.iter().any(|text| {
            let findings = guard.inspect(text);
            guard.remember(text);
            findings.iter().any(|finding| {
                assert!(text.get(finding.start..finding.end).is_some(), "{finding:?} {text:?}");
                // Whatever it is called: a number that nothing accounts for.
                let is_number = ["amount", "call-back", "unaccounted"];
                let is_about_numbers = disguise.rules.iter().any(|rule| is_number.contains(rule));
                let rule = finding.rule.as_str();
                // Digits before a card number can make an identity number of it.
                let is_card = disguise.rules.contains(&"pan") && rule == "id-number";
                disguise.rules.contains(&rule)
                    || is_card
                    || (is_about_numbers && is_number.contains(&rule))
            })
        });
        (!blocked).then(|| (disguise.name.into(), format!("{:?}", plant.texts)))
    });
    println!("{TEXTS} texts in {} disguises: {} missed", DISGUISES.len(), missed.len());
    assert!(missed.is_empty(), "{} missed\n{}", missed.len(), summary(&missed));
}

#[test]
fn next_to_no_clean_text_is_blocked() {
    let blocked = each(|number| {
        // Other seeds than the planted texts'.
        let mut random = Random::of((number + TEXTS) as u64);
        let scene = Scene::new(&mut random);
        let text = clean::message(&mut random, &scene);
        let guard =
            Guard::new().with_sender(&scene.manifest.sender).with_transaction(&scene.transaction);
        let finding = guard.inspect(&text).into_iter().next()?;
        let place = text.get(finding.start..finding.end).unwrap_or("no place in the text");
        Some((finding.rule.as_str().into(), format!("{place:?} in {text:?}")))
    });
    let per_million = blocked.len() * 1_000_000 / TEXTS;
    println!(
        "{TEXTS} clean texts: {} blocked ({:.3} %)\n{}",
        blocked.len(),
        per_million as f64 / 10_000.0,
        summary(&blocked)
    );
    assert!(per_million <= BLOCKED_PER_MILLION_MAX, "{} blocked", blocked.len());
}
