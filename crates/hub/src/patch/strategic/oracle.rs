//! Patches of pods recorded from Kubernetes' strategicpatch package (v0.34.1) on random objects: the
//! even ones are three-way patches as kubectl computes them, the odd ones random directives.

use super::*;
use crate::schema::Schema;

const RECORDED: &str = include_str!("oracle.jsonl");

/// With sorted keys and without the nulls that decoding a pod drops.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map.into_iter().filter(|(_, v)| !v.is_null());
            let mut map: Object = kept.map(|(k, v)| (k, sorted(v))).collect();
            map.sort_keys();
            Value::Object(map)
        }
        Value::Array(list) => Value::Array(list.into_iter().map(sorted).collect()),
        other => other,
    }
}

#[test]
fn every_recorded_patch_gives_what_was_recorded() {
    let schema = Schema::builtin();
    let shape = Shape::Builtin(schema.root(schema.kind("v1", "Pod").unwrap()));
    let (mut passed, mut failed) = (0, Vec::new());
    for line in RECORDED.lines() {
        let record: Value = serde_json::from_str(line).unwrap();
        // Go walks a map in random order: a list and its deletions in one patch may come either way.
        let text = record["patch"].to_string();
        let both = text.contains("$deleteFromPrimitiveList") && text.contains("\"finalizers\":");
        if both || record["error"] == "no elements in any of the given slices" {
            continue;
        }
        // Directives inside what is new survive there, and are dropped when the pod is decoded.
        if record.get("result").is_some_and(|r| r.to_string().contains("\"$")) {
            continue;
        }
        let found = patch(&record["live"], &record["patch"], shape);
        let same = match (&found, record.get("result")) {
            (Ok(found), Some(expected)) => sorted(found.clone()) == sorted(expected.clone()),
            (Err(_), None) => true,
            _ => false,
        };
        match same {
            true => passed += 1,
            false => failed.push(format!(
                "{} patch {}\n live {}\n expected {}\n found    {}",
                record["seed"],
                record["patch"],
                record["live"],
                record.get("result").cloned().map(sorted).unwrap_or(record["error"].clone()),
                found.map(sorted).unwrap_or_else(|e| e.message.into())
            )),
        }
    }
    let total = passed + failed.len();
    assert!(
        failed.is_empty(),
        "{passed} of {total}; first:\n{}",
        failed[..failed.len().min(6)].join("\n\n")
    );
}
