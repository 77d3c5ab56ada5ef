//! `Application`: what a person asks for.
//!
//! Invariant: properties are kept as they came (order of keys included), because revision hashes
//! cover their bytes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::is_default;
use crate::meta::{ObjectMeta, null_as_default};
use crate::status::AppStatus;

/// An application: components, policies, workflow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Application {
    /// `Application`.
    #[serde(skip_serializing_if = "is_default")]
    pub kind: String,
    /// `core.oam.dev/v1beta1`.
    #[serde(skip_serializing_if = "is_default")]
    pub api_version: String,
    /// Metadata.
    pub metadata: ObjectMeta,
    /// What is wanted.
    pub spec: ApplicationSpec,
    /// What is.
    pub status: AppStatus,
}

impl Default for Application {
    fn default() -> Self {
        Self {
            kind: "Application".to_owned(),
            api_version: crate::V1BETA1.to_owned(),
            metadata: ObjectMeta::default(),
            spec: ApplicationSpec::default(),
            status: AppStatus::default(),
        }
    }
}

/// What is wanted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ApplicationSpec {
    /// The parts to deliver. Written even when empty.
    #[serde(deserialize_with = "null_as_default")]
    pub components: Vec<Component>,
    /// Where and how to deliver.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "null_as_default")]
    pub policies: Vec<AppPolicy>,
    /// In which steps; absent for the generated ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workflow: Option<Workflow>,
}

/// One part of an application.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Component {
    /// Unique within the application.
    pub name: String,
    /// Name of its definition, possibly with `@v…`.
    #[serde(rename = "type")]
    pub component_type: String,
    /// Kept for compatibility; has no effect.
    #[serde(skip_serializing_if = "is_default")]
    pub external_revision: String,
    /// Values for the definition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub properties: Option<Value>,
    /// Components that have to be healthy first.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "null_as_default")]
    pub depends_on: Vec<String>,
    /// Values taken from others.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "null_as_default")]
    pub inputs: Vec<InputItem>,
    /// Values given to others.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "null_as_default")]
    pub outputs: Vec<OutputItem>,
    /// Additions, in the order they are applied.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "null_as_default")]
    pub traits: Vec<Trait>,
    /// Legacy; ignored.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "null_as_default")]
    pub scopes: BTreeMap<String, String>,
    /// Set by the replication policy, never stored.
    #[serde(skip)]
    pub replica_key: String,
}

/// An addition to a component.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Trait {
    /// Name of its definition, possibly with `@v…`.
    #[serde(rename = "type")]
    pub trait_type: String,
    /// Values for the definition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub properties: Option<Value>,
}

/// A policy inside an application.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AppPolicy {
    /// Unique within the application; may be left out.
    #[serde(skip_serializing_if = "is_default")]
    pub name: String,
    /// What the policy does.
    #[serde(rename = "type")]
    pub policy_type: String,
    /// Its values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub properties: Option<Value>,
}

/// The workflow of an application.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Workflow {
    /// Name of a stand-alone Workflow that holds the steps.
    #[serde(rename = "ref", skip_serializing_if = "is_default")]
    pub reference: String,
    /// How steps run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<WorkflowMode>,
    /// The steps.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "null_as_default")]
    pub steps: Vec<WorkflowStep>,
}

/// How steps run: `DAG` or `StepByStep`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct WorkflowMode {
    /// Of the steps.
    #[serde(skip_serializing_if = "is_default")]
    pub steps: String,
    /// Of the steps inside a group.
    #[serde(skip_serializing_if = "is_default")]
    pub sub_steps: String,
}

/// A step, with what only a top-level step has.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct WorkflowStep {
    /// What every step has.
    #[serde(flatten)]
    pub base: WorkflowStepBase,
    /// How its sub-steps run.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "null_as_default")]
    pub mode: String,
    /// The steps of a group.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "null_as_default")]
    pub sub_steps: Vec<WorkflowStepBase>,
}

/// What every step has.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct WorkflowStepBase {
    /// Unique among all steps and sub-steps.
    #[serde(skip_serializing_if = "is_default")]
    pub name: String,
    /// Name of its definition.
    #[serde(rename = "type")]
    pub step_type: String,
    /// For display.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meta: Option<WorkflowStepMeta>,
    /// CUE condition.
    #[serde(rename = "if", skip_serializing_if = "is_default")]
    pub condition: String,
    /// Go duration.
    #[serde(skip_serializing_if = "is_default")]
    pub timeout: String,
    /// Steps that come first.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "null_as_default")]
    pub depends_on: Vec<String>,
    /// Values taken from others.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "null_as_default")]
    pub inputs: Vec<InputItem>,
    /// Values given to others.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "null_as_default")]
    pub outputs: Vec<OutputItem>,
    /// Values for the definition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub properties: Option<Value>,
}

/// Display data of a step.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WorkflowStepMeta {
    /// Name to show.
    #[serde(skip_serializing_if = "is_default")]
    pub alias: String,
}

/// Takes a variable into a parameter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct InputItem {
    /// Path below the parameters; empty for order only.
    #[serde(skip_serializing_if = "is_default")]
    pub parameter_key: String,
    /// Name of the variable.
    pub from: String,
}

/// Publishes a value as a variable.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct OutputItem {
    /// Path or expression of the value.
    pub value_from: String,
    /// Name of the variable.
    pub name: String,
}
