//! Defaulting of custom resources, on the way in and on the way out.

use serde_json::Value;

use super::structural::Structural;

/// Fills in defaults. A null where null is not allowed is as good as absent.
pub(crate) fn apply(value: &mut Value, schema: &Structural) {
    match value {
        Value::Object(map) => {
            map.retain(|key, child| {
                let Some(field) = schema.field(key) else { return true };
                apply(child, field);
                !child.is_null() || field.nullable
            });
            for (key, field) in &schema.properties {
                let Some(default) = &field.default else { continue };
                if !map.contains_key(key) {
                    let mut value = default.clone();
                    apply(&mut value, field);
                    map.insert(key.clone(), value);
                }
            }
        }
        Value::Array(list) => {
            if let Some(items) = &schema.items {
                list.iter_mut().for_each(|item| apply(item, items));
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn defaults_fill_what_is_absent() {
        let schema = Structural::parse(&json!({"type": "object", "properties": {
            "a": {"type": "integer", "default": 1},
            "n": {"type": "string", "nullable": true, "default": "x"},
            "deep": {"type": "object", "default": {}, "properties": {
                "b": {"type": "string", "default": "y"}}},
            "none": {"type": "object", "properties": {"c": {"type": "string", "default": "z"}}},
            "list": {"type": "array", "items": {"type": "object", "properties": {
                "p": {"type": "string", "default": "TCP"}}}}}}));
        let mut value = json!({"a": null, "n": null, "list": [{}]});
        apply(&mut value, &schema);
        let expected = json!({"a": 1, "n": null, "deep": {"b": "y"}, "list": [{"p": "TCP"}]});
        assert_eq!(value, expected);
    }
}
