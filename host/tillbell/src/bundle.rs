use std::io::{self, Read};
use std::path::{Component, Path};

use cap_std::fs::Dir;

use crate::manifest::{MANIFEST_BYTES_MAX, MANIFEST_FILE};
use crate::{EngineKind, Error, ErrorKind, Limits, Manifest, Result, Role};

/// The most configuration files of one plugin.
pub const CONFIGURATION_FILES_MAX: usize = 512;
/// The largest configuration file, in bytes.
pub const CONFIGURATION_FILE_BYTES_MAX: usize = 256 * 1024;
/// How a manifest names a plugin that whoever opens the bundle has: `builtin:routing`.
pub const BUILTIN: &str = "builtin:";
/// How deep folders of configuration may be nested.
const FOLDER_DEPTH_MAX: usize = 8;

/// A bank's bundle as it stands in its folder: the manifest, and for each role
/// a component with its configuration. Nothing of it has been run.
pub struct Bundle {
    /// What the bank says of it.
    pub manifest: Manifest,
    /// The text of `tillbell.toml`.
    pub manifest_text: String,
    sources: [PluginSource; 3],
}

/// The files of one plugin.
pub struct PluginSource {
    /// The component, as it was built.
    pub component: Vec<u8>,
    /// The configuration: path in the bundle and contents, in the order in
    /// which the manifest names them, folders sorted by name.
    pub configuration: Vec<(String, Vec<u8>)>,
}

impl Bundle {
    /// Opens the bundle in this folder. Nothing outside it can be reached:
    /// absolute paths, `..` and symbolic links that lead out are refused.
    ///
    /// # Errors
    /// [`ErrorKind::Manifest`] or [`ErrorKind::File`], naming the file.
    pub fn open(folder: &Dir, limits: &Limits) -> Result<Self> {
        Self::open_with(folder, limits, &|_| {
            Err(Error::new(ErrorKind::File, "this program has no plugins built in"))
        })
    }

    /// The same, where a component may be `builtin:NAME`: `builtin` gives it by its name.
    ///
    /// # Errors
    /// As [`Bundle::open`], and what `builtin` gives.
    pub fn open_with(
        folder: &Dir,
        limits: &Limits,
        builtin: &dyn Fn(&str) -> Result<Vec<u8>>,
    ) -> Result<Self> {
        let manifest_text = manifest_text(folder)?;
        let manifest = Manifest::parse(&manifest_text)?;
        manifest.check_new(limits)?;
        let source = |role| {
            plugin_source(folder, &manifest, role, limits, builtin)
                .map_err(|error| error.within(format_args!("bundle {:?}: [{role}]", manifest.id)))
        };
        let sources = [source(Role::Router)?, source(Role::Masker)?, source(Role::Renderer)?];
        Ok(Self { manifest, manifest_text, sources })
    }

    /// The files of one role.
    pub fn source(&self, role: Role) -> &PluginSource {
        match role {
            Role::Router => &self.sources[0],
            Role::Masker => &self.sources[1],
            Role::Renderer => &self.sources[2],
        }
    }
}

impl Manifest {
    /// Reads the manifest of the bundle in this folder, and nothing else of it.
    ///
    /// # Errors
    /// As [`Bundle::open`].
    pub fn open(folder: &Dir) -> Result<Self> {
        Self::parse(&manifest_text(folder)?)
    }
}

fn manifest_text(folder: &Dir) -> Result<String> {
    let bytes = read(folder, MANIFEST_FILE, MANIFEST_BYTES_MAX, "")?;
    String::from_utf8(bytes)
        .map_err(|_| Error::new(ErrorKind::Manifest, format!("{MANIFEST_FILE}: is not UTF-8")))
}

fn plugin_source(
    folder: &Dir,
    manifest: &Manifest,
    role: Role,
    limits: &Limits,
    builtin: &dyn Fn(&str) -> Result<Vec<u8>>,
) -> Result<PluginSource> {
    let plugin = manifest.plugin(role);
    let limits = limits.of_plugin(manifest, role)?;
    let component = match plugin.component.strip_prefix(BUILTIN) {
        None => read(folder, &plugin.component, limits.component_bytes, larger(plugin.engine))?,
        Some(name) => builtin(name)?,
    };
    let mut configuration = Vec::new();
    for path in &plugin.configuration {
        collect(folder, path, 0, &mut configuration)?;
    }
    Ok(PluginSource { component, configuration })
}

/// What helps a plugin that is larger than its limit.
fn larger(kind: EngineKind) -> &'static str {
    match kind {
        EngineKind::Ordinary => {
            "; a plugin with an interpreter in it, as of JavaScript, needs engine = \"wide\" \
             beside its component"
        }
        EngineKind::Wide => "",
    }
}

/// Adds a file, or every file below a folder.
fn collect(
    folder: &Dir,
    path: &str,
    depth: usize,
    files: &mut Vec<(String, Vec<u8>)>,
) -> Result<()> {
    inside(path)?;
    let metadata = folder.metadata(path).map_err(|error| unreadable(path, error))?;
    if !metadata.is_dir() {
        if files.len() >= CONFIGURATION_FILES_MAX {
            return Err(file(path, format!("more than {CONFIGURATION_FILES_MAX} files")));
        }
        let contents = read(folder, path, CONFIGURATION_FILE_BYTES_MAX, "")?;
        files.push((path.into(), contents));
        return Ok(());
    }
    if depth >= FOLDER_DEPTH_MAX {
        return Err(file(path, format!("folders nested deeper than {FOLDER_DEPTH_MAX}")));
    }
    let mut names = Vec::new();
    for entry in folder.read_dir(path).map_err(|error| unreadable(path, error))? {
        let name = entry.map_err(|error| unreadable(path, error))?.file_name();
        let name = name.into_string().map_err(|_| file(path, "holds a name that is not UTF-8"))?;
        if names.len() >= CONFIGURATION_FILES_MAX {
            return Err(file(path, format!("more than {CONFIGURATION_FILES_MAX} files")));
        }
        if !name.starts_with('.') {
            names.push(name);
        }
    }
    names.sort_unstable();
    for name in names {
        collect(folder, &format!("{}/{name}", path.trim_end_matches('/')), depth + 1, files)?;
    }
    Ok(())
}

/// Reads a file of at most `bytes_max` bytes; `cure` is said of one that is larger.
fn read(folder: &Dir, path: &str, bytes_max: usize, cure: &str) -> Result<Vec<u8>> {
    inside(path)?;
    let handle = folder.open(path).map_err(|error| unreadable(path, error))?;
    let mut bytes = Vec::new();
    handle
        .take(bytes_max as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable(path, error))?;
    if bytes.len() > bytes_max {
        return Err(file(path, format!("larger than {bytes_max} bytes{cure}")));
    }
    Ok(bytes)
}

/// Refuses a path that does not go down from the bundle's folder.
fn inside(path: &str) -> Result<()> {
    let downward = Path::new(path)
        .components()
        .all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if path.is_empty() || !downward {
        return Err(file(path, "leads outside the bundle's folder"));
    }
    Ok(())
}

fn unreadable(path: &str, error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::NotFound => file(path, "no such file"),
        // What cap-std answers where a symbolic link leads out.
        io::ErrorKind::PermissionDenied => {
            file(path, "leads outside the bundle's folder, or may not be read").because(error)
        }
        _ => file(path, "cannot be read").because(error),
    }
}

fn file(path: &str, detail: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::File, format!("{path:?}: {detail}"))
}
