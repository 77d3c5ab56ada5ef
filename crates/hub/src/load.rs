//! Objects put into a cluster as they were exported: with their uids, times, status and owners, as a
//! backup is restored. What was exported twice ends as in its last copy.
//!
//! Nothing judges them: an export shows what a server held, whatever this one would say of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::catalog::{Resource, group_version};
use crate::cluster::{Cluster, Inner};
use crate::identity::User;
use crate::json;
use crate::status::Status;
use crate::store::{Key, Write};

const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const DEFINITION: &str = "CustomResourceDefinition";

impl Cluster {
    /// Puts objects in place. A kind that is not served yet is served without a schema from now on, and
    /// namespaces that objects are in exist from now on.
    ///
    /// # Errors
    /// The [`Status`] of the first definition or object that cannot be stored at all.
    pub async fn load(&self, objects: Vec<Value>) -> Result<usize, Status> {
        let count = objects.len();
        let (definitions, rest): (Vec<Value>, Vec<Value>) =
            objects.into_iter().partition(|object| object["kind"] == DEFINITION);
        let (namespaces, rest): (Vec<Value>, Vec<Value>) =
            rest.into_iter().partition(|object| object["kind"] == "Namespace");
        let api = self.local(User::admin(), "load");
        for definition in definitions {
            let name = json::meta(&definition, "name").to_owned();
            let path = format!("{DEFINITIONS}/{name}");
            api.apply(&path, "load", &bare(definition)).await?;
        }
        for object in namespaces {
            put(&self.inner, object).await?;
        }
        for definition in unknown(&self.inner, &rest) {
            let path = format!("{DEFINITIONS}/{}", json::meta(&definition, "name"));
            api.apply(&path, "load", &definition).await?;
        }
        for object in rest {
            let namespace = json::meta(&object, "namespace");
            if !namespace.is_empty() && self.stored("", "namespaces", "", namespace).is_none() {
                let made = json!({"apiVersion": "v1", "kind": "Namespace",
                    "metadata": {"name": namespace}});
                api.create("/api/v1/namespaces", &made).await?;
            }
            put(&self.inner, object).await?;
        }
        Ok(count)
    }
}

/// A definition as a person would apply it.
fn bare(mut definition: Value) -> Value {
    json::as_object(&mut definition).shift_remove("status");
    for field in ["uid", "resourceVersion", "creationTimestamp", "generation", "managedFields"] {
        json::remove_meta(&mut definition, field);
    }
    definition
}

/// Stores one object as it is.
async fn put(cluster: &Arc<Inner>, mut object: Value) -> Result<(), Status> {
    let catalog = cluster.catalog();
    let kind = json::text(&object, &["kind"]);
    let found = catalog.of_kind(json::text(&object, &["apiVersion"]), kind);
    let Some(resource) = found.cloned() else {
        return Err(Status::bad_request(format!("the kind {kind} is not served")));
    };
    let namespace = if resource.namespaced { json::meta(&object, "namespace") } else { "" };
    let key = Key::new(namespace, json::meta(&object, "name"));
    complete(cluster, &resource, &mut object);
    loop {
        let write = match cluster.store.get(&resource.storage, &key) {
            None => Write::Create(object.clone()),
            Some(stored) => Write::Replace(object.clone(), json::revision(&stored)),
        };
        if cluster.store.commit(&resource.storage, &key, write).await.is_ok() {
            return Ok(());
        }
    }
}

/// What every stored object has.
fn complete(cluster: &Inner, resource: &Resource, object: &mut Value) {
    json::set_meta(object, "resourceVersion", "0");
    if json::meta(object, "uid").is_empty() {
        json::set_meta(object, "uid", cluster.names.uid());
    }
    if json::meta(object, "creationTimestamp").is_empty() {
        json::set_meta(object, "creationTimestamp", cluster.clock.time());
    }
    object["apiVersion"] = group_version(&resource.group, &resource.version).into();
}

/// Definitions of the kinds that are not served: in every version that an object has.
fn unknown(cluster: &Inner, objects: &[Value]) -> Vec<Value> {
    let catalog = cluster.catalog();
    let mut kinds: BTreeMap<(&str, &str), (bool, Vec<&str>)> = BTreeMap::new();
    for object in objects {
        let api_version = json::text(object, &["apiVersion"]);
        let kind = json::text(object, &["kind"]);
        if catalog.of_kind(api_version, kind).is_some() {
            continue;
        }
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        let (namespaced, versions) = kinds.entry((group, kind)).or_default();
        *namespaced |= !json::meta(object, "namespace").is_empty();
        if !versions.contains(&version) {
            versions.push(version);
        }
    }
    type Found<'a> = ((&'a str, &'a str), (bool, Vec<&'a str>));
    let definition = |((group, kind), (namespaced, versions)): Found<'_>| {
        schemaless(group, kind, namespaced, &versions)
    };
    kinds.into_iter().map(definition).collect()
}

/// The definition of a kind of which nothing is known but that it is there.
fn schemaless(group: &str, kind: &str, namespaced: bool, versions: &[&str]) -> Value {
    let singular = kind.to_lowercase();
    let plural = plural(&singular);
    let scope = if namespaced { "Namespaced" } else { "Cluster" };
    let version = |(at, name): (usize, &&str)| {
        json!({"name": name, "served": true, "storage": at == 0,
            "schema": {"openAPIV3Schema": {"type": "object",
                "x-kubernetes-preserve-unknown-fields": true}}})
    };
    let versions: Vec<Value> = versions.iter().enumerate().map(version).collect();
    json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": DEFINITION,
        "metadata": {"name": format!("{plural}.{group}"),
            "annotations": {"api-approved.kubernetes.io": "unapproved, loaded from an export"}},
        "spec": {"group": group, "scope": scope, "versions": versions,
            "names": {"plural": plural, "singular": singular, "kind": kind}}})
}

/// The plural that a word gets where nobody says: `policies`, `classes`, `rollouts`.
fn plural(word: &str) -> String {
    let vowel_before =
        word.strip_suffix('y').is_none_or(|rest| rest.ends_with(['a', 'e', 'o', 'u']));
    if !vowel_before {
        return format!("{}ies", &word[..word.len() - 1]);
    }
    let hisses = ["s", "x", "z", "ch", "sh"].iter().any(|end| word.ends_with(end));
    format!("{word}{}", if hisses { "es" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::plural;

    #[test]
    fn plurals() {
        for (word, expected) in [
            ("rollout", "rollouts"),
            ("policy", "policies"),
            ("gateway", "gateways"),
            ("ingressclass", "ingressclasses"),
        ] {
            assert_eq!(plural(word), expected);
        }
    }
}
