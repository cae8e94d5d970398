use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::Spanned;

pub use tillbell_guard::SEGMENTS_MAX;
use tillbell_guard::{Sender, Unfit};

use crate::{BinRange, EngineKind, Error, ErrorKind, Limits, RequestedLimits, Result, Role};

/// The name of the manifest in a bundle's folder.
pub const MANIFEST_FILE: &str = "tillbell.toml";
/// The largest manifest, in bytes.
pub const MANIFEST_BYTES_MAX: usize = 64 * 1024;
/// The most BIN ranges of one bundle.
pub const BIN_RANGES_MAX: usize = 4_096;
/// The longest signature, in characters: gateways take 2 to 16, brackets not
/// counted; alphanumeric senders may be a little longer.
pub const SIGNATURE_CHARACTERS_MAX: usize = 24;

/// The most counters of one bundle.
pub const COUNTERS_MAX: usize = 8;

/// What a bank says of its bundle in `tillbell.toml`.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// The bundle's name: lower case letters, digits, hyphens, at most 64.
    pub id: String,
    /// The version that people use, such as `1.4.0`.
    pub version: String,
    /// Counts releases; never goes back.
    pub release: u64,
    /// The cards this bundle speaks for.
    pub bin_ranges: Vec<BinRange>,
    /// What its messages may say: signature, hotline, links, further numbers, words and
    /// phrases, segments (1 to [`SEGMENTS_MAX`]).
    pub sender: Sender,
    /// The language of the host's built-in texts for parties who wish for none that there
    /// is, as a BCP 47 tag.
    pub locale: String,
    /// What is done when the router fails.
    pub on_failure: OnFailure,
    /// What the bundle asks for.
    pub limits: RequestedLimits,
    /// The counters that its plugins may use, by name; their number is the place
    /// in this list.
    pub counters: Vec<String>,
    /// Whether a reversal is told even where nobody was told of its original: key
    /// `tell-untold-reversals`.
    pub insists_on_reversals: bool,
    /// What the bank has looked at in its texts and means: key `allow` of `[lint]`.
    pub allowed_lints: Vec<Lint>,
    plugins: [Plugin; 3],
}

/// A question that a bake asks of a template's own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lint {
    /// Words that offer something.
    Advertising,
    /// Money that is called received, of a kind that does not settle.
    Received,
}

impl Lint {
    fn parse(name: &str) -> Option<Self> {
        [Self::Advertising, Self::Received].into_iter().find(|lint| lint.as_str() == name)
    }

    /// The name in the manifest.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Advertising => "advertising",
            Self::Received => "received",
        }
    }
}

/// One plugin of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plugin {
    /// The path of the component in the bundle's folder.
    pub component: String,
    /// The paths of its configuration: files, or folders whose files are all
    /// taken.
    pub configuration: Vec<String>,
    /// Which of the host's engines runs it.
    pub engine: EngineKind,
}

/// What is done when the router fails. (When the masker or the renderer fails
/// there is nothing to choose: the host's own safe text is used.)
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnFailure {
    /// The cardholder of an approved transaction is told by the host's own
    /// safe text.
    Notify,
    /// Nobody is told.
    Suppress,
}

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    /// [`ErrorKind::Manifest`], naming line and key.
    pub fn parse(text: &str) -> Result<Self> {
        let raw: Raw = read(text)?;
        let lines = Lines(text);
        if raw.bin_ranges.as_ref().is_empty() || raw.bin_ranges.as_ref().len() > BIN_RANGES_MAX {
            return Err(lines.wrong(&raw.bin_ranges, "bin-ranges", "expected 1 to 4096 ranges"));
        }
        let mut bin_ranges = Vec::with_capacity(raw.bin_ranges.as_ref().len());
        for range in raw.bin_ranges.as_ref() {
            bin_ranges.push(
                BinRange::parse(range.as_ref())
                    .map_err(|error| lines.wrong(range, "bin-ranges", &error.to_string()))?,
            );
        }
        for link in &raw.allowed_links {
            lines.check(
                link,
                "allowed-links",
                "expected a domain such as bank.example",
                |link| link.len() <= 253 && link.contains('.') && link.bytes().all(is_domain_byte),
            )?;
        }
        lines.check(
            &raw.id,
            "id",
            "expected 1 to 64 lower case letters, digits and hyphens",
            |id| is_code(id),
        )?;
        lines.check(&raw.version, "version", "expected 1 to 32 characters", |version| {
            (1..=32).contains(&version.len()) && version.bytes().all(|byte| byte.is_ascii_graphic())
        })?;
        lines.check(&raw.release, "release", "expected 1 or more", |release| *release > 0)?;
        lines.check(
            &raw.signature,
            "signature",
            "expected at most 24 characters",
            |signature| {
                signature.chars().count() <= SIGNATURE_CHARACTERS_MAX
                    && !signature.chars().any(char::is_control)
            },
        )?;
        lines.check(
            &raw.hotline,
            "hotline",
            "expected 3 to 24 digits, spaces, + and -",
            |hotline| {
                (3..=24).contains(&hotline.len())
                    && hotline.bytes().all(|byte| byte.is_ascii_digit() || b"+- ".contains(&byte))
                    && hotline.bytes().any(|byte| byte.is_ascii_digit())
            },
        )?;
        lines.check(&raw.max_segments, "max-segments", "expected 1 to 10", |segments| {
            (1..=SEGMENTS_MAX).contains(segments)
        })?;
        lines.check(&raw.locale, "locale", "expected a language tag such as zh-CN", |locale| {
            (2..=35).contains(&locale.len())
                && locale.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        })?;
        let limits = raw.limits.unwrap_or_else(|| Spanned::new(0..0, RequestedLimits::default()));
        for (key, holds, expected) in limits.as_ref().checks() {
            if !holds {
                return Err(lines.wrong(&limits, &format!("limits.{key}"), expected));
            }
        }
        if let Some(name) = raw.counters.get(COUNTERS_MAX) {
            return Err(lines.wrong(name, "counters", "expected at most 8 counters"));
        }
        for name in &raw.counters {
            lines.check(
                name,
                "counters",
                "expected 1 to 64 lower case letters, digits and hyphens",
                |name| is_code(name),
            )?;
        }
        let unfit = |list: &[Spanned<String>], key: &str, unfit: Unfit| {
            lines.wrong(&list[unfit.at], key, unfit.expected)
        };
        let links = raw.allowed_links.into_iter().map(Spanned::into_inner).collect();
        let sender = Sender::new(
            raw.signature.into_inner(),
            raw.hotline.into_inner(),
            raw.max_segments.into_inner(),
        )
        .with_links(links)
        .with_numbers(&raw.numbers.iter().map(|number| number.number.as_ref()).collect::<Vec<_>>())
        .map_err(|wrong: Unfit| {
            lines.wrong(&raw.numbers[wrong.at].number, "numbers", wrong.expected)
        })?
        .with_words(&raw.words.iter().map(Spanned::as_ref).collect::<Vec<_>>())
        .map_err(|wrong| unfit(&raw.words, "words", wrong))?
        .with_phrases(&raw.phrases.iter().map(Spanned::as_ref).collect::<Vec<_>>())
        .map_err(|wrong| unfit(&raw.phrases, "phrases", wrong))?;
        for number in &raw.numbers {
            lines.check(
                &number.purpose,
                "numbers",
                "expected a purpose of 1 to 80 characters",
                |purpose| (1..=80).contains(&purpose.chars().count()),
            )?;
        }
        let lint = |name: &Spanned<String>| {
            Lint::parse(name.as_ref()).ok_or_else(|| {
                let (line, name) = (lines.line(name.span().start), name.as_ref());
                let expected = "expected `advertising` or `received`";
                let detail =
                    format!("{MANIFEST_FILE}:{line}: unknown variant `{name}`, {expected}");
                Error::new(ErrorKind::Manifest, detail)
            })
        };
        let allowed_lints = raw.lint.allow.iter().map(lint).collect::<Result<_>>()?;
        Ok(Self {
            id: raw.id.into_inner(),
            version: raw.version.into_inner(),
            release: raw.release.into_inner(),
            bin_ranges,
            sender,
            locale: raw.locale.into_inner(),
            on_failure: raw.on_failure.map_or(OnFailure::Notify, |policy| policy.route),
            limits: limits.into_inner(),
            counters: raw.counters.into_iter().map(Spanned::into_inner).collect(),
            insists_on_reversals: raw.tell_untold_reversals,
            allowed_lints,
            plugins: [raw.router.into(), raw.masker.into(), raw.renderer.into()],
        })
    }

    /// Refuses what a bundle of today may not say, though one that was baked before may: no
    /// sender, half a bracket, more than a platform allows (it would run with less than it
    /// says it needs).
    ///
    /// # Errors
    /// [`ErrorKind::Manifest`], naming the key.
    pub(crate) fn check_new(&self, limits: &Limits) -> Result<()> {
        let wrong = |detail: String| {
            Err(Error::new(ErrorKind::Manifest, format!("{MANIFEST_FILE}: {detail}")))
        };
        let signature = &self.sender.signature;
        if !signature.chars().any(char::is_alphanumeric) || !is_balanced(signature) {
            let expected = "expected who sends, with both brackets or none";
            return wrong(format!("signature: {expected}"));
        }
        match above(&self.limits, limits) {
            None => Ok(()),
            Some((key, asked, most)) => {
                wrong(format!("limits.{key}: {asked}, the platform allows {most}"))
            }
        }
    }

    /// The plugin of a role.
    pub fn plugin(&self, role: Role) -> &Plugin {
        match role {
            Role::Router => &self.plugins[0],
            Role::Masker => &self.plugins[1],
            Role::Renderer => &self.plugins[2],
        }
    }
}

/// Lower case letters, digits and hyphens, 1 to 64: ids and reason codes.
pub(crate) fn is_code(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

fn is_domain_byte(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.')
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Raw {
    id: Spanned<String>,
    version: Spanned<String>,
    release: Spanned<u64>,
    bin_ranges: Spanned<Vec<Spanned<String>>>,
    signature: Spanned<String>,
    hotline: Spanned<String>,
    #[serde(default)]
    allowed_links: Vec<Spanned<String>>,
    #[serde(default)]
    words: Vec<Spanned<String>>,
    #[serde(default)]
    phrases: Vec<Spanned<String>>,
    #[serde(default)]
    numbers: Vec<RawNumber>,
    max_segments: Spanned<usize>,
    locale: Spanned<String>,
    router: RawPlugin,
    masker: RawPlugin,
    renderer: RawPlugin,
    on_failure: Option<RawOnFailure>,
    limits: Option<Spanned<RequestedLimits>>,
    #[serde(default)]
    counters: Vec<Spanned<String>>,
    #[serde(default)]
    tell_untold_reversals: bool,
    #[serde(default)]
    lint: RawLint,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLint {
    allow: Vec<Spanned<String>>,
}

/// A number beside the hotline that texts may name, and what it is for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawNumber {
    number: Spanned<String>,
    purpose: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawPlugin {
    component: String,
    #[serde(default)]
    configuration: Vec<String>,
    #[serde(default)]
    engine: EngineKind,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawOnFailure {
    route: OnFailure,
}

/// Whether each bracket has its other half, in order.
fn is_balanced(text: &str) -> bool {
    const PAIRS: [(char, char); 9] = [
        ('(', ')'),
        ('[', ']'),
        ('{', '}'),
        ('<', '>'),
        ('【', '】'),
        ('［', '］'),
        ('〔', '〕'),
        ('〖', '〗'),
        ('（', '）'),
    ];
    let mut open = Vec::new();
    for character in text.chars() {
        if let Some((_, end)) = PAIRS.iter().find(|(begin, _)| *begin == character) {
            open.push(*end);
        } else if PAIRS.iter().any(|(_, end)| *end == character) && open.pop() != Some(character) {
            return false;
        }
    }
    open.is_empty()
}

/// What a bundle asks for beyond a platform, if it does.
fn above(asked: &RequestedLimits, limits: &Limits) -> Option<(&'static str, usize, usize)> {
    let kib = |bytes: usize| bytes / 1024;
    let all = [
        ("deadline-ms", asked.deadline_ms.map(|ms| ms as usize), limits.deadline_ms as usize),
        ("memory-kib", asked.memory_kib, kib(limits.memory_bytes)),
        ("table-elements", asked.table_elements, limits.table_elements),
        ("result-kib", asked.result_kib, kib(limits.result_bytes)),
        ("deliveries", asked.deliveries, limits.deliveries),
        ("log-bytes", asked.log_bytes, limits.log_bytes),
    ];
    all.into_iter().find_map(|(key, asked, most)| {
        asked.filter(|asked| *asked > most).map(|asked| (key, asked, most))
    })
}

impl From<RawPlugin> for Plugin {
    fn from(raw: RawPlugin) -> Self {
        let RawPlugin { component, configuration, engine } = raw;
        Self { component, configuration, engine }
    }
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T> {
    toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(1, |span| Lines(text).line(span.start));
        let detail = error.message().trim().replace('\n', ", ");
        Error::new(ErrorKind::Manifest, format!("{MANIFEST_FILE}:{line}: {detail}"))
    })
}

struct Lines<'a>(&'a str);

impl Lines<'_> {
    /// The line of a byte, counted from 1.
    fn line(&self, byte: usize) -> usize {
        self.0.bytes().take(byte).filter(|byte| *byte == b'\n').count() + 1
    }

    fn wrong<T>(&self, value: &Spanned<T>, key: &str, detail: &str) -> Error {
        let line = self.line(value.span().start);
        Error::new(ErrorKind::Manifest, format!("{MANIFEST_FILE}:{line}: {key}: {detail}"))
    }

    fn check<T>(
        &self,
        value: &Spanned<T>,
        key: &str,
        expected: &str,
        holds: impl FnOnce(&T) -> bool,
    ) -> Result<()> {
        if holds(value.as_ref()) { Ok(()) } else { Err(self.wrong(value, key, expected)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"id = "harbour"
version = "1.0.0"
release = 1
bin-ranges = ["621626", "62055000-62055099"]
signature = "【海港银行】"
hotline = "95500"
max-segments = 2
locale = "zh-CN"

[router]
component = "components/routing.wasm"
configuration = ["rules.toml"]

[masker]
component = "components/privacy.wasm"

[renderer]
component = "components/template.wasm"
configuration = ["templates"]
"#;

    #[test]
    fn a_manifest_is_read() {
        let manifest = Manifest::parse(GOOD).unwrap();
        assert_eq!(manifest.id, "harbour");
        assert_eq!(manifest.bin_ranges.len(), 2);
        assert_eq!(manifest.plugin(Role::Renderer).configuration, ["templates"]);
        assert_eq!(manifest.on_failure, OnFailure::Notify);
        let wide = GOOD.replace("[renderer]", "[renderer]\nengine = \"wide\"");
        let manifest = Manifest::parse(&wide).unwrap();
        assert_eq!(manifest.plugin(Role::Renderer).engine, EngineKind::Wide);
        assert_eq!(manifest.plugin(Role::Router).engine, EngineKind::Ordinary);
    }

    #[test]
    fn an_error_names_line_and_key() {
        for (from, to, expected) in [
            ("release = 1", "release = 0", "tillbell.toml:3: release: expected 1 or more"),
            ("release = 1", "", "missing field `release`"),
            ("release = 1", "release = \"1\"", "tillbell.toml:3: invalid type"),
            ("release = 1", "relase = 1", "unknown field `relase`"),
            ("\"621626\"", "\"6216\"", "tillbell.toml:4: bin-ranges: \"6216\" is not a BIN range"),
            ("max-segments = 2", "max-segments = 11", "tillbell.toml:7: max-segments"),
            ("95500", "http://x", "tillbell.toml:6: hotline"),
            ("id = \"harbour\"", "id = \"Harbour\"", "tillbell.toml:1: id"),
            ("[router]", "[limits]\nmemory = 1\n\n[router]", "unknown field `memory`"),
            (
                "[router]",
                "[limits]\ndeadline-ms = 0\n\n[router]",
                "tillbell.toml:10: limits.deadline-ms: expected 1 or more",
            ),
            ("[router]", "[limits]\nmemory-kib = 100\n\n[router]", "limits.memory-kib"),
            (
                "locale =",
                "counters = [\"small\", \"a b\"]\nlocale =",
                "tillbell.toml:8: counters: expected 1 to 64",
            ),
            (
                "locale =",
                "counters = [\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\n\"9\"]\nlocale =",
                "tillbell.toml:9: counters: expected at most 8",
            ),
            ("[masker]", "[masker", "tillbell.toml:14"),
            (
                "[router]",
                "[lint]\nallow = [\"adverts\"]\n\n[router]",
                "tillbell.toml:11: unknown variant `adverts`, expected `advertising` or `received`",
            ),
            ("[masker]", "[masker]\nengine = \"big\"", "tillbell.toml:15: unknown variant `big`"),
            (
                "locale =",
                "words = [\"card\", \"a1\"]\nlocale =",
                "tillbell.toml:8: words: expected at most 64 words",
            ),
            (
                "locale =",
                "phrases = [\"24小时\",\n\"9215\"]\nlocale =",
                "tillbell.toml:9: phrases: expected two letters or more",
            ),
            (
                "locale =",
                "phrases = [\"SMS BLOCK {digits} to 9215\"]\nlocale =",
                "tillbell.toml:8: phrases: expected {last4}, {hotline}",
            ),
            (
                "[router]",
                "[[numbers]]\nnumber = \"call us\"\npurpose = \"lost cards\"\n\n[router]",
                "tillbell.toml:11: numbers: expected at most 16 numbers",
            ),
        ] {
            assert!(GOOD.contains(from), "{from}");
            let error = Manifest::parse(&GOOD.replacen(from, to, 1)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Manifest);
            assert!(error.to_string().contains(expected), "{error}");
        }
    }
}
