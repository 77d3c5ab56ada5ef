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
use mizzen_oam::{ResourceTracker, labels};
use tokio::task::JoinHandle;

use super::queue::{Key, Queue};
use super::seen::Seen;
use crate::error::Error;
use crate::fleet::Fleet;

/// Changes of managed objects come in bursts; one look serves a burst.
const GATHER: Duration = Duration::from_millis(50);
/// A cluster that does not answer, or does not serve a kind, is asked again after so long.
const ASK_AGAIN: Duration = Duration::from_secs(30);

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
        running.retain(|_, task| !task.0.is_finished());
        for entry in &tracker.spec.managed_resources {
            let object = entry.object();
            let scope =
                (entry.cluster().to_owned(), object.api_version.clone(), object.kind.clone());
            running.entry(scope).or_insert_with_key(|scope| {
                Task(tokio::spawn(managed(fleet.clone(), queue.clone(), scope.clone())))
            });
        }
    }
}

/// Watches managed objects of one kind in one cluster for as long as the cluster is a member.
async fn managed(fleet: Fleet, queue: Arc<Queue>, scope: Scope) {
    let (cluster, _, kind) = &scope;
    let mut managed = Managed { queue, seen: Seen::default(), silent: false };
    loop {
        match follow(&fleet, &scope, &mut managed).await {
            Error::NoCluster { .. } => return,
            error => tracing::debug!(%cluster, %kind, %error, "watching managed objects"),
        }
        managed.silent = true;
        tokio::time::sleep(ASK_AGAIN).await;
    }
}

/// Follows the changes until the cluster cannot be asked.
async fn follow(fleet: &Fleet, scope: &Scope, managed: &mut Managed) -> Error {
    let (cluster, api_version, kind) = scope;
    let served = match fleet.kind(cluster, api_version, kind).await {
        Ok(served) => served,
        Err(error) => return error,
    };
    let client = match fleet.client(cluster).await {
        Ok(client) => client,
        Err(error) => return error,
    };
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let gvk = GroupVersionKind::gvk(group, version, kind);
    let resource = ApiResource::from_gvk_with_plural(&gvk, &served.plural);
    let api: Api<PartialObjectMeta<DynamicObject>> = Api::all_with(client, &resource);
    let config = watcher::Config::default().labels(labels::APP_NAME);
    let mut events = watcher(api, config).default_backoff().boxed();
    loop {
        match events.next().await {
            Some(Ok(event)) => managed.note(event),
            Some(Err(error)) => {
                tracing::debug!(%cluster, %kind, %error, "watching managed objects");
                managed.silent |= !is_expired(&error);
                // Whether it is a member still, and serves the kind still.
                if let Err(error) = fleet.client(cluster).await {
                    return error;
                }
            }
            None => return Error::Invalid("the watch ended".to_owned()),
        }
    }
}

/// The server does not remember as far back as was asked: a list brings the present.
fn is_expired(error: &watcher::Error) -> bool {
    match error {
        watcher::Error::WatchError(status) => status.code == 410,
        watcher::Error::WatchStartFailed(kube::Error::Api(status)) => status.code == 410,
        _ => false,
    }
}

/// What is known of the managed objects of one kind in one cluster.
struct Managed {
    queue: Arc<Queue>,
    seen: Seen<(String, String), (Key, String)>,
    /// The cluster did not answer for a while: applications may wait for it.
    silent: bool,
}

impl Managed {
    fn note(&mut self, event: watcher::Event<PartialObjectMeta<DynamicObject>>) {
        match event {
            watcher::Event::Init => self.seen.begin(),
            watcher::Event::Apply(object) | watcher::Event::InitApply(object) => {
                let version = object.metadata.resource_version.clone().unwrap_or_default();
                let Some(key) = application(&object) else { return };
                if self.seen.note(place(&object), (key.clone(), version)) {
                    self.queue.add(key, GATHER);
                }
            }
            watcher::Event::Delete(object) => {
                let known = self.seen.remove(&place(&object)).map(|(key, _)| key);
                if let Some(key) = application(&object).or(known) {
                    self.queue.add(key, GATHER);
                }
            }
            watcher::Event::InitDone => {
                for (_, (key, _)) in self.seen.end() {
                    self.queue.add(key, GATHER);
                }
                if std::mem::take(&mut self.silent) {
                    self.seen.values().for_each(|(key, _)| self.queue.add(key.clone(), GATHER));
                }
            }
        }
    }
}

fn place(object: &PartialObjectMeta<DynamicObject>) -> (String, String) {
    let meta = &object.metadata;
    (meta.namespace.clone().unwrap_or_default(), meta.name.clone().unwrap_or_default())
}

/// The application that an object belongs to, by its labels.
fn application(object: &PartialObjectMeta<DynamicObject>) -> Option<Key> {
    let labels = object.metadata.labels.as_ref()?;
    let label = |key: &str| labels.get(key).cloned();
    Some((label(labels::APP_NAMESPACE)?, label(labels::APP_NAME)?))
}

/// Watches applications until nobody needs it: each change makes the application due.
pub(super) async fn applications(fleet: Fleet, queue: Arc<Queue>) {
    changes(fleet, queue, ("v1beta1", "Application"), |app| Some(matters(app))).await;
}

/// Watches the objects of a kind: a change of what matters makes its object due. What matters is
/// nothing for an object that is over.
pub(super) async fn changes(
    fleet: Fleet,
    queue: Arc<Queue>,
    (version, kind): (&str, &str),
    matters: fn(&DynamicObject) -> Option<serde_json::Value>,
) {
    let gvk = GroupVersionKind::gvk(mizzen_oam::GROUP, version, kind);
    let api: Api<DynamicObject> = Api::all_with(fleet.hub().clone(), &ApiResource::from_gvk(&gvk));
    let mut events = watcher(api, watcher::Config::default()).default_backoff().boxed();
    let mut seen: Seen<Key, Option<serde_json::Value>> = Seen::default();
    while let Some(event) = events.next().await {
        match event {
            Ok(watcher::Event::Apply(object) | watcher::Event::InitApply(object)) => {
                let (key, matters) = (key(&object), matters(&object));
                let is_over = matters.is_none();
                if seen.note(key.clone(), matters) && !is_over {
                    queue.add(key, Duration::ZERO);
                }
            }
            Ok(watcher::Event::Delete(object)) => {
                let key = key(&object);
                seen.remove(&key);
                queue.add(key, Duration::ZERO);
            }
            Ok(watcher::Event::Init) => seen.begin(),
            Ok(watcher::Event::InitDone) => {
                for (key, _) in seen.end() {
                    queue.add(key, Duration::ZERO);
                }
            }
            Err(error) => tracing::warn!(%error, kind, "watching what is to be looked at"),
        }
    }
}

fn key(object: &DynamicObject) -> Key {
    let meta = &object.metadata;
    (meta.namespace.clone().unwrap_or_default(), meta.name.clone().unwrap_or_default())
}

/// What of an application calls for a look: everything that the controller does not write itself.
fn matters(object: &DynamicObject) -> serde_json::Value {
    let meta = &object.metadata;
    let workflow = &object.data["status"]["workflow"];
    serde_json::json!([
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
        object.data["status"]["status"] == "unhealthy",
    ])
}
