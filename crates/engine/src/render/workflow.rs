//! The steps of an application: as written, as referenced, or as generated from its policies.
//!
//! Invariant: the names of generated steps are those that upstream generates, because the status,
//! the context ConfigMap and people refer to steps by name.

use mizzen_oam::Application;
use mizzen_oam::application::{
    AppPolicy, Workflow as WorkflowSpec, WorkflowMode, WorkflowStep, WorkflowStepBase,
};
use serde_json::json;

use super::appfile::Mode;
use super::error::RenderError;

/// The steps of an application with how they run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Workflow {
    /// The steps in order.
    pub steps: Vec<WorkflowStep>,
    /// How steps run.
    pub mode: Mode,
    /// How the steps inside a group run.
    pub sub_mode: Mode,
}

/// Step types that the engine runs without a definition.
pub const BUILTIN_STEPS: &[&str] =
    &["suspend", "apply-component", "builtin-apply-component", "step-group"];

/// The steps of the application; the first source that yields any is the one.
pub(crate) fn generate(
    app: &Application,
    policies: &[AppPolicy],
    referenced: Option<&WorkflowSpec>,
) -> Result<Workflow, RenderError> {
    let Some(written) = &app.spec.workflow else {
        return Ok(Workflow { steps: generated(app, policies), ..Workflow::default() });
    };
    if !written.reference.is_empty() && !written.steps.is_empty() {
        return Err(RenderError::BadApplication {
            app: app.metadata.name.clone(),
            reason: "cannot set steps and ref in workflow at the same time".to_owned(),
        });
    }
    let mut steps = match referenced {
        Some(other) if !written.reference.is_empty() => other.steps.clone(),
        _ => written.steps.clone(),
    };
    if steps.is_empty() {
        steps = generated(app, policies);
    }
    let mode = written.mode.as_ref().or_else(|| referenced.and_then(|other| other.mode.as_ref()));
    let (mode, sub_mode) = modes(mode);
    Ok(Workflow { steps, mode, sub_mode })
}

/// A written workflow runs its steps in order unless it says otherwise.
pub(crate) fn modes(written: Option<&WorkflowMode>) -> (Mode, Mode) {
    let text = |pick: fn(&WorkflowMode) -> &String| written.map_or("", |mode| pick(mode));
    (
        Mode::parse(text(|mode| &mode.steps), Mode::StepByStep),
        Mode::parse(text(|mode| &mode.sub_steps), Mode::Dag),
    )
}

fn generated(app: &Application, policies: &[AppPolicy]) -> Vec<WorkflowStep> {
    let deploys = deploy_steps(app, policies);
    if !deploys.is_empty() {
        return deploys;
    }
    let environments = environment_steps(policies);
    if !environments.is_empty() {
        return environments;
    }
    component_steps(app)
}

/// One `deploy` per topology; a single one where only overrides or copied objects ask for it.
fn deploy_steps(app: &Application, policies: &[AppPolicy]) -> Vec<WorkflowStep> {
    let names = |wanted: &str| -> Vec<&str> {
        let of_type = policies.iter().filter(|policy| policy.policy_type == wanted);
        of_type.map(|policy| policy.name.as_str()).collect()
    };
    let (topologies, overrides) = (names("topology"), names("override"));
    let step = |name: String, policies: Vec<&str>| {
        plain(name, "deploy", json!({ "policies": policies }), Vec::new())
    };
    if !topologies.is_empty() {
        let each = topologies.iter().map(|topology| {
            let policies = overrides.iter().chain([topology]).copied().collect();
            step(format!("deploy-{topology}"), policies)
        });
        return each.collect();
    }
    let copies = app.spec.components.iter().any(|c| c.component_type == "ref-objects");
    if overrides.is_empty() && !copies {
        return Vec::new();
    }
    vec![step("deploy".to_owned(), overrides)]
}

/// The deprecated form: one step per environment of each env-binding policy.
fn environment_steps(policies: &[AppPolicy]) -> Vec<WorkflowStep> {
    let bindings = policies.iter().filter(|policy| policy.policy_type == "env-binding");
    let steps = bindings.flat_map(|policy| {
        let envs = policy.properties.as_ref().and_then(|properties| properties["envs"].as_array());
        envs.into_iter().flatten().filter_map(|env| env["name"].as_str()).map(|env| {
            let properties = json!({ "policy": policy.name, "env": env });
            plain(format!("deploy-{}-{env}", policy.name), "deploy2env", properties, Vec::new())
        })
    });
    steps.collect()
}

fn component_steps(app: &Application) -> Vec<WorkflowStep> {
    let step = |component: &mizzen_oam::application::Component| {
        let properties = json!({ "component": component.name });
        let after = component.depends_on.clone();
        plain(component.name.clone(), "apply-component", properties, after)
    };
    app.spec.components.iter().map(step).collect()
}

fn plain(
    name: String,
    step_type: &str,
    properties: serde_json::Value,
    depends_on: Vec<String>,
) -> WorkflowStep {
    let base = WorkflowStepBase {
        name,
        step_type: step_type.to_owned(),
        properties: Some(properties),
        depends_on,
        ..WorkflowStepBase::default()
    };
    WorkflowStep { base, ..WorkflowStep::default() }
}

#[cfg(test)]
mod tests {
    use super::super::appfile::{Appfile, RevisionRef};
    use super::*;

    fn app(text: &str) -> Application {
        serde_json::from_str(text).expect("the test's application is valid")
    }

    #[test]
    fn steps_follow_the_policies() {
        let cases = [
            (
                r#"{"spec":{"components":[{"name":"a","type":"t","dependsOn":["b"]}]}}"#,
                "a apply-component",
            ),
            (
                r#"{"spec":{"components":[],"policies":[{"name":"o","type":"override","properties":{}},{"name":"t","type":"topology","properties":{}},{"type":"topology","properties":{}}]}}"#,
                "deploy-t deploy;deploy-topology-auto-gen-2 deploy",
            ),
            (r#"{"spec":{"components":[{"name":"r","type":"ref-objects"}]}}"#, "deploy deploy"),
            (
                r#"{"spec":{"components":[],"policies":[{"name":"e","type":"env-binding","properties":{"envs":[{"name":"x"}]}}]}}"#,
                "deploy-e-x deploy2env",
            ),
        ];
        for (text, expected) in cases {
            let appfile = Appfile::new(&app(text), RevisionRef::default(), None).expect("reads");
            let steps = appfile.workflow.steps.iter();
            let told: Vec<_> =
                steps.map(|step| format!("{} {}", step.base.name, step.base.step_type)).collect();
            assert_eq!(told.join(";"), expected, "{text}");
            assert_eq!(appfile.workflow.mode, Mode::Dag);
        }
    }

    #[test]
    fn a_written_workflow_runs_in_order() {
        let text =
            r#"{"spec":{"components":[],"workflow":{"steps":[{"name":"s","type":"suspend"}]}}}"#;
        let appfile = Appfile::new(&app(text), RevisionRef::default(), None).expect("reads");
        assert_eq!(appfile.workflow.mode, Mode::StepByStep);
        assert_eq!(appfile.workflow.sub_mode, Mode::Dag);
    }
}
