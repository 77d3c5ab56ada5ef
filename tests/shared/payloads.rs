//! The hostile texts beside the checkout, for every test that puts them where a cluster may.

use std::path::PathBuf;

use serde_json::Value;

/// Ids and texts; `None`, with a word about it, where they are absent.
pub(crate) fn payloads() -> Option<Vec<(String, String)>> {
    let beside = || {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        root.ancestors().map(|above| above.join("shared")).find(|folder| folder.is_dir())
    };
    let shared = std::env::var_os("MIZZEN_SHARED").map(PathBuf::from).or_else(beside);
    let path = shared.unwrap_or_default().join("data/hostile/payloads.jsonl");
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("SKIPPED: shared/data/hostile/payloads.jsonl absent");
        return None;
    };
    let parse = |line: &str| serde_json::from_str::<Value>(line).expect("a line of JSON");
    let field = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
    Some(text.lines().map(parse).map(|v| (field(&v, "id"), field(&v, "text"))).collect())
}
