//! Pruning: fields that a schema does not specify are dropped, and named.

use serde_json::Value;

use super::structural::Structural;

/// The fields of every object, specified or not.
const OBJECT_FIELDS: [&str; 3] = ["apiVersion", "kind", "metadata"];

/// Drops what a custom resource's schema does not specify; the paths of what was dropped.
pub(crate) fn prune(object: &mut Value, schema: &Structural) -> Vec<String> {
    let mut dropped = Vec::new();
    visit(object, schema, true, "", &mut dropped);
    dropped
}

fn visit(
    value: &mut Value,
    schema: &Structural,
    is_object: bool,
    path: &str,
    out: &mut Vec<String>,
) {
    match value {
        Value::Array(list) => {
            let Some(items) = &schema.items else { return };
            for (i, item) in list.iter_mut().enumerate() {
                visit(item, items, items.embedded, &format!("{path}[{i}]"), out);
            }
        }
        Value::Object(map) => {
            let keys: Vec<String> = map.keys().cloned().collect();
            for key in keys {
                let below = join(path, &key);
                if is_object && OBJECT_FIELDS.contains(&key.as_str()) {
                    continue;
                }
                match (schema.field(&key), map.get_mut(&key)) {
                    (Some(field), Some(child)) => {
                        visit(child, field, field.embedded, &below, out);
                    }
                    (None, _) if schema.allows(&key) => {}
                    _ => {
                        map.shift_remove(&key);
                        out.push(below);
                    }
                }
            }
        }
        _ => {}
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(schema: Value, mut object: Value, expected: Value, dropped: &[&str]) {
        let found = prune(&mut object, &Structural::parse(&schema));
        assert_eq!(object, expected);
        assert_eq!(found, dropped);
    }

    #[test]
    fn unspecified_fields_go() {
        let schema = json!({"type": "object", "properties": {
            "spec": {"type": "object", "properties": {
                "a": {"type": "string"},
                "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true,
                    "properties": {"known": {"type": "object"}}},
                "map": {"type": "object", "additionalProperties": {"type": "object",
                    "properties": {"x": {"type": "integer"}}}},
                "list": {"type": "array", "items": {"type": "object", "properties": {}}},
                "res": {"type": "object", "x-kubernetes-embedded-resource": true}}}}});
        check(
            schema,
            json!({"kind": "K", "apiVersion": "g/v1", "metadata": {"name": "n"}, "extra": 1,
                "spec": {"a": "1", "b": 2, "free": {"z": 1, "known": {"no": 1}},
                    "map": {"k": {"x": 1, "y": 2}}, "list": [{"q": 1}],
                    "res": {"kind": "X", "spec": {}}}}),
            json!({"kind": "K", "apiVersion": "g/v1", "metadata": {"name": "n"},
                "spec": {"a": "1", "free": {"z": 1, "known": {}}, "map": {"k": {"x": 1}},
                    "list": [{}], "res": {"kind": "X"}}}),
            &[
                "extra",
                "spec.b",
                "spec.free.known.no",
                "spec.map.k.y",
                "spec.list[0].q",
                "spec.res.spec",
            ],
        );
    }
}
