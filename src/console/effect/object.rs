//! One object, followed: its summary, or its lines as YAML. Of the summary the events about it are a part.

mod describe;
mod yaml;

use std::collections::BTreeSet;
use std::sync::Arc;

use k8s_openapi::api::core::v1::Event;
use kube::Api;
use kube::api::DynamicObject;
use kube::runtime::watcher;
use mizzen_engine::plan::ObjectId;
use mizzen_oam::LOCAL_CLUSTER;
use serde_json::Value;
use tokio::sync::mpsc;

use super::world::World;
use super::{Task, events, feed, resources};
use crate::console::model::AppKey;
use crate::console::model::detail::EventRow;
use crate::console::model::nav::Tab;
use crate::console::model::object::{Fact, ObjectRef, YamlLine};
use crate::console::term::clean::Clean;
use crate::console::update::{Msg, PartUpdate};

/// The facts about an object in a cluster, with the events about it.
#[must_use]
pub fn summary(object: &Value, cluster: &str, events: &[EventRow]) -> Vec<Fact> {
    describe::facts(object, cluster, events)
}

/// An object as lines of YAML, each with who wrote it.
#[must_use]
pub fn lines(object: &Value) -> Vec<YamlLine> {
    yaml::lines(object)
}

/// What workloads make, which no record names: kind and version.
const MADE: &[(&str, &str)] =
    &[("Pod", "v1"), ("ReplicaSet", "apps/v1"), ("Job", "batch/v1"), ("Application", OAM)];
const OAM: &str = mizzen_oam::V1BETA1;

/// What the watches hold.
enum Held {
    Object(Result<Option<Value>, String>),
    Events(Vec<EventRow>),
}

/// Follows an object of an application, or the application itself, until nobody listens.
pub(super) async fn follow(
    world: Arc<dyn World>,
    tx: mpsc::Sender<Msg>,
    key: AppKey,
    tab: Tab,
    object: Option<ObjectRef>,
) {
    let tell = |part: PartUpdate| tx.send(Msg::Part(key.clone(), part));
    let failed = |why: String| match tab {
        Tab::Info => PartUpdate::Info(object.clone(), Err(Clean::new(&why))),
        _ => PartUpdate::Yaml(object.clone(), Err(Clean::new(&why))),
    };
    let (held_tx, mut held) = mpsc::channel(64);
    let mut pause = super::FIRST_PAUSE;
    let _watches = loop {
        match watches(&world, &key, tab, object.as_ref(), held_tx.clone()).await {
            Ok(watches) => break watches,
            // Where nobody answers now, somebody may later.
            Err(why) => {
                if tell(failed(why)).await.is_err() {
                    return;
                }
            }
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(super::LAST_PAUSE);
    };
    drop(held_tx);
    let (mut found, mut about) = (None, Vec::new());
    while let Some(news) = held.recv().await {
        match news {
            Held::Object(told) => found = Some(told),
            Held::Events(rows) => about = rows,
        }
        let part = match &found {
            None => continue,
            Some(Err(why)) => failed(why.clone()),
            Some(Ok(None)) => failed("it is not there any more".to_owned()),
            Some(Ok(Some(value))) if tab == Tab::Info => {
                let cluster = object.as_ref().map_or(LOCAL_CLUSTER, |it| it.cluster.as_str());
                PartUpdate::Info(object.clone(), Ok(summary(value, cluster, &about)))
            }
            Some(Ok(Some(value))) => PartUpdate::Yaml(object.clone(), Ok(lines(value))),
        };
        if tell(part).await.is_err() {
            return;
        }
    }
}

async fn watches(
    world: &Arc<dyn World>,
    key: &AppKey,
    tab: Tab,
    object: Option<&ObjectRef>,
    held: mpsc::Sender<Held>,
) -> Result<Vec<Task>, String> {
    let id = id(world.as_ref(), key, object).await?;
    let unread =
        |why: &str| format!("{} {} cannot be read from {}: {why}", id.kind, id.name, id.cluster);
    let api = resources::api(world.as_ref(), &id).await.map_err(|why| unread(&why))?;
    let client = world.client(&id.cluster).await?;
    let mut watches = vec![Task(tokio::spawn(one(api, id.clone(), held.clone())))];
    if tab == Tab::Info {
        let namespace = if id.namespace.is_empty() { "default" } else { &id.namespace };
        let api: Api<Event> = Api::namespaced(client, namespace);
        watches.push(Task(tokio::spawn(about(api, id, held))));
    }
    Ok(watches)
}

/// The object with its version, by what is recorded of it or by what workloads make.
async fn id(
    world: &dyn World,
    key: &AppKey,
    object: Option<&ObjectRef>,
) -> Result<ObjectId, String> {
    let Some(object) = object else {
        return Ok(ObjectId {
            cluster: LOCAL_CLUSTER.to_owned(),
            api_version: OAM.to_owned(),
            kind: "Application".to_owned(),
            namespace: key.namespace.clone(),
            name: key.name.clone(),
        });
    };
    let same = |id: &ObjectId| {
        (id.cluster.as_str(), id.kind.as_str(), id.namespace.as_str(), id.name.as_str())
            == (&object.cluster, &object.kind, &object.namespace, &object.name)
    };
    if let Some(id) = resources::tracked(world, key).await?.into_iter().find(same) {
        return Ok(id);
    }
    let made = MADE.iter().find(|(kind, _)| *kind == object.kind).map(|(_, version)| *version);
    let version =
        made.ok_or_else(|| format!("{} {} is not recorded of {key}", object.kind, object.name))?;
    Ok(ObjectId {
        cluster: object.cluster.clone(),
        api_version: version.to_owned(),
        kind: object.kind.clone(),
        namespace: object.namespace.clone(),
        name: object.name.clone(),
    })
}

async fn one(api: Api<DynamicObject>, id: ObjectId, held: mpsc::Sender<Held>) {
    let config = watcher::Config::default().fields(&format!("metadata.name={}", id.name));
    feed::follow(api, config, held, |told| {
        let told = told.map_err(|why| {
            format!("{} {} cannot be read from {}: {why}", id.kind, id.name, id.cluster)
        });
        let whole =
            |object: &DynamicObject| resources::whole(object.clone(), &id.api_version, &id.kind);
        Held::Object(told.map(|objects| objects.values().next().map(whole)))
    })
    .await;
}

/// The events about it; where they cannot be read there are none.
async fn about(api: Api<Event>, id: ObjectId, held: mpsc::Sender<Held>) {
    let names = BTreeSet::from([id.name.clone()]);
    feed::follow(api, watcher::Config::default(), held, |told| {
        let of = |event: &&Event| {
            event.involved_object.kind.as_deref() == Some(&id.kind)
                && events::concerns(event, &names)
        };
        let rows = told.map(|all| {
            all.values().filter(of).map(|event| events::row(event, LOCAL_CLUSTER)).collect()
        });
        Held::Events(rows.unwrap_or_default())
    })
    .await;
}
