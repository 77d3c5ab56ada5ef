//! One visit of a run: from its stored state to the next, calls in between.
//!
//! Invariant: going through the steps is deterministic, given the replies. So the pass starts over
//! after each reply, and steps that were already through are taken from the notes made of them; it
//! needs no stack that is kept between calls, and no runtime.
//! Source: `ExecuteRunners` and `checkWorkflowPhase` in `pkg/executor/workflow.go`.

use std::collections::HashMap;

use jiff::Timestamp;
use mizzen_oam::Time;
use mizzen_oam::status::{StepStatus, WorkflowStatus};
use serde_json::{Map, Value};

use super::backoff::{self, go_duration};
use super::call::{Call, Reply};
use super::condition::Place;
use super::level;
use super::phase::RunPhase;
use super::program::Programs;
use super::run::Run;
use super::spec::{Spec, Step};
use super::step::{Flags, Noted, Stop};

/// What a run says that waits for a person because a step was given up; upstream's controllers compare
/// the sentence.
pub const STUCK: &str = "The workflow suspends automatically because the failed times of steps have \
                         reached the limit";

/// What does not change during a pass.
pub(crate) struct Visit<'a> {
    pub(crate) spec: &'a Spec,
    pub(crate) programs: &'a dyn Programs,
    pub(crate) context: &'a Map<String, Value>,
    pub(crate) now: Timestamp,
    pub(crate) ids: HashMap<(Option<String>, String), String>,
    pub(crate) replies: HashMap<(String, String), Reply>,
    pub(crate) notes: HashMap<String, Noted>,
}

/// A visit under way.
pub struct Pass<'a> {
    start: Run,
    visit: Visit<'a>,
}

/// How far a pass came.
#[derive(Debug)]
pub enum Progress {
    /// The world is asked; hand the answer to [`Pass::reply`] and advance again.
    Call(Box<Call>),
    /// Nothing is left to ask.
    Done(Box<Done>),
}

/// The end of a pass.
#[derive(Debug)]
pub struct Done {
    /// The run as it is to be stored.
    pub run: Run,
    /// Its phase.
    pub phase: RunPhase,
    /// Seconds until the next visit; `None` when only an event calls for one.
    pub again_after: Option<i64>,
}

impl<'a> Pass<'a> {
    /// Begins a visit. `context` is what templates see as `context`, the step's own keys apart;
    /// `id` makes the random ids of steps that have none yet.
    pub fn new(
        spec: &'a Spec,
        run: Run,
        programs: &'a dyn Programs,
        context: &'a Map<String, Value>,
        now: Timestamp,
        mut id: impl FnMut() -> String,
    ) -> Self {
        let mut start = run;
        begin(spec, &mut start, now);
        let ids = ids(spec, &start, &mut id);
        let (replies, notes) = (HashMap::new(), HashMap::new());
        Self { start, visit: Visit { spec, programs, context, now, ids, replies, notes } }
    }

    /// Goes on until something has to be asked, or to the end.
    pub fn advance(&mut self) -> Progress {
        let mut run = self.start.clone();
        match execute(&mut self.visit, &mut run) {
            Ok(phase) => Progress::Done(Box::new(done(run, phase, &self.visit))),
            Err(Stop(call)) => Progress::Call(call),
        }
    }

    /// Takes the answer to a call.
    pub fn reply(&mut self, call: &Call, reply: Reply) {
        self.visit.replies.insert((call.step_id.clone(), call.path.clone()), reply);
    }
}

/// A run without a start begins now: its mode is set and everything remembered is forgotten.
fn begin(spec: &Spec, run: &mut Run, now: Timestamp) {
    if run.status.start_time.is_zero() && run.status.steps.is_empty() {
        run.status = WorkflowStatus {
            app_revision: std::mem::take(&mut run.status.app_revision),
            context_backend: run.status.context_backend.take(),
            start_time: Time::at(now),
            ..WorkflowStatus::default()
        };
        run.memory.clear();
    }
    run.status.mode = spec.mode_word();
}

fn ids(
    spec: &Spec,
    run: &Run,
    id: &mut impl FnMut() -> String,
) -> HashMap<(Option<String>, String), String> {
    let mut ids = HashMap::new();
    let mut note = |parent: Option<&str>, step: &Step| {
        let known = run.step(parent, &step.base.name).map(|status| status.id.clone());
        let known = known.filter(|id| !id.is_empty()).unwrap_or_else(&mut *id);
        ids.insert((parent.map(str::to_owned), step.base.name.clone()), known);
    };
    for step in &spec.steps {
        note(None, step);
        for sub in step.group.iter().flat_map(|group| &group.steps) {
            note(Some(&step.base.name), sub);
        }
    }
    ids
}

fn execute(visit: &mut Visit<'_>, run: &mut Run) -> Result<RunPhase, Stop> {
    if run.status.terminated && all_over(visit.spec, run) {
        return Ok(ended(visit.spec, run));
    }
    if halted(run) {
        return Ok(RunPhase::Suspending);
    }
    if all_well(visit.spec, run) {
        return Ok(RunPhase::Succeeded);
    }
    let mut flags = Flags::default();
    let spec = visit.spec;
    let place =
        Place { siblings: &spec.steps, mode: spec.mode, parent: None, parent_skipped: false };
    level::visit(visit, run, place, &mut flags)?;
    let patience = run.memory.patience;
    let stuck = flags.stuck(patience);
    run.status.suspend = flags.suspend || stuck;
    run.status.message = if stuck { STUCK.to_owned() } else { String::new() };
    let given_up = flags.failed_after_retries && !patience.suspend_on_failure;
    run.status.terminated |= flags.terminated || given_up;
    Ok(phase(visit.spec, run))
}

fn phase(spec: &Spec, run: &Run) -> RunPhase {
    if run.status.terminated && all_over(spec, run) {
        ended(spec, run)
    } else if run.status.suspend {
        RunPhase::Suspending
    } else if all_well(spec, run) {
        RunPhase::Succeeded
    } else {
        RunPhase::Executing
    }
}

/// A person's suspension: the run is held, and no step holds it by itself.
fn halted(run: &Run) -> bool {
    let own = |step: &StepStatus| step.phase == "suspending" && step.reason == "Suspend";
    run.status.suspend && !run.all_steps().any(own)
}

fn statuses<'a>(spec: &'a Spec, run: &'a Run) -> impl Iterator<Item = Option<&'a StepStatus>> {
    spec.steps.iter().map(|step| run.step(None, &step.base.name))
}

fn all_over(spec: &Spec, run: &Run) -> bool {
    statuses(spec, run).all(|s| s.is_some_and(|s| run.is_over(&s.phase, &s.reason)))
}

fn all_well(spec: &Spec, run: &Run) -> bool {
    statuses(spec, run).all(|s| s.is_some_and(|s| s.phase == "succeeded" || s.phase == "skipped"))
}

/// Terminated when a person ended every failed step; failed otherwise.
fn ended(spec: &Spec, run: &Run) -> RunPhase {
    let mut failed = statuses(spec, run).flatten().filter(|s| s.phase == "failed").peekable();
    if failed.peek().is_some() && failed.all(|step| step.reason == "Terminate") {
        RunPhase::Terminated
    } else {
        RunPhase::Failed
    }
}

fn done(mut run: Run, phase: RunPhase, visit: &Visit<'_>) -> Done {
    let again_after = again(&run, phase, visit);
    run.status.phase = phase.word().to_owned();
    if phase.is_over() {
        if !run.status.finished {
            run.status.end_time = Time::at(visit.now);
        }
        run.status.finished = true;
        run.memory.clear();
    }
    if phase == RunPhase::Suspending {
        run.memory.clear();
    }
    Done { run, phase, again_after }
}

fn again(run: &Run, phase: RunPhase, visit: &Visit<'_>) -> Option<i64> {
    match phase {
        RunPhase::Executing => {
            let wait = backoff::seconds(run);
            Some(deadline(run, visit, "running").map_or(wait, |left| left.min(wait)))
        }
        RunPhase::Suspending => {
            let timed = run.all_steps().filter(|step| step.phase == "suspending");
            let resumes = timed.filter_map(|step| {
                let stamp = run.context.kept_value(&format!("{}.resumeTimeStamp", step.id))?;
                Some(backoff::seconds_until(stamp.parse().ok()?, visit.now))
            });
            resumes.chain(deadline(run, visit, "suspending")).min()
        }
        RunPhase::Terminated | RunPhase::Failed | RunPhase::Succeeded => None,
    }
}

/// Seconds until the first time-out among the steps of a phase.
fn deadline(run: &Run, visit: &Visit<'_>, phase: &str) -> Option<i64> {
    let left = |step: &Step| {
        let status = run.all_steps().find(|status| status.name == step.base.name)?;
        let first = status.first_execute_time.0.filter(|_| status.phase == phase)?;
        let seconds = go_duration(&step.base.timeout)? as i64;
        Some((first.as_second() + seconds - visit.now.as_second()).max(1))
    };
    visit.spec.all().filter_map(left).min()
}
