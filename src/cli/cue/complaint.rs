//! Errors for people: each message, its places, and the line of the source that each place points at.

use std::fmt::Write;

use mizzen_cue::{Error, Position, Source};

use super::super::stop::Stop;
use super::question::FIELD;

/// Characters of a source line that are shown at most.
const WIDEST: usize = 160;

/// An error of CUE as the reason why a command stops.
pub(super) fn refused(error: &Error, sources: &[Source]) -> Stop {
    Stop::Refused(text(error, sources))
}

/// All messages; those without any say what the error says.
pub(super) fn text(error: &Error, sources: &[Source]) -> String {
    if error.messages().is_empty() {
        return error.to_string();
    }
    let mut out = String::new();
    for message in error.messages() {
        let colon = if message.positions.is_empty() { "" } else { ":" };
        // The field that holds an expression is ours, not the person's.
        let whole = message.to_string();
        let told = whole
            .strip_prefix(FIELD)
            .map_or(&*whole, |rest| rest.trim_start_matches([':', '.', ' ']));
        let _ = writeln!(out, "{told}{colon}");
        for position in &message.positions {
            let _ = writeln!(out, "    {position}");
            snippet(&mut out, position, sources);
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// The line that a position is in, with a mark below its column.
fn snippet(out: &mut String, position: &Position, sources: &[Source]) {
    let Some(source) = sources.iter().find(|source| source.name == position.file) else { return };
    let Some(line) = source.text.lines().nth((position.line as usize).saturating_sub(1)) else {
        return;
    };
    let column = (position.column as usize).saturating_sub(1);
    if line.chars().count() > WIDEST || !line.is_char_boundary(column) {
        return;
    }
    let before = line[..column].chars().map(|c| if c == '\t' { '\t' } else { ' ' });
    let (number, before) = (position.line, before.collect::<String>());
    let line = line.replace('\t', "  ");
    let before = before.replace('\t', "  ");
    let _ = writeln!(out, "    {number:>5} | {line}\n          | {before}^");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_shows_both_lines_that_conflict() {
        let sources = [Source::new("./in.cue", "a: {\n\tb: 1\n}\na: b: \"x\"\n")];
        let context = mizzen_cue::Context::builder().build();
        let value = context.compile(&sources).unwrap().eval().run().unwrap();
        let error = value.validate_all().unwrap_err();
        let told = text(&error, &sources);
        let head = "a.b: conflicting values 1 and \"x\" (mismatched types int and string):";
        assert!(told.starts_with(head), "{told}");
        assert!(
            told.contains("    ./in.cue:2:5\n        2 |   b: 1\n          |      ^"),
            "{told}"
        );
        assert!(told.contains("    ./in.cue:4:7\n        4 | a: b: \"x\"\n"), "{told}");
    }
}
