//! Who wrote the fields that drifted, by the managed fields of the live object.
//!
//! A server gives a field to whoever changed it last, so the owner of a drifted field is its editor.
//! A field that somebody removed has no owner: nobody is named then, rather than the wrong one.

use serde_json::{Map, Value};

use super::diff::{Change, Diff};
use super::reason::Editor;

/// The field manager that the engine itself writes as.
const OURS: &str = "kubevela";

/// The editors of what a diff undoes, in the order in which the object names them.
#[must_use]
pub fn editors(live: &Value, diff: &Diff) -> Vec<Editor> {
    let entries = live["metadata"]["managedFields"].as_array().into_iter().flatten();
    // Whoever scales writes through a subresource; controllers write through `status`.
    let by_hand =
        |entry: &&Value| entry["subresource"].is_null() || entry["subresource"] == "scale";
    let theirs = entries.filter(|entry| entry["manager"] != OURS).filter(by_hand);
    theirs.filter_map(|entry| editor(entry, live, diff)).collect()
}

/// Everybody who owns a field of a live object, the engine and the servers included.
#[must_use]
pub fn writers(live: &Value, path: &str) -> Vec<Editor> {
    let change = Change { path: path.to_owned(), before: Some(Value::Bool(true)), after: None };
    let field = Diff { changes: vec![change] };
    let entries = live["metadata"]["managedFields"].as_array().into_iter().flatten();
    entries.filter_map(|entry| editor(entry, live, &field)).collect()
}

fn editor(entry: &Value, live: &Value, diff: &Diff) -> Option<Editor> {
    let fields = entry["fieldsV1"].as_object()?;
    let owned = |change: &&Change| {
        change.before.is_some() && owns(fields, live, &tokens(&change.path)).is_some()
    };
    let fields: Vec<String> =
        diff.changes.iter().filter(owned).map(|change| change.path.clone()).collect();
    let text = |key: &str| entry[key].as_str().unwrap_or_default().to_owned();
    (!fields.is_empty()).then(|| Editor {
        manager: text("manager"),
        operation: text("operation"),
        time: text("time"),
        fields,
    })
}

/// A part of a path.
#[derive(Debug, PartialEq)]
enum Token<'a> {
    Key(&'a str),
    Index(usize),
}

/// The parts of a path as [`super::diff::join_key`] makes it.
fn tokens(path: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        let (token, after) = next(rest);
        found.push(token);
        rest = after.strip_prefix('.').unwrap_or(after);
    }
    found
}

fn next(path: &str) -> (Token<'_>, &str) {
    if let Some(quoted) = path.strip_prefix("[\"")
        && let Some((key, rest)) = quoted.split_once("\"]")
    {
        return (Token::Key(key), rest);
    }
    if let Some(inner) = path.strip_prefix('[')
        && let Some((index, rest)) = inner.split_once(']')
        && let Ok(index) = index.parse()
    {
        return (Token::Index(index), rest);
    }
    let first = path.chars().next().map_or(0, char::len_utf8);
    let end = path[first..].find(['.', '[']).map_or(path.len(), |end| first + end);
    (Token::Key(&path[..end]), &path[end..])
}

/// Whether a set of fields holds a place, something in it, or something that holds it whole.
fn owns(fields: &Map<String, Value>, live: &Value, path: &[Token<'_>]) -> Option<()> {
    let Some((token, rest)) = path.split_first() else { return Some(()) };
    if fields.keys().all(|key| key == ".") {
        return Some(());
    }
    match token {
        Token::Key(key) => owns(fields.get(&format!("f:{key}"))?.as_object()?, &live[*key], rest),
        Token::Index(index) => {
            let entry = live.get(index)?;
            let (_, inner) = fields.iter().find(|(key, _)| is_entry(key, *index, entry))?;
            owns(inner.as_object()?, entry, rest)
        }
    }
}

/// Whether a key of a set of fields names an entry of a list: by its keys, its value or its index.
fn is_entry(key: &str, index: usize, entry: &Value) -> bool {
    let Some((kind, text)) = key.split_once(':') else { return false };
    match (kind, serde_json::from_str::<Value>(text)) {
        ("k", Ok(Value::Object(keys))) => keys.iter().all(|(key, value)| entry[key] == *value),
        ("v", Ok(value)) => value == *entry,
        ("i", Ok(value)) => value == index,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_fall_apart() {
        let found = tokens("spec.a[0][\"x.y/z\"].b");
        let expected = [
            Token::Key("spec"),
            Token::Key("a"),
            Token::Index(0),
            Token::Key("x.y/z"),
            Token::Key("b"),
        ];
        assert_eq!(found, expected);
    }

    fn live() -> Value {
        json!({
            "metadata": {"labels": {"a/b": "1"}, "managedFields": [
                {"manager": "kubevela", "operation": "Update",
                    "fieldsV1": {"f:spec": {"f:paused": {}}}},
                {"manager": "kubectl-edit", "operation": "Update", "time": "2024-01-01T00:00:00Z",
                    "fieldsV1": {"f:metadata": {"f:labels": {"f:a/b": {}}}, "f:spec": {"f:list": {
                        "k:{\"name\":\"y\"}": {".": {}, "f:image": {}}}}}},
                {"manager": "hpa", "operation": "Apply",
                    "fieldsV1": {"f:spec": {"f:replicas": {}, "f:whole": {}}}},
                {"manager": "kubelet", "operation": "Update", "subresource": "status",
                    "fieldsV1": {"f:spec": {"f:replicas": {}}}},
            ]},
            "spec": {"paused": true, "replicas": 3, "whole": {"deep": 1},
                "list": [{"name": "x", "image": "1"}, {"name": "y", "image": "2"}]},
        })
    }

    fn check(path: &str, expected: &[&str]) {
        let change = Change { path: path.to_owned(), before: Some(json!(1)), after: None };
        let found = editors(&live(), &Diff { changes: vec![change] });
        let names: Vec<&str> = found.iter().map(|editor| editor.manager.as_str()).collect();
        assert_eq!(names, expected, "{path}");
    }

    #[test]
    fn the_owner_of_a_field_is_its_editor() {
        check("spec.replicas", &["hpa"]);
        check("spec.whole.deep", &["hpa"]);
        check("spec.list[1].image", &["kubectl-edit"]);
        check("spec.list[0].image", &[]);
        check("metadata.labels[\"a/b\"]", &["kubectl-edit"]);
        check("spec.paused", &[]);
        check("spec.unknown", &[]);
        check("spec", &["kubectl-edit", "hpa"]);
    }

    #[test]
    fn nobody_owns_what_is_gone() {
        let change =
            Change { path: "spec.replicas".to_owned(), before: None, after: Some(json!(1)) };
        assert!(editors(&live(), &Diff { changes: vec![change] }).is_empty());
    }
}
