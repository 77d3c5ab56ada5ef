//! Hold: a run waits from now on. On the wire it is upstream's `suspend`.
//!
//! Source: `SuspendWorkflow` in `pkg/workflow/operation/operation.go` of kubevela.

use super::error::OperateError;
use super::facts::{Place, places, refused, replace, run, same_run, same_step};
use super::intent::{Intent, Verb};
use super::subject::Subject;

/// The intent to hold a whole run, or one running step.
///
/// # Errors
/// [`OperateError::Refused`] when the run is over or waits already, or no such step runs.
pub fn hold<S: Subject>(app: &S, step: Option<&str>) -> Result<Intent<S>, OperateError> {
    let run = run(Verb::Hold, app)?;
    if run.is_over() {
        return Err(refused(Verb::Hold, app, "its workflow is over; there is nothing to hold"));
    }
    if run.suspend && step.is_none() {
        return Err(refused(Verb::Hold, app, "its workflow waits already"));
    }
    let running: Vec<Place<'_>> = places(run)
        .filter(|place| place.step.phase == "running")
        .filter(|place| step.is_none_or(|name| place.step.name == name || place.group == name))
        .collect();
    if let (Some(name), true) = (step, running.is_empty()) {
        return Err(refused(Verb::Hold, app, format!("step {name} does not run now")));
    }
    let mut operations = same_run(app, run);
    operations.extend(running.iter().flat_map(same_step));
    operations.push(replace(&format!("{}/suspend", run.root), true));
    let phase = |place: &Place<'_>| replace(&format!("{}/phase", place.pointer), "suspending");
    operations.extend(running.iter().map(phase));
    let intent = Intent::new(Verb::Hold, app, step.unwrap_or_default());
    let what = match step {
        Some(step) => format!("step {step} waits until it is approved"),
        None => format!("the run of {} waits until it is approved", run.of),
    };
    Ok(intent.say(what).patch("suspend", Some("status"), operations))
}
