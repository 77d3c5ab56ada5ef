//! Whether two JSON values mean the same, and where they first differ.

use serde_json::Value;

/// The differences, one a line with its path; empty when there is none.
pub(crate) fn differences(expected: &Value, actual: &Value) -> Vec<String> {
    let mut found = Vec::new();
    walk("", expected, actual, &mut found);
    found
}

/// More differences than this are not told.
const MOST: usize = 6;

fn walk(path: &str, expected: &Value, actual: &Value, found: &mut Vec<String>) {
    if found.len() >= MOST || same(expected, actual) {
        return;
    }
    match (expected, actual) {
        (Value::Object(left), Value::Object(right)) => {
            for (key, value) in left {
                walk(&format!("{path}.{key}"), value, right.get(key).unwrap_or(&MISSING), found);
            }
            for (key, value) in right.iter().filter(|(key, _)| !left.contains_key(*key)) {
                found.push(format!("  {path}.{key}: unexpected {}", short(value)));
            }
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            for (index, (left, right)) in left.iter().zip(right).enumerate() {
                walk(&format!("{path}[{index}]"), left, right, found);
            }
        }
        _ => {
            let (left, right) = (short(expected), short(actual));
            found.push(format!("  {path}: expected {left}, got {right}"));
        }
    }
}

/// Stands for what is not there; no record holds it.
const MISSING: Value = Value::Null;

fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            left == right || close(left.as_f64(), right.as_f64())
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(l, r)| same(l, r))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, l)| right.get(key).is_some_and(|r| same(l, r)))
        }
        _ => left == right,
    }
}

/// Equal but for the last bit, which reading decimal text into a float may cost.
fn close(left: Option<f64>, right: Option<f64>) -> bool {
    match (left, right) {
        (Some(left), Some(right)) => (left - right).abs() <= left.abs().max(right.abs()) * 1e-15,
        _ => false,
    }
}

fn short(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(300) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}
