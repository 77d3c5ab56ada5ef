//! The appfile: an Application as the renderer reads it, and the place it renders for.
//!
//! Invariant: whoever renders sees one consistent reading of the application: policies named, steps
//! generated, the revision it is rendered as. Knows nothing of clusters beyond their names.

use mizzen_oam::application::{AppPolicy, Component, Workflow as WorkflowSpec, WorkflowMode};
use mizzen_oam::meta::StringMap;
use mizzen_oam::{Application, LOCAL_CLUSTER};
use serde_json::{Map, Value};

use super::error::RenderError;
use super::workflow::{self, Workflow};

/// One Application with what rendering needs of its state.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Appfile {
    /// `metadata.name`.
    pub name: String,
    /// `metadata.namespace`.
    pub namespace: String,
    /// `metadata.labels`.
    pub labels: StringMap,
    /// `metadata.annotations`, with the controller's version among them.
    pub annotations: StringMap,
    /// Which ApplicationRevision is rendered.
    pub revision: RevisionRef,
    /// `spec.components` in order.
    pub components: Vec<Component>,
    /// `spec.policies` in order, anonymous ones named; policies that steps refer to come after.
    pub policies: Vec<AppPolicy>,
    /// The steps as written, or as generated when the application has none.
    pub workflow: Workflow,
    /// What application-scoped policies computed for `context.custom`.
    pub custom: Option<Value>,
}

/// The ApplicationRevision that a render belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RevisionRef {
    /// Such as `shop-v3`; empty in previews before the first revision.
    pub name: String,
    /// Its hash, for the label `app.oam.dev/app-revision-hash`; empty when not known.
    pub hash: String,
}

impl Appfile {
    /// Reads an application.
    ///
    /// `referenced` is the steps and mode of the Workflow object that `spec.workflow.ref` names, or
    /// `None` when there is no reference.
    ///
    /// # Errors
    /// When steps and a reference are both given, or two components share a name.
    pub fn new(
        app: &Application,
        revision: RevisionRef,
        referenced: Option<&WorkflowSpec>,
    ) -> Result<Self, RenderError> {
        unique_names(app)?;
        let policies = named_policies(&app.spec.policies);
        let workflow = workflow::generate(app, &policies, referenced)?;
        Ok(Self {
            name: app.metadata.name.clone(),
            namespace: app.metadata.namespace.clone(),
            labels: app.metadata.labels.clone(),
            annotations: app.metadata.annotations.clone(),
            revision,
            components: app.spec.components.clone(),
            policies,
            workflow,
            custom: None,
        })
    }

    /// The component of that name.
    #[must_use]
    pub fn component(&self, name: &str) -> Option<&Component> {
        self.components.iter().find(|component| component.name == name)
    }

    /// The policy of that name.
    #[must_use]
    pub fn policy(&self, name: &str) -> Option<&AppPolicy> {
        self.policies.iter().find(|policy| policy.name == name)
    }
}

fn unique_names(app: &Application) -> Result<(), RenderError> {
    let mut seen = std::collections::BTreeSet::new();
    match app.spec.components.iter().find(|component| !seen.insert(component.name.as_str())) {
        None => Ok(()),
        Some(twice) => Err(RenderError::BadApplication {
            app: app.metadata.name.clone(),
            reason: format!("two components are named `{}`; rename one", twice.name),
        }),
    }
}

/// Anonymous policies get the names that revisions and steps know them by.
#[must_use]
pub fn named_policies(policies: &[AppPolicy]) -> Vec<AppPolicy> {
    let name = |(index, policy): (usize, &AppPolicy)| {
        let mut named = policy.clone();
        if named.name.is_empty() {
            named.name = format!("{}-auto-gen-{index}", policy.policy_type);
        }
        named
    };
    policies.iter().enumerate().map(name).collect()
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

impl Mode {
    /// The mode as the API writes it, or `otherwise` where nothing is written.
    #[must_use]
    pub fn parse(text: &str, otherwise: Self) -> Self {
        match text {
            "StepByStep" => Self::StepByStep,
            "DAG" => Self::Dag,
            _ => otherwise,
        }
    }

    /// The mode as the API writes it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::StepByStep => "StepByStep",
            Self::Dag => "DAG",
        }
    }

    /// Both as the status carries them.
    #[must_use]
    pub fn pair(steps: Self, sub_steps: Self) -> WorkflowMode {
        WorkflowMode { steps: steps.word().to_owned(), sub_steps: sub_steps.word().to_owned() }
    }
}

/// A place that a component is rendered for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    /// Cluster name; `local` is the hub. Empty means the hub too, as `apply-component` leaves it.
    pub cluster: String,
    /// Namespace that overrides the application's for every object; empty for none.
    pub namespace: String,
}

impl Default for Target {
    fn default() -> Self {
        Self { cluster: LOCAL_CLUSTER.to_owned(), namespace: String::new() }
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
