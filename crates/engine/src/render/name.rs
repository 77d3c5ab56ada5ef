//! Names of auxiliary objects whose template sets none: `<component>-<type>-<hash>`.
//!
//! Invariant: the hash is upstream's, digit by digit, because a controller that computes another name
//! would make a second object. It is taken over the object as Go's dump prints it, before placement
//! and without the label that changes with every revision.

use mizzen_oam::labels;
use serde_json::{Number, Value};

/// The name of `object` as it stands, for a component and a trait type.
pub(crate) fn generated(component: &str, trait_type: &str, object: &Value) -> String {
    let mut hashed = object.clone();
    if let Some(map) = hashed["metadata"]["labels"].as_object_mut() {
        map.shift_remove(labels::APP_REVISION);
    }
    let mut text = "(unstructured.Unstructured){Object:".to_owned();
    dump(&hashed, &mut text);
    text.push('}');
    let kind = if trait_type.is_empty() { "trait".to_owned() } else { trait_type.to_lowercase() };
    format!("{component}-{kind}-{}", safe_digits(fnv1a(text.as_bytes())))
}

fn fnv1a(bytes: &[u8]) -> u32 {
    let step = |hash: u32, byte: &u8| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
    bytes.iter().fold(0x811c_9dc5, step)
}

/// A value with its Go types, as the dump writes it: maps by sorted key, no quotes.
fn dump(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("(interface {})<nil>"),
        Value::Bool(flag) => out.push_str(&format!("(bool){flag}")),
        Value::Number(number) => out.push_str(&number_dump(number)),
        Value::String(text) => out.push_str(&format!("(string){text}")),
        Value::Array(items) => {
            out.push_str("([]interface {})[");
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { " " });
                dump(item, out);
            }
            out.push(']');
        }
        Value::Object(map) => {
            let mut keys: Vec<_> = map.keys().collect();
            keys.sort();
            out.push_str("(map[string]interface {})map[");
            for (index, key) in keys.into_iter().enumerate() {
                out.push_str(if index == 0 { "" } else { " " });
                out.push_str(key);
                out.push(':');
                dump(&map[key], out);
            }
            out.push(']');
        }
    }
}

fn number_dump(number: &Number) -> String {
    match (number.as_i64(), number.as_f64()) {
        (Some(whole), _) => format!("(int64){whole}"),
        (None, Some(float)) => format!("(float64){}", shortest(float)),
        (None, None) => format!("(float64){number}"),
    }
}

/// The shortest digits; an exponent of two digits where the number is small or has more than six.
fn shortest(float: f64) -> String {
    let text = format!("{float:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&exponent) {
        return format!("{float}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

/// Decimal digits in the alphabet that cannot spell a word.
fn safe_digits(number: u32) -> String {
    const ALPHABET: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";
    let letter = |digit: u8| char::from(ALPHABET[usize::from(digit) % ALPHABET.len()]);
    number.to_string().bytes().map(letter).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Names that a genuine controller gave, recorded.
    #[test]
    fn names_are_those_of_the_reference() {
        let check = |resource: &str, data: Value, expected: &str| {
            let object = json!({
                "apiVersion": "v1", "kind": "ConfigMap", "data": data,
                "metadata": {"labels": {
                    "app.oam.dev/component": "web", "app.oam.dev/name": "app",
                    "app.oam.dev/appRevision": "app-v1",
                    "trait.oam.dev/resource": resource, "trait.oam.dev/type": "side-note",
                }},
            });
            assert_eq!(generated("web", "side-note", &object), expected);
        };
        check("a", json!({"t": "x"}), "web-side-note-fcd585656");
        check("b", json!({"t": "x", "z": "1"}), "web-side-note-7699457b46");
        check("a", json!({"t": "y"}), "web-side-note-65c54759d9");
        check("b", json!({"t": "y", "z": "1"}), "web-side-note-689454db7f");
    }

    #[test]
    fn a_dump_shows_types() {
        let value = json!({"n": 3, "f": 1.5, "b": true, "z": null, "l": ["a", {}], "big": 1e21});
        let mut text = String::new();
        dump(&value, &mut text);
        assert_eq!(
            text,
            "(map[string]interface {})map[b:(bool)true big:(float64)1e+21 f:(float64)1.5 \
             l:([]interface {})[(string)a (map[string]interface {})map[]] n:(int64)3 \
             z:(interface {})<nil>]"
        );
    }
}
