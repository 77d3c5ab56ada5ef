//! The remaining kinds: data holders, claims, autoscalers, RBAC.

use serde_json::Value;

use super::{Findings, items, text};

const DATA_LIMIT: usize = 1024 * 1024;
const DATA_KEY: &str = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

/// A ConfigMap or a Secret.
pub(super) fn keyed_data(object: &Value, found: &mut Findings) {
    let mut total = 0;
    for field in ["data", "binaryData"] {
        for (key, value) in object[field].as_object().into_iter().flatten() {
            let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
            if key.is_empty() || !key.bytes().all(fits) {
                let at = format!("{field}[{key}]");
                found.invalid(at, &Value::from(key.as_str()), DATA_KEY);
            }
            if field == "data" && object["binaryData"].get(key).is_some() {
                let detail = "duplicate of key present in binaryData";
                found.invalid(format!("data[{key}]"), &Value::from(key.as_str()), detail);
            }
            total += value.as_str().unwrap_or_default().len();
        }
    }
    let limit = if object["kind"] == "Secret" { DATA_LIMIT * 4 / 3 + 4 } else { DATA_LIMIT };
    if total > limit {
        let field = if object["kind"] == "Secret" { "data" } else { "" };
        found.too_long(field, DATA_LIMIT);
    }
}

/// A PersistentVolumeClaim.
pub(super) fn claim(object: &Value, found: &mut Findings) {
    let spec = &object["spec"];
    if items(spec, "accessModes").is_empty() {
        found.required("spec.accessModes", "at least 1 access mode is required");
    }
    for (index, mode) in items(spec, "accessModes").iter().enumerate() {
        let supported = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
        if !mode.as_str().is_some_and(|m| supported.contains(&m)) {
            found.not_supported(format!("spec.accessModes[{index}]"), mode, &supported);
        }
    }
    if spec["resources"]["requests"]["storage"].is_null() {
        found.required("spec.resources[storage]", "");
    }
}

/// A HorizontalPodAutoscaler.
pub(super) fn autoscaler(object: &Value, found: &mut Findings) {
    let spec = &object["spec"];
    let (min, max) = (spec["minReplicas"].as_i64().unwrap_or(1), spec["maxReplicas"].as_i64());
    let max = max.unwrap_or(0);
    if min < 1 {
        found.invalid(
            "spec.minReplicas",
            &spec["minReplicas"],
            "must be greater than or equal to 1",
        );
    }
    if max < 1 {
        found.invalid("spec.maxReplicas", &Value::from(max), "must be greater than 0");
    }
    if max < min {
        let detail = "must be greater than or equal to `minReplicas`";
        found.invalid("spec.maxReplicas", &Value::from(max), detail);
    }
    for key in ["kind", "name"] {
        if text(&spec["scaleTargetRef"], key).is_empty() {
            found.required(format!("spec.scaleTargetRef.{key}"), "");
        }
    }
}

/// Roles and bindings.
pub(super) fn rbac(kind: &str, object: &Value, found: &mut Findings) {
    if kind.ends_with("Binding") {
        binding(kind, object, found);
        return;
    }
    for (index, rule) in items(object, "rules").iter().enumerate() {
        let at = format!("rules[{index}]");
        if items(rule, "verbs").is_empty() {
            found.required(format!("{at}.verbs"), "verbs must contain at least one value");
        }
        let urls = !items(rule, "nonResourceURLs").is_empty();
        if urls && kind == "Role" {
            let detail = "namespaced rules cannot apply to non-resource URLs";
            found.invalid(format!("{at}.nonResourceURLs"), &rule["nonResourceURLs"], detail);
        }
        if !urls && items(rule, "apiGroups").is_empty() {
            found.required(
                format!("{at}.apiGroups"),
                "resource rules must supply at least one api group",
            );
        }
        if !urls && items(rule, "resources").is_empty() {
            found.required(
                format!("{at}.resources"),
                "resource rules must supply at least one resource",
            );
        }
    }
}

fn binding(kind: &str, object: &Value, found: &mut Findings) {
    let role = &object["roleRef"];
    let supported: &[&str] =
        if kind == "RoleBinding" { &["ClusterRole", "Role"] } else { &["ClusterRole"] };
    if !role["kind"].as_str().is_some_and(|k| supported.contains(&k)) {
        found.not_supported("roleRef.kind", &role["kind"], supported);
    }
    if text(role, "name").is_empty() {
        found.required("roleRef.name", "");
    }
    for (index, subject) in items(object, "subjects").iter().enumerate() {
        let at = format!("subjects[{index}]");
        if text(subject, "name").is_empty() {
            found.required(format!("{at}.name"), "");
        }
        // Inside a namespace the account may be that namespace's.
        let somewhere = kind == "ClusterRoleBinding" && subject["kind"] == "ServiceAccount";
        if somewhere && text(subject, "namespace").is_empty() {
            found.required(format!("{at}.namespace"), "");
        }
    }
}
