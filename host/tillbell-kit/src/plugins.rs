//! Plugins that are built in: which of them a bundle runs, and where they are found.
//!
//! A bundle says `component = "builtin:routing"`; its `tillbell.lock` says which, by the
//! digest. What this program does not have is sought in the cache, and then in the bundle's
//! folder `plugins`; there is no other place.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use tillbell::{BUILTIN, Manifest, Role};

/// The file that pins a bundle's built-in plugins.
pub const LOCK_FILE: &str = "tillbell.lock";
/// The interface that the built-in plugins are built for.
const WIT: &str = "tillbell:plugin@0.2.0";
/// The folder of exported plugins, in a bundle and in the cache.
const FOLDER: &str = "plugins";
/// The longest lock file, in bytes.
const LOCK_BYTES_MAX: u64 = 64 * 1024;

/// Where plugins are found.
pub struct Shelf {
    /// Those of this program, by their names.
    pub builtin: fn(&str) -> Option<&'static [u8]>,
    /// The cache's folder.
    pub cache: Option<PathBuf>,
}

/// What is pinned, by the plugin's name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Lock(BTreeMap<String, Pinned>);

/// A plugin that is pinned.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pinned {
    /// Its role.
    pub role: String,
    /// The SHA-256 of its module, in hexadecimal.
    pub digest: String,
    /// The interface that it is built for.
    pub wit: String,
}

/// Why a plugin is not found.
#[derive(Debug)]
pub struct PluginError(String);

impl fmt::Display for PluginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for PluginError {}

type Result<T> = std::result::Result<T, PluginError>;

fn file(path: &Path, error: &io::Error) -> PluginError {
    PluginError(format!("{}: {error}", path.display()))
}

fn digest(module: &[u8]) -> String {
    Sha256::digest(module).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Lock {
    /// Reads a bundle's lock; empty where there is none.
    ///
    /// # Errors
    /// Of a file that is none.
    pub fn open(bundle: &Path) -> Result<Self> {
        let path = bundle.join(LOCK_FILE);
        let length = match fs::metadata(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            about => about.map_err(|error| file(&path, &error))?.len(),
        };
        if length > LOCK_BYTES_MAX {
            return Err(PluginError(format!("{}: over {LOCK_BYTES_MAX} bytes", path.display())));
        }
        let text = fs::read_to_string(&path).map_err(|error| file(&path, &error))?;
        toml::from_str(&text)
            .map_err(|error| PluginError(format!("{}: {}", path.display(), error.message())))
    }

    /// What is pinned, by name.
    pub fn pinned(&self) -> impl Iterator<Item = (&str, &Pinned)> {
        self.0.iter().map(|(name, pinned)| (name.as_str(), pinned))
    }
}

impl Shelf {
    /// The module of a bundle's built-in plugin.
    ///
    /// # Errors
    /// Says what to type where it is not here.
    pub fn find(&self, bundle: &Path, name: &str) -> Result<Vec<u8>> {
        let own = (self.builtin)(name);
        let lock = Lock::open(bundle)?;
        let Some(pinned) = lock.0.get(name) else {
            let none = || PluginError(format!("{BUILTIN}{name}: there is no such plugin"));
            return own.map(<[u8]>::to_vec).ok_or_else(none);
        };
        if let Some(own) = own.filter(|own| digest(own) == pinned.digest) {
            return Ok(own.to_vec());
        }
        let file = format!("{}.wasm", pinned.digest);
        let places = self.cache.iter().map(|cache| cache.join(FOLDER).join(&file));
        for place in places.chain([bundle.join(FOLDER).join(&file)]) {
            if let Ok(module) = fs::read(&place)
                && digest(&module) == pinned.digest
            {
                return Ok(module);
            }
        }
        Err(PluginError(format!(
            "{BUILTIN}{name}: {LOCK_FILE} wants {}, which is neither this program's, nor in the \
             cache, nor in the bundle: `tillbell plugin update` takes this program's",
            pinned.digest.get(..12).unwrap_or_default()
        )))
    }

    /// Pins this program's plugins in a bundle, and keeps them in the cache: what was pinned,
    /// and what is now.
    ///
    /// # Errors
    /// Of a file that cannot be written, and a plugin that this program does not have.
    pub fn update(&self, bundle: &Path, manifest: &Manifest) -> Result<(Lock, Lock)> {
        let before = Lock::open(bundle)?;
        let mut lock = Lock::default();
        for role in Role::ALL {
            let Some(name) = manifest.plugin(role).component.strip_prefix(BUILTIN) else {
                continue;
            };
            let module = (self.builtin)(name)
                .ok_or_else(|| PluginError(format!("{BUILTIN}{name}: there is no such plugin")))?;
            let pinned =
                Pinned { role: role.to_string(), digest: digest(module), wit: WIT.to_owned() };
            // A cache that cannot be written is only slow.
            if let Some(cache) = &self.cache {
                let _ = keep(&cache.join(FOLDER), &pinned.digest, module);
            }
            lock.0.insert(name.to_owned(), pinned);
        }
        if lock.0.is_empty() {
            return Ok((before, lock));
        }
        let mut text =
            String::from("# Which plugins this bundle runs: `tillbell plugin update` writes it.\n");
        for (name, Pinned { role, digest, wit }) in &lock.0 {
            // All three are this program's own words.
            let _ = write!(
                text,
                "\n[{name}]\nrole = \"{role}\"\ndigest = \"{digest}\"\nwit = \"{wit}\"\n"
            );
        }
        let path = bundle.join(LOCK_FILE);
        fs::write(&path, text).map_err(|error| file(&path, &error))?;
        Ok((before, lock))
    }

    /// Puts the plugins that a bundle runs into its folder, so that it needs no program that
    /// has them.
    ///
    /// # Errors
    /// As [`Shelf::find`], and of a file that cannot be written.
    pub fn export(&self, bundle: &Path, manifest: &Manifest) -> Result<Vec<PathBuf>> {
        let mut written = Vec::new();
        for role in Role::ALL {
            let Some(name) = manifest.plugin(role).component.strip_prefix(BUILTIN) else {
                continue;
            };
            let module = self.find(bundle, name)?;
            let folder = bundle.join(FOLDER);
            let path = keep(&folder, &digest(&module), &module);
            written.push(path.map_err(|error| file(&folder, &error))?);
        }
        Ok(written)
    }
}

fn keep(folder: &Path, digest: &str, module: &[u8]) -> io::Result<PathBuf> {
    fs::create_dir_all(folder)?;
    let path = folder.join(digest).with_extension("wasm");
    fs::write(&path, module)?;
    Ok(path)
}
