//! `Application.status`: what is, as every reader of an application expects it.
//!
//! Invariant: the fields that Go writes even when false or zero are written here too; times that are
//! not set are `null`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::condition::Condition;
use crate::is_default;
use crate::meta::{ObjectReference, null_as_default};
use crate::time::Time;

/// The observed state of an application.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AppStatus {
    /// What is known, by type.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "null_as_default")]
    pub conditions: Vec<Condition>,
    /// The generation that the status speaks of.
    #[serde(skip_serializing_if = "is_default")]
    pub observed_generation: i64,
    /// The phase. Its key is `status`.
    #[serde(rename = "status", skip_serializing_if = "is_default")]
    pub phase: String,
    /// Legacy; never written.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "null_as_default")]
    pub components: Vec<ObjectReference>,
    /// Health by component and place.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "null_as_default")]
    pub services: Vec<ServiceStatus>,
    /// The run of the workflow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workflow: Option<WorkflowStatus>,
    /// When the workflow is to start again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workflow_restart_scheduled_at: Option<Time>,
    /// The revision in use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latest_revision: Option<Revision>,
    /// What was applied.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "null_as_default")]
    pub applied_resources: Vec<ClusterObjectReference>,
    /// Application-scoped policies that took part.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "null_as_default")]
    pub applied_application_policies: Vec<AppliedApplicationPolicy>,
    /// Where the results of those policies are kept.
    #[serde(skip_serializing_if = "is_default")]
    pub application_policies_config_map: String,
    /// Written by the env-binding policy only.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "null_as_default")]
    pub policy: Vec<PolicyStatus>,
}

/// Phases of an application.
pub mod phase {
    /// Preparing.
    pub const STARTING: &str = "starting";
    /// Rendering.
    pub const RENDERING: &str = "rendering";
    /// Applying the objects of policies.
    pub const GENERATING_POLICY: &str = "generatingPolicy";
    /// The workflow runs.
    pub const RUNNING_WORKFLOW: &str = "runningWorkflow";
    /// The workflow waits.
    pub const WORKFLOW_SUSPENDING: &str = "workflowSuspending";
    /// Someone ended the workflow.
    pub const WORKFLOW_TERMINATED: &str = "workflowTerminated";
    /// The workflow failed.
    pub const WORKFLOW_FAILED: &str = "workflowFailed";
    /// Delivered and healthy.
    pub const RUNNING: &str = "running";
    /// Delivered and not healthy.
    pub const UNHEALTHY: &str = "unhealthy";
    /// Being deleted.
    pub const DELETING: &str = "deleting";
}

/// Health of one component in one place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ServiceStatus {
    /// Component name.
    pub name: String,
    /// Namespace of the place.
    #[serde(skip_serializing_if = "is_default")]
    pub namespace: String,
    /// Cluster of the place.
    #[serde(skip_serializing_if = "is_default")]
    pub cluster: String,
    /// Environment, for the env-binding policy.
    #[serde(skip_serializing_if = "is_default")]
    pub env: String,
    /// Kind of the workload.
    pub workload_definition: WorkloadGvk,
    /// Workload and traits are healthy.
    pub healthy: bool,
    /// The workload is healthy.
    #[serde(skip_serializing_if = "is_default")]
    pub workload_healthy: bool,
    /// What the definition tells in detail.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "null_as_default")]
    pub details: BTreeMap<String, String>,
    /// What the definition tells.
    #[serde(skip_serializing_if = "is_default")]
    pub message: String,
    /// Health of the traits.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "null_as_default")]
    pub traits: Vec<TraitStatus>,
    /// Legacy; never written.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "null_as_default")]
    pub scopes: Vec<ObjectReference>,
}

impl ServiceStatus {
    /// Whether both speak of the same component in the same place.
    #[must_use]
    pub fn same_place(&self, other: &Self) -> bool {
        (&self.name, &self.namespace, &self.cluster, &self.env)
            == (&other.name, &other.namespace, &other.cluster, &other.env)
    }
}

/// Group, version and kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct WorkloadGvk {
    /// Group and version.
    pub api_version: String,
    /// Kind.
    pub kind: String,
}

/// Health of one trait.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct TraitStatus {
    /// Type of the trait.
    #[serde(rename = "type")]
    pub trait_type: String,
    /// The trait is healthy.
    pub healthy: bool,
    /// It is not applied yet.
    #[serde(skip_serializing_if = "is_default")]
    pub pending: bool,
    /// What its definition tells in detail.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "null_as_default")]
    pub details: BTreeMap<String, String>,
    /// What its definition tells.
    #[serde(skip_serializing_if = "is_default")]
    pub message: String,
}

/// Name and number of a revision.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Revision {
    /// Name of the revision object.
    pub name: String,
    /// Its number.
    pub revision: i64,
    /// Hash of its spec.
    #[serde(skip_serializing_if = "is_default")]
    pub revision_hash: String,
}

/// A reference to an object in a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ClusterObjectReference {
    /// Cluster; empty for the hub.
    #[serde(skip_serializing_if = "is_default")]
    pub cluster: String,
    /// `workflow` or `policy`.
    #[serde(skip_serializing_if = "is_default")]
    pub creator: String,
    /// The object there.
    #[serde(flatten)]
    pub object: ObjectReference,
}

/// What an application-scoped policy did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AppliedApplicationPolicy {
    /// Name of the policy.
    pub name: String,
    /// Type of the policy.
    #[serde(rename = "type", skip_serializing_if = "is_default")]
    pub policy_type: String,
    /// Namespace of its definition.
    pub namespace: String,
    /// Whether it was carried out.
    pub applied: bool,
    /// Whether it failed.
    #[serde(skip_serializing_if = "is_default")]
    pub error: bool,
    /// Why it was not carried out.
    #[serde(skip_serializing_if = "is_default")]
    pub message: String,
    /// `global` or `explicit`.
    #[serde(skip_serializing_if = "is_default")]
    pub source: String,
    /// Whether it changed the spec.
    #[serde(skip_serializing_if = "is_default")]
    pub spec_modified: bool,
    /// Labels it added.
    #[serde(skip_serializing_if = "is_default")]
    pub labels_count: i64,
    /// Annotations it added.
    #[serde(skip_serializing_if = "is_default")]
    pub annotations_count: i64,
    /// Whether it gave the templates a context.
    #[serde(skip_serializing_if = "is_default")]
    pub has_context: bool,
    /// The definition revision used.
    #[serde(skip_serializing_if = "is_default")]
    pub definition_revision_name: String,
    /// Its number.
    #[serde(skip_serializing_if = "is_default")]
    pub revision: i64,
    /// Its hash.
    #[serde(skip_serializing_if = "is_default")]
    pub revision_hash: String,
}

/// Free-form status of a policy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PolicyStatus {
    /// Name of the policy.
    pub name: String,
    /// Type of the policy.
    #[serde(rename = "type")]
    pub policy_type: String,
    /// What it keeps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Value>,
}

/// A run of a workflow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct WorkflowStatus {
    /// The revision (or published version) that it runs.
    #[serde(skip_serializing_if = "is_default")]
    pub app_revision: String,
    /// `<steps>-<subSteps>`, such as `DAG-DAG`.
    pub mode: String,
    /// State of the run. Its key is `status`.
    #[serde(rename = "status", skip_serializing_if = "is_default")]
    pub phase: String,
    /// Why it is in that state.
    #[serde(skip_serializing_if = "is_default")]
    pub message: String,
    /// It waits for someone.
    pub suspend: bool,
    /// What a suspended step waits for.
    #[serde(skip_serializing_if = "is_default")]
    pub suspend_state: String,
    /// Someone ended it.
    pub terminated: bool,
    /// It is over.
    pub finished: bool,
    /// The ConfigMap with its variables.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context_backend: Option<ObjectReference>,
    /// The steps so far.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "null_as_default")]
    pub steps: Vec<WorkflowStepStatus>,
    /// When it began.
    pub start_time: Time,
    /// When it ended.
    pub end_time: Time,
}

/// A step with its sub-steps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct WorkflowStepStatus {
    /// The step itself.
    #[serde(flatten)]
    pub step: StepStatus,
    /// The steps inside a group.
    #[serde(
        rename = "subSteps",
        skip_serializing_if = "is_default",
        deserialize_with = "null_as_default"
    )]
    pub sub_steps: Vec<StepStatus>,
}

/// State of one step.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct StepStatus {
    /// Ten random characters.
    pub id: String,
    /// Name of the step.
    #[serde(skip_serializing_if = "is_default")]
    pub name: String,
    /// Type of the step.
    #[serde(rename = "type", skip_serializing_if = "is_default")]
    pub step_type: String,
    /// State of the step.
    #[serde(skip_serializing_if = "is_default")]
    pub phase: String,
    /// Why it is in that state.
    #[serde(skip_serializing_if = "is_default")]
    pub message: String,
    /// Why, in one word.
    #[serde(skip_serializing_if = "is_default")]
    pub reason: String,
    /// When it was first tried.
    pub first_execute_time: Time,
    /// When it was last tried.
    pub last_execute_time: Time,
}
