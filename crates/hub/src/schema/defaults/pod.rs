//! Defaults of pods, wherever a pod is described: containers, probes, volumes, claims.

use serde_json::{Value, json};

use super::{child, each, ensure, set};

/// Defaults of the pod template under a key.
pub(super) fn template(owner: &mut Value, key: &str) {
    if let Some(template) = child(owner, key)
        && let Some(spec) = child(template, "spec")
    {
        pod_spec(spec);
    }
}

/// Defaults of a pod's spec, in a pod and in a template alike.
pub(super) fn pod_spec(spec: &mut Value) {
    for (key, default) in [
        ("restartPolicy", json!("Always")),
        ("terminationGracePeriodSeconds", json!(30)),
        ("dnsPolicy", json!("ClusterFirst")),
        ("securityContext", json!({})),
        ("schedulerName", json!("default-scheduler")),
    ] {
        set(spec, key, default);
    }
    mirror_service_account(spec);
    let host_network = spec["hostNetwork"] == true;
    for key in ["containers", "initContainers", "ephemeralContainers"] {
        each(spec, key, |container| self::container(container, host_network));
    }
    each(spec, "volumes", volume);
}

/// The old and the new name of one field.
fn mirror_service_account(spec: &mut Value) {
    let name = match (&spec["serviceAccountName"], &spec["serviceAccount"]) {
        (Value::String(name), _) | (_, Value::String(name)) => json!(name),
        _ => return,
    };
    spec["serviceAccountName"] = name.clone();
    spec["serviceAccount"] = name;
}

/// Defaults that a pod has and a template does not.
pub(super) fn pod_only(spec: &mut Value) {
    set(spec, "enableServiceLinks", json!(true));
    for key in ["containers", "initContainers"] {
        each(spec, key, requests_from_limits);
    }
}

fn requests_from_limits(container: &mut Value) {
    let Some(limits) = container["resources"]["limits"].as_object().cloned() else { return };
    if let Some(resources) = child(container, "resources")
        && let Some(requests) = ensure(resources, "requests")
    {
        for (name, amount) in limits {
            set(requests, &name, amount);
        }
    }
}

fn container(container: &mut Value, host_network: bool) {
    let image = container["image"].as_str().unwrap_or_default();
    let policy = if is_latest(image) { "Always" } else { "IfNotPresent" };
    set(container, "imagePullPolicy", json!(policy));
    set(container, "terminationMessagePath", json!("/dev/termination-log"));
    set(container, "terminationMessagePolicy", json!("File"));
    each(container, "ports", |port| {
        set(port, "protocol", json!("TCP"));
        if host_network && let Some(number) = port.get("containerPort").cloned() {
            set(port, "hostPort", number);
        }
    });
    each(container, "env", |env| {
        if let Some(from) = child(env, "valueFrom")
            && let Some(field) = child(from, "fieldRef")
        {
            set(field, "apiVersion", json!("v1"));
        }
    });
    for key in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if let Some(found) = child(container, key) {
            probe(found);
        }
    }
    if let Some(lifecycle) = child(container, "lifecycle") {
        for key in ["postStart", "preStop"] {
            if let Some(handler) = child(lifecycle, key) {
                http_get(handler);
            }
        }
    }
}

/// Whether an image has no digest and its tag is absent or `latest`.
fn is_latest(image: &str) -> bool {
    let last = image.rsplit('/').next().unwrap_or(image);
    !image.contains('@') && last.split_once(':').is_none_or(|(_, tag)| tag == "latest")
}

fn probe(probe: &mut Value) {
    for (key, default) in [
        ("timeoutSeconds", 1),
        ("periodSeconds", 10),
        ("successThreshold", 1),
        ("failureThreshold", 3),
    ] {
        set(probe, key, json!(default));
    }
    http_get(probe);
    if let Some(grpc) = child(probe, "grpc")
        && grpc.get("service").is_none()
    {
        grpc["service"] = json!("");
    }
}

fn http_get(handler: &mut Value) {
    if let Some(get) = child(handler, "httpGet") {
        set(get, "path", json!("/"));
        set(get, "scheme", json!("HTTP"));
    }
}

fn volume(volume: &mut Value) {
    let bare = volume.as_object().is_some_and(|v| v.keys().all(|k| k == "name"));
    if bare {
        volume["emptyDir"] = json!({});
    }
    for key in ["secret", "configMap", "downwardAPI", "projected"] {
        if let Some(source) = child(volume, key) {
            set(source, "defaultMode", json!(420));
            downward_items(source);
        }
    }
    if let Some(projected) = child(volume, "projected") {
        each(projected, "sources", |source| {
            if let Some(token) = child(source, "serviceAccountToken") {
                set(token, "expirationSeconds", json!(3600));
            }
            if let Some(downward) = child(source, "downwardAPI") {
                downward_items(downward);
            }
        });
    }
    host_path(volume);
    if let Some(ephemeral) = child(volume, "ephemeral")
        && let Some(template) = child(ephemeral, "volumeClaimTemplate")
        && let Some(spec) = child(template, "spec")
    {
        claim_spec(spec);
    }
}

fn downward_items(source: &mut Value) {
    each(source, "items", |item| {
        if let Some(field) = child(item, "fieldRef") {
            set(field, "apiVersion", json!("v1"));
        }
    });
}

/// A host path has an explicit, empty type.
pub(super) fn host_path(volume: &mut Value) {
    if let Some(path) = child(volume, "hostPath") {
        set(path, "type", json!(""));
    }
}

/// Defaults of a claim's spec.
pub(super) fn claim_spec(spec: &mut Value) {
    set(spec, "volumeMode", json!("Filesystem"));
}
