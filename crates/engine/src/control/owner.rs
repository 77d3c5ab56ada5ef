//! The object whose workflow runs: an Application, or a WorkflowRun that stands alone.
//!
//! What is kept or told of a run is the same for both; only the names on it differ.

use mizzen_oam::meta::ObjectMeta;
use mizzen_oam::{Application, WorkflowRun};
use serde_json::{Value, json};

use crate::operate::Subject;

/// Whose workflow runs.
#[derive(Clone, Copy)]
pub(super) struct Owner<'a> {
    pub(super) api_version: &'static str,
    pub(super) kind: &'static str,
    pub(super) meta: &'a ObjectMeta,
    /// The field manager of what is kept for the run: the controller that upstream has for the kind.
    pub(super) manager: &'static str,
}

impl<'a> Owner<'a> {
    /// An application.
    pub(super) fn application(app: &'a Application) -> Self {
        Self::of(app, "vela-core")
    }

    /// A run that stands alone.
    pub(super) fn run(run: &'a WorkflowRun) -> Self {
        Self::of(run, super::standalone::MANAGER)
    }

    fn of<S: Subject>(subject: &'a S, manager: &'static str) -> Self {
        Self { api_version: S::API_VERSION, kind: S::KIND, meta: subject.meta(), manager }
    }

    /// The reference by which what is kept for the run goes when its owner goes.
    pub(super) fn reference(&self) -> Value {
        json!({
            "apiVersion": self.api_version,
            "kind": self.kind,
            "name": self.meta.name,
            "uid": self.meta.uid,
            "controller": true,
        })
    }
}
