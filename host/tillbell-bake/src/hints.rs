//! What cannot work in a plugin, and what to write instead.

use crate::names::Names;

/// Libraries, each with what it needs that is not there.
const LIBRARIES: [(&[&str], &str); 7] = [
    (
        &["getrandom", "rand", "rand_core", "fastrand"],
        "a plugin has no randomness, so that a day can be replayed byte for byte; the feature \
         (\"js\", \"wasm_js\") that getrandom advises is for browsers. `cargo tree -i getrandom` \
         says who wants it; leave that feature out, and derive what must differ from the \
         transaction",
    ),
    (
        &["uuid"],
        "a plugin has no randomness; the feature that uuid advises (\"js\", \"rng-getrandom\") is \
         for browsers. A name of what is there already works: features = [\"v5\"], or the \
         transaction's own RRN and STAN",
    ),
    (
        &["chrono"],
        "a plugin has no clock; chrono's features \"clock\" and \"wasmbind\" ask a browser's. \
         chrono = { version = \"0.4\", default-features = false }: a router is given `now`, and \
         every event its time",
    ),
    (
        &["wasm_bindgen", "js_sys", "web_sys"],
        "wasm-bindgen is for browsers and Node.js; here there is no JavaScript. `cargo tree -i \
         wasm-bindgen` says who wants it, often a feature \"js\" or \"wasmbind\" of chrono, uuid \
         or getrandom: leave it out",
    ),
    (
        &["regex", "regex_automata", "regex_syntax"],
        "regex brings several engines and Unicode's tables. regex-lite has the same interface in \
         a tenth of it; a fixed pattern is often shorter with str::find and split",
    ),
    (&["serde_json", "minijinja", "tera", "handlebars"], "`--opt-level z` makes code smaller"),
    (
        &["tokio", "rayon", "async_std"],
        "a plugin has one thread and nothing to wait for: a call is a call",
    ),
];

/// The first hint for any of these crates; hyphens and underscores are the same.
pub fn for_crate(name: &str) -> Option<&'static str> {
    let name = name.replace('-', "_");
    LIBRARIES.iter().find(|(names, _)| names.contains(&name.as_str())).map(|(_, hint)| *hint)
}

/// What an import of this module says of who wrote it.
pub(crate) fn for_import(module: &str) -> Option<&'static str> {
    if module.starts_with("__wbindgen") || module == "wbg" {
        return for_crate("wasm_bindgen");
    }
    if module.starts_with("wasi") {
        return Some(
            "that is WASI, which a plugin does not have: no files, clock, environment or \
             standard output. Build for wasm32-unknown-unknown (in C -nostdlib, in Zig \
             wasm32-freestanding), and log by tillbell:plugin/log",
        );
    }
    if module == "env" {
        return Some(
            "it is defined nowhere: a function that the linker was told to take on trust, of a \
             C library perhaps, which is not there",
        );
    }
    None
}

/// What will break when it is called: the code is there, and what it would ask is not.
pub(crate) fn for_code(wasm: &[u8], names: &Names) -> Vec<String> {
    let holds = |text: &str| wasm.windows(text.len()).any(|part| part == text.as_bytes());
    let mut hints = Vec::new();
    if holds("time not implemented on this platform") {
        hints.push(
            "SystemTime::now and Instant::now panic here: a plugin has no clock. A router is \
             given `now`, and every event has its time"
                .to_owned(),
        );
    }
    if holds("failed to spawn thread") {
        hints.push("thread::spawn fails here: a plugin has one thread".to_owned());
    }
    if names.has(&["stdio", "Stdout"]) {
        hints.push(
            "println! and standard output go nowhere here: log by tillbell:plugin/log".to_owned(),
        );
    }
    for name in ["getrandom", "uuid"] {
        if names.crates().iter().any(|(own, _)| own == name) {
            hints.extend(for_crate(name).map(|hint| format!("{name}: {hint}")));
        }
    }
    hints
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_work_is_told_by_who_asks() {
        assert!(for_crate("wasm-bindgen").is_some_and(|hint| hint.contains("browsers")));
        assert!(for_crate("regex-automata").is_some_and(|hint| hint.contains("regex-lite")));
        assert_eq!(for_crate("time"), None);
        for (module, expected) in [
            ("__wbindgen_placeholder__", Some("cargo tree -i wasm-bindgen")),
            ("wasi_snapshot_preview1", Some("WASI")),
            ("env", Some("defined nowhere")),
            ("other", None),
        ] {
            let hint = for_import(module);
            assert_eq!(hint.is_some(), expected.is_some(), "{module}");
            assert!(hint.unwrap_or_default().contains(expected.unwrap_or_default()), "{module}");
        }
    }
}
