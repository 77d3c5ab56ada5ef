//! Plays a folder of recorded CUE programs: `goldens_cue FOLDER [--only WORD]`.
//!
//! Prints the id and the difference of every failure and last a line `N of M`; fails unless all pass. `WORD` is an id
//! or a group. The format of the recordings is described beside them.

mod eval;
mod fmt;
mod player;
mod shown;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use player::Asked;
use serde_json::Value as Json;

/// What plays the records of a file.
type Player = fn(&Json) -> Option<String>;

/// The families of records, by how their files are named.
const FAMILIES: [(&str, Player); 3] =
    [("eval-", eval::difference), ("fmt-", fmt::difference), ("syntax-", shown::difference)];

fn main() -> ExitCode {
    player::ended("goldens_cue", run())
}

fn run() -> Result<bool, String> {
    let Asked { place, only } =
        player::asked("goldens_cue FOLDER [--only WORD]", |_, _| Ok(false))?;
    let (mut passed, mut total) = (0, 0);
    for (path, play) in files(&place)? {
        let text = player::read(&path)?;
        for (number, line) in text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
            let case: Json = serde_json::from_str(line)
                .map_err(|e| format!("{}:{}: {e}", path.display(), number + 1))?;
            let id = case["id"].as_str().unwrap_or("?");
            if only.as_ref().is_some_and(|o| o != id && case["group"] != o.as_str()) {
                continue;
            }
            total += 1;
            match play(&case) {
                None => passed += 1,
                Some(diff) => {
                    println!("{id} [{}] {diff}", case["group"].as_str().unwrap_or(""));
                }
            }
        }
    }
    println!("{passed} of {total}");
    Ok(passed == total && total > 0)
}

/// The files of a folder that hold records, in order, each with its player.
fn files(folder: &Path) -> Result<Vec<(PathBuf, Player)>, String> {
    let entries = std::fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut all = Vec::new();
    for entry in entries {
        let path = entry.map_err(|e| e.to_string())?.path();
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or("");
        let family = FAMILIES.iter().find(|(prefix, _)| name.starts_with(prefix));
        if let Some((_, play)) = family.filter(|_| name.ends_with(".jsonl")) {
            all.push((path.clone(), *play));
        }
    }
    all.sort_by(|a, b| a.0.cmp(&b.0));
    if all.is_empty() {
        return Err(format!("{}: no recordings of a known kind", folder.display()));
    }
    Ok(all)
}
