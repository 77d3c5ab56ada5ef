//! The resource trackers of one application, read once and kept true while it is worked on.
//!
//! Source: `pkg/resourcetracker/app.go` of kubevela.

use mizzen_oam::tracker::{FINALIZER, ManagedResource, tracker_type};
use mizzen_oam::{Application, ResourceTracker, V1BETA1, annotations, labels};
use serde_json::Value;

use crate::apply::Writer;
use crate::error::Error;
use crate::fleet::{Fleet, Query};
use crate::plan::{ObjectId, Record, TrackerSlot};

/// The trackers of one application.
#[derive(Clone, Debug, Default)]
pub struct Trackers {
    app: Owner,
    /// Objects that stay until the application goes.
    pub root: Option<ResourceTracker>,
    /// Objects of the generation in use.
    pub current: Option<ResourceTracker>,
    /// Earlier generations, the oldest first.
    pub history: Vec<ResourceTracker>,
}

/// What trackers carry of their application.
#[derive(Clone, Debug, Default)]
struct Owner {
    name: String,
    namespace: String,
    uid: String,
    generation: i64,
    publish_version: String,
    revision: String,
    packing: String,
}

impl Trackers {
    /// Reads and sorts the trackers of an application.
    ///
    /// # Errors
    /// When they cannot be read, belong to another application of the name, or a newer generation
    /// than the one in use exists.
    pub async fn load(fleet: &Fleet, app: &Application) -> Result<Self, Error> {
        let meta = &app.metadata;
        let selector = format!(
            "{}={},{}={}",
            labels::APP_NAME,
            meta.name,
            labels::APP_NAMESPACE,
            meta.namespace
        );
        let found = fleet.list(&Query::on_hub(V1BETA1, "ResourceTracker", "", &selector)).await?;
        let mut trackers = Self { app: Owner::of(app), ..Self::default() };
        for value in found {
            trackers.sort_in(value)?;
        }
        trackers.history.sort_by_key(|tracker| tracker.spec.application_generation);
        trackers.check_order()?;
        Ok(trackers)
    }

    fn sort_in(&mut self, value: Value) -> Result<(), Error> {
        let tracker = read(value)?;
        let uid = tracker.metadata.label(labels::APP_UID);
        if !uid.is_empty() && uid != self.app.uid {
            return Err(Error::Invalid(format!(
                "resourcetracker {} exists but controlled by another application (uid: {uid}), \
                 this could probably be cased by some mistakes while garbage collecting outdated \
                 resource. Please check this resourcetrakcer and delete it manually",
                tracker.metadata.name
            )));
        }
        match tracker.spec.tracker_type.as_str() {
            tracker_type::ROOT => self.root = Some(tracker),
            tracker_type::VERSIONED if self.is_current(&tracker) => self.current = Some(tracker),
            tracker_type::VERSIONED => self.history.push(tracker),
            _ => {}
        }
        Ok(())
    }

    fn is_current(&self, tracker: &ResourceTracker) -> bool {
        if self.app.publish_version.is_empty() {
            tracker.spec.application_generation == self.app.generation
        } else {
            tracker.metadata.annotation(annotations::PUBLISH_VERSION) == self.app.publish_version
        }
    }

    fn check_order(&self) -> Result<(), Error> {
        let (Some(current), Some(newest)) = (&self.current, self.history.last()) else {
            return Ok(());
        };
        let (ours, theirs) =
            (current.spec.application_generation, newest.spec.application_generation);
        if ours < theirs {
            return Err(Error::Invalid(format!(
                "current publish version {}(gen-{ours}) is in-use and outdated, found newer gen-{theirs}",
                self.app.publish_version
            )));
        }
        Ok(())
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.root.is_none() && self.current.is_none() && self.history.is_empty()
    }

    /// All trackers in the order in which they speak for an object: the last one has the say.
    pub fn in_order(&self) -> impl DoubleEndedIterator<Item = &ResourceTracker> {
        self.history.iter().chain(&self.current).chain(&self.root)
    }

    /// The objects that are kept: of the current tracker, then of the root.
    pub fn kept(&self) -> impl Iterator<Item = &ManagedResource> {
        let alive = |t: &&ResourceTracker| !t.metadata.is_terminating();
        let trackers = self.current.iter().filter(alive).chain(self.root.iter().filter(alive));
        trackers.flat_map(|tracker| &tracker.spec.managed_resources)
    }

    /// The name of the tracker for which an object is kept; empty where it is not.
    #[must_use]
    pub fn holder(&self, id: &ObjectId) -> &str {
        let holds = |tracker: &&ResourceTracker| {
            tracker.spec.managed_resources.iter().any(|entry| entry.key() == id.key())
        };
        let holder = self.root.iter().chain(&self.current).find(holds);
        holder.map_or("", |tracker| tracker.metadata.name.as_str())
    }

    /// Whether an object is recorded as kept.
    #[must_use]
    pub fn keeps(&self, id: &ObjectId) -> bool {
        self.kept().any(|entry| !entry.deleted && entry.key() == id.key())
    }

    /// Sets the revision that new trackers are labelled with.
    pub fn set_revision(&mut self, name: &str) {
        name.clone_into(&mut self.app.revision);
    }

    /// Sets how new trackers are packed: `gzip`, `zstd`, or empty.
    pub fn set_packing(&mut self, packing: &str) {
        packing.clone_into(&mut self.app.packing);
    }

    /// Records objects that are about to be written; at most one write per tracker.
    ///
    /// # Errors
    /// What the server answers, or that it does not.
    pub async fn store(&mut self, writer: &Writer, records: Vec<Record>) -> Result<(), Error> {
        for slot in [TrackerSlot::Root, TrackerSlot::Current] {
            let entries: Vec<ManagedResource> =
                records.iter().filter(|record| record.slot == slot).map(entry).collect();
            // The tracker of the generation exists from the first delivery on, whatever it holds.
            if !entries.is_empty() || slot == TrackerSlot::Current {
                self.merge(writer, slot, entries).await?;
            }
        }
        Ok(())
    }

    /// Records that objects were deleted by the workflow and are to stay away.
    ///
    /// # Errors
    /// As [`Trackers::store`].
    pub async fn store_deleted(&mut self, writer: &Writer, id: &ObjectId) -> Result<(), Error> {
        // The hub's name is left out, as upstream leaves it out.
        let cluster = if id.is_local() { "" } else { &id.cluster };
        let reference = id.reference(cluster, "");
        let entry = ManagedResource { reference, deleted: true, ..Default::default() };
        self.merge(writer, TrackerSlot::Current, vec![entry]).await
    }

    async fn merge(
        &mut self,
        writer: &Writer,
        slot: TrackerSlot,
        entries: Vec<ManagedResource>,
    ) -> Result<(), Error> {
        let stored = match slot {
            TrackerSlot::Root => self.root.clone(),
            TrackerSlot::Current => self.current.clone(),
        };
        let mut tracker = match stored {
            Some(tracker) => tracker,
            None => create(writer, &self.app.tracker(slot)).await?,
        };
        let before = tracker.spec.managed_resources.clone();
        let known = &mut tracker.spec.managed_resources;
        for entry in entries {
            match known.iter_mut().find(|other| same_object(other, &entry)) {
                Some(other) => *other = entry,
                None => known.push(entry),
            }
        }
        if *known != before {
            tracker = update(writer, &tracker).await?;
        }
        match slot {
            TrackerSlot::Root => self.root = Some(tracker),
            TrackerSlot::Current => self.current = Some(tracker),
        }
        Ok(())
    }
}

impl Owner {
    fn of(app: &Application) -> Self {
        let meta = &app.metadata;
        let revision = app.status.latest_revision.as_ref();
        Self {
            name: meta.name.clone(),
            namespace: meta.namespace.clone(),
            uid: meta.uid.clone(),
            generation: meta.generation,
            publish_version: meta.annotation(annotations::PUBLISH_VERSION).to_owned(),
            revision: revision.map(|revision| revision.name.clone()).unwrap_or_default(),
            packing: String::new(),
        }
    }

    /// A tracker as it is made; its entries come with the first update.
    fn tracker(&self, slot: TrackerSlot) -> ResourceTracker {
        let mut tracker = ResourceTracker::default();
        let (name, kind, generation) = match slot {
            TrackerSlot::Root => {
                (format!("{}-{}", self.name, self.namespace), tracker_type::ROOT, 0)
            }
            TrackerSlot::Current => {
                let version = match self.publish_version.as_str() {
                    "" => format!("v{}", self.generation),
                    version => version.to_owned(),
                };
                let name = format!("{}-{version}-{}", self.name, self.namespace);
                (name, tracker_type::VERSIONED, self.generation)
            }
        };
        let meta = &mut tracker.metadata;
        meta.name = name;
        meta.finalizers = vec![FINALIZER.to_owned()];
        for (key, value) in [
            (labels::APP_REVISION, &self.revision),
            (labels::APP_NAME, &self.name),
            (labels::APP_NAMESPACE, &self.namespace),
            (labels::APP_UID, &self.uid),
        ] {
            meta.labels.insert(key.to_owned(), value.clone());
        }
        if slot == TrackerSlot::Current && !self.publish_version.is_empty() {
            meta.annotations
                .insert(annotations::PUBLISH_VERSION.to_owned(), self.publish_version.clone());
        }
        kind.clone_into(&mut tracker.spec.tracker_type);
        tracker.spec.application_generation = generation;
        tracker.spec.compression.compression_type.clone_from(&self.packing);
        tracker
    }
}

fn same_object(a: &ManagedResource, b: &ManagedResource) -> bool {
    a.key() == b.key() && a.object().api_version == b.object().api_version
}

fn entry(record: &Record) -> ManagedResource {
    let id = ObjectId::labelled(&record.manifest);
    let label = |key: &str| {
        record.manifest["metadata"]["labels"][key].as_str().unwrap_or_default().to_owned()
    };
    ManagedResource {
        reference: id.reference(&label(labels::CLUSTER), ""),
        component: label(labels::APP_COMPONENT),
        trait_type: label(labels::TRAIT_TYPE),
        raw: (!record.reference_only).then(|| record.manifest.clone()),
        deleted: false,
        skip_gc: record.skip_gc,
    }
}

/// The id of a tracker.
#[must_use]
pub(crate) fn tracker_id(name: &str) -> ObjectId {
    ObjectId::on_hub(V1BETA1, "ResourceTracker", "", name)
}

async fn create(writer: &Writer, tracker: &ResourceTracker) -> Result<ResourceTracker, Error> {
    let id = tracker_id(&tracker.metadata.name);
    read(writer.create(&id, &value(tracker)?, false).await?)
}

pub(crate) async fn update(
    writer: &Writer,
    tracker: &ResourceTracker,
) -> Result<ResourceTracker, Error> {
    let id = tracker_id(&tracker.metadata.name);
    read(writer.replace(&id, "", &value(tracker)?, false).await?)
}

fn value(tracker: &ResourceTracker) -> Result<Value, Error> {
    serde_json::to_value(tracker).map_err(|error| Error::Unreadable {
        what: format!("ResourceTracker {}", tracker.metadata.name),
        why: error.to_string(),
    })
}

/// Reads a stored tracker.
pub(crate) fn read(value: Value) -> Result<ResourceTracker, Error> {
    serde_json::from_value(value).map_err(|error| Error::Unreadable {
        what: "a stored ResourceTracker".to_owned(),
        why: error.to_string(),
    })
}
