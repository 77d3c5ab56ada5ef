//! The state that an update leaves, and its commit.
//!
//! What the endpoint may change is taken from the new state, the rest from the stored one; then
//! defaults, ownership, admission, generation and validation. A state equal to the stored one is not
//! written.

use serde_json::{Value, json};

use crate::api::Target;
use crate::api::kinds;
use crate::api::meta;
use crate::api::options::WriteOptions;
use crate::api::ownership;
use crate::cluster::Inner;
use crate::crd;
use crate::json;
use crate::status::Status;
use crate::store::{Refused, Write};

/// Whether the new state carries its managers already.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owners {
    /// They follow from what changed.
    Track,
    /// An apply has written them.
    Applied,
}

/// The object as it would be stored after an update.
pub(crate) fn settle(
    cluster: &Inner,
    target: &Target,
    stored: &Value,
    new: Value,
    owners: Owners,
    options: &WriteOptions,
    warnings: &mut Vec<String>,
) -> Result<Value, Status> {
    let mut object = endpoint_view(target, stored, new);
    meta::prepare_update(stored, &mut object);
    meta::dedupe_owners(&mut object, warnings);
    json::set_meta(&mut object, "resourceVersion", json::meta(stored, "resourceVersion"));
    kinds::default(cluster, &target.resource, &mut object);
    if owners == Owners::Track {
        ownership::track(cluster, target, options, Some(stored), &mut object);
    }
    kinds::admit(cluster, target, Some(stored), &mut object);
    count_generation(target, stored, &mut object);
    kinds::canonical(cluster, &target.resource, &mut object);
    // Checked of every object first and again with its kind, as by a real server.
    let mut causes = meta::check_finalizers(stored, &object);
    causes.extend(causes.clone());
    causes.extend(kinds::validate(target, &object, Some(stored)));
    if causes.is_empty() { Ok(object) } else { Err(target.invalid(causes)) }
}

fn endpoint_view(target: &Target, stored: &Value, mut new: Value) -> Value {
    match target.subresource.as_str() {
        "" | "scale" => {
            if target.resource.has_status() {
                copy_field(stored, &mut new, "status");
            }
            new
        }
        "finalize" => {
            let mut object = stored.clone();
            let finalizers = new.pointer("/spec/finalizers").cloned().unwrap_or_default();
            let spec = json::object_mut(&mut object, "spec");
            match finalizers {
                Value::Null => drop(spec.shift_remove("finalizers")),
                list => drop(spec.insert("finalizers".into(), list)),
            }
            object
        }
        _ => status_view(target, stored, &new),
    }
}

fn status_view(target: &Target, stored: &Value, new: &Value) -> Value {
    let mut object = stored.clone();
    copy_field(new, &mut object, "status");
    if target.resource.custom.is_none() {
        copy_field(new, &mut object, "metadata");
    } else if let Some(managers) = json::at(new, &["metadata", "managedFields"]) {
        json::set_meta(&mut object, "managedFields", managers.clone());
    }
    object
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
        for field in ["metadata", "apiVersion", "kind"] {
            map.shift_remove(field);
        }
        if target.resource.has_status() {
            map.shift_remove("status");
        }
        return part;
    }
    let mut part = json!({"spec": object.get("spec"), "template": object.get("template")});
    if target.resource.rules.annotations_count {
        part["annotations"] = object["metadata"]["annotations"].clone();
    }
    part
}

/// Commits an update. `None` when somebody was faster and it must be done again.
pub(crate) async fn commit(
    cluster: &Inner,
    target: &Target,
    stored: &Value,
    object: Value,
    options: &WriteOptions,
) -> Result<Option<Value>, Status> {
    let seen = json::revision(stored);
    if without_times(&object) == without_times(stored) {
        return Ok(Some(stored.clone()));
    }
    if options.dry_run {
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

/// An object without the times of its managers, which alone are no change; and without the version
/// it was written in.
fn without_times(object: &Value) -> Value {
    let mut copy = object.clone();
    json::as_object(&mut copy).shift_remove("apiVersion");
    if let Some(list) = copy.pointer_mut("/metadata/managedFields").and_then(Value::as_array_mut) {
        for entry in list.iter_mut().filter_map(Value::as_object_mut) {
            entry.shift_remove("time");
        }
    }
    copy
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
