//! Names, labels, annotations and owners: the rules for every object.
//!
//! The predicates are shared with the other rules of this folder.

use serde_json::Value;

use super::{FieldError, Findings, items, text};
use crate::dns::is_label;
use crate::schema::facts::KindFacts;

pub(super) const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
pub(super) const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL_VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const NAME_PART: &str = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const ANNOTATIONS_LIMIT: usize = 256 * 1024;

/// The finalizers that need no domain.
const PLAIN_FINALIZERS: [&str; 3] = ["foregroundDeletion", "kubernetes", "orphan"];

/// The metadata of a built-in object.
pub(super) fn check(kind: &KindFacts, object: &Value, found: &mut Findings) {
    let metadata = &object["metadata"];
    names(metadata, |name| name_messages(kind, name), found);
    common(metadata, kind.namespaced, found);
    for (index, finalizer) in items(metadata, "finalizers").iter().enumerate() {
        if finalizer.as_str().is_some_and(lacks_domain) {
            let detail = "name is neither a standard finalizer name nor is it fully qualified";
            found.invalid(format!("metadata.finalizers[{index}]"), finalizer, detail);
        }
    }
}

/// What is wrong with the metadata of a custom resource.
pub fn validate_metadata(object: &Value, namespaced: bool) -> Vec<FieldError> {
    let mut found = Findings::default();
    names(&object["metadata"], subdomain, &mut found);
    common(&object["metadata"], namespaced, &mut found);
    found.list
}

/// Why a finalizer of a custom resource is not a good one; it is allowed nevertheless.
pub fn finalizer_warnings(object: &Value) -> Vec<String> {
    let path = "metadata.finalizers";
    let finalizers = items(&object["metadata"], "finalizers").iter().filter_map(Value::as_str);
    finalizers
        .filter(|finalizer| lacks_domain(finalizer))
        .map(|finalizer| {
            let including = if finalizer.contains('.') { " including a path (/)" } else { "" };
            format!(
                "{path}: {finalizer:?}: prefer a domain-qualified finalizer name{including} to \
                 avoid accidental conflicts with other finalizer writers"
            )
        })
        .collect()
}

/// Whether a finalizer needs a domain and has none.
fn lacks_domain(finalizer: &str) -> bool {
    !finalizer.contains('/') && !PLAIN_FINALIZERS.contains(&finalizer)
}

/// The name, and what it was generated from.
fn names(metadata: &Value, messages: impl Fn(&str) -> Vec<String>, found: &mut Findings) {
    let (name, prefix) = (text(metadata, "name"), text(metadata, "generateName"));
    if !prefix.is_empty() {
        // Something follows a dash at the end.
        let whole = prefix.strip_suffix('-').map_or(prefix.to_owned(), |head| format!("{head}a"));
        for message in messages(&whole) {
            found.invalid("metadata.generateName", &metadata["generateName"], &message);
        }
    }
    if name.is_empty() {
        return found.required("metadata.name", "name or generateName is required");
    }
    for message in messages(name) {
        found.invalid("metadata.name", &metadata["name"], &message);
    }
}

/// What is demanded of the metadata of every object.
fn common(metadata: &Value, namespaced: bool, found: &mut Findings) {
    let namespace = text(metadata, "namespace");
    if namespaced && namespace.is_empty() {
        found.required("metadata.namespace", "");
    } else if namespaced {
        for message in label(namespace) {
            found.invalid("metadata.namespace", &metadata["namespace"], &message);
        }
    }
    labels(&metadata["labels"], "metadata.labels", found);
    annotations(&metadata["annotations"], "metadata.annotations", found);
    owners(items(metadata, "ownerReferences"), found);
    for finalizer in items(metadata, "finalizers") {
        for message in qualified_name(finalizer.as_str().unwrap_or_default()) {
            found.invalid("metadata.finalizers", finalizer, &message);
        }
    }
}

fn name_messages(kind: &KindFacts, name: &str) -> Vec<String> {
    match (kind.group.as_str(), kind.kind.as_str()) {
        ("rbac.authorization.k8s.io", _) => path_segment(name),
        ("", "Namespace" | "Service") | ("apps", "StatefulSet") => label(name),
        _ => subdomain(name),
    }
}

fn path_segment(name: &str) -> Vec<String> {
    if name == "." || name == ".." {
        return vec![format!("may not be '{name}'")];
    }
    ["/", "%"]
        .iter()
        .filter(|c| name.contains(**c))
        .map(|c| format!("may not contain '{c}'"))
        .collect()
}

fn checked(ok: bool, text: &str, length: usize, limit: usize) -> Vec<String> {
    let mut out = Vec::new();
    if !ok {
        out.push(text.to_owned());
    }
    if length > limit {
        out.insert(0, format!("must be no more than {limit} bytes"));
    }
    out
}

/// What is wrong with a DNS-1123 label.
pub(super) fn label(name: &str) -> Vec<String> {
    let dotted = name.split('.').all(is_label);
    let text = if dotted { "must not contain dots" } else { LABEL };
    checked(is_label(name), text, name.len(), 63)
}

/// The name of a part of an object, which is a label.
pub(super) fn name_of_part(part: &Value, path: &str, found: &mut Findings) {
    let name = text(part, "name");
    if name.is_empty() {
        return found.required(format!("{path}.name"), "");
    }
    for message in label(name) {
        found.invalid(format!("{path}.name"), &part["name"], &message);
    }
}

/// What is wrong with a DNS-1123 subdomain.
pub(super) fn subdomain(name: &str) -> Vec<String> {
    checked(name.split('.').all(is_label), SUBDOMAIN, name.len(), 253)
}

fn is_name_part(text: &str) -> bool {
    let bytes = text.as_bytes();
    !bytes.is_empty()
        && bytes[0].is_ascii_alphanumeric()
        && bytes[bytes.len() - 1].is_ascii_alphanumeric()
        && bytes.iter().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_' | b'.'))
}

/// What is wrong with a qualified name such as `app.kubernetes.io/name`.
pub(crate) fn qualified_name(name: &str) -> Vec<String> {
    let parts: Vec<&str> = name.split('/').collect();
    let mut out = Vec::new();
    let part = match parts.as_slice() {
        [part] => *part,
        [prefix, part] => {
            if prefix.is_empty() {
                out.push("prefix part must be non-empty".to_owned());
            } else {
                out.extend(subdomain(prefix).into_iter().map(|m| format!("prefix part {m}")));
            }
            *part
        }
        _ => {
            return vec![format!(
                "a qualified name {} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
                NAME_PART.trim_start_matches("name part ")
            )];
        }
    };
    if part.is_empty() {
        out.push("name part must be non-empty".to_owned());
    } else if part.len() > 63 {
        out.push("name part must be no more than 63 bytes".to_owned());
    }
    if !is_name_part(part) {
        out.push(NAME_PART.to_owned());
    }
    out
}

/// What is wrong with a label's value.
pub(crate) fn label_value(value: &str) -> Vec<String> {
    checked(value.is_empty() || is_name_part(value), LABEL_VALUE, value.len(), 63)
}

/// The keys and values of labels.
pub(super) fn labels(labels: &Value, path: &str, found: &mut Findings) {
    for (key, value) in labels.as_object().into_iter().flatten() {
        for message in qualified_name(key) {
            found.invalid(path, &Value::from(key.as_str()), &message);
        }
        for message in label_value(value.as_str().unwrap_or_default()) {
            found.invalid(path, value, &message);
        }
    }
}

/// The keys and the total size of annotations.
pub(super) fn annotations(annotations: &Value, path: &str, found: &mut Findings) {
    let mut size = 0;
    for (key, value) in annotations.as_object().into_iter().flatten() {
        size += key.len() + value.as_str().unwrap_or_default().len();
        for message in qualified_name(&key.to_lowercase()) {
            found.invalid(path, &Value::from(key.as_str()), &message);
        }
    }
    if size > ANNOTATIONS_LIMIT {
        found.too_long(path, ANNOTATIONS_LIMIT);
    }
}

fn owners(owners: &[Value], found: &mut Findings) {
    let path = "metadata.ownerReferences";
    for owner in owners {
        for (key, detail) in [
            ("apiVersion", "version must not be empty"),
            ("kind", "must not be empty"),
            ("name", "must not be empty"),
            ("uid", "must not be empty"),
        ] {
            if text(owner, key).is_empty() {
                found.invalid(format!("{path}.{key}"), &Value::from(""), detail);
            }
        }
    }
    let controllers: Vec<&Value> = owners.iter().filter(|o| o["controller"] == true).collect();
    if let [first, second, ..] = controllers.as_slice() {
        let detail = format!(
            "Only one reference can have Controller set to true. Found \"true\" in references for {}/{} and {}/{}",
            text(first, "kind"),
            text(first, "name"),
            text(second, "kind"),
            text(second, "name")
        );
        found.invalid(path, &Value::from(owners.to_vec()), &detail);
    }
}
