//! Walking values by their shape: which fields they set, how two differ, merging and removing.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::path::Element;
use super::set::Set;
use super::shape::{Form, Shape};

/// The fields that a value sets.
pub(crate) fn fields(shape: Shape<'_>, value: &Value) -> Set {
    let mut set = Set::default();
    visit_fields(shape, value, &mut Vec::new(), &mut set);
    set
}

fn visit_fields(shape: Shape<'_>, value: &Value, path: &mut Vec<Element>, set: &mut Set) {
    let form = shape.form(value);
    match (&form, value) {
        (Form::Map, Value::Object(map)) => {
            for (key, child) in map {
                path.push(Element::Field(key.clone()));
                visit_fields(shape.field(key), child, path, set);
                let empty = child.is_null() || child.as_object().is_some_and(Map::is_empty);
                if empty || !shape.declares(key) {
                    set.insert(path);
                }
                path.pop();
            }
        }
        (Form::Set | Form::Keyed(_), Value::Array(list)) => match shape.elements(list, &form) {
            Some(elements) => {
                for (element, item) in elements.into_iter().zip(list) {
                    path.push(element);
                    visit_fields(shape.item(), item, path, set);
                    set.insert(path);
                    path.pop();
                }
            }
            None => set.insert(path),
        },
        _ => set.insert(path),
    }
}

/// How one value differs from another.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Difference {
    pub(crate) added: Set,
    pub(crate) modified: Set,
    pub(crate) removed: Set,
}

impl Difference {
    pub(crate) fn is_empty(&self) -> bool {
        self.added.is_empty() && self.modified.is_empty() && self.removed.is_empty()
    }

    /// The difference outside of ignored fields.
    pub(crate) fn without(&self, ignored: &Set) -> Self {
        Self {
            added: self.added.without(ignored),
            modified: self.modified.without(ignored),
            removed: self.removed.without(ignored),
        }
    }
}

/// Compares two values.
pub(crate) fn compare(shape: Shape<'_>, old: &Value, new: &Value) -> Difference {
    let mut out = Difference::default();
    visit_pair(shape, Some(old), Some(new), &mut Vec::new(), &mut out);
    out
}

fn form_of(shape: Shape<'_>, value: Option<&Value>) -> Option<Form> {
    value.filter(|v| !v.is_null()).map(|v| shape.form(v))
}

fn is_vacant(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::Object(map)) => map.is_empty(),
        Some(Value::Array(list)) => list.is_empty(),
        Some(_) => false,
    }
}

fn visit_pair(
    shape: Shape<'_>,
    old: Option<&Value>,
    new: Option<&Value>,
    path: &mut Vec<Element>,
    out: &mut Difference,
) {
    let form = match (form_of(shape, old), form_of(shape, new)) {
        (Some(a), Some(b)) if a != b => {
            visit_pair(shape, old, None, path, out);
            visit_pair(shape, None, new, path, out);
            return;
        }
        (_, Some(form)) | (Some(form), None) => form,
        (None, None) => Form::Leaf,
    };
    if form == Form::Leaf || (is_vacant(old) && is_vacant(new)) {
        return leaf(old, new, path, out);
    }
    match form {
        Form::Map => pair_maps(shape, old, new, path, out),
        _ => pair_lists(shape, &form, old, new, path, out),
    }
    if old.is_none() {
        out.added.insert(path);
    } else if new.is_none() {
        out.removed.insert(path);
    }
}

fn leaf(old: Option<&Value>, new: Option<&Value>, path: &[Element], out: &mut Difference) {
    match (old, new) {
        (None, Some(_)) => out.added.insert(path),
        (Some(_), None) => out.removed.insert(path),
        (old, new) if old != new => out.modified.insert(path),
        _ => {}
    }
}

fn pair_maps(
    shape: Shape<'_>,
    old: Option<&Value>,
    new: Option<&Value>,
    path: &mut Vec<Element>,
    out: &mut Difference,
) {
    let map = |value: Option<&Value>| value.and_then(Value::as_object).cloned().unwrap_or_default();
    let (old, new) = (map(old), map(new));
    let added = new.keys().filter(|key| !old.contains_key(*key));
    for key in old.keys().chain(added) {
        path.push(Element::Field(key.clone()));
        visit_pair(shape.field(key), old.get(key), new.get(key), path, out);
        path.pop();
    }
}

type Groups<'a> = BTreeMap<Element, Vec<&'a Value>>;

fn groups<'a>(shape: Shape<'_>, form: &Form, value: Option<&'a Value>) -> Option<Groups<'a>> {
    let list = value.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let mut groups = Groups::new();
    for (element, item) in shape.elements(list, form)?.into_iter().zip(list) {
        groups.entry(element).or_default().push(item);
    }
    Some(groups)
}

fn pair_lists(
    shape: Shape<'_>,
    form: &Form,
    old: Option<&Value>,
    new: Option<&Value>,
    path: &mut Vec<Element>,
    out: &mut Difference,
) {
    let (Some(before), Some(after)) = (groups(shape, form, old), groups(shape, form, new)) else {
        return leaf(old, new, path, out);
    };
    let added = after.keys().filter(|e| !before.contains_key(*e));
    for element in before.keys().chain(added) {
        let items = |groups: &Groups<'_>| groups.get(element).map_or(0, Vec::len);
        path.push(element.clone());
        if items(&before) <= 1 && items(&after) <= 1 {
            let first =
                |g: &Option<&Vec<&'_ Value>>| g.and_then(|v| v.first().map(|x| (*x).clone()));
            let (b, a) = (first(&before.get(element)), first(&after.get(element)));
            visit_pair(shape.item(), b.as_ref(), a.as_ref(), path, out);
        } else {
            match (before.get(element), after.get(element)) {
                (None, _) => out.added.insert(path),
                (_, None) => out.removed.insert(path),
                (b, a) if b != a => out.modified.insert(path),
                _ => {}
            }
        }
        path.pop();
    }
}

/// Merges a configuration into a live value: the configuration wins.
pub(crate) fn merge(shape: Shape<'_>, live: &Value, config: &Value) -> Value {
    if config.is_null() || live.is_null() {
        return config.clone();
    }
    let form = shape.form(config);
    if form != shape.form(live) {
        return config.clone();
    }
    match (form, live, config) {
        (Form::Map, Value::Object(live), Value::Object(config)) => {
            let mut out = live.clone();
            for (key, new) in config {
                let merged = match live.get(key) {
                    Some(old) => merge(shape.field(key), old, new),
                    None => new.clone(),
                };
                out.insert(key.clone(), merged);
            }
            Value::Object(out)
        }
        (form @ (Form::Set | Form::Keyed(_)), Value::Array(live), Value::Array(config)) => {
            merge_lists(shape, &form, live, config)
        }
        _ => config.clone(),
    }
}

/// Shared items take the order of the configuration; items that only the live list has keep their
/// place among their neighbours.
fn merge_lists(shape: Shape<'_>, form: &Form, live: &[Value], config: &[Value]) -> Value {
    let (Some(old), Some(new)) = (shape.elements(live, form), shape.elements(config, form)) else {
        return Value::Array(config.to_vec());
    };
    let mut shared = new.iter().filter(|e| old.contains(e));
    let mut awaited = shared.next();
    let (mut l, mut r) = (0, 0);
    let mut out = Vec::new();
    while l < old.len() || r < new.len() {
        if let Some(element) = old.get(l) {
            if !new.contains(element) {
                out.push(live[l].clone());
                l += 1;
                continue;
            }
            if r >= new.len() || awaited != Some(element) {
                l += 1;
                continue;
            }
        }
        let Some(element) = new.get(r) else { break };
        let merged = match old.iter().position(|e| e == element) {
            Some(at) => merge(shape.item(), &live[at], &config[r]),
            None => config[r].clone(),
        };
        out.push(merged);
        if awaited == Some(element) {
            awaited = shared.next();
        }
        r += 1;
    }
    Value::Array(out)
}

/// A value without the members of a set. What is emptied by that is null: it still counts as set.
pub(crate) fn remove(shape: Shape<'_>, value: &Value, set: &Set) -> Value {
    let form = shape.form(value);
    match (&form, value) {
        (Form::Map, Value::Object(map)) => {
            let kept = map.iter().filter_map(|(key, child)| {
                let element = Element::Field(key.clone());
                let child = keep(shape.field(key), child, &element, set)?;
                Some((key.clone(), child))
            });
            let kept: Map<String, Value> = kept.collect();
            if kept.is_empty() { Value::Null } else { Value::Object(kept) }
        }
        (Form::Set | Form::Keyed(_), Value::Array(list)) => {
            let Some(elements) = shape.elements(list, &form) else { return value.clone() };
            let kept = elements
                .iter()
                .zip(list)
                .filter_map(|(element, item)| keep(shape.item(), item, element, set));
            let kept: Vec<Value> = kept.collect();
            if kept.is_empty() { Value::Null } else { Value::Array(kept) }
        }
        _ => value.clone(),
    }
}

/// Writes what [`remove`] has emptied as the empty object or list that it was before.
pub(crate) fn mend(pruned: &mut Value, before: &Value) {
    match (&mut *pruned, before) {
        (Value::Object(map), Value::Object(old)) => {
            for (key, child) in map.iter_mut() {
                if let Some(before) = old.get(key) {
                    mend(child, before);
                }
            }
        }
        (Value::Null, Value::Object(_)) => *pruned = Value::Object(Map::new()),
        (Value::Null, Value::Array(_)) => *pruned = Value::Array(Vec::new()),
        _ => {}
    }
}

fn keep(shape: Shape<'_>, child: &Value, element: &Element, set: &Set) -> Option<Value> {
    if set.has(element) {
        return None;
    }
    match set.below(element) {
        Some(below) => Some(remove(shape, child, below)),
        None => Some(child.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Schema;
    use serde_json::json;

    fn with(check: impl Fn(Shape<'_>)) {
        let schema = Schema::builtin();
        let kind = schema.kind("apps/v1", "Deployment").unwrap();
        check(Shape::Builtin(schema.root(kind)));
    }

    fn containers(list: Value) -> Value {
        json!({"spec": {"template": {"spec": {"containers": list}}}})
    }

    #[test]
    fn fields_of_lists_and_maps() {
        with(|shape| {
            let value = json!({"metadata": {"labels": {"a": "1"}}, "spec": {"replicas": 1,
                "selector": {"matchLabels": {"a": "1"}}, "template": {"spec": {"containers": [
                    {"name": "c", "ports": [{"containerPort": 80}]}]}}}});
            let expected = json!({"f:metadata": {"f:labels": {"f:a": {}}}, "f:spec": {
                "f:replicas": {}, "f:selector": {}, "f:template": {"f:spec": {"f:containers": {
                    "k:{\"name\":\"c\"}": {".": {}, "f:name": {}, "f:ports": {
                        "k:{\"containerPort\":80,\"protocol\":\"TCP\"}":
                            {".": {}, "f:containerPort": {}}}}}}}}});
            assert_eq!(fields(shape, &value).to_json(), expected);
        });
    }

    #[test]
    fn shared_items_take_the_order_of_the_configuration() {
        let names = |list: &Value| -> Vec<String> {
            list.pointer("/spec/template/spec/containers")
                .and_then(Value::as_array)
                .unwrap()
                .iter()
                .map(|c| c["name"].as_str().unwrap().to_owned())
                .collect()
        };
        let list =
            |text: &str| containers(text.chars().map(|c| json!({"name": c.to_string()})).collect());
        let table = [
            ("abc", "ab", "abc"),
            ("xay", "ab", "xayb"),
            ("abc", "cb", "acb"),
            ("ab", "ba", "ba"),
            ("a", "xa", "xa"),
            ("", "ab", "ab"),
        ];
        with(|shape| {
            for (live, config, expected) in table {
                let merged = merge(shape, &list(live), &list(config));
                assert_eq!(names(&merged).concat(), expected, "{live} + {config}");
            }
        });
    }

    #[test]
    fn differences() {
        with(|shape| {
            let old = containers(json!([{"name": "a", "image": "1"}, {"name": "b"}]));
            let new = containers(json!([{"name": "a", "image": "2"}, {"name": "c"}]));
            let found = compare(shape, &old, &new);
            let at = ".spec.template.spec.containers";
            assert_eq!(found.modified.paths(), [format!("{at}[name=\"a\"].image")]);
            assert_eq!(
                found.added.paths(),
                [format!("{at}[name=\"c\"]"), format!("{at}[name=\"c\"].name")]
            );
            assert_eq!(
                found.removed.paths(),
                [format!("{at}[name=\"b\"]"), format!("{at}[name=\"b\"].name")]
            );
            let left = remove(shape, &new, &found.added);
            assert_eq!(left, containers(json!([{"name": "a", "image": "2"}])));
        });
    }
}
