//! `tillbell.h` as C uses it: a real C compiler, with all warnings as errors,
//! linked statically and dynamically, natively and under valgrind; the example
//! that a vendor starts from, by make and by CMake.
#![cfg(target_os = "linux")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tillbell::{Limits, Target};
use tillbell_bake::{Baker, SigningKey};
use tillbell_tests::guests::Guest;
use tillbell_tests::{Scratch, bank, open, root};

const FLAGS: [&str; 6] = ["-std=c11", "-Wall", "-Wextra", "-Werror", "-pedantic", "-O1"];
/// What a static library of Rust needs of the system.
const SYSTEM: [&str; 4] = ["-lpthread", "-lm", "-ldl", "-lgcc_s"];

/// The key of RFC 8032, section 7.1, test 1, and the public key of test 2.
const SECRET_PEM: &str = "-----BEGIN PRIVATE KEY-----\n\
    MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n\
    -----END PRIVATE KEY-----\n";
const PUBLIC_PEM: &str = "-----BEGIN PUBLIC KEY-----\n\
    MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n\
    -----END PUBLIC KEY-----\n";
const OTHER_PUBLIC_PEM: &str = "-----BEGIN PUBLIC KEY-----\n\
    MCowBQYDK2VwAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=\n\
    -----END PUBLIC KEY-----\n";

/// What `life.c` reads: keys, artefacts for this target, a message.
fn files(folder: &Path, target: Target) {
    let key = SigningKey::from_pem(SECRET_PEM).expect("a key");
    let bake = |bank: &Path, name: &str| {
        let baker = Baker::new(Limits::default(), target, None).expect("a baker");
        let draft = baker.bake(&open(bank).expect("a bundle"), &|_| ()).expect("it bakes");
        fs::write(folder.join(name), key.seal(&draft)).expect("written");
    };
    bake(&bank("harbour"), "harbour.tillbell");
    bake(Guest::read("spin").in_bank().path(), "spin.tillbell");
    let message = root().join("host/tillbell-iso8583/tests/messages/ascii-0210.hex");
    let digits = fs::read_to_string(message).expect("a message");
    let digits = digits.trim();
    let bytes: Vec<u8> = (0..digits.len() / 2)
        .map(|at| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).expect("hexadecimal"))
        .collect();
    fs::write(folder.join("message.bin"), bytes).expect("written");
    fs::write(folder.join("bank.pub.pem"), PUBLIC_PEM).expect("written");
    fs::write(folder.join("other.pub.pem"), OTHER_PUBLIC_PEM).expect("written");
}

/// The folder of what Cargo built.
fn libraries() -> PathBuf {
    let test = std::env::current_exe().expect("this test");
    let folder = test.ancestors().nth(2).expect("target/release").to_owned();
    for (name, package) in [
        ("libtillbell_c.a", "tillbell-capi"),
        ("libtillbell_c.so", "tillbell-capi"),
        ("embed-rust", "embed-rust"),
    ] {
        let hint = format!("build it first: cargo build --release -p {package}");
        assert!(folder.join(name).is_file(), "{hint}");
    }
    folder
}

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn ran(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

/// Compiles `life.c` against one of the libraries.
fn life(folder: &Path, shared: bool) -> PathBuf {
    let program = folder.join(if shared { "life-shared" } else { "life-static" });
    let mut cc = Command::new("cc");
    cc.args(FLAGS).arg("-I").arg(here("include")).arg(here("tests/c/life.c"));
    if shared {
        let libraries = libraries();
        cc.arg("-L").arg(&libraries).arg("-ltillbell_c");
        cc.arg(format!("-Wl,-rpath,{}", libraries.display()));
    } else {
        cc.arg(libraries().join("libtillbell_c.a"));
    }
    ran(cc.arg("-o").arg(&program).args(SYSTEM));
    program
}

#[test]
fn a_whole_life_in_c_with_the_shared_and_the_static_library() {
    let scratch = Scratch::new();
    files(scratch.path(), Target::host());
    for shared in [true, false] {
        let output =
            ran(Command::new(life(scratch.path(), shared)).arg(scratch.path()).arg("native"));
        assert_eq!(output.stdout, b"all is well\n");
    }
}

/// Under valgrind the interpreter's code runs: native code that is mapped from
/// a file is translated by it anew at each call, which takes minutes.
#[test]
fn valgrind_finds_nothing() {
    let scratch = Scratch::new();
    files(scratch.path(), Target::interpreter());
    let output = ran(Command::new("valgrind")
        // Else a plugin that spins can keep the thread that ticks from running.
        .args(["--error-exitcode=9", "--leak-check=full", "--quiet", "--fair-sched=yes"])
        .args(["--show-leak-kinds=definite,indirect", "--errors-for-leak-kinds=definite,indirect"])
        .arg(format!("--suppressions={}", here("tests/c/valgrind.supp").display()))
        .arg(life(scratch.path(), false))
        .arg(scratch.path())
        .arg("interpreted"));
    assert_eq!(output.stdout, b"all is well\n");
}

#[test]
fn the_header_is_c_plus_plus_too() {
    let scratch = Scratch::new();
    let source = scratch.path().join("header.cc");
    fs::write(&source, "#include \"tillbell.h\"\nint main() { return tb_version() == nullptr; }\n")
        .expect("written");
    ran(Command::new("c++")
        .args(["-std=c++11", "-Wall", "-Wextra", "-Werror", "-pedantic", "-fsyntax-only", "-I"])
        .arg(here("include"))
        .arg(source));
}

#[test]
fn the_example_prints_the_day_as_the_rust_one_does() {
    let scratch = Scratch::new();
    files(scratch.path(), Target::host());
    let libraries = libraries();
    let example = root().join("examples/embed-c");
    let made = scratch.path().join("embed-c");
    ran(Command::new("make")
        .arg("-C")
        .arg(&example)
        .arg(format!("TILLBELL_LIBRARY={}", libraries.join("libtillbell_c.a").display()))
        .arg(format!("PROGRAM={}", made.display())));
    let build = scratch.path().join("cmake");
    ran(Command::new("cmake")
        .arg("-S")
        .arg(&example)
        .arg("-B")
        .arg(&build)
        .arg(format!("-DTILLBELL_LIBRARY={}", libraries.join("libtillbell_c.a").display())));
    ran(Command::new("cmake").arg("--build").arg(&build));
    let day = root().join("examples/feeds/day.jsonl");
    let run = |program: &Path| {
        let feed = fs::File::open(&day).expect("the day");
        let mut command = Command::new(program);
        command.arg(scratch.path().join("bank.pub.pem"));
        command.arg(scratch.path().join("harbour.tillbell"));
        String::from_utf8(ran(command.stdin(feed)).stdout).expect("UTF-8")
    };
    let (by_make, by_cmake) = (run(&made), run(&build.join("embed-c")));
    assert_eq!(by_make, by_cmake);
    assert!(by_make.lines().count() > 60 && by_make.contains("【海港银行】"), "{by_make}");
    assert_eq!(by_make, run(&libraries.join("embed-rust")));
}
