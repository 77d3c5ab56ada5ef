//! A value as lines of YAML, each with the path of what stands in it: a difference of lines can then be
//! asked who wrote it.

use serde_json::Value;

/// A line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// As it is shown.
    pub(crate) text: String,
    /// What stands in it, as `spec.containers[0].image`; its place in the live object where there is one.
    pub(crate) path: String,
}

/// The lines of a value. Where an entry of a list stands in `live`, its path says that place.
pub(crate) fn lines(value: &Value, live: &Value) -> Vec<Line> {
    let mut lines = Vec::new();
    write(&mut lines, value, Some(live), &Place::default());
    lines
}

/// Where a value is written.
#[derive(Clone, Debug, Default)]
struct Place {
    indent: usize,
    path: String,
    /// What stands before the first line of it: `- ` for the entry of a list.
    dash: bool,
}

fn write(lines: &mut Vec<Line>, value: &Value, live: Option<&Value>, place: &Place) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (index, (key, value)) in fields.iter().enumerate() {
                let at = Place { dash: place.dash && index == 0, ..place.clone() };
                let path = join(&place.path, key);
                field(lines, &at, &scalar_text(key), value, live.and_then(|it| it.get(key)), path);
            }
        }
        Value::Array(entries) if !entries.is_empty() => {
            for (index, entry) in entries.iter().enumerate() {
                let known = live.and_then(Value::as_array).and_then(|all| same_entry(all, entry));
                let at = known.unwrap_or(index);
                let path = format!("{}[{at}]", place.path);
                let inner = Place { indent: place.indent + 2, path, dash: true };
                write(lines, entry, live.and_then(|live| live.get(at)), &inner);
            }
        }
        plain => push(lines, place, &scalar(plain)),
    }
}

fn field(
    lines: &mut Vec<Line>,
    at: &Place,
    key: &str,
    value: &Value,
    live: Option<&Value>,
    path: String,
) {
    let nested = match value {
        Value::Object(fields) => !fields.is_empty(),
        Value::Array(entries) => !entries.is_empty(),
        _ => false,
    };
    let here = Place { path: path.clone(), ..at.clone() };
    if let Some(text) = value.as_str().filter(|text| is_block(text)) {
        let mark = if text.ends_with('\n') { "|" } else { "|-" };
        push(lines, &here, &format!("{key}: {mark}"));
        let inner = Place { indent: at.indent + 2, path, dash: false };
        return text.lines().for_each(|line| push(lines, &inner, line));
    }
    if !nested {
        return push(lines, &here, &format!("{key}: {}", scalar(value)));
    }
    push(lines, &here, &format!("{key}:"));
    // Entries of a list stand under their key, fields two columns to the right.
    let indent = if value.is_array() { at.indent } else { at.indent + 2 };
    write(lines, value, live, &Place { indent, path, dash: false });
}

fn push(lines: &mut Vec<Line>, place: &Place, text: &str) {
    let blanks = place.indent.saturating_sub(if place.dash { 2 } else { 0 });
    let dash = if place.dash { "- " } else { "" };
    let text = format!("{}{dash}{text}", " ".repeat(blanks));
    lines.push(Line { text, path: place.path.clone() });
}

/// Whether a text is shown line by line.
fn is_block(text: &str) -> bool {
    let odd = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    text.trim_end().contains('\n') && !text.starts_with([' ', '\n']) && !text.contains(odd)
}

/// A path to a field; keys that hold dots stand in brackets.
fn join(path: &str, key: &str) -> String {
    let plain = !key.contains(['.', '[', '"']);
    match (path.is_empty(), plain) {
        (true, true) => key.to_owned(),
        (false, true) => format!("{path}.{key}"),
        (_, false) => format!("{path}[\"{key}\"]"),
    }
}

/// Where an entry stands among others, by what names it.
fn same_entry(all: &[Value], entry: &Value) -> Option<usize> {
    let name = super::shape::name(entry)?;
    all.iter().position(|other| super::shape::name(other) == Some(name))
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => scalar_text(text),
        other => other.to_string(),
    }
}

/// A text as YAML writes it in one line; quoted where it would be read as something else.
fn scalar_text(text: &str) -> String {
    let plain = text.chars().next().is_some_and(|c| c.is_ascii_alphanumeric() || c == '/')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_./@+ ,=:".contains(c))
        && !text.ends_with([':', ' '])
        && !text.contains(": ")
        && serde_json::from_str::<Value>(text).is_err()
        && !["yes", "no", "on", "off"].contains(&text.to_ascii_lowercase().as_str());
    if plain { text.to_owned() } else { Value::from(text).to_string() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lines_know_their_place_in_the_live_object() {
        let value = json!({"metadata": {"labels": {"a.b/c": "1"}}, "spec": {"list": [
            {"name": "x", "image": "i:1", "args": ["-v"]}, {"name": "y"}], "none": [], "n": 2}});
        let live = json!({"spec": {"list": [{"name": "y"}, {"name": "x"}]}});
        let told: Vec<String> =
            lines(&value, &live).iter().map(|l| format!("{} | {}", l.text, l.path)).collect();
        assert_eq!(
            told,
            [
                "metadata: | metadata",
                "  labels: | metadata.labels",
                "    a.b/c: \"1\" | metadata.labels[\"a.b/c\"]",
                "spec: | spec",
                "  list: | spec.list",
                "  - name: x | spec.list[1].name",
                "    image: i:1 | spec.list[1].image",
                "    args: | spec.list[1].args",
                "    - \"-v\" | spec.list[1].args[0]",
                "  - name: y | spec.list[0].name",
                "  none: [] | spec.none",
                "  n: 2 | spec.n",
            ]
        );
    }

    #[test]
    fn a_text_of_several_lines_stands_line_by_line() {
        let value = json!({"data": {"conf": "a: 1\nb: 2\n", "odd": "x\u{1b}\ny"}});
        let told: Vec<String> = lines(&value, &Value::Null)
            .iter()
            .map(|l| format!("{} | {}", l.text, l.path))
            .collect();
        assert_eq!(
            told,
            [
                "data: | data",
                "  conf: | | data.conf",
                "    a: 1 | data.conf",
                "    b: 2 | data.conf",
                "  odd: \"x\\u001b\\ny\" | data.odd",
            ]
        );
    }

    #[test]
    fn texts_that_could_be_misread_are_quoted() {
        for (text, expected) in [
            ("shop/checkout:2.1", "shop/checkout:2.1"),
            ("true", "\"true\""),
            ("12", "\"12\""),
            ("no", "\"no\""),
            ("a: b", "\"a: b\""),
            ("", "\"\""),
            ("two\nlines", "\"two\\nlines\""),
        ] {
            assert_eq!(scalar_text(text), expected);
        }
    }
}
