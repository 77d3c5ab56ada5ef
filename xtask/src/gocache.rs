//! Where programs built from Go modules are kept: outside the work tree, in a folder named after the
//! hash of the files they are made of and of the compiler's version.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use crate::sh;

/// The folder for what is built from these files; it may not exist yet.
pub(crate) fn folder(name: &str, files: &[PathBuf]) -> Result<PathBuf> {
    Ok(root()?.join(name).join(key(files)?))
}

fn root() -> Result<PathBuf> {
    if let Some(folder) = std::env::var_os("MIZZEN_CACHE") {
        return Ok(PathBuf::from(folder));
    }
    let Some(dirs) = directories::ProjectDirs::from("dev", "mizzen", "mizzen") else {
        bail!("no home folder to cache Go programs in; set MIZZEN_CACHE");
    };
    Ok(dirs.cache_dir().to_owned())
}

fn key(files: &[impl AsRef<Path>]) -> Result<String> {
    let mut hash = Sha256::new();
    for path in files {
        let path = path.as_ref();
        hash.update(std::fs::read(path).with_context(|| format!("reading {}", path.display()))?);
    }
    hash.update(sh::read(Command::new("go").arg("version"))?);
    Ok(hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect())
}
