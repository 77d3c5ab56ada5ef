//! Small readers and writers of paths inside JSON objects, so that handlers stay short.
//!
//! They never panic and never create what a caller only wanted to read.

use serde_json::{Map, Value};

/// A JSON object.
pub(crate) type Object = Map<String, Value>;

/// The value at a path of object keys.
pub(crate) fn at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(value, |v, key| v.get(*key))
}

/// The string at a path, or `""`.
pub(crate) fn text<'a>(value: &'a Value, path: &[&str]) -> &'a str {
    at(value, path).and_then(Value::as_str).unwrap_or_default()
}

/// The integer at a path.
pub(crate) fn int(value: &Value, path: &[&str]) -> Option<i64> {
    at(value, path).and_then(Value::as_i64)
}

/// The elements of the list at a path; none when it is absent or not a list.
pub(crate) fn items<'a>(value: &'a Value, path: &[&str]) -> &'a [Value] {
    at(value, path).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The metadata field `name` as a string, or `""`.
pub(crate) fn meta<'a>(value: &'a Value, name: &str) -> &'a str {
    text(value, &["metadata", name])
}

/// The object under `key`, created when absent or of another type.
pub(crate) fn object_mut<'a>(value: &'a mut Value, key: &str) -> &'a mut Object {
    child_mut(as_object(value), key)
}

/// The object under `key` of an object, created when absent or of another type.
pub(crate) fn child_mut<'a>(object: &'a mut Object, key: &str) -> &'a mut Object {
    as_object(object.entry(key).or_insert(Value::Null))
}

/// The list under `key`, created when absent or of another type.
pub(crate) fn list_mut<'a>(object: &'a mut Object, key: &str) -> &'a mut Vec<Value> {
    let slot = object.entry(key).or_insert(Value::Null);
    if !slot.is_array() {
        *slot = Value::Array(Vec::new());
    }
    match slot {
        Value::Array(list) => list,
        _ => unreachable!("made a list above"),
    }
}

/// The value itself as an object, made one when it is of another type.
pub(crate) fn as_object(value: &mut Value) -> &mut Object {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    match value {
        Value::Object(map) => map,
        _ => unreachable!("made an object above"),
    }
}

/// Sets `metadata.<name>`, creating metadata when absent.
pub(crate) fn set_meta(value: &mut Value, name: &str, new: impl Into<Value>) {
    object_mut(value, "metadata").insert(name.to_owned(), new.into());
}

/// Removes `metadata.<name>`.
pub(crate) fn remove_meta(value: &mut Value, name: &str) -> Option<Value> {
    value.get_mut("metadata")?.as_object_mut()?.shift_remove(name)
}

/// The resourceVersion of a stored object.
pub(crate) fn revision(value: &Value) -> u64 {
    meta(value, "resourceVersion").parse().unwrap_or(0)
}
