//! The rules of object metadata: what the server sets and what nobody may change.

use serde_json::{Value, json};

use crate::api::Target;
use crate::cluster::Inner;
use crate::json;
use crate::status::{Cause, Status};

/// Fields that a client cannot set.
const SERVER_FIELDS: &[&str] =
    &["creationTimestamp", "uid", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink"];

/// Gives a new object what the server sets: uid, time, generation, and its namespace.
pub(crate) fn prepare_create(cluster: &Inner, target: &Target, object: &mut Value) {
    let metadata = json::object_mut(object, "metadata");
    for field in SERVER_FIELDS {
        metadata.shift_remove(*field);
    }
    metadata.shift_remove("generation");
    match target.namespace.as_str() {
        "" => drop(metadata.shift_remove("namespace")),
        namespace => drop(metadata.insert("namespace".into(), json!(namespace))),
    }
    metadata.insert("uid".into(), json!(cluster.names.uid()));
    metadata.insert("creationTimestamp".into(), json!(cluster.clock.time()));
    if counts_generations(target) {
        metadata.insert("generation".into(), json!(1));
    }
}

/// Whether `metadata.generation` is kept for the kind.
pub(crate) fn counts_generations(target: &Target) -> bool {
    target.resource.rules.generation || target.resource.custom.is_some()
}

/// Takes over from the stored object what an update cannot change.
pub(crate) fn prepare_update(stored: &Value, object: &mut Value) {
    let old = stored.get("metadata").cloned().unwrap_or_default();
    let metadata = json::object_mut(object, "metadata");
    let kept = [
        "name",
        "namespace",
        "uid",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "generation",
        "generateName",
        "selfLink",
    ];
    for field in kept {
        match old.get(field) {
            Some(value) => drop(metadata.insert(field.to_owned(), value.clone())),
            None => drop(metadata.shift_remove(field)),
        }
    }
}

/// Drops ownerReferences whose uid came before; the answer warns about it.
pub(crate) fn dedupe_owners(object: &mut Value, warnings: &mut Vec<String>) {
    let owners = object.get_mut("metadata").and_then(|m| m.get_mut("ownerReferences"));
    let Some(owners) = owners.and_then(Value::as_array_mut) else { return };
    let mut seen: Vec<String> = Vec::new();
    owners.retain(|owner| {
        let uid = json::text(owner, &["uid"]).to_owned();
        let fresh = !seen.contains(&uid);
        if !fresh {
            warnings.push(format!(
                ".metadata.ownerReferences contains duplicate entries; API server dedups owner \
                 references in 1.20+, and may reject such requests as early as 1.24; please fix \
                 your requests; duplicate UID(s) observed: {uid}"
            ));
        }
        seen.push(uid);
        fresh
    });
}

/// Finalizers may not be added to an object that is being deleted.
pub(crate) fn check_finalizers(stored: &Value, object: &Value) -> Vec<Cause> {
    if json::meta(stored, "deletionTimestamp").is_empty() {
        return Vec::new();
    }
    let old = json::items(stored, &["metadata", "finalizers"]);
    let added: Vec<&Value> = json::items(object, &["metadata", "finalizers"])
        .iter()
        .filter(|f| !old.contains(f))
        .collect();
    if added.is_empty() {
        return Vec::new();
    }
    let list: Vec<String> = added.iter().map(|f| format!("{f}")).collect();
    let why = format!(
        "no new finalizers can be added if the object is being deleted, found new finalizers \
         []string{{{}}}",
        list.join(", ")
    );
    vec![Cause::forbidden("metadata.finalizers", &why)]
}

/// The uid and resourceVersion that a body demands must be those of the stored object.
pub(crate) fn check_preconditions(
    target: &Target,
    stored: &Value,
    object: &Value,
) -> Result<(), Status> {
    let resource = &target.resource;
    let uid = json::meta(object, "uid");
    let stored_uid = json::meta(stored, "uid");
    if !uid.is_empty() && uid != stored_uid {
        let why = format!(
            "StorageError: invalid object, Code: 4, Key: {}, ResourceVersion: 0, \
             AdditionalErrorMsg: Precondition failed: UID in precondition: {uid}, UID in object \
             meta: {stored_uid}",
            storage_key(target)
        );
        return Err(Status::conflict(&resource.group, &resource.plural, &target.name, &why));
    }
    let version = json::meta(object, "resourceVersion");
    if !version.is_empty() && version != "0" && version != json::meta(stored, "resourceVersion") {
        return Err(target.stale());
    }
    Ok(())
}

/// Where a real server keeps the object in its store, as messages name it.
fn storage_key(target: &Target) -> String {
    let resource = &target.resource;
    let group =
        if resource.custom.is_some() { format!("/{}", resource.group) } else { String::new() };
    let namespace = match target.namespace.as_str() {
        "" => String::new(),
        namespace => format!("/{namespace}"),
    };
    format!("/registry{group}/{}{namespace}/{}", resource.plural, target.name)
}
