//! Programs and texts with results recorded from the reference.

#[path = "../examples/goldens_cue/eval.rs"]
mod eval;
#[path = "../examples/goldens_cue/fmt.rs"]
mod fmt;
#[path = "../examples/goldens_cue/shown.rs"]
mod shown;

use std::path::PathBuf;

use mizzen_cue::syntax::format_file;
use mizzen_cue::{Context, View};
use serde_json::Value as Json;

fn shared() -> Option<PathBuf> {
    if let Ok(dir) = std::env::var("MIZZEN_SHARED") {
        return Some(PathBuf::from(dir)).filter(|p| p.exists());
    }
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().filter_map(|a| a.parent()).map(|p| p.join("shared")).find(|p| p.exists())
}

/// Plays a file of recordings; only the named ones may differ, and they must.
fn play(file: &str, difference: impl Fn(&Json) -> Option<String>, known: &[&str]) {
    let Some(dir) = shared() else {
        eprintln!("SKIPPED: shared/data/cue absent");
        return;
    };
    let text = std::fs::read_to_string(dir.join("data/cue").join(file))
        .expect("the recordings are readable");
    let (mut wrong, mut total, mut missed) = (Vec::new(), 0, Vec::new());
    for line in text.lines() {
        let case: Json = serde_json::from_str(line).expect("a recording is a line of JSON");
        let id = case["id"].as_str().expect("a recording has an id");
        total += 1;
        match difference(&case) {
            Some(_) if known.contains(&id) => missed.push(id.to_string()),
            Some(diff) => wrong.push(format!("{id} [{}] {diff}", case["group"])),
            None => {}
        }
    }
    println!("{file}: {} of {total}", total - wrong.len() - missed.len());
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(missed, known, "some agree now: take them off the list");
}

#[test]
fn programs_agree_with_the_reference() {
    play("eval-1.jsonl", eval::difference, &[]);
}

#[test]
fn formatted_texts_agree_with_the_reference() {
    play("fmt-1.jsonl", fmt::difference, &[]);
}

#[test]
fn shown_values_agree_with_the_reference() {
    let list = include_str!("shown_misses.txt").lines();
    let known: Vec<&str> = list.filter_map(|line| Some(line.split_once(": ")?.0)).collect();
    play("syntax-1.jsonl", shown::difference, &known);
}

#[test]
fn shown_values_evaluate_to_themselves() {
    let ctx = Context::default();
    let differs = |case: &Json| {
        let data = ctx.eval_str(case["src"].as_str()?).ok()?.to_data().ok()?;
        let value = ctx.eval_str(case["src"].as_str()?).ok()?;
        let text =
            value.view(View::default().defaults(true)).map(|file| format_file(&file)).ok()?;
        let again = ctx.eval_str(&text).and_then(|value| value.to_data());
        let same = again.as_ref().is_ok_and(|d| d.to_serde() == data.to_serde());
        (!same).then(|| format!("{text:?}: {:?}", again.map(|d| d.to_json())))
    };
    play("eval-1.jsonl", differs, &[]);
}
