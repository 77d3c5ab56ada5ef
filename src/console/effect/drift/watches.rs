//! The watches by which drift is found, and the reads where a record changed.

use std::collections::HashSet;
use std::sync::Arc;

use futures::StreamExt;
use kube::api::{ApiResource, DynamicObject, GroupVersionKind};
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Api, ResourceExt};
use mizzen_engine::plan::ObjectId;
use mizzen_oam::labels;
use serde_json::Value;
use tokio::sync::mpsc;

use super::Heard;
use super::book::Kind;
use crate::console::effect::world::World;
use crate::console::effect::{resources, words};

/// Objects a page.
const PAGE: u32 = 500;
/// Objects that are read at a time.
const WIDTH: usize = 8;

/// The kind of an object.
pub(super) fn kind(id: &ObjectId) -> Kind {
    Kind { cluster: id.cluster.clone(), api_version: id.api_version.clone(), kind: id.kind.clone() }
}

/// Watches the trackers until nobody listens.
pub(super) async fn trackers(world: Arc<dyn World>, heard: mpsc::Sender<Heard>) {
    let gvk = GroupVersionKind::gvk(mizzen_oam::GROUP, "v1beta1", "ResourceTracker");
    let api: Api<DynamicObject> = Api::all_with(world.hub(), &ApiResource::from_gvk(&gvk));
    let config = watcher::Config::default().page_size(PAGE);
    let mut events = watcher(api, config).default_backoff().boxed();
    let mut names = HashSet::new();
    while let Some(event) = events.next().await {
        let said = match event {
            Ok(watcher::Event::Init) => {
                names.clear();
                continue;
            }
            Ok(watcher::Event::InitDone) => Heard::Trackers(std::mem::take(&mut names)),
            Ok(watcher::Event::InitApply(object) | watcher::Event::Apply(object)) => {
                let name = object.name_any();
                names.insert(name.clone());
                let value = serde_json::to_value(object).ok();
                match value.and_then(|value| serde_json::from_value(value).ok()) {
                    Some(tracker) => Heard::Tracker(name, tracker),
                    None => continue,
                }
            }
            Ok(watcher::Event::Delete(object)) => Heard::NoTracker(object.name_any()),
            Err(error) => match refused(&error) {
                Some(why) => Heard::TrackersFailed(why),
                None => continue,
            },
        };
        if heard.send(said).await.is_err() {
            return;
        }
    }
}

/// Watches what applications delivered of a kind in a cluster, in all namespaces, until nobody listens.
pub(super) async fn kind_watch(world: Arc<dyn World>, heard: mpsc::Sender<Heard>, kind: Kind) {
    let any = ObjectId {
        cluster: kind.cluster.clone(),
        api_version: kind.api_version.clone(),
        kind: kind.kind.clone(),
        ..ObjectId::default()
    };
    let api = match resources::api(world.as_ref(), &any).await {
        Ok(api) => api,
        Err(why) => {
            // Nobody listens when the console was left.
            let _ = heard.send(Heard::Failed(kind, why)).await;
            return;
        }
    };
    let config = watcher::Config::default().page_size(PAGE).labels(labels::APP_NAME);
    let mut events = watcher(api, config).default_backoff().boxed();
    let mut keys = HashSet::new();
    while let Some(event) = events.next().await {
        let said = match event {
            Ok(watcher::Event::Init) => {
                keys.clear();
                continue;
            }
            Ok(watcher::Event::InitDone) => Heard::Listed(kind.clone(), std::mem::take(&mut keys)),
            Ok(watcher::Event::InitApply(object)) => {
                let (id, value) = named(object, &kind);
                keys.insert(id.key());
                Heard::Object(id, Box::new(value))
            }
            Ok(watcher::Event::Apply(object)) => {
                let (id, value) = named(object, &kind);
                Heard::Object(id, Box::new(value))
            }
            Ok(watcher::Event::Delete(object)) => Heard::Gone(named(object, &kind).0),
            Err(error) => match refused(&error) {
                Some(why) => Heard::Failed(kind.clone(), why),
                None => continue,
            },
        };
        if heard.send(said).await.is_err() {
            return;
        }
    }
}

/// Reads objects anew. What cannot be read is told by the watches.
pub(super) async fn ask(world: Arc<dyn World>, heard: mpsc::Sender<Heard>, ids: Vec<ObjectId>) {
    let read = |id: ObjectId| {
        let (world, heard) = (world.clone(), heard.clone());
        async move {
            let Ok(api) = resources::api(world.as_ref(), &id).await else { return };
            let said = match api.get_opt(&id.name).await {
                Ok(Some(object)) => {
                    Heard::Object(id.clone(), Box::new(named(object, &kind(&id)).1))
                }
                Ok(None) => Heard::Gone(id),
                Err(_) => return,
            };
            // Nobody listens when the console was left.
            let _ = heard.send(said).await;
        }
    };
    futures::stream::iter(ids).for_each_concurrent(WIDTH, read).await;
}

/// An object of a list with the kind that it does not say itself.
fn named(object: DynamicObject, kind: &Kind) -> (ObjectId, Value) {
    let id = ObjectId {
        cluster: kind.cluster.clone(),
        api_version: kind.api_version.clone(),
        kind: kind.kind.clone(),
        namespace: object.namespace().unwrap_or_default(),
        name: object.name_any(),
    };
    let mut value = serde_json::to_value(object).unwrap_or_default();
    value["apiVersion"] = Value::String(kind.api_version.clone());
    value["kind"] = Value::String(kind.kind.clone());
    (id, value)
}

/// What a server said when it does not let somebody look; connections that end are told elsewhere.
fn refused(error: &watcher::Error) -> Option<String> {
    match error {
        watcher::Error::InitialListFailed(kube::Error::Api(_))
        | watcher::Error::WatchStartFailed(kube::Error::Api(_)) => Some(words::watch(error)),
        _ => None,
    }
}
