//! The interface as `openapi.json` says, against the running daemon, by a program
//! that nobody here wrote: schemathesis.

use std::process::Command;

use tillbell_tests::delivery::{Daemon, TOKEN};
use tillbell_tests::{Scratch, binary};

/// Requests for each operation and phase.
const EXAMPLES: &str = "60";

#[test]
fn the_daemon_does_what_its_interface_says() {
    let scratch = Scratch::new();
    let console =
        "[http]\nlisten = \"127.0.0.1:0\"\n[[route]]\nchannel = \"sms\"\nconsole = true\n";
    Daemon::configure(scratch.path(), console);
    let daemon = Daemon::start(scratch.path());
    let folder = binary().parent().and_then(std::path::Path::parent).expect("target").to_owned();
    let program = folder.join("schemathesis/bin/schemathesis");
    assert!(program.is_file(), "schemathesis is not installed: run tests/tools.sh");
    let output = Command::new("timeout")
        .arg("240")
        .arg(program)
        .arg("run")
        .arg(format!("http://{}/openapi.json", daemon.http))
        .args(["--header", &format!("Authorization: Bearer {TOKEN}")])
        // What is right between fields, and by the lists of ISO, a schema cannot
        // say.
        .args(["--max-examples", EXAMPLES, "--exclude-checks", "positive_data_acceptance"])
        .current_dir(scratch.path())
        .output()
        .expect("timeout");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}");
    assert!(said.contains("Tested: 6"), "{said}");
    let lines = daemon.stop();
    assert!(lines.iter().any(|line| line.ends_with("stopped")), "{lines:?}");
}
