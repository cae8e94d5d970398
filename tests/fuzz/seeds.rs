//! Writes the seeds of the fuzz targets: one folder for each target.

use std::path::Path;
use std::{env, fs, io};

use tillbell_tests::properties;

fn main() -> io::Result<()> {
    let folder = env::args_os().nth(1).ok_or_else(|| io::Error::other("usage: fuzz-seeds DIR"))?;
    for property in &properties::ALL {
        let folder = Path::new(&folder).join(property.name);
        fs::create_dir_all(&folder)?;
        for (name, seed) in property.corpus() {
            fs::write(folder.join(name), seed)?;
        }
    }
    Ok(())
}
