//! A run: what is stored of it, and what is remembered between two passes only.

use jiff::Timestamp;
use mizzen_oam::Time;
use mizzen_oam::status::{StepStatus, WorkflowStatus, WorkflowStepStatus};

use super::backoff::Memory;
use super::context::Context;
use super::phase::{StepPhase, is_finished};

/// A run of a workflow.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// What the Application's status holds.
    pub status: WorkflowStatus,
    /// What the ConfigMap holds.
    pub context: Context,
    /// What the process remembers; losing it costs nothing but patience.
    pub memory: Memory,
}

impl Run {
    /// The status of a step or sub-step by name.
    #[must_use]
    pub fn step(&self, parent: Option<&str>, name: &str) -> Option<&StepStatus> {
        match parent {
            None => self.top(name).map(|step| &step.step),
            Some(parent) => self.top(parent)?.sub_steps.iter().find(|step| step.name == name),
        }
    }

    /// The status of a top-level step with its sub-steps.
    #[must_use]
    pub fn top(&self, name: &str) -> Option<&WorkflowStepStatus> {
        self.status.steps.iter().find(|step| step.step.name == name)
    }

    /// Whether a step of this phase and reason is visited no more. A run that waits for a person where
    /// others fail visits all but those that went well.
    ///
    /// Source: `IsStepFinish` in `pkg/types/types.go` of kubevela/workflow.
    pub(crate) fn is_over(&self, phase: &str, reason: &str) -> bool {
        match self.memory.patience.suspend_on_failure {
            true => phase == StepPhase::Succeeded.word(),
            false => is_finished(phase, reason),
        }
    }

    /// Every recorded step, sub-steps after their group.
    pub fn all_steps(&self) -> impl Iterator<Item = &StepStatus> {
        self.status.steps.iter().flat_map(|step| std::iter::once(&step.step).chain(&step.sub_steps))
    }

    /// Records a step: first time kept, last time now. A sub-step whose group is not recorded yet
    /// makes a placeholder for it, which holds only its name and first time.
    ///
    /// Source: `updateStepStatus` in `pkg/executor/workflow.go`.
    pub fn record(&mut self, parent: Option<&str>, mut status: StepStatus, now: Timestamp) {
        let now = Time::at(now);
        status.last_execute_time = now;
        status.first_execute_time = now;
        match parent {
            None => match self.status.steps.iter_mut().find(|s| s.step.name == status.name) {
                Some(known) => {
                    status.first_execute_time = known.step.first_execute_time;
                    known.step = status;
                }
                None => self
                    .status
                    .steps
                    .push(WorkflowStepStatus { step: status, sub_steps: Vec::new() }),
            },
            Some(parent) => {
                let group = self.group(parent, now);
                match group.sub_steps.iter_mut().find(|s| s.name == status.name) {
                    Some(known) => {
                        status.first_execute_time = known.first_execute_time;
                        *known = status;
                    }
                    None => group.sub_steps.push(status),
                }
            }
        }
    }

    fn group(&mut self, name: &str, now: Time) -> &mut WorkflowStepStatus {
        let steps = &mut self.status.steps;
        let index = steps.iter().position(|step| step.step.name == name).unwrap_or_else(|| {
            let step =
                StepStatus { name: name.to_owned(), first_execute_time: now, ..Default::default() };
            steps.push(WorkflowStepStatus { step, sub_steps: Vec::new() });
            steps.len() - 1
        });
        &mut steps[index]
    }
}
