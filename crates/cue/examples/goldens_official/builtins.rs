//! The packages: every top-level field of `pkg/**/testdata` against the result printed as CUE.
//!
//! Texts of errors are left aside (`_|_ // …` counts as `_|_`), and so are comments, blank lines and the alignment of
//! columns; hidden fields are not printed on either side.

use mizzen_cue::View;
use mizzen_cue::syntax::Style;

use crate::Outcome;
use crate::archive::Archive;

/// Plays the fields of one archive.
pub(crate) fn play(name: &str, archive: &Archive) -> Vec<Outcome> {
    let Some(want) = expectation(archive) else { return Vec::new() };
    let want = blocks(want.split_once("Result:\n").map_or(want, |(_, tree)| tree));
    let got = match crate::eval::evaluate(archive) {
        Ok(value) => printed(&value),
        Err(e) => Err(e.to_string()),
    };
    let got = got.map(|text| blocks(&text));
    let mut outcomes = Vec::new();
    for (label, text) in want {
        let diff = match &got {
            Err(why) => Some(format!("refused: {why}")),
            Ok(got) => match got.iter().find(|(l, _)| *l == label) {
                None => Some("missing".to_owned()),
                Some((_, own)) => (*own != text).then(|| format!("{own:?}, expected {text:?}")),
            },
        };
        outcomes.push((format!("{name}#{label}"), diff));
    }
    outcomes
}

/// `out/NAME-v3` where the evaluators differ, else `out/NAME`.
fn expectation(archive: &Archive) -> Option<&str> {
    let outs =
        || archive.files.iter().filter(|(n, _)| n.starts_with("out/") && !n[4..].contains('/'));
    let newer = outs().find(|(n, _)| n.ends_with("-v3")).or_else(|| outs().next());
    newer.map(|(_, text)| text.as_str())
}

fn printed(value: &mizzen_cue::Value) -> Result<String, String> {
    let view = View::default().definitions(true).optional(true);
    let view = view.attributes(true).errors(true);
    let file = value.view(view).map_err(|e| e.to_string())?;
    Ok(Style::default().file(&file))
}

/// The top-level fields of a text by label, blanks and texts of errors normalised.
fn blocks(text: &str) -> Vec<(String, String)> {
    let mut out: Vec<(String, String)> = Vec::new();
    for line in text.lines().filter(|l| !l.trim().is_empty() && !l.trim().starts_with("//")) {
        let line = &line
            .split_once("_|_ //")
            .map_or_else(|| line.to_owned(), |(head, _)| format!("{head}_|_"));
        let starts =
            line.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '#' | '"'));
        let words: Vec<&str> = line.split_whitespace().collect();
        match (starts.then(|| line.split_once(": ")).flatten(), out.last_mut()) {
            (Some((label, _)), _) if !label.contains(' ') => {
                out.push((label.to_owned(), words.join(" ")));
            }
            (_, Some((_, block))) => {
                block.push('\n');
                block.push_str(&words.join(" "));
            }
            _ => {}
        }
    }
    for (_, block) in &mut out {
        block.truncate(block.trim_end().len());
    }
    out
}
