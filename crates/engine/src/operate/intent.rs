//! An intent: what is to be written for one operation, in order, and what that relies on.

use mizzen_oam::Application;
use serde_json::Value;

use super::subject::Subject;
use crate::plan::{Action, ObjectId};

/// What a person asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verb {
    /// Go on past a gate.
    Approve,
    /// Wait.
    Hold,
    /// End the run.
    Terminate,
    /// Run again.
    Restart,
    /// Go back to an earlier revision.
    Rollback,
    /// Deliver the present wishes, or an old revision, as a new version.
    Publish,
    /// Delete the application.
    Delete,
    /// Put back what someone else changed.
    Repair,
    /// Let be what someone else changed.
    Allow,
}

impl Verb {
    /// The word that people read.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Hold => "hold",
            Self::Terminate => "terminate",
            Self::Restart => "restart",
            Self::Rollback => "roll back",
            Self::Publish => "publish",
            Self::Delete => "delete",
            Self::Repair => "repair",
            Self::Allow => "allow",
        }
    }

    /// The reason word of the Event that records it.
    #[must_use]
    pub fn event_reason(self) -> &'static str {
        match self {
            Self::Approve => "Approved",
            Self::Hold => "Held",
            Self::Terminate => "Terminated",
            Self::Restart => "Restarted",
            Self::Rollback => "RolledBack",
            Self::Publish => "Published",
            Self::Delete => "DeletionRequested",
            Self::Repair => "Repaired",
            Self::Allow => "DriftAllowed",
        }
    }
}

/// What is to be written for one operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Intent<S = Application> {
    /// What was asked.
    pub verb: Verb,
    /// The subject as it was read; what is shown to a person is this.
    pub shown: S,
    /// Which gate, step or revision it is about; empty for the whole run.
    pub subject: String,
    /// What will happen, one sentence each.
    pub says: Vec<String>,
    /// The writes, in order.
    pub stages: Vec<Stage>,
}

/// One write.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// What it is called when it fails.
    pub name: &'static str,
    /// The object that is written.
    pub object: ObjectId,
    /// What is sent.
    pub write: Write,
    /// It undoes an earlier stage, so it is sent even when a stage in between failed.
    pub restores: bool,
}

/// What is sent in one stage.
#[derive(Clone, Debug, PartialEq)]
pub enum Write {
    /// A JSON Patch: its `test` operations are what the intent relies on.
    Json {
        /// `status`, or nothing for the object itself.
        subresource: Option<&'static str>,
        /// The operations.
        operations: Vec<Value>,
    },
    /// A new object.
    Create(Value),
    /// A deletion of exactly this object.
    Delete {
        /// Its uid.
        uid: String,
    },
    /// A resource tracker is set to the generation that the application has after the stages before.
    AdoptGeneration,
    /// An action of a plan, in whichever cluster; only while the object is the one that was seen.
    Action(Box<Action>),
    /// Variables are taken out of the context of a run.
    ForgetVariables(Vec<String>),
}

impl<S: Subject> Intent<S> {
    /// `namespace/name` of the subject.
    #[must_use]
    pub fn application(&self) -> String {
        super::facts::path(&self.shown)
    }

    pub(super) fn new(verb: Verb, app: &S, subject: impl Into<String>) -> Self {
        let (shown, subject) = (app.clone(), subject.into());
        Self { verb, shown, subject, says: Vec::new(), stages: Vec::new() }
    }

    /// Adds a sentence.
    pub(super) fn say(mut self, sentence: impl Into<String>) -> Self {
        self.says.push(sentence.into());
        self
    }

    /// Adds a write of what it is about.
    pub(super) fn patch(
        self,
        name: &'static str,
        subresource: Option<&'static str>,
        operations: Vec<Value>,
    ) -> Self {
        let object = self.shown.id();
        self.stage(Stage {
            name,
            object,
            write: Write::Json { subresource, operations },
            restores: false,
        })
    }

    pub(super) fn stage(mut self, stage: Stage) -> Self {
        self.stages.push(stage);
        self
    }
}

/// The id of an object of the group on the hub.
pub(super) fn id(kind: &str, namespace: &str, name: &str) -> ObjectId {
    ObjectId::on_hub(mizzen_oam::V1BETA1, kind, namespace, name)
}
