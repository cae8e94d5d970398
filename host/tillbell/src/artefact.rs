use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Error, ErrorKind, Result, Role};

/// What a file of ours begins with.
const MAGIC: &[u8; 8] = b"TILLBELL";
/// The form of the file; another form is refused.
const FORM: u32 = 1;
/// The largest header, in bytes.
const HEADER_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Magic, form, digest, length of the header.
const PREFIX_BYTES: usize = 8 + 4 + 32 + 4;

/// A baked bundle: one self-contained file with the manifest and three plugins,
/// configured, snapshotted and compiled for one target and engine.
///
/// An artefact in hand is trusted: it was baked in this process, or its bytes
/// were vouched for by [`Artefact::from_trusted_bytes`].
#[derive(Clone)]
pub struct Artefact {
    header: Header,
    code: Vec<Vec<u8>>,
}

/// What an artefact says of itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Header {
    manifest: String,
    engine: String,
    plugins: Vec<PluginReport>,
    code_bytes: Vec<usize>,
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
    /// An artefact of what was just baked. `code` has one entry for each role,
    /// in the order of [`Role::ALL`].
    pub fn new(
        manifest: String,
        engine: String,
        plugins: Vec<PluginReport>,
        code: Vec<Vec<u8>>,
    ) -> Self {
        let code_bytes = code.iter().map(Vec::len).collect();
        Self { header: Header { manifest, engine, plugins, code_bytes }, code }
    }

    /// The file: magic, form, SHA-256 of all that follows, length of the
    /// header, the header in JSON, the code of the three plugins.
    pub fn to_bytes(&self) -> Vec<u8> {
        let header =
            serde_json::to_vec(&self.header).expect("strings and numbers always serialise");
        let mut body = u32::try_from(header.len()).unwrap_or(u32::MAX).to_le_bytes().to_vec();
        body.extend_from_slice(&header);
        for code in &self.code {
            body.extend_from_slice(code);
        }
        let mut bytes = Vec::with_capacity(PREFIX_BYTES + body.len());
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&FORM.to_le_bytes());
        bytes.extend_from_slice(&Sha256::digest(&body));
        bytes.extend_from_slice(&body);
        bytes
    }

    /// Reads a file that [`Artefact::to_bytes`] wrote. Damage is noticed by
    /// its digest; malice is not.
    ///
    /// # Errors
    /// [`ErrorKind::Artefact`], saying what does not fit.
    ///
    /// # Safety
    /// The file carries machine code that the host will run outside any
    /// sandbox if it was forged. The caller vouches that the bytes come,
    /// unchanged, from a bake that the caller trusts.
    #[expect(unsafe_code, reason = "native code is trusted on the caller's word")]
    pub unsafe fn from_trusted_bytes(bytes: &[u8]) -> Result<Self> {
        let wrong = |detail: &str| Error::new(ErrorKind::Artefact, detail);
        let rest = bytes.strip_prefix(MAGIC).ok_or_else(|| wrong("not a Tillbell artefact"))?;
        let (form, rest) = rest.split_first_chunk().ok_or_else(|| wrong("is cut short"))?;
        if u32::from_le_bytes(*form) != FORM {
            return Err(wrong(&format!(
                "has form {}, this host reads form {FORM}",
                u32::from_le_bytes(*form)
            )));
        }
        let (digest, body) = rest.split_at_checked(32).ok_or_else(|| wrong("is cut short"))?;
        if Sha256::digest(body).as_slice() != digest {
            return Err(wrong("is damaged: its digest does not match"));
        }
        let (length, rest) = body.split_first_chunk().ok_or_else(|| wrong("is cut short"))?;
        let length = u32::from_le_bytes(*length) as usize;
        if length > HEADER_BYTES_MAX {
            return Err(wrong("has too large a header"));
        }
        let (header, mut rest) =
            rest.split_at_checked(length).ok_or_else(|| wrong("is cut short"))?;
        let header: Header = serde_json::from_slice(header)
            .map_err(|error| wrong("has a header that cannot be read").because(error))?;
        let roles: Vec<Role> = header.plugins.iter().map(|plugin| plugin.role).collect();
        if roles != Role::ALL || header.code_bytes.len() != Role::ALL.len() {
            return Err(wrong("does not hold a router, a masker and a renderer"));
        }
        let mut code = Vec::with_capacity(header.code_bytes.len());
        for length in &header.code_bytes {
            let (part, after) =
                rest.split_at_checked(*length).ok_or_else(|| wrong("is cut short"))?;
            code.push(part.to_vec());
            rest = after;
        }
        Ok(Self { header, code })
    }

    /// The text of the manifest.
    pub fn manifest_text(&self) -> &str {
        &self.header.manifest
    }

    /// What is known of the three plugins.
    pub fn plugins(&self) -> &[PluginReport] {
        &self.header.plugins
    }

    /// What it was compiled for, such as `wasmtime 48, settings 1,
    /// x86_64-linux`.
    pub fn engine(&self) -> &str {
        &self.header.engine
    }

    /// The compiled plugin of a role: for the host, and for the bench that keeps
    /// instances.
    #[doc(hidden)]
    pub fn code(&self, role: Role) -> &[u8] {
        let at = Role::ALL.iter().position(|other| *other == role).unwrap_or_default();
        &self.code[at]
    }
}
