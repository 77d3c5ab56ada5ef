//! `eval-*.jsonl`: validity, export, JSON and YAML byte for byte, class of errors.

use mizzen_cue::{Class, Context, Error, Limits, Validate};
use serde_json::Value as Json;

struct Outcome {
    valid: bool,
    export: Option<String>,
    json: Option<String>,
    yaml: Option<String>,
    error: Option<Error>,
}

fn evaluate(src: &str) -> Outcome {
    let failed =
        |e: Error| Outcome { valid: false, export: None, json: None, yaml: None, error: Some(e) };
    let limits = Limits { time: std::time::Duration::from_secs(20), ..Limits::default() };
    let value = match Context::builder().limits(limits).build().eval_str(src) {
        Ok(v) => v,
        Err(e) => return failed(e),
    };
    let valid = value.validate(Validate::default()).is_ok();
    let data = value.to_data();
    let error = value.validate(Validate::default().concrete(true)).err();
    let error = error.or_else(|| data.as_ref().err().cloned());
    let exported = data.as_ref().ok().filter(|_| error.is_none());
    let export = exported.map(|d| d.to_json_pretty("    ") + "\n");
    let yaml = exported.map(|d| d.to_yaml());
    Outcome { valid, export, json: data.as_ref().ok().map(|d| d.to_json()), yaml, error }
}

/// What differs from the recording, in one line; None when nothing does.
pub(crate) fn difference(case: &Json) -> Option<String> {
    let got = evaluate(case["src"].as_str()?);
    let class =
        got.error.as_ref().map(|e| e.class().map_or("budget".to_owned(), |c: Class| c.to_string()));
    let want_class = case["error"]["class"].as_str();
    if class.as_deref() != want_class {
        let text = got.error.map(|e| e.to_string()).unwrap_or_default();
        return Some(format!(
            "class {class:?}, recorded {want_class:?} ({}) [{text}]",
            case["error"]["message"]
        ));
    }
    if got.valid != (case["valid"] == true) {
        return Some(format!("valid {}, recorded {}", got.valid, case["valid"]));
    }
    for (what, got) in [("export", got.export), ("json", got.json), ("yaml", got.yaml)] {
        let want = case[what].as_str();
        // The reference fails where its own syntax tree cannot be written as YAML.
        if want.is_some_and(|w| w.starts_with("!error")) {
            continue;
        }
        if got.as_deref() != want {
            return Some(format!("{what} {got:?}, recorded {want:?}"));
        }
    }
    None
}
