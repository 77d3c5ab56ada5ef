//! The formatter: every `NAME.input` of `cue/format/testdata` against its golden, byte for byte; formatting that again
//! changes nothing.

use mizzen_cue::syntax::{Mode, SourceId, Style, parse_file};

use crate::Outcome;
use crate::archive::Archive;

/// Plays the texts of one archive.
pub(crate) fn play(name: &str, archive: &Archive) -> Vec<Outcome> {
    let style = Style::default().simplify(archive.tagged("simplify"));
    let inputs =
        archive.files.iter().filter_map(|(n, text)| Some((n.strip_suffix(".input")?, text)));
    let cases = inputs.filter_map(|(n, text)| {
        let want = archive.file(&format!("out/format/{n}.golden"))?;
        Some((format!("{name}#{n}"), difference(text, want, style)))
    });
    cases.collect()
}

fn difference(text: &str, want: &str, style: Style) -> Option<String> {
    let got = match formatted(text, style) {
        Ok(got) => got,
        Err(why) => return Some(why),
    };
    if let Some(diff) = crate::first_line_apart(want, &got) {
        return Some(diff);
    }
    match formatted(&got, style) {
        Ok(again) => crate::first_line_apart(&got, &again).map(|d| format!("formatted again: {d}")),
        Err(why) => Some(format!("formatted again: {why}")),
    }
}

fn formatted(text: &str, style: Style) -> Result<String, String> {
    let parsed = parse_file(SourceId::default(), text, Mode::All);
    match parsed.errors.first() {
        Some(e) => Err(format!("does not parse: {}", e.message)),
        None => Ok(style.file(&parsed.tree)),
    }
}
