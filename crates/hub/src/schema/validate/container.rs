//! Containers of a pod: names, images, ports, variables, mounts, resources.

use std::collections::HashSet;

use serde_json::Value;

use super::{Findings, items, metadata, text};
use crate::schema::quantity::Quantity;

const ENV_NAME: &str = "a valid environment variable name must consist only of printable ASCII characters other than '='";

/// The container lists of a pod's spec.
pub(super) fn containers(spec: &Value, path: &str, found: &mut Findings) {
    let volumes: HashSet<&str> = items(spec, "volumes").iter().map(|v| text(v, "name")).collect();
    let mut names = HashSet::new();
    if items(spec, "containers").is_empty() {
        found.required(format!("{path}.containers"), "");
    }
    for key in ["containers", "initContainers"] {
        for (index, container) in items(spec, key).iter().enumerate() {
            let at = format!("{path}.{key}[{index}]");
            one(container, &at, &volumes, found);
            let name = text(container, "name");
            if !name.is_empty() && !names.insert(name) {
                found.duplicate(format!("{at}.name"), &container["name"]);
            }
        }
    }
}

fn one(container: &Value, at: &str, volumes: &HashSet<&str>, found: &mut Findings) {
    metadata::name_of_part(container, at, found);
    if text(container, "image").is_empty() {
        found.required(format!("{at}.image"), "");
    }
    found.one_of(container, at, "terminationMessagePolicy", &["FallbackToLogsOnError", "File"]);
    ports(container, at, found);
    environment(container, at, found);
    mounts(container, at, volumes, found);
    found.one_of(container, at, "imagePullPolicy", &["Always", "IfNotPresent", "Never"]);
    resources(&container["resources"], &format!("{at}.resources"), found);
    for key in ["livenessProbe", "readinessProbe", "startupProbe"] {
        probe(&container[key], &format!("{at}.{key}"), found);
    }
}

fn ports(container: &Value, at: &str, found: &mut Findings) {
    let mut names = HashSet::new();
    for (index, port) in items(container, "ports").iter().enumerate() {
        let at = format!("{at}.ports[{index}]");
        let name = text(port, "name");
        if !name.is_empty() && !names.insert(name) {
            found.duplicate(format!("{at}.name"), &port["name"]);
        }
        match port["containerPort"].as_i64() {
            None | Some(0) => found.required(format!("{at}.containerPort"), ""),
            Some(1..=65535) => {}
            Some(_) => found.invalid(
                format!("{at}.containerPort"),
                &port["containerPort"],
                "must be between 1 and 65535, inclusive",
            ),
        }
        found.one_of(port, &at, "protocol", &["SCTP", "TCP", "UDP"]);
    }
}

fn environment(container: &Value, at: &str, found: &mut Findings) {
    for (index, env) in items(container, "env").iter().enumerate() {
        let at = format!("{at}.env[{index}]");
        let name = text(env, "name");
        if name.is_empty() {
            found.required(format!("{at}.name"), "");
        } else if !name.bytes().all(|b| (b' '..=b'~').contains(&b) && b != b'=') {
            found.invalid(format!("{at}.name"), &env["name"], ENV_NAME);
        }
        let both = env["valueFrom"].is_object() && !text(env, "value").is_empty();
        if both {
            let detail = "may not be specified when `value` is not empty";
            found.invalid(format!("{at}.valueFrom"), &Value::from(""), detail);
        }
    }
}

fn mounts(container: &Value, at: &str, volumes: &HashSet<&str>, found: &mut Findings) {
    let mut paths = HashSet::new();
    for (index, mount) in items(container, "volumeMounts").iter().enumerate() {
        let at = format!("{at}.volumeMounts[{index}]");
        let (name, path) = (text(mount, "name"), text(mount, "mountPath"));
        if name.is_empty() {
            found.required(format!("{at}.name"), "");
        } else if !volumes.contains(name) {
            found.not_found(format!("{at}.name"), &mount["name"]);
        }
        if path.is_empty() {
            found.required(format!("{at}.mountPath"), "");
        } else if !paths.insert(path) {
            found.invalid(format!("{at}.mountPath"), &mount["mountPath"], "must be unique");
        }
    }
}

fn resources(resources: &Value, at: &str, found: &mut Findings) {
    let amount = |list: &Value, name: &str| Quantity::parse(list[name].as_str()?);
    for key in ["limits", "requests"] {
        for (name, value) in resources[key].as_object().into_iter().flatten() {
            if value.as_str().is_some_and(|v| v.starts_with('-')) {
                let detail = "must be greater than or equal to 0";
                found.invalid(format!("{at}.{key}[{name}]"), value, detail);
            }
        }
    }
    for (name, request) in resources["requests"].as_object().into_iter().flatten() {
        let limit = amount(&resources["limits"], name);
        if let (Some(limit), Some(wanted)) = (limit, amount(&resources["requests"], name))
            && wanted > limit
        {
            let detail = format!("must be less than or equal to {name} limit of {limit}");
            found.invalid(format!("{at}.requests"), request, &detail);
        }
    }
}

fn probe(probe: &Value, at: &str, found: &mut Findings) {
    if !probe.is_object() {
        return;
    }
    let handlers = ["exec", "httpGet", "tcpSocket", "grpc"];
    if handlers.iter().filter(|h| probe[**h].is_object()).count() == 0 {
        found.required(at, "must specify a handler type");
    }
    for key in [
        "initialDelaySeconds",
        "timeoutSeconds",
        "periodSeconds",
        "successThreshold",
        "failureThreshold",
    ] {
        found.non_negative(probe, at, key);
    }
}
