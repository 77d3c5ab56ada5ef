//! Emptying what is being deleted: the objects of a namespace, the instances of a definition.

use serde_json::{Value, json};

use super::{delete, rewrite, unhold};
use crate::cluster::Inner;
use crate::crd;
use crate::json;
use crate::store::{Collection, Key};

/// Deletes what a terminating namespace holds, and lets it go when it is empty.
pub(super) async fn empty_namespace(cluster: &Inner, name: &str) {
    let (namespaces, key) = (Collection::new("", "namespaces"), Key::new("", name));
    let Some(namespace) = cluster.store.get(&namespaces, &key) else { return };
    if json::meta(&namespace, "deletionTimestamp").is_empty() {
        return;
    }
    for collection in cluster.store.collections() {
        for (key, object) in cluster.store.list(&collection, Some(name)).objects {
            if json::meta(&object, "deletionTimestamp").is_empty() {
                let uid = json::meta(&object, "uid");
                delete(cluster, &collection, &key, uid, "Background").await;
            }
        }
    }
    let left = remaining(cluster, name);
    if !left.is_empty() {
        rewrite(cluster, &namespaces, &key, |object| tell(cluster, object, &left)).await;
        return;
    }
    rewrite(cluster, &namespaces, &key, |object| {
        let spec = json::object_mut(object, "spec");
        let finalizers = json::list_mut(spec, "finalizers");
        finalizers.retain(|f| f != "kubernetes");
    })
    .await;
}

/// What is left in a namespace: the resource, how many, and their finalizers.
fn remaining(cluster: &Inner, name: &str) -> Vec<(String, usize, Vec<String>)> {
    let mut left = Vec::new();
    for collection in cluster.store.collections() {
        let objects = cluster.store.list(&collection, Some(name)).objects;
        if objects.is_empty() {
            continue;
        }
        let mut finalizers: Vec<String> = Vec::new();
        for (_, object) in &objects {
            let held = json::items(object, &["metadata", "finalizers"]);
            finalizers.extend(held.iter().filter_map(|f| Some(f.as_str()?.to_owned())));
        }
        let resource = crate::status::qualified(&collection.group, &collection.resource);
        left.push((resource, objects.len(), finalizers));
    }
    left
}

/// Says in the conditions of a namespace what keeps it.
fn tell(cluster: &Inner, namespace: &mut Value, left: &[(String, usize, Vec<String>)]) {
    let resources: Vec<String> =
        left.iter().map(|(name, n, _)| format!("{name} has {n} resource instances")).collect();
    let content = format!("Some resources are remaining: {}", resources.join(", "));
    set(cluster, namespace, "NamespaceContentRemaining", "SomeResourcesRemain", &content);
    let mut held: Vec<(String, usize)> = Vec::new();
    for name in left.iter().flat_map(|(_, _, finalizers)| finalizers) {
        match held.iter_mut().find(|(n, _)| n == name) {
            Some((_, count)) => *count += 1,
            None => held.push((name.clone(), 1)),
        }
    }
    if held.is_empty() {
        return;
    }
    let list: Vec<String> =
        held.iter().map(|(name, n)| format!("{name} in {n} resource instances")).collect();
    let text =
        format!("Some content in the namespace has finalizers remaining: {}", list.join(", "));
    set(cluster, namespace, "NamespaceFinalizersRemaining", "SomeFinalizersRemain", &text);
}

fn set(cluster: &Inner, namespace: &mut Value, kind: &str, reason: &str, message: &str) {
    let status = json::object_mut(namespace, "status");
    let list = json::list_mut(status, "conditions");
    let same = |c: &Value| c["type"] == kind && c["message"] == message;
    if list.iter().any(same) {
        return;
    }
    list.retain(|c| c["type"] != kind);
    list.push(json!({
        "type": kind,
        "status": "True",
        "lastTransitionTime": cluster.clock.time(),
        "reason": reason,
        "message": message,
    }));
}

/// Deletes the instances of a terminating definition, and lets it go when there are none.
pub(super) async fn empty_definition(cluster: &Inner, name: &str) {
    let (definitions, key) = (Collection::new(crd::GROUP, crd::PLURAL), Key::new("", name));
    let Some(definition) = cluster.store.get(&definitions, &key) else { return };
    if json::meta(&definition, "deletionTimestamp").is_empty() {
        return;
    }
    let spec = |path: &[&str]| json::text(&definition["spec"], path);
    let instances = Collection::new(spec(&["group"]), spec(&["names", "plural"]));
    for (key, object) in cluster.store.list(&instances, None).objects {
        if json::meta(&object, "deletionTimestamp").is_empty() {
            delete(cluster, &instances, &key, json::meta(&object, "uid"), "Background").await;
        }
    }
    if cluster.store.list(&instances, None).objects.is_empty() {
        unhold(cluster, &definitions, &key, crd::CLEANUP).await;
    }
}
