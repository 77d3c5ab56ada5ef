//! `ResourceTracker`: which objects an application keeps, and where.
//!
//! Invariant: an entry is written before its object is, so nothing that was applied is ever unknown.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use serde_json::Value;

use crate::is_default;
use crate::meta::{ObjectMeta, ObjectReference, group_of, null_as_default};
use crate::packing::Compression;
use crate::status::ClusterObjectReference;

/// The finalizer that holds a tracker until its objects are gone.
pub const FINALIZER: &str = "resourcetracker.core.oam.dev/finalizer";

/// A record of managed objects. Cluster-scoped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ResourceTracker {
    /// `ResourceTracker`.
    pub kind: String,
    /// `core.oam.dev/v1beta1`.
    pub api_version: String,
    /// Metadata.
    pub metadata: ObjectMeta,
    /// The record.
    pub spec: ResourceTrackerSpec,
}

impl Default for ResourceTracker {
    fn default() -> Self {
        Self {
            kind: "ResourceTracker".to_owned(),
            api_version: crate::V1BETA1.to_owned(),
            metadata: ObjectMeta::default(),
            spec: ResourceTrackerSpec::default(),
        }
    }
}

/// Types of trackers.
pub mod tracker_type {
    /// Kept until the application goes.
    pub const ROOT: &str = "root";
    /// Kept while its generation is in use.
    pub const VERSIONED: &str = "versioned";
    /// Legacy component revisions.
    pub const COMPONENT_REVISION: &str = "component-revision";
}

/// The record.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", remote = "Self")]
pub struct ResourceTrackerSpec {
    /// One of [`tracker_type`].
    #[serde(rename = "type", skip_serializing_if = "is_default")]
    pub tracker_type: String,
    /// The application's generation that it belongs to; 0 for the root tracker.
    pub application_generation: i64,
    /// The objects.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "null_as_default")]
    pub managed_resources: Vec<ManagedResource>,
    /// How the objects are packed.
    pub compression: Compression,
}

/// The record as it is written: its objects packed where its compression says so.
impl Serialize for ResourceTrackerSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !self.compression.is_packed() {
            return Self::serialize(self, serializer);
        }
        let objects = serde_json::to_value(&self.managed_resources).map_err(ser::Error::custom)?;
        let compression = self.compression.pack(&objects).map_err(ser::Error::custom)?;
        let written = Self {
            tracker_type: self.tracker_type.clone(),
            application_generation: self.application_generation,
            managed_resources: Vec::new(),
            compression,
        };
        Self::serialize(&written, serializer)
    }
}

impl<'de> Deserialize<'de> for ResourceTrackerSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut spec = Self::deserialize(deserializer)?;
        if spec.compression.is_packed() {
            let objects = spec.compression.unpack().map_err(de::Error::custom)?;
            let objects = Option::<Vec<ManagedResource>>::deserialize(objects);
            spec.managed_resources = objects.map_err(de::Error::custom)?.unwrap_or_default();
            spec.compression.data.clear();
        }
        Ok(spec)
    }
}

/// One managed object.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ManagedResource {
    /// Which object, in which cluster.
    #[serde(flatten)]
    pub reference: ClusterObjectReference,
    /// The component it belongs to.
    #[serde(skip_serializing_if = "is_default")]
    pub component: String,
    /// The trait it belongs to.
    #[serde(rename = "trait", skip_serializing_if = "is_default")]
    pub trait_type: String,
    /// The manifest; absent when only the reference is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw: Option<Value>,
    /// It was deleted by the workflow and is to stay away.
    #[serde(skip_serializing_if = "is_default")]
    pub deleted: bool,
    /// It is to be left in place when the tracker goes.
    #[serde(rename = "skipGC", skip_serializing_if = "is_default")]
    pub skip_gc: bool,
}

impl ManagedResource {
    /// The object.
    #[must_use]
    pub fn object(&self) -> &ObjectReference {
        &self.reference.object
    }

    /// The cluster, `local` for the hub.
    #[must_use]
    pub fn cluster(&self) -> &str {
        match self.reference.cluster.as_str() {
            "" => crate::LOCAL_CLUSTER,
            cluster => cluster,
        }
    }

    /// `<group>/<kind>/<cluster>/<namespace>/<name>`: entries with the same key are the same object.
    #[must_use]
    pub fn key(&self) -> String {
        let object = self.object();
        let group = group_of(&object.api_version);
        [group, &object.kind, self.cluster(), &object.namespace, &object.name].join("/")
    }

    /// `Deployment web (Cluster: m1, Namespace: shop)`, as conditions name an object.
    #[must_use]
    pub fn display_name(&self) -> String {
        let object = self.object();
        let place = match (self.reference.cluster.as_str(), object.namespace.as_str()) {
            ("", "") => String::new(),
            ("", namespace) => format!(" (Namespace: {namespace})"),
            (cluster, "") => format!(" (Cluster: {cluster})"),
            (cluster, namespace) => format!(" (Cluster: {cluster}, Namespace: {namespace})"),
        };
        format!("{} {}{place}", object.kind, object.name)
    }
}
