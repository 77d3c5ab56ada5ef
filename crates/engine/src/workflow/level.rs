//! The loops over the steps of one level: step by step, or all that wait for nothing.
//!
//! Source: `steps`, `runAsDAG` and `updateStepStatus` in `pkg/executor/workflow.go`.

use serde_json::Value;

use super::condition::{self, Place};
use super::group;
use super::pass::Visit;
use super::phase::StepPhase;
use super::run::Run;
use super::spec::Step;
use super::step::{self, Flags, Ran, Stop};
use crate::render::appfile::Mode;

/// Visits the steps of a level in its mode.
pub(crate) fn visit(
    visit: &mut Visit<'_>,
    run: &mut Run,
    place: Place<'_>,
    flags: &mut Flags,
) -> Result<(), Stop> {
    let all: Vec<&Step> = place.siblings.iter().collect();
    match place.mode {
        Mode::StepByStep => step_by_step(visit, run, place, flags),
        Mode::Dag => dag(visit, run, place, &all, false, flags),
    }
}

fn step_by_step(
    visit: &mut Visit<'_>,
    run: &mut Run,
    place: Place<'_>,
    flags: &mut Flags,
) -> Result<(), Stop> {
    for step in place.siblings {
        if over(run, place, step) {
            continue;
        }
        if let Some(message) = waits(visit, run, place, step) {
            run.memory.waited(&step::id(visit, place, step), &message);
            record_pending(visit, run, place, step, message);
            return Ok(());
        }
        let go_on = one(visit, run, place, step, flags)?;
        if !go_on || flags.suspend {
            return Ok(());
        }
    }
    Ok(())
}

/// All steps that wait for nothing; then, if any ran, those that waited before. What still waits
/// after others ran is recorded.
fn dag(
    visit: &mut Visit<'_>,
    run: &mut Run,
    place: Place<'_>,
    steps: &[&Step],
    record: bool,
    flags: &mut Flags,
) -> Result<(), Stop> {
    let (mut todo, mut pending) = (Vec::new(), Vec::new());
    for step in steps {
        if over(run, place, step) {
            continue;
        }
        match waits(visit, run, place, step) {
            Some(message) => {
                if record {
                    record_pending(visit, run, place, step, message);
                }
                pending.push(*step);
            }
            None => todo.push(*step),
        }
    }
    for step in &todo {
        one(visit, run, place, step, flags)?;
    }
    let held = flags.suspend || flags.stuck(run.memory.patience);
    if todo.is_empty() || pending.is_empty() || held {
        return Ok(());
    }
    dag(visit, run, place, &pending, true, flags)
}

/// Runs one step and records it; true when the next one may follow.
fn one(
    visit: &mut Visit<'_>,
    run: &mut Run,
    place: Place<'_>,
    step: &Step,
    flags: &mut Flags,
) -> Result<bool, Stop> {
    let ran: Ran = match &step.group {
        Some(inside) => group::run(visit, run, place, step, inside)?,
        None => step::run(visit, run, place, step)?,
    };
    flags.join(ran.flags);
    let finished = run.is_over(&ran.status.phase, &ran.status.reason);
    let suspended = ran.status.phase == StepPhase::Suspending.word();
    if finished || suspended {
        run.memory.settled(&ran.status.id);
    } else {
        run.memory.waited(&ran.status.id, &ran.status.message);
    }
    run.record(place.parent, ran.status, visit.now);
    Ok(finished || suspended)
}

fn over(run: &Run, place: Place<'_>, step: &Step) -> bool {
    run.step(place.parent, &step.base.name)
        .is_some_and(|status| run.is_over(&status.phase, &status.reason))
}

fn waits(visit: &Visit<'_>, run: &Run, place: Place<'_>, step: &Step) -> Option<String> {
    let scope: Value = step::scope(visit, place, step);
    condition::pending(visit.spec, run, step, &scope)
}

fn record_pending(
    visit: &Visit<'_>,
    run: &mut Run,
    place: Place<'_>,
    step: &Step,
    message: String,
) {
    let mut status = step::fresh(visit, place, step);
    // Nothing has run yet that would know the step by the type that people wrote.
    step.runs.clone_into(&mut status.step_type);
    status.phase = StepPhase::Pending.word().to_owned();
    status.message = message;
    run.record(place.parent, status, visit.now);
}
