//! The name of one object in one cluster.
//!
//! Invariant: the cluster is never empty; the hub is `local`. Two ids that differ in API version only
//! mean the same object, which [`ObjectId::key`] says.

use serde_json::Value;

use mizzen_oam::meta::{ObjectReference, group_of};
use mizzen_oam::status::ClusterObjectReference;
use mizzen_oam::{LOCAL_CLUSTER, labels};

/// Which object, in which cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectId {
    /// Cluster name; `local` for the hub.
    pub cluster: String,
    /// Group and version.
    pub api_version: String,
    /// Kind.
    pub kind: String,
    /// Namespace; empty for cluster-scoped kinds.
    pub namespace: String,
    /// Name.
    pub name: String,
}

impl ObjectId {
    /// The id of a manifest that goes to `cluster`.
    #[must_use]
    pub fn of(object: &Value, cluster: &str) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Self {
            cluster: cluster_or_local(cluster).to_owned(),
            api_version: text(&object["apiVersion"]),
            kind: text(&object["kind"]),
            namespace: text(&object["metadata"]["namespace"]),
            name: text(&object["metadata"]["name"]),
        }
    }

    /// The id of a manifest whose cluster stands in its label.
    #[must_use]
    pub fn labelled(object: &Value) -> Self {
        let cluster = object["metadata"]["labels"][labels::CLUSTER].as_str().unwrap_or_default();
        Self::of(object, cluster)
    }

    /// The id of an object on the hub.
    #[must_use]
    pub fn on_hub(api_version: &str, kind: &str, namespace: &str, name: &str) -> Self {
        Self {
            cluster: LOCAL_CLUSTER.to_owned(),
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        }
    }

    /// The id of what a status or a tracker refers to.
    #[must_use]
    pub fn referred(reference: &ClusterObjectReference) -> Self {
        let object = &reference.object;
        Self {
            cluster: cluster_or_local(&reference.cluster).to_owned(),
            api_version: object.api_version.clone(),
            kind: object.kind.clone(),
            namespace: object.namespace.clone(),
            name: object.name.clone(),
        }
    }

    /// How statuses and trackers refer to the object, its cluster `written` as a step wrote it.
    #[must_use]
    pub fn reference(&self, written: &str, creator: &str) -> ClusterObjectReference {
        ClusterObjectReference {
            cluster: written.to_owned(),
            creator: creator.to_owned(),
            object: ObjectReference {
                api_version: self.api_version.clone(),
                kind: self.kind.clone(),
                namespace: self.namespace.clone(),
                name: self.name.clone(),
                ..ObjectReference::default()
            },
        }
    }

    /// The API group; empty for the core group.
    #[must_use]
    pub fn group(&self) -> &str {
        group_of(&self.api_version)
    }

    /// `<group>/<kind>/<cluster>/<namespace>/<name>`: equal for the same object in any version.
    #[must_use]
    pub fn key(&self) -> String {
        [self.group(), &self.kind, &self.cluster, &self.namespace, &self.name].join("/")
    }

    /// `namespace/name`, or the name alone.
    #[must_use]
    pub fn path(&self) -> String {
        match self.namespace.as_str() {
            "" => self.name.clone(),
            namespace => format!("{namespace}/{}", self.name),
        }
    }

    /// Whether it is on the hub.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.cluster == LOCAL_CLUSTER
    }
}

impl std::fmt::Display for ObjectId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} in cluster {}", self.kind, self.path(), self.cluster)
    }
}

/// The cluster name, where empty means the hub.
#[must_use]
pub fn cluster_or_local(cluster: &str) -> &str {
    if cluster.is_empty() { LOCAL_CLUSTER } else { cluster }
}
