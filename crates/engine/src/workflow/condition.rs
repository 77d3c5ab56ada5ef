//! Whether a step is visited now: what it waits for, its `if`, and its time-out.
//!
//! Source: `CheckPending` in `pkg/tasks/custom/task.go` and `pkg/executor/workflow.go` of
//! kubevela/workflow.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use mizzen_oam::status::StepStatus;
use serde_json::{Map, Value, json};

use super::backoff::go_duration;
use super::program::Programs;
use super::run::Run;
use super::spec::{Spec, Step};
use crate::render::appfile::Mode;

/// Where a step stands among its siblings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    /// The siblings, the step among them.
    pub(crate) siblings: &'a [Step],
    /// How they are visited.
    pub(crate) mode: Mode,
    /// The name of the group they are in.
    pub(crate) parent: Option<&'a str>,
    /// Whether the group is passed over.
    pub(crate) parent_skipped: bool,
}

/// The statuses that steps may wait for or ask about: by name, and by alias where it is free.
pub(crate) fn by_name<'a>(spec: &'a Spec, run: &'a Run) -> BTreeMap<&'a str, &'a StepStatus> {
    let mut known: BTreeMap<&str, &StepStatus> =
        run.all_steps().map(|step| (step.name.as_str(), step)).collect();
    for step in &spec.steps {
        if let (Some(alias), Some(status)) = (&step.alias, run.step(None, &step.base.name)) {
            known.entry(alias).or_insert(status);
        }
    }
    known
}

/// What a step waits for, as its message says it; `None` when it waits for nothing.
pub(crate) fn pending(spec: &Spec, run: &Run, step: &Step, scope: &Value) -> Option<String> {
    let known = by_name(spec, run);
    for name in &step.base.depends_on {
        let over = known.get(name.as_str()).is_some_and(|s| run.is_over(&s.phase, &s.reason));
        if !over {
            return Some(format!("Pending on DependsOn: {name}"));
        }
    }
    let missing = step.base.inputs.iter().find(|input| lookup(run, scope, &input.from).is_none());
    missing.map(|input| format!("Pending on Input: {}", input.from))
}

/// The value of an input: a variable, else something of the step's own context or parameters.
pub(crate) fn lookup(run: &Run, scope: &Value, from: &str) -> Option<Value> {
    run.context
        .var(from)
        .cloned()
        .or_else(|| from.split('.').try_fold(scope, |value, part| value.get(part)).cloned())
}

/// The verdict of a step's `if`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It runs.
    Run,
    /// It is passed over, with this message (empty for none).
    Skip(String),
}

/// Decides whether a step runs.
pub(crate) fn verdict(
    spec: &Spec,
    run: &Run,
    step: &Step,
    place: Place<'_>,
    scope: &Value,
    programs: &dyn Programs,
) -> Verdict {
    match step.base.condition.as_str() {
        _ if run.memory.patience.suspend_on_failure => Verdict::Run,
        _ if place.parent_skipped => Verdict::Skip(String::new()),
        "always" => Verdict::Run,
        "" if governed_well(run, step, place) => Verdict::Run,
        "" => Verdict::Skip(String::new()),
        expression => match programs.expression(expression, &question(spec, run, step, scope)) {
            Ok(Value::Bool(true)) => Verdict::Run,
            Ok(Value::Bool(false)) => Verdict::Skip(String::new()),
            Ok(other) => Verdict::Skip(format!("pre check error: the result is {other}, no bool")),
            Err(why) => Verdict::Skip(format!("pre check error: {why}")),
        },
    }
}

/// What an `if` may name.
fn question(spec: &Spec, run: &Run, step: &Step, scope: &Value) -> Value {
    let status: Map<String, Value> = by_name(spec, run)
        .into_iter()
        .map(|(name, status)| (name.to_owned(), asked(status)))
        .collect();
    let inputs: Map<String, Value> = step
        .base
        .inputs
        .iter()
        .filter_map(|input| Some((input.from.clone(), lookup(run, scope, &input.from)?)))
        .collect();
    let mut question = json!({ "status": status, "inputs": inputs });
    for key in ["context", "parameter"] {
        if let Some(value) = scope.get(key) {
            question[key] = value.clone();
        }
    }
    question
}

/// A status with the booleans that make conditions short.
fn asked(status: &StepStatus) -> Value {
    let mut value = serde_json::to_value(status).unwrap_or_default();
    let failed = status.phase == "failed";
    value["failed"] = json!(failed);
    value["succeeded"] = json!(status.phase == "succeeded");
    value["skipped"] = json!(status.phase == "skipped");
    value["timeout"] = json!(failed && status.reason == "Timeout");
    value["failedAfterRetries"] = json!(failed && status.reason == "FailedAfterRetries");
    value["terminate"] = json!(failed && status.reason == "Terminate");
    value
}

/// Whether nothing that governs a step without `if` went wrong.
fn governed_well(run: &Run, step: &Step, place: Place<'_>) -> bool {
    let phase_of = |name: &str| run.step(place.parent, name).map(|status| status.phase.as_str());
    if !step.base.depends_on.is_empty() {
        return closure(step, place.siblings)
            .iter()
            .all(|name| phase_of(name).is_none_or(|phase| phase == "succeeded"));
    }
    if place.mode == Mode::Dag {
        return true;
    }
    place
        .siblings
        .iter()
        .take_while(|sibling| sibling.base.name != step.base.name)
        .filter_map(|sibling| phase_of(&sibling.base.name))
        .all(|phase| phase == "succeeded" || phase == "skipped")
}

/// Every step that a step waits for, directly or through others.
fn closure<'a>(step: &'a Step, siblings: &'a [Step]) -> BTreeSet<&'a str> {
    let mut seen = BTreeSet::new();
    let mut open: Vec<&str> = step.base.depends_on.iter().map(String::as_str).collect();
    while let Some(name) = open.pop() {
        if !seen.insert(name) {
            continue;
        }
        let named = |s: &&Step| s.base.name == name || s.alias.as_deref() == Some(name);
        if let Some(step) = siblings.iter().find(named) {
            seen.insert(&step.base.name);
            open.extend(step.base.depends_on.iter().map(String::as_str));
        }
    }
    seen
}

/// Whether a step has had its time. A time-out that cannot be read is the error.
pub(crate) fn timed_out(
    step: &Step,
    status: Option<&StepStatus>,
    now: Timestamp,
) -> Result<bool, String> {
    if step.base.timeout.is_empty() {
        return Ok(false);
    }
    let Some(seconds) = go_duration(&step.base.timeout) else {
        return Err(format!("pre check error: time: invalid duration {:?}", step.base.timeout));
    };
    let first = status.and_then(|status| status.first_execute_time.0);
    Ok(first.is_some_and(|first| (now.as_second() - first.as_second()) as f64 >= seconds))
}
