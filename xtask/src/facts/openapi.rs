//! What the OpenAPI documents say of a type: its fields' types, list and map kinds, patch strategies.
//!
//! It knows nothing of Go; the order of fields comes from the declarations.

use std::collections::BTreeMap;

use serde_json::Value;

use super::gosrc::GoField;

/// Adds a document's component schemas to the pool.
pub(super) fn collect(document: &Value, pool: &mut BTreeMap<String, Value>) {
    for (name, schema) in document["components"]["schemas"].as_object().into_iter().flatten() {
        pool.entry(name.clone()).or_insert_with(|| schema.clone());
    }
}

/// The schema name of a kind.
pub(super) fn type_of_kind(
    pool: &BTreeMap<String, Value>,
    group: &str,
    version: &str,
    kind: &str,
) -> Option<String> {
    pool.iter()
        .filter(|(name, _)| name.rsplit('.').next() == Some(kind))
        .find(|(_, schema)| {
            schema["x-kubernetes-group-version-kind"].as_array().into_iter().flatten().any(|gvk| {
                gvk["group"] == group && gvk["version"] == version && gvk["kind"] == kind
            })
        })
        .map(|(name, _)| name.clone())
}

/// `apps.v1.Deployment` for `io.k8s.api.apps.v1.Deployment`.
pub(super) fn short(name: &str) -> String {
    let parts: Vec<&str> = name.rsplitn(4, '.').collect();
    format!("{}.{}.{}", parts[2], parts[1], parts[0])
}

/// Types with their own JSON form, written as one word.
pub(super) fn special(name: &str) -> Option<&'static str> {
    Some(match name.rsplit('.').next()? {
        "Time" => "time",
        "MicroTime" => "microtime",
        "Quantity" => "quantity",
        "IntOrString" => "intstr",
        "RawExtension" => "raw",
        "FieldsV1" => "fields",
        "JSON" => "json",
        "JSONSchemaPropsOrArray" => "props-or-array",
        "JSONSchemaPropsOrBool" => "props-or-bool",
        "JSONSchemaPropsOrStringArray" => "props-or-strings",
        _ => return None,
    })
}

fn reference(schema: &Value) -> Option<&str> {
    let target = schema["$ref"].as_str().or_else(|| schema["allOf"][0]["$ref"].as_str())?;
    target.rsplit('/').next()
}

/// Pushes every type that a schema names.
pub(super) fn references(schema: &Value, out: &mut Vec<String>) {
    match schema {
        Value::Object(map) => {
            if let Some(name) = reference(schema) {
                out.push(name.to_owned());
            }
            map.values().for_each(|value| references(value, out));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, out)),
        _ => {}
    }
}

/// A field's type: a word, `@Type`, `[]type` or `{}type`.
fn type_text(schema: &Value) -> String {
    if let Some(name) = reference(schema) {
        return special(name).map_or_else(|| format!("@{}", short(name)), str::to_owned);
    }
    let format = schema["format"].as_str().unwrap_or_default();
    match schema["type"].as_str().unwrap_or_default() {
        "array" => format!("[]{}", type_text(&schema["items"])),
        "object" => format!("{{}}{}", type_text(&schema["additionalProperties"])),
        "string" if format == "byte" => "bytes".to_owned(),
        "string" => "string".to_owned(),
        "boolean" => "bool".to_owned(),
        "integer" if format == "int32" => "int32".to_owned(),
        "integer" => "int64".to_owned(),
        "number" => "double".to_owned(),
        _ => "json".to_owned(),
    }
}

/// One field's row: name, type, flags and what differs from the ordinary.
pub(super) fn field_row(field: &GoField, schema: &Value, required: bool) -> String {
    let mut flags = String::new();
    for (letter, set) in
        [('p', field.pointer), ('o', field.omit_empty), ('z', field.omit_zero), ('r', required)]
    {
        if set {
            flags.push(letter);
        }
    }
    let flags = if flags.is_empty() { "-" } else { &flags };
    let mut row = format!(" {} {} {flags}", field.json, type_text(schema));
    if let Some(number) = &field.number {
        row.push_str(&format!(" #{number}"));
    }
    let keys: Vec<&str> = schema["x-kubernetes-list-map-keys"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    for (word, value) in [
        ("list", schema["x-kubernetes-list-type"].as_str().map(str::to_owned)),
        ("keys", (!keys.is_empty()).then(|| keys.join(","))),
        ("map", schema["x-kubernetes-map-type"].as_str().map(str::to_owned)),
        ("patch", schema["x-kubernetes-patch-strategy"].as_str().map(str::to_owned)),
        ("merge", schema["x-kubernetes-patch-merge-key"].as_str().map(str::to_owned)),
        ("default", plain_default(&schema["default"])),
        ("enum", (!field.values.is_empty()).then(|| field.values.join("|"))),
    ] {
        if let Some(value) = value {
            row.push_str(&format!(" {word}={value}"));
        }
    }
    row.push('\n');
    row
}

/// A default that says more than "the zero value", without spaces.
fn plain_default(default: &Value) -> Option<String> {
    match default {
        Value::String(text) if !text.is_empty() => Some(default.to_string()),
        Value::Number(number) if number.as_i64() != Some(0) => Some(default.to_string()),
        Value::Bool(true) => Some("true".to_owned()),
        _ => None,
    }
}
