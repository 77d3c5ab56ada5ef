//! Override and replication policies: how components differ where they are delivered. Pure.
//!
//! Invariant: policies apply in the order given; the result keeps the application's order, with added
//! components last.

use mizzen_oam::application::{AppPolicy, Component, Trait};
use mizzen_oam::policy::{ComponentPatch, Override, Replication};
use regex::Regex;
use serde_json::{Map, Value};

use super::error::RenderError;
use super::placement::strict;

/// The components after the override and replication policies among `policies`.
///
/// # Errors
/// A policy with unknown keys, a name that is no pattern, or a replication that selects nothing.
pub fn overridden(
    components: &[Component],
    policies: &[&AppPolicy],
) -> Result<Vec<Component>, RenderError> {
    let mut result = components.to_vec();
    for policy in policies.iter().filter(|policy| policy.policy_type == "override") {
        result = apply(&result, policy)?;
    }
    for policy in policies.iter().filter(|policy| policy.policy_type == "replication") {
        result = replicated(&result, policy)?;
    }
    Ok(result)
}

fn apply(components: &[Component], policy: &AppPolicy) -> Result<Vec<Component>, RenderError> {
    let parsed: Override = strict(policy, &["components", "selector"])?;
    let mut result = components.to_vec();
    for patch in &parsed.components {
        if patch.name.is_empty() {
            patch_all(&mut result, patch);
        } else {
            patch_named(&mut result, patch, policy)?;
        }
    }
    if let Some(names) = &parsed.selector {
        result.retain(|component| names.contains(&component.name));
    }
    Ok(result)
}

fn patch_all(components: &mut [Component], patch: &ComponentPatch) {
    let fits = |component: &Component| {
        patch.component_type.is_empty() || patch.component_type == component.component_type
    };
    for component in components.iter_mut().filter(|component| fits(component)) {
        merge(component, patch);
    }
}

/// A name is a pattern, found anywhere in a component's name; one that fits none adds a component.
fn patch_named(
    components: &mut Vec<Component>,
    patch: &ComponentPatch,
    policy: &AppPolicy,
) -> Result<(), RenderError> {
    let pattern = Regex::new(&patch.name.replace('*', ".*")).map_err(|error| {
        let reason = format!("component name `{}` is no pattern: {error}", patch.name);
        RenderError::Policy { name: policy.name.clone(), reason }
    })?;
    let mut found = false;
    for component in components.iter_mut().filter(|c| pattern.is_match(&c.name)) {
        found = true;
        let same = [component.component_type.as_str(), ""].contains(&patch.component_type.as_str());
        if same {
            merge(component, patch);
        } else {
            *component = fresh(patch);
        }
    }
    if !found {
        components.push(fresh(patch));
    }
    Ok(())
}

fn fresh(patch: &ComponentPatch) -> Component {
    let traits = patch.traits.iter().filter(|patch| !patch.disable);
    let traits = traits.map(|patch| Trait {
        trait_type: patch.trait_type.clone(),
        properties: patch.properties.clone(),
    });
    Component {
        name: patch.name.clone(),
        component_type: patch.component_type.clone(),
        properties: patch.properties.clone(),
        traits: traits.collect(),
        external_revision: patch.external_revision.clone(),
        ..Component::default()
    }
}

fn merge(component: &mut Component, patch: &ComponentPatch) {
    merge_properties(&mut component.properties, patch.properties.as_ref());
    if !patch.external_revision.is_empty() {
        component.external_revision.clone_from(&patch.external_revision);
    }
    for change in &patch.traits {
        if change.disable {
            component.traits.retain(|item| item.trait_type != change.trait_type);
            continue;
        }
        let mut found = false;
        for item in component.traits.iter_mut().filter(|t| t.trait_type == change.trait_type) {
            found = true;
            merge_properties(&mut item.properties, change.properties.as_ref());
        }
        if !found {
            component.traits.push(Trait {
                trait_type: change.trait_type.clone(),
                properties: change.properties.clone(),
            });
        }
    }
}

fn merge_properties(base: &mut Option<Value>, patch: Option<&Value>) {
    let Some(patch) = patch else { return };
    match base {
        Some(base) => merge_values(base, patch),
        None => *base = Some(patch.clone()),
    }
}

/// Maps merge key by key; anything else is replaced.
fn merge_values(base: &mut Value, patch: &Value) {
    match (base, patch) {
        (Value::Object(base), Value::Object(patch)) => {
            for (key, value) in patch {
                match base.get_mut(key) {
                    Some(existing) => merge_values(existing, value),
                    None => {
                        base.insert(key.clone(), value.clone());
                    }
                }
            }
        }
        (base, patch) => *base = patch.clone(),
    }
}

/// Selected components are cloned once per key, after those that stay as they are.
fn replicated(components: &[Component], policy: &AppPolicy) -> Result<Vec<Component>, RenderError> {
    let parsed: Replication = strict(policy, &["keys", "selector"])?;
    let (chosen, mut result): (Vec<_>, Vec<_>) =
        components.iter().cloned().partition(|c| parsed.selector.contains(&c.name));
    if chosen.is_empty() {
        let reason = "no component selected to replicate; name some in `selector`".to_owned();
        return Err(RenderError::Policy { name: policy.name.clone(), reason });
    }
    for component in chosen {
        let copy = |key: &String| Component { replica_key: key.clone(), ..component.clone() };
        result.extend(parsed.keys.iter().map(copy));
    }
    Ok(result)
}

/// Sets the value at a parameter key such as `properties.env[0].value`, making what is missing.
///
/// A key that starts neither with `properties` nor with `traits[` is meant below `properties`.
///
/// # Errors
/// When the key is no path, or leads through something that is neither map nor list.
pub fn set_input(component: &mut Component, key: &str, value: Value) -> Result<(), RenderError> {
    let bad = |reason: String| RenderError::BadApplication {
        app: component.name.clone(),
        reason: format!("input `{key}` of component: {reason}"),
    };
    let steps = path(key).ok_or_else(|| bad("is no path".to_owned()))?;
    let (root, steps) = match steps.split_first() {
        Some((Step::Key(first), rest)) if first == "properties" => (None, rest.to_vec()),
        Some((Step::Key(first), [Step::Index(index), Step::Key(second), rest @ ..]))
            if first == "traits" && second == "properties" =>
        {
            (Some(*index), rest.to_vec())
        }
        _ => (None, steps),
    };
    let count = component.traits.len();
    let properties = match root {
        None => &mut component.properties,
        Some(index) if index < count => &mut component.traits[index].properties,
        Some(index) => return Err(bad(format!("trait {index} does not exist"))),
    };
    let target = properties.get_or_insert_with(|| Value::Object(Map::new()));
    put(target, &steps, value).map_err(bad)
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(usize),
}

fn path(text: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    for part in text.split('.') {
        let (name, mut rest) = part.find('[').map_or((part, ""), |at| part.split_at(at));
        if !name.is_empty() {
            steps.push(Step::Key(name.to_owned()));
        }
        while let Some(inner) = rest.strip_prefix('[') {
            let (index, after) = inner.split_once(']')?;
            steps.push(match index.strip_prefix('"').and_then(|i| i.strip_suffix('"')) {
                Some(key) => Step::Key(key.to_owned()),
                None => Step::Index(index.parse().ok()?),
            });
            rest = after;
        }
        if !rest.is_empty() {
            return None;
        }
    }
    (!steps.is_empty()).then_some(steps)
}

/// Longest list that an index may make.
const MOST_ITEMS: usize = 1000;

fn put(target: &mut Value, steps: &[Step], value: Value) -> Result<(), String> {
    let Some((step, rest)) = steps.split_first() else {
        *target = value;
        return Ok(());
    };
    match step {
        Step::Key(key) => {
            if target.is_null() {
                *target = Value::Object(Map::new());
            }
            let map = target.as_object_mut().ok_or_else(|| format!("`{key}` is not in a map"))?;
            put(map.entry(key.clone()).or_insert(Value::Null), rest, value)
        }
        Step::Index(index) => {
            if target.is_null() {
                *target = Value::Array(Vec::new());
            }
            let list =
                target.as_array_mut().ok_or_else(|| format!("[{index}] is not in a list"))?;
            if *index >= MOST_ITEMS {
                return Err(format!("[{index}] is beyond {MOST_ITEMS} items"));
            }
            if list.len() <= *index {
                list.resize(*index + 1, Value::Null);
            }
            put(&mut list[*index], rest, value)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(kind: &str, properties: Value, expected: Value) {
        let base: Vec<Component> = serde_json::from_value(json!([
            {"name": "api", "type": "webservice", "properties": {"image": "a", "env": [1], "m": {"x": 1}},
             "traits": [{"type": "scaler", "properties": {"replicas": 1}}, {"type": "expose"}]},
            {"name": "api-v2", "type": "worker"},
        ]))
        .expect("the test's components are valid");
        let policy =
            AppPolicy { name: "p".into(), policy_type: kind.into(), properties: Some(properties) };
        let told = match overridden(&base, &[&policy]) {
            Ok(components) => json!(components),
            Err(error) => json!(error.to_string()),
        };
        assert_eq!(told, expected);
    }

    #[test]
    fn a_pattern_is_not_anchored_and_another_type_replaces() {
        check(
            "override",
            json!({"components": [{"name": "api", "type": "worker", "properties": {"image": "b"}}]}),
            json!([
                {"name": "api", "type": "worker", "properties": {"image": "b"}},
                {"name": "api-v2", "type": "worker", "properties": {"image": "b"}},
            ]),
        );
    }

    #[test]
    fn maps_merge_lists_replace_traits_by_type() {
        check(
            "override",
            json!({"components": [{"type": "webservice", "properties": {"env": [2], "m": {"y": 0}},
                "traits": [{"type": "scaler", "properties": {"replicas": 0}}, {"type": "expose", "disable": true}, {"type": "new"}]}],
                "selector": ["api"]}),
            json!([
                {"name": "api", "type": "webservice", "properties": {"image": "a", "env": [2], "m": {"x": 1, "y": 0}},
                 "traits": [{"type": "scaler", "properties": {"replicas": 0}}, {"type": "new"}]},
            ]),
        );
    }

    #[test]
    fn a_name_that_fits_none_adds() {
        check(
            "override",
            json!({"components": [{"name": "db", "type": "task"}], "selector": ["db"]}),
            json!([{"name": "db", "type": "task"}]),
        );
    }

    #[test]
    fn replicas_come_last_and_need_a_selection() {
        let told = json!("policy `p`: no component selected to replicate; name some in `selector`");
        check("replication", json!({"keys": ["x"]}), told);
    }

    #[test]
    fn inputs_make_what_is_missing() {
        let mut component = Component { name: "c".into(), ..Component::default() };
        component.traits.push(Trait { trait_type: "t".into(), properties: None });
        for (key, value) in [
            ("env[1].value", json!(1)),
            ("properties.a[\"b-c\"]", json!(2)),
            ("traits[0].properties.x", json!(3)),
        ] {
            set_input(&mut component, key, value).expect("a good key");
        }
        assert_eq!(
            json!(component.properties),
            json!({"env": [null, {"value": 1}], "a": {"b-c": 2}})
        );
        assert_eq!(json!(component.traits[0].properties), json!({"x": 3}));
        assert!(set_input(&mut component, "a[x", json!(1)).is_err());
    }
}
