//! The status of a run, and how it is told to the engine and taken back from it.
//!
//! The engine knows the status as an application holds it. The two differ in how they write the mode
//! and in what only one of them has.

use mizzen_oam::WorkflowRun;
use mizzen_oam::application::WorkflowMode;
use mizzen_oam::external::WorkflowRunStatus;
use mizzen_oam::status::WorkflowStatus;
use serde_json::Value;

use crate::apply::{Patch, Writer};
use crate::control::status::{as_stored, change, with_sticky};
use crate::error::Error;
use crate::operate::Subject;

/// What upstream's merge patch cannot clear: it stays until there is another value.
const STICKY: [&str; 3] = ["conditions", "contextBackend", "suspendState"];

/// Whether nothing of the run happened yet.
pub(super) fn begins(status: &WorkflowRunStatus) -> bool {
    status.start_time.is_zero() && status.steps.is_empty()
}

/// The status with which a run begins.
pub(super) fn fresh(mode: Option<&WorkflowMode>) -> WorkflowRunStatus {
    let word = |pick: fn(&WorkflowMode) -> &String, otherwise: &str| {
        let written = mode.map(pick).filter(|word| !word.is_empty());
        written.cloned().unwrap_or_else(|| otherwise.to_owned())
    };
    let mode = WorkflowMode {
        steps: word(|mode| &mode.steps, "StepByStep"),
        sub_steps: word(|mode| &mode.sub_steps, "DAG"),
    };
    WorkflowRunStatus { mode, ..WorkflowRunStatus::default() }
}

/// The status in the engine's form.
pub(super) fn given(status: &WorkflowRunStatus) -> WorkflowStatus {
    WorkflowStatus {
        app_revision: String::new(),
        mode: String::new(),
        phase: status.phase.clone(),
        message: status.message.clone(),
        suspend: status.suspend,
        suspend_state: status.suspend_state.clone(),
        terminated: status.terminated,
        finished: status.finished,
        context_backend: status.context_backend.clone(),
        steps: status.steps.clone(),
        start_time: status.start_time,
        end_time: status.end_time,
    }
}

/// Takes what the engine leaves. The mode stays: it is set once, when the run begins.
pub(super) fn take(status: &mut WorkflowRunStatus, left: &WorkflowStatus) {
    *status = WorkflowRunStatus {
        conditions: std::mem::take(&mut status.conditions),
        mode: std::mem::take(&mut status.mode),
        phase: left.phase.clone(),
        message: left.message.clone(),
        suspend: left.suspend,
        suspend_state: left.suspend_state.clone(),
        terminated: left.terminated,
        finished: left.finished,
        context_backend: left.context_backend.clone(),
        steps: left.steps.clone(),
        start_time: left.start_time,
        end_time: left.end_time,
    };
}

/// Writes the status where it differs from the stored one, and only over the run that was looked at.
pub(super) async fn write(
    writer: &Writer,
    run: &WorkflowRun,
    object: &Value,
    stored: &Value,
) -> Result<(), Error> {
    let wanted = with_sticky(stored, as_stored(run, &run.status)?, &STICKY);
    match change(object, stored, &wanted) {
        None => Ok(()),
        Some(body) => writer.patch(&run.id(), "status", Patch::Merge, &body, false).await.map(drop),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_begins_with_the_written_mode() {
        let mode = |steps: &str, sub_steps: &str| WorkflowMode {
            steps: steps.to_owned(),
            sub_steps: sub_steps.to_owned(),
        };
        for (written, expected) in [
            (None, mode("StepByStep", "DAG")),
            (Some(mode("DAG", "")), mode("DAG", "DAG")),
            (Some(mode("", "StepByStep")), mode("StepByStep", "StepByStep")),
        ] {
            assert_eq!(fresh(written.as_ref()).mode, expected);
        }
    }

    #[test]
    fn what_the_engine_leaves_comes_back_as_it_was() {
        let mut status = fresh(None);
        status.suspend = true;
        status.start_time = mizzen_oam::Time::at(jiff::Timestamp::UNIX_EPOCH);
        let before = status.clone();
        let engines = given(&status);
        take(&mut status, &engines);
        assert_eq!(status, before);
    }
}
