//! Programs with results recorded from the reference: validity, export and JSON byte for byte, class of errors.
//!
//! `known_misses.txt` lists ids that do not agree yet. It may only shrink: a listed program that agrees fails the
//! test as an unlisted one that differs does. Set `CUE_ONLY=<id or group>` to look at some programs.

use std::collections::BTreeSet;
use std::path::PathBuf;

use mizzen_cue::{Class, Context, Error, Limits, Validate};
use serde_json::Value as Json;

fn shared() -> Option<PathBuf> {
    if let Ok(dir) = std::env::var("MIZZEN_SHARED") {
        return Some(PathBuf::from(dir)).filter(|p| p.exists());
    }
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().filter_map(|a| a.parent()).map(|p| p.join("shared")).find(|p| p.exists())
}

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
    let export =
        data.as_ref().ok().filter(|_| error.is_none()).map(|d| d.to_json_pretty("    ") + "\n");
    let json = data.as_ref().ok().map(|d| d.to_json());
    let yaml = data.as_ref().ok().filter(|_| error.is_none()).map(|d| d.to_yaml());
    Outcome { valid, export, json, yaml, error }
}

/// What differs from the recording, in one line; None when nothing does.
fn difference(case: &Json) -> Option<String> {
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

#[test]
fn programs_agree_with_the_reference() {
    let Some(dir) = shared() else {
        eprintln!("SKIPPED: shared/data/cue absent");
        return;
    };
    let text = std::fs::read_to_string(dir.join("data/cue/eval-1.jsonl"))
        .expect("the recordings are readable");
    let listed: BTreeSet<&str> =
        include_str!("known_misses.txt").lines().map(str::trim).filter(|l| !l.is_empty()).collect();
    let only = std::env::var("CUE_ONLY").ok();
    let mut unexpected = Vec::new();
    let mut misses = Vec::new();
    let (mut passed, mut total) = (0, 0);
    for line in text.lines() {
        let case: Json = serde_json::from_str(line).expect("a recording is a line of JSON");
        let id = case["id"].as_str().expect("a recording has an id").to_owned();
        if only.as_ref().is_some_and(|o| *o != id && case["group"] != o.as_str()) {
            continue;
        }
        total += 1;
        match difference(&case) {
            None => {
                passed += 1;
                if listed.contains(id.as_str()) {
                    unexpected.push(format!("{id} agrees now: remove it from known_misses.txt"));
                }
            }
            Some(diff) => {
                println!("{id} [{}] {diff}", case["group"].as_str().unwrap_or(""));
                if !listed.contains(id.as_str()) {
                    unexpected.push(format!("{id} differs"));
                }
                misses.push(id);
            }
        }
    }
    println!("eval goldens: {passed} of {total}");
    if let Ok(file) = std::env::var("CUE_WRITE_MISSES") {
        std::fs::write(file, misses.join("\n") + "\n").expect("the list can be written");
        return;
    }
    assert!(
        unexpected.is_empty() || only.is_some(),
        "{} unexpected: {:?}",
        unexpected.len(),
        &unexpected[..unexpected.len().min(20)]
    );
}
