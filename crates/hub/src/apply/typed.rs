//! Whether an applied configuration has the types of its kind, in the words of structured merge.

use std::collections::BTreeSet;

use serde_json::Value;

use super::path::Element;
use super::shape::{Atom, Form, Shape};
use crate::go_json;

/// What is wrong with the types of a configuration, if anything.
pub(crate) fn check(shape: Shape<'_>, config: &Value) -> Result<(), String> {
    let mut found = Vec::new();
    visit(shape, config, &mut Vec::new(), &mut found);
    match found.as_slice() {
        [] => Ok(()),
        [one] => Err(one.clone()),
        many => Err(format!("errors:\n  {}", many.join("\n  "))),
    }
}

fn visit(shape: Shape<'_>, value: &Value, path: &mut Vec<Element>, found: &mut Vec<String>) {
    let atom = shape.atom();
    match value {
        Value::Null => {}
        Value::Object(map) if atom.takes_maps() => {
            for (key, child) in map {
                path.push(Element::Field(key.clone()));
                match shape.allows(key) {
                    true => visit(shape.field(key), child, path, found),
                    false => found.push(at(path, "field not declared in schema")),
                }
                path.pop();
            }
        }
        Value::Array(list) if atom.takes_lists() => {
            items(shape, list, &shape.form(value), path, found);
        }
        other => {
            if let Some(why) = mismatch(atom, other) {
                found.push(at(path, &why));
            }
        }
    }
}

fn at(path: &[Element], why: &str) -> String {
    let place: String = path.iter().map(Element::to_string).collect();
    if place.is_empty() { why.to_owned() } else { format!("{place}: {why}") }
}

fn items(
    shape: Shape<'_>,
    list: &[Value],
    form: &Form,
    path: &mut Vec<Element>,
    found: &mut Vec<String>,
) {
    let mut seen = BTreeSet::new();
    for (index, item) in list.iter().enumerate() {
        let element = shape.element(item, form);
        if let Some(why) = unaddressed(form, item, element.is_none()) {
            return found.push(at(path, &format!("element {index}: {why}")));
        }
        if let Some(element) = &element
            && !seen.insert(element.clone())
        {
            found.push(at(path, &format!("duplicate entries for key {element}")));
        }
        let position = || Element::Index(i64::try_from(index).unwrap_or(i64::MAX));
        path.push(element.unwrap_or_else(position));
        visit(shape.item(), item, path, found);
        path.pop();
    }
}

/// Why an item of an associative list cannot be told apart.
fn unaddressed(form: &Form, item: &Value, keyless: bool) -> Option<String> {
    match (form, item) {
        (Form::Keyed(_), Value::Null) => {
            Some("associative list with keys may not have a null element".to_owned())
        }
        (Form::Keyed(keys), Value::Object(_)) if keyless => {
            let keys: Vec<String> = keys.iter().map(|key| format!("{key:?}")).collect();
            Some(format!(
                "associative list with keys has an element that omits all key fields [{}] (and \
                 doesn't have default values for any key fields)",
                keys.join(" ")
            ))
        }
        (Form::Keyed(_), Value::Object(_)) => None,
        (Form::Keyed(_), _) => {
            Some("associative list with keys may not have non-map elements".to_owned())
        }
        (Form::Set, Value::Object(_)) => {
            Some("associative list without keys has an element that's a map type".to_owned())
        }
        (Form::Set, Value::Array(_)) => {
            Some("not supported: associative list with lists as elements".to_owned())
        }
        (Form::Set, Value::Null) => {
            Some("associative list without keys has an element that's an explicit null".to_owned())
        }
        _ => None,
    }
}

/// Why a value that is not null is not of an atom.
fn mismatch(atom: Atom, value: &Value) -> Option<String> {
    let plain = || format!("&{{{}}}", go_json::text(value));
    let scalar = !value.is_object() && !value.is_array();
    match atom {
        Atom::Anything => None,
        Atom::Map => Some(format!("expected map, got {}", plain())),
        Atom::List => Some(format!("expected list, got {}", plain())),
        Atom::Numeric if value.is_number() => None,
        Atom::Numeric => {
            Some(format!("expected numeric (int or float), got {}", go_json::type_of(value)))
        }
        Atom::Text if value.is_string() => None,
        Atom::Text => Some(format!(
            "expected string, got &value.valueUnstructured{{Value:{}}}",
            go_json::syntax(value)
        )),
        Atom::Boolean if value.is_boolean() => None,
        Atom::Boolean => Some(format!("expected boolean, got {}", plain())),
        Atom::Scalar if scalar => None,
        Atom::Scalar => Some(format!("expected any scalar, got {}", plain())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Schema;
    use serde_json::json;

    #[test]
    fn schemas_of_definitions_take_items_of_any_form() {
        let schema = Schema::builtin();
        let facts = schema.kind("apiextensions.k8s.io/v1", "CustomResourceDefinition");
        let shape = Shape::Builtin(schema.root(facts.expect("a kind")));
        let props = json!({"type": "array", "items": {"type": "object", "required": ["a"]}});
        let config =
            json!({"spec": {"versions": [{"name": "v1", "schema": {"openAPIV3Schema": props}}]}});
        assert_eq!(check(shape, &config), Ok(()));
    }

    #[test]
    fn types_of_a_pod() {
        let schema = Schema::builtin();
        let facts = schema.kind("v1", "Pod").expect("a kind");
        let shape = Shape::Builtin(schema.root(facts));
        let container = |fields: Value| json!({"spec": {"containers": [fields]}});
        let table = [
            (json!({"spec": {"nodeName": null, "priority": 1}}), ""),
            (json!({"spec": {"x": 1}}), ".spec.x: field not declared in schema"),
            (
                json!({"spec": {"priority": "1"}}),
                ".spec.priority: expected numeric (int or float), got string",
            ),
            (
                json!({"spec": {"hostNetwork": "true"}}),
                ".spec.hostNetwork: expected boolean, got &{true}",
            ),
            (json!({"spec": {"containers": {}}}), ".spec.containers: expected list, got &{map[]}"),
            (json!({"spec": []}), ".spec: expected map, got &{[]}"),
            (
                container(json!({"name": "c", "env": [{"name": "A", "value": 1}]})),
                ".spec.containers[name=\"c\"].env[name=\"A\"].value: expected string, got \
                 &value.valueUnstructured{Value:1}",
            ),
            (
                container(json!({"image": "i"})),
                ".spec.containers: element 0: associative list with keys has an element that omits \
                 all key fields [\"name\"] (and doesn't have default values for any key fields)",
            ),
            (
                json!({"spec": {"containers": [{"name": "c"}, {"name": "c"}]}}),
                ".spec.containers: duplicate entries for key [name=\"c\"]",
            ),
            (container(json!({"name": "c", "resources": {"limits": {"cpu": 1}}})), ""),
        ];
        for (config, expected) in table {
            assert_eq!(check(shape, &config).err().unwrap_or_default(), expected, "{config}");
        }
    }
}
