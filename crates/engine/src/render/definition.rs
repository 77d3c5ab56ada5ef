//! One X-Definition as the renderer keeps it: what kind it is, how it behaves, its texts.
//!
//! Read either from the stored object or from an authoring file; both give the same value. Invariant:
//! `template` is the text as stored in `spec.schematic.cue.template`, imports in front.

use serde_json::{Map, Value};

use super::error::RenderError;
use super::rendered::Stage;

/// The kinds of X-Definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DefinitionKind {
    /// Renders a workload.
    Component,
    /// Renders additions to a workload.
    Trait,
    /// Renders objects beside the components, or steers the engine.
    Policy,
    /// A step of a workflow.
    WorkflowStep,
    /// The old form of a component, looked up when no component has the name.
    Workload,
}

impl DefinitionKind {
    /// All kinds.
    pub const ALL: [Self; 5] =
        [Self::Component, Self::Trait, Self::Policy, Self::WorkflowStep, Self::Workload];

    /// The word in an authoring file's `type`, and in messages.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Component => "component",
            Self::Trait => "trait",
            Self::Policy => "policy",
            Self::WorkflowStep => "workflow-step",
            Self::Workload => "workload",
        }
    }

    /// The `kind` of the stored object.
    #[must_use]
    pub fn object_kind(self) -> &'static str {
        match self {
            Self::Component => "ComponentDefinition",
            Self::Trait => "TraitDefinition",
            Self::Policy => "PolicyDefinition",
            Self::WorkflowStep => "WorkflowStepDefinition",
            Self::Workload => "WorkloadDefinition",
        }
    }

    /// The kind with that word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// The kind of a stored object.
    #[must_use]
    pub fn from_object_kind(kind: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.object_kind() == kind)
    }
}

/// One definition.
#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    /// What it defines.
    pub kind: DefinitionKind,
    /// `metadata.name`.
    pub name: String,
    /// `metadata.labels`.
    pub labels: Map<String, Value>,
    /// `metadata.annotations`, description and alias among them.
    pub annotations: Map<String, Value>,
    /// `spec` as stored, without the schematic.
    pub spec: Map<String, Value>,
    /// The CUE text that renders.
    pub template: String,
}

impl Definition {
    /// Reads a stored definition.
    ///
    /// # Errors
    /// When the object is no definition, or has neither a CUE template nor a reference.
    pub fn from_object(object: &Value) -> Result<Self, RenderError> {
        let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        let bad = |reason: String| RenderError::BadDefinition { name: name.clone(), reason };
        let word = object["kind"].as_str().unwrap_or_default();
        let kind = DefinitionKind::from_object_kind(word)
            .ok_or_else(|| bad(format!("kind `{word}` is no X-Definition")))?;
        let mut spec = map(&object["spec"]);
        let schematic = spec.shift_remove("schematic").unwrap_or_default();
        if schematic["cue"]["template"].is_null() && !schematic["terraform"].is_null() {
            return Err(bad("Terraform schematics are not supported".to_owned()));
        }
        let template = schematic["cue"]["template"]
            .as_str()
            .or_else(|| object["spec"]["extension"]["template"].as_str())
            .unwrap_or_default()
            .to_owned();
        Ok(Self {
            kind,
            labels: map(&object["metadata"]["labels"]),
            annotations: map(&object["metadata"]["annotations"]),
            spec,
            template,
            name,
        })
    }

    /// The stored form of the definition, in `namespace`.
    #[must_use]
    pub fn to_object(&self, namespace: &str) -> Value {
        let mut spec = self.spec.clone();
        spec.insert(
            "schematic".to_owned(),
            serde_json::json!({"cue": {"template": self.template}}),
        );
        serde_json::json!({
            "apiVersion": "core.oam.dev/v1beta1",
            "kind": self.kind.object_kind(),
            "metadata": {
                "name": self.name,
                "namespace": namespace,
                "labels": self.labels,
                "annotations": self.annotations,
            },
            "spec": spec,
        })
    }

    /// When objects of this trait are dispatched.
    #[must_use]
    pub fn stage(&self) -> Stage {
        match self.spec.get("stage").and_then(Value::as_str) {
            Some("PreDispatch") => Stage::PreDispatch,
            Some("PostDispatch") => Stage::PostDispatch,
            _ => Stage::DefaultDispatch,
        }
    }

    /// The trait writes the workload itself; the component's own is not dispatched.
    #[must_use]
    pub fn manages_workload(&self) -> bool {
        self.flag("manageWorkload")
    }

    /// The trait's objects stay on the hub, in the application's namespace.
    #[must_use]
    pub fn control_plane_only(&self) -> bool {
        self.flag("controlPlaneOnly")
    }

    /// A policy that decides the application's health itself.
    #[must_use]
    pub fn manages_health(&self) -> bool {
        self.flag("manageHealthCheck")
    }

    /// The path where a trait's objects get the reference to the workload.
    #[must_use]
    pub fn workload_ref_path(&self) -> Option<&str> {
        self.spec.get("workloadRefPath").and_then(Value::as_str).filter(|path| !path.is_empty())
    }

    /// One of the status texts: `healthPolicy`, `customStatus` or `details`; empty when not given.
    #[must_use]
    pub fn status_text(&self, block: &str) -> &str {
        self.spec
            .get("status")
            .and_then(|status| status.get(block))
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    fn flag(&self, key: &str) -> bool {
        self.spec.get(key).and_then(Value::as_bool).unwrap_or(false)
    }
}

fn map(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}
