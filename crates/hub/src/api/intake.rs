//! From a decoded body to an object of its kind: the kind checked, findings reported.

use serde_json::{Value, json};

use crate::api::Target;
use crate::api::convert;
use crate::api::decode::Decoded;
use crate::api::kinds;
use crate::api::options::{FieldValidation, WriteOptions};
use crate::cluster::Inner;
use crate::json;
use crate::status::{Cause, Status};

/// Checks the kind of a body, brings it into the form of its kind, and reports what it says twice
/// or in vain.
pub(crate) fn intake(
    cluster: &Inner,
    target: &Target,
    decoded: Decoded,
    options: &WriteOptions,
    warnings: &mut Vec<String>,
) -> Result<Value, Status> {
    let mut value = checked(target, decoded.value)?;
    let unknown = kinds::normalize(cluster, &target.resource, &mut value)?;
    let findings = findings(&unknown, &decoded.duplicates);
    let kind = &target.resource.kind;
    report(findings, options.validation, warnings).map_err(|list| {
        let version = &target.resource.version;
        Status::bad_request(format!(
            "{kind} in version {version:?} cannot be handled as a {kind}: strict decoding error: \
             {list}"
        ))
    })?;
    Ok(value)
}

/// The same for the result of a patch, where a finding is about the patch.
pub(crate) fn intake_patched(
    cluster: &Inner,
    target: &Target,
    patched: Value,
    options: &WriteOptions,
    warnings: &mut Vec<String>,
) -> Result<Value, Status> {
    let mut value = checked(target, patched)?;
    let unknown = kinds::normalize(cluster, &target.resource, &mut value)?;
    report(findings(&unknown, &[]), options.validation, warnings).map_err(|list| {
        let why = format!("strict decoding error: {list}");
        let cause = Cause::invalid("patch", &json!("<patch>"), &why);
        target.invalid(vec![cause])
    })?;
    Ok(value)
}

/// What an applied configuration says that its kind does not have.
pub(crate) fn check_applied(
    cluster: &Inner,
    target: &Target,
    config: &Value,
    duplicates: &[String],
    options: &WriteOptions,
    warnings: &mut Vec<String>,
) -> Result<(), Status> {
    let mut copy = config.clone();
    let resource = &target.resource;
    let untyped = |why: &str| {
        let place = if target.namespace.is_empty() { "" } else { "/" };
        Status::failure(
            500,
            "",
            format!(
                "failed to create typed patch object ({}{place}{}; {}, Kind={}): {why}",
                target.namespace,
                target.name,
                resource.api_version(),
                resource.kind
            ),
        )
    };
    let unknown = kinds::normalize(cluster, resource, &mut copy)
        .map_err(|status| untyped(&status.message))?;
    if let (None, Some(path)) = (&resource.custom, unknown.first()) {
        return Err(untyped(&format!(".{path}: field not declared in schema")));
    }
    report(findings(&unknown, duplicates), options.validation, warnings)
        .map_err(|list| Status::bad_request(format!("strict decoding error: {list}")))
}

/// The stored shape of a body whose kind is that of the path.
pub(crate) fn checked(target: &Target, mut value: Value) -> Result<Value, Status> {
    if !value.is_object() {
        return Err(Status::bad_request(format!(
            "the object provided is unrecognized (must be of type {}): it is no JSON object",
            target.resource.kind
        )));
    }
    check_kind(target, &mut value)?;
    Ok(convert::store(&target.resource, value))
}

fn findings(unknown: &[String], duplicates: &[String]) -> Vec<String> {
    let unknown = unknown.iter().map(|path| format!("unknown field {path:?}"));
    unknown.chain(duplicates.iter().map(|path| format!("duplicate field {path:?}"))).collect()
}

/// Findings are warnings, or the end of the request.
fn report(
    findings: Vec<String>,
    validation: FieldValidation,
    warnings: &mut Vec<String>,
) -> Result<(), String> {
    match validation {
        _ if findings.is_empty() => Ok(()),
        FieldValidation::Ignore => Ok(()),
        FieldValidation::Warn => {
            warnings.extend(findings);
            Ok(())
        }
        FieldValidation::Strict => Err(findings.join(", ")),
    }
}

/// `kind` and `apiVersion` must be those of the path; where they are missing, built-in kinds get
/// them from it.
fn check_kind(target: &Target, value: &mut Value) -> Result<(), Status> {
    let resource = &target.resource;
    let expected = resource.api_version();
    let kind = json::text(value, &["kind"]).to_owned();
    let version = json::text(value, &["apiVersion"]).to_owned();
    if resource.custom.is_some() && (kind.is_empty() || version.is_empty()) {
        let missing = if kind.is_empty() { "Kind" } else { "apiVersion" };
        return Err(Status::bad_request(format!("Object '{missing}' is missing in '{value}'")));
    }
    if !version.is_empty() && version != expected {
        return Err(Status::bad_request(format!(
            "the API version in the data ({version}) does not match the expected API version \
             ({expected})"
        )));
    }
    if !kind.is_empty() && kind != resource.kind {
        return Err(Status::bad_request(format!(
            "{kind} in version {:?} cannot be handled as a {}: no kind {kind:?} is registered for \
             this resource",
            resource.version, resource.kind
        )));
    }
    let map = json::as_object(value);
    map.insert("kind".into(), json!(resource.kind));
    map.insert("apiVersion".into(), json!(expected));
    Ok(())
}

/// The namespace of a body must be that of the path.
pub(crate) fn check_namespace(target: &Target, sent: &Value) -> Result<(), Status> {
    let namespace = json::meta(sent, "namespace");
    if !target.resource.namespaced || namespace.is_empty() || namespace == target.namespace {
        return Ok(());
    }
    Err(Status::bad_request(
        "the namespace of the provided object does not match the namespace sent on the request",
    ))
}

/// The name of a body must be that of the path.
pub(crate) fn check_name(target: &Target, sent: &Value) -> Result<(), Status> {
    let name = json::meta(sent, "name");
    if name == target.name {
        return Ok(());
    }
    Err(Status::bad_request(format!(
        "the name of the object ({name}) does not match the name on the URL ({})",
        target.name
    )))
}
