//! Pod specs and pod templates.

use std::collections::HashSet;

use serde_json::Value;

use super::{Findings, container, items, metadata, text};

/// A pod.
pub(super) fn pod(object: &Value, found: &mut Findings) {
    spec(&object["spec"], "spec", found);
}

/// A pod's spec, wherever it stands.
pub(super) fn spec(spec: &Value, path: &str, found: &mut Findings) {
    volumes(spec, path, found);
    container::containers(spec, path, found);
    found.one_of(spec, path, "restartPolicy", &["Always", "Never", "OnFailure"]);
    found.one_of(
        spec,
        path,
        "dnsPolicy",
        &["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"],
    );
    if spec["activeDeadlineSeconds"].as_i64().is_some_and(|n| n < 1) {
        found.invalid(
            format!("{path}.activeDeadlineSeconds"),
            &spec["activeDeadlineSeconds"],
            "must be between 1 and 2147483647, inclusive",
        );
    }
    let account = text(spec, "serviceAccountName");
    if !account.is_empty() {
        for message in metadata::subdomain(account) {
            let at = format!("{path}.serviceAccountName");
            found.invalid(at, &spec["serviceAccountName"], &message);
        }
    }
}

fn volumes(spec: &Value, path: &str, found: &mut Findings) {
    let mut names = HashSet::new();
    for (index, volume) in items(spec, "volumes").iter().enumerate() {
        let at = format!("{path}.volumes[{index}]");
        let name = text(volume, "name");
        metadata::name_of_part(volume, &at, found);
        if !name.is_empty() && !names.insert(name) {
            found.duplicate(format!("{at}.name"), &volume["name"]);
        }
        for key in ["configMap", "secret", "persistentVolumeClaim"] {
            let source = &volume[key];
            let wanted = match key {
                "configMap" => "name",
                "secret" => "secretName",
                _ => "claimName",
            };
            if source.is_object() && text(source, wanted).is_empty() {
                found.required(format!("{at}.{key}.{wanted}"), "");
            }
        }
    }
}

/// The template of a workload, which must carry the labels its selector asks for.
pub(super) fn template(template: &Value, selector: &Value, path: &str, found: &mut Findings) {
    let labels = &template["metadata"]["labels"];
    let selects = super::selector::matches(selector, labels);
    // No selector selects nothing, which is not the same as an empty one.
    if (selector.is_null() || !super::selector::is_empty(selector)) && !selects {
        let shown = if labels.is_null() { Value::Null } else { labels.clone() };
        let detail = "`selector` does not match template `labels`";
        found.invalid(format!("{path}.metadata.labels"), &shown, detail);
    }
    plain_template(template, path, found);
}

/// A template without a selector to hold it against.
pub(super) fn plain_template(template: &Value, path: &str, found: &mut Findings) {
    metadata::labels(&template["metadata"]["labels"], &format!("{path}.labels"), found);
    metadata::annotations(
        &template["metadata"]["annotations"],
        &format!("{path}.annotations"),
        found,
    );
    spec(&template["spec"], &format!("{path}.spec"), found);
}
