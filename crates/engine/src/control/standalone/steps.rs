//! What a run has to do: its own steps or those of a Workflow, with the definitions that they use.
//!
//! Source: `pkg/generator/generator.go` and `pkg/tasks/template/load.go` of kubevela/workflow.

use std::sync::Arc;

use mizzen_oam::application::{WorkflowMode, WorkflowStep};
use mizzen_oam::external::Workflow;
use mizzen_oam::{SYSTEM_NAMESPACE, V1ALPHA1, V1BETA1, WorkflowRun};

use crate::control::Controller;
use crate::error::Error;
use crate::fleet::Fleet;
use crate::plan::ObjectId;
use crate::render::appfile::Mode;
use crate::render::{Definition, Definitions};
use crate::workflow::spec::{BUILTIN_APPLY_COMPONENT, STEP_GROUP};
use crate::workflow::{Spec, Templates};

/// Types that no definition of a cluster can change.
const FIXED: [&str; 3] = [STEP_GROUP, "suspend", BUILTIN_APPLY_COMPONENT];

/// The steps of a run as they are written, with the mode written beside them.
pub(super) struct Steps {
    steps: Vec<WorkflowStep>,
    mode: Option<WorkflowMode>,
}

impl Steps {
    /// Reads what a run refers to; steps in the run itself come first.
    pub(super) async fn of(fleet: &Fleet, run: &WorkflowRun) -> Result<Self, Error> {
        let mode = run.spec.mode.clone();
        if let Some(written) = &run.spec.workflow_spec {
            return Ok(Self { steps: written.steps.clone(), mode });
        }
        let name = &run.spec.workflow_ref;
        if name.is_empty() {
            return Err(Error::Invalid("failed to generate workflow instance".to_owned()));
        }
        let id = ObjectId::on_hub(V1ALPHA1, "Workflow", &run.metadata.namespace, name);
        let Some(object) = fleet.get(&id).await? else {
            let why = format!("Workflow.core.oam.dev {name:?} not found");
            return Err(Error::Invalid(why));
        };
        let workflow: Workflow = serde_json::from_value(object)
            .map_err(|why| Error::Unreadable { what: id.to_string(), why: why.to_string() })?;
        Ok(Self { steps: workflow.steps, mode: mode.or(workflow.mode) })
    }

    /// The mode as it is written: the run's own, or that of the Workflow.
    pub(super) fn mode(&self) -> Option<&WorkflowMode> {
        self.mode.as_ref()
    }

    /// The steps for the engine. How they are visited was settled when the run began; how those in a
    /// group are, is read from the present text each time.
    pub(super) fn spec(&self, settled: &WorkflowMode) -> Spec {
        let mode = Mode::parse(&settled.steps, Mode::StepByStep);
        let sub_steps = self.mode.as_ref().map_or("", |mode| mode.sub_steps.as_str());
        Spec::standing_alone(&self.steps, mode, Mode::parse(sub_steps, Mode::Dag))
    }

    /// The templates of the steps, from the run's namespace or the system's.
    pub(super) async fn templates(
        &self,
        controller: &Controller,
        run: &WorkflowRun,
    ) -> Result<Templates, Error> {
        let mut definitions = Definitions::new(controller.compiler.clone());
        let mut known: Vec<&str> = FIXED.to_vec();
        for step in &self.steps {
            let is_group = step.base.step_type == STEP_GROUP;
            let inside = step.sub_steps.iter().filter(|_| is_group);
            let types = inside.map(|sub| sub.step_type.as_str());
            for name in std::iter::once(step.base.step_type.as_str()).chain(types) {
                if !known.contains(&name) {
                    let found = definition(&controller.fleet, &run.metadata.namespace, name);
                    definitions.insert_as(name, Arc::new(found.await?));
                    known.push(name);
                }
            }
        }
        Ok(Templates::new(definitions))
    }
}

async fn definition(fleet: &Fleet, namespace: &str, name: &str) -> Result<Definition, Error> {
    for namespace in [namespace, SYSTEM_NAMESPACE] {
        let id = ObjectId::on_hub(V1BETA1, "WorkflowStepDefinition", namespace, name);
        if let Some(object) = fleet.get(&id).await? {
            return Ok(Definition::from_object(&object)?);
        }
    }
    Err(Error::Invalid(format!("workflowstepdefinitions.core.oam.dev {name:?} not found")))
}
