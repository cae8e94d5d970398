//! The power is cut before and after every single thing that a till does to its
//! files; then the till is started on what a disk may hold, and its client
//! repeats what was not answered. Every message must be in the output, once.
#![cfg(all(target_os = "linux", target_pointer_width = "64"))]

mod disk;
#[path = "../support/mod.rs"]
mod support;

use std::collections::HashSet;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use disk::{Disk, FATES, Fate, Step, after_cut, steps};
use support::{Scratch, artefacts, night_deposit, purchase, run, till_with_output};

/// Records that are sent one after the other, each when the one before it was
/// answered; the others come together.
const ONE_BY_ONE: usize = 7;

/// Purchases; a repeat; what cannot be read; a deferral and a later event that
/// makes it due; then some at once.
fn records() -> Vec<String> {
    let mut records: Vec<String> = (0..4).map(purchase).collect();
    records.insert(2, purchase(1));
    records.insert(4, "{\"kind\":\"purchase\"}\n".into());
    records.insert(5, night_deposit());
    records.extend((10..15).map(purchase));
    records
}

/// A till's run, written down.
struct Recording {
    steps: Vec<Step>,
    disk: Disk,
}

fn shim() -> &'static Path {
    static SHIM: OnceLock<PathBuf> = OnceLock::new();
    SHIM.get_or_init(|| {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/power_cut/shim.c");
        let beside = Path::new(env!("CARGO_BIN_EXE_tillbell-till"));
        let library = beside.with_file_name("till-shim.so");
        let compiled = Command::new("cc")
            .args(["-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o"])
            .args([&library, &source])
            .output()
            .expect("a C compiler");
        assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
        library
    })
}

fn read_disk(folder: &Path) -> Disk {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry"));
    let named = |entry: fs::DirEntry| {
        let name = entry.file_name().into_string().expect("a name");
        (name, fs::read(entry.path()).expect("a file"))
    };
    entries.map(named).collect()
}

fn write_disk(folder: &Path, disk: &Disk) {
    for (name, bytes) in disk {
        fs::write(folder.join(name), bytes).expect("written");
    }
}

/// Runs a till on a disk and writes down what it does.
fn record(disk: &Disk, records: &[String], one_by_one: usize) -> Recording {
    let scratch = Scratch::new();
    let folder = scratch.path().join("till");
    fs::create_dir(&folder).expect("a folder");
    write_disk(&folder, disk);
    let log = scratch.path().join("log");
    let mut command = till_with_output(&folder, &[]);
    command.env("LD_PRELOAD", shim()).env("TILL_TRACE_FOLDER", &folder).env("TILL_TRACE_LOG", &log);
    let mut child = command.spawn().expect("the till starts");
    let mut input = child.stdin.take().expect("a pipe");
    let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
    let (single, together) = records.split_at(one_by_one.min(records.len()));
    for record in single {
        input.write_all(record.as_bytes()).expect("read");
        output.read_line(&mut String::new()).expect("answered");
    }
    input.write_all(together.concat().as_bytes()).expect("read");
    drop(input);
    output.read_to_string(&mut String::new()).expect("answered");
    let ended = child.wait_with_output().expect("ended");
    assert!(ended.status.code().is_some_and(|code| code < 2), "{ended:?}");
    Recording { steps: steps(&fs::read(&log).expect("a log")), disk: read_disk(&folder) }
}

/// What is wrong after a till went on with a disk: the output is not what it
/// would have been without a cut.
fn go_on(disk: &Disk, records: &[String], expected: &[u8]) -> Result<(), String> {
    let scratch = Scratch::new();
    write_disk(scratch.path(), disk);
    let ended = run(till_with_output(scratch.path(), &[]), records.concat().as_bytes());
    if ended.status.code().is_none_or(|code| code > 1) {
        return Err(format!("{}: {}", ended.status, String::from_utf8_lossy(&ended.stderr)));
    }
    let output = fs::read(scratch.path().join("output")).unwrap_or_default();
    if output == expected { Ok(()) } else { Err(difference(&output, expected)) }
}

fn difference(output: &[u8], expected: &[u8]) -> String {
    let lines = |bytes: &[u8]| String::from_utf8_lossy(bytes).lines().map(str::to_owned).collect();
    let (output, expected): (Vec<_>, Vec<_>) = (lines(output), lines(expected));
    let first = output.iter().zip(&expected).find(|(line, expected)| line != expected);
    format!("{} messages of {}; first that differs: {first:?}", output.len(), expected.len())
}

/// What a cut leaves: the disk, and how many records were answered.
type Left = (Disk, usize);

/// Everything that any cut of these steps may leave, each once.
fn cuts(before: &Disk, steps: &[Step], fates: &[Fate]) -> Vec<Left> {
    let mut left = Vec::new();
    let mut known = HashSet::new();
    for cut in 0..=steps.len() {
        let answered = steps[..cut]
            .iter()
            .map(|step| if let Step::Answered(lines) = step { *lines } else { 0 })
            .sum();
        for fate in fates {
            let disk = after_cut(before, &steps[..cut], *fate);
            if known.insert((disk.clone(), answered)) {
                left.push((disk, answered));
            }
        }
    }
    left
}

/// Goes on after every cut, on two threads; gives what went wrong.
fn go_on_after(cuts: &[Left], records: &[String], expected: &[u8]) -> Vec<String> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut wrong = Vec::new();
        while let Some((disk, answered)) = cuts.get(next.fetch_add(1, Ordering::Relaxed)) {
            let fact = go_on(disk, &records[*answered..], expected);
            wrong.extend(fact.err().map(|fact| format!("after {answered} answers: {fact}")));
        }
        wrong
    };
    std::thread::scope(|scope| {
        let other = scope.spawn(work);
        let mut wrong = work();
        wrong.extend(other.join().expect("a thread"));
        wrong
    })
}

#[test]
fn no_cut_loses_or_doubles_a_message() {
    artefacts();
    let records = records();
    let whole = record(&Disk::new(), &records, ONE_BY_ONE);
    let expected = &whole.disk["output"];
    let messages = expected.iter().filter(|byte| **byte == b'\n').count();
    assert_eq!(messages, 19, "{}", String::from_utf8_lossy(expected));
    // What was written down is what was done.
    assert_eq!(after_cut(&Disk::new(), &whole.steps, Fate::All), whole.disk);
    let count = |kind: fn(&Step) -> bool| whole.steps.iter().filter(|step| kind(step)).count();
    let writes = count(|step| matches!(step, Step::Write { .. } | Step::Truncate { .. }));
    let made_safe = count(|step| matches!(step, Step::Safe(_)));
    // How many they are varies with what came together in a commit.
    assert!(writes > 60 && made_safe > 16, "{writes} writes, {made_safe} times made safe");
    let left = cuts(&Disk::new(), &whole.steps, &FATES);
    assert!(left.len() > whole.steps.len(), "{} of {}", left.len(), whole.steps.len());
    let wrong = go_on_after(&left, &records, expected);
    println!(
        "{} steps ({writes} writes, {made_safe} times made safe), {} different disks",
        whole.steps.len(),
        left.len()
    );
    assert!(wrong.is_empty(), "{} of {}: {:#?}", wrong.len(), left.len(), &wrong[..1]);
    // A client that saw no answer sends everything again.
    let unseen: Vec<_> = left.iter().step_by(5).map(|(disk, _)| (disk.clone(), 0)).collect();
    let wrong = go_on_after(&unseen, &records, expected);
    assert!(wrong.is_empty(), "{} of {}: {:#?}", wrong.len(), unseen.len(), &wrong[..1]);
}

#[test]
fn a_cut_while_the_till_recovers_from_a_cut_does_no_harm() {
    artefacts();
    let records = records();
    let whole = record(&Disk::new(), &records, ONE_BY_ONE);
    let first = cuts(&Disk::new(), &whole.steps, &[Fate::None, Fate::Some(1), Fate::LastTorn]);
    let every = first.len() / 8;
    for (disk, answered) in first.iter().skip(every / 2).step_by(every) {
        let again = record(disk, &records[*answered..], 1);
        assert_eq!(again.disk["output"], whole.disk["output"]);
        let second: Vec<_> = cuts(disk, &again.steps, &[Fate::All, Fate::None, Fate::Some(2)])
            .into_iter()
            .map(|(disk, more)| (disk, answered + more))
            .collect();
        let wrong = go_on_after(&second, &records, &whole.disk["output"]);
        assert!(wrong.is_empty(), "{} of {}: {:#?}", wrong.len(), second.len(), &wrong[..1]);
    }
}

/// The same search finds loss where there is some: a disk that only says that
/// it has made the store safe, and one that says so of the output.
#[test]
fn a_disk_that_lies_is_found_out() {
    artefacts();
    let records = records();
    let whole = record(&Disk::new(), &records, ONE_BY_ONE);
    for liar in ["store", "output"] {
        let honest = |step: &&Step| !matches!(step, Step::Safe(file) if file == liar);
        let steps: Vec<_> = whole.steps.iter().filter(honest).cloned().collect();
        let left = cuts(&Disk::new(), &steps, &[Fate::None, Fate::OnlyLast]);
        let wrong = go_on_after(&left, &records, &whole.disk["output"]);
        assert!(!wrong.is_empty(), "{liar}: {} cuts and nothing lost", left.len());
    }
}
