//! The command, as a whole: every folder of `tests/cases` is a case.
//!
//! A case has `arguments` (one a line), perhaps `stdin`, and what is expected:
//! `stdout`, `stderr` (nothing where the file is missing) and `code` (0 where
//! it is missing). With `UPDATE=1` in the environment the expected files are
//! written anew, to be read before they are committed.

use std::fs;
use std::path::Path;

use tillbell_tests::{root, tillbell};

fn expect(case: &Path, file: &str, actual: &[u8], wrong: &mut Vec<String>) {
    let path = case.join(file);
    if std::env::var_os("UPDATE").is_some() {
        if actual.is_empty() {
            let _ = fs::remove_file(&path);
        } else {
            fs::write(&path, actual).expect("the case folder is writable");
        }
        return;
    }
    let expected = fs::read(&path).unwrap_or_default();
    if expected != actual {
        wrong.push(format!(
            "{}:\n--- expected\n{}--- actual\n{}",
            path.display(),
            String::from_utf8_lossy(&expected),
            String::from_utf8_lossy(actual)
        ));
    }
}

#[test]
fn every_case_prints_what_is_expected() {
    let mut cases: Vec<_> = fs::read_dir(root().join("tests/cases"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    cases.sort();
    assert!(cases.len() >= 10, "{} cases", cases.len());
    let mut wrong = Vec::new();
    for case in &cases {
        let arguments = fs::read_to_string(case.join("arguments")).unwrap();
        let arguments: Vec<_> = arguments.lines().collect();
        let output = tillbell(&arguments, &fs::read(case.join("stdin")).unwrap_or_default());
        expect(case, "stdout", &output.stdout, &mut wrong);
        expect(case, "stderr", &output.stderr, &mut wrong);
        let code = output.status.code().unwrap();
        let code = if code == 0 { String::new() } else { format!("{code}\n") };
        expect(case, "code", code.as_bytes(), &mut wrong);
    }
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}
