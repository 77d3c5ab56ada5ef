//! Sequences of applies and updates recorded from structured-merge-diff v6.3.0 on random objects.
//!
//! The file holds one sequence a line; each step says what was asked, which conflicts there were,
//! and the object and the owners afterwards. It was written by the library itself over the schema
//! below, so the file is the reference and not our opinion.

use serde_json::json;

use super::*;
use crate::crd::structural::Structural;
use crate::schema::Schema;

const RECORDED: &str = include_str!("oracle.jsonl");

fn schema() -> Value {
    let text = json!({"type": "string"});
    let texts =
        |kind: &str| json!({"type": "array", "x-kubernetes-list-type": kind, "items": text});
    let port = json!({"type": "object", "properties": {
        "port": {"type": "integer"}, "title": text,
        "protocol": {"type": "string", "default": "TCP"}}});
    let item = json!({"type": "object", "properties": {
        "name": text, "value": {"type": "integer"}, "tags": texts("set"),
        "ports": {"type": "array", "items": port, "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["port", "protocol"]}}});
    json!({"type": "object", "properties": {
        "id": text,
        "num": {"type": "integer"},
        "labels": {"type": "object", "additionalProperties": text},
        "atomicMap": {"type": "object", "additionalProperties": text,
            "x-kubernetes-map-type": "atomic"},
        "set": texts("set"),
        "atomicList": texts("atomic"),
        "items": {"type": "array", "items": item, "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["name"]},
        "struct": {"type": "object", "properties": {"a": text, "b": {"type": "integer"},
            "deep": {"type": "object", "properties": {"xx": text, "yy": text}}}},
        "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
    }})
}

/// The owners of an object, by manager.
fn owners(object: &Value) -> Value {
    let list = json::items(object, &["metadata", "managedFields"]);
    let pair = |e: &Value| (json::text(e, &["manager"]).to_owned(), e["fieldsV1"].clone());
    Value::Object(list.iter().map(pair).collect())
}

fn conflicts(status: &Status) -> Vec<String> {
    let mut list: Vec<String> = status
        .details
        .causes
        .iter()
        .map(|c| format!("{} {}", c.message.split('"').nth(1).unwrap(), c.field))
        .collect();
    list.sort();
    list
}

/// An object without its metadata, and without emptied parts: the library writes those as null.
fn content(object: &Value) -> Value {
    let mut object = object.clone();
    json::as_object(&mut object).shift_remove("metadata");
    without_empty(&object)
}

fn without_empty(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map.iter().map(|(k, v)| (k.clone(), without_empty(v)));
            let mut map: serde_json::Map<String, Value> =
                kept.filter(|(_, v)| !is_empty(v)).collect();
            map.sort_keys();
            Value::Object(map)
        }
        Value::Array(list) => Value::Array(list.iter().map(without_empty).collect()),
        other => other.clone(),
    }
}

fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(map) => map.values().any(has_null),
        Value::Array(list) => list.iter().any(has_null),
        _ => false,
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(map) => map.is_empty(),
        Value::Array(list) => list.is_empty(),
        _ => false,
    }
}

/// Plays one step; the conflicts, if that is how it ended.
fn play(shape: Shape<'_>, object: &mut Value, step: &Value, created: bool) -> Vec<String> {
    let ignored = Set::default();
    let writer = Writer {
        manager: json::text(step, &["manager"]),
        api_version: "v1",
        subresource: "",
        now: "2026-01-01T00:00:00Z",
        ignored: &ignored,
    };
    let mut new = step["object"].clone();
    if step["op"] == "update" {
        super::update(shape, &writer, object, &mut new, created);
        *object = new;
        return Vec::new();
    }
    let force = step["force"] == true;
    match super::apply(shape, &writer, object, &new, created, force) {
        Ok(merged) => {
            *object = merged;
            Vec::new()
        }
        Err(status) => conflicts(&status),
    }
}

#[test]
fn every_recorded_sequence_ends_as_recorded() {
    let facts = Schema::builtin();
    let meta = facts.root_of(facts.type_named("meta.v1.ObjectMeta").unwrap());
    let schema = Structural::parse(&schema());
    let shape = Shape::CustomRoot(&schema, meta);
    let (mut passed, mut failed) = (0, Vec::new());
    for line in RECORDED.lines() {
        let record: Value = serde_json::from_str(line).unwrap();
        let mut object = json!({});
        // Where the library empties something it leaves null, which a server turns into nothing
        // before it is seen: a sequence is followed up to there.
        let steps = record["steps"].as_array().unwrap();
        let end = steps.iter().position(|s| has_null(&s["result"])).unwrap_or(steps.len());
        let steps = &steps[..end];
        let wrong = steps.iter().enumerate().find_map(|(i, step)| {
            let found = play(shape, &mut object, step, i == 0);
            let expected = (content(&step["result"]), &step["owners"], step.get("conflict"));
            let same = content(&object) == expected.0
                && owners(&object) == *expected.1
                && json!(found) == *expected.2.unwrap_or(&json!([]));
            (!same).then(|| {
                format!(
                    "seed {} step {i}: {step}\n  object {}\n  owners {}\n  conflicts {found:?}",
                    record["seed"],
                    content(&object),
                    owners(&object)
                )
            })
        });
        match wrong {
            None => passed += 1,
            Some(text) => failed.push(text),
        }
    }
    let total = passed + failed.len();
    assert!(failed.is_empty(), "{passed} of {total}; first:\n{}", failed[0]);
}
