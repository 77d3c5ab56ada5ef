//! The file behind a store: a redb database written by one thread that groups what is waiting into
//! one durable commit.
//!
//! Invariants: an object write is answered only after its commit is on disk; the revision counter
//! restarts above every revision ever handed out, because the counter is reserved in blocks.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};
use serde_json::Value;
use tokio::sync::watch;

use super::{Change, ChangeKind, Collection, Key};
use crate::error::HubError;
use crate::json;

const OBJECTS: TableDefinition<&str, &[u8]> = TableDefinition::new("objects");
const META: TableDefinition<&str, u64> = TableDefinition::new("meta");
const RESERVED: &str = "reserved-revision";
const FORMAT: &str = "format";
const FORMAT_VERSION: u64 = 1;
/// Revisions are reserved in blocks of this size, of which at least half (more than can be queued)
/// lies ahead; a restart skips the rest of a block.
const BLOCK: u64 = 10_000;
/// How many changes may wait for the disk before writers wait too.
const QUEUE: usize = 4096;
/// How many changes one commit takes at most.
const GROUP: usize = 256;

/// What a file held when it was opened.
pub(crate) struct Loaded {
    pub(crate) revision: u64,
    pub(crate) objects: Vec<(Collection, Key, Value)>,
}

/// The writing side of a store file.
pub(crate) struct Disk {
    queue: SyncSender<Arc<Change>>,
    durable: watch::Receiver<u64>,
}

impl Disk {
    pub(crate) fn open(cluster: &str, path: &Path) -> Result<(Self, Loaded), HubError> {
        let place = Place { cluster: cluster.to_owned(), path: path.to_owned() };
        let database = Database::create(path).map_err(|e| place.error("open", e))?;
        let loaded = load(&database, &place)?;
        reserve(&database, loaded.revision + BLOCK).map_err(|e| place.error("reserve", e))?;
        let (queue, waiting) = sync_channel(QUEUE);
        let (done, durable) = watch::channel(loaded.revision);
        let reserved = loaded.revision + BLOCK;
        std::thread::Builder::new()
            .name(format!("store-{cluster}"))
            .spawn(move || Writer { database, reserved, done }.run(&waiting))
            .map_err(|e| place.error("start the writer", e))?;
        Ok((Self { queue, durable }, loaded))
    }

    /// Hands a change to the writer. Waits only when the disk is far behind.
    pub(crate) fn record(&self, change: Arc<Change>) {
        if self.queue.send(change).is_err() {
            tracing::error!("the store's writer has stopped; changes are no longer kept");
        }
    }

    /// Waits until the change that made `revision` is on disk.
    pub(crate) async fn durable(&self, revision: u64) {
        let mut durable = self.durable.clone();
        if durable.wait_for(|done| *done >= revision).await.is_err() {
            tracing::error!(revision, "the store's writer has stopped before this change");
        }
    }
}

struct Place {
    cluster: String,
    path: PathBuf,
}

impl Place {
    fn error(&self, action: &'static str, why: impl std::fmt::Display) -> HubError {
        HubError::Store {
            cluster: self.cluster.clone(),
            path: self.path.clone(),
            action,
            why: why.to_string(),
        }
    }
}

fn load(database: &Database, place: &Place) -> Result<Loaded, HubError> {
    prepare(database).map_err(|e| place.error("prepare", e))?;
    let read = database.begin_read().map_err(|e| place.error("read", e))?;
    let meta = read.open_table(META).map_err(|e| place.error("read", e))?;
    let number = |key| meta.get(key).map(|v| v.map_or(0, |v| v.value()));
    if number(FORMAT).map_err(|e| place.error("read", e))? > FORMAT_VERSION {
        return Err(place.error("open", "it was written by a newer version"));
    }
    let revision = number(RESERVED).map_err(|e| place.error("read", e))?.max(1);
    let table = read.open_table(OBJECTS).map_err(|e| place.error("read", e))?;
    let mut objects = Vec::new();
    for row in table.iter().map_err(|e| place.error("read", e))? {
        let (key, bytes) = row.map_err(|e| place.error("read", e))?;
        let value = serde_json::from_slice(bytes.value()).map_err(|e| place.error("decode", e))?;
        let (collection, key) = parse(key.value())
            .ok_or_else(|| place.error("decode", format!("malformed key {:?}", key.value())))?;
        objects.push((collection, key, value));
    }
    Ok(Loaded { revision, objects })
}

fn prepare(database: &Database) -> Result<(), redb::Error> {
    let write = database.begin_write()?;
    write.open_table(OBJECTS)?;
    let mut meta = write.open_table(META)?;
    if meta.get(FORMAT)?.is_none() {
        meta.insert(FORMAT, FORMAT_VERSION)?;
    }
    drop(meta);
    write.commit()?;
    Ok(())
}

fn reserve(database: &Database, revision: u64) -> Result<(), redb::Error> {
    let write = database.begin_write()?;
    write.open_table(META)?.insert(RESERVED, revision)?;
    write.commit()?;
    Ok(())
}

fn path_of(change: &Change) -> String {
    let Collection { group, resource } = &change.collection;
    format!("{group}/{resource}/{}/{}", change.key.namespace, change.key.name)
}

fn parse(path: &str) -> Option<(Collection, Key)> {
    let mut parts = path.splitn(4, '/');
    let (group, resource) = (parts.next()?, parts.next()?);
    Some((Collection::new(group, resource), Key::new(parts.next()?, parts.next()?)))
}

struct Writer {
    database: Database,
    reserved: u64,
    done: watch::Sender<u64>,
}

impl Writer {
    fn run(mut self, waiting: &Receiver<Arc<Change>>) {
        while let Ok(first) = waiting.recv() {
            let mut group = vec![first];
            while group.len() < GROUP {
                let Ok(next) = waiting.try_recv() else { break };
                group.push(next);
            }
            let last = group.iter().map(|c| c.revision).max().unwrap_or_default();
            match self.commit(&group, last) {
                Ok(()) => drop(self.done.send_replace(last)),
                Err(why) => {
                    tracing::error!(%why, "writing the store failed; it stays as it was");
                    return;
                }
            }
        }
    }

    fn commit(&mut self, group: &[Arc<Change>], last: u64) -> Result<(), redb::Error> {
        let write = self.database.begin_write()?;
        let mut objects = write.open_table(OBJECTS)?;
        for change in group {
            let path = path_of(change);
            match change.kind {
                ChangeKind::Deleted => drop(objects.remove(path.as_str())?),
                ChangeKind::Added | ChangeKind::Modified => {
                    let bytes = change.object.to_string().into_bytes();
                    objects.insert(path.as_str(), bytes.as_slice())?;
                }
            }
        }
        drop(objects);
        if last + BLOCK / 2 > self.reserved {
            self.reserved = last + BLOCK;
            write.open_table(META)?.insert(RESERVED, self.reserved)?;
        }
        write.commit()?;
        debug_assert!(group.iter().all(|c| json::revision(&c.object) == c.revision));
        Ok(())
    }
}
