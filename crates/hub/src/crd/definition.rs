//! The rules for CustomResourceDefinitions themselves: their defaults, and what is wrong with them.

use serde_json::{Value, json};

use crate::dns::is_subdomain;
use crate::json;
use crate::status::Cause;

/// Fills in what a definition may leave out.
pub(crate) fn complete(definition: &mut Value) {
    let kind = json::text(definition, &["spec", "names", "kind"]).to_owned();
    let version = json!(storage_version(definition));
    let stored = json::list_mut(json::object_mut(definition, "status"), "storedVersions");
    if version != "" && !stored.contains(&version) {
        stored.push(version);
    }
    let spec = json::object_mut(definition, "spec");
    spec.entry("conversion").or_insert_with(|| json!({"strategy": "None"}));
    let names = spec.entry("names").or_insert_with(|| json!({}));
    let names = json::as_object(names);
    let absent = |names: &json::Object, key: &str| {
        names.get(key).and_then(Value::as_str).unwrap_or_default().is_empty()
    };
    if absent(names, "singular") {
        names.insert("singular".into(), json!(kind.to_lowercase()));
    }
    if absent(names, "listKind") {
        names.insert("listKind".into(), json!(format!("{kind}List")));
    }
}

/// The version that objects are stored in.
fn storage_version(definition: &Value) -> &str {
    json::items(definition, &["spec", "versions"])
        .iter()
        .find(|v| v.get("storage") == Some(&Value::Bool(true)))
        .map_or("", |v| json::text(v, &["name"]))
}

/// Everything wrong with a definition.
pub(crate) fn validate(definition: &Value) -> Vec<Cause> {
    let mut out = Vec::new();
    let text = |path: &[&str]| json::text(&definition["spec"], path);
    let (group, plural) = (text(&["group"]), text(&["names", "plural"]));
    let name = json::meta(definition, "name");
    let expected = format!("{plural}.{group}");
    if name != expected {
        let why = "must be spec.names.plural+\".\"+spec.group";
        out.push(Cause::invalid("metadata.name", &json!(name), why));
    }
    if group.is_empty() {
        out.push(Cause::required("spec.group", ""));
    } else if !is_subdomain(group) || !group.contains('.') {
        let why = "should be a domain with at least one dot";
        out.push(Cause::invalid("spec.group", &json!(group), why));
    }
    names(definition, &mut out);
    match text(&["scope"]) {
        "" => out.push(Cause::required("spec.scope", "")),
        "Cluster" | "Namespaced" => {}
        other => {
            out.push(Cause::not_supported("spec.scope", &json!(other), &["Cluster", "Namespaced"]))
        }
    }
    if text(&["conversion", "strategy"]) == "Webhook" {
        let path = "spec.conversion.strategy";
        out.push(Cause::forbidden(path, "conversion webhooks are not implemented by this server"));
    }
    versions(definition, &mut out);
    if json::items(definition, &["status", "storedVersions"]).is_empty() {
        let why = "must have at least one stored version";
        out.push(Cause::invalid("status.storedVersions", &Value::Null, why));
    }
    out
}

fn names(definition: &Value, out: &mut Vec<Cause>) {
    for key in ["plural", "singular", "kind", "listKind"] {
        let value = json::text(definition, &["spec", "names", key]);
        let path = format!("spec.names.{key}");
        if value.is_empty() {
            out.push(Cause::required(path, ""));
        } else if !crate::dns::is_label(&value.to_lowercase()) {
            let why = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', \
                       start with an alphabetic character, and end with an alphanumeric character";
            out.push(Cause::invalid(path, &json!(value), why));
        }
    }
    let names = |key: &str| json::text(definition, &["spec", "names", key]);
    if !names("kind").is_empty() && names("kind") == names("listKind") {
        let why = "kind and listKind may not be the same";
        out.push(Cause::invalid("spec.names.listKind", &json!(names("listKind")), why));
    }
}

fn versions(definition: &Value, out: &mut Vec<Cause>) {
    let versions = json::items(definition, &["spec", "versions"]);
    let count = |key: &str| versions.iter().filter(|v| v.get(key) == Some(&json!(true))).count();
    if count("storage") != 1 {
        let list: Vec<Value> = versions.iter().map(internal_version).collect();
        let why = "must have exactly one version marked as storage version";
        out.push(Cause::invalid("spec.versions", &json!(list), why));
    }
    for (i, version) in versions.iter().enumerate() {
        let path = format!("spec.versions[{i}]");
        let name = json::text(version, &["name"]);
        if name.is_empty() {
            out.push(Cause::required(format!("{path}.name"), ""));
        } else if versions[..i].iter().any(|v| json::text(v, &["name"]) == name) {
            out.push(Cause::duplicate(format!("{path}.name"), &json!(name)));
        }
        let path = match versions.len() {
            1 => "spec.validation.openAPIV3Schema".to_owned(),
            _ => format!("{path}.schema.openAPIV3Schema"),
        };
        match json::at(version, &["schema", "openAPIV3Schema"]) {
            Some(schema) if schema.is_object() => root(schema, &path, out),
            _ => {
                let path = format!("spec.versions[{i}].schema.openAPIV3Schema");
                out.push(Cause::required(path, ""));
            }
        }
    }
}

/// A version as messages show it: in the server's own form, with its schema elsewhere.
fn internal_version(version: &Value) -> Value {
    let flag = |key: &str| version.get(key) == Some(&json!(true));
    let given = |key: &str| version.get(key).cloned().unwrap_or_default();
    json!({
        "Name": json::text(version, &["name"]),
        "Served": flag("served"),
        "Storage": flag("storage"),
        "Deprecated": flag("deprecated"),
        "DeprecationWarning": given("deprecationWarning"),
        "Schema": null,
        "Subresources": null,
        "AdditionalPrinterColumns": null,
        "SelectableFields": null,
    })
}

fn root(schema: &Value, path: &str, out: &mut Vec<Cause>) {
    structure(schema, path, "at the root", out);
    match json::text(schema, &["type"]) {
        "object" => {}
        "" => {
            out.push(Cause::required(format!("{path}.type"), "must not be empty at the root"));
        }
        other => {
            let why = "must be object at the root";
            out.push(Cause::invalid(format!("{path}.type"), &json!(other), why));
        }
    }
    metadata(schema, path, out);
}

fn metadata(schema: &Value, path: &str, out: &mut Vec<Cause>) {
    let Some(metadata) = json::at(schema, &["properties", "metadata"]) else { return };
    let only_names = json::at(metadata, &["properties"])
        .and_then(Value::as_object)
        .is_none_or(|p| p.keys().all(|k| k == "name" || k == "generateName"));
    if !only_names {
        let why = "must not specify anything other than name and generateName, but metadata is \
                   implicitly specified";
        out.push(Cause::forbidden(format!("{path}.properties[metadata]"), why));
    }
}

/// The keywords that no schema may have.
const UNSUPPORTED: &[&str] = &[
    "$ref",
    "definitions",
    "dependencies",
    "deprecated",
    "discriminator",
    "id",
    "patternProperties",
    "readOnly",
    "writeOnly",
    "xml",
];

fn structure(schema: &Value, path: &str, role: &str, out: &mut Vec<Cause>) {
    let flag = |key: &str| schema.get(key) == Some(&json!(true));
    for key in UNSUPPORTED.iter().filter(|key| schema.get(**key).is_some()) {
        out.push(Cause::forbidden(format!("{path}.{key}"), &format!("{key} is not supported")));
    }
    let free = flag("x-kubernetes-int-or-string") || flag("x-kubernetes-preserve-unknown-fields");
    if role != "at the root" && json::text(schema, &["type"]).is_empty() && !free {
        let why = format!("must not be empty for specified {role}");
        out.push(Cause::required(format!("{path}.type"), &why));
    }
    if flag("uniqueItems") {
        let why =
            "uniqueItems cannot be set to true since the runtime complexity becomes quadratic";
        out.push(Cause::forbidden(format!("{path}.uniqueItems"), why));
    }
    if flag("x-kubernetes-embedded-resource")
        && schema.get("properties").is_none()
        && !flag("x-kubernetes-preserve-unknown-fields")
    {
        let why = "must not be empty if x-kubernetes-embedded-resource is true without \
                   x-kubernetes-preserve-unknown-fields";
        out.push(Cause::required(format!("{path}.properties"), why));
    }
    if flag("x-kubernetes-embedded-resource") && json::text(schema, &["type"]) != "object" {
        let why = "must be object if x-kubernetes-embedded-resource is true";
        let value = json!(json::text(schema, &["type"]));
        out.push(Cause::invalid(format!("{path}.type"), &value, why));
    }
    if schema.get("properties").is_some() && schema.get("additionalProperties").is_some() {
        let why = "additionalProperties and properties are mutual exclusive";
        out.push(Cause::forbidden(format!("{path}.additionalProperties"), why));
    }
    list(schema, path, out);
    pattern(schema, path, out);
    for (key, child) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        structure(child, &format!("{path}.properties[{key}]"), "object fields", out);
    }
    if let Some(child) = schema.get("additionalProperties").filter(|c| c.is_object()) {
        structure(child, &format!("{path}.additionalProperties"), "object fields", out);
    }
    if let Some(child) = schema.get("items").filter(|c| c.is_object()) {
        structure(child, &format!("{path}.items"), "array items", out);
    }
    if !flag("x-kubernetes-int-or-string") {
        nested(schema, path, out);
    }
}

fn pattern(schema: &Value, path: &str, out: &mut Vec<Cause>) {
    let pattern = json::text(schema, &["pattern"]);
    if let Err(why) = regex::Regex::new(pattern) {
        let why = format!("must be a valid regular expression, but isn't: {why}");
        out.push(Cause::invalid(format!("{path}.pattern"), &json!(pattern), &why));
    }
}

fn list(schema: &Value, path: &str, out: &mut Vec<Cause>) {
    let array = json::text(schema, &["type"]) == "array";
    if array && schema.get("items").is_none() {
        out.push(Cause::required(format!("{path}.items"), "must be specified"));
    }
    let kind = json::text(schema, &["x-kubernetes-list-type"]);
    let path_of = |key: &str| format!("{path}.{key}");
    match kind {
        "" | "atomic" | "set" => {}
        "map" => map_keys(schema, path, out),
        other => out.push(Cause::not_supported(
            path_of("x-kubernetes-list-type"),
            &json!(other),
            &["atomic", "map", "set"],
        )),
    }
    if !kind.is_empty() && !array {
        let why = "must be array if x-kubernetes-list-type is specified";
        let value = json!(json::text(schema, &["type"]));
        out.push(Cause::invalid(path_of("type"), &value, why));
    }
}

fn map_keys(schema: &Value, path: &str, out: &mut Vec<Cause>) {
    let keys = json::items(schema, &["x-kubernetes-list-map-keys"]);
    if keys.is_empty() {
        let why = "must not be empty if x-kubernetes-list-type is map";
        out.push(Cause::required(format!("{path}.x-kubernetes-list-map-keys"), why));
    }
    let required = json::items(schema, &["items", "required"]);
    for key in keys.iter().filter_map(Value::as_str) {
        let field = json::at(schema, &["items", "properties", key]);
        if field.is_none() {
            let why = "entries must all be names of item properties";
            let path = format!("{path}.x-kubernetes-list-map-keys");
            out.push(Cause::invalid(path, &json!(key), why));
        } else if !required.contains(&json!(key))
            && field.is_none_or(|f| f.get("default").is_none())
        {
            let why = "this property is in x-kubernetes-list-map-keys, so it must have a default or \
                       be a required property";
            out.push(Cause::required(format!("{path}.items.properties[{key}].default"), why));
        }
    }
}

/// Keywords that give structure are not allowed below the logical ones.
fn nested(schema: &Value, path: &str, out: &mut Vec<Cause>) {
    for key in ["allOf", "anyOf", "oneOf"] {
        for (i, child) in json::items(schema, &[key]).iter().enumerate() {
            value_only(child, &format!("{path}.{key}[{i}]"), out);
        }
    }
    if let Some(child) = schema.get("not") {
        value_only(child, &format!("{path}.not"), out);
    }
}

fn value_only(schema: &Value, path: &str, out: &mut Vec<Cause>) {
    let keys = [
        "type",
        "default",
        "additionalProperties",
        "nullable",
        "x-kubernetes-preserve-unknown-fields",
        "x-kubernetes-embedded-resource",
        "x-kubernetes-int-or-string",
    ];
    for key in keys.iter().filter(|key| schema.get(**key).is_some()) {
        out.push(Cause::forbidden(format!("{path}.{key}"), "must be empty to be structural"));
    }
    for (key, child) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        value_only(child, &format!("{path}.properties[{key}]"), out);
    }
    if let Some(child) = schema.get("items").filter(|c| c.is_object()) {
        value_only(child, &format!("{path}.items"), out);
    }
    nested(schema, path, out);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn definition(schema: Value) -> Value {
        json!({
            "metadata": {"name": "things.x.io"},
            "spec": {
                "group": "x.io", "scope": "Namespaced",
                "names": {"plural": "things", "singular": "thing", "kind": "Thing", "listKind": "ThingList"},
                "versions": [{"name": "v1", "served": true, "storage": true,
                    "schema": {"openAPIV3Schema": schema}}],
            },
            "status": {"storedVersions": ["v1"]},
        })
    }

    fn check(schema: Value, expected: &[&str]) {
        let found: Vec<String> = validate(&definition(schema))
            .iter()
            .map(|c| {
                let field = c.field.trim_start_matches("spec.validation.openAPIV3Schema");
                format!("{field}: {}", c.message)
            })
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn structural_rules() {
        check(json!({"type": "object"}), &[]);
        check(json!({}), &[".type: Required value: must not be empty at the root"]);
        check(
            json!({"type": "object", "properties": {"a": {}}}),
            &[".properties[a].type: Required value: must not be empty for specified object fields"],
        );
        check(
            json!({"type": "object", "properties": {"a": {"x-kubernetes-int-or-string": true}}}),
            &[],
        );
        check(
            json!({"type": "object", "anyOf": [{"type": "object"}]}),
            &[".anyOf[0].type: Forbidden: must be empty to be structural"],
        );
        check(
            json!({"type": "object", "properties": {"a": {"type": "array"}}}),
            &[".properties[a].items: Required value: must be specified"],
        );
        check(
            json!({"type": "object", "properties": {"a": {"type": "string", "$ref": "x"}}}),
            &[".properties[a].$ref: Forbidden: $ref is not supported"],
        );
    }

    #[test]
    fn names_and_versions() {
        let mut other = definition(json!({"type": "object"}));
        other["metadata"]["name"] = json!("x");
        other["spec"]["versions"][0]["storage"] = json!(false);
        other["status"] = json!({});
        let fields: Vec<String> = validate(&other).into_iter().map(|c| c.field).collect();
        assert_eq!(fields, ["metadata.name", "spec.versions", "status.storedVersions"]);
    }
}
