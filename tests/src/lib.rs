//! What the suite's tests share: where things are, bundles in folders of their
//! own, and the command as a process.

pub mod delivery;
pub mod guests;
pub mod native;
pub mod properties;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use tillbell::{Artefact, Bundle, Draft, Host, Limits, Target, Trust};
use tillbell_bake::{Baker, SigningKey};
use tillbell_transaction::{Record, Transaction, json};

/// How long a run of the command may take.
const COMMAND_TIME_MAX: Duration = Duration::from_secs(120);

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ has a parent").into()
}

/// The folder of an example bank, with its components built.
///
/// # Panics
/// If `examples/build.sh` has not been run.
pub fn bank(name: &str) -> PathBuf {
    let folder = root().join("examples/banks").join(name);
    assert!(folder.join("components").is_dir(), "run examples/build.sh first");
    folder
}

/// A folder that is removed when it is dropped.
pub struct Scratch(PathBuf);

impl Scratch {
    /// An empty folder.
    ///
    /// # Panics
    /// If it cannot be made.
    pub fn new() -> Self {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let name = format!("tillbell-tests-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).expect("a scratch folder");
        Self(path)
    }

    /// A copy of an example bank.
    ///
    /// # Panics
    /// If it cannot be copied.
    pub fn copy_of_bank(name: &str) -> Self {
        let scratch = Self::new();
        copy(&bank(name), scratch.path());
        scratch
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Replaces a text in a file that must contain it.
    ///
    /// # Panics
    /// If the file does not contain it.
    pub fn replace(&self, file: &str, from: &str, to: &str) {
        let path = self.0.join(file);
        let text = fs::read_to_string(&path).expect("a text file");
        assert!(text.contains(from), "{file} does not contain {from:?}");
        fs::write(&path, text.replacen(from, to, 1)).expect("the file written");
    }
}

impl Default for Scratch {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Copies what is in a folder into another.
///
/// # Panics
/// If it cannot be copied.
pub fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            fs::create_dir_all(&target).expect("a folder made");
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).expect("a file copied");
        }
    }
}

/// Opens the bundle in a folder.
///
/// # Errors
/// As opening.
///
/// # Panics
/// If there is no such folder.
pub fn open(folder: &Path) -> tillbell::Result<Bundle> {
    let folder = Dir::open_ambient_dir(folder, ambient_authority()).expect("the bundle's folder");
    Bundle::open(&folder, &Limits::default())
}

/// Opens and bakes the bundle in a folder, with the cache that all tests share.
///
/// # Errors
/// As opening and baking.
pub fn bake(folder: &Path) -> tillbell::Result<Artefact> {
    let baker = Baker::new(Limits::default(), Target::host(), Some(cache()))?;
    Ok(signed(&baker.bake(&open(folder)?, &|_| ())?))
}

/// The same of a bundle that may write what the guard must block.
///
/// # Errors
/// As opening and baking.
pub fn bake_unguarded(folder: &Path) -> tillbell::Result<Artefact> {
    let baker = Baker::new(Limits::default(), Target::host(), Some(cache()))?;
    Ok(signed(&baker.unguarded().bake(&open(folder)?, &|_| ())?))
}

/// Signs a draft and opens it, with the key that the suite trusts.
///
/// # Panics
/// If it is refused: what was just signed is whole.
pub fn signed(draft: &Draft) -> Artefact {
    let mut trust = Trust::new();
    trust.add(key().public(), None).expect("one key");
    Artefact::from_bytes(&key().seal(draft), &trust).expect("what was just signed is whole")
}

/// The key that the suite signs with.
pub fn key() -> &'static SigningKey {
    static KEY: OnceLock<SigningKey> = OnceLock::new();
    KEY.get_or_init(SigningKey::ephemeral)
}

fn cache() -> Dir {
    let path = cache_path();
    fs::create_dir_all(&path).expect("the cache's folder");
    Dir::open_ambient_dir(path, ambient_authority()).expect("the cache's folder")
}

/// Where the suite keeps what it baked.
pub fn cache_path() -> PathBuf {
    binary().with_file_name("tests-baked")
}

/// A host with these folders' bundles, and time enough that a busy machine
/// does not change what it says.
///
/// # Panics
/// If one is refused.
pub fn host(folders: &[&Path]) -> Host {
    let limits = Limits { deadline_ms: 250, ..Limits::default() };
    let mut host = Host::new(limits).expect("a host");
    for folder in folders {
        host.load(&bake(folder).expect("a bundle that bakes")).expect("a bundle that loads");
    }
    host
}

/// A transaction from canonical JSON.
///
/// # Panics
/// If the text is none.
pub fn transaction(text: &str) -> Transaction {
    match json::read(text.as_bytes()) {
        Ok(Record::Transaction(transaction)) => *transaction,
        Ok(Record::Ignored(_)) => panic!("an ignored record"),
        Err(error) => panic!("{error}"),
    }
}

/// Runs `tillbell` with these arguments in the repository's root, and this
/// text on its standard input.
///
/// # Panics
/// If it cannot be run, or takes longer than two minutes.
pub fn tillbell(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(binary())
        .args(arguments)
        .current_dir(root())
        .env("TILLBELL_CACHE", cache_path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("tillbell starts");
    let mut stdin = child.stdin.take().expect("piped above");
    let input = input.to_vec();
    let writer = std::thread::spawn(move || {
        // A command that does not read all its input is no failure here.
        let _ = stdin.write_all(&input);
    });
    let started = Instant::now();
    let watched = child.id();
    let (done, finished) = std::sync::mpsc::channel();
    let watchdog = std::thread::spawn(move || {
        if finished.recv_timeout(COMMAND_TIME_MAX).is_err() {
            let _ = Command::new("kill").arg(watched.to_string()).status();
        }
    });
    let output = child.wait_with_output().expect("tillbell ends");
    let _ = done.send(());
    watchdog.join().expect("the watchdog ends");
    writer.join().expect("the writer ends");
    assert!(started.elapsed() < COMMAND_TIME_MAX, "tillbell took too long");
    output
}

/// The command that was built beside the tests.
///
/// # Panics
/// If it is not there.
pub fn binary() -> PathBuf {
    let test = std::env::current_exe().expect("this test's path");
    // target/PROFILE/deps/test, or target/PROFILE/load.
    let folders = test.ancestors().skip(1).take(2);
    let binary = folders.map(|folder| folder.join("tillbell")).find(|path| path.is_file());
    binary.expect("build tillbell-cli in the same profile first")
}

/// A `tillbell watch` that runs; it ends with this.
pub struct Watched {
    child: Child,
    said: Receiver<String>,
    /// How long each line is waited for.
    time_max: Duration,
}

impl Watched {
    /// Starts it in a folder, with these arguments and variables. Each line is waited for so
    /// long.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start(
        folder: PathBuf,
        arguments: &[&str],
        more: &[(&str, &str)],
        time_max: Duration,
    ) -> Self {
        let mut child = Command::new(binary())
            .arg("watch")
            .args(arguments)
            .current_dir(folder)
            .env("TILLBELL_CACHE", cache_path())
            .envs(more.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the command runs");
        let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let (send, said) = mpsc::channel();
        thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| send.send(line)));
        Self { child, said, time_max }
    }

    /// Whether it says a line with this, from the last one that was waited for on.
    pub fn says(&mut self, what: &str) -> bool {
        let until = Instant::now() + self.time_max;
        while let Ok(line) = self.said.recv_timeout(until.saturating_duration_since(Instant::now()))
        {
            if line.contains(what) {
                return true;
            }
        }
        false
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        // One that ended by itself is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
