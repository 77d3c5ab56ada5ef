//! The recent past of a store: watches resume from it, and lists of an older revision are rebuilt
//! by undoing changes from the present backwards.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;
use tokio::sync::watch;

use super::{Collection, Key, Snapshot, State, Store, lock, select};

/// What happened to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChangeKind {
    /// It was created.
    Added,
    /// It was replaced.
    Modified,
    /// It was removed.
    Deleted,
}

/// One change of one object.
#[derive(Debug)]
pub(crate) struct Change {
    /// The revision that the change made.
    pub(crate) revision: u64,
    pub(crate) kind: ChangeKind,
    pub(crate) collection: Collection,
    pub(crate) key: Key,
    /// The state after the change; for a removal the last state, with the new revision.
    pub(crate) object: Arc<Value>,
    /// The state before.
    pub(crate) previous: Option<Arc<Value>>,
}

/// The revision asked for is no longer kept; the oldest that is, is given.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Compacted {
    pub(crate) oldest: u64,
}

impl State {
    pub(super) fn trim(&mut self, kept: usize) {
        while self.log.len() > kept {
            let Some(oldest) = self.log.pop_front() else { return };
            self.compacted = oldest.revision;
            let shelf = self.shelf(&oldest.collection);
            if shelf.log.front().is_some_and(|c| c.revision == oldest.revision) {
                shelf.log.pop_front();
            }
        }
    }
}

impl Store {
    /// A receiver that is told each time the collection changes.
    pub(crate) fn subscribe(&self, collection: &Collection) -> watch::Receiver<u64> {
        lock(&self.state).shelf(collection).moved.subscribe()
    }

    /// A receiver that is told each time anything in the cluster changes.
    pub(crate) fn subscribe_all(&self) -> watch::Receiver<u64> {
        self.moved.subscribe()
    }

    /// The changes of a collection after `revision`, and the revision up to which they are all.
    pub(crate) fn changes(
        &self,
        collection: &Collection,
        revision: u64,
    ) -> Result<(Vec<Arc<Change>>, u64), Compacted> {
        let state = lock(&self.state);
        state.still_kept(revision)?;
        let changes = match state.shelves.get(collection) {
            Some(shelf) => after(&shelf.log, revision),
            None => Vec::new(),
        };
        Ok((changes, state.revision))
    }

    /// The changes of the whole cluster after `revision`, and the revision up to which they are all.
    pub(crate) fn all_changes(&self, revision: u64) -> Result<(Vec<Arc<Change>>, u64), Compacted> {
        let state = lock(&self.state);
        state.still_kept(revision)?;
        Ok((after(&state.log, revision), state.revision))
    }

    /// The collection as it was at `revision`.
    pub(crate) fn list_at(
        &self,
        collection: &Collection,
        namespace: Option<&str>,
        revision: u64,
    ) -> Result<Snapshot, Compacted> {
        let state = lock(&self.state);
        state.still_kept(revision)?;
        let Some(shelf) = state.shelves.get(collection) else {
            return Ok(Snapshot { revision, objects: Vec::new() });
        };
        let mut objects: BTreeMap<Key, Arc<Value>> = shelf.objects.clone();
        for change in shelf.log.iter().rev().take_while(|c| c.revision > revision) {
            undo(&mut objects, change);
        }
        Ok(Snapshot { revision, objects: select(&objects, namespace) })
    }

    /// Forgets all changes so far, as a compaction does.
    #[cfg(test)]
    pub(crate) fn compact(&self) {
        lock(&self.state).trim(0);
    }
}

impl State {
    fn still_kept(&self, revision: u64) -> Result<(), Compacted> {
        if revision < self.compacted {
            return Err(Compacted { oldest: self.compacted });
        }
        Ok(())
    }
}

fn after(log: &std::collections::VecDeque<Arc<Change>>, revision: u64) -> Vec<Arc<Change>> {
    let start = log.partition_point(|change| change.revision <= revision);
    log.range(start..).cloned().collect()
}

fn undo(objects: &mut BTreeMap<Key, Arc<Value>>, change: &Change) {
    match &change.previous {
        Some(previous) => objects.insert(change.key.clone(), previous.clone()),
        None => objects.remove(&change.key),
    };
}
