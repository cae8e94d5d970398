//! Messages that an independent generator means something by, and the decoder reads.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod generators;

use std::collections::BTreeMap;

use generators::mutations::{MUTATIONS, Mutation, mutate};
use generators::pairs::{Keys, Pair};
use generators::rng::Rng;
use generators::{FAMILIES, Family, Sample, reading};
use tillbell_iso8583::{Decoded, Decoder, Dialect, Pairing, Record};
use tillbell_transaction::{IgnoredReason, Timestamp};

fn number_of(variable: &str, otherwise: usize) -> usize {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// A decoder for each dialect and reference time.
struct Decoders(BTreeMap<(&'static str, &'static str), Decoder>);

impl Decoders {
    fn new() -> Self {
        let mut all = BTreeMap::new();
        for family in &FAMILIES {
            for reference in generators::facts::REFERENCES {
                all.entry((family.wire.dialect, reference)).or_insert_with(|| {
                    Decoder::new(Dialect::builtin(family.wire.dialect).unwrap())
                        .reference_time(Timestamp::parse(reference).unwrap())
                });
            }
        }
        Self(all)
    }

    fn of(&self, family: &Family, sample: &Sample) -> &Decoder {
        &self.0[&(family.wire.dialect, sample.reference)]
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What is wrong with an answer of the decoder's, in words; nothing if it is right.
fn faults(sample: &Sample, decoded: &Result<Decoded, tillbell_transaction::Error>) -> Vec<String> {
    let decoded = match decoded {
        Ok(decoded) => decoded,
        Err(error) => return vec![format!("refused: {error}")],
    };
    let Record::Transaction(transaction) = &decoded.record else {
        return vec![format!("no transaction: {:?}", decoded.record)];
    };
    let mut faults: Vec<String> =
        decoded.alarms.iter().map(|alarm| format!("alarm: {alarm}")).collect();
    for (name, wanted) in &sample.draft.wanted {
        let got = reading::fact(transaction, name);
        if got != *wanted {
            faults.push(format!("{name}: wanted {wanted:?}, got {got:?}"));
        }
    }
    faults
}

/// A fault without what differs from message to message: the fact's name, or the error
/// without its numbers and its place.
fn sort_of(fault: &str) -> String {
    let head = fault.split(" at byte").next().unwrap_or_default();
    let head = if head.contains("wanted") { head.split(": wanted").next().unwrap() } else { head };
    let is_number = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
    let words = head.split(' ').map(|word| if is_number(word) { "#" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

/// Faults by their sort: how many, and the shortest message that has one.
#[derive(Default)]
struct Faults(BTreeMap<String, (usize, usize, String)>);

impl Faults {
    fn add(&mut self, family: &Family, seed: u64, sort: &str, fault: &str, bytes: &[u8]) {
        let sort = format!("{}: {sort}", family.name);
        let entry = self.0.entry(sort).or_insert((0, usize::MAX, String::new()));
        entry.0 += 1;
        if bytes.len() < entry.1 {
            let dialect = family.wire.dialect;
            let hex = hex(&bytes[..bytes.len().min(400)]);
            *entry = (
                entry.0,
                bytes.len(),
                format!("dialect {dialect}, seed {seed}: {fault}\n   {hex}"),
            );
        }
    }

    /// All faults of a message that should have none.
    fn add_all(&mut self, family: &Family, seed: u64, sample: &Sample, faults: Vec<String>) {
        for fault in faults {
            let told = format!("{fault}\n   {}", sample.draft.shown());
            self.add(family, seed, &sort_of(&fault), &told, &sample.written.bytes);
        }
    }

    fn must_be_none(&self) {
        for (sort, (count, _, example)) in &self.0 {
            println!("{count:6} {sort}\n   {example}");
        }
        let first = self.0.values().next().map_or("", |fault| &fault.2);
        assert!(self.0.is_empty(), "{} sorts of faults; one: {first}", self.0.len());
    }
}

#[test]
fn every_field_of_the_standards_is_stepped_over() {
    let decoders = Decoders::new();
    let mut all = Faults::default();
    for family in &FAMILIES {
        for field in 2..=128u8 {
            for seed in 0..20 {
                if let Some(sample) = family.draw_with(seed, field) {
                    let decoded = decoders.of(family, &sample).decode(&sample.written.bytes);
                    let found = faults(&sample, &decoded);
                    let found = found.into_iter().map(|f| format!("with DE{field}: {f}")).collect();
                    all.add_all(family, seed, &sample, found);
                }
            }
        }
    }
    all.must_be_none();
}

#[test]
fn sound_messages_are_read_right() {
    let count = number_of("TILLBELL_GENERATED", 3_000) as u64;
    let decoders = Decoders::new();
    let mut all = Faults::default();
    for family in &FAMILIES {
        for seed in 0..count {
            let sample = family.draw(seed);
            let decoded = decoders.of(family, &sample).decode(&sample.written.bytes);
            all.add_all(family, seed, &sample, faults(&sample, &decoded));
        }
    }
    all.must_be_none();
}

/// Whether a text has so many digits in a row that are a card's; zeros alone are nobody's.
fn shows_card(text: &str, card: &str, digits: usize) -> bool {
    let is_one = |part: &str| part.bytes().all(|digit| digit == part.as_bytes()[0]);
    let is_part = |part: &str| !is_one(part) && card.contains(part);
    let is_card = |run: &str| {
        run.len() >= digits && (0..=run.len() - digits).any(|at| is_part(&run[at..at + digits]))
    };
    text.split(|character: char| !character.is_ascii_digit()).any(is_card)
}

/// Texts that go on after decoding: what is said of an error, and the record.
fn texts_of(decoded: &Result<Decoded, tillbell_transaction::Error>) -> Vec<(&'static str, String)> {
    match decoded {
        Err(error) => vec![("error", error.to_string()), ("error", format!("{error:?}"))],
        Ok(decoded) => {
            let alarms = decoded.alarms.iter().map(|alarm| ("alarm", alarm.to_string()));
            let record = [
                ("debug", format!("{decoded:?}")),
                ("json", tillbell_transaction::json::write(&decoded.record)),
            ];
            alarms.chain(record).collect()
        }
    }
}

/// What is wrong with a text that goes on.
fn faults_of_text(name: &str, text: &str, bytes: usize, cards: &[&str]) -> Option<String> {
    if cards.iter().any(|card| shows_card(text, card, 13)) {
        return Some(format!("{name} shows a card: {text}"));
    }
    let most = if name == "json" { 8 * bytes + 4_096 } else { 8 * bytes + 1_024 };
    let most = if matches!(name, "error" | "alarm") { 200 } else { most };
    (text.len() >= most).then(|| format!("{name} of {} bytes", text.len()))
}

/// Facts that a byte in a field that decides nothing may not change.
const DECIDED: [&str; 6] = ["kind", "approval", "amount", "time", "bin", "last4"];

/// Checks one mutation, and says what is wrong with it.
fn check_mutation(
    decoder: &Decoder,
    (sample, other): (&Sample, &Sample),
    mutation: Mutation,
    bytes: &[u8],
) -> Vec<String> {
    let decode = std::panic::AssertUnwindSafe(|| decoder.decode(bytes));
    let Ok(decoded) = std::panic::catch_unwind(decode) else {
        return vec!["panic".into()];
    };
    let cards = [sample.draft.card, other.draft.card];
    let mut found: Vec<String> = texts_of(&decoded)
        .iter()
        .filter_map(|(name, text)| faults_of_text(name, text, bytes.len(), &cards))
        .collect();
    if mutation == Mutation::Inside {
        match &decoded {
            Ok(Decoded { record: Record::Transaction(transaction), .. }) => {
                let wanted = sample.draft.wanted.iter().filter(|(name, _)| DECIDED.contains(name));
                for (name, wanted) in wanted {
                    let got = reading::fact(transaction, name);
                    if got != *wanted {
                        found.push(format!("{name}: wanted {wanted:?}, got {got:?}"));
                    }
                }
            }
            Ok(other) => found.push(format!("no transaction: {:?}", other.record)),
            Err(error) => found.push(format!("refused: {error}")),
        }
    }
    found.into_iter().map(|fault| format!("{mutation:?}: {fault}")).collect()
}

#[test]
fn a_card_number_that_other_fields_repeat_is_struck() {
    let decoders = Decoders::new();
    let mut all = Faults::default();
    for family in &FAMILIES {
        for seed in 0..2_000 {
            let sample = family.draw_repeating(seed);
            let bytes = &sample.written.bytes;
            let decoded = decoders.of(family, &sample).decode(bytes);
            let found = texts_of(&decoded).into_iter().filter_map(|(name, text)| {
                faults_of_text(name, &text, bytes.len(), &[sample.draft.card])
            });
            for fault in found {
                let sort = fault.split([':', '{']).next().unwrap().to_string();
                all.add(family, seed, &sort, &fault, bytes);
            }
        }
    }
    all.must_be_none();
}

#[test]
fn mutated_messages_never_panic_or_leak() {
    let count = number_of("TILLBELL_MUTATIONS", 100_000);
    let decoders = Decoders::new();
    let mut all = Faults::default();
    for family in &FAMILIES {
        let of_dialect = FAMILIES.iter().filter(|f| f.wire.dialect == family.wire.dialect).count();
        let mut rng = Rng::new(0xC0FFEE);
        let mut done = 0;
        for seed in 0.. {
            let sample = family.draw(seed);
            let other = family.draw(seed + 1);
            for turn in 0..5 * MUTATIONS.len() {
                let mutation = MUTATIONS[turn % MUTATIONS.len()];
                let Some(bytes) = mutate(&mut rng, family, &sample, &other, mutation) else {
                    continue;
                };
                let decoder = decoders.of(family, &sample);
                for fault in check_mutation(decoder, (&sample, &other), mutation, &bytes) {
                    let sort = fault.split([':', '{']).take(2).collect::<Vec<_>>().join(":");
                    all.add(family, seed, &sort, &fault, &bytes);
                }
                done += 1;
            }
            if done * of_dialect >= count {
                break;
            }
        }
    }
    all.must_be_none();
}

#[test]
fn a_message_that_is_cut_or_too_long_is_an_error() {
    let decoders = Decoders::new();
    for family in &FAMILIES {
        for seed in 0..20 {
            let sample = family.draw(seed);
            let decoder = decoders.of(family, &sample);
            let bytes = &sample.written.bytes;
            for length in 0..bytes.len() {
                let decoded = decoder.decode(&bytes[..length]);
                assert!(decoded.is_err(), "{} {seed} cut at {length}: {}", family.name, hex(bytes));
            }
            for more in [0x00, b'0', b' ', 0xFF] {
                let longer = [bytes.as_slice(), &[more]].concat();
                let is_error = decoder.decode(&longer).is_err();
                assert!(is_error, "{} {seed} with {more:02x}: {}", family.name, hex(bytes));
            }
        }
    }
}

/// What is fed to a pairing, and when.
struct Event {
    at_ms: i64,
    pair: usize,
    is_answer: bool,
}

/// How the two halves of a pair arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Arrival {
    /// One after the other, within some seconds.
    InOrder,
    /// The answer first: lines of a file that are printed late.
    AnswerFirst,
    /// The request twice, before its answer.
    RequestTwice,
    /// The answer twice.
    AnswerTwice,
    RequestLost,
    AnswerLost,
    /// The answer after what a request is kept for.
    TooLate,
}

const ARRIVALS: [Arrival; 10] = [
    Arrival::InOrder,
    Arrival::InOrder,
    Arrival::InOrder,
    Arrival::InOrder,
    Arrival::AnswerFirst,
    Arrival::RequestTwice,
    Arrival::AnswerTwice,
    Arrival::RequestLost,
    Arrival::AnswerLost,
    Arrival::TooLate,
];

impl Arrival {
    /// When requests come, and when answers, in milliseconds after a start.
    fn times(self, rng: &mut Rng) -> (Vec<i64>, Vec<i64>) {
        let soon = rng.between(1, 4_000);
        match self {
            Self::InOrder => (vec![0], vec![rng.between(1, 60_000)]),
            Self::AnswerFirst => (vec![soon], vec![0]),
            Self::RequestTwice => (vec![0, soon], vec![soon + rng.between(1, 4_000)]),
            Self::AnswerTwice => (vec![0], vec![soon, soon + rng.between(1, 4_000)]),
            Self::RequestLost => (vec![], vec![soon]),
            Self::AnswerLost => (vec![0], vec![]),
            Self::TooLate => (vec![0], vec![rng.between(121_000, 200_000)]),
        }
    }

    /// Whether every answer must have found its request; `None`: either is right.
    fn is_paired(self) -> Option<bool> {
        match self {
            Self::InOrder | Self::AnswerFirst => Some(true),
            Self::RequestLost | Self::TooLate => Some(false),
            // A repeat of the request is another one that could be meant, or the same.
            Self::RequestTwice | Self::AnswerTwice | Self::AnswerLost => None,
        }
    }
}

/// How the keys of the pairs of a round are to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Crossing {
    /// Each has a trace number of its own.
    Apart,
    /// Many share trace number or terminal, and never both.
    Crossed,
    /// Some have the same keys: amount, kind and time tell them apart, or nothing does.
    Colliding,
}

const CROSSINGS: [Crossing; 3] = [Crossing::Apart, Crossing::Crossed, Crossing::Colliding];

fn keys_of(rng: &mut Rng, index: usize, crossing: Crossing) -> Keys {
    let (stan, terminal) = match crossing {
        Crossing::Apart => (1 + index, 40 + rng.below(3)),
        Crossing::Crossed => (1 + index % 7, index / 7),
        Crossing::Colliding => (1 + rng.below(5), rng.below(5)),
    };
    Keys {
        stan: format!("{stan:06}"),
        terminal: format!("T{terminal:07}"),
        merchant: match generators::draws("zeros-of-no-card") {
            true => format!("M{:014}", 0),
            false => format!("M5023418{:07}", index % 2),
        },
    }
}

/// Facts that come with the request.
const FROM_REQUEST: [&str; 5] = ["bin", "last4", "name", "city", "country"];
/// Facts that the answer says.
const FROM_ANSWER: [&str; 8] =
    ["kind", "approval", "amount", "time", "rrn", "stan", "terminal", "merchant"];

#[test]
fn requests_and_answers_pair() {
    let decoders = Decoders::new();
    let mut all = Faults::default();
    for family in &FAMILIES {
        for round in 0..6 {
            let mut rng = Rng::new(1_000 + round);
            let reference = rng.pick(&generators::facts::REFERENCES);
            let crossing = CROSSINGS[round as usize % CROSSINGS.len()];
            let decoder = &decoders.0[&(family.wire.dialect, reference)];
            let play = Play::draw(family, reference, crossing, &mut rng);
            let out = play.run(decoder, round, &mut all);
            play.check(round, &out, &mut all);
        }
    }
    all.must_be_none();
}

/// Some hundred pairs, interleaved.
struct Play<'a> {
    family: &'a Family,
    crossing: Crossing,
    pairs: Vec<(Pair, Arrival)>,
    events: Vec<Event>,
}

impl<'a> Play<'a> {
    fn draw(
        family: &'a Family,
        reference: &'static str,
        crossing: Crossing,
        rng: &mut Rng,
    ) -> Self {
        let mut pairs = Vec::new();
        let mut events = Vec::new();
        for index in 0..300 {
            let arrival = rng.pick(&ARRIVALS);
            let keys = keys_of(rng, index, crossing);
            pairs.push((family.pair(rng, reference, &keys), arrival));
            let start = 1_000_000 + index as i64 * 150 + rng.between(0, 2_000);
            let (requests, answers) = arrival.times(rng);
            let requests = requests.into_iter().map(|at| (at, false));
            for (at, is_answer) in requests.chain(answers.into_iter().map(|at| (at, true))) {
                events.push(Event { at_ms: start + at, pair: index, is_answer });
            }
        }
        events.sort_by_key(|event| event.at_ms);
        Self { family, crossing, pairs, events }
    }

    /// Feeds all of it; what comes out, with the index of its event.
    fn run(&self, decoder: &Decoder, round: u64, all: &mut Faults) -> Vec<(usize, Decoded)> {
        let mut pairing = Pairing::<usize>::new(None);
        let mut out = Vec::new();
        for (tag, event) in self.events.iter().enumerate() {
            let pair = &self.pairs[event.pair].0;
            let bytes = if event.is_answer { &pair.answer } else { &pair.request };
            let decoded = decoder.decode(bytes);
            // A request's card goes nowhere in the open.
            for (name, text) in texts_of(&decoded) {
                let cards = [pair.sample.draft.card];
                if let Some(fault) = faults_of_text(name, &text, bytes.len(), &cards) {
                    all.add(self.family, round, "half", &fault, bytes);
                }
            }
            match decoded {
                Ok(decoded) => out.extend(pairing.take(tag, decoded, event.at_ms)),
                Err(error) => {
                    let sort = format!("refused {}", sort_of(&error.to_string()));
                    all.add(self.family, round, &sort, &error.to_string(), bytes);
                }
            }
        }
        // What still waits comes out behind a later message.
        let late = self.events.last().unwrap().at_ms + 600_000;
        let last = decoder.decode(&self.pairs[0].0.request).unwrap();
        out.extend(pairing.take(usize::MAX, last, late));
        out.retain(|(tag, _)| *tag != usize::MAX);
        out
    }

    /// Each answer has its own card and shop, or none, and comes out once.
    fn check(&self, round: u64, out: &[(usize, Decoded)], all: &mut Faults) {
        let mut seen = vec![0; self.events.len()];
        for (tag, decoded) in out {
            seen[*tag] += 1;
            let event = &self.events[*tag];
            let (pair, arrival) = &self.pairs[event.pair];
            if !event.is_answer {
                continue;
            }
            let is_paired = arrival.is_paired().filter(|_| self.crossing != Crossing::Colliding);
            for fault in faults_of_answer(pair, is_paired, &decoded.record) {
                let what = fault.split(':').next().unwrap();
                let sort = format!("{:?} {arrival:?}: {what}", self.crossing);
                all.add(self.family, round, &sort, &fault, &pair.answer);
            }
        }
        for (tag, count) in seen.iter().enumerate().filter(|(_, count)| **count != 1) {
            let (pair, arrival) = &self.pairs[self.events[tag].pair];
            let sort = format!("comes out {count} times: {arrival:?}");
            all.add(self.family, round, &sort, &sort, &pair.answer);
        }
    }
}

fn faults_of_answer(pair: &Pair, is_paired: Option<bool>, record: &Record) -> Vec<String> {
    match record {
        Record::Transaction(transaction) => {
            let mut faults = Vec::new();
            for name in FROM_REQUEST.iter().chain(&FROM_ANSWER) {
                let (wanted, got) =
                    (pair.sample.draft.wanted(name), reading::fact(transaction, name));
                if got != wanted {
                    faults.push(format!("{name}: wanted {wanted:?}, got {got:?}"));
                }
            }
            if is_paired == Some(false) {
                faults.push("paired: without a request".into());
            }
            faults
        }
        Record::Ignored(ignored) if ignored.reason == IgnoredReason::Unpaired => {
            let is_missed = is_paired == Some(true);
            is_missed.then(|| "unpaired: with a request".into()).into_iter().collect()
        }
        Record::Ignored(ignored) => vec![format!("ignored: {:?}", ignored.reason)],
    }
}

/// README, "Requests and answers": two requests that could be meant pair nothing.
#[test]
fn an_answer_to_one_of_two_like_requests_is_unpaired() {
    let decoders = Decoders::new();
    for family in &FAMILIES {
        for seed in 0..50 {
            let mut rng = Rng::new(seed);
            let reference = rng.pick(&generators::facts::REFERENCES);
            let keys = keys_of(&mut rng, seed as usize, Crossing::Apart);
            let pair = family.pair(&mut rng, reference, &keys);
            let decode =
                |bytes: &[u8]| decoders.0[&(family.wire.dialect, reference)].decode(bytes).unwrap();
            let mut pairing = Pairing::<usize>::new(None);
            let mut out = pairing.take(0, decode(&pair.request), 0);
            out.extend(pairing.take(1, decode(&pair.of_another_card), 10));
            out.extend(pairing.take(2, decode(&pair.answer), 20));
            out.extend(pairing.take(3, decode(&pair.request), 600_000));
            let answer = out.iter().find(|(tag, _)| *tag == 2).unwrap();
            let is_unpaired = matches!(
                &answer.1.record,
                Record::Ignored(ignored) if ignored.reason == IgnoredReason::Unpaired
            );
            assert!(
                is_unpaired,
                "{} {seed}: {:?}\n{}\n{}\n{}",
                family.name,
                answer.1.record,
                hex(&pair.request),
                hex(&pair.of_another_card),
                hex(&pair.answer),
            );
        }
    }
}

/// README: message type, DE3, the card, the amount and the time must be readable.
#[test]
fn a_digit_that_is_none_in_a_field_that_decides_is_refused() {
    let decoders = Decoders::new();
    let mut all = Faults::default();
    for family in &FAMILIES {
        for seed in 0..1_000 {
            let sample = family.draw(seed);
            let mut rng = Rng::new(seed);
            for field in [0, 2, 3, 4, 12, 13] {
                // In 1993, DE13 is the card's first month.
                if field == 13 && sample.draft.sheet.mti.starts_with('1') {
                    continue;
                }
                let Some(bytes) =
                    generators::mutations::without_digit(&mut rng, family, &sample, field)
                else {
                    continue;
                };
                if let Ok(decoded) = decoders.of(family, &sample).decode(&bytes) {
                    let fault = format!("DE{field} is read: {:?}", decoded.record);
                    all.add(family, seed, &format!("DE{field}"), &fault, &bytes);
                }
            }
        }
    }
    all.must_be_none();
}
