//! The Status object: every refusal of the API, in the words Kubernetes uses for it.
//!
//! Clients branch on `reason`, `code` and `details`; people read `message`. The table of reasons is
//! that of `k8s.io/apimachinery/pkg/api/errors`. `details.kind` holds the plural resource, except
//! for Invalid where it holds the kind.

use http::StatusCode;
use serde_json::{Map, Value, json};

/// One cause inside `details.causes`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// A machine-readable reason such as `FieldValueRequired`; empty for none.
    pub reason: String,
    /// What is wrong, without the field.
    pub message: String,
    /// The path of the field, such as `spec.replicas`.
    pub field: String,
}

impl Cause {
    /// A cause with the given reason.
    pub fn new(
        reason: impl Into<String>,
        field: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self { reason: reason.into(), field: field.into(), message: message.into() }
    }

    /// `Required value`, with an optional explanation.
    pub fn required(field: impl Into<String>, why: &str) -> Self {
        Self::new("FieldValueRequired", field, detail("Required value", why))
    }

    /// `Invalid value: <value>: <why>`.
    pub fn invalid(field: impl Into<String>, value: &Value, why: &str) -> Self {
        let head = format!("Invalid value: {}", bad_value(value));
        Self::new("FieldValueInvalid", field, detail(&head, why))
    }

    /// `Duplicate value: <value>`.
    pub fn duplicate(field: impl Into<String>, value: &Value) -> Self {
        Self::new("FieldValueDuplicate", field, format!("Duplicate value: {}", bad_value(value)))
    }

    /// `Forbidden: <why>`.
    pub fn forbidden(field: impl Into<String>, why: &str) -> Self {
        Self::new("FieldValueForbidden", field, detail("Forbidden", why))
    }

    /// `Unsupported value: <value>: supported values: "a", "b"`.
    pub fn not_supported(field: impl Into<String>, value: &Value, allowed: &[&str]) -> Self {
        let mut text = format!("Unsupported value: {}", bad_value(value));
        if !allowed.is_empty() {
            let list: Vec<String> = allowed.iter().map(|a| format!("{a:?}")).collect();
            text.push_str(&format!(": supported values: {}", list.join(", ")));
        }
        Self::new("FieldValueNotSupported", field, text)
    }

    /// `Too long: <why>`.
    pub fn too_long(field: impl Into<String>, max: usize) -> Self {
        let message = format!("Too long: may not be more than {max} bytes");
        Self::new("FieldValueTooLong", field, message)
    }

    fn line(&self) -> String {
        if self.field.is_empty() {
            return self.message.clone();
        }
        format!("{}: {}", self.field, self.message)
    }

    fn to_json(&self) -> Value {
        let mut map = Map::new();
        for (key, text) in
            [("reason", &self.reason), ("message", &self.message), ("field", &self.field)]
        {
            if !text.is_empty() {
                map.insert(key.to_owned(), json!(text));
            }
        }
        Value::Object(map)
    }
}

fn detail(head: &str, why: &str) -> String {
    if why.is_empty() { head.to_owned() } else { format!("{head}: {why}") }
}

fn bad_value(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{text:?}"),
        other => other.to_string(),
    }
}

/// What a Status says beside its sentence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatusDetails {
    /// Name of the object concerned.
    pub name: String,
    /// API group of the object concerned.
    pub group: String,
    /// Plural resource, or the kind for Invalid.
    pub kind: String,
    /// Uid of the object concerned.
    pub uid: String,
    /// What exactly is wrong.
    pub causes: Vec<Cause>,
    /// After how many seconds to try again; 0 for not given.
    pub retry_after: u32,
    /// A continue token for an inconsistent continuation (410 on paged lists).
    pub continue_token: String,
}

/// A `v1.Status`: why a request failed, or that a deletion succeeded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The HTTP status code.
    pub code: u16,
    /// The machine-readable reason; empty when Kubernetes gives none.
    pub reason: String,
    /// The sentence for people.
    pub message: String,
    /// What the sentence is about.
    pub details: Box<StatusDetails>,
    success: bool,
    /// Whether details are written even when they are empty, as generic responses do.
    generic: bool,
}

impl Status {
    /// A failure without details.
    pub fn failure(code: u16, reason: &str, message: impl Into<String>) -> Self {
        Self {
            code,
            reason: reason.to_owned(),
            message: message.into(),
            details: Box::default(),
            success: false,
            generic: false,
        }
    }

    /// A failure of the transport rather than of an object.
    pub(crate) fn generic(code: u16, reason: &str, message: impl Into<String>) -> Self {
        let mut status = Self::failure(code, reason, message);
        status.generic = true;
        status
    }

    /// 422 for a patch that cannot be applied, without saying why.
    pub(crate) fn rejected() -> Self {
        let message = "the server rejected our request due to an error in our request";
        Self::generic(422, "Invalid", message)
    }

    /// The answer to a completed deletion of a kind whose object is not returned.
    pub(crate) fn deleted(group: &str, resource: &str, name: &str, uid: &str) -> Self {
        let mut status = Self::failure(200, "", "").about(group, resource, name);
        status.details.uid = uid.to_owned();
        status.success = true;
        status
    }

    /// A bare success without details.
    pub(crate) fn success() -> Self {
        let mut status = Self::failure(200, "", "");
        status.success = true;
        status
    }

    fn about(mut self, group: &str, resource: &str, name: &str) -> Self {
        self.details.group = group.to_owned();
        self.details.kind = resource.to_owned();
        self.details.name = name.to_owned();
        self
    }

    pub(crate) fn with_cause(mut self, cause: Cause) -> Self {
        self.details.causes.push(cause);
        self
    }

    pub(crate) fn with_retry(mut self, seconds: u32) -> Self {
        self.details.retry_after = seconds;
        self
    }

    /// 404 for an object.
    pub fn not_found(group: &str, resource: &str, name: &str) -> Self {
        let message = format!("{} {name:?} not found", qualified(group, resource));
        Self::failure(404, "NotFound", message).about(group, resource, name)
    }

    /// 404 for a path of a known group that names no resource.
    pub(crate) fn no_resource() -> Self {
        let message = "the server could not find the requested resource";
        Self::generic(404, "NotFound", message)
    }

    /// 409 on create of something that exists.
    pub(crate) fn already_exists(group: &str, resource: &str, name: &str) -> Self {
        let message = format!("{} {name:?} already exists", qualified(group, resource));
        Self::failure(409, "AlreadyExists", message).about(group, resource, name)
    }

    /// 409 with the reason why the operation cannot be carried out.
    pub fn conflict(group: &str, resource: &str, name: &str, why: &str) -> Self {
        let subject = qualified(group, resource);
        let message = format!("Operation cannot be fulfilled on {subject} {name:?}: {why}");
        Self::failure(409, "Conflict", message).about(group, resource, name)
    }

    /// 409 for a stale resourceVersion.
    pub(crate) fn stale(group: &str, resource: &str, name: &str) -> Self {
        let why = "the object has been modified; please apply your changes to the latest version \
                   and try again";
        Self::conflict(group, resource, name, why)
    }

    /// 403 of admission or policy.
    pub fn forbidden(group: &str, resource: &str, name: &str, why: &str) -> Self {
        let subject = qualified(group, resource);
        let message = match name {
            "" => format!("{subject} is forbidden: {why}"),
            name => format!("{subject} {name:?} is forbidden: {why}"),
        };
        Self::failure(403, "Forbidden", message).about(group, resource, name)
    }

    /// 422 with its causes.
    pub fn invalid(group: &str, kind: &str, name: &str, causes: Vec<Cause>) -> Self {
        let subject = qualified(group, kind);
        let mut lines: Vec<String> = Vec::new();
        for line in causes.iter().map(Cause::line) {
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
        let text = match lines.as_slice() {
            [] => "<nil>".to_owned(),
            [one] => one.clone(),
            many => format!("[{}]", many.join(", ")),
        };
        let message = format!("{subject} {name:?} is invalid: {text}");
        let mut status = Self::failure(422, "Invalid", message).about(group, kind, name);
        status.details.causes = causes;
        status
    }

    /// 400 with free text.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::failure(400, "BadRequest", message)
    }

    /// 405 for an HTTP method that the path never takes.
    pub(crate) fn method_not_allowed() -> Self {
        let message = "the server does not allow this method on the requested resource";
        Self::generic(405, "MethodNotAllowed", message)
    }

    /// 410: the revision asked for is no longer kept.
    pub(crate) fn expired(message: impl Into<String>) -> Self {
        Self::failure(410, "Expired", message)
    }

    /// 406 with the media types that can be served.
    pub(crate) fn not_acceptable(accepted: &[&str]) -> Self {
        let list = accepted.join(", ");
        let message = format!("406: Not Acceptable\n\nAvailable representations: {list}");
        Self::generic(406, "NotAcceptable", message)
    }

    /// 415 with the media types that can be read.
    pub(crate) fn unsupported_media_type(given: &str, accepted: &[&str]) -> Self {
        let list = accepted.join(", ");
        let message = format!(
            "the body of the request was in an unknown format - accepted media types include: {list}"
        );
        let mut status = Self::failure(415, "UnsupportedMediaType", message);
        if given.contains("protobuf") {
            status.message.push_str(
                "; this kind has no protobuf form: set the client's content type to application/json",
            );
        }
        status
    }

    /// 413 for a body over the limit.
    pub(crate) fn too_large(why: &str) -> Self {
        let message = format!("Request entity too large: {why}");
        Self::failure(413, "RequestEntityTooLarge", message)
    }

    /// 401.
    pub(crate) fn unauthorized() -> Self {
        Self::failure(401, "Unauthorized", "Unauthorized")
    }

    /// 500.
    pub(crate) fn internal(why: impl std::fmt::Display) -> Self {
        let message = format!("Internal error occurred: {why}");
        let cause = Cause::new("", "", why.to_string());
        Self::failure(500, "InternalError", message).with_cause(cause)
    }

    /// 501: a real server could do this, this one says what is missing.
    pub(crate) fn not_implemented(what: &str) -> Self {
        let message = format!("{what} is not implemented by this server");
        Self::failure(501, "NotImplemented", message)
    }

    /// 504 for a resourceVersion that this cluster has not reached.
    pub(crate) fn version_too_large(wanted: u64, current: u64) -> Self {
        let message = format!("Timeout: Too large resource version: {wanted}, current: {current}");
        let cause = Cause::new("ResourceVersionTooLarge", "", "Too large resource version");
        Self::failure(504, "Timeout", message).with_cause(cause).with_retry(1)
    }

    /// The HTTP status.
    pub(crate) fn http_code(&self) -> StatusCode {
        StatusCode::from_u16(self.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The object as it goes over the wire.
    pub fn to_json(&self) -> Value {
        let mut status = Map::new();
        status.insert("kind".into(), json!("Status"));
        status.insert("apiVersion".into(), json!("v1"));
        status.insert("metadata".into(), self.metadata());
        status.insert("status".into(), json!(if self.success { "Success" } else { "Failure" }));
        for (key, text) in [("message", &self.message), ("reason", &self.reason)] {
            if !text.is_empty() {
                status.insert(key.into(), json!(text));
            }
        }
        let details = self.details_json();
        if !details.is_empty() || self.generic {
            status.insert("details".into(), Value::Object(details));
        }
        if !self.success {
            status.insert("code".into(), json!(self.code));
        }
        Value::Object(status)
    }

    fn metadata(&self) -> Value {
        match self.details.continue_token.as_str() {
            "" => json!({}),
            token => json!({ "continue": token }),
        }
    }

    fn details_json(&self) -> Map<String, Value> {
        let mut details = Map::new();
        let texts = [
            ("name", &self.details.name),
            ("group", &self.details.group),
            ("kind", &self.details.kind),
            ("uid", &self.details.uid),
        ];
        for (key, text) in texts {
            if !text.is_empty() {
                details.insert(key.into(), json!(text));
            }
        }
        if !self.details.causes.is_empty() {
            let causes = self.details.causes.iter().map(Cause::to_json).collect();
            details.insert("causes".into(), Value::Array(causes));
        }
        if self.details.retry_after > 0 {
            details.insert("retryAfterSeconds".into(), json!(self.details.retry_after));
        }
        details
    }
}

/// `resource` or `resource.group`, as messages name a resource.
pub(crate) fn qualified(group: &str, resource: &str) -> String {
    if group.is_empty() { resource.to_owned() } else { format!("{resource}.{group}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_those_of_kubernetes() {
        let table = [
            (Status::not_found("apps", "deployments", "x"), "deployments.apps \"x\" not found"),
            (Status::already_exists("", "pods", "x"), "pods \"x\" already exists"),
            (
                Status::stale("apps", "deployments", "x"),
                "Operation cannot be fulfilled on deployments.apps \"x\": the object has been \
                 modified; please apply your changes to the latest version and try again",
            ),
            (
                Status::invalid(
                    "apps",
                    "Deployment",
                    "x",
                    vec![
                        Cause::required("spec.selector", ""),
                        Cause::required("spec.template", ""),
                    ],
                ),
                "Deployment.apps \"x\" is invalid: [spec.selector: Required value, \
                 spec.template: Required value]",
            ),
        ];
        for (status, message) in table {
            assert_eq!(status.message, message);
        }
    }

    #[test]
    fn success_carries_no_code() {
        let json = Status::deleted("", "configmaps", "a", "u").to_json();
        assert_eq!(json["status"], "Success");
        assert!(json.get("code").is_none());
        assert_eq!(json["details"]["kind"], "configmaps");
    }
}
