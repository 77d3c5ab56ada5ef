//! The defaults that the API server's Go code sets, kind by kind.
//!
//! Works on normalised values and only adds what is absent. Invariant: applying it twice changes
//! nothing. Defaults of allocation (cluster IPs, ports) and of admission live in `admission`.

mod pod;
mod workload;

use serde_json::{Map, Value, json};

use super::decode::{DecodeError, Normalized};
use super::facts::{KindFacts, Schema};

impl Schema {
    /// Decodes an object of a kind, sets its defaults and writes it canonically.
    ///
    /// # Errors
    /// When a value has the wrong type, in the words of Go's decoder.
    pub fn prepare(&self, kind: &KindFacts, value: Value) -> Result<Normalized, DecodeError> {
        let Normalized { mut value, unknown } = self.normalize(kind, value)?;
        apply_defaults(kind, &mut value);
        let value = self.normalize(kind, value)?.value;
        Ok(Normalized { value, unknown })
    }
}

/// Sets the defaults of a kind on an object.
pub fn apply_defaults(kind: &KindFacts, object: &mut Value) {
    match (kind.group.as_str(), kind.kind.as_str()) {
        ("", "Pod") => {
            if let Some(spec) = child(object, "spec") {
                pod::pod_spec(spec);
                pod::pod_only(spec);
            }
        }
        ("", "PodTemplate") => pod::template(object, "template"),
        ("", "Service") => service(object),
        ("", "Endpoints") => each(object, "subsets", |subset| {
            each(subset, "ports", |port| set(port, "protocol", json!("TCP")));
        }),
        ("", "Secret") => set(object, "type", json!("Opaque")),
        ("", "ReplicationController") => workload::replication_controller(object),
        ("", "PersistentVolumeClaim") => claim(object),
        ("", "PersistentVolume") => volume(object),
        ("", "Namespace") => namespace(object),
        ("", "Node") => set(object, "status", json!({})),
        ("apps", kind) => workload::apps(kind, object),
        ("batch", "Job") => workload::job(object),
        ("batch", "CronJob") => workload::cron_job(object),
        ("autoscaling", _) => autoscaler(object),
        ("networking.k8s.io", "NetworkPolicy") => network_policy(object),
        ("rbac.authorization.k8s.io", _) => rbac(object),
        ("storage.k8s.io", "StorageClass") => {
            set(object, "reclaimPolicy", json!("Delete"));
            set(object, "volumeBindingMode", json!("Immediate"));
        }
        ("discovery.k8s.io", "EndpointSlice") => each(object, "ports", |port| {
            set(port, "name", json!(""));
            set(port, "protocol", json!("TCP"));
        }),
        ("", "LimitRange") => limit_range(object),
        ("scheduling.k8s.io", "PriorityClass") => {
            set(object, "preemptionPolicy", json!("PreemptLowerPriority"));
        }
        _ => {}
    }
}

/// Counts the templates of a DaemonSet; every DaemonSet is written with it.
pub(super) const TEMPLATE_GENERATION: &str = "deprecated.daemonset.template.generation";

/// The object under a key, if there is one.
pub(super) fn child<'a>(value: &'a mut Value, key: &str) -> Option<&'a mut Value> {
    value.get_mut(key).filter(|v| v.is_object())
}

/// The object under a key, made if absent.
pub(super) fn ensure<'a>(value: &'a mut Value, key: &str) -> Option<&'a mut Value> {
    let map = value.as_object_mut()?;
    let slot = map.entry(key).or_insert(Value::Null);
    if slot.is_null() {
        *slot = Value::Object(Map::new());
    }
    Some(slot).filter(|v| v.is_object())
}

/// Sets a field that is absent, null or an empty text.
pub(super) fn set(value: &mut Value, key: &str, default: Value) {
    let Some(map) = value.as_object_mut() else { return };
    let absent = match map.get(key) {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.is_empty(),
        Some(_) => false,
    };
    if absent {
        map.insert(key.to_owned(), default);
    }
}

/// Calls a function for every item of a list.
pub(super) fn each(value: &mut Value, key: &str, mut apply: impl FnMut(&mut Value)) {
    if let Some(Value::Array(items)) = value.get_mut(key) {
        items.iter_mut().for_each(&mut apply);
    }
}

fn service(object: &mut Value) {
    let Some(spec) = ensure(object, "spec") else { return };
    set(spec, "sessionAffinity", json!("None"));
    set(spec, "type", json!("ClusterIP"));
    if spec["sessionAffinity"] == "ClientIP" {
        set(spec, "sessionAffinityConfig", json!({"clientIP": {"timeoutSeconds": 10800}}));
    }
    each(spec, "ports", |port| {
        set(port, "protocol", json!("TCP"));
        let target = &port["targetPort"];
        if target.is_null() || *target == 0 || *target == "" {
            port["targetPort"] = port["port"].clone();
        }
    });
    let kind = spec["type"].as_str().unwrap_or_default().to_owned();
    if kind == "NodePort" || kind == "LoadBalancer" {
        set(spec, "externalTrafficPolicy", json!("Cluster"));
    }
    if kind == "LoadBalancer" {
        set(spec, "allocateLoadBalancerNodePorts", json!(true));
    }
    if kind != "ExternalName" {
        set(spec, "internalTrafficPolicy", json!("Cluster"));
    }
}

/// Limits of containers: the default is the maximum, the default request is that default or else
/// the minimum.
fn limit_range(object: &mut Value) {
    let Some(spec) = child(object, "spec") else { return };
    each(spec, "limits", |limit| {
        if limit["type"] == "Container" {
            for (to, from) in
                [("default", "max"), ("defaultRequest", "default"), ("defaultRequest", "min")]
            {
                add_absent(limit, to, from);
            }
        }
    });
}

/// Adds to one map what only another has.
fn add_absent(owner: &mut Value, to: &str, from: &str) {
    let entries = owner[from].as_object().cloned().unwrap_or_default();
    let Some(target) = ensure(owner, to) else { return };
    for (key, value) in entries {
        set(target, &key, value);
    }
}

fn claim(object: &mut Value) {
    if let Some(spec) = child(object, "spec") {
        pod::claim_spec(spec);
    }
    if let Some(status) = ensure(object, "status") {
        set(status, "phase", json!("Pending"));
    }
}

fn volume(object: &mut Value) {
    if let Some(spec) = child(object, "spec") {
        set(spec, "persistentVolumeReclaimPolicy", json!("Retain"));
        set(spec, "volumeMode", json!("Filesystem"));
        pod::host_path(spec);
    }
    if let Some(status) = ensure(object, "status") {
        set(status, "phase", json!("Pending"));
    }
}

fn namespace(object: &mut Value) {
    let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    if !name.is_empty()
        && let Some(metadata) = child(object, "metadata")
        && let Some(labels) = ensure(metadata, "labels")
    {
        set(labels, "kubernetes.io/metadata.name", json!(name));
    }
    if let Some(status) = ensure(object, "status") {
        set(status, "phase", json!("Active"));
    }
}

fn autoscaler(object: &mut Value) {
    let Some(spec) = child(object, "spec") else { return };
    set(spec, "minReplicas", json!(1));
    let empty = spec["metrics"].as_array().is_none_or(Vec::is_empty);
    if empty && spec.get("targetCPUUtilizationPercentage").is_none() {
        spec["metrics"] = json!([{"type": "Resource", "resource": {"name": "cpu",
            "target": {"type": "Utilization", "averageUtilization": 80}}}]);
    }
    let Some(behavior) = child(spec, "behavior") else { return };
    let policy =
        |kind: &str, value: i64| json!({"type": kind, "value": value, "periodSeconds": 15});
    if let Some(up) = ensure(behavior, "scaleUp") {
        set(up, "stabilizationWindowSeconds", json!(0));
        set(up, "selectPolicy", json!("Max"));
        set(up, "policies", json!([policy("Pods", 4), policy("Percent", 100)]));
    }
    if let Some(down) = ensure(behavior, "scaleDown") {
        set(down, "selectPolicy", json!("Max"));
        set(down, "policies", json!([policy("Percent", 100)]));
    }
}

fn network_policy(object: &mut Value) {
    let Some(spec) = child(object, "spec") else { return };
    for direction in ["ingress", "egress"] {
        each(spec, direction, |rule| {
            each(rule, "ports", |port| set(port, "protocol", json!("TCP")));
        });
    }
    let egress = spec["egress"].as_array().is_some_and(|e| !e.is_empty());
    let types = if egress { json!(["Ingress", "Egress"]) } else { json!(["Ingress"]) };
    set(spec, "policyTypes", types);
}

fn rbac(object: &mut Value) {
    const GROUP: &str = "rbac.authorization.k8s.io";
    if let Some(role) = child(object, "roleRef") {
        set(role, "apiGroup", json!(GROUP));
    }
    each(object, "subjects", |subject| {
        if subject["kind"] == "User" || subject["kind"] == "Group" {
            set(subject, "apiGroup", json!(GROUP));
        }
    });
}

#[cfg(test)]
mod tests;
