//! What every object carries: metadata, owners, references.
//!
//! The metadata type keeps every field that the API machinery defines, so that an object read, changed
//! and written back loses nothing. Managed fields are kept as they came.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::is_default;
use crate::time::Time;

/// Labels or annotations: sorted, as Go writes maps.
pub type StringMap = BTreeMap<String, String>;

/// `metadata` of an object.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ObjectMeta {
    /// Unique in its namespace and kind.
    #[serde(skip_serializing_if = "is_default")]
    pub name: String,
    /// Prefix from which the server makes a name.
    #[serde(skip_serializing_if = "is_default")]
    pub generate_name: String,
    /// Empty for cluster-scoped kinds.
    #[serde(skip_serializing_if = "is_default")]
    pub namespace: String,
    /// Legacy; kept when present.
    #[serde(skip_serializing_if = "is_default")]
    pub self_link: String,
    /// Given by the server, unique over time.
    #[serde(skip_serializing_if = "is_default")]
    pub uid: String,
    /// Opaque version for optimistic locking.
    #[serde(skip_serializing_if = "is_default")]
    pub resource_version: String,
    /// Counts changes of the desired state.
    #[serde(skip_serializing_if = "is_default")]
    pub generation: i64,
    /// When the server created it.
    pub creation_timestamp: Time,
    /// When deletion was asked for.
    #[serde(skip_serializing_if = "is_default")]
    pub deletion_timestamp: Time,
    /// Seconds until a graceful deletion ends.
    #[serde(skip_serializing_if = "is_default")]
    pub deletion_grace_period_seconds: Option<i64>,
    /// Identifying key and value pairs.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "null_as_default")]
    pub labels: StringMap,
    /// Other key and value pairs.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "null_as_default")]
    pub annotations: StringMap,
    /// What owns this object.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "null_as_default")]
    pub owner_references: Vec<OwnerReference>,
    /// What has to happen before it may go.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "null_as_default")]
    pub finalizers: Vec<String>,
    /// Who set which field, as the server keeps it.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "null_as_default")]
    pub managed_fields: Vec<Value>,
}

impl ObjectMeta {
    /// Metadata with a name in a namespace.
    #[must_use]
    pub fn named(namespace: &str, name: &str) -> Self {
        Self { name: name.to_owned(), namespace: namespace.to_owned(), ..Self::default() }
    }

    /// A label, or the empty string.
    #[must_use]
    pub fn label(&self, key: &str) -> &str {
        self.labels.get(key).map_or("", String::as_str)
    }

    /// An annotation, or the empty string.
    #[must_use]
    pub fn annotation(&self, key: &str) -> &str {
        self.annotations.get(key).map_or("", String::as_str)
    }

    /// Whether deletion was asked for.
    #[must_use]
    pub fn is_terminating(&self) -> bool {
        !self.deletion_timestamp.is_zero()
    }

    /// Whether the finalizer is there.
    #[must_use]
    pub fn has_finalizer(&self, finalizer: &str) -> bool {
        self.finalizers.iter().any(|known| known == finalizer)
    }
}

/// An owner of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct OwnerReference {
    /// Group and version of the owner.
    pub api_version: String,
    /// Kind of the owner.
    pub kind: String,
    /// Name of the owner.
    pub name: String,
    /// UID of the owner.
    pub uid: String,
    /// Whether the owner controls the object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub controller: Option<bool>,
    /// Whether the owner may go only after the object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block_owner_deletion: Option<bool>,
}

/// A reference to an object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ObjectReference {
    /// Kind of the object.
    #[serde(skip_serializing_if = "is_default")]
    pub kind: String,
    /// Namespace of the object; empty for cluster-scoped kinds.
    #[serde(skip_serializing_if = "is_default")]
    pub namespace: String,
    /// Name of the object.
    #[serde(skip_serializing_if = "is_default")]
    pub name: String,
    /// UID of the object.
    #[serde(skip_serializing_if = "is_default")]
    pub uid: String,
    /// Group and version of the object.
    #[serde(skip_serializing_if = "is_default")]
    pub api_version: String,
    /// Version of the object that is meant.
    #[serde(skip_serializing_if = "is_default")]
    pub resource_version: String,
    /// Path of a part of the object.
    #[serde(skip_serializing_if = "is_default")]
    pub field_path: String,
}

/// The group of an `apiVersion`; empty for the core group.
#[must_use]
pub fn group_of(api_version: &str) -> &str {
    api_version.split_once('/').map_or("", |(group, _)| group)
}

/// Reads `null` as an empty value, which Go does for every list and map.
pub(crate) fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}
