//! From stored definitions to the catalog: names are accepted, versions established, routes follow.
//!
//! Invariant: the catalog serves a definition before its `Established` condition says so.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{GROUP, PLURAL};
use crate::api::Target;
use crate::api::options::WriteOptions;
use crate::api::ownership;
use crate::catalog::Resource;
use crate::cluster::Inner;
use crate::json;
use crate::store::{Collection, Key, Refused, Write, lock};

fn definitions() -> Collection {
    Collection::new(GROUP, PLURAL)
}

/// Brings catalog and conditions in line with the stored definitions.
pub(crate) async fn reconcile(cluster: &Inner) {
    for (key, _) in cluster.store.list(&definitions(), None).objects {
        while let Some(stored) = cluster.store.get(&definitions(), &key) {
            let next = with_status(cluster, &key, &stored);
            if accepted(&next) {
                serve(cluster, &key, Some(&next));
            }
            if next == *stored {
                break;
            }
            let write = Write::Replace(next, json::revision(&stored));
            match cluster.store.commit(&definitions(), &key, write).await {
                Ok(_) => break,
                Err(Refused::Changed | Refused::Exists) => {}
            }
        }
    }
    serve(cluster, &Key::new("", ""), None);
}

/// Rebuilds the custom part of the catalog from what is stored, with one definition in a state that
/// is about to be stored.
fn serve(cluster: &Inner, pending: &Key, next: Option<&Value>) {
    let mut catalog = lock(&cluster.catalog);
    let stored = cluster.store.list(&definitions(), None).objects;
    let mut custom: Vec<Resource> = Vec::new();
    for (key, object) in &stored {
        let definition = next.filter(|_| key == pending).unwrap_or(object);
        if accepted(definition) {
            custom.extend(super::resources(definition));
        }
    }
    *catalog = Arc::new(catalog.with_custom(custom));
}

fn condition<'a>(definition: &'a Value, kind: &str) -> Option<&'a Value> {
    json::items(definition, &["status", "conditions"])
        .iter()
        .find(|c| json::text(c, &["type"]) == kind)
}

fn accepted(definition: &Value) -> bool {
    condition(definition, "Established").is_some_and(|c| json::text(c, &["status"]) == "True")
}

/// A definition with the status that it should have.
fn with_status(cluster: &Inner, key: &Key, stored: &Value) -> Value {
    let mut next = stored.clone();
    let conflict = conflict(cluster, key, stored);
    match &conflict {
        None => {
            let names = stored["spec"]["names"].clone();
            json::object_mut(&mut next, "status").insert("acceptedNames".into(), names);
            set_condition(
                cluster,
                &mut next,
                "NamesAccepted",
                "True",
                "NoConflicts",
                "no conflicts found",
            );
        }
        Some((reason, message)) => {
            set_condition(cluster, &mut next, "NamesAccepted", "False", reason, message);
        }
    }
    if conflict.is_none() && !accepted(&next) {
        let message = "the initial names have been accepted";
        set_condition(cluster, &mut next, "Established", "True", "InitialNamesAccepted", message);
    } else if conflict.is_some() && condition(&next, "Established").is_none() {
        let message = "not all names are accepted";
        set_condition(cluster, &mut next, "Established", "False", "NotAccepted", message);
    }
    if next != *stored {
        own_status(cluster, key, stored, &mut next);
    }
    next
}

/// The conditions belong to the server.
fn own_status(cluster: &Inner, key: &Key, stored: &Value, next: &mut Value) {
    let catalog = cluster.catalog();
    let Some(resource) = catalog.find(GROUP, "v1", PLURAL) else { return };
    let target = Target {
        resource: resource.clone(),
        namespace: String::new(),
        name: key.name.clone(),
        subresource: "status".to_owned(),
    };
    let options = WriteOptions::internal("kube-apiserver");
    ownership::track(cluster, &target, &options, Some(stored), next);
}

/// Sets a condition, unless it is so already.
pub(crate) fn set_condition(
    cluster: &Inner,
    definition: &mut Value,
    kind: &str,
    status: &str,
    reason: &str,
    message: &str,
) {
    let unchanged = condition(definition, kind).is_some_and(|c| {
        json::text(c, &["status"]) == status && json::text(c, &["reason"]) == reason
    });
    if unchanged {
        return;
    }
    let condition = json!({
        "type": kind,
        "status": status,
        "lastTransitionTime": cluster.clock.time(),
        "reason": reason,
        "message": message,
    });
    let list = json::list_mut(json::object_mut(definition, "status"), "conditions");
    match list.iter_mut().find(|c| json::text(c, &["type"]) == kind) {
        Some(old) => *old = condition,
        None => list.push(condition),
    }
}

/// Which name of a definition is taken by another one of its group.
fn conflict(cluster: &Inner, key: &Key, stored: &Value) -> Option<(&'static str, String)> {
    let group = json::text(stored, &["spec", "group"]);
    let names = &stored["spec"]["names"];
    let others: Vec<Arc<Value>> = cluster
        .store
        .list(&definitions(), None)
        .objects
        .into_iter()
        .filter(|(k, o)| k != key && accepted(o) && json::text(o, &["spec", "group"]) == group)
        .map(|(_, o)| o)
        .collect();
    let taken = |name: &str, fields: &[&str]| {
        others.iter().any(|o| {
            let theirs = &o["spec"]["names"];
            let short = json::items(theirs, &["shortNames"]).contains(&json!(name));
            fields.iter().any(|f| json::text(theirs, &[f]) == name) || (short && fields.len() > 1)
        })
    };
    let checks = [
        ("plural", "PluralConflict", &["plural", "singular"][..]),
        ("singular", "SingularConflict", &["plural", "singular"]),
        ("kind", "KindConflict", &["kind"]),
        ("listKind", "ListKindConflict", &["listKind"]),
    ];
    for (field, reason, against) in checks {
        let name = json::text(names, &[field]);
        if taken(name, against) {
            return Some((reason, format!("{name:?} is already in use")));
        }
    }
    json::items(names, &["shortNames"])
        .iter()
        .filter_map(Value::as_str)
        .find(|name| taken(name, &["plural", "singular"]))
        .map(|name| ("ShortNamesConflict", format!("{name:?} is already in use")))
}
