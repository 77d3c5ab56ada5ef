//! The stand-alone `Policy`, `Workflow` and `WorkflowRun` that applications and people refer to.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::application::{WorkflowMode, WorkflowStep};
use crate::condition::Condition;
use crate::is_default;
use crate::meta::{ObjectMeta, ObjectReference, null_as_default};
use crate::status::WorkflowStepStatus;
use crate::time::Time;

/// A policy that several applications share.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Policy {
    /// `Policy`.
    #[serde(skip_serializing_if = "is_default")]
    pub kind: String,
    /// `core.oam.dev/v1alpha1`.
    #[serde(skip_serializing_if = "is_default")]
    pub api_version: String,
    /// Metadata.
    pub metadata: ObjectMeta,
    /// What the policy does.
    #[serde(rename = "type")]
    pub policy_type: String,
    /// Its values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub properties: Option<Value>,
}

/// A workflow that several applications share.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Workflow {
    /// `Workflow`.
    #[serde(skip_serializing_if = "is_default")]
    pub kind: String,
    /// `core.oam.dev/v1alpha1`.
    #[serde(skip_serializing_if = "is_default")]
    pub api_version: String,
    /// Metadata.
    pub metadata: ObjectMeta,
    /// How steps run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<WorkflowMode>,
    /// The steps.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "null_as_default")]
    pub steps: Vec<WorkflowStep>,
}

/// A run of a workflow without an application.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct WorkflowRun {
    /// `WorkflowRun`.
    #[serde(skip_serializing_if = "is_default")]
    pub kind: String,
    /// `core.oam.dev/v1alpha1`.
    #[serde(skip_serializing_if = "is_default")]
    pub api_version: String,
    /// Metadata.
    pub metadata: ObjectMeta,
    /// What is to run.
    pub spec: WorkflowRunSpec,
    /// How far it is.
    pub status: WorkflowRunStatus,
}

/// What a run is to do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct WorkflowRunSpec {
    /// Values that the steps see.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<Value>,
    /// How steps run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<WorkflowMode>,
    /// The steps, written here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workflow_spec: Option<WorkflowSpec>,
    /// The name of a Workflow that holds them.
    #[serde(skip_serializing_if = "is_default")]
    pub workflow_ref: String,
}

/// Steps written in place.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct WorkflowSpec {
    /// The steps.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "null_as_default")]
    pub steps: Vec<WorkflowStep>,
}

/// How far a run is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct WorkflowRunStatus {
    /// What is known, by type.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "null_as_default")]
    pub conditions: Vec<Condition>,
    /// How steps run.
    pub mode: WorkflowMode,
    /// State of the run. Its key is `status`.
    #[serde(rename = "status")]
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
