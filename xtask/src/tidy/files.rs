//! What every tracked file owes: a head that says why it exists, a size that fits one idea, no
//! stubs, no silenced code, no trailing blanks.

use super::Tracked;

/// Lines a Rust file may have; past 500 ask what the second idea is.
const MOST_LINES: usize = 600;

/// Words that mark unfinished or silenced code. Split so that this file does not hold them.
const STUBS: &[&str] = &[
    concat!("to", "do!("),
    concat!("unimpl", "emented!("),
    concat!("#[ig", "nore"),
    concat!("allow(dead", "_code)"),
    concat!("db", "g!("),
    concat!("FIX", "ME"),
];

/// Every complaint about the files' form.
pub(crate) fn check(tracked: &[Tracked]) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in tracked {
        if file.path.ends_with(".rs") {
            rust(file, &mut complaints);
        }
        if text_is_ours(&file.path) {
            blanks(file, &mut complaints);
        }
    }
    complaints
}

fn rust(file: &Tracked, complaints: &mut Vec<String>) {
    let path = &file.path;
    if path.ends_with("/mod.rs") {
        complaints.push(format!("{path}: no mod.rs; name the file after what it holds"));
    }
    if !file.text.starts_with("//!") {
        complaints.push(format!("{path}: opens without a `//!` head that says why it exists"));
    }
    let lines = file.text.lines().count();
    if lines > MOST_LINES {
        complaints.push(format!("{path}: {lines} lines; what is the second idea?"));
    }
    for (number, line) in file.text.lines().enumerate() {
        for stub in STUBS.iter().filter(|stub| line.contains(**stub)) {
            complaints.push(format!("{path}:{}: `{stub}` has no place on main", number + 1));
        }
    }
}

fn text_is_ours(path: &str) -> bool {
    [".rs", ".cue", ".toml", ".yaml", ".sh", ".go"].iter().any(|end| path.ends_with(end))
}

fn blanks(file: &Tracked, complaints: &mut Vec<String>) {
    for (number, line) in file.text.lines().enumerate() {
        if line.ends_with([' ', '\t']) && file.path.ends_with(".rs") {
            complaints.push(format!("{}:{}: trailing blank", file.path, number + 1));
        }
    }
    if !file.text.is_empty() && !file.text.ends_with('\n') {
        complaints.push(format!("{}: no newline at its end", file.path));
    }
}
