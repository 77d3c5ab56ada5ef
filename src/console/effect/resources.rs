//! The resource tree of one application, watched: what the trackers record, and what is live in each
//! cluster, kind by kind.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::StreamExt;
use kube::Api;
use kube::api::{ApiResource, DynamicObject, GroupVersionKind, ListParams};
use kube::runtime::{WatchStreamExt, watcher};
use mizzen_engine::plan::ObjectId;
use mizzen_engine::tree::{self, Health, Live, Row};
use mizzen_oam::{ResourceTracker, labels};
use serde_json::Value;
use tokio::sync::{Notify, mpsc};

use super::world::World;
use super::{Task, words};
use crate::console::model::detail::Node;
use crate::console::model::{AppKey, State};
use crate::console::term::clean::Clean;
use crate::console::update::{Msg, PartUpdate};

/// Changes within this time are one tree.
const GATHER: Duration = Duration::from_millis(80);

/// One watch: a kind in a namespace of a cluster.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Scope {
    cluster: String,
    api_version: String,
    kind: String,
    namespace: String,
}

/// What the watches hold.
#[derive(Default)]
struct Seen {
    objects: BTreeMap<Scope, HashMap<String, Value>>,
    errors: BTreeMap<String, String>,
}

/// Watches until nobody listens.
pub async fn watch(world: Arc<dyn World>, tx: mpsc::Sender<Msg>, key: AppKey) {
    let seen = Arc::new(Mutex::new(Seen::default()));
    let changed = Arc::new(Notify::new());
    let mut watches: BTreeMap<Scope, Task> = BTreeMap::new();
    let mut managed: Vec<ObjectId> = Vec::new();
    let mut trackers = trackers_changed(&world, &key);
    let mut first = true;
    loop {
        if !first {
            tokio::select! {
                Some(()) = trackers.next() => first = true,
                () = changed.notified() => tokio::time::sleep(GATHER).await,
            }
        }
        if std::mem::take(&mut first) {
            match tracked(&world, &key).await {
                Ok(found) => managed = found,
                Err(why) => {
                    let part = PartUpdate::Tree(Err(Clean::new(&why)));
                    if tx.send(Msg::Part(key.clone(), part)).await.is_err() {
                        return;
                    }
                    continue;
                }
            }
            let wanted = scopes(&managed);
            watches.retain(|scope, _| wanted.contains(scope));
            for scope in wanted {
                watches.entry(scope.clone()).or_insert_with(|| {
                    Task(tokio::spawn(one(world.clone(), scope, seen.clone(), changed.clone())))
                });
            }
        }
        let nodes = build(&managed, &seen);
        if tx.send(Msg::Part(key.clone(), PartUpdate::Tree(Ok(nodes)))).await.is_err() {
            return;
        }
    }
}

fn resource_tracker() -> ApiResource {
    ApiResource::from_gvk(&GroupVersionKind::gvk(mizzen_oam::GROUP, "v1beta1", "ResourceTracker"))
}

fn selector(key: &AppKey) -> String {
    format!("{}={},{}={}", labels::APP_NAME, key.name, labels::APP_NAMESPACE, key.namespace)
}

fn trackers_changed(
    world: &Arc<dyn World>,
    key: &AppKey,
) -> futures::stream::BoxStream<'static, ()> {
    let api: Api<DynamicObject> = Api::all_with(world.hub(), &resource_tracker());
    let config = watcher::Config::default().labels(&selector(key));
    let events = watcher(api, config).default_backoff();
    events
        .filter_map(async |event| {
            matches!(event, Ok(watcher::Event::Apply(_) | watcher::Event::Delete(_))).then_some(())
        })
        .boxed()
}

/// Every object that the application's trackers record.
pub(super) async fn records(
    world: &Arc<dyn World>,
    key: &AppKey,
) -> Result<Vec<ResourceTracker>, String> {
    let api: Api<DynamicObject> = Api::all_with(world.hub(), &resource_tracker());
    let list = api.list(&ListParams::default().labels(&selector(key))).await.map_err(|error| {
        format!("what {key} delivered cannot be read from the hub: {}", words::api(&error))
    })?;
    let read = |object: DynamicObject| {
        serde_json::to_value(object).ok().and_then(|v| serde_json::from_value(v).ok())
    };
    Ok(list.items.into_iter().filter_map(read).collect())
}

pub(super) async fn tracked(world: &Arc<dyn World>, key: &AppKey) -> Result<Vec<ObjectId>, String> {
    let mut ids: BTreeSet<ObjectId> = BTreeSet::new();
    for tracker in records(world, key).await? {
        for entry in tracker.spec.managed_resources.iter().filter(|entry| !entry.deleted) {
            let object = entry.object();
            ids.insert(ObjectId {
                cluster: entry.cluster().to_owned(),
                api_version: object.api_version.clone(),
                kind: object.kind.clone(),
                namespace: object.namespace.clone(),
                name: object.name.clone(),
            });
        }
    }
    Ok(ids.into_iter().collect())
}

/// The kinds that were delivered, and the kinds that workloads make.
fn scopes(managed: &[ObjectId]) -> BTreeSet<Scope> {
    let mut scopes = BTreeSet::new();
    for object in managed {
        let scope = |api_version: &str, kind: &str| Scope {
            cluster: object.cluster.clone(),
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            namespace: object.namespace.clone(),
        };
        scopes.insert(scope(&object.api_version, &object.kind));
        let makes: &[(&str, &str)] = match object.kind.as_str() {
            "Deployment" | "Rollout" => &[("apps/v1", "ReplicaSet"), ("v1", "Pod")],
            "StatefulSet" | "DaemonSet" | "ReplicaSet" | "Job" => &[("v1", "Pod")],
            "CronJob" => &[("batch/v1", "Job"), ("v1", "Pod")],
            _ => &[],
        };
        scopes.extend(makes.iter().map(|(api_version, kind)| scope(api_version, kind)));
    }
    scopes
}

/// The resource of a kind in a cluster, asked from its discovery.
pub(super) async fn resource(
    client: &kube::Client,
    api_version: &str,
    kind: &str,
) -> Result<(ApiResource, bool), String> {
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let gvk = GroupVersionKind::gvk(group, version, kind);
    let (resource, capabilities) =
        kube::discovery::pinned_kind(client, &gvk).await.map_err(|error| words::api(&error))?;
    Ok((resource, capabilities.scope == kube::discovery::Scope::Namespaced))
}

/// The API of a kind in a namespace, or cluster-wide where the kind has none.
pub(super) async fn api(
    world: &dyn World,
    object: &ObjectId,
) -> Result<Api<DynamicObject>, String> {
    let client = world.client(&object.cluster).await?;
    let (resource, namespaced) = resource(&client, &object.api_version, &object.kind).await?;
    Ok(if namespaced && !object.namespace.is_empty() {
        Api::namespaced_with(client, &object.namespace, &resource)
    } else {
        Api::all_with(client, &resource)
    })
}

async fn one(world: Arc<dyn World>, scope: Scope, seen: Arc<Mutex<Seen>>, changed: Arc<Notify>) {
    let place = ObjectId {
        cluster: scope.cluster.clone(),
        api_version: scope.api_version.clone(),
        kind: scope.kind.clone(),
        namespace: scope.namespace.clone(),
        name: String::new(),
    };
    let fail = |why: String| {
        super::lock(&seen).errors.insert(scope.cluster.clone(), why);
        changed.notify_one();
    };
    let api = match api(world.as_ref(), &place).await {
        Ok(api) => api,
        Err(why) => return fail(why),
    };
    let mut events = watcher(api, watcher::Config::default()).default_backoff().boxed();
    while let Some(event) = events.next().await {
        match event {
            Ok(event) => {
                if take(&seen, &scope, event) {
                    changed.notify_one();
                }
            }
            Err(error) => fail(words::watch(&error)),
        }
    }
}

/// Takes an event in; true when the tree may look different.
fn take(seen: &Mutex<Seen>, scope: &Scope, event: watcher::Event<DynamicObject>) -> bool {
    let mut seen = super::lock(seen);
    let objects = seen.objects.entry(scope.clone()).or_default();
    let shows = match event {
        watcher::Event::Init => {
            objects.clear();
            false
        }
        watcher::Event::InitDone => true,
        watcher::Event::InitApply(object) => {
            put(objects, scope, object);
            false
        }
        watcher::Event::Apply(object) => {
            put(objects, scope, object);
            true
        }
        watcher::Event::Delete(object) => {
            objects.remove(object.metadata.name.as_deref().unwrap_or_default());
            true
        }
    };
    if shows {
        seen.errors.remove(&scope.cluster);
    }
    shows
}

fn put(objects: &mut HashMap<String, Value>, scope: &Scope, mut object: DynamicObject) {
    object.metadata.managed_fields = None;
    let name = object.metadata.name.clone().unwrap_or_default();
    let Ok(mut value) = serde_json::to_value(object) else { return };
    value["apiVersion"] = Value::String(scope.api_version.clone());
    value["kind"] = Value::String(scope.kind.clone());
    objects.insert(name, value);
}

fn build(managed: &[ObjectId], seen: &Mutex<Seen>) -> Vec<Node> {
    let seen = super::lock(seen);
    let mut by_cluster: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (scope, objects) in &seen.objects {
        if !seen.errors.contains_key(&scope.cluster) {
            by_cluster.entry(scope.cluster.clone()).or_default().extend(objects.values().cloned());
        }
    }
    let live: BTreeMap<String, Live> = by_cluster
        .into_iter()
        .map(|(cluster, objects)| (cluster.clone(), Live::new(&cluster, objects)))
        .collect();
    tree::build(managed, &live, &seen.errors).iter().map(node).collect()
}

fn node(node: &tree::Node) -> Node {
    let object = &node.object;
    let (kind, name) = match node.row {
        Row::Cluster => ("", object.cluster.as_str()),
        Row::Object => (object.kind.as_str(), object.name.as_str()),
        Row::Container => ("container", object.api_version.as_str()),
    };
    Node {
        id: node.id(),
        depth: node.depth,
        cluster: object.cluster.clone(),
        kind: Clean::new(kind),
        namespace: object.namespace.clone(),
        name: Clean::new(name),
        state: match node.verdict.health {
            Health::Degraded => State::Degraded,
            Health::Progressing => State::Progressing,
            Health::Unknown => State::Unknown,
            Health::Healthy => State::Healthy,
        },
        text: Clean::new(&node.verdict.text),
    }
}
