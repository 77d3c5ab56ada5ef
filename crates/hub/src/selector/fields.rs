//! Field selectors: which fields a kind offers, and how they compare.

use serde_json::Value;

use crate::catalog::Resource;
use crate::json;

#[derive(Clone, Debug, PartialEq)]
struct Term {
    field: String,
    equal: bool,
    value: String,
}

/// A conjunction of comparisons of fields.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct FieldSelector(Vec<Term>);

/// The fields a kind offers beside its name and namespace.
const SUPPORTED: &[(&str, &str, &[&str])] = &[
    ("", "pods", PODS),
    ("", "nodes", &["spec.unschedulable"]),
    ("", "events", EVENTS),
    ("events.k8s.io", "events", EVENTS_V1),
    ("", "namespaces", &["status.phase"]),
    ("", "secrets", &["type"]),
    ("", "services", &["spec.clusterIP", "spec.type"]),
    ("batch", "jobs", &["status.successful"]),
    ("", "replicationcontrollers", &["status.replicas"]),
    ("certificates.k8s.io", "certificatesigningrequests", &["spec.signerName"]),
];

const PODS: &[&str] = &[
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.serviceAccountName",
    "spec.hostNetwork",
    "status.phase",
    "status.podIP",
    "status.podIPs",
    "status.nominatedNodeName",
];

const EVENTS: &[&str] = &[
    "involvedObject.kind",
    "involvedObject.namespace",
    "involvedObject.name",
    "involvedObject.uid",
    "involvedObject.apiVersion",
    "involvedObject.resourceVersion",
    "involvedObject.fieldPath",
    "reason",
    "reportingComponent",
    "source",
    "type",
];

const EVENTS_V1: &[&str] = &[
    "regarding.kind",
    "regarding.namespace",
    "regarding.name",
    "regarding.uid",
    "regarding.apiVersion",
    "regarding.resourceVersion",
    "regarding.fieldPath",
    "reason",
    "reportingController",
    "type",
];

impl FieldSelector {
    /// Reads a selector and checks that the resource offers its fields.
    pub(crate) fn parse(text: &str, resource: &Resource) -> Result<Self, String> {
        let mut terms = Vec::new();
        for part in split(text).into_iter().filter(|p| !p.is_empty()) {
            let term = term(&part)?;
            if !offered(resource, &term.field) {
                return Err(unknown_field(resource, &term.field));
            }
            terms.push(term);
        }
        Ok(Self(terms))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a stored object satisfies every comparison.
    pub(crate) fn matches(&self, object: &Value) -> bool {
        self.0.iter().all(|term| (read(object, &term.field) == term.value) == term.equal)
    }
}

/// Splits at commas that are not escaped; a backslash escapes `,`, `=` and itself.
fn split(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut escaped = false;
    for c in text.chars() {
        let last = parts.len() - 1;
        match c {
            ',' if !escaped => parts.push(String::new()),
            c => parts[last].push(c),
        }
        escaped = c == '\\' && !escaped;
    }
    parts
}

fn term(part: &str) -> Result<Term, String> {
    let invalid = || format!("invalid selector: '{part}'; can't understand '{part}'");
    let at = part.find(['=', '!']).ok_or_else(invalid)?;
    let (field, rest) = part.split_at(at);
    let (equal, value) = match rest {
        r if r.starts_with("!=") => (false, &r[2..]),
        r if r.starts_with("==") => (true, &r[2..]),
        r if r.starts_with('=') => (true, &r[1..]),
        _ => return Err(invalid()),
    };
    Ok(Term { field: field.trim().to_owned(), equal, value: unescape(value)? })
}

fn unescape(value: &str) -> Result<String, String> {
    let mut out = String::new();
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some(next @ ('\\' | ',' | '=')) => out.push(next),
                _ => {
                    return Err(format!(
                        "invalid field selector: invalid escape sequence in {value:?}"
                    ));
                }
            },
            '=' => return Err(format!("invalid field selector: unescaped = in {value:?}")),
            c => out.push(c),
        }
    }
    Ok(out)
}

fn offered(resource: &Resource, field: &str) -> bool {
    if field == "metadata.name" || (field == "metadata.namespace" && resource.namespaced) {
        return true;
    }
    if let Some(custom) = &resource.custom {
        return custom.selectable.iter().any(|path| path == field);
    }
    SUPPORTED
        .iter()
        .filter(|(group, plural, _)| resource.is(group, plural))
        .any(|(_, _, fields)| fields.contains(&field))
}

fn unknown_field(resource: &Resource, field: &str) -> String {
    let own = SUPPORTED.iter().any(|(group, plural, _)| resource.is(group, plural));
    if own || resource.custom.is_some() {
        return format!("field label not supported: {field}");
    }
    format!(
        "{field:?} is not a known field selector: only \"metadata.name\", \"metadata.namespace\""
    )
}

/// The text of a field, in the shape objects are stored in; absent fields read as zero values.
fn read(object: &Value, field: &str) -> String {
    let stored = match field {
        f if f.starts_with("regarding.") => f.replacen("regarding", "involvedObject", 1),
        "reportingController" => "reportingComponent".to_owned(),
        "status.successful" => "status.succeeded".to_owned(),
        "source" => "source.component".to_owned(),
        f => f.to_owned(),
    };
    let path: Vec<&str> = stored.split('.').collect();
    match json::at(object, &path) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => zero(field).to_owned(),
        Some(other) => other.to_string(),
    }
}

fn zero(field: &str) -> &'static str {
    match field {
        "spec.unschedulable" | "spec.hostNetwork" => "false",
        "status.successful" | "status.replicas" => "0",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;
    use serde_json::json;

    #[test]
    fn fields_of_pods() {
        let catalog = Catalog::builtin(&crate::schema::Schema::builtin());
        let pods = catalog.find("", "v1", "pods").unwrap();
        let pod = json!({"metadata": {"name": "a"}, "spec": {"nodeName": "n1"}, "status": {}});
        let check = |text: &str, expected: bool| {
            let selector = FieldSelector::parse(text, pods).unwrap();
            assert_eq!(selector.matches(&pod), expected, "{text}");
        };
        check("metadata.name=a", true);
        check("spec.nodeName!=n1", false);
        check("status.phase=", true);
        check("spec.hostNetwork=false,metadata.name==a", true);
        assert!(FieldSelector::parse("spec.foo=1", pods).is_err());
        assert!(FieldSelector::parse("metadata.name", pods).is_err());
        let pinned = FieldSelector::parse("metadata.name=a\\,b", pods).unwrap();
        assert!(pinned.matches(&json!({"metadata": {"name": "a,b"}})));
    }
}
