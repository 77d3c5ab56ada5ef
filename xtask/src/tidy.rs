//! `cargo xtask tidy`: the rules of the house that a compiler cannot see. Each rule is a function
//! from the tracked files to complaints; all complaints are printed before the task fails.

mod arrows;
mod files;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::sh;

/// A tracked text file: its path from the workspace root, and what it holds.
pub(crate) struct Tracked {
    path: String,
    text: String,
}

/// Checks everything; complaints go to stderr as `path: what is wrong`.
pub(crate) fn run() -> Result<()> {
    let root = sh::root();
    let tracked = tracked(&root)?;
    let mut complaints = files::check(&tracked);
    complaints.extend(arrows::check(&root)?);
    for complaint in &complaints {
        eprintln!("tidy: {complaint}");
    }
    if complaints.is_empty() {
        println!("tidy: {} files", tracked.len());
        return Ok(());
    }
    bail!("{} complaints", complaints.len())
}

fn tracked(root: &Path) -> Result<Vec<Tracked>> {
    let mut list = Command::new("git");
    list.current_dir(root).args(["ls-files", "--cached", "--others", "--exclude-standard"]);
    let paths = sh::read(&mut list)?;
    Ok(paths.lines().filter_map(|path| load(root, path)).collect())
}

/// Binary files and files that are staged for deletion are no text and are passed over.
fn load(root: &Path, path: &str) -> Option<Tracked> {
    let full: PathBuf = root.join(path);
    let text = std::fs::read_to_string(full).ok()?;
    Some(Tracked { path: path.to_owned(), text })
}
