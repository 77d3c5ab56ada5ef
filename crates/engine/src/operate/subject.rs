//! What operations are about: an Application, or a WorkflowRun that stands alone.
//!
//! Both hold the state of a run, in the same words but at different places. Invariant: an operation
//! reads and writes a run only through what is said here.

use kube::Client;
use mizzen_oam::external::Workflow;
use mizzen_oam::meta::{ObjectMeta, ObjectReference};
use mizzen_oam::status::WorkflowStepStatus;
use mizzen_oam::{Application, Time, V1ALPHA1, V1BETA1, WorkflowRun};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::error::OperateError;
use super::facts::{path, replace};
use super::wire::workflow;
use crate::plan::ObjectId;
use crate::render::Appfile;
use crate::render::appfile::RevisionRef;
use crate::workflow::Spec;

/// An object with a run of a workflow.
pub trait Subject: Clone + DeserializeOwned {
    /// Its kind.
    const KIND: &'static str;
    /// Its group and version.
    const API_VERSION: &'static str;
    /// The JSON pointer to the run's state.
    const ROOT: &'static str;
    /// Whether a run that begins anew takes the variables of the one before with it.
    const LOSES_VARIABLES: bool;

    /// Its metadata.
    fn meta(&self) -> &ObjectMeta;

    /// The state of its run, if there is one.
    fn progress(&self) -> Option<Progress<'_>>;

    /// Its own phase.
    fn phase(&self) -> &str;

    /// The revision that it runs; empty for what has none.
    fn revision(&self) -> &str;

    /// The JSON Patch operation that takes its run's state away.
    fn forgotten() -> Value;

    /// The workflow that its run follows, as far as it is not written elsewhere.
    fn follows(&self, client: &Client) -> impl Future<Output = Result<Spec, OperateError>> + Send;

    /// Its id on the hub.
    fn id(&self) -> ObjectId {
        let meta = self.meta();
        ObjectId::on_hub(Self::API_VERSION, Self::KIND, &meta.namespace, &meta.name)
    }
}

/// How far a run is.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// Where it stands in its object.
    pub(super) root: &'static str,
    /// What it runs, as a person knows it.
    pub(super) of: &'a str,
    /// The revision that it runs, where it says so.
    pub(super) revision: &'a str,
    pub(super) phase: &'a str,
    pub(super) suspend: bool,
    pub(super) terminated: bool,
    pub(super) finished: bool,
    pub(super) backend: Option<&'a ObjectReference>,
    pub(super) steps: &'a [WorkflowStepStatus],
    pub(super) start: Time,
    pub(super) end: Time,
}

impl Progress<'_> {
    /// Somebody ended it, or it came to its end.
    pub(super) fn is_over(&self) -> bool {
        self.terminated || self.finished || self.phase == "succeeded"
    }
}

impl Subject for Application {
    const KIND: &'static str = "Application";
    const API_VERSION: &'static str = V1BETA1;
    const ROOT: &'static str = "/status/workflow";
    const LOSES_VARIABLES: bool = false;

    fn meta(&self) -> &ObjectMeta {
        &self.metadata
    }

    fn progress(&self) -> Option<Progress<'_>> {
        let run = self.status.workflow.as_ref()?;
        Some(Progress {
            root: Self::ROOT,
            of: &run.app_revision,
            revision: &run.app_revision,
            phase: &run.phase,
            suspend: run.suspend,
            terminated: run.terminated,
            finished: run.finished,
            backend: run.context_backend.as_ref(),
            steps: &run.steps,
            start: run.start_time,
            end: run.end_time,
        })
    }

    fn phase(&self) -> &str {
        &self.status.phase
    }

    fn revision(&self) -> &str {
        self.status.latest_revision.as_ref().map_or("", |latest| latest.name.as_str())
    }

    fn forgotten() -> Value {
        json!({"op": "remove", "path": Self::ROOT})
    }

    /// Steps of its own, of the Workflow it refers to, or generated from its policies.
    async fn follows(&self, client: &Client) -> Result<Spec, OperateError> {
        let what = || format!("{} {}", Self::KIND, path(self));
        let unreadable = |why: String| OperateError::Unreadable { object: what(), why };
        let written = self.spec.workflow.as_ref();
        let reference = written.map_or("", |workflow| workflow.reference.as_str());
        let mut referenced = None;
        if !reference.is_empty() {
            referenced = Some(workflow(client, &self.metadata.namespace, reference).await?);
        }
        let file = Appfile::new(self, RevisionRef::default(), referenced.as_ref());
        Spec::of(&file.map_err(|why| unreadable(why.to_string()))?).map_err(unreadable)
    }
}

impl Subject for WorkflowRun {
    const KIND: &'static str = "WorkflowRun";
    const API_VERSION: &'static str = V1ALPHA1;
    const ROOT: &'static str = "/status";
    const LOSES_VARIABLES: bool = true;

    fn meta(&self) -> &ObjectMeta {
        &self.metadata
    }

    fn progress(&self) -> Option<Progress<'_>> {
        let run = &self.status;
        (!run.phase.is_empty()).then(|| Progress {
            root: Self::ROOT,
            of: &self.metadata.name,
            revision: "",
            phase: &run.phase,
            suspend: run.suspend,
            terminated: run.terminated,
            finished: run.finished,
            backend: run.context_backend.as_ref(),
            steps: &run.steps,
            start: run.start_time,
            end: run.end_time,
        })
    }

    fn phase(&self) -> &str {
        &self.status.phase
    }

    fn revision(&self) -> &str {
        ""
    }

    fn forgotten() -> Value {
        let empty = json!({"mode": {}, "status": "", "suspend": false, "terminated": false,
            "finished": false});
        replace(Self::ROOT, empty)
    }

    /// Steps of its own, or of the Workflow it refers to.
    async fn follows(&self, client: &Client) -> Result<Spec, OperateError> {
        let (settled, mode) = (&self.status.mode, self.spec.mode.clone());
        if let Some(written) = &self.spec.workflow_spec {
            return Ok(Spec::standing_alone(&written.steps, settled, mode.as_ref()));
        }
        let (namespace, name) = (&self.metadata.namespace, &self.spec.workflow_ref);
        let other: Workflow = workflow(client, namespace, name).await?;
        Ok(Spec::standing_alone(&other.steps, settled, mode.or(other.mode).as_ref()))
    }
}
