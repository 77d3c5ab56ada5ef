//! Facts of a subject that operations rely on, and the JSON Patch tests that hold them.

use mizzen_oam::annotations::PUBLISH_VERSION;
use mizzen_oam::status::StepStatus;
use serde_json::{Value, json};

use super::error::OperateError;
use super::intent::Verb;
use super::subject::{Progress, Subject};

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
pub(super) fn path<S: Subject>(of: &S) -> String {
    format!("{}/{}", of.meta().namespace, of.meta().name)
}

/// The answer no.
pub(super) fn refused<S: Subject>(verb: Verb, app: &S, why: impl Into<String>) -> OperateError {
    OperateError::Refused { verb: verb.word(), application: path(app), why: why.into() }
}

/// The run of a subject.
pub(super) fn run<S: Subject>(verb: Verb, app: &S) -> Result<Progress<'_>, OperateError> {
    app.progress().ok_or_else(|| {
        refused(verb, app, "its workflow has not started; wait until a controller takes it up")
    })
}

/// Every recorded step, sub-steps after their group.
pub(super) fn places(run: Progress<'_>) -> impl Iterator<Item = Place<'_>> {
    run.steps.iter().enumerate().flat_map(move |(i, top)| {
        let pointer = format!("{}/steps/{i}", run.root);
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
pub(super) fn same_wishes<S: Subject>(app: &S) -> Vec<Value> {
    let mut tests = vec![
        test("/metadata/uid", app.meta().uid.as_str()),
        test("/metadata/generation", app.meta().generation),
    ];
    let version = app.meta().annotation(PUBLISH_VERSION);
    if !version.is_empty() {
        tests.push(test(&annotation(PUBLISH_VERSION), version));
    }
    tests
}

/// It is still the same run.
pub(super) fn same_run<S: Subject>(app: &S, run: Progress<'_>) -> Vec<Value> {
    let mut tests = vec![test("/metadata/uid", app.meta().uid.as_str())];
    if !run.revision.is_empty() {
        tests.push(test(&format!("{}/appRevision", run.root), run.revision));
    }
    if !run.start.is_zero() {
        tests.push(test(&format!("{}/startTime", run.root), run.start.to_string()));
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
pub(super) fn difference<S: Subject>(shown: &S, now: &S) -> String {
    let mut facts = Vec::new();
    let mut note = |what: &str, was: &str, is: &str| {
        if was != is {
            facts.push(format!("{what} was {}, is {}", or_none(was), or_none(is)));
        }
    };
    note("uid", &shown.meta().uid, &now.meta().uid);
    let generation = |app: &S| app.meta().generation.to_string();
    note("generation", &generation(shown), &generation(now));
    let version = |app: &S| app.meta().annotation(PUBLISH_VERSION).to_owned();
    note("published version", &version(shown), &version(now));
    let revision = |app: &S| app.progress().map_or("", |run| run.revision).to_owned();
    note("revision of the run", &revision(shown), &revision(now));
    note("phase", shown.phase(), now.phase());
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

fn steps<S: Subject>(shown: &S, now: &S) -> Vec<(String, String, String)> {
    let phases = |app: &S| -> Vec<(String, String)> {
        let run = app.progress();
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
