//! The `details` text: which fields are shown, and which only the later texts see.

use indexmap::IndexMap;
use mizzen_cue::syntax::ast::is_valid_ident;
use mizzen_cue::{Fields, Validate, Value as Cue};
use serde_json::{Map, Value};

/// Labels of this length or more are dropped.
const LONGEST_LABEL: usize = 32;

/// The exported details as texts, and all of them with their types.
pub(super) fn of(value: &Cue) -> (IndexMap<String, String>, Map<String, Value>) {
    let (mut shown, mut typed) = (IndexMap::new(), Map::new());
    for field in value.fields(Fields::regular()) {
        let name = field.name().to_owned();
        let hidden = ["local", "private"].iter().any(|name| field.value.attribute(name).is_some());
        if hidden || name == "context" || name == "parameter" || name.len() >= LONGEST_LABEL {
            continue;
        }
        let value = field.value.default();
        let concrete = value.validate(Validate::default().concrete(true)).is_ok();
        let json = if concrete { value.to_serde().ok() } else { None };
        if !name.starts_with('$') {
            shown.insert(name.clone(), json.as_ref().map_or_else(|| "_|_".to_owned(), text_of));
        }
        if let Some(json) = json {
            typed.insert(name.trim_start_matches('$').to_owned(), json);
        }
    }
    (shown, typed)
}

/// Strings verbatim, other values as CUE writes them.
fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => cue_text(other, 0),
    }
}

fn cue_text(value: &Value, depth: usize) -> String {
    match value {
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| cue_text(item, depth)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(map) if map.is_empty() => "{}".to_owned(),
        Value::Object(map) => {
            let tabs = "\t".repeat(depth + 1);
            let field = |(key, value): (&String, &Value)| {
                let label = if is_valid_ident(key) { key.clone() } else { format!("{key:?}") };
                format!("{tabs}{label}: {}\n", cue_text(value, depth + 1))
            };
            let fields: String = map.iter().map(field).collect();
            format!("{{\n{fields}{}}}", "\t".repeat(depth))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.to_string(),
    }
}
