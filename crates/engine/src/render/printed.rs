//! A value as CUE text, laid out as `cue fmt` does it: people read it in the messages of failed calls.
//!
//! Only what can be told of a value is printed: a value that is not concrete yet is its kind.

use mizzen_cue::kind::Kind;
use mizzen_cue::{Field, Fields, Path, Value as Cue};

/// Deepest nesting that is printed.
const MOST_DEPTH: usize = 32;

/// The text of a value as a file would hold it.
#[must_use]
pub(crate) fn file(value: &Cue) -> String {
    if let Some(error) = value.err() {
        return format!("_|_ // {error}");
    }
    if value.incomplete_kind() != Kind::STRUCT {
        return leaf(value);
    }
    lines(&fields(value), 0).join("\n")
}

fn fields(value: &Cue) -> Vec<Field> {
    value.fields(Fields::regular().optional(true).definitions(true))
}

/// The lines of a struct's fields. Neighbours whose values are no structs have them aligned.
fn lines(fields: &[Field], depth: usize) -> Vec<String> {
    let mut out = Vec::new();
    let mut section: Vec<(String, String)> = Vec::new();
    for field in fields {
        let docs = field.value.docs();
        if !docs.is_empty() {
            flush(&mut section, &mut out);
            out.extend(docs);
        }
        let label = label(field);
        let value = &field.value;
        if value.incomplete_kind() == Kind::STRUCT && value.err().is_none() {
            flush(&mut section, &mut out);
            out.extend(nested(&label, value, depth));
        } else {
            section.push((label, leaf(value)));
        }
    }
    flush(&mut section, &mut out);
    out
}

/// A field with a struct: on one line when that has nothing or one field, else in braces.
fn nested(label: &str, value: &Cue, depth: usize) -> Vec<String> {
    let inner = fields(value);
    if inner.is_empty() || depth >= MOST_DEPTH {
        return vec![format!("{label} {{}}")];
    }
    let mut below = lines(&inner, depth + 1);
    if inner.len() == 1 && inner[0].value.docs().is_empty() {
        below[0] = format!("{label} {}", below[0]);
        return below;
    }
    let inside = below.iter().map(|line| format!("\t{line}"));
    std::iter::once(format!("{label} {{")).chain(inside).chain(["}".to_owned()]).collect()
}

fn flush(section: &mut Vec<(String, String)>, out: &mut Vec<String>) {
    let widest = section.iter().map(|(label, _)| label.chars().count()).max().unwrap_or(0);
    out.extend(section.drain(..).map(|(label, value)| format!("{label:widest$} {value}")));
}

fn label(field: &Field) -> String {
    let mark = match (field.is_optional(), field.is_required()) {
        (true, _) => "?",
        (_, true) => "!",
        _ => "",
    };
    format!("{}{mark}:", Path(vec![field.selector.clone()]))
}

fn leaf(value: &Cue) -> String {
    match value.to_json() {
        Ok(json) => json,
        Err(_) => value.incomplete_kind().to_string(),
    }
}
