//! What is to go: trackers that are not in use any more, their objects, and old revisions.
//!
//! An object goes only when the tracker that speaks for it last goes, when it is still ours, and
//! never on a stale read: deletions carry the uid that was seen. Source: `pkg/resourcekeeper/gc.go`,
//! `gc_rev.go`.

use std::collections::HashMap;

use mizzen_oam::tracker::{FINALIZER, ManagedResource};
use mizzen_oam::{Application, ApplicationRevision, ResourceTracker, annotations, labels};
use serde_json::{Value, json};

use super::revision;
use super::trackers::{Trackers, tracker_id, update};
use crate::apply::{Patch, Writer};
use crate::error::Error;
use crate::fleet::Fleet;
use crate::plan::action::Propagation;
use crate::plan::{ObjectId, Rules, Seen};

/// What a collection needs.
#[derive(Clone, Copy)]
pub struct Collector<'a> {
    /// Where objects are read.
    pub fleet: &'a Fleet,
    /// How they are written.
    pub writer: &'a Writer,
    /// What the application says about its objects.
    pub rules: &'a Rules,
}

/// How far a collection came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Nothing is left.
    Done,
    /// Something is still going: its name, and how many are.
    Waiting(String, usize),
}

/// What is known of the objects that trackers name.
type Live = HashMap<String, Option<Value>>;

impl Collector<'_> {
    /// One pass: marks what is to go, sweeps what is gone, deletes the rest.
    ///
    /// # Errors
    /// When objects cannot be read or deleted.
    pub async fn collect(
        &self,
        app: &Application,
        trackers: &mut Trackers,
        mark: bool,
    ) -> Result<Progress, Error> {
        let deleting = app.metadata.is_terminating();
        if deleting {
            self.mark(trackers, |_| true).await?;
        } else if mark && !self.rules.garbage_collect.keep_legacy_resource {
            self.mark_history(trackers).await?;
        }
        let dying: Vec<ResourceTracker> =
            trackers.in_order().filter(|t| t.metadata.is_terminating()).cloned().collect();
        if dying.is_empty() {
            return Ok(Progress::Done);
        }
        let live = self.live(app, trackers).await?;
        let executors = executors(trackers);
        let mut waiting: Vec<String> = Vec::new();
        for tracker in &dying {
            let left: Vec<&ManagedResource> = tracker
                .spec
                .managed_resources
                .iter()
                .filter(|entry| executors.get(&entry.key()) == Some(&tracker.metadata.name))
                .filter(|entry| live.get(&entry.key()).is_some_and(Option::is_some))
                .collect();
            if left.is_empty() {
                self.release(tracker).await?;
                forget(trackers, &tracker.metadata.name);
                continue;
            }
            for entry in &left {
                self.delete(app, entry, live.get(&entry.key()).and_then(Option::as_ref)).await?;
            }
            waiting.extend(left.iter().map(|entry| entry.display_name()));
        }
        Ok(match waiting.first() {
            None => Progress::Done,
            Some(first) => Progress::Waiting(first.clone(), waiting.len()),
        })
    }

    async fn mark_history(&self, trackers: &mut Trackers) -> Result<(), Error> {
        for tracker in trackers.history.iter_mut().filter(|t| !t.metadata.is_terminating()) {
            self.mark_one(tracker).await?;
        }
        Ok(())
    }

    async fn mark(
        &self,
        trackers: &mut Trackers,
        which: impl Fn(&ResourceTracker) -> bool,
    ) -> Result<(), Error> {
        let all =
            trackers.history.iter_mut().chain(&mut trackers.current).chain(&mut trackers.root);
        for tracker in all.filter(|t| which(t) && !t.metadata.is_terminating()) {
            self.mark_one(tracker).await?;
        }
        Ok(())
    }

    /// The finalizer holds the tracker until its objects are gone.
    async fn mark_one(&self, tracker: &mut ResourceTracker) -> Result<(), Error> {
        let id = tracker_id(&tracker.metadata.name);
        self.writer.own().delete(&id, None, None).await?;
        if let Some(value) = self.fleet.own().get(&id).await? {
            *tracker = serde_json::from_value(value).map_err(|error| Error::Unreadable {
                what: format!("ResourceTracker {}", id.name),
                why: error.to_string(),
            })?;
        }
        Ok(())
    }

    async fn release(&self, tracker: &ResourceTracker) -> Result<(), Error> {
        let mut tracker = tracker.clone();
        tracker.metadata.finalizers.retain(|finalizer| finalizer != FINALIZER);
        match update(&self.writer.own(), &tracker).await {
            Err(error) if error.is_not_found() => Ok(()),
            other => other.map(drop),
        }
    }

    /// What exists of what the trackers name and is ours. A cluster or kind that is gone takes its
    /// objects with it; a cluster that does not answer blocks.
    async fn live(&self, app: &Application, trackers: &Trackers) -> Result<Live, Error> {
        let mut live = Live::new();
        for entry in trackers.in_order().flat_map(|tracker| &tracker.spec.managed_resources) {
            if live.contains_key(&entry.key()) {
                continue;
            }
            let found = match self.fleet.get(&object_id(entry)).await {
                Ok(found) => found.filter(|object| is_ours(app, object)),
                Err(Error::NoCluster { .. } | Error::NoKind { .. }) => None,
                Err(error) => return Err(error),
            };
            live.insert(entry.key(), found);
        }
        Ok(live)
    }

    async fn delete(
        &self,
        app: &Application,
        entry: &ManagedResource,
        live: Option<&Value>,
    ) -> Result<(), Error> {
        let Some(live) = live else { return Ok(()) };
        let id = object_id(entry);
        if let Some(passed_on) = passed_on(app, live) {
            return self.writer.replace(&id, "", &passed_on, false).await.map(drop);
        }
        let propagation = match self.rules.garbage_collect.propagation(live) {
            Some("orphan") => Some(Propagation::Orphan),
            Some("cascading") => Some(Propagation::Background),
            _ => None,
        };
        let orphan = self.rules.orphan || entry.skip_gc || propagation == Some(Propagation::Orphan);
        if orphan {
            return self.let_go(&id, live).await;
        }
        if !live["metadata"]["deletionTimestamp"].is_null() {
            return Ok(());
        }
        debug_assert!(is_ours(app, live));
        self.writer.delete(&id, propagation, Some(&Seen::of(live))).await
    }

    /// The object stays; only the labels that name its application go.
    async fn let_go(&self, id: &ObjectId, live: &Value) -> Result<(), Error> {
        let ours = [labels::APP_NAME, labels::APP_NAMESPACE];
        let known = live["metadata"]["labels"].as_object();
        let stripped: serde_json::Map<String, Value> = ours
            .iter()
            .filter(|key| known.is_some_and(|known| known.contains_key(**key)))
            .map(|key| ((*key).to_owned(), Value::Null))
            .collect();
        if stripped.is_empty() {
            return Ok(());
        }
        let patch = json!({"metadata": {"labels": stripped}});
        self.writer.patch(id, "", Patch::Merge, &patch, false).await.map(drop)
    }

    /// Deletes revisions beyond the limit, the oldest first; all of them when the application goes.
    ///
    /// # Errors
    /// When they cannot be read or deleted.
    pub async fn revisions(&self, app: &Application, limit: usize) -> Result<usize, Error> {
        let mut known = revision::list(&self.fleet.own(), app).await?;
        known.sort_by_key(|r| (r.metadata.creation_timestamp, number(r)));
        known.sort_by_key(number);
        let latest = app.status.latest_revision.as_ref().map(|latest| latest.name.as_str());
        let wanted = self.rules.garbage_collect.application_revision_limit;
        let limit = wanted.and_then(|wanted| usize::try_from(wanted).ok()).unwrap_or(limit);
        let keep =
            if app.metadata.is_terminating() { 0 } else { limit + usize::from(latest.is_some()) };
        let surplus = known.len().saturating_sub(keep);
        let spare = |r: &&ApplicationRevision| {
            app.metadata.is_terminating() || Some(r.metadata.name.as_str()) != latest
        };
        for old in known.iter().filter(spare).take(surplus) {
            let id = revision::id(&old.metadata.namespace, &old.metadata.name);
            self.writer.own().delete(&id, None, None).await?;
        }
        Ok(surplus)
    }
}

fn number(revision: &ApplicationRevision) -> i64 {
    let name = &revision.metadata.name;
    name.rsplit_once("-v").and_then(|(_, number)| number.parse().ok()).unwrap_or(0)
}

/// The tracker that may delete each object: the last one that is not going, else the last one.
fn executors(trackers: &Trackers) -> HashMap<String, String> {
    let mut executors: HashMap<String, String> = HashMap::new();
    for alive in [false, true] {
        for tracker in trackers.in_order().filter(|t| t.metadata.is_terminating() != alive) {
            for entry in &tracker.spec.managed_resources {
                executors.insert(entry.key(), tracker.metadata.name.clone());
            }
        }
    }
    executors
}

fn forget(trackers: &mut Trackers, name: &str) {
    trackers.history.retain(|tracker| tracker.metadata.name != name);
    for slot in [&mut trackers.current, &mut trackers.root] {
        if slot.as_ref().is_some_and(|tracker| tracker.metadata.name == name) {
            *slot = None;
        }
    }
}

/// A shared object without us among its sharers; owned by the first of the others if it was ours.
/// Nothing when nobody else shares it.
fn passed_on(app: &Application, live: &Value) -> Option<Value> {
    let us = format!("{}/{}", app.metadata.namespace, app.metadata.name);
    let shared = live["metadata"]["annotations"][annotations::SHARED_BY].as_str()?;
    let others: Vec<&str> =
        shared.split(',').map(str::trim).filter(|one| !one.is_empty() && *one != us).collect();
    let (namespace, name) = others.first()?.split_once('/')?;
    let mut object = live.clone();
    object["metadata"]["annotations"][annotations::SHARED_BY] = json!(others.join(","));
    let carried = &mut object["metadata"]["labels"];
    if carried[labels::APP_NAME] == app.metadata.name
        && carried[labels::APP_NAMESPACE] == app.metadata.namespace
    {
        carried[labels::APP_NAME] = json!(name);
        carried[labels::APP_NAMESPACE] = json!(namespace);
    }
    Some(object)
}

/// The id of a recorded object.
#[must_use]
pub fn object_id(entry: &ManagedResource) -> ObjectId {
    ObjectId::referred(&entry.reference)
}

/// Whether a live object belongs to an application: by its labels, or because it is shared with it.
#[must_use]
pub fn is_ours(app: &Application, live: &Value) -> bool {
    let label = |key: &str| live["metadata"]["labels"][key].as_str().unwrap_or_default();
    let meta = &app.metadata;
    if label(labels::APP_NAME) == meta.name && label(labels::APP_NAMESPACE) == meta.namespace {
        return true;
    }
    let shared = live["metadata"]["annotations"][annotations::SHARED_BY].as_str();
    let key = format!("{}/{}", meta.namespace, meta.name);
    shared.is_some_and(|shared| shared.split(',').any(|one| one.trim() == key))
}
