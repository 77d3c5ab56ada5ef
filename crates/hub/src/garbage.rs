//! Housekeeping after deletions: dependents follow their owners, namespaces and definitions are
//! emptied before they go.
//!
//! One task per cluster follows the changes of the store; nothing is scanned again after the start,
//! and an idle cluster does nothing. Everything it does goes through the same deletion and commit
//! as a client's request.

mod content;
mod owners;

use std::collections::BTreeSet;
use std::sync::{Arc, Weak};

use serde_json::Value;

use crate::api::Target;
use crate::api::delete::{self, DeleteOptions};
use crate::api::options::WriteOptions;
use crate::api::settle;
use crate::catalog::Catalog;
use crate::cluster::Inner;
use crate::crd;
use crate::json;
use crate::store::{Change, ChangeKind, Collection, Key};

/// Starts the task; it ends with its cluster.
pub(crate) fn start(cluster: &Arc<Inner>) {
    let weak = Arc::downgrade(cluster);
    let moved = cluster.store.subscribe_all();
    tokio::spawn(follow(weak, moved));
}

async fn follow(cluster: Weak<Inner>, mut moved: tokio::sync::watch::Receiver<u64>) {
    let mut cursor = match cluster.upgrade() {
        Some(cluster) => {
            let revision = cluster.store.revision();
            scan(&cluster).await;
            revision
        }
        None => return,
    };
    loop {
        let Some(alive) = cluster.upgrade() else { return };
        match alive.store.all_changes(cursor) {
            Ok((changes, revision)) => {
                cursor = revision;
                handle(&alive, &changes).await;
            }
            Err(_) => {
                cursor = alive.store.revision();
                scan(&alive).await;
            }
        }
        drop(alive);
        if moved.borrow_and_update().lt(&(cursor + 1)) && moved.changed().await.is_err() {
            return;
        }
    }
}

/// What a burst of changes asks to be looked at.
#[derive(Default)]
struct Work {
    namespaces: BTreeSet<String>,
    definitions: BTreeSet<String>,
    dependents: BTreeSet<(Collection, Key)>,
    owners: BTreeSet<(Collection, Key)>,
}

/// Looks at everything once: after a start, or after changes were missed.
async fn scan(cluster: &Inner) {
    let mut work = Work::default();
    for collection in cluster.store.collections() {
        for (key, object) in cluster.store.list(&collection, None).objects {
            work.note_present(&collection, &key, &object);
        }
    }
    work.carry_out(cluster).await;
}

async fn handle(cluster: &Inner, changes: &[Arc<Change>]) {
    let mut work = Work::default();
    let catalog = cluster.catalog();
    for change in changes {
        match change.kind {
            ChangeKind::Deleted => work.note_gone(cluster, &catalog, change),
            ChangeKind::Added | ChangeKind::Modified => {
                work.note_present(&change.collection, &change.key, &change.object);
            }
        }
    }
    work.carry_out(cluster).await;
}

impl Work {
    fn note_present(&mut self, collection: &Collection, key: &Key, object: &Value) {
        let place = || (collection.clone(), key.clone());
        if !json::items(object, &["metadata", "ownerReferences"]).is_empty() {
            self.dependents.insert(place());
        }
        if json::meta(object, "deletionTimestamp").is_empty() {
            return;
        }
        match (&*collection.group, &*collection.resource) {
            ("", "namespaces") => drop(self.namespaces.insert(key.name.clone())),
            (crd::GROUP, crd::PLURAL) => drop(self.definitions.insert(key.name.clone())),
            _ => {}
        }
        self.owners.insert(place());
    }

    fn note_gone(&mut self, cluster: &Inner, catalog: &Catalog, change: &Change) {
        let uid = json::meta(&change.object, "uid");
        self.dependents.extend(cluster.store.dependents(uid));
        for owner in json::items(&change.object, &["metadata", "ownerReferences"]) {
            self.owners.extend(owners::place(catalog, owner, &change.key.namespace));
        }
        if !change.key.namespace.is_empty() {
            self.namespaces.insert(change.key.namespace.clone());
        }
        let Collection { group, resource } = &change.collection;
        self.definitions.insert(format!("{resource}.{group}"));
    }

    async fn carry_out(self, cluster: &Inner) {
        for (collection, key) in &self.owners {
            owners::release(cluster, collection, key).await;
        }
        for (collection, key) in &self.dependents {
            owners::follow(cluster, collection, key).await;
        }
        for name in &self.namespaces {
            content::empty_namespace(cluster, name).await;
        }
        for name in &self.definitions {
            content::empty_definition(cluster, name).await;
        }
    }
}

/// The target of an object, as its first served version names it.
fn target(cluster: &Inner, collection: &Collection, key: &Key) -> Option<Target> {
    let catalog = cluster.catalog();
    Some(Target {
        resource: catalog.stored_in(collection)?.clone(),
        namespace: key.namespace.clone(),
        name: key.name.clone(),
        subresource: String::new(),
    })
}

/// Deletes an object, in the way its own finalizers ask for.
async fn delete(cluster: &Inner, collection: &Collection, key: &Key, uid: &str, policy: &str) {
    let Some(target) = target(cluster, collection, key) else { return };
    let options = DeleteOptions::collector(uid, policy);
    if let Err(status) = delete::remove(cluster, &target, &options).await
        && status.code != 404
    {
        tracing::warn!(name = key.name, %status.message, "the collector could not delete");
    }
}

/// Changes an object that may be on its way out.
async fn rewrite(cluster: &Inner, collection: &Collection, key: &Key, change: impl Fn(&mut Value)) {
    let options = WriteOptions::internal("kube-controller-manager");
    while let (Some(target), Some(stored)) =
        (target(cluster, collection, key), cluster.store.get(collection, key))
    {
        let mut object = (*stored).clone();
        change(&mut object);
        match settle::commit(cluster, &target, &stored, object, &options).await {
            Ok(Some(_)) => return,
            Ok(None) => {}
            Err(status) => {
                tracing::warn!(name = key.name, %status.message, "the collector could not write");
                return;
            }
        }
    }
}

/// Removes a finalizer.
async fn unhold(cluster: &Inner, collection: &Collection, key: &Key, finalizer: &str) {
    rewrite(cluster, collection, key, |object| {
        let mut list = json::items(object, &["metadata", "finalizers"]).to_vec();
        list.retain(|f| f != finalizer);
        match list.is_empty() {
            true => drop(json::remove_meta(object, "finalizers")),
            false => json::set_meta(object, "finalizers", list),
        }
    })
    .await;
}
