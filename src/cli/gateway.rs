//! How the embedded hub shows its members: under upstream's gateway path and as its VirtualClusters.

use serde_json::Value;

use mizzen_engine::member::{VIRTUAL_CLUSTER_VERSION, virtual_clusters as from_secrets};
use mizzen_hub::{ProjectedColumn, Projection};
use mizzen_oam::SYSTEM_NAMESPACE;

/// Where the hub reaches its members.
pub(super) const GATEWAY: &str = mizzen_engine::fleet::GATEWAY;

/// The members without their credentials, with the columns of
/// `pkg/apis/cluster/v1alpha1/virtualcluster_types.go` of oam-dev/cluster-gateway.
pub(super) fn virtual_clusters() -> Projection {
    let (group, version) =
        VIRTUAL_CLUSTER_VERSION.split_once('/').unwrap_or((VIRTUAL_CLUSTER_VERSION, ""));
    let short = ["vc", "vcluster", "vclusters", "virtual-cluster", "virtual-clusters"];
    Projection {
        group: group.to_owned(),
        version: version.to_owned(),
        kind: "VirtualCluster".to_owned(),
        plural: "virtualclusters".to_owned(),
        short_names: short.map(str::to_owned).to_vec(),
        columns: columns(),
        source: [String::new(), "secrets".to_owned(), SYSTEM_NAMESPACE.to_owned()],
        objects: from_secrets,
    }
}

fn columns() -> Vec<ProjectedColumn> {
    let column = |name: &str, kind: &str, priority, description: &str, cell| ProjectedColumn {
        name: name.to_owned(),
        kind: kind.to_owned(),
        description: description.to_owned(),
        priority,
        cell,
    };
    vec![
        column("Alias", "string", 0, "what people call it", |it| text(&it["spec"]["alias"])),
        column("Credential_Type", "string", 0, "what it accepts", |it| {
            text(&it["spec"]["credential-type"])
        }),
        column("Endpoint", "string", 0, "where it is", |it| text(&it["spec"]["endpoint"])),
        column("Accepted", "boolean", 0, "whether the hub uses it", |it| {
            it["spec"]["accepted"].clone()
        }),
        column("Labels", "string", 0, "what policies select it by", |it| labels(it).into()),
        column("Creation_Timestamp", "dateTime", 10, "when it joined", |it| {
            it["metadata"]["creationTimestamp"].clone()
        }),
    ]
}

fn text(value: &Value) -> Value {
    value.as_str().unwrap_or_default().into()
}

fn labels(object: &Value) -> String {
    let carried = object["metadata"]["labels"].as_object();
    let pairs = carried.into_iter().flatten();
    let pairs = pairs.map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()));
    pairs.collect::<Vec<_>>().join(",")
}
