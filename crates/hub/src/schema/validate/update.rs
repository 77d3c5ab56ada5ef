//! What may not change once an object exists.

use serde_json::Value;

use super::{FieldError, Findings, items, text, validate};
use crate::schema::facts::KindFacts;
use crate::schema::quantity::Quantity;

const IMMUTABLE: &str = "field is immutable";

/// What is wrong with replacing `old` by `new`: the rules for an object, and those for a change.
pub fn validate_update(kind: &KindFacts, old: &Value, new: &Value) -> Vec<FieldError> {
    let mut found = Findings { list: validate(kind, new) };
    match (kind.group.as_str(), kind.kind.as_str()) {
        ("", "Pod") => pod(old, new, &mut found),
        ("", "Service") => service(old, new, &mut found),
        ("", "Secret") => {
            immutable(old, new, &["type"], &mut found);
            frozen_data(old, new, &mut found);
        }
        ("", "ConfigMap") => frozen_data(old, new, &mut found),
        ("", "PersistentVolumeClaim") => claim(old, new, &mut found),
        ("apps", "Deployment" | "ReplicaSet" | "DaemonSet") => {
            immutable(old, new, &["spec", "selector"], &mut found);
        }
        ("apps", "StatefulSet") => stateful_set(old, new, &mut found),
        ("apps", "ControllerRevision") => immutable(old, new, &["data"], &mut found),
        ("batch", "Job") => job(old, new, &mut found),
        ("rbac.authorization.k8s.io", name)
            if name.ends_with("Binding") && old["roleRef"] != new["roleRef"] =>
        {
            found.invalid("roleRef", &new["roleRef"], "cannot change roleRef");
        }
        ("storage.k8s.io", "StorageClass") => {
            for key in ["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"] {
                if old[key] != new[key] {
                    found.forbidden(key, "updates to this field are forbidden.");
                }
            }
        }
        _ => {}
    }
    found.list
}

fn at<'a>(value: &'a Value, path: &[&str]) -> &'a Value {
    path.iter().fold(value, |value, key| &value[*key])
}

fn immutable(old: &Value, new: &Value, path: &[&str], found: &mut Findings) {
    if at(old, path) != at(new, path) {
        found.invalid(path.join("."), at(new, path), IMMUTABLE);
    }
}

fn frozen_data(old: &Value, new: &Value, found: &mut Findings) {
    if old["immutable"] != true {
        return;
    }
    let detail = "field is immutable when `immutable` is set";
    for key in ["immutable", "data", "binaryData"] {
        if old[key] != new[key] {
            found.forbidden(key, detail);
        }
    }
}

/// Copies of both specs without the fields that may change must be equal.
fn same_besides(old: &Value, new: &Value, free: &[&str]) -> bool {
    let strip = |value: &Value| {
        let mut value = value.clone();
        if let Some(map) = value.as_object_mut() {
            free.iter().for_each(|key| {
                map.shift_remove(*key);
            });
        }
        value
    };
    strip(old) == strip(new)
}

fn stateful_set(old: &Value, new: &Value, found: &mut Findings) {
    let free = [
        "replicas",
        "template",
        "updateStrategy",
        "minReadySeconds",
        "ordinals",
        "revisionHistoryLimit",
        "persistentVolumeClaimRetentionPolicy",
    ];
    if !same_besides(&old["spec"], &new["spec"], &free) {
        found.forbidden(
            "spec",
            "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
        );
    }
}

fn job(old: &Value, new: &Value, found: &mut Findings) {
    let (before, after) = (&old["spec"], &new["spec"]);
    if before["completions"] != after["completions"] && before["completionMode"] != "Indexed" {
        found.invalid("spec.completions", &after["completions"], IMMUTABLE);
    }
    immutable(old, new, &["spec", "selector"], found);
    let suspended = before["suspend"] == true && old["status"]["startTime"].is_null();
    if !suspended {
        immutable(old, new, &["spec", "template"], found);
    }
    for key in ["completionMode", "podFailurePolicy", "backoffLimitPerIndex"] {
        immutable(old, new, &["spec", key], found);
    }
}

fn pod(old: &Value, new: &Value, found: &mut Findings) {
    let (before, after) = (&old["spec"], &new["spec"]);
    let mut munged = after.clone();
    for key in ["containers", "initContainers"] {
        let (old_list, new_list) = (items(before, key), items(after, key));
        if old_list.len() != new_list.len() {
            found.forbidden(format!("spec.{key}"), "pod updates may not add or remove containers");
            return;
        }
        for (index, container) in old_list.iter().enumerate() {
            munged[key][index]["image"] = container["image"].clone();
        }
    }
    let kept = items(before, "tolerations").iter().all(|t| items(after, "tolerations").contains(t));
    if !kept {
        let detail = "existing toleration can not be modified except its tolerationSeconds";
        found.forbidden("spec.tolerations", detail);
    }
    let free = ["activeDeadlineSeconds", "tolerations", "schedulingGates", "nodeName"];
    let bound = text(before, "nodeName") == text(after, "nodeName");
    if !bound || !same_besides(before, &munged, &free) {
        found.forbidden(
            "spec",
            "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
        );
    }
}

fn service(old: &Value, new: &Value, found: &mut Findings) {
    let external = |s: &Value| s["spec"]["type"] == "ExternalName";
    if external(old) || external(new) {
        return;
    }
    let (before, after) = (&old["spec"]["clusterIPs"], &new["spec"]["clusterIPs"]);
    if before[0].is_string() && before[0] != after[0] {
        found.invalid("spec.clusterIPs[0]", after, "may not change once set");
    }
}

fn claim(old: &Value, new: &Value, found: &mut Findings) {
    let strip = |claim: &Value| {
        let mut spec = claim["spec"].clone();
        if spec["resources"]["requests"].is_object() {
            spec["resources"]["requests"]["storage"] = Value::Null;
        }
        if let Some(map) = spec.as_object_mut() {
            map.shift_remove("volumeName");
            map.shift_remove("volumeAttributesClassName");
            map.shift_remove("storageClassName");
        }
        spec
    };
    let bound = !text(&old["spec"], "volumeName").is_empty();
    let moved = bound && old["spec"]["volumeName"] != new["spec"]["volumeName"];
    let class = !old["spec"]["storageClassName"].is_null()
        && old["spec"]["storageClassName"] != new["spec"]["storageClassName"];
    if moved || class || strip(old) != strip(new) {
        found.forbidden(
            "spec",
            "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims",
        );
    }
    let size = |claim: &Value| {
        Quantity::parse(claim["spec"]["resources"]["requests"]["storage"].as_str()?)
    };
    if let (Some(before), Some(after)) = (size(old), size(new))
        && after < before
    {
        found.forbidden(
            "spec.resources.requests.storage",
            "field can not be less than status.capacity",
        );
    }
}
