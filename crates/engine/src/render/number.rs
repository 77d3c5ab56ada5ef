//! User values as they look after the wire: keys sorted, every number once through a float.
//!
//! Upstream decodes properties into floats and writes them out again, so `1.0` becomes `1`, integers
//! beyond 2^53 lose digits, and a map is iterated in the order of its keys. Templates depend on it.

use serde_json::{Map, Number, Value};

/// Integers with more digits than this do not fit a float exactly, nor need they be written as one.
const PLAIN: f64 = 9_007_199_254_740_992.0;

/// The value with sorted keys and floats for numbers; a float that is whole becomes an integer.
#[must_use]
pub fn normalised(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by(|left, right| left.0.cmp(right.0));
            let entries = entries.into_iter().map(|(key, value)| (key.clone(), normalised(value)));
            Value::Object(entries.collect::<Map<_, _>>())
        }
        Value::Array(items) => Value::Array(items.iter().map(normalised).collect()),
        Value::Number(number) => Value::Number(through_float(number)),
        Value::Null | Value::Bool(_) | Value::String(_) => value.clone(),
    }
}

fn through_float(number: &Number) -> Number {
    let Some(float) = number.as_f64() else { return number.clone() };
    if float.fract() != 0.0 || !float.is_finite() {
        return Number::from_f64(float).unwrap_or_else(|| number.clone());
    }
    if float.abs() <= PLAIN {
        #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53")]
        return Number::from(float as i64);
    }
    // Beyond that the shortest digits of the float count, as its decimal text has them.
    let text = format!("{float:.0}");
    let shortest = shortest_whole(float);
    let digits = if shortest.len() <= text.len() { shortest } else { text };
    digits
        .parse::<i64>()
        .map(Number::from)
        .or_else(|_| digits.parse::<u64>().map(Number::from))
        .ok()
        .or_else(|| Number::from_f64(float))
        .unwrap_or_else(|| number.clone())
}

/// A whole float in plain notation, with zeros after its shortest digits.
fn shortest_whole(float: f64) -> String {
    let text = format!("{float:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
    let digits = mantissa.replace('.', "");
    let width = exponent.parse::<usize>().unwrap_or(0) + 1;
    format!("{sign}{digits:0<width$}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::normalised;

    #[test]
    fn numbers_and_keys_take_the_form_of_the_wire() {
        let cases = [
            (json!({"b": 1.0, "a": [2.5, 3]}), r#"{"a":[2.5,3],"b":1}"#),
            (json!(9_007_199_254_740_993_u64), "9007199254740992"),
            (json!(1e20), "1e+20"),
            (json!(-0.0), "0"),
            (json!(123_456_789_012_345_678_u64), "123456789012345680"),
        ];
        for (value, expected) in cases {
            assert_eq!(normalised(&value).to_string(), expected);
        }
    }
}
