//! What the till's tests share: baked banks, feeds, the till as a process.

#![allow(dead_code, reason = "each test takes what it needs")]

mod scratch;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

pub(crate) use scratch::Scratch;

/// How long anything here may take.
pub(crate) const TIME_MAX: Duration = Duration::from_secs(120);

/// The repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A feed of the examples.
pub(crate) fn feed(name: &str) -> Vec<u8> {
    fs::read(root().join("examples/feeds").join(name)).expect("a feed")
}

/// A folder with the three example banks, baked, and the keys to trust.
pub(crate) fn artefacts() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let beside = Path::new(env!("CARGO_BIN_EXE_tillbell-till"));
        let command = beside.with_file_name("tillbell");
        assert!(command.is_file(), "build tillbell-cli first, and run examples/build.sh");
        let folder = beside.with_file_name("till-artefacts");
        fs::create_dir_all(&folder).expect("a folder");
        let secret = folder.join("bank.pem");
        fs::write(&secret, SECRET_KEY).expect("a file");
        for bank in ["harbour", "kite", "meridian"] {
            // Another test may be reading the one that is there.
            let new = folder.join(format!("{bank}.{}", std::process::id()));
            let baked = Command::new(&command)
                .arg("bake")
                .arg(root().join("examples/banks").join(bank))
                .arg("--sign")
                .arg(&secret)
                .arg("-o")
                .arg(&new)
                .arg("--cache")
                .arg(beside.with_file_name("tests-baked"))
                .output()
                .expect("tillbell runs");
            assert!(baked.status.success(), "{}", String::from_utf8_lossy(&baked.stderr));
            fs::rename(new, folder.join(format!("{bank}.tillbell"))).expect("renamed");
        }
        fs::write(folder.join("keys.pem"), KEY).expect("a file");
        folder
    })
}

/// The keys of RFC 8410.
const SECRET_KEY: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
-----END PRIVATE KEY-----
";
const KEY: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PUBLIC KEY-----
";

/// The till with its store in this folder, each event's own clock, and more
/// arguments.
pub(crate) fn till(folder: &Path, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tillbell-till"));
    command
        .arg("--artefacts")
        .arg(artefacts())
        .arg("--trust")
        .arg(artefacts().join("keys.pem"))
        .arg("--store")
        .arg(folder.join("store"))
        .args(["--clock", "event", "--deadline-ms", "1000"])
        .args(more)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// The till that appends to a file `output` in this folder.
pub(crate) fn till_with_output(folder: &Path, more: &[&str]) -> Command {
    let mut command = till(folder, more);
    command.arg("--output").arg(folder.join("output"));
    command
}

/// Runs a till on this input, to its end.
pub(crate) fn run(mut command: Command, input: &[u8]) -> Output {
    let mut child = command.spawn().expect("the till starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    let input = input.to_vec();
    let writer = std::thread::spawn(move || {
        // A till that ends early does not read it all.
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().expect("the till ends");
    writer.join().expect("written");
    output
}

/// Ends a till as an operator would.
pub(crate) fn terminate(child: &Child) {
    let status = Command::new("kill").arg(child.id().to_string()).status().expect("kill runs");
    assert!(status.success());
}

/// Waits for something that comes, or fails.
pub(crate) fn wait_for(what: &str, mut holds: impl FnMut() -> bool) {
    let until = Instant::now() + TIME_MAX;
    while !holds() {
        assert!(Instant::now() < until, "{what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

/// The JSON line of a purchase at Harbour Bank, approved, 128.50.
pub(crate) fn purchase(number: usize) -> String {
    format!(
        r#"{{"kind":"purchase","approval":"approved","amount":{{"minor_units":12850,"currency":"CNY"}},"time":"2026-11-20T08:31:05+08:00","card":{{"bin":"621626","last4":"0018"}},"cardholder":{{"phone":"+8613800138000"}},"merchant":{{"name":"Coffee","id":"1","terminal":"7","phone":"+8613800138088"}},"rrn":"63240800{number:04}","stan":"{number:06}"}}"#
    ) + "\n"
}

/// The JSON line of a deposit at night, which Meridian Bank defers until 07:00.
pub(crate) fn night_deposit() -> String {
    r#"{"kind":"deposit","approval":"approved","amount":{"minor_units":12500,"currency":"KWD"},"time":"2026-11-20T02:10:00+08:00","card":{"bin":"42424242","last4":"4242"},"cardholder":{"phone":"+447700900123","preferences":{"quiet_hours":"22:00-07:00","utc_offset_minutes":480}},"merchant":{"name":"Branch","id":"2","terminal":"8"},"rrn":"632408009999","stan":"009999"}"#
        .to_owned()
        + "\n"
}
