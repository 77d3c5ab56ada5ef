//! `mizzen cue fmt`: files in the canonical style.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use mizzen_cue::syntax::source::line_column;
use mizzen_cue::syntax::{Mode, SourceId, Style, parse_file};
use mizzen_cue::{Class, Error, Message, Messages, Position, Source};
use similar::{ChangeTag, TextDiff};

use super::super::say::{say, text};
use super::super::stop::Stop;
use super::{complaint, inputs};
use crate::console::term::clean::Clean;

/// Unchanged lines around a change.
const AROUND: usize = 3;

/// What to format.
#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    /// Files, folders, or `-` from standard input to standard output
    #[arg(default_value = ".")]
    files: Vec<String>,
    /// Drop braces, quotes and types that say nothing
    #[arg(short, long)]
    simplify: bool,
    /// Change nothing; name the files that are not formatted, and end with code 1 if there are any
    #[arg(long)]
    check: bool,
    /// Change nothing; show what would change
    #[arg(short, long)]
    diff: bool,
    /// Go into the folders within folders
    #[arg(long = "files")]
    deep: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Stop> {
    let mut changed = 0;
    for path in paths(arguments)? {
        changed += usize::from(file(&path, arguments)?);
    }
    if arguments.check && changed > 0 {
        let files = if changed == 1 { "file is" } else { "files are" };
        return Err(Stop::Refused(format!("{changed} {files} not formatted")));
    }
    Ok(())
}

fn paths(arguments: &Arguments) -> Result<Vec<PathBuf>, Stop> {
    let mut all = Vec::new();
    for word in &arguments.files {
        let path = PathBuf::from(word);
        if word == "-" || !path.is_dir() {
            all.push(path);
        } else if arguments.deep {
            below(&path, &mut all)?;
        } else {
            all.extend(inputs::folder(&path, true)?);
        }
    }
    Ok(all)
}

/// Every CUE file below a folder; hidden folders and those of modules are left alone.
fn below(folder: &Path, all: &mut Vec<PathBuf>) -> Result<(), Stop> {
    let failed = |why: std::io::Error| Stop::failed(&folder.display().to_string(), why);
    let entries = std::fs::read_dir(folder).map_err(failed)?;
    let mut entries = entries.collect::<Result<Vec<_>, _>>().map_err(failed)?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        let kind = entry.file_type().map_err(failed)?;
        if kind.is_dir() && name != "cue.mod" && !name.starts_with(['.', '_']) {
            below(&entry.path(), all)?;
        } else if kind.is_file() && name.ends_with(".cue") {
            all.push(entry.path());
        }
    }
    Ok(())
}

/// Formats one file. True when it was not formatted.
fn file(path: &Path, arguments: &Arguments) -> Result<bool, Stop> {
    let before = inputs::text(path)?;
    let after = formatted(&inputs::name(path), &before, arguments.simplify)?;
    let stream = path == Path::new("-");
    if stream && !arguments.diff && !arguments.check {
        text(&after);
    }
    if before == after {
        return Ok(false);
    }
    let name = path.strip_prefix("./").unwrap_or(path).display().to_string();
    if arguments.diff {
        text(&difference(&name, &before, &after));
    } else if arguments.check {
        say!("{}", Clean::new(&name));
    } else if !stream {
        std::fs::write(path, &after).map_err(|why| Stop::failed(&name, why))?;
    }
    Ok(true)
}

fn formatted(name: &str, source: &str, simplify: bool) -> Result<String, Stop> {
    let parsed = parse_file(SourceId::default(), source, Mode::All);
    if parsed.errors.is_empty() {
        return Ok(Style::default().simplify(simplify).file(&parsed.tree));
    }
    let place = |offset| {
        let (line, column) = line_column(source, offset);
        Position { file: name.into(), line, column }
    };
    let message = |error: &mizzen_cue::syntax::SyntaxError| Message {
        path: String::new(),
        text: error.message.clone(),
        positions: error.pos.offset().map(place).into_iter().collect(),
    };
    let messages = Messages(parsed.errors.iter().map(message).collect());
    let error = Error::Cue { class: Class::Syntax, messages };
    Err(complaint::refused(&error, &[Source::new(name, source)]))
}

/// A unified diff, as the reference prints it: an empty line ends it.
fn difference(name: &str, before: &str, after: &str) -> String {
    let diff = TextDiff::from_lines(before, after);
    let mut out = format!("diff {name}.orig {name}\n--- {name}.orig\n+++ {name}\n");
    for group in diff.grouped_ops(AROUND) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        let (old, new) = (first.old_range().start, first.new_range().start);
        let (olds, news) = (last.old_range().end - old, last.new_range().end - new);
        // A side without lines is named by the line before it.
        let (old, new) = (old + usize::from(olds > 0), new + usize::from(news > 0));
        let _ = writeln!(out, "@@ -{old},{olds} +{new},{news} @@");
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let sign = match change.tag() {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => ' ',
            };
            let line = change.value();
            let end = if line.ends_with('\n') { "" } else { "\n\\ No newline at end of file\n" };
            let _ = write!(out, "{sign}{line}{end}");
        }
    }
    out + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_names_lines_as_the_reference_does() {
        let want = "diff x.cue.orig x.cue\n--- x.cue.orig\n+++ x.cue\n@@ -1,1 +1,1 @@\n-foo:   \"bar\"\n+foo: \"bar\"\n\n";
        assert_eq!(difference("x.cue", "foo:   \"bar\"\n", "foo: \"bar\"\n"), want);
        let told = difference("x.cue", "a: 1", "a: 1\n");
        assert!(told.contains("-a: 1\n\\ No newline at end of file\n+a: 1\n"), "{told}");
    }
}
