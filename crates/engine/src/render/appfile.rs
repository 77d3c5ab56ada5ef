//! The appfile: an Application as the renderer reads it, and the place it renders for.
//!
//! Invariant: properties are normalised as the wire demands (keys sorted, numbers through a float)
//! the moment they enter, so that every later step sees the same bytes. Knows nothing of clusters
//! beyond their names.

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::{Map, Value};

/// The cluster name that means the hub itself.
pub const LOCAL: &str = "local";

/// One Application with what rendering needs of its state.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Appfile {
    /// `metadata.name`.
    pub name: String,
    /// `metadata.namespace`.
    pub namespace: String,
    /// `metadata.labels`.
    pub labels: IndexMap<String, String>,
    /// `metadata.annotations`.
    pub annotations: IndexMap<String, String>,
    /// Name of the ApplicationRevision that is rendered, such as `shop-v3`; empty in previews before
    /// the first revision.
    pub revision: String,
    /// Hash of that revision, for the label `app.oam.dev/app-revision-hash`; empty when unknown.
    pub revision_hash: String,
    /// `spec.components` in order.
    pub components: Vec<Component>,
    /// `spec.policies` in order, anonymous ones named.
    pub policies: Vec<Policy>,
    /// The steps as written, or as generated when the application has none.
    pub workflow: Workflow,
    /// Raw `spec.components`, which templates see as `context.components`.
    pub raw_components: Value,
    /// What application-scoped policies computed for `context.custom`.
    pub custom: Option<Value>,
}

/// One component of an application.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Component {
    /// Unique within the application.
    pub name: String,
    /// Definition name, possibly with `@v…`.
    #[serde(rename = "type")]
    pub component_type: String,
    /// User values; absent when none were given.
    pub properties: Option<Value>,
    /// In the order they are applied.
    pub traits: Vec<Trait>,
    /// Components that must be healthy first.
    pub depends_on: Vec<String>,
    /// Values taken from other components or steps.
    pub inputs: Vec<Input>,
    /// Values handed to other components or steps.
    pub outputs: Vec<Output>,
    /// Set by the replication policy; empty otherwise.
    pub replica_key: String,
    /// Accepted for compatibility; nothing renders from it.
    pub external_revision: String,
    /// Hash of the component's spec, which templates see as `context.revision`.
    #[serde(skip)]
    pub revision: String,
}

/// One trait of a component.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Trait {
    /// Definition name, possibly with `@v…`.
    #[serde(rename = "type")]
    pub trait_type: String,
    /// User values; absent when none were given.
    pub properties: Option<Value>,
}

/// Takes a variable into a parameter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Input {
    /// Name of the variable.
    pub from: String,
    /// Path below the parameters; empty means order only.
    pub parameter_key: String,
}

/// Publishes a value as a variable.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Output {
    /// Name of the variable.
    pub name: String,
    /// Path or CUE expression that yields it.
    pub value_from: String,
}

/// One policy of an application.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Policy {
    /// Given, or `<type>-auto-gen-<index>`.
    pub name: String,
    /// Policy type.
    #[serde(rename = "type")]
    pub policy_type: String,
    /// User values; absent when none were given.
    pub properties: Option<Value>,
}

/// The steps of an application with how they run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Workflow {
    /// The steps in order.
    pub steps: Vec<Value>,
    /// How steps run.
    pub mode: Mode,
    /// How the steps inside a group run.
    pub sub_mode: Mode,
    /// The steps were generated because the application has none.
    pub generated: bool,
}

/// How a list of steps runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// One after the other.
    StepByStep,
    /// As soon as their dependencies allow.
    #[default]
    Dag,
}

/// A place that a component is rendered for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    /// Cluster name; `local` is the hub.
    pub cluster: String,
    /// Namespace that overrides the application's for every object; empty for none.
    pub namespace: String,
}

impl Default for Target {
    fn default() -> Self {
        Self { cluster: LOCAL.to_owned(), namespace: String::new() }
    }
}

/// The version of the cluster rendered for, as templates see it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClusterVersion {
    /// Major number as the server reports it.
    pub major: String,
    /// Minor number as the server reports it, with its suffix (`18+`).
    pub minor: String,
    /// `v1.31.2`.
    pub git_version: String,
    /// `linux/amd64`.
    pub platform: String,
}

/// What a caller may add to the rendering of one component.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Extras {
    /// The live workload, when it exists: the component sees it as `context.output`, its status is
    /// visible to traits as `context.output.status`.
    pub live_workload: Option<Value>,
    /// Leave `PostDispatch` traits out, because the workload is not healthy yet.
    pub skip_post_dispatch: bool,
    /// Patches that a workflow step adds after the traits: `workload`, and `traits` by resource key.
    pub step_patch: Option<Map<String, Value>>,
    /// Version of the target cluster.
    pub cluster_version: ClusterVersion,
}
