//! Signed, baked bundles: the only thing that a host loads.

mod draft;
mod envelope;
mod pages;
mod trust;

use std::fmt;
use std::fs::File;
use std::path::Path;
use std::ptr::NonNull;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::{Error, ErrorKind, Manifest, Result, Role, Target};
use pages::Pages;

pub use draft::Draft;
pub use envelope::ARTEFACT_BYTES_MAX;
pub(crate) use pages::CodePages;
pub use trust::{KEYS_MAX, KeyId, PublicKey, Trust};

/// A baked bundle: the manifest and three plugins, configured, snapshotted and
/// compiled for one target and engine, signed by a key that is trusted.
///
/// It holds machine code that runs outside any sandbox if it was forged. So
/// there is no artefact in hand but one whose signature was checked, before
/// anything else of it was read.
#[derive(Clone)]
pub struct Artefact {
    manifest: Arc<Manifest>,
    header: Arc<Header>,
    key: PublicKey,
    pages: Arc<Pages>,
}

/// What an artefact says of itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Header {
    manifest: String,
    target: Target,
    engine: String,
    plugins: Vec<PluginReport>,
    code: Vec<Span>,
}

/// Where a component lies in the file, in bytes.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Span {
    offset: usize,
    length: usize,
}

/// What is known of one baked plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PluginReport {
    /// Its role.
    pub role: Role,
    /// The SHA-256 of the component as it was shipped, in hexadecimal.
    pub component_digest: String,
    /// The SHA-256 of its configuration, paths included, in hexadecimal.
    pub configuration_digest: String,
    /// The component as it was shipped, in bytes.
    pub component_bytes: usize,
    /// The component with its configuration in memory, in bytes.
    pub snapshot_bytes: usize,
    /// The compiled code, in bytes.
    pub code_bytes: usize,
    /// The names of what it imports.
    pub imports: Vec<String>,
    /// The names of what it exports.
    pub exports: Vec<String>,
    /// Its linear memory after configuration, in bytes.
    pub memory_bytes: u64,
    /// Its stack, in bytes; 0 where the component does not say.
    pub stack_bytes: u64,
    /// What it found in its configuration.
    pub configured: Vec<ConfiguredItem>,
    /// How many texts it says that its templates hold whatever happens, all of which the
    /// guard lets pass: the plugin's claim, which the host cannot check.
    #[serde(default)]
    pub literals: usize,
    /// What the bank should look at before it deploys this: for a router, the
    /// kinds of transaction that no rule meets.
    #[serde(default)]
    pub warnings: Vec<String>,
    /// The version and settings of the wide engine, such as `wasmtime 48, wide settings 1`,
    /// where it was compiled for that; else they are the artefact's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<String>,
}

/// A rule, profile or template of a baked plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfiguredItem {
    /// `rule`, `profile`, `template`.
    pub sort: String,
    /// Its name.
    pub name: String,
    /// The file it stands in.
    pub file: String,
    /// The line, counted from 1; 0 where unknown.
    pub line: u32,
    /// For a template: the most segments any of its samples took.
    pub segments_max: Option<usize>,
}

impl Artefact {
    /// Opens a file of `tillbell bake` and checks its signature. The file is
    /// mapped into memory: its code is shared by all processes that run it, and
    /// what is never executed takes no memory.
    ///
    /// For that, **whoever may write to the file while it is open could put
    /// code into this process**, and whoever cuts it short could end it. Let
    /// only those write to its folder who may also replace the program itself,
    /// and replace a file by renaming a new one into its place, never by
    /// writing into it. Where that cannot be promised, read the file and use
    /// [`Artefact::from_bytes`].
    ///
    /// # Errors
    /// - [`ErrorKind::File`] if it cannot be opened or mapped
    /// - [`ErrorKind::Untrusted`] if it is signed by a key that is not trusted,
    ///   or not with this bundle, or it does not match its signature
    /// - [`ErrorKind::Artefact`] if it is no artefact, of another form, cut
    ///   short, over [`ARTEFACT_BYTES_MAX`], or does not hold what it must
    pub fn open(path: &Path, trust: &Trust) -> Result<Self> {
        let within = |error: Error| error.within(format_args!("artefact {path:?}"));
        let unreadable =
            |error| within(Error::new(ErrorKind::File, "cannot be opened").because(error));
        let mut file = File::open(path).map_err(unreadable)?;
        let length = file.metadata().map_err(unreadable)?.len();
        envelope::verify(&mut file, length, trust)
            .and_then(|(header, key)| {
                let pages = Pages::of_file(&file, length as usize)
                    .map_err(|error| wrong("cannot be mapped").because(error))?;
                Self::of(&header, key, pages, trust)
            })
            .map_err(within)
    }

    /// Checks the signature of an artefact in memory and copies it.
    ///
    /// # Errors
    /// As [`Artefact::open`].
    pub fn from_bytes(bytes: &[u8], trust: &Trust) -> Result<Self> {
        let (header, key) = envelope::verify(&mut &*bytes, bytes.len() as u64, trust)?;
        let pages = Pages::of_bytes(bytes)
            .map_err(|error| Error::new(ErrorKind::Host, "no memory for it").because(error))?;
        Self::of(&header, key, pages, trust)
    }

    /// Reads what is signed by this key.
    fn of(header: &[u8], key: PublicKey, pages: Pages, trust: &Trust) -> Result<Self> {
        let header: Header = serde_json::from_slice(header)
            .map_err(|error| wrong("has a header that cannot be read").because(error))?;
        let roles: Vec<Role> = header.plugins.iter().map(|plugin| plugin.role).collect();
        if roles != Role::ALL || header.code.len() != Role::ALL.len() {
            return Err(wrong("does not hold a router, a masker and a renderer"));
        }
        let page = header.target.page_bytes();
        for span in &header.code {
            let end = span.offset.checked_add(span.length);
            if !span.offset.is_multiple_of(page) || end.is_none_or(|end| end > pages.bytes().len())
            {
                return Err(wrong("names code where there is none"));
            }
        }
        let manifest = Manifest::parse(&header.manifest)?;
        if !trust.allows(key, &manifest.id) {
            let (key, bundle) = (key.id(), &manifest.id);
            let detail = format!("is signed by key {key}, which is not trusted with {bundle:?}");
            return Err(Error::new(ErrorKind::Untrusted, detail));
        }
        let (manifest, header, pages) = (manifest.into(), header.into(), pages.into());
        Ok(Self { manifest, header, key, pages })
    }

    /// The manifest.
    pub fn manifest(&self) -> &Arc<Manifest> {
        &self.manifest
    }

    /// The text of the manifest.
    pub fn manifest_text(&self) -> &str {
        &self.header.manifest
    }

    /// What is known of the three plugins.
    pub fn plugins(&self) -> &[PluginReport] {
        &self.header.plugins
    }

    /// The digest of what the bank ships: the manifest, and each plugin with its
    /// configuration, whatever it was compiled for and whoever signed it. A folder has the
    /// same as the file that is baked of it. 64 hexadecimal digits of BLAKE3.
    pub fn content_digest(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        let mut add = |text: &str| {
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        };
        add(&self.header.manifest);
        for plugin in &self.header.plugins {
            add(&plugin.component_digest);
            add(&plugin.configuration_digest);
        }
        hasher.finalize().to_hex().to_string()
    }

    /// What it was compiled for.
    pub fn target(&self) -> Target {
        self.header.target
    }

    /// The version and settings of the ordinary engine it was compiled for, such as
    /// `wasmtime 48, settings 2`; for plugins of the wide one see [`PluginReport::engine`].
    pub fn engine(&self) -> &str {
        &self.header.engine
    }

    /// The key that signed it.
    pub fn key(&self) -> PublicKey {
        self.key
    }

    /// The bytes of a role's compiled plugin: for the host, and for the bench.
    #[doc(hidden)]
    pub fn code(&self, role: Role) -> &[u8] {
        let at = Role::ALL.iter().position(|other| *other == role).unwrap_or_default();
        let Span { offset, length } = self.header.code[at];
        &self.pages.bytes()[offset..offset + length]
    }

    /// The compiled plugin of a role. It lives in this artefact's pages:
    /// whoever keeps the component keeps the artefact, and drops it after.
    #[expect(unsafe_code, reason = "compiled code is only loadable so; see the safety comment")]
    pub(crate) fn component(&self, engine: &Engine, role: Role) -> wasmtime::Result<Component> {
        let code = NonNull::from(self.code(role));
        // However it ends, what was read of the file need not stay in memory.
        let _forgetting = Forgetting(&self.pages);
        // SAFETY: deserialising runs what it is given as machine code. These
        // bytes were signed by a key that the embedder trusts, and the
        // signature was checked when this artefact was opened. They are
        // read-only, begin at a page, and the caller keeps them.
        unsafe { Component::deserialize_raw(engine, code) }
    }
}

/// Lets go of an artefact's memory at its end.
struct Forgetting<'a>(&'a Pages);

impl Drop for Forgetting<'_> {
    fn drop(&mut self) {
        self.0.forget();
    }
}

impl fmt::Debug for Artefact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Header { target, engine, .. } = &*self.header;
        write!(f, "Artefact({:?}, {target}, {engine}, {:?})", self.manifest.id, self.key)
    }
}

fn wrong(detail: &str) -> Error {
    Error::new(ErrorKind::Artefact, detail)
}
