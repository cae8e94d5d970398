//! The guard against corpora that people made who had not seen it
//! (`tests/corpora`): what must be blocked is, and what must not is not.
//!
//! A few thousand samples of each kind; all of them:
//!
//! ```text
//! TILLBELL_CORPUS=100000 cargo test --release -p tillbell-guard --test corpora -- --nocapture
//! ```

use std::collections::BTreeMap;
use std::thread;

use tillbell_corpora::{Party, Sample, cards, layouts, money, names, strangers};
use tillbell_guard::{Finding, Guard, Reader, Rule, Sender, Shown, clean};
use tillbell_transaction::{Record, json};

/// Samples of each kind, unless TILLBELL_CORPUS says otherwise.
const SAMPLES: u64 = 4_000;
/// Examples that are printed of each class.
const SHOWN: usize = 3;

/// What a corpus came to.
#[derive(Default)]
struct Score {
    samples: usize,
    wrong: usize,
    /// Samples that by chance have another fact's digits, and those of them that are wrong.
    collisions: usize,
    collided: usize,
    by_class: BTreeMap<String, (usize, usize, Vec<String>)>,
}

/// What the guard blocks on purpose, whatever the corpora think: the cardholder's whole
/// name, and brackets that mark another sender.
fn is_by_choice(finding: &Finding, text: &str, sample: &Sample) -> bool {
    let is_name = finding.rule == Rule::Secret
        && finding.reason == "the cardholder's name"
        && sample.party == Party::Cardholder;
    let is_title =
        finding.rule == Rule::Signature && matches!(&text[finding.start..finding.end], "【" | "】");
    is_name || is_title
}

/// Whether a sample's texts are told apart rightly; an example where not.
fn judge(sample: &Sample) -> Result<(), String> {
    let of = &sample.sender;
    let sender = Sender::new(of.signature.as_str(), of.hotline.as_str(), of.segments_max.max(10))
        .with_links(of.links.clone())
        .with_numbers(&of.numbers)
        .and_then(|sender| sender.with_words(&of.words))
        .and_then(|sender| sender.with_phrases(&of.phrases))
        .map_err(|unfit| format!("UNFIT {unfit} {:?} {:?}", of.words, of.phrases))?;
    let transaction = match json::read(sample.transaction.as_bytes()) {
        Ok(Record::Transaction(transaction)) => transaction,
        Ok(_) => return Err("IGNORED".into()),
        Err(error) => return Err(format!("UNREAD {error} {}", sample.transaction)),
    };
    let party = match sample.party {
        Party::Cardholder => tillbell_transaction::Party::Cardholder,
        Party::Merchant => tillbell_transaction::Party::Merchant,
    };
    let reader = Reader::new(party, sample.locale, Shown::ALL);
    let mut guard =
        Guard::new().with_sender(&sender).with_reader(reader).with_transaction(&transaction);
    let mut found = Vec::new();
    // Plugins are shown the merchant's name as the host cleaned it.
    let (name, cleaned) = (&transaction.merchant.name, clean::name(&transaction.merchant.name));
    for text in &sample.texts {
        let text = &if name.is_empty() { text.clone() } else { text.replace(name, &cleaned) };
        for finding in guard.inspect(text) {
            if !sample.is_dirty && is_by_choice(&finding, text, sample) {
                continue;
            }
            found.push(format!("{} {:?}", finding.rule, &text[finding.start..finding.end]));
        }
        guard.remember(text);
    }
    if found.is_empty() != sample.is_dirty {
        return Ok(());
    }
    Err(format!("[{}] {:?} found {found:?} in {}", sample.locale, sample.texts, sample.transaction))
}

fn score(samples: u64, make: impl Fn(u64) -> Sample + Sync) -> Score {
    const THREADS: u64 = 2;
    let part = |thread: u64| {
        let mut score = Score::default();
        for seed in (0..samples).filter(|seed| seed % THREADS == thread) {
            let sample = make(seed);
            score.samples += 1;
            let verdict = judge(&sample);
            if sample.collision.is_some() {
                score.collisions += 1;
                score.collided += usize::from(verdict.is_err());
                continue;
            }
            let class = score.by_class.entry(sample.class.to_string()).or_default();
            class.0 += 1;
            if let Err(example) = verdict {
                score.wrong += 1;
                class.1 += 1;
                if class.2.len() < SHOWN {
                    class.2.push(format!("seed {seed}: {example}"));
                }
            }
        }
        score
    };
    thread::scope(|scope| {
        let parts: Vec<_> = (0..THREADS).map(|thread| scope.spawn(move || part(thread))).collect();
        parts.into_iter().fold(Score::default(), |mut all, part| {
            let part = part.join().expect("no panic");
            all.samples += part.samples;
            all.wrong += part.wrong;
            all.collisions += part.collisions;
            all.collided += part.collided;
            for (class, (count, wrong, examples)) in part.by_class {
                let of = all.by_class.entry(class).or_default();
                of.0 += count;
                of.1 += wrong;
                of.2.extend(examples);
            }
            all
        })
    })
}

/// Samples of each kind.
fn samples() -> u64 {
    let count = std::env::var("TILLBELL_CORPUS").ok().and_then(|count| count.parse().ok());
    count.unwrap_or(SAMPLES)
}

/// Cleans a name of each seed; none may be wrong.
#[track_caller]
fn cleans(name: &str, judge: impl Fn(u64) -> Result<(), String>) {
    let wrong: Vec<_> = (0..samples())
        .filter_map(|seed| Some(format!("seed {seed}: {}", judge(seed).err()?)))
        .collect();
    println!("{name}: {} samples, {} wrong", samples(), wrong.len());
    wrong.iter().take(4 * SHOWN).for_each(|example| println!("    {example}"));
    assert!(wrong.is_empty(), "{name}: {} wrong, none may be", wrong.len());
}

/// Scores a corpus and holds it to a bar, in wrong samples per million.
#[track_caller]
fn holds(name: &str, per_million: usize, make: impl Fn(u64) -> Sample + Sync) {
    let score = score(samples(), make);
    println!(
        "{name}: {} samples, {} wrong ({:.3} %); {} collisions, {} of them let through",
        score.samples,
        score.wrong,
        score.wrong as f64 * 100.0 / score.samples as f64,
        score.collisions,
        score.collided
    );
    for (class, (count, wrong, examples)) in &score.by_class {
        if *wrong > 0 {
            println!("  {class}: {wrong} of {count}");
            examples.iter().take(SHOWN).for_each(|example| println!("    {example}"));
        }
    }
    let wrong = score.wrong * 1_000_000 / score.samples;
    assert!(wrong <= per_million, "{name}: {wrong} wrong of a million, at most {per_million}");
}

/// The bar is 0; of 100,000 samples 16 are missed at present: one capital letter before a
/// shop's name (`7550 R KFC`), a month that is a currency too (`11.08 nis`), names that two
/// countries share (`korun`, `ريال`), a name of two words of Vietnam, and four that a reader
/// would not read as wrong (`0,84₺ lira 547656`).
const MARKED_MISSED_PER_MILLION: usize = 300;

#[test]
fn next_to_no_wrong_amount_with_a_mark_leaves() {
    holds("marked amounts", MARKED_MISSED_PER_MILLION, money::marked);
}

#[test]
fn next_to_no_wrong_amount_without_a_mark_leaves() {
    holds("bare amounts", 5_000, money::bare);
}

#[test]
fn no_strangers_number_leaves() {
    holds("long numbers", 0, strangers::long);
}

#[test]
fn next_to_no_short_number_leaves() {
    holds("short numbers", 1_000, |seed| strangers::short(seed, 3 + seed as usize % 4));
}

#[test]
fn what_only_a_view_says_explains_nothing() {
    // Of 100,000 three, whose three or six digits are by chance the card's last or the date.
    holds("views", 100, strangers::views);
}

#[test]
fn no_handle_or_disguised_link_leaves() {
    holds("handles", 0, strangers::handles);
}

#[test]
fn no_disguised_card_leaves() {
    holds("cards", 0, cards::disguised);
}

#[test]
fn our_own_templates_pass() {
    holds("own templates", 0, layouts::own);
}

#[test]
fn foreign_layouts_pass() {
    holds("foreign layouts", 5_000, |seed| layouts::foreign(seed, false));
}

#[test]
fn foreign_layouts_pass_once_words_are_declared() {
    holds("foreign layouts, declared", 1_000, |seed| layouts::foreign(seed, true));
}

/// Texts cut and joined anywhere are looked at like any others.
#[test]
fn no_text_breaks_it() {
    let makers: [fn(u64) -> Sample; 6] = [
        money::marked,
        layouts::own,
        |seed| layouts::foreign(seed, true),
        strangers::long,
        strangers::handles,
        cards::disguised,
    ];
    let samples = SAMPLES / 2;
    for seed in 0..samples {
        let [one, other] = [0, 1].map(|add| makers[(seed + add) as usize % makers.len()](seed));
        let Ok(Record::Transaction(transaction)) = json::read(one.transaction.as_bytes()) else {
            continue;
        };
        let sender = Sender::new("", one.sender.hotline.as_str(), 10)
            .with_phrases(&one.sender.phrases)
            .expect("as they were scored");
        let guard = Guard::new().with_sender(&sender).with_transaction(&transaction);
        let (one, other) = (&one.texts[0], &other.texts[0]);
        let cut = |text: &str, at: u64| {
            let count = text.chars().count() as u64;
            text.char_indices().nth((at % count.max(1)) as usize).map_or(0, |(at, _)| at)
        };
        for round in 0..4 {
            let from = cut(one, seed.wrapping_mul(31).wrapping_add(round * 7));
            let to = cut(other, seed.wrapping_mul(17).wrapping_add(round * 13));
            for text in [&one[from..], &one[..from], &format!("{}{}", &one[from..], &other[..to])] {
                for finding in guard.inspect(text) {
                    assert!(text.get(finding.start..finding.end).is_some(), "{finding:?} {text:?}");
                }
                guard.explain(text);
            }
        }
    }
}

#[test]
fn the_texts_that_strangers_were_put_into_pass() {
    holds("controls", 5_000, strangers::control);
}

#[test]
fn nothing_works_in_a_clean_name() {
    cleans("dirty names", |seed| {
        let (field, name, gone) = names::dirty_names(seed);
        let shown = clean::name(&name);
        match gone.iter().find(|gone| shown.contains(gone.as_str())) {
            None => Ok(()),
            Some(gone) => Err(format!("{field} {name:?}: {shown:?} has {gone:?}")),
        }
    });
}

#[test]
fn a_plain_name_stays() {
    cleans("plain names", |seed| {
        let name = names::plain_names(seed);
        let shown = clean::name(&name);
        if shown == name { Ok(()) } else { Err(format!("{name:?}: {shown:?}")) }
    });
}

#[test]
fn a_clean_name_is_itself_and_has_no_finding() {
    let guard = Guard::new();
    cleans("clean names", |seed| {
        let (_, dirty, _) = names::dirty_names(seed);
        for name in [dirty, names::plain_names(seed)] {
            let shown = clean::name(&name);
            let again = clean::name(&shown);
            if again != shown {
                return Err(format!("{name:?}: {shown:?}, and again {again:?}"));
            }
            let works = |rule| matches!(rule, Rule::Link | Rule::Handle | Rule::Pan | Rule::Email);
            if let Some(found) = guard.inspect(&shown).iter().find(|found| works(found.rule)) {
                return Err(format!("{name:?}: {shown:?} has a {}", found.rule));
            }
        }
        Ok(())
    });
}
