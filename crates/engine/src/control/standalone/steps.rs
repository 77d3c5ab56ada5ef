//! What a run has to do: its own steps or those of a Workflow, with the definitions that they use.
//!
//! Source: `pkg/generator/generator.go` and `pkg/tasks/template/load.go` of kubevela/workflow.

use std::sync::Arc;

use mizzen_oam::application::{WorkflowMode, WorkflowStep};
use mizzen_oam::external::Workflow;
use mizzen_oam::{V1ALPHA1, WorkflowRun};

use crate::control::{Controller, snapshot};
use crate::error::Error;
use crate::fleet::Fleet;
use crate::plan::ObjectId;
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

    /// The steps for the engine, visited as it was settled when the run began.
    pub(super) fn spec(&self, settled: &WorkflowMode) -> Spec {
        Spec::standing_alone(&self.steps, settled, self.mode())
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
    match snapshot::find(fleet, namespace, "WorkflowStepDefinition", name).await? {
        Some(object) => Ok(Definition::from_object(&object)?),
        None => {
            let why = format!("workflowstepdefinitions.core.oam.dev {name:?} not found");
            Err(Error::Invalid(why))
        }
    }
}
