//! How guests are compiled: by `tillbell build`, and by the build script of
//! `tillbell-builtin`, which takes this file as its own. The standard library alone.

use std::path::Path;
use std::process::Command;

/// What guests are compiled for.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";
/// The stack of a guest, in KiB, where nobody says another: the smaller its memory, the
/// quicker a fresh instance.
pub(crate) const STACK_KIB: u32 = 64;

/// How a guest is compiled.
pub(crate) struct Settings<'a> {
    /// A number, `s` or `z`.
    pub(crate) opt_level: &'a str,
    pub(crate) stack_kib: u32,
    /// Whether the names of functions stay in the module.
    pub(crate) keeps_names: bool,
    pub(crate) more_flags: &'a [String],
}

/// A toolchain that has the target, as guest-toolchain.sh found it.
pub(crate) struct Toolchain {
    pub(crate) cargo: String,
    rustc: String,
    cargo_args: Vec<String>,
    rustflags: Vec<String>,
    needs_bootstrap: bool,
    way: String,
}

impl Toolchain {
    /// Reads what the script prints; none where it names no cargo.
    pub(crate) fn parse(printed: &str) -> Option<Self> {
        let value = |key: &str| {
            let mut lines = printed.lines().filter_map(|line| line.split_once('='));
            let value = lines.find(|(own, _)| *own == key).map_or("", |(_, value)| value);
            value.trim_matches('\'').to_owned()
        };
        let words = |key: &str| value(key).split_whitespace().map(Into::into).collect();
        let toolchain = Self {
            cargo: value("TILLBELL_GUEST_CARGO"),
            rustc: value("TILLBELL_GUEST_RUSTC"),
            cargo_args: words("TILLBELL_GUEST_CARGO_ARGS"),
            rustflags: words("TILLBELL_GUEST_RUSTFLAGS"),
            needs_bootstrap: value("TILLBELL_GUEST_BOOTSTRAP") == "1",
            way: value("TILLBELL_GUEST_WAY"),
        };
        (!toolchain.cargo.is_empty()).then_some(toolchain)
    }

    /// Whether its files would be taken for another compiler's, were they in one folder.
    #[allow(dead_code, reason = "the build script has a folder of its own")]
    pub(crate) fn is_debian(&self) -> bool {
        self.way == "debian"
    }

    /// Compiles the library of a crate. The crate's own profile is not asked: a plugin is
    /// built for the sandbox.
    pub(crate) fn build(&self, manifest: &Path, settings: &Settings<'_>) -> Command {
        let mut cargo = Command::new(&self.cargo);
        cargo.args(["build", "--release", "--lib", "--target", TARGET]);
        cargo.arg("--manifest-path").arg(manifest).args(&self.cargo_args);
        let opt_level = match settings.opt_level.parse::<u8>() {
            Ok(number) => format!("opt-level={number}"),
            Err(_) => format!("opt-level={:?}", settings.opt_level),
        };
        for setting in [
            opt_level.as_str(),
            "lto=true",
            "codegen-units=1",
            "panic=\"abort\"",
            if settings.keeps_names { "strip=\"none\"" } else { "strip=true" },
            "debug=false",
        ] {
            cargo.arg("--config").arg(format!("profile.release.{setting}"));
        }
        let mut flags = self.rustflags.clone();
        flags.push(format!("-Clink-arg=-zstack-size={}", settings.stack_kib * 1024));
        flags.extend_from_slice(settings.more_flags);
        cargo.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}")).env_remove("RUSTFLAGS");
        if !self.rustc.is_empty() {
            cargo.env("RUSTC", &self.rustc);
        }
        if self.needs_bootstrap {
            cargo.env("RUSTC_BOOTSTRAP", "1");
        }
        cargo
    }
}
