//! WorkflowRuns: workflows that run without an application, by the same engine.
//!
//! Invariant: what such a run applies is not tracked; it stays when the run goes, and nothing keeps it
//! as it was. Source of the order: `Reconcile` in `controllers/workflowrun_controller.go` of
//! kubevela/workflow.

mod objects;
mod status;
mod steps;
mod visit;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use kube::api::DynamicObject;
use mizzen_oam::annotations::RUN_CONTROLLER_REQUIREMENT;
use mizzen_oam::condition::set_condition;
use mizzen_oam::{Condition, Time, WorkflowRun};
use serde_json::{Value, json};

use super::Controller;
use super::context::Store;
use super::owner::Owner;
use super::queue::Queue;
use super::reconcile::Again;
use super::status::without_nulls;
use crate::apply::Writer;
use crate::error::Error;
use crate::fleet::Fleet;
use crate::operate::Subject;
use crate::plan::ObjectId;
use crate::workflow::{Done, Run, RunPhase};
use steps::Steps;
use visit::Visit;

/// The field manager of everything that is written for a run.
pub(super) const MANAGER: &str = "vela-workflow";
/// The only condition of a run.
const CONDITION: &str = "WorkflowRun";

/// Watches runs: each change that is not the engine's own progress makes the run due.
pub(super) async fn watch(fleet: Fleet, queue: Arc<Queue>) {
    super::watch::changes(fleet, queue, ("v1alpha1", "WorkflowRun"), matters).await;
}

/// What of a run calls for a look; nothing of one that is over.
fn matters(run: &DynamicObject) -> Option<Value> {
    let (meta, status) = (&run.metadata, &run.data["status"]);
    (status["finished"] != true).then(|| {
        json!([
            meta.generation,
            meta.labels,
            meta.annotations,
            meta.deletion_timestamp,
            meta.uid,
            status["suspend"],
            status["terminated"],
            status["startTime"],
        ])
    })
}

/// One look at one run.
struct Look<'a> {
    controller: &'a Controller,
    writer: Writer,
    run: WorkflowRun,
    /// The run as it is stored, and its status.
    object: Value,
    stored: Value,
    now: Timestamp,
}

/// What went wrong: the event's reason and prefix, and the phase that the run is in then.
struct Wrong {
    reason: &'static str,
    prefix: &'static str,
    phase: &'static str,
    error: Error,
}

fn generating(error: Error) -> Wrong {
    let prefix = "fail to generate workflow runners";
    Wrong { reason: "Generate", prefix, phase: "initializing", error }
}

fn executing(error: Error) -> Wrong {
    Wrong { reason: "Execute", prefix: "fail to execute", phase: "executing", error }
}

impl Controller {
    /// Visits a run once.
    ///
    /// # Errors
    /// When something could not be read or written; its status says so too, where it can.
    pub(super) async fn advance(&self, namespace: &str, name: &str) -> Result<Again, Error> {
        let id = ObjectId::on_hub(WorkflowRun::API_VERSION, WorkflowRun::KIND, namespace, name);
        let Some(object) = self.fleet.get(&id).await? else { return Ok(None) };
        let run: WorkflowRun =
            serde_json::from_value(object.clone()).map_err(|error| Error::Unreadable {
                what: format!("WorkflowRun {namespace}/{name}"),
                why: error.to_string(),
            })?;
        let required = run.metadata.annotations.get(RUN_CONTROLLER_REQUIREMENT);
        if run.status.finished || required.is_some_and(|it| *it != self.options.version) {
            return Ok(None);
        }
        let look = Look {
            controller: self,
            writer: self.writer.as_manager(MANAGER),
            stored: without_nulls(object["status"].clone()),
            run,
            object,
            now: self.now(),
        };
        look.advance().await
    }
}

impl Look<'_> {
    async fn advance(mut self) -> Result<Again, Error> {
        let done = match self.visit().await {
            Ok(done) => done,
            Err(wrong) => return self.complain(wrong).await,
        };
        let ending = match done.phase {
            RunPhase::Succeeded => Some("WorkflowRun finished successfully"),
            RunPhase::Terminated => Some("WorkflowRun finished with termination"),
            RunPhase::Failed => Some("WorkflowRun finished with failure"),
            RunPhase::Executing | RunPhase::Suspending => None,
        };
        if done.phase == RunPhase::Succeeded {
            let well = Condition::available(CONDITION, Time::at(self.now));
            set_condition(&mut self.run.status.conditions, well);
        }
        if let Some(message) = ending {
            self.say("Normal", "Execute", message).await;
        }
        self.write_status().await?;
        // Only what is stored is remembered: a visit that comes again counts its failures anew.
        self.controller.remember(&self.run.metadata.uid, done.run.memory);
        let seconds = done.again_after.and_then(|seconds| u64::try_from(seconds).ok());
        Ok(seconds.map(Duration::from_secs))
    }

    /// One visit of the workflow, up to the status that it leaves.
    async fn visit(&mut self) -> Result<Done, Wrong> {
        let steps = Steps::of(&self.controller.fleet, &self.run).await.map_err(generating)?;
        let templates = steps.templates(self.controller, &self.run).await.map_err(generating)?;
        let begins = status::begins(&self.run.status);
        if begins {
            self.run.status = status::fresh(steps.mode());
        }
        let spec = steps.spec(&self.run.status.mode);
        let (mut store, run) = self.open(begins).await.map_err(executing)?;
        let visit = Visit {
            fleet: &self.controller.fleet,
            writer: &self.writer,
            web: self.controller.web.as_ref(),
            run: &self.run,
        };
        let done = visit.carry_out(&spec, run, &templates, self.now).await;
        let context = done.run.context.clone();
        store.commit(&self.writer, context).await.map_err(executing)?;
        status::take(&mut self.run.status, &done.run.status);
        Ok(done)
    }

    /// The run as the engine knows it, with its variables.
    async fn open(&self, begins: bool) -> Result<(Store, Run), Error> {
        let controller = self.controller;
        let mut status = status::given(&self.run.status);
        let (owner, backend) = (Owner::run(&self.run), status.context_backend.as_ref());
        let (fleet, writer) = (&controller.fleet, &self.writer);
        let store = Store::open(fleet, writer, owner, backend, begins, self.now).await?;
        status.context_backend = Some(store.named_as(&self.stored["contextBackend"]));
        let memory = controller.memory(&self.run.metadata.uid, begins);
        let run = Run { status, context: store.context.clone(), memory };
        Ok((store, run))
    }

    /// Says in the status what went wrong.
    async fn complain(mut self, wrong: Wrong) -> Result<Again, Error> {
        let message = wrong.error.told();
        self.say("Warning", wrong.reason, &format!("{}: {message}", wrong.prefix)).await;
        let condition = Condition::error(CONDITION, message, Time::at(self.now));
        // What the visit began is not in the status unless it came through.
        self.run.status = serde_json::from_value(self.stored.clone()).unwrap_or_default();
        set_condition(&mut self.run.status.conditions, condition);
        wrong.phase.clone_into(&mut self.run.status.phase);
        self.write_status().await?;
        Err(wrong.error)
    }

    async fn say(&self, kind: &str, reason: &str, message: &str) {
        let recorder = &self.controller.recorder;
        let owner = Owner::run(&self.run);
        recorder.record(&self.writer, owner, (kind, reason), message, self.now).await;
    }

    async fn write_status(&mut self) -> Result<(), Error> {
        status::write(&self.writer, &self.run, &self.object, &self.stored).await
    }
}
