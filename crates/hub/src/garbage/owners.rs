//! Owners and dependents: who is deleted, orphaned or waited for.

use serde_json::Value;

use super::{delete, rewrite, unhold};
use crate::api::delete::{FOREGROUND, ORPHAN};
use crate::catalog::Catalog;
use crate::cluster::Inner;
use crate::json;
use crate::store::{Collection, Key};

/// What became of an owner that a reference names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Alive,
    /// It waits for its dependents to go.
    Waiting,
    Gone,
}

/// Where the owner of a reference is, for a dependent in a namespace.
pub(super) fn place(
    catalog: &Catalog,
    owner: &Value,
    namespace: &str,
) -> Option<(Collection, Key)> {
    let version = json::text(owner, &["apiVersion"]);
    let resource = catalog.of_kind(version, json::text(owner, &["kind"]))?;
    let namespace = if resource.namespaced { namespace } else { "" };
    Some((resource.storage.clone(), Key::new(namespace, json::text(owner, &["name"]))))
}

fn has_finalizer(object: &Value, name: &str) -> bool {
    json::items(object, &["metadata", "finalizers"]).iter().any(|f| f == name)
}

/// An owner whose kind is not served counts as alive: nothing is known of it.
fn fate(cluster: &Inner, owner: &Value, namespace: &str) -> Fate {
    let catalog = cluster.catalog();
    let Some((collection, key)) = place(&catalog, owner, namespace) else { return Fate::Alive };
    match cluster.store.get(&collection, &key) {
        Some(object) if json::meta(&object, "uid") == json::text(owner, &["uid"]) => {
            let deleting = !json::meta(&object, "deletionTimestamp").is_empty();
            match deleting && has_finalizer(&object, FOREGROUND) {
                true => Fate::Waiting,
                false => Fate::Alive,
            }
        }
        _ => Fate::Gone,
    }
}

/// Deletes a dependent when no owner of it lives, or drops the references to those that are gone.
pub(super) async fn follow(cluster: &Inner, collection: &Collection, key: &Key) {
    let Some(object) = cluster.store.get(collection, key) else { return };
    if !json::meta(&object, "deletionTimestamp").is_empty() {
        return;
    }
    let refs = json::items(&object, &["metadata", "ownerReferences"]);
    let fates: Vec<Fate> = refs.iter().map(|o| fate(cluster, o, &key.namespace)).collect();
    let any = |wanted| fates.contains(&wanted);
    let uid = json::meta(&object, "uid");
    if refs.is_empty() || (!any(Fate::Gone) && !any(Fate::Waiting)) {
        return;
    }
    if any(Fate::Alive) {
        return drop_references(cluster, collection, key, refs, &fates).await;
    }
    let blocked = cluster
        .store
        .dependents(uid)
        .iter()
        .any(|(c, k)| cluster.store.get(c, k).is_some_and(|o| blocks(&o, uid)));
    let policy = match any(Fate::Waiting) && blocked {
        true => "Foreground",
        false => "Background",
    };
    let policy = if has_finalizer(&object, ORPHAN) { "Orphan" } else { policy };
    delete(cluster, collection, key, uid, policy).await;
}

async fn drop_references(
    cluster: &Inner,
    collection: &Collection,
    key: &Key,
    refs: &[Value],
    fates: &[Fate],
) {
    let gone: Vec<&str> = refs
        .iter()
        .zip(fates)
        .filter(|(_, fate)| **fate != Fate::Alive)
        .map(|(owner, _)| json::text(owner, &["uid"]))
        .collect();
    rewrite(cluster, collection, key, |object| strip(object, &gone)).await;
}

fn strip(object: &mut Value, uids: &[&str]) {
    let mut list = json::items(object, &["metadata", "ownerReferences"]).to_vec();
    list.retain(|owner| !uids.contains(&json::text(owner, &["uid"])));
    match list.is_empty() {
        true => drop(json::remove_meta(object, "ownerReferences")),
        false => json::set_meta(object, "ownerReferences", list),
    }
}

/// Whether a dependent keeps the owner of a uid from going.
fn blocks(dependent: &Value, uid: &str) -> bool {
    json::items(dependent, &["metadata", "ownerReferences"]).iter().any(|owner| {
        json::text(owner, &["uid"]) == uid
            && owner.get("blockOwnerDeletion") == Some(&Value::Bool(true))
    })
}

/// Acts on the finalizers by which an owner on its way out waits for the collector.
pub(super) async fn release(cluster: &Inner, collection: &Collection, key: &Key) {
    let Some(owner) = cluster.store.get(collection, key) else { return };
    if json::meta(&owner, "deletionTimestamp").is_empty() {
        return;
    }
    let uid = json::meta(&owner, "uid");
    let dependents = cluster.store.dependents(uid);
    if has_finalizer(&owner, ORPHAN) {
        for (collection, key) in &dependents {
            rewrite(cluster, collection, key, |object| strip(object, &[uid])).await;
        }
        unhold(cluster, collection, key, ORPHAN).await;
    }
    if has_finalizer(&owner, FOREGROUND) {
        for (collection, key) in &dependents {
            follow(cluster, collection, key).await;
        }
        let held = cluster.store.dependents(uid).iter().any(|(collection, key)| {
            cluster.store.get(collection, key).is_some_and(|object| blocks(&object, uid))
        });
        if !held {
            unhold(cluster, collection, key, FOREGROUND).await;
        }
    }
}
