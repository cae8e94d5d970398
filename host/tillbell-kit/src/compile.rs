//! What a plugin's source is, the command that compiles it, and what a compiler said.

use std::env;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;
use tillbell_bake::hint_for_crate;

/// The module that a Makefile of `tillbell new` makes.
const MADE: &str = "build/plugin.wasm";
/// The tool that is asked for in C and in Zig where there is neither.
const ZIGLANG: &str = "pip install ziglang==0.17.1";

/// What is to be built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A crate, by its manifest.
    Crate(PathBuf),
    /// A folder with a Makefile.
    Make(PathBuf),
    /// A module or component that was compiled by somebody else.
    Module(PathBuf),
}

/// Why something cannot be built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompileError(String);

impl fmt::Display for CompileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for CompileError {}

impl Source {
    /// Looks at what stands at a path.
    ///
    /// # Errors
    /// Of a folder with neither a Cargo.toml nor a Makefile.
    pub fn at(path: &Path) -> Result<Self, CompileError> {
        if path.is_file() {
            return Ok(Self::Module(path.to_owned()));
        }
        let (manifest, makefile) = (path.join("Cargo.toml"), path.join("Makefile"));
        match (manifest.is_file(), makefile.is_file()) {
            (true, _) => Ok(Self::Crate(manifest)),
            (_, true) => Ok(Self::Make(path.to_owned())),
            _ => Err(CompileError(format!(
                "{} has neither a Cargo.toml nor a Makefile: `tillbell new` makes a plugin's folder",
                path.display()
            ))),
        }
    }
}

/// The command that makes a folder's module, with a compiler that is found, and where the
/// module will be.
///
/// # Errors
/// Says what to type where there is no compiler.
pub fn make(folder: &Path, stack_kib: u32) -> Result<(Command, PathBuf), CompileError> {
    if !answers("make", &["--version"]) {
        return Err(CompileError("there is no make: apt-get install make".to_owned()));
    }
    let mut make = Command::new("make");
    // Always: a stack of another size is no newer file.
    make.args(["--silent", "--always-make", "-C"])
        .arg(folder)
        .arg(format!("STACK_KIB={stack_kib}"));
    if holds(folder, "zig") {
        make.arg(format!("ZIG={}", zig()?));
    } else if holds(folder, "c") {
        make.arg(format!("CC={}", c_compiler()?));
    } else if holds(folder, "js") && !answers("npm", &["--version"]) {
        let detail = "there is no npm: Node.js 20 or later brings it (apt-get install npm)";
        return Err(CompileError(detail.to_owned()));
    }
    make.arg(MADE);
    Ok((make, folder.join(MADE)))
}

/// Whether a folder has a file whose name ends so.
fn holds(folder: &Path, extension: &str) -> bool {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.path())
        .any(|path| path.extension().is_some_and(|own| own == extension))
}

fn answers(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// The Zig that the environment names, or one that is found.
fn zig() -> Result<String, CompileError> {
    if let Ok(named) = env::var("ZIG") {
        return Ok(named);
    }
    if answers("zig", &["version"]) {
        return Ok("zig".to_owned());
    }
    if answers("python3", &["-m", "ziglang", "version"]) {
        return Ok("python3 -m ziglang".to_owned());
    }
    Err(CompileError(format!("there is no Zig: {ZIGLANG}, or the variable ZIG names one")))
}

/// The compiler that the environment names, if it is one for WebAssembly: CC is often that of
/// this machine. Else clang, or Zig's.
fn c_compiler() -> Result<String, CompileError> {
    let named = env::var("CC").ok();
    for compiler in named.iter().map(String::as_str).chain(["clang"]) {
        if compiler.contains("zig") || is_clang_for_wasm(compiler) {
            return Ok(compiler.to_owned());
        }
    }
    zig().map(|zig| format!("{zig} cc")).map_err(|_| {
        CompileError(format!(
            "there is no C compiler for WebAssembly: apt-get install clang lld, or {ZIGLANG}, or \
             the variable CC names one"
        ))
    })
}

/// Whether a compiler has the target, and the linker that it needs for it.
fn is_clang_for_wasm(compiler: &str) -> bool {
    let printed = |argument: &str| {
        let output = Command::new(compiler).arg(argument).stdin(Stdio::null()).output();
        output.map(|all| String::from_utf8_lossy(&all.stdout).into_owned()).unwrap_or_default()
    };
    printed("--print-targets").contains("wasm32")
        && answers(printed("-print-prog-name=wasm-ld").trim(), &["--version"])
}

/// What cargo said in JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CargoSaid {
    /// The compiler's messages, as people read them.
    pub messages: String,
    /// The last module that was made: the crate's own.
    pub module: Option<PathBuf>,
    /// What is known of the crates that did not compile.
    pub hints: Vec<String>,
}

#[derive(Deserialize)]
struct CargoMessage {
    #[serde(default)]
    filenames: Vec<PathBuf>,
    target: Option<CargoTarget>,
    message: Option<Diagnostic>,
}

#[derive(Deserialize)]
struct CargoTarget {
    name: String,
}

#[derive(Deserialize)]
struct Diagnostic {
    level: String,
    rendered: Option<String>,
}

impl CargoSaid {
    /// Reads cargo's output with `--message-format=json`; lines that are none are left out.
    pub fn read(output: &[u8]) -> Self {
        let mut said = Self::default();
        for line in String::from_utf8_lossy(output).lines() {
            let Ok(message) = serde_json::from_str::<CargoMessage>(line) else { continue };
            let is_module = |file: &&PathBuf| file.extension().is_some_and(|end| end == "wasm");
            if let Some(module) = message.filenames.iter().rfind(is_module) {
                said.module = Some(module.clone());
            }
            let Some(diagnostic) = message.message else { continue };
            said.messages.extend(diagnostic.rendered);
            let name = message.target.map(|target| target.name).unwrap_or_default();
            if let Some(hint) = hint_for_crate(&name).filter(|_| diagnostic.level == "error") {
                let hint = format!("{name}: {hint}");
                if !said.hints.contains(&hint) {
                    said.hints.push(hint);
                }
            }
        }
        said
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_that_cannot_work_here_is_known_by_its_name() {
        let output = br#"{"reason":"compiler-message","target":{"name":"getrandom"},"message":{"level":"error","rendered":"error: the wasm targets are not supported, you may need the \"js\" feature\n"}}
{"reason":"compiler-message","target":{"name":"getrandom"},"message":{"level":"error","rendered":"error: again\n"}}
{"reason":"compiler-artifact","target":{"name":"own"},"filenames":["target/own.wasm","target/own.rlib"]}
not JSON
{"reason":"build-finished","success":false}
"#;
        let said = CargoSaid::read(output);
        assert_eq!(said.module, Some(PathBuf::from("target/own.wasm")));
        assert!(said.messages.ends_with("feature\nerror: again\n"), "{}", said.messages);
        assert_eq!(said.hints.len(), 1);
        assert!(said.hints[0].starts_with("getrandom: a plugin has no randomness"));
    }

    #[test]
    fn what_is_no_source_is_refused() {
        let error = Source::at(Path::new("/proc/self/fd")).unwrap_err();
        assert!(error.to_string().contains("has neither a Cargo.toml nor a Makefile"), "{error}");
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        assert_eq!(Source::at(&file), Ok(Source::Module(file.clone())));
        let own = file.parent().unwrap();
        assert_eq!(Source::at(own), Ok(Source::Crate(file.clone())));
        let c = own.join("../../examples/languages/c");
        assert_eq!(Source::at(&c), Ok(Source::Make(c)));
    }
}
