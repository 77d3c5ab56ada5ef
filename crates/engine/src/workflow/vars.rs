//! The variables of a run as the CUE text that the context ConfigMap holds.
//!
//! Invariant: what is written reads back as the same values; the text is laid out as the reference
//! implementation lays it out, so that the other controller finds nothing to rewrite.

use mizzen_cue::Context as Cue;
use serde_json::{Map, Value};

/// Reads the text of `data.vars`. Absent and empty text mean no variables.
///
/// # Errors
/// A sentence when the text is no CUE, or holds something that has no concrete value.
pub fn parse(text: &str) -> Result<Map<String, Value>, String> {
    if matches!(text.trim(), "" | "{}") {
        return Ok(Map::new());
    }
    let value = Cue::builder().build().eval_str(text).map_err(|why| why.to_string())?;
    match value.to_serde().map_err(|why| why.to_string())? {
        Value::Object(fields) => Ok(fields),
        other => Err(format!("variables are fields of a struct, and this is {other}")),
    }
}

/// Writes the text of `data.vars`, variables by name.
#[must_use]
pub fn text(vars: &Map<String, Value>) -> String {
    if vars.is_empty() {
        return "{}".to_owned();
    }
    let mut sorted: Vec<_> = vars.iter().collect();
    sorted.sort_by_key(|(key, _)| key.as_str());
    let sorted = sorted.into_iter().map(|(key, value)| (key.clone(), value.clone())).collect();
    let mut out = String::new();
    fields(&sorted, 0, &mut out);
    out
}

/// Fields one to a line; the values of neighbours that fit on one line stand below each other.
fn fields(all: &Map<String, Value>, depth: usize, out: &mut String) {
    let entries: Vec<(String, &Value)> = all.iter().map(|(k, v)| (label(k), v)).collect();
    for (at, (key, value)) in entries.iter().enumerate() {
        let width = if one_line(value) { block(&entries, at) } else { key.chars().count() };
        let gap = width - key.chars().count() + 1;
        indent(depth, out);
        out.push_str(key);
        out.push(':');
        out.push_str(&" ".repeat(gap));
        write(value, depth, out);
        out.push('\n');
    }
}

/// The longest label among the neighbours of an entry that fit on one line.
fn block(entries: &[(String, &Value)], at: usize) -> usize {
    let fits = |entry: &&(String, &Value)| one_line(entry.1);
    let before = entries[..at].iter().rev().take_while(fits);
    let after = entries[at..].iter().take_while(fits);
    before.chain(after).map(|(key, _)| key.chars().count()).max().unwrap_or(0)
}

fn one_line(value: &Value) -> bool {
    match value {
        Value::Object(fields) => fields.is_empty(),
        Value::Array(items) => items.iter().all(one_line),
        _ => true,
    }
}

fn write(value: &Value, depth: usize, out: &mut String) {
    match value {
        Value::Object(all) if all.is_empty() => out.push_str("{}"),
        Value::Object(all) => {
            out.push_str("{\n");
            fields(all, depth + 1, out);
            indent(depth, out);
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push_str(", ");
                }
                write(item, depth, out);
            }
            out.push(']');
        }
        // A JSON scalar is a CUE scalar.
        scalar => out.push_str(&scalar.to_string()),
    }
}

fn indent(depth: usize, out: &mut String) {
    out.extend(std::iter::repeat_n('\t', depth));
}

/// A label, quoted unless it is an identifier that means itself.
fn label(key: &str) -> String {
    let mut chars = key.chars();
    let starts = chars.next().is_some_and(|c| c.is_ascii_alphabetic());
    let plain = starts && chars.all(|c| c.is_ascii_alphanumeric() || c == '_');
    let word = matches!(key, "true" | "false" | "null" | "for" | "if" | "let" | "in" | "import");
    if plain && !word { key.to_owned() } else { Value::String(key.to_owned()).to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(value: Value, expected: &str) {
        let vars = value.as_object().cloned().unwrap_or_default();
        assert_eq!(text(&vars), expected);
        assert_eq!(parse(expected), Ok(vars), "{expected}");
    }

    #[test]
    fn texts_are_as_recorded() {
        check(json!({}), "{}");
        check(json!({"dep": "src", "port": 80}), "dep:  \"src\"\nport: 80\n");
        check(json!({"cnt": 3, "flag": true}), "cnt:  3\nflag: true\n");
        check(json!({"data": null}), "data: null\n");
    }

    #[test]
    fn structures_read_back() {
        check(
            json!({"a": 1, "long": [1, "x"], "s": {"k": 1, "a-b": {}}, "for": "q\n\"z"}),
            "a:     1\n\"for\": \"q\\n\\\"z\"\nlong:  [1, \"x\"]\ns: {\n\tk:     1\n\t\"a-b\": {}\n}\n",
        );
        assert!(parse("a: int").is_err());
        assert!(parse("a: {").is_err());
    }
}
