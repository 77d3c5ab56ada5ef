//! The members: Secrets on the hub, and clients that go through its gateway.

use http::uri::PathAndQuery;
use http::{Request, Uri};
use kube::Client;
use kube::client::Body;
use serde_json::Value;
use tower::service_fn;

use mizzen_oam::meta::StringMap;
use mizzen_oam::{LOCAL_CLUSTER, SYSTEM_NAMESPACE, labels};

use super::{Fleet, Query, lock};
use crate::error::Error;
use crate::plan::ObjectId;
use crate::plan::object::cluster_or_local;
use crate::render::placement::KnownCluster;

/// The path on the hub under which its members are.
pub const GATEWAY: &str = "/apis/cluster.core.oam.dev/v1alpha1/clustergateways";

/// The path on the hub under which a member's API is.
#[must_use]
pub fn gateway_path(cluster: &str) -> String {
    format!("{GATEWAY}/{cluster}/proxy")
}

impl Fleet {
    /// The hub and its members with their labels: the hub first, then the newest member first.
    ///
    /// # Errors
    /// When the Secrets cannot be read.
    pub async fn clusters(&self) -> Result<Vec<KnownCluster>, Error> {
        let query =
            Query::on_hub("v1", "Secret", SYSTEM_NAMESPACE, labels::CLUSTER_CREDENTIAL_TYPE);
        let mut secrets = self.list(&query).await?;
        let created =
            |secret: &Value| secret["metadata"]["creationTimestamp"].as_str().map(str::to_owned);
        secrets.sort_by_key(|secret| std::cmp::Reverse(created(secret)));
        let hub = KnownCluster {
            name: LOCAL_CLUSTER.to_owned(),
            labels: StringMap::from([(labels::CONTROL_PLANE.to_owned(), "true".to_owned())]),
        };
        let members: Vec<KnownCluster> = secrets.iter().map(member).collect();
        let joined = |name: &str| members.iter().any(|known| known.name == name);
        lock(&self.inner.members).retain(|name, _| joined(name));
        // Another cluster may come under the name of one that left.
        lock(&self.inner.kinds)
            .retain(|(name, _), _| cluster_or_local(name) == LOCAL_CLUSTER || joined(name));
        Ok(std::iter::once(hub).chain(members).collect())
    }

    /// A client of one cluster.
    pub(crate) async fn client(&self, cluster: &str) -> Result<Client, Error> {
        let cluster = cluster_or_local(cluster);
        if cluster == LOCAL_CLUSTER {
            return Ok(self.inner.hub.clone());
        }
        if let Some(client) = lock(&self.inner.members).get(cluster) {
            return Ok(client.clone());
        }
        let secret = ObjectId::on_hub("v1", "Secret", SYSTEM_NAMESPACE, cluster);
        let path = format!("/api/v1/namespaces/{SYSTEM_NAMESPACE}/secrets/{cluster}");
        let found = match Box::pin(self.own().ask("get", &secret, ("GET", &path, None))).await {
            Ok(found) => Some(found),
            Err(error) if error.is_not_found() => None,
            Err(error) => return Err(error),
        };
        let joined = found.is_some_and(|it| {
            it["metadata"]["labels"][labels::CLUSTER_CREDENTIAL_TYPE].is_string()
        });
        if !joined {
            return Err(Error::NoCluster { cluster: cluster.to_owned() });
        }
        let client = through_gateway(self.inner.hub.clone(), gateway_path(cluster));
        lock(&self.inner.members).insert(cluster.to_owned(), client.clone());
        Ok(client)
    }
}

fn member(secret: &Value) -> KnownCluster {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let labels = secret["metadata"]["labels"].as_object().cloned().unwrap_or_default();
    let own = labels.iter().filter(|(key, _)| !key.starts_with(labels::CLUSTER_PREFIX));
    KnownCluster {
        name: text(&secret["metadata"]["name"]),
        labels: own.map(|(key, value)| (key.clone(), text(value))).collect(),
    }
}

/// A client whose every request goes to the hub under a prefix.
fn through_gateway(hub: Client, prefix: String) -> Client {
    let service = service_fn(move |mut request: Request<Body>| {
        let hub = hub.clone();
        let path = request.uri().path_and_query().map_or("/", PathAndQuery::as_str);
        let uri: Result<Uri, _> = format!("{prefix}{path}").parse();
        async move {
            *request.uri_mut() = uri.map_err(http::Error::from).map_err(kube::Error::HttpError)?;
            hub.send(request).await
        }
    });
    Client::new(service, "default")
}
