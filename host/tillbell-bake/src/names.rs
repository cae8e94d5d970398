//! Whose code a module is, by the names that its compiler left in it.

use std::collections::BTreeMap;

use wasmparser::{KnownCustom, Name, Parser, Payload, TypeRef};

/// The longest list of names that is read of one module.
const NAMES_MAX: usize = 200_000;

/// The functions of all modules in a component or module, as their compiler named them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    functions: Vec<(String, u64)>,
}

impl Names {
    /// Reads what can be read; a module without names has none.
    pub(crate) fn of(wasm: &[u8]) -> Self {
        let mut names = Self::default();
        let (mut imported, mut sizes) = (0usize, Vec::new());
        for payload in Parser::new(0).parse_all(wasm) {
            match payload {
                Ok(Payload::Version { .. }) => (imported, sizes) = (0, Vec::new()),
                Ok(Payload::ImportSection(section)) => {
                    let imports = section.into_imports().flatten();
                    let functions = imports.filter(|one| matches!(one.ty, TypeRef::Func(_)));
                    imported = functions.count();
                }
                Ok(Payload::CodeSectionEntry(body)) => sizes.push(body.as_bytes().len() as u64),
                Ok(Payload::CustomSection(section)) => {
                    let KnownCustom::Name(section) = section.as_known() else { continue };
                    for map in section.into_iter().flatten() {
                        let Name::Function(functions) = map else { continue };
                        for function in functions.into_iter().flatten().take(NAMES_MAX) {
                            let at = (function.index as usize).checked_sub(imported);
                            let Some(bytes) = at.and_then(|at| sizes.get(at)) else { continue };
                            names.functions.push((function.name.to_owned(), *bytes));
                        }
                    }
                }
                Ok(_) => {}
                Err(_) => break,
            }
        }
        names
    }

    /// Whether a function's name has all of these in it.
    pub(crate) fn has(&self, parts: &[&str]) -> bool {
        self.functions.iter().any(|(name, _)| parts.iter().all(|part| name.contains(part)))
    }

    /// How many bytes of code are of each crate, the most first; in languages without crates,
    /// of each function.
    pub(crate) fn crates(&self) -> Vec<(String, u64)> {
        let mut crates: BTreeMap<&str, u64> = BTreeMap::new();
        for (name, bytes) in &self.functions {
            *crates.entry(crate_of(name)).or_default() += bytes;
        }
        let mut crates: Vec<_> =
            crates.into_iter().map(|(name, bytes)| (name.to_owned(), bytes)).collect();
        crates.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
        crates
    }
}

/// The crate in a mangled name of Rust's; of another name what stands before the first dot.
fn crate_of(name: &str) -> &str {
    let own = match (name.strip_prefix("_R"), name.strip_prefix("_ZN")) {
        (Some(path), _) => root_of(path),
        (_, Some(path)) => legacy_root_of(path),
        _ => None,
    };
    own.unwrap_or_else(|| name.split('.').next().unwrap_or(name))
}

/// The root of a path as rustc writes it now (RFC 2603): `NvNtCs1234_4core3fmt5write`.
fn root_of(path: &str) -> Option<&str> {
    let rest = path.get(1..)?;
    match path.as_bytes().first()? {
        b'C' => crate_root(rest),
        b'N' => root_of(rest.get(1..)?),
        b'I' => root_of(rest),
        // An impl: where it stands.
        b'M' | b'X' => root_of(without_disambiguator(rest)),
        // A trait's function of a type: the first crate that is named.
        _ => path
            .match_indices('C')
            .find_map(|(at, _)| crate_root(path.get(at + 1..)?).filter(|name| name.len() > 1)),
    }
}

fn without_disambiguator(path: &str) -> &str {
    match path.strip_prefix('s').and_then(|rest| rest.split_once('_')) {
        Some((number, rest)) if number.bytes().all(|byte| byte.is_ascii_alphanumeric()) => rest,
        _ => path,
    }
}

fn crate_root(path: &str) -> Option<&str> {
    identifier(without_disambiguator(path))
}

/// Reads a decimal length and then that many bytes.
fn identifier(text: &str) -> Option<&str> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (length, rest) = text.split_at_checked(digits)?;
    let name = rest.strip_prefix('_').unwrap_or(rest).get(..length.parse().ok()?)?;
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    (!name.is_empty() && name.bytes().all(is_name)).then_some(name)
}

/// The root of a path as rustc wrote it before: `4core3fmt5write17h0123456789abcdefE`, or
/// `27_$LT$alloc..string..String$…`; of a parameter's trait, as in `…$LT$T$u20$as$u20$core..…`,
/// the trait's.
fn legacy_root_of(path: &str) -> Option<&str> {
    if let Some(name) = identifier(path).filter(|name| !name.starts_with('_')) {
        return Some(name);
    }
    let (_, of_type) = path.split_once("$LT$")?;
    let of_type = of_type.trim_start_matches("$RF$").trim_start_matches("mut$u20$");
    let root = |path: &str| {
        let first = |end: &str| path.find(end).unwrap_or(path.len());
        first("..").min(first("$"))
    };
    let name = of_type.get(..root(of_type)).filter(|name| name.len() > 1);
    name.or_else(|| {
        let (_, of_trait) = of_type.split_once("as$u20$")?;
        of_trait.get(..root(of_trait)).filter(|name| !name.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_its_crate_in_it() {
        for (name, expected) in [
            ("_RNvNtCsgXGp5Oqx2Ny_4core10intrinsics8unlikely", "core"),
            (
                "_RNvXs_NtCs5cOc02OMXlo_5alloc5allocNtB4_6GlobalNtNtCsg_4core5alloc9Allocator4grow",
                "alloc",
            ),
            ("_RNvMsP_NtCsgXGp5Oqx2Ny_4core4cellNtB5_12BorrowRefMut3new", "core"),
            ("_RINvMs0_NtNtNtNtCsebHcaeoSrxy_3std3sys4sync4once10no_threadsNtB6_4Once4call", "std"),
            ("_RNvYNtNtCs12_5regex3lib5RegexNtNtCsg_4core5clone5Clone5clone", "regex"),
            ("_ZN14regex_automata4meta5regex5Regex3new17h0123456789abcdefE", "regex_automata"),
            ("_ZN60_$LT$alloc..string..String$u20$as$u20$core..fmt..Display$GT$3fmt17h0E", "alloc"),
            ("_ZN45_$LT$$RF$T$u20$as$u20$core..fmt..Display$GT$3fmt17h0E", "core"),
            ("_ZN1r6plugin7Wording6render17h36329cca0c1780faE", "r"),
            ("tillbell_render", "tillbell_render"),
            ("plugin.render", "plugin"),
            ("_R", "_R"),
        ] {
            assert_eq!(crate_of(name), expected, "{name}");
        }
    }

    #[test]
    fn code_is_counted_by_crate() {
        let text = r#"(module
            (import "a" "b" (func $imported))
            (func $_RNvCs1_5regex3new (call $imported) (call $imported))
            (func $_RNvCs1_5regex3old)
            (func $plain))"#;
        let names = Names::of(&wat::parse_str(text).unwrap());
        assert_eq!(names.crates(), [("regex".to_owned(), 8), ("plain".to_owned(), 2)]);
        assert!(names.has(&["5regex", "old"]) && !names.has(&["getrandom"]));
    }
}
