//! `syntax-*.jsonl`: values printed as CUE, under several views.

use mizzen_cue::syntax::Style;
use mizzen_cue::{Context, Error, View};
use serde_json::Value as Json;

/// What differs from the recording, in one line; None when nothing does.
pub(crate) fn difference(case: &Json) -> Option<String> {
    let src = case["src"].as_str()?;
    let value = match Context::builder().build().eval_str(src) {
        Ok(value) => value,
        Err(Error::Cue { messages, .. }) => {
            let got = format!("_|_ // {}\n", messages.0[0].text);
            let want = &case["syntax_final"];
            return (*want != got).then(|| format!("syntax_final {got:?}, recorded {want}"));
        }
        Err(e) => return Some(format!("does not evaluate: {e}")),
    };
    let all = View::default().definitions(true).optional(true).hidden(true).attributes(true);
    let (tabs, short, spaces) =
        (Style::default(), Style::default().simplify(true), Style::default().spaces(4));
    let finished = View::default().defaults(true);
    let views = [
        ("syntax_final", finished.attributes(true), tabs),
        ("syntax_docs_resolved", all.docs(true).errors(true), tabs),
        ("cue_export", finished.attributes(true).docs(true), short),
        ("cue_eval", finished.definitions(true), spaces),
    ];
    for (what, view, style) in views {
        let Some(want) = case[what].as_str() else { continue };
        let got = match value.view(view) {
            Ok(file) => style.file(&file),
            Err(e) => return Some(format!("{what}: {e}")),
        };
        if got != want {
            return Some(format!("{what} {got:?}, recorded {want:?}"));
        }
    }
    let plain = View::default().attributes(true);
    for (what, view, style) in
        [("syntax_default", plain, tabs), ("cue_def", plain.docs(true), short)]
    {
        let Some(want) = case[what].as_str() else { continue };
        let got = match value.definition(view) {
            Ok(file) => style.file(&file),
            Err(e) => return Some(format!("{what}: {e}")),
        };
        if got != want {
            return Some(format!("{what} {got:?}, recorded {want:?}"));
        }
    }
    None
}
