use super::envelope::{self, HEADER_FROM};
use super::{Header, PluginReport, Span};
use crate::{PublicKey, Target};

/// A baked bundle that nobody signed yet. No host runs it: what
/// [`Draft::sealed`] gives is what [`crate::Artefact::open`] opens.
#[derive(Debug, Clone)]
pub struct Draft {
    manifest: String,
    target: Target,
    engine: String,
    plugins: Vec<PluginReport>,
    code: Vec<Vec<u8>>,
}

impl Draft {
    /// A draft of what was just baked. `engine` is [`crate::engine::settings_name`] of the
    /// ordinary engine, `plugins` and `code` have one entry for each role, in the order of
    /// [`crate::Role::ALL`].
    pub fn new(
        manifest: String,
        target: Target,
        engine: String,
        plugins: Vec<PluginReport>,
        code: Vec<Vec<u8>>,
    ) -> Self {
        Self { manifest, target, engine, plugins, code }
    }

    /// What it is made for.
    pub fn target(&self) -> Target {
        self.target
    }

    /// What is known of its plugins, one for each role.
    pub fn plugins(&self) -> &[PluginReport] {
        &self.plugins
    }

    /// Signs it: `sign` makes an Ed25519 signature with the secret half of
    /// this key. Gives the bytes of the artefact's file.
    pub fn sealed(&self, key: &PublicKey, sign: impl FnOnce(&[u8]) -> [u8; 64]) -> Vec<u8> {
        envelope::seal(key, &self.body(), sign)
    }

    /// The length of the header, the header, the components at their pages.
    fn body(&self) -> Vec<u8> {
        // Where the code lies depends on how long the header is, and that on
        // how many digits the places have: places are made for ten each.
        let room = self.header(&[]).len() + self.code.len() * 64;
        let page = self.target.page_bytes();
        let mut end = (HEADER_FROM + room).next_multiple_of(page);
        let mut spans = Vec::with_capacity(self.code.len());
        for code in &self.code {
            spans.push(Span { offset: end, length: code.len() });
            end = (end + code.len()).next_multiple_of(page);
        }
        let header = self.header(&spans);
        let mut body = u32::try_from(header.len()).unwrap_or(u32::MAX).to_le_bytes().to_vec();
        body.extend_from_slice(&header);
        for (code, span) in self.code.iter().zip(&spans) {
            body.resize(span.offset - envelope::SIGNED_FROM, 0);
            body.extend_from_slice(code);
        }
        body
    }

    fn header(&self, code: &[Span]) -> Vec<u8> {
        let header = Header {
            manifest: self.manifest.clone(),
            target: self.target,
            engine: self.engine.clone(),
            plugins: self.plugins.clone(),
            code: code.to_vec(),
        };
        serde_json::to_vec(&header).expect("strings and numbers always serialise")
    }
}
