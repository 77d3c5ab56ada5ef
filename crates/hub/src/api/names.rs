//! The syntax of object names, namespaces and labels, with Kubernetes' explanations.

use crate::catalog::Resource;

const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric \
    characters, '-' or '.', and must start and end with an alphanumeric character (e.g. \
    'example.com', regex used for validation is \
    '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters \
    or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', \
    regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const LABEL_1035: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or \
    '-', start with an alphabetic character, and end with an alphanumeric character (e.g. \
    'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

/// Why `name` is not a name for an object of this resource; `None` when it is.
pub(crate) fn invalid_name(resource: &Resource, name: &str) -> Option<String> {
    if resource.rules.loose_name {
        return invalid_segment(name);
    }
    match (resource.group.as_str(), resource.plural.as_str()) {
        ("", "namespaces") => invalid_label(name),
        ("", "services") => invalid_label_1035(name),
        ("", "events") | ("events.k8s.io", "events") => invalid_subdomain(name),
        _ => invalid_subdomain(name),
    }
}

fn invalid_segment(name: &str) -> Option<String> {
    match name {
        "." | ".." => Some(format!("may not be '{name}'")),
        name if name.contains('/') => Some("may not contain '/'".to_owned()),
        name if name.contains('%') => Some("may not contain '%'".to_owned()),
        _ => None,
    }
}

fn invalid_label(name: &str) -> Option<String> {
    if name.len() > 63 {
        return Some("must be no more than 63 characters".to_owned());
    }
    (!is_label(name)).then(|| LABEL.to_owned())
}

fn invalid_label_1035(name: &str) -> Option<String> {
    if name.len() > 63 {
        return Some("must be no more than 63 characters".to_owned());
    }
    let ok = is_label(name) && name.starts_with(|c: char| c.is_ascii_lowercase());
    (!ok).then(|| LABEL_1035.to_owned())
}

fn invalid_subdomain(name: &str) -> Option<String> {
    if name.len() > 253 {
        return Some("must be no more than 253 characters".to_owned());
    }
    (!is_subdomain(name)).then(|| SUBDOMAIN.to_owned())
}

/// Whether text is a DNS label (RFC 1123) of any length.
pub(crate) fn is_label(text: &str) -> bool {
    let inner = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    let edge = |c: Option<&u8>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    let bytes = text.as_bytes();
    bytes.iter().all(|c| inner(*c)) && edge(bytes.first()) && edge(bytes.last())
}

/// Whether text is a DNS subdomain.
pub(crate) fn is_subdomain(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    #[test]
    fn names_by_kind() {
        let catalog = Catalog::builtin();
        let table = [
            ("", "configmaps", "a.b", true),
            ("", "configmaps", "A", false),
            ("", "configmaps", "", false),
            ("", "namespaces", "a.b", false),
            ("", "services", "1a", false),
            ("", "services", "a1", true),
            ("rbac.authorization.k8s.io", "roles", "system:Foo", true),
            ("rbac.authorization.k8s.io", "roles", "a/b", false),
        ];
        for (group, plural, name, ok) in table {
            let resource = catalog.find(group, "v1", plural).unwrap();
            assert_eq!(invalid_name(resource, name).is_none(), ok, "{plural} {name}");
        }
    }
}
