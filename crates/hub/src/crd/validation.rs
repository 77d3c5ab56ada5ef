//! Validation of custom resources against their schema, in the words of the OpenAPI validator
//! that Kubernetes uses.
//!
//! On update, what is wrong in a part that did not change is forgiven (ratcheting).

use serde_json::{Value, json};

use super::formats;
use super::structural::{Additional, ListType, Rules, Structural, Type};
use crate::status::Cause;

/// Everything wrong with an object; `old` is the stored state on update.
pub(crate) fn validate(object: &Value, old: Option<&Value>, schema: &Structural) -> Vec<Cause> {
    let mut out = Vec::new();
    visit(object, old, schema, "", &mut out);
    out
}

fn visit(
    value: &Value,
    old: Option<&Value>,
    schema: &Structural,
    path: &str,
    out: &mut Vec<Cause>,
) {
    if old == Some(value) {
        return;
    }
    if value.is_null() && schema.nullable {
        return;
    }
    if !type_holds(value, schema) {
        out.push(wrong_type(value, schema, path));
        if value.is_f64() && schema.ty == Type::Integer {
            out.push(not_whole(schema, path));
        }
        return;
    }
    check_rules(value, schema, path, out);
    match value {
        Value::Object(map) => {
            if schema.embedded {
                for key in ["apiVersion", "kind"] {
                    if map.get(key).and_then(Value::as_str).is_none_or(str::is_empty) {
                        out.push(Cause::required(join(path, key), ""));
                    }
                }
            }
            for (key, child) in map {
                let Some(field) = schema.field(key) else { continue };
                let before = old.and_then(|o| o.get(key));
                visit(child, before, field, &join(path, key), out);
            }
        }
        Value::Array(list) => visit_list(list, old, schema, path, out),
        _ => {}
    }
}

fn visit_list(
    list: &[Value],
    old: Option<&Value>,
    schema: &Structural,
    path: &str,
    out: &mut Vec<Cause>,
) {
    if let Some(items) = &schema.items {
        for (i, item) in list.iter().enumerate() {
            let before = old.and_then(|o| correlate(o, item, i, schema));
            visit(item, before, items, &format!("{path}[{i}]"), out);
        }
    }
    check_unique(list, schema, path, out);
}

/// The element of the old list that an element continues.
fn correlate<'a>(old: &'a Value, item: &Value, i: usize, schema: &Structural) -> Option<&'a Value> {
    let list = old.as_array()?;
    match &schema.list {
        ListType::Map(keys) => {
            list.iter().find(|other| keys.iter().all(|k| other.get(k) == item.get(k)))
        }
        ListType::Set => list.iter().find(|other| *other == item),
        ListType::Atomic => list.get(i),
    }
}

fn check_unique(list: &[Value], schema: &Structural, path: &str, out: &mut Vec<Cause>) {
    for (i, item) in list.iter().enumerate() {
        let same = |other: &Value| match &schema.list {
            ListType::Atomic => false,
            ListType::Set => other == item,
            ListType::Map(keys) => keys.iter().all(|k| other.get(k) == item.get(k)),
        };
        if list[..i].iter().any(same) {
            let shown = match &schema.list {
                ListType::Map(keys) => {
                    json!(
                        keys.iter()
                            .map(|k| (k.clone(), item[k].clone()))
                            .collect::<serde_json::Map<_, _>>()
                    )
                }
                _ => item.clone(),
            };
            out.push(Cause::duplicate(format!("{path}[{i}]"), &shown));
        }
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(n) if n.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn type_holds(value: &Value, schema: &Structural) -> bool {
    if schema.int_or_string {
        return value.is_string() || whole(value);
    }
    match schema.ty {
        Type::Object => value.is_object(),
        Type::Array => value.is_array(),
        Type::String => value.is_string(),
        Type::Integer => whole(value),
        Type::Number => value.is_number(),
        Type::Boolean => value.is_boolean(),
        Type::Any => true,
    }
}

fn whole(value: &Value) -> bool {
    match value {
        Value::Number(n) => {
            n.is_i64() || n.is_u64() || n.as_f64().is_some_and(|f| f.fract() == 0.0)
        }
        _ => false,
    }
}

fn wrong_type(value: &Value, schema: &Structural, path: &str) -> Cause {
    let found = type_name(value);
    let wanted = match schema.int_or_string {
        true => "integer,string",
        false => schema.ty.name(),
    };
    of_other_type(&json!(found), wanted, &format!("{found:?}"), path)
}

/// A value that is not of a type or format.
fn of_other_type(value: &Value, wanted: &str, found: &str, path: &str) -> Cause {
    let why = format!("{} in body must be of type {wanted}: {found}", shown(path));
    let mut cause = Cause::invalid(field(path), value, &why);
    cause.reason = "FieldValueTypeInvalid".to_owned();
    cause
}

/// What is said of a fraction besides that it has the wrong type.
fn not_whole(schema: &Structural, path: &str) -> Cause {
    let form = match schema.rules.format.as_str() {
        "" => "(default format)".to_owned(),
        format => format!("with format {format}"),
    };
    let why = format!("Checked value must be of type integer {form} in {}", shown(path));
    Cause::invalid("<nil>", &json!(""), &why)
}

/// How messages name the place: the root has none.
fn shown(path: &str) -> String {
    if path.is_empty() { "\"\"".to_owned() } else { path.to_owned() }
}

fn field(path: &str) -> String {
    if path.is_empty() { "<nil>".to_owned() } else { path.to_owned() }
}

fn check_rules(value: &Value, schema: &Structural, path: &str, out: &mut Vec<Cause>) {
    let rules = &schema.rules;
    let mut bad = |why: String| {
        let counted = match value {
            Value::Array(list) => json!(list.len()),
            Value::Object(map) => json!(map.len()),
            other => other.clone(),
        };
        out.push(Cause::invalid(field(path), &counted, &format!("{} in body {why}", shown(path))));
    };
    match value {
        Value::Number(_) => number(value, rules, &mut bad),
        Value::String(text) => string(text, rules, &mut bad),
        Value::Array(list) => {
            if let Some(min) = rules.min_items.filter(|min| (list.len() as u64) < *min) {
                bad(format!("should have at least {min} items"));
            }
        }
        Value::Object(map) => {
            if let Some(min) = rules.min_properties.filter(|min| (map.len() as u64) < *min) {
                bad(format!("should have at least {min} properties"));
            }
        }
        _ => {}
    }
    if let Some(found) = misformed(value, &rules.format) {
        out.push(of_other_type(value, &rules.format, &found, path));
    }
    if !rules.allowed.is_empty() && !rules.allowed.contains(value) {
        out.push(not_allowed(value, rules, path));
    }
    too_many(value, rules, path, out);
    if let Value::Object(map) = value {
        for key in rules.required.iter().filter(|key| !map.contains_key(*key)) {
            out.push(Cause::required(join(path, key), ""));
        }
    }
    combinations(value, rules, path, out);
}

fn number(value: &Value, rules: &Rules, bad: &mut impl FnMut(String)) {
    let n = value.as_f64().unwrap_or_default();
    if let Some(min) = rules.minimum {
        if rules.exclusive_minimum && n <= min {
            bad(format!("should be greater than {min}"));
        } else if n < min {
            bad(format!("should be greater than or equal to {min}"));
        }
    }
    if let Some(max) = rules.maximum {
        if rules.exclusive_maximum && n >= max {
            bad(format!("should be less than {max}"));
        } else if n > max {
            bad(format!("should be less than or equal to {max}"));
        }
    }
    if let Some(step) = rules.multiple_of.filter(|step| (n / step).fract() != 0.0) {
        bad(format!("should be a multiple of {step}"));
    }
}

fn string(text: &str, rules: &Rules, bad: &mut impl FnMut(String)) {
    let length = text.chars().count() as u64;
    if let Some(min) = rules.min_length.filter(|min| length < *min) {
        bad(format!("should be at least {min} chars long"));
    }
    if rules.pattern.as_ref().is_some_and(|p| !p.is_match(text)) {
        bad(format!("should match '{}'", rules.pattern_text));
    }
}

/// A number or text as messages show it, if it does not have a format.
fn misformed(value: &Value, format: &str) -> Option<String> {
    match (value, format) {
        (Value::Number(_), "int32") => {
            let fits = value.as_i64().is_some_and(|n| i32::try_from(n).is_ok());
            (!fits).then(|| value.to_string())
        }
        (Value::Number(_), "int64") => (!whole(value)).then(|| value.to_string()),
        (Value::String(text), _) => (!formats::holds(format, text)).then(|| format!("{text:?}")),
        _ => None,
    }
}

fn not_allowed(value: &Value, rules: &Rules, path: &str) -> Cause {
    let texts: Vec<String> = rules
        .allowed
        .iter()
        .map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned))
        .collect();
    let list: Vec<&str> = texts.iter().map(String::as_str).collect();
    Cause::not_supported(field(path), value, &list)
}

fn too_many(value: &Value, rules: &Rules, path: &str, out: &mut Vec<Cause>) {
    let cause = |reason: &str, text: String| Cause::new(reason, field(path), text);
    match value {
        Value::String(text) => {
            if let Some(max) = rules.max_length.filter(|max| text.chars().count() as u64 > *max) {
                let text = format!("Too long: may not be more than {max} bytes");
                out.push(cause("FieldValueTooLong", text));
            }
        }
        Value::Array(list) => {
            let n = list.len();
            if let Some(max) = rules.max_items.filter(|max| n as u64 > *max) {
                let text = format!("Too many: {n}: must have at most {max} items");
                out.push(cause("FieldValueTooMany", text));
            }
        }
        Value::Object(map) => {
            let n = map.len();
            if let Some(max) = rules.max_properties.filter(|max| n as u64 > *max) {
                let text = format!("Too many: {n}: must have at most {max} items");
                out.push(cause("FieldValueTooMany", text));
            }
        }
        _ => {}
    }
}

fn holds(value: &Value, schema: &Structural) -> bool {
    failures(value, schema, "").is_empty()
}

fn failures(value: &Value, schema: &Structural, path: &str) -> Vec<Cause> {
    let mut out = Vec::new();
    visit(value, None, schema, path, &mut out);
    out
}

fn combinations(value: &Value, rules: &Rules, path: &str, out: &mut Vec<Cause>) {
    let mut bad = |why: &str| {
        out.push(Cause::invalid("<nil>", &json!(""), &format!("{path:?} {why}")));
    };
    let nearest = |schemas: &[Structural]| {
        schemas.iter().map(|s| failures(value, s, path)).min_by_key(Vec::len).unwrap_or_default()
    };
    let mut near = Vec::new();
    if !rules.any_of.is_empty() && !rules.any_of.iter().any(|s| holds(value, s)) {
        bad("must validate at least one schema (anyOf)");
        near.extend(nearest(&rules.any_of));
    }
    let matching = rules.one_of.iter().filter(|s| holds(value, s)).count();
    if !rules.one_of.is_empty() && matching != 1 {
        let found = match matching {
            0 => "none valid".to_owned(),
            n => format!("{n} valid alternatives"),
        };
        bad(&format!("must validate one and only one schema (oneOf). Found {found}"));
        if matching == 0 {
            near.extend(nearest(&rules.one_of));
        }
    }
    if rules.not.as_ref().is_some_and(|s| holds(value, s)) {
        bad("must not validate the schema (not)");
    }
    let failing: Vec<Cause> = rules.all_of.iter().flat_map(|s| failures(value, s, path)).collect();
    if !failing.is_empty() {
        bad("must validate all the schemas (allOf)");
        near.extend(failing);
    }
    out.extend(near);
}

/// Whether any part of a schema carries CEL rules.
pub(crate) fn has_expressions(schema: &Structural) -> bool {
    let below = match &schema.additional {
        Additional::Schema(schema) => has_expressions(schema),
        Additional::Unsaid | Additional::Anything => false,
    };
    schema.rules.expressions
        || below
        || schema.items.as_ref().is_some_and(|s| has_expressions(s))
        || schema.properties.values().any(has_expressions)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(schema: Value, value: Value, expected: &[&str]) {
        let schema = json!({"type": "object", "properties": {"spec": schema}});
        let causes = validate(&json!({"spec": value}), None, &Structural::parse(&schema));
        let texts: Vec<String> =
            causes.iter().map(|c| format!("{}: {}", c.field, c.message)).collect();
        assert_eq!(texts, expected);
    }

    #[test]
    fn keywords() {
        check(
            json!({"type": "integer"}),
            json!("x"),
            &["spec: Invalid value: \"string\": spec in body must be of type integer: \"string\""],
        );
        check(json!({"type": "object", "required": ["a"]}), json!({}), &["spec.a: Required value"]);
        check(
            json!({"type": "string", "enum": ["a", "b"]}),
            json!("c"),
            &["spec: Unsupported value: \"c\": supported values: \"a\", \"b\""],
        );
        check(
            json!({"type": "string", "pattern": "^a$"}),
            json!("b"),
            &["spec: Invalid value: \"b\": spec in body should match '^a$'"],
        );
        check(
            json!({"type": "integer", "minimum": 1}),
            json!(0),
            &["spec: Invalid value: 0: spec in body should be greater than or equal to 1"],
        );
        check(
            json!({"type": "array", "maxItems": 1, "items": {"type": "string"}}),
            json!(["a", "b"]),
            &["spec: Too many: 2: must have at most 1 items"],
        );
        check(
            json!({"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}}),
            json!(["a", "a"]),
            &["spec[1]: Duplicate value: \"a\""],
        );
        check(
            json!({"type": "object", "oneOf": [{"required": ["a"]}, {"required": ["b"]}]}),
            json!({}),
            &[
                "<nil>: Invalid value: \"\": \"spec\" must validate one and only one schema (oneOf). \
                 Found none valid",
                "spec.a: Required value",
            ],
        );
        check(json!({"x-kubernetes-int-or-string": true}), json!("25%"), &[]);
        check(json!({"type": "string", "nullable": true}), json!(null), &[]);
        check(json!({"type": "integer"}), json!(1.0), &[]);
    }

    #[test]
    fn unchanged_parts_are_forgiven() {
        let schema = Structural::parse(&json!({"type": "object", "properties": {
            "a": {"type": "integer"}, "b": {"type": "integer"}}}));
        let old = json!({"a": "x", "b": 1});
        assert!(validate(&json!({"a": "x", "b": 2}), Some(&old), &schema).is_empty());
        assert_eq!(validate(&json!({"a": "y", "b": 2}), Some(&old), &schema).len(), 1);
    }
}
