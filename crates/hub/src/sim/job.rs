//! The Job controller: pods until enough of them succeeded or too many failed.
//!
//! Pure. Finalizers on pods, which upstream uses to count each pod once, are not used: a pod that
//! ended stays until the Job goes, so the counts follow from the pods.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::json::{as_object, int, items, meta, object_mut, set_meta, text};
use crate::sim::object::{active, deleting, holds, pod_from_template, ready_since};
use crate::sim::plan::{Actor, Ctx, Plan, note, warning};
use crate::sim::world::Kind;

const COMPONENT: &str = "job-controller";
const INDEX: &str = "batch.kubernetes.io/job-completion-index";

/// Delay before the first replacement of a failed pod; it doubles with each failure up to six minutes.
const BACKOFF: i64 = 10;

struct View<'a> {
    ctx: &'a Ctx<'a>,
    job: &'a Value,
    pods: Vec<Arc<Value>>,
}

/// Plans the next step of a Job.
pub(crate) fn reconcile(ctx: &Ctx<'_>, job: &Value, plan: &mut Plan) {
    let view = View { ctx, job, pods: ctx.world.controlled(meta(job, "uid"), Kind::Pod) };
    if deleting(job) {
        return;
    }
    if holds(job, "Complete") || holds(job, "Failed") {
        return view.expire(plan);
    }
    let mut status = view.counts();
    match view.verdict() {
        Some(verdict) => view.finish(&verdict, status, plan),
        None => {
            view.manage(&mut status, plan);
            plan.status(Kind::Job, job, status, Actor::Manager);
        }
    }
}

/// How a Job ends.
enum Verdict {
    Complete,
    Failed { reason: &'static str, message: String },
}

impl View<'_> {
    fn number(&self, field: &str) -> Option<i64> {
        int(self.job, &["spec", field])
    }

    fn in_phase(&self, phase: &str) -> i64 {
        let pods = self.pods.iter().filter(|pod| text(pod, &["status", "phase"]) == phase);
        i64::try_from(pods.count()).unwrap_or(0)
    }

    fn indexed(&self) -> bool {
        text(self.job, &["spec", "completionMode"]) == "Indexed"
    }

    /// The indexes whose pods succeeded.
    fn completed(&self) -> BTreeSet<i64> {
        let done = self.pods.iter().filter(|p| text(p, &["status", "phase"]) == "Succeeded");
        done.filter_map(|p| text(p, &["metadata", "annotations", INDEX]).parse().ok()).collect()
    }

    fn succeeded(&self) -> i64 {
        if self.indexed() {
            return i64::try_from(self.completed().len()).unwrap_or(0);
        }
        self.in_phase("Succeeded")
    }

    fn active(&self) -> Vec<&Arc<Value>> {
        self.pods.iter().filter(|pod| active(pod)).collect()
    }

    fn started(&self) -> Option<Timestamp> {
        text(self.job, &["status", "startTime"]).parse().ok()
    }

    fn counts(&self) -> Value {
        let (suspended, job) = (self.job["spec"]["suspend"] == true, self.job);
        let mut status = json!({});
        if let Some(conditions) = job["status"].get("conditions") {
            status["conditions"] = conditions.clone();
        }
        if !suspended {
            let time = self.ctx.time();
            status["startTime"] = job["status"].get("startTime").cloned().unwrap_or(json!(time));
        }
        let running = self.active();
        let ready = running.iter().filter(|pod| ready_since(pod).is_some()).count();
        for (field, count) in [
            ("active", i64::try_from(running.len()).unwrap_or(0)),
            ("succeeded", self.succeeded()),
            ("failed", self.in_phase("Failed")),
        ] {
            if count > 0 {
                status[field] = json!(count);
            }
        }
        let terminating = self.pods.iter().filter(|pod| deleting(pod)).count();
        status["terminating"] = json!(terminating);
        if self.indexed() && !self.completed().is_empty() {
            status["completedIndexes"] = json!(ranges(&self.completed()));
        }
        status["uncountedTerminatedPods"] = json!({});
        status["ready"] = json!(ready);
        status
    }

    fn verdict(&self) -> Option<Verdict> {
        let restarts: i64 = self
            .pods
            .iter()
            .filter(|pod| active(pod))
            .flat_map(|pod| items(pod, &["status", "containerStatuses"]))
            .filter_map(|c| c["restartCount"].as_i64())
            .sum();
        let limit = self.number("backoffLimit").unwrap_or(6);
        if self.in_phase("Failed") + restarts > limit {
            let message = "Job has reached the specified backoff limit".to_owned();
            return Some(Verdict::Failed { reason: "BackoffLimitExceeded", message });
        }
        let deadline = self.number("activeDeadlineSeconds").zip(self.started());
        if let Some((seconds, start)) = deadline
            && self.ctx.now.duration_since(start) >= SignedDuration::from_secs(seconds)
        {
            let message = "Job was active longer than specified deadline".to_owned();
            return Some(Verdict::Failed { reason: "DeadlineExceeded", message });
        }
        let done = match self.number("completions") {
            Some(wanted) => self.succeeded() >= wanted,
            None => self.succeeded() > 0 && self.active().is_empty(),
        };
        done.then_some(Verdict::Complete)
    }

    fn finish(&self, verdict: &Verdict, mut status: Value, plan: &mut Plan) {
        for pod in self.active() {
            plan.delete(Kind::Pod, pod, json!({}), Actor::Manager);
        }
        let busy = self.pods.iter().any(|pod| active(pod) || deleting(pod));
        let (before, last, reason, message) = match verdict {
            Verdict::Complete => (
                "SuccessCriteriaMet",
                "Complete",
                "CompletionsReached",
                "Reached expected number of succeeded pods",
            ),
            Verdict::Failed { reason, message } => {
                ("FailureTarget", "Failed", *reason, message.as_str())
            }
        };
        self.add_condition(&mut status, before, reason, message);
        if !busy {
            if matches!(verdict, Verdict::Complete) {
                status["completionTime"] = json!(self.ctx.time());
            }
            self.add_condition(&mut status, last, reason, message);
            plan.tell(match verdict {
                Verdict::Complete => {
                    note(COMPONENT, Kind::Job, self.job, "Completed", "Job completed")
                }
                Verdict::Failed { reason, .. } => {
                    warning(COMPONENT, Kind::Job, self.job, reason, message)
                }
            });
        }
        plan.status(Kind::Job, self.job, status, Actor::Manager);
    }

    fn add_condition(&self, status: &mut Value, kind: &str, reason: &str, message: &str) {
        if !status["conditions"].is_array() {
            status["conditions"] = json!([]);
        }
        let time = self.ctx.time();
        if let Some(list) = status["conditions"].as_array_mut()
            && !list.iter().any(|c| c["type"] == kind)
        {
            list.push(json!({"type": kind, "status": "True", "lastProbeTime": time,
                "lastTransitionTime": time, "reason": reason, "message": message}));
        }
    }

    /// Starts and stops pods; a suspended Job has none.
    fn manage(&self, status: &mut Value, plan: &mut Plan) {
        if self.job["spec"]["suspend"] == true {
            return self.suspend(status, plan);
        }
        self.resume(status, plan);
        if let Some((seconds, start)) = self.number("activeDeadlineSeconds").zip(self.started())
            && let Ok(at) = start.checked_add(SignedDuration::from_secs(seconds))
        {
            plan.wake_at(at);
        }
        let running = i64::try_from(self.active().len()).unwrap_or(0);
        let parallel = self.number("parallelism").unwrap_or(1);
        let wanted = match self.number("completions") {
            Some(completions) => parallel.min(completions - self.succeeded()),
            None if self.succeeded() > 0 => running,
            None => parallel,
        };
        if running > wanted {
            let surplus = usize::try_from(running - wanted).unwrap_or(0);
            for pod in self.active().into_iter().take(surplus) {
                plan.delete(Kind::Pod, pod, json!({}), Actor::Manager);
            }
        } else if let Some(at) = self.held_until() {
            plan.wake_at(at);
        } else {
            self.start(wanted - running, plan);
        }
    }

    fn start(&self, count: i64, plan: &mut Plan) {
        let busy: BTreeSet<i64> = self
            .active()
            .iter()
            .filter_map(|p| text(p, &["metadata", "annotations", INDEX]).parse().ok())
            .collect();
        let done = self.completed();
        let mut free = (0..self.number("completions").unwrap_or(0))
            .filter(|index| !busy.contains(index) && !done.contains(index));
        for _ in 0..count {
            let index = if self.indexed() { free.next() } else { None };
            if self.indexed() && index.is_none() {
                return;
            }
            self.create(index, plan);
        }
    }

    /// When the next pod may start after failures.
    fn held_until(&self) -> Option<Timestamp> {
        let failed = self.pods.iter().filter(|p| text(p, &["status", "phase"]) == "Failed");
        let ends: Vec<Timestamp> = failed.filter_map(|pod| ended(pod)).collect();
        let last = ends.iter().max()?;
        let doublings = u32::try_from(ends.len().saturating_sub(1).min(6)).unwrap_or(6);
        let seconds = (BACKOFF << doublings).min(360);
        let until = last.checked_add(SignedDuration::from_secs(seconds)).ok()?;
        (until > self.ctx.now).then_some(until)
    }

    fn create(&self, index: Option<i64>, plan: &mut Plan) {
        let mut pod = pod_from_template(Kind::Job, self.job, &self.job["spec"]["template"]);
        let mut prefix = format!("{}-", meta(self.job, "name"));
        if let Some(index) = index {
            prefix = format!("{prefix}{index}-");
            for field in ["annotations", "labels"] {
                as_object(
                    object_mut(&mut pod, "metadata").entry(field).or_insert_with(|| json!({})),
                )
                .insert(INDEX.into(), json!(index.to_string()));
            }
            add_index_variable(&mut pod);
        }
        set_meta(&mut pod, "generateName", prefix);
        let told = note(COMPONENT, Kind::Job, self.job, "SuccessfulCreate", "Created pod: ");
        plan.create(Kind::Pod, pod, Actor::Manager, Some(told));
    }

    fn suspend(&self, status: &mut Value, plan: &mut Plan) {
        for pod in self.active() {
            plan.delete(Kind::Pod, pod, json!({}), Actor::Manager);
        }
        if !holds(self.job, "Suspended") {
            self.set_suspended(status, true);
            plan.tell(note(COMPONENT, Kind::Job, self.job, "Suspended", "Job suspended"));
        }
    }

    fn resume(&self, status: &mut Value, plan: &mut Plan) {
        if holds(self.job, "Suspended") {
            self.set_suspended(status, false);
            status["startTime"] = json!(self.ctx.time());
            plan.tell(note(COMPONENT, Kind::Job, self.job, "Resumed", "Job resumed"));
        }
    }

    fn set_suspended(&self, status: &mut Value, on: bool) {
        let list = status["conditions"].as_array_mut();
        list.into_iter().for_each(|list| list.retain(|c| c["type"] != "Suspended"));
        let (reason, message) =
            if on { ("JobSuspended", "Job suspended") } else { ("JobResumed", "Job resumed") };
        self.add_condition(status, "Suspended", reason, message);
        if let Some(last) = status["conditions"].as_array_mut().and_then(|list| list.last_mut()) {
            last["status"] = json!(if on { "True" } else { "False" });
        }
    }

    /// Deletes a finished Job when its time to live is over.
    fn expire(&self, plan: &mut Plan) {
        let Some(seconds) = self.number("ttlSecondsAfterFinished") else { return };
        let end = items(self.job, &["status", "conditions"])
            .iter()
            .find(|c| c["type"] == "Complete" || c["type"] == "Failed")
            .and_then(|c| text(c, &["lastTransitionTime"]).parse::<Timestamp>().ok());
        let Some(at) = end.and_then(|t| t.checked_add(SignedDuration::from_secs(seconds)).ok())
        else {
            return;
        };
        if at <= self.ctx.now {
            let options = json!({"propagationPolicy": "Foreground"});
            plan.delete(Kind::Job, self.job, options, Actor::Manager);
        } else {
            plan.wake_at(at);
        }
    }
}

/// When the last container of a pod ended.
fn ended(pod: &Value) -> Option<Timestamp> {
    items(pod, &["status", "containerStatuses"])
        .iter()
        .filter_map(|c| text(c, &["state", "terminated", "finishedAt"]).parse().ok())
        .max()
        .or_else(|| text(pod, &["status", "startTime"]).parse().ok())
}

fn add_index_variable(pod: &mut Value) {
    let variable = json!({"name": "JOB_COMPLETION_INDEX", "valueFrom": {"fieldRef": {
        "apiVersion": "v1",
        "fieldPath": format!("metadata.labels['{INDEX}']")}}});
    for list in ["containers", "initContainers"] {
        for container in pod["spec"][list].as_array_mut().into_iter().flatten() {
            if !container["env"].is_array() {
                container["env"] = json!([]);
            }
            if let Some(env) = container["env"].as_array_mut() {
                env.push(variable.clone());
            }
        }
    }
}

/// Indexes as `0-2,5`.
fn ranges(indexes: &BTreeSet<i64>) -> String {
    let mut parts: Vec<(i64, i64)> = Vec::new();
    for index in indexes {
        match parts.last_mut() {
            Some((_, end)) if *end + 1 == *index => *end = *index,
            _ => parts.push((*index, *index)),
        }
    }
    let show = |(from, to): &(i64, i64)| match to - from {
        0 => from.to_string(),
        1 => format!("{from},{to}"),
        _ => format!("{from}-{to}"),
    };
    parts.iter().map(show).collect::<Vec<_>>().join(",")
}
