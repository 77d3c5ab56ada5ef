//! The variables of a run and the small values that steps keep between visits.
//!
//! Both live in the ConfigMap `workflow-<name>-context`: `data.vars` holds all variables as CUE text,
//! every other key one value, its parts joined by dots.
//! Source: `pkg/context/context.go` of kubevela/workflow.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// The key of the ConfigMap that holds the variables.
pub const VARS: &str = "vars";

/// Variables and kept values of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Context {
    vars: Map<String, Value>,
    kept: BTreeMap<String, String>,
}

impl Context {
    /// A context from its parts, as read back from the ConfigMap.
    #[must_use]
    pub fn new(vars: Map<String, Value>, kept: BTreeMap<String, String>) -> Self {
        Self { vars, kept }
    }

    /// All variables.
    #[must_use]
    pub fn vars(&self) -> &Map<String, Value> {
        &self.vars
    }

    /// All kept values by their dotted key.
    #[must_use]
    pub fn kept(&self) -> &BTreeMap<String, String> {
        &self.kept
    }

    /// A variable, or a value inside one: `from` is split at dots.
    #[must_use]
    pub fn var(&self, from: &str) -> Option<&Value> {
        let mut parts = from.split('.');
        let first = self.vars.get(parts.next()?)?;
        parts.try_fold(first, |value, part| value.get(part))
    }

    /// Gives a variable its value; giving it another one later is a conflict, as variables unify.
    ///
    /// # Errors
    /// A sentence when the variable has another value.
    pub fn set_var(&mut self, name: &str, value: Value) -> Result<(), String> {
        let slot = slot(&mut self.vars, name)?;
        match slot {
            Value::Null => *slot = value,
            known if *known == value => {}
            known => {
                return Err(format!(
                    "variable {name} has the value {known}; it cannot become {value}"
                ));
            }
        }
        Ok(())
    }

    /// Forgets variables, such as those of steps that run again.
    pub fn forget_vars<'a>(&mut self, names: impl IntoIterator<Item = &'a str>) {
        for name in names {
            self.vars.shift_remove(name);
        }
    }

    /// A kept value.
    #[must_use]
    pub fn kept_value(&self, key: &str) -> Option<&str> {
        self.kept.get(key).map(String::as_str)
    }

    /// Keeps a value.
    pub fn keep(&mut self, key: String, value: String) {
        self.kept.insert(key, value);
    }

    /// Forgets a kept value.
    pub fn drop_kept(&mut self, key: &str) {
        self.kept.remove(key);
    }
}

/// The place of a dotted name, structs made on the way.
fn slot<'a>(vars: &'a mut Map<String, Value>, name: &str) -> Result<&'a mut Value, String> {
    let mut parts = name.split('.');
    let first = parts.next().unwrap_or_default();
    let mut value = vars.entry(first).or_insert(Value::Null);
    for part in parts {
        if value.is_null() {
            *value = Value::Object(Map::new());
        }
        let Value::Object(fields) = value else {
            return Err(format!("variable {name} lies inside a value that is no struct"));
        };
        value = fields.entry(part).or_insert(Value::Null);
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn variables_unify() {
        let mut context = Context::default();
        assert!(context.set_var("a.b", json!(1)).is_ok());
        assert!(context.set_var("a.b", json!(1)).is_ok());
        assert!(context.set_var("a.b", json!(2)).is_err());
        assert!(context.set_var("a.c", json!("x")).is_ok());
        assert!(context.set_var("a.b.c", json!("x")).is_err());
        assert_eq!(context.var("a.c"), Some(&json!("x")));
        assert_eq!(context.var("a.d"), None);
    }
}
