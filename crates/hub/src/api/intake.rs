//! From a decoded body to an object of its kind: the kind checked, findings reported.

use serde_json::{Value, json};

use crate::api::Target;
use crate::api::convert;
use crate::api::decode::{self, Decoded};
use crate::api::kinds;
use crate::api::options::{FieldValidation, WriteOptions};
use crate::api::ownership;
use crate::api::request::Request;
use crate::apply::check_types;
use crate::catalog::{Catalog, Resource};
use crate::cluster::Inner;
use crate::json;
use crate::status::{Cause, Status};

/// Checks the kind of a body, brings it into the form of its kind, and reports what it says twice
/// or in vain.
pub(crate) fn intake(
    cluster: &Inner,
    request: &Request,
    target: &Target,
    decoded: Decoded,
    options: &WriteOptions,
    warnings: &mut Vec<String>,
) -> Result<Value, Status> {
    check_custom(request, &target.resource, &decoded.value)?;
    let mut value = checked(&cluster.catalog(), target, decoded.value)?;
    let resource = &target.resource;
    let unknown = kinds::normalize(cluster, resource, &mut value)
        .map_err(|why| kinds::not_of_kind(resource, why))?;
    report(findings(&unknown, &decoded.duplicates), options.validation, warnings)
        .map_err(|why| kinds::not_of_kind(resource, why))?;
    Ok(value)
}

/// The same for the result of a patch, where a finding is about the patch. When there is one, the
/// patch is applied anew to show what it made.
pub(crate) fn intake_patched(
    cluster: &Inner,
    target: &Target,
    patched: impl Fn() -> Result<Value, Status>,
    options: &WriteOptions,
    warnings: &mut Vec<String>,
) -> Result<Value, Status> {
    let unfit = |why: &str| match patched() {
        Ok(made) => {
            let cause = Cause::invalid("patch", &json!(made.to_string()), why);
            Status::invalid("", "", "", vec![cause])
        }
        Err(status) => status,
    };
    let mut value = checked(&cluster.catalog(), target, patched()?)?;
    let unknown = kinds::normalize(cluster, &target.resource, &mut value)
        .map_err(|why| unfit(&why.to_string()))?;
    report(findings(&unknown, &[]), options.validation, warnings).map_err(|why| unfit(&why))?;
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
        Status::failure(
            500,
            "",
            format!(
                "failed to create typed patch object ({}/{}; {}/{}, Kind={}): {why}",
                json::meta(config, "namespace"),
                json::meta(config, "name"),
                resource.group,
                resource.version,
                resource.kind
            ),
        )
    };
    check_types(ownership::shape(cluster, target), config).map_err(|why| untyped(&why))?;
    let unknown = kinds::normalize(cluster, resource, &mut copy)
        .map_err(|why| untyped(&kinds::not_of_kind(resource, why).message))?;
    if let Some(path) = unknown.first() {
        return Err(untyped(&format!(".{path}: field not declared in schema")));
    }
    report(findings(&[], duplicates), options.validation, warnings).map_err(Status::bad_request)
}

/// The stored shape of a body whose kind is that of the path.
fn checked(catalog: &Catalog, target: &Target, mut value: Value) -> Result<Value, Status> {
    check_kind(catalog, target, &mut value)?;
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
        FieldValidation::Strict => Err(format!("strict decoding error: {}", findings.join(", "))),
    }
}

/// 400 for a body of another kind or version than the path's.
fn other_kind(catalog: &Catalog, resource: &Resource, version: &str, kind: &str) -> Status {
    let own = &resource.kind;
    let head = format!("{kind} in version {version:?} cannot be handled as a {own}");
    if resource.custom.is_none() && catalog.of_kind(version, kind).is_none() {
        return Status::bad_request(format!(
            "{head}: no kind {kind:?} is registered for version {version:?} in scheme \
             \"pkg/runtime/scheme.go:111\""
        ));
    }
    if kind == own || resource.custom.is_some() {
        let expected = resource.api_version();
        return Status::bad_request(format!(
            "the API version in the data ({version}) does not match the expected API version \
             ({expected})"
        ));
    }
    let short = version.rsplit('/').next().unwrap_or(version);
    let group = resource.group.split('.').next().filter(|g| !g.is_empty()).unwrap_or("core");
    Status::bad_request(format!(
        "{head}: converting ({short}.{kind}) to ({group}.{own}): unknown conversion"
    ))
}

/// A custom resource must say what it is.
fn check_custom(request: &Request, resource: &Resource, value: &Value) -> Result<(), Status> {
    if resource.custom.is_none() {
        return Ok(());
    }
    for (field, name) in [("kind", "Kind"), ("apiVersion", "apiVersion")] {
        if json::text(value, &[field]).is_empty() {
            let text = String::from_utf8_lossy(&request.body);
            let why = format!("Object '{name}' is missing in '{text}'");
            return Err(decode::unrecognized(&resource.kind, &why, &request.body));
        }
    }
    Ok(())
}

/// `kind` and `apiVersion` must be those of the path; where they are missing, built-in kinds get
/// them from it.
fn check_kind(catalog: &Catalog, target: &Target, value: &mut Value) -> Result<(), Status> {
    let resource = &target.resource;
    let expected = resource.api_version();
    let kind = json::text(value, &["kind"]).to_owned();
    let version = json::text(value, &["apiVersion"]).to_owned();
    if (!version.is_empty() && version != expected) || (!kind.is_empty() && kind != resource.kind) {
        let version = if version.is_empty() { expected } else { version };
        let kind = if kind.is_empty() { resource.kind.clone() } else { kind };
        let name = json::meta(value, "name");
        return Err(match resource.custom.is_some() && version == resource.api_version() {
            true => {
                let why = format!("must be {}", resource.kind);
                let cause = Cause::invalid("kind", &json!(kind), &why);
                Status::invalid(&resource.group, &kind, name, vec![cause])
            }
            false => other_kind(catalog, resource, &version, &kind),
        });
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
