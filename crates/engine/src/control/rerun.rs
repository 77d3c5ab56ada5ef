//! When a workflow begins anew: for another revision or published version, or when somebody asks.
//!
//! Source: `handleWorkflowRestartAnnotation` and `checkWorkflowRestart` in `workflow.go` of the
//! application controller.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use mizzen_oam::Time;
use mizzen_oam::annotations::{PUBLISH_VERSION, RESTART_WORKFLOW};
use mizzen_oam::status::WorkflowStatus;
use serde_json::json;

use super::reconcile::Look;
use super::status::{begin_run, without_nulls};
use crate::apply::Patch;
use crate::error::Error;
use crate::operate::Subject;
use crate::plan::ObjectId;
use crate::render::Appfile;
use crate::track::revision;
use crate::workflow::backoff::go_duration;

/// What the annotation asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Asked {
    /// One run, at this time; the annotation goes.
    Once(Timestamp),
    /// A run so long after the end of the last one, again and again.
    Every(SignedDuration),
}

fn asked(text: &str, now: Timestamp) -> Option<Asked> {
    if text == "true" {
        return Some(Asked::Once(now));
    }
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(Asked::Once(time));
    }
    let seconds = go_duration(text).filter(|seconds| *seconds > 0.0)?;
    Some(Asked::Every(SignedDuration::from_millis((seconds * 1000.0) as i64)))
}

impl Look<'_> {
    /// Takes over when the annotation wants the workflow to run again.
    pub(super) async fn schedule(&mut self) -> Result<(), Error> {
        let text = self.app.metadata.annotation(RESTART_WORKFLOW);
        if text.is_empty() {
            return Ok(());
        }
        let Some(asked) = asked(text, self.now) else {
            tracing::warn!(app = self.app.metadata.name, text, "no time to restart at");
            return Ok(());
        };
        let at = match asked {
            Asked::Once(at) => at,
            Asked::Every(pause) => {
                self.ended().unwrap_or(self.now).checked_add(pause).unwrap_or(self.now)
            }
        };
        let at = Some(Time::at(at));
        if self.app.status.workflow_restart_scheduled_at != at {
            self.app.status.workflow_restart_scheduled_at = at;
            self.put_status().await?;
        }
        if matches!(asked, Asked::Once(_)) {
            self.drop_annotation().await?;
        }
        Ok(())
    }

    /// When the last run ended, if it did.
    fn ended(&self) -> Option<Timestamp> {
        self.app.status.workflow.as_ref().filter(|run| run.finished)?.end_time.0
    }

    async fn drop_annotation(&mut self) -> Result<(), Error> {
        let mut object = self.object.clone();
        self.app.metadata.annotations.remove(RESTART_WORKFLOW);
        object["metadata"]["annotations"] = json!(self.app.metadata.annotations);
        let id = self.app.id();
        self.object = self.controller.writer.replace(&id, "", &object, false).await?;
        Ok(())
    }

    /// Whether the run begins anew; then what the status says of the one before is gone.
    pub(super) async fn begins(&mut self, appfile: &Appfile) -> Result<bool, Error> {
        if let Some(Time(Some(at))) = self.app.status.workflow_restart_scheduled_at {
            if !self.is_due(at) {
                return Ok(false);
            }
            self.app.status.workflow_restart_scheduled_at = None;
            self.put_status().await?;
            self.begin(appfile.revision.name.clone()).await?;
            return Ok(true);
        }
        let version = self.app.metadata.annotation(PUBLISH_VERSION);
        let desired =
            if version.is_empty() { appfile.revision.name.clone() } else { version.to_owned() };
        let current = self.app.status.workflow.as_ref().map(|run| run.app_revision.as_str());
        let current = current.map(|name| name.split(':').next().unwrap_or(name));
        if current == Some(desired.as_str()) {
            return Ok(false);
        }
        self.begin(desired).await?;
        Ok(true)
    }

    /// A schedule is due when its time has come and a run ended before it.
    fn is_due(&self, at: Timestamp) -> bool {
        at <= self.now && self.ended().is_some_and(|ended| at > ended)
    }

    /// How long until a scheduled run, where the controller does not wait for the next look.
    pub(super) fn scheduled_in(&self) -> Option<Duration> {
        let at = self
            .app
            .status
            .workflow_restart_scheduled_at?
            .0
            .filter(|_| self.controller.options.prompt)?;
        let left = at.duration_since(self.now);
        Some(Duration::try_from(left).unwrap_or_default().max(Duration::from_secs(1)))
    }

    async fn begin(&mut self, desired: String) -> Result<(), Error> {
        self.close().await?;
        begin_run(&mut self.app.status);
        self.app.status.workflow =
            Some(WorkflowStatus { app_revision: desired, ..WorkflowStatus::default() });
        Ok(())
    }

    /// The run that is given up is written into its revision, which has no run recorded then.
    async fn close(&self) -> Result<(), Error> {
        let Some(run) = self.app.status.workflow.as_ref().filter(|run| !run.finished) else {
            return Ok(());
        };
        let id = revision::id(&self.app.metadata.namespace, &run.app_revision);
        let fleet = &self.controller.fleet;
        let Some(stored) = fleet.get(&id).await? else { return Ok(()) };
        if stored["status"]["workflow"].is_object() {
            return Ok(());
        }
        let closed = WorkflowStatus {
            terminated: true,
            finished: true,
            end_time: Time::at(self.now),
            ..run.clone()
        };
        let mut status = json!({"succeeded": false, "workflow": without_nulls(json!(closed))});
        if let Some(backend) = &run.context_backend {
            let context = ObjectId {
                api_version: "v1".to_owned(),
                kind: "ConfigMap".to_owned(),
                name: backend.name.clone(),
                ..id.clone()
            };
            let found = fleet.get(&context).await?.unwrap_or_default();
            status["workflowContext"] = found["data"].clone();
        }
        let body = json!({ "status": status });
        self.controller.writer.patch(&id, "status", Patch::Merge, &body, false).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_annotation_asks_for_a_time() {
        let now = Timestamp::from_second(1_000_000).unwrap();
        let at = |text: &str| asked(text, now);
        assert_eq!(at("true"), Some(Asked::Once(now)));
        let later = Timestamp::from_second(1_735_689_600).unwrap();
        assert_eq!(at("2025-01-01T00:00:00Z"), Some(Asked::Once(later)));
        assert_eq!(at("8s"), Some(Asked::Every(SignedDuration::from_secs(8))));
        assert_eq!(at("nonsense"), None);
        assert_eq!(at("-5s"), None);
    }
}
