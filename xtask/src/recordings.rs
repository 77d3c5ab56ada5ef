//! The recordings of the genuine systems in the test suite: what fails is exactly what a committed
//! list says, each line `ID: why`. So a fix and its line go together, and nothing slips back.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::goldens::{Kind, runner};
use crate::sh;

/// Which recordings are played, and the list of what is known to fail.
const PLAYED: &[(Kind, &str)] = &[(Kind::Render, "render"), (Kind::Interop, "interop")];

/// Plays all; says out loud when they are absent.
pub(crate) fn play() -> Result<()> {
    let Some(data) = folder() else {
        eprintln!("SKIPPED: the recordings: no folder ../shared/data beside the checkout");
        return Ok(());
    };
    for (kind, name) in PLAYED {
        let failed = failures(*kind, &data.join(name))?;
        let list = sh::root().join("tests/known").join(format!("{name}.txt"));
        let text =
            fs::read_to_string(&list).with_context(|| format!("reading {}", list.display()))?;
        let found = judge(&known(&text), &failed);
        if !found.is_empty() {
            bail!("recordings of {name}, against {}:\n{}", list.display(), found.join("\n"));
        }
    }
    Ok(())
}

/// Where the recordings are.
fn folder() -> Option<PathBuf> {
    let beside = || sh::root().parent().map(|parent| parent.join("shared"));
    let shared = std::env::var_os("MIZZEN_SHARED").map(PathBuf::from).or_else(beside)?;
    Some(shared.join("data")).filter(|data| data.is_dir())
}

/// Plays one kind and returns the ids of what failed.
fn failures(kind: Kind, folder: &std::path::Path) -> Result<Vec<String>> {
    let place = tempfile::tempdir().context("making a folder")?;
    let file = place.path().join("failures");
    let mut command = runner(kind, folder);
    command.arg("--failures").arg(&file);
    // The runner ends with 1 when anything failed; only the list says whether that is an error.
    let played = sh::run(&mut command);
    let Ok(text) = fs::read_to_string(&file) else {
        return played.map(|()| Vec::new());
    };
    Ok(text.lines().map(str::to_owned).collect())
}

/// The lines of a list: id and why; `#` opens a comment.
fn known(text: &str) -> BTreeMap<&str, &str> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once(": ")).collect()
}

/// What the list and the run disagree about, in sentences.
fn judge(known: &BTreeMap<&str, &str>, failed: &[String]) -> Vec<String> {
    let new = failed.iter().filter(|id| !known.contains_key(id.as_str()));
    let fixed = known.keys().filter(|id| !failed.iter().any(|failed| failed == *id));
    new.map(|id| format!("{id} fails and is not on the list"))
        .chain(fixed.map(|id| format!("{id} passes now: take it off the list")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_must_be_what_the_list_says() {
        let known = known("# why\na: not built\nb: a bug: of theirs\n");
        let failed = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        assert!(judge(&known, &failed(&["b", "a"])).is_empty());
        assert_eq!(judge(&known, &failed(&["a"])), ["b passes now: take it off the list"]);
        assert_eq!(judge(&known, &failed(&["a", "b", "c"])), ["c fails and is not on the list"]);
    }
}
