//! What makes an application due: its own changes, and changes of what it manages in any cluster.
//!
//! One metadata watch per kind and cluster, shared by all applications. A cluster that does not answer
//! is tried again at its own pace and delays nobody.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::StreamExt;
use kube::Api;
use kube::api::{ApiResource, DynamicObject, GroupVersionKind};
use kube::core::PartialObjectMeta;
use kube::runtime::{WatchStreamExt, watcher};
use mizzen_oam::meta::group_of;
use mizzen_oam::{ResourceTracker, labels};
use tokio::task::JoinHandle;

use super::queue::Queue;
use crate::fleet::Fleet;

/// Changes of managed objects come in bursts; one look serves a burst.
const GATHER: Duration = Duration::from_millis(50);

/// A kind in a cluster.
type Scope = (String, String, String);

/// The watches over managed objects.
#[derive(Default)]
pub(super) struct Watches {
    running: Mutex<HashMap<Scope, Task>>,
}

/// A task that ends with the value that holds it.
pub(super) struct Task(pub(super) JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Watches {
    /// Watches every kind that a tracker names, unless it is watched already.
    pub(super) fn cover(&self, fleet: &Fleet, queue: &Arc<Queue>, tracker: &ResourceTracker) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        for entry in &tracker.spec.managed_resources {
            let object = entry.object();
            let scope =
                (entry.cluster().to_owned(), object.api_version.clone(), object.kind.clone());
            if running.get(&scope).is_some_and(|task| !task.0.is_finished()) {
                continue;
            }
            let task = tokio::spawn(managed(fleet.clone(), queue.clone(), scope.clone()));
            running.insert(scope, Task(task));
        }
    }
}

async fn managed(fleet: Fleet, queue: Arc<Queue>, (cluster, api_version, kind): Scope) {
    let Ok(served) = fleet.kind(&cluster, &api_version, &kind).await else { return };
    let Ok(client) = fleet.client(&cluster).await else { return };
    let (group, version) = api_version.split_once('/').unwrap_or(("", &api_version));
    let gvk = GroupVersionKind::gvk(group, version, &kind);
    let resource = ApiResource::from_gvk_with_plural(&gvk, &served.plural);
    let api: Api<PartialObjectMeta<DynamicObject>> = Api::all_with(client, &resource);
    let config = watcher::Config::default().labels(labels::APP_NAME);
    let mut events = watcher(api, config).default_backoff().boxed();
    debug_assert_eq!(group, group_of(&api_version));
    while let Some(event) = events.next().await {
        let object = match event {
            Ok(watcher::Event::Apply(object) | watcher::Event::Delete(object)) => object,
            Ok(_) => continue,
            Err(error) => {
                tracing::debug!(%cluster, %kind, %error, "watching managed objects");
                continue;
            }
        };
        let labels = object.metadata.labels.unwrap_or_default();
        let (namespace, name) = (labels.get(labels::APP_NAMESPACE), labels.get(labels::APP_NAME));
        if let (Some(namespace), Some(name)) = (namespace, name) {
            queue.add((namespace.clone(), name.clone()), GATHER);
        }
    }
}

/// Watches applications until nobody needs it: each change makes the application due.
pub(super) async fn applications(fleet: Fleet, queue: Arc<Queue>) {
    let gvk = GroupVersionKind::gvk(mizzen_oam::GROUP, "v1beta1", "Application");
    let api: Api<DynamicObject> = Api::all_with(fleet.hub().clone(), &ApiResource::from_gvk(&gvk));
    let mut events = watcher(api, watcher::Config::default()).default_backoff().boxed();
    let mut seen: HashMap<super::queue::Key, serde_json::Value> = HashMap::new();
    while let Some(event) = events.next().await {
        match event {
            Ok(watcher::Event::Apply(object) | watcher::Event::InitApply(object)) => {
                let (key, matters) = matters(&object);
                if seen.insert(key.clone(), matters.clone()).as_ref() != Some(&matters) {
                    queue.add(key, Duration::ZERO);
                }
            }
            Ok(watcher::Event::Delete(object)) => {
                let (key, _) = matters(&object);
                seen.remove(&key);
                queue.forget(&key);
            }
            Ok(watcher::Event::Init | watcher::Event::InitDone) => {}
            Err(error) => tracing::warn!(%error, "watching applications"),
        }
    }
}

/// The key of an application and what of it calls for a look: everything that the controller does not
/// write itself.
fn matters(object: &DynamicObject) -> (super::queue::Key, serde_json::Value) {
    let meta = &object.metadata;
    let key = (meta.namespace.clone().unwrap_or_default(), meta.name.clone().unwrap_or_default());
    let workflow = &object.data["status"]["workflow"];
    let matters = serde_json::json!([
        meta.generation,
        meta.labels,
        meta.annotations,
        meta.finalizers,
        meta.deletion_timestamp,
        workflow["suspend"],
        workflow["terminated"],
        workflow["finished"],
        workflow["appRevision"],
        meta.uid,
    ]);
    (key, matters)
}
