//! Plays a folder of recorded CUE programs: `goldens_cue FOLDER [--only WORD]`.
//!
//! Prints the id and the difference of every failure and last a line `N of M`; fails unless all pass. `WORD` is an id
//! or a group. The format of the recordings is described beside them.

mod eval;
mod fmt;
mod shown;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::Value as Json;

/// What plays the records of a file.
type Player = fn(&Json) -> Option<String>;

/// The families of records, by how their files are named.
const FAMILIES: [(&str, Player); 3] =
    [("eval-", eval::difference), ("fmt-", fmt::difference), ("syntax-", shown::difference)];

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("goldens_cue: {why}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<bool, String> {
    let mut args = std::env::args().skip(1);
    let (mut folder, mut only) = (None, None);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--only" => only = Some(args.next().ok_or("--only needs an id or a group")?),
            _ if folder.is_none() && !arg.starts_with('-') => folder = Some(PathBuf::from(arg)),
            _ => return Err(format!("unexpected argument {arg:?}; see the head of the source")),
        }
    }
    let folder = folder.ok_or("usage: goldens_cue FOLDER [--only WORD]")?;
    let (mut passed, mut total) = (0, 0);
    for (path, play) in files(&folder)? {
        let text =
            std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
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
