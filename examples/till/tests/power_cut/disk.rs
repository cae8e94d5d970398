//! What a till did to its files, and what a disk may hold of it after a cut.

use std::collections::{BTreeMap, BTreeSet};

/// One thing that a till did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// A file was opened to be made if it is missing.
    Made(String),
    Write {
        file: String,
        offset: usize,
        data: Vec<u8>,
    },
    Truncate {
        file: String,
        length: usize,
    },
    Renamed {
        file: String,
        to: String,
    },
    /// What was done to a file so far survives; for `.`, the names of files.
    Safe(String),
    /// So many records were answered.
    Answered(usize),
}

/// Reads what the shim wrote down.
pub(crate) fn steps(mut log: &[u8]) -> Vec<Step> {
    fn bytes<'a>(log: &mut &'a [u8], length: usize) -> &'a [u8] {
        let (taken, rest) = log.split_at_checked(length).expect("a whole record");
        *log = rest;
        taken
    }
    fn number(log: &mut &[u8]) -> usize {
        u64::from_ne_bytes(bytes(log, 8).try_into().expect("8 bytes")) as usize
    }
    let mut steps = Vec::new();
    while !log.is_empty() {
        let op = bytes(&mut log, 1)[0];
        let length = number(&mut log);
        let file = String::from_utf8(bytes(&mut log, length).to_vec()).expect("a name");
        let offset = number(&mut log);
        let length = number(&mut log);
        steps.push(match op {
            b'o' => Step::Made(file),
            b'w' => Step::Write { file, offset, data: bytes(&mut log, length).to_vec() },
            b't' => Step::Truncate { file, length: offset },
            b's' => Step::Safe(file),
            b'r' => {
                let to = String::from_utf8(bytes(&mut log, length).to_vec()).expect("a name");
                Step::Renamed { file, to }
            }
            b'a' => {
                let lines = bytes(&mut log, length).iter().filter(|byte| **byte == b'\n').count();
                Step::Answered(lines)
            }
            op => panic!("an unknown record {op}"),
        });
    }
    steps
}

/// What a disk holds: files by name.
pub(crate) type Disk = BTreeMap<String, Vec<u8>>;

/// What happens to the writes that were not made safe when the power goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// All of them are on the disk.
    All,
    /// None is.
    None,
    /// All are, the last one by half.
    LastTorn,
    /// Only the last one is.
    OnlyLast,
    /// All but the first are.
    NotFirst,
    /// Some are, one of them by half, as this number says.
    Some(u64),
}

pub(crate) const FATES: [Fate; 8] = [
    Fate::All,
    Fate::None,
    Fate::LastTorn,
    Fate::OnlyLast,
    Fate::NotFirst,
    Fate::Some(1),
    Fate::Some(2),
    Fate::Some(3),
];

/// What a disk holds after these steps and a power cut.
pub(crate) fn after_cut(before: &Disk, steps: &[Step], fate: Fate) -> Disk {
    let mut safe = before.clone();
    // Names whose folder was not made safe since.
    let mut new = BTreeSet::new();
    let mut renamed = Vec::new();
    let mut pending: Vec<&Step> = Vec::new();
    for step in steps {
        match step {
            Step::Made(file) => {
                if !safe.contains_key(file) {
                    safe.insert(file.clone(), Vec::new());
                    new.insert(file.clone());
                }
            }
            Step::Write { .. } | Step::Truncate { .. } => pending.push(step),
            Step::Renamed { file, to } => {
                // Nothing here renames what was not made safe.
                assert!(pending.iter().all(|step| name(step) != file), "{file}");
                let bytes = safe.remove(file).expect("a file");
                let replaced = safe.insert(to.clone(), bytes);
                renamed.push((file, to, replaced));
            }
            Step::Safe(file) if file == "." => {
                new.clear();
                renamed.clear();
            }
            Step::Safe(file) => pending.retain(|step| {
                let same = name(step) == file;
                if same {
                    apply(&mut safe, step, false);
                }
                !same
            }),
            Step::Answered(_) => {}
        }
    }
    let last = pending.len().saturating_sub(1);
    for (at, step) in pending.iter().enumerate() {
        let (done, torn) = match fate {
            Fate::All => (true, false),
            Fate::None => (false, false),
            Fate::LastTorn => (true, at == last),
            Fate::OnlyLast => (at == last, false),
            Fate::NotFirst => (at > 0, false),
            Fate::Some(seed) => {
                let mixed = mix(seed.wrapping_mul(0x9e37) ^ (steps.len() * 97 + at) as u64);
                (mixed & 1 == 1, mixed & 6 == 6)
            }
        };
        if done {
            apply(&mut safe, step, torn);
        }
    }
    if fate != Fate::All && fate != Fate::LastTorn {
        for (from, to, replaced) in renamed.into_iter().rev() {
            if let Some(bytes) = safe.remove(to) {
                safe.insert(from.clone(), bytes);
            }
            safe.extend(replaced.map(|bytes| (to.clone(), bytes)));
        }
        for file in new {
            safe.remove(&file);
        }
    }
    safe
}

fn name(step: &Step) -> &str {
    match step {
        Step::Made(file) | Step::Safe(file) => file,
        Step::Write { file, .. } | Step::Truncate { file, .. } | Step::Renamed { file, .. } => file,
        Step::Answered(_) => "-",
    }
}

fn apply(disk: &mut Disk, step: &Step, torn: bool) {
    match step {
        Step::Write { file, offset, data } => {
            let data = if torn { &data[..data.len() / 2] } else { data };
            let held = disk.entry(file.clone()).or_default();
            let end = offset + data.len();
            if held.len() < end && !data.is_empty() {
                held.resize(end, 0);
            }
            held[*offset..end].copy_from_slice(data);
        }
        Step::Truncate { file, length } if !torn => {
            disk.entry(file.clone()).or_default().resize(*length, 0);
        }
        _ => {}
    }
}

/// Well-mixed bits of a number (the finaliser of splitmix64).
fn mix(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}
