//! Where an object keeps its scale: numbers and a selector, whatever the schema of a custom resource
//! says.

use serde_json::{Value, json};

use crate::go_json;
use crate::status::Cause;

/// Where an object keeps what its scale subresource shows, as dotted paths.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ScalePaths {
    pub(crate) spec_replicas: String,
    pub(crate) status_replicas: String,
    pub(crate) selector: String,
}

impl ScalePaths {
    /// The paths of built-in workloads.
    pub(crate) fn builtin() -> Self {
        Self {
            spec_replicas: "spec.replicas".to_owned(),
            status_replicas: "status.replicas".to_owned(),
            selector: "spec.selector".to_owned(),
        }
    }
}

/// Everything wrong with the places that the scale shows.
pub(crate) fn validate(object: &Value, paths: &ScalePaths) -> Vec<Cause> {
    let counts = [&paths.spec_replicas, &paths.status_replicas];
    let mut causes: Vec<Cause> = counts.iter().filter_map(|path| count(object, path)).collect();
    if !paths.selector.is_empty() {
        let found = find(object, &paths.selector);
        let found = found.and_then(|value| match value {
            Some(Value::String(_)) | None => Ok(()),
            Some(other) => Err(accessor(&paths.selector, other, "string")),
        });
        causes.extend(found.err().map(|why| invalid(&paths.selector, &json!(""), &why)));
    }
    causes
}

fn count(object: &Value, path: &str) -> Option<Cause> {
    let value = match find(object, path) {
        Ok(value) => value?,
        Err(why) => return Some(invalid(path, &json!(0), &why)),
    };
    match value.as_i64() {
        None => Some(invalid(path, &json!(0), &accessor(path, value, "int64"))),
        Some(n) if n < 0 => Some(invalid(path, value, "should be a non-negative integer")),
        Some(n) if n > i64::from(i32::MAX) => {
            Some(invalid(path, value, &format!("should be less than or equal to {}", i32::MAX)))
        }
        Some(_) => None,
    }
}

fn invalid(path: &str, value: &Value, why: &str) -> Cause {
    Cause::invalid(format!(".{path}"), value, why)
}

/// The value at a dotted path; an error where something on the way has no fields.
pub(crate) fn find<'a>(object: &'a Value, path: &str) -> Result<Option<&'a Value>, String> {
    let mut place = object;
    for (depth, key) in path.split('.').enumerate() {
        let Value::Object(map) = place else {
            let walked: Vec<&str> = path.split('.').take(depth + 1).collect();
            return Err(accessor(&walked.join("."), place, "map[string]interface{}"));
        };
        let Some(below) = map.get(key) else { return Ok(None) };
        place = below;
    }
    Ok(Some(place))
}

fn accessor(path: &str, value: &Value, expected: &str) -> String {
    let (shown, kind) = (go_json::text(value), go_json::type_of(value));
    format!(".{path} accessor error: {shown} is of the type {kind}, expected {expected}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_hold_what_the_scale_shows() {
        let paths = ScalePaths {
            spec_replicas: "spec.size".to_owned(),
            status_replicas: "status.size".to_owned(),
            selector: "status.selector".to_owned(),
        };
        let wrong_type = ".spec.size accessor error: x is of the type string, expected int64";
        let table = [
            (json!({"spec": {"size": 1}}), None),
            (json!({"spec": {}}), None),
            (json!({"spec": {"size": "x"}}), Some(wrong_type)),
            (json!({"spec": {"size": -1}}), Some("should be a non-negative integer")),
            (
                json!({"status": {"selector": 1}}),
                Some(".status.selector accessor error: 1 is of the type int64, expected string"),
            ),
        ];
        for (object, expected) in table {
            let causes = validate(&object, &paths);
            let found = causes.first().map(|cause| cause.message.as_str());
            assert_eq!(found.is_some(), expected.is_some(), "{object}");
            assert!(found.unwrap_or_default().ends_with(expected.unwrap_or_default()), "{found:?}");
        }
    }
}
