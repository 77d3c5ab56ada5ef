//! Create, update, patch and apply: one pipeline from a body to a commit.
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
use crate::api::intake::{self, check_name, check_namespace};
use crate::api::kinds;
use crate::api::meta;
use crate::api::options::WriteOptions;
use crate::api::ownership;
use crate::api::request::Request;
use crate::api::respond;
use crate::api::settle::{Owners, after_write, commit, settle};
use crate::body::Body;
use crate::cluster::Inner;
use crate::json;
use crate::patch::Patch;
use crate::status::{Cause, Status};
use crate::store::Write;

/// How often a generated name is tried.
const NAME_ATTEMPTS: usize = 8;
const APPLY: &str = "application/apply-patch+yaml";

/// What a write did.
pub(crate) enum Done {
    Created(Value),
    Updated(Value),
}

/// Answers with what a write did.
pub(crate) fn reply(
    cluster: &Inner,
    request: &Request,
    target: &Target,
    done: Done,
    mut warnings: Vec<String>,
) -> Result<Response<Body>, Status> {
    let (code, object) = match done {
        Done::Created(object) => (StatusCode::CREATED, object),
        Done::Updated(object) => (StatusCode::OK, object),
    };
    let now = cluster.clock.now();
    let mut response = respond::object(request, &target.resource, code, &object, now)?;
    warnings.extend(kinds::warnings(&target.resource, &object));
    respond::warn(&mut response, &warnings);
    Ok(response)
}

/// Answers a POST to a collection.
pub(crate) async fn create(
    cluster: &Arc<Inner>,
    request: &Request,
    target: &Target,
) -> Result<Response<Body>, Status> {
    let options = WriteOptions::parse(request, "CreateOptions", false)?;
    let mut warnings = Vec::new();
    let body = decode::body(request, &cluster.schema, &target.resource.kind)?;
    let sent = intake::intake(cluster, request, target, body, &options, &mut warnings)?;
    let created =
        create_object(cluster, target, sent, Owners::Track, &options, &mut warnings).await?;
    reply(cluster, request, target, Done::Created(created), warnings)
}

/// Creates an object whose body was taken in.
pub(crate) async fn create_object(
    cluster: &Inner,
    target: &Target,
    sent: Value,
    owners: Owners,
    options: &WriteOptions,
    warnings: &mut Vec<String>,
) -> Result<Value, Status> {
    if !json::meta(&sent, "resourceVersion").is_empty() {
        let why = "resourceVersion should not be set on objects to be created";
        return Err(Status::failure(500, "", why));
    }
    check_namespace(target, &sent)?;
    let prefix = json::meta(&sent, "generateName").to_owned();
    let generate = json::meta(&sent, "name").is_empty() && !prefix.is_empty();
    for attempt in 1.. {
        let mut object = sent.clone();
        if generate {
            json::set_meta(&mut object, "name", cluster.names.generate(&prefix));
        }
        let mut target = target.clone();
        target.name = json::meta(&object, "name").to_owned();
        admission::namespace_accepts(cluster, &target)?;
        prepare_new(cluster, &target, &mut object, owners, options, warnings)?;
        if options.dry_run {
            return match cluster.store.get(&target.resource.storage, &target.key()) {
                Some(existing) => Err(exists(&target, &existing)),
                None => {
                    json::remove_meta(&mut object, "resourceVersion");
                    Ok(object)
                }
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
    Err(Status::internal("no name could be generated"))
}

/// Completes a new object, or says what is wrong with it.
fn prepare_new(
    cluster: &Inner,
    target: &Target,
    object: &mut Value,
    owners: Owners,
    options: &WriteOptions,
    warnings: &mut Vec<String>,
) -> Result<(), Status> {
    if target.resource.has_status() {
        json::as_object(object).shift_remove("status");
    }
    let unlabelled = object.pointer("/metadata/labels").is_none();
    kinds::default(cluster, &target.resource, object);
    if owners == Owners::Track {
        ownership::track(cluster, target, options, None, object);
    }
    meta::prepare_create(cluster, target, object);
    meta::dedupe_owners(object, warnings);
    kinds::admit(cluster, target, None, object);
    if unlabelled {
        kinds::share_labels(target, object);
    }
    // Holds the place of the revision that the commit gives.
    json::set_meta(object, "resourceVersion", "0");
    kinds::canonical(cluster, &target.resource, object);
    let causes = kinds::validate(target, object, None);
    if causes.is_empty() { Ok(()) } else { Err(target.invalid(causes)) }
}

fn exists(target: &Target, existing: &Value) -> Status {
    let resource = &target.resource;
    let mut status = Status::already_exists(&resource.group, &resource.plural, &target.name);
    if !json::meta(existing, "deletionTimestamp").is_empty() {
        status.message = format!("object is being deleted: {}", status.message);
    }
    status
}

/// Answers a PUT of an object, or of its status or finalizers.
pub(crate) async fn update(
    cluster: &Arc<Inner>,
    request: &Request,
    target: &Target,
) -> Result<Response<Body>, Status> {
    let options = WriteOptions::parse(request, "UpdateOptions", false)?;
    let mut warnings = Vec::new();
    let body = decode::body(request, &cluster.schema, &target.resource.kind)?;
    let sent = intake::intake(cluster, request, target, body, &options, &mut warnings)?;
    check_name(target, &sent)?;
    check_namespace(target, &sent)?;
    let versioned = !json::meta(&sent, "resourceVersion").is_empty();
    if !versioned && requires_version(target) && target.fetch(cluster).is_ok() {
        let why = "must be specified for an update";
        let cause = Cause::invalid("metadata.resourceVersion", &json!(0), why);
        let resource = &target.resource;
        let causes = vec![cause];
        return Err(Status::invalid(&resource.group, &resource.plural, &target.name, causes));
    }
    let creates = target.resource.rules.create_on_update && target.subresource.is_empty();
    loop {
        let Some(stored) = cluster.store.get(&target.resource.storage, &target.key()) else {
            if !creates {
                return Err(target.not_found());
            }
            if versioned {
                return Err(target.stale());
            }
            let owners = Owners::Track;
            let created =
                create_object(cluster, target, sent, owners, &options, &mut warnings).await?;
            return reply(cluster, request, target, Done::Created(created), warnings);
        };
        meta::check_preconditions(target, &stored, &sent)?;
        let (new, owners) = (sent.clone(), Owners::Track);
        let next = settle(cluster, target, &stored, new, owners, &options, &mut warnings)?;
        if let Some(object) = commit(cluster, target, &stored, next, &options).await? {
            return reply(cluster, request, target, Done::Updated(object), warnings);
        }
    }
}

fn requires_version(target: &Target) -> bool {
    target.resource.rules.version_required || target.resource.custom.is_some()
}

/// Answers a PATCH.
pub(crate) async fn patch(
    cluster: &Arc<Inner>,
    request: &Request,
    target: &Target,
) -> Result<Response<Body>, Status> {
    if request.content_type() == APPLY {
        return apply(cluster, request, target).await;
    }
    let options = WriteOptions::parse(request, "PatchOptions", false)?;
    let patch = Patch::read(request, target.resource.custom.is_some())?;
    let mut warnings = Vec::new();
    loop {
        let stored = target.fetch(cluster)?;
        let served = convert::serve(&target.resource, &stored);
        let patched = || patch.apply(&served, ownership::shape(cluster, target));
        let object = intake::intake_patched(cluster, target, patched, &options, &mut warnings)?;
        check_name(target, &object)?;
        meta::check_preconditions(target, &stored, &object)?;
        let owners = Owners::Track;
        let next = settle(cluster, target, &stored, object, owners, &options, &mut warnings)?;
        if let Some(object) = commit(cluster, target, &stored, next, &options).await? {
            return reply(cluster, request, target, Done::Updated(object), warnings);
        }
    }
}

/// Answers a server-side apply.
async fn apply(
    cluster: &Arc<Inner>,
    request: &Request,
    target: &Target,
) -> Result<Response<Body>, Status> {
    let options = WriteOptions::parse(request, "PatchOptions", true)?;
    let mut warnings = Vec::new();
    let Decoded { value, duplicates } = decode::yaml(&request.body).map_err(Status::bad_request)?;
    let mut config = applied_config(target, value)?;
    intake::check_applied(cluster, target, &config, &duplicates, &options, &mut warnings)?;
    json::set_meta(&mut config, "name", target.name.as_str());
    if !target.namespace.is_empty() {
        json::set_meta(&mut config, "namespace", target.namespace.as_str());
    }
    loop {
        let stored = cluster.store.get(&target.resource.storage, &target.key());
        if let Some(stored) = &stored {
            meta::check_preconditions(target, stored, &config)?;
        }
        let merged = ownership::applied(cluster, target, &options, stored.as_deref(), &config)?;
        let mut object = merged;
        kinds::normalize(cluster, &target.resource, &mut object)
            .map_err(|why| kinds::not_of_kind(&target.resource, why))?;
        let Some(stored) = stored else {
            check_absent(target, &config)?;
            let owners = Owners::Applied;
            let created =
                create_object(cluster, target, object, owners, &options, &mut warnings).await;
            match created {
                Err(status) if status.reason == "AlreadyExists" && !options.dry_run => continue,
                Err(status) => return Err(status),
                Ok(object) => {
                    return reply(cluster, request, target, Done::Created(object), warnings);
                }
            }
        };
        let owners = Owners::Applied;
        let next = settle(cluster, target, &stored, object, owners, &options, &mut warnings)?;
        if let Some(object) = commit(cluster, target, &stored, next, &options).await? {
            return reply(cluster, request, target, Done::Updated(object), warnings);
        }
    }
}

/// The configuration of an apply, which names no managers and the object of the path.
fn applied_config(target: &Target, value: Value) -> Result<Value, Status> {
    let (version, kind) = (json::text(&value, &["apiVersion"]), json::text(&value, &["kind"]));
    if version != target.resource.api_version() || kind != target.resource.kind {
        let core = if version.contains('/') { "" } else { "/" };
        return Err(Status::bad_request(format!(
            "invalid object type: {core}{version}, Kind={kind}"
        )));
    }
    let config = convert::store(&target.resource, value);
    let managers = json::at(&config, &["metadata", "managedFields"]);
    if managers.is_some_and(|m| !m.is_null()) {
        return Err(Status::bad_request("metadata.managedFields must be nil"));
    }
    if !json::meta(&config, "name").is_empty() {
        check_name(target, &config)?;
    }
    check_namespace(target, &config)?;
    Ok(config)
}

/// An apply to something absent creates it, unless a subresource or a given uid says it was there.
fn check_absent(target: &Target, config: &Value) -> Result<(), Status> {
    if !target.subresource.is_empty() {
        return Err(target.not_found());
    }
    let uid = json::meta(config, "uid");
    if uid.is_empty() {
        return Ok(());
    }
    let resource = &target.resource;
    let why = format!(
        "uid mismatch: the provided object specified uid {uid}, and no existing object was found"
    );
    Err(Status::conflict(&resource.group, &resource.plural, &target.name, &why))
}
