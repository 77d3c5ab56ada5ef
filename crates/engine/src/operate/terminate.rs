//! Terminate: a run ends now; what it applied stays.
//!
//! Source: `TerminateWorkflow` in `pkg/workflow/operation/operation.go` of kubevela.

use serde_json::Value;

use super::error::OperateError;
use super::facts::{Place, add, places, refused, replace, run, same_run, same_step};
use super::intent::{Intent, Verb};
use super::subject::Subject;

/// The intent to end a run. Steps that run or wait become failed; those that failed by themselves
/// and would be tried again are given up. Steps with `if: always` still run.
///
/// # Errors
/// [`OperateError::Refused`] when the run has ended already.
pub fn terminate<S: Subject>(app: &S) -> Result<Intent<S>, OperateError> {
    let run = run(Verb::Terminate, app)?;
    if run.is_over() {
        return Err(refused(Verb::Terminate, app, "its workflow has ended already"));
    }
    let ended: Vec<Place<'_>> = places(run).filter(ends).collect();
    let mut operations = same_run(app, run);
    operations.extend(ended.iter().flat_map(same_step));
    operations.push(replace(&format!("{}/terminated", run.root), true));
    operations.push(replace(&format!("{}/suspend", run.root), false));
    operations.extend(ended.iter().flat_map(failed));
    let mut intent = Intent::new(Verb::Terminate, app, "")
        .say(format!("the run of {} ends; what it applied stays", run.of));
    for place in &ended {
        intent = intent.say(format!("step {} is given up", place.step.name));
    }
    Ok(intent.patch("terminate", Some("status"), operations))
}

fn ends(place: &Place<'_>) -> bool {
    match place.step.phase.as_str() {
        "running" | "suspending" => true,
        "failed" => !["FailedAfterRetries", "Timeout"].contains(&place.step.reason.as_str()),
        _ => false,
    }
}

fn failed(place: &Place<'_>) -> [Value; 2] {
    [
        replace(&format!("{}/phase", place.pointer), "failed"),
        add(&format!("{}/reason", place.pointer), "Terminate"),
    ]
}
