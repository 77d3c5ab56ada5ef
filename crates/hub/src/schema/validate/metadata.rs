//! Names, labels, annotations and owners: the rules for every object.
//!
//! The predicates are shared with the other rules of this folder.

use serde_json::Value;

use super::{Findings, items, text};
use crate::schema::facts::KindFacts;

pub(super) const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
pub(super) const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL_1035: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const LABEL_VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const NAME_PART: &str = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const ANNOTATIONS_LIMIT: usize = 256 * 1024;

/// The metadata of an object.
pub(super) fn check(kind: &KindFacts, object: &Value, found: &mut Findings) {
    let metadata = &object["metadata"];
    check_name(kind, metadata, found);
    if kind.namespaced && text(metadata, "namespace").is_empty() {
        found.required("metadata.namespace", "");
    }
    labels(&metadata["labels"], "metadata.labels", found);
    annotations(&metadata["annotations"], "metadata.annotations", found);
    owners(items(metadata, "ownerReferences"), found);
}

fn check_name(kind: &KindFacts, metadata: &Value, found: &mut Findings) {
    let name = text(metadata, "name");
    if name.is_empty() {
        if text(metadata, "generateName").is_empty() {
            found.required("metadata.name", "name or generateName is required");
        }
        return;
    }
    for message in name_messages(kind, name) {
        found.invalid("metadata.name", &metadata["name"], &message);
    }
}

fn name_messages(kind: &KindFacts, name: &str) -> Vec<String> {
    match (kind.group.as_str(), kind.kind.as_str()) {
        ("rbac.authorization.k8s.io", _) => path_segment(name),
        ("", "Namespace") => label(name),
        ("apps", "StatefulSet") => label(name),
        ("", "Service") => label_1035(name),
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

pub(super) fn is_label(text: &str) -> bool {
    let inner = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit();
    let bytes = text.as_bytes();
    !bytes.is_empty()
        && inner(bytes[0])
        && inner(bytes[bytes.len() - 1])
        && bytes.iter().all(|c| inner(*c) || *c == b'-')
}

/// What is wrong with a DNS-1123 label.
pub(super) fn label(name: &str) -> Vec<String> {
    checked(is_label(name), LABEL, name.len(), 63)
}

fn label_1035(name: &str) -> Vec<String> {
    let ok = is_label(name) && name.as_bytes()[0].is_ascii_lowercase();
    checked(ok, LABEL_1035, name.len(), 63)
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
pub(super) fn qualified_name(name: &str) -> Vec<String> {
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
pub(super) fn label_value(value: &str) -> Vec<String> {
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
    for (index, owner) in owners.iter().enumerate() {
        for (key, detail) in [
            ("apiVersion", "version must not be empty"),
            ("kind", "must not be empty"),
            ("name", "must not be empty"),
            ("uid", "must not be empty"),
        ] {
            if text(owner, key).is_empty() {
                found.invalid(format!("{path}[{index}].{key}"), &Value::from(""), detail);
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
