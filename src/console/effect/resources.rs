//! What one application delivered, followed: what the trackers record, and what is live of it in each
//! cluster, kind by kind. The tree and the comparison are two readings of the same picture.

mod scope;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::{FutureExt, StreamExt};
use kube::Api;
use kube::api::{ApiResource, DynamicObject, GroupVersionKind, ListParams};
use kube::runtime::{WatchStreamExt, watcher};
use mizzen_engine::operate;
use mizzen_engine::plan::{ObjectId, Rules};
use mizzen_engine::track::garbage::object_id;
use mizzen_oam::policy::ApplyOnce;
use mizzen_oam::tracker::ManagedResource;
use mizzen_oam::{ResourceTracker, labels};
use serde_json::Value;
use tokio::sync::{Notify, mpsc};

use super::world::World;
use super::{Task, words};
use crate::console::model::AppKey;
use crate::console::model::compare::{Pair, Question};
use crate::console::model::detail::Node;
use crate::console::term::clean::Clean;
use crate::console::update::{Msg, PartUpdate};
use scope::{Depth, Scope};

/// Changes within this time are one picture.
const GATHER: Duration = Duration::from_millis(80);

/// What the watches hold.
#[derive(Default)]
struct Seen {
    objects: BTreeMap<Scope, HashMap<String, Value>>,
    listed: BTreeSet<Scope>,
    errors: BTreeMap<String, String>,
}

/// What was recorded, and how it is compared.
#[derive(Clone, Default)]
pub(super) struct Known {
    /// One for each object.
    pub(super) records: Vec<ManagedResource>,
    /// How they are compared with what runs.
    pub(super) rules: Rules,
    /// What a policy lets be.
    pub(super) once: ApplyOnce,
    /// What is not known.
    pub(super) notes: Vec<String>,
}

/// What was delivered and what there is.
#[derive(Debug, Default)]
pub(super) struct Picture {
    /// The records, one for each object.
    pub(super) records: Vec<ManagedResource>,
    /// The live objects of each cluster that was read whole.
    pub(super) live: BTreeMap<String, Vec<Value>>,
    /// Why the other clusters could not be read; nothing of one that is still being read.
    pub(super) errors: BTreeMap<String, String>,
    /// How the two are compared.
    pub(super) rules: Rules,
    /// What a policy lets be.
    pub(super) once: ApplyOnce,
    /// What is not known of the records.
    pub(super) notes: Vec<String>,
}

impl Picture {
    /// The live object of a record; an error where its cluster was not read.
    pub(super) fn live(&self, id: &ObjectId) -> Result<Option<&Value>, String> {
        let Some(objects) = self.live.get(&id.cluster) else {
            let why = self.errors.get(&id.cluster).cloned();
            return Err(why.unwrap_or_else(|| "not read yet".to_owned()));
        };
        let key = id.key();
        Ok(objects.iter().find(|object| ObjectId::of(object, &id.cluster).key() == key))
    }
}

/// Follows the whole tree, down to what workloads make.
pub(super) async fn tree(world: Arc<dyn World>, tx: mpsc::Sender<Msg>, key: AppKey) {
    let tell = |picture: Result<Picture, Clean>| {
        PartUpdate::Tree(picture.map(|picture| super::tree::nodes(&picture)))
    };
    follow(world, tx, key, (Depth::Grown, Pair::default()), tell).await;
}

/// Follows a side beside what is live.
pub(super) async fn compared(
    world: Arc<dyn World>,
    tx: mpsc::Sender<Msg>,
    key: AppKey,
    question: Question,
) {
    let pair = question.pair.clone();
    let tell = move |picture: Result<Picture, Clean>| {
        let told = picture.map(|picture| super::compare::told(&picture, &question));
        PartUpdate::Diff(question.clone(), told)
    };
    follow(world, tx, key, (Depth::Delivered, pair), tell).await;
}

/// The tree as it is now, for whoever does not follow it.
///
/// # Errors
/// A sentence: the application or its records cannot be read.
pub async fn once(world: &dyn World, key: &AppKey) -> Result<Vec<Node>, String> {
    let known = read(world, key).await?;
    let seen = Mutex::new(Seen::default());
    let scopes = scope::scopes(&known.records, Depth::Grown);
    let lists = scopes.iter().map(|scope| list(world, scope, &seen).boxed());
    futures::future::join_all(lists).await;
    Ok(super::tree::nodes(&picture(&known, &seen, scopes.iter())))
}

async fn list(world: &dyn World, scope: &Scope, seen: &Mutex<Seen>) {
    let listed = match api(world, &scope.object()).await {
        Ok(api) => api.list(&ListParams::default()).await.map_err(|error| words::api(&error)),
        Err(why) => Err(why),
    };
    let mut seen = super::lock(seen);
    match listed {
        Ok(list) => {
            let objects = seen.objects.entry(scope.clone()).or_default();
            list.items.into_iter().for_each(|object| put(objects, scope, object));
            seen.listed.insert(scope.clone());
        }
        Err(why) => drop(seen.errors.insert(scope.cluster.clone(), why)),
    }
}

/// Follows until nobody listens.
async fn follow(
    world: Arc<dyn World>,
    tx: mpsc::Sender<Msg>,
    key: AppKey,
    (depth, pair): (Depth, Pair),
    tell: impl Fn(Result<Picture, Clean>) -> PartUpdate,
) {
    let seen = Arc::new(Mutex::new(Seen::default()));
    let changed = Arc::new(Notify::new());
    let mut watches: BTreeMap<Scope, Task> = BTreeMap::new();
    let mut known = Known::default();
    let mut trackers = super::compare::changes(&world, &key, &pair);
    let mut first = true;
    loop {
        if !first {
            tokio::select! {
                Some(()) = trackers.next() => first = true,
                () = changed.notified() => tokio::time::sleep(GATHER).await,
            }
        }
        if std::mem::take(&mut first) {
            match super::compare::recorded(world.as_ref(), &key, &pair).await {
                Ok(found) => known = found,
                Err(why) => {
                    let part = tell(Err(Clean::new(&why)));
                    if tx.send(Msg::Part(key.clone(), part)).await.is_err() {
                        return;
                    }
                    continue;
                }
            }
            let wanted = scope::scopes(&known.records, depth);
            watches.retain(|scope, _| wanted.contains(scope));
            for scope in wanted {
                watches.entry(scope.clone()).or_insert_with(|| {
                    Task(tokio::spawn(one(world.clone(), scope, seen.clone(), changed.clone())))
                });
            }
        }
        let picture = picture(&known, &seen, watches.keys());
        if tx.send(Msg::Part(key.clone(), tell(Ok(picture)))).await.is_err() {
            return;
        }
    }
}

/// The records of an application and the rules by which they are compared.
pub(super) async fn read(world: &dyn World, key: &AppKey) -> Result<Known, String> {
    let app = operate::application(&world.hub(), &key.namespace, &key.name).await;
    let app = app.map_err(|error| error.to_string())?;
    let rules = operate::rules(&app).map_err(|error| error.to_string())?;
    let mut by_key: BTreeMap<ObjectId, ManagedResource> = BTreeMap::new();
    let mut trackers = records(world, key).await?;
    trackers.sort_by_key(|tracker| tracker.spec.application_generation);
    for entry in trackers.into_iter().flat_map(|tracker| tracker.spec.managed_resources) {
        let id = object_id(&entry);
        match entry.deleted {
            true => drop(by_key.remove(&id)),
            false => drop(by_key.insert(id, entry)),
        }
    }
    // Whoever looks compares strictly; what a policy lets be is told apart.
    let once = Rules::of(&app).map(|rules| rules.apply_once).unwrap_or_default();
    Ok(Known { records: by_key.into_values().collect(), rules, once, notes: Vec::new() })
}

/// What is known now. A cluster counts as read when each of its kinds was listed.
fn picture<'a>(
    known: &Known,
    seen: &Mutex<Seen>,
    scopes: impl Iterator<Item = &'a Scope>,
) -> Picture {
    let seen = super::lock(seen);
    let mut live: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let mut unlisted: BTreeSet<&str> = BTreeSet::new();
    for scope in scopes {
        if !seen.listed.contains(scope) {
            unlisted.insert(&scope.cluster);
        }
        let objects = seen.objects.get(scope).into_iter().flat_map(HashMap::values).cloned();
        live.entry(scope.cluster.clone()).or_default().extend(objects);
    }
    live.retain(|name, _| !unlisted.contains(name.as_str()) && !seen.errors.contains_key(name));
    let Known { records, rules, once, notes } = known.clone();
    Picture { records, live, errors: seen.errors.clone(), rules, once, notes }
}

/// The resource of trackers.
pub(super) fn resource_tracker() -> ApiResource {
    ApiResource::from_gvk(&GroupVersionKind::gvk(mizzen_oam::GROUP, "v1beta1", "ResourceTracker"))
}

fn selector(key: &AppKey) -> String {
    format!("{}={},{}={}", labels::APP_NAME, key.name, labels::APP_NAMESPACE, key.namespace)
}

/// Tells of every change of what an application delivered.
pub(super) fn trackers_changed(
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

/// The trackers of an application.
pub(super) async fn records(
    world: &dyn World,
    key: &AppKey,
) -> Result<Vec<ResourceTracker>, String> {
    let api: Api<DynamicObject> = Api::all_with(world.hub(), &resource_tracker());
    let list = api.list(&ListParams::default().labels(&selector(key))).await.map_err(|error| {
        format!("what {key} delivered cannot be read from the hub: {}", words::api(&error))
    })?;
    Ok(list.items.into_iter().filter_map(super::typed).collect())
}

/// Every object that the application's trackers record.
pub(super) async fn tracked(world: &dyn World, key: &AppKey) -> Result<Vec<ObjectId>, String> {
    let trackers = records(world, key).await?;
    let entries = trackers.iter().flat_map(|tracker| &tracker.spec.managed_resources);
    let ids: BTreeSet<ObjectId> = entries.filter(|entry| !entry.deleted).map(object_id).collect();
    Ok(ids.into_iter().collect())
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
    let fail = |why: String| {
        super::lock(&seen).errors.insert(scope.cluster.clone(), why);
        changed.notify_one();
    };
    let mut pause = super::FIRST_PAUSE;
    let api = loop {
        match api(world.as_ref(), &scope.object()).await {
            Ok(api) => break api,
            // Where nobody answers now, somebody may later.
            Err(why) => fail(why),
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(super::LAST_PAUSE);
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

/// Takes an event in; true when the picture may be another.
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
        seen.listed.insert(scope.clone());
    }
    shows
}

fn put(objects: &mut HashMap<String, Value>, scope: &Scope, mut object: DynamicObject) {
    // Who wrote what is asked of delivered objects alone.
    if object.metadata.labels.as_ref().is_none_or(|all| !all.contains_key(labels::APP_NAME)) {
        object.metadata.managed_fields = None;
    }
    let name = object.metadata.name.clone().unwrap_or_default();
    objects.insert(name, whole(object, &scope.api_version, &scope.kind));
}

/// An object of a list with its version and kind, which it does not say itself.
pub(super) fn whole(object: DynamicObject, api_version: &str, kind: &str) -> Value {
    let mut value = serde_json::to_value(object).unwrap_or_default();
    value["apiVersion"] = Value::String(api_version.to_owned());
    value["kind"] = Value::String(kind.to_owned());
    value
}
