//! The rules of object metadata: what the server sets, what nobody may change, what is well formed.

use serde_json::{Map, Value, json};

use crate::api::Target;
use crate::api::names;
use crate::cluster::Inner;
use crate::json;
use crate::selector::{label_value, qualified_name};
use crate::status::{Cause, Status};

/// Annotations together may be this large.
const ANNOTATIONS_LIMIT: usize = 256 * 1024;

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

/// Everything wrong with the metadata of a custom resource; built-in kinds have their own rules.
pub(crate) fn validate(object: &Value) -> Vec<Cause> {
    let mut causes = Vec::new();
    let name = json::meta(object, "name");
    if name.is_empty() {
        causes.push(Cause::required("metadata.name", "name or generateName is required"));
    } else if let Some(why) = names::invalid_subdomain(name) {
        causes.push(Cause::invalid("metadata.name", &json!(name), &why));
    }
    if let Some(namespace) = object.pointer("/metadata/namespace").and_then(Value::as_str)
        && !names::is_label(namespace)
    {
        let why = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or \
                   '-', and must start and end with an alphanumeric character";
        causes.push(Cause::invalid("metadata.namespace", &json!(namespace), why));
    }
    labels(object, &mut causes);
    annotations(object, &mut causes);
    owners(object, &mut causes);
    finalizers(object, &mut causes);
    causes
}

fn map<'a>(object: &'a Value, field: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    let value = object.get("metadata").and_then(|m| m.get(field));
    value.and_then(Value::as_object).into_iter().flat_map(Map::iter)
}

const QUALIFIED: &str = "name part must consist of alphanumeric characters, '-', '_' or '.', and \
    must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or \
    '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const LABEL_VALUE: &str = "a valid label must be an empty string or consist of alphanumeric \
    characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. \
    'MyValue',  or 'my_value',  or '12345', regex used for validation is \
    '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

fn labels(object: &Value, causes: &mut Vec<Cause>) {
    for (key, value) in map(object, "labels") {
        if !qualified_name(key) {
            causes.push(Cause::invalid("metadata.labels", &json!(key), QUALIFIED));
        }
        match value.as_str() {
            Some(text) if label_value(text) => {}
            Some(text) if text.len() > 63 => {
                let why = "must be no more than 63 characters";
                causes.push(Cause::invalid("metadata.labels", &json!(text), why));
            }
            _ => causes.push(Cause::invalid("metadata.labels", value, LABEL_VALUE)),
        }
    }
}

fn annotations(object: &Value, causes: &mut Vec<Cause>) {
    let mut total = 0;
    for (key, value) in map(object, "annotations") {
        if !qualified_name(&key.to_lowercase()) {
            causes.push(Cause::invalid("metadata.annotations", &json!(key), QUALIFIED));
        }
        total += key.len() + value.as_str().map_or(0, str::len);
    }
    if total > ANNOTATIONS_LIMIT {
        causes.push(Cause::too_long("metadata.annotations", ANNOTATIONS_LIMIT));
    }
}

fn owners(object: &Value, causes: &mut Vec<Cause>) {
    let mut controllers: Vec<&str> = Vec::new();
    for (i, owner) in json::items(object, &["metadata", "ownerReferences"]).iter().enumerate() {
        for field in ["apiVersion", "kind", "name", "uid"] {
            if json::text(owner, &[field]).is_empty() {
                let path = format!("metadata.ownerReferences[{i}].{field}");
                causes.push(Cause::required(path, "must not be empty"));
            }
        }
        if owner.get("controller") == Some(&json!(true)) {
            controllers.push(json::text(owner, &["name"]));
        }
    }
    if controllers.len() > 1 {
        let why = "Only one reference can have Controller set to true. Found \"true\" in references \
                   for more than one owner";
        let value = json!(controllers);
        causes.push(Cause::invalid("metadata.ownerReferences", &value, why));
    }
}

fn finalizers(object: &Value, causes: &mut Vec<Cause>) {
    for finalizer in json::items(object, &["metadata", "finalizers"]) {
        let text = finalizer.as_str().unwrap_or_default();
        if !qualified_name(text) {
            causes.push(Cause::invalid("metadata.finalizers", finalizer, QUALIFIED));
        }
    }
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
            "Precondition failed: UID in precondition: {uid}, UID in object meta: {stored_uid}"
        );
        return Err(Status::conflict(&resource.group, &resource.plural, &target.name, &why));
    }
    let version = json::meta(object, "resourceVersion");
    if !version.is_empty() && version != "0" && version != json::meta(stored, "resourceVersion") {
        return Err(target.stale());
    }
    Ok(())
}
