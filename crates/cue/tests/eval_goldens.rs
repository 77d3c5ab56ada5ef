//! Programs with results recorded from the reference: all of them agree.

#[path = "../examples/goldens_cue/eval.rs"]
mod eval;

use std::path::PathBuf;

use serde_json::Value as Json;

fn shared() -> Option<PathBuf> {
    if let Ok(dir) = std::env::var("MIZZEN_SHARED") {
        return Some(PathBuf::from(dir)).filter(|p| p.exists());
    }
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().filter_map(|a| a.parent()).map(|p| p.join("shared")).find(|p| p.exists())
}

#[test]
fn programs_agree_with_the_reference() {
    let Some(dir) = shared() else {
        eprintln!("SKIPPED: shared/data/cue absent");
        return;
    };
    let text = std::fs::read_to_string(dir.join("data/cue/eval-1.jsonl"))
        .expect("the recordings are readable");
    let mut wrong = Vec::new();
    let mut total = 0;
    for line in text.lines() {
        let case: Json = serde_json::from_str(line).expect("a recording is a line of JSON");
        total += 1;
        if let Some(diff) = eval::difference(&case) {
            wrong.push(format!("{} [{}] {diff}", case["id"], case["group"]));
        }
    }
    println!("eval goldens: {} of {total}", total - wrong.len());
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}
