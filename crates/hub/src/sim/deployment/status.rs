//! The status of a Deployment: counts, and the conditions Available and Progressing.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{View, spec_replicas, status_of};
use crate::clock::format_seconds;
use crate::json::{int, meta, text};
use crate::sim::object::{condition, set_condition};
use crate::sim::plan::{Actor, Plan};
use crate::sim::world::Kind;

/// The condition Progressing.
pub(super) fn progressing(deployment: &Value) -> Option<&Value> {
    condition(deployment, "Progressing")
}

impl View<'_> {
    /// Writes counts and availability when they differ from what is there; while a Deployment is
    /// paused or scaled, its progress is not judged.
    pub(super) fn sync_status(&self, plan: &mut Plan) {
        let mut status = self.counts();
        self.availability(&mut status);
        plan.status(Kind::Deployment, self.deployment, ordered(&status), Actor::Manager);
    }

    /// The same with the progress of the rollout.
    pub(super) fn sync_rollout(&self, plan: &mut Plan) {
        let mut status = self.counts();
        self.availability(&mut status);
        self.progress(&mut status, plan);
        plan.status(Kind::Deployment, self.deployment, ordered(&status), Actor::Manager);
    }

    /// The counts, with the conditions as they were.
    fn counts(&self) -> Value {
        let sum = |field: &str| self.all().map(|set| status_of(set, field)).sum::<i64>();
        let wanted: i64 = self.all().map(|set| spec_replicas(set)).sum();
        let available = sum("availableReplicas");
        let updated = self.new.as_ref().map_or(0, |new| status_of(new, "replicas"));
        let mut status = json!({"observedGeneration": self.deployment["metadata"]["generation"]});
        for (field, count) in [
            ("replicas", sum("replicas")),
            ("updatedReplicas", updated),
            ("readyReplicas", sum("readyReplicas")),
            ("availableReplicas", available),
            ("unavailableReplicas", (wanted - available).max(0)),
        ] {
            if count > 0 {
                status[field] = json!(count);
            }
        }
        status["terminatingReplicas"] = json!(sum("terminatingReplicas"));
        for field in ["conditions", "collisionCount"] {
            if let Some(value) = self.deployment["status"].get(field) {
                status[field] = value.clone();
            }
        }
        status
    }

    fn availability(&self, status: &mut Value) {
        let minimum = self.replicas() - self.max_unavailable();
        let available = int(status, &["availableReplicas"]).unwrap_or(0);
        let (ok, reason, message) = if available >= minimum {
            (true, "MinimumReplicasAvailable", "Deployment has minimum availability.")
        } else {
            (false, "MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
        };
        set_condition(status, "Available", ok, reason, message, self.ctx.now, true);
    }

    /// Whether everything wanted is there and nothing else.
    pub(super) fn is_complete(&self, status: &Value) -> bool {
        let count = |field: &str| int(status, &[field]).unwrap_or(0);
        let wanted = self.replicas();
        count("updatedReplicas") == wanted
            && count("replicas") == wanted
            && count("availableReplicas") == wanted
            && count("observedGeneration")
                >= int(self.deployment, &["metadata", "generation"]).unwrap_or(0)
    }

    fn is_progressing(&self, status: &Value) -> bool {
        let before = |field: &str| status_of(self.deployment, field);
        let after = |field: &str| int(status, &[field]).unwrap_or(0);
        let old = |count: &dyn Fn(&str) -> i64| count("replicas") - count("updatedReplicas");
        after("updatedReplicas") > before("updatedReplicas")
            || old(&after) < old(&before)
            || after("readyReplicas") > before("readyReplicas")
            || after("availableReplicas") > before("availableReplicas")
    }

    fn progress(&self, status: &mut Value, plan: &mut Plan) {
        let Some(deadline) = int(self.deployment, &["spec", "progressDeadlineSeconds"]) else {
            return;
        };
        if deadline == i64::from(i32::MAX) {
            return;
        }
        let current = progressing(self.deployment);
        let reason = current.map_or("", |c| text(c, &["reason"]));
        let counted = |field: &str| int(status, &[field]).unwrap_or(0);
        let settled =
            counted("replicas") == counted("updatedReplicas") && reason == "NewReplicaSetAvailable";
        if settled {
            return;
        }
        let subject = match &self.new {
            Some(new) => format!("ReplicaSet {:?}", meta(new, "name")),
            None => format!("Deployment {:?}", meta(self.deployment, "name")),
        };
        let now = self.ctx.now;
        if self.is_complete(status) {
            let text = format!("{subject} has successfully progressed.");
            set_condition(status, "Progressing", true, "NewReplicaSetAvailable", &text, now, true);
        } else if self.is_progressing(status) {
            let text = format!("{subject} is progressing.");
            touch(status, &text, &format_seconds(now));
        } else if let Some(late) = self.late_at(deadline) {
            if late <= now {
                let text = format!("{subject} has timed out progressing.");
                set_condition(
                    status,
                    "Progressing",
                    false,
                    "ProgressDeadlineExceeded",
                    &text,
                    now,
                    true,
                );
            } else {
                plan.wake_at(late);
            }
        }
    }

    /// When the rollout counts as stuck; none when it cannot.
    fn late_at(&self, deadline: i64) -> Option<jiff::Timestamp> {
        let current = progressing(self.deployment)?;
        match text(current, &["reason"]) {
            "NewReplicaSetAvailable" | "ProgressDeadlineExceeded" => None,
            reason if reason.starts_with("Deployment") => None,
            _ => {
                let from: jiff::Timestamp = text(current, &["lastUpdateTime"]).parse().ok()?;
                from.checked_add(SignedDuration::from_secs(deadline)).ok()
            }
        }
    }

    /// Pausing and resuming show in the condition, so that paused time does not count as stuck.
    pub(super) fn note_pause(&self, paused: bool, plan: &mut Plan) -> bool {
        if int(self.deployment, &["spec", "progressDeadlineSeconds"]).is_none() {
            return false;
        }
        let reason = progressing(self.deployment).map_or("", |c| text(c, &["reason"]));
        if reason == "ProgressDeadlineExceeded" {
            return false;
        }
        let (new, message) = match (paused, reason) {
            (true, "DeploymentPaused") => return false,
            (true, _) => ("DeploymentPaused", "Deployment is paused"),
            (false, "DeploymentPaused") => ("DeploymentResumed", "Deployment is resumed"),
            (false, _) => return false,
        };
        let mut status = self.deployment["status"].clone();
        let list = status["conditions"].as_array_mut();
        list.into_iter().for_each(|list| list.retain(|c| c["type"] != "Progressing"));
        set_condition(&mut status, "Progressing", true, new, message, self.ctx.now, true);
        if let Some(last) = status["conditions"].as_array_mut().and_then(|list| list.last_mut()) {
            last["status"] = json!("Unknown");
        }
        plan.status(Kind::Deployment, self.deployment, status, Actor::Manager);
        true
    }
}

/// Progress moves the update time; the transition time only when the status changes.
fn touch(status: &mut Value, message: &str, time: &str) {
    let mut transition = time.to_owned();
    if !status["conditions"].is_array() {
        status["conditions"] = json!([]);
    }
    let Some(list) = status["conditions"].as_array_mut() else { return };
    if let Some(index) = list.iter().position(|c| c["type"] == "Progressing") {
        if list[index]["status"] == "True" {
            transition = text(&list[index], &["lastTransitionTime"]).to_owned();
        }
        list.remove(index);
    }
    list.push(json!({
        "type": "Progressing", "status": "True", "lastUpdateTime": time,
        "lastTransitionTime": transition, "reason": "ReplicaSetUpdated", "message": message,
    }));
}

/// The status with its fields in the order of their declaration.
fn ordered(status: &Value) -> Value {
    const ORDER: &[&str] = &[
        "observedGeneration",
        "replicas",
        "updatedReplicas",
        "readyReplicas",
        "availableReplicas",
        "unavailableReplicas",
        "terminatingReplicas",
        "conditions",
        "collisionCount",
    ];
    let mut out = json!({});
    for key in ORDER {
        if let Some(value) = status.get(*key) {
            out[*key] = value.clone();
        }
    }
    out
}
