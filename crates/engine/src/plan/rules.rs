//! The policies that steer single objects, read from an application.
//!
//! Several policies of one type count as one: lists are joined, maps merged, and of other clashes the
//! first value wins. They are read from the live spec, so a change counts without a new revision.

use mizzen_oam::policy::{ApplyOnce, GarbageCollect, ResourceUpdate, Selection};
use mizzen_oam::{Application, annotations, labels};
use serde_json::{Value, json};

use crate::error::Error;

/// What an application says about its objects.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rules {
    /// `namespace/name` of the application.
    pub owner: String,
    /// The application leaves its objects behind.
    pub orphan: bool,
    /// When objects go.
    pub garbage_collect: GarbageCollect,
    /// What is left as it is.
    pub apply_once: ApplyOnce,
    /// What is shared with other applications.
    pub shared: Selection,
    /// What may be taken over.
    pub take_over: Selection,
    /// What is only read.
    pub read_only: Selection,
    /// How objects are updated.
    pub resource_update: ResourceUpdate,
}

impl Rules {
    /// Reads the rules of an application.
    ///
    /// # Errors
    /// When the properties of a policy do not fit its type.
    pub fn of(app: &Application) -> Result<Self, Error> {
        let mut apply_once = policy(app, "apply-once")?;
        let declared = app.spec.policies.iter().any(|policy| policy.policy_type == "apply-once");
        if !declared && !app.metadata.label(labels::ADDON_NAME).is_empty() {
            apply_once = ApplyOnce { enable: true, rules: None };
        }
        Ok(Self {
            owner: format!("{}/{}", app.metadata.namespace, app.metadata.name),
            orphan: app.metadata.has_finalizer(annotations::FINALIZER_ORPHAN),
            garbage_collect: policy(app, "garbage-collect")?,
            apply_once,
            shared: policy(app, "shared-resource")?,
            take_over: policy(app, "take-over")?,
            read_only: policy(app, "read-only")?,
            resource_update: policy(app, "resource-update")?,
        })
    }
}

fn policy<T: Default + serde::de::DeserializeOwned>(
    app: &Application,
    wanted: &str,
) -> Result<T, Error> {
    let mut merged = json!({});
    for policy in app.spec.policies.iter().filter(|policy| policy.policy_type == wanted) {
        if let Some(properties) = &policy.properties {
            merge(&mut merged, properties);
        }
    }
    serde_json::from_value(merged).map_err(|error| Error::Unreadable {
        what: format!("{wanted} policy of {}/{}", app.metadata.namespace, app.metadata.name),
        why: error.to_string(),
    })
}

fn merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                match into.get_mut(key) {
                    Some(known) => merge(known, value),
                    None => drop(into.insert(key.clone(), value.clone())),
                }
            }
        }
        (Value::Array(into), Value::Array(from)) => into.extend(from.iter().cloned()),
        (into @ Value::Bool(false), Value::Bool(true)) => *into = Value::Bool(true),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Rules;

    #[test]
    fn policies_of_one_type_count_as_one() {
        let app = serde_json::from_value(json!({
            "metadata": {"namespace": "n", "name": "a"},
            "spec": {"components": [], "policies": [
                {"type": "garbage-collect", "properties": {"keepLegacyResource": false,
                    "rules": [{"selector": {"componentNames": ["x"]}, "strategy": "never"}]}},
                {"type": "garbage-collect", "properties": {"keepLegacyResource": true,
                    "rules": [{"selector": {"componentNames": ["y"]}, "strategy": "onAppDelete"}]}},
                {"type": "garbage-collect"},
            ]},
        }));
        let rules = Rules::of(&app.expect("an application")).expect("rules");
        assert!(rules.garbage_collect.keep_legacy_resource);
        assert_eq!(rules.garbage_collect.rules.len(), 2);
        assert_eq!(rules.owner, "n/a");
    }
}
