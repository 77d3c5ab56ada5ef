//! Restart: a run begins anew, or from a failed step.
//!
//! Source: `CleanStatusFromStep` in `pkg/utils/operation.go` of kubevela/workflow, and
//! `RestartWorkflow` in `pkg/workflow/operation/operation.go` of kubevela. Upstream's restart from a
//! step fails for an Application that has variables; here it works, and no reader could tell.

use std::collections::BTreeSet;

use mizzen_oam::status::WorkflowStepStatus;
use serde_json::json;

use super::error::OperateError;
use super::facts::{places, refused, replace, run, same_run, same_step};
use super::intent::{Intent, Stage, Verb, Write};
use super::subject::{Progress, Subject};
use crate::plan::ObjectId;
use crate::render::appfile::Mode;
use crate::workflow::spec::{Spec, Step};

/// The intent to run the whole workflow again.
///
/// # Errors
/// [`OperateError::Refused`] when it has not started.
pub fn restart<S: Subject>(of: &S) -> Result<Intent<S>, OperateError> {
    let run = run(Verb::Restart, of)?;
    let tests = same_run(of, run);
    let mut operations = tests.clone();
    operations.push(S::forgotten());
    let mut intent = Intent::new(Verb::Restart, of, "")
        .say("the workflow runs again from its first step".to_owned());
    if let Some(backend) = run.backend.filter(|_| S::LOSES_VARIABLES) {
        // The variables go first, or they would be taken from under the new run; so what the intent
        // relies on is tested before anything is written.
        let object = ObjectId::on_hub("v1", "ConfigMap", &backend.namespace, &backend.name);
        let write = Write::Delete { uid: backend.uid.clone() };
        let stage = Stage { name: "delete the variables", object, write, restores: false };
        intent = intent.patch("look again", Some("status"), tests).stage(stage);
    }
    Ok(intent.patch("forget the run", Some("status"), operations))
}

/// The intent to run a failed step and everything that follows from it again. `spec` is the workflow
/// that the run follows.
///
/// # Errors
/// [`OperateError::Refused`] when there is no such step or it did not fail.
pub fn restart_from<S: Subject>(
    app: &S,
    spec: &Spec,
    step: &str,
) -> Result<Intent<S>, OperateError> {
    let run = run(Verb::Restart, app)?;
    let Some(place) = places(run).find(|place| place.step.name == step) else {
        return Err(refused(Verb::Restart, app, format!("there is no step {step} in its run")));
    };
    if place.step.phase != "failed" {
        let why = format!("step {step} is {}, and only a failed one runs again", place.step.phase);
        return Err(refused(Verb::Restart, app, why));
    }
    let gone = consequences(spec, step);
    let at = |field: &str| format!("{}/{field}", run.root);
    let mut operations = same_run(app, run);
    operations.extend(same_step(&place));
    operations.push(replace(&at("steps"), json!(kept(run, &gone, step, spec))));
    operations.push(replace(&at("terminated"), false));
    operations.push(replace(&at("suspend"), false));
    operations.push(replace(&at("finished"), false));
    if !run.end.is_zero() {
        operations.push(json!({"op": "remove", "path": at("endTime")}));
    }
    let names: Vec<&str> = gone.iter().map(String::as_str).collect();
    let mut intent = Intent::new(Verb::Restart, app, step)
        .say(format!("these steps run again: {}", names.join(", ")));
    if let Some(stage) = variables(run, given(spec, &gone)) {
        // The variables go first, or a step could publish them again before they are gone; so what
        // the intent relies on is tested before anything is written.
        let tests = operations.iter().filter(|operation| operation["op"] == "test").cloned();
        intent = intent.patch("look again", Some("status"), tests.collect()).stage(stage);
    }
    Ok(intent.patch("forget the steps", Some("status"), operations))
}

/// The variables that forgotten steps give.
fn given(spec: &Spec, gone: &BTreeSet<String>) -> Vec<String> {
    let steps = spec.all().filter(|step| gone.contains(&step.base.name));
    steps.flat_map(|step| &step.base.outputs).map(|output| output.name.clone()).collect()
}

/// Takes variables out of the run's ConfigMap. It is written even when there are none, as upstream's
/// tool writes it.
fn variables(run: Progress<'_>, names: Vec<String>) -> Option<Stage> {
    let kept = run.backend?;
    let object = ObjectId::on_hub("v1", "ConfigMap", &kept.namespace, &kept.name);
    let write = Write::ForgetVariables(names);
    Some(Stage { name: "forget variables", object, write, restores: false })
}

/// The steps that are forgotten when one runs again: itself, and what comes after it.
fn consequences(spec: &Spec, name: &str) -> BTreeSet<String> {
    let mut gone = BTreeSet::new();
    if spec.steps.iter().any(|step| step.base.name == name) {
        follow(&spec.steps, spec.mode, name, &mut gone);
        return gone;
    }
    for step in &spec.steps {
        let Some(group) = &step.group else { continue };
        if group.steps.iter().any(|sub| sub.base.name == name) {
            follow(&group.steps, group.mode, name, &mut gone);
            follow(&spec.steps, spec.mode, &step.base.name, &mut gone);
            gone.remove(&step.base.name);
        }
    }
    gone
}

fn follow(siblings: &[Step], mode: Mode, name: &str, gone: &mut BTreeSet<String>) {
    gone.insert(name.to_owned());
    if mode == Mode::StepByStep {
        let after = siblings.iter().skip_while(|step| step.base.name != name);
        gone.extend(after.map(|step| step.base.name.clone()));
        return;
    }
    loop {
        let next: Vec<String> = siblings
            .iter()
            .filter(|step| !gone.contains(&step.base.name) && consumes(step, siblings, gone))
            .map(|step| step.base.name.clone())
            .collect();
        if next.is_empty() {
            return;
        }
        gone.extend(next);
    }
}

/// Whether a step waits for, or takes a value from, one that is forgotten.
fn consumes(step: &Step, siblings: &[Step], gone: &BTreeSet<String>) -> bool {
    let forgotten = || siblings.iter().filter(|sibling| gone.contains(&sibling.base.name));
    let waits = |name: &String| {
        forgotten().any(|f| f.base.name == *name || f.alias.as_deref() == Some(name.as_str()))
    };
    let takes = |from: &str| {
        forgotten()
            .flat_map(|f| &f.base.outputs)
            .any(|output| from == output.name || from.starts_with(&format!("{}.", output.name)))
    };
    step.base.depends_on.iter().any(waits)
        || step.base.inputs.iter().any(|input| takes(&input.from))
}

/// The statuses that stay; the group of a forgotten sub-step runs.
fn kept(
    run: Progress<'_>,
    gone: &BTreeSet<String>,
    step: &str,
    spec: &Spec,
) -> Vec<WorkflowStepStatus> {
    let reopened = spec.steps.iter().find(|top| {
        top.group.as_ref().is_some_and(|group| group.steps.iter().any(|s| s.base.name == step))
    });
    let mut steps: Vec<WorkflowStepStatus> =
        run.steps.iter().filter(|top| !gone.contains(&top.step.name)).cloned().collect();
    for top in &mut steps {
        top.sub_steps.retain(|sub| !gone.contains(&sub.name));
        if reopened.is_some_and(|group| group.base.name == top.step.name) {
            top.step.phase = "running".to_owned();
            top.step.reason.clear();
        }
    }
    steps
}
