//! A group: a step whose work is other steps.
//!
//! Source: `pkg/tasks/builtin/step_group.go` of kubevela/workflow.

use mizzen_oam::status::StepStatus;

use super::condition::{self, Place, Verdict};
use super::level;
use super::pass::Visit;
use super::phase::{Reason, StepPhase};
use super::run::Run;
use super::spec::{Group, Step};
use super::step::{self, Flags, Ran, Stop};

/// The reasons of failed sub-steps that become the group's, the first that any has.
const INHERITED: [Reason; 6] = [
    Reason::FailedAfterRetries,
    Reason::Timeout,
    Reason::Action,
    Reason::Terminate,
    // Upstream leaves a group without a reason when a sub-step failed for one of these two, and so
    // never ends the run; nobody can want that.
    Reason::Input,
    Reason::Rendering,
];

/// Runs a group: its conditions, its steps, and what they make of it.
pub(crate) fn run(
    visit: &mut Visit<'_>,
    run: &mut Run,
    place: Place<'_>,
    step: &Step,
    inside: &Group,
) -> Result<Ran, Stop> {
    let scope = step::scope(visit, place, step);
    let mut status = step::fresh(visit, place, step);
    let mut flags = Flags::default();
    let verdict = condition::verdict(visit.spec, run, step, place, &scope, visit.programs);
    let skipped = if let Verdict::Skip(message) = &verdict {
        status.message.clone_from(message);
        true
    } else {
        false
    };
    let known = run.step(None, &step.base.name);
    let late = !skipped && condition::timed_out(step, known, visit.now).unwrap_or(false);
    let below = Place {
        siblings: &inside.steps,
        mode: inside.mode,
        parent: Some(&step.base.name),
        parent_skipped: skipped,
    };
    if late {
        time_out(visit, run, &step.base.name);
        flags.terminated = true;
    } else {
        level::visit(visit, run, below, &mut flags)?;
    }
    let (phase, reason) = if skipped {
        (StepPhase::Skipped, Reason::Skip)
    } else if late {
        (StepPhase::Failed, Reason::Timeout)
    } else {
        outcome(inside, subs(run, &step.base.name))
    };
    status.phase = phase.word().to_owned();
    status.reason = reason.word().to_owned();
    Ok(Ran { status, flags })
}

fn subs<'a>(run: &'a Run, name: &str) -> &'a [StepStatus] {
    run.top(name).map_or(&[], |step| &step.sub_steps)
}

/// Every sub-step that is not over, those that still wait for others apart, has had its time.
fn time_out(visit: &Visit<'_>, run: &mut Run, name: &str) {
    let late: Vec<StepStatus> = subs(run, name)
        .iter()
        .filter(|s| !run.is_over(&s.phase, &s.reason) && s.phase != StepPhase::Pending.word())
        .cloned()
        .collect();
    for mut status in late {
        status.phase = StepPhase::Failed.word().to_owned();
        status.reason = Reason::Timeout.word().to_owned();
        run.record(Some(name), status, visit.now);
    }
}

fn outcome(inside: &Group, subs: &[StepStatus]) -> (StepPhase, Reason) {
    let any = |phase: StepPhase| subs.iter().any(|sub| sub.phase == phase.word());
    if any(StepPhase::Suspending) {
        (StepPhase::Suspending, Reason::None)
    } else if subs.len() < inside.steps.len() || any(StepPhase::Running) {
        (StepPhase::Running, Reason::None)
    } else if any(StepPhase::Pending) {
        (StepPhase::Pending, Reason::None)
    } else if any(StepPhase::Failed) {
        let failed = |reason: &&Reason| {
            subs.iter().any(|s| s.phase == StepPhase::Failed.word() && s.reason == reason.word())
        };
        (StepPhase::Failed, INHERITED.iter().find(failed).copied().unwrap_or_default())
    } else if !subs.is_empty() && subs.iter().all(|s| s.phase == StepPhase::Skipped.word()) {
        (StepPhase::Skipped, Reason::None)
    } else {
        (StepPhase::Succeeded, Reason::None)
    }
}
