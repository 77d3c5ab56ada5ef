//! JSON as Go's `encoding/json` writes it.
//!
//! Hashes and annotations of the contract cover these bytes: keys sorted, no spaces, `<`, `>`, `&`
//! and the two line separators escaped, floats in Go's shortest form.

use serde_json::{Number, Value};

/// The text of a value.
#[must_use]
pub fn to_string(value: &Value) -> String {
    let mut out = String::new();
    write_value(&mut out, value);
    out
}

/// The text of a value whose numbers went through a 64-bit float, as they do when Go reads JSON into
/// an untyped map and writes it again.
#[must_use]
pub fn to_string_through_float(value: &Value) -> String {
    let mut value = value.clone();
    numbers_to_float(&mut value);
    to_string(&value)
}

fn numbers_to_float(value: &mut Value) {
    match value {
        Value::Number(number) => {
            let float = number.as_f64().and_then(Number::from_f64);
            if let Some(float) = float {
                *number = float;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(numbers_to_float),
        Value::Object(map) => map.values_mut().for_each(numbers_to_float),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

fn write_value(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Number(number) => write_number(out, number),
        Value::String(text) => write_text(out, text),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                separate(out, index);
                write_value(out, item);
            }
            out.push(']');
        }
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort();
            out.push('{');
            for (index, key) in keys.into_iter().enumerate() {
                separate(out, index);
                write_text(out, key);
                out.push(':');
                write_value(out, &map[key]);
            }
            out.push('}');
        }
    }
}

fn separate(out: &mut String, index: usize) {
    if index > 0 {
        out.push(',');
    }
}

fn write_number(out: &mut String, number: &Number) {
    match number.as_f64() {
        Some(float) if number.is_f64() => out.push_str(&float_text(float)),
        _ => out.push_str(&number.to_string()),
    }
}

/// A float as Go writes it: plain between 1e-6 and 1e21, with an exponent outside.
#[must_use]
pub fn float_text(float: f64) -> String {
    let size = float.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{float:e}");
        return match text.split_once('e') {
            Some((digits, power)) if !power.starts_with('-') => format!("{digits}e+{power}"),
            _ => text,
        };
    }
    format!("{float}")
}

fn write_text(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            other => out.push(other),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{float_text, to_string, to_string_through_float};

    #[test]
    fn text_is_as_go_writes_it() {
        let value = json!({"b": [1, 2.0, null], "a": "<x> & \"y\"\n\u{1}\u{2028}é"});
        let expected = r#"{"a":"\u003cx\u003e \u0026 \"y\"\n\u0001\u2028é","b":[1,2,null]}"#;
        assert_eq!(to_string(&value), expected);
    }

    #[test]
    fn floats_are_as_go_writes_them() {
        for (float, expected) in [
            (0.0, "0"),
            (1.5, "1.5"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (1.5e-7, "1.5e-7"),
            (0.000_001, "0.000001"),
        ] {
            assert_eq!(float_text(float), expected);
        }
        let large = json!({"n": 9_007_199_254_740_993_u64});
        assert_eq!(to_string_through_float(&large), r#"{"n":9007199254740992}"#);
    }
}
