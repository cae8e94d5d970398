//! The tape, as the configuration says it.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use tillbell_delivery::tape::TapeSettings;
use tillbell_tape::SoleTraders;

use crate::config::TapeConfig;
use crate::{Error, Result, files};

/// The largest list of sole traders, in bytes.
const LIST_BYTES_MAX: u64 = 16 * 1_024 * 1_024;
/// Bytes of a MiB.
const MIB: u64 = 1_024 * 1_024;

/// Reads what a tape needs, and looks whether it can be written; nothing is made.
///
/// # Errors
/// What is wrong, by its key and file.
pub(crate) fn settings(config: &TapeConfig) -> Result<TapeSettings> {
    let TapeConfig { folder, key_file, days, day_mib_max, mib_max, sole_traders } = config;
    let wrong = |key: &str, path: &Path, error: &std::io::Error| {
        Error::new(format!("tape.{key}: {}: {error}", path.display()))
    };
    // A folder that is not there yet is made beside its siblings.
    let within = if folder.exists() { folder.join("key") } else { folder.clone() };
    files::folder_writable(&within).map_err(|error| wrong("folder", folder, &error))?;
    if key_file.parent().is_none_or(|beside| beside != folder) {
        files::writable(key_file)
            .and_then(|()| files::folder_writable(key_file))
            .map_err(|error| wrong("key-file", key_file, &error))?;
    }
    let sole_traders = match sole_traders {
        None => SoleTraders::default(),
        Some(path) => {
            let mut text = String::new();
            let read = File::open(path)
                .and_then(|file| file.take(LIST_BYTES_MAX + 1).read_to_string(&mut text))
                .map_err(|error| wrong("sole-traders", path, &error))?;
            let long = || format!("over {LIST_BYTES_MAX} bytes");
            let fits = (read as u64 <= LIST_BYTES_MAX).then_some(&text).ok_or_else(long);
            fits.and_then(|text| SoleTraders::parse(text)).map_err(|detail| {
                Error::new(format!("tape.sole-traders: {}: {detail}", path.display()))
            })?
        }
    };
    Ok(TapeSettings {
        folder: folder.clone(),
        key_file: key_file.clone(),
        days: *days,
        day_bytes_max: u64::from(*day_mib_max) * MIB,
        bytes_max: u64::from(*mib_max) * MIB,
        sole_traders,
    })
}
