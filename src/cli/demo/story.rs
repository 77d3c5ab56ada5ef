//! What people do in the demo's world while someone looks on: a next release of one application, and a
//! Deployment scaled by hand. Plain requests of a client, made when their condition holds.

use futures::future::BoxFuture;
use kube::api::{DynamicObject, Patch, PatchParams};
use kube::core::{ApiResource, GroupVersionKind};
use kube::runtime::wait::await_condition;
use kube::{Api, Client};
use mizzen_hub::{Hub, User};
use serde_json::json;

use crate::cli::apply::apply;
use crate::cli::input;
use crate::cli::stop::Stop;

/// The release that never becomes ready.
const NEXT_SEARCH: &str = include_str!("../../../examples/search-next.yaml");

/// Lets the story happen, until it is over or dropped.
pub(super) async fn tell(hub: &Hub) {
    let root = hub.root();
    let admin = Client::new(root.service(), "default");
    let dana = User::new("dana", &["system:masters", "data-team"]);
    let dana = Client::new(root.service_as(dana), "data");
    let acts: [BoxFuture<'_, Result<(), Stop>>; 2] =
        [Box::pin(next_search(admin)), Box::pin(scaled_by_hand(dana))];
    for done in futures::future::join_all(acts).await {
        if let Err(stop) = done {
            tracing::warn!(why = stop.text(), "an act of the demo did not happen");
        }
    }
}

/// When the first release of search runs, the next one comes.
async fn next_search(client: Client) -> Result<(), Stop> {
    let apps = namespaced(&client, mizzen_oam::GROUP, "v1beta1", "Application", "shop");
    let running = |app: Option<&DynamicObject>| {
        app.is_some_and(|app| app.data["status"]["status"] == "running")
    };
    wait(apps, "search", running).await?;
    for object in input::parse("search-next.yaml", NEXT_SEARCH)? {
        apply(&client, "shop", &object, true).await?;
    }
    Ok(())
}

/// When the report renderer is up, the data team scales it by hand.
async fn scaled_by_hand(client: Client) -> Result<(), Stop> {
    let deployments = namespaced(&client, "apps", "v1", "Deployment", "data");
    let ready = |deployment: Option<&DynamicObject>| {
        deployment.is_some_and(|d| d.data["status"]["readyReplicas"] == d.data["spec"]["replicas"])
    };
    wait(deployments.clone(), "renderer", ready).await?;
    let params = PatchParams { field_manager: Some("kubectl-scale".into()), ..Default::default() };
    let patch = Patch::Merge(json!({"spec": {"replicas": 5}}));
    deployments.patch("renderer", &params, &patch).await?;
    Ok(())
}

fn namespaced(
    client: &Client,
    group: &str,
    version: &str,
    kind: &str,
    namespace: &str,
) -> Api<DynamicObject> {
    let kind = ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind));
    Api::namespaced_with(client.clone(), namespace, &kind)
}

async fn wait(
    api: Api<DynamicObject>,
    name: &str,
    holds: impl Fn(Option<&DynamicObject>) -> bool,
) -> Result<(), Stop> {
    await_condition(api, name, holds).await.map(drop).map_err(|why| Stop::failed(name, why))
}
