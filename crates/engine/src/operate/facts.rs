//! Facts of an application that operations rely on, and the JSON Patch tests that hold them.

use mizzen_oam::Application;
use mizzen_oam::annotations::PUBLISH_VERSION;
use mizzen_oam::status::{StepStatus, WorkflowStatus};
use serde_json::{Value, json};

use super::error::OperateError;
use super::intent::Verb;

/// A step that waits for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gate {
    /// Its group; empty for a top-level step.
    pub group: String,
    /// Its name.
    pub name: String,
    /// Its type.
    pub step_type: String,
    /// Its id in this run.
    pub id: String,
    /// Its message.
    pub message: String,
}

/// A recorded step with the JSON pointer to it.
pub(super) struct Place<'a> {
    pub(super) group: &'a str,
    pub(super) step: &'a StepStatus,
    pub(super) pointer: String,
    pub(super) is_group: bool,
}

/// `namespace/name`.
pub(super) fn path(app: &Application) -> String {
    format!("{}/{}", app.metadata.namespace, app.metadata.name)
}

/// The answer no.
pub(super) fn refused(verb: Verb, app: &Application, why: impl Into<String>) -> OperateError {
    OperateError::Refused { verb: verb.word(), application: path(app), why: why.into() }
}

/// The run of an application.
pub(super) fn run(verb: Verb, app: &Application) -> Result<&WorkflowStatus, OperateError> {
    app.status.workflow.as_ref().ok_or_else(|| {
        refused(verb, app, "its workflow has not started; wait until a controller takes it up")
    })
}

/// Every recorded step, sub-steps after their group.
pub(super) fn places(run: &WorkflowStatus) -> impl Iterator<Item = Place<'_>> {
    run.steps.iter().enumerate().flat_map(|(i, top)| {
        let pointer = format!("/status/workflow/steps/{i}");
        let is_group = !top.sub_steps.is_empty();
        let subs = top.sub_steps.iter().enumerate().map({
            let pointer = pointer.clone();
            move |(j, step)| Place {
                group: &top.step.name,
                step,
                pointer: format!("{pointer}/subSteps/{j}"),
                is_group: false,
            }
        });
        std::iter::once(Place { group: "", step: &top.step, pointer, is_group }).chain(subs)
    })
}

/// A JSON Patch `test`.
pub(super) fn test(pointer: &str, value: impl Into<Value>) -> Value {
    json!({"op": "test", "path": pointer, "value": value.into()})
}

/// A JSON Patch `replace`.
pub(super) fn replace(pointer: &str, value: impl Into<Value>) -> Value {
    json!({"op": "replace", "path": pointer, "value": value.into()})
}

/// A JSON Patch `add`, which also replaces.
pub(super) fn add(pointer: &str, value: impl Into<Value>) -> Value {
    json!({"op": "add", "path": pointer, "value": value.into()})
}

/// A JSON pointer to an annotation.
pub(super) fn annotation(key: &str) -> String {
    format!("/metadata/annotations/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// It is the same object with the same wishes.
pub(super) fn same_wishes(app: &Application) -> Vec<Value> {
    let mut tests = vec![
        test("/metadata/uid", app.metadata.uid.as_str()),
        test("/metadata/generation", app.metadata.generation),
    ];
    let version = app.metadata.annotation(PUBLISH_VERSION);
    if !version.is_empty() {
        tests.push(test(&annotation(PUBLISH_VERSION), version));
    }
    tests
}

/// It is still the same run.
pub(super) fn same_run(app: &Application, run: &WorkflowStatus) -> Vec<Value> {
    let mut tests = vec![test("/metadata/uid", app.metadata.uid.as_str())];
    if !run.app_revision.is_empty() {
        tests.push(test("/status/workflow/appRevision", run.app_revision.as_str()));
    }
    if !run.start_time.is_zero() {
        tests.push(test("/status/workflow/startTime", run.start_time.to_string()));
    }
    tests
}

/// It is still the same step in the same state.
pub(super) fn same_step(place: &Place<'_>) -> [Value; 2] {
    [
        test(&format!("{}/id", place.pointer), place.step.id.as_str()),
        test(&format!("{}/phase", place.pointer), place.step.phase.as_str()),
    ]
}

/// What is different between what was shown and what is, for a person.
pub(super) fn difference(shown: &Application, now: &Application) -> String {
    let mut facts = Vec::new();
    let mut note = |what: &str, was: &str, is: &str| {
        if was != is {
            facts.push(format!("{what} was {}, is {}", or_none(was), or_none(is)));
        }
    };
    note("uid", &shown.metadata.uid, &now.metadata.uid);
    let generation = |app: &Application| app.metadata.generation.to_string();
    note("generation", &generation(shown), &generation(now));
    let version = |app: &Application| app.metadata.annotation(PUBLISH_VERSION).to_owned();
    note("published version", &version(shown), &version(now));
    let revision = |app: &Application| {
        app.status.workflow.as_ref().map(|run| run.app_revision.clone()).unwrap_or_default()
    };
    note("revision of the run", &revision(shown), &revision(now));
    note("phase", &shown.status.phase, &now.status.phase);
    for (name, was, is) in steps(shown, now) {
        note(&format!("step {name}"), &was, &is);
    }
    if facts.is_empty() {
        return "something it relies on; look again".to_owned();
    }
    facts.join("; ")
}

fn or_none(text: &str) -> &str {
    if text.is_empty() { "none" } else { text }
}

fn steps(shown: &Application, now: &Application) -> Vec<(String, String, String)> {
    let phases = |app: &Application| -> Vec<(String, String)> {
        let run = app.status.workflow.as_ref();
        run.map(|run| {
            places(run).map(|p| (p.step.name.clone(), p.step.phase.clone())).collect::<Vec<_>>()
        })
        .unwrap_or_default()
    };
    let (was, is) = (phases(shown), phases(now));
    let mut names: Vec<&String> = was.iter().chain(&is).map(|(name, _)| name).collect();
    names.sort();
    names.dedup();
    let of = |list: &[(String, String)], name: &str| {
        list.iter().find(|(n, _)| n == name).map(|(_, phase)| phase.clone()).unwrap_or_default()
    };
    names.into_iter().map(|name| (name.clone(), of(&was, name), of(&is, name))).collect()
}
