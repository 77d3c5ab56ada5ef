//! One execution of a step: condition, time-out, inputs, template with its calls, outputs.
//!
//! Source: `makeTaskGenerator` in `pkg/tasks/custom/task.go`, `pkg/hooks/data_passing.go` and
//! `pkg/providers/builtin/workspace.go` of kubevela/workflow.

use std::collections::BTreeSet;

use mizzen_oam::status::StepStatus;
use serde_json::{Map, Value, json};

use super::backoff::{Memory, Patience};
use super::builtin::{self, Control};
use super::call::{Call, Reply};
use super::condition::{self, Place, Verdict};
use super::context::Context;
use super::native;
use super::pass::Visit;
use super::passing;
use super::phase::{Reason, StepPhase};
use super::program::Program;
use super::run::Run;
use super::spec::Step;
use crate::render::number::normalised;
use crate::render::step::Action;

/// The pass has to ask the world before it can go on.
pub(crate) struct Stop(pub(crate) Box<Call>);

/// What steps of one visit mean for the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flags {
    pub(crate) suspend: bool,
    pub(crate) terminated: bool,
    pub(crate) failed_after_retries: bool,
    pub(crate) waiting: bool,
}

impl Flags {
    pub(crate) fn join(&mut self, other: Self) {
        self.suspend |= other.suspend;
        self.terminated |= other.terminated;
        self.failed_after_retries |= other.failed_after_retries;
        self.waiting |= other.waiting;
    }

    /// Whether nothing is left to do but to wait for a person, because a step was given up.
    pub(crate) fn stuck(self, patience: Patience) -> bool {
        patience.suspend_on_failure && self.failed_after_retries && !self.waiting
    }
}

/// A step that went through.
#[derive(Clone, Debug)]
pub(crate) struct Ran {
    pub(crate) status: StepStatus,
    pub(crate) flags: Flags,
}

/// What a step that went through left behind, for when the pass starts over.
#[derive(Clone, Debug)]
pub(crate) struct Noted {
    ran: Ran,
    context: Context,
    memory: Memory,
}

/// A status that says nothing yet.
pub(crate) fn fresh(visit: &Visit<'_>, place: Place<'_>, step: &Step) -> StepStatus {
    StepStatus {
        id: id(visit, place, step),
        name: step.base.name.clone(),
        step_type: step.base.step_type.clone(),
        ..StepStatus::default()
    }
}

/// The step's id in this run.
pub(crate) fn id(visit: &Visit<'_>, place: Place<'_>, step: &Step) -> String {
    let key = (place.parent.map(str::to_owned), step.base.name.clone());
    visit.ids.get(&key).cloned().unwrap_or_default()
}

/// `{context, parameter}` before inputs are taken in.
pub(crate) fn scope(visit: &Visit<'_>, place: Place<'_>, step: &Step) -> Value {
    let mut context: Map<String, Value> = visit.context.clone();
    let id = id(visit, place, step);
    context.insert("stepName".into(), json!(step.base.name));
    context.insert("stepSessionID".into(), json!(id));
    context.insert("spanID".into(), json!(id));
    if let Some(parent) = place.parent {
        context.insert("stepGroupName".into(), json!(parent));
    }
    let parameter = step.base.properties.as_ref().filter(|p| !p.is_null()).map(normalised);
    json!({ "context": context, "parameter": parameter.unwrap_or_else(|| json!({})) })
}

/// Runs a step that is no group, or takes what it left behind from the notes.
pub(crate) fn run(
    visit: &mut Visit<'_>,
    run: &mut Run,
    place: Place<'_>,
    step: &Step,
) -> Result<Ran, Stop> {
    let id = id(visit, place, step);
    if let Some(noted) = visit.notes.get(&id) {
        run.context = noted.context.clone();
        run.memory = noted.memory.clone();
        return Ok(noted.ran.clone());
    }
    let ran = Execution::new(visit, run, place, step).run()?;
    let (context, memory) = (run.context.clone(), run.memory.clone());
    visit.notes.insert(id, Noted { ran: ran.clone(), context, memory });
    Ok(ran)
}

/// A step while it runs.
struct Execution<'a, 'v> {
    visit: &'a Visit<'v>,
    run: &'a mut Run,
    place: Place<'a>,
    step: &'a Step,
    phase: StepPhase,
    reason: Reason,
    message: String,
    flags: Flags,
}

impl<'a, 'v> Execution<'a, 'v> {
    fn new(visit: &'a Visit<'v>, run: &'a mut Run, place: Place<'a>, step: &'a Step) -> Self {
        let (phase, reason) = (StepPhase::Succeeded, Reason::None);
        let (message, flags) = (String::new(), Flags::default());
        Self { visit, run, place, step, phase, reason, message, flags }
    }

    fn run(mut self) -> Result<Ran, Stop> {
        let mut scope = scope(self.visit, self.place, self.step);
        if !self.may_run(&scope) {
            self.outputs(None);
            return Ok(self.ran());
        }
        if let Err(why) = passing::take_in(self.run, self.step, &mut scope) {
            self.end(StepPhase::Failed, Reason::Input, why);
            return Ok(self.ran());
        }
        let program = self.evaluated(&scope);
        let program = match program {
            Ok(mut program) => {
                self.calls(program.as_mut())?;
                Some(program)
            }
            Err(why) => {
                self.error(why);
                None
            }
        };
        self.outputs(program.as_deref());
        Ok(self.ran())
    }

    fn may_run(&mut self, scope: &Value) -> bool {
        let verdict = condition::verdict(
            self.visit.spec,
            self.run,
            self.step,
            self.place,
            scope,
            self.visit.programs,
        );
        if let Verdict::Skip(message) = verdict {
            self.set(StepPhase::Skipped, Reason::Skip, message);
            return false;
        }
        match condition::timed_out(self.step, self.before(), self.visit.now) {
            Ok(false) => true,
            Ok(true) => {
                self.end(StepPhase::Failed, Reason::Timeout, String::new());
                // Upstream runs the template once more; a step that is out of time does nothing here,
                // which no reader of the status can tell apart.
                false
            }
            Err(why) => {
                self.set(StepPhase::Skipped, Reason::Skip, why);
                false
            }
        }
    }

    fn before(&self) -> Option<&StepStatus> {
        self.run.step(self.place.parent, &self.step.base.name)
    }

    fn evaluated(&self, scope: &Value) -> Result<Box<dyn Program + 'a>, String>
    where
        'v: 'a,
    {
        let programs = self.visit.programs;
        match native::program(&self.step.runs, &scope["parameter"], programs) {
            Some(program) => Ok(program),
            None => programs.evaluate(&self.step.runs, &scope["context"], &scope["parameter"]),
        }
    }

    /// Makes the template's calls, one after the other, until none is left or one ends the step.
    fn calls(&mut self, program: &mut dyn Program) -> Result<(), Stop> {
        let mut made: BTreeSet<String> = BTreeSet::new();
        while let Some(action) = next(program, &made) {
            made.insert(action.path.clone());
            let params = match &action.params {
                Ok(params) => params.clone(),
                Err(why) => {
                    let why = format!("cue: marshal error: {why}");
                    self.call_error(&action, &why, program);
                    return Ok(());
                }
            };
            let filled = match self.control(&action, &params) {
                Some(Control::End) => return Ok(()),
                Some(Control::GoOn(value)) => value,
                Some(Control::Error(why)) => {
                    self.call_error(&action, &why, program);
                    return Ok(());
                }
                None => match self.asked(&action, params)? {
                    Ok(value) => value,
                    Err(why) => {
                        self.call_error(&action, &why, program);
                        return Ok(());
                    }
                },
            };
            let reply_path = action.reply_path();
            if let Some(Err(why)) = filled.map(|value| program.fill(&reply_path, value)) {
                self.call_error(&action, &why, program);
                return Ok(());
            }
        }
        if let Some(why) = program.error() {
            self.error(why);
        }
        Ok(())
    }

    /// A call that failed: which, why, and what it was asked with.
    fn call_error(&mut self, action: &Action, why: &dyn std::fmt::Display, program: &dyn Program) {
        let text = program.text(&action.path);
        self.error(format!("function call error for {}: {why} (value: {text})", action.path));
    }

    /// The world's answer to a call, or the wish to ask it.
    fn asked(
        &mut self,
        action: &Action,
        params: Value,
    ) -> Result<Result<Option<Value>, String>, Stop> {
        let id = id(self.visit, self.place, self.step);
        let Some(reply) = self.visit.replies.get(&(id.clone(), action.path.clone())) else {
            return Err(Stop(Box::new(Call {
                step_id: id,
                step_name: self.step.base.name.clone(),
                path: action.path.clone(),
                provider: action.provider.clone(),
                action: action.action.clone(),
                params,
                legacy: action.legacy,
            })));
        };
        Ok(match reply {
            Reply::Done(value) => Ok(value.clone()),
            Reply::Wait { value, message } => {
                self.wait(message.clone());
                Ok(value.clone())
            }
            Reply::Failed(why) => Err(why.clone()),
        })
    }

    /// Requests that steer the run itself need nobody else.
    fn control(&mut self, action: &Action, params: &Value) -> Option<Control> {
        let before = self.before().map(|status| status.phase.clone());
        let id = id(self.visit, self.place, self.step);
        let now = self.visit.now;
        let context = &mut self.run.context;
        let noted = builtin::log(action, params, context, &self.step.base.name);
        let done = noted
            .or_else(|| builtin::perform(action, params, context, &id, before.as_deref(), now))?;
        if let Some(message) = done.message {
            self.message = message;
        }
        match done.effect {
            builtin::Effect::None => {}
            builtin::Effect::Wait => {
                self.set_if_well(StepPhase::Running, Reason::Wait);
                self.flags.waiting = true;
            }
            builtin::Effect::Suspend => {
                self.set_if_well(StepPhase::Suspending, Reason::Suspend);
                self.flags.suspend = true;
            }
            builtin::Effect::Fail => {
                let message = std::mem::take(&mut self.message);
                self.end(StepPhase::Failed, Reason::Action, message);
            }
            builtin::Effect::Break => {
                let message = std::mem::take(&mut self.message);
                self.end(StepPhase::Succeeded, Reason::Terminate, message);
            }
        }
        Some(done.control)
    }

    fn wait(&mut self, message: String) {
        self.set_if_well(StepPhase::Running, Reason::Wait);
        self.flags.waiting = true;
        self.message = message;
    }

    /// An error that is tried again, until it was tried too often.
    fn error(&mut self, why: String) {
        self.phase = StepPhase::Failed;
        self.message = why;
        let id = id(self.visit, self.place, self.step);
        if self.run.memory.failed(&id) {
            self.reason = Reason::FailedAfterRetries;
            self.flags.failed_after_retries = true;
            self.flags.waiting = false;
        } else {
            self.flags.waiting = true;
            if self.reason == Reason::None || self.reason == Reason::Wait {
                self.reason = Reason::Execute;
            }
        }
    }

    fn set(&mut self, phase: StepPhase, reason: Reason, message: String) {
        (self.phase, self.reason, self.message) = (phase, reason, message);
    }

    fn set_if_well(&mut self, phase: StepPhase, reason: Reason) {
        if self.phase != StepPhase::Failed && self.phase != StepPhase::Suspending {
            (self.phase, self.reason) = (phase, reason);
        }
    }

    /// The step is over and ends the run.
    fn end(&mut self, phase: StepPhase, reason: Reason, message: String) {
        self.set(phase, reason, message);
        self.flags.terminated = true;
    }

    fn outputs(&mut self, program: Option<&dyn Program>) {
        if !self.run.is_over(self.phase.word(), self.reason.word()) {
            return;
        }
        let told = passing::give_out(self.run, self.step, program);
        if let Err(why) = told
            && self.phase != StepPhase::Skipped
        {
            self.message = why;
        }
    }

    fn ran(self) -> Ran {
        let mut status = fresh(self.visit, self.place, self.step);
        status.phase = self.phase.word().to_owned();
        status.reason = self.reason.word().to_owned();
        status.message = self.message;
        Ran { status, flags: self.flags }
    }
}

/// The first call that was not made yet.
fn next(program: &dyn Program, made: &BTreeSet<String>) -> Option<Action> {
    program.actions().into_iter().find(|action| !made.contains(&action.path))
}
