//! The difference of two values, field by field.
//!
//! Invariant: applying the changes to the first gives the second. Values of Secrets are masked before
//! they get here or by [`Diff::masked`], never later.

use serde_json::Value;

use super::quantity;

/// Changes in the order of their paths.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Diff {
    /// The changes.
    pub changes: Vec<Change>,
}

/// One field that differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// `spec.template.spec.containers[0].image`; keys that hold dots are quoted in brackets.
    pub path: String,
    /// The value before; absent when the field is new.
    pub before: Option<Value>,
    /// The value after; absent when the field goes.
    pub after: Option<Value>,
}

impl Change {
    /// Whether it is the same amount of a resource, written in another way.
    fn is_spelling(&self) -> bool {
        let amount = self.path.contains("resources.limits.")
            || self.path.contains("resources.requests.")
            || self.path.contains("sizeLimit");
        match (&self.before, &self.after) {
            (Some(before), Some(after)) if amount => quantity::same(before, after),
            _ => false,
        }
    }
}

impl Diff {
    /// What turns `before` into `after`.
    #[must_use]
    pub fn between(before: &Value, after: &Value) -> Self {
        let mut diff = Self::default();
        diff.walk(String::new(), Some(before), Some(after));
        diff
    }

    /// What a merge patch changes in a live object. Lists that are merged entry by entry are shown as
    /// the entries that the patch names.
    #[must_use]
    pub fn of_patch(patch: &Value, live: &Value) -> Self {
        let mut diff = Self::default();
        diff.patched(String::new(), patch, live);
        diff
    }

    /// The same without amounts that are only written in another way.
    #[must_use]
    pub fn without_spellings(mut self) -> Self {
        self.changes.retain(|change| !change.is_spelling());
        self
    }

    fn patched(&mut self, path: String, patch: &Value, live: &Value) {
        let Value::Object(fields) = patch else {
            let before = Some(live).filter(|live| !live.is_null()).cloned();
            let after = Some(patch).filter(|patch| !patch.is_null()).cloned();
            return self.changes.push(Change { path, before, after });
        };
        for (key, value) in fields.iter().filter(|(key, _)| !key.starts_with('$')) {
            let path = join_key(&path, key);
            match (value, &live[key]) {
                (Value::Array(entries), Value::Array(known)) => self.entries(&path, entries, known),
                (value, live) => self.patched(path, value, live),
            }
        }
    }

    fn entries(&mut self, path: &str, entries: &[Value], known: &[Value]) {
        const KEYS: &[&str] = &["name", "mountPath", "containerPort", "port", "uid", "type", "ip"];
        for entry in entries {
            let key = KEYS.iter().find(|key| !entry[**key].is_null());
            let place = key.and_then(|key| known.iter().position(|it| it[*key] == entry[*key]));
            match (key, place) {
                (Some(_), Some(index)) if entry["$patch"] == "delete" => {
                    let (path, before) = (format!("{path}[{index}]"), Some(known[index].clone()));
                    self.changes.push(Change { path, before, after: None });
                }
                (Some(key), Some(index)) => {
                    let mut inner = entry.clone();
                    inner.as_object_mut().map(|fields| fields.shift_remove(*key));
                    self.patched(format!("{path}[{index}]"), &inner, &known[index]);
                }
                _ => self.changes.push(Change {
                    path: path.to_owned(),
                    before: None,
                    after: Some(entry.clone()),
                }),
            }
        }
    }

    /// Nothing differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// The same changes with every value below `data` and `stringData` hidden, of whole objects too.
    #[must_use]
    pub fn masked(mut self) -> Self {
        for change in &mut self.changes {
            let sides = [&mut change.before, &mut change.after].into_iter().flatten();
            if change.path.is_empty() {
                sides.for_each(hide_data);
            } else if SECRET.iter().any(|field| change.path.starts_with(field)) {
                sides.for_each(hide);
            }
        }
        self
    }

    fn walk(&mut self, path: String, before: Option<&Value>, after: Option<&Value>) {
        match (before, after) {
            (Some(Value::Object(old)), Some(Value::Object(new))) => {
                let mut keys: Vec<&String> = old.keys().chain(new.keys()).collect();
                keys.sort();
                keys.dedup();
                for key in keys {
                    self.walk(join_key(&path, key), old.get(key), new.get(key));
                }
            }
            (Some(Value::Array(old)), Some(Value::Array(new))) => {
                for index in 0..old.len().max(new.len()) {
                    self.walk(format!("{path}[{index}]"), old.get(index), new.get(index));
                }
            }
            (before, after) if before == after => {}
            (before, after) => {
                self.changes.push(Change { path, before: before.cloned(), after: after.cloned() })
            }
        }
    }
}

/// The fields of a Secret whose values nobody sees.
const SECRET: [&str; 2] = ["data", "stringData"];

fn hide(value: &mut Value) {
    *value = Value::from("<hidden>");
}

/// Keys stay, values go.
fn hide_data(object: &mut Value) {
    for field in SECRET {
        match object.get_mut(field) {
            Some(Value::Object(fields)) => fields.values_mut().for_each(hide),
            Some(other) => hide(other),
            None => {}
        }
    }
}

/// A field path one key longer.
#[must_use]
pub fn join_key(path: &str, key: &str) -> String {
    if key.contains(['.', '[', ']', '/']) || key.is_empty() {
        format!("{path}[\"{key}\"]")
    } else if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Diff;

    fn check(before: Value, after: Value, expected: &[&str]) {
        let diff = Diff::between(&before, &after);
        let lines: Vec<String> = diff
            .changes
            .iter()
            .map(|change| {
                let side =
                    |value: &Option<Value>| value.as_ref().map_or("-".to_owned(), Value::to_string);
                format!("{} {} {}", change.path, side(&change.before), side(&change.after))
            })
            .collect();
        assert_eq!(lines, expected);
    }

    #[test]
    fn changes_are_named_by_path() {
        check(json!({"a": 1}), json!({"a": 1}), &[]);
        check(json!({"a": 1, "b": [1]}), json!({"a": 2, "b": [1, 3]}), &["a 1 2", "b[1] - 3"]);
        check(
            json!({"metadata": {"labels": {"app.oam.dev/name": "x"}}}),
            json!({"metadata": {"labels": {}}}),
            &[r#"metadata.labels["app.oam.dev/name"] "x" -"#],
        );
        check(json!({"a": {"b": 1}}), json!({"a": null}), &[r#"a {"b":1} null"#]);
    }

    #[test]
    fn secret_data_is_hidden() {
        let diff = Diff::between(&json!({"data": {"k": "a"}}), &json!({"data": {"k": "b"}}));
        let change = &diff.masked().changes[0];
        assert_eq!(change.before, Some(json!("<hidden>")));
        assert_eq!(change.after, Some(json!("<hidden>")));
        let made = Diff::between(&Value::Null, &json!({"kind": "Secret", "data": {"k": "b"}}));
        let after = json!({"kind": "Secret", "data": {"k": "<hidden>"}});
        assert_eq!(made.masked().changes[0].after, Some(after));
    }
}
