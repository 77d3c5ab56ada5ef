//! `ApplicationRevision`: an application frozen with everything that its rendering needs.
//!
//! Invariant: the definitions inside are snapshots, so that the same revision renders the same objects
//! whatever happened to the cluster's definitions since.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use serde_json::{Value, value};

use crate::application::Application;
use crate::definition::{
    ComponentDefinition, PolicyDefinition, TraitDefinition, WorkflowStepDefinition,
    WorkloadDefinition,
};
use crate::external::{Policy, Workflow};
use crate::is_default;
use crate::meta::{ObjectMeta, null_as_default};
use crate::packing::Compression;
use crate::status::WorkflowStatus;

/// A frozen application.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ApplicationRevision {
    /// `ApplicationRevision`.
    pub kind: String,
    /// `core.oam.dev/v1beta1`.
    pub api_version: String,
    /// Metadata.
    pub metadata: ObjectMeta,
    /// The snapshot.
    pub spec: ApplicationRevisionSpec,
    /// How its run went.
    pub status: ApplicationRevisionStatus,
}

impl Default for ApplicationRevision {
    fn default() -> Self {
        Self {
            kind: "ApplicationRevision".to_owned(),
            api_version: crate::V1BETA1.to_owned(),
            metadata: ObjectMeta::default(),
            spec: ApplicationRevisionSpec::default(),
            status: ApplicationRevisionStatus::default(),
        }
    }
}

/// The snapshot.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", remote = "Self")]
pub struct ApplicationRevisionSpec {
    /// The application without its status.
    pub application: Application,
    /// By name.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "null_as_default")]
    pub component_definitions: BTreeMap<String, ComponentDefinition>,
    /// By name.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "null_as_default")]
    pub workload_definitions: BTreeMap<String, WorkloadDefinition>,
    /// By name.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "null_as_default")]
    pub trait_definitions: BTreeMap<String, TraitDefinition>,
    /// By name.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "null_as_default")]
    pub policy_definitions: BTreeMap<String, PolicyDefinition>,
    /// Which definition revision each policy used.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "null_as_default")]
    pub policy_versions: BTreeMap<String, PolicyVersion>,
    /// By name.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "null_as_default")]
    pub workflow_step_definitions: BTreeMap<String, WorkflowStepDefinition>,
    /// Stand-alone policies, by name.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "null_as_default")]
    pub policies: BTreeMap<String, Policy>,
    /// The stand-alone workflow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workflow: Option<Workflow>,
    /// Objects that components refer to.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "null_as_default")]
    pub referred_objects: Vec<Value>,
    /// How the fields above are packed.
    pub compression: Compression,
}

/// The snapshot as it is written: packed where its compression says so. What is left of the application
/// is what a CRD demands.
impl Serialize for ApplicationRevisionSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !self.compression.is_packed() {
            return Self::serialize(self, serializer);
        }
        let plain = Self { compression: Compression::default(), ..self.clone() };
        let mut fields = Self::serialize(&plain, value::Serializer).map_err(ser::Error::custom)?;
        if let Some(fields) = fields.as_object_mut() {
            fields.shift_remove("compression");
        }
        let compression = self.compression.pack(&fields).map_err(ser::Error::custom)?;
        let (kind, api_version) = Default::default();
        let application = Application { kind, api_version, ..Application::default() };
        let written = Self { application, compression, ..Self::default() };
        Self::serialize(&written, serializer)
    }
}

impl<'de> Deserialize<'de> for ApplicationRevisionSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let stored = Self::deserialize(deserializer)?;
        if !stored.compression.is_packed() {
            return Ok(stored);
        }
        let mut spec = match stored.compression.unpack().map_err(de::Error::custom)? {
            Value::Null => Self::default(),
            fields => Self::deserialize(fields).map_err(de::Error::custom)?,
        };
        spec.compression = Compression { data: String::new(), ..stored.compression };
        Ok(spec)
    }
}

/// Which definition revision a policy used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PolicyVersion {
    /// Name of the definition revision.
    #[serde(skip_serializing_if = "is_default")]
    pub definition_revision_name: String,
    /// Its number.
    #[serde(skip_serializing_if = "is_default")]
    pub revision: i64,
    /// Its hash.
    #[serde(skip_serializing_if = "is_default")]
    pub revision_hash: String,
}

/// How the run of a revision went.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ApplicationRevisionStatus {
    /// The workflow ended well.
    pub succeeded: bool,
    /// The run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workflow: Option<WorkflowStatus>,
    /// The variables of the run.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "null_as_default")]
    pub workflow_context: BTreeMap<String, String>,
}
