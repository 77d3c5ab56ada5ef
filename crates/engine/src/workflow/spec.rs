//! What a run has to do: the application's steps in the form in which they are visited.
//!
//! Here `apply-component` becomes what it stands for: the component itself as the parameter, with the
//! component's own inputs, outputs and dependencies joined to the step's.
//! Source: `generateWorkflowInstance` and `convertStepProperties` in
//! `pkg/controller/core.oam.dev/v1beta1/application/generator.go` of kubevela.

use mizzen_oam::application::{Component, InputItem, WorkflowMode, WorkflowStep, WorkflowStepBase};
use serde_json::{Value, json};

use crate::render::Appfile;
use crate::render::appfile::Mode;
use crate::render::workflow::modes;

/// The type of steps that hold steps.
pub const STEP_GROUP: &str = "step-group";
/// The type that delivers one component, as people write it.
pub const APPLY_COMPONENT: &str = "apply-component";
/// The type whose template delivers one component.
pub const BUILTIN_APPLY_COMPONENT: &str = "builtin-apply-component";

/// A workflow to run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spec {
    /// How the steps are visited.
    pub mode: Mode,
    /// How the steps inside a group are visited, unless the group says otherwise.
    pub sub_mode: Mode,
    /// The steps.
    pub steps: Vec<Step>,
}

/// One step, possibly a group.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Step {
    /// What the person wrote, with what the engine added for the template.
    pub base: WorkflowStepBase,
    /// The type whose template runs; differs from the written type where upstream converts it.
    pub runs: String,
    /// The other name under which later steps may wait for this one.
    pub alias: Option<String>,
    /// The steps of a group and how they are visited.
    pub group: Option<Group>,
}

/// The inside of a `step-group`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Group {
    /// How its steps are visited.
    pub mode: Mode,
    /// Its steps; none of them is a group.
    pub steps: Vec<Step>,
}

impl Spec {
    /// The workflow of an application.
    ///
    /// # Errors
    /// A sentence when a step delivers a component that the application does not have.
    pub fn of(appfile: &Appfile) -> Result<Self, String> {
        let workflow = &appfile.workflow;
        let steps = workflow.steps.iter().map(|step| top(step, workflow.sub_mode, appfile));
        Ok(Self {
            mode: workflow.mode,
            sub_mode: workflow.sub_mode,
            steps: steps.collect::<Result<_, _>>()?,
        })
    }

    /// A workflow without an application: its steps deliver no components. How they are visited was
    /// `settled` when the run began; how those in a group are, is read from what is `written` now.
    #[must_use]
    pub fn standing_alone(
        steps: &[WorkflowStep],
        settled: &WorkflowMode,
        written: Option<&WorkflowMode>,
    ) -> Self {
        let ((mode, _), (_, sub_mode)) = (modes(Some(settled)), modes(written));
        let steps = steps.iter().map(|written| {
            let group = (written.base.step_type == STEP_GROUP).then(|| Group {
                mode: Mode::parse(&written.mode, sub_mode),
                steps: written.sub_steps.iter().map(undelivered).collect(),
            });
            Step { group, ..undelivered(&written.base) }
        });
        Self { mode, sub_mode, steps: steps.collect() }
    }

    /// The run's `mode`, such as `StepByStep-DAG`.
    #[must_use]
    pub fn mode_word(&self) -> String {
        format!("{}-{}", self.mode.word(), self.sub_mode.word())
    }

    /// Every step and sub-step, groups before what they hold.
    pub fn all(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().flat_map(|step| {
            std::iter::once(step).chain(step.group.iter().flat_map(|group| &group.steps))
        })
    }
}

/// Sub-steps count only in a group: upstream passes over those of any other type.
fn top(written: &WorkflowStep, sub_mode: Mode, appfile: &Appfile) -> Result<Step, String> {
    let mut step = plain(&written.base, appfile)?;
    if written.base.step_type == STEP_GROUP {
        let steps = written.sub_steps.iter().map(|sub| plain(sub, appfile));
        step.group = Some(Group {
            mode: Mode::parse(&written.mode, sub_mode),
            steps: steps.collect::<Result<_, _>>()?,
        });
    }
    Ok(step)
}

fn plain(base: &WorkflowStepBase, appfile: &Appfile) -> Result<Step, String> {
    let step = undelivered(base);
    if [APPLY_COMPONENT, BUILTIN_APPLY_COMPONENT].contains(&base.step_type.as_str()) {
        delivering(step, appfile)
    } else {
        Ok(step)
    }
}

fn undelivered(base: &WorkflowStepBase) -> Step {
    Step { runs: base.step_type.clone(), alias: alias(base), base: base.clone(), group: None }
}

fn alias(base: &WorkflowStepBase) -> Option<String> {
    let properties = base.properties.as_ref()?;
    let text = |key: &str| properties.get(key)?.as_str().map(str::to_owned);
    text("name").or_else(|| text("component"))
}

/// The component takes the place of its name.
fn delivering(mut step: Step, appfile: &Appfile) -> Result<Step, String> {
    let properties = step.base.properties.clone().unwrap_or_default();
    let name = properties["component"].as_str().unwrap_or_default();
    let Some(component) = appfile.component(name) else {
        return Err(format!("component {name} not found in application"));
    };
    for needed in &component.depends_on {
        if appfile.component(needed).is_none() {
            return Err(format!("component {needed} not found in application"));
        }
    }
    step.runs = BUILTIN_APPLY_COMPONENT.to_owned();
    step.base.properties = Some(parameter(&properties, component));
    for input in &mut step.base.inputs {
        *input = below_component(input);
    }
    step.base.inputs.extend(component.inputs.iter().map(below_component));
    step.base.outputs.extend(component.outputs.iter().cloned());
    let known = step.base.depends_on.clone();
    let added = component.depends_on.iter().filter(|name| !known.contains(name));
    step.base.depends_on.extend(added.cloned());
    Ok(step)
}

fn parameter(properties: &Value, component: &Component) -> Value {
    let mut parameter = json!({ "value": component });
    for key in ["cluster", "namespace"] {
        if let Some(text) = properties[key].as_str().filter(|text| !text.is_empty()) {
            parameter[key] = json!(text);
        }
    }
    parameter
}

/// An input of a component names a place in its properties; the template sees it one level deeper.
fn below_component(input: &InputItem) -> InputItem {
    let key = input.parameter_key.as_str();
    let parameter_key = match key {
        "" => String::new(),
        key if key.starts_with("properties") || key.starts_with("traits[") => {
            format!("value.{key}")
        }
        key => format!("value.properties.{key}"),
    };
    InputItem { parameter_key, from: input.from.clone() }
}
