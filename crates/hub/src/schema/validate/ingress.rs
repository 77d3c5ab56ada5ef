//! Ingresses: hosts, paths, backends.

use serde_json::Value;

use super::{Findings, items, metadata, text};

const PATH_TYPES: [&str; 3] = ["Exact", "ImplementationSpecific", "Prefix"];
const BAD_SEQUENCES: [&str; 5] = ["//", "/./", "/../", "%2f", "%2F"];
const BAD_ENDS: [&str; 2] = ["/..", "/."];

/// An Ingress.
pub(super) fn check(object: &Value, found: &mut Findings) {
    let spec = &object["spec"];
    if items(spec, "rules").is_empty() && !spec["defaultBackend"].is_object() {
        let detail = "either `defaultBackend` or `rules` must be specified";
        found.invalid("spec", &spec["rules"], detail);
    }
    if spec["defaultBackend"].is_object() {
        backend(&spec["defaultBackend"], "spec.defaultBackend", found);
    }
    for (index, rule) in items(spec, "rules").iter().enumerate() {
        let at = format!("spec.rules[{index}]");
        let host = text(rule, "host");
        let plain = host.strip_prefix("*.").unwrap_or(host);
        if !host.is_empty() {
            for message in metadata::subdomain(plain) {
                found.invalid(format!("{at}.host"), &rule["host"], &message);
            }
        }
        for (index, path) in items(&rule["http"], "paths").iter().enumerate() {
            rule_path(path, &format!("{at}.http.paths[{index}]"), found);
        }
    }
}

fn rule_path(path: &Value, at: &str, found: &mut Findings) {
    let Some(kind) = path["pathType"].as_str() else {
        return found.required(format!("{at}.pathType"), "pathType must be specified");
    };
    let text = text(path, "path");
    let mut bad = |detail: &str| found.invalid(format!("{at}.path"), &Value::from(text), detail);
    let strict = matches!(kind, "Exact" | "Prefix");
    if (strict || (kind == "ImplementationSpecific" && !text.is_empty())) && !text.starts_with('/')
    {
        bad("must be an absolute path");
    }
    if strict {
        for sequence in BAD_SEQUENCES.iter().filter(|part| text.contains(**part)) {
            bad(&format!("must not contain '{sequence}'"));
        }
        for end in BAD_ENDS.iter().filter(|part| text.ends_with(**part)) {
            bad(&format!("cannot end with '{end}'"));
        }
    }
    if !PATH_TYPES.contains(&kind) {
        found.not_supported(format!("{at}.pathType"), &path["pathType"], &PATH_TYPES);
    }
    backend(&path["backend"], &format!("{at}.backend"), found);
}

fn backend(backend: &Value, at: &str, found: &mut Findings) {
    let mut whole = |detail: &str| found.invalid(at, &Value::from(""), detail);
    match (backend["resource"].is_object(), backend["service"].is_object()) {
        (true, true) => whole("cannot set both resource and service backends"),
        (false, true) => service(&backend["service"], at, found),
        (false, false) => whole("resource or service backend is required"),
        (true, false) => {
            for key in ["kind", "name"] {
                if text(&backend["resource"], key).is_empty() {
                    found.required(format!("{at}.resource.{key}"), "");
                }
            }
        }
    }
}

fn service(service: &Value, at: &str, found: &mut Findings) {
    metadata::name_of_part(service, &format!("{at}.service"), found);
    let port = &service["port"];
    let number = port["number"].as_i64().unwrap_or(0);
    match (text(port, "name").is_empty(), number) {
        (true, 0) => found.required(at, "port name or number is required"),
        (true, 1..=65535) | (false, 0) => {}
        (true, _) => {
            let detail = "must be between 1 and 65535, inclusive";
            found.invalid(format!("{at}.service.port.number"), &port["number"], detail);
        }
        (false, _) => {
            found.invalid(at, &Value::from(""), "cannot set both port name & port number");
        }
    }
}
