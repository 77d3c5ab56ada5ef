//! The addresses that a person keeps, one a line in a file of the folder for what programs remember.

use std::io::Write;
use std::path::PathBuf;

use directories::ProjectDirs;

/// Longer files are not what this program wrote.
const MOST: usize = 1_000;

fn path() -> Option<PathBuf> {
    let folders = ProjectDirs::from("dev", "mizzen", "mizzen")?;
    Some(folders.state_dir().unwrap_or_else(|| folders.data_dir()).join("bookmarks"))
}

/// What was kept; nothing when nothing can be read.
#[must_use]
pub fn read() -> Vec<String> {
    let text = path().and_then(|path| std::fs::read_to_string(path).ok()).unwrap_or_default();
    text.lines().filter(|line| !line.is_empty()).take(MOST).map(str::to_owned).collect()
}

/// Keeps them.
///
/// # Errors
/// A sentence: there is no such folder, or the file cannot be written.
pub fn write(all: &[String]) -> Result<(), String> {
    let path = path().ok_or("bookmarks last until the console ends: there is no home folder")?;
    let said = |error: std::io::Error| format!("writing {}: {error}", path.display());
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(said)?;
    }
    // Whole or not at all.
    let beside = path.with_extension("new");
    let mut file = std::fs::File::create(&beside).map_err(said)?;
    let text: String = all.iter().map(|line| format!("{line}\n")).collect();
    file.write_all(text.as_bytes()).map_err(said)?;
    std::fs::rename(&beside, &path).map_err(said)
}
