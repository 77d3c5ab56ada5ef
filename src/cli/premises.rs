//! What a forecast needs, read from a hub: definitions, clusters, version.

use kube::api::{DynamicObject, ListParams};
use kube::core::{ApiResource, GroupVersionKind};
use kube::{Api, Client};
use mizzen_engine::render::placement::KnownCluster;
use mizzen_engine::render::{ClusterVersion, Definition, DefinitionKind, Definitions};
use mizzen_oam::meta::StringMap;
use mizzen_oam::{GROUP, LOCAL_CLUSTER, SYSTEM_NAMESPACE, labels};
use serde_json::Value;

use super::cluster::{members, own_labels};
use super::stop::Stop;

/// The built-in definitions, then those of the system's namespace, then those of `namespace`.
pub(super) async fn definitions(client: &Client, namespace: &str) -> Result<Definitions, Stop> {
    let mut all = builtin()?;
    for place in [SYSTEM_NAMESPACE, namespace] {
        for kind in DefinitionKind::ALL {
            for object in stored(client, kind, place).await? {
                let definition = Definition::from_object(&object)
                    .map_err(|why| Stop::failed(&format!("definition in {place}"), why))?;
                all.insert(definition);
            }
        }
    }
    Ok(all)
}

/// The definitions in the binary.
pub(super) fn builtin() -> Result<Definitions, Stop> {
    Definitions::builtin().map_err(|why| Stop::failed("built-in definitions", why))
}

async fn stored(client: &Client, kind: DefinitionKind, place: &str) -> Result<Vec<Value>, Stop> {
    let gvk = GroupVersionKind::gvk(GROUP, "v1beta1", kind.object_kind());
    let resource = ApiResource::from_gvk(&gvk);
    let api: Api<DynamicObject> = Api::namespaced_with(client.clone(), place, &resource);
    let items = match api.list(&ListParams::default()).await {
        Ok(list) => list.items,
        Err(kube::Error::Api(status)) if status.code == 404 => Vec::new(),
        Err(other) => return Err(other.into()),
    };
    let mut objects = Vec::new();
    for item in items {
        let mut value = serde_json::to_value(item).map_err(|why| Stop::failed("reading", why))?;
        value["kind"] = gvk.kind.clone().into();
        value["apiVersion"] = mizzen_oam::V1BETA1.into();
        objects.push(value);
    }
    Ok(objects)
}

/// The hub, then its members, newest first.
pub(super) async fn clusters(client: &Client) -> Result<Vec<KnownCluster>, Stop> {
    let mut secrets = members(client).await?;
    let created = |s: &Value| s["metadata"]["creationTimestamp"].as_str().map(str::to_owned);
    secrets.sort_by_key(|secret| std::cmp::Reverse(created(secret)));
    let hub = KnownCluster {
        name: LOCAL_CLUSTER.to_owned(),
        labels: StringMap::from([(labels::CONTROL_PLANE.to_owned(), "true".to_owned())]),
    };
    let member = |secret: &Value| KnownCluster {
        name: secret["metadata"]["name"].as_str().unwrap_or_default().to_owned(),
        labels: own_labels(&secret["metadata"]["labels"])
            .into_iter()
            .map(|(key, value)| (key, value.as_str().unwrap_or_default().to_owned()))
            .collect(),
    };
    Ok(std::iter::once(hub).chain(secrets.iter().map(member)).collect())
}

/// The hub's version, as templates see it.
pub(super) async fn version(client: &Client) -> Result<ClusterVersion, Stop> {
    let info = client.apiserver_version().await?;
    Ok(ClusterVersion {
        major: info.major,
        minor: info.minor,
        git_version: info.git_version,
        platform: info.platform,
    })
}
