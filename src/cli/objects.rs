//! Reading live objects of the hub and its members, many at a time.

use std::collections::BTreeMap;

use futures::StreamExt;
use kube::api::DynamicObject;
use kube::core::{ApiResource, GroupVersionKind};
use kube::discovery::{Scope, oneshot};
use kube::{Api, Client};
use mizzen_engine::plan::ObjectId;
use serde_json::Value;

use super::connect::Hub;
use super::stop::Stop;
use crate::console::effect::live::Live;
use crate::console::effect::words;
use crate::console::effect::world::World;

/// How many objects are read at a time.
const WIDTH: usize = 16;

/// What was found, by [`ObjectId::key`], and the clusters that could not be read.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) live: BTreeMap<String, Value>,
    pub(super) unread: BTreeMap<String, String>,
}

/// Reads objects wherever they are.
pub(super) async fn read(hub: &Hub, ids: &[ObjectId]) -> Found {
    let world = Live::new(&hub.name, &hub.user, hub.client.clone());
    let world = &world;
    let each = ids.iter().map(|id| async move { (id, one(world, id).await) });
    let results: Vec<_> = futures::stream::iter(each).buffered(WIDTH).collect().await;
    let mut found = Found::default();
    for (id, result) in results {
        match result {
            Ok(Some(object)) => drop(found.live.insert(id.key(), object)),
            Ok(None) => {}
            Err(stop) => drop(found.unread.insert(id.cluster.clone(), stop.text())),
        }
    }
    found
}

async fn one(world: &Live, id: &ObjectId) -> Result<Option<Value>, Stop> {
    let client = world.client(&id.cluster).await.map_err(Stop::Failed)?;
    let Some((kind, scope)) = served(&client, id).await? else { return Ok(None) };
    let api: Api<DynamicObject> = match scope {
        Scope::Cluster => Api::all_with(client, &kind),
        Scope::Namespaced => Api::namespaced_with(client, &id.namespace, &kind),
    };
    let object = api.get_opt(&id.name).await.map_err(|error| Stop::Failed(words::api(&error)))?;
    object
        .map(|object| serde_json::to_value(object).map_err(|why| Stop::failed("reading", why)))
        .transpose()
}

/// How the cluster serves the kind; an object of a kind that is not served does not exist.
async fn served(client: &Client, id: &ObjectId) -> Result<Option<(ApiResource, Scope)>, Stop> {
    let (group, version) = id.api_version.split_once('/').unwrap_or(("", &id.api_version));
    let gvk = GroupVersionKind::gvk(group, version, &id.kind);
    match oneshot::pinned_kind(client, &gvk).await {
        Ok((kind, capabilities)) => Ok(Some((kind, capabilities.scope))),
        Err(kube::Error::Discovery(_)) => Ok(None),
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(None),
        Err(other) => Err(Stop::Failed(words::api(&other))),
    }
}
