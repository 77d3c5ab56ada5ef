//! Three-way JSON merge patches, for kinds without merge keys.
//!
//! Invariant: a field that we never set is never removed; one that we set and no longer want is.

use serde_json::{Map, Value};

/// The patch that turns `current` into what is wanted: every difference of `modified`, and `null` for
/// what `original` had, `modified` has not and `current` still has. An empty object when nothing is to
/// be done.
#[must_use]
pub fn three_way(original: Option<&Value>, modified: &Value, current: &Value) -> Value {
    let empty = Value::Object(Map::new());
    Value::Object(walk(original.unwrap_or(&empty), modified, current))
}

fn walk(original: &Value, modified: &Value, current: &Value) -> Map<String, Value> {
    let empty = Map::new();
    let object = |value: &Value| value.as_object().cloned().unwrap_or_else(|| empty.clone());
    let (original, modified, current) = (object(original), object(modified), object(current));
    let mut patch = Map::new();
    for (key, wanted) in &modified {
        match current.get(key) {
            Some(live) if live.is_object() && wanted.is_object() => {
                let inner = walk(original.get(key).unwrap_or(&Value::Null), wanted, live);
                if !inner.is_empty() {
                    patch.insert(key.clone(), inner.into());
                }
            }
            Some(live) if same(live, wanted) => {}
            None if wanted.is_null() => {}
            _ => drop(patch.insert(key.clone(), wanted.clone())),
        }
    }
    for key in original.keys().filter(|key| !modified.contains_key(*key)) {
        if current.contains_key(key) {
            patch.insert(key.clone(), Value::Null);
        }
    }
    patch
}

/// Equality in which `1` and `1.0` are the same number.
#[must_use]
pub fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            one == other || one.as_f64() == other.as_f64()
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, value)| other.get(key).is_some_and(|it| same(value, it)))
        }
        (one, other) => one == other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::three_way;

    fn check(original: Option<Value>, modified: Value, current: Value, expected: Value) {
        assert_eq!(three_way(original.as_ref(), &modified, &current), expected);
    }

    #[test]
    fn ours_change_and_go_while_theirs_stay() {
        check(None, json!({"a": 1}), json!({"a": 1, "b": 2}), json!({}));
        check(
            Some(json!({"b": 2})),
            json!({"a": 3}),
            json!({"a": 1, "b": 2}),
            json!({"a": 3, "b": null}),
        );
        check(Some(json!({"b": 2})), json!({}), json!({}), json!({}));
        check(None, json!({"l": [1]}), json!({"l": [1, 2]}), json!({"l": [1]}));
        check(
            Some(json!({"m": {"x": 1, "y": 1}})),
            json!({"m": {"x": 1}}),
            json!({"m": {"x": 1, "y": 1, "z": 1}}),
            json!({"m": {"y": null}}),
        );
    }
}
