//! X-Definitions: what component, trait, policy and step types mean, and the revisions of that.
//!
//! Invariant: a `spec` read and written back has the same hash; empty structs that Go writes
//! (`definitionRef`, `workload.definition`) are written here too.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::condition::Condition;
use crate::is_default;
use crate::meta::{ObjectMeta, null_as_default};
use crate::status::{Revision, WorkloadGvk};

macro_rules! definition {
    ($(#[$doc:meta])* $name:ident, $spec:ty) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        #[serde(default, rename_all = "camelCase")]
        pub struct $name {
            /// The kind.
            #[serde(skip_serializing_if = "is_default")]
            pub kind: String,
            /// `core.oam.dev/v1beta1`.
            #[serde(skip_serializing_if = "is_default")]
            pub api_version: String,
            /// Metadata.
            pub metadata: ObjectMeta,
            /// What it defines.
            pub spec: $spec,
            /// What the controller found.
            pub status: DefinitionStatus,
        }
    };
}

definition!(
    /// How a component type becomes a workload.
    ComponentDefinition,
    ComponentDefinitionSpec
);
definition!(
    /// How a trait type changes or joins a workload.
    TraitDefinition,
    TraitDefinitionSpec
);
definition!(
    /// How a policy type becomes objects or transforms.
    PolicyDefinition,
    PolicyDefinitionSpec
);
definition!(
    /// What a step type does.
    WorkflowStepDefinition,
    WorkflowStepDefinitionSpec
);
definition!(
    /// The old form of a component definition.
    WorkloadDefinition,
    WorkloadDefinitionSpec
);

/// What the controller found out about a definition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct DefinitionStatus {
    /// What is known, by type.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "null_as_default")]
    pub conditions: Vec<Condition>,
    /// The ConfigMap with its OpenAPI schema.
    #[serde(skip_serializing_if = "is_default")]
    pub config_map_ref: String,
    /// Its newest revision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latest_revision: Option<Revision>,
}

/// How a component type becomes a workload.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ComponentDefinitionSpec {
    /// Semantic version.
    #[serde(skip_serializing_if = "is_default")]
    pub version: String,
    /// Which workload it makes.
    pub workload: WorkloadTypeDescriptor,
    /// Kinds that the workload makes in turn.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "null_as_default")]
    pub child_resource_kinds: Vec<ChildResourceKind>,
    /// Label that carries the revision.
    #[serde(skip_serializing_if = "is_default")]
    pub revision_label: String,
    /// Where the pod template is.
    #[serde(skip_serializing_if = "is_default")]
    pub pod_spec_path: String,
    /// Status texts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<StatusTexts>,
    /// The template.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schematic: Option<Schematic>,
    /// Free-form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extension: Option<Value>,
}

/// How a trait type changes or joins a workload.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct TraitDefinitionSpec {
    /// The CRD of its objects.
    #[serde(rename = "definitionRef")]
    pub reference: DefinitionReference,
    /// Kept for compatibility.
    #[serde(skip_serializing_if = "is_default")]
    pub revision_enabled: bool,
    /// Where its objects get the reference to the workload.
    #[serde(skip_serializing_if = "is_default")]
    pub workload_ref_path: String,
    /// A change restarts pods.
    #[serde(skip_serializing_if = "is_default")]
    pub pod_disruptive: bool,
    /// Workloads it is meant for; not enforced.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "null_as_default")]
    pub applies_to_workloads: Vec<String>,
    /// Traits it does not go with; not enforced.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "null_as_default")]
    pub conflicts_with: Vec<String>,
    /// The template.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schematic: Option<Schematic>,
    /// Status texts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<StatusTexts>,
    /// Free-form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extension: Option<Value>,
    /// The trait writes the workload itself.
    #[serde(skip_serializing_if = "is_default")]
    pub manage_workload: bool,
    /// Its objects stay on the hub.
    #[serde(skip_serializing_if = "is_default")]
    pub control_plane_only: bool,
    /// When its objects are applied.
    #[serde(skip_serializing_if = "is_default")]
    pub stage: String,
    /// Semantic version.
    #[serde(skip_serializing_if = "is_default")]
    pub version: String,
}

/// How a policy type becomes objects or transforms.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PolicyDefinitionSpec {
    /// The CRD of its objects.
    #[serde(rename = "definitionRef")]
    pub reference: DefinitionReference,
    /// The template.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schematic: Option<Schematic>,
    /// The policy decides the application's health.
    #[serde(skip_serializing_if = "is_default")]
    pub manage_health_check: bool,
    /// Semantic version.
    #[serde(skip_serializing_if = "is_default")]
    pub version: String,
    /// Empty, or `Application` for a transform.
    #[serde(skip_serializing_if = "is_default")]
    pub scope: String,
    /// A transform of every application.
    #[serde(skip_serializing_if = "is_default")]
    pub global: bool,
    /// Order among transforms.
    #[serde(skip_serializing_if = "is_default")]
    pub priority: i32,
}

/// What a step type does.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct WorkflowStepDefinitionSpec {
    /// The CRD of its objects.
    #[serde(rename = "definitionRef")]
    pub reference: DefinitionReference,
    /// The template.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schematic: Option<Schematic>,
    /// Semantic version.
    #[serde(skip_serializing_if = "is_default")]
    pub version: String,
}

/// The old form of a component definition.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct WorkloadDefinitionSpec {
    /// The CRD of its objects.
    #[serde(rename = "definitionRef")]
    pub reference: DefinitionReference,
    /// Kinds that the workload makes in turn.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "null_as_default")]
    pub child_resource_kinds: Vec<ChildResourceKind>,
    /// Label that carries the revision.
    #[serde(skip_serializing_if = "is_default")]
    pub revision_label: String,
    /// Where the pod template is.
    #[serde(skip_serializing_if = "is_default")]
    pub pod_spec_path: String,
    /// Status texts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<StatusTexts>,
    /// The template.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schematic: Option<Schematic>,
    /// Free-form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extension: Option<Value>,
}

/// Which workload a component makes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct WorkloadTypeDescriptor {
    /// Name of a WorkloadDefinition.
    #[serde(rename = "type", skip_serializing_if = "is_default")]
    pub workload_type: String,
    /// Group, version and kind.
    pub definition: WorkloadGvk,
}

/// A kind that a workload makes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ChildResourceKind {
    /// Group and version.
    pub api_version: String,
    /// Kind.
    pub kind: String,
    /// Labels that select it.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "null_as_default")]
    pub selector: BTreeMap<String, String>,
}

/// A CRD by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct DefinitionReference {
    /// Name of the CRD.
    pub name: String,
    /// Version to use.
    #[serde(skip_serializing_if = "is_default")]
    pub version: String,
}

/// CUE texts that judge live objects.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct StatusTexts {
    /// Yields `message`.
    #[serde(skip_serializing_if = "is_default")]
    pub custom_status: String,
    /// Yields `isHealth`.
    #[serde(skip_serializing_if = "is_default")]
    pub health_policy: String,
    /// Yields the details.
    #[serde(skip_serializing_if = "is_default")]
    pub details: String,
}

/// How a definition is written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Schematic {
    /// In CUE.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cue: Option<Cue>,
    /// In Terraform.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terraform: Option<Terraform>,
}

/// A CUE template.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Cue {
    /// The text.
    pub template: String,
}

/// A Terraform configuration; stored and hashed, not carried out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Terraform {
    /// The text or address.
    pub configuration: String,
    /// `hcl`, `json` or `remote`.
    #[serde(rename = "type", skip_serializing_if = "is_default")]
    pub terraform_type: String,
    /// Sub-directory of a remote one.
    #[serde(skip_serializing_if = "is_default")]
    pub path: String,
    /// Where connection details go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub write_connection_secret_to_ref: Option<SecretReference>,
    /// Which provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider_ref: Option<SecretReference>,
    /// Resources go with the object.
    #[serde(skip_serializing_if = "is_default")]
    pub delete_resource: bool,
    /// Region.
    #[serde(rename = "customRegion", skip_serializing_if = "is_default")]
    pub region: String,
    /// Credentials of a remote one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub git_credentials_secret_reference: Option<SecretReference>,
}

/// A name in a namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SecretReference {
    /// Name.
    #[serde(skip_serializing_if = "is_default")]
    pub name: String,
    /// Namespace.
    #[serde(skip_serializing_if = "is_default")]
    pub namespace: String,
}

/// A definition frozen.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct DefinitionRevision {
    /// `DefinitionRevision`.
    #[serde(skip_serializing_if = "is_default")]
    pub kind: String,
    /// `core.oam.dev/v1beta1`.
    #[serde(skip_serializing_if = "is_default")]
    pub api_version: String,
    /// Metadata.
    pub metadata: ObjectMeta,
    /// The snapshot.
    pub spec: DefinitionRevisionSpec,
}

/// The snapshot of a definition: one of the four is filled.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct DefinitionRevisionSpec {
    /// Number of the revision.
    pub revision: i64,
    /// Hash of the spec.
    pub revision_hash: String,
    /// `Component`, `Trait`, `Policy` or `WorkflowStep`.
    pub definition_type: String,
    /// Snapshot of a component definition.
    pub component_definition: ComponentDefinition,
    /// Snapshot of a trait definition.
    pub trait_definition: TraitDefinition,
    /// Snapshot of a policy definition.
    pub policy_definition: PolicyDefinition,
    /// Snapshot of a step definition.
    pub workflow_step_definition: WorkflowStepDefinition,
}
