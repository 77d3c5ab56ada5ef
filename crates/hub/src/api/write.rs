//! Create, update and patch: one pipeline from a body to a commit.
//!
//! Decode and check strictly, take over what the client cannot set, run admission, validate, and
//! commit against the revision that was read; when somebody was faster, read and do it again.

use std::sync::Arc;

use http::{Response, StatusCode};
use serde_json::{Value, json};

use crate::api::Target;
use crate::api::admission;
use crate::api::convert;
use crate::api::decode::{self, Decoded};
use crate::api::kinds;
use crate::api::meta;
use crate::api::options::{FieldValidation, WriteOptions};
use crate::api::request::Request;
use crate::api::respond;
use crate::body::Body;
use crate::cluster::Inner;
use crate::crd;
use crate::json;
use crate::status::Status;
use crate::store::{Refused, Write};

/// How often a generated name is tried.
const NAME_ATTEMPTS: usize = 8;

/// Answers a POST to a collection.
pub(crate) async fn create(
    cluster: &Arc<Inner>,
    request: &Request,
    target: &Target,
) -> Result<Response<Body>, Status> {
    let options = WriteOptions::parse(request, "CreateOptions", false)?;
    let mut warnings = Vec::new();
    let sent = intake(cluster, target, decode::body(request)?, &options, &mut warnings)?;
    let created = create_object(cluster, target, sent, &options, &mut warnings).await?;
    let now = cluster.clock.now();
    let mut response =
        respond::object(request, &target.resource, StatusCode::CREATED, &created, now)?;
    respond::warn(&mut response, &warnings);
    Ok(response)
}

/// Creates an object whose body was taken in.
pub(crate) async fn create_object(
    cluster: &Arc<Inner>,
    target: &Target,
    sent: Value,
    options: &WriteOptions,
    warnings: &mut Vec<String>,
) -> Result<Value, Status> {
    if !json::meta(&sent, "resourceVersion").is_empty() {
        let why = "resourceVersion should not be set on objects to be created";
        return Err(Status::failure(500, "", why));
    }
    check_namespace(target, &sent)?;
    let generate =
        json::meta(&sent, "name").is_empty() && !json::meta(&sent, "generateName").is_empty();
    let mut attempt = 0;
    loop {
        attempt += 1;
        let mut object = sent.clone();
        if generate {
            let name = cluster.names.generate(json::meta(&sent, "generateName"));
            json::set_meta(&mut object, "name", name);
        }
        let mut target = target.clone();
        target.name = json::meta(&object, "name").to_owned();
        admission::namespace_accepts(cluster, &target)?;
        meta::prepare_create(cluster, &target, &mut object);
        if target.resource.has_status() {
            json::as_object(&mut object).shift_remove("status");
        }
        meta::dedupe_owners(&mut object, warnings);
        kinds::default(cluster, &target.resource, &mut object);
        kinds::admit(cluster, &target, None, &mut object);
        let causes = kinds::validate(&target, &object, None);
        if !causes.is_empty() {
            return Err(target.invalid(causes));
        }
        if options.dry_run {
            return match cluster.store.get(&target.resource.storage, &target.key()) {
                Some(existing) => Err(exists(&target, &existing)),
                None => Ok(object),
            };
        }
        let write = Write::Create(object);
        match cluster.store.commit(&target.resource.storage, &target.key(), write).await {
            Ok(created) => {
                after_write(cluster, &target).await;
                return Ok((*created).clone());
            }
            Err(_) if generate && attempt < NAME_ATTEMPTS => {}
            Err(_) => {
                let existing = cluster.store.get(&target.resource.storage, &target.key());
                let status = exists(&target, &existing.unwrap_or_default());
                return Err(if generate { status.with_retry(1) } else { status });
            }
        }
    }
}

fn exists(target: &Target, existing: &Value) -> Status {
    let resource = &target.resource;
    let mut status = Status::already_exists(&resource.group, &resource.plural, &target.name);
    if !json::meta(existing, "deletionTimestamp").is_empty() {
        status.message = format!("object is being deleted: {}", status.message);
    }
    status
}

/// The namespace of a body must be that of the path.
fn check_namespace(target: &Target, sent: &Value) -> Result<(), Status> {
    let namespace = json::meta(sent, "namespace");
    if !target.resource.namespaced || namespace.is_empty() || namespace == target.namespace {
        return Ok(());
    }
    Err(Status::bad_request(
        "the namespace of the provided object does not match the namespace sent on the request",
    ))
}

/// The name of a body must be that of the path.
fn check_name(target: &Target, sent: &Value) -> Result<(), Status> {
    let name = json::meta(sent, "name");
    if name == target.name {
        return Ok(());
    }
    Err(Status::bad_request(format!(
        "the name of the object ({name}) does not match the name on the URL ({})",
        target.name
    )))
}

/// Checks the kind of a body, and what it says twice or in vain.
fn intake(
    cluster: &Inner,
    target: &Target,
    decoded: Decoded,
    options: &WriteOptions,
    warnings: &mut Vec<String>,
) -> Result<Value, Status> {
    let resource = &target.resource;
    let mut value = decoded.value;
    if !value.is_object() {
        return Err(Status::bad_request(format!(
            "the object provided is unrecognized (must be of type {}): it is no JSON object",
            resource.kind
        )));
    }
    check_kind(target, &mut value)?;
    let mut value = convert::store(resource, value);
    let unknown = kinds::normalize(cluster, resource, &mut value)?;
    let mut findings: Vec<String> =
        unknown.iter().map(|path| format!("unknown field {path:?}")).collect();
    findings.extend(decoded.duplicates.iter().map(|path| format!("duplicate field {path:?}")));
    warnings.extend(kinds::warnings(resource));
    report(target, findings, options.validation, warnings)?;
    Ok(value)
}

/// Findings are warnings, or the end of the request.
fn report(
    target: &Target,
    findings: Vec<String>,
    validation: FieldValidation,
    warnings: &mut Vec<String>,
) -> Result<(), Status> {
    match validation {
        _ if findings.is_empty() => Ok(()),
        FieldValidation::Ignore => Ok(()),
        FieldValidation::Warn => {
            warnings.extend(findings);
            Ok(())
        }
        FieldValidation::Strict => {
            let (version, kind) = (&target.resource.version, &target.resource.kind);
            let list = findings.join(", ");
            Err(Status::bad_request(format!(
                "{kind} in version {version:?} cannot be handled as a {kind}: strict decoding \
                 error: {list}"
            )))
        }
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
        return Err(Status::bad_request(format!(
            "Object '{missing}' is missing in '{}'",
            Value::clone(value)
        )));
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

/// What a write did.
pub(crate) enum Done {
    Created(Value),
    Updated(Value),
}

/// Answers a PUT of an object, or of its status or finalizers.
pub(crate) async fn update(
    cluster: &Arc<Inner>,
    request: &Request,
    target: &Target,
) -> Result<Response<Body>, Status> {
    let options = WriteOptions::parse(request, "UpdateOptions", false)?;
    let mut warnings = Vec::new();
    let sent = intake(cluster, target, decode::body(request)?, &options, &mut warnings)?;
    check_name(target, &sent)?;
    check_namespace(target, &sent)?;
    if json::meta(&sent, "resourceVersion").is_empty() && requires_version(target) {
        let cause = crate::status::Cause::invalid(
            "metadata.resourceVersion",
            &json!(0),
            "must be specified for an update",
        );
        return Err(target.invalid(vec![cause]));
    }
    let creates = target.resource.rules.create_on_update && target.subresource.is_empty();
    let done = loop {
        let Some(stored) = cluster.store.get(&target.resource.storage, &target.key()) else {
            if !creates {
                return Err(target.not_found());
            }
            if !json::meta(&sent, "resourceVersion").is_empty() {
                return Err(target.stale());
            }
            let created = create_object(cluster, target, sent, &options, &mut warnings).await?;
            break Done::Created(created);
        };
        meta::check_preconditions(target, &stored, &sent)?;
        let next = settle(cluster, target, &stored, sent.clone(), &mut warnings)?;
        if let Some(object) = commit(cluster, target, &stored, next, &options).await? {
            break Done::Updated(object);
        }
    };
    reply(cluster, request, target, done, &warnings)
}

fn requires_version(target: &Target) -> bool {
    target.resource.rules.version_required || target.resource.custom.is_some()
}

/// Answers with what a write did.
pub(crate) fn reply(
    cluster: &Inner,
    request: &Request,
    target: &Target,
    done: Done,
    warnings: &[String],
) -> Result<Response<Body>, Status> {
    let (code, object) = match done {
        Done::Created(object) => (StatusCode::CREATED, object),
        Done::Updated(object) => (StatusCode::OK, object),
    };
    let now = cluster.clock.now();
    let mut response = respond::object(request, &target.resource, code, &object, now)?;
    respond::warn(&mut response, warnings);
    Ok(response)
}

/// Answers a PATCH.
pub(crate) async fn patch(
    cluster: &Arc<Inner>,
    request: &Request,
    target: &Target,
) -> Result<Response<Body>, Status> {
    let options = WriteOptions::parse(request, "PatchOptions", false)?;
    let patch = crate::patch::Patch::read(request, target.resource.custom.is_some())?;
    let mut warnings = Vec::new();
    loop {
        let stored = target.fetch(cluster)?;
        let served = convert::serve(&target.resource, &stored);
        let patched = patch.apply(&served)?;
        let decoded = Decoded { value: patched, duplicates: Vec::new() };
        let object = intake(cluster, target, decoded, &options, &mut warnings)?;
        check_name(target, &object)?;
        meta::check_preconditions(target, &stored, &object)?;
        let next = settle(cluster, target, &stored, object, &mut warnings)?;
        if let Some(object) = commit(cluster, target, &stored, next, &options).await? {
            return reply(cluster, request, target, Done::Updated(object), &warnings);
        }
    }
}

/// The object as it would be stored after an update: what the endpoint may change is taken from the
/// new state, the rest from the stored one.
fn settle(
    cluster: &Inner,
    target: &Target,
    stored: &Value,
    new: Value,
    warnings: &mut Vec<String>,
) -> Result<Value, Status> {
    let mut object = endpoint_view(target, stored, new);
    meta::prepare_update(stored, &mut object);
    meta::dedupe_owners(&mut object, warnings);
    json::set_meta(&mut object, "resourceVersion", json::meta(stored, "resourceVersion"));
    kinds::default(cluster, &target.resource, &mut object);
    kinds::admit(cluster, target, Some(stored), &mut object);
    count_generation(target, stored, &mut object);
    let mut causes = kinds::validate(target, &object, Some(stored));
    causes.extend(meta::check_finalizers(stored, &object));
    if causes.is_empty() { Ok(object) } else { Err(target.invalid(causes)) }
}

fn endpoint_view(target: &Target, stored: &Value, mut new: Value) -> Value {
    match target.subresource.as_str() {
        "" => {
            if target.resource.has_status() {
                copy_field(stored, &mut new, "status");
            }
            new
        }
        "finalize" => {
            let mut object = stored.clone();
            let finalizers = new.pointer("/spec/finalizers").cloned().unwrap_or_default();
            match finalizers {
                Value::Null => {
                    drop(json::object_mut(&mut object, "spec").shift_remove("finalizers"))
                }
                list => {
                    drop(json::object_mut(&mut object, "spec").insert("finalizers".into(), list))
                }
            }
            object
        }
        _ => {
            let mut object = stored.clone();
            copy_field(&new, &mut object, "status");
            if target.resource.custom.is_none() {
                copy_field(&new, &mut object, "metadata");
            }
            object
        }
    }
}

fn copy_field(from: &Value, to: &mut Value, field: &str) {
    let map = json::as_object(to);
    match from.get(field) {
        Some(value) => drop(map.insert(field.to_owned(), value.clone())),
        None => drop(map.shift_remove(field)),
    }
}

/// A change of what the generation counts adds one to it.
fn count_generation(target: &Target, stored: &Value, object: &mut Value) {
    if !meta::counts_generations(target) || target.subresource == "status" {
        return;
    }
    let old = json::int(stored, &["metadata", "generation"]).unwrap_or(0);
    if counted(target, stored) != counted(target, object) {
        json::set_meta(object, "generation", old + 1);
    }
}

/// The part of an object whose changes the generation counts.
fn counted(target: &Target, object: &Value) -> Value {
    if target.resource.custom.is_some() {
        let mut part = object.clone();
        let map = json::as_object(&mut part);
        map.shift_remove("metadata");
        if target.resource.has_status() {
            map.shift_remove("status");
        }
        return part;
    }
    let mut part = json!({"spec": object.get("spec")});
    if target.resource.rules.annotations_count {
        part["annotations"] = object["metadata"]["annotations"].clone();
    }
    part
}

/// Commits an update. `None` when somebody was faster and it must be done again.
async fn commit(
    cluster: &Inner,
    target: &Target,
    stored: &Value,
    object: Value,
    options: &WriteOptions,
) -> Result<Option<Value>, Status> {
    let seen = json::revision(stored);
    if object == *stored || options.dry_run {
        return Ok(Some(object));
    }
    let write = match is_finished(target, &object) {
        true => Write::Remove(object, seen),
        false => Write::Replace(object, seen),
    };
    match cluster.store.commit(&target.resource.storage, &target.key(), write).await {
        Ok(object) => {
            after_write(cluster, target).await;
            Ok(Some((*object).clone()))
        }
        Err(Refused::Changed | Refused::Exists) => Ok(None),
    }
}

/// What follows from a write before it is answered: definitions change what is served.
pub(crate) async fn after_write(cluster: &Inner, target: &Target) {
    if target.resource.is(crd::GROUP, crd::PLURAL) {
        crd::lifecycle::reconcile(cluster).await;
    }
}

/// Whether nothing holds an object any more that is being deleted.
pub(crate) fn is_finished(target: &Target, object: &Value) -> bool {
    let namespace_held = target.resource.is("", "namespaces")
        && !json::items(object, &["spec", "finalizers"]).is_empty();
    !json::meta(object, "deletionTimestamp").is_empty()
        && json::int(object, &["metadata", "deletionGracePeriodSeconds"]).unwrap_or(0) == 0
        && json::items(object, &["metadata", "finalizers"]).is_empty()
        && !namespace_held
}
