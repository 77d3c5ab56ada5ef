//! The rules that the API server holds built-in objects to, in its words.
//!
//! Pure: takes normalised values, returns findings in order of declaration. A finding's text is what
//! clients print, so wording is upstream's. Not checked here: uniqueness, quotas, permissions.

mod container;
mod ingress;
mod metadata;
pub use metadata::{finalizer_warnings, validate_metadata};
pub(crate) use metadata::{label_value, qualified_name};
mod other;
mod pod;
mod schedule;
mod secret;
mod selector;
pub use selector::matches as selector_matches;
mod service;
mod update;
mod workload;

use std::fmt;

use serde_json::Value;

use super::facts::KindFacts;

pub use schedule::{Schedule, parse_schedule};
pub use update::validate_update;

/// The class of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldErrorType {
    /// A value is missing.
    Required,
    /// A value breaks a rule.
    Invalid,
    /// A value that must be unique is there twice.
    Duplicate,
    /// A value is not among the supported ones.
    NotSupported,
    /// A value may not be set or changed.
    Forbidden,
    /// A value refers to something that is not there.
    NotFound,
    /// A value is too long.
    TooLong,
}

impl FieldErrorType {
    /// The `reason` of a Status cause.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Required => "FieldValueRequired",
            Self::Invalid => "FieldValueInvalid",
            Self::Duplicate => "FieldValueDuplicate",
            Self::NotSupported => "FieldValueNotSupported",
            Self::Forbidden => "FieldValueForbidden",
            Self::NotFound => "FieldValueNotFound",
            Self::TooLong => "FieldValueTooLong",
        }
    }
}

/// One finding: where, what class, and the text without the path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The class.
    pub kind: FieldErrorType,
    /// Such as `spec.template.spec.containers[0].image`.
    pub field: String,
    /// Such as `Required value`.
    pub message: String,
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.message)
    }
}

/// What is wrong with an object that is about to be stored; empty when nothing is.
pub fn validate(kind: &KindFacts, object: &Value) -> Vec<FieldError> {
    let mut found = Findings::default();
    metadata::check(kind, object, &mut found);
    match (kind.group.as_str(), kind.kind.as_str()) {
        ("", "Pod") => pod::pod(object, &mut found),
        ("", "Service") => service::service(object, &mut found),
        ("", "ConfigMap") => other::keyed_data(object, &mut found),
        ("", "Secret") => {
            other::keyed_data(object, &mut found);
            secret::check(object, &mut found);
        }
        ("", "PersistentVolumeClaim") => other::claim(object, &mut found),
        ("apps", kind) => workload::apps(kind, object, &mut found),
        ("batch", "Job") => workload::job(object, &mut found),
        ("batch", "CronJob") => workload::cron_job(object, &mut found),
        ("autoscaling", _) => other::autoscaler(object, &mut found),
        ("networking.k8s.io", "Ingress") => ingress::check(object, &mut found),
        ("rbac.authorization.k8s.io", kind) => other::rbac(kind, object, &mut found),
        _ => {}
    }
    found.list
}

/// Findings as they are collected.
#[derive(Default)]
struct Findings {
    list: Vec<FieldError>,
}

impl Findings {
    fn push(&mut self, kind: FieldErrorType, field: impl Into<String>, message: String) {
        self.list.push(FieldError { kind, field: field.into(), message });
    }

    fn required(&mut self, field: impl Into<String>, detail: &str) {
        self.push(FieldErrorType::Required, field, detailed("Required value", detail));
    }

    fn invalid(&mut self, field: impl Into<String>, value: &Value, detail: &str) {
        let text = format!("Invalid value: {}", shown(value));
        self.push(FieldErrorType::Invalid, field, detailed(&text, detail));
    }

    fn duplicate(&mut self, field: impl Into<String>, value: &Value) {
        self.push(FieldErrorType::Duplicate, field, format!("Duplicate value: {}", shown(value)));
    }

    fn not_found(&mut self, field: impl Into<String>, value: &Value) {
        self.push(FieldErrorType::NotFound, field, format!("Not found: {}", shown(value)));
    }

    fn forbidden(&mut self, field: impl Into<String>, detail: &str) {
        self.push(FieldErrorType::Forbidden, field, detailed("Forbidden", detail));
    }

    fn too_long(&mut self, field: impl Into<String>, bytes: usize) {
        let text = format!("Too long: may not be more than {bytes} bytes");
        self.push(FieldErrorType::TooLong, field, text);
    }

    fn not_supported(&mut self, field: impl Into<String>, value: &Value, supported: &[&str]) {
        let mut names: Vec<String> = supported.iter().map(|s| format!("{s:?}")).collect();
        names.sort();
        let text =
            format!("Unsupported value: {}: supported values: {}", shown(value), names.join(", "));
        self.push(FieldErrorType::NotSupported, field, text);
    }

    /// A number that must not be negative; absent is fine.
    fn non_negative(&mut self, owner: &Value, path: &str, key: &str) {
        if owner[key].as_i64().is_some_and(|n| n < 0) {
            let detail = "must be greater than or equal to 0";
            self.invalid(format!("{path}.{key}"), &owner[key], detail);
        }
    }

    /// A text that must be one of a few.
    fn one_of(&mut self, owner: &Value, path: &str, key: &str, supported: &[&str]) {
        let value = &owner[key];
        match value.as_str() {
            None | Some("") => self.required(format!("{path}.{key}"), ""),
            Some(text) if supported.contains(&text) => {}
            Some(_) => self.not_supported(format!("{path}.{key}"), value, supported),
        }
    }
}

fn detailed(text: &str, detail: &str) -> String {
    if detail.is_empty() { text.to_owned() } else { format!("{text}: {detail}") }
}

/// A value as Go prints it in a finding.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{text:?}"),
        other => other.to_string(),
    }
}

/// A text or nothing.
fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

/// The items of a list, which may be absent.
fn items<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests;
