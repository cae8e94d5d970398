use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU32;

use tillbell::{Decision, HostGround, Outcome};
use tillbell_tape::{Tape, Verdict};
use tillbell_transaction::{Record, json};

use super::*;

/// 2026-11-26, 00:00 in UTC.
const DAY: i64 = 20_783 * 86_400;

struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("tape-{}-{number}", std::process::id()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn settings(path: &Path, days: u32) -> TapeSettings {
    TapeSettings {
        folder: path.join("tape"),
        key_file: path.join("tape/key"),
        days,
        day_bytes_max: 1_000_000,
        bytes_max: 1_000_000,
        sole_traders: SoleTraders::default(),
    }
}

fn entry(rrn: &str) -> Entry {
    let line = format!(
        r#"{{"kind":"purchase","approval":"approved","amount":{{"minor_units":500,"currency":"CNY"}},"time":"2026-11-26T08:31:05+08:00","card":{{"bin":"621626","last4":"0018"}},"merchant":{{"name":"M"}},"rrn":"{rrn}"}}"#
    );
    let Ok(Record::Transaction(transaction)) = json::read(line.as_bytes()) else { panic!() };
    let outcome = Outcome::by_host(&transaction, Decision::Rejected, HostGround::NoBundle);
    Entry {
        transaction: *transaction,
        accepted_seconds: DAY,
        was_due: false,
        verdict: Verdict::of(&outcome),
        asked: Vec::new(),
    }
}

fn files(path: &Path) -> Vec<String> {
    let files = fs::read_dir(path.join("tape")).unwrap();
    let mut names: Vec<_> =
        files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn rrns(path: &Path) -> Vec<String> {
    let mut rrns = Vec::new();
    for name in files(path).iter().filter(|name| name.ends_with(".tape")) {
        let text = fs::read(path.join("tape").join(name)).unwrap();
        let mut tape = Tape::open(text.as_slice()).unwrap();
        while let Some(next) = tape.next().unwrap() {
            rrns.extend(next.record.map(|record| record.transaction.rrn));
        }
    }
    rrns
}

#[test]
fn days_and_their_key_go_when_they_are_over() {
    let scratch = Scratch::new();
    let path = &scratch.0;
    let mut folder = Folder::open(settings(path, 2), DAY).unwrap();
    let key = fs::read_to_string(path.join("tape/key")).unwrap();
    for (day, count) in [(0, 1), (1, 2), (2, 2), (3, 2)] {
        assert_eq!(folder.turn(DAY + day * 86_400 + 60), Ok(false));
        assert_eq!(folder.write(entry("632400000101")), Ok(true));
        folder.flush().unwrap();
        assert_eq!(files(path).len(), count + 1, "{day}");
        let is_same = fs::read_to_string(path.join("tape/key")).unwrap() == key;
        assert_eq!(is_same, day < 2, "{day}");
    }
    // Of the second key alone: one value, one substitute, and another than before.
    let rrns = rrns(path);
    assert!(rrns.len() == 2 && rrns[0] == rrns[1] && rrns[0] != "632400000101");
    assert!(files(path)[0].starts_with("2026-11-28"), "{:?}", files(path));
    for name in files(path) {
        let about = fs::metadata(path.join("tape").join(&name)).unwrap();
        assert_eq!(about.permissions().mode() & 0o777, 0o600, "{name}");
    }
    // A start within the period goes on with its key; one after it does not.
    let serving = fs::read_to_string(path.join("tape/key")).unwrap();
    drop(Folder::open(settings(path, 2), DAY + 3 * 86_400).unwrap());
    assert_eq!(fs::read_to_string(path.join("tape/key")).unwrap(), serving);
    drop(Folder::open(settings(path, 2), DAY + 30 * 86_400).unwrap());
    assert_ne!(fs::read_to_string(path.join("tape/key")).unwrap(), serving);
    assert_eq!(files(path).len(), 2);
}

#[test]
fn a_full_day_stops_the_tape_until_the_next() {
    let scratch = Scratch::new();
    let path = &scratch.0;
    let mut folder =
        Folder::open(TapeSettings { day_bytes_max: 1_500, ..settings(path, 2) }, DAY).unwrap();
    let mut kept = 0;
    let reason = loop {
        match folder.write(entry("632400000101")) {
            Ok(true) => kept += 1,
            other => break other.unwrap_err(),
        }
    };
    assert!(reason.contains("1500 bytes of a day"), "{reason}");
    assert_eq!(folder.write(entry("632400000102")), Ok(false));
    assert_eq!(rrns(path).len(), kept);
    assert_eq!(folder.turn(DAY + 86_400), Ok(true));
    assert_eq!(folder.write(entry("632400000103")), Ok(true));
    // What all days take is bounded too.
    let mut folder =
        Folder::open(TapeSettings { bytes_max: 1_600, ..settings(path, 2) }, DAY + 86_400).unwrap();
    let reason = (0..9).find_map(|_| folder.write(entry("632400000101")).err());
    assert!(reason.unwrap().contains("1600 bytes of all days"));
}

/// As on a full disk.
#[test]
fn a_tape_that_cannot_be_written_stops_until_the_next_day() {
    let scratch = Scratch::new();
    let path = &scratch.0;
    let mut folder = Folder::open(settings(path, 5), DAY).unwrap();
    let name = files(path).into_iter().find(|name| name.ends_with(".tape")).unwrap();
    let next = path.join("tape").join(name.replace("2026-11-26", "2026-11-27"));
    std::os::unix::fs::symlink("/dev/full", &next).unwrap();
    let reason = folder.turn(DAY + 86_400).unwrap_err();
    assert!(reason.contains("No space left"), "{reason}");
    // Once, and nothing more of it.
    assert_eq!(folder.turn(DAY + 86_400), Ok(false));
    assert_eq!(folder.write(entry("632400000101")), Ok(false));
    assert_eq!(folder.turn(DAY + 2 * 86_400), Ok(true));
    assert_eq!(folder.write(entry("632400000101")), Ok(true));
}

#[test]
fn a_torn_line_is_named_and_the_rest_is_read() {
    let scratch = Scratch::new();
    let path = &scratch.0;
    let mut folder = Folder::open(settings(path, 2), DAY).unwrap();
    for rrn in ["632400000101", "632400000102"] {
        assert_eq!(folder.write(entry(rrn)), Ok(true));
    }
    drop(folder);
    let name = files(path).into_iter().find(|name| name.ends_with(".tape")).unwrap();
    let tape = path.join("tape").join(name);
    let length = fs::metadata(&tape).unwrap().len();
    fs::OpenOptions::new().write(true).open(&tape).unwrap().set_len(length - 40).unwrap();
    let mut folder = Folder::open(settings(path, 2), DAY).unwrap();
    assert_eq!(folder.write(entry("632400000103")), Ok(true));
    drop(folder);
    let text = fs::read(&tape).unwrap();
    let mut tape = Tape::open(text.as_slice()).unwrap();
    let read: Vec<_> = std::iter::from_fn(|| tape.next().unwrap())
        .map(|next| (next.number, next.record.is_ok()))
        .collect();
    assert_eq!(read, [(2, true), (3, false), (4, true)]);
}

#[test]
fn a_key_that_others_may_read_is_refused() {
    let scratch = Scratch::new();
    let path = &scratch.0;
    drop(Folder::open(settings(path, 2), DAY).unwrap());
    let key = path.join("tape/key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let error = Folder::open(settings(path, 2), DAY).err().unwrap();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("mode 644, expected 600"), "{cause}");
}
