//! A manifest on its way to the cluster: the hash label and the annotation with the last manifest.
//!
//! Invariant: what is written here is what another controller finds when it takes over, so that it
//! neither rewrites nor forgets a field.

use mizzen_oam::{annotations, gojson, hash, labels};
use serde_json::{Map, Value};

/// The manifest with the hash of itself in its labels.
#[must_use]
pub fn with_render_hash(mut object: Value) -> Value {
    let text = hash::rendered_object(&object);
    metadata(&mut object, "labels").insert(labels::RENDER_HASH.to_owned(), text.into());
    object
}

/// Whether the last manifest is kept in an annotation: not for Secrets and ConfigMaps, and not where
/// the manifest asks for none.
#[must_use]
pub fn keeps_last_applied(object: &Value) -> bool {
    let kind = object["kind"].as_str().unwrap_or_default();
    let core = object["apiVersion"].as_str().is_some_and(|version| !version.contains('/'));
    let bare = core && matches!(kind, "Secret" | "ConfigMap" | "CustomResourceDefinition");
    let wish = object["metadata"]["annotations"][annotations::LAST_APPLIED].as_str();
    !bare && !matches!(wish, Some("-" | "skip"))
}

/// The manifest with its own text in the annotation.
#[must_use]
pub fn with_last_applied(object: &Value) -> Value {
    let mut bare = object.clone();
    remove_annotation(&mut bare, annotations::LAST_APPLIED);
    let text = gojson::to_string(&bare);
    metadata(&mut bare, "annotations").insert(annotations::LAST_APPLIED.to_owned(), text.into());
    bare
}

/// The last manifest that was applied to a live object, if it says so.
#[must_use]
pub fn last_applied(live: &Value) -> Option<Value> {
    let annotation = |key: &str| live["metadata"]["annotations"][key].as_str();
    let text = match annotation(annotations::LAST_APPLIED) {
        Some("-" | "skip") => return None,
        Some(text) => text,
        None => annotation(annotations::KUBECTL_LAST_APPLIED)?,
    };
    serde_json::from_str(text).ok()
}

/// Sets an annotation.
pub fn annotate(object: &mut Value, key: &str, value: &str) {
    metadata(object, "annotations").insert(key.to_owned(), value.into());
}

/// Removes an annotation, and the map with it when that was the last.
pub fn remove_annotation(object: &mut Value, key: &str) {
    let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else { return };
    if let Some(Value::Object(map)) = metadata.get_mut("annotations") {
        map.shift_remove(key);
        if map.is_empty() {
            metadata.shift_remove("annotations");
        }
    }
}

/// `namespace/name` of the application that owns an object; empty when none does.
#[must_use]
pub fn owner(live: &Value) -> String {
    let label = |key: &str| live["metadata"]["labels"][key].as_str().unwrap_or_default();
    match (label(labels::APP_NAMESPACE), label(labels::APP_NAME)) {
        ("", _) | (_, "") => String::new(),
        (namespace, name) => format!("{namespace}/{name}"),
    }
}

/// Those that share an object, owner first.
#[must_use]
pub fn sharers(live: &Value) -> Vec<&str> {
    let text = live["metadata"]["annotations"][annotations::SHARED_BY].as_str().unwrap_or_default();
    text.split(',').filter(|sharer| !sharer.is_empty()).collect()
}

/// Whether the application `owner` counts the object as its own.
#[must_use]
pub fn is_managed_by(live: &Value, application: &str) -> bool {
    owner(live) == application || sharers(live).contains(&application)
}

fn metadata<'a>(object: &'a mut Value, key: &str) -> &'a mut Map<String, Value> {
    let whole = as_map(object);
    let metadata = as_map(whole.entry("metadata").or_insert(Value::Null));
    as_map(metadata.entry(key.to_owned()).or_insert(Value::Null))
}

fn as_map(value: &mut Value) -> &mut Map<String, Value> {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    value.as_object_mut().expect("the value was made an object just above")
}
