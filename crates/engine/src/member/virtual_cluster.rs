//! Members as a gateway shows them to those who may not see their credentials: VirtualClusters.
//!
//! Source: `pkg/apis/cluster/v1alpha1/virtualcluster_client.go` of oam-dev/cluster-gateway.

use serde_json::{Map, Value, json};

use mizzen_oam::{LOCAL_CLUSTER, annotations, labels};

/// The group and version of VirtualClusters.
pub const VIRTUAL_CLUSTER_VERSION: &str = "cluster.core.oam.dev/v1alpha1";

/// The VirtualClusters of a hub, from the Secrets of its system's namespace: the hub first, then the
/// newest member first.
#[must_use]
pub fn virtual_clusters(secrets: &[&Value]) -> Vec<Value> {
    let created = |it: &Value| it["metadata"]["creationTimestamp"].as_str().map(str::to_owned);
    let mut members: Vec<Value> = secrets.iter().filter_map(|it| member(it)).collect();
    members.sort_by_key(|it| std::cmp::Reverse(created(it)));
    members.insert(0, hub());
    members
}

fn hub() -> Value {
    let spec = json!({"accepted": true, "endpoint": "-", "credential-type": "Internal"});
    object(json!({"name": LOCAL_CLUSTER, "creationTimestamp": null}), Map::new(), true, spec)
}

/// The member that a Secret makes; none without a type of credential or a way to reach it.
fn member(secret: &Value) -> Option<Value> {
    let metadata = &secret["metadata"];
    let carried = metadata["labels"].as_object()?;
    let credential = carried.get(labels::CLUSTER_CREDENTIAL_TYPE)?;
    let endpoint = match carried.get(labels::CLUSTER_ENDPOINT_TYPE) {
        Some(kind) => kind.as_str()?.to_owned(),
        None => decoded(&secret["data"]["endpoint"])?,
    };
    let mut spec = Map::new();
    if let Some(alias) = metadata["annotations"][annotations::CLUSTER_ALIAS].as_str() {
        spec.insert("alias".to_owned(), json!(alias));
    }
    spec.insert("accepted".to_owned(), json!(true));
    spec.insert("endpoint".to_owned(), json!(endpoint));
    spec.insert("credential-type".to_owned(), credential.clone());
    let own = carried.iter().filter(|(key, _)| !key.starts_with(labels::CLUSTER_PREFIX));
    let own = own.map(|(key, value)| (key.clone(), value.clone())).collect();
    let name = json!({
        "name": metadata["name"], "creationTimestamp": metadata["creationTimestamp"]});
    Some(object(name, own, false, spec.into()))
}

fn object(mut metadata: Value, own: Map<String, Value>, hub: bool, spec: Value) -> Value {
    let mut shown = own;
    shown.insert(labels::CONTROL_PLANE.to_owned(), json!(hub.to_string()));
    shown.sort_keys();
    metadata["labels"] = shown.into();
    json!({
        "kind": "VirtualCluster",
        "apiVersion": VIRTUAL_CLUSTER_VERSION,
        "metadata": metadata,
        "spec": spec,
    })
}

fn decoded(text: &Value) -> Option<String> {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::STANDARD.decode(text.as_str()?).ok()?;
    String::from_utf8(bytes).ok().filter(|endpoint| !endpoint.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(name: &str, created: &str, kind: &str) -> Value {
        json!({
            "metadata": {
                "name": name,
                "creationTimestamp": created,
                "labels": {labels::CLUSTER_CREDENTIAL_TYPE: kind, "region": "eu"},
                "annotations": {labels::CLUSTER: "x"},
            },
            "data": {"endpoint": "aHR0cHM6Ly9h", "token": "c2VjcmV0"},
        })
    }

    #[test]
    fn the_hub_comes_first_and_the_newest_next() {
        let (old, new) = (
            secret("old", "2026-01-01T00:00:00Z", "X509Certificate"),
            secret("new", "2026-01-02T00:00:00Z", "ServiceAccountToken"),
        );
        let found = virtual_clusters(&[&old, &new]);
        let names: Vec<_> = found.iter().map(|it| it["metadata"]["name"].clone()).collect();
        assert_eq!(names, ["local", "new", "old"]);
        assert_eq!(
            found[1]["spec"],
            json!({
            "accepted": true, "endpoint": "https://a", "credential-type": "ServiceAccountToken"})
        );
        assert_eq!(
            found[1]["metadata"]["labels"],
            json!({"cluster.core.oam.dev/control-plane": "false", "region": "eu"})
        );
        assert!(!found[1].to_string().contains("c2VjcmV0"), "credentials are not shown");
    }

    #[test]
    fn a_secret_that_reaches_nothing_is_no_member() {
        let mut lost = secret("lost", "2026-01-01T00:00:00Z", "X509Certificate");
        lost["data"]["endpoint"] = json!("");
        let mut plain = secret("plain", "2026-01-01T00:00:00Z", "");
        plain["metadata"]["labels"] = json!({});
        assert_eq!(virtual_clusters(&[&lost, &plain]).len(), 1);
        let tunnel = json!("ClusterProxy");
        lost["metadata"]["labels"][labels::CLUSTER_ENDPOINT_TYPE] = tunnel.clone();
        assert_eq!(virtual_clusters(&[&lost])[1]["spec"]["endpoint"], tunnel);
    }
}
