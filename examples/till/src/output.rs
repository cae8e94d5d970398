//! The output file, in which every message stands exactly once.
//!
//! The store knows how many of its bytes are complete. What stands behind them
//! when the till starts was cut off by a power cut: it is removed, and written
//! again from the store, byte for byte.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use crate::Result;
use crate::store::sync_folder;

/// The file, up to where it is complete.
pub(crate) struct Output {
    file: File,
    bytes: u64,
}

impl Output {
    /// Opens the file and cuts it to its complete part. One that is missing or
    /// empty was taken away, and a new one begins.
    ///
    /// # Errors
    /// If it is shorter than its complete part, or cannot be written.
    pub(crate) fn open(path: &Path, complete: u64) -> Result<Self> {
        let open =
            |create| OpenOptions::new().write(true).create_new(create).mode(0o600).open(path);
        let file = match open(false) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let file = open(true)?;
                sync_folder(path)?;
                file
            }
            opened => opened?,
        };
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err("is not a file".into());
        }
        let length = metadata.len();
        let bytes = if length == 0 { 0 } else { complete };
        if length < bytes {
            return Err(format!(
                "{length} bytes, but {bytes} were written; move it away and a new one begins"
            )
            .into());
        }
        if length > bytes {
            file.set_len(bytes)?;
            file.sync_all()?;
        }
        Ok(Self { file, bytes })
    }

    /// Where it ends.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Appends; when it returns the bytes survive a power cut.
    pub(crate) fn append(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.file.write_all_at(bytes, self.bytes)?;
        self.file.sync_data()?;
        self.bytes += bytes.len() as u64;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::scratch::Scratch;

    #[test]
    fn what_is_not_complete_is_cut_off() {
        let scratch = Scratch::new();
        let path = scratch.path().join("output");
        let mut output = Output::open(&path, 340).unwrap();
        output.append(b"one\n").unwrap();
        assert_eq!(output.bytes(), 4);
        fs::write(&path, b"one\ntw").unwrap();
        let mut output = Output::open(&path, 4).unwrap();
        output.append(b"two\n").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"one\ntwo\n");
        let error = Output::open(&path, 9).err().unwrap();
        assert!(error.to_string().contains("8 bytes, but 9"), "{error}");
        assert!(Output::open(scratch.path(), 0).is_err());
    }
}
