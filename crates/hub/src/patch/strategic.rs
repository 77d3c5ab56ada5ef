//! Strategic merge patch: maps merge, lists merge by the key of their field or are replaced, and
//! directives (`$patch`, `$retainKeys`, `$setElementOrder/…`, `$deleteFromPrimitiveList/…`) say
//! otherwise.
//!
//! The meaning is that of `apimachinery/pkg/util/strategicpatch`. Directives never survive.

use serde_json::{Map, Value};

use crate::apply::Shape;
use crate::go_json;
use crate::status::Status;

const PATCH: &str = "$patch";
const RETAIN: &str = "$retainKeys";
const ORDER: &str = "$setElementOrder/";
const DELETE: &str = "$deleteFromPrimitiveList/";

/// The patched state of an object.
pub(crate) fn patch(object: &Value, patch: &Value, shape: Shape<'_>) -> Result<Value, Status> {
    let live = object.as_object().cloned().unwrap_or_default();
    let patch = patch.as_object().cloned().unwrap_or_default();
    merge_maps(live, patch, shape).map(Value::Object)
}

/// 500 for a patch that a real server takes for a fault of its own.
fn failed(why: impl Into<String>) -> Status {
    Status::failure(500, "", why)
}

/// How the list under a field merges.
enum ListRule<'a> {
    Replace,
    /// Scalars, without duplicates.
    Union,
    /// Objects by a key.
    Key(&'a str),
}

fn list_rule<'a>(shape: Shape<'a>) -> ListRule<'a> {
    let Shape::Builtin(node) = shape else { return ListRule::Replace };
    match (node.patch_merge(), node.merge_key()) {
        (false, _) => ListRule::Replace,
        (true, None) => ListRule::Union,
        (true, Some(key)) => ListRule::Key(key),
    }
}

fn is_opaque(shape: Shape<'_>) -> bool {
    matches!(shape, Shape::Builtin(node) if node.is_untyped())
}

type Object = Map<String, Value>;

fn merge_maps(mut live: Object, mut patch: Object, shape: Shape<'_>) -> Result<Object, Status> {
    if let Some(directive) = patch.get(PATCH).cloned() {
        return match directive.as_str().unwrap_or_default() {
            "replace" => Ok(cleaned(patch)),
            "delete" => Ok(Object::new()),
            other => {
                let map = go_json::text(&Value::Object(patch.clone()));
                Err(failed(format!("unknown patch type: {other} in map: {map}")))
            }
        };
    }
    retain(&mut live, &mut patch)?;
    let (orders, deletions) = (extract(&mut patch, ORDER), extract(&mut patch, DELETE));
    for (field, doomed) in &deletions {
        if let Some(Value::Array(list)) = live.get_mut(field) {
            list.retain(|item| !doomed.contains(item));
        }
    }
    let mut unordered: Vec<(String, Vec<Value>)> = orders.clone();
    for (key, change) in patch {
        let order =
            orders.iter().find(|(field, _)| *field == key).map(|(_, order)| order.as_slice());
        unordered.retain(|(field, _)| *field != key);
        let field = shape.field(&key);
        let merged = match (live.get(&key), change) {
            (_, Value::Null) => {
                live.shift_remove(&key);
                continue;
            }
            (Some(Value::Object(old)), Value::Object(new)) if !is_opaque(field) => {
                Value::Object(merge_maps(old.clone(), new, field)?)
            }
            (Some(Value::Array(old)), Value::Array(new)) => {
                Value::Array(merge_lists(old.clone(), new, order, field)?)
            }
            (None | Some(Value::Null), Value::Array(mut new)) => {
                new.retain(|item| item.get(PATCH).is_none());
                Value::Array(merge_lists(Vec::new(), new, order, field)?)
            }
            (_, Value::Object(new)) if new.contains_key(PATCH) => continue,
            (_, Value::Object(new)) if !is_opaque(field) => {
                Value::Object(merge_maps(Object::new(), new, field)?)
            }
            (_, other) => other,
        };
        live.insert(key, merged);
    }
    for (field, order) in unordered {
        if let Some(Value::Array(list)) = live.get_mut(&field) {
            let rule = list_rule(shape.field(&field));
            *list = ordered(std::mem::take(list), &order, &rule, &[]);
        }
    }
    Ok(live)
}

/// `$retainKeys`: keys of the live object that are not listed go; keys of the patch must be listed.
fn retain(live: &mut Object, patch: &mut Object) -> Result<(), Status> {
    let Some(keys) = patch.shift_remove(RETAIN) else { return Ok(()) };
    let Some(keys) = keys.as_array() else { return Err(Status::rejected()) };
    let listed = |key: &str| keys.iter().any(|k| k == key);
    if patch.iter().any(|(key, value)| !value.is_null() && !key.starts_with('$') && !listed(key)) {
        return Err(Status::rejected());
    }
    live.retain(|key, _| listed(key));
    Ok(())
}

/// Takes the directives of a prefix out of a patch: the field each is about, and its list.
fn extract(patch: &mut Object, prefix: &str) -> Vec<(String, Vec<Value>)> {
    let keys: Vec<String> = patch.keys().filter(|k| k.starts_with(prefix)).cloned().collect();
    keys.into_iter()
        .filter_map(|key| {
            let list = patch.shift_remove(&key)?;
            Some((key[prefix.len()..].to_owned(), list.as_array().cloned().unwrap_or_default()))
        })
        .collect()
}

/// Merges a list and orders it: as the directive says, otherwise as the patch does.
fn merge_lists(
    live: Vec<Value>,
    patch: Vec<Value>,
    order: Option<&[Value]>,
    shape: Shape<'_>,
) -> Result<Vec<Value>, Status> {
    let rule = list_rule(shape);
    if let Some(order) = order {
        check_order(&patch, order, &rule)?;
    }
    let merged = match &rule {
        ListRule::Replace => return Ok(patch.into_iter().map(clean).collect()),
        ListRule::Union => union(&live, &patch)?,
        ListRule::Key(_) if patch.iter().any(|item| directs(item, "merge")) => {
            return Err(failed("merging lists cannot yet be specified in the patch"));
        }
        ListRule::Key(_) if patch.iter().any(replaces) => {
            return Ok(patch.into_iter().filter(|i| i.get(PATCH).is_none()).map(clean).collect());
        }
        ListRule::Key(key) => merge_keyed(live.clone(), patch.clone(), key, shape)?,
    };
    let places = places_after(&live, &merged);
    let merged = ordered(merged, &patch, &rule, &live);
    Ok(match order {
        Some(order) => ordered(merged, order, &rule, &places),
        None => merged,
    })
}

/// The items of a patch must come in the order that its directive demands.
fn check_order(patch: &[Value], order: &[Value], rule: &ListRule<'_>) -> Result<(), Status> {
    let kept: Vec<&Value> = patch.iter().filter(|item| !directs(item, "delete")).collect();
    let (mut at, mut wanted) = (0, 0);
    while at < kept.len() && wanted < order.len() {
        let matches = identity(kept[at], rule) == identity(&order[wanted], rule);
        let special = kept[at].get(PATCH).is_some();
        at += usize::from(special || matches);
        wanted += usize::from(!special);
    }
    if at == kept.len() || wanted < order.len() {
        return Ok(());
    }
    Err(failed(format!(
        "The order in patch list:\n{}\n doesn't match $setElementOrder list:\n{}\n",
        go_json::text(&Value::Array(patch.to_vec())),
        go_json::text(&Value::Array(order.to_vec()))
    )))
}

/// What tells an item of a list from the others.
fn identity(item: &Value, rule: &ListRule<'_>) -> Value {
    match rule {
        ListRule::Key(key) => item.get(*key).cloned().unwrap_or_default(),
        ListRule::Union | ListRule::Replace => item.clone(),
    }
}

/// The places that a directive's order is woven into: those of the live list, where additions have
/// taken the room that deletions left. Upstream edits the list in place, and this is what it sees.
fn places_after(live: &[Value], merged: &[Value]) -> Vec<Value> {
    let room = live.len().min(merged.len());
    merged[..room].to_vec()
}

fn union(live: &[Value], patch: &[Value]) -> Result<Vec<Value>, Status> {
    let mut out = live.to_vec();
    for item in patch {
        if item.is_array() {
            return Err(Status::rejected());
        }
        if !out.contains(item) {
            out.push(item.clone());
        }
    }
    Ok(out)
}

/// An element that makes the others of its patch the whole list.
fn replaces(item: &Value) -> bool {
    directs(item, "replace")
}

fn directs(item: &Value, directive: &str) -> bool {
    item.get(PATCH).is_some_and(|p| p == directive)
}

fn merge_keyed(
    live: Vec<Value>,
    patch: Vec<Value>,
    key: &str,
    shape: Shape<'_>,
) -> Result<Vec<Value>, Status> {
    let mut out = live;
    for item in patch {
        let Value::Object(change) = item else {
            return Err(failed(format!("expected a list of maps with the merge key {key}")));
        };
        let Some(id) = change.get(key).cloned() else {
            return Err(failed(format!(
                "map: {} does not contain declared merge key: {key}",
                go_json::text(&Value::Object(change))
            )));
        };
        let position = out.iter().position(|o| o.get(key) == Some(&id));
        let directive = change.get(PATCH).and_then(Value::as_str).unwrap_or_default().to_owned();
        match (directive.as_str(), position) {
            ("delete", _) => out.retain(|o| o.get(key) != Some(&id)),
            (_, Some(at)) => {
                let old = out[at].as_object().cloned().unwrap_or_default();
                out[at] = Value::Object(merge_maps(old, change, shape.item())?);
            }
            (_, None) => {
                out.push(Value::Object(merge_maps(Object::new(), change, shape.item())?));
            }
        }
    }
    Ok(out)
}

/// Orders a merged list: what the order names comes in that order, items that only the live list
/// has keep their place relative to their live neighbours.
fn ordered(list: Vec<Value>, order: &[Value], rule: &ListRule<'_>, live: &[Value]) -> Vec<Value> {
    let id = |item: &Value| identity(item, rule);
    let order: Vec<Value> = order.iter().map(&id).collect();
    let live_order: Vec<Value> = if live.is_empty() {
        list.iter().map(&id).collect()
    } else {
        live.iter().map(&id).collect()
    };
    let place = |item: &Value| live_order.iter().position(|l| *l == id(item));
    let (mut named, rest): (Vec<Value>, Vec<Value>) =
        list.into_iter().partition(|item| order.contains(&id(item)));
    named.sort_by_key(|item| order.iter().position(|o| *o == id(item)));
    let mut out = Vec::new();
    let mut rest = rest.into_iter().peekable();
    for item in named {
        let here = place(&item);
        while let Some(other) = rest.peek() {
            if here.is_none() || place(other) >= here {
                break;
            }
            out.extend(rest.next());
        }
        out.push(item);
    }
    out.extend(rest);
    out
}

/// A value without directives and without nulls in maps.
fn clean(value: Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(cleaned(map)),
        Value::Array(list) => Value::Array(list.into_iter().map(clean).collect()),
        other => other,
    }
}

fn cleaned(map: Object) -> Object {
    map.into_iter()
        .filter(|(key, value)| !value.is_null() && !is_directive(key))
        .map(|(key, value)| (key, clean(value)))
        .collect()
}

fn is_directive(key: &str) -> bool {
    key == PATCH || key == RETAIN || key.starts_with(ORDER) || key.starts_with(DELETE)
}

#[cfg(test)]
mod oracle;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Schema;
    use serde_json::json;

    fn run(live: Value, change: Value) -> Result<Value, Status> {
        let schema = Schema::builtin();
        let kind = schema.kind("v1", "Pod").unwrap();
        patch(&live, &change, Shape::Builtin(schema.root(kind)))
    }

    fn check(live: Value, change: Value, expected: Value) {
        assert_eq!(run(live, change.clone()).unwrap(), expected, "{change}");
    }

    fn pod(containers: Value) -> Value {
        json!({"spec": {"containers": containers}})
    }

    #[test]
    fn containers_merge_by_name() {
        let live = pod(json!([{"name": "a", "image": "1", "args": ["x"]}, {"name": "b"}]));
        check(
            live.clone(),
            pod(json!([{"name": "a", "image": "2", "args": ["y"]}, {"name": "c"}])),
            pod(json!([{"name": "a", "image": "2", "args": ["y"]}, {"name": "c"}, {"name": "b"}])),
        );
        check(
            live.clone(),
            pod(json!([{"name": "a", "$patch": "delete"}])),
            pod(json!([{"name": "b"}])),
        );
        check(
            live.clone(),
            pod(json!([{"$patch": "replace"}, {"name": "z"}])),
            pod(json!([{"name": "z"}])),
        );
        check(
            live,
            json!({"spec": {"$setElementOrder/containers": [{"name": "c"}, {"name": "a"}],
                "containers": [{"name": "c"}]}}),
            pod(json!([{"name": "c"}, {"name": "a", "image": "1", "args": ["x"]}, {"name": "b"}])),
        );
    }

    #[test]
    fn primitives_and_directives() {
        let live = json!({"metadata": {"finalizers": ["a", "b"], "labels": {"x": "1"}}});
        check(
            live.clone(),
            json!({"metadata": {"finalizers": ["b", "c"], "labels": {"x": null, "y": "2"}}}),
            json!({"metadata": {"finalizers": ["a", "b", "c"], "labels": {"y": "2"}}}),
        );
        check(
            live.clone(),
            json!({"metadata": {"$deleteFromPrimitiveList/finalizers": ["a"]}}),
            json!({"metadata": {"finalizers": ["b"], "labels": {"x": "1"}}}),
        );
        check(
            live,
            json!({"metadata": {"labels": {"$patch": "replace", "z": "1"}}}),
            json!({"metadata": {"finalizers": ["a", "b"], "labels": {"z": "1"}}}),
        );
    }

    #[test]
    fn retained_keys() {
        let live = json!({"spec": {"volumes": [{"name": "v", "emptyDir": {}}]}});
        check(
            live.clone(),
            json!({"spec": {"volumes": [{"name": "v", "hostPath": {"path": "/"},
                "$retainKeys": ["name", "hostPath"]}]}}),
            json!({"spec": {"volumes": [{"name": "v", "hostPath": {"path": "/"}}]}}),
        );
        let wrong =
            json!({"spec": {"volumes": [{"name": "v", "hostPath": {}, "$retainKeys": ["name"]}]}});
        assert!(run(live, wrong).is_err());
    }

    #[test]
    fn a_missing_key_is_named() {
        let refused = run(pod(json!([])), pod(json!([{"image": "x"}]))).unwrap_err();
        let expected = "map: map[image:x] does not contain declared merge key: name";
        assert_eq!(refused.message, expected);
    }
}
