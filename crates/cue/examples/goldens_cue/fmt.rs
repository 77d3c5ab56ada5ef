//! `fmt-*.jsonl`: the text as the formatter writes it, plain and simplified; what does not parse is an error.

use mizzen_cue::syntax::{Mode, SourceId, Style, parse_file};
use serde_json::Value as Json;

/// What differs from the recording, in one line; None when nothing does.
pub(crate) fn difference(case: &Json) -> Option<String> {
    let src = case["src"].as_str()?;
    let parsed = parse_file(SourceId::default(), src, Mode::All);
    if let Some(first) = parsed.errors.first() {
        return match case["error"].is_null() {
            false => None,
            true => Some(format!("does not parse: {}", first.message)),
        };
    }
    for (what, simplify) in [("fmt", false), ("fmt_simplify", true)] {
        let Some(want) = case[what].as_str() else {
            return Some(format!("parses; recorded an error: {}", case["error"]));
        };
        let got = Style::default().simplify(simplify).file(&parsed.tree);
        if got != want {
            return Some(format!("{what} {got:?}, recorded {want:?}"));
        }
    }
    None
}
