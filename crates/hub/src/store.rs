//! One cluster's objects: the present state, the recent changes, and one revision counter.
//!
//! Invariants: revisions only grow and are never reused, also across restarts; every change of a
//! collection is in its log, in revision order, exactly once, until it is compacted; a commit names
//! the revision it expects, so no write is lost. The store knows nothing of kinds or of HTTP.

mod disk;
mod history;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::sync::watch;

use crate::error::HubError;
use crate::json;

pub(crate) use disk::Disk;
pub(crate) use history::{Change, ChangeKind, Compacted};

/// How many changes a cluster keeps for watches that resume.
const KEPT_CHANGES: usize = 100_000;

/// Locks a mutex; a panic elsewhere does not make the data unusable here.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The group and plural name that objects are stored under.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Collection {
    pub(crate) group: Arc<str>,
    pub(crate) resource: Arc<str>,
}

impl Collection {
    pub(crate) fn new(group: &str, resource: &str) -> Self {
        Self { group: group.into(), resource: resource.into() }
    }
}

/// Where an object lives inside its collection; the namespace is empty for cluster scope.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) namespace: String,
    pub(crate) name: String,
}

impl Key {
    pub(crate) fn new(namespace: &str, name: &str) -> Self {
        Self { namespace: namespace.to_owned(), name: name.to_owned() }
    }
}

/// What a commit does to one object.
pub(crate) enum Write {
    /// Stores the object if nothing is there.
    Create(Value),
    /// Replaces the object if its revision is the given one.
    Replace(Value, u64),
    /// Removes the object if its revision is the given one; the value is its last state.
    Remove(Value, u64),
}

/// Why a commit was refused; the caller reads again and decides.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// Something is there already.
    Exists,
    /// The object changed or vanished since it was read.
    Changed,
}

/// Objects of a collection, as of one revision.
pub(crate) struct Snapshot {
    pub(crate) revision: u64,
    pub(crate) objects: Vec<(Key, Arc<Value>)>,
}

#[derive(Default)]
struct Shelf {
    objects: BTreeMap<Key, Arc<Value>>,
    log: VecDeque<Arc<Change>>,
    moved: watch::Sender<u64>,
}

struct State {
    revision: u64,
    compacted: u64,
    shelves: HashMap<Collection, Shelf>,
    log: VecDeque<Arc<Change>>,
    owners: HashMap<String, Vec<(Collection, Key)>>,
}

/// The store of one cluster.
pub(crate) struct Store {
    state: Mutex<State>,
    moved: watch::Sender<u64>,
    disk: Option<Disk>,
    kept: usize,
}

impl Store {
    /// A store that lives only in memory.
    pub(crate) fn memory() -> Self {
        Self::from_parts(1, 0, Vec::new(), None)
    }

    /// A store kept in the file at `path`, created when absent.
    pub(crate) fn open(cluster: &str, path: &Path) -> Result<Self, HubError> {
        let (disk, loaded) = Disk::open(cluster, path)?;
        Ok(Self::from_parts(loaded.revision, loaded.revision, loaded.objects, Some(disk)))
    }

    fn from_parts(
        revision: u64,
        compacted: u64,
        objects: Vec<(Collection, Key, Value)>,
        disk: Option<Disk>,
    ) -> Self {
        let mut state = State {
            revision,
            compacted,
            shelves: HashMap::new(),
            log: VecDeque::new(),
            owners: HashMap::new(),
        };
        for (collection, key, value) in objects {
            state.index_owners(&collection, &key, &value);
            state.shelf(&collection).objects.insert(key, Arc::new(value));
        }
        let moved = watch::Sender::new(revision);
        Self { state: Mutex::new(state), moved, disk, kept: KEPT_CHANGES }
    }

    /// The newest revision.
    pub(crate) fn revision(&self) -> u64 {
        lock(&self.state).revision
    }

    /// The object at a key.
    pub(crate) fn get(&self, collection: &Collection, key: &Key) -> Option<Arc<Value>> {
        lock(&self.state).shelves.get(collection)?.objects.get(key).cloned()
    }

    /// All objects of a collection in key order, or those of one namespace.
    pub(crate) fn list(&self, collection: &Collection, namespace: Option<&str>) -> Snapshot {
        let state = lock(&self.state);
        let objects = match state.shelves.get(collection) {
            Some(shelf) => select(&shelf.objects, namespace),
            None => Vec::new(),
        };
        Snapshot { revision: state.revision, objects }
    }

    /// The collections that hold any object.
    pub(crate) fn collections(&self) -> Vec<Collection> {
        let state = lock(&self.state);
        let filled = state.shelves.iter().filter(|(_, shelf)| !shelf.objects.is_empty());
        let mut names: Vec<Collection> = filled.map(|(name, _)| name.clone()).collect();
        names.sort();
        names
    }

    /// Where the objects are whose ownerReferences name `uid`.
    pub(crate) fn dependents(&self, uid: &str) -> Vec<(Collection, Key)> {
        lock(&self.state).owners.get(uid).cloned().unwrap_or_default()
    }

    /// Carries out one write and returns the stored state with its new resourceVersion, once it is
    /// durable.
    pub(crate) async fn commit(
        &self,
        collection: &Collection,
        key: &Key,
        write: Write,
    ) -> Result<Arc<Value>, Refused> {
        let (object, revision) = self.commit_in_memory(collection, key, write)?;
        if let Some(disk) = &self.disk {
            disk.durable(revision).await;
        }
        Ok(object)
    }

    fn commit_in_memory(
        &self,
        collection: &Collection,
        key: &Key,
        write: Write,
    ) -> Result<(Arc<Value>, u64), Refused> {
        let mut state = lock(&self.state);
        let (kind, mut value) = state.admit(collection, key, write)?;
        state.revision += 1;
        let revision = state.revision;
        json::set_meta(&mut value, "resourceVersion", revision.to_string());
        let object = Arc::new(value);
        let change = state.enact(collection, key, kind, object.clone());
        if let Some(disk) = &self.disk {
            disk.record(change);
        }
        state.trim(self.kept);
        drop(state);
        self.moved.send_replace(revision);
        Ok((object, revision))
    }
}

impl State {
    fn shelf(&mut self, collection: &Collection) -> &mut Shelf {
        self.shelves.entry(collection.clone()).or_default()
    }

    fn admit(
        &mut self,
        collection: &Collection,
        key: &Key,
        write: Write,
    ) -> Result<(ChangeKind, Value), Refused> {
        let current = self.shelf(collection).objects.get(key).map(|o| json::revision(o));
        match (write, current) {
            (Write::Create(value), None) => Ok((ChangeKind::Added, value)),
            (Write::Create(_), Some(_)) => Err(Refused::Exists),
            (Write::Replace(value, seen), Some(now)) if seen == now => {
                Ok((ChangeKind::Modified, value))
            }
            (Write::Remove(value, seen), Some(now)) if seen == now => {
                Ok((ChangeKind::Deleted, value))
            }
            (Write::Replace(..) | Write::Remove(..), _) => Err(Refused::Changed),
        }
    }

    fn enact(
        &mut self,
        collection: &Collection,
        key: &Key,
        kind: ChangeKind,
        object: Arc<Value>,
    ) -> Arc<Change> {
        let revision = self.revision;
        let shelf = self.shelf(collection);
        let previous = match kind {
            ChangeKind::Deleted => shelf.objects.remove(key),
            ChangeKind::Added | ChangeKind::Modified => {
                shelf.objects.insert(key.clone(), object.clone())
            }
        };
        let change = Arc::new(Change {
            revision,
            kind,
            collection: collection.clone(),
            key: key.clone(),
            object,
            previous,
        });
        shelf.log.push_back(change.clone());
        shelf.moved.send_replace(revision);
        self.log.push_back(change.clone());
        self.reindex(&change);
        change
    }

    fn reindex(&mut self, change: &Change) {
        if let Some(previous) = &change.previous {
            for uid in owner_uids(previous) {
                self.unindex(uid, &change.collection, &change.key);
            }
        }
        if change.kind != ChangeKind::Deleted {
            self.index_owners(&change.collection, &change.key, &change.object);
        }
    }

    fn index_owners(&mut self, collection: &Collection, key: &Key, value: &Value) {
        for uid in owner_uids(value) {
            let places = self.owners.entry(uid.to_owned()).or_default();
            places.push((collection.clone(), key.clone()));
        }
    }

    fn unindex(&mut self, uid: &str, collection: &Collection, key: &Key) {
        if let Some(places) = self.owners.get_mut(uid) {
            places.retain(|(c, k)| c != collection || k != key);
            if places.is_empty() {
                self.owners.remove(uid);
            }
        }
    }
}

fn owner_uids(value: &Value) -> impl Iterator<Item = &str> {
    json::items(value, &["metadata", "ownerReferences"])
        .iter()
        .filter_map(|owner| owner.get("uid")?.as_str())
}

fn select(objects: &BTreeMap<Key, Arc<Value>>, namespace: Option<&str>) -> Vec<(Key, Arc<Value>)> {
    let pair = |(key, value): (&Key, &Arc<Value>)| (key.clone(), value.clone());
    match namespace {
        None => objects.iter().map(pair).collect(),
        Some(ns) => objects
            .range(Key::new(ns, "")..)
            .take_while(|(key, _)| key.namespace == ns)
            .map(pair)
            .collect(),
    }
}
